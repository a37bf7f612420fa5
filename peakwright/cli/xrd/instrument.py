"""``peakwright xrd instrument``: the profile of a diffractometer, from a standard."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from references.files import write_atomic
from references.rounding import plus_minus
from references.words import Estimate, InputError, UncertaintyParts

from ...jobs.xrd.given import instrument_of, pattern_of
from ..console import emit_json, progress, say
from ..findings import show_finding
from .options import FileArgument, JsonOption, LibraryOption, RadiationOption, ScanOption  # noqa: TC001 - typer reads them at run time

__all__ = ["instrument"]


class Geometry(StrEnum):
    """How the beam meets the sample."""

    reflection = "reflection"
    transmission = "transmission"
    capillary = "capillary"


StandardOption = Annotated[
    str, typer.Option("--standard", help="LaB6, Si, or another phase of the library with a cell.")
]
OutFile = Annotated[
    Path | None, typer.Option("--out", help="File (TOML) for the diffractometer's description.")
]
MonochromatorOption = Annotated[
    float | None,
    typer.Option(
        "--monochromator", min=0.0, max=89.0, help="Its 2 theta in degrees; 26.6 for graphite."
    ),
]
RadiusOption = Annotated[
    float | None, typer.Option("--radius", min=11.0, max=1999.0, help="Goniometer radius in mm.")
]


def instrument(
    file: FileArgument,
    *,
    standard: StandardOption = "LaB6",
    radiation: RadiationOption = "",
    monochromator: MonochromatorOption = None,
    radius: RadiusOption = None,
    geometry: Geometry = Geometry.reflection,
    scan: ScanOption = None,
    out: OutFile = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Fit a diffractometer's line profile once, to a standard, and keep it in a file."""
    from peakwright.store import check_folder, result_document
    from references import load
    from xrd.instrument import to_toml
    from xrd.standard import calibrate

    if out is not None:
        if out.is_dir():
            raise InputError(f"{out} is a folder; name a file, for instance {out / 'mine.toml'}")
        check_folder(out.parent)
    registry = load(*(library or []))
    given = pattern_of(file, scan, radiation)
    known = instrument_of(radiation, None).model_copy(
        update={
            "monochromator_two_theta_deg": monochromator,
            "radius_mm": radius,
            "geometry": str(geometry),
        }
    )
    with progress(f"refining {file.name}"):
        found = calibrate(
            given.measured, registry.phase(standard), instrument=known, library=registry
        )
    text = to_toml(found.instrument)
    if out is not None:
        write_atomic(out, text.encode())
    if json:
        document = result_document(
            "peakwright.xrd.calibration/1", [given.entry], registry, **found.to_dict()
        )
        emit_json(document)
        return
    for note in (*given.notes, *found.findings):
        show_finding(note)
    moved = Estimate(
        value=found.displacement,
        u=found.displacement_u,
        u_parts=UncertaintyParts(counting=found.displacement_u),
    )
    refinement = found.refinement
    say(
        f"{file.name} as {standard}: R_wp {100 * refinement.r_wp:.2f} %, goodness of fit "
        f"{refinement.gof:.2f}, the standard is displaced by {plus_minus(moved)} mm"
    )
    if out is None:
        say(text.rstrip().replace("\n", "; "))
        say("give --out my_diffractometer.toml to keep it")
    else:
        say(f"written to {out}; use it with --instrument {out}")
