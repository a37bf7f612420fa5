"""Drift taken off: ions and images moved by whole pixels, scan by scan, never around the edges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import Finding, InputError, Severity

from .events import Hits, Run, reloaded

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from .events import Raster
    from .register import Drift

__all__ = ["covered_part", "left_field", "moved", "moved_cube"]


def moved(run: Run, drift: Drift) -> Run:
    """Give a run whose ions lie where they would without the drift.

    Parameters
    ----------
    run : Run
    drift : Drift
        Of the same scans and the same field.

    Returns
    -------
    Run
        Ions that leave the field are no longer in it; :func:`left_field` counts them. A note says
        how many pixels are no longer covered by every scan.

    Raises
    ------
    InputError
        If the drift is of other scans or of another field.

    Examples
    --------
    >>> from tofsims import Raster, ion_events
    >>> from tofsims.register import Drift
    >>> run = ion_events([([5], [100])], raster=Raster(width=4, height=4))
    >>> one = np.ones(1)
    >>> drift = Drift(scan=np.array([0]), shift_x=one, shift_y=0 * one, u_x=one, u_y=one,
    ...               pooled=((0, 0),), height=4, width=4, method="as known")
    >>> moved(run, drift).scans[0].hits().pixel
    array([4], dtype=uint32)
    """
    raster = run.raster
    _check(run.numbers, (raster.height, raster.width), drift)
    offset = drift.offset
    made = reloaded(run, lambda i, scan: _shifted(scan.hits(), raster, offset[i])[0])
    return replace(made, notes=(*run.notes, note_of(drift)))


def left_field(run: Run, drift: Drift) -> NDArray[np.int64]:
    """Count the ions of each scan that leave the field when it is moved; reads all of them."""
    raster = run.raster
    _check(run.numbers, (raster.height, raster.width), drift)
    return np.array(
        [
            _shifted(scan.hits(), raster, by)[1]
            for scan, by in zip(run.scans, drift.offset, strict=True)
        ],
        dtype=np.int64,
    )


def moved_cube(cube: xr.Dataset, drift: Drift) -> xr.Dataset:
    """Give a cube whose images lie where they would without the drift, by whole pixels.

    Parameters
    ----------
    cube : Dataset
        A lazy one stays lazy.
    drift : Drift

    Returns
    -------
    Dataset
        Zero where a scan shows nothing; the coordinate ``covered`` over y and x says which pixels
        every scan covers.

    Raises
    ------
    InputError
        If the drift is of other scans or of another field, or the cube is of a region.
    """
    import xarray as xr

    if "measured" in cube:
        raise InputError(
            "the cube is of a region, whose edges do not move with the field; make a cube of the "
            "whole field, and take the region where it is read"
        )
    sizes = cube.sizes
    _check(cube["scan"].values.tolist(), (sizes["y"], sizes["x"]), drift)
    # What xarray says of this function's arguments is less than Any.
    over: Any = getattr(xr, "apply_ufunc")  # noqa: B009
    counts = over(
        _translated,
        cube["counts"],
        xr.DataArray(drift.offset, dims=("scan", "axis")),
        input_core_dims=[["y", "x"], ["axis"]],
        output_core_dims=[["y", "x"]],
        dask="parallelized",
        output_dtypes=[cube["counts"].dtype],
        keep_attrs=True,
    ).transpose(*cube["counts"].dims)
    counts.attrs = dict(cube["counts"].attrs)
    return cube.assign(counts=counts).assign_coords(covered=(("y", "x"), drift.covered))


def covered_part(cube: xr.Dataset) -> xr.Dataset:
    """Give the part of a moved cube that every scan covers: a rectangle of its field.

    Raises
    ------
    InputError
        If no pixel is covered by every scan.
    """
    if "covered" not in cube.coords:
        return cube
    inside = cube["covered"].values
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not rows.size:
        raise InputError(
            "no pixel is covered by every scan: the field moved by more than its width; register "
            "fewer scans"
        )
    return cube.isel(y=slice(rows[0], rows[-1] + 1), x=slice(columns[0], columns[-1] + 1))


def note_of(drift: Drift) -> Finding:
    """Say what moving the scans costs."""
    return Finding(
        rule="sims_drift",
        severity=Severity.INFO,
        subject="the field",
        message=f"{drift.sentence}; scans were moved by whole pixels",
    )


def _check(numbers: Any, shape: tuple[int, int], drift: Drift) -> None:
    if list(numbers) != drift.scan.tolist() or shape != (drift.height, drift.width):
        raise InputError(
            f"the drift is of {drift.scan.size} scans of {drift.width} x {drift.height} pixels, "
            f"and there are {len(numbers)} of {shape[1]} x {shape[0]}; register the same "
            "measurement"
        )


def _shifted(hits: Hits, raster: Raster, by: NDArray[np.int64]) -> tuple[Hits, int]:
    """Ions moved by whole pixels, and how many left the field."""
    y, x = np.divmod(hits.pixel.astype(np.int64), raster.width)
    x += by[0]
    y += by[1]
    inside = (x >= 0) & (x < raster.width) & (y >= 0) & (y < raster.height)
    pixel = (y[inside] * raster.width + x[inside]).astype(np.uint32)
    return Hits(pixel, hits.channel[inside]), int(inside.size - inside.sum())


def _translated(counts: NDArray[Any], offset: NDArray[np.int64]) -> NDArray[Any]:
    """Images (..., scan, y, x), each moved by its whole pixels (scan, (x, y))."""
    made = np.zeros_like(counts)
    height, width = counts.shape[-2:]
    for s, (x, y) in enumerate(offset.reshape(-1, 2).tolist()):
        to_y, from_y = _overlap(height, y)
        to_x, from_x = _overlap(width, x)
        made[..., s, to_y, to_x] = counts[..., s, from_y, from_x]
    return made


def _overlap(size: int, by: int) -> tuple[slice, slice]:
    """Where pixels come to lie, and from where, along an axis."""
    low, high = max(by, 0), size + min(by, 0)
    if high <= low:
        return slice(0, 0), slice(0, 0)
    return slice(low, high), slice(low - by, high - by)
