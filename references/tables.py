"""The library's tables as TOML and CSV give them: which there are, how a user's own join, the hash.

What a file holds is checked here field by field; what leaves this module is typed.
"""

# TOML gives what it gives.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

import difflib
import hashlib
import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from .files import DataFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = [
    "KEYED",
    "LISTED",
    "Entry",
    "Table",
    "entries_of",
    "fingerprint",
    "finite",
    "join",
    "near",
    "own_tables",
    "shown",
    "with_structures",
]

Table = Mapping[str, Any]

KEYED = (
    "source", "core_level", "beyond", "species", "sensitivity", "beta", "imfp", "phase",
    "radiation",
)  # fmt: skip
"""Tables of named entries: ``[species.LiI]``."""

LISTED = {
    "line": ("core_level", "species", "variant"),
    "reaction": ("key",),
    "separation": ("species", "first", "second"),
    "shift_sign": ("core_level", "species"),
    "overlap": ("core_level", "intruder"),
    "auger_parameter": ("element", "transition", "species"),
    "loss": ("element", "kind"),
    "ions": ("formula", "charge"),
    "standard": ("core_level", "species"),
}
"""Lists of entries, ``[[line]]``, with the fields that tell two of a list apart."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was read: a field is checked when it is asked for.

    Parameters
    ----------
    table, key : str
        For instance ``"species"``, ``"Li2S"``.
    row : mapping
        Its fields.
    file : str
        Where it stands, for messages.
    within : str
        Field of the entry that ``row`` is the content of; empty for the entry itself.
    """

    table: str
    key: str
    row: Table
    file: str
    within: str = ""

    def wrong(self, reason: str, action: str = "") -> DataFileError:
        """Give an error that names file, table, entry and field."""
        where = f"{self.table} {self.key!r}"
        if self.within:
            where += f", {self.within}"
        return DataFileError(self.file, reason, where=where, action=action)

    def has_only(self, *fields: str) -> None:
        """Refuse a field that an entry of this kind does not have."""
        for field in self.row:
            if field not in fields:
                raise self.wrong(
                    f"has an unknown key {field!r}",
                    near(field, fields) or f"it may have {', '.join(fields)}",
                )

    def of_one(self, word: str, field: str, words: Iterable[str]) -> str:
        """Refuse a word that is none of a closed list; a near one is named."""
        known = list(words)
        if word not in known:
            told = f"none of {', '.join(known)}" if len(known) > 1 else f"not {known[0]}"
            raise self.wrong(
                f"has {field} {shown(word)}, which is {told}",
                near(word, known) or f"write {field} = {known[0]!r}, or another that fits",
            )
        return word

    def text(self, field: str, default: str | None = None) -> str:
        """Give a text; one without a default must be there and say something."""
        given = self._given(field, default)
        if not isinstance(given, str) or not (given or default == ""):
            raise self.wrong(f"needs {field} as text, not {shown(given)}", f'write {field} = "..."')
        return given

    def day(self, field: str) -> str:
        """Give a day as text, empty where the field is not there; TOML has dates of its own."""
        given = self.row.get(field, "")
        return given.isoformat() if isinstance(given, date) else self.text(field, "")

    def texts(self, field: str) -> tuple[str, ...]:
        """Give a list of texts, empty where the field is not there."""
        given = self.row.get(field, [])
        if not isinstance(given, list) or not all(isinstance(t, str) and t for t in given):
            raise self.wrong(
                f"needs {field} as a list of texts, not {shown(given)}",
                f'write {field} = ["...", ...]',
            )
        return tuple(given)

    def number(self, field: str) -> float:
        """Give a finite number that must be there."""
        given = self._given(field, None)
        number = finite(given)
        if number is None:
            raise self.wrong(
                f"needs {field} as a number, not {shown(given)}", f"write {field} = 1.0"
            )
        return number

    def whole_number(self, field: str) -> int:
        """Give a whole number that must be there."""
        number = self.number(field)
        if number != int(number):
            raise self.wrong(f"needs {field} as a whole number, not {number!r}", "round it")
        return int(number)

    def truth(self, field: str, *, default: bool | None = None) -> bool:
        """Give true or false."""
        given = self._given(field, default)
        if not isinstance(given, bool):
            raise self.wrong(
                f"needs {field} as true or false, not {shown(given)}", f"write {field} = true"
            )
        return given

    def span(self, field: str) -> tuple[float, float]:
        """Give a range that must be there: two numbers, the lower first."""
        given = self._given(field, None)
        ends = [finite(end) for end in given] if isinstance(given, list) else []
        if len(ends) != 2 or ends[0] is None or ends[1] is None or not ends[0] < ends[1]:
            raise self.wrong(
                f"needs {field} as two numbers, the lower first, not {shown(given)}",
                f"write {field} = [155.0, 175.0]",
            )
        return ends[0], ends[1]

    def numbers(self, field: str) -> tuple[tuple[str, float], ...]:
        """Give a table of named numbers, empty where the field is not there."""
        inner = self.inside(field)
        return tuple((str(name), inner.number(name)) for name in inner.row)

    def inside(self, field: str) -> Entry:
        """Give a table inside the entry, empty where the field is not there."""
        given = self.row.get(field, {})
        if not isinstance(given, Mapping):
            raise self.wrong(
                f"needs {field} as a table, not {shown(given)}", f"write {field} = {{ name = ... }}"
            )
        return replace(self, row=given, within=field)

    def _given(self, field: str, default: object) -> Any:
        if field in self.row:
            return self.row[field]
        if default is None:
            raise self.wrong(f"has no {field}", near(field, self.row) or "add it")
        return default


