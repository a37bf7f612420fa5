"""``peakwright tofsims profile``: depth profiles of ions, and whether they are uniform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from references.words import InputError

from ..console import ExitCode, emit_json, say
from ..findings import show_finding
from .given import ions_named, numbers, reduced
from .options import (  # noqa: TC001 - typer reads them at run time
    CalibrateOption,
    DeadTimeOption,
    ElementsOption,
    FileArgument,
    IonsOption,
    JsonOption,
    LibraryOption,
    MarginOption,
    NormaliseOption,
    OutOption,
    RegionOption,
    ScaleOption,
    SecondsOption,
    ShotsOption,
    WindowOption,
)
from .tables import show_uniformity

if TYPE_CHECKING:
    from pathlib import Path

    from references.registry import Registry
    from references.words import Finding
    from tofsims.io import Reading
    from tofsims.verdict import Uniformity

__all__ = ["deliver_uniformity", "profile"]


def profile(
    file: FileArgument,
    *,
    ions: IonsOption = "",
    region: RegionOption = "",
    normalise: NormaliseOption = "",
    calibrate: CalibrateOption = "",
    scale: ScaleOption = "",
    shots: ShotsOption = None,
    seconds_per_scan: SecondsOption = None,
    dead_time: DeadTimeOption = 65.0,
    window: WindowOption = "",
    margin: MarginOption = 5.0,
    elements: ElementsOption = "",
    out: OutOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Give depth profiles of ions with error bars, and say whether they are uniform."""
    import tofsims
    from peakwright.store import check_folder
    from references import load

    from ..xps.options import elements_named

    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    known = ions_named(ions, "--ions")
    asked = [ion.key for ion in known]
    between = numbers(window, 2, "--window", "20,600")
    listed = elements_named(elements, "--elements")
    reading = tofsims.read(file)
    calibration = None
    notes: list[Finding] = list(reading.notes)
    if reading.runs:
        made = reduced(
            reading.runs[0], known, registry, region=region, calibrate=calibrate, scale=scale,
            shots=shots, seconds=seconds_per_scan, dead_time=dead_time,
        )  # fmt: skip
        measured, calibration = made.profile, made.calibration
        notes += made.findings
    elif reading.profiles:
        _refuse_for_exports(region, calibrate, scale, seconds_per_scan)
        measured = reading.profiles[0]
        if shots is not None:
            measured = tofsims.with_shots(measured, shots)
    else:
        raise InputError(f"{file} holds spectra and no depth profile; give events or a profile")
    if not asked:
        raise InputError(
            "name the ions with --ions, for instance Cl-,GaCl-; `peakwright tofsims inspect` "
            "lists those of an export"
        )
    found = tofsims.check(
        measured,
        asked,
        window=None if between is None else (between[0], between[1]),
        margin_percent=margin,
        normalise=normalise,
        calibration=calibration,
        elements=listed,
        sample=file.stem,
    )
    deliver_uniformity(reading, found, notes, registry, out=out, path=file, json=json)
    raise typer.Exit(ExitCode(found.exit_code))


def _refuse_for_exports(
    region: str, calibrate: str, scale: str, seconds_per_scan: float | None
) -> None:
    given = {
        "--region": region,
        "--calibrate": calibrate,
        "--scale": scale,
        "--seconds-per-scan": seconds_per_scan,
    }
    named = [option for option, value in given.items() if value]
    if named:
        raise InputError(
            f"{', '.join(named)}: an exported profile holds no events any more; give the .itm or "
            "GRD of the measurement"
        )


def deliver_uniformity(
    reading: Reading,
    found: Uniformity,
    notes: list[Finding],
    registry: Registry,
    *,
    out: Path | None,
    path: Path,
    json: bool,
) -> tuple[Path, ...]:
    """Print an answer as a table or JSON and write its folder; give the files written."""
    from peakwright.store import result_document, write_results

    findings = [*notes, *found.findings]
    document = result_document(
        "peakwright.tofsims.profile/1",
        [{"path": reading.path, "sha256": reading.sha256}],
        registry,
        **found.to_dict(),
        findings=[finding.to_dict() for finding in findings],
    )
    written: tuple[Path, ...] = ()
    if out is not None:
        figures = _figures(found)
        written = write_results(out, document, found.rows(), None, figures, inputs=[path])
    if json:
        emit_json(document)
        return written
    show_uniformity(found)
    for finding in findings:
        show_finding(finding)
    if written:
        say("")
        say(f"written to {out}: {', '.join(one.name for one in written)}")
    return written


def _figures(found: Uniformity) -> dict[str, bytes]:
    from tofsims.plot import profile_figure, rendered, trend_figure

    drawn = {"profile": profile_figure(found), "change": trend_figure(found)}
    return {
        f"{name}.{kind}": rendered(figure, kind)
        for name, figure in drawn.items()
        if figure is not None
        for kind in ("svg", "png")
    }
