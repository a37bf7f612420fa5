"""A line of another element of the sample inside a level's lines (rule X5).

Severity: error where the intruder is predicted to be at least 10 % of the level, or no area is
stated by which to predict it and its cross-section is such that it may be; warning below 10 %
where it is that share of a line it lies under, and for intruders without a cross-section. Silent
where a line of the intruder's level is stated. Prediction: from a line of the same element by
cross-sections and attenuation lengths (TPP-2M) in the electrolyte. Source: Major et al. 2020;
energies and cross-sections as in the library.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from references.quantification import tpp2m
from references.registry import UnknownReferenceError
from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.core_level import Overlap
    from references.registry import Registry

    from ..claims import ClaimedLine, Claims

NAME = "overlap"

SHARE = 0.10
AL_K_ALPHA = 1486.6
MATERIAL = "Li6PS5Cl"
"""Through which the lines are seen."""


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each intruder that is not in the model."""
    named: defaultdict[str, set[str]] = defaultdict(set)
    for line in claims.lines:
        named[line.sample].add(line.symbol)
    for sample in claims.samples():
        lines, present = claims.of(sample), claims.elements_in(sample)
        symbols = dict.fromkeys(line.symbol for line in lines)
        modelled = named[sample] | named[""]
        for symbol in symbols:
            own = [line for line in lines if line.symbol == symbol]
            for overlap in registry.overlaps(symbol):
                if overlap.element not in present or overlap.intruder in modelled:
                    continue
                if overlap.element != symbol.split()[0]:
                    yield from _judged(sample, own, overlap, lines, registry)


def _judged(
    sample: str,
    own: list[ClaimedLine],
    overlap: Overlap,
    lines: tuple[ClaimedLine, ...],
    registry: Registry,
) -> Iterator[Finding]:
    under = [line for line in own if _lies_under(line, overlap, registry)]
    if not under:
        return
    share = _share(own, overlap, lines, registry)
    weight = _weight(own[0].symbol, overlap, registry)
    firm = overlap.energy.status.may_constrain
    if share is None:
        loud = firm and weight is not None and weight >= SHARE
    else:
        loud = firm and share >= SHARE
        least = min((x.area.value for x in under if x.area), default=0.0)
        total = sum(x.area.value for x in own if x.area)
        if not loud and share * total < SHARE * least:
            return
    low, high = overlap.energy.low, overlap.energy.high
    place = f"{low:g} .. {high:g} eV" if low and high else f"{overlap.energy.best:g} eV"
    yield Finding(
        rule=NAME,
        severity=Severity.ERROR if loud else Severity.WARNING,
        subject=" ".join(part for part in (sample, own[0].symbol, overlap.intruder) if part),
        reported=", ".join(f"{x.name} {x.line} {x.place:.2f} eV".replace("  ", " ") for x in under),
        reference=f"{overlap.intruder} {place}"
        + ("" if weight is None else f", cross-section {weight:.2g} of {own[0].symbol}"),
        deviation="" if share is None else f"predicted {100 * share:.1f} % of {own[0].symbol}",
        message=(
            f"{overlap.element} is in the sample and its {overlap.intruder} lies there and is not "
            "in the model; predict it from another line of the element and put it in"
        ),
        sources=overlap.energy.source,
    )


def _lies_under(line: ClaimedLine, overlap: Overlap, registry: Registry) -> bool:
    """Whether line and intruder overlap: within the sum of half their widths."""
    if line.level is None:
        return False
    own = line.fwhm.value if line.fwhm else line.level.fwhm_compound.best
    try:
        other = registry.core_level(overlap.intruder).fwhm_compound.best
    except UnknownReferenceError:
        other = own
    low = overlap.energy.best if overlap.energy.low is None else overlap.energy.low
    high = overlap.energy.best if overlap.energy.high is None else overlap.energy.high
    room = 0.5 * (own + other)
    return low - room <= line.place <= high + room


def _section(symbol: str, registry: Registry) -> float | None:
    """Cross-section of a whole level over that of C 1s."""
    try:
        return registry.sensitivity_set("scofield_al").factor(symbol).best
    except UnknownReferenceError:
        return None


def _weight(symbol: str, overlap: Overlap, registry: Registry) -> float | None:
    own, other = _section(symbol, registry), _section(overlap.intruder, registry)
    return None if own is None or other is None else other / own


def _share(
    own: list[ClaimedLine],
    overlap: Overlap,
    lines: tuple[ClaimedLine, ...],
    registry: Registry,
) -> float | None:
    """Predicted area of the intruder over that of the level, where areas are stated."""
    total = sum(line.area.value for line in own if line.area)
    witnesses = [
        x
        for x in lines
        if x.area and x.level and x.level.element == overlap.element and not x.minor
    ]
    sigma = _section(overlap.intruder, registry)
    if not witnesses or not total or sigma is None:
        return None
    symbol = witnesses[0].symbol
    chosen = [x for x in witnesses if x.symbol == symbol]
    factors = registry.sensitivity_set("scofield_al")
    try:
        each = factors.factor(f"{overlap.element} {chosen[0].line}").best
    except UnknownReferenceError:
        return None
    seen = sum(x.area.value for x in chosen if x.area) / each
    material = registry.imfp_material(MATERIAL)
    try:
        depth = tpp2m(material, AL_K_ALPHA - overlap.energy.best) / tpp2m(
            material, AL_K_ALPHA - chosen[0].place
        )
    except ValueError:
        return None
    return seen * sigma * depth / total
