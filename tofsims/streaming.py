"""Counting the ions of a run scan by scan: loaded and binned in threads, few of them ahead."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from .totals import are_few, no_blocks, shift_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from .cube import Layout
    from .events import Hits, Scan

__all__ = ["Tally", "counted", "in_order", "spectrum_of"]

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 2
"""Scans a thread that are loaded before they are asked for."""


@dataclass(slots=True, eq=False)
class Tally:
    """What is counted while scans go by.

    Attributes
    ----------
    spectrum : (channels,) array
        Of everything.
    near : (scans, slots) array
        In the channels about the windows.
    totals : (scans,) array
    beyond : int
        Ions behind the last channel.
    blocks : (scans, blocks) array or None
        In blocks of channels, a few a dead time; ``None`` of ions that were not all looked at.
    """

    spectrum: NDArray[np.int64]
    near: NDArray[np.uint32]
    totals: NDArray[np.int64]
    beyond: int = 0
    blocks: NDArray[np.uint32] | None = None

    @classmethod
    def empty(cls, channels: int, scans: int, slots: int) -> Tally:
        """Begin with nothing."""
        return cls(
            np.zeros(channels, dtype=np.int64),
            np.zeros((scans, slots), dtype=np.uint32),
            np.zeros(scans, dtype=np.int64),
        )


def counted(
    scans: Sequence[Scan],
    layout: Layout,
    tally: Tally,
    *,
    pixels: int,
    inside: NDArray[np.bool_] | None,
    threads: int,
) -> Iterator[tuple[int, NDArray[np.uint32]]]:
    """Count scans into a tally, and give the images of the parts of the windows.

    Parameters
    ----------
    scans : sequence of Scan
    layout : Layout
    tally : Tally
        Filled; its spectrum when all scans have gone by.
    pixels : int
    inside : (pixels,) array of bool, optional
    threads : int

    Yields
    ------
    int
        Place of the scan.
    (1, segments, pixels) array
    """
    workers = _Workers(layout, tally, pixels, inside)

    def work(i: int) -> NDArray[np.uint32]:
        return workers.bin(i, scans[i].hits())

    for i, image in in_order(range(len(scans)), work, threads):
        yield i, image[None]
    workers.finish()


def spectrum_of(scans: Sequence[Scan], channels: int) -> NDArray[np.int64]:
    """Give the mass spectrum of some scans: counts of each channel."""
    total = np.zeros(channels, dtype=np.int64)
    for scan in scans:
        channel = scan.hits().channel
        kept = channel[channel < channels]
        total[: int(kept.max(initial=0)) + 1] += np.bincount(kept, minlength=1)
    return total


def in_order(tasks: Sequence[T], work: Callable[[T], R], threads: int) -> Iterator[tuple[T, R]]:
    """Do work in threads, few tasks ahead; gives each task with its result, in order."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[tuple[T, Future[R]]] = deque()
        try:
            for task in tasks:
                waiting.append((task, pool.submit(work, task)))
                if len(waiting) > AHEAD * threads:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            for _, future in waiting:
                future.cancel()


class _Workers:
    """What each thread counts for itself, and where a scan is binned."""

    def __init__(
        self, layout: Layout, tally: Tally, pixels: int, inside: NDArray[np.bool_] | None
    ) -> None:
        self.layout, self.tally, self.pixels, self.inside = layout, tally, pixels, inside
        self._here = threading.local()
        self.shift = shift_of(layout.before - layout.after)
        if are_few(tally.totals.size, tally.spectrum.size, self.shift):
            tally.blocks = no_blocks(tally.totals.size, tally.spectrum.size, self.shift)
        self._spectra: list[NDArray[np.uint32]] = []
        self._lock = threading.Lock()

    def bin(self, i: int, hits: Hits) -> NDArray[np.uint32]:
        """Count the ions of a scan; gives the image of each part of the windows."""
        from .kernel import bin_events

        pixel, channel = hits.pixel, hits.channel
        if self.inside is not None:
            kept = self.inside[pixel]
            pixel, channel = pixel[kept], channel[kept]
        image = np.zeros((self.layout.member.shape[1], self.pixels), dtype=np.uint32)
        blocks = self.tally.blocks
        beyond = bin_events(
            pixel,
            channel,
            slot=self.layout.slot,
            segment=self.layout.segment,
            spectrum=self._spectrum(),
            near=self.tally.near[i],
            blocks=self._one() if blocks is None else blocks[i],
            shift=self.shift,
            image=image,
        )
        self.tally.totals[i] = channel.size
        with self._lock:
            self.tally.beyond += beyond
        return image

    def finish(self) -> None:
        """Put the spectra of all threads together."""
        for part in self._spectra:
            self.tally.spectrum += part

    def _one(self) -> NDArray[np.uint32]:
        """Blocks of a scan that nobody asks for again."""
        return no_blocks(1, self.tally.spectrum.size, self.shift)[0]

    def _spectrum(self) -> NDArray[np.uint32]:
        # A thread's own: 2**32 events of one channel are more than one run holds.
        if not hasattr(self._here, "spectrum"):
            self._here.spectrum = np.zeros(self.tally.spectrum.size, dtype=np.uint32)
            with self._lock:
                self._spectra.append(self._here.spectrum)
        return self._here.spectrum
