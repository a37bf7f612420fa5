"""What stands in a VAMAS block: its energies, its ordinate, what was varied and how it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Skipped, Told
from references.words import Severity

from ...spectrum import SpectrumError
from ..meaning import binding_energies, make, technique_of

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from references.words import Finding

    from .block import Block
    from .header import Header

__all__ = ["to_spectrum"]

Array = NDArray[np.float64]

MISSING = 1e36
"""1E+37 stands for a missing number."""


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
    told = Told(subject=f"block {number} ({named}line {block.line})")
    columns = _columns(block, told)
    try:
        energies, columns, variables = _energies(block, header, columns, told)
    except SpectrumError as error:
        raise DataFileError(path, f"{told.subject}: {error}") from None
    made = make(
        path,
        told,
        energy=energies,
        values=columns[0],
        unit=variables[0][1],
        photon_energy=block.photon_energy,
        dwell_time=block.dwell_time,
        scans=block.scans,
        transmission=_transmission(columns, variables),
        sample=block.sample,
        region=region,
        technique=technique_of(block.technique, block.photon_energy),
        names=(block.name, block.variables[-1][0]),
        block=block.name,
    )
    made.attrs |= _labels(block, header)
    return made.assign_coords(_settings(block, made)), told.notes


def _labels(block: Block, header: Header) -> dict[str, str]:
    """What is only told again: when, with what and by whom it was measured; what is unknown not."""
    texts = {
        "start_time": _time(block.date),
        "institution": header.institution,
        "instrument": header.instrument,
        "operator": header.operator,
        "source": block.source,
        "analyser_mode": block.analyser_mode,
    }
    numbers = {"pass_energy": block.pass_energy, "work_function": block.work_function}
    known = {
        name: text
        for name, text in texts.items()
        if text and text.lower() not in {"not specified", "unknown", "none"}
    }
    return known | {name: f"{value:g} eV" for name, value in numbers.items() if 0 < value < MISSING}


def _time(date: tuple[str, ...]) -> str:
    """ISO 8601; empty where the file's seven numbers are no date."""
    from datetime import datetime, timedelta, timezone

    try:
        year, month, day, hour, minute = (int(float(part)) for part in date[:5])
        second, ahead = float(date[5]), float(date[6])
        zone = timezone(timedelta(hours=ahead)) if abs(ahead) < 24 else None
        when = datetime(year, month, day, hour, minute, int(second), tzinfo=zone)
    except (ValueError, OverflowError):
        return ""
    return when.isoformat()


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


def _columns(block: Block, told: Told) -> Array:
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
    block: Block, header: Header, columns: Array, told: Told
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
    energies = binding_energies(energies, block.photon_energy, block.technique, told)
    return energies, columns, variables


def _check_order(energies: Array, told: Told) -> None:
    """Say where an axis turns back; a value that comes twice is an error of the spectrum's own."""
    turns = int(np.sum(np.diff(np.sign(np.diff(energies))) != 0))
    if turns:
        told.say(
            "axis_not_monotone",
            Severity.WARNING,
            "the energies turn back; channels are put in the order of energy",
            reported=f"{turns} turns",
        )


def _transmission(columns: Array, variables: tuple[tuple[str, str], ...]) -> Array | None:
    return next(
        (
            column
            for column, (label, _) in zip(columns[1:], variables[1:], strict=True)
            if "transmission" in label.lower()
        ),
        None,
    )


def _region_label(block: Block) -> str:
    """Core level from species and transition, or the block's own name where they say nothing."""
    species, transition = block.species, block.transition
    if species and transition and len(species) <= 2 and species.isalpha():
        return f"{species} {transition}"
    return block.name or " ".join(part for part in (species, transition) if part)
