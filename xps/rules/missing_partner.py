"""A p, d or f line without its spin-orbit partner.

Severity: error where the window covers the partner's place, info where it does not. Sources:
Major et al. 2020; Conny and Powell, Surf. Interface Anal. 26 (1998) 939.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..fit import Fit

NAME = "missing_partner"

SAME_PLACE = 0.5
"""How near another component must be to the partner's place to stand in for it [eV]."""


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each single line of a level that splits."""
    for component in fit.envelope.components:
        level = registry.core_level(component.core_level)
        own = [line for line in fit.lines if line.component == component.name]
        if level.splitting is None or len(level.lines) < 2 or len(own) != 1:
            continue
        expected = own[0].position.value + level.splitting.best
        before = own[0].position.value - level.splitting.best
        others = [line.position.value for line in fit.lines if line.component != component.name]
        if any(min(abs(o - expected), abs(o - before)) < SAME_PLACE for o in others):
            continue
        covered = fit.curves.energy[0] <= expected <= fit.curves.energy[-1]
        yield Finding(
            rule=NAME,
            severity=Severity.ERROR if covered else Severity.INFO,
            subject=f"{fit.region} {component.name}",
            reported=f"{own[0].line} alone",
            reference=f"{level.element} {level.lines[1]} at {expected:.2f} eV",
            message=(
                f"{level.symbol} is a doublet; add the partner at +{level.splitting.best:g} eV "
                + ("(set partner = true)" if covered else "or widen the window to show it")
            ),
            sources=level.splitting.source,
        )
