"""``peakwright tofsims profile``: depth profiles of ions, and whether they are uniform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from references.words import Severity

from ...jobs.tofsims.given import Request
from ...jobs.tofsims.measured import judged
from ..console import ExitCode, emit_json, say
from ..findings import show_finding
from .options import (  # noqa: TC001 - typer reads them at run time
    BackgroundOption,
    CalibrateOption,
    DeadTimeOption,
    ElementsOption,
    FieldOption,
    FileArgument,
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
from .profile_table import profile_csv
from .tables import show_uniformity

if TYPE_CHECKING:
    from pathlib import Path

    from references.registry import Registry
    from tofsims.verdict import Uniformity

    from ...jobs.tofsims.measured import Judged

__all__ = ["deliver_uniformity", "figures_of", "profile"]


def profile(
    file: FileArgument,
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
    """Give depth profiles of ions with error bars, and say whether they are uniform."""
    from peakwright.store import check_folder
    from references import load

    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    request = Request(
        ions=ions, raster=raster, region=region, normalise=normalise, calibrate=calibrate,
        scale=scale, shots=shots, seconds=seconds_per_scan, dead_time=dead_time, window=window,
        margin=margin, elements=elements, half_width=half_width, background=background,
        overlaps=overlaps, lock=lock, field=field_correction,
    )  # fmt: skip
    made = judged(file, request, registry)
    deliver_uniformity(made, registry, out=out, json=json)
    raise typer.Exit(_code(made))


def _code(made: Judged) -> ExitCode:
    """That of the verdict, but nothing is clean where a finding is an error."""
    code = ExitCode(made.found.exit_code)
    wrong = any(finding.severity is Severity.ERROR for finding in made.findings)
    return ExitCode.FINDINGS if wrong and code is ExitCode.CLEAN else code


def deliver_uniformity(
    made: Judged,
    registry: Registry,
    *,
    out: Path | None,
    json: bool,
    quiet: bool = False,
    caption: str = "",
) -> dict[str, object]:
    """Print an answer as a table or JSON, or nothing, and write its folder; give the document."""
    from peakwright.store import result_document, write_results

    found, findings = made.found, made.findings
    document = result_document(
        "peakwright.tofsims.profile/1",
        [made.measured.entry],
        registry,
        **found.to_dict(),
        findings=[finding.to_dict() for finding in findings],
    )
    written: tuple[Path, ...] = ()
    if out is not None:
        figures = figures_of(found, caption) | {"profile.csv": profile_csv(found.shown)}
        if found.interferences:
            from tofsims.neighbours import table_of

            figures["interferences.csv"] = table_of(found.interferences).encode()
        written = write_results(
            out, document, found.rows(), None, figures, inputs=[made.measured.path]
        )
    if json:
        emit_json(document)
    if json or quiet:
        return document
    show_uniformity(found)
    for finding in findings:
        show_finding(finding)
    if written:
        say("")
        say(f"written to {out}: {', '.join(one.name for one in written)}")
    return document


def figures_of(found: Uniformity, caption: str = "") -> dict[str, bytes]:
    """The profiles and their changes, with a note above instead of the answer; name to content."""
    from tofsims.plot import profile_figure, rendered, trend_figure

    drawn = {
        "profile": profile_figure(found, note=caption),
        "change": trend_figure(found, note=caption),
    }
    return {
        f"{name}.{kind}": rendered(figure, kind)
        for name, figure in drawn.items()
        if figure is not None
        for kind in ("svg", "png")
    }
