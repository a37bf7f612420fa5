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

    from ..claims import Claims
    from ..result import Curves, Fit

NAME = "background_above_data"

SHARE, NOISE = 0.02, 0.0228


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where too many channels lie below the background."""
    active = fit.envelope.background.mode == "active"
    yield from _judged(fit.curves, fit.region, "" if active else "use an active background, or ")


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each spectrum with too many channels below its background."""
    for spectrum in claims.spectra:
        if spectrum.curves is not None:
            advice = "use an active background, or "
            yield from _judged(spectrum.curves, spectrum.subject, advice)


def _judged(curves: Curves, subject: str, instead: str) -> Iterator[Finding]:
    below = float(np.mean(curves.measured < curves.background - 2.0 * _noise(curves)))
    n = curves.measured.size
    if below <= SHARE + NOISE + 2.0 * np.sqrt(NOISE * (1 - NOISE) / n):
        return
    yield Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=subject,
        reported=f"{100 * below:.1f} % of channels",
        reference=f"{100 * SHARE:g} %",
        message=(
            f"the background lies above the data there; {instead or 'use '}a window whose ends lie "
            "beside the peaks"
        ),
        sources=("sherwood2019",),
    )


def _noise(curves: Curves) -> NDArray[np.float64]:
    """Standard deviation of the noise of each channel."""
    difference = curves.measured - curves.envelope
    with np.errstate(all="ignore"):
        noise = np.abs(difference / curves.residual)
    return np.where(np.isfinite(noise), noise, np.sqrt(np.maximum(curves.envelope, 0.0)))
