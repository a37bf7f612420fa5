"""Where an ion's signal is level: the plateau that its interfaces are measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .axis import span, unit_of
from .profile import ProfileError, position

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["plateau_of", "points_within"]

Array = NDArray[np.float64]

FEWEST = 3
"""Data points of a plateau."""
LIKE = 0.1
"""Relative distance from a plateau's median within which its points lie, beyond their scatter."""


def plateau_of(one: xr.Dataset) -> NDArray[np.intp]:
    """Find the plateau of an ion: the points of the stretch that holds most of its counts.

    A running median takes out spikes. Of the stretches above half of its highest value the one with
    most counts is taken, and of that the longest run within 10 % of the stretch's median, or within
    three standard deviations where counts are few; gaps as short as the running median is wide do
    not end it.

    Parameters
    ----------
    one : Dataset
        A depth profile of one ion.

    Returns
    -------
    (points,) array of int

    Raises
    ------
    ProfileError
        If it has none.
    """
    from scipy import ndimage

    x, y = position(one), one["corrected"].values.astype(float)
    wide = max(5, 2 * (y.size // 40) + 1)
    running = getattr(ndimage, "median_filter")  # noqa: B009 - no types
    smooth: Array = np.asarray(running(y, wide, mode="nearest"), dtype=float)
    # At the ends a median has half of its points, and a spike may be as long.
    highest = float(smooth[wide // 2 : -(wide // 2)].max(initial=0.0))
    stretches = _stretches(smooth >= 0.5 * highest, wide) if highest > 0 else []
    if stretches:
        most = max(stretches, key=lambda s: float(y[s].sum()))
        level = float(np.median(y[most]))
        # A median of so many points scatters 1.25 times as much as their mean.
        like = max(LIKE, 3.0 * 1.25 / np.sqrt(level * wide))
        near = np.zeros(y.size, dtype=bool)
        near[most] = np.abs(smooth[most] / level - 1.0) <= like
        runs = _stretches(near, wide)
        longest = max(runs, key=len) if runs else most[:0]
        if longest.size >= FEWEST + wide:
            # Half the median's width at an end still belongs to the edge.
            first = int(longest[0]) + wide // 2 * int(longest[0] > 0)
            last = int(longest[-1]) - wide // 2 * int(longest[-1] < y.size - 1)
            return np.arange(first, last + 1)
    where = span(float(x[0]), float(x[-1]), unit_of(one))
    raise ProfileError(
        f"{one['ion'].item()} shows no plateau within {where}; state one, from where to where"
    )


def _stretches(yes: NDArray[np.bool_], gap: int) -> list[NDArray[np.intp]]:
    """Runs of what is true, with gaps no longer than that."""
    at = np.flatnonzero(yes)
    return np.split(at, np.flatnonzero(np.diff(at) > gap) + 1) if at.size else []


def points_within(one: xr.Dataset, window: tuple[float, float]) -> NDArray[np.intp]:
    """Give the data points of an ion's plateau that was stated.

    Raises
    ------
    ProfileError
        If they are fewer than three.
    """
    x, unit = position(one), unit_of(one)
    inside = np.flatnonzero((x >= window[0]) & (x <= window[1]))
    if inside.size < FEWEST:
        raise ProfileError(
            f"the plateau of {one['ion'].item()} from {span(*window, unit)} holds {inside.size} "
            f"data points and needs {FEWEST}; the profile is from "
            f"{span(float(x[0]), float(x[-1]), unit)}"
        )
    return inside
