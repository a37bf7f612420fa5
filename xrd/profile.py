"""The profile of one powder line, and all lines of a pattern drawn with their derivatives.

A line has unit area over 2 theta and is made of the full widths of its Gaussian and Lorentzian
parts, as Thompson, Cox and Hastings describe them (J. Appl. Cryst. 20 (1987) 79). It is the Voigt
line itself, or their pseudo-Voigt, whose tails are up to a sixth stronger, or what lies between the
two. Axial divergence smears it to one side after Finger, Cox and Jephcoat (J. Appl. Cryst. 27
(1994) 892).

numba compiles :func:`draw` on first use and keeps what it compiled on the disk.
"""

# numba gives no types; it is called in this module alone.
# pyright: basic
from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from references.compiled import load_in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Lines", "draw", "line_width", "pseudo_voigt", "voigt"]

Array = NDArray[np.float64]

FAST = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "reassoc", "nsz", "arcp"},
}
_LN2 = float(np.log(2.0))
_GAUSS = 2.0 * np.sqrt(_LN2 / np.pi)
"""Height of a Gaussian of unit area and width."""
_WIDTH = 2.69269, 2.42843, 4.47163, 0.07842
"""Gamma^5 = G^5 + 2.69269 G^4 L + 2.42843 G^3 L^2 + 4.47163 G^2 L^3 + 0.07842 G L^4 + L^5."""
_SHARE = 1.36603, -0.47719, 0.11116
"""Lorentz share by powers of L/Gamma."""
_GAUSS_END = 5.0
"""Distance, in widths, beyond which a Gaussian is below rounding."""
_NEAR = 10.0
"""Widths, and smears, within which each ray of a line is drawn at each channel."""
_CELL = 16
"""Channels over which its tails are parabolas beyond."""
_SMEARS = 0.1, 0.6, 2.0, 4.0, np.inf
"""Smears, in widths, up to which so many rays are enough:"""
_RAYS = 3, 5, 10, 18, 32
_NODES = max(_RAYS)
_LEAST_AXIAL = 1e-8
"""Squared axial divergence that none has as well."""


def _rules() -> tuple[Array, Array]:
    """Gauss-Legendre places over the axial angle, from none to the largest, and their weights."""
    seats, weights = (np.zeros((len(_RAYS), _NODES)) for _ in range(2))
    for rule, nodes in enumerate(_RAYS):
        x, w = np.polynomial.legendre.leggauss(nodes)
        seats[rule, :nodes], weights[rule, :nodes] = 0.5 * (x + 1.0), 0.5 * w
    return seats, weights


_SEATS, _WEIGHTS = _rules()
_ROOT = 1.0 / np.sqrt(np.pi)
_FAR = 144.0
"""|z|^2 beyond which w(z) is its continued fraction."""
_TERMS = 24
_L = float(np.sqrt(_TERMS / np.sqrt(2.0)))


def _weideman() -> Array:
    """Coefficients of w(z) in powers of (L + i z)/(L - i z), highest first."""
    m = 2 * _TERMS
    theta = np.arange(-m + 1, m) * np.pi / m
    t = _L * np.tan(0.5 * theta)
    f = np.concatenate([[0.0], np.exp(-t * t) * (_L * _L + t * t)])
    a = np.fft.fft(np.fft.fftshift(f)).real / (2 * m)
    return np.ascontiguousarray(a[1 : _TERMS + 1][::-1])


_SERIES = _weideman()


class Lines(NamedTuple):
    """Lines (n) of a pattern: where they are, how large and how wide; all in degrees 2 theta.

    Attributes
    ----------
    position, area, gauss, lorentz : (n,) arrays
    by_position, by_area, by_gauss, by_lorentz : (n, parameters) arrays
        Their derivatives by the parameters of a model.
    """

    position: Array
    area: Array
    gauss: Array
    lorentz: Array
    by_position: Array
    by_area: Array
    by_gauss: Array
    by_lorentz: Array


