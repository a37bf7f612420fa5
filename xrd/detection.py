"""What a refined pattern says of second phases, and how little of one would have been seen.

All candidates are asked at once, in one weighted linear fit about the refined main phase. What the
main phase's own parameters, the background, and the imperfections of each of its lines can explain
is taken off first; scales of candidates are not negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .least_squares import non_negative
from .model import REACH, PatternModel

if TYPE_CHECKING:
    from .model import PhaseModel
    from .refine import Refinement

__all__ = ["Asked", "Residual", "ask", "imperfections", "residual_of", "unit_pattern"]

Array = NDArray[np.float64]

UNEVEN = 0.05
"""Relative standard uncertainty of one line's intensity: grains, texture, extinction, sites;"""
OUT_OF_PLACE = 0.05
"""of its place, in widths;"""
OUT_OF_SHAPE = 0.05
"""of its width, relative;"""
SKEWED = 0.1
"""of the axial divergence that skews it, relative."""
LEAST_SKEW = 0.01
"""Axial divergence that a skew is measured by where there is less."""
ONE_LINE = 0.1
"""Share of a width within which lines are one."""
FAINT = 1e-4
"""Lines below this share of the strongest have no imperfections to speak of."""
NOTHING_KNOWN = 1e3
"""Prior standard uncertainty of a free parameter, in those that counting alone would give."""
ONE_SIDED = 1.6448536
"""Standard deviations of a one-sided 95 % bound."""


def unit_pattern(refinement: Refinement, phase: PhaseModel, *, broadening: float = 1.0) -> Array:
    """Give the counts of a phase at scale 1, seen as the main phase is.

    Parameters
    ----------
    refinement : Refinement
        Of the main phase, which comes first in its model.
    phase : PhaseModel
    broadening : float
        Widths in the middle of the pattern over those of the main phase.
    """
    from .profile import line_width

    model, main = refinement.model, refinement.model.phases[0].name
    alone = PatternModel.build(model.two_theta, model.diffractometer, [phase])
    values = np.array([p.value for p in alone.parameters])
    for name, i in alone.at.items():
        if name in model.at and not name.startswith("background"):
            values[i] = refinement.value(name)
    for key in ("size", "strain"):
        values[alone.at[f"{phase.name} {key}"]] = refinement.value(f"{main} {key}")
    if broadening != 1.0:
        middle = next(iter(alone.lines(phase, values)))
        width = line_width(middle.gauss, middle.lorentz)
        values[alone.at[f"{phase.name} size"]] += (broadening - 1.0) * float(np.median(width))
    return alone.column(phase, values) * model.exposure


def imperfections(refinement: Refinement) -> tuple[Array, Array]:
    """Give how each line of the model may differ (modes, channels), and by how much (modes,).

    Four modes a line: its intensity, place, width and skew.
    """
    from .profile import Lines, draw, line_width

    model = refinement.model
    axial = refinement.value("axial")
    skewed = max(axial, LEAST_SKEW)
    rows: list[Array] = []
    for phase in model.phases:
        seen = list(model.lines(phase, refinement.values))
        width = line_width(seen[0].gauss, seen[0].lorentz)
        strongest = float(seen[0].area.max())
        for group in _together(seen[0].position, ONE_LINE * width):
            if seen[0].area[group].sum() < FAINT * strongest:
                continue
            modes = np.zeros((4, model.two_theta.size))
            for lines in seen:
                place, area, gauss, lorentz = (column[group] for column in lines[:4])
                by = [np.zeros((len(group), 4)) for _ in range(4)]
                by[0][:, 1] = line_width(gauss, lorentz)
                by[1][:, 0] = area
                by[2][:, 2], by[3][:, 2] = gauss, lorentz
                whole = Lines(place, area, gauss, lorentz, *by)
                unused = np.zeros(model.two_theta.size)
                draw(model.two_theta, whole, axial, 3, REACH, unused, modes)
            modes[3] *= skewed
            rows.append(modes * model.exposure)
    sizes = np.array([UNEVEN, OUT_OF_PLACE, OUT_OF_SHAPE, SKEWED])
    return np.concatenate(rows), np.tile(sizes, len(rows))


