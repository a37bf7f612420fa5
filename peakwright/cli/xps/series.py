"""``peakwright xps series``: one recipe, many spectra of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ...counted import counted
from ...jobs.xps.fractions import FractionRequest
from ...jobs.xps.request import Request, work_of
from ..console import ExitCode, progress
from .options import (
    Basis,
    DenominatorOption,
    FileArgument,
    JsonOption,
    LibraryOption,
    OutOption,
    RecipeBasisOption,
    RecipeFile,
    ReferenceOption,
    RegionOption,
    SampleOption,
    SeedOption,
    SensitivityOption,
    ShiftOption,
    TransmissionOption,
    elements_named,
)
from .series_delivery import deliver_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry
    from xps.envelope import Envelope
    from xps.series_amounts import SeriesLevel

    from ...jobs.xps.request import Job

__all__ = ["series"]

StartsOption = Annotated[
    int, typer.Option("--starts", min=1, max=64, help="Starts a spectrum, its neighbour's one.")
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, help="Threads (default: all cores).")
]


def series(
    file: FileArgument,
    *,
    recipe: RecipeFile,
    region: RegionOption = [],  # noqa: B006 - typer makes a new one at each call
    sample: SampleOption = "",
    charge_shift: ShiftOption = None,
    charge_reference: ReferenceOption = "",
    basis: RecipeBasisOption = None,
    denominator: DenominatorOption = "",
    sensitivity_set: SensitivityOption = "",
    transmission: TransmissionOption = "",
    starts: StartsOption = 4,
    threads: ThreadsOption = None,
    out: OutOption = None,
    library: LibraryOption = None,
    seed: SeedOption = 0,
    json: JsonOption = False,
) -> None:
    """Fit one recipe to all spectra of a region: a depth profile, an angle series, a map."""
    import xps
    from peakwright.store import check_folder
    from references import load
    from xps.recipe import read_recipe
    from xps.series_amounts import SeriesLevel

    told = read_recipe(recipe)
    request = Request(
        sample=sample,
        regions=tuple(region),
        recipe=told,
        recipe_file=recipe,
        charge_shift=charge_shift,
        charge_reference=charge_reference,
    )
    wanted = FractionRequest.over(
        told.fractions,
        basis=basis,
        denominator=elements_named(denominator, "--denominator"),
        sensitivity_set=sensitivity_set,
        transmission=transmission,
    )
    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    reading = xps.read(file)
    work = work_of(request, reading, registry)
    wanted.check_levels([envelope for _, envelope in work.jobs], registry)
    levels: list[tuple[str, SeriesLevel]] = []
    found: list[tuple[str, Envelope, xr.Dataset]] = []
    for name, envelope, spectra in _groups(work.jobs):
        counts = xps.stack(spectra)
        time = _common_time(spectra)
        number = counted(len(spectra), "spectrum")
        with progress(f"fitting {number} of {envelope.region}") as begin:
            begin("on first use it compiles itself, once, for about a minute")
            fitted = xps.fit_series(
                counts,
                envelope,
                registry=registry,
                starts=starts,
                seed=seed,
                threads=threads,
                acquisition_time=time,
                progress=lambda done, total, begin=begin: begin(f"{done} of {total}"),
            )
        found.append((name, envelope, fitted))
        levels.append((name, SeriesLevel(fitted=fitted, spectra=spectra)))
    over = _over_levels(levels, wanted, registry)
    deliver_series(
        file.name,
        reading.sha256,
        found,
        over,
        work,
        wanted.in_recipe(),
        registry,
        out=out,
        json=json,
    )
    raise typer.Exit(_exit_code([fitted for _, _, fitted in found]))


def _over_levels(
    levels: Sequence[tuple[str, SeriesLevel]], wanted: FractionRequest, registry: Registry
) -> list[tuple[str, xr.Dataset]]:
    """The fractions of each sample over its levels, if they were asked for."""
    from xps.series_amounts import fractions_along

    if wanted.basis is Basis.within_level:
        return []
    return [
        (
            name,
            fractions_along(
                [level for other, level in levels if other == name],
                registry,
                basis=wanted.basis.value,
                elements=wanted.denominator,
                sensitivity=wanted.sensitivity,
            ),
        )
        for name in dict.fromkeys(name for name, _ in levels)
    ]


def _groups(jobs: Sequence[Job]) -> list[tuple[str, Envelope, list[xr.Dataset]]]:
    """Spectra that belong together: of one sample and recipe, in the file's order."""
    found: list[tuple[str, Envelope, list[xr.Dataset]]] = []
    for spectrum, envelope in jobs:
        sample = str(spectrum.attrs.get("sample", ""))
        for name, own, members in found:
            if (name, own) == (sample, envelope):
                members.append(spectrum)
                break
        else:
            found.append((sample, envelope, [spectrum]))
    return found


def _common_time(spectra: Sequence[xr.Dataset]) -> float:
    """The acquisition time that all spectra share [s], NaN if they do not."""
    from xps.spectrum import acquisition_time

    times = {round(acquisition_time(spectrum), 9) for spectrum in spectra}
    return times.pop() if len(times) == 1 else float("nan")


def _exit_code(fitted: Sequence[xr.Dataset]) -> ExitCode:
    """0 where every spectrum converged, 1 where some did, 3 where none did."""
    settled = [code == 0 for one in fitted for code in one["assessment"].values.tolist()]
    if not any(settled):
        return ExitCode.UNDECIDABLE
    return ExitCode.CLEAN if all(settled) else ExitCode.FINDINGS
