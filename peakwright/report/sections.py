"""A section of the page for each result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from references.files import DataFileError
from references.words import Finding, Severity

from . import tofsims, xps, xrd
from .content import Figure, Section
from .svg import read_svg

if TYPE_CHECKING:
    from pathlib import Path

    from .gather import Result
    from .told import Told

__all__ = ["section"]

ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def section(result: Result, number: int) -> Section:
    """Make the section of a result; a figure that may not stand in a page becomes a finding."""
    found = next(
        made
        for made in (
            xps.told(result.document),
            tofsims.told(result.document),
            xrd.told(result.document),
        )
        if made is not None
    )
    key = f"result-{number}"
    figures, notes = _figures(result, found, number)
    methods, damaged = _methods(result)
    return Section(
        key=key,
        title=found.title,
        result=result,
        lead=found.lead,
        tables=tuple(table for table in found.tables if table.rows),
        figures=figures,
        findings=tuple(sorted(found.findings, key=lambda one: ORDER[one.severity])),
        methods=methods,
        notes=(*notes, *damaged),
    )


def _figures(
    result: Result, found: Told, number: int
) -> tuple[tuple[Figure, ...], tuple[Finding, ...]]:
    figures: list[Figure] = []
    notes: list[Finding] = []
    for i, path in enumerate(_files(result, found)):
        caption = found.captions.get(path.stem, f"{path.stem.replace('_', ' ')}: {found.title}.")
        try:
            drawing = read_svg(path, f"f{number}x{i}", caption)
        except DataFileError as error:
            notes.append(
                Finding(
                    rule="figure_left_out",
                    severity=Severity.WARNING,
                    subject=f"{result.label}: {path.name}",
                    message=f"{error.reason}; it is left out",
                )
            )
            continue
        figures.append(Figure(name=path.stem, drawing=drawing, caption=caption))
    return tuple(figures), tuple(notes)


def _files(result: Result, found: Told) -> list[Path]:
    """The figures of a result: those it has written, in the order of its captions."""
    written: Any = result.environment.get("files")
    names = cast("list[Any]", written) if isinstance(written, list) else None
    there = sorted(
        path
        for path in result.folder.glob("*.svg")
        if path.is_file() and (names is None or path.name in names)
    )
    order = list(found.captions)
    shown = [path for path in there if path.stem not in found.skip]
    return sorted(
        shown, key=lambda path: order.index(path.stem) if path.stem in order else len(order)
    )


def _methods(result: Result) -> tuple[str, tuple[Finding, ...]]:
    """The methods paragraph; where a field that it tells of is damaged, a finding instead."""
    from ..methods import methods_of

    try:
        return methods_of(result.raw).strip(), ()
    except (ValueError, DataFileError) as error:
        note = Finding(
            rule="methods_left_out",
            severity=Severity.WARNING,
            subject=result.label,
            message=f"no methods paragraph: {str(error)[:200]}",
        )
        return "", (note,)
