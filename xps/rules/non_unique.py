"""An energy at which other species lie as well (rule C6).

Severity: warning where an assignment rests on the energy alone; info in a fit of ours, whose
recipe chose among known species. Threshold: another species' range, widened by 0.3 eV and compared
at 0.1 eV, holds the energy. Only species of the sample's elements count; oxides and sulfides of
the level's element always do, parts of an electrolyte where all its elements are there. Sources:
xpsfitting.com on the compounds of indium; the width of the margin is a design choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.value import Status
from references.words import Finding, Severity

from .position import accepted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.core_level import SpeciesLine
    from references.registry import Registry
    from references.species import Species

    from ..claims import ClaimedLine, Claims

NAME = "non_unique"

MARGIN = 0.3
EVERYWHERE = frozenset({"O", "S"})
"""Oxides and sulfides form in air and beside a sulfide electrolyte."""
SHOWN = 6


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each major line that may be something else."""
    found: dict[tuple[str, str, str], Finding] = {}
    for sample in claims.samples():
        present = claims.elements_in(sample)
        for line in claims.of(sample):
            if line.minor or line.level is None or line.assumed:
                continue
            others = _others(line, registry, present)
            if any(known.energy.status.may_constrain for known in others):
                found[line.sample, line.symbol, line.name] = _finding(line, others, claims)
    yield from found.values()


def _others(line: ClaimedLine, registry: Registry, present: frozenset[str]) -> list[SpeciesLine]:
    """Other species' lines whose range holds the energy, the nearest first."""
    assert line.level is not None
    own = line.known(registry)
    held: list[SpeciesLine] = []
    for known in registry.lines(line.level.symbol):
        if known.energy.status is Status.UNVERIFIED or known == own:
            continue
        if own is not None and known.species == own.species:
            continue
        if _may_be_there(registry.species(known.species), line, registry, present):
            low, high = accepted(known)
            at = round(line.place, 1)
            if round(low - MARGIN, 1) <= at <= round(high + MARGIN, 1):
                held.append(known)
    return sorted(held, key=lambda known: abs(known.energy.best - line.place))


def _may_be_there(
    species: Species, line: ClaimedLine, registry: Registry, present: frozenset[str]
) -> bool:
    wholes = [w for w in registry.all_species if species.key in dict(w.composition)]
    if wholes and len(species.elements) == 1:
        return any(set(whole.elements) <= present for whole in wholes)
    assert line.level is not None
    binary = set(species.elements) - {line.level.element} <= EVERYWHERE
    return binary or set(species.elements) <= present


def _finding(line: ClaimedLine, others: list[SpeciesLine], claims: Claims) -> Finding:
    told = [
        f"{known.species}{f' ({known.variant})' if known.variant else ''} {_range(known)}"
        for known in others[:SHOWN]
    ]
    return Finding(
        rule=NAME,
        severity=Severity.INFO if claims.origin in {"fit", "recipe"} else Severity.WARNING,
        subject=line.subject,
        reported=f"{line.place:.2f} eV",
        reference="; ".join(told),
        message=(
            "other species lie there too, so the energy alone does not decide; say what else "
            "supports the assignment (another level, an Auger parameter, the stoichiometry)"
        ),
        sources=tuple(
            dict.fromkeys(key for known in others[:SHOWN] for key in known.energy.source)
        ),
    )


def _range(known: SpeciesLine) -> str:
    low, high = known.window
    reported = " reported" if not known.energy.status.may_constrain else ""
    return f"{known.energy.best:g}{reported}" if low == high or reported else f"{low:g}-{high:g}"
