"""What XRD says: which phases are there, below which mass fraction not, which it cannot see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.rounding import rounded_up
from references.words import Basis, Estimate, Kind, Row

from .depth import XRD
from .documents import PatternComparison, PatternDocument, QuantityDocument, parts_of
from .statement import ElementEvidence, Says, Statement, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from references.phase import Phase
    from references.registry import Registry
    from references.species import Species

    from .documents import Document, PhaseFound

__all__ = ["elements_of", "estimate_of", "evidence", "phases_of", "statements", "unseen"]

WHOLE = "modelled crystalline phases"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """A pattern: what it is called, and its phases by name."""

    name: str
    where: str
    phases: dict[str, PhaseFound]


def phases_of(species: Species, registry: Registry) -> tuple[str, ...]:
    """Give the phases a species may be: as the library joins them, or of the same name.

    Examples
    --------
    >>> from references import load
    >>> phases_of(load().species("GaCl3"), load()), phases_of(load().species("PS4"), load())
    (('GaCl3',), ('Li6PS5Cl',))
    """
    if species.phases:
        return species.phases
    return (species.key,) if species.key in registry.names()["phase"] else ()


def statements(documents: Mapping[str, Document], registry: Registry) -> list[Statement]:
    """Give what patterns say of the species whose phases they were asked for."""
    samples = list(_samples(documents))
    found: list[Statement] = []
    for species in registry.all_species:
        for sample in samples:
            asked = (sample.phases.get(name) for name in phases_of(species, registry))
            found += [
                _of_phase(species.key, phase, sample, registry)
                for phase in asked
                if phase is not None and phase.presence != "not_tested"
            ]
    return found


def unseen(species: Species, documents: Mapping[str, Document], registry: Registry) -> str:
    """Say why XRD says nothing of a species; nothing where there is no XRD."""
    samples = list(_samples(documents))
    if not samples:
        return ""
    phases = phases_of(species, registry)
    if not phases:
        return "no crystalline phase of it in the library"
    without = [name for name in phases if not registry.phase(name).cif]
    if without:
        return f"the library has no structure of {listed(without)}"
    return f"{listed(phases)} was not asked for"


def evidence(documents: Mapping[str, Document], registry: Registry) -> list[ElementEvidence]:
    """Give the elements of the phases that are there; of others a pattern says nothing."""
    found: list[ElementEvidence] = []
    for sample in _samples(documents):
        for name, phase in sample.phases.items():
            known = _known(name, registry)
            if known is not None and phase.presence in {"main", "present"}:
                found += [
                    ElementEvidence(
                        element=element,
                        technique="xrd",
                        seen=True,
                        by=name,
                        where=sample.where,
                        sample=sample.name,
                    )
                    for element in known.elements
                ]
    return found


def elements_of(documents: Mapping[str, Document], registry: Registry) -> frozenset[str]:
    """Give the elements of the phases that are there."""
    return frozenset(one.element for one in evidence(documents, registry))


def _known(name: str, registry: Registry) -> Phase | None:
    return registry.phase(name) if name in registry.names()["phase"] else None


def _samples(documents: Mapping[str, Document]) -> Iterator[_Sample]:
    """Every pattern of the documents, by the name of its file."""
    for where, document in documents.items():
        names = document.stems
        if isinstance(document, PatternComparison):
            both = (document.a, document.b)
            for side, pattern, i in zip("AB", both, (0, 1), strict=True):
                name = names[i] if i < len(names) else side
                yield _Sample(name=name, where=where, phases=_named(pattern.phases))
        elif isinstance(document, (PatternDocument, QuantityDocument)):
            name = document.sample or (names[0] if names else "")
            yield _Sample(name=name, where=where, phases=_named(document.phases))


def _named(phases: Iterable[PhaseFound]) -> dict[str, PhaseFound]:
    return {phase.phase: phase for phase in phases}


def _of_phase(species: str, phase: PhaseFound, sample: _Sample, registry: Registry) -> Statement:
    says, why = _judged(phase)
    known = _known(phase.phase, registry)
    if says is Says.BELOW_LIMIT and known is not None and "melt" in known.note:
        why = "; ".join(part for part in (why, known.note) if part)
    return Statement(
        species=species,
        technique="xrd",
        sample=sample.name,
        says=says,
        by=phase.phase,
        rows=_rows(phase, sample.name),
        why=why,
        depth=XRD,
        where=sample.where,
    )


def _judged(phase: PhaseFound) -> tuple[Says, str]:
    if phase.presence == "tentative":
        return Says.UNDECIDED, "tentative: a single line of its own speaks for it"
    if phase.presence == "undecidable":
        return Says.UNDECIDED, "its limit is above what was asked for"
    if phase.presence == "not_detected" or phase.kind is Kind.UPPER_LIMIT:
        return Says.BELOW_LIMIT, _seen_from(phase)
    if phase.kind is Kind.FIXED or (not phase.u and phase.crystalline_mass_fraction == 1.0):
        return Says.PRESENT, "the only phase that is seen, so its share is no measurement"
    return Says.PRESENT, ""


def _seen_from(phase: PhaseFound) -> str:
    """From where on it would have been seen; lines of small crystals are broad."""
    if phase.detection_limit is None:
        return ""
    said = f"detectable from {rounded_up(100 * phase.detection_limit)} wt% on"
    if phase.detection_limit_broad is None:
        return said
    broad = rounded_up(100 * phase.detection_limit_broad)
    return f"{said} ({broad} with lines three times broader)"


def _rows(phase: PhaseFound, sample: str) -> tuple[Row, ...]:
    estimate = estimate_of(phase)
    if estimate is None:
        return ()
    row = Row(
        sample=sample,
        technique="xrd",
        quantity="crystalline_mass_fraction",
        subject=phase.phase,
        estimate=estimate,
        unit="1",
        basis=Basis.CRYSTALLINE_MASS,
        denominator=WHOLE,
    )
    return (row,)


def estimate_of(phase: PhaseFound) -> Estimate | None:
    """Give how much of a phase there is, or at most; ``None`` where nothing is said."""
    high = phase.upper_limit if phase.upper_limit is not None else phase.high
    value = phase.crystalline_mass_fraction
    if phase.presence == "not_detected" or phase.kind is Kind.UPPER_LIMIT:
        if high is None:
            return None
        return Estimate(value=value or 0.0, high=high, level=0.95, kind=Kind.UPPER_LIMIT)
    if value is None:
        return None
    if phase.kind is Kind.FIXED or not phase.u:
        return Estimate(value=value, kind=Kind.FIXED)
    parts = parts_of(phase.u_parts, phase.u)
    u = parts.total
    return Estimate(
        value=value, u=u, u_parts=parts, low=value - 1.96 * u, high=value + 1.96 * u, level=0.95
    )
