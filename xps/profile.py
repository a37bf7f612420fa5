"""Profile-likelihood intervals: how far a quantity may go before the data object.

From an optimum the quantity is moved, everything else following it as well as it can, until -2 ln L
has risen by what the interval's level allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .descent import Run, polish
from .likelihood import Likelihood, PinnedLikelihood, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from .solve import Solution

__all__ = ["Interval", "profile"]

Array = NDArray[np.float64]

TOLERANCE = 0.01
"""Accuracy of an interval's end, in units of the rise that marks it."""
ROUGH = 1e-2
"""Promised decrease, in units of -2 ln L, at which a step of the walk may stop."""
STEPS = 60
"""Newton steps allowed to find the optimum with the quantity held."""
CLIFF = 1e-4
"""Distance, in first guesses of a standard uncertainty, within which a rise is a jump."""
INSIDE = 0.05
"""Share of a bracket by which a secant stays off its ends."""
PROBE_STEPS = 15
"""The same where another valley is only looked for."""
BEYOND = 2.0, 4.0, 8.0
"""Where a profile looks for another valley, in distances of its first end from the optimum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A profile-likelihood interval: where the objective has risen enough, or the bounds end it.

    An end is ``None`` where the likelihood never falls off.
    """

    low: float | None
    high: float | None


def profile(
    problem: Problem,
    solution: Solution,
    quantity: Callable[[Array], tuple[float, Array]],
    *,
    threshold: float,
    step: float,
    sides: tuple[bool, bool] = (True, True),
    tolerance: float = TOLERANCE,
    valleys: bool = True,
) -> Interval:
    """Follow the likelihood along a quantity until the objective has risen by ``threshold``.

    Parameters
    ----------
    problem : Problem
        As given to :func:`solve`.
    solution : Solution
        Its optimum.
    quantity : callable
        ``quantity(p) -> (value, gradient (m,))``: a parameter or any smooth function of them.
    threshold : float
        Rise of -2 ln L that marks the ends: 3.84 for 95 % two-sided, 2.71 for a 95 % limit.
    step : float
        A first guess of one standard uncertainty of the quantity, > 0.
    sides : (bool, bool)
        Which ends to look for: low, high.
    tolerance : float
        Accuracy of each end, in units of ``threshold``.
    valleys : bool
        Whether to look beyond each end for another valley of the likelihood.

    Returns
    -------
    Interval
        The ends; ``None`` for a side not asked for.

    Raises
    ------
    ValueError
        If ``step`` is not positive and finite.
    """
    if not (np.isfinite(step) and step > 0):
        raise ValueError(f"step must be positive and finite, not {step!r}")
    climb = _Climb(
        problem, solution, quantity, threshold, step, tolerance, BEYOND if valleys else ()
    )
    # Optima that the data do not exclude belong to the interval, and so do their slopes.
    summits = [np.array(optimum.values) for optimum in (*solution.optima, *solution.lesser)]

    def furthest(direction: int) -> float | None:
        reached: list[float] = []
        for summit in summits:
            if not climb.includes(summit):
                continue
            end = climb.end(summit, direction)
            if end is None and not reached:
                return None
            # Beyond a lesser optimum the walk may find no end; the optimum itself is inside.
            reached.append(direction * (quantity(summit)[0] if end is None else end))
        return direction * max(reached)

    return Interval(low=furthest(-1) if sides[0] else None, high=furthest(+1) if sides[1] else None)


class _Climb:
    """Walks from an optimum along a quantity to where the objective has risen enough."""

    def __init__(
        self,
        problem: Problem,
        solution: Solution,
        quantity: Callable[[Array], tuple[float, Array]],
        threshold: float,
        step: float,
        tolerance: float,
        beyond: tuple[float, ...],
    ) -> None:
        self._problem, self._quantity, self._step = problem, quantity, step
        self._threshold, self._tolerance, self._beyond = threshold, tolerance, beyond
        self._likelihood = Likelihood(problem)
        self._floor = self._likelihood.at(solution.values)
        # Along this direction the other parameters follow the quantity, as long as all is linear.
        self._along = np.zeros(solution.values.size)
        if solution.covariance is not None:
            gradient = quantity(solution.values)[1]
            along = solution.covariance @ gradient
            self._along = along / max(float(gradient @ along), 1e-300)

    def _rise(self, p: Array) -> float:
        """Root of the rise above the floor: nearly linear in the distance, so secants are short."""
        return float(np.sqrt(max(self._likelihood.at(p) - self._floor, 0.0)))

    def includes(self, summit: Array) -> bool:
        """Whether an optimum lies below the rise that marks the ends."""
        return self._rise(summit) ** 2 < self._threshold

    def _held_at(self, value: float, p: Array, steps: int = STEPS) -> Run:
        """Find the optimum with the quantity held at ``value``, from a guess."""
        pinned = PinnedLikelihood(self._problem, self._quantity, value, 1e-4 * self._step)
        guess = np.clip(p, pinned.lower, pinned.upper)
        return polish(pinned, guess, tolerance=ROUGH, steps=steps)

    def end(self, summit: Array, direction: int) -> float | None:
        """Give the value at the end, ``None`` if the objective never rises enough.

        The likelihood may fall below the mark and rise again over another valley: beyond the first
        end the walk looks for such valleys, and goes on where it finds one.
        """
        first = self._crossing(summit, direction)
        if first is None:
            return None
        centre = self._quantity(summit)[0]
        for factor in self._beyond:
            aim = centre + factor * (first - centre)
            guess = summit + (aim - centre) * self._along
            run = self._held_at(aim, guess, PROBE_STEPS)
            reached = self._quantity(run.values)[0]
            near = 0.05 * self._step + 0.02 * abs(aim - centre)
            if abs(reached - aim) <= near and self.includes(run.values):
                further = self._crossing(run.values, direction)
                return (
                    None
                    if further is None
                    else direction * max(direction * first, direction * further)
                )
        return first

    def _crossing(self, summit: Array, direction: int) -> float | None:
        """Give the first value beyond a summit at which the objective has risen enough."""
        quantity, step = self._quantity, self._step
        centre = quantity(summit)[0]
        goal = np.sqrt(self._threshold)
        inner, rise_inner, before = 0.0, self._rise(summit), 0.0
        distance, p = (goal - rise_inner) * step, summit
        outer: float | None = None
        for _ in range(40):
            if outer is not None and outer - inner <= CLIFF * step:
                return centre + direction * outer
            aim = centre + direction * distance
            run = self._held_at(aim, p + direction * (distance - before) * self._along)
            before, p = distance, run.values
            reached, rise = quantity(p)[0], self._rise(p)
            if abs(rise * rise - self._threshold) <= self._tolerance * self._threshold:
                return reached
            if abs(reached - aim) > 0.05 * step + 0.02 * distance:
                # The quantity cannot go further: bounds stop it.
                if rise < goal:
                    return reached
                distance = direction * (reached - centre)
                if distance <= inner:
                    return centre + direction * inner
            if rise < goal:
                slope = (rise - rise_inner) / (distance - inner)
                inner, rise_inner = distance, rise
                further = distance + (goal - rise) / slope if slope > 0 else 2 * distance
                distance = min(further, 3 * distance if outer is None else 0.5 * (distance + outer))
            else:
                outer = distance
                distance = inner + (distance - inner) * (goal - rise_inner) / (rise - rise_inner)
            if outer is not None:
                # A secant of a cliff hardly moves: every step takes its share of what is left.
                least = INSIDE * (outer - inner)
                distance = min(max(distance, inner + least), outer - least)
            if distance > 1e3 * goal * step:
                return None
        return centre + direction * distance
