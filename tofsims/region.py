"""Regions of the field: which pixels are counted, and with them how many shots.

A pixel is in a region if its centre is. Pixels are counted from 0, as a raster's x and y are; the
pixel 3 reaches from 3 to 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .events import Raster

__all__ = ["disc", "polygon", "rectangle"]


def rectangle(raster: Raster, x0: int, y0: int, x1: int, y1: int) -> NDArray[np.bool_]:
    """Give the pixels of a rectangle.

    Parameters
    ----------
    raster : Raster
    x0, y0 : int
        First pixel.
    x1, y1 : int
        One behind the last.

    Returns
    -------
    (height, width) array of bool

    Raises
    ------
    InputError
        If it does not lie in the raster, or is empty.

    Examples
    --------
    >>> from tofsims import Raster
    >>> rectangle(Raster(width=4, height=2), 1, 0, 3, 1).astype(int)
    array([[0, 1, 1, 0],
           [0, 0, 0, 0]])
    """
    if not (0 <= x0 < x1 <= raster.width and 0 <= y0 < y1 <= raster.height):
        raise InputError(
            f"the rectangle {x0},{y0},{x1},{y1} should lie in the raster of {raster.width} x "
            f"{raster.height} pixels, x0 before x1 and y0 before y1"
        )
    inside = np.zeros((raster.height, raster.width), dtype=bool)
    inside[y0:y1, x0:x1] = True
    return inside


def disc(raster: Raster, x: float, y: float, radius: float) -> NDArray[np.bool_]:
    """Give the pixels of a disc about a point, in pixels; what is outside the raster is cut off.

    Raises
    ------
    InputError
        If it holds no pixel of the raster.

    Examples
    --------
    >>> from tofsims import Raster
    >>> int(disc(Raster(width=8, height=8), 4.0, 4.0, 2.0).sum())
    12
    """
    if not radius > 0:
        raise InputError(f"the radius of a disc should be above zero, not {radius:g}")
    across, down = _centres(raster)
    return _held((across - x) ** 2 + (down - y) ** 2 <= radius**2, "the disc", raster)


def polygon(raster: Raster, corners: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """Give the pixels within a polygon of (x, y) corners; of one that crosses itself, by parity.

    Raises
    ------
    InputError
        If it has fewer than three corners, or holds no pixel of the raster.

    Examples
    --------
    >>> from tofsims import Raster
    >>> polygon(Raster(width=4, height=4), [(0, 0), (4, 0), (0, 4)]).sum(axis=1)
    array([4, 3, 2, 1])
    """
    if len(corners) < 3:
        raise InputError(f"a polygon should have three corners or more, not {len(corners)}")
    across, down = _centres(raster)
    # A centre is half a pixel off every whole number; an edge that still meets one gets it once.
    inside = np.zeros(across.shape, dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if y0 == y1:
            continue
        spans = (down >= min(y0, y1)) & (down < max(y0, y1))
        inside ^= spans & (across <= x0 + (down - y0) * (x1 - x0) / (y1 - y0))
    return _held(inside, "the polygon", raster)


def _centres(raster: Raster) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    down, across = np.mgrid[: raster.height, : raster.width] + 0.5
    return across, down


def _held(inside: NDArray[np.bool_], what: str, raster: Raster) -> NDArray[np.bool_]:
    if not inside.any():
        raise InputError(
            f"{what} holds no pixel of the raster of {raster.width} x {raster.height} pixels"
        )
    return inside
