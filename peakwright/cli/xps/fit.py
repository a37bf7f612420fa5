"""``peakwright xps fit``: lines, species fractions with uncertainties, findings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import typer

from ...jobs.xps.fit import FitJob
from ...jobs.xps.fractions import FractionRequest
from ...jobs.xps.request import Request
from ..console import progress
from ..delivery import deliver
from ..findings import show_finding
from .budgets import show_budgets
from .options import (
    BackgroundOption,
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
    RecipeBasisOption,
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
from .tables import show_fits, show_fractions, show_replicas

if TYPE_CHECKING:
    from ...jobs.xps.document import Fitted

__all__ = ["fit", "show"]


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
    basis: RecipeBasisOption = None,
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
    from peakwright.store import check_folder
    from references import load
    from xps.recipe import read_recipe

    told = None if recipe is None else read_recipe(recipe)
    request = Request(
        sample=sample,
        spectrum=spectrum,
        regions=tuple(region),
        species=listed(species),
        recipe=told,
        recipe_file=recipe,
        from_casaxps=from_casaxps,
        elements=elements_named(elements, "--elements"),
        background=background,
        statistic=statistic,
        charge_shift=charge_shift,
        charge_reference=charge_reference,
        limit=listed(limit) or (told.fractions.limit if told else ()),
    )
    wanted = FractionRequest.over(
        told.fractions if told else None,
        basis=basis,
        denominator=elements_named(denominator, "--denominator"),
        sensitivity_set=sensitivity_set,
        transmission=transmission,
        split=split,
        limit=listed(limit),
    )
    job = FitJob(
        request=request,
        wanted=wanted,
        intervals=intervals,
        seed=seed,
        monte_carlo=monte_carlo,
        libraries=tuple(library or []),
    )
    if out is not None:
        check_folder(out)
    registry = load(*job.libraries)
    with progress(f"fitting {file.name}") as begin:
        done = job.run(file, registry, begin)
    deliver(done, partial(show, budget=budget), out=out, json=json)
    raise typer.Exit(done.exit_code)


def show(found: Fitted, *, budget: bool = False) -> None:
    """Print fits, their fractions and findings."""
    for note in found.notes:
        show_finding(note)
    show_fits(found.fits)
    show_fractions(found.fractions)
    if budget:
        show_budgets(found.fractions)
    if found.monte_carlo:
        show_replicas(found.monte_carlo)
