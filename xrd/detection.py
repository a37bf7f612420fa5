"""What a refined pattern says of second phases, and how little of one would have been seen.

What the parameters of the refined phases, the background, and the imperfections of each of their
lines can explain is taken off a residual first (:func:`residual_of`). What is left is white, and
phases are asked of it one beside those that are already known (:func:`ask`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .model import PatternModel
from .reflections import together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .phase import PhaseModel
    from .profile import Lines
    from .refine import Refinement

__all__ = ["Asked", "Residual", "Stranger", "ask", "imperfections", "residual_of"]

Array = NDArray[np.float64]

UNEVEN = 0.05
"""Relative standard uncertainty of one line's intensity: grains, texture, extinction, sites;"""
OUT_OF_PLACE = 0.05
"""of its place, in widths;"""
OUT_OF_SHAPE = 0.05
"""of its width, relative;"""
SKEWED = 0.2
"""of the squared axial divergence that skews it, relative."""
LEAST_SKEW = 1e-4
"""Squared axial divergence that a skew is measured by where there is less."""
ONE_LINE = 0.1
"""Share of a width within which lines are one."""
FAINT = 1e-4
"""Lines below this share of the strongest have no imperfections to speak of."""
NOTHING_KNOWN = 1e3
"""Prior standard uncertainty of a free parameter, in those that counting alone would give."""
ONE_SIDED = 1.6448536
"""Standard deviations of a one-sided 95 % bound."""


@dataclass(frozen=True, slots=True, eq=False)
class Stranger:
    """A phase that is not in a model, seen as the model's first phase is.

    Build it with :meth:`beside`; :meth:`lines` and :meth:`column` are at scale 1.
    """

    phase: PhaseModel
    model: PatternModel
    values: Array
    width: float

    @classmethod
    def beside(
        cls,
        refinement: Refinement,
        phase: PhaseModel,
        *,
        wavelengths: tuple[float, ...] | None = None,
    ) -> Stranger:
        """Give a phase the instrument and the line widths of a refinement's first phase."""
        from dataclasses import replace

        from .profile import line_width

        known, first = refinement.model, refinement.model.phases[0].name
        seen = known.diffractometer
        if wavelengths is not None:
            seen = replace(seen, wavelengths=wavelengths)
        model = PatternModel.build(known.two_theta, seen, [phase], spacing=1e3)
        values = np.array([p.value for p in model.parameters])
        for key in ("size", "strain"):
            values[model.at[f"{phase.name} {key}"]] = refinement.value(f"{first} {key}")
        # A ghost is the first phase itself: it has its cell, its texture and its sites as well.
        for name, i in model.at.items():
            if name in known.at and not name.startswith("background "):
                values[i] = refinement.value(name)
        values[model.at[f"{phase.name} scale"]] = 1.0
        lines = next(iter(model.lines(phase, values)))
        return cls(phase, model, values, float(np.median(line_width(lines.gauss, lines.lorentz))))

    def changed(self, *, broadening: float = 1.0, stretch: float = 0.0) -> Stranger:
        """Give it with lines so many times as broad, and a cell longer by a relative stretch."""
        values, name = self.values.copy(), self.phase.name
        values[self.model.at[f"{name} size"]] += (broadening - 1.0) * self.width
        for i, direction in enumerate(self.phase.cells):
            if np.any(direction[:3] != 0.0):
                length = float(self.phase.cell @ direction / np.abs(direction).sum())
                values[self.model.at[f"{name} cell {i}"]] = stretch * length
        return Stranger(self.phase, self.model, values, self.width * broadening)

    def lines(self) -> list[Lines]:
        """Lines at each wavelength."""
        return list(self.model.lines(self.phase, self.values))

    def column(self, some: NDArray[np.intp] | None = None) -> Array:
        """Counts (channels,) for each unit of exposure, of all lines or of some."""
        y = np.zeros(self.model.two_theta.size)
        for lines in self.lines():
            y += _drawn(self.model, self.values, lines, some)
        return y


def _drawn(
    model: PatternModel, values: Array, lines: Lines, some: NDArray[np.intp] | None
) -> Array:
    from .profile import Lines, draw

    place, area, gauss, lorentz = (column if some is None else column[some] for column in lines[:4])
    none = np.zeros((place.size, 0))
    bare = Lines(place, area, gauss, lorentz, none, none, none, none)
    y, at = np.zeros(model.two_theta.size), model.at
    axial, shape = values[at["axial squared"]], values[at["shape"]]
    draw(model.two_theta, bare, axial, shape, (-1, -1), y, np.zeros((0, y.size)))
    return y


