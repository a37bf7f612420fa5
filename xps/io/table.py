"""Text columns: energy and intensity, delimiter and header sniffed, everything assumed said.

A file may hold several spectra one below the other, as CasaXPS and SPECS export them; each run of
rows with the same number of columns is one. What a header says is followed; what it does not say is
assumed and said.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.words import Finding, Severity

from ..spectrum import SpectrumError, spectrum
from .casa_export import exported_curves, is_casa_export
from .columns import (
    LEAST_ROWS,
    Rows,
    blocks_of,
    cells_of,
    decoded,
    delimiter_of,
    is_number,
    numeric,
    rows_of_numbers,
)
from .curves import with_curves
from .meaning import looks_like_rate
from .reading import Reading
from .written import core_level

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["is_table", "read_table"]

Array = NDArray[np.float64]

MAX_BYTES = 16 * 1024**2
MAX_ROWS = 500_000
"""More is no spectrum, and would cost more memory than it is worth."""
SEAMS = 0.1
"""Share of rows that may repeat an energy; with more, the first column is no energy."""

_BINDING = re.compile(r"binding|\bb\.?\s?e\b", re.IGNORECASE)
_KINETIC = re.compile(r"kinetic|\bk\.?\s?e\b", re.IGNORECASE)
_RATE = re.compile(r"\bcps\b|counts?\s?(/|per)\s?s|\bc/s\b|count\s?rate", re.IGNORECASE)
_PHOTON = re.compile(
    r"(?:excitation|photon|characteristic)\s?energy[^0-9]{0,40}(\d+\.?\d*(?:[eE][-+]?\d+)?)",
    re.IGNORECASE,
)
_AXIS = re.compile(r"energy\s?axis\s?:\s{0,40}(binding|kinetic)", re.IGNORECASE)
_TIME = re.compile(r"acquisition\s?time\s?s\s{1,9}(\d+\.?\d*(?:[eE][-+]?\d+)?)", re.IGNORECASE)
_CASA_TITLE = re.compile(r"Cycle \d+:([^:]*):(.*)")
_REGION_TITLE = re.compile(r"[#\s]*Region(?: Name)?\s*[:=]\s*(\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Which columns are energy and intensity, and what the header says of them."""

    energy: int
    intensity: int
    said: str
    axis: str
    rate: bool


def is_table(head: bytes) -> bool:
    """Whether a file's beginning looks like lines of text with columns of numbers."""
    text = decoded(head)
    if not text.strip() or sum(c < " " and c not in "\r\n\t\f" for c in text) > 0.01 * len(text):
        return False
    delimiter = delimiter_of(text)
    rows = [cells_of(line, delimiter) for line in text.splitlines()[:400]]
    return sum(numeric(row) >= 2 for row in rows) >= 2


def read_table(path: str | Path, content: bytes) -> Reading:
    """Read a text file of columns.

    The first two numeric columns are energy and intensity, unless the header names others
    (CasaXPS's exports: ``B.E.`` and ``Counts``). Whole numbers are counts, others an intensity.
    Kinetic energies need a photon energy in the lines above the columns.

    Parameters
    ----------
    path : path
        For messages and the region's name.
    content : bytes
        The file.

    Returns
    -------
    Reading

    Raises
    ------
    DataFileError
        If there are no two columns of numbers, or the numbers are no spectrum.
    """
    if len(content) > MAX_BYTES or content.count(b"\n") > MAX_ROWS:
        raise DataFileError(
            path,
            f"is text of {len(content)} bytes; no spectrum is so long",
            action=f"give up to {MAX_ROWS} rows and {MAX_BYTES} bytes",
        )
    text = decoded(content)
    if "\x00" in text:
        raise DataFileError(path, "holds binary data, not text columns")
    delimiter = delimiter_of(text)
    blocks = blocks_of(path, text.splitlines(), delimiter)
    if not blocks:
        rows = rows_of_numbers(text.splitlines(), delimiter)
        raise DataFileError(
            path,
            f"has no {LEAST_ROWS} rows of numbers in succession ({rows} in all)"
            if rows
            else "has no two columns of numbers",
            action="expected energy and intensity, separated by comma, semicolon, tab or blanks",
        )
    spectra: list[xr.Dataset] = []
    notes: list[Finding] = []
    for block in blocks:
        made, said = _spectrum(path, block, delimiter, alone=len(blocks) == 1)
        spectra.append(made)
        notes += said
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format="table",
        spectra=tuple(spectra),
        casa=tuple(None for _ in spectra),
        notes=tuple(notes),
    )


