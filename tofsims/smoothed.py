"""From displacements between pairs of pools to a smooth course over all scans."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .course import carried, course_of

__all__ = ["smoothed"]

Array = NDArray[np.float64]

OUTLYING = 5.0
"""Standard deviations from which a pair is left out."""


def smoothed(
    pairs: NDArray[np.int64], away: Array, u: Array, middle: Array, scans: int
) -> tuple[Array, Array]:
    """Give the course over scans that pairs of pools agree with best, and its uncertainty.

    Parameters
    ----------
    pairs : (n, 2) array
        Which pools were compared.
    away, u : (n,) arrays
        How far the second one is from the first, and its standard uncertainty.
    middle : (pools,) array
        Place of each pool among the scans.
    scans : int

    Returns
    -------
    course, u : (scans,) arrays
        From its mean over the scans.

    Notes
    -----
    Smoothed as :func:`tofsims.course.course_of` does. Pairs share the noise of their pools:
    together they weigh as much as each pool once.

    Examples
    --------
    >>> pairs = np.array([[i, i + 1] for i in range(9)])
    >>> course, u = smoothed(pairs, np.full(9, 0.5), np.full(9, 0.1), np.arange(10.0), 10)
    >>> np.round(course[[0, -1]], 2)
    array([-2.25,  2.25])
    """
    at, cov = _solved(pairs, away, u, middle.size)
    residual = np.abs(away - (at[pairs[:, 1]] - at[pairs[:, 0]])) / u
    kept = residual <= OUTLYING * max(1.0, 1.4826 * float(np.median(residual)))
    if not kept.all():
        at, cov = _solved(pairs[kept], away[kept], u[kept], middle.size)
    carry = carried(middle, scans)
    carry -= carry.mean(axis=0)
    return carry @ at, np.sqrt(np.sum((carry @ cov) * carry, axis=1))


def _solved(pairs: NDArray[np.int64], away: Array, u: Array, pools: int) -> tuple[Array, Array]:
    """Places of the pools and their covariance, at the most likely smoothness."""
    rows = np.arange(away.size)
    design = np.zeros((away.size, pools))
    design[rows, pairs[:, 1]], design[rows, pairs[:, 0]] = 1.0, -1.0
    weight = pools / away.size / u**2
    return course_of(design, away, weight, told=pools, is_relative=True)
