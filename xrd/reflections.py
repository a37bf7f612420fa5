"""From a structure to its reflections: Bragg angles, multiplicities, structure factors.

The intensity of a powder line is m LP <|F|^2>; here stand m and <|F|^2>, which a refinement keeps,
and d, which follows the cell. Dispersion is in: without f' and f'' mass fractions shift by up to
five percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .crystal import metric_of
from .scattering import form_factors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .structure import Structure

__all__ = [
    "Reflections",
    "d_spacings",
    "reciprocal_metric",
    "reflections",
    "structure_factors",
    "together",
]

Array = NDArray[np.float64]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reflections:
    """Lines of one phase, by falling d.

    Attributes
    ----------
    hkl : (n, 3) array of int
        One of each set that symmetry and Friedel's law make equal.
    multiplicity : (n,) array
        Size of that set.
    d : (n,) array
        [Angstrom]
    f2 : (n,) array
        Mean of |F(hkl)|^2 and |F(-h-k-l)|^2, squared electrons a cell.
    """

    hkl: Integers
    multiplicity: Array
    d: Array
    f2: Array

    def two_theta(self, wavelength: float) -> Array:
        """Bragg angles [degrees] at a wavelength [Angstrom]; NaN beyond 180."""
        with np.errstate(invalid="ignore"):
            return np.degrees(2.0 * np.arcsin(wavelength / (2.0 * self.d)))


def reciprocal_metric(cell: Sequence[float] | Array) -> Array:
    """Metric tensor (3, 3) of the reciprocal lattice [1/Angstrom^2]."""
    return np.asarray(np.linalg.inv(metric_of(tuple(cell))), dtype=float)


def d_spacings(hkl: Integers, cell: Sequence[float] | Array) -> Array:
    """Give d [Angstrom] of reflections (n, 3): 1/d^2 = h G* h."""
    h = hkl.astype(float)
    return 1.0 / np.sqrt(np.sum((h @ reciprocal_metric(cell)) * h, axis=1))


def structure_factors(
    structure: Structure, hkl: Integers, wavelength: float, *, dispersion: bool = True
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Structure factors F(hkl) and F(-h-k-l) [electrons a cell].

    F = sum_j o_j (f0 + f' + i f'')_j exp(-B_j s^2) sum_ops exp(2 pi i h (R x + t)), with
    crystallographic occupancies o_j and s = sin(theta)/lambda = 1/(2 d).
    """
    s2 = 0.25 / d_spacings(hkl, structure.cell) ** 2
    elements = tuple(dict.fromkeys(structure.elements))
    f = form_factors(elements, s2, wavelength, dispersion=dispersion)
    forward = np.zeros(len(hkl), dtype=complex)
    backward = np.zeros(len(hkl), dtype=complex)
    some, times = _once(structure, hkl)
    positions = np.einsum("oij,aj->aoi", structure.rotations[some], structure.xyz)
    positions += structure.translations[some][None, :, :]
    for atom, symbol in enumerate(structure.elements):
        phases = 2.0 * np.pi * (hkl @ positions[atom].T)
        geometry = np.exp(1j * phases).sum(axis=1)
        weight = times * structure.occupancy[atom] * np.exp(-structure.b_iso[atom] * s2)
        weighted = weight * f[:, elements.index(symbol)]
        forward += weighted * geometry
        backward += weighted * np.conj(geometry)
    return forward, backward


def _once(structure: Structure, hkl: Integers) -> tuple[NDArray[np.intp], float]:
    """Operations that suffice for reflections, and how often each stands.

    Where the lattice's centring leaves the phase of all of them, one of each rotation does.
    """
    rotations, first = np.unique(structure.rotations, axis=0, return_index=True)
    every = len(structure.rotations)
    plain = np.all(structure.rotations == np.eye(3, dtype=np.int64), axis=(1, 2))
    phases = hkl @ structure.translations[plain].T
    if every == len(rotations) or np.any(np.abs(phases - np.rint(phases)) > 1e-6):
        return np.arange(every), 1.0
    return first, every / len(rotations)


