"""Powder diffraction: pattern -> phase fit -> purity verdict."""

from .pattern import exposure, pattern

__all__ = ["exposure", "pattern"]