def shown(given: object) -> str:
    """Give what was given, for a message: at most 60 characters of it."""
    written = repr(given)
    return written if len(written) <= 60 else f"{written[:57]}..."


def near(word: str, known: Iterable[str]) -> str:
    """Give ``did you mean ...?``, or nothing where nothing is near."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {found[0]}?" if found else ""


def finite(given: object) -> float | None:
    """Give a number as a float; ``None`` for what is none, and for nan and infinity."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    try:
        number = float(given)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def entries_of(tables: Table, table: str, places: Mapping[str, str]) -> Iterator[Entry]:
    """Give the entries of one table; ``places`` names the files of those a user has added."""
    content = tables[table]
    named = content.items() if isinstance(content, Mapping) else _named(table, content)
    for key, row in named:
        entry = Entry(table, str(key), row, places.get(f"{table}.{key}", f"library table {table}"))
        if not isinstance(row, Mapping):
            raise entry.wrong(
                f"should be a table of fields, not {shown(row)}", "write { field = ... }"
            )
        yield entry


def own_tables(path: str | Path, text: str) -> dict[str, Any]:
    """Read a user's TOML and check that its tables are such as the library has.

    Parameters
    ----------
    path : path
        The file it comes from, for messages.
    text : str
        What the file holds.

    Raises
    ------
    DataFileError
        If it is not TOML, empty, has a table that the library does not know, or an entry twice.
    """
    try:
        read = tomllib.loads(text)
        # A number of thousands of digits cannot be written out again: neither hashed nor shown.
        repr(read)
    except ValueError as error:  # TOMLDecodeError is one
        raise DataFileError(
            path, f"is not TOML ({error})", action="mend that place, or give a library file"
        ) from None
    except RecursionError:
        raise DataFileError(
            path, "is nested too deeply for a library file", action="give a library file"
        ) from None
    if not read:
        raise DataFileError(
            path, "holds no entries", action='add one, for instance [species."LiI"]'
        )
    for table, content in read.items():
        _check_table(path, table, content)
    return read


def _check_table(path: str | Path, table: str, content: object) -> None:
    known = [*KEYED, *LISTED]
    if table not in known:
        raise DataFileError(
            path,
            f"has a table {table!r} that the library does not know",
            where=table,
            action=near(table, known) or f"it knows {', '.join(known)}",
        )
    if not isinstance(content, list if table in LISTED else dict):
        form = f"[[{table}]]" if table in LISTED else f'[{table}."name"]'
        raise DataFileError(
            path,
            f"{table} is not a {'list' if table in LISTED else 'table'} of entries",
            where=table,
            action=f"write {form} above each entry",
        )
    if isinstance(content, list):
        seen: set[str] = set()
        for key, _ in _named(table, content):
            if key in seen:
                raise DataFileError(
                    path, "stands twice", where=f"{table} {key!r}", action="keep one of the two"
                )
            seen.add(key)


def with_structures(tables: Table, read: Callable[[str], str]) -> dict[str, Any]:
    """Give the tables with the text of each phase's CIF in the place of its file's name."""
    given: dict[str, Any] = dict(tables)
    if "phase" in given:
        given["phase"] = {key: _with_structure(row, read) for key, row in given["phase"].items()}
    return given


def _with_structure(row: Any, read: Callable[[str], str]) -> Any:
    named = row.get("cif") if isinstance(row, Mapping) else None
    return {**row, "cif": read(named)} if isinstance(named, str) and named else row


def join(tables: Table, own: Table, file: str, places: dict[str, str]) -> dict[str, Any]:
    """Give the tables with a user's entries added; a known key replaces the bundled entry.

    Parameters
    ----------
    tables, own : mapping
        What there is, and what is added.
    file : str
        Where it comes from.
    places : dict
        Gets the file of each added entry, for messages.
    """
    joined = dict(tables)
    for table, content in own.items():
        if isinstance(content, Mapping):
            joined[table] = {**tables[table], **content}
            places.update({f"{table}.{key}": file for key in content})
        else:
            named = {**dict(_named(table, tables[table])), **dict(_named(table, content))}
            joined[table] = list(named.values())
            places.update({f"{table}.{key}": file for key, _ in _named(table, content)})
    return joined


def _named(table: str, content: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Name the entries of a list by the fields that tell them apart."""
    for row in content:
        if isinstance(row, Mapping):
            yield " ".join(str(row.get(field, "")) for field in LISTED[table]).strip(), row
        else:
            yield repr(row), row


def fingerprint(tables: Table) -> str:
    """Give the SHA-256 of all entries: any digit counts, comments and the order of rows do not."""
    written = json.dumps(_ordered(dict(tables)), sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()


def _ordered(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _ordered(value) for key, value in content.items()}
    if isinstance(content, list):
        rows = [_ordered(row) for row in content]
        # A list of tables has no order of its own; a list of numbers has.
        if rows and all(isinstance(row, dict) for row in rows):
            return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True, default=str))
        return rows
    return content
