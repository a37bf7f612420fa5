"""The arrays of a fit: parameters, linear maps, value and analytic Jacobian.

Every line j has an area and shape values theta_j = (position, fwhm, ...), all of them linear in
the parameters z (areas times a branching ratio, itself linear):

    area_j = (A z + a0)_j (R z + r0)_j,    theta = T z + t0
    mu     = c0 + c1 (E - E_ref) + (1 + kappa G) sum_j area_j phi(E; theta_j) + static

with G the loss operator of an active background. One set of arrays serves the single fit and the
batch. Held values (fixed splittings and the like) are columns of the same maps, so that what they
are uncertain by can be propagated.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .lineshape import LineShape

__all__ = [
    "Evaluator",
    "Knowledge",
    "Line",
    "LineGroup",
    "Loss",
    "Model",
    "Parameter",
    "Plan",
    "Predicts",
]

Array = NDArray[np.float64]


class Knows(Protocol):
    """What is known of all parameters beforehand."""

    def __call__(self, z: Array, /) -> tuple[Array, Array]:
        """Give residuals (k,) in units of their u, and their Jacobian (k, parameters)."""
        ...


class Predicts(Protocol):
    """Value and Jacobian of a model over the parameters that are fitted."""

    def __call__(self, p: Array, /) -> Array:
        """Give the predicted counts (n,)."""
        ...

    def jacobian(self, p: Array, /) -> Array:
        """Give the derivatives (n, m)."""
        ...


class Loss(Protocol):
    """A linear operator that turns peaks into their inelastic background."""

    def apply(self, rows: Array, /) -> Array:
        """Apply to the last axis."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number of the model: what it is, where it may lie, whether it is held.

    Parameters
    ----------
    name : str
        For instance ``"Li2S position"``.
    start : float
        Start, or the value it is held at.
    low, high : float
        Bounds.
    spread : float
        How far starts are scattered about ``start``.
    natural : bool
        Whether the bounds are the ends of what can exist.
    held : bool
        Whether it is not fitted.
    u : float or None
        Standard uncertainty of a held value, or of what is known of a fitted one beforehand.
    known : bool
        Whether its bounds are the library's, not the user's.
    component : str
        The component it belongs to; empty for shared ones.
    """

    name: str
    start: float
    low: float = -np.inf
    high: float = np.inf
    spread: float = 0.0
    natural: bool = False
    held: bool = False
    u: float | None = None
    known: bool = False
    component: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the envelope, for instance S 2p1/2 of Li2S."""

    component: str
    label: str
    minor: bool
    shape: str


