"""Two species whose areas the data hardly tell apart (rule P3).

Severity: warning; a model that the data do not determine at all ends as ``singular``. Threshold:
|correlation| of two components' areas above 0.95, from counts and held knowledge, where one of
them is below five of its u. Lines a width apart trade that much in any fit with free places; as
long as both are well determined, their u say all there is to say. Source: Moeini et al., J.
Electron Spectrosc. Relat. Phenom. 250 (2021) 147094.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from references.words import Finding, Severity

from ..estimate import LIMIT_BELOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..result import Fit

NAME = "correlation"

LARGEST = 0.95
FIRM = 5.0
"""Significance from which an area is determined whatever it is correlated with."""


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each pair of components whose areas trade."""
    budget = fit.measured.budget
    if budget is None:
        return
    covariance = budget.counting + budget.constraints
    for first, second in combinations(fit.components, 2):
        a, b = (fit.measured.area_gradient(name) for name in (first, second))
        spread = float(np.sqrt((a @ covariance @ a) * (b @ covariance @ b)))
        if not spread > 0:
            continue
        correlation = float(a @ covariance @ b) / spread
        # Below three u a species is not seen at all, which is another rule's.
        firm = min(fit.measured.significance(name) for name in (first, second))
        if abs(correlation) <= LARGEST or not LIMIT_BELOW <= firm < FIRM:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.WARNING,
            subject=f"{fit.region} {first}, {second}",
            reported=f"correlation of the areas {correlation:+.3f}",
            reference=f"within {LARGEST:g}",
            message=(
                "what one gains the other loses; quote their sum, or tie or fix what is known of "
                "one of them"
            ),
            sources=("moeini2021",),
        )
