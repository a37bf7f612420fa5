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

WIDTHS = 4.0
"""Widths on either side of a peak that are looked at,"""
ENOUGH = 3000.0
"""and counts that tell its height."""
OUT, SURE = 0.25, 4.0
"""Part of the height of a peak, and standard deviations of it, by which it is above what is about
it."""


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


def peak_about(
    counts: NDArray[np.float64], middle: float, reach: float, *, widest: float | None = None
) -> Peak | None:
    """Find the peak within a reach of a channel.

    Parameters
    ----------
    counts : (channels,) array
    middle, reach : float
        Channels.
    widest : float, optional
        Width [channels] that no peak has; 64 times the reach if not given.

    Returns
    -------
    Peak or None
        ``None`` where nothing was counted, or nothing stands out that is narrower.

    Notes
    -----
    What is looked at grows until it holds four widths on either side: of a peak that fills it
    neither the background nor the width can be seen. A peak may then be a width from where it is
    looked for.

    Examples
    --------
    >>> x = np.arange(200)
    >>> found = peak_about(1000 * np.exp(-0.5 * ((x - 103.4) / 4) ** 2), 100, 30)
    >>> round(found.channel, 1), round(found.fwhm, 1)
    (103.4, 9.4)

    Its width does not go by how far it is looked for:

    >>> x = np.arange(5000)
    >>> found = peak_about(1000 * np.exp(-0.5 * ((x - 2510.0) / 90) ** 2), 2500, 30)
    >>> round(found.channel), round(found.fwhm)
    (2510, 212)
    """
    most = 64.0 * reach if widest is None else widest
    seen, far = reach, reach
    while True:
        first, last = max(int(middle - seen), 0), min(int(middle + seen) + 1, counts.size)
        y = counts[first:last].astype(float)
        if last - first < 3 or y.sum() <= 0:
            return None
        edge = max(y.size // 6, 1)
        background = float(np.median(np.concatenate([y[:edge], y[-edge:]])))
        start, end = max(int(middle - far) - first, 0), min(int(middle + far) + 1 - first, y.size)
        shape = _shape(y, background, start, end)
        top, fwhm = shape.top, shape.fwhm
        if shape.stands_out and WIDTHS * fwhm <= seen:
            if far >= fwhm:
                break
            far = fwhm
        elif seen >= WIDTHS * most or last - first == counts.size:
            return None
        else:
            wanted = WIDTHS * fwhm if shape.stands_out else 0.0
            seen = min(max(wanted, 1.5 * seen), WIDTHS * most)
    if top in {start, end - 1} or abs(first + top - middle) > max(reach, fwhm):
        return None  # the flank of a peak that is beyond
    return _measured(counts, first + top, fwhm, background, first, last)


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


def _measured(
    counts: NDArray[np.float64], top: int, fwhm: float, background: float, first: int, last: int
) -> Peak | None:
    """A peak of known top and width: its place and counts; ``None`` where it has none."""
    low, high = max(int(top - 2 * fwhm), first), min(int(top + 2 * fwhm) + 1, last)
    inside = counts[low:high].astype(float)
    total = float((inside - background).sum())
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


@dataclass(frozen=True, slots=True)
class _Shape:
    """Top and width of a peak, and whether it stands out of what is about it."""

    top: int
    fwhm: float
    stands_out: bool


def _shape(y: NDArray[np.float64], background: float, start: int, end: int) -> _Shape:
    """Top between two channels, and width at half of its height, of counts that are smoothed.

    Noise on a flank ends a width too early. So counts are smoothed, over as little as leaves 2 % of
    noise at the top, and never over more than a quarter of the width; what that widens is taken
    off again.
    """
    most = _odd(max(y.size // 8, 1))
    over = 1
    # Three running means over b channels are as good as one over 1.77 b.
    while over < most and 1.77 * over * _smoothed(y, over)[start:end].max() < ENOUGH:
        over = min(2 * over + 1, most)
    while True:
        smooth = _smoothed(y, over)
        top = start + _highest(smooth[start:end])
        low, high = _half(smooth, top, background)
        wide = high - low
        if over == 1 or 4.0 * over <= wide:
            break
        over = _odd(min(max(int(wide / 4.0), 1), over - 1))
    # Three means over b channels have a variance of (b^2 - 1) / 4 and a channel one of 1 / 12, of
    # which a normal peak has fwhm^2 / (8 ln 2); the mean at the top lowers its half by 2 / fwhm^2.
    own = wide**2 - 8.0 * np.log(2.0) * ((over**2 - 1.0) / 4.0 + 1.0 / 12.0) - 2.0
    height, above = float(smooth[top]), float(smooth[top]) - background
    noise = np.sqrt(height / (1.77 * over))
    return _Shape(
        top, float(np.sqrt(max(own, 1.0))), bool(above > OUT * height and above > SURE * noise)
    )


def _odd(number: int) -> int:
    """An odd number that is no larger."""
    return number - 1 + number % 2


def _smoothed(y: NDArray[np.float64], over: int) -> NDArray[np.float64]:
    """Running mean over an odd number of channels, three times: nearly a normal one."""
    half = over // 2
    if not half:
        return y
    for _ in range(3):
        grown = np.zeros(y.size + 2 * half + 1)
        np.cumsum(np.pad(y, half, mode="edge"), out=grown[1:])
        y = (grown[2 * half + 1 :] - grown[: -2 * half - 1]) / (2 * half + 1)
    return y


def _highest(y: NDArray[np.float64]) -> int:
    """Top of counts that are smoothed over three channels, so that one channel's noise is none."""
    padded = np.pad(y, 1, mode="edge")
    return int((padded[:-2] + 2.0 * padded[1:-1] + padded[2:]).argmax())


def _half(y: NDArray[np.float64], top: int, background: float) -> tuple[float, float]:
    """Where a peak falls to half of its height on either side, between channels."""
    inside = 0 < top < y.size - 1
    around = float(np.average(y[top - 1 : top + 2], weights=(1, 2, 1))) if inside else float(y[top])
    half = background + 0.5 * (around - background)
    ends: list[float] = []
    for step, limit in ((-1, 0), (1, y.size - 1)):
        at = top
        while at != limit and y[at] > half:
            at += step
        inner, outer = float(y[at - step]) if at != top else 0.0, float(y[at])
        between = (inner - half) / (inner - outer) if inner > outer and at != top else 0.0
        ends.append(at - step + step * min(max(between, 0.0), 1.0))
    return ends[0], ends[1]
