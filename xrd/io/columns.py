"""Lines of text as rows of cells: where columns of numbers begin and end, and by what divided."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.files import DataFileError

from .written import number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "LONGEST_LINE",
    "MAX_COLUMNS",
    "Run",
    "cells_of",
    "decoded",
    "delimiter_of",
    "is_comment",
    "runs_of",
]

COMMENTS = ("#", "!", ";", "'", "//", "%", "*")
DELIMITERS = ("\t", ";", ",", "")
MAX_COLUMNS = 3
LONGEST_LINE = 2000
"""Characters; a line of two or three numbers has less."""

_COMMA = re.compile(r"[-+]?\d*,\d+([eE][-+]?\d+)?")
_NO_NUMBER = re.compile(r"[-+]?(nan|inf|infinity|n/a|na|null|none|-+|#\w+!?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Rows of numbers in succession: the line of each, what they are, what stands above."""

    lines: tuple[int, ...]
    rows: tuple[Sequence[str], ...]
    above: tuple[str, ...]

    def without_first(self) -> Run:
        """Leave out a row that belongs to the header."""
        return Run(lines=self.lines[1:], rows=self.rows[1:], above=self.above)


def decoded(content: bytes) -> str:
    """UTF-8, or UTF-16 where its mark stands first; what is neither becomes replacement signs."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16" if wide else "utf-8", errors="replace")
    return text.removeprefix("\ufeff")


def is_comment(line: str) -> bool:
    """Whether a line begins with a mark of comments."""
    return line.lstrip().startswith(COMMENTS)


def cells_of(line: str, delimiter: str) -> tuple[str, ...]:
    """Divide a line; an empty cell at its end is none, a decimal comma a point."""
    parts = line[:LONGEST_LINE].rstrip().rstrip(delimiter or None).split(delimiter or None)
    cells = (part.strip().strip('"') for part in parts)
    return tuple(cell.replace(",", ".") if _COMMA.fullmatch(cell) else cell for cell in cells)


def delimiter_of(lines: Sequence[str]) -> str:
    """The mark that leaves most lines with two or three numbers and nothing else."""
    best, most = "", 0
    for mark in DELIMITERS:
        pure = sum(
            2 <= len(cells := cells_of(line, mark)) <= MAX_COLUMNS
            and all(math.isfinite(number(cell)) for cell in cells)
            for line in lines[:1000]
            if not is_comment(line)
        )
        if pure > most:
            best, most = mark, pure
    return best


def runs_of(path: str | Path, lines: Sequence[str], delimiter: str) -> list[Run]:
    """Divide a file into runs of rows; text between rows begins another.

    A row that begins like one and does not go on so stays in its run, where it is refused.
    """
    found: list[Run] = []
    rows: list[Sequence[str]] = []
    at: list[int] = []
    above: list[str] = []
    marks: set[str] = set()
    for i, line in enumerate([*lines, "end"], 1):
        if not line.strip() or is_comment(line):
            if not rows:
                above.append(line)
            continue
        cells = cells_of(line, delimiter)
        if _begins(cells) if rows else all(math.isfinite(number(cell)) for cell in cells):
            if len(line) > LONGEST_LINE:
                raise DataFileError(
                    path,
                    f"a line of {len(line)} characters; no row of two or three numbers is so long",
                    where=f"line {i}",
                )
            marks |= {mark for mark in ".," if mark in line and mark != delimiter}
            if len(marks) > 1:
                raise DataFileError(
                    path,
                    f"mixes decimal points and commas: {line.strip()[:40]!r}",
                    where=f"line {i}",
                    action="write 1234.5, without marks between thousands",
                )
            rows.append(cells)
            at.append(i)
            continue
        if rows:
            found.append(Run(lines=tuple(at), rows=tuple(rows), above=tuple(above)))
            rows, at, above = [], [], []
        above.append(line)
    for one, two in itertools.pairwise(found):
        _check_break(path, one, two)
    while len(found) > 1 and len(found[0].rows) == 1 and not _alike(found[0], found[1]):
        found.pop(0)  # a number may stand alone in a header
    return found


def _alike(one: Run, two: Run) -> bool:
    return len(one.rows[-1]) == len(two.rows[0])


def _check_break(path: str | Path, one: Run, two: Run) -> None:
    """Refuse a row that is none in the middle of a scan, for it would make two scans of one."""
    before, after = (number(run.rows[i][0]) for run, i in ((one, -1), (two, 0)))
    if two.lines[0] - one.lines[-1] == 2 and before < after < before + 1 and _alike(one, two):
        raise DataFileError(
            path,
            f"a line that is no row of numbers between {before:g} and {after:g} degrees",
            where=f"line {one.lines[-1] + 1}",
            action="fill the row in or take it out",
        )


def _begins(cells: Sequence[str]) -> bool:
    return math.isfinite(number(cells[0])) or bool(_NO_NUMBER.fullmatch(cells[0]))
