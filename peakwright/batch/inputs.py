"""Which files a batch is over: listed in an order that does not depend on the disk, each named."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from references.files import DataFileError, sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Found", "Input", "Skipped", "checksum_of", "identified", "listed", "share_of"]

OURS = {"environment.json", "batch.json"}
"""Files by which a folder shows that results of ours are in it."""
OF_A_STORE = "zarr.json"


@dataclass(frozen=True, slots=True)
class Input:
    """A file of a batch: what results call it, where it lies, and its place among all."""

    name: str
    path: Path
    place: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a batch, read far enough to know its checksum, or why it cannot be read.

    Attributes
    ----------
    name, file : str
        What results call it, and its base name.
    sha256 : str
        Empty where it cannot be read.
    failure : (error, message) or None
    place : int
        Among all files that were listed.
    """

    name: str
    file: str
    sha256: str
    failure: tuple[str, str] | None = None
    place: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is left out, and why."""

    name: str
    reason: str
    place: int = 0


def identified(given: Input, error: DataFileError | None = None) -> Found:
    """Read a file for its checksum, unless an error has told already that it cannot be."""
    if error is None:
        try:
            digest = checksum_of(given.path)
            return Found(given.name, given.path.name, digest, place=given.place)
        except DataFileError as unreadable:
            error = unreadable
    known = DataFileError(given.path.name, error.reason, where=error.where, action=error.action)
    failure = "DataFileError", str(known)
    return Found(given.name, given.path.name, "", failure, place=given.place)


def listed(paths: Sequence[str | Path], *, out: Path | None = None) -> tuple[Input, ...]:
    """List the files of a batch.

    Folders are gone through to their ends. Left out are what is hidden, folders with results of
    ours, and what has been listed already.

    Parameters
    ----------
    paths : sequence of path
        Files and folders.
    out : Path, optional
        A folder to leave out.

    Returns
    -------
    tuple of Input
        As the paths were given; within a folder sorted by name. A file is called as its folder
        shows it (``"cycle 3/a.vms"``); names that would come twice get their folder's before them.

    Raises
    ------
    DataFileError
        If a path is not there, or a folder cannot be read.
    """
    found: dict[Path, tuple[Input, str]] = {}
    for given in map(Path, paths):
        _exists(given)
        top = given if given.is_dir() and not _is_measurement(given) else given.parent
        for path in _within(given, None if out is None else _resolved(out)):
            where = _resolved(path)
            if where not in found:
                name = path.relative_to(top).as_posix()
                found[where] = Input(name, path), _resolved(top).name
    return _told_apart(list(found.values()))


def share_of(inputs: Sequence[Input], number: int, of: int) -> tuple[Input, ...]:
    """Give the files of shard ``number`` (from 1) of so many: every so-many-th file.

    Examples
    --------
    >>> files = [Input(name, Path(name)) for name in "abcde"]
    >>> [one.name for one in share_of(files, 2, 3)]
    ['b', 'e']
    """
    return tuple(inputs[number - 1 :: of])


def checksum_of(path: Path) -> str:
    """Give the SHA-256 of a file; of a store that of its head, of an ITZIP that of all its files.

    Raises
    ------
    DataFileError
        If it cannot be read.
    """
    if path.is_dir() and (path / OF_A_STORE).is_file():
        return sha256(path / OF_A_STORE)
    if siblings := _of_itzip(path):
        told = "".join(f"{one.name} {sha256(one)}\n" for one in siblings)
        return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()
    return sha256(path)


def _exists(path: Path) -> None:
    try:
        path.stat()
    except FileNotFoundError:
        raise DataFileError(path, "no such file or folder", action="check the path") from None
    except (OSError, ValueError) as error:
        raise DataFileError(path, f"cannot be read ({error})") from None


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _within(given: Path, out: Path | None) -> Iterator[Path]:
    """The files under a path, each folder's own sorted by name, capitals aside."""
    pending = [given]
    seen: set[Path] = set()
    exports: set[tuple[Path, ...]] = set()
    while pending:
        path = pending.pop()
        if not path.is_dir() or _is_measurement(path):
            parts = _of_itzip(path)
            if not parts or parts not in exports:
                exports.add(parts)
                yield path
            continue
        where = _resolved(path)
        if where == out or where in seen:
            continue
        seen.add(where)
        try:
            names = [one.name for one in path.iterdir()]
        except OSError as error:
            raise DataFileError(path, f"cannot be read ({error})") from None
        if OURS & set(names):
            continue
        kept = [name for name in names if not name.startswith(".")]
        # Last in, first out.
        ordered = sorted(kept, key=lambda name: (name.casefold(), name), reverse=True)
        pending += [path / name for name in ordered]


def _is_measurement(folder: Path) -> bool:
    """Whether a folder is itself what a reader takes: a cube or an event store."""
    return (folder / OF_A_STORE).is_file()


def _of_itzip(path: Path) -> tuple[Path, ...]:
    """The files of the ITZIP export that a file belongs to; none where it belongs to none."""
    stem, mark, _ = path.name.partition(".itm.")
    if not mark and path.name.endswith(".properties.txt"):
        stem = path.name.removesuffix(".properties.txt")
    elif not mark:
        return ()
    names = [f"{stem}.itm.{end}" for end in ("coords", "scans", "shots", "tofs")]
    there = [one for name in names if (one := path.parent / name).is_file()]
    properties = path.parent / f"{stem}.properties.txt"
    return (*there, properties) if there and properties.is_file() else tuple(there)


def _told_apart(found: Sequence[tuple[Input, str]]) -> tuple[Input, ...]:
    """Give names that come twice their folder's name, and what still does a number."""
    times = Counter(one.name for one, _ in found)
    twice = {name for name, number in times.items() if number > 1}
    made = [
        replace(one, name=f"{folder}/{one.name}") if one.name in twice and folder else one
        for one, folder in found
    ]
    counted: Counter[str] = Counter()
    final: list[Input] = []
    for one in made:
        counted[one.name] += 1
        number = counted[one.name]
        name = one.name if number == 1 else f"{one.name} ({number})"
        final.append(replace(one, name=name, place=len(final)))
    return tuple(final)
