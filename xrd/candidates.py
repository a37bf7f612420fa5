"""Second phases that a pattern is asked for: where their lines may lie, and what speaks for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.phase import Phase, Role
from references.value import Status

from .detection import Asked, Stranger, ask
from .phase import phase_model
from .reflections import together
from .structure import structure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry

    from .detection import Residual
    from .phase import PhaseModel
    from .profile import Lines
    from .refine import Refinement
    from .structure import Structure

__all__ = [
    "Candidate",
    "Evidence",
    "Sighting",
    "best_line",
    "candidates_of",
    "default_candidates",
    "look",
    "supporting_lines",
]

Array = NDArray[np.float64]

TOLERANCE = {
    Status.MEASURED: 0.001,
    Status.CALCULATED: 0.001,
    Status.REPORTED: 0.001,
    Status.HANDBOOK: 0.002,
}
"""How far a cell of some standing may be from the sample's, relative: conventions of this program,
for temperature and composition."""
UNSURE = 0.005
"""The same of a cell that nobody has read, a user's among them."""
STEP = 0.4
"""Widths by which lines move from one cell that is tried to the next."""
AT_MOST = 25
"""Cells that are tried."""
BROADENINGS = 1.0, 3.0
"""Widths of lines that are tried, in those of the main phase."""
FREE = 1.0
"""Widths that a line keeps from those of other phases to speak for its own, what these can explain
being taken off already;"""
IN_THE_WAY = 0.1
"""others that are fainter than this share of it are not in its way."""
APART = 2.0
"""Widths between two lines that speak each for itself."""
SPEAKS = 3.0
"""Standard deviations with which a line speaks for its phase;"""
EXPECTED = 5.0
"""with so many it should, had it what the phase's scale gives it,"""
LOOKED_AT = 8
"""Strongest lines among which the one that is seen best is sought."""
ABSENT = 0.3
"""and where it has less than this share, it speaks against it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """A phase that a pattern is asked for.

    Parameters
    ----------
    name : str
    structure : Structure
    phase : PhaseModel
        Laid out over the pattern's range.
    stretches, doubt : (n,) arrays
        Relative changes of its cell at which it is tried, and what speaks against each beforehand,
        -2 ln of the prior: nothing within a band, more and more beside a cell that is known.
    elements : tuple of str
    """

    name: str
    structure: Structure
    phase: PhaseModel
    stretches: Array
    doubt: Array
    elements: tuple[str, ...]

    @property
    def trials(self) -> float:
        """How many independent questions it is; cells less than a width apart are one."""
        return 1.0 + STEP * (len(self.stretches) - 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sighting:
    """A candidate at the cell and width at which a residual speaks loudest for it.

    Attributes
    ----------
    candidate : Candidate
    seen : Stranger
        At that cell and width.
    narrow : (channels,) array
        As it would be with lines as wide as the main phase's, at scale 1, for each unit of
        exposure.
    scale, sigma, significance : float
    guess : (float, float)
        Scale and its standard deviation at the likeliest cell, at the main phase's width.
    upper : float
        One-sided 95 % bound of the scale over all cells, at the main phase's width.
    sigma_narrow, sigma_broad : float
        Largest standard deviation over the cells, at the main phase's width and at three of it.
    broadening : float
    """

    candidate: Candidate
    seen: Stranger
    narrow: Array
    scale: float
    sigma: float
    significance: float
    guess: tuple[float, float]
    upper: float
    sigma_narrow: float
    sigma_broad: float
    broadening: float


def candidates_of(
    named: Sequence[Phase | Structure],
    wavelength: float,
    two_theta: tuple[float, float],
    width: float,
) -> list[Candidate]:
    """Lay candidates out for a pattern whose lines have a width [degrees]."""
    found: list[Candidate] = []
    for given in named:
        crystal = structure(given) if isinstance(given, Phase) else given
        phase = phase_model(crystal.name, crystal, wavelength, two_theta)
        low, high, known = _band(given)
        stretches = _stretches((low, high), phase, wavelength, two_theta, width)
        found.append(
            Candidate(
                name=crystal.name,
                structure=crystal,
                phase=phase,
                stretches=stretches,
                doubt=(stretches / (0.5 * high)) ** 2 if known else np.zeros(stretches.size),
                elements=tuple(element for element, n in crystal.contents.items() if n > 0),
            )
        )
    return found


def _band(given: Phase | Structure) -> tuple[float, float, bool]:
    """How far a cell may be from its own, relative, and whether that is twice its standard u."""
    value = given.known("a") if isinstance(given, Phase) else None
    if value is None:
        return -UNSURE, UNSURE, False
    if value.low is not None and value.high is not None:
        return value.low / value.best - 1.0, value.high / value.best - 1.0, False
    far = TOLERANCE.get(value.status, UNSURE)
    return -far, far, value.status in TOLERANCE


def _stretches(
    band: tuple[float, float],
    phase: PhaseModel,
    wavelength: float,
    two_theta: tuple[float, float],
    width: float,
) -> Array:
    """Relative changes of a cell over its band, so that lines move by less than a width at once."""
    low, high = band
    angle = phase.reflections.two_theta(wavelength)
    inside = (angle > two_theta[0]) & (angle < two_theta[1])
    if not inside.any():
        return np.zeros(1)
    weight = (phase.reflections.multiplicity * phase.reflections.f2)[inside]
    theta = np.radians(0.5 * angle[inside])
    weight = weight / np.sin(theta) ** 2
    moves = 2.0 * np.degrees(np.average(np.tan(theta), weights=weight))
    number = int(np.ceil((high - low) * moves / (STEP * width))) + 1
    if number <= 1:
        return np.zeros(1)
    number = min(number, AT_MOST)
    # The library's own cell is among them.
    steps = np.linspace(low, high, number)
    steps[np.abs(steps).argmin()] = 0.0
    return steps


def look(refinement: Refinement, residual: Residual, candidate: Candidate) -> Sighting | None:
    """Look for a candidate at all its cells and widths; ``None`` where it has no line in range."""
    x = refinement.model.two_theta
    angle = candidate.phase.reflections.two_theta(refinement.model.diffractometer.wavelengths[0])
    if not np.any((angle > x[0]) & (angle < x[-1])):
        return None
    base = Stranger.beside(refinement, candidate.phase)
    asked: dict[float, Asked] = {}
    columns: dict[float, Array] = {}
    for broadening in BROADENINGS:
        columns[broadening] = np.array(
            [
                base.changed(broadening=broadening, stretch=float(stretch)).column()
                for stretch in candidate.stretches
            ]
        )
        asked[broadening] = ask(residual, columns[broadening])
    broadening = max(BROADENINGS, key=lambda b: float(asked[b].significance.max()))
    told, alike = asked[broadening], asked[1.0]
    best = int(told.significance.argmax())
    likeliest = alike.likeliest(candidate.doubt)
    return Sighting(
        candidate=candidate,
        seen=base.changed(broadening=broadening, stretch=float(candidate.stretches[best])),
        narrow=columns[1.0][best],
        scale=float(told.scale[best]),
        sigma=float(told.sigma[best]),
        significance=float(told.significance[best]),
        guess=(float(alike.scale[likeliest]), float(alike.sigma[likeliest])),
        upper=alike.bound(candidate.doubt),
        sigma_narrow=float(asked[1.0].sigma.max()),
        sigma_broad=float(asked[BROADENINGS[-1]].sigma.max()),
        broadening=broadening,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the lines of a candidate say, each for itself.

    Attributes
    ----------
    lines : tuple of float
        Two theta [degrees] of those that speak for it, free of other phases' lines.
    missing : tuple of float
        Of those that should and do not.
    """

    lines: tuple[float, ...] = ()
    missing: tuple[float, ...] = ()