def _together(position: Array, distance: Array) -> list[NDArray[np.intp]]:
    """Group lines that are nearer to the next one than a distance."""
    order = np.argsort(position)
    gaps = np.diff(position[order]) > distance[order][1:]
    return np.split(order, np.flatnonzero(gaps) + 1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Residual:
    """What a refinement leaves over, with all taken off that the main phase can explain.

    Attributes
    ----------
    rest : (channels,) array
        (counts - calculated) / sigma, white where the model with its imperfections is right.
    sigma : (channels,) array
        Of the counts.
    basis, shrink : (modes, channels) and (modes,) arrays
        Directions that the main phase can explain, and how much of each is taken off.
    """

    rest: Array
    sigma: Array
    basis: Array
    shrink: Array

    def seen(self, columns: Array) -> Array:
        """Give columns of counts (n, channels) as they stand beside the residual."""
        return _whitened(columns / self.sigma, self.basis, self.shrink)


def _whitened(white: Array, basis: Array, shrink: Array) -> Array:
    return white - ((white @ basis.T) * shrink) @ basis


def residual_of(refinement: Refinement) -> Residual:
    """Take off a residual what parameters, background and imperfections explain.

    With the columns A of all of these in units of their prior u, the covariance of
    (counts - calculated)/sigma is 1 + A' A; its inverse root makes the residual white.
    """
    model = refinement.model
    _, slopes = model.evaluate(refinement.values)
    free = np.diag(refinement.covariance) > 0.0
    known = np.array([p.u for p in model.parameters])[free]
    modes, sizes = imperfections(refinement)
    sigma = np.sqrt(refinement.calculated)
    system = np.concatenate([slopes[free], modes]) / sigma
    counted = NOTHING_KNOWN / np.sqrt(np.maximum(np.sum(system**2, axis=1), 1e-300))
    u = np.concatenate([np.where(np.isfinite(known), known, counted[: known.size]), sizes])
    _, values, basis = np.linalg.svd(system * u[:, None], full_matrices=False)
    shrink = 1.0 - 1.0 / np.sqrt(1.0 + values**2)
    rest = (refinement.counts - refinement.calculated) / sigma
    return Residual(rest=_whitened(rest, basis, shrink), sigma=sigma, basis=basis, shrink=shrink)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Asked:
    """What a residual says of candidates (n,).

    Attributes
    ----------
    scale, sigma : (n,) arrays
        Without a bound at nothing, all candidates together.
    best : (n,) array
        With that bound.
    significance : (n,) array
        Root of what -2 ln L rises by without the candidate; 0 where it is at nothing.
    upper : (n,) array
        One-sided 95 % bound of the profile likelihood over what is not negative.
    """

    scale: Array
    sigma: Array
    best: Array
    significance: Array
    upper: Array


def ask(residual: Residual, columns: Array) -> Asked:
    """Ask a residual for candidates, given as columns (n, channels) of counts at scale 1."""
    seen = residual.seen(columns)
    size = np.sqrt(np.sum(seen**2, axis=1))
    unit = seen / size[:, None]
    inverse = np.asarray(np.linalg.pinv(unit @ unit.T, hermitian=True), dtype=float)
    scale, sigma = inverse @ (unit @ residual.rest), np.sqrt(np.diag(inverse))
    best, rest = non_negative(unit, residual.rest)
    significance = np.zeros(len(columns))
    for c in np.flatnonzero(best > 0.0):
        others = np.arange(len(columns)) != c
        without = non_negative(unit[others], residual.rest)[1]
        significance[c] = np.sqrt(max(without**2 - rest**2, 0.0))
    upper = scale + np.hypot(np.minimum(scale, 0.0), ONE_SIDED * sigma)
    return Asked(
        scale=scale / size,
        sigma=sigma / size,
        best=best / size,
        significance=significance,
        upper=upper / size,
    )
