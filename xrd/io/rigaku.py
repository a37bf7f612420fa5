"""What Rigaku's two formats share: keys of a header, and rows of angle, value and attenuation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Skipped, Told
from references.words import Severity

from .meaning import Lines, check_axis, make
from .written import MAX_POINTS, number, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import xarray as xr

__all__ = ["rigaku_pattern"]

Array = NDArray[np.float64]

NO_MONOCHROMATOR = ("None", "No_unit", "adaptor")


def rigaku_pattern(
    path: str | Path,
    keys: Mapping[str, str],
    lines: Sequence[str],
    span: tuple[int, int],
    told: Told,
    *,
    scan: str,
) -> xr.Dataset:
    """Make a pattern of a header, by the keys of ``.ras``, and the lines of its rows.

    The third column, an attenuation, is reported and not applied: no file has settled whether the
    second was corrected by it.

    Raises
    ------
    DataFileError
        If a row is broken, or the numbers are no pattern.
    """
    axis = keys.get("MEAS_SCAN_AXIS_X", "")
    check_axis(axis, told)
    at = [i for i in range(*span) if lines[i].strip()]
    if not at:
        raise Skipped(f"{told.subject}: it holds no points")
    if len(at) > MAX_POINTS:
        raise DataFileError(path, f"holds {len(at)} rows; no scan is so long", where=told.subject)
    # A row of more than three numbers is refused, however many they are.
    rows = [lines[i].split(None, 4) for i in at]
    if not 2 <= len(rows[0]) <= 3:
        raise DataFileError(
            path,
            f"has rows of {len(rows[0])} numbers, expected angle, value and perhaps attenuation",
            where=f"line {at[0] + 1}",
        )
    table = table_of(path, rows, [i + 1 for i in at], where=told.subject)
    _check_length(keys, len(rows), told)
    reported = table.shape[1] == 3 and bool(np.any(table[:, 2] != 1.0))
    if reported:
        told.say(
            "attenuation",
            Severity.WARNING,
            "the file has a column of attenuation; whether the values were corrected by it is not "
            "known, and it is not applied",
            reported=f"{table[:, 2].min():g} to {table[:, 2].max():g}",
        )
    return make(
        path,
        told,
        two_theta=table[:, 0],
        values=table[:, 1],
        unit=keys.get("MEAS_SCAN_UNIT_Y", "counts"),
        counting_time=_time(keys),
        attenuation="reported, not applied" if reported else "none",
        lines=Lines(
            number(keys.get("HW_XG_WAVE_LENGTH_ALPHA1", "")),
            number(keys.get("HW_XG_WAVE_LENGTH_ALPHA2", "")),
        ),
        sample=keys.get("FILE_SAMPLE", ""),
        scan=scan,
        anode=keys.get("HW_XG_TARGET_NAME", ""),
        monochromator=_monochromator(keys),
        scan_axis=axis,
    )


def _time(keys: Mapping[str, str]) -> float:
    """Time a step [s]: of a continuous scan step over speed, else as it is stated."""
    speed = number(keys.get("MEAS_SCAN_SPEED", ""))
    unit = keys.get("MEAS_SCAN_SPEED_UNIT", "").strip().lower()
    if unit == "deg/min" and speed > 0:
        return 60.0 * number(keys.get("MEAS_SCAN_STEP", "")) / speed
    return speed if unit in {"s", "sec", "sec."} else math.nan


def _monochromator(keys: Mapping[str, str]) -> str:
    found = (
        (keys.get("HW_I_MONOCHRO_NAME", ""), "incident"),
        (keys.get("HW_COUNTER_MONOCHRO_NAME", ""), "diffracted"),
    )
    return "; ".join(
        f"{name} ({beam})" for name, beam in found if name and not name.endswith(NO_MONOCHROMATOR)
    )


def _check_length(keys: Mapping[str, str], found: int, told: Told) -> None:
    declared = number(keys.get("MEAS_DATA_COUNT", ""))
    if math.isfinite(declared) and declared != found:
        told.say(
            "points_missing",
            Severity.WARNING,
            "the scan does not hold as many points as it declares",
            reported=str(found),
            reference=f"{declared:g}",
        )
