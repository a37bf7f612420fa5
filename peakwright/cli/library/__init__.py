"""``peakwright library``: what the library knows, value by value, each with its source.

``commands`` finds entries, ``tables`` shows them.
"""

from __future__ import annotations

import typer

from .commands import check, list_keys, show

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="The peak library: values with their sources.")
app.command("list")(list_keys)
app.command()(show)
app.command()(check)
