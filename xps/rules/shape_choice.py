"""The other of Voigt and pseudo-Voigt, that the data prefer by far.

Severity: info; the two differ by a percent in width. Threshold: very strong evidence
(:data:`xps.rival.VERY_STRONG`). Source: Fairley et al., J. Vac. Sci. Technol. A 41 (2023) 013203.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from ..rival import ALIKE
from .preference import preference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..result import Fit

NAME = "shape_choice"


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where the other line shape describes the data far better."""
    budget = fit.measured.budget
    best = None if budget is None else preference(fit.measured, budget.shapes)
    if best is None:
        return
    own = next(c.shape for c in fit.envelope.components if c.shape in ALIKE)
    yield Finding(
        rule=NAME,
        severity=Severity.INFO,
        subject=fit.region,
        reported=own,
        reference=ALIKE[own],
        deviation=f"BIC {best.rival.evidence:+.0f}",
        message=(
            f"{ALIKE[own]} lines describe the data far better and move the "
            f"area of {best.component} by "
            f"{100 * best.moved:+.1f} %, which is in the part misfit of its u; "
            f'try shape = "{ALIKE[own]}"'
        ),
        sources=("fairley2023",),
    )
