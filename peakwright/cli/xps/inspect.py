"""``peakwright xps inspect``: what a file holds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from ...counted import counted
from ..console import emit_json, out_console, plain, say
from ..findings import show_finding
from .options import FileArgument, JsonOption  # noqa: TC001 - typer reads them at run time

if TYPE_CHECKING:
    import xarray as xr

    from xps.io import Reading
    from xps.io.casa import CasaFit

__all__ = ["inspect"]


def inspect(file: FileArgument, *, json: JsonOption = False) -> None:
    """Say what a file holds: samples, regions, axes, counts, and fits of other programs."""
    import xps

    reading = xps.read(file)
    document = _document(reading)
    if json:
        emit_json(document)
        return
    number = len(reading.spectra)
    say(f"{file.name}: {number} {'spectrum' if number == 1 else 'spectra'} ({reading.format})")
    rows = document["spectra"]
    for sample in dict.fromkeys(row["sample"] for row in rows):
        out_console.print(_table(sample, [row for row in rows if row["sample"] == sample]))
    for skipped in reading.skipped:
        say(f"skipped: {skipped}", indent=2)
    for note in reading.notes:
        show_finding(note)


def _document(reading: Reading) -> dict[str, Any]:
    return {
        "schema": "peakwright.xps.inspect/1",
        "inputs": [{"path": Path(reading.path).name, "sha256": reading.sha256}],
        "format": reading.format,
        "spectra": [
            _entry(index, spectrum, casa)
            for index, (spectrum, casa) in enumerate(
                zip(reading.spectra, reading.casa, strict=True)
            )
        ],
        "skipped": list(reading.skipped),
        "findings": [note.to_dict() for note in reading.notes],
    }


def _entry(index: int, spectrum: xr.Dataset, casa: CasaFit | None) -> dict[str, Any]:
    from xps.spectrum import acquisition_time

    energy = spectrum["binding_energy"].values
    name = "counts" if "counts" in spectrum else "intensity"
    return {
        "index": index,
        "sample": str(spectrum.attrs.get("sample", "")),
        "region": str(spectrum.attrs.get("region", "")),
        "technique": str(spectrum.attrs.get("technique", "")),
        "energy_eV": [float(energy[0]), float(energy[-1])],
        "points": int(energy.size),
        "step_eV": float((energy[-1] - energy[0]) / max(energy.size - 1, 1)),
        "photon_energy_eV": _number(spectrum.coords.get("photon_energy", math.nan)),
        "acquisition_time_s": _number(acquisition_time(spectrum)),
        "ordinate": str(spectrum[name].attrs.get("units", name)),
        "largest": float(spectrum[name].max()),
        "casa_regions": len(casa.regions) if casa else 0,
        "casa_components": len(casa.components) if casa else 0,
    }


def _table(sample: str, rows: list[dict[str, Any]]) -> Table:
    """One sample's spectra, one a line; a number is never broken over two lines."""
    photons = [_shown(row["photon_energy_eV"], ".2f") for row in rows]
    known = ", ".join(dict.fromkeys(photon for photon in photons if photon))
    energy = f"hν {known} eV" if known else "photon energy not stated"
    title = plain(f"{sample} ({energy})".strip())
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("region", overflow="fold", min_width=7)
    fitted = any(row["casa_components"] for row in rows)
    columns = ("energy / eV", "points", "time / s", "largest", "unit")
    for column in (*columns, "CasaXPS fit") if fitted else columns:
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        low, high = row["energy_eV"]
        casa = row["casa_components"]
        table.add_row(
            str(row["index"]),
            plain(row["region"] or "-"),
            f"{round(low, 1):g} .. {round(high, 1):g}",
            str(row["points"]),
            _shown(row["acquisition_time_s"], ".3g") or "-",
            f"{row['largest']:.6g}",
            plain(row["ordinate"]),
            *((counted(casa, "line") if casa else "-",) if fitted else ()),
        )
    return table


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _shown(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
