"""Synthetic surveys of known composition: all lines of each element, Auger groups, losses, noise.

Places are drawn within what compounds span, each level's a little apart from its table, strengths
around what cross-sections say; widths, Auger intensities and the background are of no model that
the program has.
"""

from __future__ import annotations

import numpy as np

import references
import xps
from references.quantification import tpp2m
from xps.amount import Sensitivity
from xps.elements.lines import patterns

REGISTRY = references.load()
U_SENSITIVITY = 0.15
"""Relative error of a level's sensitivity: 5 % cross-section, 10 % attenuation, 10 % transmission."""
SAMPLES = {
    "argyrodite": {"Li": 0.40, "P": 0.07, "S": 0.33, "Cl": 0.07, "C": 0.08, "O": 0.05},
    "coated": {"Li": 0.25, "P": 0.05, "S": 0.22, "Cl": 0.15, "C": 0.15, "O": 0.10, "Ga": 0.04, "In": 0.04},
    "indium foil": {"In": 0.55, "O": 0.25, "C": 0.20},
    "gallium oxide": {"Ga": 0.35, "O": 0.50, "C": 0.15},
    "polymer": {"C": 0.70, "O": 0.18, "F": 0.12},
    "salt": {"Na": 0.4, "Cl": 0.4, "C": 0.12, "O": 0.08},
    "glass": {"Si": 0.27, "O": 0.55, "Na": 0.08, "C": 0.10},
    "copper": {"Cu": 0.6, "C": 0.22, "O": 0.18},
    "steel": {"Fe": 0.45, "Cr": 0.10, "O": 0.30, "C": 0.15},
    "garnet": {"La": 0.14, "Zr": 0.09, "O": 0.62, "C": 0.15},
    "cathode": {"Ni": 0.18, "Co": 0.03, "Mn": 0.03, "O": 0.46, "C": 0.20, "F": 0.10},
    "tungsten": {"W": 0.22, "O": 0.58, "C": 0.20},
    "gold": {"Au": 0.75, "C": 0.25},
    "carbonate": {"C": 0.35, "O": 0.55, "Ca": 0.10},
    "nitride": {"Si": 0.38, "N": 0.42, "O": 0.12, "C": 0.08},
    "zinc": {"Zn": 0.40, "O": 0.45, "C": 0.15},
    "tin": {"Sn": 0.30, "O": 0.52, "C": 0.18},
    "silver": {"Ag": 0.65, "C": 0.22, "O": 0.13},
}  # fmt: skip


def draw(
    composition, rng, *, scale=20000.0, shift=None, photon=1486.6, span=(-5.0, 1200.0), step=1.0
):
    """Give a survey, and the atomic fractions that are in it."""
    sensitivity = Sensitivity()
    known = {p.element: p for p in patterns(REGISTRY, photon, sensitivity, (0.0, photon))}
    shift = float(rng.uniform(-4.0, 4.0)) if shift is None else shift
    material = REGISTRY.imfp_material("Li6PS5Cl")
    fine = 0.25
    axis = np.arange(span[0] - 5.0, span[1] + 5.0, fine)
    signal = np.zeros(axis.size)
    for element, fraction in composition.items():
        pattern = known[element]
        main = pattern.main
        lowest, highest = main.low + 1.5, main.high - 1.0
        if element == "C":
            lowest, highest = 284.6, 285.2
        offset = float(rng.uniform(min(lowest, highest), max(lowest, highest))) - main.energy
        strongest, apart = 0.0, {}
        for line in pattern.lines:
            kinetic = photon - line.energy
            strength = fraction * line.section * tpp2m(material, max(kinetic, 60.0))
            strength *= apart.setdefault(line.level, np.exp(rng.normal(0.0, U_SENSITIVITY)))
            place = line.energy + offset - shift + (0.0 if line is main else rng.normal(0.0, 0.4))
            width = rng.uniform(1.8, 2.6) if not line.broad else rng.uniform(3.0, 5.5)
            if not line.sharp:
                width *= 1.3
            signal += strength * _shape(axis, place, width)
            strongest = max(strongest, strength)
        for band in pattern.bands:
            place = 0.5 * (band.low + band.high) - shift + rng.normal(0.0, 2.0)
            signal += (
                strongest * rng.uniform(0.1, 0.6) * _shape(axis, place, rng.uniform(5.0, 10.0))
            )
    signal *= scale / max(signal.max(), 1e-12)
    counts = signal + _losses(signal, fine, rng) + 0.02 * scale * np.exp(-axis / 2500.0)
    counts[axis < -2.0 - shift] *= 0.02
    energies = np.arange(span[0], span[1] + 1e-9, step)
    made = rng.poisson(np.maximum(np.interp(energies, axis, counts), 0.0)).astype(float)
    spectrum = xps.spectrum(
        energies,
        made,
        photon_energy=photon,
        dwell_time=0.1,
        scans=1,
        region="Survey",
        sample="made",
    )
    total = sum(composition.values())
    return spectrum, {e: f / total for e, f in composition.items()}, shift


def _shape(axis, place, width):
    u = (axis - place) / width
    return 0.75 * np.exp(-4 * np.log(2) * u**2) * 0.9394 / width + 0.25 * 0.6366 / width / (
        1 + 4 * u**2
    )


def _losses(signal, step, rng):
    """Inelastic electrons: a two-parameter loss function, and again what they lose further."""
    loss = np.arange(0.0, 300.0, step)
    kernel = rng.uniform(0.7, 1.3) * 2866.0 * loss / (1643.0 + loss**2) ** 2 * step
    total, once = np.zeros(signal.size), signal
    for _ in range(6):
        once = np.convolve(once, kernel)[: signal.size]
        total += once
    return total
