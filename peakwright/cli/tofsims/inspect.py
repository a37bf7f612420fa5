"""``peakwright tofsims inspect``: what a file holds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...counted import counted
from ..console import emit_json, say
from ..findings import show_finding
from .options import FileArgument, JsonOption  # noqa: TC001 - typer reads them at run time

if TYPE_CHECKING:
    import xarray as xr

    from tofsims.events import Run
    from tofsims.io import Reading

__all__ = ["inspect"]


def inspect(file: FileArgument, *, json: JsonOption = False) -> None:
    """Say what a file holds: events or profiles, pixels, scans, shots, mass scale, ions."""
    import tofsims

    reading = tofsims.read(file)
    document = _document(reading)
    if json:
        emit_json(document)
        return
    say(f"{file.name}: {reading.format}")
    for entry in document["runs"]:
        _say_run(entry)
    for entry in document["profiles"]:
        _say_profile(entry)
    for entry in document["spectra"]:
        low, high = entry["mz"] or (math.nan, math.nan)
        say(
            f"spectrum: {counted(entry['points'], 'point')}, m/z {low:.1f} to {high:.1f}, "
            f"{entry['sum']:.0f} counts ({entry['ordinate']})",
            indent=2,
        )
    for entry in document["cubes"]:
        _say_cube(entry)
    for one in reading.skipped:
        say(f"passed over: {one}", indent=2)
    for note in reading.notes:
        show_finding(note)


def _say_run(entry: dict[str, Any]) -> None:
    say(
        f"ion events: {_raster(entry)}{' (a guess)' if entry['raster_is_assumed'] else ''}, "
        f"{_shots(entry['shots_per_pixel'])} a pixel, "
        f"{entry['polarity'] or 'unknown polarity'}",
        indent=2,
    )
    for scale in entry["scales"]:
        say(f"mass scale: sf {scale['sf']:.6g}, k0 {scale['k0']:.6g} ({scale['source']})", indent=2)
    if entry["sputter_time_s"] is not None:
        first, last = entry["sputter_time_s"]
        say(f"sputter time: {first:g} to {last:g} s ({entry['time_from']})", indent=2)


def _raster(entry: dict[str, Any]) -> str:
    return f"{counted(entry['scans'], 'scan')} of {entry['width']} x {entry['height']} pixels"


def _shots(number: float | None) -> str:
    if number is None:
        return "unknown shots"
    return "1 shot" if number == 1 else f"{number:.6g} shots"


def _say_profile(entry: dict[str, Any]) -> None:
    first, last = entry["sputter_time_s"] or (math.nan, math.nan)
    say(
        f"depth profile: {counted(len(entry['ions']), 'ion')}, "
        f"{counted(entry['points'], 'point')} from {first:g} to {last:g} s, "
        f"{_shots(entry['shots_per_point'])} a point, "
        f"{entry['polarity'] or 'unknown polarity'}",
        indent=2,
    )
    strongest = sorted(entry["ions"], key=lambda one: -one["mean"])[:12]
    say("strongest: " + ", ".join(f"{one['ion']} {one['mean']:.3g}" for one in strongest), indent=2)


def _document(reading: Reading) -> dict[str, Any]:
    return {
        "schema": "peakwright.tofsims.inspect/1",
        "inputs": [{"path": Path(reading.path).name, "sha256": reading.sha256}],
        "format": reading.format,
        "runs": [_run(one) for one in reading.runs],
        "profiles": [_profile(one) for one in reading.profiles],
        "spectra": [_spectrum(one) for one in reading.spectra],
        "cubes": [_cube(one) for one in reading.cubes],
        "skipped": list(reading.skipped),
        "findings": [note.to_dict() for note in reading.notes],
    }


def _run(one: Run) -> dict[str, Any]:
    times = one.sputter_time
    return {
        "scans": len(one.scans),
        "width": one.raster.width,
        "height": one.raster.height,
        "raster_is_assumed": one.raster.is_assumed,
        "shots_per_pixel": one.raster.shots,
        "field_um": _number(one.raster.field_um),
        "polarity": one.polarity,
        "channel_ps": _number(one.channel_ps),
        "scales": [{"sf": s.sf, "k0": s.k0, "source": s.source} for s in one.scales],
        "sputter_time_s": None if times is None else [float(times[0]), float(times[-1])],
        "time_from": one.time_from,
    }


def _profile(one: xr.Dataset) -> dict[str, Any]:
    shots = np.unique(one["shots"].values)
    times = one["sputter_time"].values if "sputter_time" in one.coords else None
    worst = one["saturation"].max("scan").values
    return {
        "points": int(one.sizes["scan"]),
        "sputter_time_s": None if times is None else [float(times[0]), float(times[-1])],
        "shots_per_point": _number(shots[0]),
        "shots_from": one.attrs.get("shots_from", ""),
        "polarity": one.attrs.get("polarity", ""),
        "ions": [
            {"ion": str(name), "mz": _number(mz), "mean": float(mean), "saturation": int(flag)}
            for name, mz, mean, flag in zip(
                one["ion"].values,
                one["mz"].values,
                one["corrected"].mean("scan").values,
                worst,
                strict=True,
            )
        ],
    }


def _say_cube(entry: dict[str, Any]) -> None:
    say(
        f"images: {counted(len(entry['ions']), 'ion')}, {_raster(entry)}, "
        f"{_shots(entry['shots_per_pixel'])} a pixel, "
        f"{entry['polarity'] or 'unknown polarity'}",
        indent=2,
    )
    names = [one["ion"] for one in entry["ions"]]
    say("of " + ", ".join(names[:12]) + (" ..." if len(names) > 12 else ""), indent=2)


def _cube(one: xr.Dataset) -> dict[str, Any]:
    masses = one["mz"].values if "mz" in one.coords else np.full(one.sizes["ion"], np.nan)
    return {
        "scans": int(one.sizes["scan"]),
        "width": int(one.sizes["x"]),
        "height": int(one.sizes["y"]),
        "shots_per_pixel": _number(one.coords["shots"].item()),
        "polarity": one.attrs.get("polarity", ""),
        "ions": [
            {"ion": str(name), "mz": _number(mz)}
            for name, mz in zip(one["ion"].values, masses, strict=True)
        ],
    }


def _spectrum(one: xr.Dataset) -> dict[str, Any]:
    name = "counts" if "counts" in one else "intensity"
    y = one[name].values
    mz = one["mz"].values if "mz" in one.coords else None
    return {
        "points": int(y.size),
        "ordinate": name,
        "sum": float(y.sum()),
        "largest": float(y.max()),
        "largest_at_mz": None if mz is None else float(mz[int(y.argmax())]),
        "mz": None if mz is None else [float(mz[0]), float(mz[-1])],
    }


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
