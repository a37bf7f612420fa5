"""Whether a structure is the phase it is said to be: elements, density, distances, cell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from references.phase import AXES, LATTICE_TOLERANCE
from references.words import Finding, Severity

from .bonds import pair_name, shortest_distances
from .structure import structure
from .symmetry import SymmetryError, symmetry_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references import Status
    from references.phase import Phase

    from .structure import Structure

__all__ = ["against"]

SAME_SHARE = 0.01
"""Compositions that differ by less than this share of an element's atoms are one."""
SAME_ANGLE = 0.5
"""Angles of one phase's cells differ by less [degrees]."""


def against(given: Structure, phase: Phase) -> tuple[Finding, ...]:
    """Compare a structure with a phase of the library.

    Parameters
    ----------
    given : Structure
    phase : Phase

    Returns
    -------
    tuple of Finding
        Where the library's value is unverified no finding is louder than a warning.
    """
    checks = (_composition, _density, _bonds, _cell)
    return tuple(finding for check in checks for finding in check(given, phase))


def _loud(status: Status) -> Severity:
    return Severity.ERROR if status.may_constrain else Severity.WARNING


def _composition(given: Structure, phase: Phase) -> Iterator[Finding]:
    def shares(numbers: dict[str, float]) -> dict[str, float]:
        total = sum(numbers.values()) or 1.0
        return {element: n / total for element, n in numbers.items() if n > 0}

    expected = dict[str, float]()
    for element, number in phase.composition:
        expected[element] = expected.get(element, 0.0) + number
    wanted, held = shares(expected), shares(given.contents)
    if set(wanted) != set(held):
        yield Finding(
            rule="elements",
            severity=Severity.ERROR,
            subject=given.name,
            reported=", ".join(held),
            reference=", ".join(wanted),
            message=f"these are not the elements of {phase.key}; give the CIF of the phase",
            sources=phase.source,
        )
    elif any(abs(held[element] - share) > SAME_SHARE for element, share in wanted.items()):
        yield Finding(
            rule="formula",
            severity=Severity.ERROR,
            subject=given.name,
            reported=given.formula,
            reference=phase.formula,
            message=f"the cell does not hold {phase.key}; check the occupancies",
            sources=phase.source,
        )


def _density(given: Structure, phase: Phase) -> Iterator[Finding]:
    value = phase.density
    if value is None or value.low is None or value.high is None:
        return
    if not value.low <= given.density <= value.high:
        yield Finding(
            rule="density",
            severity=_loud(value.status),
            subject=given.name,
            reported=f"{given.density:.3f} g/cm3",
            reference=f"{value.low:g} to {value.high:g} g/cm3",
            deviation=f"{100 * (given.density / value.best - 1):+.1f} %",
            message=f"{phase.key} has another density: another form, cell, or occupancy",
            sources=value.source,
        )


def _bonds(given: Structure, phase: Phase) -> Iterator[Finding]:
    found = {pair_name(*pair): distance for pair, distance in shortest_distances(given).items()}
    for pair, value in phase.distances:
        distance = found.get(pair_name(*pair.split("-")))
        if distance is None or value.low is None or value.high is None:
            continue
        if not value.low <= distance <= value.high:
            yield Finding(
                rule="distance",
                severity=_loud(value.status),
                subject=f"{given.name} {pair}",
                reported=f"{distance:.2f} Angstrom",
                reference=f"{value.low:g} to {value.high:g} Angstrom",
                message=f"{phase.key} has other distances, so intensities will be wrong; check "
                "the coordinates, or take another determination",
                sources=value.source,
            )


def _cell(given: Structure, phase: Phase) -> Iterator[Finding]:
    """Space group and cell, both in the standard setting: axes may be named as one likes."""
    try:
        own, cell = symmetry_of(given), _standard_cell(phase)
    except SymmetryError:
        return  # an examination of that structure says so
    if own.number != phase.space_group:
        yield Finding(
            rule="space_group",
            severity=_loud(phase.status),
            subject=given.name,
            reported=f"{own.number} ({own.symbol})",
            reference=str(phase.space_group),
            message=f"the atoms do not have the space group of {phase.key}: another form, or a "
            "damaged file",
            sources=phase.source,
        )
        return
    if cell is None:
        return
    low, high = _relative_band(phase)
    for axis, length, expected in zip(AXES[:3], own.cell[:3], cell[:3], strict=True):
        if axis in phase.implied:
            continue  # said of the axis it equals
        value = phase.known(axis)
        if not low <= length / expected <= high:
            yield Finding(
                rule="cell",
                severity=_loud(value.status if value is not None else phase.status),
                subject=f"{given.name} {axis}",
                reported=f"{length:.4f} Angstrom",
                reference=f"{low * expected:.4f} to {high * expected:.4f} Angstrom",
                deviation=f"{100 * (length / expected - 1):+.2f} %",
                message=f"{phase.key} has another cell, in the standard setting",
                sources=value.source if value is not None else phase.source,
            )
    for axis, angle, expected in zip(AXES[3:], own.cell[3:], cell[3:], strict=True):
        if abs(angle - expected) > SAME_ANGLE:
            yield Finding(
                rule="cell",
                severity=_loud(phase.status),
                subject=f"{given.name} {axis}",
                reported=f"{angle:.2f} degrees",
                reference=f"{expected:.2f} degrees",
                message=f"{phase.key} has another cell, in the standard setting",
                sources=phase.source,
            )


def _standard_cell(phase: Phase) -> tuple[float, ...] | None:
    """The cell that the library states, in the standard setting of its structure."""
    if not phase.cif or phase.cell is None:
        return phase.cell
    return symmetry_of(replace(structure(phase), cell=phase.cell)).cell


def _relative_band(phase: Phase) -> tuple[float, float]:
    """The widest band of the cell's edges, as ratios: standard axes may be others than stated."""
    low, high = 1 - LATTICE_TOLERANCE, 1 + LATTICE_TOLERANCE
    values = [v for v in (phase.a, phase.b, phase.c) if v is not None]
    bands = [(v.low / v.best, v.high / v.best) for v in values if v.low and v.high]
    if not bands or len(bands) < len(values):
        bands.append((low, high))
    return min(band[0] for band in bands), max(band[1] for band in bands)
