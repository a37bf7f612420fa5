"""What a cube looks like: slices, sections and surfaces of ions, read in one pass an ion."""

from __future__ import annotations

from .isosurface import isosurface
from .surface import Surface, surface_of
from .views import Views, views_of

__all__ = ["Surface", "Views", "isosurface", "surface_of", "views_of"]
