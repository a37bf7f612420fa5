"""Thermo Avantage's export to Excel (``.xlsx``): one sheet a region.

In a sheet the first column holds the energies, under a cell that says so and another with the unit;
further columns hold the spectrum and, where a fit was exported, its curves by name. The acquisition
parameters stand above, name in column H and value in column I. Layout as described by the public
readers of PyExpLabSys and others; not tested on a file of the vendor's.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Told
from references.words import Severity

from .curves import Component, Curves, with_curves
from .meaning import binding_energies, make, technique_of, whole
from .reading import Reading
from .spreadsheet import Sheet, cell_name, sheets_of
from .written import core_level

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from references.words import Finding

__all__ = ["read_avantage_xlsx"]

Array = NDArray[np.float64]

MAX_BYTES = 64 * 1024**2
MAX_ROWS = 200_000
MAX_COLUMNS = 1000
LOOKED_AT = 60
"""The energies begin within so many rows."""
NAMES, VALUES = 7, 8
"""Columns H and I."""
SOURCES = {"al k alpha": 1486.6, "mg k alpha": 1253.6}
"""Photon energies [eV] of sources that are only named, as the library has them."""

_SPECTRUM = {"", "counts", "counts / s", "counts/s", "raw", "raw data", "intensity"}
_UNITS = {"counts / s": "counts/s", "counts/s": "counts/s", "cps": "counts/s", "counts": "counts"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(hour|hr|min|sec|s\b|ms)", re.IGNORECASE)
_SECONDS = {"hour": 3600.0, "hr": 3600.0, "min": 60.0, "sec": 1.0, "s": 1.0, "ms": 1e-3}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Where the numbers of a sheet stand: its rows, and which columns hold what."""

    head: int
    rows: range
    spectra: tuple[int, ...]
    curves: tuple[int, ...]


def read_avantage_xlsx(path: str | Path, content: bytes) -> Reading:
    """Read a workbook that Avantage exported.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.

    Returns
    -------
    Reading

    Raises
    ------
    DataFileError
        If it is no workbook, is damaged, or has an empty cell within a spectrum.
    """
    if len(content) > MAX_BYTES:
        raise DataFileError(path, f"is {len(content)} bytes; workbooks are read up to {MAX_BYTES}")
    spectra: list[xr.Dataset] = []
    notes: list[Finding] = []
    skipped: list[str] = []
    for sheet in sheets_of(path, content):
        table = _table(path, sheet)
        if table is None:
            skipped.append(f"sheet {sheet.name[:40]!r}: it holds no column of energies")
            continue
        for column in table.spectra:
            one = len(table.spectra) == 1
            subject = f"sheet {sheet.name[:40]!r}" + ("" if one else f", column {column + 1}")
            told = Told(subject=subject)
            spectra.append(_spectrum(path, sheet, table, column, told))
            notes += told.notes
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format="avantage-xlsx",
        spectra=tuple(spectra),
        casa=tuple(None for _ in spectra),
        skipped=tuple(skipped),
        notes=tuple(notes),
    )


# --- a sheet --------------------------------------------------------------------------------------


def _table(path: str | Path, sheet: Sheet) -> _Table | None:
    """Find the energies and what stands beside them; ``None`` where a sheet has none."""
    head = next(
        (
            row
            for row in range(LOOKED_AT)
            if sheet.text(row, 0).lower().startswith(("binding energy", "kinetic energy"))
        ),
        None,
    )
    if head is None:
        return None
    first = head + 1 if sheet.value(head + 1, 0) is not None else head + 2
    last = first
    while sheet.value(last, 0) is not None:
        last += 1
    rows = range(first, last)
    columns = sorted({c for r, c in sheet.cells if r in rows and c > 0})
    if len(rows) > MAX_ROWS or len(columns) > MAX_COLUMNS:
        raise DataFileError(
            path,
            f"has {len(rows)} rows and {len(columns)} columns of numbers; no spectrum is so large",
            where=f"sheet {sheet.name[:40]!r}",
        )
    spectra = tuple(c for c in columns if sheet.text(head, c).lower() in _SPECTRUM)
    below = [v for (r, c), v in sheet.cells.items() if r >= last and c in {0, *spectra[:1]}]
    if any(isinstance(value, float) for value in below):
        raise DataFileError(
            path,
            f"should hold an energy, not {sheet.text(last, 0)[:40]!r}: numbers follow",
            where=f"sheet {sheet.name[:40]!r}, cell {cell_name(last, 0)}",
            action="fill the cell in or take the row out",
        )
    if not rows or not spectra:
        return None
    return _Table(
        head=head,
        rows=rows,
        spectra=spectra,
        curves=tuple(c for c in columns if c not in spectra) if len(spectra) == 1 else (),
    )


