"""What entries say of each other: a line's core level and species, a species' ions and phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tables import Entry, entries_of, near

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .core_level import CoreLevel, SpeciesLine
    from .registry import Registry
    from .tables import Table

__all__ = ["check_joins"]


def check_joins(registry: Registry, tables: Table, places: Mapping[str, str]) -> None:
    """Refuse entries that name what is not there.

    Raises
    ------
    DataFileError
        Which names file, entry, the name that is not there and a near one.
    """
    names = registry.names()
    levels = {level.symbol: level for level in registry.core_levels}
    for entry, line in zip(entries_of(tables, "line", places), registry.species_lines, strict=True):
        _there(entry, "core_level", line.core_level, levels)
        _there(entry, "species", line.species, names["species"])
        _check_line(entry, line, levels[line.core_level])
    for entry, species in zip(
        entries_of(tables, "species", places), registry.all_species, strict=True
    ):
        _all_there(entry, "ion", species.ions, names["ion"])
        _all_there(entry, "phase", species.phases, names["phase"])
        _all_there(entry, "species", (key for key, _ in species.composition), names["species"])
    for entry, reaction in zip(
        entries_of(tables, "reaction", places), registry.reactions, strict=True
    ):
        _all_there(entry, "species", (key for key, _ in reaction.terms), names["species"])
    for entry, separation in zip(
        entries_of(tables, "separation", places), registry.all_separations, strict=True
    ):
        _all_there(entry, "species", separation.species.split(" - "), names["species"])
    for entry, sign in zip(
        entries_of(tables, "shift_sign", places), registry.shift_signs, strict=True
    ):
        _there(entry, "core_level", sign.core_level, levels)
        _all_there(entry, "species", (sign.species, sign.parent), names["species"])
    for entry, standard in zip(
        entries_of(tables, "standard", places), registry.standards, strict=True
    ):
        _there(entry, "core_level", standard.core_level, levels)
        _there(entry, "species", standard.species, names["species"])
    for entry, overlap in zip(
        entries_of(tables, "overlap", places), registry.all_overlaps, strict=True
    ):
        _there(entry, "core_level", overlap.core_level, levels)


def _check_line(entry: Entry, line: SpeciesLine, level: CoreLevel) -> None:
    """The partner of a doublet is derived, and a line lies where its label may lie."""
    if line.line != level.lines[0]:
        raise entry.wrong(
            f"line {line.line!r} is not the major line {level.lines[0]!r} of {level.symbol}; "
            "the partner is derived",
            f'write line = "{level.lines[0]}"',
        )
    low, high = level.window
    for value in line.energies:
        if not low <= value.best <= high:
            raise entry.wrong(
                f"{value.best:g} eV is outside {low:g} to {high:g} eV, where {level.symbol} lies",
                "check the energy and the level",
            )


def _all_there(entry: Entry, kind: str, asked: Iterable[str], known: Iterable[str]) -> None:
    for name in asked:
        _there(entry, kind, name, known)


def _there(entry: Entry, kind: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise entry.wrong(
            f"there is no {kind.replace('_', ' ')} {name!r}",
            near(name, known) or "`peakwright library list` shows all; or add it",
        )
