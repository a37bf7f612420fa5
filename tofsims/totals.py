"""The total of all ions of each scan, corrected for the dead time.

A scan is counted in blocks of channels, a few a dead time. What the dead time before a block holds
are whole blocks, and a part of two more: which part is told by the spectrum of the whole run, whose
peaks lie where they lie in every scan. Within a block the correction telescopes (T. Stephan, J.
Zehnpfenning, A. Benninghoven, J. Vac. Sci. Technol. A 12 (1994) 405), as all of a block is less
than a dead time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .counting import SATURATING, corrected

__all__ = ["SHIFT", "are_few", "folded", "no_blocks", "shift_of", "total_of"]

Array = NDArray[np.float64]

BLOCKS = 4
"""Blocks at least that a dead time has."""
SHIFT = 7
"""Power of two of the channels of a block where scans are counted before a dead time is known."""
LARGEST = 256 * 1024**2
"""Bytes of blocks that are held in memory."""
HELD = 1 << 20
"""Blocks that are corrected at a time."""


def shift_of(window: int) -> int:
    """Give the power of two of the channels of a block, for a dead time of so many channels.

    Examples
    --------
    >>> shift_of(1300)
    8
    """
    return max((window // BLOCKS).bit_length() - 1, 0)


def are_few(scans: int, channels: int, shift: int) -> bool:
    """Whether memory holds the blocks of ``2**shift`` channels of so many scans."""
    return 4 * scans * (((channels - 1) >> shift) + 1) <= LARGEST


def no_blocks(scans: int, channels: int, shift: int) -> NDArray[np.uint32]:
    """Give empty blocks of ``2**shift`` channels: (scans, blocks).

    Examples
    --------
    >>> no_blocks(3, 1000, 8).shape
    (3, 4)
    """
    return np.zeros((scans, ((channels - 1) >> shift) + 1), dtype=np.uint32)


def folded(blocks: NDArray[np.uint32], times: int) -> NDArray[np.uint32]:
    """Give larger blocks, each of ``2**times`` of these.

    Examples
    --------
    >>> folded(np.array([[1, 2, 3, 4, 5]], dtype=np.uint32), 1)
    array([[3, 7, 5]], dtype=uint32)
    """
    starts = np.arange(0, blocks.shape[1], 1 << times, dtype=np.int64)
    return np.add.reduceat(blocks, starts, axis=1, dtype=np.uint32)


def total_of(
    blocks: NDArray[np.uint32], spectrum: NDArray[np.int64], shots: float, window: int
) -> Array | None:
    """Give the ions of each scan, corrected for the dead time.

    Parameters
    ----------
    blocks : (scans, blocks) array
        Counts of each scan in blocks of ``2**shift_of(window)`` channels.
    spectrum : (channels,) array
        Counts of all scans together.
    shots : float
        Behind a scan.
    window : int
        Dead time in channels; the current channel is not in it.

    Returns
    -------
    (scans,) array or None
        ``None`` where nearly every shot has an ion in some dead time: the total is then a limit.

    Examples
    --------
    >>> spectrum = np.array([0, 200, 500, 0, 0, 0, 0, 100])
    >>> blocks = spectrum.reshape(1, 4, 2).sum(axis=2).astype(np.uint32)
    >>> bool(np.isclose(total_of(blocks, spectrum, 1000, 8)[0], corrected(800, 1000)))
    True
    """
    if window <= 0:
        return blocks.sum(axis=1, dtype=float)
    width = 1 << shift_of(window)
    parts = _parts(spectrum, blocks.shape[1], width, window)
    reach = -(-window // width)
    step = max(HELD // blocks.shape[1], 1)
    totals = [
        _corrected(blocks[first : first + step].astype(float), parts, reach, shots)
        for first in range(0, blocks.shape[0], step)
    ]
    kept = [total for total in totals if total is not None]
    return np.concatenate(kept) if len(kept) == len(totals) else None


def _corrected(own: Array, parts: tuple[Array, Array], reach: int, shots: float) -> Array | None:
    """Total of each of some scans, as :func:`total_of` gives it."""
    far, near = parts
    so_far = np.pad(np.cumsum(own, axis=1), ((0, 0), (reach + 1, 0)))
    padded = np.pad(own, ((0, 0), (reach, 0)))
    many = own.shape[1]
    # Whole blocks before each one, from the third that a dead time reaches on.
    before = so_far[:, reach : reach + many] - so_far[:, 2 : 2 + many]
    before += far * padded[:, :many] + near * padded[:, 1 : 1 + many]
    if np.any(own >= SATURATING * (shots - before)):
        return None
    return corrected(own, shots, np.maximum(before, 0.0)).sum(axis=1)


def _parts(spectrum: NDArray[np.int64], many: int, width: int, window: int) -> tuple[Array, Array]:
    """Which part of the two farthest blocks is in the dead time before the ions of each block."""
    at = np.flatnonzero(spectrum)
    k, block = spectrum[at].astype(float), at // width
    # The last edge is far enough for the end of any block.
    grown = np.zeros(many * width + 1)
    np.cumsum(spectrum, out=grown[1 : spectrum.size + 1])
    grown[spectrum.size + 1 :] = grown[spectrum.size]
    start = at - window
    reached = start // width
    farthest = (block * width - window) // width
    within = grown[np.maximum((reached + 1) * width, 0)] - grown[np.maximum(start, 0)]
    held = np.diff(grown[::width])
    second = np.where(farthest + 1 >= 0, held[np.maximum(farthest + 1, 0)], 0.0)
    is_far = reached == farthest
    far = np.bincount(block, np.where(is_far, k * within, 0.0), minlength=many)
    near = np.bincount(block, np.where(is_far, k * second, k * within), minlength=many)
    own = np.bincount(block, k, minlength=many)
    whole = np.arange(many) - (-(-window // width))
    pairs = [own * np.where(j >= 0, held[np.maximum(j, 0)], 0.0) for j in (whole, whole + 1)]
    far, near = (
        np.divide(found, both, out=np.zeros(many), where=both > 0)
        for found, both in zip((far, near), pairs, strict=True)
    )
    return far, near
