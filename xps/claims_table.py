"""A table typed from a paper becomes claims: levels, species and pairs of lines are made out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from references.files import DataFileError
from references.words import InputError

from .assignment import level_at, paired_lines
from .claims import ClaimedFraction, ClaimedLine, Claims, Stated
from .naming import level_name, line_name, species_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.core_level import CoreLevel
    from references.registry import Registry
    from references.words import Basis

    from .io.claims_table import ClaimsTable, TableRow
    from .naming import LevelName

__all__ = ["from_table", "scale_offset"]

ADVENTITIOUS = 284.8
"""Where the library's scale puts adventitious carbon [eV]."""
FARTHEST = 1.5
"""A reference energy of C 1s farther from that is a slip of the pen [eV]."""

_AUGER = re.compile(r"\s*[A-Z][a-z]?[\s-]*[KLMNO][LMNOV\d]{2,4}\s*$")
_UNDECLARED = {"", "-", "none", "no", "unknown", "not stated", "not declared", "n/a"}
_CARBON = re.compile(
    r"(?:\bc\s*1s\b|carbon|c-c)[^0-9]{0,40}(\d{2,3}(?:\.\d+)?)|^\D{0,3}(2\d\d(?:\.\d+)?)\D{0,6}$"
)
_MAJOR = {"major", "main", "first"}
_MINOR = {"minor", "partner", "second"}


def scale_offset(text: str) -> tuple[bool, float]:
    """Give whether an energy reference is declared, and what to subtract to be on the library's.

    Parameters
    ----------
    text : str
        For instance ``"C 1s 285.0"``, ``"Au 4f7/2 84.0"``, ``"Fermi"``, ``"not stated"``.

    Returns
    -------
    tuple of (bool, float)
        Offset [eV]: 0.2 where adventitious carbon was put at 285.0 eV.

    Raises
    ------
    InputError
        If carbon is said to lie where it cannot.

    Examples
    --------
    >>> declared, offset = scale_offset("C 1s 285.0 eV")
    >>> declared, round(offset, 3)
    (True, 0.2)
    >>> scale_offset("not stated"), scale_offset("Fermi level")
    ((False, 0.0), (True, 0.0))
    """
    said = " ".join(text.replace("_", " ").split()).casefold()
    if said in _UNDECLARED:
        return False, 0.0
    found = _CARBON.search(said)
    if found is None:
        return True, 0.0
    offset = float(found[1] or found[2]) - ADVENTITIOUS
    if abs(offset) > FARTHEST:
        raise InputError(
            f"energy reference {text!r}: adventitious carbon is put at 284.6 to 285.0 eV; "
            "check the number"
        )
    return True, offset


def from_table(
    table: ClaimsTable,
    registry: Registry,
    *,
    basis: Basis | None = None,
    elements: Sequence[str] = (),
    reference: str = "",
) -> Claims:
    """Give the claims of a table.

    Parameters
    ----------
    table : ClaimsTable
    registry : Registry
    basis : Basis, optional
        Of the fractions that state none of their own.
    elements : sequence of str
        In the sample, beside those whose levels are in the table.
    reference : str
        Energy reference of the rows that state none of their own.

    Returns
    -------
    Claims
        Positions on the library's scale (adventitious carbon at 284.8 eV).

    Raises
    ------
    DataFileError
        If a core level or line cannot be made out; with the line of the table.
    """
    lines = [
        _line(table, row, registry, reference) for row in table.rows if row.position is not None
    ]
    numbered = tuple(replace(line, index=index) for index, line in enumerate(lines))
    stated = paired_lines(numbered)
    fractions = tuple(
        _fraction(row, registry, basis, stated) for row in table.rows if row.fraction is not None
    )
    return Claims(
        origin="table",
        lines=stated,
        fractions=fractions,
        elements=tuple(elements),
        notes=table.notes,
    )


def _line(table: ClaimsTable, row: TableRow, registry: Registry, reference: str) -> ClaimedLine:
    assert row.position is not None
    where = f"line {row.number}"
    try:
        declared, offset = scale_offset(row.energy_reference or reference)
    except InputError as error:
        raise DataFileError(table.path, str(error), where=where) from None
    named = level_name(row.core_level)
    if named is None and not _AUGER.match(row.core_level):
        raise DataFileError(
            table.path,
            f"core_level {row.core_level[:40]!r} names no core level",
            where=where,
            action='write for instance "S 2p" or "In 3d5/2"',
        )
    place = row.position - offset
    level = None if named is None else level_at(named, place, registry)
    key, variant = species_name(row.species, registry) if named else ("", "")
    return ClaimedLine(
        index=0,
        sample=row.sample,
        region="",
        label=named.symbol if named else row.core_level,
        level=level,
        line=_which(table, row, named, level) if named else "",
        minor=False,
        name=row.species or "unnamed",
        species=key,
        variant=variant,
        position=Stated(value=place, u=row.u),
        fwhm=None if row.fwhm is None else Stated(value=row.fwhm, u=row.fwhm_u),
        area=None if row.area is None else Stated(value=row.area, u=row.area_u),
        referenced=declared,
        rsf=row.rsf,
    )


def _which(table: ClaimsTable, row: TableRow, named: LevelName, level: CoreLevel | None) -> str:
    """The line of the level that a row means; empty where it does not say."""
    lines = level.lines if level else ()
    word = row.line.strip().casefold()
    if word in _MAJOR or word in _MINOR:
        return lines[-1 if word in _MINOR else 0] if lines else ""
    given = line_name(row.line, named.subshell)
    if given is None:
        raise DataFileError(
            table.path,
            f"line {row.line[:40]!r} names no line of {named.symbol}",
            where=f"line {row.number}",
            action=f"write {' or '.join(lines) or 'for instance 2p3/2'}, or leave it empty",
        )
    for told in (given, named.line):
        if "/" not in told:
            continue
        if told in lines or not lines:
            return told
        if level is not None and level.symbol == named.symbol:
            raise DataFileError(
                table.path,
                f"line {told!r} is none of {named.symbol}",
                where=f"line {row.number}",
                action=f"write {' or '.join(lines)}, or leave it empty",
            )
    return lines[0] if len(lines) == 1 else ""


def _fraction(
    row: TableRow, registry: Registry, basis: Basis | None, lines: Sequence[ClaimedLine]
) -> ClaimedFraction:
    assert row.fraction is not None
    key, _ = species_name(row.species, registry)
    return ClaimedFraction(
        sample=row.sample,
        name=row.species or "unnamed",
        species=key,
        symbol=_level_of_fraction(row, registry, key, lines),
        value=row.fraction,
        u=row.fraction_u,
        basis=row.basis or basis,
    )


def _level_of_fraction(
    row: TableRow, registry: Registry, key: str, lines: Sequence[ClaimedLine]
) -> str:
    """The core level a fraction was taken from; lithium tells its compounds apart last."""
    named = level_name(row.core_level)
    if named is not None:
        relabelled = [x.symbol for x in lines if x.label == named.symbol]
        known = [line.core_level for line in registry.species_lines if line.species == key]
        near = [symbol for symbol in known if symbol.split()[0] == named.element]
        if named.symbol in near:
            return named.symbol
        return (*relabelled, *near, named.symbol)[0]
    own = [x.symbol for x in lines if x.species == key and key]
    known = [line.core_level for line in registry.species_lines if line.species == key]
    levels = [symbol for symbol in (*own, *known) if not symbol.startswith("Li ")]
    return levels[0] if levels else ""
