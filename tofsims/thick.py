"""Thick slices while scans go by: which scans go together, and their images added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Thick", "slice_of_scans"]

SLICES = 32
"""Slices that are wanted,"""
FEWEST = 4
"""and that are had of a field however large."""
LARGEST = 128 * 1024**2
"""Bytes of images of slices, two a pixel."""
EARLY = 0.2
"""Part of the scans, the first ones, that has slices half as thick where there are few."""


def slice_of_scans(shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Give the slice of each scan: as many slices as are wanted and memory holds.

    Where that is fewer than are wanted, the first ones are thinner: what is judged mostly begins a
    little later than the measurement, and a thick slice that the beginning cuts is lost whole.

    Parameters
    ----------
    shape : (int, int, int, int)
        Ions, scans, rows and columns.

    Returns
    -------
    (scans,) array

    Examples
    --------
    >>> np.bincount(slice_of_scans((1, 64, 8, 8))).tolist() == 32 * [2]
    True
    >>> np.bincount(slice_of_scans((10, 60, 2048, 1024))).tolist()
    [9, 15, 18, 18]
    """
    windows, scans, height, width = shape
    held = max(LARGEST // (2 * windows * height * width), FEWEST)
    many = min(scans, SLICES, held)
    if many == min(scans, SLICES):
        return np.arange(scans, dtype=np.int64) * many // scans
    at = np.arange(scans) / scans
    # How far a scan is, the early ones counted twice.
    far = (at + np.minimum(at, EARLY)) / (1.0 + EARLY)
    return np.unique((far * many + 1e-9).astype(np.int64), return_inverse=True)[1]


class Thick:
    """Images of slices, held in two bytes a pixel as long as they hold the counts."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.counts: NDArray[np.uint16] | NDArray[np.uint32] = np.zeros(shape, dtype=np.uint16)

    def add(self, number: int, images: NDArray[np.uint32]) -> None:
        """Add the images of scans, (ions, scans, y, x), to a slice."""
        summed = images.sum(axis=1, dtype=np.uint32) + self.counts[:, number]
        if summed.max(initial=0) > np.iinfo(self.counts.dtype).max:
            self.counts = self.counts.astype(np.uint32)
        self.counts[:, number] = summed
