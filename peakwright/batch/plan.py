"""What a batch is, as its folder says it: one recipe, library and version; one process at work."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from references.files import DataFileError, locked, read_text, remove_file, write_atomic
from references.words import InputError

from ..counted import counted
from ..store import check_folder, json_text
from .chunks import Chunks
from .delivery import DOCUMENTS, Share
from .inputs import Found, Skipped
from .unit import Setting

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

__all__ = [
    "CHUNKS",
    "LOCK",
    "PLAN",
    "at_work",
    "held",
    "read_files",
    "read_plan",
    "sweep",
    "write_files",
]

PLAN = "batch.json"
SCHEMA = "peakwright.batch.plan/1"
CHUNKS = "chunks"
LOCK = ".lock"
FILES = "shard.json"
FILES_SCHEMA = "peakwright.batch.shard/1"

BEGUN = re.compile(r"\.[a-z0-9_]{8}\.tmp")
"""A file that was not yet given its name."""

MUST_AGREE = {
    "technique": "technique",
    "recipe_sha256": "recipe",
    "engine": "engine",
    "registry": "peak library",
    "version": "version of peakwright",
}
"""What results of one batch have in common, and what it is called."""


@contextmanager
def held(folder: Path, setting: Setting, share: Share | None) -> Generator[Chunks]:
    """Hold the folder of a batch while it is at work.

    Yields
    ------
    Chunks
        What has been done so far.

    Raises
    ------
    DataFileError
        If the folder is another batch's, or another process is at work there.
    """
    check_folder(folder)
    path = folder / PLAN
    if not path.exists() and (folder / "result.json").exists():
        raise DataFileError(
            folder, "holds a result already, and no batch", action="name another with --out"
        )
    with at_work(folder, "a batch is at work there: wait, or name another with --out"):
        chunks = Chunks(folder / CHUNKS, setting.sha256)
        with _nothing_left_of_nothing(path, chunks):
            if path.exists():
                _refuse_other(folder, _plan(setting, share))
            else:
                chunks.check_ours()
                write_atomic(path, json_text(_plan(setting, share)))
            sweep(folder, folder / CHUNKS, folder / DOCUMENTS)
            yield chunks


@contextmanager
def at_work(folder: Path, action: str) -> Generator[None]:
    """Let nobody else write to a folder; where it ends in an error, make none that stays empty.

    Raises
    ------
    DataFileError
        If another process is at work there; ``action`` says what to do.
    """
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    lock = folder / LOCK
    found, begun = lock.exists(), (folder / PLAN).exists()
    try:
        with locked(lock, action=action):
            try:
                yield
            except BaseException:
                # Still held, so that it is nobody else's; some systems keep a file that is open.
                if not found and (begun or not (folder / PLAN).exists()):
                    with suppress(DataFileError):
                        remove_file(lock)
                raise
    except BaseException:
        _remove_empty(*made)
        raise


@contextmanager
def _nothing_left_of_nothing(plan: Path, chunks: Chunks) -> Generator[None]:
    """Remove what a batch has made that ends before it has kept anything, or is refused.

    A batch is refused that could use none of its files: their errors are no results.
    """
    begun, kept = plan.exists(), bool(chunks.paths())
    try:
        yield
    except BaseException as error:
        with suppress(DataFileError):
            if isinstance(error, InputError) and not kept:
                for path in chunks.paths():
                    remove_file(path)
            if not begun and not chunks.paths():
                sweep(chunks.folder)
                _remove_empty(chunks.folder)
                remove_file(plan)
        raise


def _remove_empty(*folders: Path) -> None:
    """Remove folders, the inner one first, as far as nothing is in them."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def read_plan(folder: Path) -> tuple[Setting, Share | None]:
    """Read what a folder's batch is.

    Raises
    ------
    DataFileError
        If there is none, or not as a batch writes it.
    """
    plan = _read(folder)
    try:
        share = None if plan["shard"] is None else Share(**plan["shard"])
        setting = Setting(
            technique=plan["technique"],
            engine=plan["engine"],
            recipe=plan["recipe"],
            library=(),
            registry=plan["registry"],
            registry_version=plan["registry_version"],
            version=plan["version"],
            beside=tuple((name, digest) for name, digest in plan["beside"]),
        )
        whole = setting.sha256 == plan["batch"]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _damaged(folder) from None
    if not whole:
        raise _damaged(folder)
    return setting, share


