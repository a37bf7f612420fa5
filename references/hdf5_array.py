"""Datasets of numbers in an HDF5 file: looked at before they are read, then read by stretches."""

from __future__ import annotations

import math
from importlib import import_module
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from .words import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .hdf5 import Hdf5

__all__ = ["MAX_CHUNK", "MAX_READ", "PACKED", "Array", "library"]

MAX_CHUNK = 256 * 1024**2
MAX_READ = 1024**3
"""Bytes that are read at once."""
MAX_CHUNKS = 1_000_000
MAX_SIZE = 1 << 48
"""Bytes that a dataset may declare."""
PACKED = 1000
"""Times that a packed dataset may be larger than what is stored of it,"""
FREE = 16 * 1024**2
"""and so many bytes more, that were never written."""
BUILT_IN = {1: "deflate", 2: "shuffle", 3: "fletcher32", 6: "scale-offset"}
PLUGINS = {32001: "Blosc", 32004: "LZ4", 32008: "Bitshuffle", 32015: "Zstd", 32026: "Blosc2"}


def library() -> Any:
    """Give h5py, which has no types; nothing else imports it to read."""
    import h5py

    return h5py


class Array:
    """A dataset of numbers, read by stretches of its first axis.

    Attributes
    ----------
    where : str
    shape : tuple of int
    dtype : dtype
    """

    def __init__(self, file: Hdf5, path: str, found: Any, packed: float) -> None:
        h5py = library()
        self._file, self.where, self._found = file, path, found
        filters = file.filters(found, path)
        with file.named(path):
            self.shape: tuple[int, ...] = tuple(int(n) for n in found.shape)
            self.dtype: np.dtype[Any] = np.dtype(found.dtype)
            made = found.get_create_plist()
            is_chunked = made.get_layout() == h5py.h5d.CHUNKED
            self.chunk: tuple[int, ...] | None = (
                tuple(int(n) for n in made.get_chunk()) if is_chunked else None
            )
            stored = int(found.get_storage_size())
        kinds = [self.dtype, *(field[0] for field in (self.dtype.fields or {}).values())]
        if any(kind.kind not in "iufSV" or kind.shape for kind in kinds) or not self.shape:
            raise file.wrong(f"should hold numbers and holds {str(self.dtype)[:60]}", path)
        size = self.dtype.itemsize * math.prod(self.shape)
        if size > MAX_SIZE or (self.chunk and self._chunk_bytes > MAX_CHUNK):
            raise file.wrong(f"declares {size} bytes in pieces of {self._chunk_bytes}", path)
        if size > packed * stored + FREE:
            raise file.wrong(f"declares {size} bytes and stores {stored}", path)
        _need(filters, file, path)

    @property
    def _chunk_bytes(self) -> int:
        return self.dtype.itemsize * math.prod(self.chunk or ())

    def __len__(self) -> int:
        return self.shape[0]

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Read a stretch of the first axis; all of it if none is named."""
        h5py = library()
        stop = len(self) if stop is None else stop
        if not 0 <= start <= stop <= len(self):
            raise self._file.wrong(f"has no places {start} to {stop} of {len(self)}", self.where)
        size = (stop - start) * self.dtype.itemsize * math.prod(self.shape[1:])
        if size > MAX_READ:
            raise self._file.wrong(f"would take {size} bytes at once", self.where)
        with self._file.named(self.where):
            self._look_at_chunks(start, stop)
            found: NDArray[Any] = h5py.Dataset(self._found)[start:stop]
        return found

    def _look_at_chunks(self, start: int, stop: int) -> None:
        """Refuse a piece that is far longer than what it should unpack to."""
        if self.chunk is None or start == stop:
            return
        rest = [range(0, n, step) for n, step in zip(self.shape[1:], self.chunk[1:], strict=True)]
        rows = range(start // self.chunk[0] * self.chunk[0], stop, self.chunk[0])
        if math.prod(len(steps) for steps in (rows, *rest)) > MAX_CHUNKS:
            raise self._file.wrong("lies in more pieces than are read at once", self.where)
        for at in product(rows, *rest):
            size = int(self._found.get_chunk_info_by_coord(at).size or 0)
            if size > 2 * self._chunk_bytes + 4096:
                raise self._file.wrong(
                    f"stores {size} bytes for a piece of {self._chunk_bytes}", self.where
                )


def _need(filters: list[int], file: Hdf5, where: str) -> None:
    """See that what unpacks a dataset is at hand."""
    h5py = library()
    for number in filters:
        if number in BUILT_IN or (number in PLUGINS and h5py.h5z.filter_avail(number)):
            continue
        if number not in PLUGINS:
            raise file.wrong(
                f"is packed by filter {number}, which is not known", where, "pack it otherwise"
            )
        try:
            import_module("hdf5plugin")  # which adds the filters
        except ImportError:
            raise InputError(
                f"{file.path}, {where}: is packed by {PLUGINS[number]}, which needs hdf5plugin; "
                "pip install 'peakwright[cubes]'"
            ) from None
