"""The other of Voigt and pseudo-Voigt, that the data prefer by far.

Severity: info; the two differ by a percent in width. Threshold: very strong evidence
(:data:`xps.rival.VERY_STRONG`). Source: Fairley et al., J. Vac. Sci. Technol. A 41 (2023) 013203.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from ..rival import ALIKE, preferred

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..result import Fit

NAME = "shape_choice"


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where the other line shape describes the data far better."""
    measured = fit.measured
    if measured.budget is None:
        return
    best = preferred(measured.budget.shapes)
    if best is None:
        return
    moves = measured.moved(best.shift)
    name = max(moves, key=lambda key: abs(moves[key]))
    own = next(c.shape for c in fit.envelope.components if c.shape in ALIKE)
    yield Finding(
        rule=NAME,
        severity=Severity.INFO,
        subject=fit.region,
        reported=own,
        reference=ALIKE[own],
        deviation=f"BIC {best.evidence:+.0f}",
        message=(
            f"{ALIKE[own]} lines describe the data far better and move the area of {name} by "
            f"{100 * moves[name]:+.1f} %, which is in the part misfit of its u; "
            f'try shape = "{ALIKE[own]}"'
        ),
        sources=("fairley2023",),
    )
