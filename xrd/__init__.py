"""Powder diffraction: pattern -> phase fit -> purity verdict.

The verbs: :func:`read` a file of patterns, or build a :func:`pattern` of arrays; :func:`check`
whether a powder is single-phase; :func:`quantify` a mixture; :func:`compare` two patterns of one
powder; :func:`calibrate` a diffractometer.
"""

from .compare import compare
from .example import example, xy_text
from .instrument import Instrument
from .io import read
from .pattern import exposure, pattern
from .plot import limits_figure, pattern_figure, purity_figure, rendered, zoom_figure
from .purity import check
from .quantify import Standard, quantify
from .standard import calibrate
from .structure import structure

__all__ = [
    "Instrument",
    "Standard",
    "calibrate",
    "check",
    "compare",
    "example",
    "exposure",
    "limits_figure",
    "pattern",
    "pattern_figure",
    "purity_figure",
    "quantify",
    "read",
    "rendered",
    "structure",
    "xy_text",
    "zoom_figure",
]
