"""From displacements between pairs of pools to a smooth course over all scans."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["smoothed"]

Array = NDArray[np.float64]

STRAIGHTER = np.logspace(-6.0, 8.0, 57)
"""Weights against bending that are tried."""
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
    Penalised least squares with second differences; how much is smoothed is the most likely one of
    the marginal likelihood (G. Wahba, Ann. Stat. 13 (1985) 1378), and ``u`` is that of the
    posterior, widened by the square root of chi-square over its freedom where that is above one.
    Pairs share the noise of their pools: together they weigh as much as each pool once.

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
    carry = _carried(middle, scans)
    carry -= carry.mean(axis=0)
    return carry @ at, np.sqrt(np.sum((carry @ cov) * carry, axis=1))


def _solved(pairs: NDArray[np.int64], away: Array, u: Array, pools: int) -> tuple[Array, Array]:
    """Places of the pools and their covariance, at the most likely smoothness."""
    rows = np.arange(away.size)
    design = np.zeros((away.size, pools))
    design[rows, pairs[:, 1]], design[rows, pairs[:, 0]] = 1.0, -1.0
    weight = pools / away.size / u**2
    normal = design.T @ (weight[:, None] * design)
    right = design.T @ (weight * away)
    bend = np.diff(np.eye(pools), 2, axis=0)
    penalty = bend.T @ bend
    # Only differences are known: their mean is held at zero.
    held = np.full((pools, pools), float(np.trace(normal)) / pools**2)
    scale = float(np.trace(normal) / np.trace(penalty))
    best, found, straight = -np.inf, np.zeros(pools), 0.0
    for candidate in (scale * STRAIGHTER).tolist():
        matrix = normal + candidate * penalty + held
        at: Array = np.asarray(np.linalg.solve(matrix, right), dtype=float)
        misfit = float(np.sum(weight * (away - design @ at) ** 2))
        energy = misfit + candidate * float(at @ penalty @ at)
        likely = (pools - 2) * np.log(candidate) - np.linalg.slogdet(matrix)[1] - energy
        if likely > best:
            best, found, straight = float(likely), at, float(candidate)
    curved = normal + straight * penalty + held
    inverse: Array = np.asarray(np.linalg.inv(curved), dtype=float)
    used = float(np.trace(inverse @ normal))
    misfit = float(np.sum(weight * (away - design @ found) ** 2))
    widened = max(1.0, misfit / max(pools - used, 1.0))
    return found, widened * inverse


def _carried(middle: Array, scans: int) -> Array:
    """How each scan follows from the pools about it: straight lines, and on beyond the ends."""
    place = np.arange(scans, dtype=float)
    left = np.clip(np.searchsorted(middle, place) - 1, 0, middle.size - 2)
    part = (place - middle[left]) / (middle[left + 1] - middle[left])
    carry = np.zeros((scans, middle.size))
    rows = np.arange(scans)
    carry[rows, left], carry[rows, left + 1] = 1.0 - part, part
    return carry
