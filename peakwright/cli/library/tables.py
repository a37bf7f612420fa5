"""Entries of the library as tables and as JSON, value by value, each with its source."""

# Entries are walked as what they are: dataclasses of any kind.
# pyright: reportUnknownVariableType=false
from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from references.phase import AXES

from ..console import out_console, plain, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from references import Registry, Value

__all__ = ["as_json", "show_entry", "show_sources", "source_keys"]


UNITS = {"molar mass": "g/mol", "valence electrons": "a formula unit"}
"""Units of numbers that are facts of chemistry, without a status."""


def show_entry(registry: Registry, entry: Any) -> None:
    """Print an entry of any kind."""
    from references.core_level import CoreLevel
    from references.ion import Ion
    from references.phase import Phase
    from references.species import Species
    from references.survey import ElementLines

    if isinstance(entry, CoreLevel):
        _show_level(registry, entry)
    elif isinstance(entry, ElementLines):
        _show_element(entry)
    elif isinstance(entry, Species):
        _show_species(entry)
    elif isinstance(entry, Phase):
        _show_phase(entry)
    elif isinstance(entry, Ion):
        for isotopologue in entry.isotopologues():
            say(
                f"{isotopologue.formula} m/z {isotopologue.mz:.5f} u, "
                f"natural fraction {isotopologue.fraction:.4f}"
            )
    else:
        _show_values(entry)


def _show_values(entry: Any) -> None:
    """Print an entry that has no table of its own: what it is in lines, its values in a table."""
    from references import Value

    table = _table("", "quantity", "value", "range", "standing")
    for name, found in _leaves(entry):
        if isinstance(found, Value):
            table.add_row(plain(name), *_cells(found))
        elif found not in ("", None):
            said = ("no", "yes")[found] if isinstance(found, bool) else found
            say(f"{name}: {said} {UNITS.get(name, '')}".rstrip())
    if table.rows:
        out_console.print(table)


