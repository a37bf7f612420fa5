"""One phase of a pattern's model: its lines, and how they may differ from its structure's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .crystal import metric_of
from .knowledge import Parameter, Spread
from .reflections import Reflections, reflections, structure_factors, together
from .texture import axis_cosines, march_dollase, texture_harmonics

if TYPE_CHECKING:
    from .structure import Structure

__all__ = [
    "SURE",
    "PhaseModel",
    "Uneven",
    "amounts",
    "cell_directions",
    "parameters_of",
    "phase_model",
    "spread_of",
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
LEAST_LINE = 1e-6
"""Share of its intensity that a line is left, so that it has a slope."""
LEAST_TEXTURE = 0.05
"""Smallest factor that a texture gives to an intensity."""

SURE = Parameter(name="own B", value=0.0, u=0.0)
"""Displacement parameters that are as the structure states."""


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


def amounts(
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
        factor = 1.0 + values[places] @ phase.groups
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


def spread_of(phase: PhaseModel, names: list[str]) -> Spread:
    """Spread of the line intensities of a phase among the names of a model's parameters."""
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


def parameters_of(phase: PhaseModel) -> list[Parameter]:
    """Parameters that a phase brings into a model."""
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
        found.append(Parameter(name=f"{name} line {k}", value=0.0, low=-1.0 + LEAST_LINE))
    for k in range(0 if phase.harmonics is None else len(phase.harmonics)):
        found.append(Parameter(name=f"{name} harmonic {k}", value=0.0, low=-0.8, high=0.8, u=0.1))
    if phase.exchange is not None:
        found.append(replace(phase.exchange, name=f"{name} exchange"))
    return found
