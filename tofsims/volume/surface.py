"""Where an ion is and where it is not: the surface between, if there are two such parts.

A cloud of few counts has a surface anywhere and nowhere. Therefore the volume is smoothed no more
than it takes for two parts to differ clearly above counting noise, and no surface is given where
that is never so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .isosurface import isosurface, smooth, threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .views import Views

    Array = NDArray[np.float64]

__all__ = ["Surface", "surface_of"]

SIGMAS = 1.0, 1.5, 2.0, 3.0
"""Smoothing that is tried [blocks]."""
THIN = 10.0
"""Times as thick as it is smoothed a volume is at least: near its edges noise is larger."""
NEAR = 1.5
"""Counting errors within which a block is on neither side of the level for sure."""
UNSURE = 0.15
"""Part of the blocks that may be: of noise alone most are."""
GAIN = 0.1
"""By how much two parts must be likelier than one."""
APART = 10.0
"""Counting errors by which their means differ; of noise alone, smoothed as above, they do by up to
7."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """A surface of equal counts.

    Attributes
    ----------
    ion : str
    level : float
        Counts a voxel.
    sigma : float
        Standard deviation of the smoothing [blocks].
    blocks : (int, int, int)
        Of the coarse volume along x, y and depth.
    corners : (triangles, 3, 3) array
        x, y and depth of each, in the units of the views' axes.
    """

    ion: str
    level: float
    sigma: float
    blocks: tuple[int, int, int]
    corners: Array

    @property
    def sentence(self) -> str:
        """Say what was averaged and smoothed, and the level."""
        shape = " x ".join(str(size) for size in self.blocks)
        return (
            f"{self.ion}: {self.level:.3g} counts a voxel, half-way between two parts; averaged to "
            f"{shape} blocks, smoothed by a Gaussian of sigma {self.sigma:g} blocks"
        )


def surface_of(views: Views) -> Surface | None:
    """Give the surface half-way between the two parts that an ion's volume splits into best.

    Parameters
    ----------
    views : Views

    Returns
    -------
    Surface or None
        ``None`` where no two parts differ clearly above counting noise.
    """
    coarse = views.coarse
    seen = np.isfinite(coarse)
    if min(coarse.shape) < 2 or not np.nansum(coarse) > 0:
        return None
    voxels = float(np.prod([np.diff(edges).mean() for edges in views.blocks]))
    for sigma in SIGMAS:
        if sigma > max(min(coarse.shape) / THIN, SIGMAS[0]):
            break
        smoothed = _smoothed(coarse, seen, sigma)
        held = smoothed[seen]
        split, gain = threshold(held)
        # A Gaussian averages over (2 sqrt(pi) sigma)**3 blocks.
        noise = math.sqrt(
            float(coarse[seen].mean()) / voxels / (2.0 * math.sqrt(math.pi) * sigma) ** 3
        )
        above: NDArray[np.bool_] = held >= split
        if above.all() or not above.any() or gain <= GAIN:
            continue
        high, low = float(held[above].mean()), float(held[~above].mean())
        level = 0.5 * (high + low)
        unsure = float(np.mean(np.abs(held - level) < NEAR * noise))
        if high - low >= APART * noise and unsure < UNSURE:
            # With nothing around it: what reaches the edge is closed there, and at that of what was
            # measured.
            corners = _placed(isosurface(np.pad(smoothed, 1), level), views)
            z, y, x = coarse.shape
            return Surface(
                ion=views.ion, level=level, sigma=sigma, blocks=(x, y, z), corners=corners
            )
    return None


def _smoothed(coarse: Array, seen: NDArray[np.bool_], sigma: float) -> Array:
    """What was measured, smoothed by what was measured alone; zero elsewhere."""
    if seen.all():
        return smooth(coarse, sigma)
    part = smooth(seen.astype(float), sigma)
    return np.where(
        seen, smooth(np.where(seen, coarse, 0.0), sigma) / np.where(seen, part, 1.0), 0.0
    )


def _placed(triangles: Array, views: Views) -> Array:
    """Corners (x, y, depth) in the units of the axes."""
    placed: list[Array] = []
    for i, axis in enumerate((views.z, views.y, views.x)):
        edges = views.blocks[i].astype(float)
        # The empty block around it begins where the volume ends.
        voxel = np.concatenate([edges[:1], 0.5 * (edges[1:] + edges[:-1]), edges[-1:]])
        at = np.interp(triangles[..., i], np.arange(voxel.size), voxel)
        placed.append(np.interp(at, np.arange(axis.edges.size), axis.edges))
    return np.stack(placed[::-1], axis=-1)
