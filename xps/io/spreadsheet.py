"""The cells of an Excel workbook (``.xlsx``), read without following anything in it.

A workbook is a zip archive of XML (ECMA-376, SpreadsheetML): a list of sheets, a table of shared
strings, and the cells of each sheet. Formulas are not computed; the value stored with them is
taken.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.archive import Archive
from references.files import DataFileError
from references.xmltree import read_xml, walk_xml

from .written import number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Sheet", "is_workbook", "sheets_of"]

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
MAX_SHEETS = 500
WORKBOOK = "xl/workbook.xml"

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """One sheet.

    Attributes
    ----------
    name : str
    cells : dict of (row, column) -> float or str
        Rows and columns count from 0; empty cells are left out.
    """

    name: str
    cells: dict[tuple[int, int], float | str]

    def text(self, row: int, column: int) -> str:
        """Give a cell's text; empty where there is none."""
        value = self.cells.get((row, column), "")
        return value.strip() if isinstance(value, str) else f"{value:g}"

    def value(self, row: int, column: int) -> float | None:
        """Give a cell's number, or ``None`` where it holds none."""
        value = self.cells.get((row, column))
        return value if isinstance(value, float) else None


def is_workbook(head: bytes) -> bool:
    """Whether a file begins as a zip archive; whether it is a workbook shows when it is opened."""
    return head[:4] == b"PK\x03\x04"


def cell_name(row: int, column: int) -> str:
    """Name a cell as the program does: ``cell_name(16, 2)`` is ``"C17"``.

    Examples
    --------
    >>> cell_name(0, 27)
    'AB1'
    """
    letters, left = "", column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{row + 1}"


def sheets_of(path: str | Path, content: bytes) -> Iterator[Sheet]:
    """Give the sheets of a workbook one after another.

    Raises
    ------
    DataFileError
        If it is no workbook, is damaged, or would unpack to more than is sensible.
    """
    archive = Archive(path, content)
    if WORKBOOK not in archive.names:
        raise DataFileError(
            path, "is a zip archive, but no spreadsheet", action="unpack it and give a file in it"
        )
    strings = _strings(path, archive)
    for name, part in _parts(path, archive):
        cells = _Cells(path, name, strings)
        walk_xml(path, archive.read(part), cells, where=f"sheet {name[:40]!r}")
        yield Sheet(name=name, cells=cells.found)


def _parts(path: str | Path, archive: Archive) -> list[tuple[str, str]]:
    """Give each sheet's name and the part of the archive that holds it."""
    relations = "xl/_rels/workbook.xml.rels"
    targets = {
        node.attributes.get("Id", ""): node.attributes.get("Target", "")
        for node in read_xml(path, archive.read(relations), where=relations).children
    }
    book = read_xml(path, archive.read(WORKBOOK), where=WORKBOOK)
    listed = [n for part in book.children if part.tag == "sheets" for n in part.children]
    if len(listed) > MAX_SHEETS:
        raise DataFileError(path, f"has {len(listed)} sheets, more than {MAX_SHEETS}")
    found: list[tuple[str, str]] = []
    for node in listed:
        key = next((v for k, v in node.attributes.items() if k.endswith("}id")), "")
        target = posixpath.normpath(posixpath.join("/xl", targets.get(key, ""))).lstrip("/")
        # Chart sheets hold no cells.
        if "worksheets/" in target:
            found.append((node.attributes.get("name", ""), target))
    return found


def _strings(path: str | Path, archive: Archive) -> list[str]:
    part = "xl/sharedStrings.xml"
    if part not in archive.names:
        return []
    strings = _SharedStrings()
    walk_xml(path, archive.read(part), strings, where=part)
    return strings.found


class _SharedStrings:
    """Collects the text of each ``si``, but not how it is pronounced (``rPh``)."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._takes = self._pronounced = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if tag == "si":
            self._pieces = []
        self._pronounced = self._pronounced or tag == "rPh"
        self._takes = tag == "t" and not self._pronounced

    def data(self, text: str) -> None:
        if self._takes:
            self._pieces.append(text)

    def end(self, tag: str) -> None:
        self._takes = False
        if tag == "rPh":
            self._pronounced = False
        if tag == "si":
            self.found.append("".join(self._pieces))


class _Cells:
    """Collects the cells of a sheet."""

    def __init__(self, path: str | Path, name: str, strings: list[str]) -> None:
        self.found: dict[tuple[int, int], float | str] = {}
        self._path = path
        self._name = name
        self._strings = strings
        self._row, self._column = -1, -1
        self._kind = ""
        self._pieces: list[str] = []
        self._takes = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            given = attributes.get("r", "")
            self._row = int(given) - 1 if given.isdecimal() and len(given) < 8 else self._row + 1
            self._column = -1
        elif tag == "c":
            match = _REFERENCE.fullmatch(attributes.get("r", ""))
            if match:
                self._row, self._column = int(match[2]) - 1, _column(match[1])
            else:
                self._column += 1
            self._kind, self._pieces = attributes.get("t", "n"), []
        self._takes = tag in {"v", "t"}

    def data(self, text: str) -> None:
        if self._takes:
            self._pieces.append(text)

    def end(self, tag: str) -> None:
        self._takes = False
        if tag != "c" or not self._pieces:
            return
        value = self._value("".join(self._pieces))
        if not (0 <= self._row < MAX_ROW and 0 <= self._column < MAX_COLUMN):
            raise self._wrong("lies outside any sheet")
        self.found[self._row, self._column] = value

    def _value(self, text: str) -> float | str:
        if self._kind == "s":
            if not (text.isdecimal() and len(text) < 10 and int(text) < len(self._strings)):
                raise self._wrong(f"names a shared string {text[:20]!r} that is not there")
            return self._strings[int(text)]
        if self._kind == "n":
            value = number(text)
            return value if value == value else text  # noqa: PLR0124 - NaN is text that was no number
        return text

    def _wrong(self, reason: str) -> DataFileError:
        return DataFileError(
            self._path,
            reason,
            where=f"sheet {self._name[:40]!r}, row {self._row + 1}",
            action="save it again as .xlsx",
        )


def _column(letters: str) -> int:
    index = 0
    for letter in letters:
        index = 26 * index + ord(letter) - ord("A") + 1
    return index - 1