@dataclass(frozen=True, slots=True, eq=False)
class LineGroup:
    """Lines of one shape: their rows, and the map from parameters to their theta."""

    shape: LineShape
    rows: NDArray[np.intp]
    matrix: Array
    offset: Array


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """Gaussian knowledge: ``(c z - t)/u``, and of ratios ``((a z)/(b z) - t)/u``."""

    linear: Array
    linear_target: Array
    linear_u: Array
    above: Array
    below: Array
    ratio_target: Array
    ratio_u: Array

    @property
    def size(self) -> int:
        """Number of residuals."""
        return self.linear_target.size + self.ratio_target.size

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Give residuals (k,) and their Jacobian (k, parameters)."""
        flat = (self.linear @ z - self.linear_target) / self.linear_u
        above, below = self.above @ z, self.below @ z
        bent = (above / below - self.ratio_target) / self.ratio_u
        slope = self.above / below[:, None] - self.below * (above / below**2)[:, None]
        return (
            np.concatenate([flat, bent]),
            np.concatenate([self.linear / self.linear_u[:, None], slope / self.ratio_u[:, None]]),
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Model(ABC):
    """What a search and an uncertainty budget need to know of a model: parameters and lines.

    Attributes
    ----------
    parameters : tuple of Parameter
        All of them, held ones included.
    lines : tuple of Line
    free : (m,) int array
        Indices of the parameters that are fitted.
    knowledge : callable or None
        What is known of the parameters beforehand.
    beside : tuple of int
        Indices of parameters whose values are results beside those of the lines.
    """

    parameters: tuple[Parameter, ...]
    lines: tuple[Line, ...]
    free: NDArray[np.intp]
    knowledge: Knows | None
    beside: tuple[int, ...] = ()
    start: Array = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", np.array([p.start for p in self.parameters]))

    @property
    def fitted(self) -> tuple[Parameter, ...]:
        """The parameters that are fitted, in order."""
        return tuple(self.parameters[int(i)] for i in self.free.tolist())

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fitted parameters."""
        return tuple(parameter.name for parameter in self.fitted)

    @property
    def lower(self) -> Array:
        """Lower bounds of the fitted parameters."""
        return np.array([parameter.low for parameter in self.fitted])

    @property
    def upper(self) -> Array:
        """Upper bounds of the fitted parameters."""
        return np.array([parameter.high for parameter in self.fitted])

    @property
    def natural(self) -> NDArray[np.bool_]:
        """Which fitted parameters have bounds that are the ends of what can exist."""
        return np.array([parameter.natural for parameter in self.fitted], dtype=bool)

    def expand(self, p: Array) -> Array:
        """Put fitted values among the held ones."""
        z = self.start.copy()
        z[self.free] = p
        return z

    def fitted_knowledge(self, p: Array) -> tuple[Array, Array]:
        """Give the Gaussian knowledge as residuals (k,) and Jacobian (k, m) of fitted values."""
        if self.knowledge is None:
            return np.zeros(0), np.zeros((0, p.size))
        residual, jacobian = self.knowledge(self.expand(p))
        return residual, jacobian[:, self.free]

    @property
    @abstractmethod
    def areal(self) -> NDArray[np.bool_]:
        """Which fitted parameters are areas (m,)."""

    @property
    @abstractmethod
    def losses(self) -> dict[str, type]:
        """What loss each parameter of an active background scales, by its name."""

    @abstractmethod
    def evaluator(self, columns: NDArray[np.intp] | None = None) -> Predicts:
        """Give a fresh evaluator; it remembers its last point, so each fit takes its own.

        Its Jacobian is over ``columns``, all fitted parameters where not given.
        """

    @abstractmethod
    def line_areas(self, p: Array) -> tuple[Array, Array]:
        """Give the areas of all lines (lines,) [counts eV] and their gradient (lines, all)."""

    @abstractmethod
    def line_shapes(self, p: Array) -> tuple[tuple[Array, Array], ...]:
        """Give, for each line, theta (2 + k,) and its gradient (2 + k, all parameters)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Plan(Model):
    """The arrays of a fit of one spectrum, and what follows from them.

    Attributes
    ----------
    energy : (n,) array
        Calibrated binding energies [eV], ascending.
    area_matrix, area_offset, ratio_matrix, ratio_offset : arrays
        (lines, parameters) and (lines,), in the order of ``lines``: areas [counts eV] and
        branching ratios.
    static : (n,) array
        Background that is held [counts].
    """

    energy: Array
    knowledge: Knowledge | None
    area_matrix: Array
    area_offset: Array
    ratio_matrix: Array
    ratio_offset: Array
    static: Array
    groups: tuple[LineGroup, ...]
    loss: Loss | None
    constant: int | None
    slope: int | None
    kappa: int | None

    @property
    def areal(self) -> NDArray[np.bool_]:
        """Which fitted parameters are areas (m,)."""
        return np.any(self.area_matrix[:, self.free] != 0, axis=0)

    @property
    def losses(self) -> dict[str, type]:
        """What loss each parameter of an active background scales, by its name."""
        if self.loss is None or self.kappa is None:
            return {}
        return {self.parameters[self.kappa].name: type(self.loss)}

    def evaluator(self, columns: NDArray[np.intp] | None = None) -> Evaluator:
        """Give a fresh evaluator; it remembers its last point, so each fit takes its own."""
        return Evaluator(self, columns)

    def line_areas(self, p: Array) -> tuple[Array, Array]:
        """Give the areas of all lines (lines,) [counts eV] and their gradient (lines, all)."""
        z = self.expand(p)
        plain = self.area_matrix @ z + self.area_offset
        ratio = self.ratio_matrix @ z + self.ratio_offset
        gradient = self.area_matrix * ratio[:, None] + self.ratio_matrix * plain[:, None]
        return plain * ratio, gradient

    def shape_limits(self) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Give, for each line, the ends between which the bounds let each entry of theta move."""
        held = np.array([parameter.held for parameter in self.parameters])
        low = np.where(held, self.start, [parameter.low for parameter in self.parameters])
        high = np.where(held, self.start, [parameter.high for parameter in self.parameters])
        found: list[tuple[tuple[float, float], ...]] = [()] * len(self.lines)
        for group in self.groups:
            k = 2 + len(group.shape.parameters)
            ends = [_reach(row, low, high) for row in group.matrix]
            moved = [(a + b, c + b) for (a, c), b in zip(ends, group.offset, strict=True)]
            for i, row in enumerate(group.rows):
                found[row] = tuple(moved[i * k : (i + 1) * k])
        return tuple(found)

    def line_shapes(self, p: Array) -> tuple[tuple[Array, Array], ...]:
        """Give, for each line, theta (2 + k,) and its gradient (2 + k, all parameters)."""
        z = self.expand(p)
        found: list[tuple[Array, Array]] = [(np.empty(0), np.empty((0, 0)))] * len(self.lines)
        for group in self.groups:
            k = 2 + len(group.shape.parameters)
            theta = (group.matrix @ z + group.offset).reshape(-1, k)
            matrix = group.matrix.reshape(-1, k, z.size)
            for i, row in enumerate(group.rows):
                found[row] = (theta[i], matrix[i])
        return tuple(found)