def _leaves(entry: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Walk an entry down to its values, each with the names that lead to it."""
    from references import Value

    if dataclasses.is_dataclass(entry) and not isinstance(entry, Value):
        for field in dataclasses.fields(entry):
            yield from _leaves(getattr(entry, field.name), f"{name} {field.name}".strip())
    elif isinstance(entry, tuple):
        items: tuple[Any, ...] = entry
        for item in items:
            match item:
                case (str(key), value):
                    yield from _leaves(value, key)
                case _:
                    yield from _leaves(item, name)
    else:
        yield name.replace("_", " "), entry


def _table(title: str, *columns: str) -> Table:
    """A table of values; narrow terminals break its cells, and nothing is left out."""
    table = Table(
        title=plain(title),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    table.add_column("sources", overflow="fold")
    return table


def _show_level(registry: Registry, level: Any) -> None:
    title = f"{level.symbol}: lines {', '.join(level.lines)}"
    table = _table(title, "quantity", "value", "range", "standing")
    rows: list[tuple[str, Value]] = []
    if level.splitting is not None:
        rows.append((f"splitting (tolerance {level.tolerance:g} eV)", level.splitting))
        rows.append(("area ratio, Scofield", level.branching.scofield_al))
        rows.append(("area ratio, as a fit takes it", level.branching.prior))
    if level.minor_width is not None:
        rows.append(("width of the minor line / major", level.minor_width))
    rows.append(("FWHM, compounds", level.fwhm_compound))
    rows.append(("FWHM, metals", level.fwhm_metal))
    rows += [(f"natural width {line}", value) for line, value in level.natural_width]
    for name, value in rows:
        table.add_row(name, *_cells(value))
    low, high = level.window
    out_console.print(table)
    say(f"a label {level.symbol} may lie at {low:g} .. {high:g} eV")
    _show_lines(registry, level)


def _show_lines(registry: Registry, level: Any) -> None:
    """Where the species have their lines on a level, and what single publications report."""
    title = f"species on {level.symbol}"
    lines = _table(title, "species", "line", "energy", "range", "scale", "standing")
    for line in registry.lines(level.symbol):
        name = f"{line.species} ({line.variant})" if line.variant else line.species
        value, span, standing, sources = _cells(line.energy)
        lines.add_row(
            plain(name), plain(line.line), value, span, plain(line.energy.scale), standing, sources
        )
        for reported in line.reported:
            value, span, standing, sources = _cells(reported)
            lines.add_row("", "reported", value, span, plain(reported.scale), standing, sources)
    out_console.print(lines)


def _show_element(element: Any) -> None:
    """An element's lines with their cross-sections, then its Auger groups, parameters, losses."""
    lines = _table(
        f"{element.element} in a survey", "line", "energy", "two compilations", "σ at", "standing"
    )
    for line in element.lines:
        value, span, standing, sources = _cells(line.energy)
        sections = ", ".join(f"{e:g} eV: {s.best:.4g} b" for e, s in line.sections)
        lines.add_row(plain(line.line), value, span, plain(sections), standing, sources)
    out_console.print(lines)
    others = _table("Auger electrons and losses", "what", "energy", "range", "standing")
    for group in element.auger_groups:
        others.add_row(
            plain(f"{group.group} {group.transition}, kinetic"), *_cells(group.kinetic_energy)
        )
    for known in element.auger_parameters:
        others.add_row(
            plain(f"{known.transition} + {known.line} of {known.species}"), *_cells(known.parameter)
        )
    for loss in element.losses:
        others.add_row(plain(f"{loss.kind} above each line"), *_cells(loss.energy))
    if others.rows:
        out_console.print(others)


def _show_species(species: Any) -> None:
    shape = ", asymmetric lines" if species.asymmetric else ""
    say(f"{species.key}: {species.label} ({species.group}{shape})")
    for what, keys in (("ions", species.ions), ("phases", species.phases)):
        if keys:
            say(f"{what}: {', '.join(keys)}")
    if species.composition:
        say(f"composition: {', '.join(f'{n:g} {key}' for key, n in species.composition)}")
    table = _table("", "line", "energy", "range", "scale", "standing")
    for line in species.lines:
        label = f"{line.core_level.split()[0]} {line.line} {line.variant}".strip()
        known = [(label, value) for value in line.energies]
        known += [(f"{label}, reported", value) for value in line.reported]
        for name, value in known:
            number, span, standing, sources = _cells(value)
            table.add_row(plain(name), number, span, plain(value.scale), standing, sources)
    if species.lines:
        out_console.print(table)


def _show_phase(phase: Any) -> None:
    """A phase's cell and what else is known of it; its structure is in the JSON, as CIF."""
    say(f"{phase.key}: {phase.formula}, space group {phase.space_group}, {phase.role}")
    has = f"structure ({phase.status})" if phase.cif else "no structure, so no pattern can be"
    say(f"{has}{': --json gives it as CIF' if phase.cif else ' tested for it'}")
    if phase.note:
        say(phase.note)
    known = [(axis, getattr(phase, axis)) for axis in AXES]
    known += [("density", phase.density)]
    known += [(f"shortest {pair}", value) for pair, value in phase.distances]
    if phase.disorder is not None:
        known.append((f"occupancy of {', '.join(phase.disorder.rises)}", phase.disorder.share))
    table = _table("", "quantity", "value", "range", "standing")
    for name, value in known:
        if value is not None:
            table.add_row(plain(name), *_cells(value))
    if table.rows:
        out_console.print(table)


def _cells(value: Value) -> tuple[Text, Text, Text, Text]:
    """Value with unit and u, range, standing (unverified marked), sources."""
    number = "-" if value.value is None else f"{value.value:g}"
    if value.u is not None:
        number += f" ± {value.u:.2g}"
    unit = "" if value.unit == "1" else f" {value.unit}"
    span = "" if value.low is None else f"{value.low:g} .. {value.high:g}"
    if value.n is not None:
        span += f" (n = {value.n})"
    standing = Text(str(value.status), style="" if value.status.may_constrain else "yellow")
    return plain(number + unit), plain(span), standing, plain(", ".join(value.source))


def show_sources(registry: Registry, keys: Iterable[str]) -> None:
    """Print the sources behind these keys."""
    for key in keys:
        source = registry.source(key)
        doi = f", doi {source.doi}" if source.doi else ""
        say(f"{key}: {source.citation}{doi} (read as {source.read_as})", indent=2)


def source_keys(entry: Any) -> set[str]:
    """Collect the source keys of all values inside an entry."""
    from references import Value

    if isinstance(entry, Value):
        return set(entry.source)
    if isinstance(entry, tuple):
        items: tuple[Any, ...] = entry
        return {key for item in items for key in source_keys(item)}
    if dataclasses.is_dataclass(entry):
        own = getattr(entry, "source", ())  # of the entry as a whole, as a phase has
        return set(own).union(
            *(source_keys(getattr(entry, f.name)) for f in dataclasses.fields(entry))
        )
    return set()


def as_json(entry: Any) -> Any:
    """Give an entry as JSON-ready values."""
    if dataclasses.is_dataclass(entry) and not isinstance(entry, type):
        return {f.name: as_json(getattr(entry, f.name)) for f in dataclasses.fields(entry)}
    if isinstance(entry, tuple | list):
        items: Any = entry
        return [as_json(item) for item in items]
    return entry
