"""``peakwright xps fit``: lines, species fractions with uncertainties, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from ..console import progress
from .delivery import deliver, exit_code
from .options import (
    BackgroundOption,
    Basis,
    BasisOption,
    CasaOption,
    DenominatorOption,
    ElementsOption,
    FileArgument,
    Intervals,
    IntervalsOption,
    JsonOption,
    LibraryOption,
    OutOption,
    RecipeOption,
    ReferenceOption,
    RegionOption,
    SampleOption,
    SeedOption,
    SensitivityOption,
    ShiftOption,
    SpeciesOption,
    SplitOption,
    StatisticOption,
    listed,
)
from .request import Request, casaxps_notes, jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from references.words import Row
    from xps.fit import Fit

    from .request import Job

__all__ = ["fit"]


def fit(
    file: FileArgument,
    *,
    sample: SampleOption = "",
    region: RegionOption = [],  # noqa: B006 - typer makes a new one at each call
    species: SpeciesOption = "",
    recipe: RecipeOption = None,
    from_casaxps: CasaOption = False,
    elements: ElementsOption = "",
    basis: BasisOption = Basis.within_level,
    denominator: DenominatorOption = "",
    sensitivity_set: SensitivityOption = "scofield_al",
    intervals: IntervalsOption = Intervals.auto,
    background: BackgroundOption = None,
    statistic: StatisticOption = None,
    charge_shift: ShiftOption = None,
    charge_reference: ReferenceOption = "",
    split: SplitOption = False,
    out: OutOption = None,
    library: LibraryOption = None,
    seed: SeedOption = 0,
    json: JsonOption = False,
) -> None:
    """Fit regions of a file: lines, species fractions with uncertainties, findings."""
    import xps
    from references import load

    request = Request(
        sample=sample,
        regions=tuple(region),
        species=listed(species),
        recipe=recipe,
        from_casaxps=from_casaxps,
        elements=listed(elements),
        background=background,
        statistic=statistic,
        charge_shift=charge_shift,
        charge_reference=charge_reference,
    )
    registry = load(*(library or []))
    reading = xps.read(file)
    work = jobs(request, reading, registry)
    with progress(f"fitting {file.name}", total=len(work)) as advance:
        fits = _fitted(work, registry, intervals, seed, advance)
    rows = _fractions(fits, registry, basis, listed(denominator), sensitivity_set)
    if split:
        rows += _splits(rows)
    notes = [*reading.notes, *(casaxps_notes(reading, work) if from_casaxps else ())]
    deliver(file.name, reading.sha256, fits, rows, registry, out=out, json=json, notes=notes)
    raise typer.Exit(exit_code(fits))


def _fitted(
    work: Sequence[Job], registry: Registry, intervals: Intervals, seed: int, advance: Any
) -> list[Fit]:
    """Fit sample by sample, so that regions of one sample can inform each other."""
    from xps.sample import fit_sample

    fits: dict[int, Fit] = {}
    names = [str(spectrum.attrs.get("sample", "")) for spectrum, _ in work]
    for name in dict.fromkeys(names):
        indices = [i for i, other in enumerate(names) if other == name]
        found = fit_sample(
            [work[i] for i in indices],
            registry,
            intervals=intervals.value,
            seed=seed,
            progress=advance,
        )
        fits |= dict(zip(indices, found, strict=True))
    return [fits[i] for i in range(len(work))]


def _fractions(
    fits: Sequence[Fit],
    registry: Registry,
    basis: Basis,
    denominator: Sequence[str],
    sensitivity_set: str,
) -> list[Row]:
    from xps.quantify import Sensitivity, fractions

    if basis is Basis.within_level:
        return [row for fit in fits for row in fit.fractions]
    rows: list[Row] = []
    for name in dict.fromkeys(fit.sample for fit in fits):
        rows += fractions(
            [fit for fit in fits if fit.sample == name],
            registry,
            basis=basis.value,
            elements=denominator,
            sensitivity=Sensitivity(set_name=sensitivity_set),
        )
    return rows


def _splits(rows: Sequence[Row]) -> list[Row]:
    """Split each sample's rows from what its lattice must hold."""
    from xps.quantify import split_known

    return [
        row
        for name in dict.fromkeys(r.sample for r in rows)
        for row in split_known([r for r in rows if r.sample == name])
    ]
