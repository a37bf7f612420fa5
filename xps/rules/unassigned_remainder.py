"""Shares of one core level that do not add up to it.

Severity: warning, one a level. Threshold: fractions ``within_level`` of all species that are
claimed on the level add up to something other than 1 by more than 2 %, and twice their u. By
definition of the basis; 2 % leaves room for rounding.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from references.lookup import folded
from references.words import Basis, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedFraction, Claims

NAME = "unassigned_remainder"

ROOM = 0.02


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each level whose shares do not add up."""
    if claims.origin == "fit":
        return  # what a fit of ours does not see is a limit, and the shares are of the whole
    groups: dict[tuple[str, str, int], list[ClaimedFraction]] = {}
    told: Counter[tuple[str, str, str]] = Counter()
    for fraction in claims.fractions:
        if fraction.basis is Basis.WITHIN_LEVEL and fraction.symbol:
            name = (fraction.symbol, fraction.sample, folded(fraction.name))
            # A species told again is of another sample, which the table does not name.
            groups.setdefault((*name[:2], told[name]), []).append(fraction)
            told[name] += 1
    by_level: dict[str, list[tuple[str, float, float]]] = {}
    for (symbol, sample, _), own in groups.items():
        total = sum(f.value for f in own)
        room = ROOM + 2.0 * math.hypot(*(f.u or 0.0 for f in own))
        if round(abs(total - 1.0), 6) > room and _complete(symbol, sample, own, claims):
            by_level.setdefault(symbol, []).append((sample, total, 1.0 - total))
    for symbol, off in by_level.items():
        yield _finding(symbol, off)


def _complete(symbol: str, sample: str, own: list[ClaimedFraction], claims: Claims) -> bool:
    """Whether every species that is claimed on the level has a fraction."""
    lines = [x for x in claims.lines if x.there and not x.minor and x.symbol == symbol]
    here = [x for x in lines if x.sample in {"", sample}] or lines
    given = {key for f in own for key in (folded(f.name), f.species) if key}
    named = all(folded(x.name) in given or x.species in given for x in here)
    return named and (bool(here) or len(own) > 1)


def _finding(symbol: str, off: list[tuple[str, float, float]]) -> Finding:
    def each(values: list[tuple[str, float]]) -> str:
        return ", ".join(f"{100 * v:.2f} %" + (f" ({s})" if s else "") for s, v in values)

    missing = all(rest > 0 for _, _, rest in off)
    return Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=symbol,
        reported=each([(sample, total) for sample, total, _ in off]),
        reference=f"100 % of {symbol}",
        deviation=each([(sample, rest) for sample, _, rest in off]),
        message=(
            "a part of the level has no component; name what the rest is"
            if missing
            else "the shares add up to more than the level; review the basis"
        ),
    )
