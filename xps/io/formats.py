"""The table of readers. A reader of your own registers under ``peakwright.xps.readers``.

An entry point names an object with ``sniff(head: bytes) -> bool`` and
``read(path, content: bytes) -> Reading``; it is asked before the bundled ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from references.files import DataFileError, read_bytes

from .table import is_table, read_table
from .vamas import is_vamas, read_vamas

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .reading import Reading

__all__ = ["FORMATS", "Format", "read"]

ENTRY_POINTS = "peakwright.xps.readers"
MAX_BYTES = 128 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format: its name, how it is told by its first bytes, how it is read."""

    name: str
    sniff: Callable[[bytes], bool]
    read: Callable[[str | Path, bytes], Reading]


FORMATS = (
    Format(name="vamas", sniff=is_vamas, read=read_vamas),
    Format(name="table", sniff=is_table, read=read_table),
)
"""Bundled formats, in the order in which they are tried."""

KNOWN_FOREIGN = (
    (b"SOFH", "a PHI .spe file"),
    (b"Casa Info Follows", "CasaXPS's part of a VAMAS block without the spectrum"),
    (b"<?xml", "an XML file (SPECS, or another vendor's)"),
    (b"[Info]", "a Scienta text export"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet"),
)


def read(path: str | Path, *, format: str | None = None) -> Reading:  # noqa: A002
    """Read the spectra of a file; the format is told by its content, not by its name.

    Parameters
    ----------
    path : path
    format : str, optional
        ``"vamas"`` or ``"table"``, to insist on one.

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
    known = (*_registered(), *FORMATS)
    if format is not None:
        chosen = next((f for f in known if f.name == format), None)
        if chosen is None:
            raise DataFileError(
                path,
                f"no reader {format!r}",
                action=f"there are {', '.join(f.name for f in known)}",
            )
        reading = chosen.read(path, content)
    else:
        head = content[:65536].removeprefix(b"\xef\xbb\xbf")
        for mark, what in KNOWN_FOREIGN:
            if head.lstrip()[:64].startswith(mark):
                raise DataFileError(
                    path, f"is {what}, which is not read yet", action="export it as VAMAS (.vms)"
                )
        chosen = next((f for f in known if f.sniff(head)), None)
        if chosen is None:
            raise DataFileError(
                path,
                "is neither VAMAS nor columns of numbers",
                action="export it as VAMAS (.vms) or as text with two columns",
            )
        reading = chosen.read(path, content)
    if not reading.spectra:
        why = f" ({reading.skipped[0]})" if reading.skipped else ""
        raise DataFileError(path, f"holds no spectrum{why}")
    for number, made in enumerate(reading.spectra):
        made.attrs["number"] = number
    return reading


@cache
def _registered() -> tuple[Format, ...]:
    from importlib.metadata import entry_points

    found: list[Format] = []
    for point in entry_points(group=ENTRY_POINTS):
        reader = point.load()
        found.append(Format(name=point.name, sniff=reader.sniff, read=reader.read))
    return tuple(found)
