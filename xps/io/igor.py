"""Igor binary waves (``.ibw``), as Scienta's SES saves spectra.

Layout by WaveMetrics' Technical Note 003 (Igor Binary Format), versions 2 and 5, both byte orders.
A wave holds its own scaling: value at point p of a dimension = delta * p + start.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError

from .reading import Reading
from .scienta import MAX_SLICES, settings_of, spectra_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Wave", "is_igor", "read_igor", "read_wave"]

Array = NDArray[np.float64]

MAX_BYTES = 128 * 1024**2
MAX_NOTE = 1024**2
TYPES = {
    2: "f4", 4: "f8",
    0x08: "i1", 0x10: "i2", 0x20: "i4",
    0x48: "u1", 0x50: "u2", 0x60: "u4",
}  # fmt: skip
"""Real numbers by their code; text (0) and complex numbers (odd codes) are no spectra."""

HEADER_2, DATA_2 = 16 + 110, 16 + 110
HEADER_5, DATA_5 = 64 + 320, 64 + 320


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wave:
    """An Igor wave.

    Attributes
    ----------
    name : str
    data : ndarray, shape (rows,) or (rows, columns, ...)
    start, delta : tuple of float
        Scaling of each dimension.
    data_unit : str
    units : tuple of str
        Of each dimension.
    note : str
        What the program that saved it had to say.
    """

    name: str
    data: Array
    start: tuple[float, ...]
    delta: tuple[float, ...]
    data_unit: str
    units: tuple[str, ...]
    note: str

    def axis(self, dimension: int) -> Array:
        """Where the points of a dimension stand."""
        points = np.arange(self.data.shape[dimension], dtype=float)
        return self.start[dimension] + self.delta[dimension] * points


def is_igor(head: bytes) -> bool:
    """Whether a file begins with the number of a wave's version, and its header adds up."""
    order = _order(head)
    if order is None:
        return False
    size = HEADER_2 if struct.unpack_from(order + "h", head)[0] == 2 else HEADER_5
    return len(head) >= size and _sum(head, size, order) == 0


def read_igor(path: str | Path, content: bytes) -> Reading:
    """Read an Igor binary wave.

    A wave of two dimensions is a spectrum a column. SES's settings are taken from the wave's note.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.

    Returns
    -------
    Reading

    Raises
    ------
    DataFileError
        If it is no wave of versions 2 or 5, is damaged or cut off, or holds no real numbers.
    """
    wave = read_wave(path, content)
    if wave.data.ndim > 2:
        raise DataFileError(
            path,
            f"holds a wave of {wave.data.ndim} dimensions; spectra have one, or two with slices",
            action="save it in slices",
        )
    values = wave.data.reshape(wave.data.shape[0], -1)
    if values.shape[1] > MAX_SLICES:
        raise DataFileError(path, f"has {values.shape[1]} slices, more than {MAX_SLICES}")
    settings = settings_of(wave.note.replace("\r", "\n").split("\n"))
    spectra, notes = spectra_of(
        path,
        settings,
        place=f"wave {wave.name}",
        axis=wave.units[0],
        energy=wave.axis(0),
        values=values,
        unit=wave.data_unit,
        slices=(wave.units[1], wave.axis(1)) if wave.data.ndim == 2 else None,
    )
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format="igor",
        spectra=tuple(spectra),
        casa=tuple(None for _ in spectra),
        notes=tuple(notes),
    )


def read_wave(path: str | Path, content: bytes) -> Wave:
    """Read a wave: its numbers, scaling, units and note.

    Raises
    ------
    DataFileError
        As :func:`read_igor`.
    """
    order = _order(content)
    if order is None or len(content) > MAX_BYTES:
        raise DataFileError(
            path,
            f"is no Igor binary wave of version 2 or 5 and up to {MAX_BYTES} bytes",
            action="save it from Igor as Igor Binary or as text",
        )
    version = struct.unpack_from(order + "h", content)[0]
    size = HEADER_2 if version == 2 else HEADER_5
    if len(content) < size:
        raise _cut(path, len(content), "its header")
    if _sum(content, size, order) != 0:
        raise DataFileError(
            path, "has a header that does not add up to its checksum", action="copy it again"
        )
    return (_version_2 if version == 2 else _version_5)(path, content, order)


