"""One species at different energies in the samples of a file (rule C8).

Severity: warning, one a core level: lines of a level move together with its calibration.
Threshold: 0.3 eV between calibrated samples. A label that stands for two species of its spectrum
is left out, for which of them it means is not known. Source: Oswald, Appl. Surf. Sci. (2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.lookup import folded
from references.words import Finding, Severity

from .duplicate_species import duplicates
from .insignificant import vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, Claims

NAME = "species_spread"

SPREAD = 0.3


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each level on which a species lies elsewhere in another sample."""
    unclear = {
        (line.sample, line.region, folded(name))
        for lines in claims.groups
        for name, own in duplicates(lines).items()
        for line in own
    }
    placed: dict[str, dict[str, dict[str, ClaimedLine]]] = {}
    for line in claims.lines:
        key = (line.sample, line.region, folded(line.name))
        if not line.there or line.minor or not line.sample or key in unclear:
            continue
        if line.level is None or not line.named or vanishes(line, claims):
            continue
        tied = line.position is not None and line.position.tie is not None
        if not tied:
            of_level = placed.setdefault(line.symbol, {})
            of_level.setdefault(folded(line.species or line.name), {}).setdefault(line.sample, line)
    for symbol, named in placed.items():
        ranges = [(_spread(list(own.values())), list(own.values())) for own in named.values()]
        wide = [(spread, own) for spread, own in ranges if spread > SPREAD]
        if wide:
            spread, own = max(wide, key=lambda item: item[0])
            yield _finding(symbol, spread, own)


def _spread(own: list[ClaimedLine]) -> float:
    places = [line.place for line in own]
    return round(max(places) - min(places), 3)


def _finding(symbol: str, spread: float, own: list[ClaimedLine]) -> Finding:
    return Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=f"{symbol} {own[0].name}",
        reported=", ".join(f"{line.sample} {line.place:.2f} eV" for line in own),
        reference=f"within {SPREAD:g} eV",
        deviation=f"spread {spread:.2f} eV",
        message=(
            "one species lies elsewhere in another sample although both are calibrated; review "
            "the charge references, or whether it is one species"
        ),
        sources=("oswald2015",),
    )
