"""Phases of which a sample's species are parts, and what the parts' proportions say.

A fraction of a species of such a phase can be held against the phase's own proportions: on atoms,
on raw areas (atoms times cross-section) or within one core level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.registry import UnknownReferenceError
from references.words import Basis

from ..naming import composition

if TYPE_CHECKING:
    from references.registry import Registry
    from references.species import Species

    from ..claims import Claims

__all__ = ["READINGS", "atoms_of", "bulk_limit", "lattice_share", "wholes_in"]

READINGS = (Basis.WITHIN_LEVEL, Basis.AREA_LEVELS, Basis.ATOMIC)
"""What a fraction without a basis may be a fraction of."""
COUNTER_ION = "Li"
"""Beside the parts of a phase; not in the usual denominators."""


def wholes_in(claims: Claims, registry: Registry) -> list[Species]:
    """Give the composite phases of which a sample shows at least one polyatomic part."""
    elements = set(claims.elements) | {line.symbol.split()[0] for line in claims.lines}
    shown = {line.species for line in claims.lines} | {f.species for f in claims.fractions}
    found: list[Species] = []
    for whole in registry.all_species:
        parts = [key for key, _ in whole.composition]
        telling = [key for key in parts if len(registry.species(key).elements) > 1]
        if parts and shown & {whole.key, *telling} and set(whole.elements) <= elements:
            found.append(whole)
    return found


def atoms_of(whole: Species, registry: Registry) -> dict[str, float]:
    """Give the atoms of each element in the parts of a phase, per formula unit.

    Examples
    --------
    >>> import references
    >>> registry = references.load()
    >>> atoms_of(registry.species("Li6PS5Cl"), registry)
    {'P': 1.0, 'S': 5.0, 'Cl': 1.0}
    """
    found: dict[str, float] = {}
    for key, number in whole.composition:
        for element, atoms in _atoms(registry.species(key)):
            found[element] = found.get(element, 0.0) + number * atoms
    return found


def _atoms(part: Species) -> tuple[tuple[str, float], ...]:
    """Elements of a part and their numbers: those of its formula or key, else one each."""
    written = composition(part.formula or part.key)
    known = tuple((element, n) for element, n in written if element in part.elements)
    return known if len(known) == len(part.elements) else tuple((e, 1.0) for e in part.elements)


def _weights(
    basis: Basis, atoms: dict[str, float], levels: dict[str, str], registry: Registry
) -> dict[str, float] | None:
    """What one atom of each element counts on a basis; ``None`` where a level has no factor."""
    if basis is not Basis.AREA_LEVELS:
        return dict.fromkeys(atoms, 1.0)
    try:
        factors = registry.sensitivity_set("scofield_al")
        return {element: factors.factor(levels[element]).best for element in atoms}
    except (UnknownReferenceError, KeyError):
        return None


def bulk_limit(
    whole: Species, species: Species, basis: Basis, levels: dict[str, str], registry: Registry
) -> float | None:
    """Give the largest share that a species can have of all of a phase's parts.

    All atoms of the elements that both have, over all atoms of the parts; ``None`` within a level,
    where every species may be all of it, or where they share no element.
    """
    atoms = atoms_of(whole, registry)
    shared = [e for e in species.elements if e in atoms and e != COUNTER_ION]
    foreign = [e for e in species.elements if e not in atoms and e != COUNTER_ION]
    weights = _weights(basis, atoms, levels, registry)
    if basis is Basis.WITHIN_LEVEL or not shared or foreign or weights is None:
        return None
    total = sum(n * weights[e] for e, n in atoms.items())
    return sum(atoms[e] * weights[e] for e in shared) / total


def lattice_share(
    whole: Species, part: str, basis: Basis, levels: dict[str, str], registry: Registry
) -> float | None:
    """Give the share that a part of one element has of an untouched phase, on a basis.

    ``None`` where it is no part, or all of its level.
    """
    atoms = atoms_of(whole, registry)
    own = _atoms(registry.species(part))
    number = dict(whole.composition).get(part)
    weights = _weights(basis, atoms, levels, registry)
    if number is None or len(own) != 1 or weights is None:
        return None
    element, each = own[0]
    mine = number * each
    if basis is Basis.WITHIN_LEVEL:
        return mine / atoms[element] if mine < atoms[element] else None
    return mine * weights[element] / sum(n * weights[e] for e, n in atoms.items())
