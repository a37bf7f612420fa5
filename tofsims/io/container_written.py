"""Writing the container of IONTOF files: a tree of names and values, for exchange and for tests."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from .container import CHILD, DIRECTORY, FURTHER, HEAD, MAGIC, MARK, PACKED, TABLE, VALUE

__all__ = ["Directory", "Leaf", "container"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value; packed with zlib at a level, or as it is."""

    content: bytes
    level: int | None = None


@dataclass(slots=True)
class Directory:
    """Children with their names and ids."""

    children: list[tuple[str, int, Directory | Leaf]] = field(
        default_factory=list["tuple[str, int, Directory | Leaf]"]
    )

    def add(self, name: str, child: Directory | Leaf | bytes, number: int = 0) -> None:
        """Put a child in."""
        made = Leaf(child) if isinstance(child, bytes) else child
        self.children.append((name, number, made))

    def within(self, path: str) -> Directory:
        """Give the directory at a path of names, made where it is not there."""
        here = self
        for part in path.split("/"):
            found = next((c for n, _, c in here.children if n == part), None)
            if not isinstance(found, Directory):
                found = Directory()
                here.add(part, found)
            here = found
        return here

    def put(self, path: str, content: bytes) -> None:
        """Put a value at a path of names."""
        *folders, name = path.split("/")
        (self.within("/".join(folders)) if folders else self).add(name, content)


def container(root: Directory, *, at_most: int = 1_000_000) -> bytes:
    """Give the bytes of a file.

    Parameters
    ----------
    root : Directory
    at_most : int
        Children a block lists before it goes on in another.

    Examples
    --------
    >>> root = Directory()
    >>> root.put("MassScale/sf", b"12345678")
    >>> container(root)[:8]
    b'ITStrF01'
    """
    out = bytearray(MAGIC)
    _directory(out, root, "", 0, at_most)
    return bytes(out)


def _directory(out: bytearray, folder: Directory, name: str, number: int, at_most: int) -> int:
    """Write a directory behind room for its table, then its children, then fill the table in."""
    parts = [
        folder.children[i : i + at_most] for i in range(0, max(len(folder.children), 1), at_most)
    ]
    starts: list[int] = []
    for i, part in enumerate(parts):
        starts.append(len(out))
        length = TABLE.size + sum(CHILD.size + len(child[0].encode("latin-1")) for child in part)
        kind = FURTHER if i else DIRECTORY
        out += HEAD.pack(kind, MARK, len(name), number, len(part), length, length)
        out += name.encode("latin-1") + bytes(length)
    for i, part in enumerate(parts):
        at = starts[i] + HEAD.size + len(name)
        names = TABLE.size + CHILD.size * len(part)
        further = starts[i + 1] if i + 1 < len(parts) else 0
        mark = bytes([FURTHER]) + MARK if further else bytes(5)
        out[at : at + TABLE.size] = TABLE.pack(names, len(part), mark, 0, 0, 0, 0, 0, further)
        for j, (label, id_, child) in enumerate(part):
            encoded = label.encode("latin-1")
            if isinstance(child, Directory):
                kind, size, where = DIRECTORY, 0, _directory(out, child, label, id_, at_most)
            else:
                kind, size, where = _leaf(out, child, label, id_)
            leaf = int(not isinstance(child, Directory))
            entry = CHILD.pack(kind, names, len(encoded), id_, leaf, size, where)
            out[at + TABLE.size + j * CHILD.size : at + TABLE.size + (j + 1) * CHILD.size] = entry
            out[at + names : at + names + len(encoded)] = encoded
            names += len(encoded)
    return starts[0]


def _leaf(out: bytearray, leaf: Leaf, name: str, number: int) -> tuple[int, int, int]:
    kind = VALUE if leaf.level is None else PACKED
    content = leaf.content if leaf.level is None else zlib.compress(leaf.content, leaf.level)
    where = len(out)
    out += HEAD.pack(kind, MARK, len(name), number, 0, len(content), len(content))
    out += name.encode("latin-1") + content
    return kind, len(content), where
