"""From a plan and data to a solution: starts, second looks, and ends of windows that give way.

The solver is model-agnostic; what it should be told of lines, areas and windows is told here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Assessment

from .descent import descend
from .envelope import EnvelopeError
from .estimate import ABSENT, LIMIT_BELOW, LOOK_CLOSELY_BELOW, PROFILE_BELOW
from .likelihood import Likelihood, Problem, Statistic
from .prior import POSITION_MARGIN
from .solve import EXCLUDED, ROUGH, Optimum, Solution, solve
from .starts import absences, revivals, starting_points
from .state import state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .plan import Model, Plan

__all__ = ["problem_of", "search", "search_from", "weights_of", "without"]

Array = NDArray[np.float64]

MAX_EVALUATIONS = 500
"""Function evaluations allowed a start: an envelope that has not settled by then will not."""
NOISE_ROUNDS = 3
"""Rounds in which unknown noise is taken from the residuals of the round before."""
LEAST_NOISE = 1e-6
"""Noise below this share of the data's range is rounding."""


def search(
    plan: Plan, data: Array, statistic: Statistic, *, starts: int, seed: int
) -> tuple[Problem, Solution]:
    """Find the most likely parameters of a plan.

    Parameters
    ----------
    plan : Plan
    data : (n,) array
        Counts, or intensities for ``unweighted``.
    statistic : {"poisson", "sqrt_counts", "unweighted"}
        The objective. ``unweighted`` with Gaussian knowledge needs the noise in numbers to weigh
        the two against each other: it is estimated from the residuals, whatever the data's unit.
    starts, seed : int
        Number of starts, and the seed of their scatter.

    Returns
    -------
    problem : Problem
        As it was solved in the end.
    solution : Solution

    Raises
    ------
    EnvelopeError
        If nothing is free, or there are more free parameters than channels.
    """
    if not plan.names:
        raise EnvelopeError("every parameter of the recipe is held; free at least one to fit it")
    if len(plan.names) >= data.size:
        raise EnvelopeError(
            f"{len(plan.names)} free parameters cannot be found from {data.size} channels; "
            "widen the window, or tie or fix some"
        )
    problem = _problem(plan, data, statistic)
    if problem.statistic == "sigma":
        problem = _with_noise(problem, plan, starts, seed)
    return _finished(plan, problem, _from_starts(problem, plan, starts, seed))


def search_from(
    plan: Model, problem: Problem, points: Sequence[Array], *, seed: int
) -> tuple[Problem, Solution]:
    """Find the most likely parameters of a problem from starts of one's own.

    Parameters
    ----------
    plan : Model
    problem : Problem
        Of that model.
    points : sequence of (m,) array
        Starts.
    seed : int

    Returns
    -------
    problem : Problem
        As it was solved in the end.
    solution : Solution
    """
    solution = solve(problem, points, seed=seed, max_evaluations=MAX_EVALUATIONS)
    return _finished(plan, problem, solution)


def _finished(plan: Model, problem: Problem, solution: Solution) -> tuple[Problem, Solution]:
    """Take the second looks: what has died away, ends of windows, what may not be there."""
    again = revivals(plan, problem.data, weights_of(problem), solution.values)
    if again and solution.assessment is not Assessment.FAILED:
        revived = solve(problem, [*_optima(solution), *again], max_evaluations=MAX_EVALUATIONS)
        if revived.objective < solution.objective:
            solution = replace(revived, starts=solution.starts + len(again))
    problem, solution = _relaxed(plan, problem, solution)
    return problem, _with_absences(plan, problem, solution)


def without(
    plan: Model, problem: Problem, values: Array, components: Sequence[str]
) -> tuple[Array, float]:
    """Give the best optimum found without some components, and its objective.

    Whether the data need a component must not depend on a barrier between there and here.

    Parameters
    ----------
    plan, problem
        What is fitted.
    values : (m,) array
        Where to begin.
    components : sequence of str
        Names; their areas are held at their lower bounds.
    """
    areas = {f"{component} area" for component in components}
    own = np.array([name in areas for name in plan.names])
    assert problem.lower is not None
    assert problem.upper is not None
    nothing = problem.lower + 1e-9 * (1.0 + np.abs(values))
    held = Likelihood(replace(problem, upper=np.where(own, nothing, problem.upper)))
    starts = absences(plan, problem.data, weights_of(problem), values, components)
    runs = [descend(held, start, MAX_EVALUATIONS, tolerance=ROUGH) for start in starts]
    best = min((run for run in runs if run), key=lambda run: run.objective, default=None)
    return (starts[0], np.inf) if best is None else (best.values, best.objective)


