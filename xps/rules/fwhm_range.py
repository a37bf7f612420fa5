"""A width that no line of this level has.

Severity: warning. Threshold: the core level's range for conductors or insulators, as far as the
value's own uncertainty does not reach into it. Source of the rule: Major et al. 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..result import Fit

NAME = "fwhm_range"


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each major line whose width is out of range."""
    for component in fit.envelope.components:
        group = "insulator"
        if component.species:
            group = registry.species(component.species).group
        known = registry.core_level(component.core_level).fwhm_for(group)
        line = next(x for x in fit.lines if x.component == component.name and not x.minor)
        if known.low is None or known.high is None or line.area.value <= 0:
            continue
        room = 2.0 * (line.fwhm.u or 0.0)
        width = round(line.fwhm.value, 3)
        if known.low - room <= width <= known.high + room:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.WARNING,
            subject=f"{component.core_level} {component.name}",
            reported=f"{width:.2f} eV",
            reference=f"{known.low:g} .. {known.high:g} eV",
            deviation=f"{width - (known.low if width < known.low else known.high):+.2f} eV",
            message=(
                "narrower than the instrument and the core hole allow; two components may share "
                "one line"
                if width < known.low
                else "wider than one chemical state; more than one species may lie under it"
            ),
            sources=known.source,
        )
