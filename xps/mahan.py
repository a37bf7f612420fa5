"""Mahan's line: the many-body line of a metal, with an area that exists.

A core hole in a metal shakes up electron-hole pairs, and every line gets a tail to high binding
energy, p(w) = w^(a-1) exp(-w/xi) / [Gamma(a) xi^a] for w > 0 (G. D. Mahan, Phys. Rev. B 11, 4814
(1975)). Near the line it is Doniach and Sunjic's power law; beyond xi, the width of the band, it
ends, so that the area is finite. Convolved with the core hole's Lorentzian and the instrument's
Gaussian its characteristic function is closed,

    phi(t) = exp(-fL |t| / 2 - s^2 t^2 / 2) (1 - i xi t)^(-a),    s = fG / 2.3548,

and the line follows by one Fourier transform. In units of fL + fG the line has two parameters,
mix = fL / (fL + fG) and the asymmetry a; xi is six such units.
"""

# scipy gives no full types; it is called here alone.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST_ASYMMETRY", "mahan"]

Array = NDArray[np.float64]

BAND = 6.0
"""Cut-off xi in units of fL + fG: about 5 eV for lines of simple metals."""
LARGEST_ASYMMETRY = 0.4
_STEP = 1.0 / 20.0
_SIZE = 4096
_SIGMA = 1.0 / (2.0 * np.sqrt(2.0 * np.log(2.0)))
_T = 2.0 * np.pi * np.arange(_SIZE // 2 + 1) / (_SIZE * _STEP)
_LOG_BAND = np.log(1.0 + 1j * BAND * _T)
_NODES = np.arange(-2.0, 4.0)
_LAGRANGE = np.linalg.inv(np.vander(_NODES, increasing=True)).T
"""Six-point Lagrange polynomials over the nodes, by rising powers (node, power)."""
_LAGRANGE_SLOPE = _LAGRANGE[:, 1:] * np.arange(1, _NODES.size)
_CENTRE = _SIZE // 4
_ORDER = 10
"""Chebyshev polynomials in each of mix and asymmetry."""


def mahan(x: Array, theta: Array) -> tuple[Array, Array]:
    """Give densities (lines, n) and gradients (lines, 4, n) for position, FWHM, mix, asymmetry.

    The position is the line's maximum. Value and gradient are those of one interpolant of the
    transform, so they agree to rounding; the interpolant itself is good to 1e-4 of the maximum
    (the transform's period folds the Lorentzian's far tail back).
    """
    position, fwhm, mix, asymmetry = theta.T
    x = np.broadcast_to(x, (theta.shape[0], x.shape[-1]))
    value = np.empty(x.shape)
    gradient = np.empty((theta.shape[0], 4, x.shape[1]))
    for i in range(theta.shape[0]):
        m, a = float(mix[i]), float(asymmetry[i])
        (width, width_m, width_a), (top, top_m, top_a) = _geometry(m, a)
        scale = width / fwhm[i]
        distance = x[i] - position[i]
        (t, by_m, by_a), slope = _interpolated(_template(m, a), distance * scale + top)
        value[i] = t * scale
        gradient[i, 0] = -slope * scale * scale
        gradient[i, 1] = -(t + slope * distance * scale) * scale / fwhm[i]
        for k, (by, d_width, d_top) in ((2, (by_m, width_m, top_m)), (3, (by_a, width_a, top_a))):
            d_scale = d_width / fwhm[i]
            gradient[i, k] = t * d_scale + (by + slope * (distance * d_scale + d_top)) * scale
    return value, gradient


@lru_cache(maxsize=64)
def _template(mix: float, asymmetry: float) -> Array:
    """The line in units of fL + fG on a grid (3, size): value, and derivatives by mix and a."""
    s = (1.0 - mix) * _SIGMA
    transform = np.exp(-0.5 * mix * _T - 0.5 * (s * _T) ** 2 - asymmetry * _LOG_BAND)
    # Start a quarter of the grid before the line, so that the long tail has room.
    transform = transform * np.exp(-1j * _T * _STEP * _CENTRE)
    by_mix = transform * (-0.5 * _T + _SIGMA * s * _T**2)
    stacked = np.stack([transform, by_mix, -_LOG_BAND * transform])
    grid = np.fft.irfft(stacked, n=_SIZE, axis=1) / _STEP
    grid.flags.writeable = False
    return grid


def _interpolated(grid: Array, y: Array) -> tuple[Array, Array]:
    """Six-point Lagrange interpolation of the rows of a grid (3, n), and the slope of the first."""
    place = y / _STEP + _CENTRE
    base = np.clip(np.floor(place).astype(np.intp), 2, grid.shape[1] - 4)
    offset = place - base
    powers = np.ones((_NODES.size, y.size))
    for k in range(1, _NODES.size):
        powers[k] = powers[k - 1] * offset
    weights, slopes = _LAGRANGE @ powers, _LAGRANGE_SLOPE @ powers[:-1]
    near = grid[:, base + _NODES.astype(np.intp)[:, None]]
    # Beyond the grid the line has died away; holding the edge would invent a pedestal.
    inside = (place >= 2) & (place <= grid.shape[1] - 4)
    rows = np.einsum("kjn,jn->kn", near, weights) * inside
    return rows, np.einsum("jn,jn->n", near[0], slopes) / _STEP * inside


def _geometry(mix: float, asymmetry: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Width and place of the maximum in units of fL + fG, each with its two derivatives."""
    (t, dt), (w, dw) = _basis(2.0 * mix - 1.0), _basis(2.0 * asymmetry / LARGEST_ASYMMETRY - 1.0)
    width, top = (
        (
            float(t @ series @ w),
            2.0 * float(dt @ series @ w),
            2.0 / LARGEST_ASYMMETRY * float(t @ series @ dw),
        )
        for series in _series()
    )
    return width, top


def _basis(u: float) -> tuple[Array, Array]:
    """Chebyshev polynomials T_n(u) and their derivatives n U_(n-1)(u)."""
    t, dt = np.ones(_ORDER), np.zeros(_ORDER)
    t[1], dt[1] = u, 1.0
    for n in range(2, _ORDER):
        t[n] = 2.0 * u * t[n - 1] - t[n - 2]
        dt[n] = 2.0 * t[n - 1] + 2.0 * u * dt[n - 1] - dt[n - 2]
    return t, dt


@lru_cache(maxsize=1)
def _series() -> tuple[Array, Array]:
    """Chebyshev series of width and maximum over mix and asymmetry (order, order)."""
    nodes = np.cos(np.pi * (np.arange(_ORDER) + 0.5) / _ORDER)
    width, top = np.empty((_ORDER, _ORDER)), np.empty((_ORDER, _ORDER))
    for i, u in enumerate(nodes):
        for j, v in enumerate(nodes):
            grid = _template(0.5 * (u + 1.0), 0.5 * (v + 1.0) * LARGEST_ASYMMETRY)
            width[i, j], top[i, j] = _measured(grid)
    inverse = np.linalg.inv(np.stack([_basis(float(u))[0] for u in nodes]))
    return inverse @ width @ inverse.T, inverse @ top @ inverse.T


def _measured(grid: Array) -> tuple[float, float]:
    """Full width at half maximum and place of the maximum of a template."""
    from scipy import optimize

    root: Any = optimize.brentq

    def at(y: float) -> tuple[float, float]:
        rows, slope = _interpolated(grid, np.array([y]))
        return float(rows[0, 0]), float(slope[0])

    first = (int(np.argmax(grid[0])) - _CENTRE) * _STEP
    top = float(root(lambda y: at(y)[1], first - 2 * _STEP, first + 2 * _STEP, xtol=1e-13))
    half = 0.5 * at(top)[0]
    below = float(root(lambda y: at(y)[0] - half, top - 3.0, top, xtol=1e-13))
    above = float(root(lambda y: at(y)[0] - half, top, top + 6.0, xtol=1e-13))
    return above - below, top
