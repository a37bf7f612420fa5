"""From what one pass counted to a depth profile: corrected, and less what lies under the peaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

from .counting import awake, corrected, corrected_histogram, unseen, variance
from .profile import ProfileError, depth_profile
from .totals import total_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from .cube import Pass, Window
    from .events import Run
    from .local_background import Beside
    from .overlap import Fitted

__all__ = ["impossible_of", "profile_of"]

Array = NDArray[np.float64]


def profile_of(
    run: Run,
    counted: Pass,
    windows: Sequence[Window],
    *,
    dead_window: int,
    pixels: int,
    sides: Sequence[Beside | None] = (),
    fitted: Sequence[Fitted] = (),
    limit: NDArray[np.bool_] | None = None,
) -> xr.Dataset:
    """Make the depth profile of what one pass over the events counted.

    Each channel is corrected for the counts in the dead time before it, with the shots of the
    pixels that were counted; without the number of shots nothing is corrected and there is no
    ``u``.

    Parameters
    ----------
    run : Run
    counted : Pass
        Of the whole raster, or of a region.
    windows : sequence of Window
        Those of the pass.
    dead_window : int
        Dead time in channels, that of the pass.
    pixels : int
        Those that were counted: of the raster, or of the region.
    sides : sequence of Beside or None
        One a window: where its background is taken from; nothing is taken off if there are none.
    fitted : sequence of Fitted
        Ions whose areas were fitted: these stand for what their windows hold.
    limit : (windows, scans) array of bool, optional
        Where more is known to have come than was registered, beside where no shot was left.

    Returns
    -------
    Dataset
        As :func:`depth_profile` makes it.

    Raises
    ------
    ProfileError
        If a dead time holds more counts than there were shots.
    """
    shots = pixels * run.raster.shots if run.raster.shots else None
    counts = np.zeros((len(windows), counted.near.shape[0]))
    intensity, before = np.zeros_like(counts), np.zeros_like(counts)
    under, u_under = np.zeros_like(counts), np.zeros_like(counts)
    limit = np.zeros(counts.shape, dtype=bool) if limit is None else limit.copy()
    for i, window in enumerate(windows):
        try:
            row = _Row(counted, i, shots, dead_window)
        except InputError as error:
            raise ProfileError(f"of {window.ion}, {error}") from None
        counts[i], intensity[i], before[i] = row.summed()
        limit[i] |= row.limited()
        if sides and (side := sides[i]) is not None:
            under[i], u_under[i] = row.under(side)
    n = np.nan if shots is None else float(shots)
    more: dict[str, Any] = {}
    if sides or fitted:
        u = np.sqrt(variance(intensity, n, before) + u_under**2)
        more = _replaced(windows, intensity, u, under, fitted)
        if not sides:
            more.pop("background")
    else:
        more["corrected"] = intensity
    profile = depth_profile(
        [window.ion for window in windows],
        more.pop("corrected"),
        sputter_time=run.sputter_time,
        counts=counts,
        before=before,
        shots=n,
        limit=limit,
        mz=[0.5 * (window.low + window.high) for window in windows],
        window=[(window.low, window.high) for window in windows],
        scan=list(run.numbers),
        polarity=run.polarity,
        shots_from="the file" if shots is not None else "",
        time_from=run.time_from,
        **more,
        **_total(counted, shots, dead_window),
    )
    if shots is None:
        return profile
    return profile.assign(before=(("ion", "scan"), before, {"units": "counts"}))


def impossible_of(counted: Pass, shots: int, dead_window: int) -> NDArray[np.bool_]:
    """Tell where a dead time in a window, or before it, holds more counts than there were shots.

    Parameters
    ----------
    counted : Pass
    shots : int
        Behind a scan.
    dead_window : int
        Dead time in channels.

    Returns
    -------
    (windows, scans) array of bool
    """
    found = np.zeros((counted.layout.first.size, counted.near.shape[0]), dtype=bool)
    for i in range(found.shape[0]):
        counts = _Row(counted, i, None, dead_window).counts
        found[i] = (counts > awake(counts, shots, dead_window)).any(axis=1)
    return found


def _total(counted: Pass, shots: int | None, dead_window: int) -> dict[str, Any]:
    """The total of all ions within the channels, or why there is none."""
    if counted.blocks is None:
        return {
            "no_total": "too many flight times, or too short a dead time, to count it in each scan"
        }
    if shots is None:
        return {"total": counted.blocks.sum(axis=1)}
    total = total_of(counted.blocks, counted.spectrum, shots, dead_window)
    if total is None:
        return {"no_total": "in some dead time nearly every shot has an ion"}
    return {"total": total}


def _replaced(
    windows: Sequence[Window],
    intensity: Array,
    u: Array,
    under: Array,
    fitted: Sequence[Fitted],
) -> dict[str, Any]:
    """Intensities less their background, and areas where they were fitted."""
    net, common, background = intensity - under, np.zeros_like(u), under.copy()
    u_from = ["counting" if not row.any() else "counting, background" for row in under]
    rows = {window.ion: i for i, window in enumerate(windows)}
    for one in fitted:
        for k, name in enumerate(one.ions):
            i = rows[name]
            net[i], u[i], common[i] = one.areas[k], one.u[k], one.u_common[k]
            background[i] = 0.0
            u_from[i] = "fit"
    more: dict[str, Any] = {"corrected": net, "u": u, "u_from": u_from, "background": background}
    if fitted:
        more["u_common"] = common
    return more


class _Row:
    """The channels about one window in each scan, corrected.

    Raises
    ------
    InputError
        If a dead time holds more counts than there were shots.
    """

    def __init__(self, counted: Pass, i: int, shots: int | None, dead_window: int) -> None:
        layout = counted.layout
        self.first, self.last = int(layout.first[i]), int(layout.last[i])
        self.start, end = layout.about(i)
        slots = slice(int(layout.slot[self.start]), int(layout.slot[end - 1]) + 1)
        self.counts = counted.near[:, slots].astype(float)
        self.shots, self.dead_window = shots, dead_window
        self.intensity = (
            self.counts if shots is None else corrected_histogram(self.counts, shots, dead_window)
        )

    def summed(self) -> tuple[Array, Array, Array]:
        """Counts in the window, the same corrected, and what its dead time holds before it."""
        inside = slice(self.first - self.start, self.last - self.start)
        earlier = slice(max(inside.start - self.dead_window, 0), inside.start)
        counts = self.counts[:, inside].sum(axis=1)
        if self.shots is None:
            return counts, counts, np.zeros_like(counts)
        before = corrected(self.counts[:, earlier].sum(axis=1), self.shots)
        return counts, self.intensity[:, inside].sum(axis=1), before

    def limited(self) -> NDArray[np.bool_]:
        """In which scans no shot was left to see more of the window."""
        if self.shots is None:
            return np.zeros(len(self.counts), dtype=np.bool_)
        inside = slice(self.first - self.start, self.last - self.start)
        full = unseen(self.counts, self.shots, self.dead_window)[:, inside]
        return np.asarray(full.any(axis=1), dtype=bool)

    def under(self, side: Beside) -> tuple[Array, Array]:
        """Background in the window, and its standard uncertainty."""
        spread = self.intensity
        if self.shots is not None:
            # N e^before (e^lambda - 1) of a channel, whose N e^-before is k / (1 - e^-lambda).
            half = np.sinh(0.5 * self.intensity / self.shots)
            spread = (2.0 * self.shots * half) ** 2 / np.maximum(self.counts, 1.0)
        return side.under(self.intensity, spread, self.start, self.last - self.first)
