"""Amounts of substance from fitted areas: what each core level's sensitivity makes of them.

    n_i = A_i / [s_i L_i(gamma) lambda_i(E_k) T_i(E_k)]

with the full covariance of the areas, and the uncertainty of each level's sensitivity kept apart:
it is shared by all components of the level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import InputError, UncertaintyParts

from .state import state
from .transmission import U_ASSUMED, U_MEASURED, level_energy, measured_transmissions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from references.quantification import SensitivitySet
    from references.registry import Registry

    from .envelope import Component
    from .result import Fit

    Member = tuple[Fit, Component]

__all__ = ["Amounts", "QuantificationError", "Sensitivity", "amounts", "level_factors"]

Array = NDArray[np.float64]

COUNTED = ("counting", "misfit", "background", "constraints")
"""Parts of the uncertainty that the fit's budget brings."""

U_IMFP = 0.10
"""Relative standard uncertainty of an attenuation length from TPP-2M (Powell and Jablonski,
J. Phys. Chem. Ref. Data 28 (1999) 19: about 10 % root mean square)."""


class QuantificationError(InputError):
    """Fractions that cannot be formed: what is missing, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How areas of several core levels become amounts.

    Parameters
    ----------
    set_name : str
        Sensitivity set of the library, for instance ``"scofield_al"``.
    angle : float
        Angle between X-rays and analyser [degree]; at 54.7 the asymmetry L is 1.
    material : str
        Library material whose attenuation lengths are used; empty leaves them out.
    transmission_exponent : float
        T ~ E_k ** exponent, assumed where not every region brings the analyser's measured
        transmission; 0 is constant.
    """

    set_name: str = "scofield_al"
    angle: float = 54.7356
    material: str = "Li6PS5Cl"
    transmission_exponent: float = 0.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Amounts:
    """Amounts of components over several levels, with covariances by source.

    Attributes
    ----------
    names, levels, elements : tuple of str
        One a component.
    values : (k,) array
        Amounts, in arbitrary but common units.
    covariance : tuple of (str, (k, k) array)
        By part of the uncertainty; ``sensitivity`` only where factors were applied.
    seen : tuple of float
        Significance of each in its own fit.
    others : tuple of (k,) arrays
        Amounts with one fit at another optimum that its data do not exclude.
    """

    names: tuple[str, ...]
    levels: tuple[str, ...]
    elements: tuple[str, ...]
    values: Array
    covariance: tuple[tuple[str, Array], ...]
    seen: tuple[float, ...]
    others: tuple[Array, ...] = ()

    def parts(self, gradient: Array) -> UncertaintyParts:
        """Give the parts of the uncertainty of a quantity with this gradient (k,)."""
        return UncertaintyParts(
            **{
                part: float(np.sqrt(max(gradient @ matrix @ gradient, 0.0)))
                for part, matrix in self.covariance
            }
        )

    def significance(self, own: NDArray[np.bool_]) -> float:
        """Sum of some amounts over its standard uncertainty from counts and constraints.

        Of the sum, for lines that overlap trade area: each may be insignificant, and the sum sure.
        One alone is no surer than its own fit says.
        """
        chosen = own.astype(float)
        parts = self.parts(chosen)
        u = math.hypot(parts.counting or 0.0, parts.constraints or 0.0)
        of_sum = float(chosen @ self.values) / u if u > 0 else 0.0
        alone = [seen for seen, mine in zip(self.seen, own, strict=True) if mine]
        return min(of_sum, *alone) if len(alone) == 1 else of_sum

    def index(self, name: str, level: str) -> int | None:
        """Place of a component on a level; ``None`` if it was not fitted."""
        named = list(zip(self.names, self.levels, strict=True))
        return named.index((name, level)) if (name, level) in named else None


def amounts(fits: Sequence[Fit], registry: Registry, sensitivity: Sensitivity | None) -> Amounts:
    """Turn fitted areas into amounts.

    Parameters
    ----------
    fits : sequence of Fit
        Of one sample; each core level once.
    registry : Registry
        Sensitivity sets, asymmetry and attenuation lengths.
    sensitivity : Sensitivity or None
        ``None`` leaves the areas as they are (basis ``area_levels``).

    Raises
    ------
    QuantificationError
        If a fit did not converge, a level comes twice, areas are in different units, or the photon
        energy is not known or outside what the attenuation formula holds for.
    UnknownReferenceError
        If the set has no factor for a level.
    """
    _check(fits)
    members = [
        (fit, component)
        for fit in fits
        for component in fit.envelope.components
        if component.role == "species"
    ]
    levels = tuple(component.core_level for _, component in members)
    area = _areas(members)
    others = _elsewhere(members)
    parts = [(part, _joint(members, part)) for part in COUNTED]
    if sensitivity is not None:
        factor, relative_u = _factors(members, registry, sensitivity)
        area, others = area / factor, tuple(other / factor for other in others)
        parts = [(part, matrix / np.outer(factor, factor)) for part, matrix in parts]
        same = np.array([[a == b for b in levels] for a in levels], dtype=float)
        shifts = relative_u * area
        parts.append(("sensitivity", same * np.outer(shifts, shifts)))
    return Amounts(
        names=tuple(component.name for _, component in members),
        levels=levels,
        elements=tuple(registry.core_level(level).element for level in levels),
        values=area,
        covariance=tuple(parts),
        seen=tuple(fit.measured.significance(component.name) for fit, component in members),
        others=others,
    )


def _area_gradient(fit: Fit, component: str) -> Array:
    return fit.measured.area_gradient(component) * fit.area_factor


