"""What a covariance cannot say of many fits: absences, limits, ends that follow the likelihood.

What :mod:`xps.search` and :mod:`xps.estimate` do for one fit with a faint component, done by the
compiled kernel for those spectra of a chunk that need it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .estimate import (
    ABSENT,
    LIMIT_BELOW,
    LOOK_CLOSELY_BELOW,
    NOT_PARABOLIC,
    NOT_PARABOLIC_FAINT,
    PROFILE_BELOW,
    ROUNDING,
    TIED,
    Z,
)
from .profile import BEYOND, TOLERANCE
from .starts import PLACES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .kernel import Answers, Arrays, Starts, Task

__all__ = ["Ends", "Look", "Shares", "Whose", "elsewhere", "followed", "improve", "look"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Other = tuple[Array, Array]
"""Parameters (N, Z) and -2 ln L (N,) of another answer for each spectrum, NaN where none is."""

BETTER = 1.0
"""Fall of -2 ln L from which the answer that was found is not the best one."""
GAINED = 0.01
"""The same, where it is taken at once."""
TINY = 1e-9
"""Standard uncertainty below which a parameter is held."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Whose:
    """What belongs to one component: its lines (L,), its own fitted areas, its fitted place."""

    lines: Mask
    areas: NDArray[np.intp]
    places: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Look:
    """Other answers that the data do not exclude, K for each spectrum.

    Attributes
    ----------
    values : (N, K, Z) array
        Their parameters; NaN where there is none.
    rise : (N, K) array
        Of -2 ln L above the optimum; infinite where there is none.
    significance : (N, component) array
        Of each component: its area over its u from counts and constraints, and no more than the
        root of what -2 ln L rises to an answer without it.
    lost : (N,) array of bool
        Where one of them is better than the answer that was found.
    """

    values: Array
    rise: Array
    significance: Array
    lost: Mask

    @property
    def weights(self) -> Array:
        """Odds of each against the answer that is told (N, K)."""
        return np.exp(-0.5 * self.rise)


def look(
    arrays: Arrays,
    starting: Starts,
    task: Task,
    data: Array,
    static: Array,
    answers: Answers,
    seen: Array,
    components: Sequence[Whose],
    elsewhere: Sequence[Other],
) -> Look:
    """Look for answers without each component that is hardly seen.

    Parameters
    ----------
    arrays, starting, task, data, static, answers
        As the kernel has fitted them.
    seen : (N, component) array
        Area over its u from counts and constraints, 0 where nothing is known.
    components : sequence of Whose
        One without area of its own, or with one that the recipe says is there, may not be absent.
    elsewhere : sequence of Other
        Answers that are known already.
    """
    from . import kernel

    converged = answers.code == kernel.CONVERGED
    lost = np.zeros(len(data), dtype=bool)
    others: list[Other] = []
    for own, above in zip(components, seen.T, strict=True):
        if own.areas.size and not np.any(arrays.lower[own.areas] > 0):
            there = answers.values[:, own.areas].sum(axis=1) > 0
            rows = np.flatnonzero(converged & there & (above < LOOK_CLOSELY_BELOW))
            others.append(_without(arrays, starting, task, data, static, answers, own, rows))
    others += elsewhere
    spread = _spreads(answers)
    shape = len(data), len(others)
    values, rise = np.full((*shape, arrays.lower.size), np.nan), np.full(shape, np.inf)
    fitted = np.concatenate([arrays.linear, arrays.bent])
    for k, (at, objective) in enumerate(others):
        risen = np.where(np.isnan(objective), np.inf, objective - answers.objective)
        lost |= risen < -BETTER
        before = np.concatenate([answers.values[:, None], values[:, :k]], axis=1)
        apart = np.abs(at[:, None] - before)[:, :, fitted] / spread[:, None]
        # What lies as near to a known one as its u is that one again.
        new = np.all(np.isnan(before[:, :, 0]) | (apart.max(axis=2) > 1.0), axis=1)
        kept = new & (risen < LIMIT_BELOW**2)
        values[kept, k], rise[kept, k] = at[kept], np.maximum(risen[kept], 0.0)
    return Look(
        values=values,
        rise=rise,
        significance=_significance(arrays, answers, values, rise, seen, components),
        lost=lost,
    )


def _without(
    arrays: Arrays,
    starting: Starts,
    task: Task,
    data: Array,
    static: Array,
    answers: Answers,
    own: Whose,
    rows: NDArray[np.intp],
) -> Other:
    """Refit some spectra without a component, from where they are and from starts of their own."""
    from . import kernel
    from .series_numbers import no_answers

    upper, warm = arrays.upper.copy(), answers.values[rows]
    upper[own.areas] = 0.0
    warm[:, own.areas] = 0.0
    found = no_answers(rows.size, arrays)
    without = arrays._replace(upper=upper)
    kernel.fit_spectra(without, starting, task, data[rows], _rows(static, rows), warm, 1, found)
    return _among_all(found.values, found.objective, rows, answers)


