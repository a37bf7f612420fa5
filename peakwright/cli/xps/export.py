"""``peakwright xps export``: a result for CasaXPS (VAMAS) or as NeXus."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import ExitCode, emit_json, progress, say
from .options import (  # noqa: TC001 - typer reads them at run time
    JsonOption,
    LibraryOption,
    RegionOption,
    SampleOption,
)
from .tables import show_finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding
    from xps.instrument import Instrument
    from xps.io import Reading
    from xps.stored import StoredFit, StoredResult

    Chosen = list[tuple[StoredFit, xr.Dataset]]

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
        "--measured", help="The measured file (default: by its name, beside the result or here)."
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
    from xps.instrument import read_instrument
    from xps.stored import read_result

    path = result / "result.json" if result.is_dir() else result
    stored = read_result(path)
    source = _measured(path, stored, measured)
    target = out or path.parent / f"{Path(stored.inputs[0].path).stem}-fit{SUFFIX[to]}"
    _refuse_inputs(target, path, source)
    registry = load(*(library or []))
    told = read_instrument(instrument) if instrument is not None else None
    with progress(f"exporting {path.name}"):
        reading = xps.read(source)
        chosen = _chosen(stored, reading, sample, region, photon_energy)
        if to is Target.vamas:
            content, notes = _vamas(
                stored, reading, chosen, registry, sensitivity_set, read_bytes(source)
            )
        else:
            content, notes = _nexus(stored, chosen, registry, sensitivity_set, told)
    write_atomic(target, content)
    _deliver(path, stored, source, target, content, to, chosen, notes, registry, json=json)
    raise typer.Exit(ExitCode.CLEAN)


# --- the measured file ----------------------------------------------------------------------------


def _measured(path: Path, stored: StoredResult, given: Path | None) -> Path:
    """The file that was fitted: the one that is given, or one of its name nearby; by its hash."""
    from references.files import DataFileError, sha256

    wanted = stored.inputs[0]
    places = [path.parent / wanted.path, path.parent.parent / wanted.path, Path(wanted.path)]
    there = [given] if given is not None else [place for place in places if place.is_file()]
    for place in there:
        if sha256(place) == wanted.sha256:
            return place
    if there:
        raise DataFileError(
            there[0],
            f"is not the {wanted.path} that was fitted: its SHA-256 is not the one in {path.name}",
            action="name the file as it was when it was fitted with --measured, or fit this one",
        )
    raise DataFileError(
        path,
        f"the measured file {wanted.path} is not beside it",
        action="name it with --measured",
    )


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
) -> Chosen:
    """The fits that were asked for, each with its spectrum."""
    from references.words import InputError
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
    return [(fit, _spectrum(fit, reading, photon_energy)) for fit in fits]


def _squeezed(label: str) -> str:
    return "".join(label.split()).lower()


def _spectrum(fit: StoredFit, reading: Reading, photon_energy: float | None) -> xr.Dataset:
    """A fit's spectrum; a photon energy that is given is that of a file that states none."""
    from xps.stored import ResultError

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


# --- what is written ------------------------------------------------------------------------------


def _vamas(
    stored: StoredResult,
    reading: Reading,
    chosen: Chosen,
    registry: Registry,
    sensitivity_set: str,
    content: bytes,
) -> tuple[bytes, list[Finding]]:
    """A copy of the measured file with the fits as CasaXPS's lines; or a new file of the spectra."""
    from xps.handover import hand_over, put_beside
    from xps.io.casa import CasaFit, casa_lines, parse_casa
    from xps.io.vamas import vamas_bytes, with_casa_lines

    fits: dict[int, CasaFit] = {}
    spectra: dict[int, xr.Dataset] = {}
    notes: list[Finding] = []
    for fit, spectrum in chosen:
        assert fit.number is not None
        spectra.setdefault(fit.number, spectrum)
    for number, spectrum in spectra.items():
        mine = [(fit, stored.envelope_of(fit)) for fit, _ in chosen if fit.number == number]
        made = hand_over(mine, spectrum, registry, sensitivity_set=sensitivity_set)
        fits[number] = made.casa
        notes += made.notes
    if reading.format != "vamas":
        comments = [casa_lines(fits[number]) for number in spectra]
        told = f"{Path(reading.path).name}, written as VAMAS by peakwright"
        return vamas_bytes(list(spectra.values()), comment=told, comments=comments), notes

    def lines_of(fit: CasaFit, present: Sequence[str]) -> tuple[str, ...]:
        return casa_lines(put_beside(fit, parse_casa(present)))

    replaced = {
        number: lambda present, fit=fit: lines_of(fit, present) for number, fit in fits.items()
    }
    return with_casa_lines(reading.path, content, replaced), notes


def _nexus(
    stored: StoredResult,
    chosen: Chosen,
    registry: Registry,
    sensitivity_set: str,
    told: Instrument | None,
) -> tuple[bytes, list[Finding]]:
    from references.words import Finding, Severity
    from xps.instrument import instrument_of
    from xps.io.nexus import VERSION, NexusEntry, Provenance, missing_of, nexus_bytes
    from xps.recipe import to_toml
    from xps.stored import replay

    registry.sensitivity_set(sensitivity_set)
    entries: list[NexusEntry] = []
    for fit, spectrum in chosen:
        envelope = stored.envelope_of(fit)
        levels = dict.fromkeys(component.core_level for component in envelope.components)
        entries.append(
            NexusEntry(
                fit=fit,
                envelope=envelope,
                spectrum=spectrum,
                curves=replay(fit, envelope, spectrum),
                instrument=instrument_of(spectrum, told),
                sensitivity=_factors(registry, sensitivity_set, levels),
                sensitivity_set=sensitivity_set,
            )
        )
    provenance = Provenance(
        program="peakwright",
        version=stored.version,
        library_version=stored.registry.version,
        library_sha256=stored.registry.sha256,
        measured=stored.inputs[0].path,
        measured_sha256=stored.inputs[0].sha256,
        recipe=to_toml(stored.recipe),
    )
    missing = dict.fromkeys(name for entry in entries for name in missing_of(entry))
    notes = [
        Finding(
            rule="nexus_incomplete",
            severity=Severity.WARNING,
            subject="instrument",
            message=(
                f"NXxps {VERSION} requires {', '.join(missing)}, which the measured file does not "
                "say; give what you know in a TOML file with --instrument"
            ),
        )
    ]
    return nexus_bytes(entries, provenance), notes if missing else []


def _factors(registry: Registry, name: str, levels: Sequence[str] | dict[str, None]) -> dict[str, float]:
    from references.registry import UnknownReferenceError

    found: dict[str, float] = {}
    for level in levels:
        try:
            found[level] = registry.sensitivity_set(name).factor(level).best
        except UnknownReferenceError:
            continue
    return found


def _deliver(
    path: Path,
    stored: StoredResult,
    source: Path,
    target: Path,
    content: bytes,
    to: Target,
    chosen: Chosen,
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
            "fits": [{"sample": fit.sample, "region": fit.region} for fit, _ in chosen],
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
    for note in notes:
        show_finding(note)
