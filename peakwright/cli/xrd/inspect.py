"""``peakwright xrd inspect``: what a file holds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.table import Table

from ..console import emit_json, out_console, plain, say
from ..findings import show_finding
from .options import FileArgument, JsonOption  # noqa: TC001 - typer reads them at run time

if TYPE_CHECKING:
    import xarray as xr

    from xrd.io import Reading

__all__ = ["inspect"]


def inspect(file: FileArgument, *, json: JsonOption = False) -> None:
    """Say what a file holds: scans, angles, counts, wavelengths, attenuation."""
    import xrd

    reading = xrd.read(file)
    document = _document(reading)
    if json:
        emit_json(document)
        return
    number = len(reading.patterns)
    say(f"{file.name}: {number} {'scan' if number == 1 else 'scans'} ({reading.format})")
    if number:
        out_console.print(_table(document["scans"]))
    for skipped in reading.skipped:
        say(f"skipped: {skipped}", indent=2)
    for note in reading.notes:
        show_finding(note)


def _document(reading: Reading) -> dict[str, Any]:
    return {
        "schema": "peakwright.xrd.inspect/1",
        "inputs": [{"path": Path(reading.path).name, "sha256": reading.sha256}],
        "format": reading.format,
        "scans": [_entry(index, one) for index, one in enumerate(reading.patterns)],
        "skipped": list(reading.skipped),
        "findings": [note.to_dict() for note in reading.notes],
    }


def _entry(index: int, one: xr.Dataset) -> dict[str, Any]:
    x = np.asarray(one["two_theta"].values, dtype=float)
    name = "counts" if "counts" in one else "intensity"
    y = np.asarray(one[name].values, dtype=float)
    times = np.asarray(one["counting_time"].values, dtype=float)
    factors = np.asarray(one["attenuation_factor"].values, dtype=float)
    steps = np.diff(x)
    return {
        "index": index,
        "sample": str(one.attrs.get("sample", "")),
        "scan": str(one.attrs.get("scan", "")),
        "two_theta_deg": [float(x[0]), float(x[-1])],
        "points": int(x.size),
        "step_deg": [float(steps.min()), float(steps.max())],
        "counting_time_s": [_number(times.min()), _number(times.max())],
        "wavelength_A": _number(one.coords["wavelength"]),
        "wavelength_alpha2_A": _number(one.coords["wavelength_alpha2"]),
        "radius_mm": _number(one.coords["radius_mm"]),
        "anode": str(one.attrs.get("anode", "")),
        "monochromator": str(one.attrs.get("monochromator", "")),
        "ordinate": name,
        "unit": str(one[name].attrs.get("units", "")),
        "largest": float(y.max()),
        "largest_at_deg": float(x[int(y.argmax())]),
        "sum": float(y.sum()),
        "attenuation": str(one.attrs.get("attenuation", "")),
        "attenuated_points": int(np.count_nonzero(factors != 1.0)) if factors.ndim else 0,
        "noise": str(one.attrs.get("noise", "")),
    }


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("sample", overflow="fold", min_width=6)
    columns = ("2θ / °", "points", "step / °", "time / s", "λ / Å", "largest", "at / °")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("noise", overflow="fold", min_width=8)
    for row in rows:
        low, high = row["two_theta_deg"]
        table.add_row(
            str(row["index"]),
            plain(row["sample"] or "-"),
            f"{low:.6g} .. {high:.6g}",
            str(row["points"]),
            _range(row["step_deg"]),
            _range(row["counting_time_s"]),
            "-" if row["wavelength_A"] is None else f"{row['wavelength_A']:.6g}",
            f"{row['largest']:.6g}",
            f"{row['largest_at_deg']:.2f}",
            plain(row["noise"]),
        )
    return table


def _range(ends: list[float | None]) -> str:
    low, high = ends
    if low is None or high is None:
        return "-"
    return f"{low:.3g}" if math.isclose(low, high, rel_tol=0.01) else f"{low:.3g} .. {high:.3g}"


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
