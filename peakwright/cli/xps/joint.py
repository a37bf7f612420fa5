"""``peakwright xps joint``: regions of one sample fitted as one model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...jobs.xps.fractions import not_formed
from ...jobs.xps.scale import by_recipe, overridden, referenced, shifted
from ..console import progress
from .joint_delivery import deliver_joint, joint_exit_code
from .options import (
    Basis,
    BasisOption,
    DenominatorOption,
    Intervals,
    IntervalsOption,
    JsonOption,
    LibraryOption,
    OutOption,
    RecipeFile,
    ReferenceOption,
    SampleOption,
    SeedOption,
    ShiftOption,
    elements_named,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding, Row
    from xps.envelope import Envelope
    from xps.io import Reading
    from xps.joint import JointFit, JointRecipe

    Job = tuple[xr.Dataset, Envelope]

__all__ = ["joint"]

FilesArgument = Annotated[
    list[Path], typer.Argument(help="Files that together hold the regions: VAMAS or text.")
]


def joint(
    files: FilesArgument,
    *,
    recipe: RecipeFile,
    sample: SampleOption = "",
    basis: BasisOption = Basis.within_level,
    denominator: DenominatorOption = "",
    intervals: IntervalsOption = Intervals.auto,
    charge_shift: ShiftOption = None,
    charge_reference: ReferenceOption = "",
    out: OutOption = None,
    library: LibraryOption = None,
    seed: SeedOption = 0,
    json: JsonOption = False,
) -> None:
    """Fit regions of one sample together: what they share, and one covariance."""
    import xps
    from peakwright.store import check_folder
    from references import load
    from references.words import InputError

    elements = elements_named(denominator, "--denominator")
    if elements and basis is not Basis.atomic:
        raise InputError(f"--denominator belongs to --basis atomic, not to {basis.value}")
    if charge_shift is not None and charge_reference:
        raise InputError("give --charge-shift or --charge-reference, not both")
    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    told = xps.read_joint_recipe(recipe)
    readings = [xps.read(file) for file in files]
    with progress(f"fitting {', '.join(file.name for file in files)}") as advance:
        spectra, told, notes = _scaled(
            told, readings, registry, sample, charge_shift, charge_reference
        )
        found = xps.fit_joint(
            spectra,
            told,
            registry=registry,
            sample=sample,
            intervals=intervals.value,
            seed=seed,
            progress=advance,
        )
    rows, gaps = _fractions(found, registry, basis, elements)
    notes = [*(note for reading in readings for note in reading.notes), *notes, *gaps]
    inputs = [(f.name, reading.sha256) for f, reading in zip(files, readings, strict=True)]
    deliver_joint(inputs, found, rows, registry, out=out, json=json, notes=notes)
    raise typer.Exit(joint_exit_code(found, notes))


def _scaled(
    recipe: JointRecipe,
    readings: Sequence[Reading],
    registry: Registry,
    sample: str,
    charge_shift: float | None,
    charge_reference: str,
) -> tuple[list[xr.Dataset], JointRecipe, list[Finding]]:
    """Give the spectra of the regions on their energy scale, and the recipe that says so."""
    from xps.joint.sample import jobs_of
    from xps.recipe import Charge
    from xps.rules.level_name import named_by_energy
    from xps.sample import elements_in

    spectra = [spectrum for reading in readings for spectrum in reading.spectra]
    mine = [s for s in spectra if not sample or s.attrs.get("sample") == sample]
    whole = recipe.completed(registry, elements_in(mine))
    jobs: list[Job] = []
    notes: list[Finding] = []
    for spectrum, given in jobs_of(spectra, whole, registry, sample=sample):
        envelope, said = named_by_energy(given, registry)
        jobs.append((spectrum, envelope))
        notes += said
    charge = whole.charge
    if charge_shift is not None:
        jobs, charge = shifted(jobs, charge_shift), (Charge(shift=charge_shift),)
        notes += overridden(whole, "--charge-shift")
    elif charge_reference:
        jobs = referenced(jobs, mine, charge_reference, registry)
        charge = (Charge(line=charge_reference),)
        notes += overridden(whole, "--charge-reference")
    else:
        jobs = by_recipe(jobs, mine, whole, registry)
    changes = {"charge": charge, "envelopes": tuple(envelope for _, envelope in jobs)}
    return [spectrum for spectrum, _ in jobs], whole.model_copy(update=changes), notes


def _fractions(
    found: JointFit, registry: Registry, basis: Basis, elements: Sequence[str]
) -> tuple[tuple[Row, ...], tuple[Finding, ...]]:
    """Give the fractions of the basis, or a finding that says why there are none."""
    from xps.quantify import QuantificationError, transmission_note

    try:
        rows = found.fractions(registry, basis=basis.value, elements=elements)
    except QuantificationError as error:
        return (), (not_formed(found.sample, basis, str(error)),)
    factors = basis in {Basis.atomic, Basis.atomic_all} or bool(found.proportions)
    if not factors:
        return rows, ()
    return rows, (transmission_note(found.fits, found.recipe.sensitivity.transmission_exponent),)
