"""What was asked for: the command and its options, as a document keeps them and `rerun` reads them.

The command line says once, in :func:`asked`, which command runs with which options;
:func:`peakwright.store.result_document` puts it into the document. No command knows of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

__all__ = [
    "COMMANDS",
    "FILES",
    "IN_RECIPE",
    "MASK",
    "PHASES",
    "SILENT",
    "asked",
    "file_entry",
    "files_now",
    "request_now",
    "told",
]

COMMANDS = {
    "xps fit": "peakwright.xps.fit/1",
    "xps series": "peakwright.xps.series/1",
    "xps joint": "peakwright.xps.joint/1",
    "xps standard": "peakwright.xps.standard/1",
    "xps survey": "peakwright.xps.survey/1",
    "xps compare": "peakwright.xps.compare/1",
    "xps lint": "peakwright.xps.lint/1",
    "xps export": "peakwright.xps.export/1",
    "xrd check": "peakwright.xrd.check/1",
    "xrd compare": "peakwright.xrd.compare/1",
    "xrd quantify": "peakwright.xrd.quantify/1",
    "xrd instrument": "peakwright.xrd.calibration/1",
    "tofsims profile": "peakwright.tofsims.profile/1",
    "tofsims compare": "peakwright.tofsims.compare/1",
    "tofsims depth": "peakwright.tofsims.depth/1",
    "tofsims cube": "peakwright.tofsims.cube/1",
    "tofsims store": "peakwright.tofsims.store/1",
    "tofsims render": "peakwright.tofsims.render/1",
}
"""Every command whose document has a request, and the schema of that document."""

SILENT = frozenset({"out", "json", "budget", "threads", "file", "measured"})
"""Options that do not change a document, and files that are its inputs anyhow."""

IN_RECIPE = frozenset({"xps series", "xps joint"})
"""Commands whose document has the recipe as it was used, so that its file is not told. ``xps fit``,
``xrd check`` and ``tofsims profile`` say by themselves what their recipes leave."""

RESCALED = frozenset({"charge_shift", "charge_reference"})
"""Options that override a recipe; a note tells of it, which the recipe as it was used would not."""

FILES = frozenset(
    {
        *("file", "files", "cube", "result", "a", "b", "more_a", "more_b"),
        *("recipe", "library", "instrument", "background_file", "measured", "topography"),
    }
)
"""Arguments and options that are files; no other is one."""

PHASES = frozenset({"phase", "phases", "candidates"})
"""Options that list phases of the library and CIF files, comma-separated."""

MASK = "mask:"
"""How a region begins that is a picture."""

RESULT = "result.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A command that runs, the options that differ from what they are by default, and files."""

    command: str
    options: Mapping[str, object]
    files: tuple[Path, ...] = ()


_RUNNING: ContextVar[_Asked | None] = ContextVar("peakwright_request", default=None)


@contextmanager
def asked(context: Any) -> Generator[None]:
    """Keep, while a command of the command line runs, what was asked for.

    Parameters
    ----------
    context : click.Context
        Of the command itself, not of a group.
    """
    command = " ".join(context.command_path.split()[1:])
    found = None
    if command in COMMANDS:
        options = {
            parameter.name: context.params[parameter.name]
            for parameter in context.command.params
            if parameter.name in context.params
            and parameter.name not in SILENT
            and not _is_default(parameter, context)
        }
        if command in IN_RECIPE and not RESCALED & options.keys():
            options.pop("recipe", None)
        files = [one for name in context.params for one in _files_in(name, context.params[name])]
        found = _Asked(command=command, options=options, files=tuple(files))
    token = _RUNNING.set(found)
    try:
        yield
    finally:
        _RUNNING.reset(token)


def request_now(inputs: Sequence[Mapping[str, str]]) -> dict[str, object] | None:
    """Give the request of the command that runs; ``None`` where none was given on a command line.

    Parameters
    ----------
    inputs : sequence of mapping
        Base names and hashes of the document's inputs; they are not hashed again.

    Examples
    --------
    >>> request_now([]) is None
    True
    """
    running = _RUNNING.get()
    if running is None:
        return None
    return {"command": running.command, "options": told(running.options, inputs)}


def files_now() -> tuple[Path, ...]:
    """Give the files that the running command was given; they go into ``environment.json``.

    Examples
    --------
    >>> files_now()
    ()
    """
    running = _RUNNING.get()
    return () if running is None else running.files


