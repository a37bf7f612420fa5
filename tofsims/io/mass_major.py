"""Ions that lie by flight time in a file: for each time the pixels that it was seen in.

A window of masses is one stretch of such a file, and only what is asked for is read, in pieces.
What asks for all of it once (the mass spectrum, the ions of each scan) is kept.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from references.files import DataFileError

from ..events import Hits, Run
from ..totals import SHIFT, are_few, folded, no_blocks, shift_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from references.hdf5_array import Array

    from ..cube import Layout
    from ..streaming import Tally

__all__ = ["MAX_COUNT", "Kept", "MassMajorRun", "Matrix", "OneScan", "Piece"]

PIECE = 1 << 20
"""Entries that are read at once."""
IMAGES = 512 * 1024**2
"""Bytes of images that are filled at once."""
HELD = 8_000_000
"""Ions of neighbouring scans that are sought together."""
BLOCK = 4096
"""Scans at most that are sought together."""
MOST = 1 << 27
"""Ions of one scan."""
MAX_COUNT = 65_535
"""Ions of one pixel and time."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Some entries: channel, scan, pixel and number of ions of each."""

    channel: NDArray[np.int64]
    scan: NDArray[np.int64]
    pixel: NDArray[np.int64]
    count: NDArray[np.uint32]

    def within(self, first: int, last: int) -> Piece:
        """Keep the entries of some scans."""
        kept = (self.scan >= first) & (self.scan < last)
        return self.where(kept)

    def where(self, kept: NDArray[np.bool_]) -> Piece:
        """Keep some entries."""
        return Piece(self.channel[kept], self.scan[kept], self.pixel[kept], self.count[kept])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrix:
    """Where the entries lie.

    Parameters
    ----------
    path : str
    place, count : Array
        ``(scan * frames + frame) * pixels + pixel`` of each entry, and its ions.
    edges : (channels + 1,) array
        Where the entries of each channel begin, and the last one's end.
    more_at, more : arrays
        Entries whose ions are more than a byte holds, in order, and how many they are.
    scans, frames, pixels : int
        Frames of a scan are summed.
    """

    path: str
    place: Array
    count: Array
    edges: NDArray[np.int64]
    more_at: NDArray[np.int64]
    more: NDArray[np.int64]
    scans: int
    frames: int
    pixels: int

    @property
    def channels(self) -> int:
        """Channels up to the last that has an entry."""
        return self.edges.size - 1

    def pieces(self, first: int, last: int) -> Iterator[Piece]:
        """Give the entries of some channels, piece by piece."""
        low, high = (int(self.edges[min(at, self.channels)]) for at in (first, last))
        for start in range(low, high, PIECE):
            yield self._piece(start, min(start + PIECE, high))

    def _piece(self, start: int, stop: int) -> Piece:
        place = self.place.read(start, stop).astype(np.int64)
        count = self.count.read(start, stop).astype(np.uint32)
        i, j = np.searchsorted(self.more_at, [start, stop])
        count[self.more_at[i:j] - start] = self.more[i:j]
        if place.max() >= self.scans * self.frames * self.pixels:
            raise self._wrong("holds an ion outside its raster", start)
        if count.min() == 0:
            raise self._wrong("holds an entry of no ion", start)
        first = int(np.searchsorted(self.edges, start, "right")) - 1
        last = int(np.searchsorted(self.edges, stop, "left"))
        many = np.diff(self.edges[first : last + 1].clip(start, stop))
        scan, within = np.divmod(place, self.frames * self.pixels)
        return Piece(np.repeat(np.arange(first, last), many), scan, within % self.pixels, count)

    def _wrong(self, reason: str, start: int) -> DataFileError:
        return DataFileError(
            self.path,
            reason,
            where=f"{self.place.where} from {start} on",
            action="copy or export the file again",
        )


