"""A stored background that no longer meets the data (rule B6).

Severity: warning. Threshold: the stored parameters miss the tie point at the window's end by more
than 1 % of the data's range; as the program stored them, they meet it within 0.03 %. A design
choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims

NAME = "stale_background"

MISSES = 0.01


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each background that misses its tie point."""
    for spectrum in claims.spectra:
        off = spectrum.tie_point_off
        if off is None or abs(off) <= MISSES:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.WARNING,
            subject=spectrum.subject,
            reported=f"{100 * off:+.2f} % of the data's range at the tie point",
            reference=f"within {100 * MISSES:g} %",
            message=(
                f"the stored {spectrum.background} background belongs to another state of the "
                "region; let its program compute it again"
            ),
        )
