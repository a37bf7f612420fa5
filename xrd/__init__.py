"""Powder diffraction: pattern -> phase fit -> purity verdict.

The verbs: :func:`read` a file of patterns, or build a :func:`pattern` of arrays.
"""

from .io import read
from .pattern import exposure, pattern

__all__ = ["exposure", "pattern", "read"]
