"""A stored fit that is not the optimum of its own objective (rule R3).

Severity: warning. Threshold: a refit from the stored values, same links and limits, takes more
than 5 % off the sum of squares. Only where all line shapes are exactly known. Source: Fairley et
al., J. Vac. Sci. Technol. A 41 (2023) 013203; the threshold is a design choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims

NAME = "stale_fit"

GAIN = 0.05


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each stored fit that a refit improves."""
    for spectrum in claims.spectra:
        gain = spectrum.refit_gain
        if gain is None or gain <= GAIN:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.WARNING,
            subject=spectrum.subject,
            reported=f"a refit takes {100 * gain:.0f} % off the sum of squares",
            reference=f"within {100 * GAIN:g} %",
            message="the stored values are no optimum; fit again before quoting them",
            sources=("fairley2023",),
        )
