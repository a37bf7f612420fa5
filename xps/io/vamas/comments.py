"""Other lines of CasaXPS's in a copy of a VAMAS file; every other byte stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError

from ..casa import casa_span
from .experiment import read_vamas, spectrum_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

__all__ = ["with_casa_lines"]

COMMENT_COUNT = 9
"""Lines from a block's first to the number of its comment lines: name, sample, seven of a date."""


def with_casa_lines(
    path: str | Path,
    content: bytes,
    lines: Mapping[int, Callable[[Sequence[str]], Sequence[str]]],
) -> bytes:
    r"""Give a VAMAS file's bytes with other CasaXPS lines in the comments of some blocks.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.
    lines : mapping of int to callable
        By the spectrum's number: what gives the new lines, from ``Casa Info Follows`` on, of the
        block's present comment lines.

    Returns
    -------
    bytes
        Line ends as they were; the same bytes where ``lines`` is empty.

    Raises
    ------
    DataFileError
        If the file cannot be read, has no such spectrum, or would not read back.
    """
    blocks = spectrum_blocks(path, content)
    for number in lines:
        if not 0 <= number < len(blocks):
            raise DataFileError(path, f"has no spectrum {number}; it has {len(blocks)}, from 0")
    mark = b"\n" if b"\n" in content else b"\r"
    ends = np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == mark[0]) + 1
    pieces: list[bytes] = []
    kept = 0
    for number in sorted(lines, key=lambda n: blocks[n].line):
        block = blocks[number]
        first, last = casa_span(block.comments)
        new = [*block.comments[:first], *lines[number](block.comments), *block.comments[last:]]
        # Line numbers count from 1, places in `ends` from 0: entry i ends line i + 1.
        count = block.line + COMMENT_COUNT
        ending = _ending(content, ends, count, mark)
        start = int(ends[count - 2])
        casa = int(ends[count - 1 + first])
        after = int(ends[count - 1 + last])
        added = new[first : len(new) - (len(block.comments) - last)]
        pieces += [
            content[kept:start],
            str(len(new)).encode() + ending,
            content[int(ends[count - 1]) : casa],
            *(line.encode("latin-1") + ending for line in added),
        ]
        kept = after
    pieces.append(content[kept:])
    written = b"".join(pieces)
    _check(path, content, written)
    return written


def _ending(content: bytes, ends: np.ndarray, line: int, mark: bytes) -> bytes:
    """How the file ends this line."""
    end = int(ends[line - 1])
    return b"\r\n" if mark == b"\n" and content[end - 2 : end - 1] == b"\r" else mark


def _check(path: str | Path, content: bytes, written: bytes) -> None:
    """Nothing but CasaXPS's lines may have changed: a copy that differs elsewhere is refused."""
    before, after = read_vamas(path, content), read_vamas(path, written)
    same = len(before.spectra) == len(after.spectra) and all(
        one.identical(other) for one, other in zip(before.spectra, after.spectra, strict=True)
    )
    if not same:
        raise DataFileError(
            path,
            "would not read back the same with CasaXPS's lines in it",
            action="export it from the instrument again, and the result from that",
        )
