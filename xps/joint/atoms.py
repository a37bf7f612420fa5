"""What a species is made of: atoms by element, and the parts of a phase.

A formula is read where the library has one, else the key where that is a formula (PS4), else
a species of one element counts its atoms (free sulfide). Of any other nothing is assumed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from references.ion import not_a_formula

from ..envelope import EnvelopeError

if TYPE_CHECKING:
    from references.registry import Registry

__all__ = ["atoms_of", "parts_of"]


def atoms_of(species: str, registry: Registry) -> dict[str, float]:
    """Give the atoms of a species by element.

    Parameters
    ----------
    species : str
        Key in the library.
    registry : Registry

    Raises
    ------
    UnknownReferenceError
        If there is no such species.
    EnvelopeError
        If its composition is not known.

    Examples
    --------
    >>> import references
    >>> atoms_of("PS4", references.load()), atoms_of("S-free", references.load())
    ({'P': 1.0, 'S': 4.0}, {'S': 1.0})
    """
    known = registry.species(species)
    for text in (known.formula, known.key):
        if text and not not_a_formula(text):
            return _counted(text)
    if len(known.elements) == 1:
        return {known.elements[0]: 1.0}
    raise EnvelopeError(
        f"{species} has no composition in the library ({known.label}), so that no proportion of "
        'its levels is known; write it, for instance parts = { "P 2p:PS4" = 1, "S 2p:PS4" = 4 }'
    )


def parts_of(phase: str, registry: Registry) -> tuple[tuple[str, float], ...]:
    """Give the parts of a phase and their number per formula unit.

    Raises
    ------
    UnknownReferenceError
        If there is no such species.
    EnvelopeError
        If it has no parts.

    Examples
    --------
    >>> import references
    >>> parts_of("Li6PS5Cl", references.load())
    (('PS4', 1.0), ('S-free', 1.0), ('Cl-lattice', 1.0))
    """
    known = registry.species(phase)
    if not known.composition:
        composite = [s.key for s in registry.all_species if s.composition]
        raise EnvelopeError(
            f"{phase} has no parts in the library; those that have are {', '.join(composite)}: "
            "name one of them, tie a species by [[stoichiometry]], or add it in your own library"
        )
    return known.composition


def _counted(formula: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for element, number in re.findall(r"([A-Z][a-z]?)(\d*)", formula):
        found[element] = found.get(element, 0.0) + float(number or 1)
    return found
