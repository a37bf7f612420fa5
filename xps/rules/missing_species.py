"""A product of a reaction that is not in the model of its own level (rule X4).

Severity: warning. Trigger: at least two of a reaction's products are claimed, or one beside an
alloy or the metal that it takes; another product's level is claimed too, and no line there lies
within 0.3 eV of where that product is known. A product that cannot be told from a part of the
electrolyte is not asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.value import Status
from references.words import Finding, Severity

from ..naming import nearest_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.core_level import SpeciesLine
    from references.registry import Registry
    from references.species import Reaction

    from ..claims import ClaimedLine, Claims

NAME = "missing_species"

MARGIN = 0.3


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each product that should show and is not claimed."""
    for sample in claims.samples():
        lines = [line for line in claims.of(sample) if not line.minor]
        for reaction in registry.reactions:
            if not _takes_place(reaction, lines, registry):
                continue
            for key, number in reaction.terms:
                if number > 0 and not any(line.species == key for line in lines):
                    yield from _absent(sample, key, reaction, lines, registry)


def _takes_place(reaction: Reaction, lines: list[ClaimedLine], registry: Registry) -> bool:
    """Whether what is claimed speaks of this reaction."""
    claimed = {line.species for line in lines if line.species}
    products = {key for key, number in reaction.terms if number > 0} & claimed
    consumed = {key for key, number in reaction.terms if number < 0}
    metals = {key for key in consumed if registry.species(key).group == "conductor"}
    alloys = {
        line.name
        for line in lines
        if line.level is not None
        and (line.species in metals or ("alloy" in line.name.lower() and "li" in line.name.lower()))
    }
    return len(products) >= 2 or bool(products and alloys)


def _absent(
    sample: str, key: str, reaction: Reaction, lines: list[ClaimedLine], registry: Registry
) -> Iterator[Finding]:
    for symbol in dict.fromkeys(line.symbol for line in lines):
        known = nearest_line(registry, symbol, key, "", 0.0) if " " in symbol else None
        if known is None or _unsourced(known) or symbol.startswith("Li "):
            continue
        low, high = known.window
        there = [
            x for x in lines if x.symbol == symbol and low - MARGIN <= x.place <= high + MARGIN
        ]
        alike = [x for x in lines if x.symbol == symbol and _same_elements(x, key, registry)]
        if there or alike:
            continue
        lowest = min(x.place for x in lines if x.symbol == symbol)
        terms = dict(reaction.terms)
        others = [k for k, n in reaction.terms if n > 0 and k != key]
        yield Finding(
            rule=NAME,
            severity=Severity.WARNING,
            subject=" ".join(part for part in (sample, symbol, key) if part),
            reported=f"no component near {known.energy.best:g} eV (lowest {lowest:.2f} eV)",
            reference=f"{key} at {low:g} .. {high:g} eV, "
            + ", ".join(f"{terms[key]:g} : {terms[other]:g} with {other}" for other in others),
            message=(
                f"{reaction.key} gives {key} too; record its range and fit it, or quote an upper "
                "limit"
            ),
            sources=known.energy.source,
        )


def _unsourced(known: SpeciesLine) -> bool:
    return known.energy.status is Status.UNVERIFIED


def _same_elements(line: ClaimedLine, key: str, registry: Registry) -> bool:
    """Whether a claimed species is of the same elements: an intermediate of the product."""
    own = set(registry.species(line.species).elements) if line.species else set[str]()
    own = own or {element for element, _ in line.compound}
    return own == set(registry.species(key).elements)
