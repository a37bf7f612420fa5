"""The parameters of a pattern's model from its counts: Poisson likelihood, bounds and knowledge.

Fisher scoring with Levenberg's damping; what would cross a bound rests there for a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Assessment

from .least_squares import non_negative

if TYPE_CHECKING:
    from .model import PatternModel

__all__ = ["Refinement", "refine"]

Array = NDArray[np.float64]

STEPS = 120
SETTLED = 1e-3
"""Decrease of -2 ln L that a full step promises, at which a refinement has settled."""
BLURRED = 0.15
"""Width [degrees] added to all lines while they look for their places,"""
STRETCHES = np.linspace(-0.006, 0.006, 25)
"""at these relative changes of the cell's lengths."""
LEAST = 1e-9
"""Damping of a full step;"""
HOPELESS = 1e8
"""of one that has nowhere left to go."""
FLOOR = 0.05
"""Smallest prediction [counts]: the likelihood of nothing where a count was seen is none."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Refinement:
    """What a refinement found.

    Attributes
    ----------
    values : (parameters,) array
    covariance : (parameters, parameters) array
        From counting and what is known; zero in rows that are held or rest at a bound.
    calculated : (channels,) array
    deviance : float
        -2 ln L of the counts, against their own best.
    """

    model: PatternModel
    counts: Array
    values: Array
    covariance: Array
    calculated: Array
    deviance: float
    assessment: Assessment
    steps: int

    def value(self, name: str) -> float:
        """Give a parameter's value."""
        return float(self.values[self.model.names.index(name)])

    def u(self, name: str) -> float:
        """Give a parameter's standard uncertainty from counting and what is known."""
        i = self.model.names.index(name)
        return float(np.sqrt(self.covariance[i, i]))

    @property
    def gof(self) -> float:
        """Root of chi squared over the degrees of freedom."""
        freedom = self.counts.size - np.count_nonzero(np.diag(self.covariance))
        chi2 = np.sum((self.counts - self.calculated) ** 2 / self.calculated)
        return float(np.sqrt(chi2 / freedom))

    @property
    def r_wp(self) -> float:
        """Weighted profile R factor, background included."""
        w = 1.0 / np.maximum(self.counts, 1.0)
        rest = self.counts - self.calculated
        return float(np.sqrt(np.sum(w * rest**2) / np.sum(w * self.counts**2)))


def deviance(counts: Array, mean: Array) -> float:
    """Poisson deviance 2 sum(m - n + n ln(n/m))."""
    from scipy.special import xlogy

    mean = np.maximum(mean, FLOOR)
    return float(2.0 * np.sum(mean - counts + xlogy(counts, counts / mean)))


def refine(model: PatternModel, counts: Array, start: Array | None = None) -> Refinement:
    """Refine a model's parameters.

    Parameters
    ----------
    model : PatternModel
    counts : (channels,) array
    start : (parameters,) array, optional
        The default begins at the parameters' own values, with scales and background fitted to the
        counts.
    """
    counts = np.asarray(counts, dtype=float)
    low = np.array([p.low for p in model.parameters])
    high = np.array([p.high for p in model.parameters])
    target = np.array([p.value for p in model.parameters])
    held = np.array([p.held for p in model.parameters])
    with np.errstate(divide="ignore"):
        known = np.where(held, 0.0, 1.0 / np.array([p.u for p in model.parameters]) ** 2)
    known = np.where(np.isfinite(known), known, 0.0)
    values = _begin(model, counts) if start is None else np.array(start, dtype=float)

    def objective(mean: Array, at: Array) -> float:
        return deviance(counts, mean) + float(np.sum(known * (at - target) ** 2))

    mean, slopes = model.evaluate(values)
    now, damping, assessment, steps = objective(mean, values), 1e-3, Assessment.MAX_ITER, 0
    while steps < STEPS and damping < HOPELESS:
        steps += 1
        weight = 1.0 / np.maximum(mean, FLOOR)
        information = (slopes * weight) @ slopes.T
        score = slopes @ ((counts - mean) * weight) - known * (values - target)
        information[np.diag_indices_from(information)] += known
        free = ~held & (np.diag(information) > 0.0)
        free &= ~((values <= low) & (score < 0.0)) & ~((values >= high) & (score > 0.0))
        # What a damped step gains says nothing of how far the optimum is; a full one does.
        if float(score @ _step(information, score, free, LEAST)) < SETTLED:
            assessment = Assessment.CONVERGED
            break
        trial = np.clip(values + _step(information, score, free, damping), low, high)
        mean_there, slopes_there = model.evaluate(trial)
        there = objective(mean_there, trial)
        if there > now:
            damping *= 10.0
            continue
        damping = max(damping / 5.0, LEAST)
        values, mean, slopes, now = trial, mean_there, slopes_there, there
    return Refinement(
        model=model,
        counts=counts,
        values=values,
        covariance=_covariance(slopes, mean, known, held, values, low, high),
        calculated=np.maximum(mean, FLOOR),
        deviance=deviance(counts, mean),
        assessment=assessment,
        steps=steps,
    )


