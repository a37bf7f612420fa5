"""The compiled heart of a series: one plan, many spectra.

The model is that of :mod:`xps.plan` and the objective that of :mod:`xps.likelihood`; here both run
from plain arrays, thousands of times a second. Areas and a straight background are linear: wherever
the other parameters go, they are solved for anew within their bounds (variable projection; G. H.
Golub and V. Pereyra, SIAM J. Numer. Anal. 10 (1973) 413), and near the optimum all parameters move
together by bounded Newton steps with the Fisher information (Fisher scoring).

numba compiles this module on first use and keeps what it compiled on the disk. It is one file since
numba asks no other file than a function's own whether what it kept is still right.
"""

# numba gives no types; it is called in this module alone.
# pyright: basic
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from references.compiled import load_in_order

__all__ = [
    "AT_BOUND",
    "CONVERGED",
    "FAILED",
    "MAX_ITER",
    "MULTIMODAL",
    "SINGULAR",
    "Answers",
    "Arrays",
    "Starts",
    "Task",
    "fit_spectra",
    "misfit_of",
    "predict_spectra",
    "profile_spectra",
    "refine_spectra",
    "rises",
]

Array = NDArray[np.float64]

CONVERGED, AT_BOUND, MAX_ITER, SINGULAR, MULTIMODAL, FAILED = range(6)
"""Assessments as numbers, in the order of :class:`references.words.Assessment`."""

FAST = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "reassoc", "nsz", "arcp"},
}


def _with(**more):
    """The same and more, of which numba has no document: unknown to it, all is right and slow."""
    try:
        njit(**FAST, **more)(_with)
    except KeyError:
        return FAST
    return {**FAST, **more}


WHOLE = _with(_nrt=False, no_cfunc_wrapper=True)
"""Of what makes no array, so that numba need not count references to them.

It would count each array of each call, one locked instruction after the other: half of the time.
"""
LEAN = _with(_nrt=False, no_cfunc_wrapper=True, no_cpython_wrapper=True)
"""The same of what is called from here alone: an entrance from Python takes as long to compile as
most of these functions."""
ONCE = {**FAST, "inline": "always"}
"""Of what is called in one place: compiled there, and not by itself and there again."""
_LN2 = float(np.log(2.0))
_GAUSS = 2.0 * np.sqrt(_LN2 / np.pi)
"""Height of a Gaussian of unit area and width."""
_GAUSS_END = 56.0
"""Squared distance, in half widths, beyond which a Gaussian is below rounding: 2^-56."""
_C = tuple(float(c) for c in np.cumprod(np.concatenate([[1.0], -_LN2 / np.arange(1.0, 13.0)])))
"""Taylor series of 2^-f."""
_A = tuple(float(1.0 / (2 * j + 3)) for j in range(10))
"""Taylor series of (artanh s - s)/s^3 by powers of s^2,"""
_NEAR_ENOUGH = 0.2
"""which is exact to rounding up to here."""
_NODES = np.arange(-2.0, 4.0)
_LAGRANGE = np.ascontiguousarray(np.linalg.inv(np.vander(_NODES, increasing=True)).T)
"""Six-point Lagrange polynomials over the nodes, by rising powers (node, power)."""
_ROUGH = 1e-3
"""Promised decrease of -2 ln L at which a comparison of starts may stop."""
_FINE = 1e-9
"""Promised decrease at which a fit has settled; the step that promised it is still taken."""
_FAR = 1.0
"""Promised decrease above which the linear parameters are solved for anew at each step."""
_LOOSE = 1e-2
"""Promised decrease at which a walk with a share held has settled."""
_GIVE = 1e-2
"""Give of such a hold, in units of the share's u: a rise and a share that belong together."""
_CLIFF = 1e-4
"""Distance, in u, within which a rise is a jump."""
_OVERSHOT = 0.6
"""Share of a step that would have been enough, by its parabola, from which it was too long."""
_SHORT = 0.1
"""The shortest stride."""
_AT_ONCE = 8
"""Numbers in the widest register and in a line of the cache."""
_SUMMED = 6
"""Rows that are summed in one pass."""
_MAX_STEPS = 60
_PATIENCE = 4
"""Evaluations that every start is given."""
_HOPE = 10.0
"""A walk may still gain this many times what its next step promises."""
_INDISTINGUISHABLE = 1.0
_SETTLED, _ENDED, _UNSETTLED = range(3)
"""How a walk ended."""
_NEAR = 100.0
"""Rise of -2 ln L within which a valley is looked for."""
_SATURATED = 4
"""Neighbouring channels at the largest value that no Poisson counts show,"""
_MANY = 30.0
"""if that value is larger than this."""
_HARDLY = 5.0
"""Standard uncertainties of its area below which a component's window is no statement."""
_NOTHING = 1e-12
"""Information that counts as none, against one."""
_SINGULAR = 1e15
"""Condition of the scaled information matrix above which parameters are not determined."""


class Arrays(NamedTuple):
    """What the kernel needs of a plan, with L lines, Z parameters and n channels.

    Parameters are columns of the maps, held ones included; ``linear`` and ``bent`` index those
    that are fitted, ``shaky`` those that are held at an uncertain value. ``owner`` (Z,) says whose
    a parameter is, by the numbers of ``component`` (L,); nobody's is -1. ``pin`` holds the share of
    the areas ``own`` in ``mates`` (L,) at a value, with a stiffness: nothing where that is zero.
    """

    energy: Array
    half: Array
    shifted: Array
    loss: int
    spread: Array
    gather: Array
    operator: Array
    theta: Array
    theta0: Array
    area: Array
    area0: Array
    ratio: Array
    ratio0: Array
    table: NDArray[np.int64]
    tables: Array
    layout: Array
    per_width: float
    stretch: float
    constant: int
    slope: int
    kappa: int
    linear: NDArray[np.int64]
    bent: NDArray[np.int64]
    shaky: NDArray[np.int64]
    lower: Array
    upper: Array
    natural: NDArray[np.bool_]
    known: Array
    known_target: Array
    above: Array
    below: Array
    ratio_target: Array
    ratio_u: Array
    owner: NDArray[np.int64]
    component: NDArray[np.int64]
    own: Array
    mates: Array
    pin: Array


class Answers(NamedTuple):
    """What the kernel finds for N spectra and m fitted parameters, [linear, bent].

    ``values`` (N, Z), ``counting``, ``constraints`` and ``resting`` (N, m, m), ``dragged``
    (N, m, shaky), ``objective``, ``deviance``, ``condition``, ``code``, ``evaluations`` (N,).
    """

    values: Array
    counting: Array
    constraints: Array
    resting: Array
    dragged: Array
    objective: Array
    deviance: Array
    condition: Array
    code: NDArray[np.int64]
    evaluations: NDArray[np.int64]


class _Active(NamedTuple):
    """Scratch of :func:`_bounded` for up to m unknowns."""

    factor: Array
    pull: Array
    trial: Array
    free: NDArray[np.bool_]
    dead: NDArray[np.bool_]


class _Work(NamedTuple):
    """One thread's scratch: lines and their derivatives, rows of the Jacobian, small matrices.

    ``stack`` holds the values of all lines, then the derivatives of each by its theta; ``moves``
    a step and the room below and above, of all fitted parameters and of the linear ones alone.
    Rows of ``stack``, ``rows`` and ``weighted`` are longer than the channels: see :func:`_block`.
    """

    theta: Array
    stack: Array
    factors: Array
    places: NDArray[np.int64]
    rows: Array
    weighted: Array
    peaks: Array
    lost: Array
    mu: Array
    base: Array
    weight: Array
    areas: Array
    plain: Array
    ratios: Array
    information: Array
    score: Array
    small: Array
    short: Array
    collapsed: Array
    nodes: Array
    seats: Array
    damped: Array
    slope: Array
    trial: Array
    moves: Array
    short_moves: Array
    peaked: NDArray[np.int64]
    columns: NDArray[np.int64]
    active: _Active


class _Desk(NamedTuple):
    """One thread's scratch beside a walk's: where starts end, and what makes covariances.

    ``ends`` (starts + 1, Z), ``begins`` (C, Z) of C candidates in the ``order`` of their ``hopes``;
    ``held`` (shaky, n); all else is of m fitted parameters.
    """

    ends: Array
    values: Array
    begins: Array
    hopes: Array
    order: NDArray[np.int64]
    chosen: NDArray[np.int64]
    best: Array
    warm: Array
    known: Array
    prior: Array
    scaled: Array
    factor: Array
    inverse: Array
    half: Array
    scale: Array
    unit: Array
    column: Array
    free: NDArray[np.bool_]
    used: NDArray[np.bool_]
    area: NDArray[np.bool_]
    held: Array


