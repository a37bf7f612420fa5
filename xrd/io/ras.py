"""Rigaku's text (``.ras``): blocks of a header and rows, each a scan."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from references.files import DataFileError
from references.readers import Told
from references.words import Severity

from .reading import gather
from .rigaku import rigaku_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .reading import Reading, Scan


__all__ = ["is_ras", "read_ras"]

MAX_BYTES = 16 * 1024**2


def is_ras(head: bytes) -> bool:
    """Whether a file begins as Rigaku's text does."""
    return head.lstrip().startswith((b"*RAS_DATA_START", b"*RAS_HEADER_START"))


def read_ras(path: str | Path, content: bytes) -> Reading:
    """Read a Rigaku text file; each block is a pattern.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file, in Latin-1 or Shift-JIS.

    Returns
    -------
    Reading

    Raises
    ------
    DataFileError
        If a row is broken, or the numbers are no pattern.
    """
    if len(content) > MAX_BYTES:
        raise DataFileError(path, f"is {len(content)} bytes; .ras is read up to {MAX_BYTES}")
    return gather(path, content, "ras", _scans(path, _decoded(content).splitlines()))


def _scans(path: str | Path, lines: list[str]) -> Iterator[Scan]:
    for count, (keys, first, end) in enumerate(_blocks(path, lines), 1):
        comment = keys.get("FILE_COMMENT", "")[:60]
        told = Told(subject=f"scan {count} ({comment})" if comment else f"scan {count}")
        if end == len(lines):
            told.say(
                "no_terminator", Severity.WARNING, "the scan does not end; the file is cut off"
            )
        name = comment or told.subject
        yield told, partial(rigaku_pattern, path, keys, lines, (first, end), told, scan=name)


def _decoded(content: bytes) -> str:
    """Japanese comments are in Shift-JIS; what is not that is Latin-1, which anything is."""
    try:
        return content.decode("shift_jis")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _blocks(path: str | Path, lines: list[str]) -> Iterator[tuple[dict[str, str], int, int]]:
    """Give each scan's keys, and where its rows begin and end."""
    keys: dict[str, str] = {}
    first = -1
    for i, line in enumerate(lines):
        if not line.startswith("*"):
            continue
        key, _, value = line[1:2000].partition(" ")
        if key == "RAS_HEADER_START":
            if first >= 0:
                raise DataFileError(
                    path, "a header begins within the rows of a scan", where=f"line {i + 1}"
                )
            keys = {}
        elif key == "RAS_INT_START":
            first = i + 1
        elif key == "RAS_INT_END" and first >= 0:
            yield keys, first, i
            first = -1
        elif first < 0:
            keys[key] = value.strip().strip('"').strip()
    if first >= 0:
        yield keys, first, len(lines)
