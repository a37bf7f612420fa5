"""``peakwright rerun``: a result made anew, and whether it is the same byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .console import ExitCode, emit_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..rerun import Rerun

__all__ = ["app"]

app = typer.Typer(add_completion=False, help="Make a result anew and say whether it is the same.")

ResultArgument = Annotated[
    Path, typer.Argument(help="result.json that a command wrote with --out, or its folder.")
]
InputsOption = Annotated[
    Path | None,
    typer.Option("--inputs", help="Folder with the inputs (default: where they were, or near)."),
]
OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for the new result.")]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
]

MANY = 8
"""So many differing places are shown."""


@app.command()
def rerun(
    result: ResultArgument,
    *,
    inputs: InputsOption = None,
    out: OutOption = None,
    json: JsonOption = False,
) -> None:
    """Make a result anew from its inputs, and say what differs if it is not the same.

    Inputs are found by name and SHA-256. Exit code 0: identical. 1: not, with what was another
    version and the places that differ. 2: an input is missing or another one; nothing is run.
    """
    from ..rerun import rerun as made_anew
    from .main import run

    found = made_anew(result, run, _parameters, inputs=inputs, out=out)
    if json:
        emit_json(found.to_dict())
    else:
        _show(found)
    raise typer.Exit(ExitCode.CLEAN if found.identical else ExitCode.FINDINGS)


def _parameters(command: str) -> Sequence[Any]:
    """Give the parameters of a command, ``"xps fit"``."""
    from importlib import import_module

    group, name = command.split()
    found: Any = typer.main.get_command(import_module(f".{group}", __package__).app)
    return found.commands[name].params


def _show(found: Rerun) -> None:
    told = f"{found.path}: `peakwright {found.command}` on {_named(found)}"
    if found.identical:
        say(f"{told}: identical, byte for byte")
    elif found.number:
        noun = "place differs" if found.number == 1 else "places differ"
        most = found.largest
        size = "" if most is None else f"; numbers by up to {most:.2g} of their size"
        say(f"{told}: not the same: {found.number} {noun}{size}")
    else:
        say(f"{told}: the same values, but the file is written in another way")
    for change in found.changes:
        say(f"{change.what}: {change.then} then, {change.now} now", indent=2)
    if not found.identical and not found.changes:
        say("the version, the library and the packages that are known are the same", indent=2)
    for place in found.places[:MANY]:
        size = "" if place.relative is None else f" ({place.relative:.2g} of its size)"
        one = place.to_dict()
        say(f"{place.place}: {one['then']!r} then, {one['now']!r} now{size}", indent=2)
    if found.number > MANY:
        say(f"and {found.number - MANY} more (--json lists {len(found.places)})", indent=2)


def _named(found: Rerun) -> str:
    names = [file.name for file in found.files]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
