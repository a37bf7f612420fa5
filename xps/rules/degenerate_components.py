"""Lines of two species that lie on each other (rule P5).

Their areas trade, so a fraction rests on the doublet constraint alone. Severity: warning.
Threshold: nearer than a quarter of the narrower width (of the level's typical width, where none is
stated). In a fit of ours only independent lines count: what partners share is in its covariance.
Source: Moeini et al., J. Electron Spectrosc. Relat. Phenom. 250 (2021) 147094.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .insignificant import vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, Claims

NAME = "degenerate_components"

SHARE = 0.25


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each pair of lines that cannot be told apart."""
    for lines in _spectra(claims):
        seen = [x for x in lines if not vanishes(x, claims)]
        for first, second in combinations(seen, 2):
            if claims.origin in {"fit", "recipe"} and (first.minor or second.minor):
                continue
            if first.assumed and second.assumed:
                continue
            if _root(first) == _root(second):
                continue
            apart = round(abs(first.place - second.place), 3)
            width = min(_width(first, registry), _width(second, registry))
            if apart < SHARE * width:
                yield _finding(first, second, apart, width)


def _spectra(claims: Claims) -> Iterator[tuple[ClaimedLine, ...]]:
    """Yield what lies in one spectrum; in another program's file whatever the levels are called."""
    if claims.origin != "casaxps":
        yield from claims.groups
        return
    for key in dict.fromkeys((x.sample, x.region) for x in claims.lines):
        yield tuple(x for x in claims.lines if x.there and (x.sample, x.region) == key)


def _root(line: ClaimedLine) -> int:
    """The line that decides where this one is: lines of one doublet are one component."""
    return line.index if line.partner is None else line.partner


def _width(line: ClaimedLine, registry: Registry) -> float:
    if line.fwhm is not None:
        return line.fwhm.value
    if line.level is None:
        return 1.0
    return line.level.fwhm_for(line.group(registry) or "insulator").best


def _finding(first: ClaimedLine, second: ClaimedLine, apart: float, width: float) -> Finding:
    told = " and ".join(f"{x.name} {x.line}".rstrip() for x in (first, second))
    return Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=" ".join(part for part in (first.sample, first.symbol, told) if part),
        reported=f"{first.place:.2f} and {second.place:.2f} eV",
        reference=f"> {SHARE * width:.2f} eV apart (FWHM / 4)",
        deviation=f"{apart:.2f} eV",
        message=(
            "the areas of the two trade with each other and rest on constraints; report the "
            "covariance, or what the constraint is"
        ),
        sources=("moeini2021",),
    )
