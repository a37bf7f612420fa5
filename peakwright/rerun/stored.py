"""A result that was written before: what it was made from, and how; nothing in it is trusted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, cast

from references.files import DataFileError, read_text

from ..agreement.documents import is_cut_off
from ..request import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Input", "Stored", "input_of", "read_document", "read_stored"]

RESULT = "result.json"
LARGEST = 256 * 1024**2
"""No result is longer than this [bytes]."""
DEEPEST = 60
"""No result is nested deeper than this."""
HASH = re.compile(r"[0-9a-f]{64}")
ACTION = f"name the {RESULT} that a command of peakwright wrote with --out, or its folder"

ELSEWHERE = {
    "peakwright.batch/": "is of a batch: run `peakwright batch` with its recipe over the same "
    "files into a new folder, and compare the two",
    "peakwright.report/": "is of a report, which `peakwright report` makes anew from the results "
    "in its folder; rerun those",
    "peakwright.rerun/": "says how a rerun went; rerun the result itself",
    "peakwright.methods/": "tells the methods of a result; rerun the result itself",
    "peakwright.environment/": f"is the environment of a result; name the {RESULT} beside it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file that a result was made from: its base name and its hash."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stored:
    """A result, and what was asked for.

    Attributes
    ----------
    path : Path
    text : str
        As it is in the file.
    document : mapping
    command : str
        For instance ``"xps fit"``: one that makes such a document.
    options : mapping
        Checked only where they are turned into arguments.
    inputs : tuple of Input
    """

    path: Path
    text: str
    document: Mapping[str, Any]
    command: str
    options: Mapping[str, Any]
    inputs: tuple[Input, ...]


def read_document(path: Path) -> tuple[Path, str, Mapping[str, Any]]:
    """Read a result's document: where it is, its text, and what it says.

    Parameters
    ----------
    path : Path
        A ``result.json``, or its folder.

    Raises
    ------
    DataFileError
        If it is no JSON document of peakwright.
    """
    file = path / RESULT if path.is_dir() else path
    if path.is_dir() and not file.exists():
        below = sorted(one.parent.name for one in path.glob(f"*/{RESULT}"))
        there = f": {', '.join(below[:4])}{', ...' if len(below) > 4 else ''}" if below else ""
        raise DataFileError(
            path,
            f"holds no {RESULT}",
            action=f"name one of the folders in it that have one{there}" if below else ACTION,
        )
    told = read_text(file, max_bytes=LARGEST)
    try:
        given: Any = json.loads(told)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        if is_cut_off(error):
            action = f"make the result again, or {ACTION}"
            raise DataFileError(file, "is cut off", where=where, action=action) from None
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        if isinstance(error, json.JSONDecodeError):
            reason = error.msg
        raise DataFileError(file, f"is not JSON ({reason})", where=where, action=ACTION) from None
    _check_depth(file, given)
    schema = cast("Any", given).get("schema") if isinstance(given, dict) else None
    if not isinstance(schema, str) or not schema.startswith("peakwright."):
        raise DataFileError(file, "is no result of peakwright", action=ACTION)
    known = {one.rpartition("/")[0]: one for one in COMMANDS.values()}.get(
        schema.rpartition("/")[0]
    )
    if known is not None and schema != known:
        raise DataFileError(
            file,
            f"is {schema[:80]!r}, and this version of peakwright reads {known}",
            where="schema",
            action="take the version that wrote it, or make the result again",
        )
    return file, told, cast("Mapping[str, Any]", given)


def read_stored(path: Path) -> Stored:
    """Read a result and what was asked for.

    Raises
    ------
    DataFileError
        If it is no result that can be made anew, and what to do instead.
    """
    file, told, document = read_document(path)
    schema = str(document["schema"])
    for begin, instead in ELSEWHERE.items():
        if schema.startswith(begin):
            raise DataFileError(file, instead)
    inputs = tuple(_inputs(file, document))
    request = document.get("request")
    if request is None:
        raise DataFileError(
            file,
            "does not say which command made it: it was written by a version before requests were "
            "kept, or without the command line",
            action="run the command again with its recipe.toml, and keep the new result",
        )
    command, options = _request(file, request)
    if COMMANDS[command] != schema:
        raise DataFileError(
            file,
            f"is {schema[:80]!r}, which `peakwright {command}` does not write",
            where="request.command",
            action="give the result as it was written",
        )
    return Stored(
        path=file, text=told, document=document, command=command, options=options, inputs=inputs
    )


def input_of(given: Any) -> Input | None:
    """Give a file as a document tells of it; ``None`` if it is no name with a hash.

    Examples
    --------
    >>> input_of({"path": "../a.vms", "sha256": 64 * "0"}) is None
    True
    """
    if not isinstance(given, dict) or set(cast("dict[Any, Any]", given)) != {"path", "sha256"}:
        return None
    entry = cast("dict[str, Any]", given)
    name, digest = entry["path"], entry["sha256"]
    if not isinstance(name, str) or not isinstance(digest, str) or not HASH.fullmatch(digest):
        return None
    plain = name == PurePath(name).name and name not in {"", ".", ".."}
    if not plain or "\\" in name or "\0" in name or len(name) > 255:
        return None
    return Input(name=name, sha256=digest)


def _inputs(file: Path, document: Mapping[str, Any]) -> list[Input]:
    given = document.get("inputs")
    found = [input_of(one) for one in cast("list[Any]", given)] if isinstance(given, list) else []
    if not found or None in found:
        raise DataFileError(
            file,
            "does not name its inputs by base name and SHA-256",
            where="inputs",
            action="give the result as it was written",
        )
    return [one for one in found if one is not None]


def _request(file: Path, given: Any) -> tuple[str, Mapping[str, Any]]:
    request = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    command, options = request.get("command"), request.get("options")
    if set(request) != {"command", "options"} or not isinstance(options, dict):
        raise DataFileError(file, "should hold a command and its options", where="request")
    if not isinstance(command, str) or command not in COMMANDS:
        raise DataFileError(
            file,
            f"{str(command)[:40]!r} is no command that can be run again",
            where="request.command",
            action=f"expected one of {', '.join(COMMANDS)}",
        )
    return command, cast("dict[str, Any]", options)


def _check_depth(file: Path, given: Any) -> None:
    """Refuse what is nested beyond any result, without recursion."""
    level: list[Any] = [given]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += cast("dict[str, Any]", one).values()
            elif isinstance(one, list):
                below += cast("list[Any]", one)
        if not below:
            return
        level = below
    raise DataFileError(file, f"is nested more than {DEEPEST} deep, as no result is", action=ACTION)
