"""The table of readers, and what is refused by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, read_bytes
from references.readers import Foreign, Format, chosen
from references.words import Finding, Severity

from .brml import is_brml, read_brml
from .gsas import is_gsas, read_gsas
from .pdcif import is_pdcif, read_pdcif
from .ras import is_ras, read_ras
from .rasx import is_rasx, read_rasx
from .raw4 import is_raw4, read_raw4
from .table import is_table, read_table
from .xrdml import is_xrdml, read_xrdml

if TYPE_CHECKING:
    from pathlib import Path

    from .reading import Reading

__all__ = ["FORMATS", "read"]

MAX_BYTES = 128 * 1024**2


FORMATS: tuple[Format[Reading], ...] = (
    Format(name="xrdml", sniff=is_xrdml, read=read_xrdml),
    Format(name="brml", sniff=is_brml, read=read_brml),
    Format(name="raw4", sniff=is_raw4, read=read_raw4),
    Format(name="ras", sniff=is_ras, read=read_ras),
    Format(name="rasx", sniff=is_rasx, read=read_rasx),
    Format(name="gsas", sniff=is_gsas, read=read_gsas),
    Format(name="pdcif", sniff=is_pdcif, read=read_pdcif),
    Format(name="table", sniff=is_table, read=read_table),
)
"""Bundled formats, in the order in which they are tried; a table is what nothing else is."""


FOREIGN = (
    Foreign(
        mark=b"RAW1.01",
        what="a Bruker RAW file of version 3",
        action="convert it in DIFFRAC or with Bruker's File Exchange to .brml, RAW4 or .xy",
    ),
    Foreign(
        mark=b"RAW2",
        what="a Bruker RAW file of version 2",
        action="convert it in DIFFRAC or with Bruker's File Exchange to .brml, RAW4 or .xy",
    ),
    Foreign(
        mark=b"RAW ",
        what="a Bruker RAW file of version 1",
        action="convert it in DIFFRAC or with Bruker's File Exchange to .brml, RAW4 or .xy",
    ),
    Foreign(
        mark=b"FI\0",
        what="a binary Rigaku .raw file",
        action="export it as .ras, .rasx or text",
    ),
    Foreign(
        mark=b"PK\x03\x04",
        what="a zip archive, but neither Bruker's .brml nor Rigaku's .rasx",
        action="unpack it and give the file inside",
    ),
    Foreign(
        mark=b"\x89HDF",
        what="an HDF5 file",
        action="export the pattern as .xy or .xye",
    ),
    Foreign(
        mark=b"<?xml",
        what="XML, but not PANalytical's .xrdml",
        action="export the pattern as .xrdml or .xy",
    ),
)
"""What is refused by name."""


def read(path: str | Path, *, format: str | None = None) -> Reading:  # noqa: A002
    r"""Read the patterns of a file; the format is told by its content, not by its name.

    Parameters
    ----------
    path : path
    format : str, optional
        A name in :data:`FORMATS`, to insist on one.

    Returns
    -------
    Reading
        Each pattern has its number, from 0, as a label; several are announced by a note.

    Raises
    ------
    DataFileError
        If the file cannot be read, is of a format that is not supported, or holds no pattern.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.xy"
    ...     _ = path.write_text("30.00 120\n30.02 180\n30.04 150\n")
    ...     reading = read(path)
    >>> reading.format, reading.patterns[0]["counts"].values
    ('table', array([120., 180., 150.]))
    """
    content = read_bytes(path, max_bytes=MAX_BYTES)
    if not content.strip():
        raise DataFileError(path, "is empty", action="copy or export it again")
    found = chosen(
        path,
        content,
        FORMATS,
        FOREIGN,
        name=format,
        action="give .xy, .xye, .csv, .xrdml, .brml, RAW4, .ras, .rasx, powder CIF or GSAS",
    )
    # What overflows, or is no number, is refused where the pattern is made.
    with np.errstate(over="ignore", invalid="ignore"):
        reading = found.read(path, content)
    if not reading.patterns:
        why = f" ({reading.skipped[0]})" if reading.skipped else ""
        raise DataFileError(path, f"holds no powder pattern{why}")
    for number, made in enumerate(reading.patterns):
        made.attrs["number"] = number
    if len(reading.patterns) > 1:
        return replace(reading, notes=(_several(reading), *reading.notes))
    return reading


def _several(reading: Reading) -> Finding:
    names = [made.attrs["scan"] for made in reading.patterns]
    shown = ", ".join(f"{i} {name}" for i, name in enumerate(names[:10]))
    return Finding(
        rule="several_scans",
        severity=Severity.INFO,
        subject="the file",
        reported=str(len(names)),
        message=f"the file holds several scans, each a pattern of its own: {shown}"
        f"{', ...' if len(names) > 10 else ''}",
    )
