"""The profile of one powder line, and all lines of a pattern drawn with their derivatives.

A line is the pseudo-Voigt of Thompson, Cox and Hastings (J. Appl. Cryst. 20 (1987) 79), of unit
area over 2 theta, made of the full widths of its Gaussian and Lorentzian parts; axial divergence
smears it to one side after Finger, Cox and Jephcoat (J. Appl. Cryst. 27 (1994) 892).

numba compiles :func:`draw` on first use and keeps what it compiled on the disk.
"""

# numba gives no types; it is called in this module alone.
# pyright: basic
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Lines", "draw", "line_width", "pseudo_voigt"]

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
_STRAIGHT = 0.05
"""Smear, in widths, below which one shifted line stands for all."""
_NODES = 12
_X, _W = np.polynomial.legendre.leggauss(_NODES)
_SEATS = 0.5 * (_X + 1.0)
"""Gauss-Legendre places over the axial angle, from none to the largest,"""
_WEIGHTS = 0.5 * _W
"""and their weights."""


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
def _tail(width, share, x, position, first, last, out):
    """Value of a line and its derivatives by position, width and share, into rows of ``out``."""
    lorentz = 2.0 / (np.pi * width)
    value, by_x, by_width, by_share = out[0], out[1], out[2], out[3]
    for k in range(first, last):
        u = 2.0 * (x[k] - position) / width
        fall = 1.0 / (1.0 + u * u)
        y = lorentz * fall
        value[k] = share * y
        by_x[k] = share * y * fall * 4.0 * u / width
        by_width[k] = share * y * (2.0 * u * u * fall - 1.0) / width
        by_share[k] = y
    reach = _GAUSS_END * width
    low = max(first, np.searchsorted(x, position - reach))
    high = min(last, np.searchsorted(x, position + reach))
    for k in range(low, high):
        u = 2.0 * (x[k] - position) / width
        y = _GAUSS / width * np.exp(-_LN2 * u * u)
        rest = (1.0 - share) * y
        value[k] += rest
        by_x[k] += rest * 4.0 * _LN2 * u / width
        by_width[k] += rest * (2.0 * _LN2 * u * u - 1.0) / width
        by_share[k] -= y


def pseudo_voigt(two_theta: Array, position: float, gauss: float, lorentz: float) -> Array:
    """One symmetric line of unit area [1/degree].

    Examples
    --------
    >>> x = np.linspace(20.0, 40.0, 20001)
    >>> bool(abs(np.trapezoid(pseudo_voigt(x, 30.0, 0.1, 0.0), x) - 1.0) < 1e-9)
    True
    """
    width, share, *_ = _combined(float(gauss), float(lorentz))
    out = np.zeros((4, two_theta.size))
    _tail(width, share, np.asarray(two_theta, float), float(position), 0, two_theta.size, out)
    return out[0]


@njit(**FAST)
def _smeared(position, axial, width, shifts, weights):
    """Axial divergence as shifted lines: how many, and where they are from the line [degrees].

    With a sample as high as the slit, H = S, a ray that leaves by t = h/L arrives at
    cos(2 phi) = cos(2 theta) sqrt(1 + t^2), with weight (2 S/L - t)/((1 + t^2) sin(2 phi)).
    """
    angle = np.radians(position)
    last = 2.0 * axial
    end = np.cos(angle) * np.sqrt(1.0 + last * last)
    if last <= 0.0 or abs(end) >= 1.0:
        shifts[0], weights[0] = 0.0, 1.0
        return 1
    if abs(np.degrees(np.arccos(end)) - position) < _STRAIGHT * width:
        shifts[0], weights[0] = -np.degrees(last * last / (12.0 * np.tan(angle))), 1.0
        return 1
    total = 0.0
    for j in range(_NODES):
        t = last * _SEATS[j]
        reached = np.arccos(np.cos(angle) * np.sqrt(1.0 + t * t))
        shifts[j] = np.degrees(reached - angle)
        weights[j] = _WEIGHTS[j] * (last - t) / ((1.0 + t * t) * np.sin(reached))
        total += weights[j]
    for j in range(_NODES):
        weights[j] /= total
    return _NODES


def draw(
    x: Array, lines: Lines, axial: float, by_axial: int, reach: float, y: Array, jacobian: Array
) -> None:
    """Add lines to a pattern ``y`` (channels) and its ``jacobian`` (parameters, channels).

    Parameters
    ----------
    x : (channels,) array
        2 theta [degrees], rising.
    lines : Lines
    axial : float
        Axial divergence S/L, of the sample and of the slit.
    by_axial : int
        Its row of the Jacobian, -1 where it has none.
    reach : float
        Degrees to which tails are drawn on either side, and thirty widths at least.
    y, jacobian : arrays
        Added to in place.
    """
    _draw(x, lines, axial, by_axial, reach, y, jacobian)


@njit(**FAST)
def _draw(x, lines, axial, by_axial, reach, y, jacobian):
    n = x.size
    one, all_of_it = np.empty((4, n)), np.empty((5, n))
    shifts, weights = np.empty(_NODES), np.empty(_NODES)
    for r in range(lines.position.size):
        position, area = lines.position[r], lines.area[r]
        if not np.isfinite(position):
            continue
        width, share, by_g, by_l, share_by_g, share_by_l = _combined(
            lines.gauss[r], lines.lorentz[r]
        )
        half = max(reach, 30.0 * width)
        first, last = np.searchsorted(x, position - half), np.searchsorted(x, position + half)
        if last <= first:
            continue
        many = _smeared(position, axial, width, shifts, weights)
        for row in range(5):
            for k in range(first, last):
                all_of_it[row, k] = 0.0
        for j in range(many):
            _tail(width, share, x, position + shifts[j], first, last, one)
            w, pull = weights[j], weights[j] * 2.0 * shifts[j] / max(axial, 1e-12)
            for k in range(first, last):
                all_of_it[0, k] += w * one[0, k]
                all_of_it[1, k] += w * one[1, k]
                all_of_it[2, k] += w * one[2, k]
                all_of_it[3, k] += w * one[3, k]
                all_of_it[4, k] += pull * one[1, k]
        for k in range(first, last):
            y[k] += area * all_of_it[0, k]
            by_width, by_share = all_of_it[2, k], all_of_it[3, k]
            all_of_it[2, k] = by_width * by_g + by_share * share_by_g
            all_of_it[3, k] = by_width * by_l + by_share * share_by_l
        if by_axial >= 0:
            for k in range(first, last):
                jacobian[by_axial, k] += area * all_of_it[4, k]
        for p in range(jacobian.shape[0]):
            c0, c1 = lines.by_area[r, p], area * lines.by_position[r, p]
            c2, c3 = area * lines.by_gauss[r, p], area * lines.by_lorentz[r, p]
            if c0 == 0.0 and c1 == 0.0 and c2 == 0.0 and c3 == 0.0:
                continue
            row = jacobian[p]
            for k in range(first, last):
                row[k] += c0 * all_of_it[0, k] + c1 * all_of_it[1, k]
                row[k] += c2 * all_of_it[2, k] + c3 * all_of_it[3, k]
