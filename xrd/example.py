"""Synthetic patterns from an engine of their own, so that no fit is tested on its own arithmetic.

Structure factors are gemmi's, lines are Voigts of the four Lorentzians of Cu K-alpha after Hoelzer
et al. (Phys. Rev. A 56 (1997) 4554), axial divergence is a fan of rays, texture is March's, and a
glass adds a hump. What they are made of is the truth that tests and demonstrations know.
"""

# gemmi and scipy give no types; this engine shares nothing with the model.
# pyright: basic
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

__all__ = ["EXAMPLES", "Optics", "Powder", "example", "of_unit_mass", "simulated", "xy_text"]

Array = NDArray[np.float64]

HC = 12398.4198
"""Photon energy times wavelength [eV Angstrom]; CODATA 2018."""
EMISSION = (
    (8047.837, 2.285, 0.579),
    (8045.367, 3.358, 0.080),
    (8027.993, 2.666, 0.236),
    (8026.504, 3.571, 0.105),
)
"""Energy, full width [eV] and share of the integral; recalled, not read: any near ones will do."""
RAYS, STRAIGHT = (48, 6), 45.0
"""Of the axial fan, below and above an angle [degrees] from which on it hardly smears."""
STEP = 0.02
TWO_THETA = np.arange(10.0, 80.001, STEP)
"""Angles [degrees] of an example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Optics:
    """The diffractometer of an example.

    Parameters
    ----------
    displacement, radius : float
        [mm]
    sigma : float
        Gaussian standard deviation of a line [degrees].
    axial : float
        Axial divergence S/L.
    polarization : float
        cos^2 of the monochromator's 2 theta.
    """

    displacement: float = 0.0
    radius: float = 173.0
    sigma: float = 0.05
    axial: float = 0.02
    polarization: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Powder:
    """The grains of one phase of an example.

    Parameters
    ----------
    size : float
        Of crystallites [nm].
    strain : float
        Relative.
    stretch : float
        Of the cell, relative to the library's.
    texture : (float, (int, int, int)) or None
        March's parameter and axis.
    exchange : float or None
        Share of the atoms that exchange sites; ``None`` for the library's.
    """

    size: float = 100.0
    strain: float = 0.0
    stretch: float = 1.0
    texture: tuple[float, tuple[int, int, int]] | None = None
    exchange: float | None = None


@lru_cache(maxsize=128)
def _lines_of(
    key: str, exchange: float | None, d_min: float
) -> tuple[list[tuple[float, float, Array]], float]:
    """Reflections of a phase of the library: d, |F|^2 times multiplicity, equivalents; M V."""
    import gemmi

    from references import load

    phase = load().phase(key)
    small = gemmi.make_small_structure_from_block(gemmi.cif.read_string(phase.cif).sole_block())
    if exchange is not None and phase.disorder is not None:
        for site in small.sites:
            if site.label in phase.disorder.rises:
                site.occ = exchange
            elif site.label in phase.disorder.falls:
                site.occ = 1.0 - exchange
    small.change_occupancies_to_crystallographic()
    small.setup_cell_images()
    operations = small.spacegroup.operations()
    rotations = [np.array(o.rot) // 24 for o in operations.sym_ops]
    everything = list(operations)
    calculator = gemmi.StructureFactorCalculatorX(small.cell)
    for element in {site.element for site in small.sites}:
        calculator.addends.set(element, _dispersion(element)[0])
    found = []
    for hkl in gemmi.make_miller_array(small.cell, small.spacegroup, d_min):
        index = [int(v) for v in hkl]
        d = small.cell.calculate_d(index)
        real = calculator.calculate_sf_from_small_structure(small, index)
        anomalous = _anomalous(small, everything, hkl, d)
        images = {tuple(r.T @ hkl) for r in rotations}
        images |= {tuple(-np.array(i)) for i in images}
        strength = len(images) * (abs(real) ** 2 + abs(anomalous) ** 2)
        if strength > 0.0:
            found.append((d, strength, np.array(sorted(images), dtype=float)))
    mass = sum(s.occ * len(everything) * s.element.weight for s in small.sites)
    return found, mass * small.cell.volume


def _dispersion(element: Any) -> tuple[float, float]:
    import gemmi

    return gemmi.cromer_liberman(z=element.atomic_number, energy=EMISSION[0][0])


def _anomalous(small: Any, operations: list[Any], hkl: Any, d: float) -> complex:
    """The sum of f'' alone: |F(h)|^2 and |F(-h)|^2 are on average the squares of both sums."""
    total = 0.0 + 0.0j
    for site in small.sites:
        f = _dispersion(site.element)[1]
        f *= site.occ * np.exp(-8.0 * np.pi**2 * site.u_iso * 0.25 / d**2)
        place = np.array([site.fract.x, site.fract.y, site.fract.z])
        for o in operations:
            moved = np.array(o.rot) / 24 @ place + np.array(o.tran) / 24
            total += f * np.exp(2j * np.pi * (hkl @ moved))
    return total


def of_unit_mass(
    key: str, two_theta: Array, optics: Optics, powder: Powder, *, wavelength: float | None = None
) -> Array:
    """Counts (channels,) of one unit of mass of a phase of the library.

    Parameters
    ----------
    key : str
    two_theta : (channels,) array
        [degrees]
    optics : Optics
    powder : Powder
    wavelength : float, optional
        One line instead of the four of K-alpha [Angstrom]: a ghost's.
    """
    from scipy.special import voigt_profile

    shortest = 0.5 * (wavelength or HC / EMISSION[0][0])
    # To a degree beyond the range.
    end = np.sin(np.radians(0.5 * min(float(two_theta[-1]) + 1.0, 179.0)))
    found, mass_volume = _lines_of(key, powder.exchange, round(float(shortest / end), 4))
    emission = EMISSION if wavelength is None else ((HC / wavelength, 3.0, 1.0),)
    y = np.zeros(two_theta.size)
    fans = [_fan(optics.axial, rays) for rays in RAYS]
    for d0, strength, images in found:
        d, part = d0 * powder.stretch, 1.0
        if powder.texture is not None:
            part = _textured(images, *powder.texture)
        for energy, width, share in emission:
            length = HC / energy
            if length > 1.99 * d:
                continue
            theta = np.arcsin(0.5 * length / d)
            angle = np.degrees(2.0 * theta)
            gamma = np.degrees(np.tan(theta)) * (width / energy + 2.0 * powder.strain)
            gamma += 0.5 * np.degrees(0.9 * length / (10.0 * powder.size * np.cos(theta)))
            seen = (1.0 + optics.polarization * np.cos(2.0 * theta) ** 2) * part * share * strength
            seen /= np.sin(theta) ** 2 * np.cos(theta)
            place = angle - np.degrees(2.0 * optics.displacement / optics.radius * np.cos(theta))
            sigma = optics.sigma * np.sqrt(1.0 + 0.3 * np.tan(theta) ** 2)
            for t, weight in zip(*fans[int(angle > STRAIGHT)], strict=True):
                ray = np.degrees(np.arccos(np.cos(2.0 * theta) * np.sqrt(1.0 + t * t)))
                line = voigt_profile(two_theta - place - (ray - angle), sigma, gamma)
                y += seen * weight * line
    return y / mass_volume


def _fan(axial: float, rays: int) -> tuple[Array, Array]:
    """Tangents of rays between a source and a slit of one height, and how much goes along each."""
    quantiles, weights = np.polynomial.legendre.leggauss(rays)
    return 2.0 * axial * (1.0 - np.sqrt(0.5 - 0.5 * quantiles)), 0.5 * weights


def _textured(images: Array, r: float, axis: tuple[int, int, int]) -> float:
    """March's factor in a cubic crystal."""
    along = np.array(axis, dtype=float)
    cos2 = (images @ along) ** 2 / ((images**2).sum(axis=1) * (along @ along))
    return float(np.mean((r * r * cos2 + (1.0 - cos2) / r) ** -1.5))


