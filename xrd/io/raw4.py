"""Bruker's binary ``RAW4.00``: a chain of segments, and after each range's own chain its points.

Each segment begins with its type and length (two little-endian words); places below are bytes from
a segment's start. A point is a record of the declared size, of which the first four bytes are its
counts. RAW1 to RAW3 are other formats and not read.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Skipped, Told

from .meaning import NO_LINES, Lines, check_axis, make
from .reading import gather
from .written import MAX_POINTS, even_steps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import xarray as xr

    from .reading import Reading, Scan


__all__ = ["is_raw4", "read_raw4"]

Array = NDArray[np.float64]

MARK = b"RAW4.00"
FIRST = 61
RANGES = (0, 160)
TEXT, SOURCE = 10, 30
RANGE_HEAD = 160
MAX_SEGMENTS = 10_000
MAX_RECORD = 4096


@dataclass(slots=True, kw_only=True)
class _Head:
    """What stands before the ranges: named texts, wavelengths, anode."""

    texts: dict[str, str]
    lines: Lines = NO_LINES
    anode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """One scan: its axis, its points and where their records begin."""

    axis: str
    points: int
    start: float
    step: float
    seconds: float
    wavelength: float
    size: int
    begin: int


def is_raw4(head: bytes) -> bool:
    """Whether a file is of version 4."""
    return head.startswith(MARK)


def read_raw4(path: str | Path, content: bytes) -> Reading:
    """Read a RAW4 file; each range is a pattern.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.

    Returns
    -------
    Reading

    Raises
    ------
    DataFileError
        If a segment leads out of the file, or the numbers are no pattern.
    """
    return gather(path, content, "raw4", _scans(path, content))


def _scans(path: str | Path, content: bytes) -> Iterator[Scan]:
    head = _Head(texts={})
    ranges, at = 0, FIRST
    for _ in range(MAX_SEGMENTS):
        if at + 8 > len(content):
            return
        kind, length = struct.unpack_from("<II", content, at)
        if kind in RANGES:
            ranges += 1
            told = Told(subject=f"range {ranges}")
            found = _range(path, content, at)
            yield told, partial(_pattern, path, content, found, head, told)
            at = found.begin + found.points * found.size
            continue
        if length < 8 or at + length > len(content):
            raise _broken(path, at, f"a segment of {length} bytes")
        _read_head(content[at : at + length], kind, head)
        at += length


def _broken(path: str | Path, at: int, what: str) -> DataFileError:
    return DataFileError(
        path,
        f"{what} leads out of the file, or nowhere",
        where=f"byte {at}",
        action="copy it again, or export it as .xy or .brml",
    )


def _text(content: bytes) -> str:
    return content.split(b"\0")[0].decode("latin-1").strip()[:200]


def _read_head(segment: bytes, kind: int, head: _Head) -> None:
    if kind == TEXT and len(segment) >= 36:
        head.texts[_text(segment[12:36])] = _text(segment[36:])
    elif kind == SOURCE and len(segment) >= 120:
        alpha1, alpha2, _beta, ratio = struct.unpack_from("<4d", segment, 80)
        head.lines = Lines(alpha1, alpha2, ratio)
        head.anode = _text(segment[116:120])


def _range(path: str | Path, content: bytes, at: int) -> _Range:
    """Read a range's head, and check that its chain and its points are there."""
    if at + RANGE_HEAD > len(content):
        raise _broken(path, at, "a range's head")
    points, size, chain = (
        struct.unpack_from("<I", content, at + place)[0] for place in (88, 136, 140)
    )
    begin = at + RANGE_HEAD + chain
    if not 4 <= size <= MAX_RECORD or points > MAX_POINTS or begin + points * size > len(content):
        raise _broken(path, at, f"a range of {points} records of {size} bytes after {chain}")
    start, step = struct.unpack_from("<2d", content, at + 72)
    return _Range(
        axis=_text(content[at + 32 : at + 72]),
        points=points,
        start=start,
        step=step,
        seconds=struct.unpack_from("<f", content, at + 92)[0] / 1000.0,
        wavelength=struct.unpack_from("<d", content, at + 112)[0],
        size=size,
        begin=begin,
    )


def _pattern(
    path: str | Path, content: bytes, found: _Range, head: _Head, told: Told
) -> xr.Dataset:
    check_axis(found.axis, told)
    if not found.points:
        raise Skipped(f"{told.subject}: it holds no points")
    if not (abs(found.start) <= 180 and 0 < abs(found.step) <= 180):
        raise DataFileError(
            path,
            f"angles from {found.start:g} in steps of {found.step:g} cannot be",
            where=told.subject,
            action="copy or export it again",
        )
    records = np.frombuffer(content, np.uint8, found.points * found.size, found.begin)
    values = records.reshape(found.points, found.size)[:, :4].copy().view("<f4")[:, 0]
    if not np.all(np.isfinite(values)):
        raise DataFileError(path, "an intensity is no finite number", where=told.subject)
    lines = head.lines
    if not lines.alpha1 > 0:
        lines = Lines(found.wavelength)
    return make(
        path,
        told,
        two_theta=even_steps(found.start, found.step, found.points),
        values=values.astype(float),
        counting_time=found.seconds if math.isfinite(found.seconds) else math.nan,
        lines=lines,
        anode=head.anode,
        sample=head.texts.get("SAMPLEID", ""),
        scan=told.subject,
        scan_axis=found.axis,
    )
