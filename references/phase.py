"""Crystalline phases: cell, structure and what to expect of it, each with its source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .value import Status, Value

__all__ = ["AXES", "LATTICE_TOLERANCE", "Disorder", "Phase", "Role"]

AXES = ("a", "b", "c", "alpha", "beta", "gamma")
LATTICE_TOLERANCE = 0.005
"""Half-width of the band of a lattice parameter that has none of its own, relative: a working range
of this library, and no measurement."""

_SYSTEMS: tuple[tuple[int, dict[str, str | float]], ...] = (
    (195, {"b": "a", "c": "a", "alpha": 90.0, "beta": 90.0, "gamma": 90.0}),  # cubic
    (143, {"b": "a", "alpha": 90.0, "beta": 90.0, "gamma": 120.0}),  # hexagonal axes
    (75, {"b": "a", "alpha": 90.0, "beta": 90.0, "gamma": 90.0}),  # tetragonal
    (16, {"alpha": 90.0, "beta": 90.0, "gamma": 90.0}),  # orthorhombic
    (3, {"alpha": 90.0, "gamma": 90.0}),  # monoclinic, unique axis b
    (1, {}),
)
"""First space group of each crystal system, and what its symmetry says of the cell."""


class Role(StrEnum):
    """What a phase is looked at for."""

    MAIN = "main"
    CANDIDATE = "candidate"
    STANDARD = "standard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disorder:
    """One number that several occupancies of a structure hang on.

    Parameters
    ----------
    share : Value
        The number as published, 0 to 1.
    rises, falls : tuple of str
        Labels of the sites of occupancy ``share``, and of those of ``1 - share``.
    """

    share: Value
    rises: tuple[str, ...]
    falls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A crystalline phase.

    Parameters
    ----------
    key, formula : str
    space_group : int
        Number in the International Tables.
    role : Role
        Main phase, candidate for an impurity, or standard.
    status : Status
        Standing of the structure, or of the cell where there is no structure; displacement
        parameters apart, which the structure's header speaks of.
    source : tuple of str
        Keys of the sources of the structure.
    a, b, c, alpha, beta, gamma : Value or None
        Cell [Angstrom, degrees], with its accepted band where one is known. What symmetry says is
        left out: a cubic phase has ``a`` alone. ``None`` throughout where no cell was seen.
    density : Value or None
        X-ray density with its accepted band [g/cm3].
    distances : tuple of (str, Value)
        Accepted band of the shortest distance of two elements, ``"P-S"`` [Angstrom].
    disorder : Disorder or None
        What may be exchanged in the structure.
    cif : str
        The structure as CIF; empty where there is none.
    note : str

    Examples
    --------
    >>> from references import load
    >>> phase = load().phase("Li6PS5Cl")
    >>> phase.elements, phase.cell, phase.band("a")
    (('Li', 'P', 'S', 'Cl'), (9.85, 9.85, 9.85, 90.0, 90.0, 90.0), (9.82, 9.88))
    """

    key: str
    formula: str
    space_group: int
    role: Role
    status: Status
    source: tuple[str, ...]
    a: Value | None = None
    b: Value | None = None
    c: Value | None = None
    alpha: Value | None = None
    beta: Value | None = None
    gamma: Value | None = None
    density: Value | None = None
    distances: tuple[tuple[str, Value], ...] = ()
    disorder: Disorder | None = None
    cif: str = ""
    note: str = ""

    @property
    def elements(self) -> tuple[str, ...]:
        """Symbols, in the order of the formula."""
        return tuple(dict.fromkeys(element for element, _ in self.composition))

    @property
    def composition(self) -> tuple[tuple[str, float], ...]:
        """Elements and their numbers, in the order of the formula."""
        found = re.findall(r"([A-Z][a-z]?)([0-9.]*)", self.formula)
        return tuple((element, float(number or 1)) for element, number in found)

    @property
    def cell(self) -> tuple[float, ...] | None:
        """The six cell parameters [Angstrom, degrees]; ``None`` where one is not known."""
        found = [self._parameter(axis) for axis in AXES]
        known = tuple(value for value in found if value is not None)
        return known if len(known) == len(AXES) else None

    def band(self, axis: str) -> tuple[float, float] | None:
        """Give the accepted band of a cell parameter, ``None`` where it is not known.

        Parameters
        ----------
        axis : str
            ``"a"``, ..., ``"gamma"``; also one that follows from symmetry.
        """
        value = self.known(axis)
        if value is None:
            fixed = self._parameter(axis)
            return None if fixed is None else (fixed, fixed)
        if value.low is not None and value.high is not None:
            return value.low, value.high
        return value.best * (1 - LATTICE_TOLERANCE), value.best * (1 + LATTICE_TOLERANCE)

    def known(self, axis: str) -> Value | None:
        """Give the value behind a cell parameter: its own, or of the axis it equals."""
        given: Value | None = getattr(self, axis)
        same = self.implied.get(axis)
        return getattr(self, same) if given is None and isinstance(same, str) else given

    @property
    def implied(self) -> dict[str, str | float]:
        """What symmetry says of the cell: an equal axis, or an angle [degrees]."""
        return next(dict(said) for first, said in _SYSTEMS if self.space_group >= first)

    def _parameter(self, axis: str) -> float | None:
        value, said = self.known(axis), self.implied.get(axis)
        if value is not None:
            return value.best
        return said if isinstance(said, float) else None
