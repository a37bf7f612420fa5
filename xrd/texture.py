"""Preferred orientation: what it does to the intensities of a powder's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .crystal import vectors_of
from .reflections import reciprocal_metric

if TYPE_CHECKING:
    from .structure import Structure

__all__ = ["axis_cosines", "march_dollase", "texture_harmonics"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

ORDERS = 2, 4, 6
"""Orders of the harmonics; higher ones need textures sharper than a powder has."""
LEAST = 1e-3
"""A harmonic that moves no intensity by this much is none that the symmetry has."""


def _images(structure: Structure, hkl: Integers) -> Array:
    rotations = np.unique(structure.rotations, axis=0)
    return np.einsum("ni,oij->noj", hkl, rotations).astype(float)


def axis_cosines(structure: Structure, hkl: Integers, axis: tuple[int, int, int]) -> Array:
    """Squared cosines (n, equivalents) between reflections with all images and an axis hkl."""
    metric = reciprocal_metric(structure.cell)
    images, along = _images(structure, hkl), np.asarray(axis, dtype=float)
    projected = np.einsum("noi,ij,j->no", images, metric, along)
    lengths = np.einsum("noi,ij,noj->no", images, metric, images)
    return projected**2 / lengths / float(along @ metric @ along)


def march_dollase(cos2: Array, log_r: float) -> tuple[Array, Array]:
    """March-Dollase factors (n,) of reflections, and their derivatives by ln r.

    The mean over equivalents of (r^2 cos^2 + sin^2/r)^(-3/2); W. A. Dollase, J. Appl. Cryst. 19
    (1986) 267.

    Examples
    --------
    >>> march_dollase(np.array([[1.0], [0.0]]), np.log(0.8))[0].round(4).tolist()
    [1.9531, 0.7155]
    """
    r = np.exp(log_r)
    inner = r * r * cos2 + (1.0 - cos2) / r
    slope = 2.0 * r * r * cos2 - (1.0 - cos2) / r
    return (inner**-1.5).mean(axis=1), (-1.5 * inner**-2.5 * slope).mean(axis=1)


def texture_harmonics(structure: Structure, hkl: Integers) -> Array:
    """What a texture may do to intensities: symmetrized harmonics (k, n), the largest value 1.

    About the direction h of each reflection, a texture with rings about the specimen's normal has
    factors that are sums of harmonics of even order with the crystal's symmetry (M. Jarvinen, J.
    Appl. Cryst. 26 (1993) 525). They are the means over the point group of Legendre polynomials of
    the angle to fixed axes. In a cubic crystal the second order has none: there March's factor
    moves nothing in its first order, whatever the axis.

    Examples
    --------
    >>> from references import load
    >>> from xrd.structure import structure
    >>> argyrodite = structure(load().phase("Li6PS5Cl"))
    >>> lines = np.array([[1, 1, 1], [2, 0, 0], [2, 2, 0]])
    >>> texture_harmonics(argyrodite, lines).round(2).tolist()
    [[-0.67, 1.0, -0.25], [1.0, 0.56, -0.91]]
    """
    if not len(hkl):
        return np.zeros((0, 0))
    images = _images(structure, hkl) @ np.linalg.inv(vectors_of(structure.cell)).T
    images /= np.linalg.norm(images, axis=2, keepdims=True)
    axes = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 1, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]])
    cosines = images @ (axes / np.linalg.norm(axes, axis=1, keepdims=True)).T
    found: list[Array] = []
    for order in ORDERS:
        legendre = np.polynomial.Legendre.basis(order)(cosines).mean(axis=1).T
        basis: Array = np.array(found, dtype=float).reshape(-1, len(hkl))
        for row in legendre:
            # Another axis may give the same harmonic.
            rest = row - _within(basis, row)
            if np.abs(rest).max() > LEAST:
                sign = np.sign(row[np.abs(row).argmax()])
                basis = np.vstack([basis, sign * row / np.abs(row).max()])
        found = list(basis)
    return np.array(found)


def _within(basis: Array, row: Array) -> Array:
    """Give what of a row (n,) its basis (k, n) can make."""
    sizes, *_ = np.linalg.lstsq(basis.T, row, rcond=None)
    return basis.T @ np.asarray(sizes, dtype=float)