def _header(block: Rows, delimiter: str) -> list[str]:
    """The nearest line above that names the columns; empty names where there is none."""
    columns = len(block.filled)
    for line in reversed(block.above):
        text = line.strip("\r\n ").lstrip("#%!/ ").removeprefix("ColumnLabels:").lstrip(" ")
        if not text.strip(";,\t "):
            continue
        cells = cells_of(text, delimiter)
        if numeric(cells) >= 2:
            break
        if len(cells) > block.filled[-1] and (delimiter or len(cells) == columns):
            return [cells[j] for j in block.filled]
        cells = [cell.strip() for cell in re.split(r"\s{2,}|[\t;,]", text) if cell.strip()]
        # One name may have blanks in it: what it says of the axis is still worth having.
        return cells if len(cells) == columns else [text] + [""] * (columns - 1)
    return [""] * columns


def _chosen(header: list[str]) -> _Columns:
    lowered = [cell.lower().replace(" ", "") for cell in header]
    energy, intensity = 0, 1
    binding = next((j for j, cell in enumerate(header) if _BINDING.search(cell)), None)
    if "counts" in lowered and binding is not None:
        # CasaXPS repeats counts as CPS further right; the first are the raw ones.
        energy, intensity = binding, lowered.index("counts")
    elif binding is not None and len(set(header)) == len(header):
        energy, intensity = binding, 1 if binding == 0 else 0
        if binding > 1:
            intensity = 1
    names = [
        header[energy] or f"column {energy + 1}",
        header[intensity] or f"column {intensity + 1}",
    ]
    axis = (
        "binding" if _BINDING.search(header[energy])
        else "kinetic" if _KINETIC.search(header[energy])
        else ""
    )  # fmt: skip
    return _Columns(
        energy=energy,
        intensity=intensity,
        said=f"{names[0]!r} and {names[1]!r}" if names[0] != names[1] else "the first two columns",
        axis=axis,
        rate=bool(_RATE.search(header[intensity])),
    )


def _column(path: str | Path, block: Rows, index: int) -> Array:
    cells = [row[index] for row in block.rows]
    values = np.array(
        [float(cell.replace(",", ".")) if is_number(cell) else math.nan for cell in cells]
    )
    wrong = ~np.isfinite(values)  # "1e999" is a number by its looks only
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataFileError(
            path,
            f"column {block.filled[index] + 1} should hold a finite number, not {cells[row]!r}",
            where=f"line {block.line + row}",
            action="fill the cell in or take the row out",
        )
    return values


# --- a spectrum -----------------------------------------------------------------------------------


def _spectrum(
    path: str | Path, block: Rows, delimiter: str, *, alone: bool
) -> tuple[xr.Dataset, list[Finding]]:
    name, where = Path(path).name, f"line {block.line}"
    header = _header(block, delimiter)
    chosen = _chosen(header)
    if not chosen.axis:
        chosen = replace(chosen, axis=_stated_axis(block))
    notes = [_assumed(name, block, chosen)]
    photon = _stated(block, _PHOTON, 10.0, 1e5)
    stored, said = _binding_energy(path, block, chosen, photon)
    notes += said
    energy, values, said = _without_repeats(
        path, block, stored, _column(path, block, chosen.intensity)
    )
    notes += said
    whole = bool(np.all(np.abs(values - np.round(values)) < 1e-9))
    if whole and values.min() < 0:
        notes.append(
            _note(name, "negative_counts", f"{where}: negative values are no counts; taken as an "
                  "intensity of unknown noise")
        )  # fmt: skip
    counted = whole and not chosen.rate and values.min() >= 0
    if is_casa_export(header) and not whole and values.min() >= 0:
        # CasaXPS says itself which column is counts; interpolating analysers give no whole ones.
        counted = not looks_like_rate(values)
        if not counted:
            notes.append(
                _note(name, "counts_not_poisson", f"{where}: the column of counts holds no whole "
                      "numbers and scatters as a rate does; taken as an intensity of unknown noise")
            )  # fmt: skip
    time = _stated(block, _TIME, 0.0, 1e9) if counted else math.nan
    sample, region = _titles(path, block, alone=alone)
    try:
        made = spectrum(
            energy,
            values if counted else None,
            intensity=None if counted else values,
            intensity_unit="counts/s" if chosen.rate else "arbitrary",
            photon_energy=photon,
            dwell_time=time,
            scans=1.0 if time > 0 else math.nan,
            sample=sample,
            region=region,
            file=name,
        )
    except SpectrumError as error:
        raise DataFileError(path, str(error), where=where) from None
    curves = exported_curves(block, header, delimiter)
    if curves is not None and energy.size == stored.size:
        made = with_curves(made, energy, curves)
    return made, notes


