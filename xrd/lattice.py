"""The cell of a phase from where its lines are, whatever their intensities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from references.phase import AXES, Phase
from references.words import Assessment, Estimate, UncertaintyParts

from .phase import Uneven, unevenly
from .refine import refine

if TYPE_CHECKING:
    from .refine import Refinement
    from .structure import Structure

__all__ = ["Axis", "Lattice", "MissingLine", "lattice_of"]

PAWLEY = Uneven(u=1.0)
"""Intensities are the data's; where lines overlap, the structure divides them."""
SYSTEMATIC = 0.005 / 9.85
"""Relative standard uncertainty of a length without an internal standard, 0.005 Angstrom on an
argyrodite: zero, transparency and displacement are not told apart (a convention)."""
TWO_SIDED = 1.959964
"""Standard deviations of a two-sided 95 % interval."""
COVERAGE = 2.0
"""Standard uncertainties by which a length may be outside its band."""
MISSING, SEEN_TO = 0.35, 0.2
"""A line is missing that has less than this share of its intensity, known to this."""
WEAK = 0.03
"""Lines below this share of the strongest are not missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A length [Angstrom] or angle [degrees] of a cell.

    Attributes
    ----------
    name : str
    estimate : Estimate
    band : (float, float) or None
        Accepted values, where the library has them.
    inside : bool or None
        Whether it lies in the band, or within two standard uncertainties of it.
    """

    name: str
    estimate: Estimate
    band: tuple[float, float] | None
    inside: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingLine:
    """A line that the structure has and the pattern has not.

    Attributes
    ----------
    two_theta : float
        [degrees]
    share : float
        Of the intensity that it should have.
    u : float
    """

    two_theta: float
    share: float
    u: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lattice:
    """The cell of a phase, and which of its lines are not there.

    Attributes
    ----------
    axes : tuple of Axis
        Those that symmetry leaves free.
    missing : tuple of MissingLine
    refinement : Refinement
        With intensities of its own for each line.
    """

    axes: tuple[Axis, ...]
    missing: tuple[MissingLine, ...]
    refinement: Refinement

    @property
    def inside(self) -> bool | None:
        """Whether all axes lie in their bands; ``None`` where there is none."""
        told = [axis.inside for axis in self.axes if axis.inside is not None]
        return all(told) if told else None

    def to_dict(self) -> dict[str, object]:
        """Give the lattice as JSON-ready values; the first length by itself."""
        first = self.axes[0]
        return {
            "a_A": first.estimate.value,
            "u_A": first.estimate.u,
            "u_parts": first.estimate.u_parts.to_dict(),
            "band_A": None if first.band is None else list(first.band),
            "inside": self.inside,
            "axes": [
                {
                    "axis": axis.name,
                    "value": axis.estimate.value,
                    "u": axis.estimate.u,
                    "band": None if axis.band is None else list(axis.band),
                    "inside": axis.inside,
                }
                for axis in self.axes
            ],
        }


def lattice_of(refinement: Refinement, phase: Phase | Structure | None = None) -> Lattice:
    """Refine the first phase of a pattern anew, with intensities of its own for each line.

    G. S. Pawley, J. Appl. Cryst. 14 (1981) 357; other phases keep their structures. Where that does
    not settle, the cell is the refinement's own.

    Parameters
    ----------
    refinement : Refinement
    phase : Phase or Structure, optional
        A phase brings the bands of its axes.
    """
    old = refinement.model
    main, *others = old.phases
    free = unevenly(main, PAWLEY, old.diffractometer.wavelengths[0])
    scale = f"{main.name} scale"
    model = old.with_phases([free, *others]).with_parameter(
        scale, value=refinement.value(scale), u=0.0
    )
    found = refine(model, refinement.counts, start=refinement.start(model))
    if found.assessment is not Assessment.CONVERGED:
        # Intensities of the structure then.
        found = refinement
    axes = tuple(_axis(found, i, phase) for i in range(len(main.cells)))
    return Lattice(axes=axes, missing=_missing(found), refinement=found)


def _axis(found: Refinement, number: int, phase: Phase | Structure | None) -> Axis:
    main = found.model.phases[0]
    name = AXES[int(np.flatnonzero(main.cells[number])[0])]
    place = found.model.at[f"{main.name} cell {number}"]
    value = found.cell(main)[AXES.index(name)]
    shares = {key: part[place, place] for key, part in found.shares().items()}
    beyond = max(found.gof**2 - 1.0, 0.0)
    length = name in AXES[:3]
    parts = UncertaintyParts(
        counting=float(np.sqrt(shares["counting"])),
        misfit=float(np.sqrt(max(shares.get("misfit", 0.0), 0.0) + beyond * shares["counting"])),
        background=float(np.sqrt(max(shares["background"], 0.0))),
        constraints=float(
            np.hypot(np.sqrt(max(shares["constraints"], 0.0)), SYSTEMATIC * value if length else 0)
        ),
    )
    # One that rests at the end of its room is no measurement.
    settled = found.assessment is Assessment.CONVERGED and found.covariance[place, place] > 0.0
    u = parts.total
    estimate = Estimate(
        value=value,
        u=u if settled else None,
        u_parts=parts if settled else UncertaintyParts(),
        low=value - TWO_SIDED * u if settled else None,
        high=value + TWO_SIDED * u if settled else None,
        level=0.95 if settled else None,
    )
    band = phase.band(name) if isinstance(phase, Phase) else None
    inside = None
    if band is not None and settled:
        inside = band[0] - COVERAGE * u <= value <= band[1] + COVERAGE * u
    return Axis(name=name, estimate=estimate, band=band, inside=inside)


def _missing(found: Refinement) -> tuple[MissingLine, ...]:
    model, main = found.model, found.model.phases[0]
    if main.groups is None:
        return ()
    values = found.values.copy()
    for k in range(len(main.groups)):
        values[model.at[f"{main.name} line {k}"]] = 0.0
    lines, made = next(iter(model.lines(main, values))), list[MissingLine]()
    for k, group in enumerate(main.groups):
        members = np.flatnonzero(group)
        share, u = 1.0 + found.value(f"{main.name} line {k}"), found.u(f"{main.name} line {k}")
        place = float(lines.position[members[0]])
        if not model.two_theta[0] < place < model.two_theta[-1]:
            continue
        if lines.area[members].sum() < WEAK * lines.area.max():
            continue
        if share + 2.0 * u < MISSING and u < SEEN_TO:
            made.append(MissingLine(two_theta=place, share=share, u=u))
    return tuple(made)
