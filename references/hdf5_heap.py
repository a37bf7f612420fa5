"""HDF5's global heaps, and a file that looks at them before the library does.

A heap (``GCOL``, format specification III.E) is items one behind another. Where one declares no
length, HDF5's library goes over it for ever. So it reads through a file that refuses to give it a
heap whose items do not follow each other.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .files import LargeFile

__all__ = ["HEAD", "MARK", "Watched", "heap_at"]

HEAD = struct.Struct("<8sQ")
ITEM = struct.Struct("<HHIQ")
MARK = b"GCOL\1"
NEAR = len(MARK) - 1
MAX_HEAP = 64 * 1024**2

Items = dict[int, tuple[int, int]]
"""Where each item begins in a heap, and how long it is."""


def heap_at(file: LargeFile, at: int) -> tuple[bytes, Items] | None:
    """Read a heap: its bytes and its items; ``None`` if they do not follow each other."""
    if at + HEAD.size > file.size:
        return None
    mark, size = HEAD.unpack(file.read(at, HEAD.size))
    if not mark.startswith(MARK) or not HEAD.size <= size <= min(MAX_HEAP, file.size - at):
        return None
    content = file.read(at, size)
    items: Items = {}
    here = HEAD.size
    while here + ITEM.size <= size:
        index, _, _, length = ITEM.unpack_from(content, here)
        # Of what is free the length counts from its head.
        needed = length if index == 0 else ITEM.size + -(-length // 8) * 8
        if not ITEM.size <= needed <= size - here:
            return None
        if index:
            items[index] = (here + ITEM.size, length)
        here += needed
    return content, items


class Watched:
    """A file as HDF5's library reads it: nothing beyond its end, and no broken heap."""

    def __init__(self, file: LargeFile) -> None:
        self._file, self._here = file, 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        self._here = offset + {os.SEEK_END: self._file.size, os.SEEK_CUR: self._here}.get(whence, 0)
        return self._here

    def tell(self) -> int:
        """Give the place."""
        return self._here

    def flush(self) -> None:
        """Do nothing: nothing is written."""

    def readinto(self, into: memoryview) -> int:
        """Read as much as there is room for."""
        into[:] = self.read(len(into))
        return len(into)

    def read(self, length: int) -> bytes:
        """Read so many bytes."""
        # A mark may lie across the ends of what is read.
        start = max(self._here - NEAR, 0)
        stop = min(self._here + length + NEAR, self._file.size)
        if length < 0 or self._here + length > self._file.size:
            raise OSError(f"byte {self._here + length} is behind the end at {self._file.size}")
        content = self._file.read(start, stop - start)
        at = content.find(MARK)
        while at >= 0:
            if heap_at(self._file, start + at) is None:
                raise OSError(f"the heap at byte {start + at} is broken")
            at = content.find(MARK, at + 1)
        found = content[self._here - start :][:length]
        self._here += length
        return found
