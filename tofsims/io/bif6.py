"""BIF6: images of mass windows, all scans together, as IONTOF and PHI export them.

IONTOF's begin with a mark, then three whole numbers of two bytes: windows, pixels along x and along
y. Of each window follow its number, lower, middle and upper m/z and the counts, of four bytes each;
rows come from the greatest y. PHI's have no mark, numbers and counts of two bytes, and lines that
come from the greatest x too. Nothing but its size tells such a file from any other.
The layout is that of the programs tofsims (Bioconductor), pybif6 and pySPM.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from references.files import DataFileError, read_bytes
from references.readers import HEAD

from ..cube import ion_cube
from .reading import Reading

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["MARK", "is_bif6", "read_bif6", "window_type"]

MARK = b"\0\0BIF6"
SIZES = struct.Struct("<3H")
MASSES = struct.Struct("<3f")
MAX_SIDE = 8192
LIGHTEST, MAX_MZ = 0.5, 1e5
MAX_BYTES = 1024**3


def window_type(width: int, height: int, *, is_phi: bool = False) -> np.dtype[Any]:
    """Give the layout of a window: its number, masses and counts over rows and columns."""
    whole = "<u2" if is_phi else "<u4"
    masses = [(name, "<f4") for name in ("lower", "middle", "upper")]
    return np.dtype([("number", whole), *masses, ("counts", whole, (height, width))])


def _window_size(pixels: int, *, is_phi: bool) -> int:
    """Bytes of a window; of more pixels than there can be, too."""
    whole = 2 if is_phi else 4
    return MASSES.size + whole * (1 + pixels)


def is_bif6(head: bytes) -> bool:
    """Whether a file begins with the mark, or else is in all that can be seen as PHI's are."""
    if head.startswith(MARK):
        return len(head) >= len(MARK) + SIZES.size
    if len(head) <= SIZES.size:
        return False
    number, width, height = SIZES.unpack_from(head)
    if not number or not 0 < width <= MAX_SIDE or not 0 < height <= MAX_SIDE:
        return False
    size = _window_size(width * height, is_phi=True)
    if len(head) < HEAD and len(head) != SIZES.size + number * size:
        return False
    starts = range(SIZES.size + 2, len(head) - MASSES.size + 1, size)[:number]
    return bool(starts) and all(_are_masses(*MASSES.unpack_from(head, at)) for at in starts)


def _are_masses(lower: float, middle: float, upper: float) -> bool:
    """Whether masses are a window's: in order, and none so small that no ion has it."""
    is_light = upper < LIGHTEST or 0 < middle < LIGHTEST
    return 0 <= lower <= middle <= upper <= MAX_MZ and not is_light


def read_bif6(path: str | Path, _head: bytes) -> Reading:
    """Read the images, named by their m/z."""
    content = read_bytes(path, max_bytes=MAX_BYTES)
    is_phi = not content.startswith(MARK)
    windows = _windows(path, content, is_phi=is_phi)
    columns = slice(None, None, -1) if is_phi else slice(None)
    edges = np.stack([windows["lower"], windows["upper"]], axis=1).astype(float)
    cube = ion_cube(
        [_named(window) for window in windows],
        windows["counts"][:, None, ::-1, columns],
        mz=windows["middle"].astype(float),
        window=edges,
    )
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format="bif6",
        cubes=(cube,),
    )


def _windows(path: str | Path, content: bytes, *, is_phi: bool) -> NDArray[np.void]:
    """The windows, of which there have to be as many as the file declares, and nothing else."""
    start = 0 if is_phi else len(MARK)
    if len(content) < start + SIZES.size:
        raise DataFileError(path, "ends within its heading", action="copy or export it again")
    number, width, height = SIZES.unpack_from(content, start)
    start += SIZES.size
    expected = start + number * _window_size(width * height, is_phi=is_phi)
    if not number * width * height or len(content) != expected:
        raise DataFileError(
            path,
            f"should be {expected} bytes for {number} images of {width} x "
            f"{height} pixels as {'PHI' if is_phi else 'IONTOF'} writes them, and is "
            f"{len(content)}",
            action="copy or export it again",
        )
    windows = np.frombuffer(content, window_type(width, height, is_phi=is_phi), offset=start)
    for i, window in enumerate(windows):
        masses = [float(window[name]) for name in ("lower", "middle", "upper")]
        if not all(np.isfinite(mass) and 0 <= mass <= MAX_MZ for mass in masses):
            raise DataFileError(
                path, f"image {i + 1} has masses {masses}", action="copy or export it again"
            )
    return windows


def _named(window: np.void) -> str:
    """The mass of a window; what begins at no mass and is number 0 is the total."""
    is_total = int(window["number"]) == 0 and not float(window["lower"]) > 0
    return "total" if is_total else f"m/z {float(window['middle']):.4f}"