def _problem(plan: Plan, data: Array, statistic: Statistic) -> Problem:
    if statistic == "unweighted" and plan.knowledge is not None:
        return problem_of(plan, data, "sigma", np.full(data.size, _roughness(data)))
    return problem_of(plan, data, statistic)


def problem_of(
    plan: Model, data: Array, statistic: Statistic, sigma: Array | None = None
) -> Problem:
    """Give a model with its data, bounds and knowledge as the solver takes it.

    Parameters
    ----------
    plan : Model
    data : (n,) array
    statistic : {"poisson", "sqrt_counts", "unweighted", "sigma"}
    sigma : (n,) array, optional
        For ``"sigma"``.
    """
    evaluator = plan.evaluator()
    return Problem(
        function=evaluator,
        jacobian=evaluator.jacobian,
        data=data,
        names=plan.names,
        lower=plan.lower,
        upper=plan.upper,
        natural=plan.natural,
        prior=None if plan.knowledge is None else plan.fitted_knowledge,
        statistic=statistic,
        sigma=sigma,
    )


def _roughness(data: Array) -> float:
    """Noise from second differences, where a smooth spectrum vanishes; their variance is six."""
    noise = float(np.median(np.abs(np.diff(data, n=2)))) / 0.6745 / np.sqrt(6.0)
    return max(noise, LEAST_NOISE * float(np.ptp(data)), 1e-300)


def _with_noise(problem: Problem, plan: Plan, starts: int, seed: int) -> Problem:
    """Replace the first guess of the noise by the residuals' standard deviation."""
    values: Sequence[Array] = ()
    freedom = problem.data.size - len(problem.names)
    for _ in range(NOISE_ROUNDS):
        found = (
            solve(problem, values, max_evaluations=MAX_EVALUATIONS)
            if values
            else _from_starts(problem, plan, starts, seed)
        )
        if found.assessment is Assessment.FAILED:
            break
        assert problem.sigma is not None
        sigma = problem.sigma * np.sqrt(found.deviance / freedom)
        floor = max(LEAST_NOISE * float(np.ptp(problem.data)), 1e-300)
        problem = replace(problem, sigma=np.maximum(sigma, floor))
        values = [found.values]
    return problem


def weights_of(problem: Problem) -> Array:
    """Give one over the noise of each channel (n,), up to a factor."""
    if problem.statistic in {"poisson", "sqrt_counts"}:
        return 1.0 / np.sqrt(np.maximum(problem.data, 1.0))
    return np.ones(problem.data.size)


def _from_starts(problem: Problem, plan: Plan, starts: int, seed: int) -> Solution:
    weights = weights_of(problem)
    points = starting_points(plan, problem.data, weights=weights, number=starts, seed=seed)
    return solve(problem, points, seed=seed, max_evaluations=MAX_EVALUATIONS)


def _relaxed(plan: Model, problem: Problem, solution: Solution) -> tuple[Problem, Solution]:
    """Let a place rest at its window's end, or lean on it, where the data do not insist.

    Where a component is hardly seen its place and width mean nothing: it gets an upper limit. A
    window's end that the likelihood hardly minds moves out; one that it presses on stays, and the
    fit is ``at_bound``.
    """
    if solution.assessment is not Assessment.AT_BOUND:
        return problem, solution
    pressed = np.array([name in solution.at_bound for name in problem.names])
    owners = np.array([parameter.component for parameter in plan.fitted])
    if np.any(owners[pressed] == ""):
        return problem, solution
    assert problem.natural is not None  # filled when the problem was made
    resting = replace(problem, natural=problem.natural | np.isin(owners, owners[pressed]))
    again = solve(resting, [solution.values])
    if again.covariance is not None and all(
        _hardly_seen(plan, again, owner) for owner in set(owners[pressed])
    ):
        return resting, again
    if not all(parameter.known for parameter in np.array(plan.fitted)[pressed]):
        return problem, solution
    assert problem.lower is not None
    assert problem.upper is not None
    room = POSITION_MARGIN * pressed
    wider = replace(problem, lower=problem.lower - room, upper=problem.upper + room)
    gone = [without(plan, wider, solution.values, [o])[0] for o in sorted(set(owners[pressed]))]
    again = solve(wider, [*_optima(solution), *gone])
    gained = solution.objective - again.objective
    if again.assessment is Assessment.CONVERGED and gained < EXCLUDED:
        return wider, again
    return problem, solution


def _optima(solution: Solution) -> list[Array]:
    """All optima that the data do not exclude, the best first: none may be lost on the way."""
    found = [np.array(optimum.values) for optimum in (*solution.optima, *solution.lesser)]
    return found or [solution.values]


