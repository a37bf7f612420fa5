"""Numbers without a standard uncertainty (rule P4).

Severity: info for statements of others, error in a converged fit of ours, whose free numbers must
have one. Source: Fairley et al., J. Vac. Sci. Technol. A 41 (2023) 013203.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from references.words import Assessment, Finding, Kind, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims
    from ..result import Fit

NAME = "no_uncertainty"


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each number of a converged fit that should have a u and has none."""
    if fit.assessment is not Assessment.CONVERGED:
        return  # intervals exist only for a converged fit, and the assessment says so
    for line in fit.lines:
        if line.area.kind is Kind.UPPER_LIMIT:
            continue  # of what is not seen a place and a width mean nothing
        for name, estimate in (
            ("position", line.position),
            ("fwhm", line.fwhm),
            ("area", line.area),
        ):
            bare = estimate.u is None or not math.isfinite(estimate.u)
            if bare and estimate.kind in {Kind.STANDARD, Kind.PROFILE} and estimate.low is None:
                yield Finding(
                    rule=NAME,
                    severity=Severity.ERROR,
                    subject=f"{fit.region} {line.component} {line.line} {name}",
                    reported=f"{estimate.value:.6g}",
                    message="every free number of a converged fit has one; report a fault",
                    sources=("fairley2023",),
                )


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield one finding where nothing that is stated has an uncertainty."""
    if claims.origin in {"fit", "recipe"}:
        return
    stated = [x for line in claims.lines for x in (line.position, line.fwhm, line.area) if x]
    known = [x.u for x in (*stated, *claims.fractions)]
    if not known or any(u is not None for u in known):
        return
    what = [
        word
        for word, there in (("energies", claims.lines), ("fractions", claims.fractions))
        if there
    ]
    yield Finding(
        rule=NAME,
        severity=Severity.INFO,
        subject=" and ".join(what),
        reported="no uncertainty",
        message=(
            "differences between samples and from references cannot be judged without "
            "uncertainties; state u beside each number"
        ),
        sources=("fairley2023",),
    )
