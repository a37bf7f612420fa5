"""A species in one region that another region of the sample contradicts (rule X1).

Severity: warning, one a sample. Triggers, where a file shows which regions were measured: a
compound is named after an element of which the sample has no region; or two levels each name a
compound of the pair, and none of the second level's is of the first one's elements. Lithium,
carbon, oxygen and hydrogen are not asked: their lines tell compounds apart too little. Source:
Major et al. 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .insignificant import vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, Claims

NAME = "cross_region_species"

INDISTINCT = frozenset({"Li", "C", "O", "H", "N"})


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each sample whose regions contradict each other."""
    if claims.origin != "casaxps":
        return  # only such a file shows which regions were measured
    for sample in dict.fromkeys(spectrum.sample for spectrum in claims.spectra):
        lines = [x for x in claims.of(sample) if not x.minor and not vanishes(x, claims)]
        regions = {x.symbol.split()[0] for x in claims.spectra if x.sample == sample and x.symbol}
        said = dict.fromkeys(
            told for line in lines if (told := _contradiction(line, lines, regions, registry))
        )
        if said and len(regions) > 1:
            yield Finding(
                rule=NAME,
                severity=Severity.WARNING,
                subject=sample or "all regions",
                reported="; ".join(said),
                reference="the same compound on the levels of all its elements",
                message=(
                    "a compound shows on every level of its elements; review which it is, or "
                    "record the missing region"
                ),
                sources=("major2020",),
            )


def _contradiction(
    line: ClaimedLine, lines: list[ClaimedLine], regions: set[str], registry: Registry
) -> str:
    """What speaks against one line's compound; empty where nothing does."""
    if line.level is None or (line.species and line.group(registry) == "conductor"):
        return ""
    element = line.level.element
    for other, _ in line.compound:
        if other == element or other in INDISTINCT or element in INDISTINCT:
            continue
        if other not in regions:
            return f"{line.symbol} {line.name}: no region of {other}"
        there = [x for x in lines if x.level and x.level.element == other and x.compound]
        alike = [x for x in there if element in {e for e, _ in x.compound}]
        if there and not alike and not any(x.species for x in (line, *there)):
            named = ", ".join(dict.fromkeys(x.name for x in there))
            return f"{line.symbol} {line.name}: {there[0].symbol} names {named}"
    return ""