def _block(many, n):
    """Rows of zeros for n channels, each of which begins where the processor loads fastest."""
    wide = -(-n // _AT_ONCE) * _AT_ONCE
    flat = np.zeros(many * wide + _AT_ONCE)
    first = -(flat.ctypes.data // flat.itemsize) % _AT_ONCE
    return flat[first : first + many * wide].reshape(many, wide)


def _active(m):
    flags = np.zeros((2, m), dtype=np.bool_)
    return _Active(np.empty((m, m)), np.empty(m), np.empty(m), flags[0], flags[1])


def _desk(a, starts, task):
    m, many = a.linear.size + a.bent.size, a.lower.size
    candidates = starts.values.shape[0]
    known, prior, scaled, factor, inverse, half = np.empty((6, m, m))
    scale, unit, column = np.empty((3, m))
    free, used, area = np.empty((3, m), dtype=np.bool_)
    return _Desk(
        np.empty((task.starts + 1, many)),
        np.empty(task.starts + 1),
        np.empty((candidates, many)),
        np.empty(candidates),
        np.empty(candidates, dtype=np.int64),
        np.empty(candidates, dtype=np.int64),
        np.empty(many),
        np.empty(many),
        known,
        prior,
        scaled,
        factor,
        inverse,
        half,
        scale,
        unit,
        column,
        free,
        used,
        area,
        _block(a.shaky.size, a.energy.size),
    )


def _scratch(a):
    lines, wide = a.theta.shape[0], a.theta.shape[1]
    n, many, m = a.energy.size, a.linear.size, a.linear.size + a.bent.size
    curves = _block(5, n)
    return _Work(
        np.empty((lines, wide)),
        _block(lines * (1 + wide), n),
        np.empty(lines * (1 + wide) + _SUMMED),
        np.empty(lines * (1 + wide) + _SUMMED, dtype=np.int64),
        _block(m, n),
        _block(2, n),
        curves[0][:n],
        curves[1][:n],
        curves[2][:n],
        curves[3][:n],
        curves[4][:n],
        np.empty(lines),
        np.empty(lines),
        np.empty(lines),
        np.empty((m, m)),
        np.empty(m),
        np.empty((many, many)),
        np.empty(many),
        np.empty((4, a.tables.shape[1])),
        np.empty((4, 6)),
        _block(15, n),
        np.empty((m, m)),
        np.empty(m),
        np.empty(a.lower.size),
        np.empty((3, m)),
        np.empty((3, many)),
        np.empty(a.lower.size, dtype=np.int64),
        np.concatenate((a.linear, a.bent)),
        _active(m),
    )


# lines


@njit(**LEAN)
def _pseudo_voigt(x, position, fwhm, mix, value, gradient):
    """Value and derivatives of one line; see :mod:`xps.lineshape`.

    Short loops over few arrays are what compilers turn into vector instructions; 2^-q comes from
    the series of 2^(-q/64), squared six times.
    """
    n, scale, height = x.size, 2.0 / fwhm, _GAUSS / fwhm
    gauss, rest, lorentz = gradient[0], gradient[1], gradient[2]
    for k in range(n):
        v = (x[k] - position) * scale
        f = min(v * v, _GAUSS_END) / 64.0
        y = _C[0] + f * (_C[1] + f * (_C[2] + f * (_C[3] + f * (_C[4] + f * (_C[5] + f * (
            _C[6] + f * (_C[7] + f * (_C[8] + f * (_C[9] + f * _C[10])))))))))  # fmt: skip
        y *= y
        y *= y
        y *= y
        y *= y
        y *= y
        y *= y
        gauss[k] = y * height
    for k in range(n):
        v = (x[k] - position) * scale
        lorentz[k] = scale / np.pi / (1.0 + v * v)
    by_gauss, by_lorentz = (1.0 - mix) * scale * 2.0 * _LN2, mix * 2.0 * np.pi
    for k in range(n):
        value[k] = gauss[k] + mix * (lorentz[k] - gauss[k])
        slope = by_gauss * gauss[k] + by_lorentz * lorentz[k] * lorentz[k]
        rest[k] = slope * (x[k] - position) * scale
    for k in range(n):
        lorentz[k] -= gauss[k]
    for k in range(n):
        gauss[k] = rest[k]
        rest[k] = rest[k] * (x[k] - position) * (0.5 * scale) - value[k] * (0.5 * scale)


@njit(**LEAN)
def _six_weights(f, weights, slopes):
    """Lagrange weights of six nodes -2 .. 3 at f, and their derivatives."""
    for i in range(6):
        w = _LAGRANGE[i, 5]
        s = 0.0
        for j in range(4, -1, -1):
            s = s * f + w
            w = w * f + _LAGRANGE[i, j]
        weights[i], slopes[i] = w, s


@njit(**LEAN)
def _all_weights(f, weights, slopes):
    """The same at many places, (6, n)."""
    for i in range(6):
        c0, c1, c2 = _LAGRANGE[i, 0], _LAGRANGE[i, 1], _LAGRANGE[i, 2]
        c3, c4, c5 = _LAGRANGE[i, 3], _LAGRANGE[i, 4], _LAGRANGE[i, 5]
        weight, slope = weights[i], slopes[i]
        for k in range(f.size):
            t = f[k]
            weight[k] = c0 + t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * c5))))
            slope[k] = c1 + t * (2.0 * c2 + t * (3.0 * c3 + t * (4.0 * c4 + t * (5.0 * c5))))


@njit(**LEAN)
def _axis(value, nodes, low, step, weights, slopes):
    """Weights of the neighbours of a value on one axis of a table, and the first one's index."""
    weights[0], slopes[0] = 1.0, 0.0
    if nodes < 6:
        return 0, 1
    place = min(max((value - low) / step, 0.0), nodes - 1.0)
    first = min(max(int(np.floor(place)) - 2, 0), nodes - 6)
    _six_weights(place - first - 2.0, weights, slopes)
    for i in range(6):
        slopes[i] /= step
    return first, 6


@njit(**LEAN)
def _collapse(a, t, theta, low, high, nodes, out):
    """Interpolate a table in its shape's own parameters, over some channels of its grid.

    Rows of ``out``: value, derivatives by the two varying parameters, and by the held one.
    """
    lay = a.layout[t]
    n1, n2 = int(lay[2]), int(lay[6])
    w1, s1, w2, s2 = nodes[0], nodes[1], nodes[2], nodes[3]
    first1, many1 = _axis(theta[int(lay[1])], n1, lay[3], lay[4], w1, s1)
    first2, many2 = _axis(theta[int(lay[5])], n2, lay[7], lay[8], w2, s2)
    for r in range(4):
        for k in range(low, high):
            out[r, k] = 0.0
    value, by_one, by_two, by_held = out[0], out[1], out[2], out[3]
    for i in range(many1):
        row = int(lay[0]) + (first1 + i) * n2 + first2
        w, d = w1[i], s1[i]
        if many2 == 1:
            only = a.tables[row]
            for k in range(low, high):
                value[k] += w * only[k]
                by_one[k] += d * only[k]
        else:
            y0, y1, y2 = a.tables[row], a.tables[row + 1], a.tables[row + 2]
            y3, y4, y5 = a.tables[row + 3], a.tables[row + 4], a.tables[row + 5]
            for k in range(low, high):
                y = w2[0] * y0[k] + w2[1] * y1[k] + w2[2] * y2[k]
                y += w2[3] * y3[k] + w2[4] * y4[k] + w2[5] * y5[k]
                dy = s2[0] * y0[k] + s2[1] * y1[k] + s2[2] * y2[k]
                dy += s2[3] * y3[k] + s2[4] * y4[k] + s2[5] * y5[k]
                value[k] += w * y
                by_one[k] += d * y
                by_two[k] += w * dy
        if lay[9] >= 0:
            for j in range(many2):
                change, c = a.tables[row + n1 * n2 + j], w * w2[j]
                for k in range(low, high):
                    by_held[k] += c * change[k]


@njit(**LEAN)
def _node(a, v):
    """Where on a table's grid v lies, in nodes: they thin out towards the tails (xps.layout)."""
    middle = 0.5 * (a.tables.shape[1] - 1)
    return middle + a.per_width * v / np.sqrt(1.0 + (v / a.stretch) ** 2)


@njit(**LEAN)
def _reach(a, theta):
    """Give the part of a table's grid that a line needs over the window."""
    last = a.tables.shape[1] - 1
    first = _node(a, (a.energy[0] - theta[0]) / theta[1]) - 4.0
    final = _node(a, (a.energy[-1] - theta[0]) / theta[1]) + 5.0
    low = int(min(max(first, 0.0), last - 8.0))
    return low, int(min(max(final, low + 8.0), last + 1.0))


@njit(**LEAN)
def _tabulated(a, t, theta, low, high, value, gradient, seats, collapsed):
    """One line of a tabulated shape: y = f(v)/F with v = (x - E0)/F."""
    lay = a.layout[t]
    x, position, fwhm, last = a.energy, theta[0], theta[1], a.tables.shape[1] - 1
    reach = (0.5 * last - 4.0) / a.per_width
    end = reach / np.sqrt(1.0 - (reach / a.stretch) ** 2)
    one, two, held = _row_of(lay[1], lay[2]), _row_of(lay[5], lay[6]), int(lay[9])
    base, f, bend = seats[0], seats[1][: x.size], seats[2]
    weights, slopes = seats[3:9], seats[9:15]
    for k in range(x.size):
        v = min(max((x[k] - position) / fwhm, -end), end)
        root = np.sqrt(1.0 + (v / a.stretch) ** 2)
        node = 0.5 * last + a.per_width * v / root
        base[k] = min(max(np.floor(node) - 2.0, float(low)), high - 6.0)
        f[k] = node - base[k] - 2.0
        bend[k] = a.per_width / (root * root * root)
    _all_weights(f, weights, slopes)
    for r in range(gradient.shape[0]):
        for k in range(x.size):
            gradient[r, k] = 0.0
    for k in range(x.size):
        first = int(base[k])
        y = dy = by_one = by_two = by_held = 0.0
        for i in range(6):
            weight = weights[i, k]
            y += weight * collapsed[0, first + i]
            dy += slopes[i, k] * collapsed[0, first + i]
            by_one += weight * collapsed[1, first + i]
            by_two += weight * collapsed[2, first + i]
            by_held += weight * collapsed[3, first + i]
        v = (x[k] - position) / fwhm
        slope, fall = dy * bend[k], 1.0
        if abs(v) > end:  # a Lorentzian's tail goes on
            fall = (end / v) ** 2
            slope = -2.0 * fall * y / v
        value[k] = fall * y / fwhm
        gradient[0, k] = -slope / fwhm**2
        gradient[1, k] = -(fall * y + v * slope) / fwhm**2
        if one > 0:
            gradient[one, k] = fall * by_one / fwhm
        if two > 0:
            gradient[two, k] = fall * by_two / fwhm
        if held > 0:
            gradient[held, k] = fall * by_held / fwhm


