"""GRD: what SurfaceLab's raw export writes, a record an ion, with no heading at all.

Five whole numbers of four bytes: scan, shot, x, y and flight time. It says neither raster nor mass
scale nor shots a pixel: they have to be given. Until it is, the raster is taken as the smallest
power of two that holds its pixels, which a note says, and nothing is reckoned by its shots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, LargeFile, sha256
from references.readers import Told
from references.words import Severity

from ..events import CHANNELS, MAX_CHANNELS, Hits, Raster, Run, Scan, gaps_in
from .reading import Reading
from .settings import MAKER

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["RECORD", "is_grd", "read_grd"]

RECORD = np.dtype([(name, "<u4") for name in ("scan", "shot", "x", "y", "tof")])
MAX_SIDE = 4096
MAX_SCANS = 100_000
PIECE = 4_000_000
"""Records that are looked over at once."""


def is_grd(head: bytes) -> bool:
    """Whether bytes are records of ions: there is no mark, so each of them has to make sense."""
    records = np.frombuffer(head[: len(head) // RECORD.itemsize * RECORD.itemsize], RECORD)
    if not records.size:
        return False
    scan = records["scan"].astype(np.int64)
    return bool(
        records["x"].max() < MAX_SIDE
        and records["y"].max() < MAX_SIDE
        and 0 < records["tof"].max() < MAX_CHANNELS
        and np.all(np.diff(scan) >= 0)
        and scan[-1] - scan[0] < MAX_SCANS
    )


def read_grd(path: str | Path, _head: bytes) -> Reading:
    """Read where the events of each scan lie; they are loaded later."""
    file = LargeFile(path)
    if file.size % RECORD.itemsize:
        raise DataFileError(
            path,
            f"is {file.size} bytes, no multiple of the {RECORD.itemsize} of a record",
            where=f"byte {file.size // RECORD.itemsize * RECORD.itemsize}",
            action="the file may be cut off; copy or export it again",
        )
    spans: dict[int, list[tuple[int, int]]] = {}
    across = along = last = 0
    for first in range(0, file.size // RECORD.itemsize, PIECE):
        number = min(PIECE, file.size // RECORD.itemsize - first)
        records = _records(file, first, number)
        across = max(across, int(records["x"].max()) + 1)
        along = max(along, int(records["y"].max()) + 1)
        last = max(last, int(records["tof"].max()))
        side = max(across, along)
        if side > MAX_SIDE or last >= MAX_CHANNELS:
            raise DataFileError(
                path,
                f"has an ion at pixel {side - 1} or channel {last}, beyond what can be",
                where=f"records {first} to {first + number}",
            )
        edges = np.flatnonzero(np.diff(records["scan"])) + 1
        for start, end in zip([0, *edges], [*edges, number], strict=True):
            scan = int(records["scan"][start])
            spans.setdefault(scan, []).append((first + int(start), int(end - start)))
        if len(spans) > MAX_SCANS:
            raise DataFileError(path, f"holds more than {MAX_SCANS} scans")
    told = Told(subject="the measurement")
    assumed = 1 << (max(across, along) - 1).bit_length()
    told.say(
        "raster_assumed",
        Severity.WARNING,
        f"the file does not say its raster; {assumed} x {assumed}, the smallest power of two "
        f"that holds its pixels, which reach to {across} x {along}, is a guess: nothing is "
        "corrected for the dead time, whatever the shots, until the raster is given with --raster, "
        f"for instance {across}x{along}",
        reported=f"{assumed} x {assumed}",
    )
    run = Run(
        scans=tuple(Scan(n, _Records(file, assumed, tuple(spans[n]))) for n in sorted(spans)),
        raster=Raster(width=assumed, height=assumed, is_assumed=True),
        channels=max(CHANNELS, last + 1),
        labels=dict(MAKER),
    )
    gaps = gaps_in(run.numbers)
    notes = (*told.notes, *(() if gaps is None else (gaps,)))
    return Reading(path=str(path), sha256=sha256(path), format="grd", runs=(run,), notes=notes)


class _Records:
    """The records of one scan."""

    def __init__(self, file: LargeFile, width: int, spans: tuple[tuple[int, int], ...]) -> None:
        self._file, self._width, self._spans = file, width, spans

    def __call__(self) -> Hits:
        records = np.concatenate([_records(self._file, *span) for span in self._spans])
        pixel = records["y"] * np.uint32(self._width) + records["x"]
        return Hits(pixel, np.ascontiguousarray(records["tof"]))


def _records(file: LargeFile, first: int, number: int) -> NDArray[np.void]:
    raw = file.read(first * RECORD.itemsize, number * RECORD.itemsize)
    return np.frombuffer(raw, RECORD)
