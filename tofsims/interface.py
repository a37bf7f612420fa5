"""Where an interface lies in each column of a cube, by an ion that changes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["interface_of"]

Array = NDArray[np.float64]

ENOUGH = 150.0
"""Counts of a column, with those about it, by which the change is looked for."""
WIDEST = 8
"""Part of the field (one in so many) over which columns are summed at most."""
LEAST = 3
"""Scans on either side of a change."""
CLEAR = 20.0
"""Twice the gain of log-likelihood from which a change is one."""
KNOWN = 0.5
"""Part of the columns that must show it."""
BLOCK = 1 << 23
"""Numbers of a block of rows."""


def interface_of(
    counts: xr.DataArray,
    edges: Array,
    *,
    median: int = 5,
    window: tuple[float, float] | None = None,
) -> tuple[Array, Array]:
    """Find where an ion changes most in each column.

    Parameters
    ----------
    counts : (scan, y, x) DataArray
        Of the ion; read by blocks of rows.
    edges : (scans + 1,) array
        Where each scan begins, and the last one ends.
    median : int
        Side of the field [pixels] of which a column takes the median.
    window : (float, float), optional
        Between which edges it is looked for.

    Returns
    -------
    (height, width) array
        Where half of the change is done, as a place between the edges.
    (height, width) array of float
        One where the column itself shows it, zero where its neighbours stand in.

    Raises
    ------
    InputError
        If fewer than half of the columns show a change.

    Notes
    -----
    The step between two constant levels of Poisson counts (D. V. Hinkley, Biometrika 57 (1970) 1),
    as the mean of where it may be by its likelihood: half-way of an edge that is the same on both
    sides. Columns are summed with those about them until they hold enough counts.
    """
    from scipy import ndimage

    first, last = _within(edges, window)
    taken = counts.isel(scan=slice(first, last))
    height, width = counts.sizes["y"], counts.sizes["x"]
    total = float(taken.sum().values)
    side = int(np.ceil(np.sqrt(ENOUGH * height * width / max(total, 1e-9))))
    side = min(side | 1, max(min(height, width) // WIDEST, 1) | 1)
    rows = max(BLOCK // ((last - first) * width), 1)
    place, clear = np.full((height, width), np.nan), np.zeros((height, width))
    for row in range(0, height, rows):
        low, high = max(row - side // 2, 0), min(row + rows + side // 2, height)
        block = np.nan_to_num(
            taken.isel(y=slice(low, high)).transpose("scan", "y", "x").values.astype(float)
        )
        summed = block if side == 1 else _box(block, side)
        inner = slice(row - low, min(row + rows, height) - low)
        place[row : row + rows], clear[row : row + rows] = _steps(
            summed[:, inner], edges[first : last + 1]
        )
    known = clear > CLEAR
    if known.mean() < KNOWN:
        raise InputError(
            f"the ion shows a change in {100 * known.mean():.0f} % of the columns only, and half "
            "of them are needed; name an ion that rises or falls at the interface"
        )
    nearest: NDArray[np.int64] = np.asarray(
        ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    )
    filled = place[nearest[0], nearest[1]]
    smooth = np.asarray(ndimage.median_filter(filled, size=median, mode="nearest"), dtype=float)
    return smooth, known.astype(float)


def _within(edges: Array, window: tuple[float, float] | None) -> tuple[int, int]:
    """First scan of a window and the one behind its last."""
    scans = edges.size - 1
    if window is None:
        first, last = 0, scans
    else:
        first = int(np.searchsorted(edges[:-1], window[0]))
        last = int(np.searchsorted(edges[1:], window[1], side="right"))
    if last - first < 2 * LEAST + 1:
        raise InputError(
            f"an interface is looked for among {max(last - first, 0)} scans, and it takes "
            f"{2 * LEAST + 1}; give more"
        )
    return first, last


def _box(block: Array, side: int) -> Array:
    """Sums of each column with those about it; at the edges of those that are there."""
    from scipy import ndimage

    held: Array = block
    filtered: Any = getattr(ndimage, "uniform_filter1d")  # noqa: B009 - no types
    for axis in (1, 2):
        mean: Any = filtered(held, side, axis=axis, mode="constant")
        held = np.asarray(mean, dtype=float)
    return np.maximum(held, 0.0) * side**2


def _steps(counts: Array, edges: Array) -> tuple[Array, Array]:
    """Place of the likeliest step of each column, and twice its gain in log-likelihood."""
    thick = np.diff(edges)
    before = np.cumsum(counts, axis=0)[:-1]
    total: Array = counts.sum(axis=0)
    whole: float = float(thick.sum())
    early = np.asarray(np.cumsum(thick), dtype=float)[:-1, None, None]
    late = whole - early
    gain = _likely(before, early) + _likely(total - before, late)
    gain[: LEAST - 1], gain[-LEAST + 1 :] = -np.inf, -np.inf
    best = gain.max(axis=0)
    clear = 2.0 * (best - _likely(total, whole))
    chance = np.exp(gain - best)
    # The mean of where it may be lies between scans too, and errs less than the likeliest one.
    place = np.sum(chance * edges[1:-1, None, None], axis=0) / chance.sum(axis=0)
    return place, clear


def _likely(counts: Array, length: Array | float) -> Array:
    """Log-likelihood of counts at their own mean, but for what does not depend on it."""
    return counts * np.log(np.maximum(counts, 1e-300) / length)
