"""A cursor over the lines of a VAMAS file that knows where it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Lines"]

Array = NDArray[np.float64]

VALUES_AT_ONCE = 100_000


class Lines:
    r"""The lines of a file, cut out of its bytes when they are asked for.

    Only the places where lines begin are kept: a million lines cost 8 MB, not the hundred that as
    many strings take. Lines end with ``\n``, ``\r\n`` or ``\r``, and nothing else: byte 0x85 is an
    ellipsis in a Windows comment, not the end of it.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file, without zero bytes.
    """

    def __init__(self, path: str | Path, content: bytes) -> None:
        self.path = path
        mark = b"\n" if b"\n" in content else b"\r"
        self._ended = content.endswith(mark)
        self._content = content if self._ended or not content else content + mark
        data = np.frombuffer(self._content, dtype=np.uint8)
        self._ends = np.flatnonzero(data == mark[0])
        self.place = 0

    @property
    def left(self) -> int:
        """How many lines follow."""
        return max(self._ends.size - self.place, 0)

    def _raw(self, index: int) -> bytes:
        start = int(self._ends[index - 1]) + 1 if index else 0
        return self._content[start : int(self._ends[index])]

    def peek(self) -> str | None:
        """Give the next line and stay before it; ``None`` at the end."""
        return self._raw(self.place).decode("latin-1").rstrip() if self.left else None

    def text(self, what: str) -> str:
        """Read a line."""
        line = self.peek()
        if line is None:
            raise self.wrong(f"the file ends where {what} should stand", "export it again")
        self.place += 1
        return line

    def number(self, what: str) -> float:
        """Read a number; 1E+37 for a missing one is the caller's business."""
        text = self.text(what)
        try:
            value = _float(text)
        except ValueError:
            self.place -= 1
            raise self.wrong(f"{what} should be a number, not {text[:40]!r}") from None
        if not math.isfinite(value):
            self.place -= 1
            raise self.wrong(f"{what} should be a finite number, not {text[:40]!r}")
        return value

    def count(self, what: str, *, lines_each: int = 1) -> int:
        """Read how many entries follow: a whole number, and no more than the file has lines for."""
        value = self.number(what)
        largest = self.left // lines_each
        if value < 0 or value % 1 != 0:
            self.place -= 1
            raise self.wrong(f"{what} should be a whole number >= 0, not {value:g}")
        if value > largest:
            self.place -= 1
            raise self.wrong(
                f"{what} is {value:g}, but only {self.left - 1} lines follow", "export it again"
            )
        return int(value)

    def skip(self, number: int, what: str) -> None:
        """Pass over lines of which nothing is needed."""
        self.place += min(number, self.left + 1)
        if self.place > self._ends.size:
            self.place -= 1
            raise self.wrong(f"the file ends where {what} should stand", "export it again")

    def values(self, total: int) -> Array:
        """Read numbers, one a line; name the line of one that is none."""
        if self.left < total:
            held = self.left
            self.place = self._ends.size
            raise self.wrong(f"the file ends after {held} of {total} values", "export it again")
        pieces: list[Array] = []
        first, end = self.place, self.place + total
        for start in range(first, end, VALUES_AT_ONCE):
            self.place = start
            pieces.append(self._some_values(min(VALUES_AT_ONCE, end - start)))
        self.place = end
        if not self.left and not self._ended:
            self.place -= 1
            raise self.wrong("the file ends inside its last value", "export it again")
        return np.concatenate(pieces) if pieces else np.empty(0)

    def _some_values(self, number: int) -> Array:
        chunk = [self._raw(self.place + i) for i in range(number)]
        try:
            # Python takes "1_0" for ten; no instrument writes that.
            values = np.array([float(line) for line in chunk])
            wrong = ~np.isfinite(values)
        except ValueError:
            values = np.array([self.number("a value") for _ in chunk])
            wrong = ~np.isfinite(values)
            self.place -= number
        wrong |= np.array([b"_" in line for line in chunk], dtype=bool)
        if wrong.any():
            self.place += int(np.argmax(wrong))
            raise self.wrong(f"a value should be a finite number, not {(self.peek() or '')[:40]!r}")
        return values

    def wrong(self, reason: str, action: str = "") -> DataFileError:
        """Make the error for the line that stands next."""
        return DataFileError(self.path, reason, where=f"line {self.place + 1}", action=action)


def _float(text: str) -> float:
    if "_" in text:
        raise ValueError(text)
    return float(text)
