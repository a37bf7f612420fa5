"""ITZIP: events that SurfaceLab exports into files side by side, an entry an ion in each.

Of ``NAME`` these are ``NAME.itm.scans``, ``.tofs`` and ``.shots``, whole numbers of four bytes,
``.coords``, pairs of them (x, y), and ``NAME.properties.txt``: of each property a line of name,
whole number, real number and text. None has a mark, so they are told by their names, and any of
them, or the folder, stands for all.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, LargeFile, read_bytes, sha256
from references.readers import Told
from references.words import Severity

from ..events import MAX_CHANNELS, Hits, Raster, Scan, gaps_in
from ..masscal import MassScale
from .reading import Reading
from .settings import Property, raster_of, run_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ENDINGS", "PROPERTIES", "is_itzip", "read_itzip"]

ENDINGS = {"scans": 4, "tofs": 4, "shots": 4, "coords": 8}
"""Ends of the names of the files of events, and how many bytes an ion has in each."""
PROPERTIES = ".properties.txt"
MAX_TEXT = 16 * 1024**2
MAX_SCANS = 100_000
WHOLE = 2.0**53
"""Beyond this a real number is no certain whole one."""
PIECE = 4_000_000
"""Ions that are looked over at once."""


def is_itzip(path: str | Path) -> bool:
    """Whether a path is by its name a file of such an export, or a folder that holds one."""
    given = Path(path)
    try:
        return bool(_names(given) if given.is_dir() else _name(given))
    except OSError:
        return False


def _name(path: Path) -> str:
    """The name that the files of an export share; empty if it is none of them."""
    for ending in (*(f".itm.{end}" for end in ENDINGS), PROPERTIES):
        if path.name.endswith(ending):
            return path.name.removesuffix(ending)
    return ""


def _names(folder: Path) -> list[str]:
    """The names of the exports in a folder."""
    return sorted({_name(path) for end in ENDINGS for path in folder.glob(f"*.itm.{end}")})


def read_itzip(path: str | Path, _head: bytes = b"") -> Reading:
    """Read how a measurement was made and where its events lie; they are loaded later.

    The checksum is that of the checksums of all its files.
    """
    given = Path(path)
    names = _names(given) if given.is_dir() else [_name(given)]
    if len(names) != 1 or not names[0]:
        raise DataFileError(
            path,
            f"holds the events of {', '.join(names)}" if names[1:] else "is no file of an ITZIP",
            action="name one file of the measurement, for instance its .itm.tofs",
        )
    folder = given if given.is_dir() else given.parent
    paths = {end: folder / f"{names[0]}.itm.{end}" for end in ENDINGS}
    text = folder / f"{names[0]}{PROPERTIES}"
    missing = [one.name for one in (*paths.values(), text) if not one.is_file()]
    if missing:
        raise DataFileError(
            path,
            f"lacks {', '.join(missing)}",
            where=str(folder),
            action="put all files of the export into one folder",
        )
    known = _properties(text)
    raster = raster_of(str(path), known, where=f"{text.name}, Registration.Raster.Resolution")
    events = _Events(path, {end: LargeFile(one) for end, one in paths.items()}, raster)
    spans, last = events.spans()
    told = Told(subject="the measurement")
    run = run_of(
        [Scan(number, _Part(events, tuple(spans[number]))) for number in sorted(spans)],
        known,
        raster=raster,
        scales=_scale(known, told),
        at_least=last + 1,
    )
    gaps = gaps_in(run.numbers)
    checksums = "".join(sha256(one) for one in (*paths.values(), text))
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(checksums.encode()).hexdigest(),
        format="itzip",
        runs=(run,),
        notes=(*told.notes, *(() if gaps is None else (gaps,))),
    )


def _properties(path: Path) -> dict[str, Property]:
    """The properties in a text; lines that hold none are passed over."""
    raw = read_bytes(path, max_bytes=MAX_TEXT)
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = raw.decode("utf-16" if marked else "latin-1", errors="replace")
    found: dict[str, Property] = {}
    for line in text.splitlines():
        parts = line.split("\t") if line.count("\t") >= 2 else line.split(maxsplit=3)
        if len(parts) < 3:
            continue
        real, whole = _number(parts[2]), _number(parts[1])
        found[parts[0].strip().removeprefix("\xef\xbb\xbf")] = Property(
            next((int(one) for one in (whole, real) if one.is_integer() and abs(one) < WHOLE), 0),
            real,
            parts[3].strip() if len(parts) > 3 else "",
        )
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _scale(known: dict[str, Property], told: Told) -> tuple[MassScale, ...]:
    sf, k0 = (known.get(f"Context.MassScale.{name}") for name in ("SF", "K0"))
    if sf is None or k0 is None:
        return ()
    if not (np.isfinite(k0.real) and 0 < sf.real < np.inf):
        told.say(
            "no_mass_scale",
            Severity.WARNING,
            f"the file's mass scale cannot be (sf {sf.real:g}, k0 {k0.real:g}); it is left out",
            reported=f"sf {sf.real:g}, k0 {k0.real:g}",
        )
        return ()
    return (MassScale(sf=sf.real, k0=k0.real, source="Context.MassScale"),)


class _Events:
    """The files of events, of which all hold the same number."""

    def __init__(self, path: str | Path, files: dict[str, LargeFile], raster: Raster) -> None:
        self.path, self.files, self.raster = str(path), files, raster
        numbers = {end: files[end].size / size for end, size in ENDINGS.items()}
        if len(set(numbers.values())) > 1 or not numbers["tofs"].is_integer():
            told = ", ".join(f"{end} {number:g}" for end, number in numbers.items())
            raise DataFileError(
                path,
                f"its files hold different numbers of ions ({told})",
                action="one may be cut off; copy or export them again",
            )
        self.number = int(numbers["tofs"])
        if not self.number:
            raise DataFileError(path, "holds no ion", action="export it again")

    def values(self, end: str, first: int, number: int) -> NDArray[np.uint32]:
        """Give the entries of so many ions, pairs of x and y of ``"coords"``."""
        size = ENDINGS[end]
        found = np.frombuffer(self.files[end].read(first * size, number * size), "<u4")
        return found.reshape(-1, 2) if end == "coords" else found

    def spans(self) -> tuple[dict[int, list[tuple[int, int]]], int]:
        """Give where the ions of each scan stand, and the last channel of all."""
        found: dict[int, list[tuple[int, int]]] = {}
        last = 0
        for first in range(0, self.number, PIECE):
            number = min(PIECE, self.number - first)
            scan = self.values("scans", first, number)
            last = max(last, self._last(first, number))
            edges = np.flatnonzero(np.diff(scan)) + 1
            if edges.size + len(found) > MAX_SCANS:
                raise DataFileError(self.path, f"holds more than {MAX_SCANS} scans")
            for start, end in zip([0, *edges], [*edges, number], strict=True):
                found.setdefault(int(scan[start]), []).append(
                    (first + int(start), int(end - start))
                )
        return found, last

    def _last(self, first: int, number: int) -> int:
        """The last channel of some ions, of which each has to be where one can be."""
        last = int(self.values("tofs", first, number).max())
        x, y = (int(side) for side in self.values("coords", first, number).max(axis=0))
        if x >= self.raster.width or y >= self.raster.height or last >= MAX_CHANNELS:
            raise DataFileError(
                self.path,
                f"has an ion at x {x}, y {y} or channel {last}, beyond a raster of "
                f"{self.raster.width} x {self.raster.height} or {MAX_CHANNELS} channels",
                where=f"ions {first} to {first + number}",
            )
        return last


class _Part:
    """The ions of one scan."""

    def __init__(self, events: _Events, spans: tuple[tuple[int, int], ...]) -> None:
        self._events, self._spans = events, spans

    def __call__(self) -> Hits:
        tofs, coords = (
            np.concatenate([self._events.values(end, *span) for span in self._spans])
            for end in ("tofs", "coords")
        )
        pixel = coords[:, 1] * np.uint32(self._events.raster.width) + coords[:, 0]
        return Hits(pixel, tofs)
