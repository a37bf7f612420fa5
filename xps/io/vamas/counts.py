"""What the numbers of a VAMAS block are: energies, counts or rates, and whether to believe it.

The axis is binding energy = photon energy - kinetic energy. The work-function field is never
applied: instruments store kinetic energies that refer to the Fermi level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.words import Finding, Severity

from ...spectrum import RATE_UNITS, SpectrumError, dispersion, spectrum

if TYPE_CHECKING:
    import xarray as xr

    from .block import Block
    from .header import Header

__all__ = ["Skipped", "to_spectrum"]

Array = NDArray[np.float64]

MISSING = 1e36
"""1E+37 stands for a missing number."""
UNTIMED_RATE = "rate"
COUNT_UNITS = {"d", "counts", "c", "n", ""}
COUNTING_TECHNIQUES = {"XPS", "UPS"}
NOT_POISSON = 2.5
"""Variance over mean beyond which non-integer "counts" are taken for a rate."""
ULTRAVIOLET = 100.0
"""Photon energy [eV] below which "XPS" is UPS."""


class Skipped(Exception):  # noqa: N818 - no error: a block that holds no spectrum
    """A block that is passed over, and why."""


@dataclass(slots=True, kw_only=True)
class _Told:
    """What is said about a block while it is read."""

    subject: str
    notes: list[Finding] = field(default_factory=list[Finding])

    def say(
        self, rule: str, severity: Severity, message: str, reported: str = "", reference: str = ""
    ) -> None:
        self.notes.append(
            Finding(
                rule=rule,
                severity=severity,
                subject=self.subject,
                reported=reported,
                reference=reference,
                message=message,
            )
        )


def to_spectrum(
    block: Block, header: Header, *, path: str | Path, number: int
) -> tuple[xr.Dataset, list[Finding]]:
    """Make a spectrum of a block.

    Parameters
    ----------
    block : Block
    header : Header
    path : path
        For messages, and the file's name.
    number : int
        Of the block in the file, from 1.

    Returns
    -------
    spectrum : Dataset
    notes : list of Finding
        What was assumed, and what looks wrong.

    Raises
    ------
    Skipped
        If the block holds no spectrum: one value, an axis without intensity, missing values.
    DataFileError
        If it claims to hold one and the numbers cannot be.
    """
    # A single block without a label stays without: then any level may be asked for.
    region = _region_label(block) or (f"block {number}" if header.blocks > 1 else "")
    named = f"{block.name or region}, " if block.name or region else ""
    told = _Told(subject=f"block {number} ({named}line {block.line})")
    technique = _technique(block)
    columns = _columns(block, told)
    try:
        energies, columns, variables = _energies(block, header, columns, told)
        counts, rate, unit = _counts(columns[0], variables[0][1], block, technique, told)
        made = spectrum(
            energies,
            counts,
            intensity=rate,
            intensity_unit=unit,
            photon_energy=_known(block.photon_energy),
            dwell_time=_known(block.dwell_time),
            scans=_known(block.scans),
            transmission=_transmission(columns, variables),
            sample=block.sample,
            region=region,
            technique=technique,
            block=block.name,
            file=Path(path).name,
            instrument=header.instrument,
            pass_energy=_pass_energy(block),
        )
    except SpectrumError as error:
        raise DataFileError(path, f"{told.subject}: {error}") from None
    return made.assign_coords(_settings(block, made)), told.notes


def _pass_energy(block: Block) -> str:
    """The analyser's pass energy as a label; empty where the file has a placeholder."""
    known = _known(block.pass_energy)
    return f"{known:g} eV" if known > 0 else ""


def _settings(block: Block, made: xr.Dataset) -> dict[str, tuple[tuple[()], float, dict[str, str]]]:
    """What was varied, as scalar coordinates named by their labels; unknown values left out."""
    return {
        name: ((), setting.value, {"units": setting.unit, "long_name": setting.label})
        for setting in block.settings
        if (name := "_".join(setting.label.lower().split()))
        and name not in made.coords
        and name not in made
        and abs(setting.value) < MISSING
    }


def _columns(block: Block, told: _Told) -> Array:
    """Undo the interleaving: one row a variable."""
    width, total = len(block.variables), block.ordinates.size
    if total % width != 0 or total // width < 2:
        raise Skipped(f"{told.subject}: {total} values of {width} variables are no spectrum")
    columns = block.ordinates.reshape(-1, width).T
    missing = int(np.sum(np.abs(columns) >= MISSING))
    if missing:
        raise Skipped(f"{told.subject}: {missing} of {total} values are missing (1E+37)")
    return columns


