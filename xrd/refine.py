"""The parameters of a pattern's model from its counts: Poisson likelihood, bounds and knowledge.

Fisher scoring with Levenberg's damping; what would cross a bound rests there for a step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Assessment

from .background import baseline
from .knowledge import Knowledge
from .least_squares import non_negative

if TYPE_CHECKING:
    from .model import PatternModel
    from .phase import PhaseModel

__all__ = ["Refinement", "refine"]

Array = NDArray[np.float64]

STEPS = 120
SETTLED = 1e-3
"""Decrease of -2 ln L that a full step promises, at which a refinement has settled."""
BLURRED = 0.15
"""Width [degrees] added to all lines while they look for their places,"""
COARSE = 0.05
"""Steps [degrees] in which they do so,"""
REACH, STRIDE = 0.006, 0.001
"""at relative changes of the cell's lengths as far as this, by this."""
LEARNING = 8
"""Steps in which it is still sought how parameters spread."""
WIDTHS = 0.02, 0.05, 0.12, 0.3, 0.8
"""Widths [degrees] by small crystallites that a refinement may begin with."""
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
    knowledge : Knowledge
        What was known beside the counts, and what was learned of how parameters spread.
    calculated : (channels,) array
    deviance : float
        -2 ln L of the counts, against their own best.
    """

    model: PatternModel
    counts: Array
    values: Array
    covariance: Array
    knowledge: Knowledge
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

    def start(self, model: PatternModel) -> Array:
        """Give another model's parameters as they were found here, where they are the same."""
        here = self.model.at
        found = np.array(
            [self.values[here[p.name]] if p.name in here else p.value for p in model.parameters]
        )
        curve = self.values[self.model.smooth] @ self.model.background
        found[model.smooth] = np.linalg.lstsq(model.background.T, curve, rcond=None)[0]
        return found

    def cell(self, phase: PhaseModel) -> tuple[float, ...]:
        """Refined a, b, c [Angstrom], alpha, beta, gamma [degrees] of a phase."""
        moved = phase.cell.copy()
        for i, direction in enumerate(phase.cells):
            moved += self.value(f"{phase.name} cell {i}") * direction
        return tuple(moved.tolist())

    def part(self, phase: PhaseModel) -> Array:
        """Counts (channels,) that a phase has in the refined pattern."""
        return self.value(f"{phase.name} scale") * self.model.column(phase, self.values)

    @property
    def beneath(self) -> Array:
        """Counts (channels,) of the background."""
        smooth = self.model.smooth
        return self.values[smooth] @ self.model.background * self.model.exposure

    def shares(self) -> dict[str, Array]:
        """Covariance (parameters, parameters) by where it comes from.

        ``counting``, ``background`` and ``misfit`` (how line intensities differ from the
        structure's), and ``constraints``: what is known of parameters, and what is doubted of those
        that are held.
        """
        doubt = np.array([p.doubt for p in self.model.parameters])
        _, slopes = self.model.evaluate(self.values)
        moved = self.covariance @ (_information(slopes, self.calculated) * doubt)
        found = self.knowledge.shares(self.covariance)
        return {**found, "constraints": found["constraints"] + moved @ moved.T}

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


def refine(
    model: PatternModel, counts: Array, start: Array | None = None, *, reach: float = REACH
) -> Refinement:
    """Refine a model's parameters.

    Parameters
    ----------
    model : PatternModel
    counts : (channels,) array
    start : (parameters,) array, optional
        The default begins at the parameters' own values, with scales and background fitted to the
        counts, and cells that put lines where there are some.
    reach : float
        How far these cells are looked for, relative.
    """
    counts = np.asarray(counts, dtype=float)
    knowledge = Knowledge.of(model)
    low, high, held = knowledge.low, knowledge.high, knowledge.held
    values = _begin(model, counts, reach) if start is None else np.array(start, dtype=float)
    mean, slopes = model.evaluate(values)
    counted = _information(slopes, mean)
    damping, assessment, steps, taken = 1e-3, Assessment.MAX_ITER, 0, 0
    now = deviance(counts, mean) + knowledge.cost(values)
    while steps < STEPS and damping < HOPELESS:
        steps += 1
        information = counted + knowledge.precision
        score = slopes @ ((counts - mean) / np.maximum(mean, FLOOR)) - knowledge.pull(values)
        free = ~held & (np.diag(information) > 0.0)
        free &= ~((values <= low) & (score < 0.0)) & ~((values >= high) & (score > 0.0))
        # What a damped step gains says nothing of how far the optimum is; a full one does.
        if float(score @ _step(information, score, free, LEAST)) < SETTLED:
            assessment = Assessment.CONVERGED
            break
        trial = np.clip(values + _step(information, score, free, damping), low, high)
        mean_there, slopes_there = model.evaluate(trial)
        there = deviance(counts, mean_there) + knowledge.cost(trial)
        if not there <= now:
            damping *= 10.0
            continue
        damping = max(damping / 5.0, LEAST)
        values, mean, slopes = trial, mean_there, slopes_there
        counted, taken = _information(slopes, mean), taken + 1
        if taken <= LEARNING:
            knowledge = knowledge.learned(counted, values)
        now = deviance(counts, mean) + knowledge.cost(values)
    return Refinement(
        model=model,
        counts=counts,
        values=values,
        covariance=knowledge.covariance(counted, values),
        knowledge=knowledge,
        calculated=np.maximum(mean, FLOOR),
        deviance=deviance(counts, mean),
        assessment=assessment,
        steps=steps,
    )