@njit(**FAST)
def _combined(g, f):
    """Width and Lorentz share of the whole, and the derivatives of both by the two widths."""
    a, b, c, d = _WIDTH
    fifth = g**5 + a * g**4 * f + b * g**3 * f**2 + c * g**2 * f**3 + d * g * f**4 + f**5
    width = fifth**0.2
    scale = 0.2 * width / fifth
    by_g = scale * (
        5.0 * g**4 + 4.0 * a * g**3 * f + 3.0 * b * g**2 * f**2 + 2.0 * c * g * f**3 + d * f**4
    )
    by_l = scale * (
        a * g**4 + 2.0 * b * g**3 * f + 3.0 * c * g**2 * f**2 + 4.0 * d * g * f**3 + 5.0 * f**4
    )
    q = f / width
    share = q * (_SHARE[0] + q * (_SHARE[1] + q * _SHARE[2]))
    slope = _SHARE[0] + q * (2.0 * _SHARE[1] + q * 3.0 * _SHARE[2])
    share_by_g = -slope * q / width * by_g
    share_by_l = slope * (1.0 - q * by_l) / width
    return width, share, by_g, by_l, share_by_g, share_by_l


def line_width(gauss: Array, lorentz: Array) -> Array:
    """Full width at half maximum of lines from those of their two parts.

    Examples
    --------
    >>> line_width(np.array([1.0, 0.0]), np.array([0.0, 0.5])).tolist()
    [1.0, 0.5]
    """
    a, b, c, d = _WIDTH
    g, f = np.asarray(gauss, float), np.asarray(lorentz, float)
    fifth = g**5 + a * g**4 * f + b * g**3 * f**2 + c * g**2 * f**3 + d * g * f**4 + f**5
    return fifth**0.2


@njit(**FAST)
def _faddeeva(x, y):
    """Real and imaginary part of w(x + i y), y > 0, to 1e-7 of its largest value.

    Weideman's rational series (SIAM J. Numer. Anal. 31 (1994) 1497); far out the continued
    fraction.
    """
    if x * x + y * y > _FAR:
        z = complex(x, y)
        square = z * z
        w = 1j * _ROOT * (square - 1.0) / (z * (square - 1.5))
        return w.real, w.imag
    below = complex(_L + y, -x)
    ratio = complex(_L - y, x) / below
    total = complex(_SERIES[0], 0.0)
    for k in range(1, _SERIES.size):
        total = total * ratio + _SERIES[k]
    w = 2.0 * total / (below * below) + _ROOT / below
    return w.real, w.imag


@njit(**FAST)
def _voigt(gauss, lorentz, x, position, first, last, out):
    """Value of a Voigt line and its derivatives by position and both widths, into ``out``."""
    root = gauss / (2.0 * np.sqrt(_LN2))
    value, by_x, by_gauss, by_lorentz = out[0], out[1], out[2], out[3]
    height = _ROOT / root
    y = 0.5 * lorentz / root
    for k in range(first, last):
        u = (x[k] - position) / root
        re, im = _faddeeva(u, y)
        # w' = -2 z w + 2 i / sqrt(pi)
        slope_re = -2.0 * (u * re - y * im)
        slope_im = -2.0 * (u * im + y * re) + 2.0 * _ROOT
        v = height * re
        value[k] = v
        by_x[k] = -height * slope_re / root
        by_lorentz[k] = -0.5 * height * slope_im / root
        by_gauss[k] = -(v + height * (u * slope_re - y * slope_im)) / gauss


@njit(**FAST)
def _pseudo(gauss, lorentz, x, position, first, last, out):
    """The same of a pseudo-Voigt line."""
    width, share, by_g, by_l, share_by_g, share_by_l = _combined(gauss, lorentz)
    height = 2.0 / (np.pi * width)
    value, by_x, by_gauss, by_lorentz = out[0], out[1], out[2], out[3]
    for k in range(first, last):
        u = 2.0 * (x[k] - position) / width
        fall = 1.0 / (1.0 + u * u)
        y = height * fall
        bell = 0.0
        if abs(u) < 2.0 * _GAUSS_END:
            bell = _GAUSS / width * np.exp(-_LN2 * u * u)
        value[k] = share * y + (1.0 - share) * bell
        steep = 2.0 * u * fall
        by_x[k] = (share * y * steep + (1.0 - share) * bell * 2.0 * _LN2 * u) * 2.0 / width
        by_width = share * y * (u * steep - 1.0)
        by_width += (1.0 - share) * bell * (2.0 * _LN2 * u * u - 1.0)
        by_width /= width
        by_share = y - bell
        by_gauss[k] = by_width * by_g + by_share * share_by_g
        by_lorentz[k] = by_width * by_l + by_share * share_by_l