def _energies(
    block: Block, header: Header, columns: Array, told: _Told
) -> tuple[Array, Array, tuple[tuple[str, str], ...]]:
    """Give binding energies and the variables that remain."""
    axis, variables = block.abscissa, block.variables
    energies: Array
    if header.scan == "IRREGULAR" or (not axis.label and axis.step == 0.0):
        label, energies = variables[0][0], columns[0]
        columns, variables = columns[1:], variables[1:]
        if not variables:
            raise Skipped(f"{told.subject}: it holds an axis but no intensity")
        _check_order(energies, told)
    else:
        label = axis.label
        with np.errstate(over="ignore"):  # what overflows is refused with the spectrum
            energies = axis.start + axis.step * np.arange(columns.shape[1], dtype=float)
        if axis.step == 0.0:
            raise SpectrumError("the abscissa's increment cannot be 0")
    if "bind" in label.lower():
        return energies, columns, variables
    if not 0 < block.photon_energy < 1e5:
        # Without photons there is no binding energy.
        told.say(
            "no_photon_energy",
            Severity.INFO if block.technique.upper().startswith("AES") else Severity.WARNING,
            "no photon energy is given; kinetic energies are kept, with a negative sign",
        )
        return -energies, columns, variables
    return block.photon_energy - energies, columns, variables


def _check_order(energies: Array, told: _Told) -> None:
    """Say where an axis turns back; a value that comes twice is an error of the spectrum's own."""
    turns = int(np.sum(np.diff(np.sign(np.diff(energies))) != 0))
    if turns:
        told.say(
            "axis_not_monotone",
            Severity.WARNING,
            "the energies turn back; channels are put in the order of energy",
            reported=f"{turns} turns",
        )


def _counts(
    ordinate: Array, unit: str, block: Block, technique: str, told: _Told
) -> tuple[Array | None, Array | None, str]:
    """Decide what the ordinate is: counts, or else an intensity and its unit."""
    unit = unit.strip().lower()
    timed = 0 < block.dwell_time < MISSING and 0 < block.scans < MISSING
    if not timed:
        told.say(
            "time_unknown",
            Severity.WARNING,
            "dwell time and scans should be above zero; areas are not given per second",
            reported=f"{block.dwell_time:g} s x {block.scans:g}",
        )
    if technique not in COUNTING_TECHNIQUES:
        told.say("not_counts", Severity.INFO, f"{technique}: the values are not taken for counts")
        return None, ordinate, unit if unit not in COUNT_UNITS | RATE_UNITS else "arbitrary"
    if ordinate.min() < 0:
        told.say(
            "negative_counts",
            Severity.WARNING,
            "counts cannot be negative; the values are taken as an intensity of unknown noise",
            reported=f"{ordinate.min():g}",
        )
        return None, ordinate, unit if unit not in COUNT_UNITS else "arbitrary"
    if unit in RATE_UNITS:
        return None, ordinate, "counts/s"
    if unit not in COUNT_UNITS:
        told.say("not_counts", Severity.INFO, f"the values have the unit {unit[:40]!r}")
        return None, ordinate, unit
    if _looks_like_rate(ordinate, block, told):
        return None, ordinate, UNTIMED_RATE
    return ordinate, None, "counts"


def _looks_like_rate(values: Array, block: Block, told: _Told) -> bool:
    """Whether "counts" are no whole numbers and scatter far more than counts do."""
    if float(np.mean(np.abs(values - np.round(values)) < 1e-6 * np.maximum(values, 1.0))) > 0.99:
        return False
    spread = dispersion(values)
    named = any(
        word in label.lower()
        for label in (block.name, block.variables[-1][0])
        for word in ("per second", "counts/s", "cps")
    )
    if not (named or (math.isfinite(spread) and spread > NOT_POISSON)):
        return False
    told.say(
        "counts_not_poisson",
        Severity.WARNING,
        "the values are called counts but are no whole numbers and scatter as a rate does; they "
        "are taken as a rate of unknown counting time",
        reported=f"variance/mean {spread:.1f}",
        reference="about 1 for counts",
    )
    return True


def _transmission(columns: Array, variables: tuple[tuple[str, str], ...]) -> Array | None:
    return next(
        (
            column
            for column, (label, _) in zip(columns[1:], variables[1:], strict=True)
            if "transmission" in label.lower()
        ),
        None,
    )


def _known(value: float) -> float:
    return value if 0 < value < MISSING else math.nan


def _region_label(block: Block) -> str:
    """Core level from species and transition, or the block's own name where they say nothing."""
    species, transition = block.species, block.transition
    if species and transition and len(species) <= 2 and species.isalpha():
        return f"{species} {transition}"
    return block.name or " ".join(part for part in (species, transition) if part)


def _technique(block: Block) -> str:
    """XPS with a helium lamp is UPS."""
    upper = block.technique.upper() or "XPS"
    return "UPS" if upper == "XPS" and 0 < block.photon_energy < ULTRAVIOLET else upper
