"""Cubes for programs that show volumes: VTK's ImageData for ParaView, OME-NGFF for napari.

Written as they are, over scans or over depth; lateral lengths are in um where they are known, depth
in um too where it is in nm, else in seconds or scans.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from references.files import DataFileError, new_folder, write_atomic
from references.plot import PALETTE
from references.words import InputError

from ..eventstore import need_zarr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import xarray as xr
    from numpy.typing import NDArray

__all__ = ["write_ngff", "write_vti"]

LARGEST = 1024**3
"""Bytes of a .vti, which is written as one."""
EVEN = 1e-3
"""By how much steps along depth may differ, relative to their mean."""
SCANS = 32
CHUNK = 256
SMALLEST = 64
"""Pixels of the coarsest image of a pyramid, at least."""
VTK = {"uint16": "UInt16", "float32": "Float32"}


def write_vti(path: str | Path, cube: xr.Dataset) -> Path:
    """Write a cube as VTK ImageData (.vti), an array of points an ion, as ParaView opens it.

    Parameters
    ----------
    path : path
    cube : Dataset
        Over scans that are evenly apart, or over depth.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If scans are not evenly apart.
    DataFileError
        If it would be larger than 1 GiB, or cannot be written.

    Notes
    -----
    Points stand in the middles of voxels, x fastest, z along depth; raw appended data with 64-bit
    lengths, little-endian (VTK file formats, XML, version 1.0). The field data ``axes`` says what
    the axes are.
    """
    steps, starts, units = _geometry(cube)
    counts = _measured(cube)
    shape = counts.shape[1:]
    kind = np.dtype("uint16" if counts.dtype == np.uint16 else "float32").newbyteorder("<")
    size = int(np.prod(counts.shape, dtype=float)) * kind.itemsize
    if size > LARGEST:
        raise DataFileError(
            path,
            f"would take {size / 1e9:.1f} GB, and is written as one piece of {LARGEST / 1e9:.1f}",
            action="name fewer ions or scans, or write zarr",
        )
    said = f"x and y in {units[2]}, z in {units[0]}: depth, downwards"
    extent = " ".join(f"0 {many - 1}" for many in shape[::-1])
    origin, spacing = (" ".join(repr(value) for value in of) for of in (starts, steps))
    head = [
        '<?xml version="1.0"?>',
        '<VTKFile type="ImageData" version="1.0" byte_order="LittleEndian" header_type="UInt64">',
        f'<ImageData WholeExtent="{extent}" Origin="{origin}" Spacing="{spacing}">',
        '<FieldData><DataArray type="String" Name="axes" NumberOfTuples="1" format="ascii">',
        " ".join(str(byte) for byte in (*said.encode(), 0)),
        "</DataArray></FieldData>",
        f'<Piece Extent="{extent}"><PointData>',
    ]
    blocks: list[bytes] = []
    offset = 0
    for i, ion in enumerate(cube["ion"].values):
        one = counts.isel(ion=i).values.astype(kind).tobytes()
        blocks += [len(one).to_bytes(8, "little"), one]
        head.append(
            f'<DataArray type="{VTK[kind.name]}" Name="{escape(str(ion))}" '
            f'format="appended" offset="{offset}"/>'
        )
        offset += 8 + len(one)
    head.append('</PointData></Piece></ImageData><AppendedData encoding="raw">_')
    tail = b"\n</AppendedData></VTKFile>\n"
    return write_atomic(path, b"".join(["\n".join(head).encode(), *blocks, tail]))


def write_ngff(
    path: str | Path, cube: xr.Dataset, *, progress: Callable[[int], None] | None = None
) -> Path:
    """Write a cube as an OME-NGFF image (zarr), with ever coarser images, as napari opens it.

    Parameters
    ----------
    path : path
        Of a new folder.
    cube : Dataset
        Of any size: it is read and written piece by piece.
    progress : callable, optional
        Told how many more scans of an ion were written.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If scans are not evenly apart, or zarr is not installed.
    DataFileError
        If the folder is there already, or cannot be written.

    Notes
    -----
    OME-NGFF 0.5. Coarser images are sums over 2 x 2 pixels, so that they are counts too; where
    depth is not in nm its axis has no unit, and ``depth_units`` says what it is in.
    """
    steps, starts, units = _geometry(cube)
    zarr = need_zarr()
    counts = _measured(cube)
    height, width = counts.shape[2:]
    factors = [1]
    while min(height, width) // (2 * factors[-1]) >= SMALLEST:
        factors.append(2 * factors[-1])
    with new_folder(path) as folder:
        root = zarr.open_group(str(folder), mode="a", zarr_format=3)
        levels = [_level(root, str(i), counts.shape, factor) for i, factor in enumerate(factors)]
        top = np.zeros(counts.shape[0])
        for i, first, piece in _pieces(counts):
            top[i] = np.fmax.reduce(piece, axis=None, initial=top[i])
            for array, factor in zip(levels, factors, strict=True):
                array[i, first : first + piece.shape[0]] = _summed(piece, factor)
            if progress is not None:
                progress(piece.shape[0])
        root.attrs["ome"] = _metadata(cube, factors, steps[::-1], starts[::-1], units, top)
        root.attrs["depth_units"] = units[0]
    return Path(path)


def _geometry(cube: xr.Dataset) -> tuple[list[float], list[float], tuple[str, str, str]]:
    """Steps and middles of the first voxel along x, y and z; units along z, y and x."""
    if "depth" in cube.dims:
        depth = np.asarray(cube["depth"].values, dtype=float)
        unit = str(cube["depth"].attrs["units"])
    elif "sputter_time" in cube.coords:
        depth, unit = np.asarray(cube["sputter_time"].values, dtype=float), "s"
    else:
        depth, unit = np.arange(1.0, cube.sizes["scan"] + 1.0), "scan"
    apart = np.diff(depth) if depth.size > 1 else np.ones(1)
    if np.ptp(apart) > EVEN * apart.mean():
        raise InputError(
            f"scans are {apart.min():.4g} to {apart.max():.4g} {unit} apart, and a volume has even "
            "steps; reconstruct it over depth first"
        )
    factor = 1e-3 if unit == "nm" else 1.0
    steps, starts = [factor * float(apart.mean())], [factor * float(depth[0])]
    lateral = "pixels"
    for name in ("y", "x"):
        known = name in cube.coords and cube.sizes[name] > 1
        place = np.asarray(cube[name].values, dtype=float) if known else np.array([0.5, 1.5])
        steps.append(float(place[1] - place[0]))
        starts.append(float(place[0]))
        lateral = "um" if known else "pixels"
    return steps[::-1], starts[::-1], ("um" if unit == "nm" else unit, lateral, lateral)


def _measured(cube: xr.Dataset) -> xr.DataArray:
    """Counts, and NaN where nothing was measured; a lazy cube stays lazy."""
    counts = cube["counts"]
    return counts.where(cube["measured"]) if "measured" in cube else counts


def _pieces(counts: xr.DataArray) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
    """Images of some scans of an ion: its place, the first scan, the counts."""
    for i in range(counts.shape[0]):
        for first in range(0, counts.shape[1], SCANS):
            piece = counts[i, first : first + SCANS].values
            yield i, first, np.asarray(piece, dtype=np.float32)


def _level(root: Any, name: str, shape: tuple[int, ...], factor: int) -> Any:
    """An array of the pyramid."""
    ions, scans, *field = shape
    field = [-(-size // factor) for size in field]
    return root.create_array(
        name,
        shape=(ions, scans, *field),
        chunks=(1, min(SCANS, scans), *(min(CHUNK, size) for size in field)),
        dtype="float32",
        dimension_names=("c", "z", "y", "x"),
    )


def _summed(piece: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Images summed over blocks of pixels; those at the far edges may be narrower."""
    for axis in (1, 2):
        first: list[int] = list(range(0, piece.shape[axis], factor))
        piece = np.add.reduceat(piece, first, axis=axis)
    return piece


