"""Lines of text as rows of cells: where columns of numbers begin and end, and by what divided."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.files import DataFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "LEAST_ROWS",
    "Rows",
    "blocks_of",
    "cells_of",
    "decoded",
    "delimiter_of",
    "is_number",
    "numeric",
    "rows_of_numbers",
]

MAX_COLUMNS = 200
LEAST_ROWS = 5
"""Fewer rows than this are a table of results, not a spectrum."""
DELIMITERS = ("\t", ";", ",", "")

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?")
_NO_NUMBER = re.compile(
    r"[-+]?(nan|inf|infinity|n/a|na|null|none|-*)|1\.#\w+|#\w+!?", re.IGNORECASE
)
_COMMENTS = ("#", ";", "//", "%", "!")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A run of rows with the same columns filled.

    Attributes
    ----------
    line : int
        Where it begins.
    filled : tuple of int
        Which columns of the file are kept.
    rows : tuple of tuple of str
        Their cells; the first two of each row are numbers.
    above : tuple of str
        The lines between the run before and this one.
    preamble : tuple of str
        The lines before the file's first run; empty for the first itself.
    """

    line: int
    filled: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    above: tuple[str, ...]
    preamble: tuple[str, ...] = ()


def decoded(content: bytes) -> str:
    """UTF-8, or UTF-16 where its mark stands first; what is neither becomes replacement signs."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16" if wide else "utf-8", errors="replace")
    return text.removeprefix("\ufeff")


def delimiter_of(text: str) -> str:
    """The mark that leaves most lines with nothing but numbers; of equals, the first."""
    lines = [line for line in text.splitlines()[:2000] if line.strip()][:400]
    best, score = "", (0, 0)
    for mark in DELIMITERS:
        pure = some = 0
        for line in lines:
            filled = [cell for cell in cells_of(line, mark) if cell]
            if _is_comment(line, mark) or numeric(filled) < 2:
                continue
            some += 1
            # A decimal comma taken for a mark leaves cells that are no numbers.
            pure += numeric(filled) == len(filled)
        if (pure, some) > score:
            best, score = mark, (pure, some)
    return best


def cells_of(line: str, delimiter: str) -> list[str]:
    """Divide a line by a mark, or by blanks where the mark is empty."""
    parts = line.split(delimiter) if delimiter else line.split()
    return [part.strip().strip('"') for part in parts][:MAX_COLUMNS]


def numeric(cells: Sequence[str]) -> int:
    """How many cells are numbers."""
    return sum(is_number(cell) for cell in cells)


def rows_of_numbers(lines: Sequence[str], delimiter: str) -> int:
    """How many lines could be rows of a spectrum."""
    return sum(
        numeric(cells_of(line, delimiter)) >= 2
        for line in lines
        if not _is_comment(line, delimiter)
    )


def is_number(cell: str) -> bool:
    """Whether a cell is a number, with decimal point or comma."""
    return len(cell) < 40 and bool(_NUMBER.fullmatch(cell) or _COMMA.fullmatch(cell))


def blocks_of(path: str | Path, lines: list[str], delimiter: str) -> list[Rows]:
    """Divide a file into runs of rows that have the same columns filled.

    The first two columns of a run are always filled; further ones may have gaps, as those of
    components have outside their region.

    Raises
    ------
    DataFileError
        If a row of a run has an energy and no finite number beside it.
    """
    found: list[Rows] = []
    filled: tuple[int, ...] = ()
    start, free = 0, 0  # where the run begins, and where the lines above it do
    rows: list[tuple[str, ...]] = []
    before: list[str] = []
    for i, line in enumerate([*lines, ""]):
        cells = [] if _is_comment(line, delimiter) else cells_of(line, delimiter)
        if rows and not _continues(cells, filled):
            _check_gap(path, i, cells, filled)
            if len(rows) >= LEAST_ROWS:
                _check_short(path, i, cells, (rows[-2], rows[-1]), filled)
                if start > 0:
                    ahead = cells_of(lines[start - 1], delimiter)
                    _check_short(path, start - 1, ahead, (rows[1], rows[0]), filled)
                above, preamble = tuple(lines[free:start]), found[0].above if found else ()
                found.append(
                    Rows(
                        line=start + 1,
                        filled=filled,
                        rows=tuple(rows),
                        above=above,
                        preamble=preamble,
                    )
                )
                free = i
            rows = []
        if not rows and numeric(cells) >= 2:
            start, filled = i, tuple(j for j, cell in enumerate(cells) if is_number(cell))
            _check_gap(path, i - 1, before, filled)
        if rows or numeric(cells) >= 2:
            rows.append(tuple(cells[j] if j < len(cells) else "" for j in filled))
        before = cells
    return found


def _is_comment(line: str, delimiter: str) -> bool:
    """Whether a line is one; a semicolon opens none where it divides columns."""
    mark = line.lstrip()
    return mark.startswith(_COMMENTS) and not (delimiter == ";" and mark.startswith(";"))


def _continues(cells: list[str], filled: tuple[int, ...]) -> bool:
    return (
        len(cells) > filled[1]
        and is_number(cells[filled[0]])
        and is_number(cells[filled[1]])
        and all(
            is_number(cells[j]) or _NO_NUMBER.fullmatch(cells[j])
            for j in filled[2:]
            if j < len(cells)
        )
    )


def _check_gap(path: str | Path, at: int, cells: list[str], filled: tuple[int, ...]) -> None:
    """Refuse a row next to a run that has an energy but no number where the run has one."""
    if len(cells) <= filled[1] or not is_number(cells[filled[0]]):
        return
    wrong = next((j for j in filled[1:] if j < len(cells) and not is_number(cells[j])), None)
    if wrong is not None:
        raise DataFileError(
            path,
            f"column {wrong + 1} should hold a finite number, not {cells[wrong][:40]!r}",
            where=f"line {at + 1}",
            action="fill the cell in or take the row out",
        )


def _check_short(
    path: str | Path,
    at: int,
    cells: list[str],
    near: tuple[tuple[str, ...], tuple[str, ...]],
    filled: tuple[int, ...],
) -> None:
    """Refuse an energy without anything beside it that is in step with the last two rows to it."""
    alone = [cell for cell in cells if cell]
    if len(alone) != 1 or not is_number(alone[0]):
        return
    energies = (near[0][0], near[1][0], alone[0])
    first, second, here = (float(cell.replace(",", ".")) for cell in energies)
    if abs((here - second) - (second - first)) < 0.1 * abs(second - first):
        raise DataFileError(
            path,
            f"column {filled[1] + 1} should hold a finite number, and is missing",
            where=f"line {at + 1}",
            action="fill the cell in or take the row out",
        )
