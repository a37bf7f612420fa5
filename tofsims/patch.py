"""The depth profile of a small region, while it is drawn: only the pixels about it are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .cubeprofile import profile_of_cube

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

__all__ = ["profile_of_patch"]


def profile_of_patch(cube: xr.Dataset, inside: NDArray[np.bool_]) -> xr.Dataset:
    """Sum a region of a cube to a depth profile, as :func:`tofsims.profile_of_cube` does.

    The cube is cut to the rectangle about the region first, which is the less work the smaller it
    is.

    Parameters
    ----------
    cube : Dataset
        As :func:`tofsims.ion_cube` makes it, in memory or lazily on the disk.
    inside : (height, width) array of bool
        Region.

    Returns
    -------
    Dataset
        As :func:`tofsims.depth_profile` makes it.

    Raises
    ------
    ProfileError
        As :func:`tofsims.profile_of_cube`.

    Examples
    --------
    >>> from tofsims import ion_cube
    >>> cube = ion_cube(["Cl-"], np.ones((1, 3, 4, 4), dtype=np.uint16), shots=10)
    >>> inside = np.zeros((4, 4), dtype=bool)
    >>> inside[1:3, 1:4] = True
    >>> profile_of_patch(cube, inside)["counts"].values
    array([[6., 6., 6.]])
    """
    if inside.shape != (cube.sizes["y"], cube.sizes["x"]) or not inside.any():
        # It says what is wrong with it.
        return profile_of_cube(cube, inside)
    rows, columns = _ends(inside, 1), _ends(inside, 0)
    return profile_of_cube(cube.isel(y=rows, x=columns), inside[rows, columns])


def _ends(inside: NDArray[np.bool_], axis: int) -> slice:
    """From the first to the last line across an axis that holds a pixel of the region."""
    there = np.flatnonzero(inside.any(axis=axis))
    return slice(int(there[0]), int(there[-1]) + 1)