def _with_absences(plan: Model, problem: Problem, solution: Solution) -> Solution:
    """Look for optima in which a component that may not be there is not there.

    One that trades area with its neighbour can seem sure where it is, behind a barrier from an
    answer without it that fits nearly as well: what is told of it has to know of that answer.
    """
    solution = _one_answer(plan, problem, solution)
    if solution.assessment is not Assessment.CONVERGED:
        return solution
    found = list(solution.lesser)
    unit = Likelihood(problem).unit(solution.objective)
    known = dict(zip(plan.names, zip(solution.values, plan.lower, strict=True), strict=True))
    for component in dict.fromkeys(line.component for line in plan.lines):
        area, least = known.get(f"{component} area", (0.0, 0.0))
        there = area > least == 0.0  # what the recipe says is there is not asked for
        if not there or not _hardly_seen(plan, solution, component, LOOK_CLOSELY_BELOW):
            continue
        values, objective = without(plan, problem, solution.values, [component])
        if objective < solution.objective - unit:
            return _with_absences(plan, problem, solve(problem, [values, *_optima(solution)]))
        other = Optimum(values=tuple(values.tolist()), objective=objective)
        if objective < solution.objective + LIMIT_BELOW**2 * unit and not any(
            # One in which it is faint is near, but does not say that it may be absent.
            _lacks(plan, before, component) and _one_story(plan, solution, other, before)
            for before in found
        ):
            found.append(other)
    return replace(solution, lesser=tuple(sorted(found, key=lambda other: other.objective)))


def _one_answer(plan: Model, problem: Problem, solution: Solution) -> Solution:
    """Keep as several answers only what tells another story of the lines.

    Where a component whose amount differs is hardly seen in one optimum, the two are one answer:
    how much of it there can be. So are optima that differ in the background, and in each line's
    area, place and width by less than its u.
    """
    if solution.assessment is not Assessment.MULTIMODAL:
        return solution
    best, *others = (
        solve(problem, [np.array(optimum.values)], max_evaluations=MAX_EVALUATIONS)
        for optimum in solution.optima
    )
    if best.covariance is None:
        return solution
    for other, optimum in zip(others, solution.optima[1:], strict=True):
        if _one_story(plan, best, optimum, solution.optima[0]):
            continue
        traded = _traded(plan, best, other)
        if not any(
            it.covariance is not None and _hardly_seen(plan, it, component, LIMIT_BELOW)
            for it in (best, other)
            for component in traded
        ):
            return solution
    return replace(best, lesser=(*solution.optima[1:], *solution.lesser), starts=solution.starts)


def _lacks(plan: Model, optimum: Optimum, component: str) -> bool:
    """Whether a component has no area in an optimum."""
    areas, _ = plan.line_areas(np.array(optimum.values))
    own = np.array([line.component == component for line in plan.lines])
    return bool(areas[own].sum() <= ABSENT * np.abs(areas).sum())


def _one_story(plan: Model, solution: Solution, one: Optimum, other: Optimum) -> bool:
    """Whether two optima differ in each line's area, place and width by less than its u."""
    assert solution.covariance is not None
    here, there = (state(plan, np.array(it.values)).values for it in (one, other))
    gradient = state(plan, solution.values).gradient[:, plan.free]
    u = np.sqrt(np.einsum("ij,jk,ik->i", gradient, solution.covariance, gradient))
    return bool(np.all(np.abs(here - there) <= u + 1e-9 * np.abs(here)))


def _traded(plan: Model, best: Solution, other: Solution) -> set[str]:
    """The components whose areas differ between two optima by more than their u in the best."""
    assert best.covariance is not None
    (here, gradient), (there, _) = (plan.line_areas(it.values) for it in (best, other))
    along = gradient[:, plan.free]
    u = np.sqrt(np.einsum("ij,jk,ik->i", along, best.covariance, along))
    lines = zip(plan.lines, np.abs(here - there) > u, strict=True)
    return {line.component for line, differs in lines if differs}


def _hardly_seen(
    plan: Model, solution: Solution, component: str, below: float = PROFILE_BELOW
) -> bool:
    """Whether a component's area is below some standard uncertainties."""
    assert solution.covariance is not None
    areas, gradient = plan.line_areas(solution.values)
    rows = np.array([line.component == component for line in plan.lines])
    along = gradient[rows].sum(axis=0)[plan.free]
    u = np.sqrt(max(float(along @ solution.covariance @ along), 0.0))
    return bool(areas[rows].sum() <= below * u)
