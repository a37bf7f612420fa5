"""The space group that the atoms have, whatever a file says: spglib behind one function."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .crystal import SAME_ATOM, atoms_of, lengths_and_angles
from .structure import StructureError

if TYPE_CHECKING:
    from collections.abc import Generator

    from .crystal import Floats
    from .structure import Structure

__all__ = [
    "LOOSE",
    "TIGHT",
    "Symmetry",
    "SymmetryError",
    "lattice_symmetry_of",
    "places",
    "symmetry_of",
]

LOOSE, TIGHT = 1e-2, 1e-4
"""How far an atom may be from where symmetry puts it [Angstrom]."""


class SymmetryError(StructureError):
    """Atoms of which no space group can be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symmetry:
    """What symmetry atoms have.

    Parameters
    ----------
    number : int
        Of the space group; enantiomorphs are told apart, settings are not.
    symbol : str
        Its Hermann-Mauguin symbol in the standard setting.
    order : int
        Operations in the cell as it is given, centring included.
    cell : tuple of float
        Of the standard setting [Angstrom, degrees].
    tolerance : float
        [Angstrom]
    """

    number: int
    symbol: str
    order: int
    cell: tuple[float, ...]
    tolerance: float


def symmetry_of(crystal: Structure, tolerance: float = LOOSE) -> Symmetry:
    """Find the space group of a structure's atoms.

    Atoms are told apart by what their place is filled with: chlorine and sulfur that share two
    sites in different shares are two kinds, wherever one or the other atom happens to be.

    Parameters
    ----------
    crystal : Structure
    tolerance : float
        How far an atom may be from where symmetry puts it [Angstrom].

    Raises
    ------
    SymmetryError
        If none is found, for instance of atoms that lie on each other.

    Examples
    --------
    >>> from references import load
    >>> from xrd.structure import structure
    >>> found = symmetry_of(structure(load().phase("Li6PS5Cl")))
    >>> found.number, found.symbol
    (216, 'F-43m')
    """
    kinds: dict[object, int] = {}
    atoms: list[Floats] = []
    numbers: list[int] = []
    for group in places(crystal):
        filling = frozenset(
            (crystal.elements[i], round(float(crystal.filling[i]), 3)) for i in group
        )
        found = atoms_of(crystal, group[0])
        atoms.append(found)
        numbers += [kinds.setdefault(filling, len(kinds) + 1)] * len(found)
    return _symmetry(crystal, np.concatenate(atoms), numbers, tolerance)


def _symmetry(crystal: Structure, atoms: Floats, numbers: list[int], tolerance: float) -> Symmetry:
    dataset = _dataset(crystal, atoms, numbers, tolerance)
    return Symmetry(
        number=int(dataset.number),
        symbol=str(dataset.international),
        order=len(dataset.rotations),
        cell=lengths_and_angles(np.asarray(dataset.std_lattice, dtype=float)),
        tolerance=tolerance,
    )


def lattice_symmetry_of(crystal: Structure) -> Symmetry:
    """Find the space group that the cell would allow, were there but one atom in it.

    Examples
    --------
    >>> from references import load
    >>> from xrd.structure import structure
    >>> lattice_symmetry_of(structure(load().phase("Li6PS5Cl"))).number
    221
    """
    return _symmetry(crystal, np.zeros((1, 3)), [1], LOOSE)


def places(crystal: Structure) -> list[list[int]]:
    """Group the sites that share a place, on whichever of its images each is given.

    Examples
    --------
    >>> from references import load
    >>> from xrd.structure import structure
    >>> argyrodite = structure(load().phase("Li6PS5Cl"))
    >>> [[argyrodite.labels[i] for i in group] for group in places(argyrodite)]
    [['Li'], ['P'], ['S16e'], ['Cl4a', 'S4a'], ['Cl4d', 'S4d']]
    """
    grouped: list[list[int]] = []
    images: Floats = np.einsum("mij,nj->nmi", crystal.rotations, crystal.xyz) + crystal.translations
    vectors = crystal.vectors
    for site in range(len(crystal.xyz)):
        for group in grouped:
            away: Floats = images[group[0]] - crystal.xyz[site]
            distance = np.linalg.norm((away - np.round(away)) @ vectors, axis=-1).min()
            if distance < 0.5 * SAME_ATOM:
                group.append(site)
                break
        else:
            grouped.append([site])
    return grouped


def _dataset(crystal: Structure, atoms: Floats, numbers: list[int], tolerance: float) -> Any:
    """Adapter to spglib: its warnings, its None and its errors become one error of ours."""
    import spglib

    find: Any = spglib.get_symmetry_dataset
    try:
        with _errors_raised():
            found = find((crystal.vectors, atoms, numbers), symprec=tolerance)
    except spglib.error.SpglibError as error:
        found, said = None, str(error)
    else:
        said = "no space group fits"
    if found is None:
        raise SymmetryError(
            f"no space group of {crystal.name} found within {tolerance:g} Angstrom ({said}); "
            "look for atoms that lie on each other"
        )
    return found


@contextlib.contextmanager
def _errors_raised() -> Generator[None]:
    """Have spglib raise its errors, and leave its switch as it was for whoever else uses it."""
    from spglib import error

    switch: Any = error
    before = getattr(switch, "OLD_ERROR_HANDLING", False)
    switch.OLD_ERROR_HANDLING = False
    try:
        yield
    finally:
        switch.OLD_ERROR_HANDLING = before
