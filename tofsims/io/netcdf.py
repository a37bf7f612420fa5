"""A cube in a NetCDF file, as :mod:`tofsims.io.netcdf_written` makes it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from references.files import sha256
from references.hdf5 import Hdf5
from references.words import InputError

from ..carried import ALL_CARRIED, SHOTS
from ..cube import ion_cube
from ..cubestore import FORMAT
from .netcdf_written import LARGEST
from .reading import Reading

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

__all__ = ["is_netcdf_cube", "read_netcdf"]

PACKED = 1100
"""Times that counts may be larger than what is stored of them: deflate packs zeros to 1/1032."""
NOT_ONE = "This is a netCDF dimension but not a netCDF variable"
"""Name of what stands for an axis without numbers."""
LONGEST = 4096
"""Bytes of a name."""


def is_netcdf_cube(file: Hdf5) -> bool:
    """Whether an HDF5 file is one of ours."""
    return file.text("/", "format") == FORMAT


def read_netcdf(path: str | Path) -> Reading:
    """Read the cube; its counts are in memory."""
    with Hdf5(path) as file:
        cube = _cube(file)
    return Reading(path=str(path), sha256=sha256(path), format="cube", cubes=(cube,))


def _cube(file: Hdf5) -> xr.Dataset:
    held = file.array("counts", packed=PACKED)
    shape = held.shape
    if len(shape) != 4 or held.dtype.kind not in "uf" or 0 in shape:
        raise file.wrong("should be counts over ion, scan, y and x", "counts")
    if held.dtype.itemsize * math.prod(shape) > LARGEST:
        raise file.wrong(f"is {' x '.join(map(str, shape))}, more than is read at once", "counts")
    ions, scans, height, width = shape
    low, high = (_column(file, name, (ions,)) for name in ("window_low", "window_high"))
    measured = _column(file, "measured", (height, width))
    try:
        cube = ion_cube(
            _words(file, "ion", ions),
            held.read(),
            scan=_column(file, "scan", (scans,)),
            sputter_time=_column(file, "sputter_time", (scans,)),
            mz=_column(file, "mz", (ions,)),
            window=None if low is None or high is None else np.stack([low, high], axis=1),
            shots=file.number("counts", "shots"),
            pixel_um=(_pixel(file, "x", width), _pixel(file, "y", height)),
            polarity=file.text("/", "polarity"),
            measured=None if measured is None else measured != 0,
            scale_from=file.text("/", "scale_from"),
        )
    except InputError as error:
        raise file.wrong(str(error), "counts") from None
    for name in ("sf", "k0"):
        if (value := file.number("/", name)) is not None:
            cube.attrs[name] = value
    return _carrying(file, cube, (ions, scans))


def _carrying(file: Hdf5, cube: xr.Dataset, shape: tuple[int, int]) -> xr.Dataset:
    """What the cube carries of its events."""
    told: dict[str, Any] = {}
    for name in ALL_CARRIED:
        if (values := _column(file, name, shape)) is not None:
            told[name] = (("ion", "scan"), values, {"units": "counts"})
    if "saturation" in told:
        told["saturation"] = (("ion", "scan"), told["saturation"][1].astype(np.int8))
    if (shots := _column(file, SHOTS, shape[1:])) is not None:
        told[SHOTS] = ("scan", shots)
    if file.has("u_from"):
        cube = cube.assign_coords(u_from=("ion", _words(file, "u_from", shape[0])))
    return cube.assign(told)


def _pixel(file: Hdf5, name: str, size: int) -> float:
    """Width of a pixel: the middle of the first one is half of it from the edge."""
    places = _column(file, name, (size,))
    return np.nan if places is None or not places[0] > 0 else 2.0 * float(places[0])


def _column(file: Hdf5, name: str, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """Numbers of an axis or two; ``None`` where there are none."""
    if not file.has(name) or file.text(name, "NAME").startswith(NOT_ONE):
        return None
    held = file.array(name, packed=PACKED)
    if held.shape != shape or held.dtype.kind not in "iuf":
        raise file.wrong(
            f"should be numbers of shape {shape}, and is {held.dtype} of {held.shape}", name
        )
    return held.read().astype(float)


def _words(file: Hdf5, name: str, many: int) -> list[str]:
    """Text, stored as characters."""
    held = file.array(name)
    if len(held.shape) != 2 or len(held) != many or held.dtype != "S1" or held.shape[1] > LONGEST:
        raise file.wrong(f"should be {many} words of characters", name)
    return [bytes(row.tobytes()).rstrip(b"\0").decode("utf-8", "replace") for row in held.read()]
