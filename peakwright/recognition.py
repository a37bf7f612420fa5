"""Which technique a file is of, told by its first bytes before any reader takes it up."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from references.files import DataFileError, LargeFile, sha256
from references.readers import HEAD

if TYPE_CHECKING:
    from references.readers import Format

    Technique = Literal["xps", "xrd", "tofsims"]

__all__ = ["is_input", "is_there", "technique_of", "techniques_of"]

TAIL = 4096
"""Bytes at the end of a table, where its last row stands."""

MOST_OF_A_CIF = 16 * 1024**2
"""Bytes of a CIF in which a pattern is looked for."""

WIDEST_REGION = 30.0
"""A table without a word over more than this, and not beyond any diffraction angle, is a pattern
[eV or degrees]."""
LARGEST_ANGLE = 165.0
"""No powder pattern goes on beyond this 2 theta [degrees]."""

LEAST_ROWS = 5
"""Fewer rows than this are a table of results."""
LEAST_COLUMNS = 2

LARGEST = 10**12
"""No measurement is larger than this [bytes]; some files of the system say they are."""

_MARKS = re.compile(r"[\s;,]+")
_ENERGY = re.compile(
    r"binding|kinetic|pass\s?energy|\bxps\b|\b[bk]\.?\s?e\b|(?<=[\d\s(\[/])eV\b", re.IGNORECASE
)
_ANGLE = re.compile(
    r"(2|two)[\s_-]?(theta|th\b|θ)|diffract|wavelength|\bk-?alpha1?\b|\bxrd\b|angle", re.IGNORECASE
)
_LEVEL = re.compile(r"(?<![A-Za-z])[A-Z][a-z]?[\s_]?[1-6][spdf](?![A-Za-z])")
_OF_PATTERNS = {".xye", ".prn", ".xra", ".gsa", ".fxye"}


def technique_of(path: str | Path) -> Technique | None:
    r"""Tell the technique that a file is of; ``None`` where no reader would take it.

    The readers are asked by the file's first 64 KiB, none reads it. Two columns of numbers without
    a word may be either of two: the likelier is given, :func:`techniques_of` gives both.

    Parameters
    ----------
    path : path
        A file, or a folder that is a cube, an event store or an ITZIP export.

    Returns
    -------
    {"xps", "xrd", "tofsims"} or None

    Raises
    ------
    DataFileError
        If it is not there or cannot be read.

    Examples
    --------
    >>> import tempfile, xps
    >>> technique_of(xps.example_path())
    'xps'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_text("2theta,counts\n10.00,120\n10.02,180\n10.04,150\n")
    ...     technique_of(path)
    'xrd'
    """
    return next(iter(techniques_of(path)), None)


def techniques_of(path: str | Path) -> tuple[Technique, ...]:
    """Tell the techniques that a file may be of, the likelier first.

    Parameters, errors: as :func:`technique_of`.

    Returns
    -------
    tuple of str
        None, one, or two of them.
    """
    from tofsims.io.itzip import is_itzip

    given = Path(path)
    if is_itzip(given):
        return ("tofsims",)
    if given.is_dir():
        return ("tofsims",) if _is_store(given) else ()
    with LargeFile(given) as file:
        head = file.read(0, min(file.size, HEAD)).removeprefix(b"\xef\xbb\xbf")
        if not head.strip():
            return ()
        if named := _by_format(head):
            return () if _is_structure(head, file) else named
        if not _is_columns(head):
            return ()
        begin = max(file.size - TAIL, 0)
        tail = file.read(begin, file.size - begin)
    return _by_columns(given, head, tail)


def _is_store(folder: Path) -> bool:
    from tofsims.cubestore import is_cube
    from tofsims.eventstore import is_store

    return is_cube(folder) or is_store(folder)


def _is_structure(head: bytes, file: LargeFile) -> bool:
    """Whether it is a CIF, and nowhere in it is a powder pattern."""
    from xrd.io.pdcif import is_pdcif

    if not is_pdcif(head):
        return False
    return b"_pd_" not in file.read(0, min(file.size, MOST_OF_A_CIF)).lower()


def _by_format(head: bytes) -> tuple[Technique, ...]:
    """The technique of the format that a file's first bytes name, tables aside."""
    for technique, formats in _formats():
        if any(one.sniff(head) for one in formats):
            return (technique,)
    return ()


@cache
def _formats() -> tuple[tuple[Technique, tuple[Format[Any], ...]], ...]:
    """The formats of each technique but its tables, in the order in which they are asked."""
    import tofsims.io.formats
    import xps.io.formats
    import xrd.io.formats
    from references.readers import registered

    listed: tuple[tuple[Technique, tuple[Format[Any], ...]], ...] = (
        ("xps", registered(xps.io.formats.ENTRY_POINTS)),
        ("xrd", xrd.io.formats.FORMATS),
        ("tofsims", tofsims.io.formats.FORMATS),
        # Last: of a zip archive it knows only that it is one.
        ("xps", xps.io.formats.FORMATS),
    )
    return tuple((name, tuple(f for f in formats if f.name != "table")) for name, formats in listed)


def _is_columns(head: bytes) -> bool:
    from xps.io.table import is_table as is_spectrum
    from xrd.io.table import is_table as is_pattern

    return is_spectrum(head) or is_pattern(head)


def _by_columns(path: Path, head: bytes, tail: bytes) -> tuple[Technique, ...]:
    """What the words of a table say, or else its name, or else how far its first column goes."""
    from xps.io.columns import decoded

    text = decoded(head)
    words = "\n".join(line for line in text.splitlines()[:400] if not _numbers(line))
    if path.suffix.lower() in _OF_PATTERNS:
        return ("xrd",)
    for said in (words, path.stem):
        energy = _ENERGY.search(said) or _LEVEL.search(said)
        if bool(energy) != bool(_ANGLE.search(said)):
            return ("xps",) if energy else ("xrd",)
    rows = [row for line in text.splitlines()[:400] if (row := _numbers(line))]
    if len(rows) < LEAST_ROWS:
        return ()
    first = rows[0][0]
    ends = [row[0] for line in decoded(tail).splitlines()[1:] if (row := _numbers(line))]
    last = ends[-1] if ends else rows[-1][0]
    if last < first or last > LARGEST_ANGLE:
        return ("xps",)
    return ("xrd", "xps") if last - first > WIDEST_REGION else ("xps", "xrd")


def _numbers(line: str) -> tuple[float, ...]:
    """The numbers of a row, two or more of them; none where something else stands in it."""
    found: list[float] = []
    for cell in _MARKS.split(line.strip(" \t\r,;")):
        try:
            found.append(float(cell))
        except ValueError:
            return ()
    return tuple(found) if len(found) >= LEAST_COLUMNS else ()


def is_there(place: Path) -> bool:
    """Whether a regular file or a folder is there: a device or a pipe would never end."""
    try:
        return place.is_file() or place.is_dir()
    except (OSError, ValueError):
        return False


def is_input(place: Path, wanted: str) -> bool:
    """Whether a file has a hash, by which a result named it.

    A measurement of several files has one of all of them, as its reader forms it.

    Parameters
    ----------
    place : Path
        A file or a folder.
    wanted : str
        SHA-256.

    Raises
    ------
    DataFileError
        If the file cannot be read.
    """
    if place.is_file():
        if place.stat().st_size > LARGEST:
            return False
        if sha256(place) == wanted:
            return True
    if not place.is_dir() and place.suffix.lower() not in {".imzml", ".zip", ".itax", ".ita"}:
        return False
    import tofsims

    try:
        return tofsims.read(place).sha256 == wanted
    except DataFileError:
        return False
