"""What a fit would look like if a component lay elsewhere: fast enough to follow a hand.

While a component is held somewhere, the positions and widths of the others stay as they were when
it was taken up. What is left, areas and background, is linear but for the loss, so that a
few weighted linear solves with bounds give the curve in about a millisecond. Each one starts from
that same state, never from the last: chained warm starts let a species collapse to nothing. This is
a preview; numbers with uncertainties come from :func:`xps.fit`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .envelope import EnvelopeError
from .plan import Plan

if TYPE_CHECKING:
    import xarray as xr

    from references.registry import Registry

    from .envelope import Envelope
    from .likelihood import Statistic
    from .result import Fit

__all__ = ["Held", "Live", "Moment", "Reach", "ended", "live"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]

ROUNDS = 3
"""Solves a preview takes: the loss is bilinear with the areas, and three settle both."""
NARROWEST = 0.05
"""No line is drawn narrower than this [eV]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Where a component is held.

    Parameters
    ----------
    component : str
    position, fwhm : float or None
        Of its major line [eV]; ``None`` leaves it.
    height : float or None
        Of its major line above the background, in the data's unit; ``None`` lets the data decide.
    """

    component: str
    position: float | None = None
    fwhm: float | None = None
    height: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a component stands, and how far it can be moved.

    Parameters
    ----------
    position, width : float
        Of its major line, as it stands [eV].
    area : float
        Of its major line, as it stands, in the data's unit times eV.
    low, high : float
        Between which its position may lie [eV].
    tied : bool
        Whether it follows another component and cannot be moved by itself.
    """

    position: float
    width: float
    area: float
    low: float
    high: float
    tied: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Live:
    """A state of an envelope from which components can be moved.

    Attributes
    ----------
    envelope : Envelope
    plan : Plan
    data : (n,) array
        Counts or intensities inside the window.
    statistic : str
    values : (parameters,) array
        All parameters, held ones included.
    """

    envelope: Envelope
    plan: Plan
    data: Array
    statistic: Statistic
    values: Array

    @classmethod
    def of(cls, fit: Fit) -> Live:
        """Take a fit up where it ended; one that is undefined is taken up at its start."""
        plan = fit.measured.plan
        if not isinstance(plan, Plan):
            raise EnvelopeError(f"{fit.region}: only a fit of one spectrum can be moved by hand")
        found = fit.measured.solution.values
        values = plan.expand(found) if np.all(np.isfinite(found)) else plan.start.copy()
        problem = fit.measured.problem
        return cls(
            envelope=fit.envelope,
            plan=plan,
            data=problem.data,
            statistic=problem.statistic,
            values=values,
        )

    def reach(self, component: str) -> Reach:
        """Say where a component lies and between which ends it can be moved."""
        row, theta = self._major(component)
        position, width = (float(value) for value in (theta @ self.values + row)[:2])
        stands = {"position": position, "width": width, "area": self._area(component)}
        index = self._parameter(component, "position")
        if index is None:
            return Reach(**stands, low=position, high=position, tied=True)
        parameter = self.plan.parameters[index]
        offset = position - float(self.values[index])
        ends = self.plan.energy[[0, -1]]
        low, high = (parameter.low, parameter.high) if not parameter.held else (-np.inf, np.inf)
        return Reach(
            **stands,
            low=float(max(low + offset, ends[0])),
            high=float(min(high + offset, ends[1])),
            tied=False,
        )

    def moment(self, held: Held | None = None) -> Moment:
        """Give the curves with a component held somewhere, areas and background solved anew.

        Parameters
        ----------
        held : Held, optional
            Without it nothing is moved, and only areas and background are solved.
        """
        z = self.values.copy()
        fixed: set[int] = set()
        if held is not None:
            self._move(z, held, fixed)
        shapes = _Shapes(self.plan, z)
        if held is not None and held.height is not None:
            self._raise(z, held, shapes, fixed)
        columns = _linear(self.plan, fixed)
        for _ in range(ROUNDS):
            self._solve(z, shapes, columns)
        return _moment(self, z, shapes)

    def _major(self, component: str) -> tuple[Array, Array]:
        """Offset and matrix of theta of a component's major line."""
        for group in self.plan.groups:
            k = 2 + len(group.shape.parameters)
            for i, row in enumerate(group.rows):
                line = self.plan.lines[int(row)]
                if line.component == component and not line.minor:
                    part = slice(i * k, (i + 1) * k)
                    return group.offset[part], group.matrix[part]
        raise EnvelopeError(f"{self.envelope.region} has no component {component!r}")

    def _area(self, component: str) -> float:
        """Area of a component's major line."""
        plan = self.plan
        i = next(i for i, x in enumerate(plan.lines) if x.component == component and not x.minor)
        ratio = plan.ratio_matrix[i] @ self.values + plan.ratio_offset[i]
        return float((plan.area_matrix[i] @ self.values + plan.area_offset[i]) * ratio)

    def _parameter(self, component: str, quantity: str) -> int | None:
        """Place of a component's own parameter; ``None`` where it follows another."""
        name = f"{component} {quantity}"
        found = (i for i, p in enumerate(self.plan.parameters) if p.name == name)
        return next(found, None)

    def _move(self, z: Array, held: Held, fixed: set[int]) -> None:
        offset, matrix = self._major(held.component)
        for entry, name, wanted in (
            (0, "position", held.position),
            (1, "fwhm", None if held.fwhm is None else max(held.fwhm, NARROWEST)),
        ):
            index = self._parameter(held.component, name)
            if wanted is None or index is None or matrix[entry, index] == 0:
                continue
            now = float(matrix[entry] @ z + offset[entry])
            z[index] += (wanted - now) / matrix[entry, index]
            fixed.add(index)

    def _raise(self, z: Array, held: Held, shapes: _Shapes, fixed: set[int]) -> None:
        """Give a component the area that makes its major line so high, where that is its own."""
        index = self._parameter(held.component, "area")
        height = shapes.height(held.component)
        if index is None or held.height is None or not height > 0:
            return
        z[index] = max(held.height, 0.0) / height
        fixed.add(index)

    def _solve(self, z: Array, shapes: _Shapes, columns: Places) -> None:
        """Move areas and background in ``z`` to the weighted least squares within their bounds."""
        plan = self.plan
        if columns.size == 0:
            return
        rows, constant = shapes.design(z, columns)
        mu = constant + z[columns] @ rows
        weights = _weights(self.statistic, self.data, mu)
        system = (rows * weights).T
        target = (self.data - constant) * weights
        if plan.knowledge is not None:
            known = plan.knowledge
            told = np.any(known.linear[:, columns] != 0, axis=1)
            rest = z.copy()
            rest[columns] = 0.0
            u = known.linear_u[told]
            system = np.concatenate([system, known.linear[told][:, columns] / u[:, None]])
            target = np.concatenate(
                [target, (known.linear_target[told] - known.linear[told] @ rest) / u]
            )
        low = np.array([plan.parameters[int(i)].low for i in columns])
        z[columns] = _bounded(system, target, low)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moment:
    """The curves of a moment.

    Attributes
    ----------
    live : Live
        The state it is of; a component can be taken up from here.
    energy, measured, envelope, background, residual : (n,) array
        As :class:`xps.result.Curves`.
    lines : (lines, n) array
        Without background, in the order of the plan.
    shares : tuple of (str, float)
        Of each species, in the area of its core level: no uncertainty, a preview.
    chi2_reduced : float
        As :class:`xps.result.Fit` has it: -2 ln L for each degree of freedom.
    """

    live: Live
    energy: Array
    measured: Array
    envelope: Array
    background: Array
    residual: Array
    lines: Array
    shares: tuple[tuple[str, float], ...]
    chi2_reduced: float

    def component(self, name: str) -> Array:
        """Give the sum of a component's lines (n,)."""
        own = [line.component == name for line in self.live.plan.lines]
        return self.lines[np.array(own)].sum(axis=0)


