"""A table of stated lines and fractions, as one types it from a paper.

One line of the table is one line of a spectrum, or one fraction. Columns are told by their names;
a column that is not known is refused, for what stands in it would be passed over in silence.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.files import DataFileError, read_bytes
from references.words import Basis

from .columns import decoded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["COLUMNS", "ClaimsTable", "TableRow", "parse_claims_table", "read_claims_table"]

MAX_BYTES = 16 * 1024**2
MAX_ROWS = 5_000
"""More nobody types from papers."""
HIGHEST = 15_000.0
"""No laboratory source reaches a higher binding energy [eV]."""

COLUMNS = {
    "core_level": ("level", "region"),
    "species": ("assignment", "component", "name"),
    "line": ("component_line", "spin_orbit"),
    "position_eV": (
        "position",
        "energy_eV",
        "binding_energy_eV",
        "be_eV",
        "binding energy (eV)",
        "BE (eV)",
        "BE",
    ),
    "u": ("position_u_eV", "u_eV", "position_u"),
    "fwhm_eV": ("fwhm", "width_eV", "FWHM (eV)"),
    "fwhm_u_eV": ("fwhm_u",),
    "area": (),
    "area_u": (),
    "rsf": ("sensitivity_factor",),
    "fraction": ("fraction_of_1", "share"),
    "fraction_percent": ("fraction_%", "fraction_pct", "percent", "fraction (%)"),
    "fraction_u": ("fraction_percent_u", "fraction_pct_u"),
    "basis": ("fraction_basis",),
    "sample": (),
    "energy_reference": ("reference", "charge_reference", "energy_scale"),
    "note": ("comment", "remark", "source", "figure", "id"),
}
"""Columns of the table, with other names they may have."""

LIMITS = {
    "position_eV": (0.0, HIGHEST),
    "u": (0.0, 100.0),
    "fwhm_eV": (0.0, 100.0),
    "fwhm_u_eV": (0.0, 100.0),
    "area_u": (0.0, math.inf),
    "rsf": (0.0, 1e4),
    "fraction_u": (0.0, 100.0),
}
"""Numbers lie above the first and up to the second; an area or a fraction may be zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One line of the table; ``None`` and empty where it says nothing."""

    number: int
    core_level: str = ""
    species: str = ""
    line: str = ""
    position: float | None = None
    u: float | None = None
    fwhm: float | None = None
    fwhm_u: float | None = None
    area: float | None = None
    area_u: float | None = None
    rsf: float | None = None
    fraction: float | None = None
    fraction_u: float | None = None
    basis: Basis | None = None
    sample: str = ""
    energy_reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsTable:
    """The rows of a table, and what was taken for granted in reading them."""

    path: str
    sha256: str
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...] = ()


def read_claims_table(path: str | Path) -> ClaimsTable:
    """Read a table of stated lines and fractions.

    Parameters
    ----------
    path : path
        Text with a header: comma, semicolon or tab between the cells (with a semicolon or a tab
        a decimal comma is understood), ``#`` before a remark.

    Returns
    -------
    ClaimsTable

    Raises
    ------
    DataFileError
        If a column is not known, a number is none or impossible, or a row says neither a position
        nor a fraction; with the line and what is expected.
    """
    return parse_claims_table(path, read_bytes(path, max_bytes=MAX_BYTES))


def parse_claims_table(path: str | Path, content: bytes) -> ClaimsTable:
    """Read the content of a table; see :func:`read_claims_table`."""
    text = decoded(content)
    if "\x00" in text:
        raise DataFileError(path, "holds binary data, not a table")
    kept = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not kept:
        raise DataFileError(path, "is empty", action=_expected())
    if len(kept) > MAX_ROWS:
        raise DataFileError(path, f"has {len(kept)} lines; a table has at most {MAX_ROWS}")
    delimiter = max(",;\t", key=kept[0][1].count)
    cells = [(number, _cells(path, number, line, delimiter)) for number, line in kept]
    header = _header(path, *cells[0])
    decimal = "," if delimiter != "," else ""
    raw = [(number, _named(path, number, header, row)) for number, row in cells[1:] if any(row)]
    if not raw:
        raise DataFileError(path, "has a header and no rows", action=_expected())
    percent, notes = _percent([row for _, row in raw], decimal)
    rows = tuple(_row(path, number, row, decimal, percent=percent) for number, row in raw)
    return ClaimsTable(
        path=str(path), sha256=hashlib.sha256(content).hexdigest(), rows=rows, notes=notes
    )


def _expected() -> str:
    return "give columns core_level, species, line, position_eV, and where known " + ", ".join(
        name for name in list(COLUMNS)[4:]
    )


def _cells(path: str | Path, number: int, line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=delimiter))]
    except (csv.Error, StopIteration) as error:
        raise DataFileError(path, f"is no row of cells ({error})", where=f"line {number}") from None


def _header(path: str | Path, number: int, cells: list[str]) -> list[str]:
    """The canonical name of each column."""
    known = {_key(other): name for name, others in COLUMNS.items() for other in (name, *others)}
    found: list[str] = []
    if not any(_key(cell) in known for cell in cells):
        raise DataFileError(
            path,
            f"is no table of stated lines: its first line begins {cells[0][:40]!r}",
            where=f"line {number}",
            action=f"{_expected()}; a spectrum is for `peakwright xps fit`",
        )
    for cell in cells:
        name = known.get(_key(cell))
        if name is None and cell:
            raise DataFileError(
                path,
                f"column {cell[:60]!r} is not known",
                where=f"line {number}",
                action=f"the columns of a table of claims are {', '.join(COLUMNS)}",
            )
        if name is not None and name != "note" and name in found:
            raise DataFileError(path, f"has the column {name} twice", where=f"line {number}")
        found.append(name or "note")
    fractions = {"fraction", "fraction_percent"} & set(found)
    if "position_eV" not in found and not fractions:
        raise DataFileError(
            path, "has neither positions nor fractions", where=f"line {number}", action=_expected()
        )
    if "species" not in found or ("core_level" not in found and not fractions):
        lacks = "species" if "species" not in found else "core_level"
        raise DataFileError(
            path, f"has no column {lacks}", where=f"line {number}", action=_expected()
        )
    if len(fractions) == 2:
        raise DataFileError(
            path,
            "has both fraction and fraction_percent",
            where=f"line {number}",
            action="leave one out",
        )
    return found


def _key(name: str) -> str:
    return "".join(name.split()).casefold().lstrip("﻿")


def _named(path: str | Path, number: int, header: list[str], row: list[str]) -> dict[str, str]:
    if len(row) > len(header) and any(row[len(header) :]):
        raise DataFileError(
            path,
            f"has {len(row)} cells under {len(header)} columns",
            where=f"line {number}",
            action="put a cell with a delimiter in it into double quotes",
        )
    return {name: cell for name, cell in zip(header, row, strict=False) if name != "note"}


def _percent(rows: list[dict[str, str]], decimal: str) -> tuple[bool, tuple[str, ...]]:
    """Whether the column ``fraction`` is in percent: where one of its numbers is above 1."""
    if any("fraction_percent" in row for row in rows):
        return True, ()
    cells = [row.get("fraction", "") for row in rows]
    numbers = [_float(cell, decimal) for cell in cells if cell and "%" not in cell]
    if not any(number is not None and number > 1.0 for number in numbers):
        return False, ()
    return True, ("a number of the column fraction is above 1, so the column was read as percent",)


def _row(
    path: str | Path, number: int, row: Mapping[str, str], decimal: str, *, percent: bool
) -> TableRow:
    numbers = {
        name: _number(path, number, name, row.get(name, ""), decimal)
        for name in ("position_eV", "u", "fwhm_eV", "fwhm_u_eV", "area", "area_u", "rsf")
    }
    fraction, fraction_u = (
        _fraction(path, number, name, row, decimal, percent=percent)
        for name in ("fraction", "fraction_u")
    )
    if numbers["position_eV"] is None and fraction is None:
        raise DataFileError(
            path,
            "says neither a position nor a fraction",
            where=f"line {number}",
            action="give position_eV, or fraction and its basis, or take the row out",
        )
    if numbers["position_eV"] is not None and not row.get("core_level"):
        raise DataFileError(
            path,
            "has a position and no core_level",
            where=f"line {number}",
            action='write for instance "S 2p"',
        )
    return TableRow(
        number=number,
        core_level=row.get("core_level", ""),
        species=row.get("species", ""),
        line=row.get("line", ""),
        position=numbers["position_eV"],
        u=numbers["u"],
        fwhm=numbers["fwhm_eV"],
        fwhm_u=numbers["fwhm_u_eV"],
        area=numbers["area"],
        area_u=numbers["area_u"],
        rsf=numbers["rsf"],
        fraction=fraction,
        fraction_u=fraction_u,
        basis=_basis(path, number, row.get("basis", "")),
        sample=row.get("sample", ""),
        energy_reference=row.get("energy_reference", ""),
    )


def _basis(path: str | Path, number: int, cell: str) -> Basis | None:
    named = cell.strip().casefold().replace(" ", "_")
    if named in {"", "unknown", "not_stated", "-"}:
        return None
    known = ("within_level", "area_levels", "atomic", "atomic_all")
    if named not in known:
        raise DataFileError(
            path,
            f"basis {cell[:40]!r} is not known",
            where=f"line {number}",
            action=f"it is one of unknown, {', '.join(known)}",
        )
    return Basis(named)


def _fraction(
    path: str | Path,
    number: int,
    name: str,
    row: Mapping[str, str],
    decimal: str,
    *,
    percent: bool,
) -> float | None:
    cell = row.get(name, "") or (row.get("fraction_percent", "") if name == "fraction" else "")
    value = _number(path, number, name, cell.replace("%", ""), decimal)
    if value is None:
        return None
    value = value / 100.0 if percent or "%" in cell else value
    if value > 1.0:
        raise DataFileError(
            path,
            f"{name} {cell!r} is above {'100 %' if percent or '%' in cell else '1'}",
            where=f"line {number}",
            action="check the number",
        )
    return value


def _number(path: str | Path, number: int, name: str, cell: str, decimal: str) -> float | None:
    if not cell.strip():
        return None
    value = _float(cell, decimal)
    low, high = LIMITS.get(name, (-1e-300, 1e30))
    if value is None or not low < value <= high:
        raise DataFileError(
            path,
            f"{name} {cell[:40]!r} is no number above {max(low, 0.0):g}"
            + (f" and up to {high:g}" if math.isfinite(high) and high < 1e20 else ""),
            where=f"line {number}",
            action="leave the cell empty where nothing is stated",
        )
    return value


def _float(cell: str, decimal: str) -> float | None:
    text = cell.strip().replace("−", "-")
    text = text.replace(",", ".") if decimal and text.count(",") == 1 and "." not in text else text
    if "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
