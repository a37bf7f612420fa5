"""Counts of scans shared out to bins of depth by how far they overlap, compiled.

numba compiles this module on first use and keeps what it compiled on the disk.
"""

# numba gives no types; it is called in this module alone.
# pyright: basic

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["share_out"]

Array = NDArray[np.float64]

FAST = {"cache": True, "nogil": True, "error_model": "numpy"}


def share_out(
    counts: Array,
    start: NDArray[np.float64],
    stretch: NDArray[np.float64],
    edges: NDArray[np.float64],
    bins: NDArray[np.float64],
    found: NDArray[np.float64],
    variance: NDArray[np.float64],
) -> float:
    """Add the counts of some scans to bins of depth, by overlap; variances by its square.

    The voxel of scan ``s`` in a column reaches from ``start + stretch * edges[s]`` to
    ``start + stretch * edges[s + 1]``.

    Parameters
    ----------
    counts : (scans, height, width) array
        Their variance is as large: they are counts.
    start, stretch : (height, width) arrays
        ``stretch`` is not below zero; NaN where a column is left out.
    edges : (scans + 1,) array
    bins : (bins + 1,) array
        Edges of bins that are equally wide.
    found, variance : (bins, height, width) arrays
        Added to.

    Returns
    -------
    float
        Counts that are in no bin: outside of all, or of a column that is left out.
    """
    return float(_share_out(counts, start, stretch, edges, bins, found, variance))


@njit(**FAST)
def _share_out(
    counts: Array,
    start: Array,
    stretch: Array,
    edges: Array,
    bins: Array,
    found: Array,
    variance: Array,
) -> float:
    outside = 0.0
    last = bins.size - 1
    step = (bins[last] - bins[0]) / last
    for s in range(counts.shape[0]):
        for y in range(counts.shape[1]):
            for x in range(counts.shape[2]):
                n = counts[s, y, x]
                if not n > 0.0:
                    continue
                top = start[y, x] + stretch[y, x] * edges[s]
                bottom = start[y, x] + stretch[y, x] * edges[s + 1]
                if not bottom >= top:
                    outside += n
                    continue
                # In bins from the first one's edge: b is where a bin begins, b + 1 where it ends.
                a = (top - bins[0]) / step
                e = (bottom - bins[0]) / step
                if a >= last or e < 0.0 or (e == 0.0 and a < 0.0):
                    outside += n
                    continue
                b = int(max(np.floor(a), 0.0))
                if e - a <= 0.0 or (a >= 0.0 and e <= b + 1.0):
                    found[b, y, x] += n
                    variance[b, y, x] += n
                    continue
                given = 0.0
                while b < last and b < e:
                    part = (min(e, b + 1.0) - max(a, float(b))) / (e - a)
                    # What is left over in the last one, so that none is lost to rounding.
                    if e <= b + 1.0 and a >= 0.0:
                        part = 1.0 - given
                    given += part
                    found[b, y, x] += part * n
                    variance[b, y, x] += part * part * n
                    b += 1
                if given < 1.0:
                    outside += (1.0 - given) * n
    return outside
