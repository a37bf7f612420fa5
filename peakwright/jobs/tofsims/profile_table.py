"""The depth profiles themselves as a table: a line a data point, for a spreadsheet or a plot."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["profile_csv"]

AXES = {"sputter_time": "sputter_time_s", "depth": "depth_nm", "u_depth": "u_depth_nm"}


def profile_csv(profile: xr.Dataset) -> bytes:
    """Give the table of a depth profile: scan, time, shots, and of each ion counts, corrected, u.

    Parameters
    ----------
    profile : Dataset
        As :func:`tofsims.depth_profile` makes it.

    Returns
    -------
    bytes
        Text with commas; empty cells where a number is not known.
    """
    columns: dict[str, Any] = {"scan": profile["scan"].values}
    for name, column in AXES.items():
        if name in profile.coords:
            columns[column] = profile[name].values
    columns["shots"] = profile["shots"].values
    for i, ion in enumerate(profile["ion"].values):
        for name in ("counts", "corrected", "u"):
            columns[f"{ion} {name}"] = profile[name].values[i]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([_cell(float(value)) for value in row])
    return stream.getvalue().encode()


def _cell(value: float) -> str:
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
