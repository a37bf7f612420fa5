"""Areas of peaks of known shape that lie over each other, in many scans at once.

Each scan's counts are Poisson with a mean that is linear in the areas; the areas that are most
likely, none of them below zero, are found for all scans together by Newton's method from inside,
with a step of expectation and maximisation (L. A. Shepp and Y. Vardi, IEEE Trans. Med. Imaging 1
(1982) 113) where that fails; the likelihood is concave, so there is one best answer. A counter with
a dead time enters by the exposure of each channel, the share of shots that were awake: with it the
most likely areas are those of what came, not of what was registered.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["areas_of", "exposure_of", "information"]

Array = NDArray[np.float64]

STEPS = 60
"""Newton steps, far more than are needed,"""
STILL = 1e-7
"""and the part of the counts by which no area changes any more."""
FALLS = 10.0
"""Times by which an area may fall in one step."""
NONE = 1e-2
"""Counts below which an area that still wants to fall is none."""


def exposure_of(counts: Array, intensity: Array, awake: Array, shots: float) -> Array:
    """Give the share of shots that saw each channel, so that counts over it are corrected counts.

    Parameters
    ----------
    counts, intensity, awake : (..., channels) arrays
        Registered, corrected, and shots awake at the channel's beginning
        (:func:`tofsims.counting.awake`).
    shots : float

    Returns
    -------
    (..., channels) array
        ``k / I``, and ``N' / N`` where nothing was registered, to which the former goes.
    """
    some = counts > 0
    return np.where(some, counts / np.where(some, intensity, 1.0), awake / shots)


def areas_of(counts: Array, share: Array, exposure: Array) -> Array:
    """Give the most likely areas.

    Parameters
    ----------
    counts : (scans, channels) array
    share : (peaks, channels) array
        Part of each peak in each channel.
    exposure : (scans, channels) array

    Returns
    -------
    (scans, peaks) array
        Not below zero.

    Examples
    --------
    >>> share = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]])
    >>> areas_of(np.array([[50.0, 70.0, 20.0]]), share, np.ones((1, 3))).round(6)
    array([[100.,  40.]])
    """
    seen = np.maximum(exposure @ share.T, 1e-300)
    total = counts.sum(axis=1, keepdims=True)
    areas = total / share.shape[0] * np.ones_like(seen)
    likely = _likelihood(counts, areas @ share * exposure)
    for _ in range(STEPS):
        mean = np.maximum(areas @ share, 1e-300)
        slope = (counts / mean - exposure) @ share.T
        curve = np.einsum("sj,aj,bj->sab", counts / mean**2, share, share)
        step = _solved(curve, slope)
        # An area falls by a factor at a time: one that went to zero at once would not come back.
        falling = areas + step < areas / FALLS
        if falling.any():
            by = np.where(falling, areas / FALLS - areas, 0.0)
            rest = np.where(falling, 0.0, slope - np.einsum("sab,sb->sa", curve, by))
            both = falling[:, :, None] | falling[:, None, :]
            held = np.where(both, 0.0, curve) + falling[:, :, None] * np.eye(curve.shape[1])
            step = np.where(falling, by, _solved(held, rest))
        new = np.maximum(areas + step, areas / FALLS)
        better = _likelihood(counts, new @ share * exposure)
        worse = ~(better >= likely)
        if worse.any():
            # Expectation and maximisation: never worse, but slow.
            new[worse] = (areas * (slope + seen) / seen)[worse]
            better = _likelihood(counts, new @ share * exposure)
        moved = np.abs(new - areas).max(initial=0.0, axis=1)
        areas, likely = new, better
        if np.all(moved <= STILL * (total[:, 0] + 1.0)):
            break
    slope = (counts / np.maximum(areas @ share, 1e-300) - exposure) @ share.T
    return np.where((areas < NONE) & (slope < 0), 0.0, areas)


def information(areas: Array, share: Array, exposure: Array, *, least: float = 0.0) -> Array:
    """Give the Fisher information of areas, whose inverse is their covariance.

    Parameters
    ----------
    areas : (scans, peaks) array
    share : (peaks, channels) array
    exposure : (scans, channels) array
    least : float
        An area below is taken to be that: of nothing there would be no error.

    Returns
    -------
    (scans, peaks, peaks) array
        ``sum of exposure share share / mean``.
    """
    mean = np.maximum(np.maximum(areas, least) @ share, 1e-300)
    inside = share.sum(axis=0) > 0
    return np.einsum(
        "sj,aj,bj->sab", exposure[:, inside] / mean[:, inside], share[:, inside], share[:, inside]
    )


def _likelihood(counts: Array, mean: Array) -> Array:
    """Log likelihood of each scan, but for a constant."""
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(counts > 0, counts * np.log(np.maximum(mean, 1e-300)), 0.0) - mean
    return each.sum(axis=1)


def _solved(curve: Array, slope: Array) -> Array:
    """Newton steps; rows that nothing speaks for or against move nowhere."""
    scale = np.sqrt(np.maximum(np.diagonal(curve, axis1=1, axis2=2), 1e-300))
    normed = curve / (scale[:, :, None] * scale[:, None, :]) + 1e-10 * np.eye(curve.shape[1])
    return np.linalg.solve(normed, (slope / scale)[:, :, None])[:, :, 0] / scale
