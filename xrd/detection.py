"""Is a second phase in the pattern, and how little of it would have been seen?

All candidates are asked at once, in one weighted linear fit about the refined main phase: what the
main phase's own parameters, the background, and the imperfections of each of its lines can explain
is taken off first. The scales of candidates are not negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .model import LEAST_WIDTH, PatternModel, PhaseModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .refine import Refinement

__all__ = ["Asked", "Residual", "imperfections", "residual_of", "unit_pattern"]

Array = NDArray[np.float64]

UNEVEN = 0.05
"""Relative standard uncertainty of one line's intensity: grains, texture, extinction, sites."""
OUT_OF_PLACE = 0.05
"""Of its place, in widths."""
OUT_OF_SHAPE = 0.05
"""Of its width, relative; and of a skew, in the same measure."""
APART = 0.1
"""Lines nearer than this share of their width are one."""


def unit_pattern(
    refinement: Refinement, phase: PhaseModel, *, broadening: float = 1.0, shift: float = 0.0
) -> Array:
    """Give the counts of a phase with scale 1 under the refined instrument.

    Parameters
    ----------
    refinement : Refinement
        Of the main phase, whose line widths the candidate is given.
    phase : PhaseModel
    broadening : float
        Its widths over those of the main phase.
    shift : float
        Relative change of its cell's lengths.
    """
    from .profile import Lines, draw, line_width

    model = refinement.model
    main = model.phases[0].name
    at = {name: i for i, name in enumerate(model.names)}
    value = refinement.values
    d = phase.reflections.d * (1.0 + shift)
    y = np.zeros(model.two_theta.size)
    s2 = 0.25 / d**2
    diffractometer = model.diffractometer
    for number, wavelength in enumerate(diffractometer.wavelengths):
        theta = np.arcsin(np.clip(0.5 * wavelength / d, 0.0, 0.99999))
        share = 1.0 if number == 0 else value[at["ratio"]]
        polarized = 1.0 + diffractometer.polarization * np.cos(2.0 * theta) ** 2
        area = share * phase.reflections.multiplicity * phase.reflections.f2 * polarized
        area = area / (np.sin(theta) ** 2 * np.cos(theta))
        tangent = np.tan(theta)
        u, v, w = (value[at[f"gauss {key}"]] for key in "UVW")
        gauss = np.sqrt(np.maximum((u * tangent + v) * tangent + w, LEAST_WIDTH**2))
        lorentz = value[at[f"{main} size"]] / np.cos(theta) + value[at[f"{main} strain"]] * tangent
        extra = (broadening - 1.0) * line_width(gauss, np.maximum(lorentz, LEAST_WIDTH))
        lorentz = np.maximum(lorentz + extra, LEAST_WIDTH)
        pull = -2.0 * np.degrees(np.cos(theta)) / diffractometer.radius
        place = np.degrees(2.0 * theta) + pull * value[at["displacement"]]
        none = np.zeros((d.size, 0))
        lines = Lines(place, area, gauss, lorentz, none, none, none, none)
        draw(
            model.two_theta, lines, value[at["axial"]], -1, 10.0, y, np.zeros((0, y.size))
        )  # fmt: skip
    del s2
    return y * model.exposure