def pseudo_voigt(two_theta: Array, position: float, gauss: float, lorentz: float) -> Array:
    """One symmetric line of unit area [1/degree], after Thompson, Cox and Hastings.

    Examples
    --------
    >>> x = np.linspace(20.0, 40.0, 20001)
    >>> bool(abs(np.trapezoid(pseudo_voigt(x, 30.0, 0.1, 0.0), x) - 1.0) < 1e-9)
    True
    """
    return _alone(_pseudo, two_theta, position, gauss, lorentz)


def voigt(two_theta: Array, position: float, gauss: float, lorentz: float) -> Array:
    """One symmetric line of unit area [1/degree]: a Gaussian smeared by a Lorentzian.

    Examples
    --------
    >>> x = np.linspace(20.0, 40.0, 20001)
    >>> bool(abs(np.trapezoid(voigt(x, 30.0, 0.1, 0.01), x) - 1.0) < 1e-3)
    True
    """
    return _alone(_voigt, two_theta, position, gauss, lorentz)


def _alone(shape: Any, two_theta: Array, position: float, gauss: float, lorentz: float) -> Array:
    x, out = np.asarray(two_theta, float), np.zeros((4, two_theta.size))
    shape(float(gauss), float(lorentz), x, float(position), 0, x.size, out)
    return out[0]


@njit(**FAST)
def _smeared(position, axial, width, shifts, weights):
    """Axial divergence as shifted lines: how many, and where they are from the line [degrees].

    With a sample as high as the slit, H = S, a ray that leaves by t = h/L arrives at
    cos(2 phi) = cos(2 theta) sqrt(1 + t^2), with weight (2 S/L - t)/((1 + t^2) sin(2 phi)).
    """
    angle = np.radians(position)
    last = 2.0 * np.sqrt(max(axial, _LEAST_AXIAL))
    end = np.cos(angle) * np.sqrt(1.0 + last * last)
    if abs(end) >= 1.0:
        shifts[0], weights[0] = 0.0, 1.0
        return 1
    smear = abs(np.degrees(np.arccos(end)) - position) / width
    # Gauss-Legendre rules that give the mean and the spread of the shifts alike.
    rule = 0
    while smear > _SMEARS[rule]:
        rule += 1
    nodes = _RAYS[rule]
    total = 0.0
    for j in range(nodes):
        t = last * _SEATS[rule, j]
        reached = np.arccos(np.cos(angle) * np.sqrt(1.0 + t * t))
        shifts[j] = np.degrees(reached - angle)
        weights[j] = _WEIGHTS[rule, j] * (last - t) / ((1.0 + t * t) * np.sin(reached))
        total += weights[j]
    for j in range(nodes):
        weights[j] /= total
    return nodes


