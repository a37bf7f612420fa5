"""Patterns from an engine of their own: not the model that is tested.

Structure factors are gemmi's, lines are true Voigts of the four Lorentzians of Cu K-alpha after
Hoelzer et al. (Phys. Rev. A 56 (1997) 4554), axial divergence is a fan of rays.
"""

from __future__ import annotations

from functools import lru_cache

import gemmi
import numpy as np
from scipy.special import voigt_profile

from references import load

HC = 12398.4198
EMISSION = (
    (8047.837, 2.285, 0.579),
    (8045.367, 3.358, 0.080),
    (8027.993, 2.666, 0.236),
    (8026.504, 3.571, 0.105),
)
"""Energy, full width [eV] and share of the integral; recalled, not read: any near ones will do."""
RAYS = (np.arange(8.0) + 0.5) / 8.0
X = np.arange(10.0, 80.001, 0.02)


@lru_cache(maxsize=128)
def lines_of(key, exchange=None):
    """Reflections of a phase of the library: d, |F|^2 times multiplicity, equivalents; M V."""
    phase = load().phase(key)
    block = gemmi.cif.read_string(phase.cif).sole_block()
    small = gemmi.make_small_structure_from_block(block)
    if exchange is not None:
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
        shift, _ = gemmi.cromer_liberman(z=element.atomic_number, energy=8047.8)
        calculator.addends.set(element, shift)
    found = []
    for hkl in gemmi.make_miller_array(small.cell, small.spacegroup, 1.15):
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


def _anomalous(small, operations, hkl, d):
    """The sum of f'' alone: |F(h)|^2 and |F(-h)|^2 are on average the squares of both sums."""
    total = 0.0 + 0.0j
    for site in small.sites:
        f = gemmi.cromer_liberman(z=site.element.atomic_number, energy=8047.8)[1]
        f *= site.occ * np.exp(-8.0 * np.pi**2 * site.u_iso * 0.25 / d**2)
        place = np.array([site.fract.x, site.fract.y, site.fract.z])
        for o in operations:
            moved = np.array(o.rot) / 24 @ place + np.array(o.tran) / 24
            total += f * np.exp(2j * np.pi * (hkl @ moved))
    return total


def unit(key, *, x=X, displacement=0.0, sigma=0.05, axial=0.02, size=100.0, strain=0.0,
         stretch=1.0, texture=None, exchange=None, polarization=0.8, radius=173.0):  # fmt: skip
    """Counts for each unit of mass of a phase; sizes in nm, displacement in mm."""
    found, mass_volume = lines_of(key, exchange)
    y = np.zeros(x.size)
    for d0, strength, images in found:
        d, part = d0 * stretch, 1.0
        if texture is not None:
            r, axis = texture[0], np.array(texture[1], dtype=float)
            cos2 = (images @ axis) ** 2 / ((images**2).sum(axis=1) * (axis @ axis))
            part = np.mean((r * r * cos2 + (1.0 - cos2) / r) ** -1.5)
        for energy, width, share in EMISSION:
            wavelength = HC / energy
            if wavelength > 1.99 * d:
                continue
            theta = np.arcsin(0.5 * wavelength / d)
            angle = np.degrees(2.0 * theta)
            gamma = np.degrees(np.tan(theta)) * (width / energy + 2.0 * strain)
            gamma += 0.5 * np.degrees(0.9 * wavelength / (10.0 * size * np.cos(theta)))
            seen = (1.0 + polarization * np.cos(2.0 * theta) ** 2) * part * share * strength
            seen /= np.sin(theta) ** 2 * np.cos(theta)
            place = angle - np.degrees(2.0 * displacement / radius * np.cos(theta))
            near = slice(*np.searchsorted(x, [place - 6.0, place + 6.0]))
            rays = 2.0 * axial * (1.0 - np.sqrt(1.0 - RAYS))
            for t in rays:
                ray = np.degrees(np.arccos(np.cos(2.0 * theta) * np.sqrt(1.0 + t * t)))
                shape = voigt_profile(
                    x[near] - place - (ray - angle), sigma * np.sqrt(1 + 0.3 * np.tan(theta) ** 2),
                    gamma,
                )  # fmt: skip
                y[near] += seen * shape / rays.size
    return y / mass_volume


def drawn(seed, *, impurity=None):
    """A random argyrodite: (x, counts, what it was made with); impurity = (key, mass fraction)."""
    rng = np.random.default_rng([seed, 17])
    instrument = {
        "displacement": rng.uniform(-0.15, 0.15),
        "sigma": rng.uniform(0.03, 0.06),
        "axial": rng.uniform(0.01, 0.035),
    }
    size, axis = rng.uniform(20.0, 200.0), ((1, 1, 1), (1, 0, 0))[rng.integers(2)]
    truth = {
        "exchange": rng.uniform(0.0, 0.62),
        "texture": (rng.uniform(0.8, 1.2), axis),
        "stretch": 1.0 + rng.uniform(-0.002, 0.002),
    }
    y = unit("Li6PS5Cl", size=size, **truth, **instrument)
    scale = rng.choice([2000.0, 10000.0]) / y.max()
    if impurity is not None:
        key, share = impurity
        y = y + share / (1.0 - share) * unit(key, size=size, **instrument)
    level = rng.choice([200.0, 500.0])
    hump = rng.uniform(0.0, 600.0) * np.exp(-0.5 * ((X - 21.0) / 5.0) ** 2)
    tilt = level * (1.0 + rng.uniform(-0.5, 0.5) * (X - X.mean()) / np.ptp(X))
    air = 0.5 * level * np.exp(-(X - X[0]) / 6.0)
    return X, rng.poisson(scale * y + hump + tilt + air).astype(float), truth | instrument
