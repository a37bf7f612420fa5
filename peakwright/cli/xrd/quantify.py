"""``peakwright xrd quantify``: mass fractions of the phases of a mixture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from references.words import InputError

from ...jobs.xrd.given import instrument_of, pattern_of, phases_of
from ..console import ExitCode, progress
from .delivery import deliver_quantification
from .options import (  # noqa: TC001 - typer reads them at run time
    BackgroundOption,
    FileArgument,
    InstrumentOption,
    JsonOption,
    LibraryOption,
    OutOption,
    RadiationOption,
    ScanOption,
)

if TYPE_CHECKING:
    from xrd.quantify import Quantification, Standard

__all__ = ["quantify"]

PhasesOption = Annotated[
    str, typer.Option("--phases", help="Phases of the library and CIF files, comma-separated.")
]
StandardOption = Annotated[
    str,
    typer.Option(
        "--standard",
        help='Internal standard and its mass in the mixture, "Al2O3:10%"; tells the amorphous.',
    ),
]
TextureOption = Annotated[
    list[str] | None,
    typer.Option(
        "--texture", help='Preferred orientation of a phase after March: "Al2O3:0,0,1"; repeatable.'
    ),
]
GrainOption = Annotated[
    float | None,
    typer.Option("--grain-radius", min=0.001, help="Radius of the grains in um; microabsorption."),
]


def quantify(
    file: FileArgument,
    *,
    phases: PhasesOption,
    standard: StandardOption = "",
    texture: TextureOption = None,
    grain_radius: GrainOption = None,
    radiation: RadiationOption = "",
    instrument: InstrumentOption = None,
    background_file: BackgroundOption = None,
    scan: ScanOption = None,
    out: OutOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Give the mass fractions of all crystalline phases of a mixture, and what is amorphous."""
    from peakwright.store import check_folder
    from references import load
    from xrd.examination import examine
    from xrd.quantify import quantify as run

    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    seen = instrument_of(radiation, instrument)
    given = pattern_of(file, scan, seen.radiation)
    named = phases_of(phases, registry)
    known = _standard(standard, [one.name for one, _ in named])
    holder = None if background_file is None else pattern_of(background_file, None).measured
    with progress(f"refining {file.name}"):
        found = run(
            given.measured,
            [one for one, _ in named],
            library=registry,
            instrument=seen,
            standard=known,
            texture=dict(_axis(one) for one in texture or []),
            radius_um=grain_radius,
            background=holder,
        )
    # The library's own structures are examined by its tests.
    examined = [finding for one, phase in named if phase is None for finding in examine(one)]
    deliver_quantification(given, found, examined, registry, out=out, json=json)
    raise typer.Exit(_exit_code(found, [str(finding.severity) for finding in examined]))


def _exit_code(found: Quantification, severities: list[str]) -> ExitCode:
    if str(found.assessment) != "converged":
        return ExitCode.UNDECIDABLE
    severities += [str(finding.severity) for finding in found.findings]
    return ExitCode.FINDINGS if "error" in severities else ExitCode.CLEAN


def _axis(text: str) -> tuple[str, tuple[int, int, int]]:
    """Give a phase and the axis of its texture, ``Al2O3:0,0,1``."""
    found = re.fullmatch(r"\s*(.+?)\s*:\s*(-?\d+)\s*,\s*(-?\d+)\s*,\s*(-?\d+)\s*", text)
    axis = (0, 0, 0) if found is None else (int(found[2]), int(found[3]), int(found[4]))
    if found is None or axis == (0, 0, 0):
        raise InputError(
            f'--texture {text!r} should name a phase and an axis, for instance "Al2O3:0,0,1"'
        )
    return found[1], axis


def _standard(text: str, names: list[str]) -> Standard | None:
    """Give the internal standard of an option, ``corundum:10%``."""
    from xrd.quantify import Standard

    if not text:
        return None
    found = re.fullmatch(r"\s*(.+?)\s*:\s*([0-9.]+)\s*%\s*", text)
    if found is None:
        raise InputError(
            f'--standard {text!r} should name a phase and its mass, for instance "Al2O3:10%"'
        )
    name = found[1]
    chosen = next((n for n in names if n == name), None) or next(
        (n for n in names if n.lower() in {name.lower(), _mineral(name)}), name
    )
    try:
        return Standard(name=chosen, fraction=float(found[2]) / 100.0)
    except ValueError as error:
        raise InputError(f"--standard {text!r}: {error}") from None


def _mineral(name: str) -> str:
    """The formula of a standard's mineral name."""
    known = {"corundum": "al2o3", "fluorite": "caf2", "zincite": "zno", "silicon": "si"}
    return known.get(name.lower(), "")
