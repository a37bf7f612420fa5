"""What is written in a file's text: numbers, and core levels within names."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["core_level", "number", "numbers"]

Array = NDArray[np.float64]

CHARACTERS_AT_ONCE = 1_000_000

_BLANK = re.compile(r"\s")


def numbers(
    path: str | Path, text: str, *, where: str, what: str = "a value", most: int = 10_000_000
) -> Array:
    """Read numbers that stand in a text, divided by blanks or line ends.

    Reading ends soon after ``most`` of them: what holds more is not what was declared.

    Raises
    ------
    DataFileError
        If one is no finite number.
    """
    pieces: list[Array] = []
    at = found = 0
    while at < len(text) and found <= most:
        blank = _BLANK.search(text, at + CHARACTERS_AT_ONCE)
        end = blank.start() if blank else len(text)
        pieces.append(_some_numbers(path, text[at:end].split(), where, what))
        at, found = end, found + pieces[-1].size
    return np.concatenate(pieces) if pieces else np.empty(0)


def _some_numbers(path: str | Path, cells: list[str], where: str, what: str) -> Array:
    values = np.array([number(cell) for cell in cells], dtype=float)
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise DataFileError(
            path,
            f"{what} should be a finite number, not {cells[int(np.argmax(wrong))][:40]!r}",
            where=where,
        )
    return values


def number(text: str) -> float:
    """Read a number; NaN where the text is no finite one. Python takes "1_0" for ten, we do not."""
    try:
        value = math.nan if "_" in text else float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def core_level(text: str) -> str:
    """Give the core level in a name: ``C1s_sample`` -> ``C 1s``; empty where there is none.

    Examples
    --------
    >>> core_level("In3d Scan")
    'In 3d'
    """
    match = re.search(r"(?<![A-Za-z])([A-Z][a-z]?)[ _-]?([1-6][spdf])", text[:1000])
    return f"{match[1]} {match[2]}" if match else ""