def simulated(
    fractions: Mapping[str, float],
    *,
    seed: int,
    optics: Optics | None = None,
    powders: Mapping[str, Powder] | None = None,
    peak: float = 10_000.0,
    level: float = 300.0,
    hump: float = 300.0,
    two_theta: Array = TWO_THETA,
) -> tuple[Array, Array]:
    """Give a pattern of phases of the library, counted once.

    Parameters
    ----------
    fractions : mapping
        Mass of each phase.
    seed : int
        Of the counting.
    optics : Optics, optional
    powders : mapping, optional
        The grains of some phases.
    peak, level, hump : float
        Heights of the strongest line, of the background, and of a glass's hump [counts].

    Returns
    -------
    two_theta, counts : (channels,) arrays

    Examples
    --------
    >>> x, counts = simulated({"LiCl": 1.0}, seed=1)
    >>> bool(abs(x[counts.argmax()] - 30.15) < 0.05)
    True
    """
    optics, powders = optics or Optics(), powders or {}
    y = np.zeros(two_theta.size)
    for key, mass in fractions.items():
        y += mass * of_unit_mass(key, two_theta, optics, powders.get(key, Powder()))
    bump = hump * np.exp(-0.5 * ((two_theta - 21.0) / 5.0) ** 2)
    air = 0.5 * level * np.exp(-(two_theta - two_theta[0]) / 6.0)
    mean = peak / y.max() * y + bump + level + air
    return two_theta, np.random.default_rng(seed).poisson(mean).astype(float)


