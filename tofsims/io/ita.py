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

__all__ = ["IMAGES", "SPECTRUM", "STACK", "numbers_of", "read_ita", "spectrum_of_values"]

SPECTRUM = "filterdata/TofCorrection/Spectrum/Reduced Data/IITFSpecArray"
STACK = "filterdata/TofCorrection/ImageStack/Reduced Data/ImageStackScans"
ADDED = "filterdata/TofCorrection/ImageStack/Reduced Data/ImageStackScansAdded"
IMAGES = "filterdata/TofCorrection/ImageStack/Reduced Data/Images"
SCANS = "ScanData/EDROff"
BINNING = 2
"""Channels an entry of the spectrum."""

Images = list[tuple[Interval, dict[int, Block]]]
"""Of each peak the image of each scan."""


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
    intervals = intervals_of(file.root.child("MassIntervalList"))
    images = _stacked(file.find(STACK), intervals) or _by_serial(file.find(IMAGES), intervals)
    added = _stacked(file.find(ADDED), intervals) if not images else []
    if added:
        told.say(
            "scans_added",
            Severity.WARNING,
            "the file holds images of all scans together only: there is no depth in them",
        )
    if not images and not added:
        return (), ()
    alike, scans, skipped = _alike(images or added)
    raster = raster_of(
        file.path, known, pixels=_pixels(file, file.find(STACK if images else ADDED))
    )
    times, basis = sputter_times(known, scans) if images else (None, "")
    cube = ion_cube(
        [interval.name for interval, _ in alike],
        images_of_scans(
            file,
            [[of_scan[scan] for scan in scans] for _, of_scan in alike],
            (raster.height, raster.width),
        ),
        scan=scans,
        sputter_time=times,
        mz=[interval.middle for interval, _ in alike],
        window=[(interval.low, interval.high) for interval, _ in alike],
        shots=raster.shots if images else None,
        pixel_um=(raster.field_um / raster.width, raster.field_um / raster.width),
        polarity=polarity_of(known),
        time_from=basis,
    )
    return (cube,), skipped


def _pixels(file: Container, stack: Block | None) -> tuple[int, ...]:
    """Pixels along x and y that a stack declares, else the total image."""
    listed = stack.children() if stack is not None and stack.is_directory else {}
    sides = [listed[name][0] for name in ("Image.XSize", "Image.YSize") if name in listed]
    declared = tuple(side.whole() for side in sides)
    return declared if len(declared) == 2 else pixels_of(file)


def _stacked(stack: Block | None, intervals: list[Interval]) -> Images:
    """The images of a stack: one block a peak, in it one a scan, told apart by their ids."""
    found: Images = []
    listed = stack.children() if stack is not None and stack.is_directory else {}
    for image in listed.get("Image", []):
        scans = image.children().get("ImageArray.Long", []) if image.is_directory else []
        of_scan = {block.number: block for block in scans}
        if len(of_scan) != len(scans):
            raise image.container.wrong("has two images of one scan", image.at)
        if of_scan:
            found.append((_interval_of(image, intervals), of_scan))
    return found


def _by_serial(folder: Block | None, intervals: list[Interval]) -> Images:
    """The images of newer files: one block a peak, named by its serial number, in it the scans."""
    found: Images = []
    listed = folder.listed() if folder is not None and folder.is_directory else ()
    for image in listed:
        scans = image.below(SCANS) if image.is_directory else None
        if scans is None or not scans.is_directory:
            continue
        interval = next((one for one in intervals if one.serial == image.name), None)
        of_scan = {int(one.name): one for one in scans.listed() if one.name.isdecimal()}
        if of_scan:
            found.append((interval or UNNAMED.with_name(image.name), of_scan))
    return found


def _alike(images: Images) -> tuple[Images, list[int], tuple[str, ...]]:
    """The images of the peaks that have one of each scan, the scans, and what was passed over."""
    scans = sorted(max((of_scan for _, of_scan in images), key=len))
    alike = [(interval, of_scan) for interval, of_scan in images if sorted(of_scan) == scans]
    skipped = tuple(
        f"{interval.name}: images of {len(of_scan)} scans, not of the same {len(scans)} as others"
        for interval, of_scan in images
        if sorted(of_scan) != scans
    )
    return alike, scans, skipped


def _interval_of(image: Block, intervals: list[Interval]) -> Interval:
    """The mass interval of an image: the one whose serial number it has, else of its id."""
    serial = image.child("Image.MassIntervalSN")
    if serial is None:
        found = next((one for one in intervals if one.number == image.number), None)
    else:
        found = named_by(serial.value(), intervals)
    return found or UNNAMED.with_name(f"image {image.number}")
