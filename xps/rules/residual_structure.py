"""Residuals that are not noise.

Triggers: the Abbe value (half the mean squared difference of neighbours over the mean square)
below 1 - rho - 3/sqrt(n), with rho the detector's own lag-1 correlation (0.25, as measured on a
multichannel analyser); a runs test beyond four standard deviations; a single residual beyond five.
Severity: warning. Source: Fairley et al., J. Vac. Sci. Technol. A 41 (2023) 013203.
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

NAME = "residual_structure"

DETECTOR_CORRELATION = 0.25
LARGEST = 5.0
RUNS = 4.0


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where neighbouring residuals agree more than noise does."""
    yield from _judged(fit.curves, fit.region)


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each fit, in shapes that are exactly known, whose residuals have form."""
    for spectrum in claims.spectra:
        if spectrum.curves is not None and spectrum.exact:
            yield from _judged(spectrum.curves, spectrum.subject)


def abbe_value(residual: NDArray[np.float64]) -> float:
    """Half the mean squared difference of neighbours over the mean square: 1 of white noise."""
    return 0.5 * float(np.sum(np.diff(residual) ** 2)) / float(residual @ residual)


def least_abbe(n: int) -> float:
    """Give the least Abbe value that noise of a multichannel detector has over n channels."""
    return 1.0 - DETECTOR_CORRELATION - 3.0 / np.sqrt(n)


def _judged(curves: Curves, subject: str) -> Iterator[Finding]:
    residual = curves.residual
    n = residual.size
    square = float(residual @ residual)
    if n < 20 or square <= 0:
        return
    abbe, threshold = abbe_value(residual), least_abbe(n)
    largest = int(np.argmax(np.abs(residual)))
    runs = _runs_deviation(residual)
    said: list[str] = []
    if abbe < threshold:
        said.append(f"Abbe value {abbe:.2f} (noise: above {threshold:.2f})")
    if runs < -RUNS - DETECTOR_CORRELATION * np.sqrt(n):
        said.append(f"too few changes of sign ({runs:.1f} standard deviations)")
    if abs(residual[largest]) > LARGEST:
        said.append(
            f"{residual[largest]:+.1f} standard deviations at {curves.energy[largest]:.2f} eV"
        )
    if not said:
        return
    yield Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=subject,
        reported="; ".join(said),
        reference="noise without structure",
        message=(
            "the model misses something the data show; look at the residuals for a missing "
            "component, a wrong line shape or a wrong background. The misfit part of u covers it "
            "only as far as the true model is near"
        ),
        sources=("fairley2023",),
    )


def _runs_deviation(residual: NDArray[np.float64]) -> float:
    """Runs of equal sign against their expectation, in standard deviations (Wald-Wolfowitz)."""
    positive = residual > 0
    n1, n2 = int(positive.sum()), int((~positive).sum())
    if n1 == 0 or n2 == 0:
        return -np.inf
    runs = 1 + int(np.sum(positive[1:] != positive[:-1]))
    expected = 2.0 * n1 * n2 / (n1 + n2) + 1.0
    variance = (expected - 1.0) * (expected - 2.0) / (n1 + n2 - 1.0)
    return float((runs - expected) / np.sqrt(max(variance, 1e-12)))