def imperfections(refinement: Refinement) -> tuple[Array, Array]:
    """Give how each main line may differ from the model (modes, channels), and by how much (modes,).

    Of each line: its intensity, place, width and skew.
    """
    from .profile import Lines, draw, line_width

    model = refinement.model
    at = {name: i for i, name in enumerate(model.names)}
    rows: list[Array] = []
    x = model.two_theta
    for phase in model.phases:
        per_wavelength = list(model.lines(phase, refinement.values, at))
        first = per_wavelength[0]
        width = line_width(first.gauss, first.lorentz)
        order = np.argsort(first.position)
        groups: list[list[int]] = []
        for i in order:
            near = groups and first.position[i] - first.position[groups[-1][-1]] < APART * width[i]
            groups[-1].append(int(i)) if near else groups.append([int(i)])
        floor = 1e-4 * max(float(first.area.max()), 1e-300)
        for group in groups:
            if first.area[group].sum() < floor:
                continue
            slopes = np.zeros((4, x.size))
            for lines in per_wavelength:
                part = [column[group] for column in lines[:4]]
                n = len(group)
                by = [np.zeros((n, 4)) for _ in range(4)]
                by[1][:, 0] = part[1]
                by[0][:, 1] = line_width(part[2], part[3])
                by[2][:, 2], by[3][:, 2] = part[2], part[3]
                draw(
                    x, Lines(*part, *by), refinement.values[at["axial"]], 3, 10.0,
                    np.zeros(x.size), slopes,
                )  # fmt: skip
            slopes[3] *= max(refinement.values[at["axial"]], 0.01)
            rows.append(slopes * model.exposure)
    sizes = np.array([UNEVEN, OUT_OF_PLACE, OUT_OF_SHAPE, 2.0 * OUT_OF_SHAPE])
    return np.concatenate(rows), np.tile(sizes, len(rows))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Residual:
    """What a refinement leaves over, with all taken off that the main phase can explain.

    Attributes
    ----------
    rest : (channels,) array
        (counts - calculated) / sigma, projected.
    sigma : (channels,) array
    """

    rest: Array
    sigma: Array
    _basis: Array
    _shrink: Array

    def without_main(self, columns: Array) -> Array:
        """Project columns (n, channels) of counts as the residual was."""
        white = columns / self.sigma
        seen = white @ self._basis.T
        return white - (seen * self._shrink) @ self._basis


def residual_of(refinement: Refinement) -> Residual:
    """Take off a residual what parameters, background and line imperfections explain."""
    model = refinement.model
    _, slopes = model.evaluate(refinement.values)
    free = np.diag(refinement.covariance) > 0.0
    known = np.array([p.u for p in model.parameters])[free]
    modes, sizes = imperfections(refinement)
    sigma = np.sqrt(refinement.calculated)
    system = np.concatenate([slopes[free], modes]) / sigma
    u = np.concatenate([known, sizes])
    # Columns in units of what is known of them; a wide prior where there is none.
    scale = np.where(np.isfinite(u), u, 1e3 / np.sqrt(np.maximum((system**2).sum(axis=1), 1e-300)))
    system = system * scale[:, None]
    _, values, basis = np.linalg.svd(system, full_matrices=False)
    shrink = 1.0 - 1.0 / np.sqrt(1.0 + values**2)
    made = Residual(rest=np.zeros(0), sigma=sigma, _basis=basis, _shrink=shrink)
    rest = made.without_main((refinement.counts - refinement.calculated)[None, :])[0]
    return Residual(rest=rest, sigma=sigma, _basis=basis, _shrink=shrink)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Asked:
    """Scales of candidates (n,) from a residual, and how sure they are.

    Attributes
    ----------
    scale, sigma : (n,) arrays
        Without a bound at nothing; sigma with all other candidates free.
    best : (n,) array
        With the bound.
    significance : (n,) array
        Root of what -2 ln L rises by without the candidate.
    upper : (n,) array
        One-sided 95 % bound from the profile likelihood.
    """

    scale: Array
    sigma: Array
    best: Array
    significance: Array
    upper: Array


def ask(residual: Residual, columns: Array) -> Asked:
    """Ask a residual for candidates, given as columns (n, channels) of unit scale."""
    from scipy.optimize import nnls

    seen = residual.without_main(columns)
    size = np.sqrt((seen**2).sum(axis=1))
    unit = seen / size[:, None]
    gram = unit @ unit.T
    told = unit @ residual.rest
    inverse = np.linalg.pinv(gram, hermitian=True)
    scale, sigma = inverse @ told, np.sqrt(np.diag(inverse))
    best, rest = nnls(unit.T, residual.rest)
    significance = np.zeros(len(columns))
    for c in np.flatnonzero(best > 0.0):
        others = np.arange(len(columns)) != c
        _, without = nnls(unit[others].T, residual.rest)
        significance[c] = np.sqrt(max(without**2 - rest**2, 0.0))
    upper = scale + np.sqrt(np.minimum(scale, 0.0) ** 2 + 1.6449**2 * sigma**2)
    return Asked(
        scale=scale / size,
        sigma=sigma / size,
        best=best / size,
        significance=significance,
        upper=upper / size,
    )


def in_one(columns: Sequence[Array]) -> Array:
    """Stack columns of candidates."""
    return np.stack(list(columns))


def with_main_only(model: PatternModel) -> bool:
    """Tell whether a model holds one phase."""
    return len(model.phases) == 1