def _step(information: Array, score: Array, free: NDArray[np.bool_], damping: float) -> Array:
    step = np.zeros(score.size)
    inside = information[np.ix_(free, free)]
    scale = 1.0 / np.sqrt(np.diag(inside))
    scaled = inside * np.outer(scale, scale)
    scaled[np.diag_indices_from(scaled)] += damping
    step[free] = scale * np.linalg.solve(scaled, scale * score[free])
    return step


def _covariance(
    slopes: Array,
    mean: Array,
    known: Array,
    held: NDArray[np.bool_],
    values: Array,
    low: Array,
    high: Array,
) -> Array:
    weight = 1.0 / np.maximum(mean, FLOOR)
    information = (slopes * weight) @ slopes.T
    information[np.diag_indices_from(information)] += known
    free = ~held & (values > low) & (values < high) & (np.diag(information) > 0.0)
    inside = information[np.ix_(free, free)]
    scale = 1.0 / np.sqrt(np.diag(inside))
    found = np.zeros_like(information)
    inverse = np.linalg.pinv(inside * np.outer(scale, scale), rcond=1e-13, hermitian=True)
    found[np.ix_(free, free)] = inverse * np.outer(scale, scale)
    return found


def _begin(model: PatternModel, counts: Array) -> Array:
    """Cells that put lines where there are some, with scales and background of their own."""
    at = model.at
    values = np.array([p.value for p in model.parameters])
    blurred = values.copy()
    blurred[at["gauss W"]] += BLURRED**2
    weight = 1.0 / np.sqrt(np.maximum(counts, 1.0))
    smooth = np.linalg.qr((model.background * model.exposure * weight).T)[0]

    def above(row: Array) -> Array:
        white = row * weight
        return white - smooth @ (smooth.T @ white)

    told = above(counts)
    columns = [above(model.column(phase, blurred)) for phase in model.phases]
    for number, phase in enumerate(model.phases):
        reached, best, kept = np.inf, blurred, columns[number]
        for stretch in STRETCHES:
            trial = blurred.copy()
            for i, direction in enumerate(phase.cells):
                if np.any(direction[:3] != 0.0):
                    size = float(phase.cell @ direction / np.abs(direction).sum())
                    trial[at[f"{phase.name} cell {i}"]] = stretch * size
            column = above(model.column(phase, trial))
            rest = _scales([*columns[:number], column, *columns[number + 1 :]], told)[1]
            if rest < reached:
                reached, best, kept = rest, trial, column
        blurred, columns[number] = best, kept
    values = blurred.copy()
    values[at["gauss W"]] -= BLURRED**2
    scales, _ = _scales(columns, told)
    mean = np.zeros_like(counts)
    for phase, scale in zip(model.phases, scales, strict=True):
        values[at[f"{phase.name} scale"]] = scale
        mean += scale * model.column(phase, blurred)
    first = at["background 0"]
    rows = model.background * model.exposure * weight
    values[first : first + len(rows)] = np.linalg.lstsq(
        rows.T, (counts - mean) * weight, rcond=None
    )[0]
    return values


def _scales(columns: list[Array], told: Array) -> tuple[Array, float]:
    """Scales that are not negative, none of them quite nothing, and the misfit left over."""
    stacked = np.stack(columns)
    size = np.maximum(np.sqrt(np.sum(stacked**2, axis=1)), 1e-300)
    found, rest = non_negative(stacked, told)
    share = found * size
    return np.maximum(share, 1e-3 * max(float(share.max()), 1e-6)) / size, rest
