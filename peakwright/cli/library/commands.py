"""The commands of ``peakwright library``: list, show, check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..console import ExitCode, emit_json, out_console, plain, say
from ..findings import show_finding
from .tables import as_json, show_entry, show_sources, source_keys

if TYPE_CHECKING:
    from references import Finding, Registry

__all__ = ["check", "list_keys", "show"]

LibraryOption = Annotated[
    list[Path] | None, typer.Option("--library", help="Your own library file (TOML); repeatable.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
]


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


def show(
    key: Annotated[str, typer.Argument(help='For instance "S 2p", "In", "Li2S", "GaCl-".')],
    *,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a key names, of every kind: values, uncertainties, standing and sources."""
    from references import load

    registry = load(*(library or []))
    found = _entries(registry, key)
    sources = sorted({source for _, entry in found for source in source_keys(entry)})
    if json:
        entries = [{"kind": kind, "entry": as_json(entry)} for kind, entry in found]
        document = _head("show", registry) | {"key": key, "entries": entries}
        emit_json(document | {"sources": [as_json(registry.source(s)) for s in sources]})
        return
    for kind, entry in found:
        if len(found) > 1:
            say(f"{key} as {kind}")
        show_entry(registry, entry)
    show_sources(registry, sources)


def check(
    file: Annotated[Path, typer.Argument(help="Your own library file (TOML).")],
    *,
    json: JsonOption = False,
) -> None:
    """Check a library file of your own, and the structures that its phases name."""
    from references import Severity, load

    registry, bundled = load(file), load().names()
    findings = _examined(registry)
    new = {kind: sorted(set(keys) - set(bundled[kind])) for kind, keys in registry.names().items()}
    if json:
        emit_json(
            _head("check", registry)
            | {
                "file": str(file),
                "new": new,
                "findings": [finding.to_dict() for finding in findings],
            }
        )
    else:
        added = sum(len(keys) for keys in new.values())
        say(f"{file}: every value has unit, standing and source; {added} keys are new")
        for finding in findings:
            show_finding(finding)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(ExitCode.FINDINGS)


def _examined(registry: Registry) -> list[Finding]:
    """What is wrong with the structures of phases that are not the bundled ones."""
    from references import load

    bundled = load().phases
    own = [phase for phase in registry.phases if phase.cif and phase not in bundled]
    if not own:
        return []
    from xrd.examination import examine
    from xrd.structure import structure

    return [finding for phase in own for finding in examine(structure(phase), phase)]


def _head(command: str, registry: Registry) -> dict[str, object]:
    return {
        "schema": f"peakwright.library.{command}/1",
        "registry": {"version": registry.version, "sha256": registry.sha256},
    }


def _entries(registry: Registry, key: str) -> list[tuple[str, Any]]:
    """Find a key among all kinds; what is near it is named where it is nowhere."""
    import difflib

    from references.registry import UnknownReferenceError

    look = {
        "core level": registry.core_level,
        "element": registry.element,
        "species": registry.species,
        "sensitivity set": registry.sensitivity_set,
        "attenuation material": registry.imfp_material,
        "ion": registry.ion,
        "phase": registry.phase,
        "radiation": registry.radiation,
    }
    names = registry.names()
    found = [(kind, find(key)) for kind, find in look.items() if key in names[kind]]
    if found:
        return found
    if any(key == name for name, *_ in registry.beyond):
        registry.core_level(key)  # raises, and says where the level lies
    every = sorted({name for keys in names.values() for name in keys})
    folded = {"".join(name.split()).lower(): name for name in every}
    same = folded.get("".join(key.split()).lower())
    near = [same] if same else difflib.get_close_matches(key, every, n=3, cutoff=0.5)
    raise UnknownReferenceError("entry", key, near=near)