def told(
    options: Mapping[str, object], inputs: Sequence[Mapping[str, str]] = ()
) -> dict[str, object]:
    """Give options as JSON-ready values, by name in alphabetical order.

    A file becomes its base name and its hash; a text in which files are named becomes its parts,
    which put one after the other are the text.

    Parameters
    ----------
    options : mapping
        By the names of the command's parameters.
    inputs : sequence of mapping
        Entries (``path``, ``sha256``) that are known already.

    Examples
    --------
    >>> told({"seed": 3, "basis": "atomic", "region": ("S 2p",)})
    {'basis': 'atomic', 'region': ['S 2p'], 'seed': 3}
    """
    return {name: _value(name, options[name], inputs) for name in sorted(options)}


def file_entry(path: Path, inputs: Sequence[Mapping[str, str]] = ()) -> dict[str, str]:
    """Give what a document says of a file: its base name and its hash."""
    from references.files import sha256

    same = [given["sha256"] for given in inputs if given["path"] == path.name]
    # Two inputs of one name are told apart by what is in them.
    known = same[0] if len(same) == 1 else sha256(path)
    return {"path": path.name, "sha256": known}


def _is_default(parameter: Any, context: Any) -> bool:
    """Whether an option is what it is by default; one that is empty is not given either."""
    value, default = context.params[parameter.name], parameter.get_default(context)
    empty = value is None or value is False or value in ("", (), [])
    return (empty and not default) or _plain(value) == _plain(default)


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def _files_in(name: str, value: object) -> list[Path]:
    """Give the files of an option; of folders of results, the results."""
    if isinstance(value, Path):
        return _results_in(value) if name in FILES else []
    if isinstance(value, (list, tuple)):
        return [one for given in cast("Sequence[object]", value) for one in _files_in(name, given)]
    if isinstance(value, str) and (name in PHASES or name == "region"):
        return [part for part in _parts(name, value) if isinstance(part, Path)]
    return []


def _value(name: str, value: object, inputs: Sequence[Mapping[str, str]]) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return _of_path(value, inputs)
    if isinstance(value, (list, tuple)):
        several: list[object] = []
        for one in cast("Sequence[object]", value):
            made = _value(name, one, inputs)
            several += cast("list[object]", made) if isinstance(made, list) else [made]
        return several
    if isinstance(value, str) and (name in PHASES or name == "region"):
        return _text(value, _parts(name, value))
    return value


def _of_path(path: Path, inputs: Sequence[Mapping[str, str]]) -> object:
    """A file; of a folder that is no input itself, the results in it, as `xps compare` takes it."""
    known = {given["path"] for given in inputs}
    if path.name in known:
        return file_entry(path, inputs)
    results = [file_entry(one) for one in _results_in(path)]
    return results[0] if len(results) == 1 else results


def _results_in(path: Path) -> list[Path]:
    """A file, or what a folder with results stands for."""
    if not path.is_dir():
        return [path]
    if (path / RESULT).is_file():
        return [path / RESULT]
    return sorted(path.glob(f"*/{RESULT}")) or [path]


def _text(value: str, parts: Sequence[str | Path]) -> object:
    if not any(isinstance(part, Path) for part in parts):
        return value
    return {"parts": [file_entry(part) if isinstance(part, Path) else part for part in parts]}


def _parts(name: str, text: str) -> list[str | Path]:
    """A text in which files may be named, taken apart."""
    if name == "region":
        mask = text.removeprefix(MASK)
        return [text] if mask == text else [MASK, Path(mask)]
    return _phase_parts([text] if name == "phase" else text.split(","))


def _phase_parts(parts: Sequence[str]) -> list[str | Path]:
    """Phases and CIF files, told apart as :func:`.jobs.xrd.given.phase_named` does."""
    found: list[str | Path] = []
    for number, part in enumerate(parts):
        name = part.strip()
        comma = "," if number else ""
        if _is_structure(name):
            found += [comma, Path(name)] if comma else [Path(name)]
        else:
            found.append(comma + part)
    return found


def _is_structure(name: str) -> bool:
    if PurePath(name).suffix.lower() == ".cif":
        return True
    try:
        is_file = bool(name) and Path(name).is_file()
    except OSError:
        return False
    if not is_file:
        return False
    from references import load

    return name not in load().names()["phase"]
