"""``peakwright xps``: one module a command (``inspect``, ``recipe``, ``fit``,
``series``, ``joint``, ``standard``).

``request`` turns what was asked for into spectra with recipes, ``tables`` shows results,
``delivery`` hands them over as tables, JSON or a folder.
"""

from __future__ import annotations

import typer

from .fit import fit
from .inspect import inspect
from .joint import joint
from .recipe import recipe
from .series import series
from .standard import standard

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="XPS: spectra, envelope fits, species fractions.")
for _command in (inspect, recipe, fit, series, joint, standard):
    app.command()(_command)
