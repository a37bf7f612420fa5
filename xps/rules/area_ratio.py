"""A doublet whose area ratio is not the core level's.

Threshold: outside the band between the statistical and the cross-section ratio by more than 3 %
warning, 10 % error. Source of the rule: Major et al. 2020; the steps are a design choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.registry import UnknownReferenceError
from references.words import Finding, Severity

from .splitting import doublets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.core_level import CoreLevel
    from references.registry import Registry

    from ..claims import ClaimedLine, Claims
    from ..result import Fit

NAME = "area_ratio"

WARN, ERROR = 0.03, 0.10
AL_K_ALPHA = 1486.6
"""Photon energy of the cross-sections [eV]; ratios within an element hardly depend on it."""


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each doublet whose area ratio is off."""
    for major, minor, symbol in doublets(fit, registry):
        level = registry.core_level(symbol)
        ratio = minor.area.value / major.area.value
        yield from _judged(level, ratio, f"{symbol} {major.component}")


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each stated doublet or tie whose area ratio is off."""
    for line in claims.lines:
        if line.minor and line.partner is not None and line.level is not None:
            major = claims.lines[line.partner]
            ratio = _ratio(major, line)
            if ratio is not None and major.level == line.level:
                yield from _judged(line.level, ratio, major.subject)
        elif line.area is not None and line.area.tie is not None:
            yield from _across_levels(line, claims.lines[line.area.tie.line], registry)


def _ratio(major: ClaimedLine, minor: ClaimedLine) -> float | None:
    """The ratio that was tied, or that the stated areas have."""
    if minor.area is None:
        return None
    if minor.area.tie is not None and minor.area.tie.line == major.index:
        return minor.area.tie.factor
    if major.area is None:
        return None
    return minor.area.value / major.area.value if major.area.value > 0 else None


def _judged(level: CoreLevel, measured: float, subject: str) -> Iterator[Finding]:
    if level.branching is None or measured <= 0:
        return
    prior = level.branching.prior
    band = sorted((level.branching.statistical, level.branching.scofield_al.best))
    # Lines far apart in kinetic energy are seen through different depths: the prior says so.
    if prior.u is not None:
        band = [min(band[0], prior.best - prior.u), max(band[1], prior.best + prior.u)]
    outside = max(band[0] / measured - 1.0, measured / band[1] - 1.0)
    outside = round(outside, 6)
    if outside <= WARN:
        return
    loud = outside > ERROR and level.branching.scofield_al.status.may_constrain
    yield Finding(
        rule=NAME,
        severity=Severity.ERROR if loud else Severity.WARNING,
        subject=subject,
        reported=f"{measured:.3f}",
        reference=f"{band[0]:.3f} .. {band[1]:.3f}",
        deviation=f"{100 * outside:.1f} %",
        message=(
            f"the areas of a {level.symbol} doublet stand in this ratio; tie the partner's area "
            "to the major line's, or look for another line under one of them"
        ),
        sources=level.branching.scofield_al.source,
    )


def _across_levels(line: ClaimedLine, other: ClaimedLine, registry: Registry) -> Iterator[Finding]:
    """Judge a line whose area is tied to one of another level of its element."""
    if line.level is None or other.level is None or line.level.element != other.level.element:
        return
    assert line.area is not None
    assert line.area.tie is not None
    try:
        own, its = (
            registry.cross_section(f"{x.symbol.split()[0]} {x.line}", AL_K_ALPHA)
            for x in (line, other)
        )
    except UnknownReferenceError:
        return
    expected, tied = own.sigma.best / its.sigma.best, line.area.tie.factor
    off = abs(tied / expected - 1.0)
    if off <= WARN:
        return
    yield Finding(
        rule=NAME,
        severity=Severity.ERROR if off > ERROR else Severity.WARNING,
        subject=line.subject,
        reported=f"{tied:.4g} of {other.symbol.split()[0]} {other.line}",
        reference=f"{expected:.3g}",
        deviation=f"{100 * (tied / expected - 1.0):+.0f} %",
        message=(
            f"the area is tied to one line of {other.level.symbol} in a ratio that its "
            "cross-section does not have to that line alone; the ratio to the whole level is "
            "another one"
        ),
        sources=own.sigma.source,
    )
