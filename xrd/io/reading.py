"""What a file held: patterns, what was passed over, and what was assumed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.files import DataFileError
from references.readers import Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import xarray as xr

    from references.readers import Told
    from references.words import Finding

    Scan = tuple[Told, Callable[[], xr.Dataset]]

__all__ = ["Reading", "gather"]

MAX_SCANS = 2000
"""More are no powder scans, and would cost more time than they are worth."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """The content of one file.

    Attributes
    ----------
    path, sha256, format : str
    patterns : tuple of Dataset
        One a scan, as :func:`xrd.pattern` makes them.
    skipped : tuple of str
        What was not taken, and why.
    notes : tuple of Finding
        What was assumed, and what looks wrong.
    """

    path: str
    sha256: str
    format: str
    patterns: tuple[xr.Dataset, ...]
    skipped: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()


def gather(path: str | Path, content: bytes, name: str, scans: Iterable[Scan]) -> Reading:
    """Make each scan's pattern, and keep what is said of it and what is passed over.

    Parameters
    ----------
    path : path
    content : bytes
        The file, for its checksum.
    name : str
        The format's.
    scans : iterable of (Told, callable)
        Each scan of the file: what is said of it, and what makes its pattern.

    Raises
    ------
    DataFileError
        If a scan is broken, or there are too many.
    """
    patterns: list[xr.Dataset] = []
    skipped: list[str] = []
    notes: list[Finding] = []
    for told, make in scans:
        if len(patterns) + len(skipped) >= MAX_SCANS:
            raise DataFileError(
                path, f"holds more than {MAX_SCANS} scans", action="give fewer scans in a file"
            )
        try:
            patterns.append(make())
        except Skipped as reason:
            skipped.append(str(reason))
            continue
        notes += told.notes
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format=name,
        patterns=tuple(patterns),
        skipped=tuple(skipped),
        notes=tuple(notes),
    )
