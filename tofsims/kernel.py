"""What is done to each ion event, compiled: unpacking and binning in one pass each.

numba compiles this module on first use and keeps what it compiled on the disk.
"""

# numba gives no types; it is called in this module alone.
# pyright: basic

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .events import OUTSIDE, UNKNOWN, UNPLACED

__all__ = ["bin_events", "unpack_words"]

U32 = NDArray[np.uint32]

FAST = {"cache": True, "nogil": True, "error_model": "numpy"}

_X, _Y = 0xC, 0xD
_WITHIN = np.uint32(0x0FFFFFFF)


def unpack_words(words: U32, width: int, height: int) -> tuple[int, U32, U32]:
    """Unpack 32-bit words of raw events: x, y and number of a pixel, then channels of its ions.

    The upper four bits tell which: 12 is x, 13 is y, 4 to 7 a pixel's number, 0 to 3 a channel.

    Returns
    -------
    int
        Number of events; below zero what is wrong.
    pixel, channel : arrays of uint32
        ``y * width + x`` and flight time of each event.
    """
    pixel, channel = np.empty(words.size, np.uint32), np.empty(words.size, np.uint32)
    number = int(_unpack_words(words, width, height, pixel, channel))
    return number, pixel[: max(number, 0)], channel[: max(number, 0)]


def bin_events(
    pixel: U32,
    channel: U32,
    *,
    slot: NDArray[np.int32],
    segment: NDArray[np.int16],
    spectrum: U32,
    near: U32,
    blocks: U32,
    shift: int,
    image: U32,
) -> int:
    """Count events: by channel, by block of channels, near the windows, and by part and pixel.

    Parameters
    ----------
    pixel, channel : (n,) arrays
    slot : (channels,) array
        Where a channel is counted in ``near``; negative where it is not.
    segment : (slots,) array
        Which row of ``image`` a slot is counted in; negative where in none.
    spectrum : (channels,) array
    near : (slots,) array
    blocks : (blocks,) array
    shift : int
        A block is ``2**shift`` channels.
    image : (segments, pixels) array

    Returns
    -------
    int
        Events beyond the last channel, which are counted nowhere.
    """
    return int(_bin_events(pixel, channel, slot, segment, spectrum, near, blocks, shift, image))


@njit(**FAST)
def _unpack_words(words, width, height, pixel, channel):
    n = 0
    x = y = -1
    here = np.uint32(0)
    placed = False
    for word in words:
        kind = word >> np.uint32(28)
        if kind < 4:
            if not placed:
                if x < 0 or y < 0:
                    return UNPLACED
                if x >= width or y >= height:
                    return OUTSIDE
                here = np.uint32(y * width + x)
                placed = True
            pixel[n] = here
            channel[n] = word
            n += 1
        elif kind == _X:
            x = np.int64(word & _WITHIN)
            placed = False
        elif kind == _Y:
            y = np.int64(word & _WITHIN)
            placed = False
        elif kind > 7:
            return UNKNOWN
    return n


@njit(**FAST)
def _bin_events(pixel, channel, slot, segment, spectrum, near, blocks, shift, image):
    beyond = 0
    last = spectrum.size
    for i in range(channel.size):
        c = channel[i]
        if c >= last:
            beyond += 1
            continue
        spectrum[c] += 1
        blocks[c >> shift] += 1
        s = slot[c]
        if s >= 0:
            near[s] += 1
            g = segment[s]
            if g >= 0:
                image[g, pixel[i]] += 1
    return beyond


def bin_sorted(
    place: U32,
    edges: NDArray[np.int64],
    start: int,
    *,
    pixels: int,
    slot: NDArray[np.int32],
    segment: NDArray[np.int16],
    near: U32,
    image: U32,
) -> None:
    """Count ions that lie by channel, as :func:`bin_events` does, for each of several scans.

    Parameters
    ----------
    place : (n,) array
        ``scan * pixels + pixel``.
    edges : (channels + 1,) array
        Where the ions of each channel from ``start`` on begin, and where the last one's end.
    start, pixels : int
    slot, segment : arrays
        As for :func:`bin_events`.
    near : (scans, slots) array
    image : (scans, segments, pixels) array
    """
    _bin_sorted(place, edges, start, pixels, slot, segment, near, image)


def sort_by_channel(
    pixel: U32, channel: U32, ends: NDArray[np.int64], place: U32, offset: int
) -> None:
    """Put ions at the end of what their channel holds so far, which moves on."""
    _sort_by_channel(pixel, channel, ends, place, offset)


@njit(**FAST)
def _bin_sorted(place, edges, start, pixels, slot, segment, near, image):
    for c in range(edges.size - 1):
        s = slot[start + c]
        if s < 0:
            continue
        g = segment[s]
        for i in range(edges[c], edges[c + 1]):
            scan = place[i] // pixels
            near[scan, s] += 1
            if g >= 0:
                image[scan, g, place[i] - scan * pixels] += 1


@njit(**FAST)
def _sort_by_channel(pixel, channel, ends, place, offset):
    for i in range(channel.size):
        c = channel[i]
        place[ends[c]] = pixel[i] + offset
        ends[c] += 1
