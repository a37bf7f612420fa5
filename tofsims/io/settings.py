"""How IONTOF's files say that they were measured: properties by name, raster and mass scales.

A property has a name, a whole number, a real one and a text, of which one is meant; only its name
tells which. Containers hold them below ``propend`` and ``propstart``, exports in a text file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError
from references.words import Severity

from ..events import CHANNELS, MAX_CHANNELS, MAX_SIDE, Raster, Run, times_of
from ..masscal import MassScale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from references.readers import Told

    from ..events import Scan
    from .container import Block, Container

__all__ = [
    "ACQUIRED",
    "ADJUSTED",
    "MAKER",
    "MAX_SIDE",
    "RASTER",
    "Property",
    "pixels_of",
    "polarity_of",
    "properties",
    "property_of",
    "raster_of",
    "run_of",
    "scales_of",
    "sputter_times",
]

ADJUSTED = "filterdata/TofCorrection/Spectrum/Reduced Data/IMassScaleSFK0"
ACQUIRED = "MassScale"
RASTER = "Meta/SI Image, Registration.Raster.Resolution"
MAKER = {"instrument": "IONTOF"}
"""Whose files these are."""
ALIKE_PPM = 0.05
"""Two mass scales that are nearer than this are one, saved twice."""
UNLIKE_PPM = 20.0
"""Difference between two scales that is worth a warning."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the measurement: a whole number, a real one and a text; one is meant."""

    whole: int
    real: float
    text: str


def properties(file: Container) -> dict[str, Property]:
    """Give the properties of a container; those of the end stand for those of the start."""
    found: dict[str, Property] = {}
    for name in ("propstart", "propend"):
        folder = file.root.child(name)
        for block in folder.listed() if folder is not None and folder.is_directory else ():
            key, value = property_of(block)
            found[key] = value
    return found


def property_of(block: Block) -> tuple[str, Property]:
    """Give the name and value of a property."""
    raw = block.value()
    try:
        size = struct.unpack_from("<I", raw, 16)[0]
        key = raw[20 : 20 + size].decode("utf-16-le")
        whole, real, length = struct.unpack_from("<2xqdI", raw, 20 + size)
        at = 20 + size + 22
        text = raw[at : at + length].decode("utf-16-le")
    except (struct.error, UnicodeDecodeError):
        raise block.container.wrong(f"property {block.name!r} is broken", block.at) from None
    return key, Property(whole, real, text.rstrip("\0"))


def pixels_of(file: Container) -> tuple[int, ...]:
    """Give the pixels along x and y that the total image of a container declares."""
    image = file.find("Meta/SI Image")
    sides = [image.child(name) for name in ("res_x", "res_y")] if image is not None else []
    return tuple(side.whole() for side in sides if side is not None)


def raster_of(
    path: str, known: dict[str, Property], *, pixels: tuple[int, ...] = (), where: str = RASTER
) -> Raster:
    """Give the raster that properties declare, or pixels along x and y that another place does."""
    side = known.get("Registration.Raster.Resolution")
    if len(pixels) != 2 and side is not None:
        pixels = (side.whole, side.whole)
    if len(pixels) != 2 or not all(0 < size <= MAX_SIDE for size in pixels):
        raise DataFileError(
            path,
            f"should declare a raster of 1 to {MAX_SIDE} pixels a side, and declares {[*pixels]}",
            where=where,
        )
    field_m = known.get("Registration.Raster.FieldOfView")
    shots = known.get("Registration.Raster.ShotsPerPixel")
    return Raster(
        width=pixels[0],
        height=pixels[1],
        shots=shots.whole if shots and 0 < shots.whole < 1_000_000 else None,
        field_um=field_m.real * 1e6 if field_m and 0 < field_m.real < 1 else np.nan,
    )


def polarity_of(known: dict[str, Property]) -> str:
    """Give the polarity; empty where it is not said."""
    polarity = known.get("Instrument.Analyzer_Polarity_Switch")
    said = polarity.text.strip().lower() if polarity else ""
    return said if said in {"negative", "positive"} else ""


def run_of(
    scans: list[Scan],
    known: dict[str, Property],
    *,
    raster: Raster,
    scales: tuple[MassScale, ...],
    at_least: int = 0,
) -> Run:
    """Build a run of what properties declare, with at least so many channels."""
    resolution = known.get("Registration.TimeResolution")
    cycle = known.get("Measurement.CycleTime")
    channels = CHANNELS
    if resolution and cycle and 0 < resolution.real < cycle.real:
        channels = int(min(cycle.real / resolution.real + 2.0, MAX_CHANNELS))
    times, basis = sputter_times(known, [scan.number for scan in scans])
    gun = known.get("Instrument.PrimaryGun.Species")
    energy = known.get("Instrument.PrimaryGun.Energy")
    return Run(
        scans=tuple(scans),
        raster=raster,
        polarity=polarity_of(known),
        scales=scales,
        channels=max(channels, at_least),
        channel_ps=resolution.real * 1e12 if resolution else np.nan,
        sputter_time=times,
        time_from=basis,
        labels={
            **MAKER,
            "primary": gun.text if gun else "",
            **({"primary_energy_eV": f"{energy.real:g}"} if energy and energy.real > 0 else {}),
        },
    )


def scales_of(file: Container, told: Told) -> tuple[MassScale, ...]:
    """Give the mass scales of a container, the adjusted one first, and say how far they differ."""
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
        if worst >= ALIKE_PPM:
            told.say(
                "two_mass_scales",
                Severity.WARNING if worst > UNLIKE_PPM else Severity.INFO,
                f"the file holds two mass scales, by which a mass from m/z 7 to 115 differs by up "
                f"to {worst:.1f} ppm; the adjusted one is used ({ADJUSTED})",
                reported=f"{worst:.1f} ppm",
            )
    return tuple(found)


def sputter_times(
    known: dict[str, Property], numbers: Sequence[int]
) -> tuple[NDArray[np.float64] | None, str]:
    """Give the sputter time [s] of scans, and what it is from; ``None`` where not said."""
    total = known.get("Analysis.SputterTime")
    if total is None or not 0 < total.real < 1e8:
        return None, ""
    each = total.real / (numbers[-1] - numbers[0] + 1.0)
    return times_of(numbers, each), "the measurement's sputter time, shared evenly by scans"