def _information(slopes: Array, mean: Array) -> Array:
    """Fisher information of Poisson counts."""
    white = slopes / np.sqrt(np.maximum(mean, FLOOR))
    return np.asarray(white @ white.T, dtype=float)


def _step(information: Array, score: Array, free: NDArray[np.bool_], damping: float) -> Array:
    step = np.zeros(score.size)
    inside = information[np.ix_(free, free)]
    scale = 1.0 / np.sqrt(np.diag(inside))
    scaled = inside * np.outer(scale, scale)
    scaled[np.diag_indices_from(scaled)] += damping
    # Two parameters that do the same leave nothing to divide by; the least of all steps is one.
    step[free] = scale * np.linalg.lstsq(scaled, scale * score[free], rcond=1e-14)[0]
    return step


def _begin(model: PatternModel, counts: Array, reach: float) -> Array:
    """Cells that put lines where there are some, with scales and background of their own."""
    at = model.at
    values = np.array([p.value for p in model.parameters])
    exposure = np.broadcast_to(np.asarray(model.exposure), counts.shape)
    beneath = baseline(model.two_theta, counts / exposure)
    values[model.smooth] = np.linalg.lstsq(model.background.T, beneath, rcond=None)[0]
    # Blurred lines need no fine steps.
    every = max(int(COARSE / np.median(np.diff(model.two_theta))), 1)
    some = slice(every // 2, None, every)
    model = replace(model, two_theta=model.two_theta[some], exposure=exposure[some])
    counts, beneath = counts[some], beneath[some]
    weight = 1.0 / np.sqrt(np.maximum(counts, 1.0))
    told = (counts - beneath * model.exposure) * weight
    blurred = values.copy()
    blurred[at["gauss W"]] += BLURRED**2
    columns = [weight * model.column(phase, blurred) for phase in model.phases]
    for number, phase in enumerate(model.phases):
        reached, best, kept = np.inf, blurred, columns[number]
        for stretch in np.arange(-reach, reach + STRIDE, STRIDE):
            trial = blurred.copy()
            for i, direction in enumerate(phase.cells):
                if np.any(direction[:3] != 0.0):
                    size = float(phase.cell @ direction / np.abs(direction).sum())
                    trial[at[f"{phase.name} cell {i}"]] = stretch * size
            column = weight * model.column(phase, trial)
            rest = _scales([*columns[:number], column, *columns[number + 1 :]], told)[1]
            if rest < reached:
                reached, best, kept = rest, trial, column
        blurred, columns[number] = best, kept
    values = blurred.copy()
    values[at["gauss W"]] -= BLURRED**2
    columns = _broaden(model, values, told, weight)
    scales, _ = _scales(columns, told)
    for phase, scale in zip(model.phases, scales, strict=True):
        values[at[f"{phase.name} scale"]] = scale
    return values


def _broaden(model: PatternModel, values: Array, told: Array, weight: Array) -> list[Array]:
    """Give each phase, in ``values``, the crystallites that fit best, and its column with them."""
    columns = [weight * model.column(phase, values) for phase in model.phases]
    for number, phase in enumerate(model.phases):
        place, reached = model.at[f"{phase.name} size"], np.inf
        best, kept = values[place], columns[number]
        for size in WIDTHS:
            trial = values.copy()
            trial[place] = size
            column = weight * model.column(phase, trial)
            rest = _scales([*columns[:number], column, *columns[number + 1 :]], told)[1]
            if rest < reached:
                reached, best, kept = rest, size, column
        values[place], columns[number] = best, kept
    return columns


def _scales(columns: list[Array], told: Array) -> tuple[Array, float]:
    """Scales that are not negative, none of them quite nothing, and the misfit left over."""
    stacked = np.stack(columns)
    size = np.maximum(np.sqrt(np.sum(stacked**2, axis=1)), 1e-300)
    found, rest = non_negative(stacked, told)
    share = found * size
    return np.maximum(share, 1e-3 * max(float(share.max()), 1e-6)) / size, rest
