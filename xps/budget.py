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
from .rival import Contest, Rival, other_backgrounds, other_shapes
from .solve import Optimum, fisher
from .state import State, state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .likelihood import Problem
    from .plan import Model, Parameter, Plan
    from .solve import Solution

__all__ = [
    "PARTS",
    "SHAPE_ODDS",
    "Budget",
    "Review",
    "budget_of",
    "held_shifts",
    "review",
    "together",
    "weight_of",
]

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
    """Covariances of the state vector by source, each (state, state).

    From the other ``backgrounds`` follows the part ``background``, from the other line ``shapes``
    what of ``misfit`` is not a random error of shape. ``optima`` is what optima that the data do
    not exclude add to the constraints, by their likelihoods, and ``resting`` what areas at zero add
    to the counting part, as if they were free. A profile's ends reach both by themselves.
    ``sensitivity`` is what the sensitivity factors of several core levels, tied in one fit, add;
    ``None`` where none are in the model.
    """

    counting: Array
    misfit: Array
    background: Array
    constraints: Array
    optima: Array
    resting: Array
    backgrounds: tuple[Rival, ...]
    shapes: tuple[Rival, ...]
    sensitivity: Array | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The parts that apply."""
        return PARTS if self.sensitivity is None else (*PARTS, "sensitivity")

    def part(self, name: str) -> Array:
        """Give the covariance from a source, with what lies off the optimum."""
        own: Array = getattr(self, name)
        beside = {"constraints": self.optima, "counting": self.resting}
        return own + beside[name] if name in beside else own

    def parts(self, gradient: Array) -> UncertaintyParts:
        """Give the parts of the uncertainty of a quantity with this gradient over the state."""
        return UncertaintyParts(
            **{
                part: float(np.sqrt(max(gradient @ self.part(part) @ gradient, 0.0)))
                for part in self.sources
            }
        )

    @property
    def total(self) -> Array:
        """Covariance from all sources."""
        return sum((self.part(part) for part in self.sources), np.zeros_like(self.counting))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Review:
    """What one spectrum's recipe may be wrong in, and how far that moves the state.

    Attributes
    ----------
    backgrounds, shapes : tuple of Rival
        Its recipe with other backgrounds, and with the other line shapes.
    misfit : (m, m) array
        Covariance of the fitted parameters from random errors of its line shapes.
    """

    backgrounds: tuple[Rival, ...]
    shapes: tuple[Rival, ...]
    misfit: Array


def budget_of(contest: Contest, plan: Plan) -> Budget | None:
    """Give the budget of a converged fit of one spectrum, ``None`` of any other.

    Parameters
    ----------
    contest : Contest
        The fit, and how its rivals are made.
    plan : Plan
        Its model.
    """
    if contest.solution.covariance is None:
        return None
    return together(plan, contest.problem, contest.solution, [review(contest, plan)])


def review(
    contest: Contest, plan: Plan, values: Array | None = None, jacobian: Array | None = None
) -> Review:
    """Let a recipe's rivals and the errors of its line shapes speak.

    Parameters
    ----------
    contest : Contest
        A converged fit, and how the recipe's rivals are made.
    plan : Plan
        The recipe's own model.
    values : (k,) array, optional
        Its parameters, where the fit has others beside them.
    jacobian : (n, m) array, optional
        Derivatives of it by the fit's parameters, likewise.
    """
    problem, solution, envelope = contest.problem, contest.solution, contest.envelope
    assert solution.covariance is not None  # of a converged fit
    weights = _weights(problem, solution)[contest.channels]
    backgrounds = contest.against(*other_backgrounds(envelope))
    shapes = contest.against(*other_shapes(envelope))
    own = solution.values if values is None else values
    misfit = misfit_covariance(
        plan,
        own,
        weights,
        problem.data[contest.channels] - plan.evaluator()(own),
        solution.covariance,
        charged_elsewhere=[rival.difference for rival in shapes],
        jacobian=jacobian,
    )
    return Review(backgrounds=backgrounds, shapes=shapes, misfit=misfit)


def together(
    plan: Model,
    problem: Problem,
    solution: Solution,
    reviews: Sequence[Review],
    *,
    sensitivities: Sequence[int] = (),
) -> Budget:
    """Put the parts of a converged fit's uncertainty together.

    Parameters
    ----------
    plan, problem, solution
        The fit.
    reviews : sequence of Review
        One a spectrum: what one recipe is wrong in says nothing of another's.
    sensitivities : sequence of int
        Indices of parameters that are errors of sensitivity factors, each known to be zero within
        its ``u``: what they contribute is a part of its own.
    """
    assert solution.covariance is not None
    assert solution.counting is not None
    assert solution.constraints is not None
    here = state(plan, solution.values)
    free = here.gradient[:, plan.free]
    size = here.values.size
    others = [i for i in range(len(plan.parameters)) if i not in sensitivities]
    weights = _weights(problem, solution)
    held = _held(plan, solution, weights, here, others)
    known = free @ solution.constraints @ free.T
    sensitivity = None
    if sensitivities:
        fitted = _known_zero(plan, solution.covariance, free, sensitivities)
        known = known - fitted
        sensitivity = fitted + _held(plan, solution, weights, here, sensitivities)
    unit = Likelihood(problem).unit(solution.objective)
    nothing = np.zeros((size, size))
    misfit = sum((r.misfit for r in reviews), np.zeros_like(solution.covariance))
    shapes = sum((_weighed_rivals(r.shapes, SHAPE_ODDS, size) for r in reviews), nothing)
    backgrounds = (_weighed_rivals(r.backgrounds, BACKGROUND_ODDS, size) for r in reviews)
    return Budget(
        counting=free @ solution.counting @ free.T,
        constraints=known + held,
        misfit=free @ misfit @ free.T + shapes,
        background=sum(backgrounds, nothing),
        optima=_weighed(
            [
                (1.0, (other.objective - solution.objective) / unit, _shift(plan, other, here))
                for other in solution.lesser
            ],
            size,
        ),
        resting=_at_rest(plan, problem, solution, here),
        backgrounds=tuple(rival for r in reviews for rival in r.backgrounds),
        shapes=tuple(rival for r in reviews for rival in r.shapes),
        sensitivity=sensitivity,
    )


def _known_zero(plan: Model, covariance: Array, free: Array, chosen: Sequence[int]) -> Array:
    """Covariance of the state from fitted parameters whose prior centres are uncertain by u."""
    total = np.zeros((free.shape[0], free.shape[0]))
    for column, index in enumerate(int(i) for i in plan.free):
        u = plan.parameters[index].u
        if index in chosen and u:
            moved = free @ covariance[:, column] / u
            total += np.outer(moved, moved)
    return total


def _weights(problem: Problem, solution: Solution) -> Array:
    """Diagonal of the Fisher weighting (n,); without errors it follows from the misfit."""
    weights = fisher(problem, solution.values)
    if problem.statistic != "unweighted":
        return weights
    freedom = max(problem.data.size - len(problem.names), 1)
    return weights * freedom / max(solution.deviance, 1e-300)


def _at_rest(plan: Model, problem: Problem, solution: Solution, here: State) -> Array:
    """Covariance of the state from areas at zero, as if they and all others were free.

    An area at rest has no variance in the covariance, and yet the data only say so much of it.
    """
    areas = plan.areal
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


def _shift(plan: Model, other: Optimum, here: State) -> Array:
    return state(plan, np.array(other.values)).values - here.values


def _held(
    plan: Model, solution: Solution, weights: Array, here: State, chosen: Iterable[int]
) -> Array:
    """Covariance of the state from held values that are themselves uncertain."""
    shifts = held_shifts(plan, solution, weights, here, chosen)
    size = here.values.size
    return sum((np.outer(shift, shift) for _, shift in shifts), np.zeros((size, size)))


def held_shifts(
    plan: Model, solution: Solution, weights: Array, here: State, chosen: Iterable[int]
) -> list[tuple[Parameter, Array]]:
    """Give held values that are uncertain, and what the state moves by when each is one u higher.

    A held value h moved by u_h drags the fitted parameters by -C J_p^T W J_h u_h; the state moves
    with them and with h itself.

    Parameters
    ----------
    plan : Model
    solution : Solution
        The optimum, converged.
    weights : (n,) array
        Diagonal of the Fisher weighting.
    here : State
        At the optimum.
    chosen : iterable of int
        Which parameters to ask.

    Returns
    -------
    list of (Parameter, (state,) array)
    """
    assert solution.covariance is not None
    uncertain = [i for i in chosen if plan.parameters[i].held and plan.parameters[i].u]
    if not uncertain:
        return []
    full = plan.expand(solution.values)
    everything = np.arange(len(plan.parameters))
    jacobian = plan.evaluator(everything).jacobian(full)
    fitted = jacobian[:, plan.free]
    found: list[tuple[Parameter, Array]] = []
    for i in uncertain:
        parameter = plan.parameters[i]
        drag = -solution.covariance @ (fitted.T @ (weights * jacobian[:, i]))
        moved = here.gradient[:, plan.free] @ drag + here.gradient[:, i]
        found.append((parameter, moved * (parameter.u or 0.0)))
    return found
