"""Ions whose peaks lie over each other: their areas, fitted together in each scan.

The shape is that of a clean peak of the same spectrum (:mod:`tofsims.shape`), the places are those
of the masses on the calibrated scale. What is not known exactly, a shift of all places together and
how wide the peaks are here, is fitted to the sum of all scans within what the calibration leaves
open; then the areas of each scan are the most likely ones, none below zero (:mod:`tofsims.areas`).

The uncertainty of an area has a part from counting, in which neighbours take from each other, and a
part that all scans share: the places, the width, the shape itself, and what the shape does not
describe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .areas import areas_of, information

if TYPE_CHECKING:
    from .frame import Frame
    from .shape import PeakShape

__all__ = ["Component", "Fitted", "Placing", "fitted", "placed", "share_u"]

Array = NDArray[np.float64]

REPLICAS = 12
"""Shapes that are drawn, to tell what the noise of the shape does."""
TURNS = 12
"""Steps by which places and width are found,"""
NEAR = 1e-2
"""to this part of their uncertainty."""
POOLED = 10.0
"""Counts expected of channels together whose misfit is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """An ion, or ions that cannot be told apart, as a peak.

    Attributes
    ----------
    ion : str
    places : tuple of float
        Channels of its lines,
    parts : tuple of float
        and the part that each has of it.
    """

    ion: str
    places: tuple[float, ...]
    parts: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placing:
    """Where the peaks of a group stand, and how wide they are.

    Attributes
    ----------
    shift, stretch : float
        Of all places [channels], and the width relative to what it was expected to be, less one.
    prior : (2,) array
        Standard uncertainties of both before this fit.
    areas : (peaks + 1,) array
        Of the sum of all scans, the background last.
    covariance : (peaks + 3, peaks + 3) array
        Of areas, background, shift and stretch.
    misfit : float
        Chi-square a degree of freedom, of channels pooled to ten counts.
    """

    shift: float
    stretch: float
    prior: Array
    areas: Array
    covariance: Array
    misfit: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """Areas of ions that were fitted together.

    Attributes
    ----------
    ions : tuple of str
    areas, u : (ions, scans) arrays
        Counts of the whole peak, corrected for the dead time, and their standard uncertainty,
    u_common : (ions, scans) array
        of which this part errs alike in all scans.
    total, u_total : (ions,) arrays
        The same of the sum of all scans.
    correlation : (ions, ions) array
        Of the totals, from counting, places and width.
    placing : Placing
    shape : PeakShape
    """

    ions: tuple[str, ...]
    areas: Array
    u: Array
    u_common: Array
    total: Array
    u_total: Array
    correlation: Array
    placing: Placing
    shape: PeakShape


def placed(
    counts: Array,
    exposure: Array,
    frame: Frame,
    *,
    begin: tuple[float, float] = (0.0, 0.0),
    times: float = 1.0,
) -> Placing:
    """Find where the peaks of a group stand in a spectrum, within what is known before.

    Parameters
    ----------
    counts, exposure : (channels,) arrays
        Registered, and the share of shots that were awake.
    frame : Frame
    begin : (float, float)
        Shift and relative width to begin with.
    times : float
        The covariance is that of so many times as many counts.

    Returns
    -------
    Placing

    Notes
    -----
    Fisher scoring of the likelihood, with the areas the most likely ones at each place, and the
    prior of shift and width added.
    """
    model, prior = _Model(frame), frame.prior
    k, e = counts[None, :], exposure[None, :]
    at = np.array(begin)
    areas, best = _best(model, at, k, e, prior)
    for _ in range(TURNS):
        jacobian, mean = model.jacobian(at, areas)
        slope = jacobian[-2:] @ (counts / mean - exposure) - at / prior**2
        covariance = _covariance(jacobian, mean, exposure, prior)
        step = covariance[-2:, -2:] @ slope
        factor = min(1.0, float(np.min(np.array([2.0, 0.1]) / np.maximum(np.abs(step), 1e-12))))
        for _ in range(8):
            new_areas, new = _best(model, at + factor * step, k, e, prior)
            if new >= best - 1e-9:
                break
            factor *= 0.5
        else:
            break
        at, areas, best = at + factor * step, new_areas, new
        if np.all(np.abs(factor * step) <= NEAR * np.sqrt(np.diag(covariance)[-2:])):
            break
    jacobian, mean = model.jacobian(at, np.maximum(areas * times, 1.0))
    expected = areas @ model.share(at) * exposure
    return Placing(
        shift=float(at[0]),
        stretch=float(at[1]),
        prior=prior,
        areas=areas,
        covariance=_covariance(jacobian, mean, exposure, prior),
        misfit=_misfit(counts, expected, int((areas > 0).sum()) + 2),
    )


