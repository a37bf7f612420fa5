"""``peakwright xrd``: one module a command (``inspect``, ``check``, ``compare``, ``quantify``,
``instrument``).

``given`` turns what was asked for into patterns and phases, ``tables`` shows results, ``delivery``
hands them over as tables, JSON or a folder.
"""

from __future__ import annotations

import typer

from .check import check
from .compare import compare
from .inspect import inspect
from .instrument import instrument
from .quantify import quantify

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="XRD: phase purity with limits, mass fractions.")
for _command in (inspect, check, compare, quantify, instrument):
    app.command()(_command)
