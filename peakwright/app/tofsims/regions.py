"""Regions as they are drawn and written: a rectangle, a disc, a polygon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.words import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tofsims.events import Raster

__all__ = ["mask_of", "outline_of"]

CORNERS = 72
"""Of a disc as it is drawn."""


def mask_of(text: str, raster: Raster) -> NDArray[np.bool_] | None:
    """Give the pixels of a region; ``None`` for the whole field.

    Raises
    ------
    InputError
        If it is none, in words for a page; a picture is not taken here.
    """
    from ...jobs.tofsims.given import region_of

    if text.startswith("mask:"):
        raise InputError("a region here is x0,y0,x1,y1 or begins with disc: or polygon:")
    try:
        return region_of(text.replace(" ", ""), raster)
    except InputError as error:
        raise InputError(str(error).replace("--region", "a region")) from None


def outline_of(text: str) -> tuple[list[float], list[float]]:
    """Give the outline of a region in pixels, x and y; nothing of the whole field.

    Examples
    --------
    >>> outline_of("1,2,4,6")
    ([1.0, 4.0, 4.0, 1.0], [2.0, 2.0, 6.0, 6.0])
    >>> outline_of("polygon:0,0,4,0,0,4")
    ([0.0, 4.0, 0.0], [0.0, 0.0, 4.0])
    >>> outline_of("")
    ([], [])
    """
    kind, _, rest = text.rpartition(":")
    numbers = [float(part) for part in rest.split(",") if part.strip()]
    if not numbers:
        return [], []
    if kind == "disc":
        x, y, radius = numbers
        turn = np.linspace(0.0, 2.0 * np.pi, CORNERS, endpoint=False)
        return (x + radius * np.cos(turn)).tolist(), (y + radius * np.sin(turn)).tolist()
    if kind == "polygon":
        return numbers[::2], numbers[1::2]
    x0, y0, x1, y1 = numbers
    return [x0, x1, x1, x0], [y0, y0, y1, y1]
