"""Species of one level with very different widths (rule W2).

Severity: warning; info where only a metal and a compound differ. Threshold: free widths of one
spectrum apart by a factor of more than 1.3, beyond twice their u. Source: Major et al. 2020.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .insignificant import vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, Claims

NAME = "fwhm_consistency"

FACTOR = 1.3


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each spectrum in which widths of one level differ too much."""
    for lines in claims.groups:
        free = [x for x in lines if _has_own_width(x) and not vanishes(x, claims)]
        compounds = [x for x in free if x.group(registry) != "conductor"]
        metals = [x for x in free if x.group(registry) == "conductor"]
        for chosen, severity in (
            (compounds, Severity.WARNING),
            (metals, Severity.WARNING),
            (free, Severity.INFO),
        ):
            apart = _apart(chosen)
            if apart is not None:
                yield _finding(*apart, severity)
                break


def _has_own_width(line: ClaimedLine) -> bool:
    return not line.minor and line.fwhm is not None and line.fwhm.tie is None


def _apart(lines: list[ClaimedLine]) -> tuple[ClaimedLine, ClaimedLine] | None:
    """The narrowest and the widest, where they are too far apart."""
    if len(lines) < 2:
        return None
    ordered = sorted(lines, key=lambda line: line.fwhm.value if line.fwhm else 0.0)
    narrow, wide = ordered[0], ordered[-1]
    assert narrow.fwhm is not None
    assert wide.fwhm is not None
    relative = math.hypot(
        (narrow.fwhm.u or 0.0) / narrow.fwhm.value, (wide.fwhm.u or 0.0) / wide.fwhm.value
    )
    ratio = wide.fwhm.value / narrow.fwhm.value
    return (narrow, wide) if ratio * (1.0 - 2.0 * relative) > FACTOR else None


def _finding(narrow: ClaimedLine, wide: ClaimedLine, severity: Severity) -> Finding:
    assert narrow.fwhm is not None
    assert wide.fwhm is not None
    return Finding(
        rule=NAME,
        severity=severity,
        subject=" ".join(part for part in (wide.sample, wide.symbol) if part),
        reported=f"{narrow.name} {narrow.fwhm.value:.3g} eV, {wide.name} {wide.fwhm.value:.3g} eV",
        reference=f"within a factor of {FACTOR:g}",
        deviation=f"x{wide.fwhm.value / narrow.fwhm.value:.2f}",
        message=(
            "species of one level in one spectrum are about equally wide; share the width, or "
            "look for a second species under the wide line"
            if severity is Severity.WARNING
            else "a metal is narrower than a compound; nothing else differs"
        ),
        sources=("major2020",),
    )
