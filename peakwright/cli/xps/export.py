"""``peakwright xps export``: a result for CasaXPS (VAMAS) or as NeXus."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from enum import StrEnum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import ExitCode, emit_json, progress, say
from ..findings import show_finding
from .options import (  # noqa: TC001 - typer reads them at run time
    JsonOption,
    LibraryOption,
    RegionOption,
    SampleOption,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding
    from xps.exchange import Measured
    from xps.io import Reading
    from xps.stored import StoredFit, StoredResult

__all__ = ["export"]


class Target(StrEnum):
    """What a result is written as."""

    vamas = "vamas"
    nexus = "nexus"


ResultArgument = Annotated[
    Path, typer.Argument(help="result.json that `fit --out` wrote, or its folder.")
]
TargetOption = Annotated[Target, typer.Option("--to", help="For CasaXPS, or as HDF5 after NXxps.")]
FileOption = Annotated[
    Path | None,
    typer.Option("--out", help="File to write (default: beside the result)."),
]
MeasuredOption = Annotated[
    Path | None,
    typer.Option(
        "--measured", help="The measured file (default: beside the result, here, or where it was)."
    ),
]
PhotonOption = Annotated[
    float | None,
    typer.Option("--photon-energy", help="Photon energy in eV, where the file states none."),
]
SetOption = Annotated[
    str, typer.Option("--sensitivity-set", help="Sensitivity set whose factors become RSFs.")
]
InstrumentOption = Annotated[
    Path | None,
    typer.Option("--instrument", help="What NeXus asks of the spectrometer (TOML)."),
]
LONGEST_ENVIRONMENT = 1_000_000
"""No environment.json is longer than this [bytes]."""
SUFFIX = {Target.vamas: ".vms", Target.nexus: ".nxs"}


def export(
    result: ResultArgument,
    *,
    to: TargetOption,
    out: FileOption = None,
    measured: MeasuredOption = None,
    sample: SampleOption = "",
    region: RegionOption = [],  # noqa: B006 - typer makes a new one at each call
    sensitivity_set: SetOption = "scofield_al",
    photon_energy: PhotonOption = None,
    instrument: InstrumentOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Write a result as VAMAS with CasaXPS's regions and components, or as NeXus.

    Nothing is fitted again. The measured file is read, checked against the result, and not changed.
    """
    import xps
    from references import load
    from references.files import read_bytes, write_atomic
    from xps.exchange import as_nexus, as_vamas
    from xps.instrument import read_instrument
    from xps.stored import read_result

    path = result / "result.json" if result.is_dir() else result
    stored = read_result(path)
    source = _measured(path, stored, measured)
    target = out or path.parent / f"{PurePath(stored.inputs[0].path).stem}-fit{SUFFIX[to]}"
    _refuse_inputs(target, path, source)
    registry = load(*(library or []))
    told = read_instrument(instrument) if instrument is not None else None
    with progress(f"exporting {path.name}"):
        reading = xps.read(source)
        chosen = _chosen(stored, reading, sample, region, photon_energy)
        if to is Target.vamas:
            content, notes = as_vamas(
                chosen, reading, read_bytes(source), registry, sensitivity_set=sensitivity_set
            )
        else:
            content, notes = as_nexus(
                chosen, stored, registry, sensitivity_set=sensitivity_set, instrument=told
            )
    write_atomic(target, content)
    _deliver(path, stored, source, target, content, to, chosen, notes, registry, json=json)
    raise typer.Exit(ExitCode.CLEAN)


# --- the measured file ----------------------------------------------------------------------------


