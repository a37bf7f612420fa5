"""A misfit on a scale that the counts do not explain (rule R2).

Severity: warning. Threshold: reduced chi-square above 3 together with residuals that have form
(the model), below 0.5 (what is called counts is none, or was smoothed; a perfect fit of a
multichannel detector has about 0.6). Source: Fairley et al., J. Vac. Sci. Technol. A 41 (2023)
013203.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .residual_structure import abbe_value, least_abbe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims

NAME = "chi2_scale"

LARGE, SMALL = 3.0, 0.5
LEAST = 40
"""Fewer channels scatter too much to be judged."""


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each fit whose chi-square is far from one."""
    for spectrum in claims.spectra:
        curves = spectrum.curves
        if curves is None or not spectrum.exact or curves.residual.size < LEAST:
            continue
        residual = curves.residual
        chi2 = spectrum.chi2_reduced
        if chi2 is None:
            chi2 = float(residual @ residual) / residual.size
        shaped = chi2 > LARGE and abbe_value(residual) < least_abbe(residual.size)
        if not shaped and chi2 >= SMALL:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.WARNING,
            subject=spectrum.subject,
            reported=f"reduced chi-square {chi2:.3g}",
            reference=f"{SMALL:g} .. {LARGE:g}",
            message=(
                "the model misses far more than counting statistics; uncertainties from counts "
                "alone are too small by the root of it"
                if shaped
                else "less scatter than counts have; the data are no counts, or were smoothed"
            ),
            sources=("fairley2023",),
        )