def _areas(members: Sequence[Member]) -> Array:
    return np.array([_area_gradient(fit, c.name) @ fit.measured.state.values for fit, c in members])


def _elsewhere(members: Sequence[Member]) -> tuple[Array, ...]:
    """All areas, with one fit at an optimum that its data do not exclude."""
    found: list[Array] = []
    for fit in {id(fit): fit for fit, _ in members}.values():
        for other in fit.measured.solution.lesser:
            there = state(fit.measured.plan, np.array(other.values)).values
            area = _areas(members)
            for i, (mine, component) in enumerate(members):
                if mine is fit:
                    area[i] = _area_gradient(fit, component.name) @ there
            found.append(area)
    return tuple(found)


def _joint(members: Sequence[Member], part: str) -> Array:
    """Covariance of all areas from one source; fits of different spectra share nothing."""
    total = np.zeros((len(members), len(members)))
    for fit in {id(fit): fit for fit, _ in members}.values():
        mine = [i for i, (other, _) in enumerate(members) if other is fit]
        budget = fit.measured.budget
        assert budget is not None  # fits that did not converge were refused
        rows = np.array([_area_gradient(fit, members[i][1].name) for i in mine])
        total[np.ix_(mine, mine)] = rows @ budget.part(part) @ rows.T
    return total


def _check(fits: Sequence[Fit]) -> None:
    if not fits:
        raise QuantificationError("no fit was given")
    units = {fit.lines[0].area_unit for fit in fits}
    if len(units) > 1:
        raise QuantificationError(
            f"areas come in {' and '.join(sorted(units))}; fractions over several levels need one "
            "unit: give the dwell time and scans of every region"
        )
    seen: set[str] = set()
    for fit in fits:
        if fit.measured.budget is None:
            raise QuantificationError(
                f"the fit of {fit.region} is {fit.assessment}, not converged ({fit.message}); "
                "fractions over several levels need every fit"
            )
        levels = {c.core_level for c in fit.envelope.components if c.role == "species"}
        if levels & seen:
            raise QuantificationError(
                f"{', '.join(sorted(levels & seen))} was fitted twice; "
                "choose one sample, one fit a level"
            )
        seen |= levels
    if not seen:
        raise QuantificationError("the fits hold overlaps only; name at least one species")


def _factors(
    members: Sequence[Member], registry: Registry, sensitivity: Sensitivity
) -> tuple[Array, Array]:
    """Give s L lambda T of each component and its relative standard uncertainty."""
    places = {component.core_level: fit for fit, component in members}
    found = level_factors(places, registry, sensitivity)
    by_component = np.array([found[component.core_level] for _, component in members])
    return by_component[:, 0], by_component[:, 1]


def level_factors(
    places: Mapping[str, Fit], registry: Registry, sensitivity: Sensitivity
) -> dict[str, tuple[float, float]]:
    """Give what turns areas into amounts: s L lambda T of each level and its relative u.

    Parameters
    ----------
    places : dict of str to Fit
        Core levels, each with the fit that holds its lines.
    registry : Registry
    sensitivity : Sensitivity

    Raises
    ------
    QuantificationError
        If the photon energy is not known or outside what the attenuation formula holds for.
    UnknownReferenceError
        If the set has no factor for a level.
    """
    factors = registry.sensitivity_set(sensitivity.set_name)
    # Measured and assumed functions have no common scale: all levels by one, or all by the other.
    measured = dict(measured_transmissions(list({id(f): f for f in places.values()}.values())))
    found: dict[str, tuple[float, float]] = {}
    for level, fit in places.items():
        kinetic = _kinetic(fit, level)
        emitted, u = _emitted(level, kinetic, registry, factors, sensitivity)
        if not factors.includes_transmission:
            emitted *= measured[level] if measured else kinetic**sensitivity.transmission_exponent
            u = math.hypot(u, U_MEASURED if measured else U_ASSUMED)
        found[level] = emitted, u
    return found


def _kinetic(fit: Fit, level: str) -> float:
    if not np.isfinite(fit.photon_energy):
        raise QuantificationError(
            f"the photon energy of {level} is not known; attenuation and sensitivity need it"
        )
    return fit.photon_energy - level_energy(fit, level)


def _emitted(
    level: str,
    kinetic: float,
    registry: Registry,
    factors: SensitivitySet,
    sensitivity: Sensitivity,
) -> tuple[float, float]:
    """Give s L lambda of a level and its relative standard uncertainty."""
    from references.quantification import tpp2m

    value = factors.factor(level)
    factor, u = value.best, (value.u or 0.0) / value.best
    if not factors.includes_asymmetry:
        asymmetry, u_asymmetry = _asymmetry(level, registry, sensitivity.angle)
        factor, u = factor * asymmetry, math.hypot(u, u_asymmetry)
    if sensitivity.material and not factors.includes_imfp:
        material = registry.imfp_material(sensitivity.material)
        try:
            factor *= tpp2m(material, kinetic)
        except ValueError as error:
            raise QuantificationError(
                f"no attenuation length for {level} at a kinetic energy of {kinetic:.0f} eV: "
                f'{error}; leave attenuation out with Sensitivity(material="")'
            ) from None
        u = math.hypot(u, U_IMFP)
    return factor, u


def _asymmetry(level: str, registry: Registry, angle: float) -> tuple[float, float]:
    """Give L(gamma) and its relative u; beta is somewhere between 0 and 2 where not tabulated."""
    from references.quantification import angular_factor

    beta = registry.beta(level)
    if beta is not None:
        return angular_factor(beta.best, angle), 0.0
    middle = angular_factor(1.0, angle)
    return middle, abs(middle - 1.0) / math.sqrt(3.0) / middle
