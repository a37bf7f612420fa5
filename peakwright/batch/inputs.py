"""Which files a batch is over: listed in an order that does not depend on the disk, each named."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, cast

from references.files import DataFileError, read_text, sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "Found",
    "Input",
    "Skipped",
    "checksum_of",
    "identified",
    "listed",
    "results_in",
    "share_of",
]

ENVIRONMENT = "environment.json", "peakwright.environment/1"
"""A file in which a result lists what it wrote, and its schema."""
PLAN = "batch.json", "peakwright.batch.plan/1"
"""A file by which a folder shows that a batch is kept in it, and its schema."""
KEPT = "batch.json", "shard.json", "chunks"
"""What a batch keeps beside its results."""
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


def listed(
    paths: Sequence[str | Path], *, out: Path | None = None, ours: list[Path] | None = None
) -> tuple[Input, ...]:
    """List the files of a batch.

    Folders are gone through to their ends. Left out are what is hidden, what results of ours wrote
    (the files that their ``environment.json`` lists, and what a batch keeps to go on), and what has
    been listed already.

    Parameters
    ----------
    paths : sequence of path
        Files and folders.
    out : Path, optional
        A folder to leave out.
    ours : list of Path, optional
        Filled with the files that were left out because results of ours wrote them.

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
    left_out: list[Path] = [] if ours is None else ours
    for given in map(Path, paths):
        _exists(given)
        top = given if given.is_dir() and not _is_measurement(given) else given.parent
        try:
            for path in _within(given, None if out is None else _resolved(out), left_out):
                where = _resolved(path)
                if where not in found:
                    name = path.relative_to(top).as_posix()
                    found[where] = Input(name, path), _resolved(top).name
        except OSError as error:
            raise _closed(Path(str(error.filename or given)), error) from error
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
    """Give the SHA-256 of all that a reader reads of an input.

    Of a file it is the file's own. Of an imzML it is that of both its checksums, the ``.ibd`` after
    the ``.imzML``, as its reader gives it; of an ITZIP export that of the names and checksums of
    its files; of a store or a cube that of the names and checksums of all files in it, hidden ones
    aside. Those are read to their ends, as a file of their size is: times and sizes would be
    cheaper, but change when a folder is copied, and a batch has to mean the same files on another
    machine.

    Raises
    ------
    DataFileError
        If it cannot be read.
    """
    if path.is_dir() and (path / OF_A_STORE).is_file():
        from tofsims.io.formats import checksum_of_folder

        return checksum_of_folder(path)
    if (spectra := _ibd_of(path)) is not None:
        return hashlib.sha256(f"{sha256(path)}{sha256(spectra)}".encode()).hexdigest()
    if siblings := _of_itzip(path):
        return _checksum_of_all((one.name, one) for one in siblings)
    return sha256(path)


def _checksum_of_all(files: Iterable[tuple[str, Path]]) -> str:
    told = "".join(f"{name} {sha256(path)}\n" for name, path in files)
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def _ibd_of(path: Path) -> Path | None:
    """The spectra of an imzML, found as its reader finds them; none where they are not there."""
    if path.suffix.casefold() != ".imzml":
        return None
    try:
        beside = sorted(path.parent.iterdir())
    except OSError as error:
        raise DataFileError(path, f"cannot be read ({error})") from error
    halves = (one for one in beside if one.stem == path.stem and one.suffix.lower() == ".ibd")
    return next(halves, None)


def _exists(path: Path) -> None:
    try:
        path.stat()
    except FileNotFoundError:
        raise DataFileError(path, "no such file or folder", action="check the path") from None
    except (OSError, ValueError) as error:
        raise DataFileError(path, f"cannot be read ({error})") from None


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _within(given: Path, out: Path | None, ours: list[Path]) -> Iterator[Path]:
    """The files under a path, each folder's own sorted by name, capitals aside."""
    pending = [given]
    seen: set[Path] = set()
    written: set[Path] = set()
    exports: set[tuple[Path, ...]] = set()
    while pending:
        path = pending.pop()
        if path in written:
            if not path.is_dir():
                ours.append(path)
            continue
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
            raise _closed(path, error) from error
        written |= {path / name for name in _written_in(path, names)}
        kept = [name for name in names if not name.startswith(".")]
        # Last in, first out.
        ordered = sorted(kept, key=lambda name: (name.casefold(), name), reverse=True)
        pending += [path / name for name in ordered]


def environment_of(folder: Path) -> dict[str, Any] | None:
    """Give the ``environment.json`` that a result of ours wrote into a folder, if there is one."""
    return _told(folder, *ENVIRONMENT)


def results_in(folder: Path) -> set[str]:
    """Give the files that a result of ours wrote into a folder, as its ``environment.json`` says.

    A name that leads elsewhere is no file of the folder's, whoever wrote it there.
    """
    told = environment_of(folder)
    if told is None:
        return set()
    files = told.get("files")
    listed = cast("list[Any]", files) if isinstance(files, list) else []
    names = {one for one in listed if isinstance(one, str)}
    inside = {
        one
        for one in names
        if one and ".." not in (path := PurePath(one)).parts and not path.is_absolute()
    }
    return {ENVIRONMENT[0], *inside}


def _written_in(folder: Path, names: Sequence[str]) -> set[str]:
    """What results of ours wrote into a folder, and what a batch keeps there."""
    found = results_in(folder) if ENVIRONMENT[0] in names else set[str]()
    if PLAN[0] in names and _told(folder, *PLAN) is not None:
        found |= set(KEPT)
    return found


def _told(folder: Path, name: str, schema: str) -> dict[str, Any] | None:
    """A document of ours; none where it is somebody else's."""
    try:
        told: Any = json.loads(read_text(folder / name))
    except (DataFileError, ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or cast("dict[str, Any]", told).get("schema") != schema:
        return None
    return cast("dict[str, Any]", told)


def _closed(path: Path, error: OSError) -> DataFileError:
    """Say that a folder cannot be gone through; to leave it out is for the user to say."""
    if isinstance(error, PermissionError):
        reason = "may not be read"
    else:
        reason = f"cannot be gone through ({error.strerror or error})"
    return DataFileError(
        path, reason, action="check its permissions, or name what is beside it one by one"
    )


def _is_measurement(folder: Path) -> bool:
    """Whether a folder is itself what a reader takes: a cube or an event store."""
    try:
        return (folder / OF_A_STORE).is_file()
    except PermissionError:  # told when the folder is gone through
        return False


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
