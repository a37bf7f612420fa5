"""What the data say about parameters: -2 ln L as residuals, and as a weighted linear system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Likelihood", "PinnedLikelihood", "Problem", "Statistic"]

Array = NDArray[np.float64]
Statistic = Literal["poisson", "sqrt_counts", "unweighted", "sigma"]

REJECTED = 1e100
"""Residual that stands for a prediction that is not a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A model to be fitted: what it predicts, what was measured, and what is known beforehand.

    Parameters
    ----------
    function : callable
        ``function(p) -> (n,)``, the predicted data.
    jacobian : callable
        ``jacobian(p) -> (n, m)``, its derivatives.
    data : (n,) array
        Measured values; counts for ``poisson`` and ``sqrt_counts``.
    names : tuple of str
        One name a parameter, used in messages only.
    lower, upper : (m,) array, optional
        Bounds; infinite where absent.
    natural : (m,) bool array, optional
        Parameters whose bounds are the ends of what can exist (an area of zero, a mixing of one).
        Resting there is an active constraint, not a failure.
    prior : callable, optional
        ``prior(p) -> (residual (k,), jacobian (k, m))``: Gaussian knowledge, each residual in units
        of its standard uncertainty.
    statistic : {"poisson", "sqrt_counts", "unweighted", "sigma"}
        Poisson deviance; least squares with ``1/max(N, 1)`` weights; ordinary least squares with
        the variance estimated from the residuals; least squares with given ``sigma``.
    sigma : (n,) array, optional
        Standard uncertainties of the data for ``statistic="sigma"``.

    Raises
    ------
    ValueError
        If shapes disagree, data are not finite, or counts are negative.
    """

    function: Callable[[Array], Array]
    jacobian: Callable[[Array], Array]
    data: Array
    names: tuple[str, ...]
    lower: Array | None = None
    upper: Array | None = None
    natural: NDArray[np.bool_] | None = None
    prior: Callable[[Array], tuple[Array, Array]] | None = None
    statistic: Statistic = "poisson"
    sigma: Array | None = None

    def __post_init__(self) -> None:
        m = len(self.names)
        put = object.__setattr__
        put(self, "data", np.asarray(self.data, dtype=float))
        put(self, "lower", _filled(self.lower, m, -np.inf))
        put(self, "upper", _filled(self.upper, m, np.inf))
        natural = np.zeros(m, dtype=bool) if self.natural is None else self.natural
        natural = np.asarray(natural, dtype=bool)
        if natural.shape != (m,):
            raise ValueError(f"natural must have shape ({m},), not {natural.shape}")
        put(self, "natural", natural)
        if self.data.ndim != 1 or self.data.size == 0 or not np.all(np.isfinite(self.data)):
            raise ValueError("data must be one-dimensional, finite and not empty")
        if self.statistic in {"poisson", "sqrt_counts"} and np.any(self.data < 0):
            raise ValueError(
                f"counts are >= 0, but the smallest value is {self.data.min():g}; "
                "use statistic='unweighted' for data that are not counts"
            )
        if self.statistic not in get_args(Statistic):
            known = ", ".join(get_args(Statistic))
            raise ValueError(f"statistic is one of {known}, not {self.statistic!r}")
        if self.statistic == "sigma":
            _check_sigma(self.sigma, self.data)
        if np.any(self.lower >= self.upper):  # type: ignore[operator]
            wrong = int(np.argmax(self.lower >= self.upper))  # type: ignore[operator]
            raise ValueError(f"{self.names[wrong]}: lower bound is not below the upper one")


class Likelihood:
    """-2 ln L of a problem as residuals, and as the weighted linear system of a Newton step."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.lower: Array = problem.lower  # type: ignore[assignment]
        self.upper: Array = problem.upper  # type: ignore[assignment]
        self.evaluations = 0
        counts = problem.data
        self._poisson = problem.statistic == "poisson"
        if self._poisson:
            self._floor = 1e-8 * max(float(counts.mean()), 1e-8)
            self._positive = counts > 0
            self._log_counts = np.log(np.where(self._positive, counts, 1.0))
            self.weights = np.ones_like(counts)
        elif problem.statistic == "sqrt_counts":
            self.weights = 1.0 / np.sqrt(np.maximum(counts, 1.0))
        elif problem.statistic == "sigma":
            self.weights = 1.0 / np.asarray(problem.sigma, dtype=float)
        else:
            self.weights = np.ones_like(counts)

    def data_residuals(self, p: Array) -> tuple[Array, Array]:
        """Give signed residuals whose squares sum to the deviance, and the prediction."""
        self.evaluations += 1
        with np.errstate(all="ignore"):
            mu = self.problem.function(p)
        if self._poisson:
            mu = np.maximum(mu, self._floor)
            return _deviance_residuals(self.problem.data, mu, self._log_counts, self._positive), mu
        return (self.problem.data - mu) * self.weights, mu

    def residuals(self, p: Array) -> Array:
        """Give data residuals followed by prior residuals; huge but finite where undefined."""
        residual, _ = self.data_residuals(p)
        if self.problem.prior is not None:
            residual = np.concatenate([residual, self.problem.prior(p)[0]])
        if not np.all(np.isfinite(residual)):
            return np.full(residual.shape, REJECTED)
        return residual

    def residual_jacobian(self, p: Array) -> Array:
        """Give derivatives of :meth:`residuals`, parameters first (m, n + k)."""
        with np.errstate(all="ignore"):
            rows = self.problem.jacobian(p).T
        if self._poisson:
            residual, mu = self.data_residuals(p)
            safe = np.abs(residual) > 1e-7
            slope = np.where(
                safe,
                (mu - self.problem.data) / (mu * np.where(safe, residual, 1.0)),
                -1.0 / np.sqrt(mu),
            )
            rows = rows * slope
        else:
            rows = rows * -self.weights
        if self.problem.prior is not None:
            rows = np.concatenate([rows, self.problem.prior(p)[1].T], axis=1)
        return np.nan_to_num(rows, nan=0.0, posinf=REJECTED, neginf=-REJECTED)

    def at(self, p: Array) -> float:
        """Give -2 ln L including the prior's part."""
        residual = self.residuals(p)
        with np.errstate(over="ignore"):
            return float(residual @ residual)

    def unit(self, value: float) -> float:
        """Give one unit of -2 ln L: least squares without errors takes it from the misfit."""
        if self.problem.statistic != "unweighted":
            return 1.0
        return value / max(self.problem.data.size - len(self.problem.names), 1)

    def coarse_unit(self, value: float) -> float:
        """Give one unit, or the misfit of a degree of freedom where that is larger.

        Where a model misses the data by far, a unit of -2 ln L means nothing.
        """
        freedom = max(self.problem.data.size - len(self.problem.names), 1)
        return max(self.unit(value), value / freedom)

    def newton_system(self, p: Array) -> tuple[Array, Array, float]:
        """Give (A (n + k, m), r (n + k,), -2 ln L): a Fisher step solves min |A s - r|."""
        residual, mu = self.data_residuals(p)
        with np.errstate(all="ignore"):
            value = float(residual @ residual)
            jacobian = self.problem.jacobian(p)
        if self._poisson:
            weights = 1.0 / np.sqrt(mu)
            system, target = jacobian * weights[:, None], (self.problem.data - mu) * weights
        else:
            system, target = jacobian * self.weights[:, None], residual
        if self.problem.prior is not None:
            prior, prior_jacobian = self.problem.prior(p)
            system = np.concatenate([system, prior_jacobian])
            target = np.concatenate([target, -prior])
            value += float(prior @ prior)
        return system, target, value


