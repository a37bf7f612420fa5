"""The numbers of a fit in one vector: areas, positions and widths of all lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .plan import Plan

__all__ = ["State", "state"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class State:
    """Areas [counts eV], positions and widths [eV] of all lines, with their derivatives.

    Attributes
    ----------
    values : (3 lines,) array
        Areas, then positions, then widths.
    gradient : (3 lines, parameters) array
        With respect to all parameters, held ones included.
    """

    values: Array
    gradient: Array


def state(plan: Plan, p: Array) -> State:
    """Collect areas, positions and widths of all lines at fitted parameters ``p``."""
    areas, area_gradient = plan.line_areas(p)
    shapes = plan.line_shapes(p)
    return State(
        values=np.concatenate(
            [areas, [theta[0] for theta, _ in shapes], [theta[1] for theta, _ in shapes]]
        ),
        gradient=np.concatenate(
            [
                area_gradient,
                [matrix[0] for _, matrix in shapes],
                [matrix[1] for _, matrix in shapes],
            ]
        ),
    )
