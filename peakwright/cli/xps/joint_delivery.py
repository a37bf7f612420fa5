"""A finished joint fit handed over: tables or one JSON document, a folder, an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from ...jobs.xps.document import figures_of
from ..console import ExitCode, emit_json, out_console, plain, say
from ..findings import show_finding
from .tables import plus_minus, show_fits, show_fractions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from references.registry import Registry
    from references.words import Finding, Row
    from xps.joint import JointFit

__all__ = ["deliver_joint", "joint_exit_code"]


def joint_exit_code(found: JointFit, notes: Sequence[Finding] = ()) -> ExitCode:
    """0 clean, 1 with error findings or a region that determines nothing, 3 if not converged."""
    if found.assessment != "converged":
        return ExitCode.UNDECIDABLE
    findings = [*notes, *found.findings, *(f for fit in found.fits for f in fit.findings)]
    errors = any(finding.severity == "error" for finding in findings)
    unfinished = any(fit.assessment != "converged" for fit in found.fits)
    return ExitCode.FINDINGS if errors or unfinished else ExitCode.CLEAN


def deliver_joint(
    inputs: Sequence[tuple[str, str]],
    found: JointFit,
    rows: Sequence[Row],
    registry: Registry,
    *,
    out: Path | None,
    json: bool,
    notes: Sequence[Finding],
) -> tuple[Path, ...]:
    """Print a joint fit as tables or JSON and write its folder; give the files written.

    Parameters
    ----------
    inputs : sequence of (str, str)
        Name and hash of each file.
    found : JointFit
    rows : sequence of Row
        Fractions to show.
    registry : Registry
    out : Path or None
        Folder to write.
    json : bool
        One JSON document instead of tables.
    notes : sequence of Finding
        What concerns the files.
    """
    document = _document(inputs, found, rows, registry, notes)
    written = () if out is None else _write(out, document, found, rows)
    if json:
        emit_json(document)
        return written
    for note in (*notes, *found.findings):
        show_finding(note)
    regions = ", ".join(fit.region for fit in found.fits)
    say(f"{regions} as one model: {found.assessment}")
    show_fits(found.fits)
    if found.shared:
        out_console.print(_shared(found.shared))
    show_fractions(rows)
    if written:
        say("")
        say(f"written to {out}: {', '.join(path.name for path in written)}")
    return written


def _document(
    inputs: Sequence[tuple[str, str]],
    found: JointFit,
    rows: Sequence[Row],
    registry: Registry,
    notes: Sequence[Finding],
) -> dict[str, object]:
    from peakwright.store import result_document
    from xps.quantify import row_dict

    body = found.to_dict() | {
        "fractions": [row_dict(row) for row in rows],
        "findings": [note.to_dict() for note in (*notes, *found.findings)],
        "recipe": found.recipe.model_dump(mode="json", by_alias=True),
    }
    return result_document(
        "peakwright.xps.joint/1",
        [{"path": name, "sha256": sha256} for name, sha256 in inputs],
        registry,
        **body,
    )


def _write(
    out: Path, document: dict[str, object], found: JointFit, rows: Sequence[Row]
) -> tuple[Path, ...]:
    from peakwright.store import write_results
    from xps.joint import to_joint_toml

    everything = list(found.rows())
    everything += [row for row in rows if row not in everything]
    recipe = to_joint_toml(found.recipe)

    def draw() -> dict[str, bytes]:
        return figures_of(found.fits, _caption(found))

    return write_results(out, document, everything, recipe, draw)


def _caption(found: JointFit) -> str:
    """What a figure says of the tie between its panels."""
    told = [
        f"{row.subject} shifted by {plus_minus(row.estimate)} eV"
        for row in found.shared
        if row.quantity == "charge_shift"
    ]
    told += [f"{it.name} in {'hard' if it.hard else 'soft'} proportion" for it in found.proportions]
    return "; ".join(["one model of all regions", *told])


def _shared(rows: Sequence[Row]) -> Table:
    table = Table(title="shared by the regions", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("quantity", overflow="fold")
    table.add_column("of", overflow="fold")
    table.add_column("value", justify="right", no_wrap=True)
    for row in rows:
        shift = row.quantity == "charge_shift"
        name = "charge shift / eV" if shift else "error of the sensitivity factor / %"
        estimate = row.estimate if shift else row.estimate.scaled(100.0)
        table.add_row(name, plain(row.subject), plus_minus(estimate))
    return table