def supporting_lines(refinement: Refinement, residual: Residual, sighting: Sighting) -> Evidence:
    """Ask the free lines of a candidate one by one."""
    from .profile import line_width

    seen = sighting.seen.lines()[0]
    model = refinement.model
    width = line_width(seen.gauss, seen.lorentz)
    inside = (seen.position > model.two_theta[0]) & (seen.position < model.two_theta[-1])
    firsts = [next(iter(model.lines(phase, refinement.values))) for phase in model.phases]
    others = [(lines.position, lines.area) for lines in firsts]
    places, areas = (np.concatenate(columns) for columns in zip(*others, strict=True))
    lines: list[float] = []
    missing: list[float] = []
    for group in together(seen.position, APART * width):
        if not inside[group].any():
            continue
        area = sighting.scale * seen.area[group].sum()
        middle = float(np.average(seen.position[group], weights=seen.area[group]))
        near = np.abs(places - middle) < FREE * (width[group].max() + _spread(seen, group))
        if areas[near].sum() > IN_THE_WAY * area:
            continue
        told = ask(residual, [sighting.seen.column(group)])
        expected = sighting.scale / float(told.sigma[0])
        if told.significance[0] >= SPEAKS:
            lines.append(middle)
        elif expected >= EXPECTED and told.scale[0] < ABSENT * sighting.scale:
            missing.append(middle)
    return Evidence(lines=tuple(lines), missing=tuple(missing))


def best_line(residual: Residual, sighting: Sighting) -> float:
    """Two theta [degrees] of the line by which a candidate would be seen best."""
    seen = sighting.seen.lines()[0]
    x = sighting.seen.model.two_theta
    inside = np.flatnonzero((seen.position > x[0]) & (seen.position < x[-1]))
    strong = inside[np.argsort(-seen.area[inside])][:LOOKED_AT]
    power = [
        np.sum(residual.seen(sighting.seen.column(strong[[i]])) ** 2) for i in range(len(strong))
    ]
    return float(seen.position[strong[int(np.argmax(power))]])


def _spread(lines: Lines, group: NDArray[np.intp]) -> float:
    return 0.5 * float(np.ptp(lines.position[group]))


def default_candidates(library: Registry, main: str) -> tuple[list[Phase], list[Phase]]:
    """Give the phases of the library that can be asked for, and those that lack a structure."""
    named = [p for p in library.phases if p.role is Role.CANDIDATE and p.key != main]
    return [p for p in named if p.cif], [p for p in named if not p.cif]
