"""A result made anew from what its document says, and compared with it byte for byte.

Same input bytes, same library, same version: the same ``result.json``. Where it is not the same,
the places say what differs, and what they were made with says why.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from references.files import DataFileError, write_atomic

from .. import __version__
from .arguments import arguments_of
from .differences import Difference, differences, largest
from .places import environment_beside, places_of
from .stored import Stored, read_document, read_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .arguments import Arguments

__all__ = ["Change", "Rerun", "read_document", "rerun"]

SHOWN = 20
"""So many differing places are kept."""
INTO_FOLDER = frozenset(
    {
        *("xps fit", "xps series", "xps joint", "xps survey", "xps compare", "xps lint"),
        *("xrd check", "xrd compare", "xrd quantify"),
        *("tofsims profile", "tofsims compare", "tofsims depth", "tofsims render"),
    }
)
"""Commands whose --out is a folder with everything that belongs to the result."""
DAY = re.compile(r'(?<=\\nretrieved = \\")\d{4}-\d{2}-\d{2}(?=\\"\\n)')
"""The one time stamp, in JSON: the day on which ``xps standard`` made a library."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something a result was made with that is another now."""

    what: str
    then: str
    now: str

    def to_dict(self) -> dict[str, str]:
        """Give the change as JSON-ready values."""
        return {"what": self.what, "then": self.then, "now": self.now}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rerun:
    """How a rerun went.

    Attributes
    ----------
    path : Path
        The result.
    command : str
    files : tuple of Path
        Its inputs, as they were found; each has the hash that the result names.
    identical : bool
        Byte for byte.
    changes : tuple of Change
        Versions, library and packages that are others now.
    places : tuple of Difference
        Where the documents differ, the first ones.
    number : int
        How many places differ.
    largest : float or None
        The largest relative difference of numbers, over all places.
    """

    path: Path
    command: str
    files: tuple[Path, ...]
    identical: bool
    changes: tuple[Change, ...] = ()
    places: tuple[Difference, ...] = ()
    number: int = 0
    largest: float | None = None

    def to_dict(self) -> dict[str, object]:
        """Give the answer as JSON-ready values."""
        return {
            "schema": "peakwright.rerun/1",
            "version": __version__,
            "result": self.path.name,
            "command": self.command,
            "files": [str(file) for file in self.files],
            "identical": self.identical,
            "changes": [change.to_dict() for change in self.changes],
            "places": [place.to_dict() for place in self.places],
            "number_of_places": self.number,
            "largest_relative_difference": self.largest,
        }


def rerun(
    path: Path,
    run: Callable[[Sequence[str]], int],
    parameters: Callable[[str], Sequence[Any]],
    *,
    inputs: Path | None = None,
    out: Path | None = None,
) -> Rerun:
    """Make a result anew and compare.

    Parameters
    ----------
    path : Path
        ``result.json``, or its folder.
    run : callable
        Runs a command line in this process and gives its exit code; failures are raised.
    parameters : callable
        Gives the parameters of a command.
    inputs : Path or None
        The folder with the inputs; else they are looked for.
    out : Path or None
        A folder for the new result.

    Raises
    ------
    DataFileError
        If it is no result that can be made anew, or an input is missing or another one; before any
        work.
    """
    stored = read_stored(path)
    if out is not None:
        _check_out(out, stored)
    places = places_of(stored.path, inputs)
    with tempfile.TemporaryDirectory(prefix="peakwright-rerun-") as name:
        made = arguments_of(stored, parameters(stored.command), places, Path(name))
        changes = _changes(stored, made)
        into = out is not None and stored.command in INTO_FOLDER
        words = _with_out(made.words, out) if into and out is not None else made.words
        text = _printed(stored, run, words)
    if out is not None and not into:
        write_atomic(out / "result.json", text.encode())
    same = timeless(text) == timeless(stored.text)
    found = [] if same else differences(stored.document, _document(text))
    return Rerun(
        path=stored.path,
        command=stored.command,
        files=made.files,
        identical=same,
        changes=changes,
        places=tuple(found[:SHOWN]),
        number=len(found),
        largest=largest(found),
    )


def timeless(text: str) -> str:
    r"""Give a document's text without its time stamp, which only ``xps standard`` has.

    Examples
    --------
    >>> timeless('"library": "\\nretrieved = \\"2026-11-30\\"\\n"')
    '"library": "\\nretrieved = \\"\\"\\n"'
    """
    return DAY.sub("", text)


def _check_out(out: Path, stored: Stored) -> None:
    from ..store import check_folder

    check_folder(out)
    target = out / "result.json"
    if target.exists() and stored.path.exists() and target.samefile(stored.path):
        raise DataFileError(
            out, "holds the result itself, which is not written over", action="name another folder"
        )


def _with_out(words: Sequence[str], out: Path) -> list[str]:
    """Give words that write a folder; one that was given to write into ours is left out."""
    end = words.index("--json")
    kept = [word for word in words[:end] if not word.startswith("--out=")]
    return [*kept, f"--out={out.absolute()}", *words[end:]]


def _printed(stored: Stored, run: Callable[[Sequence[str]], int], words: Sequence[str]) -> str:
    """Run a command and give the one document that it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run(words)
    text = printed.getvalue()
    if not text:
        raise DataFileError(
            stored.path,
            f"`peakwright {stored.command}` gave no result",
            action="run it by hand to see why",
        )
    return text


def _document(text: str) -> Mapping[str, Any]:
    given: Any = json.loads(text)
    return cast("Mapping[str, Any]", given)


def _changes(stored: Stored, made: Arguments) -> tuple[Change, ...]:
    """What is not as it was: our version, the library, the packages."""
    from references import load

    found: list[Change] = []

    def compare(what: str, then: Any, now: str) -> None:
        if isinstance(then, str) and then != now:
            found.append(Change(what=what, then=then[:100], now=now))

    registry = load(*made.libraries)
    told: Any = stored.document.get("registry")
    known = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    compare("peakwright", stored.document.get("version"), __version__)
    compare("library", known.get("version"), registry.version)
    compare("library's SHA-256", known.get("sha256"), registry.sha256)
    found += _packages(stored.path)
    return tuple(found)


def _packages(result: Path) -> list[Change]:
    """Packages of another version than when the result was written, where that is known."""
    from ..store import environment

    before, now = environment_beside(result), environment()
    told, here = before.get("packages"), now["packages"]
    then = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    versions = cast("dict[str, str | None]", here)
    found = [
        Change(what=name, then=str(then[name])[:100], now=str(versions[name]))
        for name in versions
        if name in then and then[name] != versions[name]
    ]
    for name in ("python", "platform"):
        was = before.get(name)
        if isinstance(was, str) and was != now[name]:
            found.append(Change(what=name, then=was[:100], now=str(now[name])))
    return found
