"""From a refinement to masses: fractions, their covariance by where it is from, and limits.

Masses go with scale times Z M V (R. J. Hill and C. J. Howard, J. Appl. Cryst. 20 (1987) 467).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Assessment, Estimate, InputError, Kind, UncertaintyParts

from .absorption import microabsorption
from .crystal import metric_of
from .detection import ONE_SIDED, ask, residual_of
from .lattice import TWO_SIDED
from .phase import Uneven
from .refine import refine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .phase import PhaseModel
    from .refine import Refinement
    from .structure import Structure

__all__ = [
    "UNEVEN",
    "estimates",
    "fractions_and_covariances",
    "fractions_of",
    "ground",
    "intensity_shares",
    "mass_weights",
    "without_pretence",
]

Array = NDArray[np.float64]

UNEVEN = 0.05
"""Relative standard uncertainty of line intensities that a refinement begins with."""
SURE, WIDEST = 10.0, 1.0
"""Standard deviations below which a scale is too faint to have widths of its own, and widths
[degrees] that no crystalline phase has."""
UNLIKE = 0.3
"""Relative spread of line intensities at which they are no more those of the structure."""
PRESENT = 3.0
"""Standard uncertainties that a fraction must have, else it is an upper limit."""


def mass_weights(phases: Sequence[PhaseModel], found: Refinement | None = None) -> Array:
    """What scales (n,) are multiplied by to go with masses: Z M V, with the refined cell's V."""
    mass = np.array([p.structure.density * p.structure.volume for p in phases])
    if found is None:
        return mass * [p.structure.volume for p in phases]
    cells = [found.cell(p) for p in phases]
    return mass * [float(np.sqrt(np.linalg.det(metric_of(cell)))) for cell in cells]


def without_pretence(found: Refinement) -> Refinement:
    """Refine anew where a phase is hardly there, with lines like the strongest phase's.

    A phase of which little is seen would make itself a background, or another's tail.
    """
    model = found.model
    main = model.phases[int(intensity_shares(found).argmax())]
    faint = [phase.name for phase in model.phases if phase is not main and _is_faint(found, phase)]
    if not faint:
        return found
    model = model.with_phases(
        [replace(p, uneven=Uneven(u=UNEVEN)) if p.name in faint else p for p in model.phases]
    )
    start = found.start(model)
    for phase in (p for p in model.phases if p.name in faint):
        known: dict[str, dict[str, float]] = {}
        for key in ("size", "strain"):
            value = min(found.value(f"{main.name} {key}"), WIDEST)
            known[key] = {"value": value, "u": 0.3 * value + 0.01, "high": 2.0 * WIDEST}
        for i, direction in enumerate(phase.cells):
            length = float(np.abs(phase.cell @ direction) / np.abs(direction).sum())
            known[f"cell {i}"] = {"value": 0.0, "u": 1e-3 * length}
        for key, parameter in known.items():
            model = model.with_parameter(f"{phase.name} {key}", **parameter)
        # Its lines begin as they are known, and with little of them.
        for p in model.parameters:
            if p.name.startswith(f"{phase.name} ") and not p.name.endswith(" scale"):
                start[model.at[p.name]] = p.value
        start[model.at[f"{phase.name} scale"]] *= 0.1
    return refine(model, found.counts, start=start)


def _is_faint(found: Refinement, phase: PhaseModel) -> bool:
    """Whether too little of a phase is seen for widths and intensities of its own."""
    scale = f"{phase.name} scale"
    width = max(found.value(f"{phase.name} {key}") for key in ("size", "strain"))
    spread = found.knowledge.spreads[1 + found.model.phases.index(phase)].precision ** -0.5
    return (
        found.value(scale) < SURE * found.u(scale)
        or found.value(scale) == 0.0
        or width > WIDEST
        or spread > UNLIKE
    )


def fractions_of(found: Refinement) -> list[Estimate]:
    """Mass fractions of the phases of a refinement, all of which are there."""
    if not any(found.value(f"{phase.name} scale") > 0.0 for phase in found.model.phases):
        return [Estimate(value=0.0) for _ in found.model.phases]
    fractions, covariances = fractions_and_covariances(found)
    return estimates(found, fractions, covariances, least=0.0)


