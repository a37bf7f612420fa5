"""IONTOF's .itm: the raw ion events of a measurement, scan by scan.

Below ``rawdata`` stand, in order, the number of each scan (``6``) and its packed words (``14``),
perhaps in several pieces: x, y and number of a pixel, then a word for each of its ions. What was
measured and how stands below ``propend`` and ``propstart``. There may be two mass scales, the one
of the acquisition and one that was adjusted afterwards; the adjusted one is used.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, sha256
from references.readers import Told
from references.words import Severity

from ..events import (
    CHANNELS,
    MAX_CHANNELS,
    OUTSIDE,
    UNKNOWN,
    UNPLACED,
    Hits,
    Raster,
    Run,
    Scan,
)
from ..masscal import MassScale
from .container import MAGIC, Block, Container
from .reading import Reading

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["is_itm", "read_itm"]

ADJUSTED = "filterdata/TofCorrection/Spectrum/Reduced Data/IMassScaleSFK0"
ACQUIRED = "MassScale"
NUMBER, WORDS = "   6", "  14"
MAX_SIDE = 8192
MAX_SCANS = 1_000_000
WRONG = {
    OUTSIDE: "has a pixel outside the raster",
    UNPLACED: "has an ion before any pixel",
    UNKNOWN: "has a word that is neither pixel nor ion",
}
UNLIKE_PPM = 20.0
"""Difference between two scales that is worth a warning."""


def is_itm(head: bytes) -> bool:
    """Whether a file is an IONTOF container."""
    return head.startswith(MAGIC)


@dataclass(frozen=True, slots=True)
class _Property:
    """A property of the measurement: a whole number, a real one and a text; one is meant."""

    whole: int
    real: float
    text: str


def read_itm(path: str | Path, _head: bytes) -> Reading:
    """Read how a measurement was made and where its events lie; they are loaded later."""
    file = Container(str(path))
    try:
        return _reading(file, str(path))
    except BaseException:
        file.file.close()
        raise


def _reading(file: Container, path: str) -> Reading:
    told = Told(subject="the measurement")
    known = {**_properties(file, "propstart"), **_properties(file, "propend")}
    raster = _raster(file, known)
    scans = _scans(file, raster)
    number = len(scans)
    declared = known.get("Measurement.ScanNumber")
    if declared is not None and declared.whole not in {number, 0}:
        told.say(
            "scans_missing",
            Severity.WARNING,
            f"declares {declared.whole} scans and holds {number}",
            reported=str(number),
            reference=str(declared.whole),
        )
    resolution = known.get("Registration.TimeResolution")
    cycle = known.get("Measurement.CycleTime")
    channels = CHANNELS
    if resolution and cycle and 0 < resolution.real < cycle.real:
        channels = int(min(cycle.real / resolution.real + 2.0, MAX_CHANNELS))
    times, basis = _sputter_times(known, number)
    polarity = known.get("Instrument.Analyzer_Polarity_Switch")
    gun = known.get("Instrument.PrimaryGun.Species")
    energy = known.get("Instrument.PrimaryGun.Energy")
    run = Run(
        scans=tuple(scans),
        raster=raster,
        polarity=polarity.text.strip().lower() if polarity else "",
        scales=_scales(file, told),
        channels=channels,
        channel_ps=resolution.real * 1e12 if resolution else np.nan,
        sputter_time=times,
        time_from=basis,
        labels={
            "primary": gun.text if gun else "",
            **({"primary_energy_eV": f"{energy.real:g}"} if energy and energy.real > 0 else {}),
        },
    )
    return Reading(
        path=path,
        sha256=sha256(path),
        format="itm",
        runs=(run,),
        notes=tuple(told.notes),
    )


def _properties(file: Container, name: str) -> dict[str, _Property]:
    folder = file.root.child(name)
    found: dict[str, _Property] = {}
    for block in folder.listed() if folder is not None and folder.is_directory else ():
        raw = block.value()
        try:
            size = struct.unpack_from("<I", raw, 16)[0]
            key = raw[20 : 20 + size].decode("utf-16-le")
            whole, real, length = struct.unpack_from("<2xqdI", raw, 20 + size)
            at = 20 + size + 22
            text = raw[at : at + length].decode("utf-16-le")
        except (struct.error, UnicodeDecodeError):
            raise file.wrong(f"property {block.name!r} is broken", block.at) from None
        found[key] = _Property(whole, real, text.rstrip("\0"))
    return found


def _raster(file: Container, known: dict[str, _Property]) -> Raster:
    image = file.find("Meta/SI Image")
    pixels: list[int] = []
    if image is not None:
        sides = [image.child(name) for name in ("res_x", "res_y")]
        pixels = [side.whole() for side in sides if side is not None]
    if len(pixels) != 2:
        side = known.get("Registration.Raster.Resolution")
        pixels = [side.whole, side.whole] if side else []
    if len(pixels) != 2 or not all(0 < side <= MAX_SIDE for side in pixels):
        raise DataFileError(
            file.path,
            f"should declare a raster of 1 to {MAX_SIDE} pixels a side, and declares {pixels}",
            where="Meta/SI Image, Registration.Raster.Resolution",
        )
    field_m = known.get("Registration.Raster.FieldOfView")
    shots = known.get("Registration.Raster.ShotsPerPixel")
    return Raster(
        width=pixels[0],
        height=pixels[1],
        shots=shots.whole if shots and 0 < shots.whole < 1_000_000 else None,
        field_um=field_m.real * 1e6 if field_m and 0 < field_m.real < 1 else np.nan,
    )


@dataclass(slots=True, eq=False)
class _Packed:
    """The packed words of one scan."""

    file: Container
    raster: Raster
    number: int
    pieces: list[Block] = field(default_factory=list[Block])

    def __call__(self) -> Hits:
        from ..kernel import unpack_words

        raw = b"".join(piece.value() for piece in self.pieces)
        if len(raw) % 4:
            raise DataFileError(
                self.file.path,
                f"holds {len(raw)} bytes where words of 4 were expected",
                where=f"scan {self.number}",
            )
        words = np.frombuffer(raw, "<u4")
        n, pixel, channel = unpack_words(words, self.raster.width, self.raster.height)
        if n < 0:
            raise DataFileError(
                self.file.path,
                WRONG[n],
                where=f"scan {self.number}",
                action="copy or export the file again",
            )
        return Hits(pixel, channel)


def _scans(file: Container, raster: Raster) -> list[Scan]:
    raw = file.root.child("rawdata")
    if raw is None or not raw.is_directory:
        raise DataFileError(
            file.path,
            "holds no raw events",
            where="rawdata",
            action="give the .itm of the measurement, or export it as GRD or as text",
        )
    found: dict[int, _Packed] = {}
    here: _Packed | None = None
    for block in raw.listed():
        if block.name == NUMBER:
            number = block.whole()
            if len(found) >= MAX_SCANS:
                raise file.wrong(f"holds more than {MAX_SCANS} scans", block.at)
            here = found.setdefault(number, _Packed(file, raster, number))
        elif block.name == WORDS:
            if here is None:
                raise file.wrong("has events before the number of their scan", block.at)
            here.pieces.append(block)
    scans = [Scan(number, found[number]) for number in sorted(found) if found[number].pieces]
    if not scans:
        raise DataFileError(file.path, "holds no scan", where="rawdata", action="export it again")
    return scans


def _scales(file: Container, told: Told) -> tuple[MassScale, ...]:
    found: list[MassScale] = []
    for path in (ADJUSTED, ACQUIRED):
        sf, k0 = file.find(f"{path}/sf"), file.find(f"{path}/k0")
        if sf is None or k0 is None:
            continue
        scale = MassScale(sf=sf.real(), k0=k0.real(), source=path)
        if np.isfinite(scale.sf) and np.isfinite(scale.k0) and scale.sf > 0:
            found.append(scale)
    if len(found) == 2:
        at = np.array([7.0, 35.0, 115.0])
        apart = (found[1].mz(found[0].channel(at)) / at - 1.0) * 1e6
        worst = float(np.abs(apart).max())
        told.say(
            "two_mass_scales",
            Severity.WARNING if worst > UNLIKE_PPM else Severity.INFO,
            f"the file holds two mass scales, up to {worst:.1f} ppm apart between m/z 7 and 115; "
            f"the adjusted one is used ({ADJUSTED})",
            reported=f"{worst:.1f} ppm",
        )
    return tuple(found)


def _sputter_times(
    known: dict[str, _Property], number: int
) -> tuple[NDArray[np.float64] | None, str]:
    total = known.get("Analysis.SputterTime")
    if total is None or not 0 < total.real < 1e8:
        return None, ""
    times = np.linspace(0.0, total.real, number + 1)[1:]
    return times, "the measurement's sputter time, shared evenly by scans"
