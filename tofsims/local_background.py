"""What lies under a peak: its local background, from the channels beside it.

Flight times of ions that were scattered or fell apart lie under and between the peaks. On either
side of a peak, from three to six of its widths from its middle, the channels without a neighbour
are found in the spectrum of the whole run; in each scan, what they hold a channel is carried to the
middle of the peak along a straight line. The channels are the same in all scans and chosen without
looking at any of them, so the estimate is unbiased: where little was counted, an ion less its
background may come out below zero, and clipping that would bias the mean of the scans.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from .cube import Window
    from .masscal import Calibration

__all__ = ["FARTHEST", "Beside", "beside", "sides_of", "worth_it"]

Array = NDArray[np.float64]
Channels = NDArray[np.int64]

NEAREST, FARTHEST = 3.0, 6.0
"""Widths at half height from a peak's middle between which its background is looked for."""
TAIL = 3.0
"""Widths behind a known peak that its tail takes."""
WORTH = 0.05
"""Part of an ion's counts that is worth a word where it is not taken off."""
BLOCKS = 6
"""Parts of a side; one that a neighbour stands in is left out."""
HIGHER, SURE = 1.5, 4.0
"""A neighbour is what holds half as much again as the lower half of the side, and four standard
deviations more."""


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """The free channels on either side of a peak.

    Attributes
    ----------
    middle : float
        Channel of the peak.
    low, high : (n,) arrays
        Channels; empty on a side that neighbours fill.
    """

    middle: float
    low: Channels
    high: Channels

    @property
    def is_known(self) -> bool:
        """Whether there is a free channel at all."""
        return self.low.size + self.high.size > 0

    def under(
        self, intensity: Array, variance: Array, start: int, width: int
    ) -> tuple[Array, Array]:
        """Give the background under a peak in each scan.

        Parameters
        ----------
        intensity, variance : (..., channels) arrays
            Corrected counts of each channel, and their variance.
        start : int
            Channel of the first of them.
        width : int
            Channels of the peak's window.

        Returns
        -------
        background, u : arrays
            Counts in the window, and their standard uncertainty from counting.

        Examples
        --------
        >>> level = np.full((2, 100), 3.0)
        >>> sides = Beside(50.0, np.arange(20, 30), np.arange(70, 80))
        >>> sides.under(level, level, 0, 10)[0]
        array([30., 30.])
        """
        sides = [side for side in (self.low, self.high) if side.size]
        shares = [1.0]
        if len(sides) == 2:
            left, right = (float(side.mean()) for side in sides)
            shares = [(right - self.middle) / (right - left), (self.middle - left) / (right - left)]
        background = np.zeros(intensity.shape[:-1])
        spread = np.zeros_like(background)
        for side, share in zip(sides, shares, strict=True):
            factor = width * share / side.size
            background += factor * intensity[..., side - start].sum(axis=-1)
            spread += factor**2 * variance[..., side - start].sum(axis=-1)
        return background, np.sqrt(spread)


def beside(
    spectrum: NDArray[np.int64], middle: float, fwhm: float, others: list[tuple[float, float]]
) -> Beside:
    """Find the free channels beside a peak.

    Parameters
    ----------
    spectrum : (channels,) array
        Of the whole run.
    middle, fwhm : float
        Of the peak [channels].
    others : list of (float, float)
        Channels from and to that other known peaks take.

    Returns
    -------
    Beside

    Notes
    -----
    A side is cut into six parts; a part that holds four standard deviations, and half, more than
    the median of the lower half of them is a neighbour's, and is left out. That test moves the
    level of a flat side by less than a part in a thousand of its own standard deviation.

    Examples
    --------
    >>> flat = np.full(400, 4)
    >>> flat[240:246] = 500
    >>> found = beside(flat, 200.0, 10.0, [])
    >>> found.low.size, found.high.size, 243 in found.high
    (30, 20, False)
    """
    return Beside(
        middle=middle,
        low=_free(spectrum, middle - FARTHEST * fwhm, middle - NEAREST * fwhm, others),
        high=_free(spectrum, middle + NEAREST * fwhm, middle + FARTHEST * fwhm, others),
    )


def sides_of(
    windows: Sequence[Window],
    calibration: Calibration,
    spectrum: NDArray[np.int64],
    *,
    skipped: Collection[str] = (),
) -> list[Beside | None]:
    """Find the free channels beside the peak of each window.

    Parameters
    ----------
    windows : sequence of Window
    calibration : Calibration
    spectrum : (channels,) array
        Of the whole run.
    skipped : collection of str
        Windows of which nothing is looked for: their ions are fitted with their background.

    Returns
    -------
    list of Beside or None
        ``None`` where neighbours fill both sides, or none is looked for.
    """
    middle = np.array([0.5 * (window.low + window.high) for window in windows])
    at = calibration.scale.channel(middle)
    width = calibration.fwhm_channels(middle)
    ends = calibration.scale.channel([(window.low, window.high) for window in windows])
    found: list[Beside | None] = []
    for i, window in enumerate(windows):
        others = [
            (float(low), float(high + (TAIL - 1.5) * width[k]))
            for k, (low, high) in enumerate(ends)
            if k != i
        ]
        side = beside(spectrum, float(at[i]), float(width[i]), others)
        found.append(side if side.is_known and window.ion not in skipped else None)
    return found


def worth_it(
    windows: Sequence[Window],
    sides: Sequence[Beside | None],
    spectrum: NDArray[np.int64],
    calibration: Calibration,
    *,
    is_taken: bool,
    skipped: Collection[str] = (),
) -> Iterator[Finding]:
    """Say how much lies under the peaks where it is not taken off, and where it cannot be."""
    counts = spectrum.astype(float)
    for window, side in zip(windows, sides, strict=True):
        if side is None:
            if is_taken and window.ion not in skipped:
                yield _no_room(window)
            continue
        ends = calibration.scale.channel([window.low, window.high])
        first, last = np.ceil(ends).astype(int).tolist()
        inside = float(spectrum[first:last].sum())
        under, u = (float(x) for x in side.under(counts, counts, 0, last - first))
        if not is_taken and inside > 0 and under > WORTH * inside and under > SURE * u:
            yield Finding(
                rule="sims_background",
                severity=Severity.WARNING,
                subject=window.ion,
                reported=f"{100.0 * under / inside:.0f} % of its counts",
                reference=f"{100.0 * WORTH:g} %",
                message="are as many as the channels beside the peak hold, and are not the ion's; "
                "take them off with --background local",
            )


def _no_room(window: Window) -> Finding:
    return Finding(
        rule="sims_background",
        severity=Severity.WARNING,
        subject=window.ion,
        message="neighbours fill both sides of the peak: no background was taken off",
    )


def _free(
    spectrum: NDArray[np.int64], first: float, last: float, others: list[tuple[float, float]]
) -> Channels:
    """Channels of one side in which no neighbour stands."""
    side = np.arange(max(round(first), 0), min(round(last), spectrum.size), dtype=np.int64)
    for start, end in others:
        side = side[(side < start) | (side >= end)]
    if side.size < BLOCKS:
        return side[:0]
    parts = np.array_split(side, BLOCKS)
    rates = np.array([spectrum[part].sum() / part.size for part in parts])
    level = float(np.median(np.sort(rates)[: BLOCKS // 2]))
    kept = [
        part
        for part, rate in zip(parts, rates.tolist(), strict=True)
        if rate * part.size <= max(HIGHER * level * part.size, 0.0)
        or (rate - level) * part.size <= SURE * np.sqrt(level * part.size + 1.0)
    ]
    return np.concatenate(kept)
