"""A label whose core level cannot lie where the line was found.

Severity: error. Threshold: outside the level's window. ("Cl 1s" near 199 eV is Cl 2p: Cl 1s lies at
2.8 keV, beyond Al K-alpha.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..fit import Fit

NAME = "level_name_vs_energy"


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each line that lies outside its core level's window."""
    levels = {c.name: c.core_level for c in fit.envelope.components}
    for line in fit.lines:
        if line.minor or line.area.value <= 0:
            continue
        symbol = levels[line.component]
        low, high = registry.core_level(symbol).window
        if low <= line.position.value <= high:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.ERROR,
            subject=f"{symbol} {line.component}",
            reported=f"{line.position.value:.2f} eV",
            reference=f"{low:g} .. {high:g} eV",
            message=f"{symbol} does not lie there; review the label, or the charge shift",
        )
