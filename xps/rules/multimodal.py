"""Several answers that fit equally well (rule O2).

Severity: warning. Threshold: among optima within 1 of the best in -2 ln L, a component's area
spreads by more than 5 %. Source: Moeini et al., J. Electron Spectrosc. Relat. Phenom. 250 (2021)
147094.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..result import Fit

NAME = "multimodal"

SPREAD = 0.05


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where answers that cannot be told apart give other areas."""
    optima = fit.measured.solution.optima
    if len(optima) < 2:
        return
    plan = fit.measured.plan
    areas = np.array([plan.line_areas(np.array(optimum.values))[0] for optimum in optima])
    for name in fit.components:
        own = areas[:, [line.component == name for line in plan.lines]].sum(axis=1)
        spread = float((own.max() - own.min()) / own.max()) if own.max() > 0 else 0.0
        if spread > SPREAD:
            yield Finding(
                rule=NAME,
                severity=Severity.WARNING,
                subject=f"{fit.region} {name}",
                reported=f"{len(optima)} answers, its area from {own.min():.4g} to {own.max():.4g}",
                reference=f"within {100 * SPREAD:g} %",
                message=(
                    "the data cannot tell these answers apart; add what is known (a position, a "
                    "tie), or quote them all"
                ),
                sources=("moeini2021",),
            )
            return
