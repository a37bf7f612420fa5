"""The numbers of a fit in one vector: areas, positions and widths of all lines, and what a model
has beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .plan import Model, Plan

__all__ = ["State", "state", "states"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class State:
    """Areas [counts eV], positions and widths [eV] of all lines, with their derivatives.

    Attributes
    ----------
    values : (3 lines + k,) array
        Areas, then positions, then widths; then the k values that the model has beside its lines,
        of which one spectrum has none.
    gradient : (3 lines + k, parameters) array
        With respect to all parameters, held ones included.
    """

    values: Array
    gradient: Array


def state(plan: Model, p: Array) -> State:
    """Collect areas, positions and widths of all lines at fitted parameters ``p``."""
    areas, area_gradient = plan.line_areas(p)
    shapes = plan.line_shapes(p)
    values = [areas, [theta[0] for theta, _ in shapes], [theta[1] for theta, _ in shapes]]
    gradient = [
        area_gradient,
        [matrix[0] for _, matrix in shapes],
        [matrix[1] for _, matrix in shapes],
    ]
    if plan.beside:
        chosen = list(plan.beside)
        values.append(plan.expand(p)[chosen])
        gradient.append(np.eye(len(plan.parameters))[chosen])
    return State(values=np.concatenate(values), gradient=np.concatenate(gradient))


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
