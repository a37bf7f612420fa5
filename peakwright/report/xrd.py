"""XRD in a report: phases with fractions and limits, the lattice, before and after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from references.rounding import plus_minus, rounded_up
from references.words import Estimate, UncertaintyParts

from ..agreement.documents import PatternComparison, PatternDocument, QuantityDocument
from ..agreement.statement import listed
from ..agreement.xrd import estimate_of
from ..methods.prose import spelt
from .content import Table, columns, ends, largest_part, percent
from .told import Told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.words import Finding

    from ..agreement.documents import Document, Pattern, PhaseFound, Profile

__all__ = ["told"]

DASH = "\N{EN DASH}"


def told(document: Document) -> Told | None:
    """Say what a result of XRD comes to; ``None`` where it is of another technique."""
    if isinstance(document, PatternDocument):
        return _check(document)
    if isinstance(document, PatternComparison):
        return _comparison(document)
    if isinstance(document, QuantityDocument):
        return _quantities(document)
    return None


def _check(document: PatternDocument) -> Told:
    name = _names(document, 1)[0]
    return Told(
        title=f"XRD purity of {name}",
        lead=(_sentence(document.sentence or document.verdict),),
        tables=_tables(document, name),
        captions=_captions(document, name, ""),
        findings=tuple(f.finding() for f in document.findings),
    )


def _comparison(document: PatternComparison) -> Told:
    names = _names(document, 2)
    both = list(zip("ab", names, (document.a, document.b), strict=True))
    findings = [f.finding() for f in document.findings]
    findings += _of_patterns([(name, pattern) for _, name, pattern in both])
    told = {
        kind: caption
        for side, name, pattern in both
        for kind, caption in _captions(pattern, name, f"{side}_").items()
    }
    # Those of one kind beside each other.
    captions = {kind: told[kind] for kind in sorted(told, key=_kind)}
    return Told(
        title=f"XRD purity of {names[0]} and of {names[1]}",
        lead=(
            f"From {names[0]} to {names[1]}: {document.sentence}.",
            *(f"{name}: {pattern.sentence}." for _, name, pattern in both),
        ),
        tables=tuple(table for _, name, pattern in both for table in _tables(pattern, name)),
        captions=captions,
        findings=tuple(dict.fromkeys(findings)),
    )


def _of_patterns(both: Sequence[tuple[str, Pattern]]) -> list[Finding]:
    """Findings of two patterns: each with its pattern's name, what both say once."""
    made = [(name, f.finding()) for name, pattern in both for f in pattern.findings]
    said = [finding for _, finding in made]
    return [
        finding
        if said.count(finding) == len(both)
        else replace(finding, subject=f"{finding.subject} in {name}")
        for name, finding in made
    ]


def _quantities(document: QuantityDocument) -> Told:
    name = _names(document, 1)[0]
    seen = [phase for phase in document.phases if phase.crystalline_mass_fraction is not None]
    return Told(
        title=f"XRD mass fractions of {name}",
        lead=(
            f"The fit is {spelt(document.assessment)}; crystalline phases only: {_amounts(seen)}.",
        ),
        tables=(_fractions(seen, name),),
        captions={"pattern": _pattern_caption(document.phases, document.profile, name)},
        findings=tuple(f.finding() for f in document.findings),
    )


def _amounts(phases: Sequence[PhaseFound]) -> str:
    made = [(phase.phase, estimate_of(phase)) for phase in phases]
    return ", ".join(f"{name} {percent(one)} wt%" for name, one in made if one is not None)


def _names(document: Document, wanted: int) -> list[str]:
    names = [document.sample] if document.sample and wanted == 1 else list(document.stems)
    return [*names, *("A", "B")[len(names) :]][:wanted]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _captions(pattern: Pattern, name: str, prefix: str) -> dict[str, str]:
    return {
        f"{prefix}pattern": _pattern_caption(pattern.phases, pattern.profile, name),
        f"{prefix}candidates": (
            f"Candidates in the powder pattern of {name}, each about the best line of its own: "
            "counts (points), the fit (line), and as it would be if the candidate were just "
            "detected (dashed), against 2θ in degrees."
        ),
        f"{prefix}limits": (
            f"Limits for phases in {name} as crystalline mass fractions, by XRD: from where on "
            "each candidate would be seen in 95 of 100 patterns, with lines as wide as the main "
            "phase's and three times as wide; 95 % bounds of what is not seen, 95 % intervals of "
            "what is."
        ),
    }


