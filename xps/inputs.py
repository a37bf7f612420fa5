"""Input quantities that other fits share: by how much each of them moves a fit's numbers.

A level's splitting, its ratios of areas and widths, a metal's tail, the choice between two like
line shapes, a sensitivity factor: what is wrong with them is wrong in the next sample too, and
cancels in a difference. Places, widths and Lorentz shares are a sample's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Contribution

from .budget import SHAPE_ODDS, held_shifts, weight_of
from .plan import Plan
from .rival import ALIKE
from .solve import fisher

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .envelope import Envelope
    from .estimate import Measured
    from .plan import Parameter

__all__ = ["Input", "contributions", "shared_inputs"]

Array = NDArray[np.float64]

OF_ALL_SAMPLES = (" splitting", " ratio", " asymmetry", " band")
"""Ends of the names of parameters that belong to a level or a metal, not to a sample."""
PARTNER_WIDTH = " partner fwhm"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Input:
    """An input quantity, and what a vector of numbers moves by when it is one u higher.

    Attributes
    ----------
    source, part, value, u, told_by
        As in :class:`references.words.Contribution`.
    shift : (n,) array
        Of the numbers: a fit's state, or the amounts of a sample.
    """

    source: str
    part: str
    shift: Array
    value: float | None = None
    u: float | None = None
    told_by: str = ""


def contributions(inputs: Iterable[Input], gradient: Array) -> tuple[Contribution, ...]:
    """Give what inputs contribute to a quantity with this gradient over the numbers."""
    return tuple(
        Contribution(
            source=given.source,
            part=given.part,
            shift=float(gradient @ given.shift),
            value=given.value,
            u=given.u,
            told_by=given.told_by,
        )
        for given in inputs
    )


def shared_inputs(measured: Measured, envelope: Envelope) -> tuple[Input, ...]:
    """Give what a fit's state owes to inputs that fits of other samples share.

    Parameters
    ----------
    measured : Measured
        A solved fit; one that did not converge owes nothing, nor does one of unknown noise, for
        what the knowledge weighs against the data is not defined there. Nor are inputs told of
        regions that were fitted together.
    envelope : Envelope
        Its recipe.
    """
    plan = measured.plan
    alone = isinstance(plan, Plan)
    if measured.budget is None or measured.problem.statistic == "unweighted" or not alone:
        return ()
    soft = _soft(plan, measured, envelope)
    return (*soft, *_hard(measured, envelope), *_shape(measured, envelope))


def _soft(plan: Plan, measured: Measured, envelope: Envelope) -> Iterator[Input]:
    """Constants that are known with an uncertainty: a residual of the prior moved by one."""
    solution = measured.solution
    assert solution.covariance is not None  # a budget implies one
    _, jacobian = plan.fitted_knowledge(solution.values)
    along = measured.state.gradient[:, plan.free] @ solution.covariance
    for row, parameter, value, u in _known(plan):
        source = _source(parameter, envelope)
        shift = along @ jacobian[row]
        yield Input(source=source, part="constraints", shift=shift, value=value, u=u)


def _hard(measured: Measured, envelope: Envelope) -> Iterator[Input]:
    """Constants that are held."""
    plan, solution = measured.plan, measured.solution
    assert solution.covariance is not None  # a budget implies one
    weights = fisher(measured.problem, solution.values)
    everything = range(len(plan.parameters))
    for parameter, shift in held_shifts(plan, solution, weights, measured.state, everything):
        if parameter.name.endswith(OF_ALL_SAMPLES):
            yield Input(
                source=_source(parameter, envelope),
                part="constraints",
                shift=shift,
                value=parameter.start,
                u=parameter.u,
            )


def _shape(measured: Measured, envelope: Envelope) -> Iterator[Input]:
    """The choice of line shape: whichever it is, another sample's lines have the same.

    Of a single rival: the root of what it adds to the covariance.
    """
    assert measured.budget is not None
    if len(measured.budget.shapes) != 1:
        return
    (rival,) = measured.budget.shapes
    weight = weight_of(SHAPE_ODDS, rival.evidence)
    alike = [c for c in envelope.components if c.shape in ALIKE]
    yield Input(
        source=f"{'+'.join(dict.fromkeys(c.core_level for c in alike))} line shape",
        part="misfit",
        shift=np.sqrt(weight / (1.0 + weight)) * rival.shift,
        told_by="+".join(dict.fromkeys(c.shape for c in alike)),
    )


def _source(parameter: Parameter, envelope: Envelope) -> str:
    """A parameter's name with its core level, which a level's own parameters begin with."""
    levels = {c.name: c.core_level for c in envelope.components}
    return f"{levels.get(parameter.component, '')} {parameter.name}".strip()


def _known(plan: Plan) -> Iterator[tuple[int, Parameter, float, float]]:
    """Rows of the Gaussian knowledge that are about one constant: row, parameter, value, u."""
    knowledge = plan.knowledge
    if knowledge is None:
        return
    for row, (weights, target, u) in enumerate(
        zip(knowledge.linear, knowledge.linear_target, knowledge.linear_u, strict=True)
    ):
        about = np.flatnonzero(weights)
        if about.size != 1:
            continue  # places on one scale, mixes that are alike: a sample's own
        parameter, factor = plan.parameters[int(about[0])], float(weights[about[0]])
        if parameter.name.endswith(OF_ALL_SAMPLES):
            yield row, parameter, float(target) / factor, float(u) / abs(factor)
    first = knowledge.linear_target.size
    for row, (above, target, u) in enumerate(
        zip(knowledge.above, knowledge.ratio_target, knowledge.ratio_u, strict=True)
    ):
        parameter = plan.parameters[int(np.argmax(above != 0))]
        if parameter.name.endswith(PARTNER_WIDTH):
            yield first + row, parameter, float(target), float(u)
