"""From a solved fit to estimates: value, parts of the uncertainty, and an interval that holds.

Above five standard uncertainties and where the likelihood is parabolic the interval is the value
plus and minus 1.96 u. Otherwise it follows the likelihood; below three it is an upper limit: the
upper end of the same interval, for a limit chosen after looking would hold less often than it says
(G. J. Feldman and R. D. Cousins, Phys. Rev. D 57 (1998) 3873, doi 10.1103/PhysRevD.57.3873).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from references.words import Estimate, Kind, UncertaintyParts

from .solve import Problem, Solution, objective, profile
from .state import State, state

if TYPE_CHECKING:
    from .budget import Budget
    from .plan import Model

__all__ = ["Intervals", "Measured", "Quantity"]

Array = NDArray[np.float64]
Intervals = Literal["auto", "covariance", "profile"]
Quantity = Callable[[Array], tuple[float, Array]]
"""From the state vector to a value and its gradient over the state vector."""

LEVEL = 0.95
Z = 1.959963984540054
"""Normal quantile of a two-sided 95 % interval."""
LIMIT_BELOW = 3.0
PROFILE_BELOW = 5.0
ABSENT = 1e-6
"""Share of an area below which it is not there."""
ROUNDING = 1e-8
"""Relative uncertainty that is rounding, not knowledge."""
NOT_PARABOLIC = 0.5
"""Relative departure of the likelihood from a parabola, at the interval's ends, that matters: the
straight line to the ends overstates it, so it is generous."""
LOOK_CLOSELY_BELOW = 12.0
"""Significance below which positions and widths are looked at too, and a small departure counts."""
NOT_PARABOLIC_FAINT = 0.1
TIED = 0.3
"""Correlation with a faint component's amount above which a quantity shares its fate."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measured:
    """A solved fit with its numbers and their uncertainty budget.

    Attributes
    ----------
    plan, problem, solution
        What was fitted, and the answer.
    state : State
        Areas, positions and widths of all lines.
    budget : Budget or None
        Their covariances by source; ``None`` unless the fit converged.
    """

    plan: Model
    problem: Problem
    solution: Solution
    state: State
    budget: Budget | None

    def significance(self, *components: str) -> float:
        """Area of components together over its u from counts, constraints and ties.

        An answer without them that the data do not exclude speaks first: no more than the root of
        what -2 ln L rises to it.
        """
        gradient = self.area_gradient(*components)
        if self.budget is None:
            return 0.0
        known = self.budget.counting + self.budget.constraints
        if self.budget.sensitivity is not None:
            known = known + self.budget.sensitivity  # a proportion drags areas along
        variance = gradient @ known @ gradient
        area = float(gradient @ self.state.values)
        if not variance > 0:
            return 0.0
        chosen = gradient[: len(self.plan.lines)] > 0
        rises = [
            other.objective - self.solution.objective
            for other in self.solution.lesser
            if self.plan.line_areas(np.array(other.values))[0][chosen].sum() <= ABSENT * area
        ]
        rise = min(rises, default=np.inf) / self._threshold(1.0)
        return min(area / float(np.sqrt(variance)), float(np.sqrt(max(rise, 0.0))))

    def area_significance(self, component: str) -> float:
        """Significance by which a component's areas are told: a limit of one line is one of all.

        Other sources than counts may leave one line of a doublet less sure than its partner, which
        is tied to it.
        """
        seen = self.significance(component)
        if self.budget is None:
            return seen
        n = len(self.plan.lines)
        total = np.sqrt(np.maximum(np.diag(self.budget.total)[:n], 0.0))
        own = np.array([line.component == component for line in self.plan.lines]) & (total > 0)
        least = float(np.min(self.state.values[:n][own] / total[own], initial=np.inf))
        return least if least < LIMIT_BELOW else seen

    def area_gradient(self, *components: str) -> Array:
        """Give ones at the areas of components' lines, over the state."""
        gradient = np.zeros(self.state.values.size)
        for i, line in enumerate(self.plan.lines):
            gradient[i] = line.component in components
        return gradient

    def moved(self, shift: Array) -> dict[str, float]:
        """Give the share of its area by which a shift of the state moves each component."""
        n = len(self.plan.lines)
        found: dict[str, float] = {}
        for name in dict.fromkeys(line.component for line in self.plan.lines):
            own = self.area_gradient(name)[:n]
            area = float(own @ self.state.values[:n])
            if area > 0:
                found[name] = float(own @ shift[:n]) / area
        return found

    def estimate(
        self,
        quantity: Quantity,
        *,
        significance: float,
        intervals: Intervals = "auto",
        magnitude: bool = True,
    ) -> Estimate:
        """Give an estimate of a quantity of the state vector.

        Parameters
        ----------
        quantity : callable
            ``quantity(state values) -> (value, gradient)``.
        significance : float
            Significance of the component that the quantity is about.
        intervals : {"auto", "covariance", "profile"}
            How the interval is made; ``auto`` chooses as the module says.
        magnitude : bool
            Whether the quantity is an amount (an area, a fraction), which below three standard
            uncertainties gets an upper limit; a position or width is given without interval there.
        """
        value, gradient = quantity(self.state.values)
        if self.budget is None:
            return Estimate(value=value)
        parts = self.budget.parts(gradient)
        moved = np.any(gradient @ self.state.gradient[:, self.plan.free] != 0)
        if parts.total <= ROUNDING * abs(value) and (magnitude or not moved):
            return Estimate(value=value, kind=Kind.FIXED)  # ties leave nothing to be uncertain of
        if not magnitude and significance < LIMIT_BELOW:
            return Estimate(value=value)
        # Counts may be sure of a component, and other sources leave its amount open all the same.
        if magnitude and min(significance * parts.total, value) < LIMIT_BELOW * parts.total:
            return self._limit(quantity, value, parts, intervals)
        ends, kind = None, Kind.PROFILE
        if self._needs_profile(value, gradient, significance, intervals, magnitude=magnitude):
            ends = self._ends(quantity, parts, magnitude=magnitude)
        if ends is None:
            there, reach, kind = self._elsewhere(quantity), Z * parts.total, Kind.STANDARD
            ends = min([value - reach, *there]), max([value + reach, *there])
        return Estimate(
            value=value,
            u=parts.total,
            u_parts=parts,
            low=max(ends[0], 0.0) if magnitude else ends[0],
            high=ends[1],
            level=LEVEL,
            kind=kind,
        )

    def _needs_profile(
        self,
        value: float,
        gradient: Array,
        significance: float,
        intervals: Intervals,
        *,
        magnitude: bool,
    ) -> bool:
        """Whether the interval has to follow the likelihood: asked for, at rest, faint, or bent."""
        assert self.budget is not None
        resting = float(gradient @ self.budget.resting @ gradient)
        if intervals == "profile" or resting > (ROUNDING * value) ** 2:
            return True
        if intervals == "covariance":
            return False
        return significance < PROFILE_BELOW or not self._parabolic(
            gradient, significance, magnitude=magnitude
        )

    def _limit(
        self, quantity: Quantity, value: float, parts: UncertaintyParts, intervals: Intervals
    ) -> Estimate:
        likely = float(np.hypot(parts.counting or 0.0, parts.constraints or 0.0))
        high = value + Z * likely
        if intervals != "covariance" and likely > 0:
            ends = profile(
                self.problem,
                self.solution,
                self._on_parameters(quantity),
                threshold=self._threshold(Z),
                step=likely,
                sides=(False, True),
            )
            high = high if ends.high is None else ends.high
        others = parts.misfit, parts.background, parts.sensitivity
        beyond = Z * float(np.linalg.norm([part or 0.0 for part in others]))
        high = value + np.hypot(high - value, beyond)
        return Estimate(
            value=value,
            u_parts=parts,
            high=float(max([high, *self._elsewhere(quantity)])),
            level=LEVEL,
            kind=Kind.UPPER_LIMIT,
        )

    def _ends(
        self, quantity: Quantity, parts: UncertaintyParts, *, magnitude: bool
    ) -> tuple[float, float] | None:
        """Profile ends, widened by the parts that the likelihood does not know of.

        An end where the likelihood never falls off is the covariance's; ``None`` where neither end
        does: there is no profile interval.
        """
        value, gradient = quantity(self.state.values)
        likely = float(np.hypot(parts.counting or 0.0, parts.constraints or 0.0))
        if likely == 0:
            return None
        found = profile(
            self.problem,
            self.solution,
            self._on_parameters(quantity),
            threshold=self._threshold(Z),
            step=likely,
            valleys=magnitude,
        )
        assert self.budget is not None
        off = self.budget.optima + self.budget.resting
        beside = gradient @ (self.budget.total - off) @ gradient
        unknown = float(beside) - self._soft_variance(gradient)
        beyond = Z * np.sqrt(max(unknown, 0.0))
        if found.low is None and found.high is None:
            return None
        reach = Z * parts.total
        low = value - (reach if found.low is None else np.hypot(value - found.low, beyond))
        high = value + (reach if found.high is None else np.hypot(found.high - value, beyond))
        there = self._elsewhere(quantity)
        return float(min([low, *there])), float(max([high, *there]))

    def _elsewhere(self, quantity: Quantity) -> list[float]:
        """The quantity in optima that are not excluded.

        Where a component is told as a limit, it may not be there, and then the others are what they
        are without it.
        """
        return [
            quantity(state(self.plan, np.array(other.values)).values)[0]
            for other in self.solution.lesser
        ]

    def _soft_variance(self, gradient: Array) -> float:
        """Variance that the likelihood with its priors accounts for."""
        assert self.solution.covariance is not None  # a budget implies one
        along = gradient @ self.state.gradient[:, self.plan.free]
        return float(along @ self.solution.covariance @ along)

    def _threshold(self, quantile: float) -> float:
        """Rise of the objective at this quantile; least squares without errors scales it."""
        variance = 1.0
        if self.problem.statistic == "unweighted":
            freedom = max(self.problem.data.size - len(self.solution.names), 1)
            variance = self.solution.objective / freedom
        return variance * quantile**2

    def _parabolic(self, gradient: Array, significance: float, *, magnitude: bool) -> bool:
        """Whether the likelihood at the interval's ends is what the covariance promises."""
        assert self.solution.covariance is not None  # a budget implies one
        along = gradient @ self.state.gradient[:, self.plan.free]
        if self.solution.lesser or self._hangs_on_faint(along):
            return False
        faint = significance < LOOK_CLOSELY_BELOW
        if not magnitude and not faint:
            return True
        variance = float(along @ self.solution.covariance @ along)
        if variance <= 0:
            return True
        reach = self.solution.covariance @ along * (Z / np.sqrt(variance))
        goal = self._threshold(Z)
        lower, upper = self.problem.lower, self.problem.upper
        assert lower is not None
        assert upper is not None
        for direction in (-1.0, 1.0):
            p = self.solution.values + direction * reach
            if np.any(p < lower) or np.any(p > upper):
                return False
            rise = objective(self.problem, p) - self.solution.objective
            if abs(rise / goal - 1.0) > (NOT_PARABOLIC_FAINT if faint else NOT_PARABOLIC):
                return False
        return True

    def _hangs_on_faint(self, along: Array) -> bool:
        """Whether a quantity is tied to the amount of a component that is hardly seen.

        A faint component's place and width wander; what is correlated with it goes along.
        """
        covariance = self.solution.covariance
        assert covariance is not None  # a budget implies one
        for component in {line.component for line in self.plan.lines}:
            if self.significance(component) >= PROFILE_BELOW:
                continue
            amount = self.area_gradient(component) @ self.state.gradient[:, self.plan.free]
            shared = along @ covariance @ amount
            if shared**2 > TIED**2 * (along @ covariance @ along) * (amount @ covariance @ amount):
                return True
        return False

    def _on_parameters(self, quantity: Quantity) -> Callable[[Array], tuple[float, Array]]:
        """Express a quantity of the state in the fitted parameters."""

        def on_parameters(p: Array) -> tuple[float, Array]:
            there = state(self.plan, p)
            value, gradient = quantity(there.values)
            return value, gradient @ there.gradient[:, self.plan.free]

        return on_parameters
