"""A Shirley background that falls towards higher binding energy (rule B3).

Electrons that lost energy add to the high side, so a step down is not what Shirley describes.
Severity: warning. Threshold: without a slope of its own, the end at high binding energy lies below
the one at low by more than three standard uncertainties of the two means. Source: Sherwood, Surf.
Interface Anal. 51 (2019) 589.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims

NAME = "shirley_step"

CHANNELS = 5
SURE = 3.0


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each Shirley background whose step is downwards."""
    for spectrum in claims.spectra:
        curves = spectrum.curves
        named = spectrum.background.lower()
        if curves is None or "shirley" not in named or "slope" in named:
            continue
        if curves.measured.size < 4 * CHANNELS:
            continue
        low, high = curves.measured[:CHANNELS], curves.measured[-CHANNELS:]
        step = float(high.mean() - low.mean())
        u = math.sqrt(max(float(high.mean() + low.mean()), 1.0) / CHANNELS)
        if step >= -SURE * u:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.WARNING,
            subject=spectrum.subject,
            reported=f"{low.mean():.4g} at the low end, {high.mean():.4g} at the high end",
            reference="a step up to higher binding energy",
            message=(
                "a Shirley background cannot fall; give it a slope, take a linear one, or move the "
                "window off a neighbouring line"
            ),
            sources=("sherwood2019",),
        )