@njit(**LEAN)
def _row_of(place, nodes):
    """Place in theta of an own parameter that a table varies; 0 where it varies none."""
    return int(place) if nodes > 1 else 0


@njit(**LEAN)
def _draw_lines(a, z, w):
    """Evaluate all lines at parameters z; ``False`` where a width is not one."""
    lines, wide = a.theta.shape[0], a.theta.shape[1]
    theta = w.theta
    for i in range(lines):
        for t in range(wide):
            total = a.theta0[i, t]
            for j in range(z.size):
                total += a.theta[i, t, j] * z[j]
            theta[i, t] = total
        if not theta[i, 1] > 0.0:
            return False
    low = high = done = 0
    for i in range(lines):
        value = w.stack[i]
        gradient = w.stack[lines + i * wide : lines + (i + 1) * wide]
        if a.table[i] < 0:
            _pseudo_voigt(a.energy, theta[i, 0], theta[i, 1], theta[i, 2], value, gradient)
            continue
        if i >= done:  # the lines of a doublet share their template
            low, high = _reach(a, theta[i])
            done = i + 1
            while done < lines and _alike(a, theta, i, done):
                ends = _reach(a, theta[done])
                low, high = min(low, ends[0]), max(high, ends[1])
                done += 1
            _collapse(a, a.table[i], theta[i], low, high, w.nodes, w.collapsed)
        _tabulated(a, a.table[i], theta[i], low, high, value, gradient, w.seats, w.collapsed)
    return True


@njit(**LEAN)
def _alike(a, theta, i, j):
    """Whether two lines have one template."""
    same = a.table[i] == a.table[j]
    for t in range(2, theta.shape[1]):
        same = same and theta[i, t] == theta[j, t]
    return same


@njit(**LEAN)
def _take_areas(a, z, w):
    """Areas of all lines at z, as the product of their two linear maps."""
    for i in range(a.area.shape[0]):
        plain, ratio = _linear(a.area[i], a.area0[i], z), _linear(a.ratio[i], a.ratio0[i], z)
        w.plain[i], w.ratios[i], w.areas[i] = plain, ratio, plain * ratio


# background


@njit(**LEAN)
def _accumulate(half, row, out):
    """Shirley's loss: the trapezoid sum from the low end."""
    total = 0.0
    out[0] = 0.0
    for k in range(1, row.size):
        total += half[k - 1] * (row[k] + row[k - 1])
        out[k] = total


@njit(**LEAN)
def _accumulate_all(kappa, half, rows, chosen, many):
    """Add Shirley's loss, kappa of it, to rows: four sums at a time, for each waits for itself."""
    last = many - 1
    for r in range(0, many, 4):
        one, two = rows[chosen[r]], rows[chosen[min(r + 1, last)]]
        three, four = rows[chosen[min(r + 2, last)]], rows[chosen[min(r + 3, last)]]
        t1 = t2 = t3 = t4 = 0.0
        b1, b2, b3, b4 = one[0], two[0], three[0], four[0]
        for k in range(half.size):
            step = half[k] * kappa
            # All are read before any is written: the last one may stand in for missing ones.
            y1, y2, y3, y4 = one[k + 1], two[k + 1], three[k + 1], four[k + 1]
            t1 += step * (y1 + b1)
            t2 += step * (y2 + b2)
            t3 += step * (y3 + b3)
            t4 += step * (y4 + b4)
            b1, b2, b3, b4 = y1, y2, y3, y4
            one[k + 1] = y1 + t1
            two[k + 1] = y2 + t2
            three[k + 1] = y3 + t3
            four[k + 1] = y4 + t4


@njit(**LEAN)
def _accumulate_smooth(spread, gather, row, out):
    """Loss with a smooth kernel K(E, E') = sum_r s_r(E) g_r(E'): as many sums from the low end."""
    out[:] = 0.0
    for r in range(spread.shape[0]):
        total = 0.0
        for k in range(out.size):
            total += gather[r, k] * row[k]
            out[k] += spread[r, k] * total


@njit(**LEAN)
def _lose(kind, half, spread, gather, operator, row, out):
    if kind == 1:
        _accumulate(half, row, out)
    elif kind == 2:
        _accumulate_smooth(spread, gather, row, out)
    else:
        for k in range(out.size):
            out[k] = _dot(operator[k], row)


# the model


@njit(**LEAN)
def _add(factor, row, out):
    for k in range(row.size):
        out[k] += factor * row[k]


@njit(**LEAN)
def _combine(factors, places, count, stack, out):
    """Sum rows of a stack, some at a time: it is memory that takes the time."""
    if count == 0:
        out[:] = 0.0
        return
    for c in range(count, count + _SUMMED):
        factors[c], places[c] = 0.0, places[0]
    if count <= 2:
        f1, f2, r1, r2 = factors[0], factors[1], stack[places[0]], stack[places[1]]
        for k in range(out.size):
            out[k] = f1 * r1[k] + f2 * r2[k]
        return
    for c in range(0, count, _SUMMED):
        f1, f2, f3 = factors[c], factors[c + 1], factors[c + 2]
        f4, f5, f6 = factors[c + 3], factors[c + 4], factors[c + 5]
        r1, r2, r3 = stack[places[c]], stack[places[c + 1]], stack[places[c + 2]]
        r4, r5, r6 = stack[places[c + 3]], stack[places[c + 4]], stack[places[c + 5]]
        if c == 0:
            for k in range(out.size):
                out[k] = f1 * r1[k] + f2 * r2[k] + f3 * r3[k] + f4 * r4[k] + f5 * r5[k] + f6 * r6[k]
        else:
            for k in range(out.size):
                out[k] += f1 * r1[k] + f2 * r2[k] + f3 * r3[k]
                out[k] += f4 * r4[k] + f5 * r5[k] + f6 * r6[k]


@njit(**LEAN)
def _dot(one, other):
    total = 0.0
    for k in range(one.size):
        total += one[k] * other[k]
    return total


@njit(**LEAN)
def _predict(a, z, w):
    """Predicted counts at z from lines already drawn: w.mu, and what the peaks lose: w.lost."""
    _take_areas(a, z, w)
    peaks, mu = w.peaks, w.mu
    for i in range(w.areas.size):
        w.factors[i], w.places[i] = w.areas[i], i
    _combine(w.factors, w.places, w.areas.size, w.stack, peaks)
    constant = z[a.constant] if a.constant >= 0 else 0.0
    slope = z[a.slope] if a.slope >= 0 else 0.0
    for k in range(mu.size):
        mu[k] = w.base[k] + peaks[k] + constant + slope * a.shifted[k]
    if a.loss > 0:
        _lose(a.loss, a.half, a.spread, a.gather, a.operator, peaks, w.lost)
        _add(z[a.kappa], w.lost, mu)


@njit(**LEAN)
def _draw_rows(a, z, w, columns, rows):
    """Derivatives of the prediction by some parameters; lines drawn and areas taken.

    One call for all: handing these many arrays to a function costs more than a row's arithmetic.
    """
    area, ratio, theta, stack = a.area, a.ratio, a.theta, w.stack
    areas, plain, ratios, lost = w.areas, w.plain, w.ratios, w.lost
    factors, places, half = w.factors, w.places, a.half
    lines, wide = theta.shape[0], theta.shape[1]
    n = a.energy.size
    scratch, peaked, many = w.weighted[0][:n], w.peaked, 0
    for r in range(columns.size):
        j = columns[r]
        count = 0
        for i in range(lines):
            c = area[i, j] * ratios[i] + ratio[i, j] * plain[i]
            if c != 0.0:
                factors[count], places[count] = c, i
                count += 1
            for t in range(wide):
                c = theta[i, t, j] * areas[i]
                if c != 0.0:
                    factors[count], places[count] = c, lines + i * wide + t
                    count += 1
        _combine(factors, places, count, stack, rows[r])
        if count > 0:
            peaked[many] = r
            many += 1
    if a.loss == 1:
        _accumulate_all(z[a.kappa], half, rows, peaked, many)
    elif a.loss > 1:
        for r in peaked[:many]:
            _lose(a.loss, half, a.spread, a.gather, a.operator, rows[r], scratch)
            _add(z[a.kappa], scratch, rows[r])
    for r in range(columns.size):
        row, j = rows[r], columns[r]
        if j == a.constant:
            for k in range(n):
                row[k] += 1.0
        elif j == a.slope:
            _add(1.0, a.shifted, row)
        elif j == a.kappa and a.loss > 0:
            _add(1.0, lost, row)


