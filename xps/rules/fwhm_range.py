"""A width that no line of this level has.

Severity: warning. Threshold of a fit: the core level's range for conductors or insulators, as far
as the value's own uncertainty does not reach into it. Threshold of a stated width, whose
instrument is not known: 0.5 to 2.0 eV, to 2.5 eV of a known insulator, and the level's range where
that is wider. Source of the rule: Major et al. 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .insignificant import vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, Claims
    from ..result import Fit

NAME = "fwhm_range"

NARROWEST, WIDEST, WIDEST_INSULATOR = 0.5, 2.0, 2.5
"""Between which an unknown instrument shows one chemical state [eV]."""


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


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each stated width of its own that is out of range."""
    for line in claims.lines:
        if not line.there or line.fwhm is None or line.fwhm.tie is not None or line.level is None:
            continue
        if vanishes(line, claims) or (line.minor and claims.origin == "fit"):
            continue
        low, high = _range(line, claims, registry)
        width, room = line.fwhm.value, 2.0 * (line.fwhm.u or 0.0)
        if low - room <= round(width, 3) <= high + room:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.WARNING,
            subject=f"{line.subject} {line.line}".rstrip(),
            reported=f"{width:.2f} eV",
            reference=f"{low:g} .. {high:g} eV",
            deviation=f"{width - (low if width < low else high):+.2f} eV",
            message=(
                "narrower than instruments and the core hole allow; two components may share one "
                "line"
                if width < low
                else "wider than one chemical state; more than one species may lie under it"
            ),
            sources=("major2020",),
        )


def _range(line: ClaimedLine, claims: Claims, registry: Registry) -> tuple[float, float]:
    """The level's range in a fit of ours, else the general one or the wider of both."""
    assert line.level is not None
    group = line.group(registry)
    known = line.level.fwhm_for(group or "insulator")
    if claims.origin == "fit" and known.low is not None and known.high is not None:
        return known.low, known.high
    low, high = NARROWEST, WIDEST_INSULATOR if group == "insulator" else WIDEST
    if line.label != line.level.symbol:
        return low, high
    own = [line.level.fwhm_for(g) for g in ("conductor", "insulator") if group in {None, g}]
    return (
        min([low, *(v.low for v in own if v.low is not None)]),
        max([high, *(v.high for v in own if v.high is not None)]),
    )
