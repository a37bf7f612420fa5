"""What a fit's model may miss, and how far that has moved the fitted parameters.

A true line is h(u) + g(u), u the distance from its place in widths and h the model's shape. Area,
place and width are those of the true line, so g has no area, no slope at the maximum, and does not
move the half-height points apart:

    int g du = 0,    g'(0) = 0,    g(1/2) + g(-1/2) = g(0).

Before the data are seen g is a smooth random function, proportional to the line, of size tau and
conditioned on these three. Most likely there is no such error; else tau is about a hundredth, with
a long tail. The residuals then say how likely an error is, how large, and of which form, once what
another background or a like line shape could explain has been taken from them: that is charged
elsewhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .background import U2, ShirleyLoss, TougaardLoss
from .lineshape import lineshape
from .plan import Evaluator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .plan import Plan

__all__ = ["error_basis", "misfit_covariance"]

Array = NDArray[np.float64]

MODEL_ERROR_ODDS = 0.02
"""Odds of an error of the line shapes before the data are seen; they were chosen for a reason."""
SIZES = np.geomspace(1e-4, 0.1, 31)
"""Sizes tau of a shape's error, relative to the line; beyond a tenth it is not the same line."""
EXPECTED_SIZE = 0.01
CORRELATION = 0.4
"""Correlation length of a shape's error, in widths."""
COMPONENTS = 8
"""Principal components of g that are kept: more than 99 % of the variance."""
REACH = 8.0
"""Distance from the line, in widths, to which its error reaches."""
_STEP = 0.05
_SAME = 1e-6
"""Share of a background's change that the fitted model must leave for it to be another one."""


def misfit_covariance(
    plan: Plan,
    p: Array,
    weights: Array,
    residual: Array,
    covariance: Array,
    charged_elsewhere: Sequence[Array] = (),
    *,
    jacobian: Array | None = None,
) -> Array:
    """Covariance of the fitted parameters from what the line shapes do not describe.

    With shape errors B c, c ~ N(0, tau^2), the fit has absorbed D c, D = C J^T W B, and the
    residuals show the rest, (1 - J C J^T W) B c. The result is D <c c^T> D^T, the second moment of
    c given the residuals and averaged over tau, times the probability that there is an error.

    Parameters
    ----------
    plan : Plan
    p : (m,) array
        The optimum.
    weights : (n,) array
        Diagonal of the Fisher weighting W [1/counts^2].
    residual : (n,) array
        Data minus model [counts].
    covariance : (m, m) array
        Total covariance of the parameters, C.
    charged_elsewhere : sequence of (n,) array
        Differences of the model that another part of the uncertainty answers for [counts].
    jacobian : (n, k) array, optional
        Derivatives by the k parameters of a fit of several spectra, of which ``p`` describes this
        one; ``covariance`` and the result are then theirs.

    Returns
    -------
    (m, m) array
    """
    root = np.sqrt(weights)
    evaluator = Evaluator(plan)
    system = (evaluator.jacobian(p) if jacobian is None else jacobian) * root[:, None]
    errors = (_shape_errors(plan, p) * root).T
    drag = covariance @ (system.T @ errors)
    backgrounds = _other_backgrounds(plan, evaluator.components(p)[0].sum(axis=0))
    others = (np.stack([*backgrounds, *charged_elsewhere]) * root).T
    others /= np.maximum(np.linalg.norm(others, axis=0), 1e-300)
    others -= system @ (covariance @ (system.T @ others))
    # What remains of each column is seen through the same projection, so products need it once.
    information = errors.T @ (errors - system @ drag)
    score = errors.T @ (root * residual)
    extent, axes = np.linalg.eigh(others.T @ others)
    axes = axes[:, extent > _SAME] / np.sqrt(extent[extent > _SAME])
    shared = errors.T @ others @ axes
    information = information - shared @ shared.T
    score = score - shared @ (axes.T @ (others.T @ (root * residual)))

    strength, directions = np.linalg.eigh(information)
    strength, score = np.maximum(strength, 0.0), directions.T @ score
    before = SIZES[:, None] ** 2
    after = before / (1.0 + before * strength)
    evidence = 0.5 * np.sum(np.log(after / before) + after * score**2, axis=1)
    likely = SIZES / (SIZES**2 + EXPECTED_SIZE**2)  # half-Cauchy, on a logarithmic grid
    top = max(0.0, float(evidence.max()))
    odds = MODEL_ERROR_ODDS * np.exp(evidence - top) * likely / likely.sum()
    odds /= odds.sum() + np.exp(-top)
    mean = after * score
    moment = (odds * mean.T) @ mean + np.diag(odds @ after)
    moved = drag @ directions
    return moved @ moment @ moved.T


def _shape_errors(plan: Plan, p: Array) -> Array:
    """Change of the model for each unit of shape error (errors, n) [counts].

    Symmetric lines share their errors; asymmetric ones do where they are of the same shape.
    """
    areas, _ = plan.line_areas(p)
    u, basis = error_basis()
    found: dict[tuple[object, ...], Array] = {}
    for line, area, (theta, _) in zip(plan.lines, areas, plan.line_shapes(p), strict=True):
        symmetric = lineshape(line.shape).symmetric
        key = (line.shape,) if symmetric else (line.shape, *np.round(theta[2:], 9))
        distance = (plan.energy - theta[0]) / theta[1]
        rows: list[Array] = [np.interp(distance, u, function) for function in basis]
        alone = np.stack(rows)
        found[key] = found.get(key, np.zeros_like(alone)) + area / theta[1] * alone
    errors = np.concatenate(list(found.values()))
    if plan.loss is not None and plan.kappa is not None:
        errors = errors + plan.expand(p)[plan.kappa] * plan.loss.apply(errors)
    return errors


def _other_backgrounds(plan: Plan, peaks: Array) -> Array:
    """Changes of the background that another choice of it could make (4, n)."""
    x = plan.energy
    place = 2.0 * (x - x[0]) / (x[-1] - x[0]) - 1.0
    losses = (loss.apply(peaks[None, :])[0] for loss in (ShirleyLoss(x), TougaardLoss(x, U2())))
    return np.stack([place, place**2, *losses])


@lru_cache(maxsize=1)
def error_basis() -> tuple[Array, Array]:
    """Give distances (k,) and the principal components of g over them (components, k)."""
    u = np.arange(-REACH, REACH + 0.5 * _STEP, _STEP)
    line = 1.0 / (1.0 + 4.0 * u**2)
    prior = np.exp(-0.5 * (np.subtract.outer(u, u) / CORRELATION) ** 2) * np.outer(line, line)
    at = {x: int(np.argmin(np.abs(u - x))) for x in (-0.5, 0.0, 0.5)}
    known = np.zeros((3, u.size))
    known[0] = _STEP
    known[1, [at[0.0] - 1, at[0.0] + 1]] = -1.0, 1.0
    known[2, [at[-0.5], at[0.5], at[0.0]]] = 1.0, 1.0, -1.0
    seen = prior @ known.T
    conditioned = prior - seen @ np.linalg.solve(known @ seen, seen.T)
    size, components = np.linalg.eigh(conditioned)
    leading = slice(-1, -COMPONENTS - 1, -1)
    return u, (components[:, leading] * np.sqrt(np.maximum(size[leading], 0.0))).T
