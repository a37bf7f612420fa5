"""How large Ga 3s must be under S 2p, from another gallium line of the same sample.

Ga 3p is the better witness: its electrons have nearly the kinetic energy of Ga 3s, so they come
from the same depth and pass the analyser alike. Ga 2p is seen through a layer 2.6 times thinner in
the electrolyte; for a coating it gives a bound rather than a value, and so a wide uncertainty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.lookup import UnknownReferenceError
from references.quantification import is_line_of, tpp2m
from references.words import Assessment

from .spectrum import acquisition_time
from .transmission import transmission_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry

    from .result import Fit

__all__ = ["GALLIUM_3S", "Expected", "expected_gallium_3s"]

Array = NDArray[np.float64]

GALLIUM_3S = "Ga 3s"
MATERIAL = "Li6PS5Cl"
"""Through which the lines are seen."""

WITNESSES = (("Ga 3p", 0.10), ("Ga 2p3/2", 0.50))
"""Lines that tell the size of Ga 3s, the better first, with the relative standard uncertainty of
what they tell: working estimates of theory and of depth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The area that Ga 3s should have.

    Parameters
    ----------
    witness : str
        Line or level it follows from.
    area, u : float
        In counts eV of the spectrum it lies in; ``u`` with the witness's own uncertainty.
    ratio : float
        Ga 3s over the witness, at equal acquisition time.
    sources : tuple of str
        Of the cross-sections and the attenuation formula.
    """

    witness: str
    area: float
    u: float
    ratio: float
    sources: tuple[str, ...]


def expected_gallium_3s(
    spectrum: xr.Dataset, others: Sequence[tuple[xr.Dataset, Fit]], registry: Registry
) -> Expected | None:
    """Give the area of Ga 3s in a spectrum from the other fits of its sample.

    Parameters
    ----------
    spectrum : Dataset
        The S 2p region.
    others : sequence of (Dataset, Fit)
        Fitted regions of the same sample.
    registry : Registry
        Cross-sections, place of Ga 3s, attenuation.

    Returns
    -------
    Expected or None
        ``None`` where no gallium line was fitted to convergence, an acquisition time or the photon
        energy is not known, or there are no cross-sections at that energy.
    """
    time = acquisition_time(spectrum)
    if not (math.isfinite(time) and time > 0):
        return None
    for witness, relative in WITNESSES:
        for other, fit in others:
            seen = _seen(fit, witness)
            ratio = None if seen is None else _ratio(spectrum, other, fit, witness, registry)
            if seen is None or ratio is None:
                continue
            area, u = seen
            area = max(area, 0.0)  # what is not there cannot be less
            return Expected(
                witness=witness,
                area=time * ratio * area,
                u=time * ratio * math.hypot(relative * area, u),
                ratio=ratio,
                sources=("tpp2m", *_section(registry, GALLIUM_3S, fit.photon_energy)[1]),
            )
    return None


def _seen(fit: Fit, witness: str) -> tuple[float, float] | None:
    """Area of the witness and its u from all sources [counts/s eV]."""
    chosen = _lines_of(fit, witness)
    budget = fit.measured.budget
    timed = fit.lines[0].area_unit == "counts/s*eV"
    if fit.assessment is not Assessment.CONVERGED or budget is None or not timed:
        return None
    if not chosen.any():
        return None
    gradient = np.concatenate([chosen.astype(float), np.zeros(2 * chosen.size)])
    area = float(gradient @ fit.measured.state.values)
    u = float(np.sqrt(max(gradient @ budget.total @ gradient, 0.0)))
    return area * fit.area_factor, u * fit.area_factor


def _lines_of(fit: Fit, witness: str) -> NDArray[np.bool_]:
    return np.array([is_line_of(line.label, witness) for line in fit.measured.plan.lines])


def _ratio(
    spectrum: xr.Dataset, other: xr.Dataset, fit: Fit, witness: str, registry: Registry
) -> float | None:
    """Give sigma lambda T of Ga 3s over that of the witness; ``None`` where it cannot be known."""
    photon = fit.photon_energy
    own = float(spectrum["photon_energy"]) if "photon_energy" in spectrum.coords else math.nan
    if not abs(own - photon) < 1.0:  # also where either is not known
        return None
    here, there = _place(registry), _mean_energy(fit, witness)
    material = registry.imfp_material(MATERIAL)
    try:
        sections = [_section(registry, line, photon)[0] for line in (GALLIUM_3S, witness)]
        depths = [tpp2m(material, photon - energy) for energy in (here, there)]
    except (UnknownReferenceError, ValueError):
        return None
    passed = transmission_in(spectrum, here) / transmission_in(other, there)
    passed = passed if math.isfinite(passed) else 1.0
    return sections[0] / sections[1] * depths[0] / depths[1] * passed


def _place(registry: Registry) -> float:
    """Where Ga 3s lies under S 2p [eV]."""
    known = [o.energy.best for o in registry.overlaps("S 2p") if o.intruder == GALLIUM_3S]
    return known[0] if known else float(np.mean(registry.core_level(GALLIUM_3S).window))


def _mean_energy(fit: Fit, witness: str) -> float:
    chosen = _lines_of(fit, witness)
    places = fit.measured.state.values[chosen.size : 2 * chosen.size][chosen]
    areas = np.maximum(fit.measured.state.values[: chosen.size][chosen], 0.0)
    return float(np.average(places, weights=areas) if areas.sum() > 0 else places.mean())


def _section(registry: Registry, label: str, photon: float) -> tuple[float, tuple[str, ...]]:
    """Cross-section of a line, or of a level's lines together [barn], and its sources."""
    lines = [
        f"{level.element} {line}"
        for level in registry.core_levels
        for line in level.lines
        if is_line_of(f"{level.element} {line}", label)
    ]
    found = [registry.cross_section(line, photon) for line in lines]
    sources = dict.fromkeys(key for section in found for key in section.sigma.source)
    return sum(section.sigma.best for section in found), tuple(sources)