def ended(fit: Fit) -> Moment:
    """Give the curves where a fit ended, nothing solved anew; undefined ones at its start.

    Examples
    --------
    >>> import xps
    >>> fit = xps.fit(xps.example("S 2p"), xps.envelope("S 2p", ["PS4", "Li2S"]))
    >>> abs(ended(fit).chi2_reduced / fit.chi2_reduced - 1.0) < 1e-9
    True
    """
    state = Live.of(fit)
    if not np.all(np.isfinite(fit.measured.solution.values)):
        return state.moment()
    return _moment(state, state.values, _Shapes(state.plan, state.values))


def live(
    spectrum: xr.Dataset,
    envelope: Envelope,
    *,
    registry: Registry | None = None,
    near: Live | None = None,
) -> Live:
    """Give the state a fit would start from, areas and background already solved.

    Parameters
    ----------
    spectrum : Dataset
        As for :func:`xps.fit`.
    envelope : Envelope
    registry : Registry, optional
    near : Live, optional
        A state of a recipe that differs little: what both start from alike stays as it is there.

    Returns
    -------
    Live

    Raises
    ------
    EnvelopeError
        As :func:`xps.fit`.

    Examples
    --------
    >>> import xps
    >>> state = live(xps.example("S 2p"), xps.envelope("S 2p", ["PS4", "Li2S"]))
    >>> there = state.moment(Held(component="Li2S", position=160.3))
    >>> round(sum(share for _, share in there.shares), 9)
    1.0
    """
    from references import load

    from .fit import task_of

    task = task_of(spectrum, envelope, load() if registry is None else registry)
    plan = task.planned()
    begun = Live(
        envelope=envelope,
        plan=plan,
        data=task.data,
        statistic=task.statistic,
        values=plan.start.copy() if near is None else _carried(plan, near),
    )
    return begun.moment().live


