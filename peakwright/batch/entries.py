"""The files of a batch with what is kept of each, brought into their order without holding it all.

Records lie in the order in which they were done. Kept in mind is where each lies; a record is read
when it is its file's turn, and forgotten after it.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from references.files import DataFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from .chunks import Chunks
    from .inputs import Found
    from .unit import Key, Record

__all__ = ["Entries", "Entry", "entries_of"]

AT_HAND = 16
"""Chunks that are held at once: neighbours were done at about the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of a batch with the records of it: of each block one, or its failure."""

    found: Found
    records: tuple[Record, ...]

    @property
    def failure(self) -> tuple[str, str] | None:
        """The error's name and sentence, where the file could not be done."""
        if self.found.failure is not None:
            return self.found.failure
        told = (record["failure"] for record in self.records if record["failure"] is not None)
        first = next(told, None)
        return None if first is None else (first["error"], first["message"])

    @property
    def findings(self) -> list[dict[str, Any]]:
        """All findings of the file."""
        return [finding for record in self.records for finding in record["findings"]]

    @property
    def tables(self) -> list[dict[str, Any]]:
        """All its numbers."""
        return [table for record in self.records for table in record["tables"]]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record lies: of which chunks, in which, at which line."""

    chunks: Chunks
    path: Path
    line: int


class Entries:
    """Files in their order; gone through as often as one likes, each time from the disk.

    Parameters
    ----------
    placed : sequence of (Found, places)
        A file, and where its records lie.
    """

    def __init__(self, placed: Sequence[tuple[Found, tuple[_Place, ...]]]) -> None:
        self._placed = placed
        self._held: OrderedDict[Path, list[str]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._placed)

    def __iter__(self) -> Iterator[Entry]:
        for found, places in self._placed:
            records = tuple(json.loads(self._line(place)) for place in places)
            yield Entry(found=found, records=records)
        self._held.clear()

    def _line(self, place: _Place) -> str:
        lines = self._held.get(place.path)
        if lines is None:
            lines = self._held[place.path] = place.chunks.lines(place.path)
            if len(self._held) > AT_HAND:
                self._held.popitem(last=False)
        self._held.move_to_end(place.path)
        return lines[place.line]


def entries_of(*parts: tuple[Sequence[Found], Chunks]) -> Entries:
    """Find the records of files, and bring them into the files' order.

    Parameters
    ----------
    *parts : (files, chunks)
        Files, and where what was done of them is kept; of each shard one pair.

    Raises
    ------
    DataFileError
        If there is no record of a file that could be read.
    """
    placed = [one for found, chunks in parts for one in _placed(found, chunks)]
    return Entries(sorted(placed, key=lambda one: one[0].place))


def _placed(found: Sequence[Found], chunks: Chunks) -> Iterator[tuple[Found, tuple[_Place, ...]]]:
    """Of each file the places of its records."""
    kept: dict[Key, tuple[_Place, int]] = {}
    for path in chunks.paths():
        for number, line in enumerate(chunks.lines(path)):
            record = json.loads(line)
            blocks = 1 if record["failure"] is not None else record["blocks"]
            key = record["file"], record["sha256"], record["block"]
            kept[key] = _Place(chunks, path, number), blocks
    for one in found:
        if one.failure is not None:
            yield one, ()
            continue
        first = kept.get((one.file, one.sha256, 0))
        number = 1 if first is None else first[1]
        places = [kept.get((one.file, one.sha256, block)) for block in range(number)]
        if any(place is None for place in places):
            raise DataFileError(one.name, "has no result yet", action="run the batch again")
        yield one, tuple(place[0] for place in places if place is not None)
