"""Cubes on the disk: written scan by scan as zarr, opened lazily, as large as the disk allows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from references.files import DataFileError, new_folder

from .carried import carrying
from .cube import cube_of
from .eventstore import need_zarr

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from references.ion import Ion

    from .events import Run
    from .reduce import Reduced

__all__ = ["FORMAT", "CubeWriter", "is_cube", "open_cube", "write_cube"]

SCANS = 32
"""Scans a chunk."""
FORMAT = "peakwright.tofsims.cube/1"
DIMS = ("ion", "scan", "y", "x")
NAMES = {"ion": "ions", "u_from": "u_from"}
"""Text has no settled place in zarr's arrays yet; words over ions go among the attributes."""


class CubeWriter:
    """An array on the disk that takes images scan by scan, and writes them chunk by chunk.

    Parameters
    ----------
    folder : Path
    shape : (ion, scan, y, x)

    Notes
    -----
    A chunk is one ion, 32 scans and the whole field: a profile of a region, an image of a scan and
    a movie of one ion each read little more than they need.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...]) -> None:
        zarr = need_zarr()
        self.shape = shape
        self._array = zarr.open_group(str(folder), mode="a", zarr_format=3).create_array(
            "counts",
            shape=shape,
            chunks=(1, min(SCANS, shape[1]), *shape[2:]),
            dtype="uint16",
            dimension_names=DIMS,
            attributes={"units": "counts"},
        )
        self._held = np.zeros((shape[0], min(SCANS, shape[1]), *shape[2:]), dtype=np.uint16)
        self._first = self._last = 0

    def __setitem__(self, key: tuple[slice, slice], images: Any) -> None:
        """Take ``[:, first:last] = images``; scans come in order."""
        for i in range(images.shape[1]):
            self._held[:, self._last - self._first] = images[:, i]
            self._last += 1
            if self._last - self._first == self._held.shape[1]:
                self.finish()

    def finish(self) -> None:
        """Write what is held."""
        if self._last > self._first:
            self._array[:, self._first : self._last] = self._held[:, : self._last - self._first]
            self._first = self._last


def write_cube(path: str | Path, run: Run, ions: Sequence[Ion], **asked: Any) -> Reduced:
    """Reduce a run to a cube on the disk, however large, with its profile beside it.

    Parameters
    ----------
    path : path
        Of a new folder; nothing may be there yet. If it ends in ``.nc`` it is a NetCDF file, of up
        to 1 GiB of counts.
    run, ions
        As for :func:`tofsims.reduce_events`,
    **asked
        and so are all others.

    Returns
    -------
    Reduced
        Its pass holds no cube; :func:`open_cube` does, and of NetCDF :func:`tofsims.read`.

    Raises
    ------
    DataFileError
        If the folder is there already, or cannot be written.
    InputError
        As :func:`tofsims.reduce_events`, or if zarr is not installed.
    """
    from .reduce import reduce_events

    if Path(path).suffix == ".nc":
        return _in_one_file(path, run, ions, **asked)
    need_zarr()
    with new_folder(path) as folder:

        def begun(shape: tuple[int, ...]) -> CubeWriter:
            writers.append(CubeWriter(folder, shape))
            return writers[-1]

        writers: list[CubeWriter] = []
        reduced = reduce_events(run, ions, with_cube=True, into=begun, **asked)
        writers[0].finish()
        _head(folder, reduced, writers[0].shape, asked.get("inside"))
    return reduced


def _in_one_file(path: str | Path, run: Run, ions: Sequence[Ion], **asked: Any) -> Reduced:
    """Reduce a run to a NetCDF file; what is too large for one is refused before it is counted."""
    from .io.netcdf_written import room_for, write_netcdf
    from .reduce import reduce_events

    if Path(path).exists():
        raise DataFileError(
            path, "is there already", action="name a new file, or remove the old one"
        )

    def begun(shape: tuple[int, ...]) -> NDArray[np.uint16]:
        room_for(path, shape)
        return np.zeros(shape, dtype=np.uint16)

    reduced = reduce_events(run, ions, with_cube=True, into=begun, **asked)
    cube = reduced.counted.cube
    if cube is not None:
        write_netcdf(path, _told(cube, reduced))
    return replace(reduced, counted=replace(reduced.counted, cube=None))


def _told(cube: xr.Dataset, reduced: Reduced) -> xr.Dataset:
    """A cube with the spectrum of everything, and the mass scale that its windows are by."""
    scale = reduced.calibration.scale
    return cube.assign(
        spectrum=(("channel",), reduced.counted.spectrum, {"units": "counts"})
    ).assign_attrs(format=FORMAT, sf=scale.sf, k0=scale.k0, scale_from=scale.source)


def _head(
    folder: Path, reduced: Reduced, shape: tuple[int, ...], inside: NDArray[np.bool_] | None
) -> None:
    """Everything but the counts: coordinates, labels, and the profile corrected for dead time."""
    nothing = np.broadcast_to(np.uint16(0), shape)
    cube = carrying(cube_of(reduced.run, reduced.windows, nothing, inside), reduced.profile)
    dropped = ["counts", *(name for name in NAMES if name in cube.coords)]
    told = _told(cube, reduced).drop_vars(dropped)
    for name, attribute in NAMES.items():
        if name in cube.coords:
            told.attrs[attribute] = [str(word) for word in cube[name].values]
    told.to_zarr(str(folder), mode="a", zarr_format=3, consolidated=False)


def is_cube(path: str | Path) -> bool:
    """Whether a path is a folder with a cube in it."""
    return (Path(path) / "counts" / "zarr.json").is_file()


def open_cube(path: str | Path, *, lazy: bool = True) -> xr.Dataset:
    """Open a cube; its counts are read when they are asked for.

    Parameters
    ----------
    path : path
    lazy : bool
        As dask arrays, where dask is installed: then sums over the whole cube run in pieces, on
        any scheduler.

    Returns
    -------
    Dataset
        ``counts`` over ion, scan, y and x; of the whole field ``corrected``, ``u`` and ``before``
        over ion and scan; of a region ``measured`` over y and x.

    Raises
    ------
    DataFileError
        If it is no cube.
    InputError
        If zarr is not installed.
    """
    import importlib.util

    import xarray as xr

    need_zarr()
    chunks: Any = {} if lazy and importlib.util.find_spec("dask") else None
    try:
        found = xr.open_zarr(str(path), chunks=chunks, consolidated=False, zarr_format=3)
        if found.attrs.get("format") != FORMAT or found["counts"].dims != DIMS:
            raise ValueError("it has no counts over ion, scan, y and x")  # noqa: TRY301
        if "ions" not in found.attrs:
            raise ValueError("its ions have no names")  # noqa: TRY301
        if "measured" in found and found["measured"].dims != DIMS[2:]:
            raise ValueError("what was measured should be over y and x")  # noqa: TRY301
        words = {name: found.attrs.pop(key) for name, key in NAMES.items() if key in found.attrs}
        found = found.assign_coords({n: ("ion", [str(w) for w in of]) for n, of in words.items()})
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataFileError(
            path,
            f"is no cube ({type(error).__name__}: {str(error)[:120]})",
            action="make one with `peakwright tofsims cube`",
        ) from None
    return found
