"""What can be taken away from a view: files for the browser to keep, and a result's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ..jobs.job import Done

__all__ = ["content_of", "folder_of", "save"]


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
    """Give the folder in which a result is saved: beside the file, named after it."""
    from ..store import file_stem

    return path.parent / f"{file_stem(path.stem)}_{technique}"


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