def elsewhere(
    arrays: Arrays,
    task: Task,
    data: Array,
    static: Array,
    answers: Answers,
    seen: Array,
    components: Sequence[Whose],
) -> tuple[Other, ...]:
    """Refit with each component that is hardly seen begun at several places of its window.

    A line without area has no gradient in its place: a walk that has lost it cannot find it again.
    """
    from . import kernel

    found: list[Other] = []
    for own, above in zip(components, seen.T, strict=True):
        rows = np.flatnonzero((answers.code == kernel.CONVERGED) & (above < PROFILE_BELOW))
        if own.places.size != 1 or rows.size == 0:
            continue
        place = int(own.places[0])
        ends = float(arrays.lower[place]), float(arrays.upper[place])
        for begun in np.linspace(*ends, PLACES).tolist():
            values, objective = answers.values[rows], np.full(rows.size, np.inf)
            values[:, place] = begun
            kernel.refine_spectra(
                arrays, task.poisson, data[rows], _rows(static, rows), answers.code[rows], values,
                objective, fresh=True,
            )  # fmt: skip
            found.append(_among_all(values, objective, rows, answers))
    return tuple(found)


def improve(
    arrays: Arrays,
    starting: Starts,
    task: Task,
    data: Array,
    static: Array,
    answers: Answers,
    others: Sequence[Other],
) -> None:
    """Put better answers, where some were found, into ``answers``."""
    from . import kernel
    from .series_numbers import no_answers

    if not others:
        return
    objectives = np.array([np.where(np.isnan(o), np.inf, o) for _, o in others])
    best = objectives.argmin(axis=0)
    rows = np.flatnonzero(objectives.min(axis=0) < answers.objective - GAINED)
    warm = np.array([values for values, _ in others])[best[rows], rows]
    found = no_answers(rows.size, arrays)
    kernel.fit_spectra(arrays, starting, task, data[rows], _rows(static, rows), warm, 1, found)
    for whole, part in zip(answers, found, strict=True):
        whole[rows] = part


def _among_all(values: Array, objective: Array, rows: NDArray[np.intp], answers: Answers) -> Other:
    """Put what was found of some spectra where these stand among all; NaN for the others."""
    all_values = np.full(answers.values.shape, np.nan)
    all_objectives = np.full(len(answers.values), np.nan)
    all_values[rows], all_objectives[rows] = values, objective
    return all_values, all_objectives


def _spreads(answers: Answers) -> Array:
    """Standard uncertainty of the fitted parameters; infinite where nothing is known."""
    soft = np.einsum("nmm->nm", answers.counting + answers.constraints)
    return np.where(soft > TINY**2, np.sqrt(np.maximum(soft, 0.0)), np.inf)


def _significance(
    arrays: Arrays,
    answers: Answers,
    values: Array,
    rise: Array,
    seen: Array,
    components: Sequence[Whose],
) -> Array:
    """Let an answer without a component speak first of whether it is there."""
    found = seen.copy()
    areas, others = _areas(arrays, answers.values), _areas(arrays, values)
    for j, own in enumerate(components):
        there = areas[:, own.lines].sum(axis=1)
        gone = others[:, :, own.lines].sum(axis=2) <= ABSENT * there[:, None]
        told = np.where(gone, np.sqrt(rise), np.inf)
        found[:, j] = np.minimum(found[:, j], told.min(axis=1, initial=np.inf))
    return found


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shares:
    """Fractions of a chunk and what is known of each (N, species) before its interval is formed.

    Attributes
    ----------
    own, mates : (species, lines) arrays
        Which lines make up each fraction, and what it is a fraction of.
    value : (N, species) array
    gradient : (N, species, m) array
        Over the fitted parameters.
    amount : (N, component, m) array
        Gradients of all components' areas.
    significance : (N, species) array
    u, likely, beside : (N, species) arrays
        Standard uncertainty from all sources; from counts and constraints; and from what neither
        the likelihood nor its priors know of.
    resting : (N, species) array
        What areas at zero add to the variance.
    """

    own: Array
    mates: Array
    value: Array
    gradient: Array
    amount: Array
    significance: Array
    u: Array
    likely: Array
    beside: Array
    resting: Array

    @property
    def limited(self) -> Mask:
        """Which are told as an upper limit."""
        least = np.minimum(self.significance * self.u, self.value)
        return least < LIMIT_BELOW * self.u


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ends:
    """Ends of intervals that follow the likelihood, with what other sources add.

    Attributes
    ----------
    low, high : (N, species) arrays
        NaN where the covariance's will do, or nothing is known.
    open : (N,) array of bool
        Where a walk found no end.
    """

    low: Array
    high: Array
    open: Mask