@njit(**WHOLE)
def _misfit(counts, mu, weight, poisson, floor):
    """-2 ln L of the data: the Poisson deviance, or the weighted sum of squares."""
    total = 0.0
    if poisson:
        # m - n + n ln(n/m) = (n - m)^2/(n + m) (1 + (1 + s) s (1/3 + s^2/5 + ...)) with
        # s = (n - m)/(n + m): no difference of large numbers, and no logarithm where s is small.
        far = 0
        for k in range(counts.size):
            m, n = max(mu[k], floor), counts[k]
            s = (n - m) / (n + m)
            near = abs(s) <= _NEAR_ENOUGH
            q = s * s
            series = _A[0] + q * (_A[1] + q * (_A[2] + q * (_A[3] + q * (_A[4] + q * (_A[5] + q * (
                _A[6] + q * (_A[7] + q * (_A[8] + q * _A[9]))))))))  # fmt: skip
            total += (n - m) * s * (1.0 + (1.0 + s) * s * series) if near else 0.0
            far += 0 if near else 1
        if far > 0:
            for k in range(counts.size):
                m, n = max(mu[k], floor), counts[k]
                if abs(n - m) > _NEAR_ENOUGH * (n + m):
                    total += m - n + n * np.log(n / m) if n > 0.0 else m
        return 2.0 * total
    for k in range(counts.size):
        d = counts[k] - mu[k]
        total += weight[k] * d * d
    return total


@njit(**LEAN)
def _knowledge(a, z, slope, information, score, columns):
    """Add what is known beforehand to information and score."""
    m = columns.size
    for r in range(a.known.shape[0]):
        residual = -a.known_target[r]
        for j in range(z.size):
            residual += a.known[r, j] * z[j]
        for c in range(m):
            slope[c] = a.known[r, columns[c]]
        _add_row(information, score, slope, residual)
    for r in range(a.above.shape[0]):
        above = below = 0.0
        for j in range(z.size):
            above += a.above[r, j] * z[j]
            below += a.below[r, j] * z[j]
        ratio = above / below
        residual = (ratio - a.ratio_target[r]) / a.ratio_u[r]
        for c in range(m):
            slope[c] = (a.above[r, columns[c]] - ratio * a.below[r, columns[c]]) / below
            slope[c] /= a.ratio_u[r]
        _add_row(information, score, slope, residual)
    if a.pin[1] > 0.0:
        _share_slopes(a, z, columns, slope)
        slope *= a.pin[1]
        _add_row(information, score, slope, _strain(a, z))


@njit(**LEAN)
def _linear(row, offset, z):
    total = offset
    for j in range(z.size):
        total += row[j] * z[j]
    return total


@njit(**LEAN)
def _share(a, z):
    """Share of the areas ``own`` in ``mates``, and these."""
    own = mates = 0.0
    for i in range(a.own.size):
        area = _linear(a.area[i], a.area0[i], z) * _linear(a.ratio[i], a.ratio0[i], z)
        own += a.own[i] * area
        mates += a.mates[i] * area
    return own / max(mates, 1e-300), mates


@njit(**LEAN)
def _share_slopes(a, z, columns, slope):
    """Derivatives of the share by parameters."""
    share, mates = _share(a, z)
    slope[:] = 0.0
    for i in range(a.own.size):
        plain, ratio = _linear(a.area[i], a.area0[i], z), _linear(a.ratio[i], a.ratio0[i], z)
        part = (a.own[i] - share * a.mates[i]) / max(mates, 1e-300)
        for c in range(columns.size):
            j = columns[c]
            slope[c] += part * (a.area[i, j] * ratio + a.ratio[i, j] * plain)


@njit(**LEAN)
def _strain(a, z):
    """How far the share is from where it is held, in units of the hold's give."""
    return (_share(a, z)[0] - a.pin[0]) * a.pin[1]


@njit(**LEAN)
def _add_row(information, score, slope, residual):
    for c in range(slope.size):
        if slope[c] != 0.0:
            score[c] -= slope[c] * residual
            for d in range(slope.size):
                information[c, d] += slope[c] * slope[d]


@njit(**LEAN)
def _weigh(counts, w, poisson, floor):
    """Fisher weights: one over the prediction for counts."""
    if poisson:
        for k in range(counts.size):
            w.weight[k] = 1.0 / max(w.mu[k], floor)


@njit(**LEAN)
def _information(a, z, counts, w, columns, information, score):
    """Fisher information and score of some parameters, knowledge included."""
    _draw_rows(a, z, w, columns, w.rows)
    _products(w.rows, columns.size, w.weight, counts, w.mu, w.weighted, information, score)
    _knowledge(a, z, w.slope[: columns.size], information, score, columns)


@njit(**LEAN)
def _products(rows, many, weight, counts, mu, weighted, information, score):
    """Weighted products of rows with each other and with the residual.

    Two rows against four at a time: as many sums as registers hold, so that memory is read least.
    """
    n, last = weight.size, many - 1
    one, other = weighted[0], weighted[1]
    for c in range(0, many, 2):
        e = min(c + 1, last)
        first, second = rows[c], rows[e]
        s1 = s2 = 0.0
        for k in range(n):
            rest = counts[k] - mu[k]
            y1, y2 = first[k] * weight[k], second[k] * weight[k]
            one[k], other[k] = y1, y2
            s1 += y1 * rest
            s2 += y2 * rest
        score[c], score[e] = s1, s2
        for d in range(0, e + 1, 4):
            d2, d3, d4 = min(d + 1, last), min(d + 2, last), min(d + 3, last)
            r1, r2, r3, r4 = rows[d], rows[d2], rows[d3], rows[d4]
            a1 = a2 = a3 = a4 = b1 = b2 = b3 = b4 = 0.0
            for k in range(n):
                y1, y2 = one[k], other[k]
                x1, x2, x3, x4 = r1[k], r2[k], r3[k], r4[k]
                a1 += y1 * x1
                a2 += y1 * x2
                a3 += y1 * x3
                a4 += y1 * x4
                b1 += y2 * x1
                b2 += y2 * x2
                b3 += y2 * x3
                b4 += y2 * x4
            information[c, d], information[c, d2] = a1, a2
            information[c, d3], information[c, d4] = a3, a4
            information[e, d], information[e, d2] = b1, b2
            information[e, d3], information[e, d4] = b3, b4
    for c in range(many):
        for d in range(c):
            information[d, c] = information[c, d]


# small linear algebra


@njit(**LEAN)
def _cholesky(matrix, free, factor):
    """Factors over the free rows, lower and upper, into ``factor``; ``False`` if there are none.

    What is not free is a unit of its own. Each row is taken off the later ones at once: sums of a
    dozen terms would each wait for the one before.
    """
    m = matrix.shape[0]
    for i in range(m):
        for j in range(m):
            factor[i, j] = matrix[i, j] if free[i] and free[j] else 0.0
        if not free[i]:
            factor[i, i] = 1.0
    for k in range(m):
        if not factor[k, k] > 1e-14 * (matrix[k, k] if free[k] else 0.0):
            return False
        pivot = np.sqrt(factor[k, k])
        factor[k, k] = pivot
        for j in range(k + 1, m):
            factor[k, j] /= pivot
        for i in range(k + 1, m):
            share = factor[k, i]
            factor[i, k] = share
            for j in range(i, m):
                factor[i, j] -= share * factor[k, j]
    return True


@njit(**LEAN)
def _solved(factor, free, right, out):
    """Solve with both factors over the free rows; the others of ``out`` are left alone."""
    m = right.size
    for i in range(m):
        if free[i]:
            out[i] = right[i]
    for i in range(m):
        if free[i]:
            out[i] /= factor[i, i]
            for j in range(i + 1, m):
                out[j] -= factor[i, j] * out[i]
    for i in range(m - 1, -1, -1):
        if free[i]:
            out[i] /= factor[i, i]
            for j in range(i):
                out[j] -= factor[i, j] * out[i]


@njit(**WHOLE)
def _bounded(matrix, right, below, above, step, active):
    """Minimise s M s/2 - r s over below <= s <= above; ``False`` if M has no inverse there.

    Active sets: what would cross a bound rests there, what is drawn off its bound is let go.
    """
    m = right.size
    factor, free, dead = active.factor, active.free, active.dead
    pull, trial = active.pull[:m], active.trial
    for j in range(m):
        step[j], free[j], dead[j] = 0.0, True, matrix[j, j] <= 0.0
        if dead[j] or (above[j] <= 0.0 and right[j] > 0.0) or (below[j] >= 0.0 and right[j] < 0.0):
            free[j] = False
    for _ in range(3 * m + 3):
        for i in range(m):
            total = right[i]
            for j in range(m):
                if not free[j]:
                    total -= matrix[i, j] * step[j]
            pull[i] = total
        if not _cholesky(matrix, free, factor):
            return False
        _solved(factor, free, pull, trial)
        crossing = False
        for i in range(m):
            if free[i] and (trial[i] < below[i] or trial[i] > above[i]):
                crossing = True
                step[i] = min(max(trial[i], below[i]), above[i])
                free[i] = False
        if crossing:
            continue
        for i in range(m):
            if free[i]:
                step[i] = trial[i]
        let_go = -1
        strongest = 0.0
        for i in range(m):
            if free[i] or dead[i]:
                continue
            total = right[i]
            for j in range(m):
                total -= matrix[i, j] * step[j]
            inward = (step[i] <= below[i] and total > 0.0) or (step[i] >= above[i] and total < 0.0)
            size = abs(total) / np.sqrt(matrix[i, i])
            if inward and size > strongest and below[i] < above[i]:
                strongest, let_go = size, i
        if let_go < 0 or strongest < 1e-9:
            break
        free[let_go] = True
    return True