class PinnedLikelihood(Likelihood):
    """An objective with a quantity held at a value by a stiff spring, for profiles."""

    def __init__(
        self,
        problem: Problem,
        quantity: Callable[[Array], tuple[float, Array]],
        goal: float,
        stiffness: float,
    ) -> None:
        super().__init__(problem)
        self._quantity, self._goal, self._stiffness = quantity, goal, stiffness

    def residuals(self, p: Array) -> Array:
        """Give the residuals with the spring's at the end."""
        spring = (self._quantity(p)[0] - self._goal) / self._stiffness
        return np.append(super().residuals(p), spring)

    def newton_system(self, p: Array) -> tuple[Array, Array, float]:
        """Give the weighted system with the spring as its last row."""
        system, target, value = super().newton_system(p)
        reached, gradient = self._quantity(p)
        spring = (reached - self._goal) / self._stiffness
        system = np.concatenate([system, gradient[None, :] / self._stiffness])
        return system, np.append(target, -spring), value + spring * spring


def _deviance_residuals(
    counts: Array, mu: Array, log_counts: Array, positive: NDArray[np.bool_]
) -> Array:
    """Give sign(N - mu) sqrt(2 [mu - N + N ln(N/mu)]), without cancellation near N = mu."""
    difference = mu - counts
    deviance = difference + np.where(positive, counts * (log_counts - np.log(mu)), 0.0)
    t = difference / np.where(positive, counts, 1.0)
    near = positive & (np.abs(t) < 1e-2)
    if near.any():
        t = t[near]
        series = 1 / 2 - t * (1 / 3 - t * (1 / 4 - t * (1 / 5 - t * (1 / 6 - t * (1 / 7 - t / 8)))))
        deviance[near] = counts[near] * t * t * series
    return -np.sign(difference) * np.sqrt(2.0 * np.maximum(deviance, 0.0))


def _check_sigma(sigma: Array | None, data: Array) -> None:
    if sigma is None:
        raise ValueError("statistic='sigma' needs sigma")
    given = np.asarray(sigma, dtype=float)
    if given.shape != data.shape or not np.all(np.isfinite(given) & (given > 0)):
        raise ValueError(
            f"sigma must be positive and finite, one value for each of {data.size} data"
        )


def _filled(bounds: Array | None, m: int, default: float) -> Array:
    if bounds is None:
        return np.full(m, default)
    filled = np.asarray(bounds, dtype=float)
    if filled.shape != (m,):
        raise ValueError(f"bounds must have shape ({m},), not {filled.shape}")
    return filled
