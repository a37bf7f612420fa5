"""SIMS-H5 (``tof-sims-sparse-hdf5``): ion events by flight time, as ULVAC-PHI writes them.

Below ``/data/mass_csr`` stand the flight times at which there are ions, where each one's entries
begin, and of each entry its place in ``row_shape`` and how many ions it is. A scan is a cycle of a
depth profile, its frames summed, or a frame of an image. The tiles of a mosaic lie beside each
other on the sample and are refused. The origin is at the lower left, as ours is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.files import sha256
from references.hdf5 import Hdf5
from references.readers import Told
from references.words import Severity

from ..events import CHANNELS, Raster, Scan
from .flight_times import halvings, scale_from
from .mass_major import MAX_COUNT, Kept, MassMajorRun, Matrix, OneScan
from .reading import Reading

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from references.hdf5_array import Array

    from ..masscal import MassScale

__all__ = ["COEFFICIENTS", "CSR", "OWN", "STEP", "TIMES", "is_sims_h5", "read_sims_h5"]

CSR = "data/mass_csr"
STEP = "mass_bin_width_ps"
COEFFICIENTS = "calibration/mass/coefficients"
TIMES = "frames/sputter_time_s"
OWN = "peakwright"
"""What we write beside the format: shots and field."""
AXES = {"depth_profile": 4, "image_2d": 3}
MAX_SIDE = 8192
MAX_SCANS = 100_000
MAX_MORE = 1 << 24
PIECE = 1 << 20


def is_sims_h5(file: Hdf5) -> bool:
    """Whether an HDF5 file is one of these."""
    return file.has(CSR) and file.has("geometry")


def read_sims_h5(path: str | Path) -> Reading:
    """Read how a measurement was made and where its ions lie; they are loaded later."""
    file = Hdf5(path)
    try:
        return _reading(file, str(path))
    except BaseException:
        file.close()
        raise


def _reading(file: Hdf5, path: str) -> Reading:
    told = Told(subject="the measurement")
    scans, frames, height, width = _shape(file)
    step = _step(file)
    edges, shift = _edges(file)
    more_at, more = _more(file, int(edges[-1]))
    matrix = Matrix(
        path=path,
        place=_column(file, "pixel_id", int(edges[-1])),
        # Most entries are one ion: this column packs to next to nothing.
        count=_column(file, "count", int(edges[-1]), packed=np.inf),
        edges=edges,
        more_at=more_at,
        more=more,
        scans=scans,
        frames=frames,
        pixels=height * width,
    )
    held = Kept(matrix)
    times = _times(file, scans, told)
    shots = file.number(OWN, "shots")
    field_um = file.number(OWN, "field_um")
    polarity = file.text("/", "polarity").lower()
    run = MassMajorRun(
        scans=tuple(Scan(i, OneScan(held, i)) for i in range(scans)),
        raster=Raster(
            width=width,
            height=height,
            shots=int(shots) if shots and 0 < shots < 1_000_000 else None,
            field_um=field_um if field_um and field_um > 0 else np.nan,
        ),
        polarity={"pos": "positive", "neg": "negative"}.get(polarity[:3], ""),
        scales=_scales(file, step, shift, told),
        channels=CHANNELS,
        channel_ps=step * (1 << shift),
        sputter_time=times,
        time_from="" if times is None else f"/{TIMES}",
        labels={},
        matrix=matrix,
        kept=held,
    )
    if frames > 1:
        told.say("frames_summed", Severity.INFO, f"the {frames} frames of each cycle are summed")
    return Reading(
        path=path, sha256=sha256(path), format="sims-h5", runs=(run,), notes=tuple(told.notes)
    )


def _shape(file: Hdf5) -> tuple[int, int, int, int]:
    """Scans, frames of each, rows and columns."""
    mode = file.text("/", "acquisition_mode")
    if mode == "mosaic":
        raise file.wrong(
            "is a mosaic of tiles, which is not read", "@acquisition_mode", "export one tile alone"
        )
    shape = file.numbers("geometry", "row_shape")
    if shape.size != AXES.get(mode, -1) or not np.all((shape >= 1) & (shape <= 1 << 32)):
        raise file.wrong(
            f"should be a depth_profile of 4 axes or an image_2d of 3, and is {mode[:40]!r} of "
            f"{shape.size}",
            "geometry @row_shape",
        )
    *scans, height, width = (int(n) for n in shape)
    rows = int(np.prod(shape))
    if max(height, width) > MAX_SIDE or scans[0] > MAX_SCANS or rows > 1 << 32:
        raise file.wrong(f"declares {rows} places, more than can be", "geometry @row_shape")
    return scans[0], scans[1] if len(scans) == 2 else 1, height, width


def _column(file: Hdf5, name: str, size: int | None = None, **more: float) -> Array:
    column = file.array(f"{CSR}/{name}", **more)
    if len(column.shape) != 1 or column.dtype.kind not in "iu":
        raise file.wrong("should be whole numbers of one axis", column.where)
    if size is not None and len(column) != size:
        raise file.wrong(f"holds {len(column)} numbers where {size} were expected", column.where)
    return column


def _step(file: Hdf5) -> float:
    """Width of the flight times [ps]; where it is not said it is one."""
    width = file.numbers(CSR, STEP)
    if not width.size:
        return 1.0
    if width.size != 1 or not 0 < width[0] < 1e9:
        raise file.wrong("should be a width in ps", f"{CSR} @{STEP}")
    return float(width[0])


def _edges(file: Hdf5) -> tuple[NDArray[np.int64], int]:
    """Where the entries of each channel begin, and how often times were halved for that."""
    bins, ends = _column(file, "mass_bin"), _column(file, "indptr")
    number = len(bins)
    if not number or len(ends) != number + 1:
        raise file.wrong(f"holds {number} flight times and {len(ends)} ends", CSR)
    longest = int(bins.read(number - 1, number)[0])
    longest = max(longest, 0)
    shift = halvings(longest)
    many = np.zeros((longest >> shift) + 1, dtype=np.int64)
    before, entries = -1, 0
    for start in range(0, number, PIECE):
        stop = min(start + PIECE, number)
        time = bins.read(start, stop).astype(np.int64)
        end = ends.read(start, stop + 1).astype(np.int64)
        # Compared, as differences of what is broken may overflow.
        rising = time[0] > before and np.all(time[1:] > time[:-1]) and time[-1] <= longest
        if not rising or end[0] != entries or np.any(end[1:] < end[:-1]):
            raise file.wrong(
                "should have flight times and ends that rise", f"{CSR} from {start} on"
            )
        before, entries = int(time[-1]), int(end[-1])
        np.add.at(many, time >> shift, np.diff(end))
    edges = np.zeros(many.size + 1, dtype=np.int64)
    np.cumsum(many, out=edges[1:])
    if not edges[-1]:
        raise file.wrong("holds no ion", CSR)
    return edges, shift


def _more(file: Hdf5, entries: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Entries of more ions than a byte holds."""
    where = f"{CSR}/count_exceptions"
    if not file.has(where):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    at = _column(file, "count_exceptions/nnz_index")
    value = _column(file, "count_exceptions/value", len(at))
    if len(at) > MAX_MORE:
        raise file.wrong(f"holds {len(at)} entries, more than {MAX_MORE}", where)
    index, ions = at.read().astype(np.int64), value.read().astype(np.int64)
    order = np.argsort(index, kind="stable")
    index, ions = index[order], ions[order]
    if index.size and not (index[0] >= 0 and index[-1] < entries and np.all(np.diff(index) > 0)):
        raise file.wrong(f"names no entries among {entries}", where)
    if index.size and not 0 < ions.min() <= ions.max() <= MAX_COUNT:
        raise file.wrong(f"has a pixel of {ions.max()} ions at one flight time", where)
    return index, ions


def _scales(file: Hdf5, step: float, shift: int, told: Told) -> tuple[MassScale, ...]:
    found = None
    if file.has(COEFFICIENTS):
        held = file.array(COEFFICIENTS)
        if held.shape == (2,) and held.dtype.kind in "iuf":
            a, b = (float(n) for n in held.read())
            found = scale_from(a, b, step, shift, f"/{COEFFICIENTS}")
    if found is None:
        told.say("no_mass_scale", Severity.WARNING, "the file holds no mass scale that can be")
    return () if found is None else (found,)


def _times(file: Hdf5, scans: int, told: Told) -> NDArray[np.float64] | None:
    if file.text("/", "acquisition_mode") != "depth_profile" or not file.has(TIMES):
        return None
    held = file.array(TIMES)
    if held.shape == (scans,) and held.dtype.kind in "iuf":
        times = held.read().astype(float)
        if np.all(np.isfinite(times)) and np.all(np.diff(times) > 0):
            return times
    told.say(
        "times_unusable",
        Severity.WARNING,
        f"the sputter times are not {scans} rising numbers, one a cycle, and are left out",
    )
    return None
