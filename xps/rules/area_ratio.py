"""A doublet whose area ratio is not the core level's.

Threshold: outside the band between the statistical and the cross-section ratio by more than 3 %
warning, 10 % error. Source of the rule: Major et al. 2020; the steps are a design choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .splitting import doublets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..result import Fit

NAME = "area_ratio"

WARN, ERROR = 0.03, 0.10


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each doublet whose area ratio is off."""
    for major, minor, symbol in doublets(fit, registry):
        level = registry.core_level(symbol)
        if level.branching is None:
            continue
        measured = minor.area.value / major.area.value
        prior = level.branching.prior
        band = sorted((level.branching.statistical, level.branching.scofield_al.best))
        # Lines far apart in kinetic energy are seen through different depths: the prior says so.
        if prior.u is not None:
            band = [min(band[0], prior.best - prior.u), max(band[1], prior.best + prior.u)]
        outside = max(band[0] / measured - 1.0, measured / band[1] - 1.0)
        outside = round(outside, 6)
        if outside <= WARN:
            continue
        loud = outside > ERROR and level.branching.scofield_al.status.may_constrain
        yield Finding(
            rule=NAME,
            severity=Severity.ERROR if loud else Severity.WARNING,
            subject=f"{symbol} {major.component}",
            reported=f"{measured:.3f}",
            reference=f"{band[0]:.3f} .. {band[1]:.3f}",
            deviation=f"{100 * outside:.1f} %",
            message=(
                f"the areas of a {symbol} doublet stand in this ratio; tie the partner's area to "
                "the major line's, or look for another line under one of them"
            ),
            sources=level.branching.scofield_al.source,
        )
