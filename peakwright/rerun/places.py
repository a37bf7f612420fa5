"""Where the inputs of a result lie now: found by base name and by hash, never by a path in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from references.files import DataFileError, read_text

from ..recognition import is_input, is_there

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .stored import Input

__all__ = ["Places", "environment_beside", "places_of"]

LONGEST_ENVIRONMENT = 1_000_000
"""No environment.json is longer than this [bytes]."""
MOST_BELOW = 5000
"""So many entries of a folder are looked through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where to look for files.

    Parameters
    ----------
    result : Path
        The result that names them.
    folders : tuple of Path
        Looked into in this order, then into the folders in them.
    remembered : tuple of Path
        Where the inputs lay when the result was made.
    """

    result: Path
    folders: tuple[Path, ...]
    remembered: tuple[Path, ...] = ()

    def find(self, wanted: Input) -> Path:
        """Give the file of this name that has this hash.

        Raises
        ------
        DataFileError
            If there is none of the name, or none of the hash.
        """
        there = [place for place in self._named(wanted.name) if is_there(place)]
        for place in dict.fromkeys(there):
            if is_input(place, wanted.sha256):
                return place.absolute()
        if there:
            raise DataFileError(
                there[0],
                f"is not the {wanted.name} that {self.result.name} was made from: its SHA-256 is "
                f"not {wanted.sha256[:12]}...",
                action="name the folder with the file as it was then, with --inputs",
            )
        looked = ", ".join(dict.fromkeys(str(folder) for folder in self.folders))
        raise DataFileError(
            self.result,
            f"{wanted.name}, which it was made from, is neither where it was nor in {looked}",
            action="name the folder that holds it with --inputs",
        )

    def _named(self, name: str) -> Iterable[Path]:
        yield from (place for place in self.remembered if place.name == name)
        for folder in self.folders:
            yield folder / name
        for folder in self.folders:
            yield from (below / name for below in _below(folder))


def places_of(result: Path, inputs: Path | None) -> Places:
    """Give where the inputs of a result are looked for.

    Parameters
    ----------
    result : Path
        Its ``result.json``.
    inputs : Path or None
        The folder that the user named; else where they were, beside the result, and near it.

    Raises
    ------
    DataFileError
        If the folder that was named is none.
    """
    if inputs is not None:
        if not inputs.is_dir():
            raise DataFileError(inputs, "is no folder", action="name one with --inputs")
        return Places(result=result, folders=(inputs,))
    home = result.absolute().parent
    near = [home, home.parent, home.parent.parent, Path.cwd()]
    return Places(
        result=result,
        folders=tuple(dict.fromkeys(near)),
        remembered=tuple(_remembered(environment_beside(result))),
    )


def environment_beside(result: Path) -> Mapping[str, Any]:
    """Give what ``environment.json`` beside a result says; nothing where there is none."""
    try:
        told: Any = json.loads(
            read_text(result.parent / "environment.json", max_bytes=LONGEST_ENVIRONMENT)
        )
    except (DataFileError, ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", told) if isinstance(told, dict) else {}


def _remembered(environment: Mapping[str, Any]) -> list[Path]:
    listed = environment.get("inputs")
    texts = cast("list[Any]", listed)[:10_000] if isinstance(listed, list) else []
    return [Path(one) for one in texts if isinstance(one, str) and _is_of_this_machine(one)]


def _is_of_this_machine(told: str) -> bool:
    """Whether a path leads to no other machine: a look at one there would be sent to it."""
    return "\0" not in told and not told.replace("\\", "/").startswith("//")


def _below(folder: Path) -> list[Path]:
    """The folders in a folder, in order; not more than anybody looks through."""
    try:
        return sorted(one for one in islice(folder.iterdir(), MOST_BELOW) if one.is_dir())
    except OSError:
        return []
