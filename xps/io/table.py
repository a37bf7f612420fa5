"""Text columns: energy and intensity, delimiter and header sniffed, everything assumed said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.words import Finding, Severity

from ..spectrum import SpectrumError, spectrum

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["is_table", "read_table"]

Array = NDArray[np.float64]

_NUMBER = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")
_COMMA = re.compile(r"^[-+]?\d+,\d+([eE][-+]?\d+)?$")
_COMMENT = ("#", ";", "//", "%")
MAX_COLUMNS = 200
LEAST_ROWS = 5
"""Fewer rows than this are a table of results, not a spectrum."""


def is_table(head: bytes) -> bool:
    """Whether a file's beginning looks like lines of text with columns of numbers."""
    if not head.strip() or b"\x00" in head:
        return False
    text = head.decode("latin-1")
    if sum(c < " " and c not in "\r\n\t\f" for c in text) > 0.01 * len(text):
        return False
    delimiter = _delimiter(text)
    rows = [_cells(line, delimiter) for line in text.splitlines()[:400]]
    return sum(_numeric(row) >= 2 for row in rows) >= 2


def read_table(
    path: str | Path, content: bytes
) -> tuple[tuple[xr.Dataset, ...], tuple[Finding, ...]]:
    """Read a text file of columns.

    The first two numeric columns of the longest block of rows are energy and intensity. CasaXPS's
    text exports name their columns (``K.E.``, ``Counts``, ``B.E.``, ``CPS``), which are followed.

    Parameters
    ----------
    path : path
        For messages and the region's name.
    content : bytes
        The file.

    Returns
    -------
    spectra, notes : tuples

    Raises
    ------
    DataFileError
        If there are no two columns of numbers, or the numbers are no spectrum.
    """
    if b"\x00" in content:
        raise DataFileError(path, "holds binary data, not text columns")
    text = content.decode("utf-8", errors="replace").removeprefix("\ufeff")
    delimiter = _delimiter(text)
    lines = text.splitlines()
    table, header, first = _longest_block([_cells(line, delimiter) for line in lines])
    if table is None:
        raise DataFileError(
            path,
            "has no two columns of numbers",
            action="expected energy and intensity, separated by comma, semicolon, tab or blanks",
        )
    name = Path(path).name
    energy, values, said = _chosen(table, header)
    notes = [
        Finding(
            rule="columns_assumed",
            severity=Severity.INFO,
            subject=name,
            reported=said,
            message=(
                f"took {said} from {table.shape[1]} columns, "
                f"{table.shape[0]} rows from line {first}"
            ),
        )
    ]
    photon = _photon(lines)
    kinetic = _is_kinetic(header, energy) and np.isfinite(photon)
    if kinetic:
        energy = photon - energy
    elif not any("b" in cell.lower() and "e" in cell.lower() for cell in header[:1]):
        notes.append(
            Finding(
                rule="axis_assumed",
                severity=Severity.WARNING,
                subject=name,
                message="the header does not say what the energies are; taken as binding energies",
            )
        )
    # Averaged exports repeat an energy at their seams; the first value of each is kept.
    _, unique = np.unique(energy, return_index=True)
    energy, values = energy[np.sort(unique)], values[np.sort(unique)]
    whole = bool(np.all(values >= 0) and np.all(np.abs(values - np.round(values)) < 1e-9))
    try:
        made = spectrum(
            energy,
            values if whole else None,
            intensity=None if whole else values,
            photon_energy=photon,
            region=_region(Path(path).stem),
            file=name,
        )
    except SpectrumError as error:
        raise DataFileError(path, str(error), where=f"line {first}") from None
    return (made,), tuple(notes)


def _delimiter(text: str) -> str:
    """The mark that most often divides lines into the same number of columns."""
    lines = [line for line in text.splitlines()[:2000] if line.strip()][:400]
    best, score = "", 0
    for mark in ("\t", ";", ",", ""):
        widths = [_numeric(_cells(line, mark)) for line in lines]
        fit = sum(width >= 2 for width in widths)
        # A decimal comma makes two "numbers" of one: prefer a mark that leaves it whole.
        if fit > score:
            best, score = mark, fit
    return best


def _cells(line: str, delimiter: str) -> list[str]:
    if line.lstrip().startswith(_COMMENT):
        line = line.lstrip().lstrip("#;%/ ")
    parts = line.split(delimiter) if delimiter else line.split()
    return [part.strip().strip('"') for part in parts][:MAX_COLUMNS]


def _numeric(cells: list[str]) -> int:
    return sum(_is_number(cell) for cell in cells)


def _is_number(cell: str) -> bool:
    return len(cell) < 40 and bool(_NUMBER.match(cell) or _COMMA.match(cell))


def _longest_block(
    rows: list[list[str]],
) -> tuple[Array | None, list[str], int]:
    """The longest run of rows with the same numeric columns, its header and first line."""
    best: tuple[int, int] = (0, 0)
    start, width = 0, 0
    for i, row in enumerate([*rows, []]):
        columns = [j for j, cell in enumerate(row) if _is_number(cell)]
        mask = len(columns) if len(columns) >= 2 else 0
        if mask != width:
            if width and i - start > best[1] - best[0]:
                best = (start, i)
            start, width = i, mask
    if best[1] - best[0] < LEAST_ROWS:
        return None, [], 0
    block = rows[best[0] : best[1]]
    keep = [j for j, cell in enumerate(block[0]) if _is_number(cell)]
    try:
        table = np.array([[float(row[j].replace(",", ".")) for j in keep] for row in block])
    except (ValueError, IndexError):
        return None, [], 0
    nothing: list[str] = []
    above = next((rows[i] for i in range(best[0] - 1, -1, -1) if any(rows[i])), nothing)
    header = [above[j] if j < len(above) else "" for j in keep]
    return table, ([] if _numeric(above) else header), best[0] + 1


def _chosen(
    table: Array,
    header: list[str],
) -> tuple[Array, Array, str]:
    lowered = [cell.lower().replace(" ", "") for cell in header]
    if "b.e." in lowered and "counts" in lowered:
        i, j = lowered.index("b.e."), lowered.index("counts")
        # The export repeats counts as CPS further right; the first is the raw one.
        return table[:, i], table[:, j], "columns B.E. and Counts"
    names = " and ".join(repr(cell) for cell in header[:2]) if header else "the first two columns"
    return table[:, 0], table[:, 1], names


def _is_kinetic(header: list[str], energy: Array) -> bool:
    first = header[0].lower() if header else ""
    return "kin" in first or first.startswith(("k.e", "ke")) or bool(np.all(energy < 0))


def _photon(lines: list[str]) -> float:
    """The photon energy where a header line names it."""
    for line in lines[:200]:
        match = re.search(
            r"(?:excitation|photon|characteristic)\s*energy[^0-9+-]*([-+.\deE]+)",
            line,
            re.IGNORECASE,
        )
        if match:
            try:
                value = float(match[1])
            except ValueError:
                continue
            if 10 < value < 1e5:
                return value
    return float("nan")


def _region(stem: str) -> str:
    """A core level in a file's name: ``C1s_sample`` -> ``C 1s``."""
    match = re.search(r"(?<![A-Za-z])([A-Z][a-z]?)[ _-]?([1-6][spdf])", stem)
    return f"{match[1]} {match[2]}" if match else stem
