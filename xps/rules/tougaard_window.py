"""A Tougaard background over a window that cannot determine it (rule B5).

Severity: warning. Threshold: less than 30 eV above the last peak, where 35 % of the universal
cross-section's loss lies. A design choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims
    from ..result import Fit

NAME = "tougaard_window"

LEAST = 30.0
"""What of the loss must be seen above the last peak [eV]."""


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where a Tougaard background has too short a window."""
    if fit.envelope.background.kind == "tougaard":
        last = max(line.position.value for line in fit.lines)
        yield from _judged(float(fit.curves.energy[-1]) - last, fit.region)


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each Tougaard background over too short a window."""
    for spectrum in claims.spectra:
        if "tougaard" not in spectrum.background.lower() or spectrum.window is None:
            continue
        key = (spectrum.sample, spectrum.region)
        places = [x.place for x in claims.lines if x.there and (x.sample, x.region) == key]
        low, high = spectrum.window
        yield from _judged(high - max(places, default=low), spectrum.subject)


def _judged(above: float, subject: str) -> Iterator[Finding]:
    above = round(above, 3)
    if above >= LEAST:
        return
    yield Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=subject,
        reported=f"{above:.1f} eV above the last peak",
        reference=f">= {LEAST:g} eV",
        message=(
            "so short a window cannot determine a Tougaard background; measure a longer one, or "
            "use an active Shirley background"
        ),
    )
