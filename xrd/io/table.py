"""Text columns (``.xy``, ``.xye``, ``.prn``, ``.csv``, ``.dat``): angle, counts and perhaps an esd.

Two columns are counts, or what else their numbers are; a third is the standard uncertainty, unless
its name says otherwise. A first row of start, step and end may stand for the angles.
"""

from __future__ import annotations

import math
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Told
from references.words import Severity

from .columns import (
    LONGEST_LINE,
    MAX_COLUMNS,
    Run,
    cells_of,
    decoded,
    delimiter_of,
    is_comment,
    runs_of,
)
from .meaning import NO_LINES, Lines, make
from .reading import gather
from .written import MAX_POINTS, even_steps, number, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr

    from .reading import Reading, Scan


__all__ = ["is_table", "read_table"]

Array = NDArray[np.float64]

MAX_BYTES = 16 * 1024**2

_ESD = re.compile(r"esd|e\.s\.d|sigma|σ|err|std|unc|\bsu\b|\bu\b", re.IGNORECASE)
_RATE = re.compile(r"\bcps\b|counts?\s?(/|per)\s?s|\bc/s\b", re.IGNORECASE)
_WAVELENGTH = re.compile(
    r"(?:wavelength|lambda|λ|k-?\s?alpha1?)[^\d\n]{0,40}(\d\.\d{2,8})\b", re.IGNORECASE
)
_TIME = re.compile(
    r"(?:time per step|step time|counting time)[^\d\n]{0,20}(\d{1,6}(?:\.\d{1,6})?)", re.IGNORECASE
)


def is_table(head: bytes) -> bool:
    """Whether a file's beginning looks like lines of text with columns of numbers."""
    text = decoded(head)
    if not text.strip() or sum(c < " " and c not in "\r\n\t\f" for c in text) > 0.01 * len(text):
        return False
    lines = text.splitlines()[:2000]
    delimiter = delimiter_of(lines)
    rows = [cells_of(line, delimiter) for line in lines if not is_comment(line)]
    return any(row and all(math.isfinite(number(cell)) for cell in row[:2]) for row in rows)


def read_table(path: str | Path, content: bytes) -> Reading:
    """Read a text file of columns.

    Parameters
    ----------
    path : path
        For messages, and the scan's name.
    content : bytes
        The file.

    Returns
    -------
    Reading

    Raises
    ------
    DataFileError
        If there are no columns of numbers, or the numbers are no pattern.
    """
    if len(content) > MAX_BYTES or content.count(b"\n") + content.count(b"\r") > 3 * MAX_POINTS:
        raise DataFileError(
            path,
            f"is text of {len(content)} bytes; no powder scan is so long",
            action=f"give up to {MAX_POINTS} rows and {MAX_BYTES} bytes",
        )
    text = decoded(content)
    if "\x00" in text:
        raise DataFileError(path, "holds binary data, not text columns")
    lines = text.splitlines()
    runs = runs_of(path, lines, delimiter_of(lines))
    if not runs:
        raise DataFileError(
            path,
            "has no rows of numbers",
            action="expected 2 theta, counts and perhaps an esd, separated by blanks, tab, comma "
            "or semicolon",
        )
    return gather(path, content, "table", _scans(path, runs))


def _scans(path: str | Path, runs: Sequence[Run]) -> Iterator[Scan]:
    for i, run in enumerate(runs, 1):
        name = f"scan {i}, from line {run.lines[0]}" if len(runs) > 1 else "the columns"
        told = Told(subject=name)
        yield told, partial(_pattern, path, run, told)


# --- a pattern ------------------------------------------------------------------------------------


def _pattern(path: str | Path, run: Run, told: Told) -> xr.Dataset:
    header = "\n".join(line[:LONGEST_LINE] for line in run.above[-200:])
    two_theta, values, u = _columns(path, run, told)
    stated = _WAVELENGTH.search(header)
    seconds = _TIME.search(header)
    return make(
        path,
        told,
        two_theta=two_theta,
        values=values,
        u=u,
        unit="counts/s" if _RATE.search(header) else "counts",
        counting_time=number(seconds[1]) if seconds else math.nan,
        lines=Lines(alpha1=number(stated[1])) if stated else NO_LINES,
        scan=Path(path).stem,
    )


def _columns(path: str | Path, run: Run, told: Told) -> tuple[Array, Array, Array | None]:
    grid = _grid(run)
    if grid is not None:
        told.say("angles_from_header", Severity.INFO, "angles are made of start, step and end")
        return (*grid, None)
    several = len(run.rows) > 2
    if several and _is_title(run.rows[0], run.rows[1]):
        run = run.without_first()
    width = len(run.rows[0])
    if not 2 <= width <= MAX_COLUMNS:
        raise DataFileError(
            path,
            f"has {width} column{'s' * (width > 1)}",
            where=f"line {run.lines[0]}",
            action="give 2 theta, counts and perhaps an esd",
        )
    table = table_of(path, run.rows, run.lines)
    if width == 2:
        return table[:, 0], table[:, 1], None
    _check_third(path, run, told)
    return table[:, 0], table[:, 1], table[:, 2]


def _is_title(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether a row is a number of points, or start, step and end, above two columns."""
    if len(second) != 2:
        return len(first) == 1 and len(second) == 3
    return len(first) == 1 or (len(first) == 3 and number(first[0]) == number(second[0]))


def _grid(run: Run) -> tuple[Array, Array] | None:
    """Angles of a first row of start, step and end, if as many values follow as they ask for."""
    first = [number(cell) for cell in run.rows[0]]
    if len(first) != 3 or not all(map(math.isfinite, first)):
        return None
    start, step, end = first[0], first[1], first[2]
    if not (0 < step < end - start) or (end - start) / step > MAX_POINTS:
        return None
    points = round((end - start) / step) + 1
    values = np.array([number(cell) for row in run.rows[1:] for cell in row], dtype=np.float64)
    if values.size != points or not np.all(np.isfinite(values)):
        return None
    return even_steps(start, step, points), values


def _check_third(path: str | Path, run: Run, told: Told) -> None:
    """A third column is the esd, unless the nearest line with three names calls it otherwise."""
    for line in reversed(run.above):
        names = re.split(r"[\t;,]|\s+", line.strip().lstrip("#!;'/%*\" "))
        if not line.strip() or len(names) < 3:
            continue
        if len(names) == 3 and not _ESD.search(names[2]) and not names[2].isdigit():
            raise DataFileError(
                path,
                f"column 3 is called {names[2][:40]!r}, expected an esd",
                action="give 2 theta, counts and perhaps an esd",
            )
        break
    told.say("third_column", Severity.INFO, "the third column is taken as standard uncertainty")
