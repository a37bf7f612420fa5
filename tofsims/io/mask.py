"""Regions painted in a picture: what is light is inside.

The picture has a pixel for each pixel of the raster and is drawn as our figures are, y upwards: its
bottom row is y = 0.
"""

from __future__ import annotations

import io
import struct
import warnings
from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ..events import Raster

__all__ = ["read_mask"]

KINDS = ("PNG", "TIFF", "BMP", "GIF", "PPM")
"""Pictures that lose nothing when they are saved."""
LARGEST = 64 * 1024**2
BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError,
    EOFError, MemoryError, struct.error,
)  # fmt: skip
"""What a decoder raises of a broken picture."""


def read_mask(path: str | Path, raster: Raster) -> NDArray[np.bool_]:
    """Read the region that is painted in a picture.

    Parameters
    ----------
    path : path
        PNG, TIFF, BMP, GIF or PGM, of as many pixels as the raster.
    raster : Raster

    Returns
    -------
    (height, width) array of bool
        Where the picture is lighter than half; a transparent pixel is dark.

    Raises
    ------
    DataFileError
        If it is no such picture, of another size, or all dark.
    """
    light = _light(path, raster)
    if light.ndim == 3:
        inside = (light[..., 0] > 127) & (light[..., 1] > 127)
    else:
        inside = light > 0.5 * light.max()
    if not inside.any():
        raise DataFileError(path, "is dark all over", action="paint the region white")
    return np.ascontiguousarray(inside[::-1])


def _light(path: str | Path, raster: Raster) -> NDArray[np.float64]:
    """Give how light pixels are, or how light and how opaque, once the size is right."""
    from PIL import Image

    content = read_bytes(path, max_bytes=LARGEST)
    try:
        with (
            # What is odd about a picture and does no harm is the decoder's own affair.
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(content), formats=KINDS) as picture,
        ):
            size = picture.size
            if size == (raster.width, raster.height):
                # Of more than eight bits the range is not told: such a picture stays as it is.
                plain = picture.mode[0] in "IF"
                return np.asarray(picture if plain else picture.convert("LA"), dtype=float)
    except (*BROKEN, Image.DecompressionBombError) as error:
        raise DataFileError(
            path,
            f"is no picture that can be read ({type(error).__name__})",
            action=f"save the region as one of {', '.join(KINDS)}",
        ) from None
    raise DataFileError(
        path,
        f"is a picture of {size[0]} x {size[1]} pixels, and the raster has "
        f"{raster.width} x {raster.height}",
        action="save it with a pixel for each of the raster",
    )
