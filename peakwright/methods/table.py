"""A table of a result, exact for files and rounded for print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.words import Kind

from .prose import plus_minus

if TYPE_CHECKING:
    from references.words import Estimate

__all__ = ["Column", "Table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column.

    Parameters
    ----------
    title, unit : str
    estimates : bool
        Whether its cells are estimates.
    percent : bool
        Whether they are fractions, which are printed in per cent.
    digits : int
        With which a number without uncertainty is printed; a whole one is printed whole.
    """

    title: str
    unit: str = ""
    estimates: bool = False
    percent: bool = False
    digits: int = 5

    @property
    def heading(self) -> str:
        """Title with unit, as ISO writes it."""
        return f"{self.title}{_over(self.unit)}"

    @property
    def printed_heading(self) -> str:
        """The same, of what is printed."""
        return f"{self.title} / %" if self.percent else self.heading


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Columns and rows; a cell is a text, an estimate, or nothing.

    Attributes
    ----------
    columns : tuple of Column
    rows : tuple of tuple
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | Estimate | None, ...], ...] = ()

    def rounded(self) -> list[list[str]]:
        """Give all as text, header first: values with two digits of their u, ``< x`` for limits."""
        header = [column.printed_heading for column in self.columns]
        pairs = [zip(self.columns, row, strict=True) for row in self.rows]
        return [
            header,
            *([_printed(cell, column) for column, cell in pair] for pair in pairs),
        ]

    def exact(self) -> list[list[str | float | None]]:
        """Give all as they are, header first: value, u and 95 % limit in columns of their own."""
        header: list[str | float | None] = []
        for column in self.columns:
            header.append(column.heading)
            if column.estimates:
                unit = _over(column.unit)
                header += [f"u({column.title}){unit}", f"limit({column.title}){unit}"]
        found = [header]
        for row in self.rows:
            line: list[str | float | None] = []
            for column, cell in zip(self.columns, row, strict=True):
                line += _numbers(cell) if column.estimates else [_printed(cell, column)]
            found.append(line)
        return found


def _over(unit: str) -> str:
    """A unit as a quantity is divided by it: ``/ eV``, ``/ (counts/s*eV)``."""
    if not unit:
        return ""
    return f" / ({unit})" if "/" in unit else f" / {unit}"


def _printed(cell: str | Estimate | None, column: Column) -> str:
    if isinstance(cell, str):
        return cell
    if cell is not None and column.percent:
        cell = cell.scaled(100.0)
    if cell is not None and not cell.u and cell.kind is Kind.STANDARD:
        whole = cell.value.is_integer() and abs(cell.value) < 1e12
        return f"{cell.value:.0f}" if whole else f"{cell.value:.{column.digits}g}"
    fixed = " (fixed)" if cell is not None and cell.kind is Kind.FIXED else ""
    return f"{plus_minus(cell)}{fixed}"


def _numbers(cell: str | Estimate | None) -> list[str | float | None]:
    if cell is None or isinstance(cell, str):
        return [cell or None, None, None]
    limit = cell.high if cell.kind is Kind.UPPER_LIMIT else None
    return [None if limit is not None else cell.value, cell.u, limit]
