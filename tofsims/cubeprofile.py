"""Depth profiles of a cube: counts of its pixels, or of a region, summed scan by scan.

A cube on the disk is read in pieces, on any dask scheduler where it was opened lazily.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

from .counting import corrected
from .profile import ProfileError, depth_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.ion import Ion

__all__ = ["named_in_cube", "profile_of_cube"]

Array = NDArray[np.float64]

SCANS = 32
"""Scans that are held at a time."""


def profile_of_cube(cube: xr.Dataset, inside: NDArray[np.bool_] | None = None) -> xr.Dataset:
    """Sum a cube over its field, or over a region of it, to a depth profile.

    Where the cube knows its shots, counts are corrected for the dead time with those of the pixels
    that were summed, each peak as if nothing came before it in its dead time: a cube does not say
    what did. From events, :func:`tofsims.reduce_events` does know it. Without shots nothing is
    corrected and there is no ``u``.

    Parameters
    ----------
    cube : Dataset
        As :func:`tofsims.ion_cube` makes it, in memory or lazily on the disk
        (:func:`tofsims.open_cube`).
    inside : (height, width) array of bool, optional
        Region; everything if not given.

    Returns
    -------
    Dataset
        As :func:`tofsims.depth_profile` makes it. Pixels that were not measured (NaN) are left out
        of the sum and of the shots, and so are scans without any.

    Raises
    ------
    ProfileError
        If the region does not fit the field, nothing was measured in it, ions were measured in
        different pixels, or there are more counts than shots.

    Examples
    --------
    >>> from tofsims import ion_cube
    >>> cube = ion_cube(["Cl-"], np.ones((1, 3, 4, 4), dtype=np.uint16), shots=10)
    >>> made = profile_of_cube(cube)
    >>> made["counts"].values, made["shots"].values
    (array([[16., 16., 16.]]), array([160., 160., 160.]))
    """
    height, width = cube.sizes["y"], cube.sizes["x"]
    region = np.ones((height, width), dtype=bool) if inside is None else np.asarray(inside)
    if region.shape != (height, width) or region.dtype != np.bool_ or not region.any():
        raise ProfileError(
            f"the region should mark some of {width} x {height} pixels as true, and has shape "
            f"{region.shape} with {int(region.astype(bool).sum())} marked"
        )
    counts, pixels = _summed(cube["counts"], region)
    if (pixels != pixels[0]).any():
        raise ProfileError(
            "its ions were measured in different pixels; take those that were measured together"
        )
    held = pixels[0] > 0
    if not held.any():
        raise ProfileError("nothing was measured in the region")
    counts, per_pixel = counts[:, held], _shots(cube)
    shots = pixels[0, held] * per_pixel
    intensity = counts
    if np.isfinite(per_pixel):
        try:
            intensity = corrected(counts, shots)
        except InputError as error:
            raise ProfileError(f"of the cube, {error}") from None
    places = cube.coords
    window = None
    if "window_low" in places:
        window = np.stack([places["window_low"].values, places["window_high"].values], axis=1)
    return depth_profile(
        [str(name) for name in cube["ion"].values],
        intensity,
        sputter_time=places["sputter_time"].values[held] if "sputter_time" in places else None,
        counts=counts,
        shots=shots,
        mz=places["mz"].values if "mz" in places else None,
        window=window,
        scan=places["scan"].values[held],
        polarity=str(cube.attrs.get("polarity", "")),
        shots_from="the cube" if np.isfinite(per_pixel) else "",
        before_from="not known of a cube; peaks are taken to be alone in their dead time",
    )


def named_in_cube(cube: xr.Dataset, ions: Sequence[Ion]) -> xr.Dataset:
    """Give the images of ions, by their names or else by the windows that their masses lie in.

    Parameters
    ----------
    cube : Dataset
    ions : sequence of Ion

    Returns
    -------
    Dataset
        The cube of these ions, in their order and by their names.

    Raises
    ------
    ProfileError
        If a cube has no image of one, or several.

    Examples
    --------
    >>> from references.ion import ion
    >>> from tofsims import ion_cube
    >>> cube = ion_cube(["m/z 35"], np.ones((1, 3, 4, 4)), window=[(34.9, 35.0)])
    >>> named_in_cube(cube, [ion("Cl-")])["ion"].values.tolist()
    ['Cl-']
    """
    names = [str(name) for name in cube["ion"].values]
    rows: list[int] = []
    for known in ions:
        found = [i for i, name in enumerate(names) if name == known.key]
        if not found and "window_low" in cube.coords:
            low, high = cube["window_low"].values, cube["window_high"].values
            found = np.flatnonzero((low <= known.mz) & (known.mz < high)).tolist()
        if len(found) != 1:
            what = f"{len(found)} images" if found else "no image"
            raise ProfileError(
                f"the cube has {what} of {known.key} (m/z {known.mz:.4f}); it holds "
                + ", ".join(names[:12])
                + (" ..." if len(names) > 12 else "")
            )
        rows += found
    return cube.isel(ion=rows).assign_coords(ion=[known.key for known in ions])


def _shots(cube: xr.Dataset) -> float:
    return float(cube.coords["shots"].item()) if "shots" in cube.coords else np.nan


def _summed(counts: xr.DataArray, region: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Counts, and pixels that were measured, of each ion and scan."""
    if counts.chunks is not None:
        import dask

        lazy = _of_part(counts, region)
        found = dask.compute(*(one.data for one in lazy))  # type: ignore[reportPrivateImportUsage]
        return np.asarray(found[0], dtype=float), np.asarray(found[1], dtype=float)
    told = np.zeros((2, counts.sizes["ion"], counts.sizes["scan"]))
    for i in range(counts.sizes["ion"]):
        for first in range(0, counts.sizes["scan"], SCANS):
            at = slice(first, first + SCANS)
            part = counts.isel(ion=slice(i, i + 1), scan=at)
            for kept, one in zip(told, _of_part(part, region), strict=True):
                kept[i : i + 1, at] = one.values
    return told[0], told[1]


def _of_part(part: xr.DataArray, region: NDArray[np.bool_]) -> tuple[xr.DataArray, xr.DataArray]:
    import xarray as xr

    field = ("y", "x")
    mask = xr.DataArray(region, dims=field)
    if np.issubdtype(part.dtype, np.floating):
        inside = part.where(mask)
        return inside.sum(field), inside.notnull().sum(field)
    # Whole numbers are all measured, and stay as narrow as they are.
    summed = (part * mask.astype(part.dtype)).sum(field, dtype=np.int64)
    return summed, xr.full_like(summed, int(region.sum()))
