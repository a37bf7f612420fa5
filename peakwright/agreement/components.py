"""The species in a fit's model: each with its component, its line and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.words import Kind

from .documents import RecipeComponent

if TYPE_CHECKING:
    from references.registry import Registry

    from .documents import Component, FitDocument, FractionRow, RecipeEnvelope, XpsFit

__all__ = ["BEYOND", "Asked", "asked_of", "is_limit"]

BEYOND = " beyond the lattice"
"""How the amount of a species is called that exceeds what the lattice has at the same energy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A species in a fitted region: its component, its line, and its numbers."""

    species: str
    level: str
    line: Component
    share: FractionRow | None
    amounts: tuple[FractionRow, ...]
    beyond: tuple[FractionRow, ...]


def asked_of(fit: XpsFit, document: FitDocument, registry: Registry) -> list[Asked]:
    """The species of a fit's model, each with its numbers."""
    envelope = _envelope(fit, document)
    known = registry.names()["species"]
    found: list[Asked] = []
    for line in fit.components:
        component = _component(line.name, envelope)
        species = component.species or line.name
        if line.minor or component.role != "species" or species not in known:
            continue
        level = component.core_level or fit.region
        named = f"{line.name} ({level})"
        mine = [r for r in document.fractions if r.sample in {"", fit.sample}]
        shares = [r for r in fit.fractions if (r.subject, r.denominator) == (line.name, level)]
        found.append(
            Asked(
                species=species,
                level=level,
                line=line,
                share=shares[0] if shares else None,
                amounts=tuple(r for r in mine if r.subject == named),
                beyond=tuple(
                    r
                    for r in (*mine, *fit.fractions)
                    if r.subject == named + BEYOND
                    or (r.subject, r.denominator) == (line.name + BEYOND, level)
                ),
            )
        )
    return found


def _envelope(fit: XpsFit, document: FitDocument) -> RecipeEnvelope | None:
    listed_ones = document.recipe.envelope
    if fit.envelope is not None and 0 <= fit.envelope < len(listed_ones):
        return listed_ones[fit.envelope]
    fitting = [e for e in listed_ones if e.region == fit.region and e.sample in {"", fit.sample}]
    return fitting[0] if fitting else None


def _component(name: str, envelope: RecipeEnvelope | None) -> RecipeComponent:
    listed_ones = () if envelope is None else envelope.components
    return next((c for c in listed_ones if c.name == name), RecipeComponent(name=name))


def is_limit(one: Asked) -> bool:
    """Whether a fraction, or where it is fixed the area, is an upper limit."""
    area = one.line.estimates.area
    rows = [one.share, area] if one.share is None or one.share.kind is Kind.FIXED else [one.share]
    return any(row is not None and row.kind is Kind.UPPER_LIMIT for row in rows)