def fractions_and_covariances(found: Refinement) -> tuple[Array, dict[str, Array]]:
    """Mass fractions (n,) and their covariances (n, n) by part."""
    model = found.model
    place = [model.at[f"{phase.name} scale"] for phase in model.phases]
    weights = mass_weights(model.phases, found)
    mass = found.values[place] * weights
    if not mass.sum() > 0.0:
        raise InputError(
            "none of the phases is in the pattern; check that they are the sample's, and the "
            "wavelength"
        )
    fractions = mass / mass.sum()
    slope = (np.diag(weights) - np.outer(fractions, weights)) / mass.sum()
    shares = found.shares()
    covariances: dict[str, Array] = {
        name: np.asarray(slope @ part[np.ix_(place, place)] @ slope.T, dtype=float)
        for name, part in shares.items()
    }
    covariances.setdefault("misfit", np.zeros_like(slope))
    for i, bound in _absent(found, weights, float(mass.sum())).items():
        # More of one is less of all others.
        one = np.eye(len(mass))[i] - fractions
        covariances["counting"] = np.add(covariances["counting"], bound**2 * np.outer(one, one))
    # What is left over beyond noise is misfit.
    beyond = max(found.gof**2 - 1.0, 0.0)
    covariances["misfit"] = np.add(covariances["misfit"], beyond * covariances["counting"])
    return fractions, covariances


def _absent(found: Refinement, weights: Array, whole: float) -> dict[int, float]:
    """Standard deviations of the mass fractions of phases whose scale rests at nothing."""
    rests = [
        i for i, phase in enumerate(found.model.phases) if found.value(f"{phase.name} scale") == 0.0
    ]
    if not rests:
        return {}
    residual = residual_of(found)
    values = {i: found.model.column(found.model.phases[i], found.values) for i in rests}
    exposure = found.model.exposure
    asked = {i: ask(residual, [column / exposure]) for i, column in values.items()}
    return {i: float(told.sigma[0]) * float(weights[i]) / whole for i, told in asked.items()}


def estimates(
    found: Refinement, fractions: Array, covariances: dict[str, Array], least: float = PRESENT
) -> list[Estimate]:
    """Give fractions with their intervals; limits below so many standard uncertainties."""
    if len(found.model.phases) == 1:
        # All of the mass by what a fraction is of: nothing was measured.
        return [Estimate(value=1.0, kind=Kind.FIXED)]
    made: list[Estimate] = []
    settled = found.assessment is Assessment.CONVERGED
    for i, value in enumerate(fractions.tolist()):
        u_parts = UncertaintyParts(
            **{name: float(np.sqrt(max(c[i, i], 0.0))) for name, c in covariances.items()}
        )
        u = u_parts.total
        if not settled:
            made.append(Estimate(value=value, u_parts=UncertaintyParts()))
        elif value < least * u or value == 0.0:
            made.append(
                Estimate(
                    value=value,
                    u_parts=u_parts,
                    high=min(value + ONE_SIDED * u, 1.0),
                    level=0.95,
                    kind=Kind.UPPER_LIMIT,
                )
            )
        else:
            made.append(
                Estimate(
                    value=value,
                    u=u,
                    u_parts=u_parts,
                    low=max(value - TWO_SIDED * u, 0.0),
                    high=min(value + TWO_SIDED * u, 1.0),
                    level=0.95,
                )
            )
    return made


def ground(
    fractions: Array,
    covariances: dict[str, Array],
    structures: list[Structure],
    radius_um: float,
    wavelength: float,
) -> tuple[Array, dict[str, Array]]:
    """Correct for the absorption of grains, and say that their radius is known to half of it."""

    def corrected(radius: float) -> Array:
        now = fractions
        for _ in range(5):
            now = fractions / microabsorption(now, structures, radius, wavelength)
            now = now / now.sum()
        return now

    whole = corrected(radius_um)
    ratio: Array = whole / np.maximum(fractions, 1e-12)
    slope: Array = np.diag(ratio) - np.outer(whole, ratio)
    turned: dict[str, Array] = {
        name: np.asarray(slope @ part @ slope.T, dtype=float) for name, part in covariances.items()
    }
    off = 0.5 * (whole - fractions)
    turned["constraints"] = np.add(turned["constraints"], np.outer(off, off))
    return whole, turned


def intensity_shares(found: Refinement) -> Array:
    """Share of each phase (n,) of the calculated intensity above the background."""
    columns = np.array([found.part(phase).sum() for phase in found.model.phases])
    return columns / max(columns.sum(), 1e-300)