def write_files(
    folder: Path, setting: Setting, found: Sequence[Found], skipped: Sequence[Skipped]
) -> None:
    """Write which files a shard was over: with its chunks all that putting it to others needs."""
    told = {
        "schema": FILES_SCHEMA,
        "batch": setting.sha256,
        "files": [asdict(one) for one in found],
        "skipped": [asdict(one) for one in skipped],
    }
    write_atomic(folder / FILES, json_text(told))


def read_files(folder: Path, setting: Setting) -> tuple[list[Found], list[Skipped]]:
    """Read which files a shard was over.

    Raises
    ------
    DataFileError
        If the shard is not finished, or the list not as it was written.
    """
    if not (folder / FILES).exists():
        raise DataFileError(
            folder, "holds a shard that is not finished", action="run it again, which goes on"
        )
    try:
        told: Any = json.loads(read_text(folder / FILES))
        as_written = (told["schema"], told["batch"]) == (FILES_SCHEMA, setting.sha256)
        found = [
            Found(**one | {"failure": None if one["failure"] is None else tuple(one["failure"])})
            for one in told["files"]
        ]
        skipped = [Skipped(**one) for one in told["skipped"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        as_written, found, skipped = False, [], []
    if not as_written:
        raise DataFileError(
            folder / FILES, "is not as a batch wrote it", action="run the shard again"
        )
    return found, skipped


def sweep(*folders: Path) -> None:
    """Remove what a batch that was killed had begun to write; nobody else writes there now."""
    for folder in folders:
        if folder.is_dir():
            for path in folder.iterdir():
                if BEGUN.fullmatch(path.name):
                    remove_file(path)


def _plan(setting: Setting, share: Share | None) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "batch": setting.sha256,
        "version": setting.version,
        "technique": setting.technique,
        "engine": setting.engine,
        "registry": setting.registry,
        "registry_version": setting.registry_version,
        "recipe_sha256": setting.recipe_sha256,
        "beside": [list(one) for one in setting.beside],
        "shard": None if share is None else share.to_dict(),
        "recipe": setting.recipe,
    }


def _read(folder: Path) -> dict[str, Any]:
    if not (folder / PLAN).exists():
        what = "holds no batch" if folder.is_dir() else "no such folder"
        raise DataFileError(
            folder, what, action="give folders that `peakwright batch --shard` has written"
        )
    try:
        found: Any = json.loads(read_text(folder / PLAN))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or cast("dict[str, Any]", found).get("schema") != SCHEMA:
        raise _damaged(folder)
    return cast("dict[str, Any]", found)


def _damaged(folder: Path) -> DataFileError:
    return DataFileError(
        folder / PLAN,
        "is not as a batch wrote it",
        action="name another folder with --out, or remove this one",
    )


def _refuse_other(folder: Path, plan: dict[str, Any]) -> None:
    """Results of two batches in one folder could not be told apart."""
    there = _read(folder)
    for key, what in MUST_AGREE.items():
        if there.get(key) != plan[key]:
            raise _other(folder, there, f"another {what}", there.get(key), plan[key])
    if there.get("shard") != plan["shard"]:
        known, now = (cast("dict[str, Any]", one["shard"] or {}) for one in (there, plan))
        numbers = [f"{one['number']}/{one['of']}" if one else "all files" for one in (known, now)]
        if numbers[0] != numbers[1]:
            raise _other(folder, there, "another shard", *numbers)
        files = [counted(one["files"], "file") for one in (known, now)]
        raise _other(folder, there, "a shard of another list of files", *files)
    if there.get("batch") != plan["batch"]:
        raise _damaged(folder)


def _other(
    folder: Path, there: dict[str, Any], what: str, before: object, now: object
) -> DataFileError:
    chunks = Chunks(folder / CHUNKS, str(there.get("batch", "")))
    number = sum(1 for _ in chunks.read([]))
    return DataFileError(
        folder,
        f"holds {counted(number, 'result')} of {what} ({str(before)[:12]}, now {str(now)[:12]})",
        action="name another folder with --out, or remove this one",
    )
