"""What is known of a fit's parameters beforehand: places, widths and shapes of lines.

Numbers with a reason but no source stand here by name; what has a source stands in the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .constraint import Affine
from .lineshape import lineshape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from references.core_level import CoreLevel, SpeciesLine
    from references.species import Species

    from .envelope import Component

__all__ = [
    "HELD_SHAPES",
    "POSITION_MARGIN",
    "SCALE_U",
    "alike_mixes",
    "alike_widths",
    "lifetime_broadening",
    "mix_u",
    "places_on_one_scale",
    "position_u",
    "position_window",
    "shape_knowledge",
    "width_group",
    "width_range",
    "width_u",
]

POSITION_MARGIN = 0.3
"""Room given to a position beyond its species' range [eV]: the energy scale's own accuracy."""
SCALE_U = 0.5 * POSITION_MARGIN
"""Standard uncertainty of the energy scale [eV]: all lines of a spectrum are off together."""
LEAST_RANGE_U = 0.05
"""A species' energy is not known better than this [eV], however few the records."""
NEIGHBOUR_SHARE = 0.4
"""Share of the distance to a neighbouring species that a margin may use."""
WIDTH_RATIO_U = 0.1
"""Standard uncertainty of the width ratio between two compounds on one level."""
MIX_KNOWLEDGE = (0.3, 0.2)
"""What is known of a pseudo-Voigt's Lorentz share before a fit: a working range, not a datum."""
MIX_DIFFERENCE_U = 0.1
"""Standard uncertainty of the difference of Lorentz shares between two compounds on one level: a
lifetime width in common, under widths that differ by a tenth, makes 0.03; disorder makes more."""
ASYMMETRY_KNOWLEDGE = (0.1, 0.05)
"""The same for the many-body asymmetry of a simple metal's line."""
BAND_KNOWLEDGE = (7.0, 3.0)
"""The same for the end of its tail, in line widths: free-electron Fermi energies (Li 4.7, In 8.6,
Ga 10.4 eV; Ashcroft and Mermin, Solid State Physics (1976), table 2.1) over lines of 1.1 eV."""
INSTRUMENT_WIDTH = 1.1
"""What a compound's line is as wide as without the core hole's lifetime [eV]: a working width of
instrument and phonons together, from which only ratios of levels' widths are taken."""
HELD_SHAPES = {"band"}
"""Shape parameters held by default: far from the line, tail and background look alike."""


def position_window(line: SpeciesLine, others: Iterable[SpeciesLine]) -> tuple[float, float]:
    """Give the species' range with a margin, but none towards a neighbour that is near [eV].

    Two species whose windows overlap can trade places, or one can mend the other's shape.
    """
    own = line.energy.best
    low, high = line.window[0] - POSITION_MARGIN, line.window[1] + POSITION_MARGIN
    for other in others:
        there = other.energy.best
        reach = own + NEIGHBOUR_SHARE * (there - own)
        if there > own:
            high = min(high, max(line.window[1], reach))
        elif there < own:
            low = max(low, min(line.window[0], reach))
    return low, high


def position_u(line: SpeciesLine) -> float:
    """Give the standard uncertainty of a species' energy within its range [eV]."""
    return max(float(np.ptp(line.window)) / np.sqrt(12.0), LEAST_RANGE_U)


def places_on_one_scale(
    places: Sequence[tuple[Affine, float, float]],
) -> Iterator[tuple[Affine, float, float]]:
    """Give what the library knows of places: each within its range, all on one energy scale.

    Parameters
    ----------
    places : sequence of (Affine, energy, u)
        Ranges are independent of each other, an error of the energy scale is shared.

    Yields
    ------
    (Affine, target, u)
        Independent residuals.
    """
    yield from _with_common_error(places, SCALE_U)


