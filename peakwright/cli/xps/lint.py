"""``peakwright xps lint``: what is impossible or badly constrained in a fit, whoever made it."""

from __future__ import annotations

import hashlib
import json as json_format
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...counted import counted
from ..console import ExitCode, emit_json, say
from ..findings import show_finding
from .options import (
    ElementsOption,
    JsonOption,
    LibraryOption,
    OutOption,
    elements_named,
)

if TYPE_CHECKING:
    from references.registry import Registry
    from references.words import Finding
    from xps.claims import Claims

__all__ = ["lint"]

MAX_BYTES = 128 * 1024**2


class StatedBasis(StrEnum):
    """What fractions are fractions of, as far as it is stated."""

    unknown = "unknown"
    within_level = "within_level"
    area_levels = "area_levels"
    atomic = "atomic"
    atomic_all = "atomic_all"


StatementArgument = Annotated[
    Path,
    typer.Argument(
        help="Table of stated lines (CSV), result.json of `xps fit`, VAMAS file with a CasaXPS "
        "fit, or recipe (TOML)."
    ),
]
StatedBasisOption = Annotated[
    StatedBasis, typer.Option("--basis", help="Basis of a table's fractions that state none.")
]
EnergyReferenceOption = Annotated[
    str,
    typer.Option(
        "--energy-reference",
        help='Energy reference of a table\'s lines that state none, for instance "C 1s 284.8".',
    ),
]


def lint(
    file: StatementArgument,
    *,
    basis: StatedBasisOption = StatedBasis.unknown,
    elements: ElementsOption = "",
    energy_reference: EnergyReferenceOption = "",
    out: OutOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Say what to review in stated lines and fractions, a fit of ours, or one of CasaXPS."""
    from peakwright.store import check_folder
    from references import load
    from references.files import read_bytes
    from xps.lint import review

    present = elements_named(elements, "--elements")
    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    content = read_bytes(file, max_bytes=MAX_BYTES)
    claims = _claims(file, content, registry, basis, present, energy_reference)
    findings = review(claims, registry)
    document = _document(file, content, claims, findings, registry)
    if out is not None:
        _write(out, document)
    if json:
        emit_json(document)
    else:
        _show(file.name, claims, findings)
    errors = any(finding.severity == "error" for finding in findings)
    raise typer.Exit(ExitCode.FINDINGS if errors else ExitCode.CLEAN)


def _claims(
    file: Path,
    content: bytes,
    registry: Registry,
    basis: StatedBasis,
    elements: tuple[str, ...],
    energy_reference: str,
) -> Claims:
    """What the file states, told by its content."""
    from dataclasses import replace

    from references.files import DataFileError
    from references.words import Basis
    from xps.io.vamas import is_vamas

    head = content[:65536].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise DataFileError(file, "is empty")
    if head.startswith(b"{"):
        found = _of_result(file, content, registry)
    elif is_vamas(content[:65536]):
        found = _of_casaxps(file, registry)
    elif file.suffix.lower() == ".toml" or b'"peakwright.xps.recipe/' in head:
        found = _of_recipe(file, registry)
    else:
        from xps.claims_table import from_table, scale_offset
        from xps.io.claims_table import parse_claims_table

        scale_offset(energy_reference)  # refused as an option, not as a line of the table
        return from_table(
            parse_claims_table(file, content),
            registry,
            basis=None if basis is StatedBasis.unknown else Basis(basis.value),
            elements=elements,
            reference=energy_reference,
        )
    return replace(found, elements=tuple(dict.fromkeys((*found.elements, *elements))))


def _of_result(file: Path, content: bytes, registry: Registry) -> Claims:
    from references.files import DataFileError
    from xps.claims_result import from_result

    try:
        document: Any = json_format.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataFileError(file, f"is not JSON ({error})") from None
    return from_result(file, document, registry)


def _of_casaxps(file: Path, registry: Registry) -> Claims:
    import xps
    from references.files import DataFileError
    from xps.claims_casaxps import from_reading

    reading = xps.read(file)
    if not any(casa is not None and casa.regions for casa in reading.casa):
        raise DataFileError(
            file,
            "holds no CasaXPS region, so nothing is stated in it",
            action="fit it with `peakwright xps fit FILE --out DIR` and lint DIR/result.json",
        )
    return from_reading(reading, registry)


def _of_recipe(file: Path, registry: Registry) -> Claims:
    from xps.claims_recipe import from_recipe
    from xps.recipe import read_recipe

    return from_recipe(read_recipe(file), registry)


def _document(
    file: Path,
    content: bytes,
    claims: Claims,
    findings: tuple[Finding, ...],
    registry: Registry,
) -> dict[str, object]:
    from peakwright.store import result_document
    from xps.lint import explained

    return result_document(
        "peakwright.xps.lint/1",
        [{"path": file.name, "sha256": hashlib.sha256(content).hexdigest()}],
        registry,
        source=claims.origin,
        lines=len(claims.lines),
        fractions=len(claims.fractions),
        notes=list(claims.notes),
        findings=[f.to_dict() | {"documentation": explained(f)} for f in findings],
    )


def _write(out: Path, document: dict[str, object]) -> None:
    from peakwright.store import json_text
    from references.files import write_atomic

    write_atomic(out / "result.json", json_text(document).encode())


def _show(name: str, claims: Claims, findings: tuple[Finding, ...]) -> None:
    from xps.lint import explained

    levels = {level: sum(f.severity == level for f in findings) for level in _LEVELS}
    said = ", ".join(f"{number} {level}" for level, number in levels.items() if number)
    lines, fractions = len(claims.lines), len(claims.fractions)
    say(
        f"{name}: {counted(lines, 'line')}, {counted(fractions, 'fraction')}; "
        f"to review: {said or 'nothing'}"
    )
    for note in claims.notes:
        say(f"note: {note}", indent=2)
    for finding in findings:
        show_finding(finding)
    if findings:
        say(f"each rule is explained in {explained(findings[0]).partition('#')[0]}")


_LEVELS = ("error", "warning", "info")