def _column(path: str | Path, sheet: Sheet, rows: range, column: int) -> Array:
    values = [sheet.value(row, column) for row in rows]
    for row, value in zip(rows, values, strict=True):
        if value is None:
            raise DataFileError(
                path,
                f"should hold a number, not {sheet.text(row, column)[:40]!r}",
                where=f"sheet {sheet.name[:40]!r}, cell {cell_name(row, column)}",
                action="fill the cell in or take the row out",
            )
    return np.array(values, dtype=float)


def _spectrum(path: str | Path, sheet: Sheet, table: _Table, column: int, told: Told) -> xr.Dataset:
    said = _parameters(sheet, table)
    energy = _column(path, sheet, table.rows, 0)
    values = _column(path, sheet, table.rows, column)
    photon_energy = _photon_energy(said, told)
    technique = technique_of("XPS", photon_energy)
    if sheet.text(table.head, 0).lower().startswith("kinetic"):
        energy = binding_energies(energy, photon_energy, technique, told)
    unit = sheet.text(table.head + 1, column).lower()
    dwell_time, scans = _time(said, table, values, told)
    made = make(
        path,
        told,
        energy=energy,
        values=values,
        unit=_UNITS.get(unit, unit),
        photon_energy=photon_energy,
        dwell_time=dwell_time,
        scans=scans,
        region=core_level(sheet.name) or sheet.name,
        technique=technique,
        pass_energy=_pass_energy(said),
    )
    return _with_fit(sheet, table, made, energy, values)


def _with_fit(
    sheet: Sheet, table: _Table, made: xr.Dataset, energy: Array, values: Array
) -> xr.Dataset:
    """Keep the fit's curves, in the unit that the spectrum now has."""
    if not table.curves:
        return made
    name = "counts" if "counts" in made else "intensity"
    total = float(values.sum())
    factor = float(made[name].sum()) / total if total > 0 else 1.0
    curves: dict[str, Array] = {}
    parts: list[Component] = []
    for column in table.curves:
        label = sheet.text(table.head, column)
        found = [sheet.value(row, column) for row in table.rows]
        curve = factor * np.array([math.nan if v is None else v for v in found])
        kind = next(
            (k for k in ("backgnd", "background", "envelope", "residual") if k in label.lower()), ""
        )
        if kind:
            curves[kind.replace("backgnd", "background")] = curve
        else:
            parts.append(Component(name=label, curve=curve))
    return with_curves(
        made,
        energy,
        Curves(
            program="Avantage",
            background=curves.get("background"),
            envelope=curves.get("envelope"),
            components=tuple(parts),
        ),
    )


# --- the parameters -------------------------------------------------------------------------------


def _parameters(sheet: Sheet, table: _Table) -> dict[str, str]:
    return {
        name.lower().rstrip(" :"): sheet.text(row, VALUES)
        for row in range(table.head)
        if (name := sheet.text(row, NAMES))
    }


def _photon_energy(said: dict[str, str], told: Told) -> float:
    source = next((value for name, value in said.items() if name.startswith("source")), "")
    energy = SOURCES.get(" ".join(source.lower().split()), math.nan)
    if math.isfinite(energy):
        told.say(
            "photon_energy_named",
            Severity.INFO,
            "the source is named, not its energy; the energy of its line is taken",
            reported=source[:40],
            reference=f"{energy:g} eV",
        )
    return energy


def _time(said: dict[str, str], table: _Table, values: Array, told: Told) -> tuple[float, float]:
    """Dwell time and scans, as far as the rates bear out what they are taken from.

    The export states the whole acquisition time. Shared out over scans and energies it is the dwell
    time, if the instrument did nothing else in it: then rates times time are whole numbers.
    """
    scans = _leading(next((v for k, v in said.items() if "scans" in k), ""))
    stated = next((v for k, v in said.items() if "total acq" in k), "")
    parts = _DURATION.findall(stated[:200])
    seconds = sum(float(value) * _SECONDS[unit.lower()] for value, unit in parts)
    if not (seconds > 0 and scans > 0) or not whole(values * seconds / len(table.rows)):
        return math.nan, scans
    told.say(
        "time_shared_out",
        Severity.INFO,
        "the dwell time is the acquisition time shared out over scans and energies; times it, the "
        "rates are whole numbers",
        reported=stated[:40],
        reference=f"{seconds / (scans * len(table.rows)):.4g} s",
    )
    return seconds / (scans * len(table.rows)), scans


def _leading(text: str) -> float:
    match = re.match(r"\d{1,9}(?:\.\d{1,9})?", text)
    return float(match[0]) if match else math.nan


def _pass_energy(said: dict[str, str]) -> str:
    match = re.search(
        r"pass energy\s*:?\s*(\d+(?:\.\d+)?)", " ".join(said.values())[:2000], re.IGNORECASE
    )
    return f"{float(match[1]):g} eV" if match else ""
