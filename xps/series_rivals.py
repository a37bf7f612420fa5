"""The rivals of many fits at once: what :mod:`xps.rival` does for one, run by the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .assemble import assemble
from .background import BackgroundError
from .layout import arrays_of
from .state import states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry

    from .envelope import Envelope
    from .kernel import Answers, Arrays
    from .plan import Plan

__all__ = ["LaidRival", "Outcome", "SeriesContest", "laid_rivals", "weighed"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LaidRival:
    """Another model of the same components, and which of its parameters the own one shares."""

    plan: Plan
    arrays: Arrays
    shared: tuple[NDArray[np.intp], NDArray[np.intp]]
    penalty: float


def laid_rivals(
    plan: Plan,
    others: Sequence[Envelope],
    registry: Registry,
    energy: Array,
    counts: Array,
    inside: slice,
) -> tuple[LaidRival, ...]:
    """Lay other recipes of the same components out; those that cannot be are left out."""
    found: list[LaidRival] = []
    for other in others:
        try:
            theirs = assemble(other, registry, energy, counts, inside)
        except BackgroundError:
            continue
        names = {p.name: i for i, p in enumerate(plan.parameters)}
        if type(theirs.loss) is not type(plan.loss):
            names.pop("background loss", None)
        pairs = [(i, names[p.name]) for i, p in enumerate(theirs.parameters) if p.name in names]
        there, here = np.array(pairs, dtype=np.intp).T
        found.append(
            LaidRival(
                plan=theirs,
                arrays=arrays_of(theirs),
                shared=(there, here),
                penalty=(len(theirs.names) - len(plan.names)) * float(np.log(plan.energy.size)),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """How a rival fared on each spectrum: odds beforehand, weight, shift of the state, curves."""

    weight: Array
    shift: Array
    difference: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeriesContest:
    """A chunk's answers, and the counts to which rivals are fitted in turn (:mod:`xps.rival`)."""

    plan: Plan
    arrays: Arrays
    poisson: bool
    data: Array
    static: Array
    answers: Answers

    def against(self, rival: LaidRival, odds: float) -> Outcome:
        """Refit a rival from the own answer."""
        from . import kernel

        answers = self.answers
        there, here = rival.shared
        values = np.tile(rival.plan.start, (len(self.data), 1))
        values[:, there] = answers.values[:, here]
        objective = np.full(len(self.data), np.inf)
        # A rival is active: it takes nothing of what is held under the peaks.
        static = np.zeros((1, self.data.shape[1]))
        kernel.refine_spectra(
            rival.arrays, self.poisson, self.data, static, answers.code, values, objective,
            fresh=False,
        )  # fmt: skip
        freedom = max(self.data.shape[1] - self.plan.free.size, 1)
        with np.errstate(invalid="ignore"):
            scale = np.maximum(1.0, answers.deviance / freedom)
            evidence = (objective - answers.objective) / scale + rival.penalty
        own, _ = states(self.plan, answers.values)
        other, _ = states(rival.plan, values)
        curves = np.zeros((2, *self.data.shape))
        kernel.predict_spectra(rival.arrays, static, answers.code, values, curves[0])
        kernel.predict_spectra(self.arrays, self.static, answers.code, answers.values, curves[1])
        with np.errstate(invalid="ignore", over="ignore"):
            weight = odds * np.exp(-0.5 * np.clip(evidence, -40.0, 700.0))
        lost = ~np.isfinite(weight)
        return Outcome(
            weight=np.where(lost, 0.0, weight),
            shift=np.where(lost[:, None], 0.0, other - own),
            difference=curves[0] - curves[1],
        )


def weighed(outcomes: list[Outcome], weights: Array) -> Array:
    """Squared shifts of linear functions of the state (N, quantities), by the rivals' odds."""
    total = np.zeros(weights.shape[:2])
    odds = np.ones((len(weights), 1))
    for outcome in outcomes:
        moved = np.einsum("nqs,ns->nq", weights, outcome.shift)
        total += outcome.weight[:, None] * moved**2
        odds += outcome.weight[:, None]
    return total / odds
