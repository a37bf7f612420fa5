"""``peakwright tofsims cube`` and ``store``: counts of ions in each pixel, and all ions by mass."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...jobs.tofsims.given import Request, notes_left, rastered
from ...jobs.tofsims.measured import reduced, run_of
from ..console import emit_json, progress, say
from ..findings import show_finding
from .options import (  # noqa: TC001 - typer reads them at run time
    BackgroundOption,
    CalibrateOption,
    DeadTimeOption,
    FieldOption,
    FileArgument,
    IonsOption,
    JsonOption,
    LibraryOption,
    LockOption,
    OverlapsOption,
    RasterOption,
    RegionOption,
    ScaleOption,
    SecondsOption,
    ShotsOption,
)

__all__ = ["cube", "store"]

CubeOption = Annotated[
    Path, typer.Option("--out", help="New folder, as cube.zarr, or new NetCDF file, as cube.nc.")
]
FolderOption = Annotated[Path, typer.Option("--out", help="New folder, for instance ions.zarr.")]


def cube(
    file: FileArgument,
    *,
    out: CubeOption,
    ions: IonsOption = "",
    raster: RasterOption = "",
    region: RegionOption = "",
    calibrate: CalibrateOption = "",
    scale: ScaleOption = "",
    shots: ShotsOption = None,
    seconds_per_scan: SecondsOption = None,
    dead_time: DeadTimeOption = None,
    background: BackgroundOption = "none",
    overlaps: OverlapsOption = "fit",
    lock: LockOption = "",
    field_correction: FieldOption = "",
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Count ions in each scan and pixel, and write the cube: counts over ion, scan, y and x."""
    import tofsims
    from peakwright.store import result_document
    from references import load

    registry = load(*(library or []))
    request = Request(
        ions=ions, raster=raster, region=region, calibrate=calibrate, scale=scale, shots=shots,
        seconds=seconds_per_scan, dead_time=dead_time, background=background,
        overlaps=overlaps, lock=lock, field=field_correction,
    )  # fmt: skip
    request.known()
    reading = tofsims.read(file)
    with progress(f"counting ions of {file.name}") as begin:
        made = reduced(run_of(reading, file), request, registry, begin, cube=out)
    findings = [*notes_left(reading.notes, raster), *made.findings]
    field = made.run.raster
    sizes = {
        "ion": len(made.windows),
        "scan": len(made.run.numbers),
        "y": field.height,
        "x": field.width,
    }
    counts = made.profile["counts"].sum("scan").values
    document = result_document(
        "peakwright.tofsims.cube/1",
        [{"path": file.name, "sha256": reading.sha256}],
        registry,
        cube=out.name,
        sizes=sizes,
        ions=[
            {"ion": window.ion, "window_u": [window.low, window.high], "counts": float(k)}
            for window, k in zip(made.windows, counts, strict=True)
        ],
        findings=[finding.to_dict() for finding in findings],
    )
    if json:
        emit_json(document)
        return
    say(f"{out}: " + " x ".join(f"{size} {dim}" for dim, size in sizes.items()))
    for window, k in zip(made.windows, counts, strict=True):
        say(f"{window.ion}: {k:.0f} counts, m/z {window.low:.4f} to {window.high:.4f}", indent=2)
    for finding in findings:
        show_finding(finding)


def store(
    file: FileArgument, *, out: FolderOption, raster: RasterOption = "", json: JsonOption = False
) -> None:
    """Sort all ions of a run by mass into a folder, from which new ions take seconds."""
    import tofsims
    from peakwright.request import told
    from peakwright.store import result_document
    from references import load

    reading = tofsims.read(file)
    run = rastered(run_of(reading, file), raster)
    notes = notes_left(reading.notes, raster)
    source = reading.sha256
    with progress("sorting ions", total=len(run.scans)) as begin:
        tofsims.write_events(
            out,
            run,
            source=source,
            notes=notes,
            progress=lambda done, _: begin(f"scan {done}"),
        )
    stored = tofsims.open_events(out)
    ions = int(stored.sampled(0).sum())
    if json:
        asked = {"raster": raster} if raster else {}
        emit_json(
            result_document(
                "peakwright.tofsims.store/1",
                [{"path": file.name, "sha256": source}],
                load(),
                request={"command": "tofsims store", "options": told(asked)},
                store=out.name,
                scans=len(run.scans),
                ions=ions,
                findings=[finding.to_dict() for finding in stored.notes],
            )
        )
        return
    say(f"{out}: {ions} ions of {len(run.scans)} scans, by mass; give it instead of {file.name}")
    for finding in stored.notes:
        show_finding(finding)
