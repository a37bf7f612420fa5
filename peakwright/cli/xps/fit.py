"""``peakwright xps fit``: lines, species fractions with uncertainties, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from ...jobs.xps.fractions import FractionRequest
from ...jobs.xps.request import Request, work_of
from ..console import progress
from .delivery import deliver, exit_code
from .options import (
    BackgroundOption,
    Basis,
    BasisOption,
    BudgetOption,
    CasaOption,
    DenominatorOption,
    ElementsOption,
    FileArgument,
    Intervals,
    IntervalsOption,
    JsonOption,
    LibraryOption,
    LimitOption,
    MonteCarloOption,
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
    TransmissionOption,
    elements_named,
    listed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from xps.monte_carlo import MonteCarlo, Replicas
    from xps.result import Fit

    from ...jobs.xps.request import Job

__all__ = ["fit"]


def fit(
    file: FileArgument,
    *,
    sample: SampleOption = "",
    spectrum: SpectrumOption = None,
    region: RegionOption = [],  # noqa: B006 - typer makes a new one at each call
    species: SpeciesOption = "",
    limit: LimitOption = "",
    recipe: RecipeOption = None,
    from_casaxps: CasaOption = False,
    elements: ElementsOption = "",
    basis: BasisOption = Basis.within_level,
    denominator: DenominatorOption = "",
    sensitivity_set: SensitivityOption = "",
    transmission: TransmissionOption = "",
    intervals: IntervalsOption = Intervals.auto,
    background: BackgroundOption = None,
    statistic: StatisticOption = None,
    charge_shift: ShiftOption = None,
    charge_reference: ReferenceOption = "",
    split: SplitOption = False,
    budget: BudgetOption = False,
    monte_carlo: MonteCarloOption = None,
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
        limit=listed(limit),
    )
    wanted = FractionRequest(
        basis=basis,
        denominator=elements_named(denominator, "--denominator"),
        sensitivity_set=sensitivity_set,
        transmission=transmission,
        split=split,
        limit=listed(limit),
    )
    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    reading = xps.read(file)
    with progress(f"fitting {file.name}") as advance:
        work = work_of(request, reading, registry)
        wanted.check(work.jobs, registry)
        fits = _fitted(work.jobs, registry, intervals, seed, advance)
    fits = [wanted.expected(one) for one in fits]
    rows, gaps = wanted.rows(fits, registry)
    drawn = (
        () if monte_carlo is None else _drawn(work.jobs, fits, wanted, registry, monte_carlo, seed)
    )
    found = [note for given in drawn if (note := given.finding())]
    notes = [*reading.notes, *work.notes, *gaps, *found]
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
        budget=budget,
        monte_carlo=drawn,
    )
    raise typer.Exit(exit_code([fit for fit in fits if not wanted.is_limit(fit)] or fits, notes))


def _drawn(
    work: Sequence[Job],
    fits: Sequence[Fit],
    wanted: FractionRequest,
    registry: Registry,
    number: int,
    seed: int,
) -> tuple[MonteCarlo, ...]:
    """Draw replicas of every fit that converged, and form the fractions of each sample anew."""
    from xps.monte_carlo import draw, monte_carlo
    from xps.quantify import QuantificationError

    found: list[MonteCarlo] = []
    settled = [i for i, one in enumerate(fits) if one.assessment == "converged"]
    with progress(f"drawing {number} replicas") as begin:
        replicas: dict[int, Replicas] = {}
        for i in settled:
            begin(f"{fits[i].region}; on first use it compiles itself, once, for about a minute")
            replicas[i] = draw(work[i][0], fits[i], number, registry=registry, seed=seed + i)
    for sample in dict.fromkeys(fits[i].sample for i in settled):
        mine = [i for i in settled if fits[i].sample == sample]
        if wanted.basis is Basis.within_level:
            for i in mine:
                found += monte_carlo([replicas[i]], fits[i].fractions)
            continue
        try:
            over = wanted.over_levels([one for one in fits if one.sample == sample], registry)
        except QuantificationError:
            continue  # of which `fractions_not_formed` tells
        if over is not None:
            found += monte_carlo([replicas[i] for i in mine], over[1], over[0])
    return tuple(found)


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
