"""Which single lines are two halves of one doublet: what may stand in for a derived partner.

Only a line of the same level, of the same species or of none, that is itself no line of a derived
doublet, lies at the partner's place and has an area within a factor of the level's ratio. Each line
is in one pair. The two bounds are a design choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from references.core_level import CoreLevel
    from references.registry import Registry

    from ..envelope import Component
    from ..result import Fit, FittedLine

SAME_PLACE = 0.5
"""How near a line must be to the partner's place to stand in for it [eV]."""
AREA_FACTOR = 2.0
"""How far its area may be from the level's ratio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """A component that is one line of a level that splits."""

    component: Component
    line: FittedLine
    level: CoreLevel
    splitting: float


def singles(fit: Fit, registry: Registry) -> list[Single]:
    """Give the components with area that are one line of a level that splits."""
    found: list[Single] = []
    for component in fit.envelope.components:
        level = registry.core_level(component.core_level)
        own = [line for line in fit.lines if line.component == component.name]
        if level.splitting is None or len(level.lines) < 2 or len(own) != 1:
            continue
        if own[0].area.value > 0:
            splitting = level.splitting.best
            found.append(Single(component=component, line=own[0], level=level, splitting=splitting))
    return found


def paired(alone: list[Single]) -> list[tuple[Single, Single]]:
    """Give the lines that make doublets with each other, major first; each line is in one pair."""
    pairs = [
        (abs(_distance(major, minor) - major.splitting), i, j)
        for i, major in enumerate(alone)
        for j, minor in enumerate(alone)
        if i != j and _may_pair(major, minor)
    ]
    taken: set[int] = set()
    found: list[tuple[Single, Single]] = []
    for _, i, j in sorted(pairs):  # the best agreement first
        if not {i, j} & taken:
            taken |= {i, j}
            found.append((alone[i], alone[j]))
    return found


def _distance(major: Single, minor: Single) -> float:
    return minor.line.position.value - major.line.position.value


def _may_pair(major: Single, minor: Single) -> bool:
    """Whether two single lines can be one species' doublet."""
    if major.component.core_level != minor.component.core_level:
        return False
    species = {c.species for c in (major.component, minor.component) if c.species}
    if len(species) > 1 or abs(_distance(major, minor) - major.splitting) > SAME_PLACE:
        return False
    if major.level.branching is None:
        return True
    expected = major.level.branching.prior.best
    ratio = minor.line.area.value / major.line.area.value
    return expected / AREA_FACTOR <= ratio <= expected * AREA_FACTOR
