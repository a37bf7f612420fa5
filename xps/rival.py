"""Rivals of a fit's model: what an expert would also have taken, and how far that moves the answer.

The same components are fitted again over the other backgrounds, and with the other of the two line
shapes that stand for a Gaussian and a Lorentzian together: their convolution (Voigt) and their sum
(pseudo-Voigt), which differ by a percent in width where the lines overlap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .background import BackgroundError
from .envelope import Background, Envelope
from .likelihood import Likelihood
from .solve import Solution, refine
from .state import state

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .likelihood import Problem
    from .plan import Model

__all__ = ["Contest", "Rival", "other_backgrounds", "other_shapes", "preferred"]

Array = NDArray[np.float64]

VERY_STRONG = -10.0
"""Difference in BIC from which the evidence is very strong (Kass and Raftery, J. Am. Stat. Assoc.
90 (1995) 773)."""
ALIKE = {"pseudo_voigt": "voigt", "voigt": "pseudo_voigt"}
"""Shapes of the same parameters, of which the data seldom say which it is."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rival:
    """The same components over another background, or with another line shape.

    Attributes
    ----------
    envelope : Envelope
        The recipe of the other model.
    evidence : float
        BIC less that of the recipe's own model, the objective in units of the latter's misfit.
    shift : array
        By how much the state moves.
    difference : (n,) array
        The other model less the own one, in the channels that the recipe describes [counts].
    """

    envelope: Envelope
    evidence: float
    shift: Array
    difference: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Contest:
    """A fit of a recipe, and how its rivals are made of the same measurement.

    Attributes
    ----------
    plan, problem, solution
        The fit.
    envelope : Envelope
        The recipe that has rivals.
    made : callable
        From another recipe to the model in which it stands in this one's place.
    channels : slice
        Those of the problem's data that the recipe describes.
    parameters : int
        How many parameters of its own it has.
    """

    plan: Model
    problem: Problem
    solution: Solution
    envelope: Envelope
    made: Callable[[Envelope], Model]
    channels: slice
    parameters: int

    @property
    def points(self) -> int:
        """Number of channels that the recipe describes."""
        return self.problem.data[self.channels].size

    def against(self, *others: Envelope) -> tuple[Rival, ...]:
        """Refit with other recipes of the same components; those that cannot be are left out."""
        found = (self._refitted(other) for other in others)
        return tuple(rival for rival in found if rival is not None)

    def _refitted(self, other: Envelope) -> Rival | None:
        """Refit with another recipe; ``None`` where its background cannot be had.

        The evidence takes the objective in units of the chosen model's misfit, so that none is
        excluded by an error that all share.
        """
        problem, solution = self.problem, self.solution
        try:
            plan = self.made(other)
        except BackgroundError:
            return None
        evaluator = plan.evaluator()
        start = self._carried_over(plan)
        values, objective = refine(
            replace(
                problem,
                function=evaluator,
                jacobian=evaluator.jacobian,
                names=plan.names,
                lower=np.minimum(plan.lower, start),
                upper=np.maximum(plan.upper, start),
                natural=plan.natural,
                prior=None if problem.prior is None else plan.fitted_knowledge,
            ),
            start,
        )
        penalty = (len(plan.names) - len(self.plan.names)) * np.log(self.points)
        return Rival(
            envelope=other,
            evidence=float((objective - solution.objective) / self._scale() + penalty),
            shift=state(plan, values).values - state(self.plan, solution.values).values,
            difference=(evaluator(values) - self.plan.evaluator()(solution.values))[self.channels],
        )

    def _scale(self) -> float:
        """Misfit of a degree of freedom in the channels that the recipe describes."""
        residual, _ = Likelihood(self.problem).data_residuals(self.solution.values)
        own = residual[self.channels]
        freedom = max(own.size - self.parameters, 1)
        least = 1e-300 if self.problem.statistic == "unweighted" else 1.0
        return max(float(own @ own) / freedom, least)

    def _carried_over(self, rival: Model) -> Array:
        """Start a rival model where the two share parameters."""
        own, others = self.plan.losses, rival.losses
        known = {
            name: value
            for name, value in zip(self.plan.names, self.solution.values, strict=True)
            if own.get(name) is others.get(name)
        }
        starts = zip(rival.names, rival.start[rival.free], strict=True)
        return np.array([known.get(name, start) for name, start in starts])


def other_backgrounds(envelope: Envelope) -> list[Envelope]:
    """Give the same components over the other active backgrounds."""
    chosen = envelope.background
    candidates = (
        Background(kind="shirley", slope=False),
        Background(kind="shirley"),
        Background(kind="tougaard", kernel=chosen.kernel),
        Background(kind="linear"),
    )
    return [
        envelope.model_copy(update={"background": other})
        for other in candidates
        if chosen.mode == "static" or (other.kind, other.slope) != (chosen.kind, chosen.slope)
    ]


def other_shapes(envelope: Envelope) -> list[Envelope]:
    """Give the same components with the other of two like line shapes, if they have them.

    A Lorentz share that the user has tied or held means one of the two, so there is no other.
    """
    own = [c for c in envelope.components if c.shape in ALIKE]
    if not own or any(c.shape_parameters for c in own):
        return []
    components = tuple(
        c.model_copy(update={"shape": ALIKE.get(c.shape, c.shape)}) for c in envelope.components
    )
    return [envelope.model_copy(update={"components": components})]


def preferred(rivals: Sequence[Rival]) -> Rival | None:
    """Give the rival for which the evidence is best, ``None`` where it is not very strong."""
    best = min(rivals, key=lambda rival: rival.evidence, default=None)
    return best if best is not None and best.evidence < VERY_STRONG else None
