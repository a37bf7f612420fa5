"""Finished surveys handed over: tables or one JSON document, a folder with figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from peakwright.store import file_stem
from references.rounding import rounded_up

from ..console import emit_json, out_console, plain, say
from ..findings import show_finding
from .tables import plus_minus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from references.registry import Registry
    from references.words import Row
    from xps.elements.result import ElementFound
    from xps.io import Reading
    from xps.survey import Survey

__all__ = ["deliver_surveys"]


def deliver_surveys(
    name: str,
    reading: Reading,
    found: Sequence[Survey],
    registry: Registry,
    *,
    out: Path | None,
    json: bool,
) -> None:
    """Print surveys as tables or JSON and write their folder.

    Parameters
    ----------
    name : str
        The input's name.
    reading : Reading
        Its hash and notes.
    found : sequence of Survey
    registry : Registry
    out : Path or None
        Folder to write.
    json : bool
        One JSON document instead of tables.
    """
    from peakwright.store import result_document, write_results

    document = result_document(
        "peakwright.xps.survey/1",
        [{"path": name, "sha256": reading.sha256}],
        registry,
        surveys=[survey.to_dict() for survey in found],
        findings=[note.to_dict() for note in reading.notes],
    )
    written: tuple[Path, ...] = ()
    if out is not None:
        rows = [row for survey in found for row in survey.rows()]
        written = write_results(out, document, rows, None, lambda: _figures(found))
    if json:
        emit_json(document)
        return
    for survey in found:
        _show(survey)
    for note in reading.notes:
        show_finding(note)
    if written:
        say(f"written: {', '.join(path.name for path in written)} in {out}")


def _figures(found: Sequence[Survey]) -> dict[str, bytes]:
    """A figure of each survey, named by its sample and numbered where samples come again."""
    from xps.elements.plot import survey_figure
    from xps.plot import rendered

    files: dict[str, bytes] = {}
    stems = [file_stem(f"survey {survey.sample}".strip()) for survey in found]
    for i, (survey, plain_stem) in enumerate(zip(found, stems, strict=True)):
        stem = f"{plain_stem}_{i + 1}" if stems.count(plain_stem) > 1 else plain_stem
        drawn = survey_figure(survey)
        for kind in ("svg", "png"):
            files[f"{stem}.{kind}"] = rendered(drawn, kind)
    return files


def _show(survey: Survey) -> None:
    title = " · ".join(part for part in (survey.sample, survey.region) if part) or "survey"
    charge = survey.charge
    say(f"{title}: {', '.join(survey.standing('present')) or 'no element established'}")
    known = f" ± {charge.u:.2f}" if math.isfinite(charge.u) else ""
    say(f"energies shifted by {charge.shift:+.2f}{known} eV: {charge.how}", indent=2)
    seen = [e for e in survey.elements if e.standing != "absent"]
    if seen:
        out_console.print(_elements(seen))
    absent = [e for e in survey.elements if e.standing == "absent" and e.row is not None]
    if absent:
        limits = ", ".join(f"{e.element} < {_limit(e.row)} ({e.level})" for e in absent)
        say(f"not seen, 95 % limits in atomic per cent: {limits}", indent=2)
    if survey.overlaps:
        out_console.print(_overlaps(survey))
    for found in survey.auger:
        told = f"agrees with {', '.join(found.agrees)}" if found.agrees else "agrees with none"
        say(
            f"{found.element} {found.transition} + {found.element} {found.line}: modified Auger "
            f"parameter {plus_minus(found.parameter)} eV, {told} of the library "
            f"({found.status} values)",
            indent=2,
        )
    for finding in survey.findings:
        show_finding(finding)


def _limit(row: Row | None) -> str:
    high = None if row is None else row.estimate.high
    return "-" if high is None else rounded_up(100.0 * high)


def _table(title: str) -> Table:
    return Table(
        title=plain(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False,
        show_edge=False,
    )  # fmt: skip


def _elements(seen: Sequence[ElementFound]) -> Table:
    """One element a line: present ones first, then what is only possible, with its alternative."""
    table = _table("elements, basis atomic_all")
    table.add_column("element", no_wrap=True)
    table.add_column("atomic %", justify="right", no_wrap=True)
    table.add_column("on", no_wrap=True)
    table.add_column("what says so", overflow="fold")
    for element in seen:
        name = element.element if element.standing == "present" else f"{element.element} ?"
        table.add_row(name, _percent(element), plain(element.level), plain(_reason(element)))
    return table


def _percent(element: ElementFound) -> str:
    if element.row is None:
        return "-"
    return plus_minus(element.row.estimate.scaled(100.0))


def _reason(element: ElementFound) -> str:
    said = element.reason
    if element.bands:
        said += f"; {', '.join(band.label for band in element.bands)}"
    others = [name for name in element.alternatives if name not in said]
    if others and element.standing == "present":
        said += f"; in this survey {' and '.join(others)} would look the same"
    elif others:
        said += f"; it may be {' or '.join(others)}"
    return said


def _overlaps(survey: Survey) -> Table:
    table = _table("overlaps that fits of core levels must respect")
    table.add_column("core level", no_wrap=True)
    table.add_column("disturbed by", overflow="fold")
    table.add_column("at / eV", justify="right", no_wrap=True)
    table.add_column("expected share", justify="right", no_wrap=True)
    for found in survey.overlaps:
        place = f"{found.low:.1f}"
        if found.high - found.low > 0.05:
            place += f" .. {found.high:.1f}"
        share = "-" if found.share is None else f"{100.0 * found.share:.2g} %"
        table.add_row(plain(found.core_level), plain(found.intruder), place, share)
    return table
