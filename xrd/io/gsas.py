"""GSAS powder data with constant steps: ``STD``, ``ESD``, ``FXYE`` (``.gsa``, ``.XRA``, ``.fxye``).

A title, then ``BANK number points records CONST start step 0 0 type`` with centidegrees, then
records of 80 characters: ten fields of 8 (``STD``: two characters of detectors, six of counts),
five pairs of value and esd (``ESD``), or angle, value and esd as free text (``FXYE``).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Told
from references.words import Severity

from .meaning import make
from .reading import gather
from .written import MAX_POINTS, even_steps, number, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import xarray as xr

    from .reading import Reading, Scan


__all__ = ["is_gsas", "read_gsas"]

Array = NDArray[np.float64]

MAX_BYTES = 16 * 1024**2
RECORD = 80
KINDS = ("STD", "ESD", "FXYE")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bank:
    """One ``BANK`` line: which, how many points, where they lie, how they are written."""

    name: str
    line: int
    points: int
    start: float
    step: float
    kind: str

    @property
    def two_theta(self) -> Array:
        """The angles; decimal steps of centidegrees stay decimal."""
        return np.round(even_steps(self.start, self.step, self.points) / 100.0, 9)


def is_gsas(head: bytes) -> bool:
    """Whether one of the first lines opens a bank."""
    return any(line.startswith(b"BANK ") for line in head.splitlines()[:200])


def read_gsas(path: str | Path, content: bytes) -> Reading:
    """Read a GSAS file; each bank is a pattern.

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
        If a bank is of a kind that is not read, or holds fewer points than it declares.
    """
    if len(content) > MAX_BYTES:
        raise DataFileError(path, f"is {len(content)} bytes; GSAS data are read up to {MAX_BYTES}")
    return gather(path, content, "gsas", _scans(path, content.decode("latin-1").splitlines()))


def _scans(path: str | Path, lines: Sequence[str]) -> Iterator[Scan]:
    title = next((line.strip() for line in lines[:1] if not line.startswith("BANK ")), "")
    starts = [i for i, line in enumerate(lines) if line.startswith("BANK ")]
    for start, end in itertools.pairwise([*starts, len(lines)]):
        bank = _bank(path, lines[start], start + 1)
        told = Told(subject=bank.name)
        yield told, partial(_pattern, path, bank, lines[start + 1 : end], title[:RECORD], told)


def _bank(path: str | Path, line: str, at: int) -> _Bank:
    """Read ``BANK number points records binning b1 b2 b3 b4 [type]``."""
    words = line[:RECORD].split()
    where = f"line {at}"
    if len(words) < 7:
        raise DataFileError(path, f"a BANK line that is not understood: {line[:40]!r}", where=where)
    kind = words[-1] if words[-1].isalpha() else "STD"
    if words[4] not in {"CONST", "CONS"} or kind not in KINDS:
        raise DataFileError(
            path,
            f"holds {words[4][:20]} data of type {kind[:20]}; only CONST with {', '.join(KINDS)} "
            "is read",
            where=where,
            action="export it with constant steps in 2 theta, or as .xye",
        )
    points, start, step = (number(word) for word in (words[2], words[5], words[6]))
    if not 2 <= points <= MAX_POINTS or points % 1 or not math.isfinite(start) or not step > 0:
        raise DataFileError(
            path,
            f"declares {words[2][:20]} points from {words[5][:20]} in steps of {words[6][:20]}; "
            f"expected 2 to {MAX_POINTS} points in steps above zero (centidegrees)",
            where=where,
        )
    return _Bank(
        name=f"bank {words[1][:20]}", line=at, points=int(points), start=start, step=step, kind=kind
    )


def _pattern(
    path: str | Path, bank: _Bank, lines: Sequence[str], title: str, told: Told
) -> xr.Dataset:
    two_theta = bank.two_theta
    u = None
    if bank.kind == "FXYE":
        rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
        at = [
            bank.line + 1 + i
            for i, line in enumerate(lines)
            if line.strip() and not line.startswith("#")
        ]
        if rows and len(rows[0]) != 3:
            raise DataFileError(path, f"has {len(rows[0])} columns, not 3", where=f"line {at[0]}")
        table = table_of(path, rows[: bank.points], at[: bank.points], where=bank.name)
        _check_points(path, bank, len(rows))
        two_theta, values, u = table[:, 0] / 100.0, table[:, 1], table[:, 2]
    elif bank.kind == "ESD":
        fields = _fields(path, bank, lines, 2 * bank.points)
        cells = [number(field) for field in fields]
        _check_finite(path, bank, cells, fields)
        values, u = np.array(cells[0::2]), np.array(cells[1::2])
    else:
        fields = _fields(path, bank, lines, bank.points)
        cells = [number(field[2:]) for field in fields]
        _check_finite(path, bank, cells, fields)
        values, u = np.array(cells), _of_detectors(path, bank, fields, cells, told)
    return make(path, told, two_theta=two_theta, values=values, u=u, scan=bank.name, sample=title)


def _fields(path: str | Path, bank: _Bank, lines: Sequence[str], needed: int) -> list[str]:
    """Cut records into fields of 8 characters; what follows the last one needed is padding."""
    fields = [
        line[i : i + 8]
        for line in lines
        if line.strip() and not line.startswith("#")
        for i in range(0, min(len(line.rstrip()), RECORD), 8)
    ]
    _check_points(path, bank, len(fields) // (needed // bank.points))
    return fields[:needed]


def _check_points(path: str | Path, bank: _Bank, found: int) -> None:
    if found < bank.points:
        raise DataFileError(
            path,
            f"declares {bank.points} points and holds {found}",
            where=bank.name,
            action="copy or export it again",
        )


def _check_finite(
    path: str | Path, bank: _Bank, cells: Sequence[float], fields: Sequence[str]
) -> None:
    wrong = next((i for i, cell in enumerate(cells) if not math.isfinite(cell)), None)
    if wrong is not None:
        raise DataFileError(
            path,
            f"field {wrong + 1} should hold a number, not {fields[wrong]!r}",
            where=bank.name,
        )


def _of_detectors(
    path: str | Path, bank: _Bank, fields: Sequence[str], counts: Sequence[float], told: Told
) -> Array | None:
    """Means over detectors have less noise than counts: sqrt(y / n); one detector gives counts."""
    detectors = np.array([number(field[:2].strip() or "1") for field in fields])
    if np.all(detectors == 1):
        return None
    if not np.all(detectors >= 1):
        raise DataFileError(path, "a number of detectors should be above zero", where=bank.name)
    told.say("detectors", Severity.INFO, "the values are means over several detectors")
    return np.sqrt(np.maximum(np.array(counts), 1.0) / detectors)
