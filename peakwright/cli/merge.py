"""``peakwright merge``: put the shards of one batch together."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it at run time
from typing import Annotated

import typer

from .batch import show
from .console import ExitCode

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command()
def merge(
    folders: Annotated[
        list[Path], typer.Argument(help="Folders of the shards, in any order.", metavar="DIR")
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder to write the whole to.")],
    parquet: Annotated[bool, typer.Option("--parquet", help="Write summary.parquet too.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
    ] = False,
) -> None:
    """Put the shards of one batch together."""
    from ..batch import merge as put_together

    done = put_together(folders, out, parquet=parquet)
    show(done, json=json)
    raise typer.Exit(ExitCode(done.exit_code))
