"""Sequences of variable length in an HDF5 file, read from the heaps where they lie.

The library asks for as much memory as a sequence declares before it looks whether there is any of
it. So what a dataset of sequences holds, for each its length and where it lies, is read as bytes,
and the heaps are read here, never beyond their end.
"""

from __future__ import annotations

import math
import zlib
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from .hdf5_array import MAX_CHUNK, MAX_READ, library
from .hdf5_heap import heap_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .hdf5 import Hdf5

__all__ = ["Sequences"]

PLACE = np.dtype([("length", "<u4"), ("heap", "<u8"), ("index", "<u4")])
HELD = 256
"""Heaps that are kept while one stretch is read."""
DEFLATE, SHUFFLE = 1, 2
NOWHERE = (1 << 64) - 1


class Sequences:
    """A dataset of sequences of numbers.

    Parameters
    ----------
    file : Hdf5
    path : str

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
        Of the numbers.

    Raises
    ------
    DataFileError
        If it is none, or broken.

    Examples
    --------
    >>> import h5py, tempfile
    >>> from references.hdf5 import Hdf5
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with h5py.File(f"{folder}/a.h5", "w") as made:
    ...         rows = made.create_dataset("a", (1, 2), dtype=h5py.vlen_dtype("u2"))
    ...         rows[0, 1] = np.array([7, 8], dtype="u2")
    ...     with Hdf5(f"{folder}/a.h5") as file:
    ...         Sequences(file, "a").read(0)
    (array([0, 2]), array([7, 8], dtype=uint16))
    """

    def __init__(self, file: Hdf5, path: str) -> None:
        h5py = library()
        self._file, self.where = file, path
        self._found: Any = file.dataset(path)
        self._filters = file.filters(self._found, path)
        with file.named(path):
            kind = self._found.get_type()
            inner = kind.get_super() if kind.get_class() == h5py.h5t.VLEN else None
            self.shape: tuple[int, ...] = tuple(int(n) for n in self._found.shape)
            self.dtype = np.dtype(inner.dtype) if inner is not None else np.dtype("O")
            made = self._found.get_create_plist()
            layout = made.get_layout()
            self._chunk: tuple[int, ...] | None = (
                tuple(int(n) for n in made.get_chunk()) if layout == h5py.h5d.CHUNKED else None
            )
            created = h5py.h5i.get_file_id(self._found).get_create_plist()
            plain = created.get_sizes() == (8, 8) and not created.get_userblock()
        if self.dtype.kind not in "iuf" or not self.shape:
            raise file.wrong("should hold sequences of numbers", path)
        if not plain or layout == h5py.h5d.COMPACT or set(self._filters) - {DEFLATE, SHUFFLE}:
            raise file.wrong("lies or is packed in a way that is not read", path, "pack it anew")
        if PLACE.itemsize * math.prod(self._chunk or self.shape[1:]) > MAX_CHUNK:
            raise file.wrong("lies in pieces that are too large", path)

    def __len__(self) -> int:
        return self.shape[0]

    def read(self, i: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Read the sequences at a place of the first axis.

        Returns
        -------
        lengths : array of int64
            Of all of them, in C order.
        values : array
            One behind another.
        """
        places = self._places(i).ravel()
        lengths = places["length"].astype(np.int64)
        if int(lengths.sum()) * self.dtype.itemsize > min(MAX_READ, self._file.file.size):
            raise self._wrong(f"declares {int(lengths.sum())} numbers", i)
        heaps: dict[int, tuple[bytes, dict[int, tuple[int, int]]]] = {}
        parts: list[bytes] = []
        some = np.flatnonzero(lengths)
        for length, heap, index in places[some].tolist():
            if heap not in heaps:
                if len(heaps) >= HELD:
                    heaps.pop(next(iter(heaps)))
                found = heap_at(self._file.file, heap)
                if found is None:
                    raise self._wrong(f"should have its numbers in a heap at byte {heap}", i)
                heaps[heap] = found
            content, items = heaps[heap]
            start, size = items.get(index, (0, -1))
            if size != length * self.dtype.itemsize:
                raise self._wrong(f"declares {length} numbers where {max(size, 0)} bytes lie", i)
            parts.append(content[start : start + size])
        return lengths, np.frombuffer(b"".join(parts), self.dtype)

    def _wrong(self, reason: str, i: int) -> Exception:
        return self._file.wrong(reason, f"{self.where} [{i}]")

    def _places(self, i: int) -> NDArray[np.void]:
        """Give where the sequences at a place of the first axis lie."""
        if not 0 <= i < len(self):
            raise self._wrong(f"has no such place among {len(self)}", i)
        rest = self.shape[1:]
        if self._chunk is None:
            size = PLACE.itemsize * math.prod(rest)
            with self._file.named(self.where):
                start = self._found.get_offset()
            if start is None:  # nothing was ever written
                return np.zeros(rest, PLACE)
            return np.frombuffer(self._file.file.read(start + i * size, size), PLACE).reshape(rest)
        made = np.zeros(rest, PLACE)
        row = i // self._chunk[0] * self._chunk[0]
        steps = [range(0, n, step) for n, step in zip(rest, self._chunk[1:], strict=True)]
        for at in product(*steps):
            piece = self._piece((row, *at), i)[i - row]
            space = tuple(slice(a, a + n) for a, n in zip(at, piece.shape, strict=True))
            fits = tuple(slice(0, n - a) for a, n in zip(at, rest, strict=True))
            made[space] = piece[fits]
        return made

    def _piece(self, at: tuple[int, ...], i: int) -> NDArray[np.void]:
        """Read a chunk of places and undo what packed it."""
        shape = self._chunk or ()
        size = PLACE.itemsize * math.prod(shape)
        with self._file.named(self.where):
            told = self._found.get_chunk_info_by_coord(at)
        if not told.size or told.byte_offset in {None, NOWHERE}:
            return np.zeros(shape, PLACE)
        raw = self._file.file.read(int(told.byte_offset), int(told.size), max_bytes=2 * MAX_CHUNK)
        for k, number in reversed(list(enumerate(self._filters))):
            if told.filter_mask >> k & 1:
                continue
            if number == SHUFFLE:
                usable = raw[: len(raw) // PLACE.itemsize * PLACE.itemsize]
                raw = np.frombuffer(usable, "u1").reshape(PLACE.itemsize, -1).T.tobytes()
            else:
                raw = _inflated(raw, size + 4)
        if len(raw) != size:
            raise self._wrong(f"holds {len(raw)} bytes in a piece of {size}", i)
        return np.frombuffer(raw, PLACE).reshape(shape)


def _inflated(raw: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw, most)
    except zlib.error:
        return b""
