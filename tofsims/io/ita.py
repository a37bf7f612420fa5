"""IONTOF's .ita: the spectrum of a measurement and the images of its peaks, scan by scan.

Events are no longer in it. Spectra stand as the dead time left them (``Data``) and corrected for it
(``CorrectedData``), an entry for each two channels; entry i is put at channel 2 i, as other
programs do. Images hold the counts of a peak in each pixel of a scan, first row at the least y.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, sha256
from references.readers import Told
from references.words import Severity

from ..cube import ion_cube
from ..spectrum import SpectrumError, mass_spectrum
from .container import Block, Container
from .imagestack import images_of_scans
from .massintervals import UNNAMED, Interval, intervals_of, named_by
from .reading import Reading
from .settings import pixels_of, polarity_of, properties, raster_of, scales_of, sputter_times

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    from ..masscal import MassScale
    from .settings import Property

__all__ = ["SPECTRUM", "STACK", "numbers_of", "read_ita", "spectrum_of_values"]

SPECTRUM = "filterdata/TofCorrection/Spectrum/Reduced Data/IITFSpecArray"
STACK = "filterdata/TofCorrection/ImageStack/Reduced Data/ImageStackScans"
ADDED = "filterdata/TofCorrection/ImageStack/Reduced Data/ImageStackScansAdded"
IMAGE = "ImageArray.Long"
BINNING = 2
"""Channels an entry of the spectrum."""


def read_ita(path: str | Path, _head: bytes) -> Reading:
    """Read the spectra and the images of a container."""
    file = Container(str(path))
    with file.file:
        told = Told(subject="the measurement")
        known = properties(file)
        scales = scales_of(file, told)
        spectra = _spectra(file, scales[0] if scales else None, polarity_of(known))
        cubes, skipped = _cubes(file, known, told)
        if not spectra and not cubes:
            raise DataFileError(
                path,
                "holds neither a spectrum nor images",
                where=f"{SPECTRUM}, {STACK}",
                action="export it as text, GRD or ITZIP",
            )
        return Reading(
            path=str(path),
            sha256=sha256(path),
            format="ita",
            spectra=spectra,
            cubes=cubes,
            skipped=skipped,
            notes=tuple(told.notes),
        )


def spectrum_of_values(
    block: Block, kind: str, scale: MassScale | None, *, is_corrected: bool, polarity: str
) -> xr.Dataset:
    """Build the spectrum that a block holds, numbers of a kind (``"<f4"``) for each two channels.

    Raises
    ------
    DataFileError
        If they are no spectrum.
    """
    values = numbers_of(block, kind)
    channel = float(BINNING) * np.arange(values.size)
    try:
        return mass_spectrum(
            channel,
            values,
            mz=None if scale is None else scale.mz(channel),
            is_corrected=is_corrected,
            binning=BINNING,
            polarity=polarity,
            mass_scale="" if scale is None else scale.source,
        )
    except SpectrumError as error:
        raise block.container.wrong(f"{block.name!r} is no spectrum: {error}", block.at) from None


def numbers_of(block: Block, kind: str) -> NDArray[np.float64]:
    """Give the numbers of a kind that a block holds; what else it may be, it is not looked into."""
    raw, size = block.value(), np.dtype(kind).itemsize
    if not raw or len(raw) % size:
        raise block.container.wrong(
            f"{block.name!r} should hold numbers of {size} bytes, and holds {len(raw)} bytes",
            block.at,
        )
    return np.frombuffer(raw, kind).astype(np.float64)


def _spectra(file: Container, scale: MassScale | None, polarity: str) -> tuple[xr.Dataset, ...]:
    """The spectra: corrected for the dead time, and as it was counted."""
    made: list[xr.Dataset] = []
    for name, is_corrected in (("CorrectedData", True), ("Data", False)):
        block = file.find(f"{SPECTRUM}/{name}")
        if block is not None and not block.is_directory:
            made.append(
                spectrum_of_values(
                    block, "<f4", scale, is_corrected=is_corrected, polarity=polarity
                )
            )
    return tuple(made)


def _cubes(
    file: Container, known: dict[str, Property], told: Told
) -> tuple[tuple[xr.Dataset, ...], tuple[str, ...]]:
    """The images of each scan, or of all scans together where there is nothing else."""
    for place in (STACK, ADDED):
        stack = file.find(place)
        if stack is None or not stack.is_directory:
            continue
        arrays = [
            (image, image.children().get(IMAGE, []))
            for image in stack.children().get("Image", [])
            if image.is_directory
        ]
        arrays = [(image, pieces) for image, pieces in arrays if pieces]
        if not arrays:
            continue
        if place == ADDED:
            told.say(
                "scans_added",
                Severity.WARNING,
                "the file holds images of all scans together only: there is no depth in them",
            )
        return _cube(stack, arrays, known, is_added=place == ADDED)
    return (), ()


def _cube(
    stack: Block,
    arrays: list[tuple[Block, list[Block]]],
    known: dict[str, Property],
    *,
    is_added: bool,
) -> tuple[tuple[xr.Dataset, ...], tuple[str, ...]]:
    """The cube of all peaks that have an image of each scan, and those that have not."""
    file = stack.container
    intervals = intervals_of(file.root.child("MassIntervalList"))
    sides = [stack.child(name) for name in ("Image.XSize", "Image.YSize")]
    declared = tuple(side.whole() for side in sides if side is not None)
    pixels = declared if len(declared) == len(sides) else pixels_of(file)
    raster = raster_of(file.path, known, pixels=pixels)
    most = max((pieces for _, pieces in arrays), key=len)
    scans = [piece.number for piece in most]
    if len(set(scans)) != len(scans):
        raise file.wrong("has two images of one scan", most[0].at)
    kept: list[tuple[Interval, list[Block]]] = []
    skipped: list[str] = []
    for image, pieces in arrays:
        interval = _interval_of(image, intervals)
        if [piece.number for piece in pieces] == scans:
            kept.append((interval, pieces))
        else:
            skipped.append(
                f"{interval.name}: images of {len(pieces)} scans, not of the same {len(scans)} as "
                "other peaks"
            )
    times, basis = sputter_times(known, len(scans)) if not is_added else (None, "")
    cube = ion_cube(
        [interval.name for interval, _ in kept],
        images_of_scans(file, [pieces for _, pieces in kept], (raster.height, raster.width)),
        scan=scans,
        sputter_time=times,
        mz=[interval.middle for interval, _ in kept],
        window=[(interval.low, interval.high) for interval, _ in kept],
        shots=None if is_added else raster.shots,
        pixel_um=(raster.field_um / raster.width, raster.field_um / raster.width),
        polarity=polarity_of(known),
        time_from=basis,
    )
    return (cube,), tuple(skipped)


def _interval_of(image: Block, intervals: list[Interval]) -> Interval:
    """The mass interval of an image: the one whose serial number it has, else of its id."""
    serial = image.child("Image.MassIntervalSN")
    if serial is not None:
        return named_by(serial.value(), intervals) or UNNAMED.with_name(f"image {image.number}")
    of_id = next((one for one in intervals if one.number == image.number), None)
    return of_id or UNNAMED.with_name(f"image {image.number}")