def _measured(path: Path, stored: StoredResult, given: Path | None) -> Path:
    """The file that was fitted: the one that is given, or one of its name nearby; by its hash."""
    from references.files import DataFileError, sha256

    wanted = stored.inputs[0]
    # The path in a result is a name alone, whatever a damaged one says.
    name = PurePath(wanted.path).name
    places = [path.parent / name, path.parent.parent / name, Path(name), *_remembered(path)]
    there = [given] if given is not None else [place for place in places if _is_file(place)]
    for place in there:
        if sha256(place) == wanted.sha256:
            return place
    if there:
        raise DataFileError(
            there[0],
            f"is not the {name} that was fitted: its SHA-256 is not the one in {path.name}",
            action="name the file as it was when it was fitted with --measured, or fit this one",
        )
    raise DataFileError(
        path,
        f"the measured file {name} is neither beside it nor where it was when it was fitted",
        action="name it with --measured",
    )


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no disk takes is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _remembered(path: Path) -> list[Path]:
    """Where the inputs lay when they were fitted, as environment.json beside the result says."""
    from json import loads

    from references.files import DataFileError, read_text

    try:
        given = loads(read_text(path.parent / "environment.json", max_bytes=LONGEST_ENVIRONMENT))
    except (DataFileError, ValueError, RecursionError):
        return []
    inputs = given.get("inputs") if isinstance(given, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    listed: list[object] = inputs if isinstance(inputs, list) else []  # pyright: ignore[reportUnknownVariableType]
    return [Path(text) for text in listed if isinstance(text, str)]


def _refuse_inputs(target: Path, *inputs: Path) -> None:
    """No input is ever written over."""
    from references.files import DataFileError

    if target.is_dir():
        raise DataFileError(target, "is a folder", action="name a file with --out")
    for given in inputs:
        if target.exists() and target.samefile(given):
            raise DataFileError(
                target, "is an input and is not written over", action="name another with --out"
            )


def _chosen(
    stored: StoredResult,
    reading: Reading,
    sample: str,
    regions: Sequence[str],
    photon_energy: float | None,
) -> list[Measured]:
    """The fits that were asked for, each with its spectrum."""
    from references.words import InputError
    from xps.exchange import Measured
    from xps.sample import RegionError

    if photon_energy is not None and not 0 < photon_energy < 1e5:
        raise InputError(
            f"--photon-energy is {photon_energy:g}; give it in eV, for instance 1486.6"
        )
    fits = [
        fit
        for fit in stored.fits
        if sample in {"", fit.sample}
        and (not regions or _squeezed(fit.region) in map(_squeezed, regions))
    ]
    if not fits:
        there = ", ".join(dict.fromkeys(f"{f.sample} {f.region}".strip() for f in stored.fits))
        raise RegionError(
            f"the result has no fit of {' '.join([sample, *regions]).strip()}; it has {there}"
        )
    return [
        Measured(
            fit=fit,
            envelope=stored.envelope_of(fit),
            spectrum=_spectrum(fit, reading, photon_energy),
        )
        for fit in fits
    ]


def _squeezed(label: str) -> str:
    return "".join(label.split()).lower()


def _spectrum(fit: StoredFit, reading: Reading, photon_energy: float | None) -> xr.Dataset:
    """A fit's spectrum; a photon energy that is given is that of a file that states none."""
    from xps.replay import ResultError

    number = fit.number
    if number is None or number >= len(reading.spectra):
        raise ResultError(
            f"{fit.region}: its spectrum is number {number}, and the file holds "
            f"{len(reading.spectra)}; fit it again"
        )
    spectrum = reading.spectra[number]
    if photon_energy is None:
        return spectrum
    known = float(spectrum["photon_energy"])
    if known == known and known != photon_energy:  # noqa: PLR0124 - NaN is not equal to itself
        raise ResultError(
            f"{fit.region}: the measured file states a photon energy of {known:g} eV, not "
            f"{photon_energy:g}; leave out --photon-energy"
        )
    return spectrum.assign_coords(photon_energy=((), photon_energy, {"units": "eV"}))


# --- what is said ---------------------------------------------------------------------------------


def _deliver(
    path: Path,
    stored: StoredResult,
    source: Path,
    target: Path,
    content: bytes,
    to: Target,
    chosen: list[Measured],
    notes: Sequence[Finding],
    registry: Registry,
    *,
    json: bool,
) -> None:
    from peakwright.store import result_document
    from references.files import sha256

    if json:
        inputs = [
            {"path": path.name, "sha256": sha256(path)},
            {"path": source.name, "sha256": stored.inputs[0].sha256},
        ]
        written = {
            "path": target.name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "format": to.value,
            "fits": [{"sample": one.fit.sample, "region": one.fit.region} for one in chosen],
        }
        emit_json(
            result_document(
                "peakwright.xps.export/1",
                inputs,
                registry,
                written=written,
                findings=[note.to_dict() for note in notes],
            )
        )
        return
    number = len(chosen)
    say(f"{number} {'fit' if number == 1 else 'fits'} written to {target}")
    for note in _merged(notes):
        show_finding(note)


def _merged(notes: Sequence[Finding]) -> list[Finding]:
    """What is said of several fits in the same words, once."""
    subjects: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        subjects.setdefault((note.rule, note.message), []).append(note.subject)
    found: list[Finding] = []
    for note in notes:
        alike = subjects.pop((note.rule, note.message), [])
        if len(alike) > 1:
            found.append(replace(note, subject=f"{alike[0]} and {len(alike) - 1} more"))
        elif alike:
            found.append(note)
    return found
