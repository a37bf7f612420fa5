"""A component that the data do not ask for (rule O1).

Severity: warning. Threshold: the Bayesian information criterion without it is lower, or higher by
no more than 2: -2 ln L rises by its significance squared, and each free number that only the data
know is worth ln n. A species of the library, placed by knowledge, costs its area alone. Source:
Shinotsuka et al., J. Electron Spectrosc. Relat. Phenom. 239 (2020) 146903.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from references.words import Assessment, Finding, Severity

from ..estimate import LIMIT_BELOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..result import Fit

NAME = "too_many_components"

WORTH_A_MENTION = 2.0


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each component without which the data are described as well."""
    measured = fit.measured
    if fit.assessment is not Assessment.CONVERGED or len(fit.components) < 2:
        return
    per_number = math.log(measured.problem.data.size)
    for component in fit.envelope.components:
        seen = measured.significance(component.name)
        if seen < LIMIT_BELOW or component.role == "overlap" or component.species:
            continue  # what is not seen at all is another rule's
        free = sum(1 for p in measured.plan.fitted if p.component == component.name)
        gain = seen**2 - free * per_number
        if gain >= WORTH_A_MENTION:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.WARNING,
            subject=f"{fit.region} {component.name}",
            reported=f"BIC {-gain:+.1f} with it",
            reference=f"below {-WORTH_A_MENTION:g}",
            message=(
                f"its {free} free numbers describe no more than noise would let them; leave it "
                "out, or say what else speaks for it"
            ),
            sources=("shinotsuka2020",),
        )
