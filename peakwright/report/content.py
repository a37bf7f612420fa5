"""What stands in a page: tables, figures with their captions, and sections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from references.rounding import interval, plus_minus
from references.words import Basis, Kind

if TYPE_CHECKING:
    from references.words import Estimate, Finding

    from .gather import Result
    from .svg import Drawing

__all__ = ["BASES", "Column", "Figure", "Section", "Table", "largest_part", "number", "percent"]

BASES = {
    Basis.WITHIN_LEVEL: "within the level",
    Basis.AREA_LEVELS: "areas of several levels",
    Basis.ATOMIC: "atomic",
    Basis.ATOMIC_ALL: "atomic, all elements",
    Basis.CRYSTALLINE_MASS: "crystalline mass",
    Basis.ION_COUNTS: "ion counts",
}
"""Bases in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column's head, and whether it holds numbers."""

    text: str
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: the first cell of a row is its head."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing with what it shows: sample, model, statistic."""

    name: str
    drawing: Drawing
    caption: str

    @property
    def is_wide(self) -> bool:
        """Whether it is drawn for the width of a page."""
        return self.drawing.width > 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """All that is shown of one result."""

    key: str
    title: str
    result: Result
    lead: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    findings: tuple[Finding, ...] = ()
    methods: str = ""
    notes: tuple[Finding, ...] = field(default=())


def columns(*names: str) -> tuple[Column, ...]:
    """Give heads of columns; those that end with ``#`` hold numbers.

    Examples
    --------
    >>> columns("species", "fraction / % #")[1]
    Column(text='fraction / %', is_number=True)
    """
    return tuple(
        Column(text=name.removesuffix("#").rstrip(), is_number=name.endswith("#")) for name in names
    )


def percent(estimate: Estimate) -> str:
    """Write a fraction in percent."""
    return number(estimate.scaled(100.0))


def number(estimate: Estimate) -> str:
    """Write an estimate: a fixed one says so.

    Examples
    --------
    >>> from references.words import Estimate
    >>> number(Estimate(value=1.0, kind=Kind.FIXED))
    '1 (fixed)'
    """
    if estimate.kind is Kind.FIXED:
        return f"{plus_minus(estimate)} (fixed)"
    return plus_minus(estimate)


def ends(estimate: Estimate) -> str:
    """Write an interval; a dash where there is none, and words where the number is a limit."""
    if estimate.kind is Kind.UPPER_LIMIT:
        return "one-sided"
    told = interval(estimate)
    return "\N{EN DASH}" if told == "-" else told


def largest_part(estimate: Estimate) -> str:
    """Name the part that ``u`` is made of most; a dash where there is none.

    Examples
    --------
    >>> from references.words import Estimate, UncertaintyParts
    >>> parts = UncertaintyParts(counting=3.0, constraints=4.0)
    >>> largest_part(Estimate(value=60.0, u=5.0, u_parts=parts))
    'constraints 4'
    """
    parts = estimate.u_parts.to_dict()
    if not parts or estimate.u is None:
        return "\N{EN DASH}"
    name = max(parts, key=lambda part: parts[part])
    return f"{name} {parts[name]:.1g}"
