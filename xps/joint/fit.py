"""Fit several regions of one sample as one model: shared charge shift, widths, proportions.

Each region is first fitted alone: that gives starts, and the sensitivity factors of the levels. The
joint model is then solved, reviewed and budgeted as the model of one spectrum is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.lookup import UnknownReferenceError

from ..absence import no_peak, undetermined
from ..amount import QuantificationError, level_factors
from ..budget import Review, review, together
from ..envelope import EnvelopeError
from ..estimate import Intervals, Measured
from ..fit import STARTS, result_of
from ..likelihood import Likelihood
from ..rival import Contest
from ..sample import elements_in
from ..search import problem_of, search_from
from ..state import state
from .alone import Alone, fitted_alone, informed_of_gallium, with_notes
from .coupling import qualified
from .findings import contradictions
from .join import Joining, sensitivity_of
from .proportion import proportions_of
from .region import region_budget, region_solution
from .result import JointFit, shared_rows
from .sample import jobs_of
from .starts import joint_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from references.registry import Registry

    from ..likelihood import Problem
    from ..result import Fit
    from ..solve import Solution
    from .coupling import Coupled
    from .proportion import Proportion
    from .recipe import JointRecipe

__all__ = ["fit_joint"]

Array = NDArray[np.float64]


def fit_joint(
    spectra: Sequence[xr.Dataset],
    recipe: JointRecipe,
    *,
    registry: Registry | None = None,
    sample: str = "",
    intervals: Intervals = "auto",
    starts: int = STARTS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> JointFit:
    """Fit several regions of one sample as one model.

    Parameters
    ----------
    spectra : sequence of Dataset
        Among them one for each region of the recipe, told by its label; calibrated as they are to
        be (:func:`xps.calibrate`).
    recipe : JointRecipe
        Regions, and what ties them. Its ``charge`` is for the command line.
    registry : Registry, optional
        The library; the bundled one where not given.
    sample : str
        Only spectra of this sample; needed where there are several.
    intervals : {"auto", "covariance", "profile"}
        As in :func:`xps.fit`.
    starts, seed : int
        Starts of each region's own fit, and the seed of their scatter.
    progress : callable, optional
        Told what is done next.

    Returns
    -------
    JointFit
        A :class:`xps.Fit` a region, one assessment, and the covariance of all.

    Raises
    ------
    RegionError
        If a region is missing or comes twice, or the spectra are of several samples or photon
        energies.
    EnvelopeError
        If the recipe cannot be applied, or a proportion has nothing to tie.
    QuantificationError
        If a proportion needs a sensitivity factor that is not to be had.
    UnknownReferenceError
        If the recipe names something the library does not have.

    Examples
    --------
    >>> import xps
    >>> recipe = xps.JointRecipe(
    ...     regions=[{"core_level": "P 2p", "species": ["PS4", "Li3P"]},
    ...              {"core_level": "S 2p", "species": ["PS4", "Li2S"]}],
    ...     tie={"charge_shift": "shared"},
    ... )
    >>> found = xps.fit_joint([xps.example("P 2p"), xps.example("S 2p")], recipe)
    >>> str(found.assessment), [fit.region for fit in found.fits]
    ('converged', ['P 2p', 'S 2p'])
    """
    from references import load

    registry = load() if registry is None else registry
    mine = [s for s in spectra if not sample or s.attrs.get("sample") == sample]
    recipe = recipe.completed(registry, elements_in(mine))
    jobs, sizes = informed_of_gallium(jobs_of(spectra, recipe, registry, sample=sample), registry)
    recipe = recipe.model_copy(update={"envelopes": tuple(envelope for _, envelope in jobs)})
    alone: list[Alone] = []
    for spectrum, envelope in jobs:
        if progress is not None:
            progress(f"{envelope.region} alone")
        alone.append(fitted_alone(spectrum, envelope, registry, starts, seed))
    if progress is not None:
        progress("all regions together")
    joining, why = _joining(alone, recipe, registry)
    model = joining.model()
    problem = _problem(model, alone)
    begin = joint_starts(model, problem, [(one.plan, one.solution) for one in alone])
    problem, solution = search_from(model, problem, begin, seed=seed)
    answer = _answered(joining, model, problem, solution)
    fits = tuple(
        _region(number, answer, one, registry, intervals) for number, one in enumerate(alone)
    )
    fits = tuple(with_notes(fit, sizes) for fit in fits)
    return JointFit(
        sample=fits[0].sample,
        assessment=solution.assessment,
        message=solution.message,
        fits=fits,
        shared=shared_rows(answer.measured, fits[0].sample, intervals),
        findings=contradictions(joining, [(one.envelope.region, one.measured) for one in alone]),
        recipe=recipe,
        measured=answer.measured,
        proportions=joining.proportions,
        factors=tuple((level, factor, u) for level, (factor, u) in joining.factors.items()),
        no_factors=why,
        intervals=intervals,
    )


# --- all together ---------------------------------------------------------------------------------


def _joining(
    alone: Sequence[Alone], recipe: JointRecipe, registry: Registry
) -> tuple[Joining, str]:
    """Give what is joined, and why there are no sensitivity factors where there are none."""
    proportions = proportions_of(recipe, registry)
    bare = [
        result_of(one.spectrum, one.envelope, one.plan, one.measured, "covariance") for one in alone
    ]
    factors, why = _factors(bare, recipe, registry, proportions)
    _check_shared(recipe, alone)
    joining = Joining(
        tasks=tuple(one.task for one in alone),
        registry=registry,
        ties=recipe.tie,
        proportions=proportions,
        factors=factors,
        rates={fit.region: fit.area_factor for fit in bare},
    )
    return joining, why


def _factors(
    bare: Sequence[Fit],
    recipe: JointRecipe,
    registry: Registry,
    proportions: Sequence[Proportion],
) -> tuple[dict[str, tuple[float, float]], str]:
    """Sensitivity factors of levels that need them; a fit without proportions does without."""
    units = {fit.lines[0].area_unit for fit in bare}
    if proportions and len(units) > 1:
        raise QuantificationError(
            f"areas come in {' and '.join(sorted(units))}, and a proportion needs one unit: give "
            "the dwell time and scans of every region"
        )
    tied = {level for proportion in proportions for level in proportion.levels}
    places = {
        c.core_level: fit
        for fit in bare
        for c in fit.envelope.components
        if c.role == "species" or c.core_level in tied
    }
    try:
        found = level_factors(places, registry, recipe.sensitivity.sensitivity)
    except (QuantificationError, UnknownReferenceError) as error:
        if proportions:
            raise
        return {}, str(error)
    return {
        level: (factor, math.hypot(*(cause.u for cause in causes)))
        for level, (factor, causes) in found.items()
    }, ""


def _check_shared(recipe: JointRecipe, alone: Sequence[Alone]) -> None:
    """Refuse ties that what the regions take for known cannot bear."""
    if recipe.tie.charge_shift == "shared":
        for one in alone:
            if one.envelope.knowledge != "prior":
                raise EnvelopeError(
                    f'{one.envelope.region} has knowledge = "{one.envelope.knowledge}"; a shared '
                    "charge shift is told from what the library knows of places: write "
                    'knowledge = "prior", or leave the tie out'
                )
    statistics = {one.task.statistic for one in alone}
    if len(statistics) > 1:
        told = ", ".join(f"{one.envelope.region} {one.task.statistic}" for one in alone)
        raise EnvelopeError(
            f"the regions are fitted with different objectives ({told}), which have no common "
            "scale; give counts of all regions, or one statistic"
        )


def _problem(model: Coupled, alone: Sequence[Alone]) -> Problem:
    """The joint data with the objective that the regions have alone."""
    data = np.concatenate([one.problem.data for one in alone])
    statistic = alone[0].problem.statistic
    if statistic in {"poisson", "sqrt_counts"}:
        return problem_of(model, data, statistic)
    # Noise that is not known was taken from each region's residuals.
    return problem_of(model, data, "sigma", np.concatenate([_noise(one) for one in alone]))


def _noise(one: Alone) -> Array:
    if one.problem.sigma is not None:
        return one.problem.sigma
    freedom = max(one.problem.data.size - len(one.plan.names), 1)
    size = one.problem.data.size
    return np.full(size, np.sqrt(max(one.solution.deviance / freedom, 1e-300)))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Answer:
    """The solved joint model, and what each region's recipe may be wrong in."""

    model: Coupled
    measured: Measured
    reviews: tuple[Review, ...]


