"""A powder pattern as a function of its parameters: phases on a background, and a diffractometer.

y(2 theta) = background + sum over phases p, reflections h, wavelengths w of
S_p r_w m_h LP <|F_h|^2> exp(-2 B s^2) T_h profile(2 theta - 2 theta_h), with the analytic
derivatives of all parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .background import SPACING, smooth_rows
from .crystal import metric_of
from .knowledge import Spread
from .reflections import Reflections, d_spacings, reflections, structure_factors, together
from .texture import axis_cosines, march_dollase, texture_harmonics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .profile import Lines
    from .structure import Structure

__all__ = [
    "Diffractometer",
    "Parameter",
    "PatternModel",
    "PhaseModel",
    "Uneven",
    "phase_model",
    "unevenly",
]

Array = NDArray[np.float64]

ONE_PLACE = 0.02
"""Lines nearer than this [degrees] have one intensity;"""
FAINT = 1e-3
"""those below this share of the strongest none that may differ;"""
ALIKE = 20.0
"""those within this distance [degrees] have structure factors of a kind."""
LEAST_UNEVEN = 1e-3
"""Smallest relative spread of a phase's line intensities that is sought."""
LEAST_TEXTURE = 0.05
"""Smallest factor that a texture gives to an intensity."""
LEAST_WIDTH = 1e-3
"""Smallest width [degrees] that either part of a line may have."""
WIDEST = 0.12
"""Largest axial divergence S/L."""
LEAST_SQUARE = 3e-4
"""Squared Gaussian width [degrees^2] below which U tan^2 + V tan + W is bent away from nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number of a model: where it begins, where it may go, and what is known of it.

    ``u`` is the standard uncertainty of that knowledge, infinite where there is none; a parameter
    is held where it is 0. ``doubt`` is the standard uncertainty of one that is held: no fit may
    move it, but what follows from a fit is no better than it is.
    """

    name: str
    value: float
    low: float = -np.inf
    high: float = np.inf
    u: float = np.inf
    doubt: float = 0.0

    @property
    def held(self) -> bool:
        """Whether it keeps its value."""
        return self.u == 0.0


