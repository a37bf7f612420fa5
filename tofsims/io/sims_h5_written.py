"""Ion events as SIMS-H5, for exchange with programs that read it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from references.files import write_atomic
from references.words import InputError

from .flight_times import coefficients
from .sims_h5 import COEFFICIENTS, CSR, OWN, STEP, TIMES

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ..events import Run

__all__ = ["write_sims_h5"]

MOST = 100_000_000
"""Ions that are sorted in memory."""
BYTE = 255


def write_sims_h5(path: str | Path, run: Run) -> Path:
    """Write ion events as SIMS-H5.

    A run whose sputter times are known becomes a depth profile, a cycle each scan; one without
    becomes an image, a frame each scan. Everything is packed by what every HDF5 has built in.

    Parameters
    ----------
    path : path
    run : Run
        With a mass scale and the width of its channels, which the format cannot do without.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If the run has no mass scale or width of a channel, holds no ion, more than 1e8, or more
        scans and pixels than 2**32.
    DataFileError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tofsims import MassScale, Raster, ion_events, read
    >>> run = ion_events([([0, 3], [100, 200])], raster=Raster(width=2, height=2),
    ...                  scale=MassScale(sf=32194.0, k0=-400.0), channel_ps=50.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     back = read(write_sims_h5(Path(folder) / "a.h5", run)).runs[0]
    ...     back.scans[0].hits().pixel
    array([0, 3], dtype=uint32)
    """
    import h5py

    scale, step = run.scale, float(run.channel_ps)
    if scale is None or not np.isfinite(step):
        raise InputError(
            "SIMS-H5 holds flight times with their scale, and the run has no "
            f"{'mass scale' if scale is None else 'width of a channel'}; give it one first"
        )
    times, ends, place, count = _sorted(run)
    held = io.BytesIO()
    with h5py.File(held, "w", libver=("earliest", "v108")) as root:
        is_profile = run.sputter_time is not None
        sides = (run.raster.height, run.raster.width)
        shape = (len(run.scans), 1, *sides) if is_profile else (len(run.scans), *sides)
        root.attrs["acquisition_mode"] = "depth_profile" if is_profile else "image_2d"
        root.attrs["polarity"] = {"positive": "Pos", "negative": "Neg"}.get(run.polarity, "")
        root.create_group("geometry").attrs["row_shape"] = np.array(shape, dtype=np.uint64)
        _put(root, COEFFICIENTS, np.array(coefficients(scale, step)))
        _put(root, f"{CSR}/mass_bin", times)
        _put(root, f"{CSR}/indptr", ends)
        _put(root, f"{CSR}/pixel_id", place)
        _put(root, f"{CSR}/count", count.clip(max=BYTE).astype(np.uint8))
        many = np.flatnonzero(count > BYTE)
        if many.size:
            _put(root, f"{CSR}/count_exceptions/nnz_index", many.astype(np.uint64))
            _put(root, f"{CSR}/count_exceptions/value", count[many].astype(np.uint32))
        root[CSR].attrs[STEP] = step
        if run.sputter_time is not None:
            _put(root, TIMES, run.sputter_time)
        own = {"shots": run.raster.shots, "field_um": run.raster.field_um}
        for name, value in own.items():
            if value is not None and np.isfinite(value):
                root.require_group(OWN).attrs[name] = value
    return write_atomic(path, held.getvalue())


def _put(root: Any, name: str, values: NDArray[Any]) -> None:
    """Store numbers, packed where there are many."""
    packed = {"compression": "gzip", "shuffle": True} if values.size > 64 else {}
    root.create_dataset(name, data=values, **packed)


def _sorted(
    run: Run,
) -> tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.uint32], NDArray[np.int64]]:
    """Flight times, where each one's entries begin and end, their places, and ions of each."""
    if len(run.scans) * run.raster.pixels > 1 << 32:
        raise InputError(f"{len(run.scans)} scans of {run.raster.pixels} pixels are over 2**32")
    keys: list[NDArray[np.uint64]] = []
    ions = 0
    for i, scan in enumerate(run.scans):
        hits = scan.hits()
        ions += hits.channel.size
        if ions > MOST:
            raise InputError(f"there are more than {MOST} ions; write fewer scans at a time")
        place = hits.pixel.astype(np.uint64) + np.uint64(i * run.raster.pixels)
        keys.append(hits.channel.astype(np.uint64) << np.uint64(32) | place)
    if not ions:
        raise InputError("the run holds no ion")
    entry, count = np.unique(np.concatenate(keys), return_counts=True)
    times, starts = np.unique(entry >> np.uint64(32), return_index=True)
    ends = np.append(starts, entry.size).astype(np.uint64)
    return times.astype(np.uint32), ends, entry.astype(np.uint32), count.astype(np.int64)
