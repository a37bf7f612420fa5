"""The shape of peaks, learned from a strong one that stands alone.

A peak of a time-of-flight spectrum rises fast and has a tail towards long times, and no formula
fits all instruments. The shape is taken from the data: how the counts of a clean peak grow with the
flight time, less its local background. Another peak of the spectrum has the same shape at its own
place, stretched by the ratio of the widths.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .local_background import NEAREST, beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .masscal import Anchor, Calibration

__all__ = ["PeakShape", "learned"]

Array = NDArray[np.float64]
Curve = Callable[[Array], Array]

TAIL = 6.0
"""Widths at half height behind the place of a peak within which its tail is followed."""
ENOUGH = 2000.0
"""Counts of a peak of which a shape is learned."""
FALLS = 4.0
"""Standard deviations by which a peak that stands alone may rise again away from its top."""
KNOTS = 6.0
"""Knots a width at half height: a cubic spline gives a normal peak's to a thousandth of its top."""
SEEN = 3.0
"""Standard deviations from which a part of a flank is the peak's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PeakShape:
    """The shape of a peak.

    Attributes
    ----------
    ion : str
        Of which it was learned.
    fwhm, u_place : float
        Width and uncertainty of the place of that peak [channels].
    edges : (n + 1,) array
        Ends of its channels, from its place.
    net, spread : (n,) arrays
        Counts of each channel less the background, and their standard deviation.
    """

    ion: str
    fwhm: float
    u_place: float
    edges: Array
    net: Array
    spread: Array

    @property
    def counts(self) -> float:
        """Of the peak it was learned of."""
        return float(self.net.sum())

    def growth(self) -> tuple[Curve, Curve]:
        """Give how the part of a peak before a flight time grows with it, and how steeply.

        Returns
        -------
        callable, callable
            Of channels from the place, for a peak as wide as the one it was learned of.
        """
        from scipy.interpolate import CubicSpline

        # A knot every few channels: a finer one would carry the noise of each channel into the
        # place, which would then rather be between two channels than on one.
        knots = np.unique(np.append(np.arange(0, self.net.size, self.every), self.net.size))
        grown = np.concatenate([[0.0], np.cumsum(self.net)])[knots]
        first, last = self.edges[0], self.edges[-1]
        curve: Any = CubicSpline(self.edges[knots], grown / grown[-1], bc_type="clamped")
        steep: Any = curve.derivative()
        return lambda x: curve(np.clip(x, first, last)), lambda x: steep(np.clip(x, first, last))

    @property
    def every(self) -> int:
        """Channels between the knots of the curve by which the counts grow."""
        return max(int(self.fwhm / KNOTS), 1)

    def drawn(self, generator: np.random.Generator) -> PeakShape:
        """Give the shape as another measurement of that peak would have shown it."""
        noise = self.spread * generator.standard_normal(self.net.size)
        return replace(self, net=self.net + noise)


def learned(
    intensity: Array, calibration: Calibration, mz: float, known: Sequence[float]
) -> PeakShape | None:
    """Learn the shape of peaks near a mass, of the known ion that is best for it.

    Parameters
    ----------
    intensity : (channels,) array
        Spectrum of the whole run, corrected for the dead time.
    calibration : Calibration
        Its anchors are the peaks to learn of.
    mz : float
        The more counts the better, and the nearer to this.
    known : sequence of float
        m/z of other ions that may be there.

    Returns
    -------
    PeakShape or None
        ``None`` where no anchor has 2000 counts and stands alone.
    """
    order = sorted(
        calibration.anchors,
        key=lambda anchor: -anchor.peak.counts / (1.0 + (2.0 * np.log(anchor.mz / mz)) ** 2),
    )
    masses = np.array([*known, *(anchor.mz for anchor in calibration.anchors)])
    places = calibration.scale.channel(masses)
    for anchor in order:
        if anchor.peak.counts >= ENOUGH:
            shape = _of_peak(intensity, anchor, places[np.abs(masses - anchor.mz) > 1e-6])
            if shape is not None:
                return shape
    return None


def _of_peak(intensity: Array, anchor: Anchor, others: Array) -> PeakShape | None:
    peak = anchor.peak
    away = (others - peak.channel) / peak.fwhm
    if np.any((away > -NEAREST) & (away < TAIL)):
        return None
    first, last = round(peak.channel - NEAREST * peak.fwhm), round(peak.channel + TAIL * peak.fwhm)
    if first < 0 or last > intensity.size:
        return None
    taken = [(float(o - 2.0 * peak.fwhm), float(o + 3.0 * peak.fwhm)) for o in others]
    sides = beside(np.round(intensity).astype(np.int64), peak.channel, peak.fwhm, taken)
    free = [side for side in (sides.low, sides.high) if side.size]
    if not free:
        return None
    channels = np.arange(first, last, dtype=float)
    levels = np.array([float(intensity[side].mean()) for side in free])
    line = np.interp(channels, np.array([float(side.mean()) for side in free]), levels)
    y = np.asarray(intensity[first:last], dtype=float)
    net, spread = y - line, np.sqrt(np.maximum(y, 1.0))
    part = max(round(0.5 * peak.fwhm), 1)
    top = int(peak.channel - first)
    ends = [_end(net[top::-1], y[top::-1], part), _end(net[top:], y[top:], part)]
    if min(ends) < part:
        return None
    kept = slice(top - ends[0] + 1, top + ends[1])
    edges = np.append(channels[kept], channels[kept][-1] + 1) - 0.5 - peak.channel
    return PeakShape(
        ion=anchor.ion,
        fwhm=peak.fwhm,
        u_place=peak.u,
        edges=edges,
        net=net[kept],
        spread=spread[kept],
    )


def _end(net: Array, y: Array, part: int) -> int:
    """Channels from the top to where a flank is lost in the background; 0 if it rises again."""
    many = net.size // part
    sums = net[: many * part].reshape(many, part).sum(axis=1)
    spread = np.sqrt(y[: many * part].reshape(many, part).sum(axis=1) + 1.0)
    # The part next to the top may be lower than the one after it: the top is somewhere in there.
    for i in range(1, many):
        if sums[i] < SEEN * spread[i]:
            return i * part
        if i > 1 and sums[i] > sums[i - 1] + FALLS * float(np.hypot(spread[i], spread[i - 1])):
            return 0
    return many * part
