"""What a reader found, made a pattern: its axis, its ordinate, its times and wavelengths.

Every reader asks here, so that the same numbers mean the same in each.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Skipped, Told
from references.words import Severity

from ..pattern import LONGEST, SHORTEST, PatternError, pattern
from .ordinate import ordinate

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["NO_LINES", "Lines", "check_axis", "make", "say_offset"]

Array = NDArray[np.float64]

OFFSET = 0.05
"""Degrees by which theta may differ from half of two theta."""
LONGEST_TIME = 1e7


class Lines(NamedTuple):
    """The wavelengths that a file states [Angstrom]; NaN where it does not."""

    alpha1: float = math.nan
    alpha2: float = math.nan
    ratio: float = math.nan


NO_LINES = Lines()


def make(
    path: str | Path,
    told: Told,
    *,
    two_theta: Array,
    values: Array,
    u: Array | None = None,
    unit: str = "counts",
    counting_time: float | Array = math.nan,
    factors: Array | None = None,
    attenuation: str = "none",
    lines: Lines = NO_LINES,
    radius_mm: float = math.nan,
    **labels: str,
) -> xr.Dataset:
    """Make a pattern of what a file holds, after deciding what its ordinate is.

    Parameters
    ----------
    path : path
        For messages, and the file's name.
    told : Told
        Gets a note for what is assumed and what looks wrong.
    two_theta, values : (n,) array
        As they stand in the file.
    u : (n,) array, optional
        The standard uncertainty that the file gives.
    unit : str
        Of the values, as the file states it.
    counting_time : float or (n,) array
        [s]; what is not above zero is not known.
    factors : (n,) array, optional
        A beam attenuator's.
    attenuation : str
        What is done about them, one of :data:`xrd.pattern.ATTENUATION`.
    lines, radius_mm, **labels
        As for :func:`xrd.pattern`.

    Raises
    ------
    DataFileError
        If the numbers cannot be a pattern.
    """
    if two_theta.size > 1 and np.all(np.diff(two_theta) < 0):
        told.say(
            "descending", Severity.INFO, "the scan runs downwards; its points are turned round"
        )
        two_theta, values = two_theta[::-1], values[::-1]
        u, factors = _turned(u), _turned(factors)
        if isinstance(counting_time, np.ndarray):
            counting_time = counting_time[::-1]
    time = _time(counting_time, told)
    made = ordinate(values, u, unit, time, factors, attenuation, told)
    shown = _stated(lines, told)
    try:
        return pattern(
            two_theta,
            made.counts,
            intensity=made.intensity,
            u=made.u,
            intensity_unit=made.unit,
            counting_time=time,
            attenuation_factor=1.0 if factors is None or made.counts is None else factors,
            attenuation=attenuation,
            wavelength=shown.alpha1,
            wavelength_alpha2=shown.alpha2,
            alpha2_ratio=shown.ratio,
            radius_mm=radius_mm if 0 < radius_mm < 1e5 else math.nan,
            noise=made.noise,
            file=Path(path).name,
            **labels,
        )
    except PatternError as error:
        raise DataFileError(path, str(error), where=told.subject) from None


# --- the axis -------------------------------------------------------------------------------------


def check_axis(name: str, told: Told) -> None:
    """Pass over scans along which the diffraction angle does not change as in a powder pattern.

    Examples
    --------
    >>> check_axis("2Theta-Omega", Told(subject="scan 1"))
    >>> check_axis("Omega", Told(subject="scan 1"))
    Traceback (most recent call last):
    ...
    references.readers.Skipped: scan 1: it runs along 'Omega', which is no powder scan
    """
    plain = re.sub(r"[^a-z0-9]", "", name[:200].lower()).replace("twotheta", "2theta")
    if not plain:
        told.say("axis_unknown", Severity.INFO, "the scan's axis is not stated; 2 theta is assumed")
    elif not plain.startswith(("gonio", "2theta", "coupled", "lockedcoupled", "unlockedcoupled")):
        raise Skipped(f"{told.subject}: it runs along {name[:40]!r}, which is no powder scan")


def say_offset(two_theta: float, theta: float, told: Told) -> None:
    """Say where the sample is not in the middle between the beams."""
    offset = theta - two_theta / 2
    if math.isfinite(offset) and abs(offset) > OFFSET:
        told.say(
            "theta_offset",
            Severity.WARNING,
            "the sample is tilted off the symmetric position; other grains diffract, and "
            "displacement and intensities do not follow the usual formulas",
            reported=f"theta {theta:g} at 2 theta {two_theta:g}",
            reference=f"{two_theta / 2:g}",
        )


# --- times and wavelengths ------------------------------------------------------------------------


def _turned(values: Array | None) -> Array | None:
    return None if values is None else values[::-1]


def _time(given: float | Array, told: Told) -> float | Array:
    values = np.asarray(given, dtype=float)
    if values.size and np.all((values > 0) & (values < LONGEST_TIME)):
        same = values.ndim == 0 or bool(np.all(values == values.flat[0]))
        return float(values.flat[0]) if same else values
    if np.any(np.isfinite(values)):
        told.say(
            "time_unknown",
            Severity.WARNING,
            "the counting times are not all above zero and possible, and are left out",
        )
    return math.nan


def _stated(lines: Lines, told: Told) -> Lines:
    """What can be a wavelength of what is stated; zero means that none was."""
    alpha1, alpha2 = (x if SHORTEST < x < LONGEST else math.nan for x in lines[:2])
    ratio = lines.ratio if 0 < lines.ratio <= 1 else math.nan
    if lines.alpha1 > 0 and math.isnan(alpha1):
        told.say(
            "wavelength",
            Severity.WARNING,
            "the wavelength that is stated cannot be one in Angstrom, and is left out",
            reported=f"{lines.alpha1:g}",
        )
    if math.isnan(alpha1):
        told.say("no_wavelength", Severity.INFO, "no wavelength is stated; state the radiation")
        return NO_LINES
    return Lines(alpha1, alpha2, math.nan if math.isnan(alpha2) else ratio)
