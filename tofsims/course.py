"""The course of something over all scans, from what pools of them say."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["carried", "course_of", "smooth"]

Array = NDArray[np.float64]

STRAIGHTER = np.logspace(-6.0, 8.0, 57)
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

    Examples
    --------
    >>> course, _ = smooth(np.arange(6.0), np.full(6, 0.1))
    >>> course.round(3) + 0.0
    array([0., 1., 2., 3., 4., 5.])
    """
    if not u.any():
        return np.zeros_like(y), np.zeros((y.size, y.size))
    return course_of(np.eye(y.size), y, 1.0 / u**2, told=y.size)


def course_of(
    design: Array, y: Array, weight: Array, *, told: int, is_relative: bool = False
) -> tuple[Array, Array]:
    """Give the smooth course that values agree with best, and its covariance.

    Parameters
    ----------
    design : (values, n) array
        How values follow from places in a row.
    y, weight : (values,) arrays
        And the inverse of their variance.
    told : int
        Values that are independent.
    is_relative : bool
        Whether only differences of places are told: then their mean is zero.

    Returns
    -------
    (n,) array
    (n, n) array

    Notes
    -----
    Penalised least squares with second differences; how much is smoothed is the most likely one of
    the marginal likelihood (G. Wahba, Ann. Stat. 13 (1985) 1378), and the covariance is that of the
    posterior, widened by chi-square over its freedom where that is above one.
    """
    n = design.shape[1]
    normal = design.T @ (weight[:, None] * design)
    right = design.T @ (weight * y)
    bend = np.diff(np.eye(n), 2, axis=0)
    penalty = bend.T @ bend
    held = np.full((n, n), float(np.trace(normal)) / n**2) if is_relative else np.zeros((n, n))
    scale = float(np.trace(normal) / np.trace(penalty))
    best, found, straight = -np.inf, np.zeros(n), scale
    for candidate in (scale * STRAIGHTER).tolist():
        matrix = normal + candidate * penalty + held
        at: Array = np.asarray(np.linalg.solve(matrix, right), dtype=float)
        misfit = float(np.sum(weight * (y - design @ at) ** 2))
        energy = misfit + candidate * float(at @ penalty @ at)
        likely = (n - 2) * np.log(candidate) - float(np.linalg.slogdet(matrix)[1]) - energy
        if likely > best:
            best, found, straight = likely, at, candidate
    inverse: Array = np.asarray(np.linalg.inv(normal + straight * penalty + held), dtype=float)
    used = float(np.trace(inverse @ normal))
    misfit = float(np.sum(weight * (y - design @ found) ** 2))
    return found, max(1.0, misfit / max(told - used, 1.0)) * inverse


def carried(middle: Array, scans: int) -> Array:
    """Give how each scan follows from the pools about it: by a natural spline, straight beyond.

    Straight lines between pools would cut the corners of a course that bends within a pool or two.

    Parameters
    ----------
    middle : (pools,) array
        Places of the pools among the scans, two at least.
    scans : int

    Returns
    -------
    (scans, pools) array

    Examples
    --------
    >>> (carried(np.array([0.5, 2.5]), 4) @ np.array([1.0, 3.0])).round(6)
    array([0.5, 1.5, 2.5, 3.5])
    """
    from scipy.interpolate import CubicSpline

    place = np.arange(scans, dtype=float)
    spline: Any = CubicSpline(middle, np.eye(middle.size), bc_type="natural")
    inside = np.clip(place, middle[0], middle[-1])
    return np.asarray(spline(inside) + (place - inside)[:, None] * spline(inside, 1), dtype=float)
