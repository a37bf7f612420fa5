"""The way down: lmfit's Levenberg-Marquardt from a start, then a projected Newton polish."""

# scipy and lmfit give no types; they are called in this module alone.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .likelihood import REJECTED, Likelihood, Problem

__all__ = ["Run", "descend", "levenberg_marquardt", "polish", "scattered", "unpressed"]

Array = NDArray[np.float64]

QUICK_STEPS = 30
"""Newton steps from a start before lmfit is asked."""
STALLED = 25
"""Steps without progress, below the resolution of -2 ln L, after which a walk has ended."""
RESOLUTION = 1e-12
"""Relative change of -2 ln L that rounding hides."""
_STAGNATION = 1e-24


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where a walk ended, and whether it had settled."""

    values: Array
    objective: float
    finished: bool


def descend(
    likelihood: Likelihood,
    start: ArrayLike,
    max_evaluations: int,
    *,
    tolerance: float | None = None,
) -> Run | None:
    """Walk down from one start; ``None`` if the model is undefined there.

    Projected Newton steps end most fits in ten. Where they do not settle, lmfit's
    Levenberg-Marquardt (MINPACK) takes over, and the last steps are Newton's again.
    """
    lower, upper = likelihood.lower, likelihood.upper
    p = np.clip(np.asarray(start, dtype=float), lower, upper)
    if not likelihood.at(p) < REJECTED:
        return None
    run = polish(likelihood, p, tolerance=tolerance, steps=QUICK_STEPS)
    if run.finished:
        return run
    fitted = levenberg_marquardt(likelihood, _inside(p, lower, upper), max_evaluations)
    candidate = np.array([parameter.value for parameter in fitted.params.values()])
    if not likelihood.at(candidate) <= run.objective:
        candidate = run.values
    return polish(likelihood, candidate, tolerance=tolerance)


def levenberg_marquardt(likelihood: Likelihood, p: Array, max_evaluations: int) -> Any:
    """Adapter to lmfit: generated names only, no expressions, analytic Jacobian."""
    import lmfit

    parameters = lmfit.Parameters()
    for i, value in enumerate(p):
        low, high = likelihood.lower[i], likelihood.upper[i]
        parameters.add(lmfit.Parameter(f"p{i}", value=value, min=low, max=high))
    names = list(parameters)

    def values(given: Any) -> Array:
        # The public property evaluates expressions that are never there; this is the hot path.
        return np.array([given[name]._val for name in names])  # noqa: SLF001

    minimizer = lmfit.Minimizer(
        lambda given: likelihood.residuals(values(given)),
        parameters,
        calc_covar=False,
        max_nfev=max_evaluations,
    )
    return minimizer.leastsq(
        Dfun=lambda given: likelihood.residual_jacobian(values(given)),
        col_deriv=True,
        ftol=1e-10,
        xtol=1e-10,
        gtol=0.0,
    )


def _inside(p: Array, lower: Array, upper: Array) -> Array:
    """Move a start off its bounds, where a bounded variable has no gradient."""
    width = np.where(np.isfinite(upper - lower), upper - lower, np.maximum(np.abs(p), 1e-3))
    margin = 1e-3 * width
    return np.clip(
        p, lower + np.minimum(margin, 0.25 * width), upper - np.minimum(margin, 0.25 * width)
    )


def polish(
    likelihood: Likelihood, p: Array, *, tolerance: float | None = None, steps: int = 400
) -> Run:
    """Walk down by projected Gauss-Newton (Fisher scoring) steps, damped where they overshoot.

    Parameters
    ----------
    likelihood : Likelihood
    p : (m,) array
        Where to begin, inside the bounds.
    tolerance : float, optional
        Promised decrease at which to stop, in units of -2 ln L (of the misfit, where that is
        large); ``None`` goes on to stagnation.
    steps : int
        Steps allowed.
    """
    lower, upper = likelihood.lower, likelihood.upper
    damping, promised, before, least, stalled, relax = 0.0, np.inf, np.inf, np.inf, 0, 1.0
    system, target, value = likelihood.newton_system(p)
    for _ in range(steps):
        free = unpressed(system, target, p, lower, upper)
        step, decrement = _bounded_step(system, target, (lower - p, upper - p), free, damping)
        if not np.isfinite(decrement):
            return Run(values=p, objective=value, finished=False)
        if damping == 0.0:
            promised = decrement
        enough = tolerance * likelihood.coarse_unit(value) if tolerance else 0.0
        if promised <= max(enough, _STAGNATION * (1.0 + abs(value))):
            return Run(values=p, objective=value, finished=True)
        resolved = promised > 1e-9 * (1e-3 + abs(value))
        if not resolved:
            # Where the data curve the likelihood against the Fisher information, full steps swing
            # ever wider about the optimum: a promise that grows by r asks for steps 1/(1 + sqrt r).
            if promised > before:
                relax = max(relax / (1.0 + np.sqrt(min(promised / before, 100.0))), 0.02)
            stalled += promised > 0.5 * least
            least, before = min(least, promised), promised
            if stalled > STALLED:
                return Run(values=p, objective=value, finished=True)
        trial = np.clip(p + relax * step, lower, upper)
        trial_system, trial_target, trial_value = likelihood.newton_system(trial)
        if np.isfinite(trial_value) and (trial_value <= value or not resolved):
            p, system, target, value = trial, trial_system, trial_target, trial_value
            damping = 0.0 if damping < 1e-2 else damping / 4
        else:
            damping = max(10 * damping, 1e-3)
            if decrement <= RESOLUTION * (1.0 + abs(value)):
                # -2 ln L cannot tell this step from none: here the walk ends.
                return Run(values=p, objective=value, finished=True)
            if damping > 1e12:
                return Run(values=p, objective=value, finished=False)
    return Run(values=p, objective=value, finished=False)


def unpressed(
    system: Array, target: Array, p: Array, lower: Array, upper: Array
) -> NDArray[np.bool_]:
    """Parameters that are not pressed against a bound by the gradient."""
    with np.errstate(all="ignore"):
        downhill = system.T @ target
    return ~(((p <= lower) & (downhill < 0)) | ((p >= upper) & (downhill > 0)))


def _bounded_step(
    system: Array, target: Array, room: tuple[Array, Array], free: NDArray[np.bool_], damping: float
) -> tuple[Array, float]:
    """Newton step inside the bounds, and the decrease of -2 ln L that it promises.

    What would cross a bound stops there, and the rest adapts.
    """
    below, above = room
    step = np.zeros(system.shape[1])
    free = free.copy()
    for _ in range(free.size + 1):
        trial = step.copy()
        trial[free] = _newton_step(system[:, free], target - system @ step, damping)
        crossing = free & ((trial < below) | (trial > above))
        if not crossing.any():
            step = trial
            break
        step[crossing] = np.clip(trial, below, above)[crossing]
        free &= ~crossing
    moved = system @ step
    return step, float(moved @ (2.0 * target - moved))


def _newton_step(system: Array, target: Array, damping: float) -> Array:
    """Solve min |A s - r|^2 + damping |D s|^2 with scaled columns."""
    scale = np.sqrt(np.einsum("ij,ij->j", system, system))
    m = system.shape[1]
    if m == 0:
        return np.zeros(0)
    if not np.all(np.isfinite(scale)) or not np.all(np.isfinite(target)):
        return np.full(m, np.nan)
    scale[scale == 0] = 1.0
    used = system / scale
    if damping > 0:
        used = np.concatenate([used, np.sqrt(damping) * np.eye(m)])
        target = np.concatenate([target, np.zeros(m)])
    q, r = np.linalg.qr(used)
    projected = q.T @ target
    diagonal = np.abs(np.diag(r))
    if diagonal.min() <= 1e-14 * diagonal.max():
        return np.linalg.lstsq(r, projected, rcond=1e-13)[0] / scale
    return np.linalg.solve(r, projected) / scale


def scattered(problem: Problem, start: ArrayLike, number: int, seed: int) -> list[Array]:
    """Seeded starts over the bounds, or log-uniform around the first start without them."""
    generator = np.random.default_rng(seed)
    lower: Array = problem.lower  # type: ignore[assignment]
    upper: Array = problem.upper  # type: ignore[assignment]
    bounded = np.isfinite(lower) & np.isfinite(upper)
    centre = np.asarray(start, dtype=float)
    scattered: list[Array] = []
    for _ in range(number):
        decades = 10.0 ** generator.uniform(-2, 2, centre.size)
        uniform = generator.uniform(size=centre.size)
        within = np.where(bounded, lower, 0.0) + uniform * np.where(bounded, upper - lower, 0.0)
        scattered.append(np.clip(np.where(bounded, within, centre * decades), lower, upper))
    return scattered