def alike_mixes(members: Sequence[Affine]) -> Iterator[tuple[Affine, float, float]]:
    """Give what is known of compounds' Lorentz shares: each 0.3 +- 0.2, and nearly the same.

    Yields
    ------
    (Affine, target, u)
        Independent residuals.
    """
    best, u = MIX_KNOWLEDGE
    common = float(np.sqrt(u**2 - mix_u() ** 2))
    yield from _with_common_error([(mix, best, mix_u()) for mix in members], common)


def mix_u() -> float:
    """Give the u of one Lorentz share about its level's mean: every pair differs by 0.1."""
    return MIX_DIFFERENCE_U / float(np.sqrt(2.0))


def _with_common_error(
    values: Sequence[tuple[Affine, float, float]], common: float
) -> Iterator[tuple[Affine, float, float]]:
    """Give (value, best, own u) and an error they share as independent residuals.

    Through the Cholesky factor of their covariance.
    """
    own = np.array([u for _, _, u in values])
    factor = np.linalg.cholesky(np.diag(own**2) + common**2)
    for row in np.linalg.inv(factor):
        combined, target = Affine(), 0.0
        for weight, (value, best, _) in zip(row.tolist(), values, strict=True):
            if weight != 0.0:
                combined = combined.plus(value, weight)
                target += weight * best
        yield combined, target, 1.0


def width_u() -> float:
    """Give the relative u of one width about its group's mean: every pair's ratio has 0.1."""
    return WIDTH_RATIO_U / float(np.sqrt(2.0))


def alike_widths(members: Sequence[Affine]) -> Iterator[tuple[Affine, Affine, float, float]]:
    """Give what is known of like widths: every pairwise ratio is 1 +- 0.1.

    Written as deviations from the group's mean, which gives every pair the same standard
    uncertainty whatever the order of components.
    """
    if len(members) < 2:
        return
    mean = Affine()
    for width in members:
        mean = mean.plus(width, 1.0 / len(members))
    for width in members:
        yield width, mean, 1.0, width_u()


def lifetime_broadening(level: CoreLevel) -> float:
    """Give how much wider a level's lines are than without the core hole's lifetime.

    The width of a Voigt line by Olivero and Longbothum (J. Quant. Spectrosc. Radiat. Transfer 17
    (1977) 233, doi 10.1016/0022-4073(77)90161-3), good to 0.02 %, from the lifetime width that the
    library has; 1 where it has none.
    """
    lorentz = next((known.best for _, known in level.natural_width), 0.0)
    whole = 0.5346 * lorentz + np.sqrt(0.2166 * lorentz**2 + INSTRUMENT_WIDTH**2)
    return float(whole) / INSTRUMENT_WIDTH


def width_range(level: CoreLevel, species: Species | None) -> tuple[float, float, float]:
    """Bounds and start of a width [eV]: the level's range, metals sharper than compounds."""
    known = level.fwhm_for("conductor" if species and species.group == "conductor" else "insulator")
    low, high = known.low or 0.3, known.high or 4.0
    # A linter reports a width outside the range; the fit must be able to reach there to be caught.
    return 0.5 * low, 1.5 * high, known.value or 0.5 * (low + high)


def shape_knowledge(shape: str, name: str, species: Species | None) -> tuple[float, float] | None:
    """Give value and u of a shape parameter as it is known beforehand; ``None`` if it is not."""
    if name == "mix" and shape in {"pseudo_voigt", "voigt", "mahan"}:
        return MIX_KNOWLEDGE
    known = None if species is None else species.asymmetry
    if name == "asymmetry" and known is not None and known.status.may_constrain:
        return known.best, known.u or ASYMMETRY_KNOWLEDGE[1]
    if name == "asymmetry":
        return ASYMMETRY_KNOWLEDGE
    if name == "band":
        return BAND_KNOWLEDGE
    return None


def width_group(component: Component) -> str:
    """Compounds of a level form one group; asymmetric components stand alone unless told."""
    if component.width_group or not lineshape(component.shape).symmetric:
        return component.width_group
    return f"{component.core_level} compounds"