def fitted(counts: Array, exposure: Array, frame: Frame, *, seed: int = 0) -> Fitted:
    """Fit the areas of peaks that lie over each other, in each scan.

    Parameters
    ----------
    counts, exposure : (scans, channels) arrays
        Registered, and the share of shots that were awake.
    frame : Frame
    seed : int
        Of the shapes that are drawn.

    Returns
    -------
    Fitted
    """
    together = counts.sum(axis=0)
    # Of the sum of all scans, the share of shots by which each channel's corrected counts are kept.
    came = np.where(counts > 0, counts / exposure, 0.0).sum(axis=0)
    seen = np.asarray(
        np.where(together > 0, together / np.maximum(came, 1e-300), exposure.mean(axis=0)),
        dtype=float,
    )
    model = _Model(frame)
    placing = placed(together, seen, frame)
    at = np.array([placing.shift, placing.stretch])
    share = model.share(at)
    areas = areas_of(counts, share, exposure)
    inside = _inverted(information(areas, share, exposure, least=1.0))
    generator = np.random.default_rng(seed)
    root = np.linalg.cholesky(placing.covariance[-2:, -2:])
    common, common_total = np.zeros_like(areas), np.zeros(share.shape[0])
    for _ in range(REPLICAS):
        other = replace(frame, shape=frame.shape.drawn(generator))
        again = placed(together, seen, other, begin=(placing.shift, placing.stretch))
        theta = np.array([again.shift, again.stretch]) + root @ generator.standard_normal(2)
        new = _Model(other).share(theta)
        mean = np.maximum(np.maximum(areas, 1.0) @ new, 1e-300)
        slope = (counts / mean - exposure) @ new.T - (
            counts / np.maximum(np.maximum(areas, 1.0) @ share, 1e-300) - exposure
        ) @ share.T
        common += np.einsum("sab,sb->sa", inside, slope) ** 2 / REPLICAS
        total = areas_of(together[None], new, seen[None])[0]
        common_total += (total - placing.areas) ** 2 / REPLICAS
    beyond = max(placing.misfit - 1.0, 0.0)
    counting = np.diag(_inverted(information(placing.areas[None], share, seen[None], least=1.0))[0])
    relative = beyond * counting / np.maximum(placing.areas, 1.0) ** 2
    common = np.sqrt(common + relative * areas**2)
    spread = np.sqrt(np.diagonal(inside, axis1=1, axis2=2) + common**2)
    u_total = np.sqrt(counting * (1.0 + beyond) + common_total)
    many = len(frame.components)
    covariance = placing.covariance[:many, :many]
    scale = np.sqrt(np.diag(covariance))
    return Fitted(
        ions=tuple(one.ion for one in frame.components),
        areas=areas.T[:many],
        u=spread.T[:many],
        u_common=common.T[:many],
        total=placing.areas[:many],
        u_total=u_total[:many],
        correlation=covariance / np.outer(scale, scale),
        placing=placing,
        shape=frame.shape,
    )