def _reach(row: Array, low: Array, high: Array) -> tuple[float, float]:
    """Least and largest value of a linear combination of what lies between two ends."""
    used = row != 0  # an infinite bound of what has no part says nothing
    one, other = row[used] * low[used], row[used] * high[used]
    return float(np.minimum(one, other).sum()), float(np.maximum(one, other).sum())


class Evaluator:
    """Value and Jacobian of a plan's model, sharing the work of one point between the two."""

    def __init__(self, plan: Plan, columns: NDArray[np.intp] | None = None) -> None:
        """Prepare the maps restricted to ``columns`` (default: the fitted parameters)."""
        self._plan = plan
        self._columns = plan.free if columns is None else columns
        n_lines = len(plan.lines)
        self._area = np.ascontiguousarray(plan.area_matrix[:, self._columns])
        self._ratio = np.ascontiguousarray(plan.ratio_matrix[:, self._columns])
        self._theta = [np.ascontiguousarray(g.matrix[:, self._columns]) for g in plan.groups]
        sizes = [(2 + len(g.shape.parameters)) * g.rows.size for g in plan.groups]
        self._stack = np.empty((n_lines + sum(sizes), plan.energy.size))
        self._coefficients = np.empty((self._columns.size, n_lines + sum(sizes)))
        self._shifted = plan.energy - plan.energy.mean()
        position = {int(c): i for i, c in enumerate(self._columns)}
        self._constant = position.get(-1 if plan.constant is None else plan.constant)
        self._slope = position.get(-1 if plan.slope is None else plan.slope)
        self._kappa = position.get(-1 if plan.kappa is None else plan.kappa)
        self._at: Array | None = None

    def __call__(self, p: Array) -> Array:
        """Give the predicted counts (n,)."""
        self._move(p)
        return self._mu

    def jacobian(self, p: Array) -> Array:
        """Give the derivatives (n, m)."""
        self._move(p)
        plan, stack, coefficients = self._plan, self._stack, self._coefficients
        n_lines = len(plan.lines)
        coefficients[:, :n_lines] = (
            self._area * self._ratios[:, None] + self._ratio * self._plain[:, None]
        ).T
        offset = n_lines
        for group, matrix in zip(plan.groups, self._theta, strict=True):
            size = matrix.shape[0]
            weights = np.repeat(self._areas[group.rows], size // group.rows.size)
            coefficients[:, offset : offset + size] = (matrix * weights[:, None]).T
            offset += size
        rows = coefficients @ stack
        if plan.loss is not None:
            rows += self._kappa_value * plan.loss.apply(rows)
        if self._constant is not None:
            rows[self._constant] += 1.0
        if self._slope is not None:
            rows[self._slope] += self._shifted
        if self._kappa is not None:
            rows[self._kappa] += self._lost
        return rows.T

    def components(self, p: Array) -> tuple[Array, Array]:
        """Give the lines without background (lines, n) and the background (n,), in counts."""
        self._move(p)
        lines = self._areas[:, None] * self._stack[: len(self._plan.lines)]
        return lines, self._mu - lines.sum(axis=0)

    def _move(self, p: Array) -> None:
        if self._at is not None and np.array_equal(p, self._at):
            return
        plan = self._plan
        z = plan.expand(p) if p.size == plan.free.size else p
        self._plain = plan.area_matrix @ z + plan.area_offset
        self._ratios = plan.ratio_matrix @ z + plan.ratio_offset
        self._areas = self._plain * self._ratios
        n_lines, stack = len(plan.lines), self._stack
        offset = n_lines
        for group in plan.groups:
            k = 2 + len(group.shape.parameters)
            theta = (group.matrix @ z + group.offset).reshape(-1, k)
            value, gradient = group.shape.density_and_gradient(plan.energy, theta)
            stack[group.rows] = value
            size = k * group.rows.size
            stack[offset : offset + size] = gradient.reshape(size, -1)
            offset += size
        peaks = self._areas @ stack[:n_lines]
        mu = plan.static + peaks
        if plan.loss is not None and plan.kappa is not None:
            self._kappa_value = z[plan.kappa]
            self._lost = plan.loss.apply(peaks)
            mu = mu + self._kappa_value * self._lost
        if plan.constant is not None:
            mu = mu + z[plan.constant]
        if plan.slope is not None:
            mu = mu + z[plan.slope] * self._shifted
        self._mu = mu
        self._at = p.copy()
