"""A table of a result, exact for files and rounded for print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from references.words import Kind

from .prose import plus_minus

if TYPE_CHECKING:
    from references.words import Estimate

__all__ = ["Cell", "Column", "Said", "Table"]

Cell: TypeAlias = "str | float | tuple[float, float] | Estimate | Said | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An estimate, and in words why it has no uncertainty.

    Parameters
    ----------
    estimate : Estimate
    note : str
    """

    estimate: Estimate
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column.

    Parameters
    ----------
    title, unit : str
    of : {"text", "number", "estimate", "interval"}
        What its cells are: texts, numbers without uncertainty, estimates, or pairs of ends.
    percent : bool
        Whether they are fractions, which are printed in per cent.
    limit : bool
        Whether its numbers are limits, which are printed rounded up.
    digits : int
        With which a number without uncertainty is printed, a whole one being printed whole; of an
        interval the digits after the point.
    """

    title: str
    unit: str = ""
    of: Literal["text", "number", "estimate", "interval"] = "text"
    percent: bool = False
    limit: bool = False
    digits: int = 5

    @property
    def heading(self) -> str:
        """Title with unit, as ISO writes it."""
        return f"{self.title}{_over(self.unit)}"

    @property
    def printed_heading(self) -> str:
        """The same, of what is printed."""
        return f"{self.title} / %" if self.percent else self.heading

    @property
    def exact_headings(self) -> list[str]:
        """Of the columns that it takes in a file."""
        unit = _over(self.unit)
        if self.of == "interval":
            return [f"{end}({self.title}){unit}" for end in ("low", "high")]
        if self.of == "estimate":
            about = [f"u({self.title}){unit}", f"limit({self.title}){unit}", f"kind({self.title})"]
            return [self.heading, *about]
        return [self.heading]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Columns and rows; a cell is what its column is of, or nothing.

    Attributes
    ----------
    columns : tuple of Column
    rows : tuple of tuple
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()

    def rounded(self) -> list[list[str]]:
        """Give all as text, header first: values with two digits of their u, ``< x`` for limits."""
        header = [column.printed_heading for column in self.columns]
        pairs = [zip(self.columns, row, strict=True) for row in self.rows]
        return [
            header,
            *([_printed(cell, column) for column, cell in pair] for pair in pairs),
        ]

    def exact(self) -> list[list[str | float | None]]:
        """Give all as they are, header first: each number in a column of its own.

        An estimate takes four: value, u, 95 % limit, and what kind it is.
        """
        header = [title for column in self.columns for title in column.exact_headings]
        found: list[list[str | float | None]] = [[*header]]
        for row in self.rows:
            line: list[str | float | None] = []
            for column, cell in zip(self.columns, row, strict=True):
                line += _exact(cell, column)
            found.append(line)
        return found


def _over(unit: str) -> str:
    """A unit as a quantity is divided by it: ``/ eV``, ``/ (counts/s*eV)``."""
    if not unit:
        return ""
    return f" / ({unit})" if "/" in unit else f" / {unit}"


def _printed(cell: Cell, column: Column) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, tuple):
        return f"{cell[0]:.{column.digits}f} to {cell[1]:.{column.digits}f}"
    if cell is None:
        return "-" if column.of in {"number", "estimate"} else ""
    if isinstance(cell, Said):
        return f"{_printed(cell.estimate, column)} ({cell.note})"
    if isinstance(cell, int | float):
        return _number(100.0 * cell if column.percent else cell, column)
    if column.percent:
        cell = cell.scaled(100.0)
    if cell.u or cell.kind is Kind.UPPER_LIMIT:
        return plus_minus(cell)
    fixed = " (fixed)" if cell.kind is Kind.FIXED else ""
    return f"{_number(cell.value, column)}{fixed}"


def _number(value: float, column: Column) -> str:
    """A number without uncertainty."""
    from references.rounding import rounded_up

    if column.limit:
        return rounded_up(value)
    whole = float(value).is_integer() and abs(value) < 1e12
    return f"{value:.0f}" if whole else f"{value:.{column.digits}g}"


def _exact(cell: Cell, column: Column) -> list[str | float | None]:
    """The cells of a file that a cell takes."""
    if column.of == "interval":
        return [*cell] if isinstance(cell, tuple) else [None, None]
    if column.of == "number":
        return [cell if isinstance(cell, int | float) else None]
    if column.of == "text":
        return [_printed(cell, column)]
    note = ""
    if isinstance(cell, Said):
        cell, note = cell.estimate, cell.note
    if cell is None or isinstance(cell, str | int | float | tuple):
        return [None, None, None, None]
    limit = cell.high if cell.kind is Kind.UPPER_LIMIT else None
    known = cell.u is not None or cell.kind is not Kind.STANDARD
    kind = note or (cell.kind.value if known else "")
    return [None if limit is not None else cell.value, cell.u, limit, kind]