@dataclass(slots=True, eq=False)
class Kept:
    """What was read of a matrix as a whole, and the ions of some scans."""

    matrix: Matrix
    lock: Any = field(default_factory=threading.RLock)
    sums: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
    blocks: NDArray[np.uint32] | None = None
    first: int = 0
    hits: list[Hits] = field(default_factory=list[Hits])

    def everything(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the mass spectrum, and the ions of each scan."""
        with self.lock:
            if self.sums is None:
                spectrum = np.zeros(self.matrix.channels, dtype=np.int64)
                totals = np.zeros(self.matrix.scans, dtype=np.int64)
                if are_few(self.matrix.scans, self.matrix.channels, SHIFT):
                    self.blocks = no_blocks(self.matrix.scans, self.matrix.channels, SHIFT)
                for piece in self.matrix.pieces(0, self.matrix.channels):
                    _sum(spectrum, piece.channel, piece.count)
                    _sum(totals, piece.scan, piece.count)
                    if self.blocks is not None:
                        _in_blocks(self.blocks, piece, SHIFT)
                self.sums = spectrum, totals
            return self.sums

    def of(self, scan: int) -> Hits:
        """Give the ions of a scan, sought together with those of the scans behind it."""
        with self.lock:
            if not self.first <= scan < self.first + len(self.hits):
                self.first, self.hits = scan, self._sought(scan)
            return self.hits[scan - self.first]

    def _sought(self, first: int) -> list[Hits]:
        totals = self.everything()[1]
        if totals[first] > MOST:
            raise DataFileError(
                self.matrix.path,
                f"holds {totals[first]} ions in scan {first}, more than {MOST}",
                action="integrate ions, which reads them in pieces",
            )
        so_far = np.cumsum(totals[first : first + BLOCK])
        last = first + max(int(np.searchsorted(so_far, HELD, "right")), 1)
        kept = [p.within(first, last) for p in self.matrix.pieces(0, self.matrix.channels)]
        count = np.concatenate([piece.count for piece in kept])
        scan, pixel, channel = (
            np.repeat(np.concatenate([getattr(p, name) for p in kept]).astype(np.uint32), count)
            for name in ("scan", "pixel", "channel")
        )
        order = np.argsort(scan, kind="stable")
        edges = np.searchsorted(scan[order], np.arange(first, last + 1))
        own = [order[i:j] for i, j in pairwise(edges)]
        return [Hits(pixel[at], channel[at]) for at in own]


@dataclass(frozen=True, slots=True, eq=False)
class OneScan:
    """The ions of one scan."""

    kept: Kept
    number: int

    def __call__(self) -> Hits:
        """Give them."""
        return self.kept.of(self.number)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MassMajorRun(Run):
    """A run whose ions lie by flight time; it counts by reading only what is asked for."""

    matrix: Matrix
    kept: Kept

    def sampled(self, scans: int) -> NDArray[np.int64]:  # noqa: ARG002 - it has all of them
        """Give the mass spectrum of all scans."""
        made = np.zeros(self.channels, dtype=np.int64)
        spectrum = self.kept.everything()[0]
        made[: spectrum.size] = spectrum
        return made

    def looked_at(self, scans: int) -> int:  # noqa: ARG002 - it has all of them
        """Give how many scans :meth:`sampled` adds up."""
        return len(self.scans)

    def count(
        self,
        layout: Layout,
        tally: Tally,
        *,
        inside: NDArray[np.bool_] | None = None,
        threads: int | None = None,  # noqa: ARG002 - the file is read by one at a time
    ) -> Iterator[tuple[int, NDArray[np.uint32]]]:
        """Count some scans after others; as :meth:`Run.count`."""
        if inside is None:
            spectrum, totals = self.kept.everything()
            tally.spectrum[: spectrum.size] += spectrum
            tally.totals += totals
        shift = shift_of(layout.before - layout.after)
        if are_few(self.matrix.scans, self.channels, shift):
            tally.blocks = self._blocks(shift, is_whole=inside is None)
        # What is outside a region has to be left out of everything, so everything is read.
        stretches = layout.pieces() if inside is None else [(0, self.channels)]
        parts = layout.member.shape[1]
        block = max(IMAGES // (4 * parts * self.raster.pixels), 1)
        for first in range(0, self.matrix.scans, block):
            last = min(first + block, self.matrix.scans)
            image = np.zeros((last - first, parts, self.raster.pixels), dtype=np.uint32)
            for start, end in stretches:
                for piece in self.matrix.pieces(start, end):
                    _add(piece.within(first, last), first, layout, tally, inside, image)
            yield first, image

    def _blocks(self, shift: int, *, is_whole: bool) -> NDArray[np.uint32] | None:
        """Blocks of all ions, or those that the ions of a region are still to be counted in."""
        made = no_blocks(self.matrix.scans, self.channels, shift)
        if is_whole:
            own = self.kept.blocks
            if own is None or shift < SHIFT:
                return None
            own = folded(own, shift - SHIFT)
            made[:, : own.shape[1]] = own
        return made


def _in_blocks(blocks: NDArray[np.uint32], piece: Piece, shift: int) -> None:
    at = piece.scan * blocks.shape[1] + (piece.channel >> shift)
    _sum(blocks, at, piece.count)


def _add(
    piece: Piece,
    first: int,
    layout: Layout,
    tally: Tally,
    inside: NDArray[np.bool_] | None,
    image: NDArray[np.uint32],
) -> None:
    """Count entries of some scans: near the windows, and in each part of them."""
    if inside is not None:
        piece = piece.where(inside[piece.pixel])
        _sum(tally.spectrum, piece.channel, piece.count)
        _sum(tally.totals, piece.scan, piece.count)
        if tally.blocks is not None:
            _in_blocks(tally.blocks, piece, shift_of(layout.before - layout.after))
    piece = piece.where(layout.slot[piece.channel] >= 0)
    slot = layout.slot[piece.channel].astype(np.int64)
    part = layout.segment[slot].astype(np.int64)
    _sum(tally.near, piece.scan * tally.near.shape[1] + slot, piece.count)
    piece, part = piece.where(part >= 0), part[part >= 0]
    row = (piece.scan - first) * image.shape[1] + part
    _sum(image, row * image.shape[2] + piece.pixel, piece.count)


def _sum(into: NDArray[Any], at: NDArray[np.int64], count: NDArray[np.uint32]) -> None:
    """Add counts at places of an array, all of its axes in one."""
    # Of one axis and one kind numpy adds ten times as fast.
    np.add.at(into.reshape(-1), at, count.astype(into.dtype))
