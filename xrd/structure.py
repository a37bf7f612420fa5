"""Crystal structures: a CIF, or a phase of the library, as arrays that diffraction can sum over.

A CIF's occupancy says how full a site is; a sum over all symmetry operations needs it divided by
how often the operations lead back to the same atom. That is done here, once: `occupancy` is the
crystallographic one, `filling` what the CIF says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from references.ion import atomic_mass
from references.phase import Phase
from references.words import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from references.phase import Disorder

    from .crystal import Floats, Integers

__all__ = ["Structure", "StructureError", "disordered", "structure"]

ATOMIC_MASS = 1.66053906660
"""One u per cubic Angstrom [g/cm3] (CODATA 2018)."""


class StructureError(InputError):
    """A structure that cannot be used: what it lacks, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure:
    """The asymmetric unit of a crystal and the operations that fill its cell.

    Parameters
    ----------
    name : str
        Name of the data block, or key of the phase.
    cell : tuple of float
        a, b, c [Angstrom], alpha, beta, gamma [degrees].
    space_group : int
        Number that the file states; 0 where it states none.
    symbol : str
        Hermann-Mauguin symbol that the file states, or that of its operations.
    labels, elements : tuple of str
        One a site.
    xyz : ndarray, shape (n, 3)
        Fractional coordinates.
    occupancy : ndarray, shape (n,)
        Crystallographic: for a sum over all operations.
    b_iso : ndarray, shape (n,)
        Displacement parameter B [Angstrom^2]; 0 where the file has none, said in `notes`.
    multiplicity : ndarray, shape (n,)
        Atoms of a site in the cell, were it full.
    rotations, translations : ndarray, shape (m, 3, 3) and (m, 3)
        All operations, centring included: x' = R x + t.
    stated_formula : str
        As the file has it, empty where it has none.
    stated_units : int
        Formula units a cell as the file has them (Z), 0 where it has none.
    notes : tuple of str
        What the file left open, and what was made of it.

    Notes
    -----
    Arrays cannot be written to; :func:`dataclasses.replace` makes another structure.
    """

    name: str
    cell: tuple[float, ...]
    space_group: int
    symbol: str
    labels: tuple[str, ...]
    elements: tuple[str, ...]
    xyz: Floats
    occupancy: Floats
    b_iso: Floats
    multiplicity: Integers
    rotations: Integers
    translations: Floats
    stated_formula: str = ""
    stated_units: int = 0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.xyz, self.occupancy, self.b_iso, self.multiplicity, self.rotations):
            array.setflags(write=False)
        self.translations.setflags(write=False)

    @property
    def filling(self) -> Floats:
        """How full each site is, 0 to 1, as the CIF says."""
        return self.occupancy * len(self.rotations) / self.multiplicity

    @property
    def vectors(self) -> Floats:
        """The cell's vectors a, b, c as rows [Angstrom]: Cartesian = fractional @ vectors."""
        from .crystal import vectors_of

        return vectors_of(self.cell)

    @property
    def volume(self) -> float:
        """Of the cell [Angstrom^3]."""
        return float(abs(np.linalg.det(self.vectors)))

    @property
    def contents(self) -> dict[str, float]:
        """Atoms of each element in the cell, in the order of the sites."""
        found = dict.fromkeys(self.elements, 0.0)
        for element, number in zip(self.elements, self.filling * self.multiplicity, strict=True):
            found[element] += float(number)
        return found

    @property
    def formula(self) -> str:
        """Contents of the cell as text, ``"Li24P4S20Cl4"``."""
        return "".join(f"{element}{round(n, 2):g}" for element, n in self.contents.items())

    @property
    def density(self) -> float:
        """X-ray density [g/cm3]."""
        mass = sum(atomic_mass(element) * n for element, n in self.contents.items())
        return mass * ATOMIC_MASS / self.volume


def structure(source: str | Path | Phase) -> Structure:
    """Give the structure of a CIF, or of a phase of the library.

    Parameters
    ----------
    source : str, Path or Phase
        A path, the text of a CIF (more than one line), or a phase.

    Returns
    -------
    Structure

    Raises
    ------
    DataFileError
        If the CIF cannot be read, or has no cell, symmetry or sites, or more than can be used.
    StructureError
        If the library has no structure of the phase.

    Examples
    --------
    >>> from references import load
    >>> argyrodite = structure(load().phase("Li6PS5Cl"))
    >>> argyrodite.formula, round(argyrodite.volume, 3), round(argyrodite.density, 4)
    ('Li24P4S20Cl4', 955.672, 1.8654)
    >>> dict(zip(argyrodite.labels, argyrodite.multiplicity.tolist(), strict=True))["S16e"]
    16
    """
    from .cif import read_cif, read_cif_text

    if isinstance(source, Phase):
        if not source.cif:
            raise StructureError(
                f"the library has no structure of {source.key}, so a pattern cannot be tested for "
                "it; give its CIF"
            )
        return replace(read_cif_text(source.cif, f"phase {source.key}"), name=source.key)
    if isinstance(source, str) and "\n" in source.strip():
        return read_cif_text(source, "CIF text")
    return read_cif(source)


def disordered(given: Structure, disorder: Disorder, share: float) -> Structure:
    """Give a structure with another share of its atoms exchanged.

    Parameters
    ----------
    given : Structure
    disorder : Disorder
        Which sites hang on the share.
    share : float
        0 to 1.

    Raises
    ------
    StructureError
        If the share is not between 0 and 1, or a site is not there.

    Examples
    --------
    >>> from references import load
    >>> phase = load().phase("Li6PS5Cl")
    >>> ordered = disordered(structure(phase), phase.disorder, 0.0)
    >>> dict(zip(ordered.labels, ordered.filling.round(3).tolist(), strict=True))["Cl4a"]
    1.0
    >>> ordered.formula
    'Li24P4S20Cl4'
    """
    if not 0 <= share <= 1:
        raise StructureError(f"a share of exchanged atoms is between 0 and 1, not {share:g}")
    filling = given.filling.copy()
    for labels, value in ((disorder.rises, share), (disorder.falls, 1 - share)):
        for label in labels:
            if label not in given.labels:
                raise StructureError(
                    f"{given.name} has no site {label!r}; it has {', '.join(given.labels)}"
                )
            filling[given.labels.index(label)] = value
    occupancy = filling * given.multiplicity / len(given.rotations)
    return replace(given, occupancy=occupancy)