def _carried(plan: Plan, near: Live) -> Array:
    """Values of a state, where its parameter is the same and starts from the same place."""
    known = {p.name: (p, float(v)) for p, v in zip(near.plan.parameters, near.values, strict=True)}
    values = plan.start.copy()
    for i, parameter in enumerate(plan.parameters):
        old, value = known.get(parameter.name, (None, 0.0))
        if old is None or (old.held, old.start) != (parameter.held, parameter.start):
            continue
        values[i] = min(max(value, parameter.low), parameter.high)
    return values


class _Shapes:
    """The lines' unit densities at given positions and widths, and what is lost of them."""

    def __init__(self, plan: Plan, z: Array) -> None:
        self._plan = plan
        self.density = np.empty((len(plan.lines), plan.energy.size))
        self._heights = np.empty(len(plan.lines))
        for group in plan.groups:
            k = 2 + len(group.shape.parameters)
            theta = (group.matrix @ z + group.offset).reshape(-1, k)
            self.density[group.rows] = group.shape.density(plan.energy, theta)
            self._heights[group.rows] = group.shape.height(theta)
        self.ratio = plan.ratio_matrix @ z + plan.ratio_offset
        self.lost = None if plan.loss is None else plan.loss.apply(self.density)

    def height(self, component: str) -> float:
        """Height of a component's major line of unit area."""
        lines = self._plan.lines
        own = next(i for i, x in enumerate(lines) if x.component == component and not x.minor)
        return float(self._heights[own])

    def areas(self, z: Array) -> Array:
        """Areas of all lines."""
        return (self._plan.area_matrix @ z + self._plan.area_offset) * self.ratio

    def design(self, z: Array, columns: Places) -> tuple[Array, Array]:
        """Give the model about ``z`` as rows (columns, n) and what does not depend on them (n,)."""
        plan = self._plan
        kappa = 0.0 if plan.kappa is None else float(z[plan.kappa])
        seen = self.density if self.lost is None else self.density + kappa * self.lost
        rows = (plan.area_matrix[:, columns] * self.ratio[:, None]).T @ seen
        shifted = plan.energy - plan.energy.mean()
        for place, row in ((plan.constant, np.ones_like(shifted)), (plan.slope, shifted)):
            rows[columns == (-1 if place is None else place)] += row
        rest = z.copy()
        rest[columns] = 0.0
        constant = plan.static + self.areas(rest) @ seen
        if plan.constant is not None:
            constant = constant + rest[plan.constant]
        if plan.slope is not None:
            constant = constant + rest[plan.slope] * shifted
        moved = columns == (-1 if plan.kappa is None else plan.kappa)
        if self.lost is not None and moved.any():
            # kappa times area, linear about the areas as they are
            lost = self.areas(z) @ self.lost
            rows[moved] += lost
            constant = constant - kappa * lost
        return rows, constant


