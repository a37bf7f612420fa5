"""XPS: spectrum -> envelope fit -> species fractions.

The verbs: :func:`read` a file, tell elements by its :func:`survey`, :func:`calibrate` its energy
scale, :func:`fit` an envelope, form :func:`fractions`, :func:`compare` samples. Heavy libraries are
imported where they are used, so that ``import xps`` is light.

Examples
--------
>>> import xps
>>> spectrum = xps.example("P 2p")
>>> result = xps.fit(spectrum, xps.envelope("P 2p", ["PS4"]))
>>> [line.line for line in result.lines]
['P 2p3/2', 'P 2p1/2']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .charge import by_line, by_separation, by_shift, calibrate
from .compare import compare
from .elements.plot import survey_figure
from .envelope import Background, Component, Envelope
from .example import example, example_path
from .fit import fit
from .io import read
from .joint import JointFit, JointRecipe, fit_joint, read_joint_recipe, to_joint_toml
from .likelihood import Problem
from .lint import check
from .plot import comparison_figure, figure, overview, profile_figure, rendered
from .quantify import Sensitivity, fractions, split_lattice
from .recipe import Charge, Recipe, read_recipe, to_toml
from .result import Fit
from .sample import find_region, fit_sample
from .series import fit_series, stack
from .solve import profile, solve
from .spectrum import spectrum
from .survey import Survey, survey

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Background",
    "Charge",
    "Component",
    "Envelope",
    "Fit",
    "JointFit",
    "JointRecipe",
    "Problem",
    "Recipe",
    "Sensitivity",
    "Survey",
    "by_line",
    "by_separation",
    "by_shift",
    "calibrate",
    "check",
    "compare",
    "comparison_figure",
    "envelope",
    "example",
    "example_path",
    "figure",
    "find_region",
    "fit",
    "fit_joint",
    "fit_sample",
    "fit_series",
    "fractions",
    "overview",
    "profile",
    "profile_figure",
    "read",
    "read_joint_recipe",
    "read_recipe",
    "rendered",
    "solve",
    "spectrum",
    "split_lattice",
    "stack",
    "survey",
    "survey_figure",
    "to_joint_toml",
    "to_toml",
]


def envelope(core_level: str, species: Sequence[str], **options: Any) -> Envelope:
    """Build the default recipe for species of the bundled library on one core level.

    Parameters
    ----------
    core_level : str
        For instance ``"S 2p"``.
    species : sequence of str
        Keys of the library.
    **options
        ``elements``, ``background``, ``statistic`` of :func:`xps.envelope.default_envelope`.

    Returns
    -------
    Envelope
    """
    from references import load

    from .envelope import default_envelope

    return default_envelope(load(), core_level, species, **options)
