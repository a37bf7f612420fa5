"""Kendall's rank correlation with time: does a series rise more often than it falls.

H. B. Mann, Econometrica 13 (1945) 245, with the variance of ties.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["kendall", "ranked", "two_sided"]

Array = NDArray[np.float64]


def kendall(y: Array, fewer: float = 1.0) -> tuple[float, float]:
    """Give Kendall's tau of a series with time, and its two-sided p.

    Parameters
    ----------
    y : (n,) array
    fewer : float
        How many times fewer independent points say as much: the variance is larger by it.

    Returns
    -------
    tau, p : float

    Examples
    --------
    >>> tau, p = kendall(np.arange(10.0))
    >>> tau, round(p, 6)
    (1.0, 8.3e-05)
    """
    tau, z = ranked(y)
    return tau, two_sided(z / np.sqrt(fewer))


def ranked(y: Array) -> tuple[float, float]:
    """Give Kendall's tau of a series with time, and how many standard deviations it is from none.

    Of independent points: of as many as say a quarter as much, ``z`` is half of it.

    Parameters
    ----------
    y : (n,) array

    Returns
    -------
    tau, z : float

    Examples
    --------
    >>> tau, z = ranked(np.arange(10.0))
    >>> tau, round(z, 3)
    (1.0, 3.935)
    """
    n = y.size
    s = _order(y)
    _, ties = np.unique(y, return_counts=True)
    var = (n * (n - 1) * (2 * n + 5) - np.sum(ties * (ties - 1) * (2 * ties + 5))) / 18.0
    pairs = 0.5 * n * (n - 1)
    unlike = np.sqrt(pairs * (pairs - np.sum(0.5 * ties * (ties - 1))))
    if var <= 0:
        return 0.0, 0.0
    return float(s / unlike), float((s - np.sign(s)) / np.sqrt(var))


def _order(y: Array) -> int:
    """Pairs of which the later one is higher, less those of which it is lower.

    As by merging (W. R. Knight, J. Am. Stat. Assoc. 61 (1966) 436): of blocks twice as long each
    time, each point of the second half is put among those of the first. Number and rank of a block
    make one key, so that all blocks are sorted at once.
    """
    _, rank = np.unique(y, return_inverse=True)
    at, found, half = np.arange(y.size), 0, 1
    while half < y.size:
        block = at // (2 * half)
        key = block * y.size + rank
        late = (at // half) % 2 == 1
        first = np.sort(key[~late])
        below = np.searchsorted(first, key[late], "left")
        not_above = np.searchsorted(first, key[late], "right")
        # Blocks before it have as many first halves, all of them below.
        found += int(np.sum(below + not_above - (2 * block[late] + 1) * half))
        half *= 2
    return found


def two_sided(z: float) -> float:
    """Give the probability of a normal number at least so far from zero.

    Examples
    --------
    >>> round(two_sided(1.96), 4)
    0.05
    """
    from scipy.special import ndtr

    return float(2.0 * ndtr(-abs(z)))
