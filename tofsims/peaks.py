"""Peaks of a mass spectrum: where they are, how wide, how many counts above their background.

A peak's place is the median of its counts within its window, which a tail moves less than the mean;
its width at half of its height gives the mass resolution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Peak", "peak_about", "strongest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """A peak of flight times.

    Attributes
    ----------
    channel : float
        Its place.
    u : float
        Standard uncertainty of its place from counting.
    fwhm : float
        Width at half of its height [channels].
    counts : float
        Above the background.
    background : float
        Counts a channel.
    """

    channel: float
    u: float
    fwhm: float
    counts: float
    background: float

    @property
    def significance(self) -> float:
        """Counts over the standard deviation that background and peak have together."""
        under = max(self.background, 0.0) * 4.0 * self.fwhm
        return self.counts / np.sqrt(max(self.counts + 2.0 * under, 1.0))


def peak_about(counts: NDArray[np.float64], middle: float, reach: float) -> Peak | None:
    """Find the peak within a reach of a channel.

    Parameters
    ----------
    counts : (channels,) array
    middle, reach : float
        Channels.

    Returns
    -------
    Peak or None
        ``None`` where nothing was counted.

    Examples
    --------
    >>> x = np.arange(200)
    >>> found = peak_about(1000 * np.exp(-0.5 * ((x - 103.4) / 4) ** 2), 100, 30)
    >>> round(found.channel, 1), round(found.fwhm, 1)
    (103.4, 9.6)
    """
    first, last = max(int(middle - reach), 0), min(int(middle + reach) + 1, counts.size)
    y = counts[first:last].astype(float)
    if last - first < 3 or y.sum() <= 0:
        return None
    edge = max(y.size // 6, 1)
    background = float(np.median(np.concatenate([y[:edge], y[-edge:]])))
    top = first + _highest(y)
    if top in {first, last - 1}:  # the flank of a peak that is beyond
        return None
    start, end = _half(counts, top, background, first, last)
    fwhm = max(end - start, 1.0)
    low, high = max(int(top - 2 * fwhm), first), min(int(top + 2 * fwhm) + 1, last)
    inside = counts[low:high].astype(float)
    above = inside - background
    total = float(above.sum())
    if total <= 0:
        return None
    # Within one width of the top a tail or a neighbour moves the median little.
    near_low, near_high = max(int(top - fwhm), first), min(int(top + fwhm) + 1, last)
    near = np.maximum(counts[near_low:near_high].astype(float) - background, 0.0)
    grown = np.zeros(near.size + 1)
    grown[1:] = near.cumsum()
    edges = np.arange(near_low, near_high + 1) - 0.5
    place = float(np.interp(0.5 * float(grown[-1]), grown, edges))
    # Of the median of a normal peak: 1.25 standard deviations over the root of its counts.
    u = 1.2533 * fwhm / 2.3548 / np.sqrt(max(float(inside.sum()), 1.0))
    return Peak(channel=place, u=u, fwhm=fwhm, counts=total, background=background)


def strongest(counts: NDArray[np.float64], number: int, *, apart: int) -> NDArray[np.intp]:
    """Give the channels of the strongest peaks, at least so many channels apart.

    Examples
    --------
    >>> y = np.zeros(1000)
    >>> y[[200, 205, 700]] = 50, 90, 40
    >>> strongest(y, 2, apart=20).tolist()
    [205, 700]
    """
    rest = counts.astype(float).copy()
    found: list[int] = []
    while len(found) < number and float(np.max(rest)) > 0:
        top = int(np.argmax(rest))
        found.append(top)
        rest[max(top - apart, 0) : top + apart + 1] = 0.0
    return np.array(found, dtype=np.intp)


def _highest(y: NDArray[np.float64]) -> int:
    """Top of counts that are smoothed over three channels, so that one channel's noise is none."""
    padded = np.pad(y, 1, mode="edge")
    return int((padded[:-2] + 2.0 * padded[1:-1] + padded[2:]).argmax())


def _half(
    counts: NDArray[np.float64], top: int, background: float, first: int, last: int
) -> tuple[float, float]:
    """Where a peak falls to half of its height on either side, between channels."""
    around = float(np.average(counts[top - 1 : top + 2], weights=(1, 2, 1))) if top else 0.0
    half = background + 0.5 * (around - background)
    ends: list[float] = []
    for step, limit in ((-1, first), (1, last - 1)):
        at = top
        while at != limit and counts[at] > half:
            at += step
        inner, outer = float(counts[at - step]), float(counts[at])
        between = (inner - half) / (inner - outer) if inner > outer and at != top else 0.0
        ends.append(at - step + step * min(max(between, 0.0), 1.0))
    return ends[0], ends[1]