def _note(name: str, rule: str, message: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(rule=rule, severity=severity, subject=name, message=message)


def _assumed(name: str, block: Rows, chosen: _Columns) -> Finding:
    return Finding(
        rule="columns_assumed",
        severity=Severity.INFO,
        subject=name,
        reported=chosen.said,
        message=(
            f"took {chosen.said} from {len(block.rows[0])} columns, "
            f"{len(block.rows)} rows from line {block.line}"
        ),
    )


def _binding_energy(
    path: str | Path, block: Rows, chosen: _Columns, photon: float
) -> tuple[Array, list[Finding]]:
    """Give binding energies from what the axis is said to be."""
    energy, name = _column(path, block, chosen.energy), Path(path).name
    if chosen.axis == "kinetic":
        if not math.isfinite(photon):
            raise DataFileError(
                path,
                "the energies are kinetic, and no photon energy is given",
                where=f"line {block.line}",
                action="write a line 'Photon energy 1486.6' above the columns",
            )
        return photon - energy, []
    if chosen.axis == "binding":
        return energy, []
    if np.all(energy < 0):
        return -energy, [
            _note(name, "axis_assumed", "all energies are negative; taken as binding energies with "
                  "the opposite sign")
        ]  # fmt: skip
    return energy, [
        _note(
            name,
            "axis_assumed",
            "the header does not say what the energies are; taken as binding energies",
        )
    ]


def _without_repeats(
    path: str | Path, block: Rows, energy: Array, values: Array
) -> tuple[Array, Array, list[Finding]]:
    """Keep the first value of an energy that comes again, and say so."""
    _, first = np.unique(energy, return_index=True)
    again = energy.size - first.size
    notes: list[Finding] = []
    if again > SEAMS * energy.size:
        raise DataFileError(
            path,
            f"{again} of {energy.size} rows repeat an energy",
            where=f"line {block.line}",
            action="give one row an energy; a decimal comma needs another mark between columns",
        )
    if again:
        # Averaged exports repeat an energy at their seams.
        notes.append(
            _note(Path(path).name, "energy_repeated",
                  f"{again} rows repeat an energy; the first of each is kept")
        )  # fmt: skip
    kept = np.sort(first)
    energy, values = energy[kept], values[kept]
    if np.any(np.diff(np.sign(np.diff(energy))) != 0):
        notes.append(
            _note(Path(path).name, "axis_not_monotone",
                  "the energies turn back; rows are put in the order of energy")
        )  # fmt: skip
    return energy, values, notes


def _stated(block: Rows, pattern: re.Pattern[str], low: float, high: float) -> float:
    """The number that a line above the columns states, if it is a possible one."""
    for line in (*block.above[::-1], *block.preamble):
        match = pattern.search(line[:1000])
        if match and low < float(match[1]) < high:
            return float(match[1])
    return math.nan


def _stated_axis(block: Rows) -> str:
    """The kind of energy that a line above the columns states."""
    for line in (*block.above[::-1], *block.preamble):
        if match := _AXIS.search(line[:1000]):
            return match[1].lower()
    return ""


def _titles(path: str | Path, block: Rows, *, alone: bool) -> tuple[str, str]:
    """Sample and region, from a title above the columns or from the file's name."""
    for line in reversed(block.above):
        if match := _CASA_TITLE.fullmatch(line.strip()):
            return match[1].strip(), core_level(match[2]) or match[2].strip()
        if match := _REGION_TITLE.fullmatch(line[:1000].rstrip()):
            return "", core_level(match[1]) or match[1]
    # A name that says no level stays empty: then any level may be asked for.
    region = core_level(Path(path).stem)
    return "", region if alone else f"{region or 'columns'}, line {block.line}"