def _linear(plan: Plan, fixed: set[int]) -> Places:
    """Places of the parameters that a preview solves for."""
    free = set(plan.free.tolist()) - fixed
    areas = set(plan.free[plan.areal].tolist())
    background = {i for i in (plan.constant, plan.slope, plan.kappa) if i is not None}
    return np.array(sorted((areas | background) & free), dtype=np.intp)


def _weights(statistic: Statistic, data: Array, mu: Array) -> Array | float:
    """One over the noise: of counts that of the model, where it is sensible at all."""
    if statistic in {"unweighted", "sigma"}:
        return 1.0
    if statistic == "sqrt_counts":
        return 1.0 / np.sqrt(np.maximum(data, 1.0))
    return 1.0 / np.sqrt(np.maximum(mu, np.maximum(0.25 * data, 1.0)))


def _bounded(system: Array, target: Array, low: Array) -> Array:
    """Least squares above lower bounds; the tall system is made square first."""
    import scipy.optimize

    scale = np.sqrt(np.einsum("ij,ij->j", system, system))
    scale[scale == 0] = 1.0
    q, r = np.linalg.qr(system / scale)
    bounds = (low * scale, np.full(low.size, np.inf))
    optimize: Any = scipy.optimize
    found: Array = optimize.lsq_linear(r, q.T @ target, bounds=bounds, method="bvls", max_iter=50).x
    return np.maximum(found / scale, low)


def _moment(begun: Live, z: Array, shapes: _Shapes) -> Moment:
    plan = begun.plan
    nothing = np.zeros(0, dtype=np.intp)
    _, envelope = shapes.design(z, nothing)
    areas = shapes.areas(z)
    lines = areas[:, None] * shapes.density
    weights = _weights(begun.statistic, begun.data, envelope)
    residual = (begun.data - envelope) * weights
    freedom = max(begun.data.size - plan.free.size, 1)
    chi2 = _misfit(begun, envelope, residual) / freedom
    if begun.statistic in {"unweighted", "sigma"}:
        residual = residual / max(np.sqrt(chi2), 1e-300)
    return Moment(
        live=replace(begun, values=z),
        energy=plan.energy,
        measured=begun.data,
        envelope=envelope,
        background=envelope - lines.sum(axis=0),
        residual=residual,
        lines=lines,
        shares=_shares(begun, areas),
        chi2_reduced=chi2,
    )


def _misfit(begun: Live, envelope: Array, residual: Array) -> float:
    """-2 ln L up to a constant: of counts their deviance, as a fit has it."""
    if begun.statistic != "poisson":
        return float(residual @ residual)
    import scipy.special

    special: Any = scipy.special
    mu = np.maximum(envelope, 1e-8 * max(float(begun.data.mean()), 1e-8))
    return float(2.0 * np.sum(mu - begun.data + special.xlogy(begun.data, begun.data / mu)))


def _shares(begun: Live, areas: Array) -> tuple[tuple[str, float], ...]:
    """Each species' share of the area of its core level."""
    members = [c for c in begun.envelope.components if c.role == "species"]
    own = {
        c.name: float(
            areas[np.array([line.component == c.name for line in begun.plan.lines])].sum()
        )
        for c in members
    }
    found: list[tuple[str, float]] = []
    for component in members:
        total = sum(own[c.name] for c in members if c.core_level == component.core_level)
        found.append((component.name, own[component.name] / total if total > 0 else 0.0))
    return tuple(found)
