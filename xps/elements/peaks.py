"""What stands above the local background of a survey.

The excess of a window over the mean of its two neighbours is zero for any straight background; a
step of the background under a line enters by half. Its variance is that of the counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .trace import Trace

__all__ = ["SEEN", "Excess", "Peak", "excesses", "find_peaks"]

Array = NDArray[np.float64]

HALF_WIDTHS = (1.6, 3.2)
"""Half the windows [eV]: survey lines are 2 to 3 eV wide, those of s and p levels up to 6 eV."""
SEEN = 5.0
"""Significance from which a line counts as seen. At some 600 places that are looked at, noise
reaches five standard deviations in one survey of 5000."""
PIECE, QUIET = 50.0, 0.2
"""A survey's scatter is looked at piece by piece [eV]; a fifth of them are without lines."""
SCATTER = 1.3
"""Scatter of the significance in a piece that noise reaches."""
FEW = 50
"""Channels below which a scatter says nothing."""
CURVED = 0.004
"""Relative standard uncertainty of a background that is taken for straight over 10 eV: a
convention."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Excess:
    """Counts in a window about each channel above its two neighbours, with their uncertainty.

    Attributes
    ----------
    half_width : float
        Half the window [eV].
    value, u : (n,) arrays
        In counts x eV; zero with an infinite u where a neighbour reaches beyond the data.
    """

    half_width: float
    value: Array
    u: Array

    @property
    def significance(self) -> Array:
        """Excess over its standard uncertainty."""
        return self.value / self.u


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """A local maximum of the excess.

    Attributes
    ----------
    energy : float
        Stored binding energy [eV].
    area, u : float
        Excess in the window that shows it best [counts eV].
    half_width : float
        Of that window [eV].
    sharpness : float
        Excess of the narrow window over that of the broad one: 0.8 for lines of 2 eV, 0.4 for
        losses and Auger bands of 8 eV.
    """

    energy: float
    area: float
    u: float
    half_width: float
    sharpness: float

    @property
    def significance(self) -> float:
        """Area over its standard uncertainty."""
        return self.area / self.u


def excesses(trace: Trace) -> tuple[Excess, ...]:
    """Give the excess at every channel, for narrow and for broad lines.

    Where it scatters over the whole survey by more than counts do (a rate that is passed off as
    counts, smoothed data), its own scatter is its uncertainty.
    """
    return tuple(
        _scattered(trace, _excess(trace, max(half, 1.5 * trace.step))) for half in HALF_WIDTHS
    )


def _scattered(trace: Trace, excess: Excess) -> Excess:
    """Widen the uncertainty to the scatter in the quieter parts of the survey."""
    there = np.isfinite(excess.u)
    z, energy = excess.significance[there], trace.energy[there]
    if z.size < FEW:
        return excess
    pieces = np.array_split(z, max(1, round(float(energy[-1] - energy[0]) / PIECE)))
    scatter = [1.4826 * float(np.median(np.abs(p - np.median(p)))) for p in pieces]
    return replace(excess, u=excess.u * max(1.0, float(np.quantile(scatter, QUIET)) / SCATTER))


def _excess(trace: Trace, half: float) -> Excess:
    """Counts within ``half`` less those between ``half`` and ``2.5 half``, on either side."""
    energy = trace.energy
    total = np.concatenate([[0.0], np.cumsum(trace.counts)])
    spread = np.concatenate([[0.0], np.cumsum(trace.variance)])
    slack = 1e-6 * trace.step
    ends = [
        np.searchsorted(energy, energy + place + sign * slack)
        for place, sign in ((-2.5 * half, -1), (-half, -1), (half, 1), (2.5 * half, 1))
    ]
    inside, left, right = ends[2] - ends[1], ends[1] - ends[0], ends[3] - ends[2]
    whole = (energy - 2.5 * half > energy[0]) & (energy + 2.5 * half < energy[-1])
    left, right = np.maximum(left, 1), np.maximum(right, 1)
    base = 0.5 * (
        (total[ends[1]] - total[ends[0]]) / left + (total[ends[3]] - total[ends[2]]) / right
    )
    value = total[ends[2]] - total[ends[1]] - inside * base
    variance = (
        spread[ends[2]]
        - spread[ends[1]]
        + 0.25
        * inside**2
        * (
            (spread[ends[1]] - spread[ends[0]]) / left**2
            + (spread[ends[3]] - spread[ends[2]]) / right**2
        )
        + (CURVED * inside * base) ** 2
    )
    return Excess(
        half_width=half,
        value=np.where(whole, value, 0.0) * trace.step,
        u=np.where(whole, np.sqrt(np.maximum(variance, 1e-300)), np.inf) * trace.step,
    )


def find_peaks(trace: Trace, found: tuple[Excess, ...]) -> tuple[Peak, ...]:
    """Give all peaks that are seen, the most significant first.

    The narrow window tells; the broad one adds what only it shows.
    """
    candidates: list[Peak] = []
    for excess in found:
        z = excess.significance
        reach = max(1, round(excess.half_width / trace.step))
        for i in np.flatnonzero(z >= SEEN):
            near = slice(max(i - reach, 0), i + reach + 1)
            if z[i] >= z[near].max():
                candidates.append(
                    Peak(
                        energy=_summit(trace.energy, excess.value, int(i)),
                        area=float(excess.value[i]),
                        u=float(excess.u[i]),
                        half_width=excess.half_width,
                        sharpness=_sharpness(found, int(i)),
                    )
                )
    candidates.sort(key=lambda peak: (peak.half_width, -peak.significance))
    kept: list[Peak] = []
    for peak in candidates:
        if all(
            abs(peak.energy - other.energy) > max(peak.half_width, other.half_width)
            for other in kept
        ):
            kept.append(peak)
    return tuple(sorted(kept, key=lambda peak: -peak.significance))


def _sharpness(found: tuple[Excess, ...], i: int) -> float:
    narrow, broad = found[0].value[i], found[-1].value[i]
    return float(min(narrow / broad, 1.0)) if broad > 0 else 1.0


def _summit(energy: Array, value: Array, i: int) -> float:
    """Where a parabola through three channels has its maximum [eV]."""
    if not 0 < i < energy.size - 1:
        return float(energy[i])
    low, middle, high = value[i - 1 : i + 2]
    bend = low - 2.0 * middle + high
    move = 0.5 * (low - high) / bend if bend < 0 else 0.0
    return float(energy[i] + np.clip(move, -0.5, 0.5) * (energy[i + 1] - energy[i]))
