"""Surfaces of equal counts: marching tetrahedra, and the level at which two parts differ most."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

__all__ = ["isosurface", "smooth", "threshold"]

Array = NDArray[np.float64]

# A cell's corners, and its six tetrahedra: each a way from one corner to the opposite one along the
# axes. Neighbouring cells are split alike, so that surfaces have no cracks.
CORNERS = np.array([(z, y, x) for z in (0, 1) for y in (0, 1) for x in (0, 1)])
BINS = 256
SMALLEST = 0.005
"""Share of the volume that a part has at least."""


def _tetrahedra() -> NDArray[np.int64]:
    found: list[list[int]] = []
    for order in permutations((4, 2, 1)):
        ways = [0, order[0], order[0] + order[1], 7]
        found.append(ways)
    return np.array(found)


TETRAHEDRA = _tetrahedra()


def isosurface(volume: Array, level: float) -> Array:
    """Give the triangles at which a volume passes a level.

    Parameters
    ----------
    volume : (nz, ny, nx) array
    level : float

    Returns
    -------
    (triangles, 3, 3) array
        Corners (z, y, x) in units of the array's places; each triangle's normal, by the right hand
        in the order (z, y, x), points to where the volume is lower.

    Raises
    ------
    InputError
        If the volume has fewer than two places along an axis.

    Notes
    -----
    A. Doi and A. Koide, IEICE Trans. E74 (1991) 214: each cell as tetrahedra, in which a surface is
    a triangle or two.

    Examples
    --------
    >>> z, y, x = np.mgrid[-5:6, -5:6, -5:6]
    >>> ball = isosurface(4.0 - np.sqrt(z**2 + y**2 + x**2), 0.0)
    >>> sides = np.cross(ball[:, 1] - ball[:, 0], ball[:, 2] - ball[:, 0])
    >>> bool(abs(0.5 * np.linalg.norm(sides, axis=1).sum() / (4 * np.pi * 16) - 1) < 0.03)
    True
    """
    if volume.ndim != 3 or min(volume.shape) < 2:
        raise InputError(f"a surface needs two places along each axis, not {volume.shape}")
    above = volume >= level
    cells = tuple(size - 1 for size in volume.shape)
    corner = [
        above[z : z + cells[0], y : y + cells[1], x : x + cells[2]] for z, y, x in CORNERS.tolist()
    ]
    many = np.sum(corner, axis=0)
    here = np.argwhere((many > 0) & (many < 8))
    if not here.size:
        return np.empty((0, 3, 3))
    places = here[:, None] + CORNERS
    values = volume[places[..., 0], places[..., 1], places[..., 2]] - level
    found: list[Array] = []
    for tetrahedron in TETRAHEDRA:
        found += _cut(places[:, tetrahedron].astype(float), values[:, tetrahedron])
    return np.concatenate(found)


def _cut(places: Array, values: Array) -> list[Array]:
    """Triangles of many tetrahedra: places (n, 4, 3) and values (n, 4) of their corners."""
    # Corners above come first, so that there are three cases only.
    order = np.argsort(values < 0, axis=1, kind="stable")
    places = np.take_along_axis(places, order[..., None], 1)
    values = np.take_along_axis(values, order, 1)
    above = np.sum(values >= 0, axis=1)
    found: list[Array] = []
    for many, loops in (
        (1, [((0, 1), (0, 2), (0, 3))]),
        (3, [((0, 3), (1, 3), (2, 3))]),
        (2, [((0, 2), (0, 3), (1, 3)), ((0, 2), (1, 3), (1, 2))]),
    ):
        chosen = above == many
        p, v = places[chosen], values[chosen]
        inside = p[:, :many].mean(axis=1)
        for loop in loops:
            triangle = np.stack([_crossed(p, v, a, b) for a, b in loop], axis=1)
            found.append(_turned(triangle, inside))
    return found


def _crossed(p: Array, v: Array, a: int, b: int) -> Array:
    """Where the level is passed between two corners."""
    part = v[:, a] / (v[:, a] - v[:, b])
    return p[:, a] + part[:, None] * (p[:, b] - p[:, a])


def _turned(triangle: Array, inside: Array) -> Array:
    """Triangles whose normals point away from the inside."""
    normal = np.cross(triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0])
    away = np.sum(normal * (triangle[:, 0] - inside), axis=1)
    return np.where((away < 0)[:, None, None], triangle[:, ::-1], triangle)


def smooth(volume: Array, sigma: float) -> Array:
    """Give a volume smoothed by a Gaussian of a standard deviation in places."""
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(volume, sigma, mode="nearest"), dtype=float)


def threshold(volume: Array) -> tuple[float, float]:
    """Give the level that splits a volume into two parts, and how much better two are than one.

    Returns
    -------
    float
    float
        Gain of the mean log-likelihood of two normal parts over one, times two; about zero where
        there is one part only.

    Notes
    -----
    Least error of two normal parts, however unequal: J. Kittler and J. Illingworth, Pattern
    Recognit. 19 (1986) 41.

    Examples
    --------
    >>> level, gain = threshold(np.repeat([1.0, 1.1, 1.2, 8.0, 9.0], 10))
    >>> bool(1.2 < level < 8.0), bool(gain > 1.0)
    (True, True)
    """
    low, high = float(volume.min()), float(volume.max())
    if not high > low:
        return low, 0.0
    many, edges = np.histogram(volume, BINS, (low, high))
    middle = 0.5 * (edges[1:] + edges[:-1])
    # Moments up to each level, and beyond it; within a bin they spread evenly.
    sums = np.cumsum(many * np.stack([np.ones(BINS), middle, middle**2]), axis=1)
    below, whole = sums[:, :-1] / volume.size, sums[:, -1:] / volume.size
    inside = (edges[1] - edges[0]) ** 2 / 12.0
    criterion = np.zeros(BINS - 1)
    for part in (below, whole - below):
        share = np.maximum(part[0], 1e-12)
        spread = np.maximum(part[2] / share - (part[1] / share) ** 2, 0.0) + inside
        criterion += share * np.log(spread) - 2.0 * share * np.log(share)
    criterion[np.minimum(below[0], 1.0 - below[0]) < SMALLEST] = np.inf
    if not np.isfinite(criterion.min()):
        return 0.5 * (low + high), 0.0
    # Where a gap leaves a choice, its middle.
    best = np.flatnonzero(criterion <= criterion.min() + 1e-9)
    single = float(np.log(whole[2, 0] - whole[1, 0] ** 2 + inside))
    return float(edges[1:-1][best].mean()), single - float(criterion.min())
