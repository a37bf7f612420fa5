"""What the numbers of a file are: energies, counts, rates, and whether to believe it.

Every reader of an instrument's format asks here, so that the same numbers mean the same in each.
The axis is binding energy = photon energy - kinetic energy. A work function is never applied:
instruments store kinetic energies that refer to the Fermi level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.words import Severity

from ..spectrum import RATE_UNITS, SpectrumError, dispersion, spectrum

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.readers import Told

__all__ = [
    "binding_energies",
    "known",
    "looks_like_rate",
    "make",
    "technique_of",
    "whole",
]

Array = NDArray[np.float64]

UNTIMED_RATE = "rate"
COUNT_UNITS = {"d", "counts", "c", "n", ""}
COUNTING_TECHNIQUES = {"XPS", "UPS"}
LARGEST_TIME = 1e9
"""Seconds; more is no time (VAMAS writes 1E+37 for one that is missing)."""
NOT_POISSON = 2.5
"""Variance over mean beyond which non-integer "counts" are taken for a rate."""
ULTRAVIOLET = 100.0
"""Photon energy [eV] below which "XPS" is UPS."""
ENOUGH_CHANNELS = 30
"""That all of so many counts are multiples of one number is no chance."""


def make(
    path: str | Path,
    told: Told,
    *,
    energy: Array,
    values: Array,
    unit: str,
    photon_energy: float = math.nan,
    dwell_time: float = math.nan,
    scans: float = math.nan,
    transmission: Array | None = None,
    sample: str = "",
    region: str = "",
    technique: str = "XPS",
    names: Sequence[str] = (),
    **labels: str,
) -> xr.Dataset:
    """Make a spectrum of what a file holds, after deciding what its ordinate is.

    Parameters
    ----------
    path : path
        For messages, and the file's name.
    told : Told
        Gets a note for what is assumed and what looks wrong.
    energy : ndarray, shape (n,)
        Binding energies [eV].
    values : ndarray, shape (n,)
        The ordinate as it stands in the file.
    unit : str
        Its unit as the file states it; empty for counts.
    photon_energy, dwell_time, scans, transmission, sample, region, technique
        As for :func:`xps.spectrum`; a time or number that is not above zero is not known.
    names : sequence of str
        Names in the file that may give away a rate called counts.
    **labels : str
        Further labels.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    DataFileError
        If the numbers cannot be a spectrum.
    """
    try:
        _check_time(dwell_time, scans, told)
        ordinate = _ordinate(values, unit, technique, dwell_time, scans, tuple(names), told)
        return spectrum(
            energy,
            ordinate.counts,
            intensity=ordinate.intensity,
            intensity_unit=ordinate.unit,
            photon_energy=known(photon_energy),
            dwell_time=known(dwell_time) / ordinate.steps,
            scans=known(scans),
            transmission=transmission,
            sample=sample,
            region=region,
            technique=technique,
            **labels,
            file=Path(path).name,
        )
    except SpectrumError as error:
        raise DataFileError(path, f"{told.subject}: {error}") from None


# --- energies -------------------------------------------------------------------------------------


def binding_energies(kinetic: Array, photon_energy: float, technique: str, told: Told) -> Array:
    """Give photon energy - kinetic energy; without photons the kinetic energy, negative."""
    if not 0 < photon_energy < 1e5:
        told.say(
            "no_photon_energy",
            Severity.INFO if technique.upper().startswith("AES") else Severity.WARNING,
            "no photon energy is given; kinetic energies are kept, with a negative sign",
        )
        return -kinetic
    return photon_energy - kinetic


def technique_of(name: str, photon_energy: float) -> str:
    """Give the technique in capitals; XPS with a helium lamp is UPS."""
    upper = name.strip().upper() or "XPS"
    return "UPS" if upper == "XPS" and 0 < photon_energy < ULTRAVIOLET else upper


# --- the ordinate ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ordinate:
    """Counts, or else an intensity and its unit; ``steps`` is how often each count was written."""

    counts: Array | None = None
    intensity: Array | None = None
    unit: str = "counts"
    steps: int = 1


def _ordinate(
    values: Array,
    unit: str,
    technique: str,
    dwell_time: float,
    scans: float,
    names: tuple[str, ...],
    told: Told,
) -> _Ordinate:
    unit = unit.strip().lower()
    if technique not in COUNTING_TECHNIQUES:
        told.say("not_counts", Severity.INFO, f"{technique}: the values are not taken for counts")
        other = unit if unit not in COUNT_UNITS | RATE_UNITS else "arbitrary"
        return _Ordinate(intensity=values, unit=other)
    if values.size and values.min() < 0:
        told.say(
            "negative_counts",
            Severity.WARNING,
            "counts cannot be negative; the values are taken as an intensity of unknown noise",
            reported=f"{values.min():g}",
        )
        return _Ordinate(intensity=values, unit=unit if unit not in COUNT_UNITS else "arbitrary")
    if unit in RATE_UNITS:
        return _of_rate(values, dwell_time, scans, told)
    if unit not in COUNT_UNITS:
        told.say(
            "not_counts",
            Severity.INFO,
            "the values are no counts but an intensity of unknown noise",
            reported=f"unit {unit[:40]}",
        )
        return _Ordinate(intensity=values, unit=unit)
    if not whole(values) and looks_like_rate(values, names):
        told.say(
            "counts_not_poisson",
            Severity.WARNING,
            "the values are called counts but are no whole numbers and scatter as a rate does; "
            "they are taken as a rate of unknown counting time",
            reported=f"variance/mean {dispersion(values):.1f}",
            reference="about 1 for counts",
        )
        return _Ordinate(intensity=values, unit=UNTIMED_RATE)
    return _Ordinate(counts=values)


def _of_rate(values: Array, dwell_time: float, scans: float, told: Told) -> _Ordinate:
    """Rates times their time, unless they scatter or step in a way that contradicts the time."""
    rate = _Ordinate(intensity=values, unit="counts/s")
    if not _timed(dwell_time, scans):
        return rate
    with np.errstate(over="ignore"):  # what overflows is refused with the spectrum
        counts = values * (dwell_time * scans)
    if not np.all(np.isfinite(counts)):
        return rate
    if whole(counts):
        # Rates that were rounded to whole numbers go in steps of that, which says nothing.
        rounded = whole(values) and _steps(values) == 1
        steps = 1 if rounded else _steps(counts)
        if steps > 1:
            told.say(
                "counting_time",
                Severity.WARNING,
                f"the rates go in steps of {steps} counts in the stated time, so each was counted "
                f"in a time {steps} times shorter; counts are taken over that time",
                reported=f"{dwell_time * scans:g} s",
                reference=f"{dwell_time * scans / steps:g} s",
            )
        return _Ordinate(counts=counts / steps, steps=steps)
    spread = dispersion(counts)
    if math.isfinite(spread) and spread > NOT_POISSON:
        told.say(
            "counts_not_poisson",
            Severity.WARNING,
            "the rates times the stated time scatter far more than counts do; they are taken as a "
            "rate of unknown counting time",
            reported=f"variance/mean {spread:.1f}",
            reference="about 1 for counts",
        )
        return _Ordinate(intensity=values, unit=UNTIMED_RATE)
    return _Ordinate(counts=counts)


def whole(values: Array) -> bool:
    """Whether nearly all values are whole numbers, as exactly as single precision tells."""
    near = np.abs(values - np.round(values)) < np.maximum(1e-6 * values, 1e-5)
    return values.size > 0 and float(np.mean(near)) > 0.99


def _steps(counts: Array) -> int:
    """The number of which all counts are multiples; 1 where there are too few to tell."""
    positive = np.round(counts[counts > 0.5])
    if positive.size < ENOUGH_CHANNELS or positive.max() > 2**53:
        return 1
    return int(np.gcd.reduce(positive.astype(np.int64)))


def looks_like_rate(values: Array, names: Sequence[str] = ()) -> bool:
    """Whether "counts" scatter far more than counts do, or are named a rate elsewhere."""
    spread = dispersion(values)
    named = any(
        word in name.lower() for name in names for word in ("per second", "counts/s", "cps")
    )
    return named or (math.isfinite(spread) and spread > NOT_POISSON)


def _check_time(dwell_time: float, scans: float, told: Told) -> None:
    if not _timed(dwell_time, scans):
        told.say(
            "time_unknown",
            Severity.WARNING,
            "dwell time and number of scans are not both known; areas are not given per second",
            reported=f"{_shown(dwell_time)} s x {_shown(scans)}",
        )


def _shown(value: float) -> str:
    return f"{value:g}" if math.isfinite(value) else "?"


def _timed(dwell_time: float, scans: float) -> bool:
    return 0 < dwell_time < LARGEST_TIME and 0 < scans < LARGEST_TIME


def known(value: float) -> float:
    """A time, number or energy that is above zero and possible, else NaN."""
    return value if 0 < value < LARGEST_TIME else math.nan
