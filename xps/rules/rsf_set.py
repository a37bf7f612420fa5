"""Sensitivity factors of two sets in one quantification (rule Q1).

Severity: error. Thresholds: a component's factor off its region's by more than 1 %; in a file,
some levels carry Scofield's cross-sections (C 1s = 1, within 2 %) while others are off them by
more than 15 %, so that no common scale exists. C 1s, which is 1 in many sets, is no witness for
Scofield's. Source: Major et al. 2020; cross-sections: Scofield.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.registry import UnknownReferenceError
from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims

NAME = "rsf_set"

SAME = 0.01
SCOFIELD, FOREIGN = 0.02, 0.15


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each region with two factors, and one for a file with two sets."""
    for spectrum in claims.spectra:
        key = (spectrum.sample, spectrum.region)
        if not spectrum.rsf:
            continue
        lines = [x for x in claims.lines if (x.sample, x.region) == key and x.rsf]
        off = {
            line.rsf: line
            for line in reversed(lines)
            if line.rsf and _apart(line.rsf, spectrum.rsf)
        }
        if off:
            yield Finding(
                rule=NAME,
                severity=Severity.ERROR,
                subject=spectrum.subject,
                reported=", ".join(f"{rsf:g} of {line.name}" for rsf, line in off.items()),
                reference=f"{spectrum.rsf:g} of the region",
                message=(
                    "components and their region carry different sensitivity factors, so that "
                    "their amounts do not add up; use one"
                ),
                sources=("major2020",),
            )
    yield from _mixed(claims, registry)


def _apart(factor: float, other: float) -> bool:
    return abs(factor / other - 1.0) > SAME


def factors_of(claims: Claims) -> dict[str, float]:
    """Give the factor, before corrections, that each level of a file was given."""
    found: dict[str, float] = {}
    lines = () if claims.spectra else claims.lines
    for item in (*claims.spectra, *lines):
        factor = item.uncorrected_rsf or item.rsf
        if factor and item.symbol:
            found.setdefault(item.symbol, factor)
    return found


def _mixed(claims: Claims, registry: Registry) -> Iterator[Finding]:
    scofield = registry.sensitivity_set("scofield_al")
    ratios: dict[str, float] = {}
    given = factors_of(claims)
    for symbol, factor in given.items():
        try:
            ratios[symbol] = factor / scofield.factor(symbol).best
        except UnknownReferenceError:
            continue
    same = [s for s, r in ratios.items() if abs(r - 1.0) <= SCOFIELD and s != "C 1s"]
    other = [s for s, r in ratios.items() if abs(r - 1.0) > FOREIGN]
    if not same or not other:
        return
    yield Finding(
        rule=NAME,
        severity=Severity.ERROR,
        subject="sensitivity factors of the file",
        reported=", ".join(f"{symbol} {given[symbol]:g}" for symbol in ratios),
        reference=", ".join(f"{symbol} {scofield.factor(symbol).best:.4g}" for symbol in ratios),
        message=(
            f"{', '.join(same)} carry Scofield's cross-sections (C 1s = 1), {', '.join(other)} "
            "factors of another set; amounts from the two cannot be compared"
        ),
        sources=("scofield1976",),
    )