def share_u(placing: Placing, first: int, times: float = 1.0) -> tuple[float, float]:
    """Give the part that a peak has of itself and the next one, and its standard uncertainty."""
    a, b = np.maximum(placing.areas[first : first + 2] * times, 1.0)
    slope = np.array([b, -a]) / (a + b) ** 2
    covariance = placing.covariance[first : first + 2, first : first + 2]
    return float(a / (a + b)), float(np.sqrt(slope @ covariance @ slope))


class _Model:
    """Peaks and a flat background over some channels."""

    def __init__(self, frame: Frame) -> None:
        self.growth, self.steep = frame.shape.growth()
        self.stretch = frame.width / frame.shape.fwhm
        self.ends = np.append(frame.channels - 0.5, frame.channels[-1] + 0.5)
        self.places = np.array([place for one in frame.components for place in one.places])
        # Which lines a peak is made of, in which parts.
        self.made_of = np.zeros((len(frame.components), self.places.size))
        first = 0
        for i, one in enumerate(frame.components):
            self.made_of[i, first : first + len(one.parts)] = one.parts
            first += len(one.parts)

    def share(self, at: Array) -> Array:
        """Part of each peak, and of the background, in each channel."""
        x = (self.ends - self.places[:, None] - at[0]) / (self.stretch * (1.0 + at[1]))
        peaks = np.maximum(self.made_of @ np.diff(self.growth(x), axis=1), 0.0)
        return np.vstack([peaks, np.full(self.ends.size - 1, 1.0 / (self.ends.size - 1))])

    def jacobian(self, at: Array, areas: Array) -> tuple[Array, Array]:
        """Derivatives of what is expected by areas, shift and width; and what is expected."""
        share = self.share(at)
        width = self.stretch * (1.0 + at[1])
        x = (self.ends - self.places[:, None] - at[0]) / width
        steep, lines = self.steep(x), areas[:-1] @ self.made_of
        shift = lines @ np.diff(-steep / width, axis=1)
        wider = lines @ np.diff(-steep * x / (1.0 + at[1]), axis=1)
        return np.vstack([share, shift, wider]), np.maximum(areas @ share, 1e-12)


def _best(
    model: _Model, at: Array, counts: Array, exposure: Array, prior: Array
) -> tuple[Array, float]:
    """The most likely areas at a place, and how likely they are."""
    share = model.share(at)
    areas = areas_of(counts, share, exposure)[0]
    mean = np.maximum(areas @ share, 1e-300)
    likely = float(counts[0] @ np.log(mean) - exposure[0] @ mean)
    return areas, likely - 0.5 * float(np.sum((at / prior) ** 2))


def _covariance(jacobian: Array, mean: Array, exposure: Array, prior: Array) -> Array:
    matrix = (jacobian * (exposure / mean)) @ jacobian.T
    matrix[-2:, -2:] += np.diag(1.0 / prior**2)
    return _inverted(matrix[None])[0]


def _inverted(matrix: Array) -> Array:
    """Inverses of matrices whose rows have very different units; nearly singular ones too."""
    scale = np.sqrt(np.maximum(np.diagonal(matrix, axis1=1, axis2=2), 1e-300))
    outer = scale[:, :, None] * scale[:, None, :]
    normed = matrix / outer + 1e-12 * np.eye(matrix.shape[1])
    return np.asarray(np.linalg.inv(normed), dtype=float) / outer


def _misfit(counts: Array, expected: Array, parameters: int) -> float:
    """Chi-square a degree of freedom, of neighbouring channels with enough counts together."""
    pool = np.floor(np.cumsum(expected) / POOLED).astype(np.int64)
    _, group = np.unique(pool, return_inverse=True)
    k, mean = np.bincount(group, counts), np.bincount(group, expected)
    free = k.size - parameters
    if free < 1:
        return 1.0
    return float(np.sum((k - mean) ** 2 / np.maximum(mean, 1e-300)) / free)
