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
    """A column: its title, its unit, and whether its cells are estimates."""

    title: str
    unit: str = ""
    estimates: bool = False

    @property
    def heading(self) -> str:
        """Title with unit, as ISO writes it."""
        return f"{self.title}{_over(self.unit)}"


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
        header = [column.heading for column in self.columns]
        return [header, *([_printed(cell) for cell in row] for row in self.rows)]

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
                line += _numbers(cell) if column.estimates else [_printed(cell)]
            found.append(line)
        return found


def _over(unit: str) -> str:
    """A unit as a quantity is divided by it: ``/ eV``, ``/ (counts/s*eV)``."""
    if not unit:
        return ""
    return f" / ({unit})" if "/" in unit else f" / {unit}"


def _printed(cell: str | Estimate | None) -> str:
    if isinstance(cell, str):
        return cell
    fixed = " (fixed)" if cell is not None and cell.kind is Kind.FIXED else ""
    return f"{plus_minus(cell)}{fixed}"


def _numbers(cell: str | Estimate | None) -> list[str | float | None]:
    if cell is None or isinstance(cell, str):
        return [cell or None, None, None]
    limit = cell.high if cell.kind is Kind.UPPER_LIMIT else None
    return [None if limit is not None else cell.value, cell.u, limit]