def followed(
    arrays: Arrays,
    task: Task,
    data: Array,
    static: Array,
    answers: Answers,
    found: Look,
    shares: Shares,
) -> Ends:
    """Give the ends of intervals that have to follow the likelihood."""
    from . import kernel

    low, high = (np.full(shares.value.shape, np.nan) for _ in range(2))
    astray = np.zeros(len(data), dtype=bool)
    wanted = _bent(arrays, task, data, static, answers, found, shares)
    soft = answers.counting + answers.constraints
    climb = kernel.Climb(poisson=task.poisson, goal=Z, tolerance=TOLERANCE, beyond=np.array(BEYOND))
    fitted = np.concatenate([arrays.linear, arrays.bent])
    for k in range(shares.value.shape[1]):
        limit = shares.limited[:, k]
        rows = np.flatnonzero(wanted[:, k])
        if rows.size == 0:
            continue
        toward = np.einsum("nmk,nk->nm", soft[rows], shares.gradient[rows, k])
        variance = np.einsum("nm,nm->n", toward, shares.gradient[rows, k])
        along = np.zeros((rows.size, arrays.lower.size))
        along[:, fitted] = toward / np.maximum(variance, 1e-300)[:, None]
        sides = np.stack([~limit[rows], np.ones(rows.size, dtype=bool)], axis=1)
        summits = np.concatenate([answers.values[rows, None], found.values[rows]], axis=1)
        ends = np.full((rows.size, 2), np.nan)
        held = arrays._replace(own=shares.own[k], mates=shares.mates[k], pin=np.zeros(2))
        kernel.profile_spectra(
            held, climb, data[rows], _rows(static, rows), summits, answers.objective[rows], along,
            shares.likely[rows, k], sides, ends,
        )  # fmt: skip
        value, beyond = shares.value[rows, k], Z * shares.beside[rows, k]
        astray[rows] |= np.any(np.isnan(ends) & sides, axis=1)
        there = _shares(arrays, summits, shares.own[k], shares.mates[k])
        down = value - np.hypot(value - ends[:, 0], beyond)
        up = value + np.hypot(ends[:, 1] - value, beyond)
        low[rows, k] = np.where(limit[rows], np.nan, np.fmin(down, np.nanmin(there, axis=1)))
        high[rows, k] = np.fmax(up, np.nanmax(there, axis=1))
    return Ends(low=low, high=high, open=astray)


def _bent(
    arrays: Arrays,
    task: Task,
    data: Array,
    static: Array,
    answers: Answers,
    found: Look,
    shares: Shares,
) -> Mask:
    """Tell which fractions' intervals a covariance cannot give, as :mod:`xps.estimate` decides."""
    from . import kernel

    converged = (answers.code == kernel.CONVERGED)[:, None]
    told = converged & (shares.u > ROUNDING * shares.value) & (shares.likely > 0)
    seen = shares.significance
    wanted = (
        shares.limited | (seen < PROFILE_BELOW) | np.any(np.isfinite(found.rise), axis=1)[:, None]
    )
    wanted |= shares.resting > (ROUNDING * shares.value) ** 2
    soft = answers.counting + answers.constraints
    toward = np.einsum("nmk,nqk->nqm", soft, shares.gradient)
    variance = np.einsum("nqm,nqm->nq", toward, shares.gradient)
    shared = np.einsum("nqm,njm->nqj", toward, shares.amount)
    strayed = np.einsum("njm,nmk,njk->nj", shares.amount, soft, shares.amount, optimize=True)
    tied = shared**2 > TIED**2 * variance[:, :, None] * strayed[:, None, :]
    faint = found.significance < PROFILE_BELOW
    wanted |= np.any(tied & faint[:, None, :], axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = toward * (Z / np.sqrt(variance))[:, :, None]
    reach = np.where(np.isfinite(reach), reach, 0.0)
    fitted = np.concatenate([arrays.linear, arrays.bent])
    points = np.repeat(answers.values[:, None, :], 2 * reach.shape[1], axis=1)
    points[:, :, fitted] += np.concatenate([reach, -reach], axis=1)
    outside = np.any((points < arrays.lower) | (points > arrays.upper), axis=2)
    rises = np.full(points.shape[:2], Z**2)
    kernel.rises(arrays, task.poisson, data, static, answers, points, rises)
    off = outside | ~(
        np.abs(rises / Z**2 - 1.0)
        <= np.tile(np.where(seen < LOOK_CLOSELY_BELOW, NOT_PARABOLIC_FAINT, NOT_PARABOLIC), 2)
    )
    wanted |= off[:, : reach.shape[1]] | off[:, reach.shape[1] :]
    return wanted & told


def _rows(static: Array, rows: NDArray[np.intp]) -> Array:
    return static[rows] if len(static) > 1 else static


def _areas(arrays: Arrays, values: Array) -> Array:
    """Areas of all lines (..., lines) at parameters (..., Z)."""
    return (values @ arrays.area.T + arrays.area0) * (values @ arrays.ratio.T + arrays.ratio0)


def _shares(arrays: Arrays, values: Array, own: Array, mates: Array) -> Array:
    areas = _areas(arrays, values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (areas @ own) / (areas @ mates)
