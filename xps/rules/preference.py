"""Which other model the data prefer by far, and what it moves most.

Shared by the rules on the choice of background and of line shape. Threshold: very strong evidence
(:data:`xps.rival.VERY_STRONG`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..rival import preferred

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..estimate import Measured
    from ..rival import Rival


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """A rival, the component whose area it moves most, and by what share of it."""

    rival: Rival
    component: str
    moved: float


def preference(measured: Measured, rivals: Sequence[Rival]) -> Preference | None:
    """Give the rival that the data prefer by far, ``None`` where there is none."""
    best = preferred(rivals)
    moves = {} if best is None else measured.moved(best.shift)
    if best is None or not moves:
        return None
    component = max(moves, key=lambda key: abs(moves[key]))
    return Preference(rival=best, component=component, moved=moves[component])
