"""A plan laid out for the kernel: its maps over all parameters, and its line shapes as tables.

A pseudo-Voigt line (and its two ends, Gaussian and Lorentzian) is evaluated as it stands. Any other
shape is a template of (E - E0)/F in its own parameters, y = f(v; s)/F: the templates are tabulated
once, from :mod:`xps.lineshape`, over v and over those of s that the fit varies, and interpolated by
six-point Lagrange polynomials, good to 1e-7 of the maximum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .background import U2, Kernel, ShirleyLoss, TougaardLoss, trapezoid_weights
from .envelope import EnvelopeError
from .lineshape import LineShape, lineshape
from .model_error import EXPECTED_SIZE, MODEL_ERROR_ODDS, SIZES, error_basis
from .starts import candidates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .kernel import Arrays, Errors, Starts
    from .plan import LineGroup, Plan

__all__ = ["arrays_of", "errors_of", "separated", "starts_of"]

Array = NDArray[np.float64]

PER_WIDTH = 40
"""Nodes of a table in one full width, at the line's centre;"""
STRETCH = 8.0
"""widths from there at which they thin out: they are even in u = v/sqrt(1 + (v/STRETCH)^2)."""
REACH = 40.0
"""Widths to which a table reaches on either side; a Lorentzian's tail goes on from there."""
NODES = 33
"""Nodes over one of the shape's own parameters."""
AXES = 2
"""Own parameters of a shape that may vary in one table."""
TABULATED = {"mix", "asymmetry"}
"""Own parameters in which templates are smooth enough to be interpolated."""
STEEP = {("gl_product", "mix")}
"""Own parameters whose templates end with an infinite slope."""
WINDOWED = {"doniach_sunjic"}
"""Shapes without an area of their own, whose templates change with the window."""


SEPARATED = 1e-11
"""Size of a term of a loss cross-section, against the first, that is rounding."""
DIFFERENT = 0.3
"""Distance of two starts, in spreads, from which they are worth a walk each."""


def arrays_of(plan: Plan) -> Arrays:
    """Lay a plan out for the kernel.

    Parameters
    ----------
    plan : Plan
        As assembled for one spectrum of the series.

    Returns
    -------
    Arrays
        Maps over all parameters; indices of the linear, the other and the held uncertain ones.

    Raises
    ------
    EnvelopeError
        If a shape varies in what cannot be tabulated.
    """
    from .kernel import Arrays

    size, lines = len(plan.parameters), len(plan.lines)
    wide = max(2 + len(group.shape.parameters) for group in plan.groups)
    theta, offset = np.zeros((lines, max(wide, 3), size)), np.zeros((lines, max(wide, 3)))
    table = np.full(lines, -1)
    tables: list[_Table] = []
    for group in plan.groups:
        k = 2 + len(group.shape.parameters)
        theta[group.rows, :k] = group.matrix.reshape(-1, k, size)
        offset[group.rows, :k] = group.offset.reshape(-1, k)
        if group.shape.name in {"gaussian", "lorentzian"}:
            offset[group.rows, 2] = float(group.shape.name == "lorentzian")
        elif group.shape.name != "pseudo_voigt":
            for row, own in zip(group.rows, _tables(plan, group), strict=True):
                if own not in tables:
                    tables.append(own)
                table[row] = tables.index(own)
    fitted = plan.free
    alone = np.any(plan.area_matrix != 0, axis=0)
    for place in (plan.constant, plan.slope):
        if place is not None:
            alone[place] = True
    names = [line.component for line in plan.lines]
    rows = [own.rows() for own in tables]
    firsts = np.cumsum([0, *(len(r) for r in rows)])
    known = plan.knowledge
    nothing = np.zeros((0, size))
    loss, spread, gather, operator = _loss(plan)
    return Arrays(
        energy=plan.energy,
        half=0.5 * np.diff(plan.energy),
        shifted=plan.energy - plan.energy.mean(),
        loss=loss,
        spread=spread,
        gather=gather,
        operator=operator,
        theta=theta,
        theta0=offset,
        area=plan.area_matrix,
        area0=plan.area_offset,
        ratio=plan.ratio_matrix,
        ratio0=plan.ratio_offset,
        table=table,
        tables=np.concatenate(rows) if rows else np.zeros((1, 9)),
        layout=np.array([own.layout(f) for own, f in zip(tables, firsts[:-1], strict=True)])
        if tables
        else np.zeros((1, 10)),
        per_width=float(PER_WIDTH),
        stretch=STRETCH,
        constant=-1 if plan.constant is None else plan.constant,
        slope=-1 if plan.slope is None else plan.slope,
        kappa=-1 if plan.kappa is None else plan.kappa,
        linear=fitted[alone[fitted]].astype(np.int64),
        bent=fitted[~alone[fitted]].astype(np.int64),
        shaky=np.array(
            [i for i, p in enumerate(plan.parameters) if p.held and p.u], dtype=np.int64
        ),
        lower=np.array([p.low for p in plan.parameters]),
        upper=np.array([p.high for p in plan.parameters]),
        natural=np.array([p.natural for p in plan.parameters], dtype=bool),
        known=nothing if known is None else known.linear / known.linear_u[:, None],
        known_target=np.zeros(0) if known is None else known.linear_target / known.linear_u,
        above=nothing if known is None else known.above,
        below=nothing if known is None else known.below,
        ratio_target=np.zeros(0) if known is None else known.ratio_target,
        ratio_u=np.zeros(0) if known is None else known.ratio_u,
        owner=np.array(
            [names.index(p.component) if p.component in names else -1 for p in plan.parameters]
        ),
        component=np.array([names.index(line.component) for line in plan.lines]),
        own=np.zeros(lines),
        mates=np.zeros(lines),
        pin=np.zeros(2),
    )


