"""Where a fit begins: places and widths inside the library's windows, areas by least squares.

Shapes are scattered with a seed, areas and background follow from a non-negative linear fit, and
the most promising, mutually different candidates become starts.
"""

# scipy and lmfit give no types; they are called in this module alone.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .background import ShirleyLoss

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .plan import Model, Plan

__all__ = ["absences", "candidates", "filled_in", "revivals", "starting_points"]

Array = NDArray[np.float64]

CANDIDATES = 24
RIGID_SHIFTS = (0.0, -0.25, 0.25, -0.5, 0.5)
"""Shifts of all positions together [eV]: the energy scale is the first thing to be off."""


PLACES = 7
"""Places in a component's window at which one that has died away is tried again."""
ELSEWHERE = 2
"""Starts with a neighbour elsewhere, when a component is taken out."""


def starting_points(
    plan: Plan, counts: Array, *, weights: Array, number: int, seed: int
) -> list[Array]:
    """Give up to ``number`` starts for the fitted parameters, the most promising first.

    Parameters
    ----------
    plan : Plan
        What is to be fitted.
    counts : (n,) array
        Measured counts inside the window.
    weights : (n,) array
        One over the noise of each channel, up to a factor.
    number : int
        How many starts.
    seed : int
        Seed of the scatter; the same seed gives the same starts.

    Returns
    -------
    list of (m,) arrays
    """
    scored = sorted(
        (_filled_in(plan, counts, weights, shape) for shape in candidates(plan, seed)),
        key=lambda pair: pair[0],
    )
    chosen: list[Array] = []
    scale = np.array([max(parameter.spread, 1e-6) for parameter in plan.fitted])
    shaped = np.array([parameter.spread > 0 for parameter in plan.fitted])
    for _, p in scored:
        if all(np.max(np.abs(p - q)[shaped] / scale[shaped], initial=0.0) > 0.3 for q in chosen):
            chosen.append(p)
        if len(chosen) == number or not shaped.any():
            break
    return chosen


def revivals(plan: Model, counts: Array, weights: Array, values: Array) -> list[Array]:
    """Give starts in which what rests at the end of what can exist is tried again.

    A line without area has no gradient in place and width, so a walk that has lost it cannot find
    it again elsewhere: it is tried over its window. A shape pressed to its end, all Lorentzian say,
    may hold areas and background where they suit it alone: it is tried from its start.

    Parameters
    ----------
    plan : Plan
    counts, weights : (n,) array
        As for :func:`starting_points`.
    values : (m,) array
        The optimum found.

    Returns
    -------
    list of (m,) arrays
        Empty where nothing rests at its end.
    """
    names, found = plan.names, list[Array]()
    for i, parameter in enumerate(plan.fitted):
        if parameter.low < values[i] < parameter.high:
            continue
        if parameter.name != f"{parameter.component} area":
            if parameter.natural:
                p = values.copy()
                p[i] = parameter.start
                found.append(filled_in(plan, counts, weights, p)[1])
            continue
        name = f"{parameter.component} position"
        where = names.index(name) if name in names else None
        for placed in [values] if where is None else _over_window(plan, values, where):
            _, p = filled_in(plan, counts, weights, placed)
            if p[i] > 0:
                found.append(p)
    return found


def absences(
    plan: Model, counts: Array, weights: Array, values: Array, absent: Sequence[str]
) -> list[Array]:
    """Give starts in which some components are gone and the others take their signal.

    Parameters
    ----------
    plan : Plan
    counts, weights : (n,) array
        As for :func:`starting_points`.
    values : (m,) array
        An optimum with them.
    absent : sequence of str
        Components whose areas are at their lower bounds.

    Returns
    -------
    list of (m,) arrays
        As the others are; with their areas refilled; and the most promising with one of them
        elsewhere in its window.
    """
    gone = values.copy()
    for i, parameter in enumerate(plan.fitted):
        if parameter.name in {f"{name} area" for name in absent}:
            gone[i] = parameter.low

    def refilled(p: Array) -> tuple[float, Array]:
        return filled_in(plan, counts, weights, p, absent=absent)

    elsewhere = [
        refilled(moved)
        for i, parameter in enumerate(plan.fitted)
        if parameter.component not in absent and parameter.name.endswith(" position")
        for moved in _over_window(plan, gone, i)
    ]
    best = sorted(elsewhere, key=lambda pair: pair[0])[:ELSEWHERE]
    return [gone, refilled(gone)[1], *(p for _, p in best)]


