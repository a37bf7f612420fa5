"""Whether a window shows a peak at all: shares, places and widths of nothing are not determined."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from references.words import Assessment

from .estimate import LIMIT_BELOW
from .likelihood import Likelihood
from .search import without

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .estimate import Measured
    from .result import FittedLine

__all__ = ["area_limits", "no_peak", "undetermined"]

ADVICE = "check the window, the charge shift and the species"
FURTHER = 2.0
"""What -2 ln L falls by, at least, for a species that is worth its area (Akaike)."""


def no_peak(measured: Measured, lines: Sequence[FittedLine], species: Sequence[str]) -> str:
    """Say that a window shows no peak of the species, and why; empty where it does.

    A converged fit needs three standard uncertainties of one species, or of all together. Of any
    other, which an absent peak may be the reason for, the likelihood is asked the same: against the
    background and overlaps alone -2 ln L must fall by nine, and by two for each further species.
    Areas that the recipe tells are not asked for.

    Parameters
    ----------
    measured : Measured
        The solved fit.
    lines : sequence of FittedLine
        Its lines, with limits where it converged.
    species : sequence of str
        The components that are not overlaps.
    """
    solution = measured.solution
    told = not any(f"{name} area" in solution.names for name in species)
    if told or solution.assessment is Assessment.FAILED:
        return ""
    if solution.assessment is Assessment.CONVERGED:
        seen = [measured.significance(*species), *map(measured.significance, species)]
        if max(seen) >= LIMIT_BELOW:
            return ""
        limits = ", ".join(
            f"{line.component} {line.line} < {line.area.high:.3g} {line.area_unit}"
            for line in lines
            if not line.minor and line.area.high is not None
        )
        why = f"no species reaches three standard uncertainties (areas, 95 %: {limits})"
    else:
        _, bare = without(measured.plan, measured.problem, solution.values, species)
        gained = bare - solution.objective
        gained /= Likelihood(measured.problem).unit(solution.objective)
        needed = LIMIT_BELOW**2 + FURTHER * (len(species) - 1)
        if gained >= needed:
            return ""
        why = (
            f"the species lower -2 ln L by {max(gained, 0.0):.2g}, and {needed:g} "
            "would be three standard uncertainties"
        )
    return f"the window shows no peak: {why}; {ADVICE}"


def area_limits(
    lines: Sequence[FittedLine], species: Sequence[str]
) -> tuple[tuple[str, float], ...]:
    """Give the upper limit of each species' area, all its lines; nothing where one has none.

    The lines of a doublet are one area in a proportion, so that their limits are reached together.
    """
    found: list[tuple[str, float]] = []
    for name in species:
        highs = [line.area.high for line in lines if line.component == name]
        known = [high for high in highs if high is not None]
        if len(known) == len(highs) > 0:
            found.append((name, sum(known)))
    return tuple(found)


def undetermined(measured: Measured, message: str) -> Measured:
    """Give the same fit as one that determines nothing."""
    solution = replace(
        measured.solution,
        assessment=Assessment.SINGULAR,
        message=message,
        covariance=None,
        counting=None,
        constraints=None,
    )
    return replace(measured, solution=solution, budget=None)
