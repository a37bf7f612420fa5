"""One label for two species of a spectrum (rule O3).

Severity: warning. Threshold: two or more components of one level that are neither tied to each
other nor two lines of a doublet carry the same name. A design choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.lookup import folded
from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, Claims

NAME = "duplicate_species"


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each spectrum in which one name stands for several species."""
    for lines in claims.groups:
        for name, own in duplicates(lines).items():
            first = own[0]
            variants = {known.variant for x in own if (known := x.known(registry))}
            if len(variants) == len(own):
                continue  # the two sulfurs of a polysulfide, sulfite and sulfate
            yield Finding(
                rule=NAME,
                severity=Severity.WARNING,
                subject=" ".join(part for part in (first.sample, first.symbol, name) if part),
                reported=", ".join(f"{line.place:.2f} eV" for line in own),
                reference="one name a species",
                message=(
                    "one label stands for several lines that are not of one doublet, so that an "
                    "area of it means nothing; name them apart, or state the sample of each"
                ),
            )


def duplicates(lines: tuple[ClaimedLine, ...]) -> dict[str, list[ClaimedLine]]:
    """Give the independent lines behind each name that stands for several."""
    named: dict[str, list[ClaimedLine]] = {}
    for line in lines:
        tied = line.area is not None and line.area.tie is not None
        if line.partner is None and not tied:
            named.setdefault(folded(line.name), []).append(line)
    return {own[0].name: own for own in named.values() if len(own) > 1}
