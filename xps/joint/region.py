"""One region's share of a joint answer: its own parameters, its own part of the budget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..budget import Budget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..rival import Rival
    from ..solve import Optimum, Solution
    from .coupling import Coupled, Part

__all__ = ["region_budget", "region_solution"]

Array = NDArray[np.float64]


def region_solution(part: Part, solution: Solution, deviance: float) -> Solution:
    """Give what a joint solution says of one part's own parameters.

    Parameters
    ----------
    part : Part
    solution : Solution
        Of the joint model.
    deviance : float
        Of the part's channels.
    """
    plan, free = part.plan, part.free
    _, gradients = part.own(part.expand(solution.values))
    own = np.eye(len(plan.parameters))[plan.free]
    rows = part.spread(own, gradients)[:, free]
    index = part.index[plan.free]
    joint = {int(place): i for i, place in enumerate(free)}
    resting = {int(free[i]) for i in solution.active}
    stuck = {part.parameters[j].name for j in joint} & set(solution.at_bound)

    def moved(covariance: Array | None) -> Array | None:
        return None if covariance is None else rows @ covariance @ rows.T

    def seen(optima: Sequence[Optimum]) -> tuple[Optimum, ...]:
        return tuple(
            replace(it, values=tuple(part.fitted_values(np.array(it.values)).tolist()))
            for it in optima
        )

    return replace(
        solution,
        names=plan.names,
        values=part.fitted_values(solution.values),
        deviance=deviance,
        covariance=moved(solution.covariance),
        counting=moved(solution.counting),
        constraints=moved(solution.constraints),
        active=tuple(i for i, place in enumerate(index.tolist()) if place in resting),
        at_bound=tuple(
            name
            for name, place in zip(plan.names, index.tolist(), strict=True)
            if place >= 0 and part.parameters[place].name in stuck
        ),
        optima=seen(solution.optima),
        lesser=seen(solution.lesser),
    )


def region_budget(
    model: Coupled, number: int, budget: Budget, reviews: tuple[Sequence[Rival], Sequence[Rival]]
) -> Budget:
    """Give the budget of one part's lines.

    Parameters
    ----------
    model : Coupled
    number : int
        Which part.
    budget : Budget
        Of the joint fit.
    reviews : (backgrounds, shapes)
        The rivals of this part's recipe.
    """
    before = sum(len(part.plan.lines) for part in model.parts[:number])
    own = before + np.arange(len(model.parts[number].plan.lines))
    place = np.concatenate([own + k * len(model.lines) for k in range(3)])
    inside = np.ix_(place, place)
    backgrounds, shapes = (
        tuple(replace(rival, shift=rival.shift[place]) for rival in rivals) for rivals in reviews
    )
    told = budget.sensitivity
    touched = told is not None and bool(np.any(told[inside] != 0))
    return Budget(
        counting=budget.counting[inside],
        misfit=budget.misfit[inside],
        background=budget.background[inside],
        constraints=budget.constraints[inside],
        optima=budget.optima[inside],
        resting=budget.resting[inside],
        backgrounds=backgrounds,
        shapes=shapes,
        sensitivity=told[inside] if told is not None and touched else None,
    )
