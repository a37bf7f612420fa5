"""TOFWERK's HDF5: sum spectrum, ion events, and images that are integrated already.

``FullSpectra/EventList`` has for each write (a layer), segment (a row) and x the flight times of
its ions in periods of the clock; ``PeakData/PeakData`` has ions of each peak by extraction, so that
they are multiplied by the extractions behind a pixel to be ions again. Samples are at
``p1 sqrt(m/z) + p2``. Which way rows run is not said: they are taken as they stand. The layout is
known from other programs' work, not from its maker.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from references.files import sha256
from references.hdf5 import Hdf5
from references.hdf5_sequences import Sequences
from references.readers import Skipped, Told
from references.words import InputError, Severity

from ..cube import ion_cube
from ..events import Hits, Raster, Run, Scan
from ..masscal import MassScale
from ..spectrum import mass_spectrum
from .reading import Reading
from .tofwerk_images import PEAKS, counts_of, peaks_of

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

__all__ = ["is_tofwerk", "read_tofwerk"]

FULL = "FullSpectra"
EVENTS = f"{FULL}/EventList"
SPECTRUM, MASSES = f"{FULL}/SumSpectrum", f"{FULL}/MassAxis"
SATURATED = f"{FULL}/SaturationWarning"
RECORDED = re.compile(r"^[ \t]*Ch\d+Record[ \t]*=[ \t]*1[ \t\r]*$", re.MULTILINE)
MAX_SIDE = 8192
MAX_SCANS = 100_000
MAX_SAMPLES = 1 << 22
MAX_FLAGS = 1 << 30
ROOT = 0.5
"""Power of m/z by which the third calibration is the first."""


def is_tofwerk(file: Hdf5) -> bool:
    """Whether an HDF5 file is one of these."""
    return file.has(FULL)


def read_tofwerk(path: str | Path) -> Reading:
    """Read spectrum and images, and where events lie; they are loaded later."""
    file = Hdf5(path)
    try:
        return _reading(file, str(path))
    except BaseException:
        file.close()
        raise


def _reading(file: Hdf5, path: str) -> Reading:
    told = Told(subject="the measurement")
    skipped: list[str] = []
    shots = _shots(file, told)
    spectra = _parts(skipped, _spectrum, file) if file.has(SPECTRUM) else ()
    cubes = _parts(skipped, _cube, file, shots, told) if file.has(PEAKS) else ()
    runs = _parts(skipped, _run, file, shots, told) if file.has(EVENTS) else ()
    if not (runs or cubes) and (skipped or not spectra):
        raise file.wrong(f"holds nothing that is read; {'; '.join(skipped)[:300]}", FULL)
    if file.has(SATURATED):
        _saturated(file, told)
    if runs or cubes:
        told.say("y_as_stored", Severity.INFO, "which way rows run is not said; the first is y 0")
    return Reading(
        path=path,
        sha256=sha256(path),
        format="tofwerk",
        spectra=spectra,
        runs=runs,
        cubes=cubes,
        skipped=tuple(skipped),
        notes=tuple(told.notes),
    )


def _parts(skipped: list[str], read: Any, *given: Any) -> tuple[Any, ...]:
    try:
        return (read(*given),)
    except Skipped as why:
        skipped.append(str(why))
        return ()


def _shots(file: Hdf5, told: Told) -> int | None:
    """Extractions a pixel, times the channels that recorded them: what ions are divided by."""
    waveforms = file.number("/", "NbrWaveforms")
    if waveforms is None or not 1 <= waveforms < 1_000_000 or waveforms % 1:
        return None
    channels = len(RECORDED.findall(file.text("/", "Configuration File Contents"))) or 1
    if channels > 1:
        told.say(
            "several_channels",
            Severity.WARNING,
            f"{channels} channels recorded into one list and count as {channels} times the shots; "
            "where one ion is in several of them, error bars are too small",
            reported=str(channels),
        )
    return int(waveforms) * channels


def _spectrum(file: Hdf5) -> xr.Dataset:
    counts = file.array(SPECTRUM)
    if len(counts.shape) != 1 or not 2 <= len(counts) <= MAX_SAMPLES:
        raise Skipped(f"{SPECTRUM} is {counts.shape} samples")
    masses = file.array(MASSES).read() if file.has(MASSES) else None
    try:
        return mass_spectrum(
            np.arange(len(counts)), counts.read(), mz=masses, polarity=_polarity(file)
        )
    except (InputError, ValueError) as error:
        raise Skipped(f"{SPECTRUM}: {error}") from None


def _raster(file: Hdf5, height: int, width: int, shots: int | None) -> Raster:
    view_mm = file.number("FIBParams", "ViewField")
    return Raster(
        width=width,
        height=height,
        shots=shots,
        field_um=view_mm * 1e3 if view_mm and 0 < view_mm < 1e3 else np.nan,
    )


def _polarity(file: Hdf5) -> str:
    said = file.text("/", "IonMode").lower()
    return {"pos": "positive", "neg": "negative"}.get(said[:3], "")


# --- events ---------------------------------------------------------------------------------------


class _Write:
    """The ions of one write."""

    def __init__(self, events: Sequences, number: int, ticks: int) -> None:
        self._events, self._number, self._ticks = events, number, ticks

    def __call__(self) -> Hits:
        many, times = self._events.read(self._number)
        pixel = np.repeat(np.arange(many.size, dtype=np.uint32), many)
        return Hits(pixel, (times // self._ticks).astype(np.uint32))


def _run(file: Hdf5, shots: int | None, told: Told) -> Run:
    events = Sequences(file, EVENTS)
    if len(events.shape) != 3 or events.dtype.kind != "u" or events.dtype.itemsize > 2:
        raise Skipped(f"{EVENTS} should be u16 over write, segment and x")
    writes, height, width = events.shape
    if not (0 < writes <= MAX_SCANS and 0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
        raise Skipped(f"{EVENTS} is {writes} writes of {height} x {width} pixels")
    interval, clock = (file.number(FULL, name) for name in ("SampleInterval", "ClockPeriod"))
    if not interval or not clock or not 1 <= round(interval / clock) <= 1 << 16:
        raise Skipped(
            f"{EVENTS} needs {FULL} @SampleInterval and @ClockPeriod, and they are not there"
        )
    ticks = round(interval / clock)
    if file.has(PEAKS) and (layers := file.array(PEAKS).shape[0]) != writes:
        told.say(
            "writes_differ",
            Severity.INFO,
            f"there are events of {writes} writes and images of {layers}; all are kept",
            reported=str(writes),
            reference=str(layers),
        )
    return Run(
        scans=tuple(Scan(i, _Write(events, i, ticks)) for i in range(writes)),
        raster=_raster(file, height, width, shots),
        polarity=_polarity(file),
        scales=(_scale(file),),
        channels=((1 << 8 * events.dtype.itemsize) - 1) // ticks + 1,
        channel_ps=interval * 1e12,
        labels={},
    )


def _scale(file: Hdf5) -> MassScale:
    """Give the mass scale; another than of the root of m/z has no place in ours."""
    mode = file.number(FULL, "MassCalibMode")
    p1, p2, p3 = (file.number(FULL, f"MassCalibration p{i}") for i in (1, 2, 3))
    if mode != 0 and not (mode == 2 and p3 == ROOT):
        raise Skipped(
            f"{EVENTS} has a mass scale of mode {'?' if mode is None else f'{mode:g}'}, "
            "and only mode 0 (p1 sqrt(m/z) + p2) is read"
        )
    if p1 is None or p2 is None or p1 <= 0:
        raise Skipped(f"{EVENTS} has no mass scale (p1 {p1}, p2 {p2})")
    return MassScale(sf=p1, k0=p2, source=f"{FULL} @MassCalibration")


def _cube(file: Hdf5, shots: int | None, told: Told) -> xr.Dataset:
    counts, shots = counts_of(file, shots, told)
    peaks, writes, height, width = (int(n) for n in counts.shape)
    names, masses, windows = peaks_of(file, peaks)
    if shots is None:
        told.say(
            "no_whole_counts",
            Severity.WARNING,
            "the images are not whole numbers of ions by extraction; they are taken as they stand, "
            "without shots",
        )
    step = _raster(file, height, width, None).field_um / width
    return ion_cube(
        names,
        counts,
        scan=np.arange(writes),
        mz=masses,
        window=windows,
        shots=shots,
        pixel_um=(step, step),
        polarity=_polarity(file),
    )


def _saturated(file: Hdf5, told: Told) -> None:
    held = file.array(SATURATED)
    if held.dtype.kind not in "iu" or np.prod(held.shape, dtype=float) > MAX_FLAGS:
        return
    flags = held.read() != 0
    if flags.any():
        told.say(
            "saturated",
            Severity.WARNING,
            f"the detector was saturated in {int(flags.sum())} of {flags.size} rows",
            reported=str(int(flags.sum())),
        )
