"""What can be taken away from a view: files for the browser to keep, and a result's folder."""

from __future__ import annotations

import json
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from references.files import DataFileError, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from ..jobs.job import Done

__all__ = ["content_of", "folder_of", "save"]

LARGEST_RESULT = 100_000_000
"""No result.json of ours is longer than this [bytes]."""


def content_of(done: Done, name: str) -> bytes:
    """Give one of the files of a result, as its folder would hold it.

    Raises
    ------
    InputError
        If the result has no such file.
    """
    from references.words import InputError

    from ..store import json_text, rows_csv

    if name == "rows.csv":
        return rows_csv(done.rows).encode(errors="backslashreplace")
    if name == "recipe.toml":
        return done.recipe_toml.encode(errors="backslashreplace")
    if name == "result.json":
        return json_text(done.document).encode()
    drawn = done.draw("")
    if name not in drawn:
        raise InputError(f"there is no {name} of this result; it has {', '.join(sorted(drawn))}")
    return drawn[name]


def folder_of(path: Path, technique: str) -> Path:
    """Give the folder in which a result is saved: beside the file, named after it.

    One that holds the result of another file is left alone: the name gets the file's suffix, and
    where that is not enough, a number.
    """
    from ..store import file_stem

    stem, whole = (f"{file_stem(name)}_{technique}" for name in (path.stem, path.name))
    numbered = (f"{whole}_{number}" for number in count(2))
    places = (path.parent / name for name in chain((stem, whole), numbered))
    return next(place for place in places if _is_free(place, path.name))


def _is_free(folder: Path, name: str) -> bool:
    """Whether a folder holds no result, or one of the file of this name."""
    result = folder / "result.json"
    if not result.exists():
        return True
    try:
        told: Any = json.loads(read_text(result, max_bytes=LARGEST_RESULT))
        return told["inputs"][0]["path"] == name
    except (DataFileError, ValueError, LookupError, TypeError, RecursionError):
        return False


def save(done: Done, path: Path) -> str:
    """Write a result's folder beside the file it was made of; give a sentence that says where.

    Raises
    ------
    DataFileError
        If it cannot be written.
    """
    from ..store import check_folder

    folder = folder_of(path, done.technique)
    check_folder(folder)
    done.write(folder)
    return f"saved in {folder.name}, beside the file"
