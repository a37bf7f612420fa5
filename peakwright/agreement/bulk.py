"""What the phases of a pattern come to in atoms, so that XRD and XPS compare in one unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from references import UnknownReferenceError
from references.ion import atomic_mass
from references.words import Basis, Estimate, Kind

from .statement import Says

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from references.registry import Registry
    from references.words import Row

    from .statement import Statement

__all__ = ["Counted", "atoms_of_patterns", "counted", "in_atoms"]

KNOWN = 0.9
"""Share of the mass beside a phase whose formulas must be known for it to be told in atoms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Which atoms a fraction by XPS counts: those of one element, among those of some."""

    element: str
    among: tuple[str, ...]
    label: str

    def of(self, atoms: Mapping[str, float]) -> tuple[float, float]:
        """Give the atoms counted and those they are a share of; without names all but H."""
        among = self.among or tuple(element for element in atoms if element != "H")
        return atoms.get(self.element, 0.0), sum(atoms.get(element, 0.0) for element in among)


def counted(row: Row, level: str, registry: Registry) -> Counted | None:
    """Say which atoms a fraction by XPS counts; ``None`` where it is none of atoms.

    Within a level all lines have one sensitivity, so that shares of area are shares of atoms.
    """
    try:
        element = registry.core_level(level).element
    except UnknownReferenceError:
        return None
    if row.basis is Basis.WITHIN_LEVEL:
        return Counted(element=element, among=(element,), label=element)
    if row.basis is Basis.ATOMIC:
        return Counted(
            element=element, among=tuple(row.denominator.split("+")), label=row.denominator
        )
    if row.basis is Basis.ATOMIC_ALL:
        return Counted(element=element, among=(), label="all elements but H")
    return None


def atoms_of_patterns(
    statements: Iterable[Statement], registry: Registry
) -> dict[str, dict[str, float]]:
    """Give the atoms a gram of each pattern's phases, by element, in moles."""
    found: dict[str, dict[str, float]] = {}
    seen: set[tuple[str, str, str]] = set()
    for statement in statements:
        for row in statement.rows if statement.says is Says.PRESENT else ():
            key = (statement.where, statement.sample, row.subject)
            atoms = _a_gram(row.subject, registry)
            if key in seen or not atoms:
                continue
            seen.add(key)
            mine = found.setdefault(statement.sample or statement.where, {})
            for element, n in atoms.items():
                mine[element] = mine.get(element, 0.0) + row.estimate.value * n
    return found


def in_atoms(
    statement: Statement, unit: Counted, others: Sequence[Statement], registry: Registry
) -> Estimate | None:
    """Give a phase's mass fraction, or its limit, as the share of atoms that XPS would tell.

    Parameters
    ----------
    statement : Statement
        By XRD, of one phase.
    unit : Counted
    others : sequence of Statement
        By XRD; those of the same pattern give what the rest is made of.
    registry : Registry

    Returns
    -------
    Estimate or None
        ``None`` where formulas of the rest are not known or hold none of these atoms, so that the
        share says nothing of the amount, or where the species is a part of a phase.
    """
    parts = {part for species in registry.all_species for part, _ in species.composition}
    row = next(iter(statement.rows), None)
    if row is None or statement.species in parts:
        return None
    mine, whole = unit.of(_a_gram(row.subject, registry))
    rest, mass = _rest(statement, unit, others, registry)
    given = row.estimate
    limit = given.high if given.kind is Kind.UPPER_LIMIT else None
    fraction = given.value if limit is None else limit
    if not (mine and whole) or mass < KNOWN * (1.0 - fraction):
        return None
    beside = rest / mass if mass else 0.0
    if not beside and fraction < 1.0:
        return None
    among = fraction * whole + (1.0 - fraction) * beside
    share = fraction * mine / among
    if limit is not None:
        return Estimate(value=0.0, high=share, level=given.level or 0.95, kind=Kind.UPPER_LIMIT)
    if not given.u:
        return Estimate(value=share, kind=Kind.FIXED)
    # d share / d fraction; the rest gives way to the phase as a whole.
    parts_of_u = given.u_parts.scaled(mine * beside / among**2)
    u = parts_of_u.total
    return Estimate(
        value=share, u=u, u_parts=parts_of_u, low=share - 1.96 * u, high=share + 1.96 * u,
        level=0.95,
    )  # fmt: skip


def _rest(
    statement: Statement, unit: Counted, others: Iterable[Statement], registry: Registry
) -> tuple[float, float]:
    """The atoms of the pattern's other phases among which the unit counts, and their mass."""
    phases: dict[str, float] = {}
    for other in others:
        same = (other.where, other.sample) == (statement.where, statement.sample)
        for row in other.rows if same and other.says is Says.PRESENT else ():
            if row.subject != statement.by:
                phases[row.subject] = row.estimate.value
    found = [(unit.of(_a_gram(name, registry))[1], mass) for name, mass in phases.items()]
    return sum(atoms * mass for atoms, mass in found), sum(mass for _, mass in found)


def _a_gram(phase: str, registry: Registry) -> dict[str, float]:
    """Atoms of a gram of a phase in moles, by element; nothing where the library has it not."""
    if phase not in registry.names()["phase"]:
        return {}
    atoms = registry.phase(phase).composition
    mass = sum(n * atomic_mass(element) for element, n in atoms)
    found: dict[str, float] = {}
    for element, n in atoms:
        found[element] = found.get(element, 0.0) + n / mass
    return found