def draw(
    x: Array,
    lines: Lines | Sequence[Lines],
    axial: float,
    shape: float,
    rows: tuple[int, int],
    y: Array,
    jacobian: Array,
) -> None:
    """Add lines to a pattern ``y`` (channels) and its ``jacobian`` (parameters, channels).

    Parameters
    ----------
    x : (channels,) array
        2 theta [degrees], rising.
    lines : Lines or sequence of Lines
    axial : float
        Square of the axial divergence S/L of sample and slit: what a line's smear goes with.
    shape : float
        0 for Voigt lines, 1 for pseudo-Voigt ones, anything else for what lies on their line.
    rows : (int, int)
        Rows of the Jacobian that axial divergence and shape have, -1 where they have none.
    y, jacobian : arrays
        Added to in place.
    """
    cells = -(-x.size // _CELL)
    ends = np.minimum(np.arange(cells)[:, None] * _CELL + [0, _CELL // 2, _CELL - 1], x.size - 1)
    places = np.ascontiguousarray(x[ends].ravel())
    y_far, jacobian_far = np.zeros(places.size), np.zeros((len(jacobian), places.size))
    for one in [lines] if isinstance(lines, Lines) else lines:
        _draw(x, places, one, axial, shape, *rows, y, jacobian, y_far, jacobian_far)
    _fill(x, places, y_far, y)
    for row, far in zip(jacobian, jacobian_far, strict=True):
        if far.any():
            _fill(x, places, far, row)


@njit(**FAST)
def _fill(x, places, far, row):
    """Add what was drawn at three places a cell to all channels, by the parabola through them."""
    for k in range(x.size):
        j = 3 * (k // _CELL)
        a, b, c = places[j], places[j + 1], places[j + 2]
        if c <= b:
            # The last cell may be too short for three places.
            row[k] += far[j] if x[k] == a else far[j + 1]
            continue
        u, v, w = x[k] - a, x[k] - b, x[k] - c
        row[k] += far[j] * v * w / ((a - b) * (a - c))
        row[k] += far[j + 1] * u * w / ((b - a) * (b - c))
        row[k] += far[j + 2] * u * v / ((c - a) * (c - b))


@njit(**FAST)
def _draw(x, places, lines, axial, shape, by_axial, by_shape, y, jacobian, y_far, jacobian_far):
    n, m = x.size, places.size
    voigt, pseudo, total = np.empty((4, n)), np.empty((4, n)), np.empty((6, n))
    shifts, weights = np.empty(_NODES), np.empty(_NODES)
    both = shape != 0.0 or by_shape >= 0
    for r in range(lines.position.size):
        position = lines.position[r]
        if not np.isfinite(position):
            continue
        gauss, lorentz = lines.gauss[r], lines.lorentz[r]
        width = _combined(gauss, lorentz)[0]
        many = _smeared(position, axial, width, shifts, weights)
        mean, slope, farthest = 0.0, 0.0, 0.0
        for j in range(many):
            mean += weights[j] * shifts[j]
            slope += weights[j] * shifts[j] / max(axial, _LEAST_AXIAL)
            farthest = max(farthest, abs(shifts[j]))
        near = _NEAR * (width + farthest)
        low = np.searchsorted(x, position - near) // _CELL
        high = max((np.searchsorted(x, position + near) + _CELL - 1) // _CELL, low)
        begin, end = low * _CELL, min(high * _CELL, n)
        for row in range(6):
            for k in range(begin, end):
                total[row, k] = 0.0
        for j in range(many):
            pull = weights[j] * shifts[j] / max(axial, _LEAST_AXIAL)
            _ray(
                gauss, lorentz, shape, both, x, position + shifts[j], begin, end,
                weights[j], pull, voigt, pseudo, total,
            )  # fmt: skip
        _add(lines, r, by_axial, by_shape, begin, end, total, y, jacobian)
        # Far from a line its rays are as one, and its tails a parabola over some channels.
        for begin, end in ((0, 3 * low), (min(3 * high, m), m)):
            for row in range(6):
                for k in range(begin, end):
                    total[row, k] = 0.0
            _ray(
                gauss, lorentz, shape, both, places, position + mean, begin, end,
                1.0, slope, voigt, pseudo, total,
            )  # fmt: skip
            _add(lines, r, by_axial, by_shape, begin, end, total, y_far, jacobian_far)


@njit(**FAST)
def _ray(gauss, lorentz, shape, both, x, position, begin, end, weight, pull, voigt, pseudo, total):
    """Add one ray of a line to what it has by rows: value, slopes, by axial angle, by shape."""
    _voigt(gauss, lorentz, x, position, begin, end, voigt)
    if both:
        _pseudo(gauss, lorentz, x, position, begin, end, pseudo)
        for k in range(begin, end):
            total[5, k] += weight * (pseudo[0, k] - voigt[0, k])
        for row in range(4):
            for k in range(begin, end):
                voigt[row, k] += shape * (pseudo[row, k] - voigt[row, k])
    for row in range(4):
        for k in range(begin, end):
            total[row, k] += weight * voigt[row, k]
    for k in range(begin, end):
        total[4, k] += pull * voigt[1, k]


@njit(**FAST)
def _add(lines, r, by_axial, by_shape, begin, end, total, y, jacobian):
    """Add one line to a pattern, and its slopes to the rows of the parameters that move it."""
    area = lines.area[r]
    for k in range(begin, end):
        y[k] += area * total[0, k]
    if by_axial >= 0:
        for k in range(begin, end):
            jacobian[by_axial, k] += area * total[4, k]
    if by_shape >= 0:
        for k in range(begin, end):
            jacobian[by_shape, k] += area * total[5, k]
    for p in range(jacobian.shape[0]):
        c0, c1 = lines.by_area[r, p], area * lines.by_position[r, p]
        c2, c3 = area * lines.by_gauss[r, p], area * lines.by_lorentz[r, p]
        if c0 == 0.0 and c1 == 0.0 and c2 == 0.0 and c3 == 0.0:
            continue
        row = jacobian[p]
        for k in range(begin, end):
            row[k] += c0 * total[0, k] + c1 * total[1, k]
            row[k] += c2 * total[2, k] + c3 * total[3, k]


load_in_order(globals())
