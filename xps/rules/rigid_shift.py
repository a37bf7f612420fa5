"""A line that does not move with the others of its electrical group (rule C2).

Conductors stand on the Fermi level, insulators float: each group has one charge shift, the median
of reported minus reference over its lines (never least squares, in which an outlier hides itself),
and the two are never one. Severity: warning, one finding a group. Threshold: at least three lines
in the group; residual over 0.4 eV and, moved back by the median, outside the species' own range.
Sources: Wood and Teeter, ACS Appl. Energy Mater. (2018), doi:10.1021/acsaem.8b00406; Oswald, Appl.
Surf. Sci. (2015).
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .position import how_far_outside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.core_level import SpeciesLine
    from references.registry import Registry

    from ..claims import ClaimedLine, Claims

NAME = "rigid_shift"

LEAST_LINES = 3
RESIDUAL = 0.4


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each group with lines that did not move with it."""
    for sample in claims.samples():
        placed = [found for line in claims.of(sample) if (found := _placed(line, registry))]
        for group in ("insulator", "conductor"):
            own = [(line, known) for line, known, its in placed if its == group]
            if len(own) < LEAST_LINES:
                continue
            shifts = [line.place - known.energy.best for line, known in own]
            shift = median(shifts)
            off = [
                (line, delta - shift)
                for (line, known), delta in zip(own, shifts, strict=True)
                if round(abs(delta - shift), 3) > RESIDUAL
                and how_far_outside(known, line.place - shift)
            ]
            if off:
                yield _finding(sample, group, len(own), shift, off)


def _placed(line: ClaimedLine, registry: Registry) -> tuple[ClaimedLine, SpeciesLine, str] | None:
    """A major line with its reference, where that stands on the scale of its own group."""
    known = None if line.minor else line.known(registry)
    if known is None or not known.energy.status.may_constrain:
        return None
    group = registry.species(known.species).group
    fermi = known.energy.scale == "Fermi"
    return (line, known, group) if fermi == (group == "conductor") else None


def _finding(
    sample: str, group: str, number: int, shift: float, off: list[tuple[ClaimedLine, float]]
) -> Finding:
    return Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=" ".join(part for part in (sample, f"{number} lines of {group}s") if part),
        reported=f"median shift {shift:+.3f} eV",
        reference=f"residuals within {RESIDUAL:g} eV",
        deviation=", ".join(f"{line.symbol} {line.name} {r:+.3f} eV" for line, r in off),
        message=(
            "charging moves all lines of a group together; these did not move with theirs: review "
            "their assignment, or whether they were measured on another scale"
        ),
        sources=("wood2018", "oswald2015"),
    )
