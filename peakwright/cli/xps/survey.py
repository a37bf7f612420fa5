"""``peakwright xps survey``: elements, atomic fractions, limits, overlaps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from ...counted import counted
from ..console import ExitCode, progress
from .options import (
    FileArgument,
    JsonOption,
    LibraryOption,
    OutOption,
    SampleOption,
    ShiftOption,
    SpectrumOption,
    elements_named,
)
from .survey_delivery import deliver_surveys

if TYPE_CHECKING:
    import xarray as xr

    from xps.io import Reading
    from xps.survey import Survey

__all__ = ["survey"]

ElementsOption = Annotated[
    str,
    typer.Option(
        "--elements",
        help="Elements expected beside Li, C, N, O, F, Na, Si, P, S, Cl, Ga, In; comma-separated.",
    ),
]
PhotonOption = Annotated[
    float | None,
    typer.Option("--photon-energy", help="Photon energy in eV, where the file has none."),
]


def survey(
    file: FileArgument,
    *,
    sample: SampleOption = "",
    spectrum: SpectrumOption = None,
    elements: ElementsOption = "",
    charge_shift: ShiftOption = None,
    photon_energy: PhotonOption = None,
    out: OutOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Tell the elements of survey spectra, how much of each, and what overlaps in core levels."""
    import xps
    from peakwright.store import check_folder
    from references import load

    expected = elements_named(elements, "--elements")
    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    reading = xps.read(file)
    chosen = _chosen(reading, sample, spectrum)
    found: list[Survey] = []
    with progress(f"reading the lines of {file.name}", total=len(chosen)) as begin:
        for one in chosen:
            begin(str(one.attrs.get("sample", "")) or str(one.attrs.get("region", "")))
            found.append(
                xps.survey(
                    _with_photons(one, photon_energy),
                    registry=registry,
                    elements=expected,
                    charge_shift=charge_shift,
                )
            )
    deliver_surveys(file.name, reading, found, registry, out=out, json=json)
    raise typer.Exit(_exit_code(found))


def _chosen(reading: Reading, sample: str, number: int | None) -> list[xr.Dataset]:
    """The spectrum that is named, or all of the file that are wide enough for a survey."""
    from references.files import DataFileError
    from references.words import InputError
    from xps.elements.trace import NARROWEST

    if number is not None:
        if number >= len(reading.spectra):
            there = counted(len(reading.spectra), "spectrum")
            raise InputError(
                f"--spectrum {number}: the file holds {there}, from 0 on; "
                "`peakwright xps inspect` numbers them"
            )
        return [reading.spectra[number]]
    samples = list(dict.fromkeys(str(s.attrs.get("sample", "")) for s in reading.spectra))
    if sample and sample not in samples:
        raise InputError(f"no sample {sample!r}; the file has {', '.join(samples)}")
    mine = [s for s in reading.spectra if not sample or s.attrs.get("sample", "") == sample]
    wide = [s for s in mine if _width(s) >= NARROWEST and s.attrs.get("technique") == "XPS"]
    if not wide:
        widest = max(mine, key=_width)
        energy = widest["binding_energy"].values
        raise DataFileError(
            reading.path,
            f"holds no XPS survey of at least {NARROWEST:g} eV: its widest spectrum, "
            f"{widest.attrs.get('region', '')!s} ({widest.attrs.get('technique', '')!s}), covers "
            f"{energy[0]:g} to {energy[-1]:g} eV",
            action="give the file with the survey, better from 0 to 1200 eV; "
            "`peakwright xps inspect` shows what is in this one",
        )
    return wide


def _width(spectrum: xr.Dataset) -> float:
    energy = spectrum["binding_energy"].values
    return float(energy[-1] - energy[0])


def _with_photons(spectrum: xr.Dataset, given: float | None) -> xr.Dataset:
    """A spectrum with the photon energy that was given; the file's own is not overridden."""
    from references.words import InputError

    if given is None:
        return spectrum
    if not (math.isfinite(given) and given > 0):
        raise InputError(f"--photon-energy is a number of eV above 0, not {given:g}")
    known = float(spectrum["photon_energy"])
    if math.isfinite(known):
        if abs(known - given) > 1.5:
            raise InputError(
                f"--photon-energy {given:g}: the file says {known:g} eV; leave the option out"
            )
        return spectrum
    return spectrum.assign_coords(photon_energy=((), given, {"units": "eV"}))


def _exit_code(found: list[Survey]) -> ExitCode:
    """0 done, 1 with error findings, 3 where no survey shows an element."""
    if not any(survey.standing("present") for survey in found):
        return ExitCode.UNDECIDABLE
    errors = any(f.severity == "error" for survey in found for f in survey.findings)
    return ExitCode.FINDINGS if errors else ExitCode.CLEAN
