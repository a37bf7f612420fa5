"""Numbers as they are written in a file's text."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["MAX_POINTS", "even_steps", "number", "numbers", "table_of", "words"]

Array = NDArray[np.float64]

MAX_POINTS = 200_000
"""More is no powder scan, and would cost more memory than it is worth."""

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")


def number(text: str) -> float:
    """Read a number; NaN where the text is no finite one.

    Examples
    --------
    >>> number("5.02"), number("1_0"), number("1,234")
    (5.02, nan, nan)
    """
    text = text.strip()
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        return math.nan
    value = float(text)
    return value if math.isfinite(value) else math.nan


def numbers(path: str | Path, cells: Sequence[str], *, where: str, what: str = "a value") -> Array:
    """Read numbers, each of which has to be a finite one.

    Raises
    ------
    DataFileError
        If one is not, or there are more of them than a scan has.
    """
    if len(cells) > MAX_POINTS:
        raise DataFileError(
            path,
            f"holds {len(cells)} values; no scan is so long",
            where=where,
            action=f"give up to {MAX_POINTS} points",
        )
    values = np.array([number(cell) for cell in cells], dtype=float)
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise DataFileError(
            path,
            f"{what} should be a finite number, not {cells[int(np.argmax(wrong))][:40]!r}",
            where=where,
        )
    return values


def words(text: str) -> list[str]:
    """Divide at blanks, but into no more pieces than tell that they are too many."""
    return text.split(None, MAX_POINTS + 1)


def even_steps(start: float, step: float, size: int) -> Array:
    """Give start, start + step, and so on."""
    return np.asarray(start + step * np.arange(size), dtype=np.float64)


def table_of(
    path: str | Path, rows: Sequence[Sequence[str]], lines: Sequence[int], *, where: str = ""
) -> Array:
    """Read rows that all have as many numbers as the first; ``lines`` is where each stands.

    Raises
    ------
    DataFileError
        If one has not, naming its line.
    """
    if len(rows) > MAX_POINTS:
        raise DataFileError(path, f"holds {len(rows)} rows; no scan is so long", where=where)
    width = len(rows[0]) if rows else 0
    made = np.empty((len(rows), width))
    for i, (line, row) in enumerate(zip(lines, rows, strict=True)):
        values = [number(cell) for cell in row]
        if len(values) != width or not all(map(math.isfinite, values)):
            raise DataFileError(
                path,
                f"should hold {width} finite numbers, not {' '.join(row)[:40]!r}",
                where=", ".join(part for part in (where, f"line {line}") if part),
                action="fill the row in or take it out",
            )
        made[i] = values
    return made