# one fit


@njit(**LEAN)
def _take(counts, base, w):
    """Put what one spectrum brings into the scratch; give the floor of its predictions."""
    total = 0.0
    for k in range(counts.size):
        total += counts[k]
        w.base[k] = base[k]
    _weigh_by_counts(counts, w)
    return 1e-8 * max(total / counts.size, 1e-8)


@njit(**LEAN)
def _weigh_by_counts(counts, w):
    """Weights of sqrt_counts, and the first ones of a Poisson fit."""
    for k in range(counts.size):
        w.weight[k] = 1.0 / max(counts[k], 1.0)


@njit(**LEAN)
def _resolve(a, z, counts, w):
    """Move the linear parameters to their best from a prediction, at the present weights."""
    many = a.linear.size
    if many == 0:
        return
    _information(a, z, counts, w, a.linear, w.small, w.short)
    step, below, above = w.short_moves[0], w.short_moves[1], w.short_moves[2]
    for c in range(many):
        j = a.linear[c]
        below[c], above[c] = a.lower[j] - z[j], a.upper[j] - z[j]
    if _bounded(w.small, w.short, below, above, step, w.active):
        for c in range(many):
            j = a.linear[c]
            z[j] = min(max(z[j] + step[c], a.lower[j]), a.upper[j])


@njit(**LEAN)
def _give_area(a, z):
    """Give what has no area a little: without any it has no gradient in place and width."""
    largest = 0.0
    for j in a.linear:
        if a.natural[j] and a.lower[j] == 0.0 and j != a.constant:
            largest = max(largest, z[j])
    for j in a.linear:
        if a.natural[j] and a.lower[j] == 0.0 and j != a.constant:
            z[j] = min(max(z[j], 1e-3 * largest), a.upper[j])


@njit(**LEAN)
def _knowledge_at(a, z):
    """The knowledge's part of -2 ln L."""
    total = 0.0
    for r in range(a.known.shape[0]):
        residual = -a.known_target[r]
        for j in range(z.size):
            residual += a.known[r, j] * z[j]
        total += residual * residual
    for r in range(a.above.shape[0]):
        above = below = 0.0
        for j in range(z.size):
            above += a.above[r, j] * z[j]
            below += a.below[r, j] * z[j]
        residual = (above / below - a.ratio_target[r]) / a.ratio_u[r]
        total += residual * residual
    if a.pin[1] > 0.0:
        total += _strain(a, z) ** 2
    return total


class Walk(NamedTuple):
    """How to walk: the statistic, the promised decrease at which it has settled, a fresh start."""

    poisson: bool
    tolerance: float
    fresh: bool


@njit(**LEAN)
def _descend(a, z, counts, w, columns, walk, floor, best):
    """Walk down from z, in place: (-2 ln L, outcome, evaluations).

    A ``fresh`` start has places and shapes only; else z is an optimum or a neighbour's. A walk that
    has no hope of coming near the ``best`` one known (its -2 ln L, place and information), or comes
    into its valley, is ended. The outcome is ``_SETTLED`` where ``w`` holds the point before the
    last step, ``_ENDED`` where it need not, ``_UNSETTLED``.
    """
    best_value, best_z, best_information = best
    poisson = walk.poisson
    m = columns.size
    many = a.linear.size
    step, below, above = w.moves[0], w.moves[1], w.moves[2]
    information, score, damped, trial = w.information, w.score, w.damped, w.trial
    if not _draw_lines(a, z, w):
        return np.inf, _UNSETTLED, 1
    if walk.fresh:
        _predict(a, z, w)
        _weigh_by_counts(counts, w)
        _resolve(a, z, counts, w)
        _give_area(a, z)
    _predict(a, z, w)
    _weigh(counts, w, poisson, floor)
    value = _misfit(counts, w.mu, w.weight, poisson, floor) + _knowledge_at(a, z)
    _information(a, z, counts, w, columns, information, score)
    damping, evaluations = 0.0, 1
    promised, stride = np.inf, 1.0
    for _ in range(_MAX_STEPS):
        for c in range(m):
            j = columns[c]
            below[c], above[c] = a.lower[j] - z[j], a.upper[j] - z[j]
            for d in range(m):
                damped[c, d] = information[c, d]
            damped[c, c] *= 1.0 + damping
        if not _bounded(damped, score, below, above, step, w.active):
            damping = max(10.0 * damping, 1e-6)
            if damping > 1e6:
                return value, _UNSETTLED, evaluations
            continue
        gain = 0.0
        for c in range(m):
            total = 0.0
            for d in range(m):
                total += information[c, d] * step[d]
            gain += step[c] * (2.0 * score[c] - total)
        if damping == 0.0:
            promised = gain
        for j in range(z.size):
            trial[j] = z[j]
        slope = 0.0
        for c in range(m):
            j = columns[c]
            trial[j] = min(max(z[j] + stride * step[c], a.lower[j]), a.upper[j])
            slope += 2.0 * score[c] * stride * step[c]
        if promised <= walk.tolerance and damping == 0.0:
            for j in range(z.size):
                z[j] = trial[j]
            return value, _SETTLED, evaluations
        if evaluations > _PATIENCE and value - _HOPE * promised > best_value + _INDISTINGUISHABLE:
            return value, _UNSETTLED, evaluations
        if best_value < np.inf and _in_valley(
            z, value, best_z, best_value, best_information, columns
        ):
            return value, _ENDED, evaluations
        evaluations += 1
        better = False
        new = np.inf
        if _draw_lines(a, trial, w):
            _predict(a, trial, w)
            if promised > _FAR and many > 0:
                _weigh(counts, w, poisson, floor)
                _resolve(a, trial, counts, w)
                _predict(a, trial, w)
            new = _misfit(counts, w.mu, w.weight, poisson, floor)
            new += _knowledge_at(a, trial)
            better = new <= value + 1e-9 * (1.0 + abs(value)) * (promised < 1e-6)
        told = 1.0
        if promised < _FAR and new < np.inf and slope > 1e-9 * (1.0 + abs(value)):
            # Where a line is faint the likelihood bends more than its expected information says.
            told = 0.5 * slope / max(new - value + slope, 0.25 * slope)
        if better:
            if told < _OVERSHOT or told > 1.0 / _OVERSHOT:
                stride = min(stride * told, 1.0)
            value = new
            for j in range(z.size):
                z[j] = trial[j]
            _weigh(counts, w, poisson, floor)
            _information(a, z, counts, w, columns, information, score)
            damping = 0.0 if damping < 1e-2 else 0.25 * damping
        elif told < _OVERSHOT and stride > _SHORT:
            stride *= max(told, _SHORT)
        else:
            damping = max(10.0 * damping, 1e-3)
            if damping > 1e10:
                return value, _ENDED if promised < _ROUGH else _UNSETTLED, evaluations
    return value, _UNSETTLED, evaluations


@njit(**LEAN)
def _in_valley(z, value, best_z, best_value, information, columns):
    """Whether a point lies in the valley of an optimum: it is as far up as it is far away.

    By the information there, within ten standard uncertainties.
    """
    rise = 0.0
    for c in range(columns.size):
        for d in range(columns.size):
            i, j = columns[c], columns[d]
            rise += information[c, d] * (z[i] - best_z[i]) * (z[j] - best_z[j])
    return rise < _NEAR and abs(value - best_value - rise) < 0.3 * rise + 0.1


