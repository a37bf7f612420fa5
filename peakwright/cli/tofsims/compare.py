"""``peakwright tofsims compare``: the ions of two craters, replicates, or before and after."""

from __future__ import annotations

import math
from pathlib import Path  # noqa: TC003 - typer reads it at run time
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from references.files import DataFileError
from references.words import Severity

from ...jobs.tofsims.given import Request
from ...jobs.tofsims.measured import Judged, judged
from ...jobs.tofsims.profile import figures_of
from ..console import ExitCode, emit_json, out_console, plain, progress, say
from ..findings import show_finding
from .options import (  # noqa: TC001 - typer reads them at run time
    BackgroundOption,
    CalibrateOption,
    DeadTimeOption,
    ElementsOption,
    FieldOption,
    HalfWidthOption,
    IonsOption,
    JsonOption,
    LibraryOption,
    LockOption,
    MarginOption,
    NormaliseOption,
    OutOption,
    OverlapsOption,
    RasterOption,
    RegionOption,
    ScaleOption,
    SecondsOption,
    ShotsOption,
    WindowOption,
)

if TYPE_CHECKING:
    from tofsims.compare import Difference

__all__ = ["compare"]


def compare(
    a: Annotated[Path, typer.Argument(help="Events or depth profile A.")],
    b: Annotated[Path, typer.Argument(help="Events or depth profile B.")],
    *,
    ions: IonsOption = "",
    raster: RasterOption = "",
    region: RegionOption = "",
    normalise: NormaliseOption = "",
    calibrate: CalibrateOption = "",
    scale: ScaleOption = "",
    shots: ShotsOption = None,
    seconds_per_scan: SecondsOption = None,
    dead_time: DeadTimeOption = None,
    background: BackgroundOption = "none",
    overlaps: OverlapsOption = "fit",
    lock: LockOption = "",
    field_correction: FieldOption = "",
    half_width: HalfWidthOption = None,
    window: WindowOption = "",
    margin: MarginOption = 5.0,
    elements: ElementsOption = "",
    out: OutOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Compare the levels of ions in two depth profiles, over --window or each over its own."""
    import tofsims
    from peakwright.store import check_folder, result_document, write_results
    from references import load
    from tofsims.axis import span

    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    request = Request(
        ions=ions, raster=raster, region=region, normalise=normalise, calibrate=calibrate,
        scale=scale, shots=shots, seconds=seconds_per_scan, dead_time=dead_time, window=window,
        margin=margin, elements=elements, half_width=half_width, background=background,
        overlaps=overlaps, lock=lock, field=field_correction,
    )  # fmt: skip
    if not b.exists():  # before A is counted
        raise DataFileError(b, "no such file", action="check the path")
    both: list[Judged] = []
    for file in (a, b):
        with progress(f"counting ions of {file.name}") as begin:
            both.append(judged(file, request, registry, begin))
    found = tofsims.compare(both[0].found, both[1].found)
    findings = [finding for one in both for finding in one.findings]
    findings = [*dict.fromkeys(findings)]
    document = result_document(
        "peakwright.tofsims.compare/1",
        [one.measured.entry for one in both],
        registry,
        unit=[one.found.unit for one in both],
        window=[list(one.found.window) for one in both],
        window_s=[list(one.found.window) if one.found.unit == "s" else None for one in both],
        normalised_by=normalise,
        ions=[one.to_dict() for one in found],
        findings=[finding.to_dict() for finding in findings],
    )
    written: tuple[Path, ...] = ()
    if out is not None:
        figures = {
            f"{side}_{name}": content
            for side, one in zip("ab", both, strict=True)
            for name, content in figures_of(one.found).items()
        }
        pair = f"{b.stem} / {a.stem}"
        rows = [one.row(pair) for one in found if math.isfinite(one.ratio_percent)]
        rows += [row for one in both for row in one.found.rows()]
        written = write_results(out, document, rows, None, figures, inputs=[a, b])
    if json:
        emit_json(document)
    else:
        for side, one in zip("AB", both, strict=True):
            say(f"{side}, {one.measured.path.name}: {span(*one.found.window, one.found.unit)}")
        _show(found, normalise)
        for finding in findings:
            if finding.severity is not Severity.INFO:
                show_finding(finding)
        if written:
            say("")
            say(f"written to {out}: {', '.join(one.name for one in written)}")
    raise typer.Exit(_code(found))


def _show(found: tuple[Difference, ...], by: str) -> None:
    over = f" over {by}" if by else ""
    table = Table(
        title=plain(
            f"counts a point{over}, and B over A less one in %, of as many shots where both are "
            "known"
        ),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("ion", overflow="fold", min_width=6)
    for column in ("A", "B", "B / A - 1"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", overflow="fold", min_width=9)
    for one in found:
        known = math.isfinite(one.ratio_percent)
        table.add_row(
            plain(one.ion),
            f"{one.before.level:.4g}",
            f"{one.after.level:.4g}",
            f"{one.ratio_percent:+.2f} ± {one.u:.2f}" if known else "-",
            plain(f"{one.verdict}: {one.why}" if one.why else str(one.verdict)),
        )
    out_console.print(table)


def _code(found: tuple[Difference, ...]) -> ExitCode:
    verdicts = {str(one.verdict) for one in found}
    if "different" in verdicts:
        return ExitCode.FINDINGS
    return ExitCode.UNDECIDABLE if "undecided" in verdicts else ExitCode.CLEAN
