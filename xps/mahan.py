"""Mahan's line: the many-body line of a metal, with an area that exists.

A core hole in a metal shakes up electron-hole pairs, and every line gets a tail to high binding
energy, p(w) = w^(a-1) exp(-w/xi) / [Gamma(a) xi^a] for w > 0 (G. D. Mahan, Phys. Rev. B 11, 4814
(1975)). Near the line it is Doniach and Sunjic's power law; beyond xi, the width of the band, it
ends, so that the area is finite. Convolved with the core hole's Lorentzian and the instrument's
Gaussian its characteristic function is closed,

    phi(t) = exp(-fL |t| / 2 - s^2 t^2 / 2) (1 - i xi t)^(-a),    s = fG / 2.3548,

and the line follows by one Fourier transform. In units of fL + fG the line has three parameters:
mix = fL / (fL + fG), the asymmetry a and the band xi.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["BANDS", "LARGEST_ASYMMETRY", "mahan"]

Array = NDArray[np.float64]

BANDS = 2.0, 20.0
"""The smallest and the largest cut-off xi, in units of fL + fG."""
LARGEST_ASYMMETRY = 0.4
_STEP = 1.0 / 20.0
_SIZE = 4096
_SIGMA = 1.0 / (2.0 * np.sqrt(2.0 * np.log(2.0)))
_T = 2.0 * np.pi * np.arange(_SIZE // 2 + 1) / (_SIZE * _STEP)
_NODES = np.arange(-2.0, 4.0)
_LAGRANGE = np.linalg.inv(np.vander(_NODES, increasing=True)).T
"""Six-point Lagrange polynomials over the nodes, by rising powers (node, power)."""
_LAGRANGE_SLOPE = _LAGRANGE[:, 1:] * np.arange(1, _NODES.size)
_CENTRE = _SIZE // 4
_LATE = np.exp(-1j * _T * _STEP * _CENTRE)
_ORDER = 10, 10, 6
"""Chebyshev polynomials in mix, asymmetry and the logarithm of the band."""


def mahan(x: Array, theta: Array) -> tuple[Array, Array]:
    """Give densities (lines, n) and gradients (lines, 5, n).

    The columns of theta are position, FWHM, mix, asymmetry and band; the position is the line's
    maximum. Value and gradient are those of one interpolant of the transform, so they agree to
    rounding; the interpolant itself is good to 1e-4 of the maximum (the transform's period folds
    the Lorentzian's far tail back).
    """
    x = np.broadcast_to(x, (theta.shape[0], x.shape[-1]))
    value = np.empty(x.shape)
    gradient = np.empty((theta.shape[0], 5, x.shape[1]))
    alike: dict[tuple[float, ...], list[int]] = {}
    for i in range(theta.shape[0]):
        alike.setdefault(tuple(float(v) for v in theta[i, 2:]), []).append(i)
    for shape, rows in alike.items():  # the lines of a doublet share their template
        value[rows], gradient[rows] = _alike(x[rows], theta[rows, :2], shape)
    return value, gradient


def _alike(x: Array, theta: Array, shape: tuple[float, ...]) -> tuple[Array, Array]:
    """Lines of one mix, asymmetry and band at several positions and widths."""
    position, fwhm = theta[:, :1], theta[:, 1:]
    (width, by_width), (top, by_top) = _geometry(*shape)
    scale = width / fwhm
    distance = x - position
    place = (distance * scale + top).ravel()
    (flat, *by), slopes = _interpolated(_template(*shape), place)
    t, slope = flat.reshape(x.shape), slopes.reshape(x.shape)
    gradient = np.empty((x.shape[0], 5, x.shape[1]))
    gradient[:, 0] = -slope * scale * scale
    gradient[:, 1] = -(t + slope * distance * scale) * scale / fwhm
    for k in range(3):
        d_scale = by_width[k] / fwhm
        moved = by[k].reshape(x.shape) + slope * (distance * d_scale + by_top[k])
        gradient[:, 2 + k] = t * d_scale + moved * scale
    return t * scale, gradient


@lru_cache(maxsize=64)
def _template(mix: float, asymmetry: float, band: float) -> Array:
    """The line in units of fL + fG on a grid (4, size): value, derivatives by its parameters."""
    transform = _transform(mix, asymmetry, band)
    tail, tail_by_band = _tail(band)
    s = (1.0 - mix) * _SIGMA
    stacked = np.empty((4, _T.size), dtype=complex)
    stacked[0] = transform
    stacked[1] = transform * (-0.5 * _T + _SIGMA * s * _T**2)
    stacked[2] = transform * -tail
    stacked[3] = transform * (-asymmetry * tail_by_band)
    grid = _line(stacked)
    grid.flags.writeable = False
    return grid


def _transform(mix: float, asymmetry: float, band: float) -> NDArray[np.complex128]:
    """Characteristic function of the line, a quarter of the grid late: the tail has room."""
    s = (1.0 - mix) * _SIGMA
    decay = np.exp(-0.5 * mix * _T - 0.5 * (s * _T) ** 2)
    return decay * _LATE * np.exp(-asymmetry * _tail(band)[0])


@lru_cache(maxsize=16)
def _tail(band: float) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """The logarithm of 1 + i band t, and its derivative by the band."""
    inner = 1.0 + 1j * band * _T
    return np.log(inner), 1j * _T / inner


def _line(transform: NDArray[np.complex128]) -> Array:
    """The lines on the grid that have these transforms (any, frequencies)."""
    return np.fft.irfft(transform, n=_SIZE, axis=-1) / _STEP


def _interpolated(grid: Array, y: Array) -> tuple[Array, Array]:
    """Six-point Lagrange interpolation of the rows of a grid (3, n), and the slope of the first."""
    place = y / _STEP + _CENTRE
    base = np.clip(np.floor(place).astype(np.intp), 2, grid.shape[1] - 4)
    offset = place - base
    powers = np.ones((_NODES.size, y.size))
    for k in range(1, _NODES.size):
        powers[k] = powers[k - 1] * offset
    weights, slopes = _LAGRANGE @ powers, _LAGRANGE_SLOPE @ powers[:-1]
    near = np.take(grid, base + _NODES.astype(np.intp)[:, None], axis=1)
    # Beyond the grid the line has died away; holding the edge would invent a pedestal.
    inside = (place >= 2) & (place <= grid.shape[1] - 4)
    rows = np.einsum("kjn,jn->kn", near, weights) * inside
    return rows, np.einsum("jn,jn->n", near[0], slopes) / _STEP * inside


@lru_cache(maxsize=64)
def _geometry(mix: float, asymmetry: float, band: float) -> tuple[tuple[float, Array], ...]:
    """Width and place of the maximum in units of fL + fG, each with its three derivatives."""
    span = np.log(BANDS[1] / BANDS[0])
    places = (
        2.0 * mix - 1.0,
        2.0 * asymmetry / LARGEST_ASYMMETRY - 1.0,
        2.0 * np.log(band / BANDS[0]) / span - 1.0,
    )
    slopes = 2.0, 2.0 / LARGEST_ASYMMETRY, 2.0 / (span * band)
    (m, dm), (a, da), (b, db) = (_basis(u, n) for u, n in zip(places, _ORDER, strict=True))
    # Rows of the outer products: the value, then one derivative at a time.
    left = np.stack([np.outer(m, a), np.outer(dm, a), np.outer(m, da), np.outer(m, a)])
    right = np.stack([b, b, b, db])
    found = np.einsum("qmab,dma,db->qd", _series(), left, right)
    return tuple((float(row[0]), row[1:] * slopes) for row in found)


def _basis(u: float, order: int) -> tuple[Array, Array]:
    """Chebyshev polynomials T_n(u) and their derivatives n U_(n-1)(u)."""
    t, dt = np.ones(order), np.zeros(order)
    t[1], dt[1] = u, 1.0
    for n in range(2, order):
        t[n] = 2.0 * u * t[n - 1] - t[n - 2]
        dt[n] = 2.0 * t[n - 1] + 2.0 * u * dt[n - 1] - dt[n - 2]
    return t, dt


@lru_cache(maxsize=1)
def _series() -> Array:
    """Chebyshev series of width and of the maximum's place (2, *_ORDER)."""
    mixes, asymmetries, bands = (
        0.5 * (np.cos(np.pi * (np.arange(n) + 0.5) / n) + 1.0) for n in _ORDER
    )
    bands = BANDS[0] * (BANDS[1] / BANDS[0]) ** bands
    transforms = np.stack(
        [_transform(m, a, b) for m in mixes for a in asymmetries * LARGEST_ASYMMETRY for b in bands]
    )
    series = np.stack(_measured(_line(transforms))).reshape(2, *_ORDER)
    for axis, n in enumerate(_ORDER, start=1):
        nodes = np.cos(np.pi * (np.arange(n) + 0.5) / n)
        inverse = np.linalg.inv(np.stack([_basis(float(u), n)[0] for u in nodes]))
        series = np.moveaxis(np.tensordot(inverse, series, axes=(1, axis)), 0, axis)
    return series


def _measured(lines: Array) -> tuple[Array, Array]:
    """Full width at half maximum and place of the maximum of lines on the grid (lines, size)."""
    channel = np.argmax(lines, axis=1)
    peak = np.take_along_axis(lines, channel[:, None], axis=1)[:, 0]
    top = _root(lines, channel.astype(float), derivative=1, target=np.zeros_like(peak))
    half = 0.5 * _at(lines, top)[0]
    ends: list[Array] = []
    for side in (-1, 1):
        ahead = lines[:, ::-1] if side < 0 else lines
        start: Array = lines.shape[1] - 1.0 - channel if side < 0 else 1.0 * channel
        passed = start[:, None] < np.arange(float(lines.shape[1]))
        crossing: Array = np.argmax((ahead < half[:, None]) & passed, axis=1) - 0.5
        crossing = lines.shape[1] - 1 - crossing if side < 0 else crossing
        ends.append(_root(lines, crossing, derivative=0, target=half))
    return (ends[1] - ends[0]) * _STEP, (top - _CENTRE) * _STEP


def _at(lines: Array, place: Array) -> tuple[Array, Array, Array]:
    """Value and two derivatives by channel of each line at its place (lines,)."""
    base = np.floor(place).astype(np.intp)
    offset = place - base
    near = np.take_along_axis(lines, base[:, None] + _NODES.astype(np.intp), axis=1)
    series: Array = near @ _LAGRANGE  # coefficients of the interpolant by rising powers
    found: list[Array] = []
    for _ in range(3):
        powers = np.arange(float(series.shape[1]))
        found.append(np.sum(series * offset[:, None] ** powers, axis=1))
        series = series[:, 1:] * powers[1:]
    return found[0], found[1], found[2]


def _root(lines: Array, place: Array, *, derivative: int, target: Array) -> Array:
    """Newton's steps to where the interpolant, or its derivative, meets a target."""
    for _ in range(12):
        found = _at(lines, place)
        place = place - (found[derivative] - target) / found[derivative + 1]
    return place
