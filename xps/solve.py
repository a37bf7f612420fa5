"""The likelihood solver: any function with its Jacobian, data, bounds, priors and starts in;
assessment, values, covariance and profile intervals out.

It knows nothing of spectra. A run is: projected Newton steps from each start, with lmfit's
Levenberg-Marquardt where they do not settle, comparison of the optima found, and one assessment.
Numbers are given with intervals only where that assessment is ``converged``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from references.words import Assessment

from .descent import Run, descend, levenberg_marquardt, polish, scattered, unpressed
from .likelihood import Likelihood, Problem, Statistic
from .profile import Interval, profile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "Interval",
    "Optimum",
    "Problem",
    "Solution",
    "Statistic",
    "fisher",
    "lmfit_result",
    "objective",
    "profile",
    "refine",
    "solve",
]

Array = NDArray[np.float64]

CONDITION_LIMIT = 1e8
"""Scaled condition number of the Jacobian above which no interval is given."""
INDISTINGUISHABLE = 1.0
"""Two optima closer than this in the objective (-2 ln L) cannot be told apart by the data."""
EXCLUDED = 3.84
"""An optimum this far above the best lies outside the 95 % interval of any one quantity."""
IMPROVEMENT = 1e-3
"""A rescue restart replaces the answer only if it lowers the objective by this share."""
ROUGH = 1e-3
"""Promised decrease, in units of -2 ln L, at which a comparison of starts or models, or a profile's
step, may stop."""
LOOK_EVALUATIONS = 300
"""Function evaluations allowed a run that only looks around: one of several starts, a rescue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """One end of the search: parameters and the objective there."""

    values: tuple[float, ...]
    objective: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """What the data say about the parameters.

    Attributes
    ----------
    assessment : Assessment
        Outcome; covariances are ``None`` unless it is ``converged``.
    message : str
        What the assessment rests on, in a sentence.
    names : tuple of str
        Parameter names.
    values : (m,) array
        The optimum.
    objective : float
        -2 ln L up to a constant (deviance or weighted sum of squares) plus the prior's part.
    deviance : float
        The data's part of it.
    covariance : (m, m) array or None
        Total, from data and priors; rows of parameters at an active constraint are zero.
    counting, constraints : (m, m) array or None
        Its two parts: the noise of the data seen through the estimator, C F C, and the
        uncertainty of the prior centres, C P C. They add up to ``covariance``.
    active : tuple of int
        Parameters resting on a natural bound.
    at_bound : tuple of str
        Names of parameters resting on a bound that was a choice.
    condition : float
        Scaled condition number of the Jacobian over the free parameters.
    optima : tuple of Optimum
        Distinct optima that the data cannot tell from the best, the best first.
    lesser : tuple of Optimum
        Distinct optima that the data disfavour but do not exclude; intervals have to reach them.
    evaluations : int
        Function evaluations over all starts.
    starts : int
        Number of starts that were run.
    """

    assessment: Assessment
    message: str
    names: tuple[str, ...]
    values: Array
    objective: float
    deviance: float
    covariance: Array | None
    counting: Array | None
    constraints: Array | None
    active: tuple[int, ...]
    at_bound: tuple[str, ...]
    condition: float
    optima: tuple[Optimum, ...]
    lesser: tuple[Optimum, ...]
    evaluations: int
    starts: int

    @property
    def u(self) -> Array | None:
        """Standard uncertainties (m,), or ``None`` unless converged."""
        if self.covariance is None:
            return None
        return np.sqrt(np.clip(np.diag(self.covariance), 0.0, None))


