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

    from ..result import Fit

NAME = "tougaard_window"

LEAST = 30.0
"""What of the loss must be seen above the last peak [eV]."""


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where a Tougaard background has too short a window."""
    if fit.envelope.background.kind != "tougaard":
        return
    last = max(line.position.value for line in fit.lines)
    above = round(float(fit.curves.energy[-1]) - last, 3)
    if above >= LEAST:
        return
    yield Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=fit.region,
        reported=f"{above:.1f} eV above the last peak",
        reference=f">= {LEAST:g} eV",
        message=(
            "so short a window cannot determine a Tougaard background; measure a longer one, or "
            "use an active Shirley background"
        ),
    )
