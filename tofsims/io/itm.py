"""IONTOF's .itm: the raw ion events of a measurement, scan by scan.

Below ``rawdata`` stand, in order, the number of each scan (``6``) and its packed words (``14``),
perhaps in several pieces: x, y and number of a pixel, then a word for each of its ions. What was
measured and how stands below ``propend`` and ``propstart``. There may be two mass scales, the one
of the acquisition and one that was adjusted afterwards; the adjusted one is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, sha256
from references.readers import Told
from references.words import Severity

from ..events import OUTSIDE, UNKNOWN, UNPLACED, Hits, Raster, Scan, gaps_in
from .container import MAGIC, Block, Container
from .reading import Reading
from .settings import pixels_of, properties, raster_of, run_of, scales_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NUMBER", "WORDS", "is_itm", "read_itm"]

NUMBER, WORDS = "   6", "  14"
MAX_SCANS = 1_000_000
WRONG = {
    OUTSIDE: "has a pixel outside the raster",
    UNPLACED: "has an ion before any pixel",
    UNKNOWN: "has a word that is neither pixel nor ion",
}


def is_itm(head: bytes) -> bool:
    """Whether a file is an IONTOF container."""
    return head.startswith(MAGIC)


def read_itm(path: str | Path, _head: bytes) -> Reading:
    """Read how a measurement was made and where its events lie; they are loaded later."""
    file = Container(str(path))
    try:
        return _reading(file, str(path))
    except BaseException:
        file.file.close()
        raise


def _reading(file: Container, path: str) -> Reading:
    told = Told(subject="the measurement")
    known = properties(file)
    raster = raster_of(file.path, known, pixels=pixels_of(file))
    scans = _scans(file, raster)
    declared = known.get("Measurement.ScanNumber")
    if declared is not None and declared.whole not in {len(scans), 0}:
        told.say(
            "scans_missing",
            Severity.WARNING,
            f"declares {declared.whole} scans and holds {len(scans)}",
            reported=str(len(scans)),
            reference=str(declared.whole),
        )
    run = run_of(scans, known, raster=raster, scales=scales_of(file, told))
    gaps = gaps_in(run.numbers)
    return Reading(
        path=path,
        sha256=sha256(path),
        format="itm",
        runs=(run,),
        notes=(*told.notes, *(() if gaps is None else (gaps,))),
    )


@dataclass(slots=True, eq=False)
class _Packed:
    """The packed words of one scan."""

    file: Container
    raster: Raster
    number: int
    pieces: list[Block] = field(default_factory=list[Block])

    def __call__(self) -> Hits:
        from ..kernel import unpack_words

        raw = b"".join(piece.value() for piece in self.pieces)
        if len(raw) % 4:
            raise DataFileError(
                self.file.path,
                f"holds {len(raw)} bytes where words of 4 were expected",
                where=f"scan {self.number}",
            )
        words = np.frombuffer(raw, "<u4")
        n, pixel, channel = unpack_words(words, self.raster.width, self.raster.height)
        if n < 0:
            raise DataFileError(
                self.file.path,
                WRONG[n],
                where=f"scan {self.number}",
                action="copy or export the file again",
            )
        return Hits(pixel, channel)


def _scans(file: Container, raster: Raster) -> list[Scan]:
    raw = file.root.child("rawdata")
    if raw is None or not raw.is_directory:
        raise DataFileError(
            file.path,
            "holds no raw events",
            where="rawdata",
            action="give the .itm of the measurement, or export it as GRD or as text",
        )
    found: dict[int, _Packed] = {}
    here: _Packed | None = None
    for block in raw.listed():
        if block.name == NUMBER:
            number = block.whole()
            if len(found) >= MAX_SCANS:
                raise file.wrong(f"holds more than {MAX_SCANS} scans", block.at)
            here = found.setdefault(number, _Packed(file, raster, number))
        elif block.name == WORDS:
            if here is None:
                raise file.wrong("has events before the number of their scan", block.at)
            here.pieces.append(block)
    scans = [Scan(number, found[number]) for number in sorted(found) if found[number].pieces]
    if not scans:
        raise DataFileError(file.path, "holds no scan", where="rawdata", action="export it again")
    return scans
