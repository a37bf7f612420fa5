"""``peakwright tofsims``: one module a command (``inspect``, ``profile``, ``compare``,
``depth``, ``cube``, ``store`` and ``render``).

``given`` turns what was asked for into ions, regions and windows, ``tables`` shows results.
"""

from __future__ import annotations

import typer

from .compare import compare
from .cube import cube, store
from .depth import depth
from .inspect import inspect
from .profile import profile
from .render import render

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="TOF-SIMS: events, depth profiles, uniformity.")
for _command in (inspect, profile, compare, depth, cube, store, render):
    app.command()(_command)
