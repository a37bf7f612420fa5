"""Surfaces measured by an AFM or a profiler: heights as a matrix of text, or an array of numpy.

A text matrix is drawn as pictures are, its last line the one at the least y; of an array the first
row is, as of cubes. Which unit heights have is said in the head of a text ("Value units: m") or by
whoever gives the file; else nm are assumed, and that is told.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, read_bytes
from references.readers import Told
from references.words import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from references.words import Finding

__all__ = ["read_topography"]

LARGEST = 128 * 1024**2
ARRAY = b"\x93NUMPY"
UNIT = re.compile(r"(?:value\s+units?|z\s+units?|unit)\s*[:=]\s*(\S+)", re.IGNORECASE)
NANOMETRES = {
    "m": 1e9, "mm": 1e6, "um": 1e3, "µm": 1e3, "μm": 1e3, "nm": 1.0, "pm": 1e-3, "å": 0.1, "a": 0.1,
}  # fmt: skip
LEAST = 4
"""Rows and columns."""
MOST = 8192


def read_topography(
    path: str | Path, *, unit: str | None = None
) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    r"""Read a surface's heights.

    Parameters
    ----------
    path : path
        Rows of numbers, split by blanks, commas, semicolons or tabs, after lines that begin with
        ``#``; or .npy.
    unit : str, optional
        Of the heights, to insist on one: m, mm, um, nm, pm.

    Returns
    -------
    (rows, columns) array
        Heights [nm]; the first row is the one at the least y.
    tuple of Finding
        What was assumed.

    Raises
    ------
    DataFileError
        If the file is no matrix of finite numbers, or names a unit that is no length.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "before.txt"
    ...     _ = path.write_text("# Value units: m\n" + "1e-9 2e-9 3e-9 4e-9\n" * 4)
    ...     read_topography(path)[0][0]
    array([1., 2., 3., 4.])
    """
    content = read_bytes(path, max_bytes=LARGEST)
    told = Told(subject=str(path))
    is_array = content.startswith(ARRAY)
    heights, said = (_array(path, content), "") if is_array else _matrix(path, content)
    if heights.ndim != 2 or min(heights.shape) < LEAST or max(heights.shape) > MOST:
        shape = " x ".join(map(str, heights.shape))
        raise DataFileError(
            path, f"holds {shape} numbers, and a surface has at least {LEAST} x {LEAST}"
        )
    if not np.all(np.isfinite(heights)):
        row, column = np.argwhere(~np.isfinite(heights))[0]
        raise DataFileError(
            path,
            "holds a height that is no number",
            where=f"row {row + 1}, column {column + 1}",
            action="fill gaps where the surface was levelled",
        )
    factor = _factor(path, unit or said, told)
    if is_array:
        return heights * factor, tuple(told.notes)
    return np.ascontiguousarray(heights[::-1]) * factor, tuple(told.notes)


def _array(path: str | Path, content: bytes) -> NDArray[np.float64]:
    try:
        found = np.load(io.BytesIO(content), allow_pickle=False)
        if found.dtype.kind not in "fiu":
            raise ValueError(f"it holds {found.dtype}")  # noqa: TRY301
        return np.asarray(found, dtype=float)
    except (ValueError, EOFError, OSError, TypeError, SyntaxError, MemoryError) as error:
        raise DataFileError(
            path,
            f"is no array of numbers ({str(error)[:80]})",
            action="write it with numpy.save as a plain array of two dimensions",
        ) from None


def _matrix(path: str | Path, content: bytes) -> tuple[NDArray[np.float64], str]:
    """Numbers of a text, and the unit that its head says."""
    text = content.decode("utf-8", errors="replace").removeprefix("\ufeff")
    rows: list[NDArray[np.float64]] = []
    unit = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            found = UNIT.search(line)
            unit = found.group(1) if found else unit
            continue
        cells = re.split(r"[;,\s]+", line.strip().strip(";,"))
        if cells == [""]:
            continue
        try:
            rows.append(np.array(cells, dtype=float))
        except ValueError:
            raise DataFileError(
                path,
                f"expected numbers, found {line.strip()[:40]!r}",
                where=f"line {number}",
                action="export heights as a matrix of text; begin other lines with #",
            ) from None
        if rows[-1].size != rows[0].size:
            raise DataFileError(
                path,
                f"has {rows[-1].size} numbers, and the first row {rows[0].size}",
                where=f"line {number}",
                action="give a matrix with equal rows, and points in decimals, not commas",
            )
    return (np.stack(rows) if rows else np.empty((0, 0))), unit


def _factor(path: str | Path, unit: str, told: Told) -> float:
    """Nanometres of a unit."""
    if not unit:
        told.say(
            "unit_assumed",
            Severity.WARNING,
            "the file does not say what its heights are in; nm are assumed",
        )
        return 1.0
    found = NANOMETRES.get(unit.casefold())
    if found is None:
        raise DataFileError(path, f"has heights in {unit[:20]!r}, which is no known length")
    return found
