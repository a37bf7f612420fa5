"""A partner as wide as no partner of its level (rule D5).

Severity: warning. Threshold: widths of the two lines apart by more than 5 % and twice their u,
where the library knows no broadening of the partner (Coster-Kronig: Ga 2p1/2). Source: Major et
al. 2020.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, Claims

NAME = "doublet_fwhm"

APART = 0.05


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each tied or paired line whose width is not its partner's."""
    for line in claims.lines:
        other = _partner(line, claims)
        if other is None or line.fwhm is None or other.fwhm is None:
            continue
        if line.level is not None and line.level.minor_width is not None:
            continue
        ratio = line.fwhm.value / other.fwhm.value
        room = 2.0 * math.hypot(
            (line.fwhm.u or 0.0) / line.fwhm.value, (other.fwhm.u or 0.0) / other.fwhm.value
        )
        if round(abs(ratio - 1.0), 6) <= APART + room:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.WARNING,
            subject=f"{line.subject} {line.line}".rstrip(),
            reported=f"{line.fwhm.value:.3g} eV",
            reference=f"{other.fwhm.value:.3g} eV of {other.symbol} {other.line}",
            deviation=f"ratio {ratio:.2f}",
            message=(
                "the lines of a doublet are equally wide; tie the partner's width to the major "
                "line's, or look for another line under one of them"
            ),
            sources=("major2020",),
        )


def _partner(line: ClaimedLine, claims: Claims) -> ClaimedLine | None:
    """The line that its area is tied to, or whose doublet it completes."""
    if line.partner is not None:
        return claims.lines[line.partner]
    if line.area is not None and line.area.tie is not None:
        return claims.lines[line.area.tie.line]
    return None
