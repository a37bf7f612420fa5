"""``peakwright xps``: one module a command (``inspect``, ``survey``, ``recipe``, ``fit``,
``joint``, ``standard``, ``series``, ``compare``, ``lint``, ``export``).

``request`` turns what was asked for into spectra with recipes, ``tables`` shows results,
``delivery`` hands them over as tables, JSON or a folder.
"""

from __future__ import annotations

import typer

from .compare import compare
from .export import export
from .fit import fit
from .inspect import inspect
from .joint import joint
from .lint import lint
from .recipe import recipe
from .series import series
from .standard import standard
from .survey import survey

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="XPS: spectra, envelope fits, species fractions.")
for _command in (
    inspect, survey, recipe, fit, joint, standard, series, compare, lint, export,
):  # fmt: skip
    app.command()(_command)
