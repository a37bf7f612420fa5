"""The uncertainty budget of a fit: what each source contributes to every line's numbers.

The numbers of a fit are collected in one state vector, s = (areas, positions, widths) of all lines,
and each part of the uncertainty is a covariance of it. A fraction, a sum or a ratio then takes its
parts through its gradient, and what two numbers share cancels as it should.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import UncertaintyParts

from .likelihood import Likelihood
from .model_error import misfit_covariance
from .plan import Evaluator, Plan
from .rival import Contest, Rival, other_backgrounds, other_shapes
from .solve import Optimum, fisher
from .state import State, state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .likelihood import Problem
    from .plan import Parameter
    from .solve import Solution

__all__ = ["PARTS", "SHAPE_ODDS", "Budget", "budget_of", "held_shifts", "weight_of"]

Array = NDArray[np.float64]

PARTS = "counting", "misfit", "background", "constraints"
"""Sources of the uncertainty of areas, places and widths."""
NOTHING = 1e-12
"""Information that counts as none, against one."""
BACKGROUND_ODDS = 0.25
"""Odds of each other background before the data are seen: all together they are as likely as the
recipe's."""
SHAPE_ODDS = 0.1
"""Odds of the other of two like line shapes before the data are seen."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Budget:
    """Covariances of the state vector by source, each (3 lines, 3 lines).

    From the other ``backgrounds`` follows the part ``background``, from the other line ``shapes``
    what of ``misfit`` is not a random error of shape. ``optima`` is what optima that the data do
    not exclude add to the constraints, by their likelihoods, and ``resting`` what areas at zero add
    to the counting part, as if they were free. A profile's ends reach both by themselves.
    """

    counting: Array
    misfit: Array
    background: Array
    constraints: Array
    optima: Array
    resting: Array
    backgrounds: tuple[Rival, ...]
    shapes: tuple[Rival, ...]

    def part(self, name: str) -> Array:
        """Give the covariance from a source, with what lies off the optimum."""
        own: Array = getattr(self, name)
        beside = {"constraints": self.optima, "counting": self.resting}
        return own + beside[name] if name in beside else own

    def parts(self, gradient: Array) -> UncertaintyParts:
        """Give the parts of the uncertainty of a quantity with this gradient (3 lines,)."""
        return UncertaintyParts(
            **{
                part: float(np.sqrt(max(gradient @ self.part(part) @ gradient, 0.0)))
                for part in PARTS
            }
        )

    @property
    def total(self) -> Array:
        """Covariance from all sources."""
        return sum((self.part(part) for part in PARTS), np.zeros_like(self.counting))


def budget_of(contest: Contest) -> Budget | None:
    """Give the budget of a converged fit, ``None`` of any other.

    Parameters
    ----------
    contest : Contest
        The fit, and the measurement to which its rivals are fitted.
    """
    plan, problem, solution = contest.plan, contest.problem, contest.solution
    if solution.covariance is None or solution.counting is None or solution.constraints is None:
        return None
    here = state(plan, solution.values)
    free = here.gradient[:, plan.free]
    weights = fisher(problem, solution.values)
    if problem.statistic == "unweighted":
        freedom = max(problem.data.size - len(problem.names), 1)
        weights = weights * freedom / max(solution.deviance, 1e-300)
    envelope, size = contest.envelope, here.values.size
    backgrounds = contest.against(*other_backgrounds(envelope))
    shapes = contest.against(*other_shapes(envelope))
    misfit = misfit_covariance(
        plan,
        solution.values,
        weights,
        problem.data - plan.evaluator()(solution.values),
        solution.covariance,
        charged_elsewhere=[rival.difference for rival in shapes],
    )
    held = _held(plan, solution.values, solution.covariance, weights, here.gradient)
    unit = Likelihood(problem).unit(solution.objective)
    return Budget(
        counting=free @ solution.counting @ free.T,
        constraints=free @ solution.constraints @ free.T + held,
        misfit=free @ misfit @ free.T + _weighed_rivals(shapes, SHAPE_ODDS, size),
        background=_weighed_rivals(backgrounds, BACKGROUND_ODDS, size),
        optima=_weighed(
            [
                (1.0, (other.objective - solution.objective) / unit, _shift(plan, other, here))
                for other in solution.lesser
            ],
            size,
        ),
        resting=_at_rest(plan, problem, solution, here),
        backgrounds=backgrounds,
        shapes=shapes,
    )


def _at_rest(plan: Plan, problem: Problem, solution: Solution, here: State) -> Array:
    """Covariance of the state from areas at zero, as if they and all others were free.

    An area at rest has no variance in the covariance, and yet the data only say so much of it.
    """
    areas = np.any(plan.area_matrix[:, plan.free] != 0, axis=0)
    resting = [i for i in solution.active if areas[i]]
    size = here.values.size
    if not resting:
        return np.zeros((size, size))
    likelihood = Likelihood(problem)
    system, _, value = likelihood.newton_system(solution.values)
    system[:, [i for i in solution.active if not areas[i]]] = 0.0
    norms: Array = np.linalg.norm(system, axis=0)
    norms[norms == 0] = 1.0
    scaled = system / norms
    # What nothing determines (the place of a line at rest) would make it singular.
    inverse = np.linalg.inv(scaled.T @ scaled + NOTHING * np.eye(norms.size))
    covariance = (inverse / np.outer(norms, norms))[np.ix_(resting, resting)]
    along = here.gradient[:, plan.free][:, resting]
    return likelihood.unit(value) * along @ covariance @ along.T


def _weighed_rivals(rivals: Iterable[Rival], odds: float, size: int) -> Array:
    return _weighed([(odds, rival.evidence, rival.shift) for rival in rivals], size)


def _weighed(others: Iterable[tuple[float, float, Array]], size: int) -> Array:
    """Squared shifts to other answers (size, size), by their odds against the one that is told.

    Each is (odds beforehand, rise of -2 ln L or of BIC, shift of the state).
    """
    total, weights = np.zeros((size, size)), 1.0
    for odds, evidence, shift in others:
        weight = weight_of(odds, evidence)
        total += weight * np.outer(shift, shift)
        weights += weight
    return total / weights


def weight_of(odds: float, evidence: float) -> float:
    """Give the odds of another answer after the data: evidence is what -2 ln L, or BIC, rises."""
    return odds * float(np.exp(-0.5 * np.clip(evidence, -40.0, 700.0)))


def _shift(plan: Plan, other: Optimum, here: State) -> Array:
    return state(plan, np.array(other.values)).values - here.values


def _held(plan: Plan, p: Array, covariance: Array, weights: Array, gradient: Array) -> Array:
    """Covariance of the state from held values that are themselves uncertain."""
    shifts = held_shifts(plan, p, covariance, weights, gradient)
    size = gradient.shape[0]
    return sum((np.outer(shift, shift) for _, shift in shifts), np.zeros((size, size)))


def held_shifts(
    plan: Plan, p: Array, covariance: Array, weights: Array, gradient: Array
) -> list[tuple[Parameter, Array]]:
    """Give held values that are uncertain, and what the state moves by when each is one u higher.

    A held value h moved by u_h drags the fitted parameters by -C J_p^T W J_h u_h; the state moves
    with them and with h itself.

    Parameters
    ----------
    plan : Plan
    p : (m,) array
        The optimum.
    covariance : (m, m) array
        Total covariance of the fitted parameters.
    weights : (n,) array
        Diagonal of the Fisher weighting.
    gradient : (3 lines, parameters) array
        Of the state.

    Returns
    -------
    list of (Parameter, (3 lines,) array)
    """
    if not any(q.held and q.u for q in plan.parameters):
        return []
    full = plan.expand(p)
    everything = np.arange(len(plan.parameters))
    jacobian = Evaluator(plan, everything).jacobian(full)
    fitted = jacobian[:, plan.free]
    found: list[tuple[Parameter, Array]] = []
    for i, parameter in enumerate(plan.parameters):
        if not parameter.held or not parameter.u:
            continue
        drag = -covariance @ (fitted.T @ (weights * jacobian[:, i]))
        moved = gradient[:, plan.free] @ drag + gradient[:, i]
        found.append((parameter, moved * parameter.u))
    return found
