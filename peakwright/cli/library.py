"""``peakwright library``: what the library knows, value by value, each with its source."""

# Entries are walked as what they are: dataclasses of any kind.
# pyright: reportUnknownVariableType=false
from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from .console import emit_json, out_console, plain, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from references import Registry, Value

app = typer.Typer(no_args_is_help=True, help="The peak library: values with their sources.")

LibraryOption = Annotated[
    list[Path] | None, typer.Option("--library", help="Your own library file (TOML); repeatable.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
]


@app.command("list")
def list_keys(
    kind: Annotated[str, typer.Argument(help='For instance "species" or "core level".')] = "",
    *,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """List what the library has."""
    from references import load
    from references.registry import UnknownReferenceError

    registry = load(*(library or []))
    names = registry.names()
    if kind:
        if kind not in names:
            raise UnknownReferenceError("kind", kind, near=[n for n in names if kind[:3] in n])
        names = {kind: names[kind]}
    if json:
        emit_json(_head("list", registry) | {"names": {k: list(v) for k, v in names.items()}})
        return
    for name, keys in names.items():
        said = plain(f"{name} ({len(keys)}): {', '.join(keys)}")
        said.stylize("bold", 0, len(name))
        out_console.print(said, highlight=False)


@app.command()
def show(
    key: Annotated[str, typer.Argument(help='For instance "S 2p", "Li2S", "GaCl-".')],
    *,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show an entry: values, uncertainties, standing and sources."""
    from references import load

    registry = load(*(library or []))
    entry, kind = _entry(registry, key)
    if json:
        document = _head("show", registry) | {"kind": kind, "key": key, "entry": _plain(entry)}
        sources = sorted(_source_keys(entry))
        emit_json(document | {"sources": [_plain(registry.source(s)) for s in sources]})
        return
    if kind == "core level":
        _show_level(registry, entry)
    elif kind == "species":
        _show_species(entry)
    elif kind == "ion":
        for isotopologue in entry.isotopologues():
            say(
                f"{isotopologue.formula} m/z {isotopologue.mz:.5f} u, "
                f"natural fraction {isotopologue.fraction:.4f}"
            )
    else:
        out_console.print(_plain(entry), markup=False)
    _show_sources(registry, sorted(_source_keys(entry)))


@app.command()
def check(file: Annotated[Path, typer.Argument(help="Your own library file (TOML).")]) -> None:
    """Check a library file of your own."""
    from references import load

    registry = load(file)
    bundled = load()
    added = sum(
        len(set(mine) - set(theirs))
        for mine, theirs in zip(registry.names().values(), bundled.names().values(), strict=True)
    )
    say(f"{file}: every value has unit, standing and source; {added} keys are new")


def _head(command: str, registry: Registry) -> dict[str, object]:
    return {
        "schema": f"peakwright.library.{command}/1",
        "registry": {"version": registry.version, "sha256": registry.sha256},
    }


def _entry(registry: Registry, key: str) -> tuple[Any, str]:
    """Find a key among all kinds; what is near it is named where it is nowhere."""
    import difflib

    from references.registry import UnknownReferenceError

    look = {
        "core level": registry.core_level,
        "species": registry.species,
        "sensitivity set": registry.sensitivity_set,
        "attenuation material": registry.imfp_material,
        "ion": registry.ion,
        "phase": registry.phase,
        "radiation": registry.radiation,
    }
    names = registry.names()
    for kind, find in look.items():
        if key in names[kind]:
            return find(key), kind
    if any(key == name for name, *_ in registry.beyond):
        registry.core_level(key)  # raises, and says where the level lies
    every = sorted({name for keys in names.values() for name in keys})
    folded = {"".join(name.split()).lower(): name for name in every}
    same = folded.get("".join(key.split()).lower())
    near = [same] if same else difflib.get_close_matches(key, every, n=3, cutoff=0.5)
    raise UnknownReferenceError("entry", key, near=near)


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


def _show_sources(registry: Registry, keys: Iterable[str]) -> None:
    for key in keys:
        source = registry.source(key)
        doi = f", doi {source.doi}" if source.doi else ""
        say(f"{key}: {source.citation}{doi} (read as {source.read_as})", indent=2)


def _source_keys(entry: Any) -> set[str]:
    """Collect the source keys of all values inside an entry."""
    from references import Value

    if isinstance(entry, Value):
        return set(entry.source)
    if isinstance(entry, tuple):
        items: tuple[Any, ...] = entry
        return {key for item in items for key in _source_keys(item)}
    if dataclasses.is_dataclass(entry):
        return {
            key for f in dataclasses.fields(entry) for key in _source_keys(getattr(entry, f.name))
        }
    return set()


def _plain(entry: Any) -> Any:
    """Give an entry as JSON-ready values."""
    if dataclasses.is_dataclass(entry) and not isinstance(entry, type):
        return {f.name: _plain(getattr(entry, f.name)) for f in dataclasses.fields(entry)}
    if isinstance(entry, tuple | list):
        items: Any = entry
        return [_plain(item) for item in items]
    return entry