@njit(**ONCE)
def _covariances(a, z, counts, w, desk, answers, i):
    """Covariances at the optimum, its condition, and whether something rests on a bound.

    ``counting`` is C F C, ``constraints`` C P C with C = (F + P)^-1 over what is free; ``dragged``
    is how the fitted parameters follow those that are held, -C J' W J_h. Give the assessment. The
    scratch holds rows, information and score there.
    """
    columns, information = w.columns, w.information
    m = columns.size
    prior, unit, column, free, scale = desk.prior, desk.unit, desk.column, desk.free, desk.scale
    scaled, inverse = desk.scaled, desk.inverse
    prior[:] = 0.0
    _knowledge(a, z, w.slope, prior, unit, columns)
    resting = False
    for c in range(m):
        j = columns[c]
        low, high = z[j] <= a.lower[j], z[j] >= a.upper[j]
        free[c] = not ((low and w.score[c] < 0.0) or (high and w.score[c] > 0.0))
        resting = resting or (not free[c] and a.natural[j])
    code = CONVERGED
    for c in range(m):
        felt = information[c, c] > 0.0
        if not free[c] and not a.natural[columns[c]] and felt:
            code = AT_BOUND
        if resting and not felt:
            free[c] = False  # where an area rests at zero, its place and width mean nothing
    if resting:
        _let_go(a, information, desk, columns, answers.resting[i])
    for c in range(m):
        scale[c] = 1.0
        if free[c]:
            if not information[c, c] > 0.0:
                answers.condition[i] = np.inf
                return SINGULAR
            scale[c] = 1.0 / np.sqrt(information[c, c])
    for c in range(m):
        for d in range(m):
            scaled[c, d] = information[c, d] * scale[c] * scale[d]
    if not _cholesky(scaled, free, desk.factor):
        answers.condition[i] = np.inf
        return SINGULAR
    one = other = 0.0
    for c in range(m):
        for d in range(m):
            inverse[d, c] = unit[d] = 0.0
        if not free[c]:
            continue
        unit[c] = 1.0
        _solved(desk.factor, free, unit, column)
        total = size = 0.0
        for d in range(m):
            if free[d]:
                inverse[d, c] = column[d] * scale[c] * scale[d]
                total += abs(scaled[d, c])
                size += abs(column[d])
        one, other = max(one, total), max(other, size)
    answers.condition[i] = np.sqrt(one * other)
    if one * other > _SINGULAR:
        return SINGULAR
    for c in range(m):
        for d in range(m):
            scaled[c, d] = information[c, d] - prior[c, d]
    _sandwich(inverse, scaled, desk.half, answers.counting[i])
    _sandwich(inverse, prior, desk.half, answers.constraints[i])
    if code == AT_BOUND:
        code = CONVERGED
        for c in range(m):
            j = columns[c]
            pressed = not free[c] and not a.natural[j] and information[c, c] > 0.0
            if pressed and not _hardly_seen(a, w, unit, columns, answers, i, a.owner[j]):
                code = AT_BOUND
    _draw_rows(a, z, w, a.shaky, desk.held)
    for h in range(a.shaky.size):
        for c in range(m):
            total = 0.0
            for k in range(counts.size):
                total += w.rows[c, k] * w.weight[k] * desk.held[h, k]
            column[c] = total
        for c in range(m):
            total = 0.0
            for d in range(m):
                total -= inverse[c, d] * column[d]
            answers.dragged[i, c, h] = total
    return code


@njit(**LEAN)
def _sandwich(outer, inner, half, out):
    """O I O of symmetric matrices."""
    m = outer.shape[0]
    for c in range(m):
        for d in range(m):
            total = 0.0
            for e in range(m):
                total += outer[c, e] * inner[e, d]
            half[c, d] = total
    for c in range(m):
        for d in range(m):
            total = 0.0
            for e in range(m):
                total += half[c, e] * outer[e, d]
            out[c, d] = total


@njit(**ONCE)
def _hardly_seen(a, w, slope, columns, answers, i, component):
    """Whether a component is so faint that its place and width mean nothing."""
    if component < 0:
        return False
    m = columns.size
    area = 0.0
    for c in range(m):
        slope[c] = 0.0
    for r in range(a.component.size):
        if a.component[r] == component:
            area += w.areas[r]
            for c in range(m):
                j = columns[c]
                slope[c] += a.area[r, j] * w.ratios[r] + a.ratio[r, j] * w.plain[r]
    variance = 0.0
    for c in range(m):
        for d in range(m):
            variance += slope[c] * slope[d] * answers.counting[i, c, d]
            variance += slope[c] * slope[d] * answers.constraints[i, c, d]
    return area <= _HARDLY * np.sqrt(max(variance, 0.0))


@njit(**ONCE)
def _let_go(a, information, desk, columns, out):
    """Covariance of areas that rest at zero, as if they and all others were free."""
    m = columns.size
    free, used, area, scale, scaled = desk.free, desk.used, desk.area, desk.scale, desk.scaled
    for c in range(m):
        moves = False
        for r in range(a.area.shape[0]):
            moves = moves or a.area[r, columns[c]] != 0.0
        area[c] = not free[c] and moves
        used[c] = (free[c] or area[c]) and information[c, c] > 0.0
        area[c] = area[c] and used[c]
        scale[c] = 1.0 / np.sqrt(information[c, c]) if used[c] else 1.0
    nothing, solvable = _NOTHING, False
    while not solvable and nothing < 1.0:
        for c in range(m):
            for d in range(m):
                # What nothing determines (the place of a line at rest) would make it singular.
                scaled[c, d] = information[c, d] * scale[c] * scale[d] + nothing * (c == d)
        solvable = _cholesky(scaled, used, desk.factor)
        nothing *= 10.0
    for c in range(m):
        for d in range(m):
            out[d, c] = desk.unit[d] = 0.0
        if area[c] and solvable:
            desk.unit[c] = 1.0
            _solved(desk.factor, used, desk.unit, desk.column)
            for d in range(m):
                if area[d]:
                    out[d, c] = desk.column[d] * scale[c] * scale[d]


@njit(**LEAN)
def _same_story(a, one, other, u, columns):
    """Whether two optima are one answer: alike within u, or trading area with what is not seen."""
    alike = True
    for c in range(columns.size):
        j = columns[c]
        if u[c] > 0.0 and abs(one[j] - other[j]) > u[c]:
            alike = False
    if alike:
        return True
    for c in range(a.linear.size):
        j = a.linear[c]
        if j == a.constant or j == a.slope or u[c] <= 0.0:
            continue
        if abs(one[j] - other[j]) > u[c] and min(one[j], other[j]) <= 3.0 * u[c]:
            return True
    return False


@njit(**LEAN)
def _promise(c, starts, counts, kappa, w, a, z):
    """Misfit of a candidate with its linear parameters solved for; they are put into z."""
    many = a.linear.size
    n = counts.size
    information, score = w.small, w.short
    value = 0.0
    for k in range(n):
        w.mu[k] = w.base[k] + starts.held[c, k] + kappa * starts.held_lost[c, k]
        value += w.weight[k] * (counts[k] - w.mu[k]) ** 2
    for p in range(many):
        for k in range(n):
            w.rows[p, k] = starts.columns[c, p, k] + kappa * starts.lost[c, p, k]
    _products(w.rows, many, w.weight, counts, w.mu, w.weighted, information, score)
    step, below, above = w.short_moves[0], w.short_moves[1], w.short_moves[2]
    for p in range(many):
        below[p], above[p] = a.lower[a.linear[p]], a.upper[a.linear[p]]
    if not _bounded(information, score, below, above, step, w.active):
        return np.inf
    for p in range(many):
        z[a.linear[p]] = step[p]
        value -= step[p] * score[p]
    return value