def _over_window(plan: Model, p: Array, where: int) -> Iterator[Array]:
    """Give the parameters with a position at several places of its window."""
    known = plan.fitted[where]
    for place in np.linspace(known.low, known.high, PLACES).tolist():
        moved = p.copy()
        moved[where] = place
        yield moved


def candidates(plan: Plan, seed: int) -> list[Array]:
    """Candidate parameter vectors in which only places, widths and shapes are set."""
    lower, upper = plan.lower, plan.upper
    start = plan.start[plan.free]
    spread = np.array([parameter.spread for parameter in plan.fitted])
    placed = np.array([parameter.name.endswith("position") for parameter in plan.fitted])
    found = [np.clip(start + shift * placed, lower, upper) for shift in RIGID_SHIFTS]
    moving = np.flatnonzero(spread > 0)
    if moving.size:
        draws = _halton(moving.size, seed, CANDIDATES - len(found))
        for draw in 2.0 * draws - 1.0:
            p = start.copy()
            p[moving] += 1.7 * draw * spread[moving]
            found.append(np.clip(p, lower, upper))
    return found


def _filled_in(
    plan: Plan,
    counts: Array,
    weights: Array,
    p: Array,
) -> tuple[float, Array]:
    """Fill areas and background into a candidate, and say how well it then fits."""
    p = p.copy()
    if isinstance(plan.loss, ShirleyLoss):
        p[plan.names.index("background loss")] = _loss_guess(plan, counts)
    return filled_in(plan, counts, weights, p, least=1e-3)


def filled_in(
    plan: Model,
    counts: Array,
    weights: Array,
    p: Array,
    *,
    least: float = 0.0,
    absent: Sequence[str] = (),
) -> tuple[float, Array]:
    """Give how well places and shapes fit with the best areas and constants, and with which.

    Parameters
    ----------
    plan : Model
    counts, weights : (n,) array
        As for :func:`starting_points`.
    p : (m,) array
        Its areas and constants are replaced, by non-negative least squares.
    least : float
        Share of the largest that each of them gets at least.
    absent : sequence of str
        Components that keep the areas they have.

    Returns
    -------
    misfit : float
        Root of the weighted sum of squares.
    filled : (m,) array
    """
    from scipy.optimize import nnls

    evaluator = plan.evaluator()
    linear = np.array(
        [
            i
            for i, name in enumerate(plan.names)
            if (name.endswith(" area") and name.removesuffix(" area") not in absent)
            or name.endswith("background constant")
        ],
        dtype=np.intp,
    )
    p = p.copy()
    if linear.size == 0:
        return 0.0, p
    columns = evaluator.jacobian(p)[:, linear]
    held = evaluator(p) - columns @ p[linear]
    areas, misfit = nnls(columns * weights[:, None], (counts - held) * weights)
    floor = max(least * float(areas.max(initial=0.0)), 1e-303 if least else 0.0)
    p[linear] = np.clip(np.maximum(areas, floor), plan.lower[linear], plan.upper[linear])
    return float(misfit), p


def _loss_guess(plan: Plan, counts: Array) -> float:
    """Step over area of a Shirley background, from the ends and the sum of the spectrum [1/eV]."""
    edge = max(1, min(5, counts.size // 10))
    low, high = float(counts[:edge].mean()), float(counts[-edge:].mean())
    width = float(plan.energy[-1] - plan.energy[0])
    area = float(np.trapezoid(counts, plan.energy)) - 0.5 * (low + high) * width
    if area <= 0 or high <= low:
        return 1e-3
    return float(np.clip((high - low) / area, 1e-3, 1.0))


def _halton(dimensions: int, seed: int, number: int) -> Array:
    """Adapter to scipy: a seeded low-discrepancy sequence over 0 .. 1 (number, dimensions)."""
    from scipy.stats import qmc

    sampler: Any = qmc.Halton
    return np.asarray(sampler(dimensions, seed=seed).random(number))