def solve(
    problem: Problem,
    starts: Sequence[ArrayLike],
    *,
    restarts: int = 0,
    seed: int = 0,
    max_evaluations: int = 4000,
    canonical: Callable[[Array], Array] | None = None,
) -> Solution:
    """Find the most likely parameters and say honestly how well they are known.

    Parameters
    ----------
    problem : Problem
        Model, data, bounds, priors.
    starts : sequence of (m,) arrays
        Where to begin; each is run to the foot of its valley, the lowest to its end.
    restarts : int
        Seeded rescue starts scattered over the bounds, or log-uniformly over four decades around
        the first start where there are none. One replaces the answer only if it lowers the
        objective by more than 0.1 %.
    seed : int
        Seed of the restarts.
    max_evaluations : int
        Function evaluations allowed a start.
    canonical : callable, optional
        Brings equivalent parameter vectors (permuted peaks) into one order.

    Returns
    -------
    Solution
        The assessment, and values with covariance where it is ``converged``.

    Notes
    -----
    The Poisson deviance is D = 2 sum[mu - N + N ln(N/mu)] (Baker and Cousins, Nucl. Instrum.
    Methods 221 (1984) 437, doi 10.1016/0167-5087(84)90016-4). The covariance is the inverse Fisher
    information F = J^T diag(1/mu) J + P, not rescaled; only ``unweighted`` estimates its variance
    from the residuals.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(0, 1, 50)
    >>> line = Problem(function=lambda p: p[0] + p[1] * x,
    ...                jacobian=lambda p: np.stack([np.ones_like(x), x], axis=1),
    ...                data=np.round(100 + 50 * x), names=("offset", "slope"))
    >>> found = solve(line, [[90.0, 10.0]])
    >>> str(found.assessment), bool(abs(found.values[1] - 50) < 1)
    ('converged', True)
    """
    _check_starts(problem, starts)
    likelihood = Likelihood(problem)
    orders = _as_it_is if canonical is None else canonical
    tolerance = ROUGH if len(starts) > 1 else None
    allowed = max_evaluations if tolerance is None else min(max_evaluations, LOOK_EVALUATIONS)
    runs = [
        run for start in starts if (run := descend(likelihood, start, allowed, tolerance=tolerance))
    ]
    best = min(runs, key=lambda run: run.objective, default=None)
    if best is not None and tolerance is not None:
        best = descend(likelihood, best.values, max_evaluations) or best
    for start in scattered(problem, starts[0], restarts, seed):
        # A rescue is a look around: short, and finished only where it leads further down.
        run = descend(likelihood, start, min(max_evaluations, LOOK_EVALUATIONS), tolerance=ROUGH)
        if run is None:
            continue
        if best is not None and not _improves(run, best):
            runs.append(run)  # it may be another answer that fits as well
            continue
        best = descend(likelihood, run.values, max_evaluations) or run
        runs.append(best)
    if best is None:
        return _failure(problem, len(starts) + restarts, likelihood.evaluations)
    return _assess(likelihood, best, runs, orders)


def refine(problem: Problem, start: ArrayLike, *, steps: int = 20) -> tuple[Array, float]:
    """Walk from a start to the optimum next to it: no search, no assessment, no covariance.

    Returns
    -------
    values : (m,) array
    objective : float
    """
    likelihood = Likelihood(problem)
    lower, upper = likelihood.lower, likelihood.upper
    run = polish(
        likelihood,
        np.clip(np.asarray(start, dtype=float), lower, upper),
        tolerance=ROUGH,
        steps=steps,
    )
    return run.values, run.objective


def objective(problem: Problem, values: Array) -> float:
    """Give -2 ln L at given parameters, up to a constant, priors included."""
    return Likelihood(problem).at(values)


def lmfit_result(problem: Problem, values: Array) -> Any:
    """Give lmfit's own ``MinimizerResult``, run from given parameters, for those who want it."""
    return levenberg_marquardt(Likelihood(problem), np.asarray(values, dtype=float), 10_000)


def fisher(problem: Problem, values: Array) -> Array:
    """Give the diagonal (n,) that weighs the data in the Fisher information: 1/mu for counts."""
    likelihood = Likelihood(problem)
    if problem.statistic == "poisson":
        _, mu = likelihood.data_residuals(values)
        return 1.0 / mu
    return likelihood.weights**2


def _check_starts(problem: Problem, starts: Sequence[ArrayLike]) -> None:
    wanted = (len(problem.names),)
    shapes = [np.shape(start) for start in starts]
    if not shapes or any(shape != wanted for shape in shapes):
        raise ValueError(
            f"at least one start of shape {wanted} is needed, one value a parameter "
            f"({', '.join(problem.names)}), not {shapes}"
        )


def _as_it_is(p: Array) -> Array:
    return p


def _improves(run: Run, best: Run) -> bool:
    return run.objective < best.objective - IMPROVEMENT * abs(best.objective)


def _assess(
    likelihood: Likelihood,
    best: Run,
    runs: Sequence[Run],
    canonical: Callable[[Array], Array],
) -> Solution:
    problem = likelihood.problem
    values = canonical(best.values)
    system, target, value = likelihood.newton_system(values)
    free = unpressed(system, target, values, likelihood.lower, likelihood.upper)
    natural: NDArray[np.bool_] = problem.natural  # type: ignore[assignment]
    resting = ~free & natural
    if resting.any():
        # Where an area rests at zero, that component's place and width mean nothing.
        free = free & np.any(system != 0, axis=0)
    felt = np.any(system != 0, axis=0)
    at_bound = tuple(problem.names[i] for i in np.flatnonzero(~free & ~natural & felt))
    covariances, condition = _covariances(problem, system, free, value)
    tolerance = INDISTINGUISHABLE * likelihood.unit(value)
    found = _distinct(problem, values, value, runs, canonical, covariances)
    optima = tuple(optimum for optimum in found if optimum.objective <= value + tolerance)
    residual, _ = likelihood.data_residuals(values)
    assessment, message = _verdict(best.finished, condition, at_bound, optima)
    known = covariances if assessment is Assessment.CONVERGED else None
    return Solution(
        assessment=assessment,
        message=message,
        names=problem.names,
        values=values,
        objective=value,
        deviance=float(residual @ residual),
        covariance=None if known is None else known[0] + known[1],
        counting=None if known is None else known[0],
        constraints=None if known is None else known[1],
        active=tuple(int(i) for i in np.flatnonzero(resting)),
        at_bound=at_bound,
        condition=condition,
        optima=optima,
        lesser=found[len(optima) :],
        evaluations=likelihood.evaluations,
        starts=len(runs),
    )


