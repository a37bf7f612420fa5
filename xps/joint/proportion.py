"""Proportions between the components of several levels: a species' atoms, a phase's parts.

A component that counts nu atoms a unit, seen with the factor f of its level, stands for

    q = A / [f (1 + theta) nu]

units. The q of one proportion are equal, within u of each other (soft) or exactly (hard). theta is
the error of the level's sensitivity factor: known to be zero within its own u, and the same for all
that is on the level, in the tie and in the fractions that are formed afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..envelope import EnvelopeError
from .atoms import atoms_of, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from references.registry import Registry

    from ..envelope import Component, Envelope
    from .recipe import JointRecipe, Phase, Stoichiometry

__all__ = ["Member", "Proportion", "proportions_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A component in a proportion.

    Parameters
    ----------
    region, component, level : str
        Where it is fitted, its name there, its core level.
    atoms : float
        How many atoms its level counts a unit.
    """

    region: str
    component: str
    level: str
    atoms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """Components whose amounts are known relative to each other.

    Parameters
    ----------
    name : str
        Of the species or phase.
    members : tuple of Member
        At least two.
    hard : bool
        Whether it is exact.
    u : float
        Relative standard uncertainty of the ratio of any two, where it is not.
    phase : bool
        Whether it is a phase, all of which is one part of the sample.
    """

    name: str
    members: tuple[Member, ...]
    hard: bool
    u: float
    phase: bool

    @property
    def levels(self) -> tuple[str, ...]:
        """The core levels it reaches over."""
        return tuple(dict.fromkeys(member.level for member in self.members))


def proportions_of(recipe: JointRecipe, registry: Registry) -> tuple[Proportion, ...]:
    """Give the proportions that a recipe declares between its envelopes' components.

    Raises
    ------
    EnvelopeError
        If a species or phase has no composition, a component is missing, alone, or told twice.
    UnknownReferenceError
        If a species is not in the library.
    """
    found = [_of_species(told, recipe.envelopes, registry) for told in recipe.stoichiometry]
    found += [_of_phase(told, recipe.envelopes, registry) for told in recipe.phase]
    places: dict[tuple[str, str], str] = {}
    for proportion in found:
        for member in proportion.members:
            other = places.setdefault((member.region, member.component), proportion.name)
            if other != proportion.name:
                raise EnvelopeError(
                    f"{member.component} of {member.region} is in the proportions of {other} and "
                    f"of {proportion.name}; one of them says it all: leave the other out"
                )
    names = [proportion.name for proportion in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise EnvelopeError(f"the proportion of {', '.join(twice)} is told twice; leave one out")
    return tuple(found)


def _of_species(
    told: Stoichiometry, envelopes: Sequence[Envelope], registry: Registry
) -> Proportion:
    members = list(_named(told.parts, envelopes, "stoichiometry"))
    if not told.parts:
        atoms = atoms_of(told.species, registry)
        members = [
            _member(envelope, component, atoms.get(element, 0.0))
            for envelope, component in _components(envelopes)
            if component.species == told.species
            and (element := registry.core_level(component.core_level).element) in atoms
        ]
    name = told.species or " : ".join(told.parts)
    return _made(name, members, told, phase=False)


def _of_phase(told: Phase, envelopes: Sequence[Envelope], registry: Registry) -> Proportion:
    members: list[Member] = []
    for part, count in parts_of(told.name, registry):
        atoms = atoms_of(part, registry)
        for envelope in envelopes:
            levels = dict.fromkeys(c.core_level for c in envelope.components)
            shows = [level for level in levels if part in registry.parts(told.name, level)]
            here = [c for c in envelope.components if c.species == part]
            if shows and not here:
                raise EnvelopeError(
                    f"{told.name} has {part} on {shows[0]}, which the envelope of "
                    f'{envelope.region} does not hold; add a component with species = "{part}", or '
                    f"write the region in short with {told.name} among its species"
                )
            for component in here:
                element = registry.core_level(component.core_level).element
                members.append(_member(envelope, component, count * atoms[element]))
    members += _named(told.parts, envelopes, "phase")
    return _made(told.name, members, told, phase=True)


def _made(
    name: str, members: Sequence[Member], told: Stoichiometry | Phase, *, phase: bool
) -> Proportion:
    if len(members) < 2:
        where = f"only in {members[0].region}" if members else "in no region"
        raise EnvelopeError(
            f"{name} is {where} of this fit, and a proportion is between two levels or more; add "
            "the other region, or leave the proportion out"
        )
    hard = told.strength == "hard"
    return Proportion(name=name, members=tuple(members), hard=hard, u=told.u, phase=phase)


def _named(parts: dict[str, float], envelopes: Sequence[Envelope], table: str) -> Iterator[Member]:
    """The components that are named as LEVEL:COMPONENT."""
    for key, atoms in parts.items():
        level, _, name = (text.strip() for text in key.partition(":"))
        for envelope, component in _components(envelopes):
            if component.name == name and level in {envelope.region, component.core_level}:
                yield _member(envelope, component, atoms)
                break
        else:
            there = ", ".join(f"{e.region}:{c.name}" for e, c in _components(envelopes))
            raise EnvelopeError(f"{table}.parts: no component {key!r}; there are {there}")


def _components(envelopes: Sequence[Envelope]) -> Iterator[tuple[Envelope, Component]]:
    for envelope in envelopes:
        for component in envelope.components:
            yield envelope, component


def _member(envelope: Envelope, component: Component, atoms: float) -> Member:
    return Member(
        region=envelope.region,
        component=component.name,
        level=component.core_level,
        atoms=atoms,
    )
