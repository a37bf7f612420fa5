"""The course of something over all scans, from what blocks of them say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["carried", "smooth"]

Array = NDArray[np.float64]

STRAIGHTER = np.logspace(-4.0, 8.0, 49)
"""Weights against bending that are tried."""


def smooth(y: Array, u: Array) -> tuple[Array, Array]:
    """Give a smooth course through values, and its covariance.

    Parameters
    ----------
    y, u : (n,) arrays
        Values in a row, and their standard uncertainties; all zero where nothing was measured.

    Returns
    -------
    (n,) array
    (n, n) array

    Notes
    -----
    Penalised least squares with second differences, as much as the marginal likelihood wants (G.
    Wahba, Ann. Stat. 13 (1985) 1378), widened where the values scatter more than they should.

    Examples
    --------
    >>> course, _ = smooth(np.arange(6.0), np.full(6, 0.1))
    >>> course.round(3) + 0.0
    array([0., 1., 2., 3., 4., 5.])
    """
    if not u.any():
        return np.zeros_like(y), np.zeros((y.size, y.size))
    weight = np.diag(1.0 / u**2)
    bend = np.diff(np.eye(y.size), 2, axis=0)
    penalty = bend.T @ bend
    scale = float(np.trace(weight) / np.trace(penalty))
    best, kept = -np.inf, scale
    for straight in (scale * STRAIGHTER).tolist():
        matrix = weight + straight * penalty
        at = np.asarray(np.linalg.solve(matrix, weight @ y), dtype=float)
        energy = float((y - at) @ weight @ (y - at) + straight * at @ penalty @ at)
        likely = (y.size - 2) * np.log(straight) - float(np.linalg.slogdet(matrix)[1]) - energy
        if likely > best:
            best, kept = likely, straight
    inverse = np.asarray(np.linalg.inv(weight + kept * penalty), dtype=float)
    at = np.asarray(inverse @ weight @ y, dtype=float)
    free = y.size - float(np.trace(inverse @ weight))
    widened = max(1.0, float((y - at) @ weight @ (y - at)) / max(free, 1.0))
    return at, widened * inverse


def carried(middle: Array, scans: int) -> Array:
    """Give how each scan follows from the blocks about it: by straight lines, beyond the ends too.

    Parameters
    ----------
    middle : (blocks,) array
        Places of the blocks among the scans.
    scans : int

    Returns
    -------
    (scans, blocks) array

    Examples
    --------
    >>> carried(np.array([0.5, 2.5]), 4) @ np.array([1.0, 3.0])
    array([0.5, 1.5, 2.5, 3.5])
    """
    place = np.arange(scans, dtype=float)
    left = np.clip(np.searchsorted(middle, place) - 1, 0, middle.size - 2)
    part = (place - middle[left]) / (middle[left + 1] - middle[left])
    carry = np.zeros((scans, middle.size))
    rows = np.arange(scans)
    carry[rows, left], carry[rows, left + 1] = 1.0 - part, part
    return carry
