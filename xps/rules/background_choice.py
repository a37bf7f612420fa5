"""Another background that the data prefer by far (rule B4).

Severity: warning where it moves a species' area by more than 5 %, else info. Threshold: a BIC lower
by 10, "very strong" evidence (Kass and Raftery, J. Am. Stat. Assoc. 90 (1995) 773). Source: Fairley
et al., J. Vac. Sci. Technol. A 41 (2023) 013203.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..envelope import Background
    from ..result import Fit

NAME = "background_choice"

BETTER = -10.0
"""Difference in BIC from which the evidence is very strong."""
MOVED = 0.05
"""Share of a species' area that is worth a warning."""


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where another background describes the data far better."""
    measured = fit.measured
    if measured.budget is None:
        return
    better = [r for r in measured.budget.backgrounds if r.evidence < BETTER]
    if not better:
        return
    best = min(better, key=lambda rival: rival.evidence)
    moves = {
        name: float(along @ best.shift) / area
        for name in fit.components
        if (area := float((along := measured.area_gradient(name)) @ measured.state.values)) > 0
    }
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
