"""The numbers of a fit in one vector: areas, positions and widths of all lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .plan import Plan

__all__ = ["State", "state", "states"]

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


def states(plan: Plan, z: Array) -> tuple[Array, Array]:
    """Collect the same for many parameter vectors (N, parameters), held ones included.

    Returns
    -------
    values : (N, 3 lines) array
    gradient : (N, 3 lines, parameters) array
    """
    lines, size = len(plan.lines), len(plan.parameters)
    matrix, offset = np.zeros((2, lines, size)), np.zeros((2, lines))
    for group in plan.groups:
        k = 2 + len(group.shape.parameters)
        matrix[:, group.rows] = group.matrix.reshape(-1, k, size)[:, :2].swapaxes(0, 1)
        offset[:, group.rows] = group.offset.reshape(-1, k)[:, :2].T
    plain = z @ plan.area_matrix.T + plan.area_offset
    ratio = z @ plan.ratio_matrix.T + plan.ratio_offset
    places = np.einsum("qlz,nz->nql", matrix, z) + offset
    values = np.concatenate([plain * ratio, places.reshape(len(z), 2 * lines)], axis=1)
    gradient = np.empty((len(z), 3 * lines, size))
    gradient[:, :lines] = (
        ratio[:, :, None] * plan.area_matrix + plain[:, :, None] * plan.ratio_matrix
    )
    gradient[:, lines:] = matrix.reshape(-1, size)
    return values, gradient
