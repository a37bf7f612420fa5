"""Plans of several spectra as one model: which parameters they share, and what ties the others.

Every plan keeps its own parameters z_r, its own axis and its own background. Of the joint
parameters z they take what is theirs,

    z_r = S_r z,

S_r a selection; a parameter that two plans select is shared. An area that a hard proportion holds
is no parameter of the joint model: it follows from the others, and with it one row of S_r is a
function of z. What is known of several plans' parameters together is Gaussian knowledge over z.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..plan import Model, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..plan import Evaluator, Knowledge, Parameter
    from .proportion import Proportion

    Known = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]

__all__ = ["Coupled", "HeldArea", "Part", "SoftProportion", "coupled", "qualified"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldArea:
    """An area that follows from another part's: a = k T' (1 + theta) / [(1 + theta') s].

    T' is the total area of the component it follows, s the sum of the own lines over the major one,
    theta and theta' the errors of the two levels' sensitivity factors.

    Parameters
    ----------
    parameter : int
        Index of the area among the part's own parameters.
    component : str
    followed : Part
        Where the other component is.
    followed_component : str
    factor : float
        k.
    theta, followed_theta : int
        Indices of the errors among the joint parameters.
    """

    parameter: int
    component: str
    followed: Part
    followed_component: str
    factor: float
    theta: int
    followed_theta: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Part(Model):
    """One spectrum's plan over the parameters of a joint model.

    Attributes
    ----------
    name : str
        Of the region.
    plan : Plan
        As it is alone.
    index : (own,) int array
        Joint parameter of each of its own; -1 where it follows from others.
    held_areas : tuple of HeldArea
    """

    name: str
    plan: Plan
    index: NDArray[np.intp]
    held_areas: tuple[HeldArea, ...] = ()

    def own(self, z: Array) -> tuple[Array, list[tuple[int, Array]]]:
        """Give its own parameters, and the gradient over z of those that follow from others."""
        mine = np.where(self.index >= 0, z[self.index], 0.0)
        gradients: list[tuple[int, Array]] = []
        for held in self.held_areas:
            value, gradient = self._followed(held, mine, z)
            mine[held.parameter] = value
            gradients.append((held.parameter, gradient))
        return mine, gradients

    def fitted_values(self, p: Array) -> Array:
        """Give the parameters that its plan fits alone, at fitted parameters of the joint model."""
        mine, _ = self.own(self.expand(p))
        return mine[self.plan.free]

    def spread(self, rows: Array, gradients: Sequence[tuple[int, Array]]) -> Array:
        """Turn derivatives by its own parameters (k, own) into those by all of z (k, all)."""
        there = self.index >= 0
        found = np.zeros((rows.shape[0], len(self.parameters)))
        found[:, self.index[there]] = rows[:, there]
        for parameter, gradient in gradients:
            found += rows[:, parameter, None] * gradient
        return found

    def total(self, component: str, z: Array) -> tuple[float, Array]:
        """Give a component's area over all its lines, and its gradient over z."""
        mine, gradients = self.own(z)
        areas, slopes = self.plan.line_areas(mine[self.plan.free])
        chosen = self._lines_of(component)
        rows = slopes[chosen].sum(axis=0, keepdims=True)
        return float(areas[chosen].sum()), self.spread(rows, gradients)[0]

    def _followed(self, held: HeldArea, mine: Array, z: Array) -> tuple[float, Array]:
        total, gradient = held.followed.total(held.followed_component, z)
        chosen = self._lines_of(held.component)
        rows = self.plan.ratio_matrix[chosen].sum(axis=0, keepdims=True)
        lines = float(rows[0] @ mine + self.plan.ratio_offset[chosen].sum())
        here, there = 1.0 + z[held.theta], 1.0 + z[held.followed_theta]
        value = held.factor * total * here / (there * lines)
        slope = held.factor * here / (there * lines) * gradient
        slope = slope - value / lines * self.spread(rows, [])[0]
        slope[held.theta] += value / here
        slope[held.followed_theta] -= value / there
        return value, slope

    def _lines_of(self, component: str) -> NDArray[np.bool_]:
        return np.array([line.component == component for line in self.plan.lines])

    @property
    def areal(self) -> NDArray[np.bool_]:
        """Which fitted parameters are areas of its lines (m,)."""
        made = np.any(self.plan.area_matrix != 0, axis=0) & (self.index >= 0)
        return np.isin(self.free, self.index[made])

    @property
    def losses(self) -> dict[str, type]:
        """What loss its background's parameter scales, by its joint name."""
        if self.plan.kappa is None or self.plan.loss is None:
            return {}
        return {self.parameters[int(self.index[self.plan.kappa])].name: type(self.plan.loss)}

    def evaluator(self, columns: NDArray[np.intp] | None = None) -> PartEvaluator:
        """Give an evaluator of its channels alone."""
        return PartEvaluator(self, self.free if columns is None else columns)

    def line_areas(self, p: Array) -> tuple[Array, Array]:
        """Give the areas of its lines and their gradient over z."""
        mine, gradients = self.own(self.expand(p))
        areas, slopes = self.plan.line_areas(mine[self.plan.free])
        return areas, self.spread(slopes, gradients)

    def line_shapes(self, p: Array) -> tuple[tuple[Array, Array], ...]:
        """Give theta of each of its lines and its gradient over z."""
        mine, gradients = self.own(self.expand(p))
        return tuple(
            (theta, self.spread(slopes, gradients))
            for theta, slopes in self.plan.line_shapes(mine[self.plan.free])
        )


class PartEvaluator:
    """Value and Jacobian of one part's channels over the joint parameters."""

    def __init__(self, part: Part, columns: NDArray[np.intp]) -> None:
        self._part, self._columns = part, columns
        self._inner: Evaluator = part.plan.evaluator(np.arange(len(part.plan.parameters)))

    def __call__(self, p: Array) -> Array:
        """Give the predicted counts (n,)."""
        return self._inner(self._own(p)[0])

    def jacobian(self, p: Array) -> Array:
        """Give the derivatives (n, columns)."""
        mine, gradients = self._own(p)
        return self._part.spread(self._inner.jacobian(mine), gradients)[:, self._columns]

    def _own(self, p: Array) -> tuple[Array, list[tuple[int, Array]]]:
        part = self._part
        return part.own(part.expand(p) if p.size == part.free.size else p)


@dataclass(frozen=True, slots=True, eq=False)
class SoftProportion:
    """Knowledge that the units of components are equal: each over their mean is 1 within u."""

    members: tuple[tuple[Part, str, float, int], ...]
    u: float

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Give residuals (k,) and their Jacobian (k, all)."""
        units = np.empty(len(self.members))
        slopes = np.empty((units.size, z.size))
        for i, (part, component, per_area, theta) in enumerate(self.members):
            total, gradient = part.total(component, z)
            here = 1.0 + z[theta]
            units[i] = per_area * total / here
            slopes[i] = per_area * gradient / here
            slopes[i, theta] -= units[i] / here
        mean, slope = float(units.mean()), slopes.mean(axis=0)
        if not mean > 0:  # of nothing there is no proportion
            return np.zeros(units.size), np.zeros_like(slopes)
        # From their mean by u / sqrt(2) each, so that any two differ by u, whatever their order.
        own = self.u / np.sqrt(2.0)
        return (
            (units / mean - 1.0) / own,
            (slopes - np.outer(units / mean, slope)) / (mean * own),
        )


class Together:
    """Knowledge of the parts, each of its own parameters, and of all of them together."""

    def __init__(self, parts: Sequence[Part], others: Sequence[Known]) -> None:
        self._parts, self._others = parts, others

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Give residuals (k,) and their Jacobian (k, all)."""
        residuals: list[Array] = [np.zeros(0)]
        rows: list[Array] = [np.zeros((0, z.size))]
        for part in self._parts:
            if part.plan.knowledge is None:
                continue
            mine, gradients = part.own(z)
            residual, jacobian = part.plan.knowledge(mine)
            residuals.append(residual)
            rows.append(part.spread(jacobian, gradients))
        for known in self._others:
            residual, jacobian = known(z)
            residuals.append(residual)
            rows.append(jacobian)
        return np.concatenate(residuals), np.concatenate(rows)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Coupled(Model):
    """Several parts as one model; lines and channels of one part after the other.

    Attributes
    ----------
    parts : tuple of Part
    """

    parts: tuple[Part, ...]

    @property
    def channels(self) -> tuple[slice, ...]:
        """Where each part's channels are."""
        ends = np.cumsum([0, *(part.plan.energy.size for part in self.parts)]).tolist()
        return tuple(slice(a, b) for a, b in pairwise(ends))

    @property
    def areal(self) -> NDArray[np.bool_]:
        """Which fitted parameters are areas (m,)."""
        return np.any([part.areal for part in self.parts], axis=0)

    @property
    def losses(self) -> dict[str, type]:
        """What loss each parameter of an active background scales, by its name."""
        return {name: loss for part in self.parts for name, loss in part.losses.items()}

    def evaluator(self, columns: NDArray[np.intp] | None = None) -> CoupledEvaluator:
        """Give an evaluator of all channels."""
        return CoupledEvaluator([part.evaluator(columns) for part in self.parts])

    def line_areas(self, p: Array) -> tuple[Array, Array]:
        """Give the areas of all lines and their gradient over z."""
        found = [part.line_areas(p) for part in self.parts]
        return np.concatenate([a for a, _ in found]), np.concatenate([g for _, g in found])

    def line_shapes(self, p: Array) -> tuple[tuple[Array, Array], ...]:
        """Give theta of each line and its gradient over z."""
        return tuple(shape for part in self.parts for shape in part.line_shapes(p))


class CoupledEvaluator:
    """Value and Jacobian of all channels over the joint parameters."""

    def __init__(self, evaluators: Sequence[PartEvaluator]) -> None:
        self._evaluators = evaluators

    def __call__(self, p: Array) -> Array:
        """Give the predicted counts (n,)."""
        return np.concatenate([evaluator(p) for evaluator in self._evaluators])

    def jacobian(self, p: Array) -> Array:
        """Give the derivatives (n, columns)."""
        return np.concatenate([evaluator.jacobian(p) for evaluator in self._evaluators])


def qualified(region: str, name: str) -> str:
    """Give a name of one region's model its region: PS4 of S 2p is not PS4 of P 2p."""
    return f"{region} {name}"


def coupled(
    parts: Sequence[Part],
    parameters: Sequence[Parameter],
    knowledge: Knowledge | None,
    proportions: Sequence[tuple[Proportion, Sequence[tuple[Part, str, float, int]]]],
    beside: Sequence[int],
) -> Coupled:
    """Put parts over the same parameters together.

    Parameters
    ----------
    parts : sequence of Part
    parameters : sequence of Parameter
        The joint ones.
    knowledge : Knowledge or None
        Of the joint parameters, beside what the parts know.
    proportions : sequence of (Proportion, members)
        The soft ones; of each member its part, component, units per area, and the index of its
        level's error of sensitivity.
    beside : sequence of int
        Joint parameters that are results.
    """
    others: list[Known] = [] if knowledge is None else [knowledge]
    others += [SoftProportion(tuple(members), it.u) for it, members in proportions]
    known = Together(parts, others) if others or any(p.plan.knowledge for p in parts) else None
    lines = tuple(
        replace(line, component=qualified(part.name, line.component))
        for part in parts
        for line in part.plan.lines
    )
    free = np.array([i for i, p in enumerate(parameters) if not p.held], dtype=np.intp)
    return Coupled(
        parameters=tuple(parameters),
        lines=lines,
        free=free,
        knowledge=known,
        beside=tuple(beside),
        parts=tuple(parts),
    )
