"""Another background that the data prefer by far (rule B4).

Severity: warning where it moves a species' area by more than 5 %, else info. Threshold: very strong
evidence (:data:`xps.rival.VERY_STRONG`). Source: Fairley et al., J. Vac. Sci. Technol. A 41 (2023)
013203.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .preference import preference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..envelope import Background
    from ..result import Fit

NAME = "background_choice"

MOVED = 0.05
"""Share of a species' area that is worth a warning."""


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where another background describes the data far better."""
    budget = fit.measured.budget
    best = None if budget is None else preference(fit.measured, budget.backgrounds)
    if best is None:
        return
    chosen = best.rival.envelope.background
    told = f'kind = "{chosen.kind}"' + ("" if chosen.slope else ", slope = false")
    yield Finding(
        rule=NAME,
        severity=Severity.WARNING if abs(best.moved) > MOVED else Severity.INFO,
        subject=fit.region,
        reported=f"{_named(fit.envelope.background)} background",
        reference=_named(chosen),
        deviation=f"BIC {best.rival.evidence:+.0f}",
        message=(
            f"another background describes the data far better and moves the "
            f"area of {best.component} by "
            f"{100 * best.moved:+.1f} %, which is in the part background of its u; try {told}"
        ),
        sources=("fairley2023",),
    )


def _named(background: Background) -> str:
    level = not background.slope and background.kind in {"shirley", "tougaard"}
    return f"{background.kind}{' without slope' if level else ''}"
