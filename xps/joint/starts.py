"""Where a joint fit begins: at what its regions say alone, and where they agree on a shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..search import weights_of
from ..starts import filled_in
from .recipe import LARGEST_SHIFT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..likelihood import Problem
    from ..plan import Plan
    from ..solve import Solution
    from .coupling import Coupled, Part

    Alone = tuple[Plan, Solution]

__all__ = ["joint_starts"]

Array = NDArray[np.float64]

SCAN_STEP = 0.25
"""Step at which a shift of which little is known is tried [eV]."""
SCANNED = 3
"""Starts that such a scan gives."""
KNOWN_WITHIN = 1.0
"""A shift that is known within this [eV] is not scanned."""


def joint_starts(model: Coupled, problem: Problem, alone: Sequence[Alone]) -> list[Array]:
    """Give starts of a joint fit, the most promising first.

    Parameters
    ----------
    model : Coupled
    problem : Problem
        Of the joint model.
    alone : sequence of (Plan, Solution)
        Each part fitted alone, with a scale of its own.

    Returns
    -------
    list of (m,) arrays
        Every part at its own optimum; one part at another that its data do not exclude; and, with a
        shared charge shift, all places where the library has them, shifted by what each part says.
    """
    best = [_best(plan, solution) for plan, solution in alone]
    starts = [_joined(model, alone, best)]
    for i, (_, solution) in enumerate(alone):
        for other in (*solution.optima[1:], *solution.lesser):
            values = [*best[:i], np.array(other.values), *best[i + 1 :]]
            starts.append(_joined(model, alone, values))
    weights = weights_of(problem)

    def refilled(shifts: dict[int, float]) -> tuple[float, Array]:
        p = starts[0].copy()
        _place(model, p, shifts)
        return filled_in(model, problem.data, weights, p)

    if shared := _shared(model):
        for part, (plan, _), values in zip(model.parts, alone, best, strict=True):
            told = _told(part, plan, values)
            starts.append(refilled({i: s for i in shared if (s := told.get(i)) is not None})[1])
        for index in shared:
            scan = sorted((refilled({index: s}) for s in _scan(model, index)), key=lambda it: it[0])
            starts += [p for _, p in scan[:SCANNED]]
    return starts


def _best(plan: Plan, solution: Solution) -> Array:
    finite = bool(np.all(np.isfinite(solution.values)))
    return solution.values if finite else plan.start[plan.free]


def _shared(model: Coupled) -> list[int]:
    """Joint indices of the parameters that parts share: charge shifts."""
    used: dict[int, int] = {}
    for part in model.parts:
        for index in _shifts(part).values():
            used[index] = used.get(index, 0) + 1
    return list(used)


def _shifts(part: Part) -> dict[str, int]:
    """The joint index of the shift that each component of a part takes part in."""
    found: dict[str, int] = {}
    names = [parameter.name for parameter in part.plan.parameters]
    joint = [parameter.name for parameter in part.parameters]
    start = part.plan.start[part.plan.free]
    for line, (_, gradient) in zip(part.plan.lines, part.plan.line_shapes(start), strict=True):
        for i in np.flatnonzero(gradient[0]).tolist():
            if names[i] in joint:  # parameters of its own have other names there
                found[line.component] = joint.index(names[i])
    return found


def _told(part: Part, plan: Plan, values: Array) -> dict[int, float]:
    """What a part fitted alone says of each shift: the mean over its components, by area."""
    known = dict(zip(plan.names, values.tolist(), strict=True))
    places = {p.name: p.start for p in part.plan.parameters}
    sums: dict[int, tuple[float, float]] = {}
    for component, index in _shifts(part).items():
        name = f"{component} position"
        if name in known:
            area = max(known.get(f"{component} area", 0.0), 1e-9)
            total, weight = sums.get(index, (0.0, 0.0))
            sums[index] = total + area * (known[name] - places[name]), weight + area
    return {index: total / weight for index, (total, weight) in sums.items()}


def _joined(model: Coupled, alone: Sequence[Alone], values: Sequence[Array]) -> Array:
    """Give what the parts say alone as joint parameters."""
    z = model.start.copy()
    told: dict[int, list[float]] = {}
    for part, (plan, _), own in zip(model.parts, alone, values, strict=True):
        known = dict(zip(plan.names, own.tolist(), strict=True))
        for parameter, index in zip(part.plan.parameters, part.index.tolist(), strict=True):
            if index >= 0 and parameter.name in known:
                z[index] = known[parameter.name]
        for index, shift in _told(part, plan, own).items():
            told.setdefault(index, []).append(shift)
    for index, shifts in told.items():
        parameter = model.parameters[index]
        z[index] = np.clip(np.mean(shifts), parameter.low, parameter.high)
    for part in model.parts:
        names = [parameter.name for parameter in part.plan.parameters]
        for component, index in _shifts(part).items():
            if f"{component} position" in names:
                z[part.index[names.index(f"{component} position")]] -= z[index]
    return np.clip(z[model.free], model.lower, model.upper)


def _place(model: Coupled, p: Array, shifts: dict[int, float]) -> None:
    """Put all places that take part in a shift where the library has them, and set the shifts."""
    fitted = {int(index): i for i, index in enumerate(model.free)}
    for index, shift in shifts.items():
        p[fitted[index]] = np.clip(shift, model.parameters[index].low, model.parameters[index].high)
    for part in model.parts:
        names = [parameter.name for parameter in part.plan.parameters]
        for component, index in _shifts(part).items():
            name = f"{component} position"
            if index in shifts and name in names:
                place = names.index(name)
                p[fitted[int(part.index[place])]] = part.plan.parameters[place].start


def _scan(model: Coupled, index: int) -> list[float]:
    """Values at which a shift of which little is known is tried; none where it is known."""
    known = model.parameters[index]
    if known.high - known.low >= 2 * LARGEST_SHIFT:  # Gaussian knowledge alone
        low, high = known.start - 4 * known.spread, known.start + 4 * known.spread
    else:
        low, high = known.low, known.high
    if high - low <= 2 * KNOWN_WITHIN:
        return []
    return np.arange(low, high + 0.5 * SCAN_STEP, SCAN_STEP).tolist()