def starts_of(plan: Plan, linear: NDArray[np.int64], seed: int) -> Starts:
    """Lay out where fits of a plan may begin: what does not depend on the counts.

    Parameters
    ----------
    plan : Plan
    linear : (p,) int array
        Indices of the linear parameters among all.
    seed : int
        Seed of the scatter.
    """
    from .kernel import Starts

    shapes = candidates(plan, seed)
    evaluator = plan.evaluator()
    place = {int(j): i for i, j in enumerate(plan.free)}
    own = [place[int(j)] for j in linear]
    straight = np.array([j in (plan.constant, plan.slope) for j in linear], dtype=bool)
    columns: list[Array] = []
    held: list[Array] = []
    for shape in shapes:
        p = shape.copy()
        p[own] = 0.0
        if plan.kappa is not None:
            p[place[plan.kappa]] = 0.0
        columns.append(np.ascontiguousarray(evaluator.jacobian(p)[:, own].T))
        held.append(evaluator(p) - plan.static)
    all_columns, all_held = np.array(columns), np.array(held)
    lost, held_lost = np.zeros_like(all_columns), np.zeros_like(all_held)
    if plan.loss is not None:
        lost, held_lost = plan.loss.apply(all_columns), plan.loss.apply(all_held)
        lost[:, straight] = 0.0
    spread = np.array([parameter.spread for parameter in plan.fitted])
    shaped = spread > 0
    gaps = np.abs(np.array(shapes)[:, None] - np.array(shapes)) / np.maximum(spread, 1e-6)
    return Starts(
        values=np.array([plan.expand(shape) for shape in shapes]),
        columns=all_columns,
        lost=lost,
        held=all_held,
        held_lost=held_lost,
        apart=gaps[:, :, shaped].max(axis=2, initial=0.0) > DIFFERENT,
    )


def _loss(plan: Plan) -> tuple[int, Array, Array, Array]:
    """Which loss the kernel applies, and what it needs: sums' weights, or a matrix."""
    nothing = np.zeros((1, plan.energy.size)), np.zeros((1, plan.energy.size))
    if plan.loss is None:
        return 0, *nothing, np.zeros((1, 1))
    if isinstance(plan.loss, ShirleyLoss):
        return 1, *nothing, np.zeros((1, 1))
    assert isinstance(plan.loss, TougaardLoss)
    if plan.loss.kernel.gap == 0.0:
        return 2, *separated(plan.energy, plan.loss.kernel), np.zeros((1, 1))
    return 3, *nothing, np.ascontiguousarray(plan.loss.apply(np.eye(plan.energy.size)).T)


