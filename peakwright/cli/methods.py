"""``peakwright methods``: the methods paragraph and the table of a result, for a paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .console import emit_json, out_console, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..methods.table import Table

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    help="The methods paragraph and the table of lines of a result, for a paper.",
)

ResultArgument = Annotated[
    Path, typer.Argument(help="result.json that a command wrote with --out, or its folder.")
]
TableOption = Annotated[
    Path | None,
    typer.Option("--si", help="File (CSV) for the table, with the numbers as they are."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
]


@app.command()
def methods(result: ResultArgument, *, si: TableOption = None, json: JsonOption = False) -> None:
    """Print the methods paragraph of a result with its sources, and its table of lines.

    Printed numbers have two digits of their standard uncertainty; CSV and JSON have all.
    """
    from references.files import DataFileError

    from ..methods import methods_of, table_of
    from ..rerun import read_document

    path, _, document = read_document(result)
    try:
        paragraph, table = methods_of(document), table_of(document)
    except (ValueError, TypeError, KeyError) as error:
        raise DataFileError(
            path, f"holds what no result of peakwright does ({error})", action="make it anew"
        ) from None
    if si is not None:
        if si.is_dir() or (si.exists() and si.samefile(path)):
            raise DataFileError(si, "cannot be the table", action="name a new file with --si")
        _write(si, table)
    if json:
        emit_json(_document(document, table))
        return
    for line in paragraph.splitlines():
        say(line)
    _show(table)
    if si is not None:
        say("")
        say(f"written to {si}")


def _document(document: Mapping[str, Any], table: Table) -> dict[str, object]:
    from .. import __version__
    from ..methods import paragraph_of, sources_of

    header, *rows = table.exact()
    return {
        "schema": "peakwright.methods/1",
        "version": __version__,
        "paragraph": paragraph_of(document),
        "sources": sources_of(document),
        "table": {"columns": header, "rows": rows},
    }


def _write(si: Path, table: Table) -> None:
    from references.files import write_atomic

    from ..store import csv_text

    write_atomic(si, csv_text(table.exact()).encode(errors="backslashreplace"))


def _show(table: Table) -> None:
    """Print the table as aligned text, one line a row however wide: it is for an editor."""
    lines = table.rounded()
    if len(lines) < 2:
        return
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    say("")
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        out_console.print(_kept("  ".join(cells).rstrip()), highlight=False, soft_wrap=True)


def _kept(line: str) -> Any:
    """A line with its blanks, and nothing in it that steers a terminal."""
    from rich.text import Text

    return Text("".join(c if c.isprintable() else "?" for c in line))
