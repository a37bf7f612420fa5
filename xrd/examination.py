"""What is wrong with a structure: with itself, and against the phase it is said to be.

A symmetry that fits its own file proves nothing but that: beta-gallium is no alpha-gallium, and a
zinc oxide with a misplaced oxygen is as symmetric as the right one. Hence formula, density,
distances and cell as well.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from references.words import Finding, Severity

from .bonds import covalent_radius, pair_name, shortest_distances
from .crystal import SAME_ATOM, returns
from .identity import against
from .symmetry import (
    LOOSE,
    TIGHT,
    SymmetryError,
    lattice_symmetry_of,
    places,
    symmetry_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.phase import Phase

    from .structure import Structure

__all__ = ["examine"]

NOISE = 0.2
"""Symmetry that shows at this tolerance and not below is a noised copy's [Angstrom]: a hundredth of
a cell edge, as databases displace atoms they may not give away."""
ORTHORHOMBIC, TETRAGONAL = 16, 75
"""First space groups of their systems."""
ROUNDED = 0.05
"""A site may be so far from a special position by rounding [Angstrom]."""
TOUCHING = 0.75
"""Atoms nearer than this share of the sum of their covalent radii lie in each other."""
B_USUAL = (0.05, 10.0)
"""Displacement parameters of crystals at room temperature [Angstrom^2]; U is about B / 79."""


def examine(given: Structure, phase: Phase | None = None) -> tuple[Finding, ...]:
    """Examine a structure before it is used.

    Parameters
    ----------
    given : Structure
    phase : Phase, optional
        What it is said to be.

    Returns
    -------
    tuple of Finding
        Empty where nothing is wrong.

    Examples
    --------
    >>> from references import load
    >>> from xrd.structure import structure
    >>> phases = load()
    >>> examine(structure(phases.phase("LiCl")), phases.phase("LiCl"))
    ()
    >>> [finding.rule for finding in examine(structure(phases.phase("LiCl")), phases.phase("Li2S"))]
    ['elements', 'density', 'cell']
    """
    own = (_symmetry, _noise, _special_positions, _formula, _filling, _touching, _displacement)
    found = [finding for check in own for finding in check(given)]
    return (*found, *(against(given, phase) if phase is not None else ()))


def _symmetry(given: Structure) -> Iterator[Finding]:
    """The operations a file lists, the number it states, and what its atoms have."""
    try:
        loose, tight = (symmetry_of(given, tolerance) for tolerance in (LOOSE, TIGHT))
    except SymmetryError as error:
        yield Finding(
            rule="symmetry", severity=Severity.ERROR, subject=given.name, message=str(error)
        )
        return
    found = f"{loose.number} ({loose.symbol})"
    lost = loose.order < len(given.rotations)
    if lost or given.space_group not in {0, loose.number}:
        # Operations fewer than the atoms have give the same atoms; another group gives others.
        hidden = not lost and loose.order > len(given.rotations)
        yield Finding(
            rule="symmetry",
            severity=Severity.WARNING if hidden else Severity.ERROR,
            subject=given.name,
            reported=str(given.space_group),
            reference=found,
            message="the atoms have more symmetry than the file states; check that it is the "
            "structure that is meant"
            if hidden
            else "the atoms do not have the space group that the file states; check its symbol, "
            "operations and coordinates",
        )
    elif tight.number != loose.number:
        yield Finding(
            rule="symmetry",
            severity=Severity.INFO,
            subject=given.name,
            reported=f"{tight.number} within {TIGHT:g} Angstrom",
            reference=f"{found} within {LOOSE:g} Angstrom",
            message="coordinates are rounded; their symmetry shows at the wider tolerance only",
        )


def _noise(given: Structure) -> Iterator[Finding]:
    """A cell, or places within reach, far more symmetric than the atoms: displaced on purpose."""
    try:
        found, near = symmetry_of(given), symmetry_of(given, NOISE)
        lattice = lattice_symmetry_of(given)
    except SymmetryError:
        return  # atoms on each other, which other checks say
    if found.order < len(given.rotations):
        return  # the operations are wrong, and atoms lie where they should not
    if near.order > found.order:
        more = f"{near.number} ({near.symbol}) within {NOISE:g} Angstrom"
    elif found.number < ORTHORHOMBIC and lattice.number >= TETRAGONAL:
        more = f"a cell that allows {lattice.number} ({lattice.symbol})"
    else:
        return
    yield Finding(
        rule="noise",
        severity=Severity.WARNING,
        subject=given.name,
        reported=f"{found.number} ({found.symbol})",
        reference=more,
        message="atoms seem to scatter about more symmetric places, as in copies that are "
        "displaced on purpose; take the structure from its publication",
    )


def _special_positions(given: Structure) -> Iterator[Finding]:
    away = returns(given.xyz, given.rotations, given.translations, given.vectors)
    for label, distance in zip(
        given.labels, np.where(away < SAME_ATOM, away, 0).max(axis=1), strict=True
    ):
        if distance > ROUNDED:
            yield Finding(
                rule="special_position",
                severity=Severity.ERROR,
                subject=f"{given.name} {label}",
                reported=f"{distance:.2f} Angstrom",
                reference=f"< {ROUNDED:g} Angstrom",
                message="the site lies beside a special position, so its images are too close to "
                "be different atoms; put it on the position",
            )


def _formula(given: Structure) -> Iterator[Finding]:
    """What the sites hold against the formula that the file states."""
    stated = {
        element: float(number or 1)
        for element, number in re.findall(r"([A-Z][a-z]?)([0-9.]*)", given.stated_formula)
        if re.fullmatch(r"([0-9]+\.?[0-9]*)?", number)
    }
    contents = {element: n for element, n in given.contents.items() if n > 0}
    if not stated or not contents or not all(stated.values()):
        return
    units = [n / stated[element] for element, n in contents.items() if element in stated]
    whole = set(stated) == set(contents) and max(units) < 1.01 * min(units)
    # Some programs write the contents of the cell as the formula, and Z of another one.
    counted = not given.stated_units or any(
        abs(units[0] / number - 1) < 0.01 for number in (given.stated_units, 1) if units
    )
    if not (whole and counted):
        hydrogen = set(stated) - set(contents) == {"H"}
        yield Finding(
            rule="formula",
            severity=Severity.WARNING if hydrogen else Severity.ERROR,
            subject=given.name,
            reported=given.formula,
            reference=f"{given.stated_formula}, Z = {given.stated_units or 'not stated'}",
            message="the sites do not hold what the file states; check occupancies, origin and "
            "missing atoms",
        )


def _filling(given: Structure) -> Iterator[Finding]:
    for group in places(given):
        total = float(given.filling[group].sum())
        if total > 1.01:
            labels = ", ".join(given.labels[i] for i in group)
            yield Finding(
                rule="occupancy",
                severity=Severity.ERROR,
                subject=f"{given.name} {labels}",
                reported=f"{total:.3g}",
                reference="<= 1",
                message="more than one atom on one place; check the occupancies",
            )


def _touching(given: Structure) -> Iterator[Finding]:
    for (first, second), distance in shortest_distances(given).items():
        least = TOUCHING * (covalent_radius(first) + covalent_radius(second))
        if distance < least:
            yield Finding(
                rule="distance",
                severity=Severity.ERROR,
                subject=f"{given.name} {pair_name(first, second)}",
                reported=f"{distance:.2f} Angstrom",
                reference=f"> {least:.2f} Angstrom",
                message="atoms lie in each other; check the coordinates and the space group",
            )


def _displacement(given: Structure) -> Iterator[Finding]:
    low, high = B_USUAL
    for label, b_iso in zip(given.labels, given.b_iso.tolist(), strict=True):
        if b_iso and not low <= b_iso <= high:
            other = b_iso / (8 * math.pi**2) if b_iso > high else b_iso * 8 * math.pi**2
            yield Finding(
                rule="displacement",
                severity=Severity.WARNING,
                subject=f"{given.name} {label}",
                reported=f"B = {b_iso:.3g} Angstrom^2",
                reference=f"{low:g} to {high:g} Angstrom^2",
                message=f"B and U may be mixed up in the file (B = {other:.2g} if so)"
                if low <= other <= high
                else "no displacement parameter of a crystal; check it",
            )
