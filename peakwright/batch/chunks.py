"""What a batch has done so far: whole files of records, each with the checksum of what it holds.

A chunk is a head and lines. The head names the format, the batch that the chunk belongs to and the
SHA-256 of the lines; each line is one record as JSON. A chunk is written once, under a name of its
own, and never changed: what was written stays, whatever happens afterwards.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from references.files import DataFileError, read_bytes, remove_file, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["AnotherBatchError", "Chunks", "chunk_bytes", "lines_of"]

FORMAT = "peakwright.batch.chunk/1"
NAME = re.compile(r"\d{8}\.chunk")
HEAD = re.compile(rb"peakwright\.batch\.chunk/1 ([0-9a-f]{64}) ([0-9a-f]{64})")
LONGEST_HEAD = 200


class AnotherBatchError(ValueError):
    """A chunk is whole, and belongs to another batch."""


def chunk_bytes(lines: Sequence[str], batch: str) -> bytes:
    r"""Give the bytes of a chunk.

    Parameters
    ----------
    lines : sequence of str
        Records, each one line of ASCII.
    batch : str
        SHA-256 of what the batch is: its recipe, library and version.

    Examples
    --------
    >>> made = chunk_bytes(['{"a": 1}', '{"a": 2}'], 64 * "0")
    >>> lines_of(made, 64 * "0")
    ['{"a": 1}', '{"a": 2}']
    """
    body = "".join(f"{line}\n" for line in lines).encode("ascii")
    return f"{FORMAT} {batch} {_checksum(batch, body)}\n".encode("ascii") + body


def lines_of(content: bytes, batch: str) -> list[str]:
    """Give the records of a chunk.

    Raises
    ------
    AnotherBatchError
        If it is another batch's.
    ValueError
        If not every bit of it is as it was written; with the reason.
    """
    head, newline, body = content.partition(b"\n")
    told = HEAD.fullmatch(head[:LONGEST_HEAD])
    if told is None or not newline:
        raise ValueError("its head is damaged")
    if told.group(2).decode() != _checksum(told.group(1).decode(), body):
        raise ValueError("its checksum does not fit what it holds")
    if told.group(1).decode() != batch:
        raise AnotherBatchError("it belongs to another batch")
    return body.decode("ascii").splitlines()


def _checksum(batch: str, body: bytes) -> str:
    return hashlib.sha256(f"{batch}\n".encode("ascii") + body).hexdigest()


class Chunks:
    """The chunks of a folder; only one process writes there.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    batch : str
        SHA-256 of what the batch is.
    """

    def __init__(self, folder: Path, batch: str) -> None:
        self.folder = folder
        self.batch = batch
        self._next = max((int(path.stem) for path in self.paths()), default=-1) + 1

    def paths(self) -> list[Path]:
        """Give the chunks, in the order in which they were kept."""
        try:
            return sorted(p for p in self.folder.iterdir() if NAME.fullmatch(p.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DataFileError(self.folder, f"cannot be read ({error})") from None

    def append(self, lines: Sequence[str]) -> Path:
        """Keep records: when this returns, they are on the disk.

        Raises
        ------
        DataFileError
            If they could not be written; what was there before is still there.
        """
        path = self.folder / f"{self._next:08d}.chunk"
        write_atomic(path, chunk_bytes(lines, self.batch))
        self._next += 1
        return path

    def read(self, damaged: list[str] | None = None) -> Iterator[str]:
        """Give all records, in the order in which they were kept.

        Parameters
        ----------
        damaged : list of str, optional
            Filled with a sentence for each chunk that is not as it was written; such a chunk is
            passed over. Without it one is an error.

        Raises
        ------
        DataFileError
            If one cannot be read, or is whole and of another batch.
        """
        for path in self.paths():
            try:
                yield from self._lines(path)
            except ValueError as error:
                if damaged is None:
                    raise _damaged(path, error) from None
                damaged.append(f"{path}: {error}; what it held is made anew")

    def lines(self, path: Path) -> list[str]:
        """Give the records of one of the chunks.

        Raises
        ------
        DataFileError
            If it cannot be read, is damaged, or is whole and of another batch.
        """
        try:
            return self._lines(path)
        except ValueError as error:
            raise _damaged(path, error) from None

    def _lines(self, path: Path) -> list[str]:
        try:
            return lines_of(read_bytes(path), self.batch)
        except AnotherBatchError:
            raise self._others(path) from None

    def check_ours(self) -> None:
        """Refuse a folder in which another batch keeps what it has done.

        Raises
        ------
        DataFileError
            If a chunk is whole and of another batch.
        """
        for path in self.paths():
            with suppress(ValueError):
                self._lines(path)

    def remove_damaged(self) -> None:
        """Remove the chunks that :meth:`read` would pass over."""
        for path in self.paths():
            try:
                self._lines(path)
            except ValueError:
                remove_file(path)

    def _others(self, path: Path) -> DataFileError:
        return DataFileError(
            path,
            "holds results of another batch",
            action="name another folder with --out, or remove this one if they are not needed",
        )


def _damaged(path: Path, error: ValueError) -> DataFileError:
    return DataFileError(
        path,
        f"is damaged: {error}",
        action="run the batch again, which makes anew what it held",
    )