def _answered(joining: Joining, model: Coupled, problem: Problem, solution: Solution) -> _Answer:
    reviews: list[Review] = []
    if solution.covariance is not None:
        for number, (part, channels) in enumerate(zip(model.parts, model.channels, strict=True)):
            contest = Contest(
                plan=model,
                problem=problem,
                solution=solution,
                envelope=joining.tasks[number].envelope,
                made=lambda other, number=number: joining.model({number: other}),
                channels=channels,
                parameters=len(part.plan.names),
            )
            values = part.fitted_values(solution.values)
            jacobian = part.evaluator().jacobian(solution.values)
            reviews.append(review(contest, part.plan, values, jacobian))
    errors = [sensitivity_of(level) for level in joining.factors]
    sensitivities = [i for i, p in enumerate(model.parameters) if p.name in errors]
    budget = None
    if reviews:
        budget = together(model, problem, solution, reviews, sensitivities=sensitivities)
    measured = Measured(
        plan=model,
        problem=problem,
        solution=solution,
        state=state(model, solution.values),
        budget=budget,
    )
    return _Answer(model=model, measured=measured, reviews=tuple(reviews))


# --- each region of the joint answer --------------------------------------------------------------


def _region(
    number: int, answer: _Answer, one: Alone, registry: Registry, intervals: Intervals
) -> Fit:
    """Give a region's fit: its curves and lines, asked of the joint likelihood."""
    from ..lint import check

    model, whole = answer.model, answer.measured
    part, channels = model.parts[number], model.channels[number]
    residual, _ = Likelihood(whole.problem).data_residuals(whole.solution.values)
    own = residual[channels]
    solution = region_solution(part, whole.solution, float(own @ own))
    budget = None
    if whole.budget is not None:
        mine = answer.reviews[number]
        budget = region_budget(model, number, whole.budget, (mine.backgrounds, mine.shapes))
    sigma = whole.problem.sigma
    measured = Measured(
        plan=part.plan,
        problem=problem_of(
            part.plan,
            whole.problem.data[channels],
            whole.problem.statistic,
            None if sigma is None else sigma[channels],
        ),
        solution=solution,
        state=state(part.plan, solution.values),
        budget=budget,
    )
    asked = replace(whole, plan=part, state=state(part, whole.solution.values), budget=budget)
    envelope = one.envelope
    found = result_of(one.spectrum, envelope, part.plan, measured, intervals, asked=asked)
    species = [qualified(part.name, c.name) for c in envelope.components if c.role == "species"]
    if absent := no_peak(whole, found.lines, species):
        nothing = undetermined(measured, absent)
        found = result_of(one.spectrum, envelope, part.plan, nothing, intervals)
        found = replace(found, fractions=())
    return replace(found, findings=(*one.task.notes, *check(found, registry)))