SURE = Parameter(name="own B", value=0.0, u=0.0)
"""Displacement parameters that are as the structure states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffractometer:
    """What brought the pattern about.

    Attributes
    ----------
    wavelengths : tuple of float
        K-alpha1 and K-alpha2 [Angstrom], or one alone.
    ratio, ratio_u : float
        K-alpha2 over K-alpha1.
    polarization : float
        K = cos^2(2 theta_monochromator); 1 without a monochromator.
    radius : float
        Of the goniometer [mm].
    geometry : str
        ``reflection`` of a flat plate, ``transmission`` through one, or ``capillary``.
    zero : float
        Of 2 theta [degrees].
    gauss, gauss_u : (U, V, W)
        Squared Gaussian width U tan^2 + V tan + W [degrees^2]; a pattern alone hardly tells the
        three apart, so what is not known is that of laboratory instruments.
    lorentz : (X, Y)
        Lorentzian width X/cos + Y tan [degrees] of the instrument.
    axial, axial_u : float
        Axial divergence S/L.
    shape, shape_u : float
        0 for Voigt lines, 1 for pseudo-Voigt ones.
    """

    wavelengths: tuple[float, ...] = (1.5405929, 1.5444274)
    ratio: float = 0.5
    ratio_u: float = 0.02
    polarization: float = 1.0
    radius: float = 173.0
    geometry: str = "reflection"
    zero: float = 0.0
    gauss: tuple[float, float, float] = (0.003, -0.003, 0.006)
    gauss_u: tuple[float, float, float] = (0.01, 0.01, np.inf)
    lorentz: tuple[float, float] = (0.0, 0.0)
    axial: float = 0.02
    axial_u: float = 0.02
    shape: float = 0.0
    shape_u: float = 0.5

    def pull(self, theta: Array) -> Array:
        """By how much a millimetre of displacement moves lines (n,) of Bragg angles [degrees].

        -2 cos(theta)/R for a plate above the focussing circle; -sin(2 theta)/R for a sample that
        the beam passes through, displaced along it (across it is left out).
        """
        if self.geometry == "reflection":
            return -2.0 * np.degrees(np.cos(theta)) / self.radius
        return -np.degrees(np.sin(2.0 * theta)) / self.radius

    def seen(self, theta: Array) -> Array:
        """Lorentz and polarization factors (n,), and how much of a plate the beam meets.

        Absorption in a plate or capillary that the beam passes through falls much as exp(-2 B s^2)
        does, and goes into B.
        """
        polarized = 1.0 + self.polarization * np.cos(2.0 * theta) ** 2
        factor = polarized / (np.sin(theta) ** 2 * np.cos(theta))
        return factor / np.cos(theta) if self.geometry == "transmission" else factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Uneven:
    """How far a line's intensity may be from the structure's.

    Parameters
    ----------
    u : float
        Relative standard uncertainty of a line of usual strength; 1 leaves intensities to the data,
        as Pawley does.
    sought : bool
        Whether u is only a start, and found from the data.
    """

    u: float
    sought: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PhaseModel:
    """One phase of a model: its structure, the reflections in the range, how its cell may move.

    Attributes
    ----------
    name : str
    structure : Structure
    reflections : Reflections
    cells : tuple of (6,) arrays
        Directions in which symmetry lets its cell move.
    groups : (k, n) array or None
        Lines in one place whose intensity may differ from the structure's;
    frailty : (k,) array or None
        how much more than usual each may;
    uneven : Uneven or None
        and how much that is.
    cos2 : (n, equivalents) array or None
        Squared cosines to the axis of a texture.
    harmonics : (k, n) array or None
        What a texture about any axis may do to the intensities.
    mixed : (3, n) array or None
        <|F|^2> by powers of an exchange of atoms between sites.
    exchange : Parameter or None
        How much of them are exchanged.
    own_b : Parameter
        What is to be added to its displacement parameters.
    room : float
        How far its cell may be from the structure's, relative.
    """

    name: str
    structure: Structure
    reflections: Reflections
    cells: tuple[Array, ...]
    groups: Array | None = None
    frailty: Array | None = None
    uneven: Uneven | None = None
    cos2: Array | None = None
    harmonics: Array | None = None
    mixed: Array | None = None
    exchange: Parameter | None = None
    own_b: Parameter = SURE
    room: float = 0.02

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
    uneven: Uneven | None = None,
    texture_axis: tuple[int, int, int] | None = None,
    textured: bool = False,
    exchanged: Structure | None = None,
    exchange: Parameter | None = None,
    own_b: Parameter = SURE,
    room: float = 0.02,
) -> PhaseModel:
    """Lay a phase out for a range of angles.

    Parameters
    ----------
    uneven : Uneven, optional
        How far each line's intensity may be from the structure's.
    texture_axis : (int, int, int), optional
        Axis h, k, l of a texture after March and Dollase.
    textured : bool
        Whether intensities may follow symmetrized harmonics instead, whatever the texture's axis.
    exchanged : Structure, optional
        The same structure with atoms exchanged between sites in full; how much of it there is, is
        the parameter ``exchange``.
    own_b : Parameter
        What is to be added to the structure's displacement parameters B [Angstrom^2], beside what
        all phases have in common.
    room : float
        How far the cell may be from the structure's, relative.
    """
    # So far that no line is lost where the cell moves.
    beyond = [2.0 + np.degrees(2.0 * room * np.tan(np.radians(0.5 * end))) for end in two_theta]
    reach = two_theta[0] - beyond[0], min(two_theta[1] + beyond[1], 179.0)
    found = reflections(structure, wavelength, two_theta=reach)
    laid = PhaseModel(
        name=name,
        structure=structure,
        reflections=found,
        cells=cell_directions(structure),
        cos2=None if texture_axis is None else axis_cosines(structure, found.hkl, texture_axis),
        harmonics=texture_harmonics(structure, found.hkl) if textured else None,
        mixed=None if exchanged is None else _mixed(structure, exchanged, found.hkl, wavelength),
        exchange=exchange,
        own_b=own_b,
        room=room,
    )
    return laid if uneven is None else unevenly(laid, uneven, wavelength)


def unevenly(phase: PhaseModel, uneven: Uneven, wavelength: float) -> PhaseModel:
    """Give a phase whose line intensities may differ from its structure's."""
    groups, frailty = _groups(phase.reflections, wavelength)
    return replace(phase, groups=groups, frailty=frailty, uneven=uneven)


