"""A powder pattern as a function of its parameters: phases on a background, and a diffractometer.

y(2 theta) = background + sum over phases p, reflections h, wavelengths w of
S_p r_w m_h LP <|F_h|^2> exp(-2 B_p s^2) T_h profile(2 theta - 2 theta_h), with the analytic
derivatives of all parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .crystal import metric_of
from .reflections import (
    Reflections,
    d_spacings,
    reciprocal_metric,
    reflections,
    structure_factors,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .profile import Lines
    from .structure import Structure

__all__ = ["Diffractometer", "Parameter", "PatternModel", "PhaseModel", "phase_model"]

Array = NDArray[np.float64]

REACH = 10.0
"""Degrees to which the tails of a line are drawn."""
LEAST_WIDTH = 1e-3
"""Smallest width [degrees] that either part of a line may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number of a model: where it begins, where it may go, and what is known of it.

    ``u`` is the standard uncertainty of that knowledge, infinite where there is none; a parameter
    is held where it is 0.
    """

    name: str
    value: float
    low: float = -np.inf
    high: float = np.inf
    u: float = np.inf

    @property
    def held(self) -> bool:
        """Whether it keeps its value."""
        return self.u == 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffractometer:
    """What brought the pattern about.

    Attributes
    ----------
    wavelengths : tuple of float
        K-alpha1 and K-alpha2 [Angstrom], or one alone.
    ratio : float
        K-alpha2 over K-alpha1.
    ratio_u : float
    polarization : float
        K = cos^2(2 theta_monochromator); 1 without a monochromator.
    radius : float
        Of the goniometer [mm].
    """

    wavelengths: tuple[float, ...] = (1.5405929, 1.5444274)
    ratio: float = 0.5
    ratio_u: float = 0.02
    polarization: float = 1.0
    radius: float = 173.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PhaseModel:
    """One phase of a model: its structure, the reflections in the range, how its cell may move.

    ``cos2`` (n, equivalents) are angles to a texture's axis; ``mixed`` (3, n) gives <|F|^2> by
    powers of an exchange of atoms between sites.
    """

    name: str
    structure: Structure
    reflections: Reflections
    cells: tuple[Array, ...]
    cos2: Array | None = None
    mixed: Array | None = None
    exchange: Parameter | None = None

    @property
    def cell(self) -> Array:
        """a, b, c [Angstrom], alpha, beta, gamma [degrees] of the structure."""
        return np.array(self.structure.cell)


def cell_directions(structure: Structure) -> tuple[Array, ...]:
    """Give the directions (6,) in which symmetry lets a cell move.

    They span the changes of the metric tensor that no rotation of the point group alters, each in
    units of the cell's own lengths [Angstrom] or angles [degrees].

    Examples
    --------
    >>> from references import load
    >>> from xrd.structure import structure
    >>> cell_directions(structure(load().phase("Li6PS5Cl")))[0].tolist()
    [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    """
    cell = np.array(structure.cell)
    step = 1e-5
    slopes = np.stack(
        [
            (metric_of(tuple(cell + step * e)) - metric_of(tuple(cell - step * e))) / (2 * step)
            for e in np.eye(6)
        ]
    )
    rotations = np.unique(structure.rotations, axis=0).astype(float)
    turned = np.einsum("oji,pjk,okl->opil", rotations, slopes, rotations)
    kept = (turned - slopes).transpose(0, 2, 3, 1).reshape(-1, 6)
    _, values, rows = np.linalg.svd(kept)
    free = rows[values <= 1e-6 * max(values[0], 1.0)]
    return tuple(_reduced(free))


def _reduced(rows: Array) -> Array:
    """Reduced row echelon form: the first number of each direction is one, and nobody else's."""
    rows = rows.copy()
    lead = 0
    for r in range(len(rows)):
        while np.all(np.abs(rows[r:, lead]) < 1e-6):
            lead += 1
        pivot = r + int(np.abs(rows[r:, lead]).argmax())
        rows[[r, pivot]] = rows[[pivot, r]]
        rows[r] /= rows[r, lead]
        for other in range(len(rows)):
            if other != r:
                rows[other] -= rows[other, lead] * rows[r]
    rows[np.abs(rows) < 1e-9] = 0.0
    return rows.round(9)


def phase_model(
    name: str,
    structure: Structure,
    wavelength: float,
    two_theta: tuple[float, float],
    *,
    texture_axis: tuple[int, int, int] | None = None,
    exchanged: Structure | None = None,
    exchange: Parameter | None = None,
) -> PhaseModel:
    """Lay a phase out for a range of angles.

    ``exchanged`` is the same structure with atoms exchanged between sites in full; how much of it
    there is, is the parameter ``exchange``.
    """
    found = reflections(structure, wavelength, two_theta=(two_theta[0] - 2.0, two_theta[1] + 2.0))
    cos2 = None
    if texture_axis is not None:
        metric = reciprocal_metric(structure.cell)
        rotations = np.unique(structure.rotations, axis=0)
        images = np.einsum("ni,oij->noj", found.hkl, rotations).astype(float)
        axis = np.asarray(texture_axis, dtype=float)
        along = np.einsum("noi,ij,j->no", images, metric, axis)
        lengths = np.einsum("noi,ij,noj->no", images, metric, images)
        cos2 = along**2 / lengths / float(axis @ metric @ axis)
    return PhaseModel(
        name=name,
        structure=structure,
        reflections=found,
        cells=cell_directions(structure),
        cos2=cos2,
        mixed=None if exchanged is None else _mixed(structure, exchanged, found.hkl, wavelength),
        exchange=exchange,
    )


def _mixed(one: Structure, other: Structure, hkl: NDArray[np.int64], wavelength: float) -> Array:
    """Mean |F|^2 of (1 - x) one + x other, by powers of x: structure factors are linear in x."""
    found = np.zeros((3, len(hkl)))
    ends = zip(*(structure_factors(s, hkl, wavelength) for s in (one, other)), strict=True)
    for first, last in ends:
        change = last - first
        found[0] += 0.5 * np.abs(first) ** 2
        found[1] += (first * np.conj(change)).real
        found[2] += 0.5 * np.abs(change) ** 2
    return found


@dataclass(frozen=True, slots=True, eq=False)
class PatternModel:
    """A pattern's model: :meth:`evaluate` gives its counts and their slopes.

    Parameters of the instrument come first, then the background's, then each phase's.
    """

    two_theta: Array
    diffractometer: Diffractometer
    phases: tuple[PhaseModel, ...]
    parameters: tuple[Parameter, ...]
    background: Array = field(repr=False)
    exposure: Array | float = 1.0

    @classmethod
    def build(
        cls,
        two_theta: Array,
        diffractometer: Diffractometer,
        phases: Sequence[PhaseModel],
        *,
        terms: int = 10,
        exposure: Array | float = 1.0,
    ) -> PatternModel:
        """Lay a model out with its usual knowledge and starts.

        ``exposure`` are the counting times of the channels, where these differ.
        """
        x = np.asarray(two_theta, dtype=float)
        t = 2.0 * (x - x[0]) / (x[-1] - x[0]) - 1.0
        # Chebyshev polynomials, and what air scatters at low angles.
        smooth = np.cos(np.arange(terms)[:, None] * np.arccos(np.clip(t, -1.0, 1.0)))
        rows = np.concatenate([smooth, 10.0 / x[None, :]])
        own = [
            Parameter(name="displacement", value=0.0, low=-1.0, high=1.0),
            Parameter(name="ratio", value=diffractometer.ratio, low=0.0, u=diffractometer.ratio_u),
            # A pattern alone hardly tells U, V and W apart: those of laboratory instruments.
            Parameter(name="gauss U", value=0.003, low=-0.1, high=0.5, u=0.01),
            Parameter(name="gauss V", value=-0.003, low=-0.5, high=0.5, u=0.01),
            Parameter(name="gauss W", value=0.006, low=1e-4, high=0.5),
            Parameter(name="axial", value=0.02, low=0.0, high=0.12, u=0.02),
            *(Parameter(name=f"background {i}", value=0.0) for i in range(len(rows))),
        ]
        for phase in phases:
            own += _of_phase(phase)
        return cls(x, diffractometer, tuple(phases), tuple(own), rows, exposure)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the parameters, in their order."""
        return tuple(parameter.name for parameter in self.parameters)

    def with_parameter(self, name: str, **changes: float) -> PatternModel:
        """Give the model with other knowledge of one parameter."""
        changed = tuple(replace(p, **changes) if p.name == name else p for p in self.parameters)
        return replace(self, parameters=changed)

    @property
    def at(self) -> dict[str, int]:
        """Where each parameter stands."""
        return {name: i for i, name in enumerate(self.names)}

    def evaluate(self, values: Array) -> tuple[Array, Array]:
        """Counts (channels,) and their derivatives (parameters, channels)."""
        from .profile import draw

        at = self.at
        y = np.zeros(self.two_theta.size)
        jacobian = np.zeros((len(values), y.size))
        background = slice(at["background 0"], at["background 0"] + len(self.background))
        y += values[background] @ self.background
        jacobian[background] = self.background
        axial = at["axial"]
        for phase in self.phases:
            for lines in self.lines(phase, values):
                draw(self.two_theta, lines, values[axial], axial, REACH, y, jacobian)
        return y * self.exposure, jacobian * self.exposure

    def column(self, phase: PhaseModel, values: Array) -> Array:
        """Counts (channels,) of one phase at the scale it would have, were that one."""
        from .profile import draw

        at = self.at
        values = values.copy()
        values[at[f"{phase.name} scale"]] = 1.0
        y = np.zeros(self.two_theta.size)
        for lines in self.lines(phase, values):
            bare = lines._replace(
                **{f"by_{name}": np.zeros((lines.area.size, 0)) for name in lines._fields[:4]}
            )
            draw(self.two_theta, bare, values[at["axial"]], -1, REACH, y, np.zeros((0, y.size)))
        return y * self.exposure

    def lines(self, phase: PhaseModel, values: Array) -> Iterator[Lines]:
        """Lines of one phase at each wavelength, with their derivatives by all parameters."""
        from .profile import Lines

        at = self.at
        own = {
            key.removeprefix(f"{phase.name} "): i
            for key, i in at.items()
            if key.startswith(f"{phase.name} ")
        }
        shape = phase.reflections.d.size, len(values)
        d, by_cell = self._spacings(phase, values, own)
        amount, by_amount = _amounts(phase, values, own, 0.25 / d**2, shape)
        width_u, width_v, width_w = (at[f"gauss {key}"] for key in "UVW")
        for number, wavelength in enumerate(self.diffractometer.wavelengths):
            theta = np.arcsin(np.clip(0.5 * wavelength / d, 0.0, 0.99999))
            tangent = np.tan(theta)
            polarized = 1.0 + self.diffractometer.polarization * np.cos(2.0 * theta) ** 2
            seen = polarized / (np.sin(theta) ** 2 * np.cos(theta))
            share = 1.0 if number == 0 else values[at["ratio"]]
            by_area = by_amount * (share * seen)[:, None]
            if number > 0:
                by_area[:, at["ratio"]] = amount * seen
            by_position, by_gauss, by_lorentz = (np.zeros(shape) for _ in range(3))
            pull = -2.0 * np.degrees(np.cos(theta)) / self.diffractometer.radius
            by_position[:, at["displacement"]] = pull
            for i, slope in by_cell:
                by_position[:, i] = -np.degrees(2.0 * tangent / d) * slope
            squared = (values[width_u] * tangent + values[width_v]) * tangent + values[width_w]
            gauss = np.sqrt(np.maximum(squared, LEAST_WIDTH**2))
            for i, power in ((width_u, tangent**2), (width_v, tangent), (width_w, 1.0)):
                by_gauss[:, i] = 0.5 * power / gauss
            lorentz = values[own["size"]] / np.cos(theta) + values[own["strain"]] * tangent
            by_lorentz[:, own["size"]] = 1.0 / np.cos(theta)
            by_lorentz[:, own["strain"]] = tangent
            yield Lines(
                np.degrees(2.0 * theta) + pull * values[at["displacement"]],
                amount * share * seen,
                gauss,
                np.maximum(lorentz, LEAST_WIDTH),
                by_position,
                by_area,
                by_gauss,
                by_lorentz,
            )

    def _spacings(
        self, phase: PhaseModel, values: Array, own: dict[str, int]
    ) -> tuple[Array, list[tuple[int, Array]]]:
        """Give d and its derivatives by movements of the cell; central differences, to 1e-9."""
        places = [own[f"cell {i}"] for i in range(len(phase.cells))]
        cell = phase.cell + sum(values[i] * c for i, c in zip(places, phase.cells, strict=True))
        hkl, step = phase.reflections.hkl, 1e-4
        slopes = [
            (d_spacings(hkl, cell + step * c) - d_spacings(hkl, cell - step * c)) / (2.0 * step)
            for c in phase.cells
        ]
        return d_spacings(hkl, cell), list(zip(places, slopes, strict=True))


def _amounts(
    phase: PhaseModel, values: Array, own: dict[str, int], s2: Array, shape: tuple[int, int]
) -> tuple[Array, Array]:
    """Scale times m <|F|^2> exp(-2 B s^2) T of each reflection, and its derivatives."""
    found = phase.reflections
    by = np.zeros(shape)
    f2 = found.f2
    relative: dict[int, Array] = {}
    if phase.mixed is not None:
        x = values[own["exchange"]]
        f2 = phase.mixed[0] + x * (phase.mixed[1] + x * phase.mixed[2])
        relative[own["exchange"]] = (phase.mixed[1] + 2.0 * x * phase.mixed[2]) / f2
    unit = found.multiplicity * f2 * np.exp(-2.0 * values[own["B"]] * s2)
    relative[own["B"]] = -2.0 * s2
    if phase.cos2 is not None:
        texture, slope = _texture(phase.cos2, values[own["texture"]])
        unit = unit * texture
        relative[own["texture"]] = slope / texture
    amount = values[own["scale"]] * unit
    by[:, own["scale"]] = unit
    for i, change in relative.items():
        by[:, i] = amount * change
    return amount, by


def _of_phase(phase: PhaseModel) -> list[Parameter]:
    name = phase.name
    found = [Parameter(name=f"{name} scale", value=0.0, low=0.0)]
    for i, direction in enumerate(phase.cells):
        room = 0.02 * float(np.abs(phase.cell @ direction) / np.abs(direction).sum())
        found.append(Parameter(name=f"{name} cell {i}", value=0.0, low=-room, high=room))
    found += [
        Parameter(name=f"{name} size", value=0.03, low=0.0, high=5.0),
        Parameter(name=f"{name} strain", value=0.03, low=0.0, high=5.0),
        Parameter(name=f"{name} B", value=0.0, low=-1.5, high=4.0, u=0.5),
    ]
    if phase.cos2 is not None:
        found.append(Parameter(name=f"{name} texture", value=0.0, low=-1.0, high=1.0, u=0.1))
    if phase.exchange is not None:
        found.append(replace(phase.exchange, name=f"{name} exchange"))
    return found


def _texture(cos2: Array, log_r: float) -> tuple[Array, Array]:
    """March-Dollase factors of reflections, and their derivatives by ln r.

    The mean over equivalents of (r^2 cos^2 + sin^2/r)^(-3/2); W. A. Dollase, J. Appl. Cryst. 19
    (1986) 267.
    """
    r = np.exp(log_r)
    inner = r * r * cos2 + (1.0 - cos2) / r
    slope = 2.0 * r * r * cos2 - (1.0 - cos2) / r
    return (inner**-1.5).mean(axis=1), (-1.5 * inner**-2.5 * slope).mean(axis=1)
