"""A background that lies above what was measured.

Severity: warning. Threshold: more than 2 % of the channels lie below the background by more than
two standard deviations of the noise, beyond the 2.3 % that noise alone brings where there is no
peak. Source: Sherwood, Surf. Interface Anal. 51 (2019) 589.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from references.registry import Registry

    from ..result import Fit

NAME = "background_above_data"

SHARE, NOISE = 0.02, 0.0228


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where too many channels lie below the background."""
    curves = fit.curves
    noise = _noise(fit)
    below = float(np.mean(curves.measured < curves.background - 2.0 * noise))
    n = curves.measured.size
    if below <= SHARE + NOISE + 2.0 * np.sqrt(NOISE * (1 - NOISE) / n):
        return
    yield Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=fit.region,
        reported=f"{100 * below:.1f} % of channels",
        reference=f"{100 * SHARE:g} %",
        message=(
            "the background lies above the data there; use an active background, or a window whose "
            "ends lie beside the peaks"
        ),
        sources=("sherwood2019",),
    )


def _noise(fit: Fit) -> NDArray[np.float64]:
    """Standard deviation of the noise of each channel."""
    curves = fit.curves
    difference = curves.measured - curves.envelope
    with np.errstate(all="ignore"):
        noise = np.abs(difference / curves.residual)
    return np.where(np.isfinite(noise), noise, np.sqrt(np.maximum(curves.envelope, 0.0)))
