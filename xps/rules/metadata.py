"""What a file does not say and a reader of the fit would need (rule M1).

Severity: info, one a file. Trigger: photon energy, dwell time or the like is missing in a spectrum
with a fit. Source: Major et al. 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims

NAME = "metadata"


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield one finding for all that is missing."""
    missing: dict[str, list[str]] = {}
    for spectrum in claims.spectra:
        for what in spectrum.missing:
            missing.setdefault(what, []).append(spectrum.subject)
    if missing:
        yield Finding(
            rule=NAME,
            severity=Severity.INFO,
            subject=", ".join(missing),
            reported="; ".join(f"{what}: {', '.join(where)}" for what, where in missing.items()),
            message="the file does not say it; write it down beside the fit",
            sources=("major2020",),
        )
