"""What a cube carries of the events it was made of: its field's intensities, as they tell them.

Images do not say what came before a peak in its dead time; the events did. A cube therefore keeps
the profile of its whole field, and with it counts and shots by which it is seen whether it is still
that of the images: they may have been cut, moved or given other shots since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "ALL_CARRIED",
    "CARRIED",
    "before_in",
    "carrying",
    "intensities_in",
    "otherwise_than_counted",
]

Array = NDArray[np.float64]

CARRIED = ("corrected", "u", "before", "background", "u_common")
"""Variables over ion and scan that a profile made of events may have."""
SUMMED, SHOTS = "summed", "summed_shots"
ALL_CARRIED = (*CARRIED, SUMMED, "saturation")
"""All that is over ion and scan."""


def carrying(cube: xr.Dataset, profile: xr.Dataset) -> xr.Dataset:
    """Give a cube what its events told of the whole of what was counted.

    Parameters
    ----------
    cube : Dataset
        As :func:`tofsims.ion_cube` makes it.
    profile : Dataset
        Made in the same pass: the same ions and scans.

    Returns
    -------
    Dataset
        With ``corrected``, ``u``, ``before``, ``saturation`` and what else the profile has of
        :data:`CARRIED`; ``summed`` and ``summed_shots`` are the counts and shots behind them.
    """
    there = {name: profile[name] for name in CARRIED if name in profile}
    there[SUMMED] = profile["counts"]
    held: dict[str, Any] = {
        name: (("ion", "scan"), one.values, {"units": "counts"}) for name, one in there.items()
    }
    held["saturation"] = (("ion", "scan"), profile["saturation"].values)
    made = cube.assign({**held, SHOTS: ("scan", profile["shots"].values)})
    if "u_from" in profile.coords:
        made = made.assign_coords(u_from=("ion", profile["u_from"].values))
    return made


def intensities_in(cube: xr.Dataset, counts: Array, shots: Array) -> dict[str, Any] | None:
    """Give the intensities that a cube carries, if they are those of these counts and shots.

    Parameters
    ----------
    cube : Dataset
    counts : (ions, scans) array
        Summed over what is asked for.
    shots : (scans,) array
        Behind them; NaN where not known.

    Returns
    -------
    dict or None
        What :func:`tofsims.depth_profile` takes.
    """
    if SUMMED not in cube or not (
        np.array_equal(cube[SUMMED].values, counts)
        and np.array_equal(cube[SHOTS].values, shots, equal_nan=True)
    ):
        return None
    told: dict[str, Any] = {name: cube[name].values for name in CARRIED if name in cube}
    if "u_from" in cube.coords:
        told["u_from"] = [str(word) for word in cube["u_from"].values]
    return told


def before_in(cube: xr.Dataset, shots: Array) -> Array | None:
    """Give what came before each peak in its dead time, of a part of the field, by its shots.

    Parameters
    ----------
    cube : Dataset
    shots : (scans,) array
        Behind the part.

    Returns
    -------
    (ions, scans) array or None
        Corrected counts, as if they were spread evenly over the field; ``None`` where a cube does
        not say them.
    """
    if "before" not in cube or not np.isfinite(shots).all():
        return None
    return np.asarray(cube["before"].values * (shots / cube[SHOTS].values), dtype=float)


def otherwise_than_counted(cube: xr.Dataset) -> list[str]:
    """Give the ions whose intensities over the field are not just their windows' counts."""
    if "u_from" not in cube.coords:
        return []
    return [
        str(name)
        for name, word in zip(cube["ion"].values, cube["u_from"].values, strict=True)
        if str(word) != "counting"
    ]
