"""``peakwright tofsims render``: a cube as figures, and as volumes for other programs.

``prepared`` takes the drift off and finds where scans lie.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from references.words import Finding, InputError, Severity

from ...jobs.tofsims.given import ions_named
from ...jobs.tofsims.measured import images_named
from ..console import emit_json, progress, say
from ..findings import show_finding
from .options import (  # noqa: TC001 - typer reads them at run time
    HalfWidthOption,
    JsonOption,
    LibraryOption,
)
from .prepared import Prepared, ions_of, note, prepared

if TYPE_CHECKING:
    import xarray as xr

    from tofsims.volume import Surface, Views

__all__ = ["render"]

EXPORTS = {"vti": "volume.vti", "zarr": "volume.zarr"}

CubeArgument = Annotated[Path, typer.Argument(help="Cube (`peakwright tofsims cube`), or images.")]
FolderOption = Annotated[Path, typer.Option("--out", help="Folder for figures and volumes.")]
IonsOption = Annotated[
    str, typer.Option("--ions", help="Ions of the cube, comma-separated; all if not given.")
]
AlignOption = Annotated[
    str, typer.Option("--align", help='Take the drift off, by an ion of the cube or "total".')
]
FlattenOption = Annotated[
    str, typer.Option("--flatten", help="Ion that rises or falls at an interface to make flat.")
]
TopographyOption = Annotated[
    tuple[Path, Path] | None,
    typer.Option("--topography", help="Surfaces before and after: text matrix or .npy, nm."),
]
ScansOption = Annotated[
    str,
    typer.Option("--scans", help="Scans from,to of slices and surfaces; depths where there are."),
]
ExportOption = Annotated[
    str, typer.Option("--export", help="Volumes to write: vti (ParaView), zarr (napari).")
]


def render(
    cube: CubeArgument,
    *,
    out: FolderOption,
    ions: IonsOption = "",
    align: AlignOption = "",
    flatten: FlattenOption = "",
    topography: TopographyOption = None,
    scans: ScansOption = "",
    half_width: HalfWidthOption = None,
    export: ExportOption = "",
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Draw slices, sections and surfaces of the ions of a cube, and write it for other programs."""
    import tofsims
    from peakwright.store import check_folder, result_document, write_results
    from references import load

    kinds = _kinds(export, out)
    check_folder(out)
    if out.resolve() == cube.resolve():
        raise InputError(f"--out {out} is the cube itself; name another folder")
    if flatten and topography:
        raise InputError("--flatten and --topography both say where scans lie; give one of them")
    registry = load(*(library or []))
    reading = tofsims.read(cube)
    asked = ions_named(ions, "--ions") if reading.format in {"imzml", "bif6"} else []
    found, named = images_named(reading, asked, half_width)
    there = [str(name) for name in found["ion"].values]
    chosen = there if asked else ions_of(ions, found, "--ions") or there
    between = _between(scans)
    made = prepared(found, align, flatten, topography)
    views, surfaces, outside, written = _shown(made, chosen, between, kinds, out)
    findings = [*reading.notes, *named, *made.notes, *_said(chosen, surfaces, outside)]
    document = result_document(
        "peakwright.tofsims.render/1",
        [{"path": cube.name, "sha256": reading.sha256}],
        registry,
        **_body(made, views, surfaces),
        exports=[path.name for path in written],
        findings=[finding.to_dict() for finding in findings],
    )
    figures = _figures(views, surfaces, made)
    written += list(write_results(out, document, [], None, figures, inputs=[cube]))
    if json:
        emit_json(document)
        return
    for one in views:
        counts = float(np.nansum(one.xy))
        say(f"{one.ion}: {counts:.0f} counts summed over {one.z.said(*one.chosen)}")
    for finding in findings:
        show_finding(finding)
    say(f"written to {out}: {', '.join(path.name for path in written)}")


def _kinds(text: str, out: Path) -> list[str]:
    """Which volumes are to be written; refuses what is there already before the work begins."""
    kinds = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [kind for kind in kinds if kind not in EXPORTS]
    if unknown:
        raise InputError(f"--export writes {' and '.join(EXPORTS)}, not {unknown[0][:40]!r}")
    if "zarr" in kinds and (out / EXPORTS["zarr"]).exists():
        raise InputError(
            f"{out / EXPORTS['zarr']} is there already; name another folder with --out"
        )
    return kinds