@njit(**LEAN)
def _loss_guess(a, counts):
    """Step over area of a Shirley background, as :mod:`xps.starts` guesses it."""
    n = counts.size
    edge = max(1, min(5, n // 10))
    low = high = area = 0.0
    for k in range(edge):
        low += counts[k] / edge
        high += counts[n - 1 - k] / edge
    for k in range(1, n):
        area += a.half[k - 1] * (counts[k] + counts[k - 1])
    area -= 0.5 * (low + high) * (a.energy[n - 1] - a.energy[0])
    if area <= 0.0 or high <= low:
        return 1e-3
    return min(max((high - low) / area, 1e-3), 1.0)


class Starts(NamedTuple):
    """Candidates (C) for where a fit may begin; all but areas and background are set.

    ``columns`` and ``lost`` (C, linear, n) are the linear parameters' columns without loss and what
    they lose, ``held`` and ``held_lost`` (C, n) the same of held areas; ``apart`` (C, C) says which
    candidates differ enough to be worth a start each.
    """

    values: Array
    columns: Array
    lost: Array
    held: Array
    held_lost: Array
    apart: NDArray[np.bool_]


class Task(NamedTuple):
    """How a spectrum is fitted: the statistic, starts, and whether a loss is guessed."""

    poisson: bool
    starts: int
    guess_loss: bool


@njit(**ONCE)
def _one(a, starts, task, counts, static, w, desk, warmed, answers, i):
    """Fit one spectrum: from its neighbour's answer if there is one, and from its own starts."""
    columns = w.columns
    m, candidates = columns.size, starts.values.shape[0]
    floor = _take(counts, static, w)
    ends, values, known, z = desk.ends, desk.values, desk.known, desk.begins
    tried = evaluations = 0
    tolerance = _FINE if task.starts == 1 else _ROUGH
    best, outcome = 0, _UNSETTLED
    values[0] = np.inf
    if warmed:
        _copy(desk.warm, ends[0])
        values[0], outcome, used = _descend(
            a, ends[0], counts, w, columns, Walk(task.poisson, tolerance, False), floor,
            (np.inf, ends[0], known),
        )  # fmt: skip
        _copy_matrix(w.information, known)
        evaluations += used
        tried = 1
    if tried < task.starts:
        kappa = 0.0
        _weigh_by_counts(counts, w)
        for c in range(candidates):
            _copy(starts.values[c], z[c])
            if a.loss > 0:
                if task.guess_loss:
                    z[c, a.kappa] = _loss_guess(a, counts)
                kappa = z[c, a.kappa]
            desk.hopes[c] = _promise(c, starts, counts, kappa, w, a, z[c])
        _sort(desk.hopes, desk.order)
        number = 0
        for c in desk.order:
            new = True
            for d in range(number):
                new = new and starts.apart[c, desk.chosen[d]]
            if not new:
                continue
            desk.chosen[number] = c
            number += 1
            _copy(z[c], ends[tried])
            values[tried], outcome, used = _descend(
                a, ends[tried], counts, w, columns, Walk(task.poisson, tolerance, True), floor,
                (values[best] if tried > 0 else np.inf, ends[best], known),
            )  # fmt: skip
            if tried == 0 or values[tried] < values[best]:
                best = tried
                _copy_matrix(w.information, known)
            evaluations += used
            tried += 1
            if tried >= task.starts:
                break
    answers.evaluations[i] = evaluations
    if not values[best] < np.inf:
        answers.code[i] = FAILED
        return False
    z_best, value = desk.best, values[best]
    _copy(ends[best], z_best)
    if tolerance != _FINE:
        value, outcome, used = _descend(
            a, z_best, counts, w, columns, Walk(task.poisson, _FINE, False), floor,
            (np.inf, z_best, known),
        )  # fmt: skip
        answers.evaluations[i] += used
    if outcome != _SETTLED:
        _draw_lines(a, z_best, w)
        _predict(a, z_best, w)
        _weigh(counts, w, task.poisson, floor)
        _information(a, z_best, counts, w, columns, w.information, w.score)
    settled = outcome != _UNSETTLED
    answers.deviance[i] = _misfit(counts, w.mu, w.weight, task.poisson, floor)
    answers.objective[i] = answers.deviance[i] + _knowledge_at(a, z_best)
    _copy(z_best, answers.values[i])
    code = _covariances(a, z_best, counts, w, desk, answers, i)
    if not settled and code != SINGULAR:
        code = MAX_ITER
    if code == CONVERGED:
        u = desk.unit
        for c in range(m):
            u[c] = np.sqrt(max(answers.counting[i, c, c] + answers.constraints[i, c, c], 0.0))
        for s in range(tried):
            near = s != best and values[s] <= value + _INDISTINGUISHABLE
            if near and not _same_story(a, z_best, ends[s], u, columns):
                code = MULTIMODAL
    answers.code[i] = code
    return code == CONVERGED


@njit(**LEAN)
def _copy(row, out):
    for k in range(row.size):
        out[k] = row[k]


@njit(**LEAN)
def _copy_matrix(matrix, out):
    for c in range(matrix.shape[0]):
        _copy(matrix[c], out[c])


@njit(**LEAN)
def _sort(values, order):
    """Indices of a few values by their size."""
    for c in range(values.size):
        place = c
        while place > 0 and values[order[place - 1]] > values[c]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = c


@njit(**LEAN)
def _usable(counts):
    """Whether numbers can be a working detector's counts.

    They are finite, not negative, not all zero, and do not stand at their largest value over
    neighbouring channels, as a saturated detector's do.
    """
    largest = 0.0
    for k in range(counts.size):
        if not (counts[k] >= 0.0 and counts[k] < 1e30):
            return False
        largest = max(largest, counts[k])
    level = 0
    for k in range(counts.size):
        level = level + 1 if counts[k] == largest else 0
        if level >= _SATURATED and largest > _MANY:
            return False
    return largest > 0.0


def fit_spectra(a, starts, task, data, static, begun, block, answers):
    """Fit spectra (N, n) into ``answers``, each from the one before where that has converged.

    Blocks of neighbours begin from their own starts. Where ``begun`` (N, Z) is not empty, each
    spectrum is begun from what stands there instead.
    """
    desk = _desk(a, starts, task)
    _fit_spectra(a, starts, task, data, static, begun, block, answers, _scratch(a), desk)


@njit(**WHOLE)
def _fit_spectra(a, starts, task, data, static, begun, block, answers, w, desk):
    warmed = False
    for i in range(data.shape[0]):
        warmed = warmed and i % block > 0
        if not _usable(data[i]):
            answers.code[i] = FAILED
            continue
        if begun.shape[0] > 0:
            _copy(begun[i], desk.warm)
            warmed = True
        base = static[i if static.shape[0] > 1 else 0]
        if _one(a, starts, task, data[i], base, w, desk, warmed, answers, i):
            _copy(answers.values[i], desk.warm)
            warmed = True


def refine_spectra(a, poisson, data, static, code, values, objective, fresh):
    """Walk from given parameters (N, Z), in place, to the optimum next to them.

    Of a ``fresh`` start the linear parameters are found first.
    """
    walk = Walk(poisson, _ROUGH, fresh)
    _refine_spectra(a, walk, data, static, code, values, objective, _scratch(a))


@njit(**WHOLE)
def _refine_spectra(a, walk, data, static, code, values, objective, w):
    for i in range(data.shape[0]):
        objective[i] = np.inf
        if code[i] != CONVERGED:
            continue
        counts = data[i]
        floor = _take(counts, static[i if static.shape[0] > 1 else 0], w)
        objective[i], _, _ = _descend(
            a, values[i], counts, w, w.columns, walk, floor, (np.inf, values[i], w.information)
        )


def rises(a, poisson, data, static, answers, points, found):
    """-2 ln L at points (N, k, Z) less that at the optima, into ``found`` (N, k)."""
    _rises(a, poisson, data, static, answers, points, found, _scratch(a))


@njit(**WHOLE)
def _rises(a, poisson, data, static, answers, points, found, w):
    for i in range(data.shape[0]):
        if answers.code[i] != CONVERGED:
            continue
        counts = data[i]
        floor = _take(counts, static[i if static.shape[0] > 1 else 0], w)
        for q in range(points.shape[1]):
            if _draw_lines(a, points[i, q], w):
                _predict(a, points[i, q], w)
                value = _misfit(counts, w.mu, w.weight, poisson, floor)
                found[i, q] = value + _knowledge_at(a, points[i, q]) - answers.objective[i]


def predict_spectra(a, static, code, values, curves):
    """Predicted counts (N, n) at parameters (N, Z), where the code is ``CONVERGED``."""
    _predict_spectra(a, static, code, values, curves, _scratch(a))


@njit(**WHOLE)
def _predict_spectra(a, static, code, values, curves, w):
    for i in range(values.shape[0]):
        if code[i] == CONVERGED and _draw_lines(a, values[i], w):
            _copy(static[i if static.shape[0] > 1 else 0], w.base)
            _predict(a, values[i], w)
            _copy(w.mu, curves[i])


class Climb(NamedTuple):
    """How a share is followed away from its optimum: see :mod:`xps.profile`.

    ``goal`` is the root of the rise of -2 ln L at the ends, ``tolerance`` its accuracy there,
    ``beyond`` where another valley is looked for, in distances of the first end.
    """

    poisson: bool
    goal: float
    tolerance: float
    beyond: Array


@njit(**LEAN)
def _rise(a, z, counts, w, poisson, floor, objective):
    """Root of the rise of -2 ln L above an optimum's: nearly linear in the distance."""
    stiffness = a.pin[1]
    a.pin[1] = 0.0
    value = np.inf
    if _draw_lines(a, z, w):
        _predict(a, z, w)
        value = _misfit(counts, w.mu, w.weight, poisson, floor)
        value += _knowledge_at(a, z)
    a.pin[1] = stiffness
    return np.sqrt(max(value - objective, 0.0))


@njit(**LEAN)
def _hold(a, z, share, step, counts, w, poisson, floor):
    """Walk to the optimum with the share held, in place."""
    for j in w.columns:
        z[j] = min(max(z[j], a.lower[j]), a.upper[j])
    a.pin[0], a.pin[1] = share, 1.0 / (_GIVE * step)
    walk = Walk(poisson, _LOOSE, False)
    _descend(a, z, counts, w, w.columns, walk, floor, (np.inf, z, w.information))


@njit(**LEAN)
def _crossing(a, climb, summit, along, step, direction, objective, counts, w, desk, floor):
    """First share beyond a summit at which -2 ln L has risen enough; NaN if it never does."""
    z, trial = desk[0], desk[1]
    _copy(summit, z)
    centre = _share(a, summit)[0]
    inner, before = 0.0, 0.0
    rise_inner = _rise(a, summit, counts, w, climb.poisson, floor, objective)
    distance = (climb.goal - rise_inner) * step
    outer, bracketed = np.inf, False
    for _ in range(40):
        if bracketed and outer - inner <= _CLIFF * step:
            return centre + direction * outer
        aim = centre + direction * distance
        for j in range(z.size):
            trial[j] = z[j] + direction * (distance - before) * along[j]
        _hold(a, trial, aim, step, counts, w, climb.poisson, floor)
        _copy(trial, z)
        before = distance
        reached = _share(a, z)[0]
        rise = _rise(a, z, counts, w, climb.poisson, floor, objective)
        if abs(rise * rise - climb.goal**2) <= climb.tolerance * climb.goal**2:
            return reached
        if abs(reached - aim) > 0.05 * step + 0.02 * distance:
            # The share cannot go further: bounds stop it.
            if rise < climb.goal:
                return reached
            distance = direction * (reached - centre)
            if distance <= inner:
                return centre + direction * inner
        if rise < climb.goal:
            slope = (rise - rise_inner) / (distance - inner)
            inner, rise_inner = distance, rise
            further = distance + (climb.goal - rise) / slope if slope > 0.0 else 2.0 * distance
            distance = min(further, 0.5 * (distance + outer) if bracketed else 3.0 * distance)
        else:
            outer, bracketed = distance, True
            share = (climb.goal - rise_inner) / (rise - rise_inner)
            distance = inner + (distance - inner) * share
        if bracketed:
            # A secant of a cliff hardly moves: every step takes its share of what is left.
            least = 0.05 * (outer - inner)
            distance = min(max(distance, inner + least), outer - least)
        if distance > 1e3 * climb.goal * step:
            return np.nan
    return centre + direction * distance


@njit(**ONCE)
def _end(a, climb, summit, along, step, direction, objective, counts, w, desk, floor):
    """The end of an interval on one side of a summit, over other valleys too."""
    first = _crossing(a, climb, summit, along, step, direction, objective, counts, w, desk, floor)
    if np.isnan(first):
        return first
    centre, z = _share(a, summit)[0], desk[2]
    for factor in climb.beyond:
        aim = centre + factor * (first - centre)
        if not 0.0 < aim < 1.0:
            break
        for j in range(z.size):
            z[j] = summit[j] + (aim - centre) * along[j]
        _hold(a, z, aim, step, counts, w, climb.poisson, floor)
        near = abs(_share(a, z)[0] - aim) <= 0.05 * step + 0.02 * abs(aim - centre)
        if near and _rise(a, z, counts, w, climb.poisson, floor, objective) < climb.goal:
            further = _crossing(
                a, climb, z, along, step, direction, objective, counts, w, desk, floor
            )
            return direction * max(direction * first, direction * further)
    return first


def profile_spectra(a, climb, data, static, summits, objective, along, step, sides, ends):
    """Follow the share that ``a`` holds to where -2 ln L has risen enough, into ``ends`` (N, 2).

    ``summits`` (N, k, Z) are the optimum and others that may not be excluded, NaN where there are
    none; ``along`` (N, Z) is how all parameters follow the share, ``step`` (N,) its u, ``sides``
    (N, 2) which ends are wanted. An end is NaN where the likelihood never falls off.
    """
    desk = np.empty((3, a.lower.size))
    _profile_spectra(
        a, climb, data, static, summits, objective, along, step, sides, ends, _scratch(a), desk
    )


@njit(**WHOLE)
def _profile_spectra(
    a, climb, data, static, summits, objective, along, step, sides, ends, w, desk
):  # fmt: skip
    for i in range(data.shape[0]):
        counts = data[i]
        floor = _take(counts, static[i if static.shape[0] > 1 else 0], w)
        for side in range(2):
            if not sides[i, side]:
                continue
            direction = 2.0 * side - 1.0
            furthest = -np.inf
            for k in range(summits.shape[1]):
                summit = summits[i, k]
                if np.isnan(summit[0]) or (
                    _rise(a, summit, counts, w, climb.poisson, floor, objective[i]) >= climb.goal
                ):
                    continue
                end = _end(
                    a, climb, summit, along[i], step[i], direction, objective[i], counts, w,
                    desk, floor,
                )  # fmt: skip
                if np.isnan(end):
                    if k == 0:
                        furthest = np.nan
                        break
                    # Beyond another optimum the walk may find no end; it is inside itself.
                    end = _share(a, summit)[0]
                furthest = max(furthest, direction * end)
            ends[i, side] = direction * furthest


class Errors(NamedTuple):
    """What line shapes may err by, as :mod:`xps.model_error` draws it.

    ``basis`` (c, grid) over ``reach`` in steps of ``step`` widths, ``family`` (L,) says which lines
    err alike, ``sizes`` and ``likely`` are the grid of tau and its odds; ``spread`` and ``gather``
    make the Tougaard loss that another background could have.
    """

    basis: Array
    reach: float
    step: float
    family: NDArray[np.int64]
    families: int
    sizes: Array
    likely: Array
    spread: Array
    gather: Array


class _Seen(NamedTuple):
    """Scratch of :func:`misfit_of`: what moves the model, in units of the counts' noise.

    ``system`` (m, n) the fitted parameters, ``errors`` (families x components, n) those of the line
    shapes, ``others`` (5, n) what other parts of the uncertainty answer for, ``root`` (n,) one over
    the noise and ``rest`` (n,) the residual; ``lost`` (n,) is free.
    """

    system: Array
    errors: Array
    others: Array
    root: Array
    rest: Array
    lost: Array


def misfit_of(a, e, poisson, data, static, other, answers, misfit):
    """Covariance (N, m, m) of the fitted parameters from errors of the line shapes.

    ``other`` (N, n) is a difference of the model that another part of the uncertainty answers for.
    """
    n, w = a.energy.size, _scratch(a)
    errors = e.families * e.basis.shape[0]
    rows = (np.empty((many, n)) for many in (w.columns.size, errors, 5))
    seen = _Seen(*rows, *np.empty((3, n)))
    for i in np.flatnonzero(answers.code == CONVERGED):
        base = static[i if static.shape[0] > 1 else 0]
        _look(a, e, poisson, data[i], base, answers.values[i], other[i], w, seen)
        total = answers.counting[i] + answers.constraints[i]
        misfit[i] = _moved(e.sizes, e.likely, total, seen)


@njit(**WHOLE)
def _look(a, e, poisson, counts, base, z, other, w, seen):
    """Fill ``seen`` at an optimum."""
    n = counts.size
    _copy(base, w.base)
    _draw_lines(a, z, w)
    _predict(a, z, w)
    total = 0.0
    for k in range(n):
        total += counts[k]
    floor = 1e-8 * max(total / n, 1e-8)
    for k in range(n):
        mean = max(w.mu[k], floor) if poisson else max(counts[k], 1.0)
        seen.root[k] = 1.0 / np.sqrt(mean)
        seen.rest[k] = (counts[k] - w.mu[k]) * seen.root[k]
    _draw_rows(a, z, w, w.columns, w.rows)
    for c in range(w.columns.size):
        _scale(w.rows[c], seen.root, seen.system[c])
    _shape_errors(a, e, z, w, seen.errors, seen.lost)
    for r in range(seen.errors.shape[0]):
        _scale(seen.errors[r], seen.root, seen.errors[r])
    others, x = seen.others, a.energy
    for k in range(n):
        place = 2.0 * (x[k] - x[0]) / (x[n - 1] - x[0]) - 1.0
        others[0, k], others[1, k], others[4, k] = place, place * place, other[k]
    _accumulate(a.half, w.peaks, others[2])
    _accumulate_smooth(e.spread, e.gather, w.peaks, others[3])
    for r in range(5):
        _scale(others[r], seen.root, others[r])
        size = max(np.sqrt(_dot(others[r], others[r])), 1e-300)
        for k in range(n):
            others[r, k] /= size


@njit(**LEAN)
def _scale(row, factor, out):
    for k in range(out.size):
        out[k] = row[k] * factor[k]


@njit(**FAST)
def _moved(sizes, likely, covariance, seen):
    """What the errors that the residual speaks of move the parameters by, squared."""
    system, errors, others, rest = seen.system, seen.errors, seen.others, seen.rest
    others -= np.dot(np.dot(np.dot(others, system.T), covariance), system)
    across = np.dot(system, errors.T)
    drag = np.dot(covariance, across)
    information = np.dot(errors, errors.T) - np.dot(across.T, drag)
    score = np.dot(errors, rest)
    extent, axes = np.linalg.eigh(np.dot(others, others.T))
    shared, told = np.dot(errors, others.T), np.dot(others, rest)
    for r in range(5):
        if extent[r] > 1e-6:
            axis = np.ascontiguousarray(axes[:, r]) / np.sqrt(extent[r])
            along = np.dot(shared, axis)
            information -= np.outer(along, along)
            score -= along * np.dot(axis, told)
    strength, directions = np.linalg.eigh(information)
    size = strength.size
    turned = np.dot(np.ascontiguousarray(directions.T), score)
    evidence = np.zeros(sizes.size)
    for t in range(sizes.size):
        before = sizes[t] ** 2
        for r in range(size):
            after = before / (1.0 + before * max(strength[r], 0.0))
            evidence[t] += 0.5 * (np.log(after / before) + after * turned[r] ** 2)
    top = max(0.0, evidence.max())
    odds = likely * np.exp(evidence - top)
    odds /= odds.sum() + np.exp(-top)
    moment = np.zeros((size, size))
    for t in range(sizes.size):
        before = sizes[t] ** 2
        after = before / (1.0 + before * np.maximum(strength, 0.0))
        mean = after * turned
        moment += odds[t] * np.outer(mean, mean)
        for r in range(size):
            moment[r, r] += odds[t] * after[r]
    moved = np.dot(drag, directions)
    return np.dot(np.dot(moved, moment), moved.T)


@njit(**ONCE)
def _shape_errors(a, e, z, w, errors, lost):
    """Change of the model for each unit of shape error, into ``errors``."""
    components, grid = e.basis.shape
    n = a.energy.size
    for r in range(errors.shape[0]):
        for k in range(n):
            errors[r, k] = 0.0
    for i in range(a.area.shape[0]):
        if w.areas[i] == 0.0:
            continue
        position, fwhm = a.theta0[i, 0], a.theta0[i, 1]
        for j in range(z.size):
            position += a.theta[i, 0, j] * z[j]
            fwhm += a.theta[i, 1, j] * z[j]
        first = e.family[i] * components
        for k in range(n):
            place = ((a.energy[k] - position) / fwhm + e.reach) / e.step
            # Beyond its reach an error is what it is at the end of it.
            place = min(max(place, 0.0), grid - 1.000001)
            base = int(place)
            f = place - base
            for c in range(components):
                y = (1.0 - f) * e.basis[c, base] + f * e.basis[c, base + 1]
                errors[first + c, k] += w.areas[i] / fwhm * y
    if a.loss > 0:
        for r in range(errors.shape[0]):
            _lose(a.loss, a.half, a.spread, a.gather, a.operator, errors[r], lost)
            _add(z[a.kappa], lost, errors[r])


load_in_order(globals())
