"""Images of peaks and scans in IONTOF's files: read at once, or piece by piece if they are many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from references.files import DataFileError

from .container import Block, Container

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["images_of_scans"]

IN_MEMORY = 256 * 1024**2
"""Bytes of images that are read at once; more are read when they are asked for."""
CHUNK = 32 * 1024**2
"""Bytes that are read together then."""


def images_of_scans(
    file: Container, blocks: list[list[Block]], sides: tuple[int, int]
) -> NDArray[np.uint32]:
    """Give the counts over ion, scan, y and x that blocks hold.

    Parameters
    ----------
    file : Container
    blocks : list of list of Block
        An image each, for each ion and scan.
    sides : (height, width)

    Returns
    -------
    (ions, scans, height, width) array
        A dask array where it would be large.

    Raises
    ------
    DataFileError
        If an image is not of this size, or all are too many without dask.
    """
    shape = (len(blocks), len(blocks[0]), *sides)
    size = 4 * int(np.prod(shape, dtype=float))
    if size > IN_MEMORY:
        _image(blocks[0][0], sides)  # sides that are a lie should not wait to be found out
        return _lazily(file, blocks, shape)
    counts = np.empty(shape, dtype=np.uint32)
    for i, row in enumerate(blocks):
        for j, block in enumerate(row):
            counts[i, j] = _image(block, sides)
    return counts


def _lazily(file: Container, blocks: list[list[Block]], shape: tuple[int, ...]) -> Any:
    """A dask array of pieces of one ion and a few scans."""
    try:
        import dask.array as da
    except ImportError:
        raise DataFileError(
            file.path,
            f"holds images of {4e-9 * np.prod(shape, dtype=float):.1f} GB, too many for memory",
            action="install peakwright[cubes], with which they are read piece by piece",
        ) from None
    step = max(CHUNK // (4 * shape[2] * shape[3]), 1)
    scans = tuple(min(step, shape[1] - first) for first in range(0, shape[1], step))
    places = [[(one.kind, one.name, one.number, one.at) for one in row] for row in blocks]
    array: Any = da
    return array.map_blocks(
        _Piece(file.path, places, (shape[2], shape[3]), step),
        chunks=((1,) * shape[0], scans, (shape[2],), (shape[3],)),
        dtype=np.uint32,
        meta=np.empty((0, 0, 0, 0), dtype=np.uint32),
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """Reads a piece of the images; it opens the file itself, perhaps in another process."""

    path: str
    places: list[list[tuple[int, str, int, int]]]
    sides: tuple[int, int]
    step: int

    def __call__(self, *, block_id: tuple[int, ...]) -> NDArray[np.uint32]:
        first = block_id[1] * self.step
        file = Container(self.path)
        with file.file:
            blocks = [
                Block(container=file, kind=kind, name=name, number=number, at=at)
                for kind, name, number, at in self.places[block_id[0]][first : first + self.step]
            ]
            return np.stack([_image(block, self.sides) for block in blocks])[None]


def _image(block: Block, sides: tuple[int, int]) -> NDArray[np.uint32]:
    raw = block.value()
    if len(raw) != 4 * sides[0] * sides[1]:
        raise block.container.wrong(
            f"an image should hold {sides[1]} x {sides[0]} numbers of 4 bytes, and holds "
            f"{len(raw)} bytes",
            block.at,
        )
    return np.frombuffer(raw, "<u4").reshape(sides)