def reflections(
    structure: Structure,
    wavelength: float,
    *,
    two_theta: tuple[float, float],
    dispersion: bool = True,
) -> Reflections:
    """Give the reflections of a structure in a range of angles.

    Parameters
    ----------
    structure : Structure
    wavelength : float
        [Angstrom]
    two_theta : (float, float)
        [degrees]
    dispersion : bool
        Whether f' and f'' are in; only comparisons with other programs leave them out.
    """
    low, high = np.sin(np.radians(np.clip(two_theta, 0.0, 179.9)) / 2.0) * 2.0 / wavelength
    hkl, multiplicity = _unique(structure, 1.0 / high)
    d = d_spacings(hkl, structure.cell)
    inside = (d <= 1.0 / max(low, 1e-9)) & (d >= 1.0 / high)
    order = np.argsort(-d[inside], kind="stable")
    hkl, multiplicity, d = hkl[inside][order], multiplicity[inside][order], d[inside][order]
    forward, backward = structure_factors(structure, hkl, wavelength, dispersion=dispersion)
    return Reflections(
        hkl=hkl,
        multiplicity=multiplicity,
        d=d,
        f2=0.5 * (np.abs(forward) ** 2 + np.abs(backward) ** 2),
    )


def together(position: Array, distance: Array) -> list[NDArray[np.intp]]:
    """Group lines (n,) that are nearer to the next one than a distance (n,).

    Examples
    --------
    >>> groups = together(np.array([20.0, 30.0, 20.01]), np.full(3, 0.02))
    >>> [group.tolist() for group in groups]
    [[0, 2], [1]]
    """
    order = np.argsort(position)
    gaps = np.diff(position[order]) > distance[order][1:]
    return np.split(order, np.flatnonzero(gaps) + 1)


def _unique(structure: Structure, d_min: float) -> tuple[Integers, Array]:
    """One reflection of each equivalent set down to d_min, and the set's size; no absent ones."""
    grid = _sphere(structure.cell, d_min)
    if not len(grid):
        return grid, np.zeros(0)
    rotations = np.unique(structure.rotations, axis=0)
    # A number for each hkl; that of h R is h (R w), without forming h R.
    span = 2 * int(np.abs(grid).max()) * int(np.abs(rotations).sum(axis=1).max()) + 1
    # In floating point, which numbers as small keep exact and linear algebra is made for.
    weights = np.array([float(span * span), float(span), 1.0])
    own = grid @ weights
    # Half of all suffices: hkl and -h-k-l are one.
    grid = grid[own > 0.0]
    own = own[own > 0.0]
    names = np.abs(grid.astype(float) @ (rotations @ weights).T)
    first = own == names.max(axis=1)
    hkl, own = grid[first], own[first]
    names = np.sort(names[first], axis=1)
    multiplicity = 2.0 * (1.0 + np.count_nonzero(np.diff(names, axis=1), axis=1))
    # Absent where an operation that leaves hkl alone shifts its phase.
    turned = hkl.astype(float) @ (structure.rotations @ weights).T
    same = turned == own[:, None]
    phase = hkl.astype(float) @ structure.translations.T
    absent = np.any(same & (np.abs(phase - np.rint(phase)) > 1e-6), axis=1)
    return hkl[~absent], multiplicity[~absent]


def _sphere(cell: tuple[float, ...], d_min: float) -> Integers:
    """All hkl but 000 with d of at least d_min: |h| <= a/d_min, whatever the angles."""
    last = [int(length / d_min) for length in cell[:3]]
    h, k, l_ = (np.arange(-n, n + 1, dtype=np.int64) for n in last)
    grid = np.stack(np.meshgrid(h, k, l_, indexing="ij"), axis=-1).reshape(-1, 3)
    inverse = np.sum((grid @ reciprocal_metric(cell)) * grid, axis=1)
    return grid[(inverse > 1e-12) & (inverse <= (d_min * (1.0 - 1e-9)) ** -2.0)]
