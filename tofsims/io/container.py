"""The container of IONTOF files (.itm, .ita, .its): blocks in a tree, read where they lie.

A file begins with ``ITStrF01`` and its root block. A block is a head of 25 bytes, a name and a
value. A directory's value is a table of its children and their names; a long one goes on in further
blocks. A value is bytes whose meaning only its name tells; some are packed with zlib. Nothing is
unpickled or run. The layout is known from other programs' work, not from its maker.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from references.files import DataFileError, LargeFile

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAGIC", "Block", "Container"]

MAGIC = b"ITStrF01"
DIRECTORY, FURTHER, VALUE, PACKED = 0x01, 0x03, 0x00, 0x80
HEAD = struct.Struct("<B4s5I")
TABLE = struct.Struct("<II5s5IQ")
CHILD = struct.Struct("<BIIIIQQ")
MARK = b"\x19\0\0\0"
MAX_NAME = 4096
MAX_CHILDREN = 4_000_000
MAX_VALUE = 256 * 1024**2
"""Of one value, packed or unpacked [bytes]."""


class Container:
    """A file of blocks.

    Parameters
    ----------
    path : path

    Raises
    ------
    DataFileError
        If it is no such file.
    """

    def __init__(self, path: str) -> None:
        self.file = LargeFile(path)
        self.path = self.file.path
        if self.file.size < len(MAGIC) or self.file.read(0, len(MAGIC)) != MAGIC:
            self.file.close()
            raise DataFileError(path, "does not begin with ITStrF01, as IONTOF's files do")
        self.root = Block(container=self, kind=DIRECTORY, name="", number=0, at=len(MAGIC))

    def wrong(self, reason: str, at: int) -> DataFileError:
        """Make the error of a place in the file."""
        return DataFileError(
            self.path, reason, where=f"byte {at}", action="copy or export the file again"
        )

    def find(self, path: str) -> Block | None:
        """Give the block at a path of names, ``"propend/Measurement"``; ``None`` without it."""
        return self.root.below(path)


@dataclass(slots=True, kw_only=True, eq=False)
class Block:
    """A block: a directory of others, or a value.

    Attributes
    ----------
    container : Container
    kind : int
    name : str
    number : int
        Its id among those of its name.
    at : int
        Byte of its head.
    """

    container: Container
    kind: int
    name: str
    number: int
    at: int
    _children: dict[str, list[Block]] | None = field(default=None)

    @property
    def is_directory(self) -> bool:
        """Whether it holds other blocks."""
        return self.kind in {DIRECTORY, FURTHER}

    def child(self, name: str) -> Block | None:
        """Give its child of a name, the one of the lowest id; ``None`` without one."""
        named = self.children().get(name, [])
        return min(named, key=lambda block: block.number) if named else None

    def below(self, path: str) -> Block | None:
        """Give the block at a path of names below it; ``None`` without it."""
        here: Block | None = self
        for name in path.split("/"):
            here = here.child(name) if here is not None and here.is_directory else None
        return here

    def children(self) -> dict[str, list[Block]]:
        """Give its children by name, those of one name by their id."""
        if self._children is None:
            found: dict[str, list[Block]] = {}
            for block in self.listed():
                found.setdefault(block.name, []).append(block)
            for named in found.values():
                named.sort(key=lambda block: block.number)
            self._children = found
        return self._children

    def value(self) -> bytes:
        """Give its bytes, unpacked."""
        at, length, _, _ = self._head(self.at)
        raw = self.container.file.read(at, length, max_bytes=MAX_VALUE)
        if self.kind != PACKED:
            return raw
        unpacking = zlib.decompressobj()
        try:
            found = unpacking.decompress(raw, MAX_VALUE)
        except zlib.error as error:
            raise self.container.wrong(f"{self.name!r} is packed wrongly ({error})", at) from None
        if unpacking.unconsumed_tail:
            raise self.container.wrong(f"{self.name!r} unpacks to more than {MAX_VALUE} bytes", at)
        if not unpacking.eof:
            raise self.container.wrong(f"{self.name!r} is packed and ends too early", at)
        return found

    def text(self) -> str:
        """Give its value as UTF-16 text."""
        return self.value().decode("utf-16-le", errors="replace").rstrip("\0")

    def real(self) -> float:
        """Give its value as a number of eight bytes."""
        raw = self.value()
        if len(raw) < 8:
            raise self.container.wrong(f"{self.name!r} should hold a number of 8 bytes", self.at)
        return float(struct.unpack_from("<d", raw)[0])

    def whole(self) -> int:
        """Give its value as a whole number of four bytes."""
        raw = self.value()
        if len(raw) < 4:
            raise self.container.wrong(f"{self.name!r} should hold a number of 4 bytes", self.at)
        return int(struct.unpack_from("<I", raw)[0])

    def _head(self, at: int) -> tuple[int, int, int, int]:
        """Where a block's value begins, its length, how many children it lists, and its kind."""
        file = self.container.file
        kind, mark, name, _, children, length, _ = HEAD.unpack(file.read(at, HEAD.size))
        if mark != MARK:
            raise self.container.wrong("expected the head of a block", at)
        if name > MAX_NAME:
            raise self.container.wrong(f"declares a name of {name} bytes", at)
        return at + HEAD.size + name, length, children, kind

    def listed(self) -> Iterator[Block]:
        """Give its children in the order in which they are listed."""
        seen: set[int] = set()
        at, listed = self.at, 0
        while at:
            if at in seen:
                raise self.container.wrong("goes on in a block that it came from", at)
            seen.add(at)
            start, length, number, kind = self._head(at)
            if kind not in {DIRECTORY, FURTHER}:
                raise self.container.wrong(f"{self.name!r} should be a directory", at)
            listed += number
            if listed > MAX_CHILDREN or TABLE.size + number * CHILD.size > length:
                raise self.container.wrong(f"declares {number} children in {length} bytes", at)
            table = self.container.file.read(start, length, max_bytes=MAX_VALUE)
            for i in range(number):
                kind, first, size, id_, _, _, where = CHILD.unpack_from(
                    table, TABLE.size + i * CHILD.size
                )
                if size > MAX_NAME or first + size > length:
                    raise self.container.wrong("names a child beyond its table", start)
                name = table[first : first + size].decode("latin-1")
                yield Block(container=self.container, kind=kind, name=name, number=id_, at=where)
            at = TABLE.unpack_from(table)[-1]
