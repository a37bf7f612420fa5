"""A cube as one NetCDF file, which most programs that know arrays open."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from references.files import DataFileError, write_atomic

from ..cubestore import FORMAT

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

__all__ = ["LARGEST", "room_for", "write_netcdf"]

LARGEST = 1024**3
"""Bytes of counts of a cube that is written, and read, in one piece."""
PIECE = 16 * 1024**2
"""Bytes of a chunk."""
SCANS = 32
PACKED = {"compression": "gzip", "shuffle": True}


def room_for(path: str | Path, shape: tuple[int, ...]) -> None:
    """See that a cube fits into one file.

    Raises
    ------
    DataFileError
        If it does not.
    """
    size = 2 * math.prod(shape)
    if size > LARGEST:
        raise DataFileError(
            path,
            f"a cube of {' x '.join(map(str, shape))} is {size / 1e9:.1f} GB of counts, and NetCDF "
            f"is written in one piece of up to {LARGEST / 1e9:.1f}",
            action="write a folder instead, as cube.zarr, or name fewer ions",
        )


def write_netcdf(path: str | Path, cube: xr.Dataset) -> Path:
    """Write a cube as NetCDF 4; :func:`tofsims.read` opens it again.

    Parameters
    ----------
    path : path
    cube : Dataset
        As :func:`tofsims.ion_cube` makes it.

    Returns
    -------
    Path

    Raises
    ------
    DataFileError
        If it is larger than 1 GiB, or cannot be written.

    Notes
    -----
    NetCDF 4 is HDF5 with names for its axes. Text is stored as characters, which the conventions of
    Climate and Forecast (CF, 2.2) allow, and what is true or false as 1 and 0. Shots a pixel and
    scan are an attribute of the counts.
    """
    import h5netcdf

    room_for(path, cube["counts"].shape)
    held = io.BytesIO()
    with h5netcdf.File(held, "w") as root:
        root.dimensions = {str(name): size for name, size in cube.sizes.items()}
        for name, variable in cube.variables.items():
            if variable.dims:
                _put(root, str(name), variable)
        shots = float(cube.coords["shots"].item()) if "shots" in cube.coords else np.nan
        if np.isfinite(shots):
            root["counts"].attrs["shots"] = shots
        for name, value in cube.attrs.items():
            if isinstance(value, str | int | float):
                root.attrs[name] = value
        root.attrs["format"] = FORMAT
    return write_atomic(path, held.getvalue())


def _put(root: Any, name: str, variable: xr.Variable) -> None:
    """Store a variable, packed where there is much of it."""
    values, dims, more = variable.values, [str(dim) for dim in variable.dims], {}
    attributes = {key: word for key, word in variable.attrs.items() if isinstance(word, str)}
    if values.dtype == np.bool_:
        values, attributes["dtype"] = values.astype(np.int8), "bool"
    elif values.dtype.kind in "OU":
        values = _characters(values)
        dims.append(f"characters_of_{name}")
        root.dimensions[dims[-1]] = values.shape[-1]
        attributes["_Encoding"] = "utf-8"
    elif values.ndim == 4:
        scans = PIECE // (values.itemsize * math.prod(values.shape[2:]))
        more = {"chunks": (1, min(max(scans, 1), SCANS, values.shape[1]), *values.shape[2:])}
    if values.size > 64:
        more |= PACKED
    made = root.create_variable(name, dims, values.dtype, data=values, **more)
    for key, word in attributes.items():
        made.attrs[key] = word


def _characters(words: NDArray[Any]) -> NDArray[np.bytes_]:
    """Text as an array of bytes, one more axis of them."""
    encoded = np.array([str(word).encode() for word in words.ravel()])
    wide = max(encoded.dtype.itemsize, 1)
    return encoded.astype(f"S{wide}").view("S1").reshape(*words.shape, wide)
