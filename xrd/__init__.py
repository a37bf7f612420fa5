"""Powder diffraction: pattern -> phase fit -> purity verdict."""