def _kind(name: str) -> int:
    return ("pattern", "limits", "candidates").index(name.partition("_")[2])


def _pattern_caption(phases: Sequence[PhaseFound], profile: Profile, name: str) -> str:
    seen = [phase.phase for phase in phases if phase.presence in {"main", "present"}]
    quality = [
        f"{word} {factor * value:.2f}{unit}"
        for word, value, factor, unit in (
            ("R_wp", profile.r_wp, 100.0, " %"),
            ("goodness of fit", profile.gof, 1.0, ""),
        )
        if value is not None
    ]
    said = (
        f"Powder pattern of {name}: observed (points) and calculated with {listed(seen)} (line), "
        "positions of their lines, and below the difference over its standard uncertainty σ."
    )
    noise = f" Noise: {profile.noise}." if profile.noise else ""
    return f"{said} {', '.join(quality)}.{noise}" if quality else f"{said}{noise}"


def _tables(pattern: Pattern, name: str) -> tuple[Table, ...]:
    seen = [p for p in pattern.phases if p.presence in {"main", "present", "tentative"}]
    asked = [p for p in pattern.phases if p.presence in {"not_detected", "undecidable"}]
    untested = [p.phase for p in pattern.phases if p.presence == "not_tested"]
    tables = [_fractions(seen, name)]
    if asked:
        tables.append(_limits(asked, untested, name))
    if pattern.lattice is not None and pattern.lattice.axes:
        tables.append(_lattice(pattern, name))
    return tuple(tables)


def _fractions(phases: Sequence[PhaseFound], name: str) -> Table:
    rows: list[tuple[str, ...]] = []
    for phase in phases:
        made = estimate_of(phase)
        percents = None if made is None else made.scaled(100.0)
        rows.append(
            (
                phase.phase,
                spelt(phase.presence),
                DASH if made is None else percent(made),
                DASH if percents is None else ends(percents),
                DASH if percents is None else largest_part(percents),
                DASH if phase.significance is None else f"{phase.significance:.1f}",
            )
        )
    return Table(
        caption=f"Phases of {name}: mass fraction of the modelled crystalline phases",
        columns=columns(
            "phase", "presence", "fraction / wt% #", "95 % interval / wt% #",
            "largest part of u / wt% #", "significance / σ #",
        ),
        rows=tuple(rows),
        note="Fixed: the only phase that is seen, so its share is no measurement."
        if any(cell.endswith("(fixed)") for row in rows for cell in row)
        else "",
    )  # fmt: skip


def _limits(phases: Sequence[PhaseFound], untested: Sequence[str], name: str) -> Table:
    def said(fraction: float | None) -> str:
        return DASH if fraction is None else rounded_up(100.0 * fraction)

    return Table(
        caption=f"Phases asked for in {name} and not seen",
        columns=columns(
            "phase", "at most (95 %) / wt% #", "would have been seen from / wt% #",
            "with lines three times broader / wt% #",
        ),
        rows=tuple(
            (
                phase.phase,
                said(phase.upper_limit),
                said(phase.detection_limit),
                said(phase.detection_limit_broad),
            )
            for phase in phases
        ),
        note=f"Without a structure in the library, so not asked for: {', '.join(untested)}."
        if untested
        else "",
    )  # fmt: skip


def _lattice(pattern: Pattern, name: str) -> Table:
    assert pattern.lattice is not None
    rows: list[tuple[str, ...]] = []
    for axis in pattern.lattice.axes:
        parts = UncertaintyParts(counting=axis.u)
        made = Estimate(value=axis.value, u=axis.u, u_parts=parts)
        band = DASH if axis.band is None else f"{axis.band[0]:g} .. {axis.band[1]:g}"
        inside = {True: "inside", False: "outside", None: DASH}[axis.inside]
        rows.append((axis.axis, plus_minus(made), band, inside))
    return Table(
        caption=f"Lattice of the main phase of {name} (Å, degrees)",
        columns=columns("axis", "value #", "accepted band #", ""),
        rows=tuple(rows),
    )
