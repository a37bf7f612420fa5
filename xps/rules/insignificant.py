"""A component that the data do not show.

Severity: warning; error where its area is zero; info for a line that only overlaps. Threshold:
three standard uncertainties, below which an upper limit is all that can be given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.rounding import rounded_up
from references.words import Assessment, Finding, Severity

from ..estimate import LIMIT_BELOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, Claims
    from ..result import Fit

NAME = "insignificant"

NOTHING = 1e-9
"""Share of a spectrum's largest line below which an area is zero, as fit programs write it."""
KEPT = "it stays in the model, for its element is in the sample and the others must allow for it"


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each component with no, or no significant, area."""
    overlaps = {c.name for c in fit.envelope.components if c.role == "overlap"}
    for name in fit.components:
        lines = [line for line in fit.lines if line.component == name]
        area = sum(line.area.value for line in lines)
        seen = fit.measured.significance(name)
        if area > 0 and (seen >= LIMIT_BELOW or fit.assessment is not Assessment.CONVERGED):
            continue
        major = lines[0]
        limit = "" if not major.area.high else rounded_up(major.area.high, 3)
        shown = (
            f"; its {major.line} area is below {limit} {major.area_unit} (95 %)" if limit else ""
        )
        yield Finding(
            rule="zero_area" if area <= 0 else NAME,
            severity=_severity(area, overlap=name in overlaps),
            subject=f"{fit.region} {name}",
            reported=f"area {area:.3g} {major.area_unit}, {seen:.1f} standard uncertainties",
            reference=f">= {LIMIT_BELOW:g}",
            message=f"the data do not show {name}{shown}; "
            + (KEPT if name in overlaps else "leave it out, or quote the limit"),
            sources=("moeini2021",),
        )


def _severity(area: float, *, overlap: bool) -> Severity:
    if overlap:
        return Severity.INFO
    return Severity.ERROR if area <= 0 else Severity.WARNING


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each stated line whose area is zero, or below three of its own u."""
    for line in claims.lines:
        if line.area is None:
            continue
        zero, u = vanishes(line, claims), line.area.u
        if not zero and (not u or line.area.value >= LIMIT_BELOW * u):
            continue
        yield Finding(
            rule="zero_area" if zero else NAME,
            severity=Severity.ERROR if zero else Severity.WARNING,
            subject=f"{line.subject} {line.line}".rstrip(),
            reported=f"area {line.area.value:.3g}" + (f" +- {u:.3g}" if u else ""),
            reference=f">= {LIMIT_BELOW:g} standard uncertainties",
            message="the data do not show it; leave it out, or quote an upper limit",
            sources=("moeini2021",),
        )


def vanishes(line: ClaimedLine, claims: Claims) -> bool:
    """Whether a stated area is nothing beside the largest of its spectrum."""
    if line.area is None:
        return False
    return line.area.value <= NOTHING * claims.largest[line.sample, line.region]