def _verdict(
    finished: bool,  # noqa: FBT001
    condition: float,
    at_bound: tuple[str, ...],
    optima: tuple[Optimum, ...],
) -> tuple[Assessment, str]:
    singular = not condition < CONDITION_LIMIT
    if not finished and not singular:
        return Assessment.MAX_ITER, "the search ended before it settled; start nearer, or fix more"
    if at_bound:
        return Assessment.AT_BOUND, f"at its bound: {', '.join(at_bound)}; widen it, or fix it"
    if singular:
        return Assessment.SINGULAR, (
            f"the data do not determine all parameters (scaled condition {condition:.2g}); "
            "tie or fix some"
        )
    if len(optima) > 1:
        return Assessment.MULTIMODAL, (
            f"{len(optima)} answers fit equally well (within {INDISTINGUISHABLE:g} of -2 ln L)"
        )
    return Assessment.CONVERGED, "converged"


def _covariances(
    problem: Problem, system: Array, free: NDArray[np.bool_], value: float
) -> tuple[tuple[Array, Array] | None, float]:
    """Split C = (F + P)^-1 into C F C (noise) and C P C (prior centres); give the condition too."""
    n, m = problem.data.size, system.shape[1]
    used = system[:, free]
    scale = np.sqrt(np.einsum("ij,ij->j", used, used))
    if used.shape[1] == 0:
        return (np.zeros((m, m)), np.zeros((m, m))), 1.0
    if not np.all(np.isfinite(scale)) or np.any(scale == 0):
        return None, np.inf
    _, singular, rotation = np.linalg.svd(used / scale, full_matrices=False)
    if singular[-1] <= 0 or used.shape[0] < used.shape[1]:
        return None, np.inf
    # Working with the inverse factor keeps digits that forming J^T J would lose.
    inverse = (rotation.T / singular) / scale[:, None]
    variance = 1.0
    if problem.statistic == "unweighted":
        variance = value / max(system.shape[0] - used.shape[1], 1)
    parts: list[Array] = []
    for rows, factor in ((slice(None, n), variance), (slice(n, None), 1.0)):
        seen = used[rows] @ inverse @ inverse.T
        full = np.zeros((m, m))
        full[np.ix_(free, free)] = factor * (seen.T @ seen)
        parts.append(full)
    return (parts[0], parts[1]), float(singular[0] / singular[-1])


def _distinct(
    problem: Problem,
    values: Array,
    value: float,
    runs: Sequence[Run],
    canonical: Callable[[Array], Array],
    covariances: tuple[Array, Array] | None,
) -> tuple[Optimum, ...]:
    """List optima not excluded that differ from those before by more than a standard uncertainty.

    The best comes first, the others by their objective.
    """
    found = [Optimum(values=tuple(values.tolist()), objective=value)]
    limit = value + EXCLUDED * Likelihood(problem).unit(value)
    spread = 0.01 * np.maximum(np.abs(values), 1e-6)
    if covariances is not None:
        spread = np.maximum(np.sqrt(np.diag(covariances[0] + covariances[1])), 1e-9)
        spread = np.where(spread <= 1e-9, np.inf, spread)
    for run in sorted(runs, key=lambda run: run.objective):
        if not run.finished or not run.objective <= limit:
            continue
        other = canonical(run.values)
        if all(np.max(np.abs(other - np.array(known.values)) / spread) > 1.0 for known in found):
            found.append(Optimum(values=tuple(other.tolist()), objective=run.objective))
    return tuple(found)


def _failure(problem: Problem, starts: int, evaluations: int) -> Solution:
    return Solution(
        assessment=Assessment.FAILED,
        message="the model is undefined at every start; give a start where it is finite",
        names=problem.names,
        values=np.full(len(problem.names), np.nan),
        objective=np.inf,
        deviance=np.inf,
        covariance=None,
        counting=None,
        constraints=None,
        active=(),
        at_bound=(),
        condition=np.inf,
        optima=(),
        lesser=(),
        evaluations=evaluations,
        starts=starts,
    )
