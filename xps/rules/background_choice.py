"""Another background that the data prefer by far (rule B4).

Severity: warning where it moves a species' area by more than 5 %, else info. Threshold: very strong
evidence (:data:`xps.rival.VERY_STRONG`). Source: Fairley et al., J. Vac. Sci. Technol. A 41 (2023)
013203.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from ..rival import preferred

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
    measured = fit.measured
    if measured.budget is None:
        return
    best = preferred(measured.budget.backgrounds)
    if best is None:
        return
    moves = measured.moved(best.shift)
    name = max(moves, key=lambda key: abs(moves[key]))
    chosen = best.envelope.background
    told = f'kind = "{chosen.kind}"' + ("" if chosen.slope else ", slope = false")
    yield Finding(
        rule=NAME,
        severity=Severity.WARNING if abs(moves[name]) > MOVED else Severity.INFO,
        subject=fit.region,
        reported=f"{_named(fit.envelope.background)} background",
        reference=_named(chosen),
        deviation=f"BIC {best.evidence:+.0f}",
        message=(
            f"another background describes the data far better and moves the area of {name} by "
            f"{100 * moves[name]:+.1f} %, which is in the part background of its u; try {told}"
        ),
        sources=("fairley2023",),
    )


def _named(background: Background) -> str:
    level = not background.slope and background.kind in {"shirley", "tougaard"}
    return f"{background.kind}{' without slope' if level else ''}"
