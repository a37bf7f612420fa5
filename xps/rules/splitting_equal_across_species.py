"""Doublets of one level in one spectrum with different splittings (rule D4).

The splitting is a constant of the level, so a spread says that partners were left free. Threshold:
spread over the level's tolerance t (0.03 eV where the library has none), error over 5 t. By
definition of the level; the steps are a design choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, Claims

NAME = "splitting_equal_across_species"

TOLERANCE = 0.03
"""Where the library has no tolerance of its own [eV]."""
LOUD = 5.0


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each spectrum whose doublets of one level split differently."""
    groups: dict[tuple[str, str, str], list[tuple[ClaimedLine, float]]] = {}
    for major, minor in claims.doublets():
        key = (major.sample, major.region, major.symbol)
        groups.setdefault(key, []).append((major, round(minor.place - major.place, 3)))
    for found in groups.values():
        splittings = [splitting for _, splitting in found]
        spread = round(max(splittings) - min(splittings), 3)
        first = found[0][0]
        tolerance = (first.level.tolerance if first.level else None) or TOLERANCE
        if spread <= tolerance + 1e-9:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.ERROR if spread > LOUD * tolerance + 1e-9 else Severity.WARNING,
            subject=" ".join(part for part in (first.sample, first.symbol) if part),
            reported=", ".join(f"{line.name} {s:.2f} eV" for line, s in found),
            reference="one splitting for all species of a level",
            deviation=f"spread {spread:.2f} eV",
            message=(
                "the positions of the partners were left free; tie each to its major line by the "
                "level's splitting"
            ),
            sources=("major2020",),
        )
