"""Counting with one stop a dead time and shot: correction, variance, saturation, number of shots.

A time-to-digital converter registers of the ions of one shot only the first in any dead time, so of
``N`` shots at most ``N`` ions of one mass. With ``lambda`` true ions a shot, Poisson distributed, a
share ``1 - exp(-lambda)`` of the shots registers one: ``k`` registered of ``N`` shots stand for
``I = -N ln(1 - k/N)`` (T. Stephan, J. Zehnpfenning, A. Benninghoven, J. Vac. Sci. Technol. A 12
(1994) 405; ISO 17862). ``k`` is binomial, and with it ``var(I) = N (exp(lambda) - 1)``, which is
``I`` only where ``lambda`` is small.

A peak behind another of the same dead time is seen by the shots that are still awake alone: with
``a`` counts before it, ``I = N ln((N - a) / (N - a - k))`` and ``var(I) = N exp(lambda_before)
(exp(lambda) - 1)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from references.words import InputError

__all__ = [
    "DEAD_TIME_NS",
    "NOTHING_SEEN",
    "Saturation",
    "Shots",
    "awake",
    "corrected",
    "corrected_histogram",
    "infer_shots",
    "registered",
    "saturation",
    "unseen",
    "variance",
    "whole_counts",
]

Array = NDArray[np.float64]

DEAD_TIME_NS = 65.0
"""Of an IONTOF instrument's converter, as other programs assume it; the instrument's own setting is
not in its files."""
NOTHING_SEEN = 2.9957322735539909
"""One-sided 95 % bound of a Poisson mean where nothing was counted, -ln 0.05."""
SATURATING, LOWER_LIMIT = 0.95, 0.993
"""Shares of shots with a count (lambda 3 and 5) beyond which shots that never yield an ion distort
the correction, and beyond which it says no more than a lower limit."""

DIGITS = 6
"""Significant digits of an export."""
LEAST, MOST = 5.0, 500.0
"""Intensities by which the number of shots is told: below, digits hold nothing of it; above, not
all of it."""
FEWEST, LARGEST = 100, 2_000_000
"""Numbers of shots that are thought of."""
ENOUGH, ABOVE = 0.2, 10.0
"""Share of the intensities that have to be right to their last digit, and how many times as many as
for other numbers of shots."""
CELLS = 20
"""Fewer intensities decide nothing."""


class Saturation(IntEnum):
    """How far a count is from every shot having one."""

    NONE = 0
    SATURATING = 1
    LOWER_LIMIT = 2


def corrected(counts: ArrayLike, shots: ArrayLike, before: ArrayLike = 0.0) -> Array:
    """Correct counts for those that fell into a dead time.

    Parameters
    ----------
    counts : array
        Registered, ``k``.
    shots : array
        Shots of the region and scans that are summed, ``N``.
    before : array
        Registered within the dead time before, ``a``.

    Returns
    -------
    array
        ``I = N ln((N - a) / (N - a - k))``. Where every shot that was awake has a count, a lower
        limit: what it would be had one of them none. NaN where no shot was awake.

    Raises
    ------
    InputError
        If there are more counts than shots, or fewer than none.

    Examples
    --------
    >>> round(float(corrected(100, 16384)), 3)
    100.306
    """
    k, n, a = (np.asarray(given, dtype=float) for given in (counts, shots, before))
    if np.any(k < 0) or np.any(a < 0) or np.any(k + a > n):
        raise InputError(
            "counts should be from 0 to the number of shots, for a dead time holds one a shot; "
            "give the shots of the whole region and of all its scans"
        )
    left = n - a - k
    full = (left <= 0) & (k > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        some = n * (np.log1p(-a / n) - np.log1p(-(a + k) / n))
        least = np.maximum(n * np.log(n - a), k)
    return np.where(full, least, np.where(k > 0, some, np.where(left > 0, 0.0, np.nan)))


def registered(intensity: ArrayLike, shots: ArrayLike) -> Array:
    """Give the counts behind an intensity with nothing before it, ``N (1 - exp(-I/N))``."""
    n = np.asarray(shots, dtype=float)
    return -n * np.expm1(-np.asarray(intensity, dtype=float) / n)


def corrected_histogram(counts: ArrayLike, shots: float, window: int) -> Array:
    """Correct each channel of flight times for the counts in the dead time before it.

    Parameters
    ----------
    counts : (..., channels) array
    shots : float
    window : int
        Dead time in channels; the current channel is not in it.

    Returns
    -------
    (..., channels) array
        ``I(i) = -N ln(1 - k(i) / N'(i))`` with ``N'(i) = N - sum of k(i - window .. i - 1)``; 0
        where no shot was awake, which :func:`unseen` tells.

    Raises
    ------
    InputError
        If a dead time holds more counts than there were shots.

    Examples
    --------
    >>> peak = np.array([0, 200, 500, 200, 0])
    >>> bool(np.isclose(corrected_histogram(peak, 1000, 9).sum(), corrected(900, 1000)))
    True
    """
    k = np.asarray(counts, dtype=float)
    return np.nan_to_num(corrected(k, shots, shots - awake(k, shots, window)), nan=0.0)


def unseen(counts: ArrayLike, shots: float, window: int) -> NDArray[np.bool_]:
    """Tell the channels behind which no shot is left that could have seen more.

    What was counted from there on, in a dead time, is a lower limit of what came: also where
    nothing was.

    Parameters
    ----------
    counts : (..., channels) array
    shots : float
    window : int
        Dead time in channels.

    Returns
    -------
    (..., channels) array of bool
        Where ``k(i) >= N'(i)``.

    Examples
    --------
    >>> unseen([0, 600, 400, 0, 0], 1000, 2)
    array([False, False,  True,  True, False])
    """
    k = np.asarray(counts, dtype=float)
    return k >= awake(k, shots, window)


def awake(counts: ArrayLike, shots: float, window: int) -> Array:
    """Give the shots that are awake at each channel: all, less those with an ion shortly before.

    Parameters
    ----------
    counts : (..., channels) array
    shots : float
    window : int
        Dead time in channels; the current channel is not in it.

    Returns
    -------
    (..., channels) array
        ``N'(i) = N - sum of k(i - window .. i - 1)``.

    Examples
    --------
    >>> awake([0, 200, 500, 200], 1000, 2)
    array([1000., 1000.,  800.,  300.])
    """
    k = np.asarray(counts, dtype=float)
    before = np.cumsum(k, axis=-1) - k
    before[..., window:] -= before[..., : max(k.shape[-1] - window, 0)].copy()
    return shots - before


def variance(intensity: ArrayLike, shots: ArrayLike, before: ArrayLike = 0.0) -> Array:
    """Give the variance of a corrected intensity, ``N exp(lambda_before) (exp(lambda) - 1)``.

    A lower bound of what repeats would show: the signal itself may fluctuate. It holds up to
    ``lambda`` 5; beyond, :func:`saturation` says that the intensity is a lower limit.

    Parameters
    ----------
    intensity, before : array
        Corrected, of the peak and of what its dead time holds before it.
    shots : array

    Examples
    --------
    >>> float(variance(100.0, 1e9)), round(float(variance(16384.0, 16384) / 16384), 3)
    (100.00000..., 1.718)
    """
    n = np.asarray(shots, dtype=float)
    lam = np.asarray(intensity, dtype=float) / n
    with np.errstate(over="ignore", invalid="ignore"):
        return n * np.exp(np.asarray(before, dtype=float) / n) * np.expm1(lam)


def saturation(counts: ArrayLike, shots: ArrayLike) -> NDArray[np.int8]:
    """Tell which counts are near one a shot.

    Returns
    -------
    array of int8
        Values of :class:`Saturation`: ``SATURATING`` above 95 % of the shots, ``LOWER_LIMIT`` above
        99.3 %, where a few shots without an ion make the correction meaningless.
    """
    share = np.asarray(counts, dtype=float) / np.asarray(shots, dtype=float)
    return np.where(
        share > LOWER_LIMIT,
        Saturation.LOWER_LIMIT,
        np.where(share > SATURATING, Saturation.SATURATING, Saturation.NONE),
    ).astype(np.int8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shots:
    """A number of shots told by the digits of corrected intensities.

    Attributes
    ----------
    number : int or None
        ``None`` where they do not tell it.
    share : float
        Intensities that are right to their last digit with it.
    runner_up : int or None
        The best of the numbers that are not its neighbours,
    runner_up_share : float
        and its share.
    cells : int
        Intensities that were asked.
    """

    number: int | None
    share: float
    runner_up: int | None
    runner_up_share: float
    cells: int


def infer_shots(intensity: ArrayLike) -> Shots:
    """Tell the number of shots from corrected intensities that were printed to six digits.

    An intensity with nothing before it in its dead time is ``-N ln(1 - k/N)`` with a whole ``k``.
    Each printed one and each ``k`` leave an interval of ``N``; the number in most intervals is the
    answer, if it is in a fifth of them and in ten times as many as an ordinary number. (The others
    have counts before them.) Among numbers that fit equally the one with most factors of two is
    taken, as pixels are counted.

    Parameters
    ----------
    intensity : array
        Of single ions, none of them a sum or a ratio.

    Returns
    -------
    Shots

    Examples
    --------
    >>> k = np.arange(6, 300)
    >>> printed = [float(f"{i:.6g}") for i in corrected(k, 16384)]
    >>> infer_shots(printed).number
    16384
    """
    given = np.asarray(intensity, dtype=float).ravel()
    given = given[(given > LEAST) & (given < MOST)]
    if given.size < CELLS:
        return Shots(number=None, share=0.0, runner_up=None, runner_up_share=0.0, cells=given.size)
    values, many = np.unique(given, return_counts=True)
    fewest = registered(values, FEWEST)
    cell = np.repeat(np.arange(values.size), (np.ceil(values) - np.ceil(fewest)).astype(int))
    first = np.concatenate([[0], np.flatnonzero(np.diff(cell)) + 1])
    within = np.arange(cell.size) - np.repeat(first, np.diff([*first, cell.size]))
    k = np.asarray(np.ceil(fewest)[cell] + within, dtype=float)
    half = 0.5 * 10.0 ** (np.floor(np.log10(values)) - DIGITS + 1)
    low = np.ceil(_shots_of(k, (values + half)[cell])).astype(np.int64)
    high = np.floor(_shots_of(k, (values - half)[cell])).astype(np.int64)
    found = (low <= high) & (high >= FEWEST) & (low <= LARGEST)
    votes = np.zeros(LARGEST + 2)
    np.add.at(votes, np.clip(low[found], FEWEST, None), many[cell[found]])
    np.add.at(votes, np.minimum(high[found], LARGEST) + 1, -many[cell[found]])
    share = np.cumsum(votes)[: LARGEST + 1] / given.size
    best = _roundest(np.flatnonzero(share == share.max()))
    around = share[max(best // 4, FEWEST) : min(4 * best, LARGEST)]
    apart = share.copy()
    apart[int(0.97 * best) : int(1.03 * best) + 2] = 0.0
    second = _roundest(np.flatnonzero(apart == apart.max()))
    sure = share[best] >= max(ENOUGH, ABOVE * float(np.median(around)))
    return Shots(
        number=best if sure else None,
        share=float(share[best]),
        runner_up=second if apart[second] > 0 else None,
        runner_up_share=float(apart[second]),
        cells=int(given.size),
    )


def whole_counts(intensity: ArrayLike, shots: int) -> Array:
    """Give the registered counts behind printed intensities, NaN where they cannot be told.

    They can where nothing was registered in the dead time before: only then is the printed value
    ``-N ln(1 - k/N)`` of a whole ``k``, digit for digit.

    Examples
    --------
    >>> whole_counts([2863.23, 2863.5], 16384)
    array([2627.,   nan])
    """
    given = np.asarray(intensity, dtype=float)
    k = np.clip(np.round(registered(given, shots)), 0, shots - 1)
    with np.errstate(divide="ignore"):
        half = 0.5 * 10.0 ** (np.floor(np.log10(np.where(given > 0, given, 1.0))) - DIGITS + 1)
    return np.where(np.abs(corrected(k, shots) - given) <= 1.0001 * half, k, np.nan)


def _shots_of(k: Array, intensity: Array) -> Array:
    """Solve ``-N ln(1 - k/N) = I`` for N; beyond what is thought of where I is not above k."""
    ratio = intensity / k
    # x = k/N of -ln(1 - x) / x = ratio; Newton from above, where the curve is convex.
    x = 1.0 - np.exp(-ratio)
    for _ in range(60):
        value = -np.log1p(-x) - ratio * x
        with np.errstate(invalid="ignore"):
            step = value / (1.0 / (1.0 - x) - ratio)
        x = np.where(ratio > 1.0, x - step, 0.0)
        if np.all(np.abs(step[ratio > 1.0]) <= 1e-15):
            break
    with np.errstate(divide="ignore"):
        return np.minimum(np.where(x > 0, k / x, np.inf), 1e15)


def _roundest(numbers: NDArray[np.intp]) -> int:
    """Of whole numbers the one with most factors of two."""
    twos = numbers & -numbers
    return int(numbers[twos == twos.max()][0])
