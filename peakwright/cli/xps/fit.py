"""``peakwright xps fit``: lines, species fractions with uncertainties, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from ..console import progress
from .delivery import deliver, exit_code
from .fractions import FractionRequest
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
    SpectrumOption,
    SplitOption,
    StatisticOption,
    elements_named,
    listed,
)
from .request import Request, work_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from xps.result import Fit

    from .request import Job

__all__ = ["fit"]


def fit(
    file: FileArgument,
    *,
    sample: SampleOption = "",
    spectrum: SpectrumOption = None,
    region: RegionOption = [],  # noqa: B006 - typer makes a new one at each call
    species: SpeciesOption = "",
    recipe: RecipeOption = None,
    from_casaxps: CasaOption = False,
    elements: ElementsOption = "",
    basis: BasisOption = Basis.within_level,
    denominator: DenominatorOption = "",
    sensitivity_set: SensitivityOption = "",
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
    from peakwright.store import check_folder
    from references import load

    request = Request(
        sample=sample,
        spectrum=spectrum,
        regions=tuple(region),
        species=listed(species),
        recipe=recipe,
        from_casaxps=from_casaxps,
        elements=elements_named(elements, "--elements"),
        background=background,
        statistic=statistic,
        charge_shift=charge_shift,
        charge_reference=charge_reference,
    )
    wanted = FractionRequest(
        basis=basis,
        denominator=elements_named(denominator, "--denominator"),
        sensitivity_set=sensitivity_set,
        split=split,
    )
    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    reading = xps.read(file)
    with progress(f"fitting {file.name}") as advance:
        work = work_of(request, reading, registry)
        wanted.check(work.jobs, registry)
        fits = _fitted(work.jobs, registry, intervals, seed, advance)
    rows, gaps = wanted.rows(fits, registry)
    notes = [*reading.notes, *work.notes, *gaps]
    deliver(
        file.name,
        reading.sha256,
        fits,
        rows,
        registry,
        out=out,
        json=json,
        notes=notes,
        charge=work.charge,
        place=file,
    )
    raise typer.Exit(exit_code(fits, notes))


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
