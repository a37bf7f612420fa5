"""Finished results handed over: tables or one JSON document, a folder with figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from references.words import Severity

from ...jobs.xrd.check import figures_of
from ..console import emit_json, say
from ..findings import show_finding
from .tables import show_changes, show_quantification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from references.registry import Registry
    from references.words import Finding
    from xrd.compare import Comparison
    from xrd.quantify import Quantification

    from ...jobs.xrd.given import Given

__all__ = ["deliver_comparison", "deliver_quantification"]


def deliver_comparison(
    a: Given,
    b: Given,
    found: Comparison,
    registry: Registry,
    *,
    out: Path | None,
    json: bool,
    quiet: bool = False,
    caption: str = "",
    request: Mapping[str, object] | None = None,
    beside: Sequence[Path] = (),
) -> dict[str, object]:
    """Print a comparison as tables or JSON, or nothing, and write its folder; give the document.

    A ``request`` that came by no command line names the files ``beside`` the patterns.
    """
    from peakwright.store import result_document, write_results

    document = result_document(
        "peakwright.xrd.compare/1",
        [a.entry, b.entry],
        registry,
        request=request,
        **found.to_dict(),
        findings=[finding.to_dict() for finding in (*a.notes, *b.notes)],
    )
    written: tuple[Path, ...] = ()
    if out is not None:
        figures = {
            f"{side}_{name}": content
            for side, one in (("a", found.a), ("b", found.b))
            for name, content in figures_of(one, caption).items()
        }
        rows = [*found.a.rows(), *found.b.rows()]
        inputs = [a.path, b.path, *beside]
        written = write_results(out, document, rows, None, figures, inputs=inputs)
    if json:
        emit_json(document)
    if json or quiet:
        return document
    show_changes(a, b, found)
    # What both say, once; what one says, under its table.
    for finding in dict.fromkeys((*a.notes, *b.notes, *found.a.findings, *found.b.findings)):
        if finding.severity is not Severity.INFO:
            show_finding(finding)
    _say_written(out, written)
    return document


def deliver_quantification(
    given: Given,
    found: Quantification,
    examined: Sequence[Finding],
    registry: Registry,
    *,
    out: Path | None,
    json: bool,
) -> None:
    """Print mass fractions as a table or JSON and write their folder."""
    from peakwright.store import result_document, write_results

    findings = [*given.notes, *examined, *found.findings]
    body = found.to_dict() | {"findings": [finding.to_dict() for finding in findings]}
    document = result_document("peakwright.xrd.quantify/1", [given.entry], registry, **body)
    written: tuple[Path, ...] = ()
    if out is not None:
        from xrd.plot import pattern_figure

        drawn = {"pattern": pattern_figure(found.refinement, title=found.sample)}
        written = write_results(
            out, document, found.rows(), None, _rendered(drawn), inputs=[given.path]
        )
    if json:
        emit_json(document)
        return
    show_quantification(found)
    for finding in findings:
        show_finding(finding)
    _say_written(out, written)


def _rendered(drawn: Mapping[str, Any]) -> dict[str, bytes]:
    from references.plot import rendered

    return {
        f"{name}.{kind}": rendered(figure, kind)
        for name, figure in drawn.items()
        if figure is not None
        for kind in ("svg", "png")
    }


def _say_written(out: Path | None, written: Sequence[Path]) -> None:
    if written:
        say("")
        say(f"written to {out}: {', '.join(path.name for path in written)}")
