"""What the ordinate of a file is: counts, a rate, something else, and what its noise is.

Whole numbers are counts, whose noise is Poisson's. What is no whole number is none, whatever the
file calls it (Rigaku's "counts" of a smoothed detector): then the noise is estimated from point to
point, and that is said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Severity

if TYPE_CHECKING:
    from references.readers import Told

__all__ = ["Ordinate", "count_worth", "ordinate"]

Array = NDArray[np.float64]

RATE_UNITS = {"cps", "c/s", "counts/s", "counts per second"}
COUNT_UNITS = {"counts", "count", "c", ""}
WHOLE = 1e-6
"""By how much of itself a whole number may be off, as single precision tells it."""
ENOUGH_POINTS = 30
"""Fewer points do not tell their noise from their shape."""
ENOUGH_COUNTS = 20
"""Of fewer counts a point the differences are too coarse to be compared with Poisson's."""
UNLIKE_POISSON = 2.5
"""Variance over mean, or mean over variance, beyond which whole numbers are doubted as counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordinate:
    """Counts, or else an intensity with what is known of its noise."""

    counts: Array | None = None
    intensity: Array | None = None
    u: Array | None = None
    unit: str = "counts"
    noise: str = ""


def ordinate(
    values: Array,
    u: Array | None,
    unit: str,
    time: float | Array,
    factors: Array | None,
    attenuation: str,
    told: Told,
) -> Ordinate:
    """Decide what a file's values are.

    Parameters
    ----------
    values : (n,) array
        As they stand in the file.
    u : (n,) array or None
        The standard uncertainty that the file gives; checked where the pattern is made.
    unit : str
        Of the values, as the file states it.
    time : float or (n,) array
        Counting time [s]; NaN where not known.
    factors : (n,) array or None
        A beam attenuator's.
    attenuation : str
        What is done about them, one of :data:`xrd.pattern.ATTENUATION`.
    told : Told
        Gets a note for what is assumed and what looks wrong.

    Returns
    -------
    Ordinate

    Examples
    --------
    >>> from references.readers import Told
    >>> scan = Told(subject="scan 1")
    >>> ordinate(np.array([24.9, 8.3]), None, "counts", 1.0, np.array([8.3, 8.3]),
    ...          "applied in file", scan).counts
    array([3., 1.])
    """
    unit = unit.strip().lower()
    if u is not None:
        return _with_u(values, u, unit)
    if values.size == 0 or not np.all(np.isfinite(values)):
        return Ordinate(intensity=values)  # refused, with the place, where the pattern is made
    each = np.ones_like(values) if factors is None else factors
    if values.min() < 0:
        told.say(
            "negative_counts",
            Severity.WARNING,
            "counts cannot be negative; the values are taken as an intensity whose noise is the "
            "same everywhere, estimated from point to point",
            reported=f"{values.min():g}",
        )
        whole = values * each if attenuation == "applied by us" else values
        return Ordinate(intensity=whole, u=_even_noise(whole), unit="arbitrary", noise=_GUESSED)
    if attenuation == "applied in file":
        # One decimal of the product, divided by a factor, is off by less than this.
        return _attenuated(values / each, each, 0.02, told)
    if attenuation == "applied by us":
        return _attenuated(values, each, 0.0, told)
    if unit in RATE_UNITS:
        return _rate(values, time, told)
    if unit in COUNT_UNITS and _whole(values):
        return _counted(np.round(values), told)
    return _not_counts(values, unit, told)


_GUESSED = "estimated from point to point"


def _counted(counts: Array, told: Told) -> Ordinate:
    worth = count_worth(counts)
    enough = float(np.median(counts)) >= ENOUGH_COUNTS
    if enough and (worth > UNLIKE_POISSON or worth < 1 / UNLIKE_POISSON):
        told.say(
            "counts_not_poisson",
            Severity.WARNING,
            "the values are whole numbers, and taken as counts, but scatter as counts do not; "
            "they may have been scaled, smoothed or rounded",
            reported=f"variance/mean {worth:.2f}",
            reference="1 for counts",
        )
    _say_padding(counts, told)
    return Ordinate(counts=counts)


def _say_padding(counts: Array, told: Told) -> None:
    """Say where a scan ends in zeros that no background falls to."""
    seen = np.flatnonzero(counts)
    if not seen.size or seen[-1] == counts.size - 1:
        return
    last = int(seen[-1])
    if counts[max(last - 4, 0) : last + 1].mean() >= ENOUGH_COUNTS:
        told.say(
            "ends_in_zeros",
            Severity.WARNING,
            "the scan ends in points without any count, which are rather not measured than empty; "
            "leave them out of what is fitted",
            reported=f"{counts.size - 1 - last} points",
        )


def _attenuated(counts: Array, factors: Array, tolerance: float, told: Told) -> Ordinate:
    if _whole(counts, tolerance):
        return _counted(np.round(counts), told)
    told.say(
        "not_counts",
        Severity.WARNING,
        "divided by the attenuator's factors the values are no whole numbers; they are taken as an "
        "intensity with the noise of so many counts",
    )
    u = factors * np.sqrt(np.maximum(counts, 1.0))
    return Ordinate(intensity=factors * counts, u=u, noise="as of counts")


def _rate(values: Array, time: float | Array, told: Told) -> Ordinate:
    with np.errstate(over="ignore"):
        counts = values * time
    if np.all(np.isfinite(counts)) and _whole(counts, 1e-3):
        return _counted(np.round(counts), told)
    told.say(
        "rate",
        Severity.INFO,
        "the values are rates, and not whole counts over a known time; they are taken as an "
        "intensity whose noise is estimated where there are enough points",
    )
    return _estimated(values, "counts/s")


def _not_counts(values: Array, unit: str, told: Told) -> Ordinate:
    worth = count_worth(values)
    known = "its noise is not known" if math.isnan(worth) else "its noise is estimated"
    told.say(
        "not_counts",
        Severity.WARNING if unit in COUNT_UNITS else Severity.INFO,
        f"the values are no whole numbers, so no counts; they are taken as an intensity, {known}",
        reported=unit[:40],
        reference="" if math.isnan(worth) else f"variance/mean {worth:.3g} from point to point",
    )
    return _estimated(values, "arbitrary" if unit in COUNT_UNITS else unit[:40])


def _estimated(values: Array, unit: str) -> Ordinate:
    """An intensity that is counts times an unknown number."""
    worth = count_worth(values)
    if not worth > 0:
        return Ordinate(intensity=values, unit=unit)
    # Where nothing was counted, the uncertainty is that of one count.
    u = np.sqrt(worth * np.maximum(values, worth))
    return Ordinate(intensity=values, u=u, unit=unit, noise=_GUESSED)


def _with_u(values: Array, u: Array, unit: str) -> Ordinate:
    """Whole numbers whose uncertainty is their square root are counts; else both are kept."""
    if u.min(initial=1.0) > 0 and values.min(initial=0.0) >= 0 and _whole(values):
        root = np.sqrt(np.maximum(values, 1.0))
        if np.all(np.abs(u - root) < 0.01 * root + 0.01):
            return Ordinate(counts=np.round(values))
    known = "counts/s" if unit in RATE_UNITS else "arbitrary" if unit in COUNT_UNITS else unit[:40]
    return Ordinate(intensity=values, u=u, unit=known)


def _whole(values: Array, tolerance: float = 0.0) -> bool:
    near = np.abs(values - np.round(values)) <= np.maximum(WHOLE * values, tolerance + 1e-9)
    return values.size > 0 and bool(np.all(near)) and bool(values.max() < 2**53)


def count_worth(values: Array) -> float:
    """Give the noise variance over the mean, from fourth differences: what one count is worth.

    A smooth curve vanishes in its fourth difference, whose variance is 70 times the noise's. 1 for
    counts, t for counts multiplied by t; NaN for fewer than 30 points.

    Examples
    --------
    >>> noise = np.random.default_rng(1).poisson(400, 2000)
    >>> round(count_worth(noise * 3.0))
    3
    """
    if values.size < ENOUGH_POINTS or np.abs(values).max() > 1e30 or not values.mean() > 0:
        return math.nan
    mean = np.convolve(values, np.full(5, 0.2), mode="valid")
    fourth = np.abs(np.diff(values, n=4))[mean > 0] / np.sqrt(mean[mean > 0])
    # The median resists the few points where a sharp line is not smooth.
    return float((np.median(fourth) / 0.6745) ** 2 / 70.0) if fourth.size else math.nan


def _even_noise(values: Array) -> Array | None:
    if values.size < ENOUGH_POINTS or np.abs(values).max() > 1e30:
        return None
    u = float(np.median(np.abs(np.diff(values, n=4)))) / 0.6745 / math.sqrt(70.0)
    return np.full(values.size, u) if u > 0 else None