def _between(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    try:
        first, last = (float(part) for part in text.split(","))
    except ValueError:
        first, last = math.nan, math.nan
    if not (math.isfinite(first) and math.isfinite(last) and first <= last):
        raise InputError(f"--scans should be two numbers that rise, as 20,60, not {text[:40]!r}")
    return first, last


def _shown(
    made: Prepared,
    chosen: list[str],
    between: tuple[float, float] | None,
    kinds: list[str],
    out: Path,
) -> tuple[list[Views], list[Surface], dict[str, float], list[Path]]:
    """Read each ion once, and write volumes: views, surfaces, counts that are in no bin, files."""
    import tofsims
    from tofsims.volume import surface_of, views_of

    whole, placed = made.cube.sel(ion=chosen), made.placed
    if placed is not None and kinds:
        with progress("sharing out counts"):
            whole, placed = tofsims.reconstruct(whole, placed), None
    views: list[Views] = []
    surfaces: list[Surface] = []
    outside: dict[str, float] = {}
    with progress("reading ions", total=len(chosen)) as begin:
        for name in chosen:
            begin(name)
            views.append(views_of(whole, name, between=between, placed=placed))
            lost = whole["outside"].sel(ion=name) if "outside" in whole else views[-1].outside
            outside[name] = float(lost)
            surface = surface_of(views[-1])
            surfaces += [] if surface is None else [surface]
    return views, surfaces, outside, _exported(whole, kinds, out)


def _exported(volume: xr.Dataset, kinds: list[str], out: Path) -> list[Path]:
    from tofsims.io.volume_written import write_ngff, write_vti

    written: list[Path] = []
    for kind in kinds:
        with progress(f"writing {EXPORTS[kind]}"):
            write = write_vti if kind == "vti" else write_ngff
            written.append(write(out / EXPORTS[kind], volume))
    return written


def _said(chosen: list[str], surfaces: list[Surface], outside: dict[str, float]) -> list[Finding]:
    """Say which ions have no surface, and which counts could not be placed."""
    shown = {surface.ion for surface in surfaces}
    without = [name for name in chosen if name not in shown]
    found: list[Finding] = []
    if without:
        found.append(
            note(
                "sims_no_surface",
                Severity.INFO,
                ", ".join(without),
                "no two parts of the volume differ clearly above counting noise: no surface is "
                "drawn",
            )
        )
    lost = {name: counts for name, counts in outside.items() if counts >= 0.5}
    if lost:
        listed = ", ".join(f"{name} {counts:.0f}" for name, counts in lost.items())
        found.append(
            note(
                "sims_not_placed",
                Severity.WARNING,
                "scans",
                f"counts of columns that could not be placed are left out: {listed}",
            )
        )
    return found


def _body(made: Prepared, views: list[Views], surfaces: list[Surface]) -> dict[str, Any]:
    """What is the command's own in the document."""
    first = views[0]
    return {
        "sizes": {
            "depth": first.z.edges.size - 1,
            "y": first.y.edges.size - 1,
            "x": first.x.edges.size - 1,
        },
        "units": {"depth": first.z.units, "lateral": first.x.units},
        "drift": None if made.drift is None else made.drift.to_dict(),
        "placed": None if made.placed is None else made.placed.method,
        "ions": [
            {
                "ion": one.ion,
                "counts": float(np.nansum(one.xy)),
                "summed": [float(one.z.edges[place]) for place in one.chosen],
                "section_y": [float(one.y.edges[place]) for place in one.rows],
                "section_x": [float(one.x.edges[place]) for place in one.columns],
            }
            for one in views
        ],
        "surfaces": [
            {
                "ion": one.ion,
                "counts_per_voxel": one.level,
                "smoothed_blocks": one.sigma,
                "blocks": list(one.blocks),
            }
            for one in surfaces
        ],
    }


def _figures(views: list[Views], surfaces: list[Surface], made: Prepared) -> dict[str, bytes]:
    """Figures as files; name to content."""
    from peakwright.store import file_stem
    from tofsims.volume.plot import overlay_figure, rendered, slices_figure, surface_figure

    parts = ["" if made.drift is None else "drift taken off"]
    parts.append("" if made.placed is None else made.placed.method)
    note = "; ".join(part for part in parts if part)
    drawn: dict[str, Any] = {
        f"slices_{file_stem(one.ion)}": slices_figure(one, note=note) for one in views
    }
    if len(views) > 1:
        drawn["overlay"] = overlay_figure(views, note=note)
    if surfaces:
        drawn["surfaces"] = surface_figure(surfaces, views[0], note=note)
    with progress("drawing", total=len(drawn)) as begin:
        made_files: dict[str, bytes] = {}
        for name, figure in drawn.items():
            begin(name)
            made_files |= {f"{name}.{kind}": rendered(figure, kind) for kind in ("svg", "png")}
    return made_files