EXAMPLES: dict[str, tuple[dict[str, float], dict[str, Powder]]] = {
    "pristine": (
        {"Li6PS5Cl": 1.0},
        {"Li6PS5Cl": Powder(size=90.0, stretch=1.0004, exchange=0.55)},
    ),
    "unannealed": (
        {"Li6PS5Cl": 0.962, "LiCl": 0.02, "Li2S": 0.018},
        {
            "Li6PS5Cl": Powder(size=28.0, strain=0.001, stretch=0.9996, exchange=0.4),
            "LiCl": Powder(size=40.0),
            "Li2S": Powder(size=30.0),
        },
    ),
    "annealed": (
        {"Li6PS5Cl": 1.0},
        {"Li6PS5Cl": Powder(size=120.0, stretch=0.9998, exchange=0.6)},
    ),
}
"""What the bundled examples are made of: mass fractions and grains."""


def xy_text(measured: xr.Dataset) -> str:
    """Give a pattern's counts as a file of two columns.

    Examples
    --------
    >>> xy_text(example("annealed")).splitlines()[1].split()[0]
    '10.00'
    """
    lines = [f"# {measured.attrs['sample']}"]
    lines += [
        f"{x:.2f} {counts:.0f}"
        for x, counts in zip(measured["two_theta"].values, measured["counts"].values, strict=True)
    ]
    return "\n".join(lines) + "\n"


def example(name: str) -> xr.Dataset:
    """Give one of the examples: pristine, unannealed or annealed argyrodite; no measurement.

    Examples
    --------
    >>> example("annealed").attrs["sample"]
    'annealed Li6PS5Cl (synthetic)'
    """
    from references.words import InputError

    from .pattern import pattern

    if name not in EXAMPLES:
        raise InputError(f"there is no example {name!r}; there are {', '.join(EXAMPLES)}")
    fractions, powders = EXAMPLES[name]
    optics = Optics(displacement=0.06, polarization=1.0, radius=240.0)
    x, counts = simulated(
        fractions, seed=list(EXAMPLES).index(name), optics=optics, powders=powders
    )
    return pattern(
        x,
        counts,
        counting_time=2.0,
        wavelength=1.5405929,
        wavelength_alpha2=1.5444274,
        alpha2_ratio=0.5,
        radius_mm=240.0,
        sample=f"{name} Li6PS5Cl (synthetic)",
        scan="2Theta-Omega",
        anode="Cu",
    )
