"""A component that carries another level's sensitivity factor (rule Q2).

Severity: error. Threshold: the component's own level is not its region's, and its factor is the
one that the region or the region's own lines carry (within 1 %). By definition of the factor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims

NAME = "rsf_level"

SAME = 0.01


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each component with the factor of another level."""
    for spectrum in claims.spectra:
        lines = [
            x for x in claims.lines if (x.sample, x.region) == (spectrum.sample, spectrum.region)
        ]
        of_region = {x.rsf for x in lines if x.symbol == spectrum.symbol and x.rsf}
        if spectrum.rsf:
            of_region.add(spectrum.rsf)
        for line in lines:
            if line.level is None or line.symbol == spectrum.symbol or not line.rsf:
                continue
            if any(abs(line.rsf / rsf - 1.0) <= SAME for rsf in of_region):
                yield Finding(
                    rule=NAME,
                    severity=Severity.ERROR,
                    subject=f"{line.subject} in {spectrum.symbol}",
                    reported=f"factor {line.rsf:g}",
                    reference=f"the factor of {line.symbol}, not of {spectrum.symbol}",
                    message=(
                        f"a line of {line.symbol} is counted with the sensitivity of "
                        f"{spectrum.symbol}; give it its own, or leave it out of the amounts"
                    ),
                )
