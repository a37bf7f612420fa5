"""Products of a reaction in proportions that it cannot give (rule X4).

Severity: warning. Threshold: the ratio of two products' fractions, on atoms (areas are divided by
their cross-sections), off the reaction's by more than a factor of 5; only on a basis over several
levels. The factor leaves room for layers and for what of the phase has not reacted.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from references.registry import UnknownReferenceError
from references.words import Basis, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry
    from references.species import Reaction

    from ..claims import ClaimedFraction, Claims

NAME = "reaction_balance"

FACTOR = 5.0


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each pair of products out of proportion."""
    known = {
        (f.sample, f.species): f
        for f in claims.fractions
        if f.species and f.basis not in {None, Basis.WITHIN_LEVEL}
    }
    for reaction in registry.reactions:
        products = [(key, number) for key, number in reaction.terms if number > 0]
        for (first, m), (second, n) in combinations(products, 2):
            off = [
                (a, known[a.sample, second], _atoms_ratio(a, known[a.sample, second], registry))
                for (_, key), a in known.items()
                if key == first and (a.sample, second) in known
            ]
            off = [x for x in off if not 1 / FACTOR <= x[2] / (m / n) <= FACTOR]
            if off:
                yield _finding(reaction, (first, m), (second, n), off)


def _atoms_ratio(first: ClaimedFraction, second: ClaimedFraction, registry: Registry) -> float:
    """The ratio of amounts; raw areas are divided by their levels' cross-sections."""
    ratio = first.value / second.value if second.value else float("inf")
    if first.basis is not Basis.AREA_LEVELS:
        return ratio
    factors = registry.sensitivity_set("scofield_al")
    try:
        return ratio * factors.factor(second.symbol).best / factors.factor(first.symbol).best
    except UnknownReferenceError:
        return ratio


def _finding(
    reaction: Reaction,
    first: tuple[str, float],
    second: tuple[str, float],
    off: list[tuple[ClaimedFraction, ClaimedFraction, float]],
) -> Finding:
    # The smaller number of the two that the reaction expects comes over the larger one.
    upside_down = first[1] > second[1]
    top, bottom = (second, first) if upside_down else (first, second)
    expected = top[1] / bottom[1]
    ratios = [1 / ratio if upside_down else ratio for _, _, ratio in off]
    return Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=f"{top[0]} : {bottom[0]}",
        reported=", ".join(
            f"{ratio:.2g}" + (f" ({a.sample})" if a.sample else "")
            for ratio, (a, _, _) in zip(ratios, off, strict=True)
        ),
        reference=f"{expected:.2g} of {reaction.key}",
        deviation=f"x{max(ratio / expected for ratio in ratios):.2g}",
        message=(
            "the reaction gives these products in another proportion; review the basis, what of "
            "the electrolyte itself lies under them, and other sources of the elements"
        ),
        sources=reaction.source,
    )
