"""Geometry of a crystal: the cell's vectors, the images of a site, what its multiplicity is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .structure import Structure

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "SAME_ATOM",
    "atoms_of",
    "distances",
    "lengths_and_angles",
    "metric_of",
    "returns",
    "vectors_of",
]

SAME_ATOM = 0.4
"""Images of a site nearer than this are one atom [Angstrom]: no two atoms are, and split sites are
farther apart."""

NEIGHBOURS = np.stack(np.meshgrid(*[[-1.0, 0.0, 1.0]] * 3), -1).reshape(-1, 3)
"""A cell and those around it, as lattice translations."""


def metric_of(cell: Sequence[float]) -> Floats:
    """Give the metric tensor of a cell [Angstrom^2]."""
    lengths = np.array(cell[:3])
    alpha, beta, gamma = (math.cos(math.radians(angle)) for angle in cell[3:])
    cosines = np.array([[1.0, gamma, beta], [gamma, 1.0, alpha], [beta, alpha, 1.0]])
    return lengths[:, None] * cosines * lengths


def vectors_of(cell: Sequence[float]) -> Floats:
    """Give the vectors of a cell as rows [Angstrom]; a lies along x, b in the plane of x and y.

    Examples
    --------
    >>> vectors_of((2.0, 3.0, 4.0, 90.0, 90.0, 90.0)).round(6).tolist()
    [[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 4.0]]
    """
    return np.asarray(np.linalg.cholesky(metric_of(cell)), dtype=np.float64)


def lengths_and_angles(vectors: Floats) -> tuple[float, ...]:
    """Give the six cell parameters of vectors [Angstrom, degrees].

    Examples
    --------
    >>> cell = lengths_and_angles(vectors_of((2.0, 3.0, 4.0, 80.0, 90.0, 120.0)))
    >>> [round(parameter, 6) for parameter in cell]
    [2.0, 3.0, 4.0, 80.0, 90.0, 120.0]
    """
    lengths = np.linalg.norm(vectors, axis=1)
    cosines = (vectors @ vectors.T) / np.outer(lengths, lengths)
    pairs = cosines[[1, 0, 0], [2, 2, 1]]
    return (*lengths.tolist(), *np.degrees(np.arccos(np.clip(pairs, -1, 1))).tolist())


def returns(xyz: Floats, rotations: Integers, translations: Floats, vectors: Floats) -> Floats:
    """Give how far from each site its images lie, to the next lattice point.

    Returns
    -------
    ndarray, shape (n, m)
        Distance [Angstrom] of each of n sites from its m images; 0 where an operation keeps it.
    """
    away: Floats = np.einsum("mij,nj->nmi", rotations, xyz) + translations - xyz[:, None]
    return np.linalg.norm((away - np.round(away)) @ vectors, axis=-1)


def atoms_of(crystal: Structure, site: int) -> Floats:
    """Give the atoms of one site in the cell.

    Returns
    -------
    ndarray, shape (multiplicity, 3)
        Fractional coordinates, 0 to 1.
    """
    images = crystal.rotations @ crystal.xyz[site] + crystal.translations
    vectors, found = crystal.vectors, list[int]()
    for image in range(len(images)):
        away: Floats = images[found] - images[image]
        near = np.linalg.norm((away - np.round(away)) @ vectors, axis=-1)
        if not (near < SAME_ATOM).any():
            found.append(image)
    return images[found] % 1.0


def distances(xyz: Floats, atoms: Floats, vectors: Floats) -> Floats:
    """Give the distance from a point to atoms, in their own and the neighbouring cells [Angstrom].

    A cell much flatter than any in use could hide a nearer one.

    Returns
    -------
    ndarray, shape (atoms, 27)
    """
    away = atoms - xyz
    away = (away - np.round(away))[:, None] + NEIGHBOURS
    return np.linalg.norm(away @ vectors, axis=-1)