def _order(head: bytes) -> str | None:
    """The byte order in which the version is 2 or 5."""
    for order in "<>":
        if len(head) >= 2 and struct.unpack_from(order + "h", head)[0] in {2, 5}:
            return order
    return None


def _sum(content: bytes, size: int, order: str) -> int:
    """The header's words added up, which the checksum brings to zero."""
    return int(np.frombuffer(content, f"{order}u2", count=size // 2).sum(dtype=np.int64)) & 0xFFFF


def _version_2(path: str | Path, content: bytes, order: str) -> Wave:
    note_size = struct.unpack_from(order + "i", content, 6)[0]
    at = 16
    kind = struct.unpack_from(order + "h", content, at)[0]
    units = (_text(content, at + 34, 4), _text(content, at + 38, 4))
    points = struct.unpack_from(order + "i", content, at + 42)[0]
    delta, start = struct.unpack_from(order + "2d", content, at + 48)
    data, end = _numbers(path, content, order, kind, (points,), DATA_2)
    # Sixteen bytes stand between the numbers and the note.
    return Wave(
        name=_text(content, at + 6, 20),
        data=data,
        start=(start,),
        delta=(delta,),
        data_unit=units[0],
        units=units[1:],
        note=_part(path, content, end + 16, note_size, "its note"),
    )


def _version_5(path: str | Path, content: bytes, order: str) -> Wave:
    sizes = struct.unpack_from(
        order + "11i", content, 8
    )  # formula, note, units, labels of rows ...
    at = 64
    kind = struct.unpack_from(order + "h", content, at + 16)[0]
    shape = struct.unpack_from(order + "4i", content, at + 68)
    scaling = struct.unpack_from(order + "8d", content, at + 84)
    dimensions = next((j for j, length in enumerate(shape) if length == 0), 4)
    data, end = _numbers(path, content, order, kind, shape[:dimensions], DATA_5)
    parts: list[str] = []
    for size, what in zip(
        sizes[:7], ("its formula", "its note", "its data unit", *["a dimension's unit"] * 4),
        strict=True,
    ):  # fmt: skip
        parts.append(_part(path, content, end, size, what))
        end += size
    short = [_text(content, at + 152 + 4 * j, 4) for j in range(4)]
    return Wave(
        name=_text(content, at + 28, 32),
        data=data,
        start=scaling[4 : 4 + dimensions],
        delta=scaling[:dimensions],
        data_unit=parts[2] or _text(content, at + 148, 4),
        units=tuple((parts[3 + j] or short[j]) for j in range(dimensions)),
        note=parts[1],
    )


def _numbers(
    path: str | Path, content: bytes, order: str, kind: int, shape: tuple[int, ...], at: int
) -> tuple[Array, int]:
    """Give the wave's numbers, first dimension running fastest, and where they end."""
    if kind not in TYPES:
        what = "text" if kind == 0 else "complex numbers" if kind & 1 else f"numbers of type {kind}"
        raise DataFileError(path, f"is a wave of {what}, not of real numbers")
    form = np.dtype(f"{order}{TYPES[kind]}")
    total = 1
    for length in shape:
        total *= length
    if min(shape, default=0) < 1:
        raise DataFileError(path, "is a wave without points")
    end = at + total * form.itemsize
    if end > len(content):
        raise _cut(path, len(content), f"its {total} values")
    values = np.frombuffer(content, form, count=total, offset=at)
    with np.errstate(invalid="ignore"):
        return values.astype(float).reshape(shape, order="F"), end


def _part(path: str | Path, content: bytes, at: int, size: int, what: str) -> str:
    if not 0 <= size <= MAX_NOTE:
        raise DataFileError(path, f"says that {what} takes {size} bytes")
    if at + size > len(content):
        raise _cut(path, len(content), what)
    return content[at : at + size].rstrip(b"\x00").decode("latin-1")


def _text(content: bytes, at: int, size: int) -> str:
    return content[at : at + size].partition(b"\x00")[0].decode("latin-1")


def _cut(path: str | Path, length: int, what: str) -> DataFileError:
    return DataFileError(
        path, f"ends where {what} should stand", where=f"byte {length}", action="copy it again"
    )