def separated(energy: Array, kernel: Kernel) -> tuple[Array, Array]:
    """Write a loss cross-section without gap as sum_r s_r(E) g_r(E'), trapezoid weights in g.

    K(E - E') is smooth over a window that is short against 80 eV, so that few terms do.

    Returns
    -------
    spread, gather : (terms, n) arrays
    """
    loss = energy[:, None] - energy
    square = kernel.C + kernel.sign * loss * loss
    whole = kernel.B * loss / (square * square + kernel.D * loss * loss)
    left, sizes, right = np.linalg.svd(whole)
    kept = sizes > SEPARATED * sizes[0]
    spread = np.ascontiguousarray((left[:, kept] * sizes[kept]).T)
    return spread, np.ascontiguousarray(right[kept] * trapezoid_weights(energy))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """One own parameter of a shape: its place in theta, and its nodes (one where it is fixed)."""

    place: int
    low: float
    step: float
    nodes: int

    @property
    def values(self) -> Array:
        return self.low + self.step * np.arange(float(self.nodes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Templates of a shape over up to two parameters that vary; the others are held.

    ``uncertain`` is the place in theta of a held one that is uncertain, -1 if none is.
    """

    shape: str
    fixed: tuple[float, ...]
    one: _Axis
    two: _Axis
    uncertain: int

    def rows(self) -> Array:
        """Templates (one x two, v), and their derivatives by the uncertain one below them."""
        return _templates(self.shape, self.fixed, self.one, self.two, self.uncertain)

    def layout(self, first: int) -> Array:
        """What the kernel reads of it: first row, then each axis, then the uncertain place."""
        ends = [float(v) for a in (self.one, self.two) for v in (a.place, a.nodes, a.low, a.step)]
        return np.array([float(first), *ends, float(self.uncertain)])


def _tables(plan: Plan, group: LineGroup) -> list[_Table]:
    """The table of each line of a group."""
    k = 2 + len(group.shape.parameters)
    matrix = group.matrix.reshape(-1, k, len(plan.parameters))
    at_start = (group.matrix @ plan.start + group.offset).reshape(-1, k)
    moves = np.array([not p.held for p in plan.parameters])
    shakes = np.array([p.held and bool(p.u) for p in plan.parameters])
    found: list[_Table] = []
    for own, values in zip(matrix, at_start, strict=True):
        varies = [t for t in range(2, k) if np.any(own[t, moves] != 0)]
        uncertain = [t for t in range(2, k) if np.any(own[t, shakes] != 0) and t not in varies]
        names = [group.shape.parameters[t - 2] for t in varies]
        steep = any((group.shape.name, name) in STEEP for name in names)
        smooth = set(names) <= TABULATED and not steep
        if len(uncertain) > 1 or not smooth or group.shape.name in WINDOWED:
            told = ", ".join(f'{name} = "{values[2 + i]:g} fixed"' for i, name in enumerate(names))
            raise EnvelopeError(
                f"a series does not fit the shape {group.shape.name} as it stands: "
                + (
                    "its area depends on the window; take mahan"
                    if group.shape.name in WINDOWED
                    else f"hold its parameters, shape_parameters = {{{told}}}"
                )
            )
        axes = [_axis(group.shape, t) for t in varies]
        axes += [_Axis(place=0, low=0.0, step=1.0, nodes=1)] * (AXES - len(axes))
        found.append(
            _Table(
                shape=group.shape.name,
                fixed=tuple(float(v) for v in values[2:]),
                one=axes[0],
                two=axes[1],
                uncertain=uncertain[0] if uncertain else -1,
            )
        )
    return found


def _axis(shape: LineShape, place: int) -> _Axis:
    low, high, _ = shape.bounds(shape.parameters[place - 2])
    return _Axis(place=place, low=low, step=(high - low) / (NODES - 1), nodes=NODES)


@lru_cache(maxsize=16)
def _templates(name: str, fixed: Sequence[float], one: _Axis, two: _Axis, uncertain: int) -> Array:
    shape = lineshape(name)
    # Interpolation wants four nodes more than the last place that is asked for.
    last = int(PER_WIDTH * REACH / np.sqrt(1.0 + (REACH / STRETCH) ** 2)) + 5
    u = np.arange(-last, last + 1) / PER_WIDTH
    v = u / np.sqrt(1.0 - (u / STRETCH) ** 2)
    rows: list[Array] = []
    for a in one.values:
        for b in two.values:
            theta = np.array([[0.0, 1.0, *fixed]])
            for axis, value in ((one, a), (two, b)):
                if axis.nodes > 1:
                    theta[0, axis.place] = value
            rows.append(theta)
    stacked = np.concatenate(rows)
    value, gradient = shape.density_and_gradient(v, stacked)
    found = value if uncertain < 0 else np.concatenate([value, gradient[:, uncertain]])
    found = np.ascontiguousarray(found)
    found.flags.writeable = False
    return found


def errors_of(plan: Plan) -> Errors:
    """Lay out what the line shapes of a plan may err by (:mod:`xps.model_error`)."""
    from .kernel import Errors

    families: dict[tuple[object, ...], int] = {}
    family = np.zeros(len(plan.lines), dtype=np.int64)
    for group in plan.groups:
        k = 2 + len(group.shape.parameters)
        own = np.concatenate(
            [group.matrix.reshape(-1, k, len(plan.parameters)), group.offset.reshape(-1, k, 1)],
            axis=2,
        )[:, 2:]
        for row, shape in zip(group.rows, own, strict=True):
            symmetric = group.shape.symmetric
            key = (group.shape.name,) if symmetric else (group.shape.name, shape.tobytes())
            family[row] = families.setdefault(key, len(families))
    u, basis = error_basis()
    likely = SIZES / (SIZES**2 + EXPECTED_SIZE**2)
    spread, gather = separated(plan.energy, U2())
    return Errors(
        basis=np.ascontiguousarray(basis),
        reach=float(u[-1]),
        step=float(u[1] - u[0]),
        family=family,
        families=len(families),
        sizes=SIZES,
        likely=MODEL_ERROR_ODDS * likely / likely.sum(),
        spread=spread,
        gather=gather,
    )