def _metadata(
    cube: xr.Dataset,
    factors: list[int],
    steps: list[float],
    starts: list[float],
    units: tuple[str, str, str],
    top: NDArray[np.float64],
) -> dict[str, Any]:
    """What OME-NGFF says of axes, scales and channels."""
    axes: list[dict[str, str]] = [{"name": "c", "type": "channel"}]
    for name, unit in zip("zyx", units, strict=True):
        length = {"unit": "micrometer"} if unit == "um" else {}
        axes.append({"name": name, "type": "space", **length})
    datasets: list[dict[str, Any]] = []
    for i, factor in enumerate(factors):
        scale = [1.0, steps[0], *(factor * step for step in steps[1:])]
        # The middle of the first block, as many pixels wide.
        middle = [0.0, starts[0]]
        middle += [
            start + 0.5 * (factor - 1) * step
            for start, step in zip(starts[1:], steps[1:], strict=True)
        ]
        datasets.append(
            {
                "path": str(i),
                "coordinateTransformations": [
                    {"type": "scale", "scale": scale},
                    {"type": "translation", "translation": middle},
                ],
            }
        )
    channels = [
        {
            "label": str(ion),
            "color": PALETTE[i % len(PALETTE)].lstrip("#"),
            "active": i < 3,
            "window": {"min": 0.0, "start": 0.0, "max": float(top[i]), "end": float(top[i])},
        }
        for i, ion in enumerate(cube["ion"].values)
    ]
    return {
        "version": "0.5",
        "multiscales": [
            {"name": "counts", "axes": axes, "datasets": datasets, "type": "sum over 2 x 2 pixels"}
        ],
        "omero": {"channels": channels},
    }
