"""Each region of a joint fit by itself: for starts, energies of levels, and contradictions.

Gallium is asked first: another of its lines says how large Ga 3s is under S 2p.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from references.words import Assessment

from ..envelope import check_places
from ..estimate import Measured
from ..fit import fit, task_of
from ..gallium import expected_gallium_3s
from ..sample import gallium_notes, has_gallium_3s, with_gallium
from ..search import search
from ..state import state

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry

    from ..envelope import Envelope
    from ..fit import Task
    from ..gallium import Expected
    from ..likelihood import Problem
    from ..plan import Plan
    from ..result import Fit
    from ..solve import Solution

    Job = tuple[xr.Dataset, Envelope]
    Sizes = dict[str, Expected | None]

__all__ = ["Alone", "fitted_alone", "informed_of_gallium", "with_notes"]

WITNESSES = {"Ga 3p", "Ga 2p"}
"""Levels that tell how large Ga 3s is."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Alone:
    """A region and the answer that it gives alone; no budget is made of it."""

    spectrum: xr.Dataset
    task: Task
    plan: Plan
    problem: Problem
    solution: Solution

    @property
    def envelope(self) -> Envelope:
        """Its recipe."""
        return self.task.envelope

    @property
    def measured(self) -> Measured:
        """The answer with its numbers, and without uncertainties."""
        return Measured(
            plan=self.plan,
            problem=self.problem,
            solution=self.solution,
            state=state(self.plan, self.solution.values),
            budget=None,
        )


def fitted_alone(
    spectrum: xr.Dataset, envelope: Envelope, registry: Registry, starts: int, seed: int
) -> Alone:
    """Fit one region without the others; where that fails, it stands at its start.

    Raises
    ------
    EnvelopeError
        If the recipe cannot be applied to this spectrum.
    """
    energy = spectrum["binding_energy"].values + float(spectrum["charge_shift"])
    check_places(envelope, (float(energy[0]), float(energy[-1])))
    task = task_of(spectrum, envelope, registry)
    plan = task.planned()
    problem, solution = search(plan, task.data, task.statistic, starts=max(starts, 1), seed=seed)
    if solution.assessment is Assessment.FAILED:
        solution = replace(solution, values=plan.start[plan.free])
    return Alone(spectrum=spectrum, task=task, plan=plan, problem=problem, solution=solution)


def informed_of_gallium(jobs: Sequence[Job], registry: Registry) -> tuple[tuple[Job, ...], Sizes]:
    """Tell recipes with Ga 3s its size from another gallium line among the regions.

    Returns
    -------
    jobs : tuple of (Dataset, Envelope)
    sizes : dict of str to Expected or None
        What was told of each region that has Ga 3s.
    """
    if not any(has_gallium_3s(envelope) for _, envelope in jobs):
        return tuple(jobs), {}
    witnesses = [
        (spectrum, fit(spectrum, envelope, registry=registry))
        for spectrum, envelope in jobs
        if any(c.core_level in WITNESSES for c in envelope.components)
    ]
    informed: list[Job] = []
    sizes: Sizes = {}
    for spectrum, envelope in jobs:
        told = envelope
        if has_gallium_3s(envelope):
            sizes[envelope.region] = expected_gallium_3s(spectrum, witnesses, registry)
            told = with_gallium(envelope, sizes[envelope.region])
        informed.append((spectrum, told))
    return tuple(informed), sizes


def with_notes(found: Fit, sizes: Sizes) -> Fit:
    """Give a region's fit with what there is to say of Ga 3s in it."""
    if found.region not in sizes:
        return found
    notes = gallium_notes(found, sizes[found.region])
    return replace(found, findings=(*found.findings, *notes))
