"""A doublet whose splitting is not the core level's.

Threshold: in units of the library's tolerance t, up to 1 t nothing, 2 t info, 3 t warning, beyond
error; compared after rounding to 1 meV. Source of the rule: Major et al. 2020; the steps are a
design choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .pairs import paired, singles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.core_level import CoreLevel
    from references.registry import Registry

    from ..claims import Claims
    from ..result import Fit, FittedLine

NAME = "splitting"


def doublets(fit: Fit, registry: Registry) -> Iterator[tuple[FittedLine, FittedLine, str]]:
    """Yield major line, minor line and core level of each doublet with area.

    A doublet is a component with its derived partner, or two single lines that stand in for one.
    """
    levels = {c.name: c.core_level for c in fit.envelope.components}
    for name in fit.components:
        own = [line for line in fit.lines if line.component == name]
        if len(own) == 2 and own[0].area.value > 0:
            yield own[0], own[1], levels[name]
    for major, minor in paired(singles(fit, registry)):
        yield major.line, minor.line, major.component.core_level


def severity_of(steps: float) -> Severity | None:
    """Give the severity of a deviation in units of the tolerance."""
    if steps <= 1 + 1e-9:
        return None
    if steps <= 2 + 1e-9:
        return Severity.INFO
    return Severity.WARNING if steps <= 3 + 1e-9 else Severity.ERROR


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each doublet whose splitting is off."""
    for major, minor, symbol in doublets(fit, registry):
        measured = minor.position.value - major.position.value
        yield from _judged(registry.core_level(symbol), measured, f"{symbol} {major.component}")


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each stated doublet whose splitting is off."""
    for major, minor in claims.doublets():
        assert major.level is not None  # as of every doublet
        yield from _judged(major.level, minor.place - major.place, major.subject)


def _judged(level: CoreLevel, measured: float, subject: str) -> Iterator[Finding]:
    if level.splitting is None or level.tolerance is None:
        return
    deviation = round(measured - level.splitting.best, 3)
    severity = severity_of(abs(deviation) / level.tolerance)
    if severity is None:
        return
    if severity is Severity.ERROR and not level.splitting.status.may_constrain:
        severity = Severity.WARNING
    yield Finding(
        rule=NAME,
        severity=severity,
        subject=subject,
        reported=f"{measured:.3f} eV",
        reference=f"{level.splitting.best:g} +- {level.tolerance:g} eV",
        deviation=f"{deviation:+.3f} eV",
        message=(
            f"the splitting of {level.symbol} is a constant of the level; tie the partner to the "
            "major line, or review which lines belong together"
        ),
        sources=level.splitting.source,
    )
