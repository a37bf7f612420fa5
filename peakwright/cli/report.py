"""``peakwright report``: one page for one sample, in which the techniques check each other."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it at run time
from typing import TYPE_CHECKING, Annotated

import typer

from references.files import DataFileError, write_atomic

from ..counted import counted
from .console import ExitCode, emit_json, progress, say
from .findings import show_finding

if TYPE_CHECKING:
    from ..report import Report

__all__ = ["app", "report"]

app = typer.Typer(add_completion=False)

NAME = "report.html"


@app.command()
def report(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="SAMPLE_DIR", help="Folder of one sample, with the results that --out wrote."
        ),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File of the page, by default report.html in the folder; with --json none."
        ),
    ] = None,
    library: Annotated[
        list[Path] | None,
        typer.Option("--library", help="Your own library file (TOML); repeatable."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
    ] = False,
) -> None:
    """Put all results of one sample on one page, and let the techniques check each other."""
    from references import load

    from ..report import document, html, make

    registry = load(*(library or []))
    target = _target(folder, out, json=json)
    with progress("reading results and figures"):
        made = make(folder, registry=registry)
        if target is not None:
            write_atomic(target, html(made))
    if json:
        emit_json(document(made))
    else:
        _show(made, target)
    raise typer.Exit(ExitCode.FINDINGS if made.has_errors else ExitCode.CLEAN)


def _target(folder: Path, out: Path | None, *, json: bool) -> Path | None:
    """Where the page goes; asked before the work whose result it should hold."""
    if out is None:
        return None if json else folder / NAME
    target = out / NAME if out.is_dir() else out
    if target.suffix.lower() not in {".html", ".htm"}:
        raise DataFileError(
            out, "is no name of a page", action=f"end it with .html, as {out.name or NAME}.html"
        )
    return target


def _show(made: Report, target: Path | None) -> None:
    """What was read, what is to be looked into, and where the page is."""
    for section in made.sections:
        say(f"{section.title}: {section.lead[0] if section.lead else ''}")
    for finding in (*made.notes, *made.agreement.findings):
        show_finding(finding)
    counts = ", ".join(_counted(count, severity) for severity, count in made.counts.items())
    say(f"findings of all: {counts}")
    if target is not None:
        say(f"written to {target}")


def _counted(count: int, severity: str) -> str:
    return f"{count} of information" if severity == "info" else counted(count, severity)
