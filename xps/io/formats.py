"""The table of readers. A reader of your own registers under ``peakwright.xps.readers``.

An entry point names an object with ``sniff(head: bytes) -> bool`` and
``read(path, content: bytes) -> Reading``; it is asked before the bundled ones.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, read_bytes
from references.readers import Foreign, Format, chosen, registered

from .avantage import is_avantage, read_avantage
from .avantage_xlsx import read_avantage_xlsx
from .igor import is_igor, read_igor
from .phi import is_phi, read_phi
from .scienta import is_scienta, read_scienta
from .specs_xml import is_specs_xml, read_specs_xml
from .specs_xy import is_specs_xy, read_specs_xy
from .spreadsheet import is_workbook
from .table import is_table, read_table
from .vamas import is_vamas, read_vamas

if TYPE_CHECKING:
    from pathlib import Path

    from .reading import Reading

__all__ = ["FORMATS", "read"]

ENTRY_POINTS = "peakwright.xps.readers"
MAX_BYTES = 128 * 1024**2


FORMATS: tuple[Format[Reading], ...] = (
    Format(name="vamas", sniff=is_vamas, read=read_vamas),
    Format(name="phi", sniff=is_phi, read=read_phi),
    Format(name="specs-xml", sniff=is_specs_xml, read=read_specs_xml),
    Format(name="specs-xy", sniff=is_specs_xy, read=read_specs_xy),
    Format(name="scienta", sniff=is_scienta, read=read_scienta),
    Format(name="igor", sniff=is_igor, read=read_igor),
    Format(name="avantage", sniff=is_avantage, read=read_avantage),
    Format(name="avantage-xlsx", sniff=is_workbook, read=read_avantage_xlsx),
    Format(name="table", sniff=is_table, read=read_table),
)
"""Bundled formats, in the order in which they are tried; a table is what nothing else is."""


FOREIGN = (
    Foreign(
        mark=b"Casa Info Follows",
        what="CasaXPS's part of a VAMAS block without the spectrum",
        action="give the whole VAMAS file",
    ),
    Foreign(
        mark=b"\xd0\xcf\x11\xe0",
        suffixes=(".vgd", ".xls"),
        what="an Avantage .vgd or an old Excel workbook",
        action="export it from Avantage as VAMAS (.vms) or to Excel (.xlsx)",
    ),
    Foreign(
        mark=b"Dataset filename",
        suffixes=(".dset", ".kal"),
        what="a Kratos data set",
        action="export it from Vision or ESCApe as VAMAS (.vms)",
    ),
    Foreign(
        mark=b"SQLite format 3",
        suffixes=(".sle",),
        what="a SPECS Prodigy experiment",
        action="export it from Prodigy as .xml, .xy or VAMAS (.vms)",
    ),
    Foreign(
        mark=b"\x89HDF",
        what="an HDF5 file",
        action="export the spectra as VAMAS (.vms)",
    ),
    Foreign(
        mark=b"<?xml",
        what="XML, but not of SPECS's programs",
        action="export it as VAMAS (.vms)",
    ),
    Foreign(
        suffixes=(".pxt", ".pxp"),
        what="an Igor packed experiment",
        action="save the spectra as .ibw or text",
    ),
    Foreign(
        suffixes=(".pro",),
        what="a PHI depth profile",
        action="export it as VAMAS (.vms) from MultiPak",
    ),
)
"""What is refused by name: told by its first bytes or, where nothing else fits, by its suffix."""


def read(path: str | Path, *, format: str | None = None) -> Reading:  # noqa: A002
    """Read the spectra of a file; the format is told by its content, not by its name.

    Parameters
    ----------
    path : path
    format : str, optional
        A name in :data:`FORMATS`, to insist on one.

    Returns
    -------
    Reading
        Each spectrum has its number, from 0, as a label.

    Raises
    ------
    DataFileError
        If the file cannot be read, is of a format that is not supported, or holds no spectrum.

    Examples
    --------
    >>> import xps
    >>> reading = xps.read(xps.example_path())
    >>> [spectrum.attrs["region"] for spectrum in reading.spectra][:3]
    ['C 1s', 'Ga 2p', 'In 3d']
    """
    content = read_bytes(path, max_bytes=MAX_BYTES)
    if not content.strip():
        raise DataFileError(path, "is empty")
    found = chosen(
        path,
        content,
        (*_registered(), *FORMATS),
        FOREIGN,
        name=format,
        action="export it as VAMAS (.vms) or as text with two columns",
    )
    # What overflows, or is no number, is refused where the spectrum is made.
    with np.errstate(over="ignore", invalid="ignore"):
        reading = found.read(path, content)
    if not reading.spectra:
        why = f" ({reading.skipped[0]})" if reading.skipped else ""
        raise DataFileError(path, f"holds no spectrum{why}")
    for number, made in enumerate(reading.spectra):
        made.attrs["number"] = number
    return reading


@cache
def _registered() -> tuple[Format[Reading], ...]:
    return registered(ENTRY_POINTS)