def _groups(found: Reflections, wavelength: float) -> tuple[Array, Array]:
    """Lines in one place (k, n), and how frail the intensity of each is (k,).

    An error of F is much the same for all lines of some angles, so that the relative one of |F|^2
    is larger where F is small.
    """
    angle = found.two_theta(wavelength)
    if not angle.size:
        return np.zeros((0, 0)), np.zeros(0)
    strength = found.multiplicity * found.f2 / np.sin(np.radians(0.5 * angle)) ** 2
    rows: list[Array] = []
    frailty: list[float] = []
    for group in together(angle, np.full(angle.size, ONE_PLACE)):
        if strength[group].sum() < FAINT * strength.max():
            continue
        rows.append(np.isin(np.arange(angle.size), group).astype(float))
        near = np.abs(angle - angle[group[0]]) < ALIKE
        usual, own = (
            np.average(found.f2[some], weights=found.multiplicity[some]) for some in (near, group)
        )
        frailty.append(float(np.sqrt(max(1.0, usual / own))))
    return np.array(rows), np.array(frailty)


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


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PatternModel:
    """A pattern's model: :meth:`evaluate` gives its counts and their slopes.

    Parameters of the instrument come first, then the background's, then each phase's. ``spreads``
    are families of parameters of which only their spread is known.
    """

    two_theta: Array
    diffractometer: Diffractometer
    phases: tuple[PhaseModel, ...]
    parameters: tuple[Parameter, ...]
    background: Array = field(repr=False)
    spreads: tuple[Spread, ...] = field(repr=False)
    exposure: Array | float = 1.0
    beneath: Array | None = field(default=None, repr=False)
    spacing: float = SPACING

    @classmethod
    def build(
        cls,
        two_theta: Array,
        diffractometer: Diffractometer,
        phases: Sequence[PhaseModel],
        *,
        exposure: Array | float = 1.0,
        beneath: Array | None = None,
        spacing: float = SPACING,
    ) -> PatternModel:
        """Lay a model out with its usual knowledge and starts.

        Parameters
        ----------
        exposure : (channels,) array or float
            Counting times of the channels, where these differ.
        beneath : (channels,) or (n, channels) array, optional
            What is known to lie beneath the lines, to a factor: an empty holder's pattern.
        spacing : float
            Degrees between the knots of the background.
        """
        x = np.asarray(two_theta, dtype=float)
        rows, penalty = smooth_rows(x, beneath, spacing)
        seen = diffractometer
        own = [
            Parameter(name="displacement", value=0.0, low=-1.0, high=1.0),
            Parameter(name="ratio", value=seen.ratio, low=0.0, u=seen.ratio_u),
            *(
                Parameter(name=f"gauss {key}", value=value, low=low, high=0.5, u=u)
                for key, value, u, low in zip(
                    "UVW", seen.gauss, seen.gauss_u, (-0.5, -0.5, 1e-4), strict=True
                )
            ),
            Parameter(
                name="axial squared",
                value=seen.axial**2,
                low=0.0,
                high=WIDEST**2,
                u=2.0 * max(seen.axial, seen.axial_u) * seen.axial_u,
            ),
            # One for all phases: B of a structure is known better than a mixture can tell.
            Parameter(name="B", value=0.0, low=-1.5, high=4.0, u=0.5),
            Parameter(name="shape", value=seen.shape, low=-0.5, high=1.5, u=seen.shape_u),
            *(Parameter(name=f"background {i}", value=0.0) for i in range(len(rows))),
        ]
        first = len(own) - len(rows)
        spreads = [Spread(part="background", first=first, last=len(own), penalty=penalty)]
        for phase in phases:
            own += _of_phase(phase)
            if phase.uneven is not None:
                spreads.append(_spread(phase, [p.name for p in own]))
        return cls(
            two_theta=x,
            diffractometer=diffractometer,
            phases=tuple(phases),
            parameters=tuple(own),
            background=rows,
            spreads=tuple(spreads),
            exposure=exposure,
            beneath=beneath,
            spacing=spacing,
        )

    def with_phases(
        self, phases: Sequence[PhaseModel], *, beneath: Array | None = None
    ) -> PatternModel:
        """Give the model of other phases on the same diffractometer, with what is known of both.

        ``beneath`` are further columns that are known to a factor.
        """
        rows = [given for given in (self.beneath, beneath) if given is not None]
        model = PatternModel.build(
            self.two_theta,
            self.diffractometer,
            phases,
            exposure=self.exposure,
            beneath=np.vstack(rows) if rows else None,
            spacing=self.spacing,
        )
        known = {p.name: p for p in self.parameters if not p.name.startswith("background")}
        return replace(model, parameters=tuple(known.get(p.name, p) for p in model.parameters))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the parameters, in their order."""
        return tuple(parameter.name for parameter in self.parameters)

    def with_parameter(self, name: str, **changes: float) -> PatternModel:
        """Give the model with other knowledge of one parameter."""
        changed = tuple(replace(p, **changes) if p.name == name else p for p in self.parameters)
        return replace(self, parameters=changed)

    @property
    def smooth(self) -> slice:
        """Where the background's parameters stand."""
        first = self.names.index("background 0")
        return slice(first, first + len(self.background))

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
        y += values[self.smooth] @ self.background
        jacobian[self.smooth] = self.background
        axial, shape = at["axial squared"], at["shape"]
        lines = [one for phase in self.phases for one in self.lines(phase, values)]
        draw(self.two_theta, lines, values[axial], values[shape], (axial, shape), y, jacobian)
        return y * self.exposure, jacobian * self.exposure

    def column(self, phase: PhaseModel, values: Array) -> Array:
        """Counts (channels,) of one phase at the scale it would have, were that one."""
        from .profile import draw

        at = self.at
        values = values.copy()
        values[at[f"{phase.name} scale"]] = 1.0
        y = np.zeros(self.two_theta.size)
        bare = [
            lines._replace(
                **{f"by_{name}": np.zeros((lines.area.size, 0)) for name in lines._fields[:4]}
            )
            for lines in self.lines(phase, values)
        ]
        axial, shape = values[at["axial squared"]], values[at["shape"]]
        draw(self.two_theta, bare, axial, shape, (-1, -1), y, np.zeros((0, y.size)))
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
        zero = self.diffractometer.zero
        d, by_cell = self._spacings(phase, values, own)
        amount, by_amount = _amounts(phase, values, own | {"B": at["B"]}, 0.25 / d**2, shape)
        width_u, width_v, width_w = (at[f"gauss {key}"] for key in "UVW")
        for number, wavelength in enumerate(self.diffractometer.wavelengths):
            theta = np.arcsin(np.clip(0.5 * wavelength / d, 0.0, 0.99999))
            tangent = np.tan(theta)
            seen = self.diffractometer.seen(theta)
            share = 1.0 if number == 0 else values[at["ratio"]]
            by_area = by_amount * (share * seen)[:, None]
            if number > 0:
                by_area[:, at["ratio"]] = amount * seen
            by_position, by_gauss, by_lorentz = (np.zeros(shape) for _ in range(3))
            pull = self.diffractometer.pull(theta)
            by_position[:, at["displacement"]] = pull
            for i, slope in by_cell:
                by_position[:, i] = -np.degrees(2.0 * tangent / d) * slope
            squared = (values[width_u] * tangent + values[width_v]) * tangent + values[width_w]
            # Never negative, and with a slope that leads back from where it would be.
            bent = np.hypot(squared, LEAST_SQUARE)
            gauss = np.sqrt(0.5 * (squared + bent) + LEAST_WIDTH**2)
            slope = 0.25 * (1.0 + squared / bent) / gauss
            for i, power in ((width_u, tangent**2), (width_v, tangent), (width_w, 1.0)):
                by_gauss[:, i] = slope * power
            size, strain = self.diffractometer.lorentz
            lorentz = (values[own["size"]] + size) / np.cos(theta)
            lorentz += (values[own["strain"]] + strain) * tangent
            by_lorentz[:, own["size"]] = 1.0 / np.cos(theta)
            by_lorentz[:, own["strain"]] = tangent
            yield Lines(
                np.degrees(2.0 * theta) + pull * values[at["displacement"]] + zero,
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
    unit = found.multiplicity * f2 * np.exp(-2.0 * (values[own["B"]] + values[own["own B"]]) * s2)
    relative[own["B"]] = relative[own["own B"]] = -2.0 * s2
    if phase.groups is not None:
        places = [own[f"line {k}"] for k in range(len(phase.groups))]
        factor = np.maximum(1.0 + values[places] @ phase.groups, LEAST_TEXTURE)
        unit = unit * factor
        relative |= dict(zip(places, phase.groups / factor, strict=True))
    if phase.cos2 is not None:
        texture, slope = march_dollase(phase.cos2, values[own["texture"]])
        unit = unit * texture
        relative[own["texture"]] = slope / texture
    if phase.harmonics is not None:
        places = [own[f"harmonic {k}"] for k in range(len(phase.harmonics))]
        texture = np.maximum(1.0 + values[places] @ phase.harmonics, LEAST_TEXTURE)
        unit = unit * texture
        relative |= dict(zip(places, phase.harmonics / texture, strict=True))
    amount = values[own["scale"]] * unit
    by[:, own["scale"]] = unit
    for i, change in relative.items():
        by[:, i] = amount * change
    return amount, by


def _spread(phase: PhaseModel, names: list[str]) -> Spread:
    """Of the line intensities of the phase that has just joined."""
    assert phase.uneven is not None
    assert phase.frailty is not None
    first = names.index(f"{phase.name} line 0")
    return Spread(
        part="misfit",
        first=first,
        last=first + phase.frailty.size,
        penalty=np.diag(phase.frailty**-2.0),
        precision=phase.uneven.u**-2.0,
        most=LEAST_UNEVEN**-2.0,
        sought=phase.uneven.sought,
    )


def _of_phase(phase: PhaseModel) -> list[Parameter]:
    name = phase.name
    found = [Parameter(name=f"{name} scale", value=0.0, low=0.0)]
    for i, direction in enumerate(phase.cells):
        room = phase.room * float(np.abs(phase.cell @ direction) / np.abs(direction).sum())
        found.append(Parameter(name=f"{name} cell {i}", value=0.0, low=-room, high=room))
    found += [
        Parameter(name=f"{name} size", value=0.03, low=0.0, high=5.0),
        Parameter(name=f"{name} strain", value=0.03, low=0.0, high=5.0),
        replace(phase.own_b, name=f"{name} own B"),
    ]
    if phase.cos2 is not None:
        found.append(Parameter(name=f"{name} texture", value=0.0, low=-1.0, high=1.0, u=0.1))
    for k in range(0 if phase.groups is None else len(phase.groups)):
        found.append(Parameter(name=f"{name} line {k}", value=0.0, low=-1.0))
    for k in range(0 if phase.harmonics is None else len(phase.harmonics)):
        found.append(Parameter(name=f"{name} harmonic {k}", value=0.0, low=-0.8, high=0.8, u=0.1))
    if phase.exchange is not None:
        found.append(replace(phase.exchange, name=f"{name} exchange"))
    return found