def imperfections(refinement: Refinement) -> tuple[Array, Array]:
    """Give how each line of the model may differ (modes, channels), and by how much (modes,).

    Four modes a line: its intensity, place, width and skew.
    """
    from .profile import Lines, draw, line_width

    model = refinement.model
    axial, shape = refinement.value("axial squared"), refinement.value("shape")
    skewed = max(axial, LEAST_SKEW)
    rows: list[Array] = []
    for phase in model.phases:
        seen = list(model.lines(phase, refinement.values))
        width = line_width(seen[0].gauss, seen[0].lorentz)
        strongest = float(seen[0].area.max())
        for group in together(seen[0].position, ONE_LINE * width):
            if seen[0].area[group].sum() <= FAINT * strongest:
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
                draw(model.two_theta, whole, axial, shape, (3, -1), unused, modes)
            modes[3] *= skewed
            rows.append(modes * model.exposure)
    sizes = np.array([UNEVEN, OUT_OF_PLACE, OUT_OF_SHAPE, SKEWED])
    if not rows:
        return np.zeros((0, model.two_theta.size)), np.zeros(0)
    return np.concatenate(rows), np.tile(sizes, len(rows))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Residual:
    """What a refinement leaves over, with all taken off that its phases can explain.

    Attributes
    ----------
    rest : (channels,) array
        (counts - calculated) / sigma, white where the model with its imperfections is right.
    sigma : (channels,) array
        Of the counts, for each unit of exposure.
    basis, shrink : (modes, channels) and (modes,) arrays
        Directions that the phases can explain, and how much of each is taken off.
    excess : float
        Standard deviation of the rest where it is more than noise, else 1.
    """

    rest: Array
    sigma: Array
    basis: Array
    shrink: Array
    excess: float

    def seen(self, columns: Array) -> Array:
        """Give columns of counts for each exposure (n, channels) as they stand beside the rest."""
        return self.whitened(columns / self.sigma)

    def whitened(self, white: Array) -> Array:
        """Take off what the phases can explain, of what is already in units of sigma."""
        return _whitened(white, self.basis, self.shrink)


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
    modes, sizes = imperfections(refinement)
    sigma = np.sqrt(refinement.calculated)
    white = slopes[free] / sigma
    counted = np.sum(white**2, axis=1) / NOTHING_KNOWN**2
    precision = refinement.knowledge.precision[np.ix_(free, free)] + np.diag(counted)
    # Directions of the parameters that are independent and of size 1 by what is known.
    scale = 1.0 / np.sqrt(np.diag(precision))
    root = np.linalg.cholesky(precision * np.outer(scale, scale))
    system = np.concatenate(
        [np.linalg.solve(root, white * scale[:, None]), modes / sigma * sizes[:, None]]
    )
    # The rows are far fewer than the channels: their Gram matrix has the same directions.
    values, turn = np.linalg.eigh(system @ system.T)
    kept = values > 1e-10 * values[-1]
    basis = (turn[:, kept].T @ system) / np.sqrt(values[kept])[:, None]
    shrink = 1.0 - 1.0 / np.sqrt(1.0 + values[kept])
    rest = _whitened((refinement.counts - refinement.calculated) / sigma, basis, shrink)
    spent = float(np.sum(1.0 - (1.0 - shrink) ** 2))
    excess = float(np.sqrt(np.sum(rest**2) / max(rest.size - spent, 1.0)))
    noise = 1.0 + 3.0 / np.sqrt(2.0 * rest.size)
    return Residual(
        rest=rest,
        sigma=sigma / np.broadcast_to(np.asarray(model.exposure), sigma.shape),
        basis=basis,
        shrink=shrink,
        excess=excess if excess > noise else 1.0,
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Asked:
    """What a residual says of columns (n,), each alone beside what is known.

    Attributes
    ----------
    scale, sigma : (n,) arrays
        Estimate without a bound at nothing, and its standard deviation.
    significance : (n,) array
        scale / sigma.
    """

    scale: Array
    sigma: Array
    significance: Array

    def likeliest(self, doubt: Array) -> int:
        """Which column the likelihood is for, each with so much against it beforehand (n,)."""
        return int(np.argmin(doubt - np.maximum(self.significance, 0.0) ** 2))

    def bound(self, doubt: Array) -> float:
        """One-sided 95 % bound of a scale that one of the columns has, and that is not negative.

        Of the profile likelihood: where -2 ln L, with the column that suits each scale best, is
        1.645^2 above its least value. ``doubt`` (n,) is what -2 ln of the prior adds to each.
        """
        least = float(np.min(doubt - np.maximum(self.significance, 0.0) ** 2))
        reach = self.significance**2 + least + ONE_SIDED**2 - doubt
        reached = self.scale + self.sigma * np.sqrt(np.maximum(reach, 0.0))
        return float(np.max(reached[reach >= 0.0]))


def ask(residual: Residual, columns: Array | Sequence[Array]) -> Asked:
    """Ask a residual for phases, given as columns (n, channels) at scale 1."""
    seen = residual.seen(np.asarray(columns))
    size = np.maximum(np.sqrt(np.sum(seen**2, axis=1)), 1e-300)
    sigma = residual.excess / size
    scale = (seen @ residual.rest) / size**2
    return Asked(scale=scale, sigma=sigma, significance=scale / sigma)
