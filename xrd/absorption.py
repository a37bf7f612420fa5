"""How strongly phases absorb, and what that does to a mixture of grains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

from .scattering import form_factors

if TYPE_CHECKING:
    from .structure import Structure

__all__ = ["attenuation", "brindley", "microabsorption"]

Array = NDArray[np.float64]

ELECTRON_RADIUS = 2.8179403e-13
"""Classical electron radius [cm]; CODATA 2018."""
FINE = 0.05
"""Attenuation times radius above which grains are too coarse for the formula."""


def attenuation(structure: Structure, wavelength: float) -> float:
    """Linear attenuation coefficient of a crystal [1/cm], by photoabsorption.

    mu = 2 r_e lambda sum f'' / V, the optical theorem with f'' of Cromer and Liberman; what is
    scattered besides, some 5 % of it, is left out.

    Examples
    --------
    >>> from references import load
    >>> from xrd.structure import structure
    >>> round(attenuation(structure(load().phase("ZnO")), 1.5405929), -1)
    260.0
    """
    contents = structure.contents
    dispersion = form_factors(list(contents), np.zeros(1), wavelength).imag[0]
    total = float(dispersion @ np.array(list(contents.values())))
    return 2.0 * ELECTRON_RADIUS * wavelength * 1e-8 * total / (structure.volume * 1e-24)


def brindley(u: Array) -> Array:
    """Particle absorption factor tau of spheres for u = 2 (mu_phase - mu_mean) R.

    tau = 3 (2 - exp(-u) (u^2 + 2 u + 2)) / u^3, its series 1 - 3 u/4 + 3 u^2/10 - u^3/12 near
    nothing; G. W. Brindley, Philos. Mag. 36 (1945) 347.

    Examples
    --------
    >>> brindley(np.array([0.0, 0.1, 0.2])).round(4).tolist()
    [1.0, 0.9279, 0.8614]
    """
    u = np.asarray(u, dtype=float)
    small = np.abs(u) < 1e-2
    safe = np.where(small, 1.0, u)
    whole = 3.0 * (2.0 - np.exp(-safe) * (safe**2 + 2.0 * safe + 2.0)) / safe**3
    return np.where(small, 1.0 - 0.75 * u + 0.3 * u**2 - u**3 / 12.0, whole)


def microabsorption(
    fractions: Array, structures: list[Structure], radius_um: float, wavelength: float
) -> Array:
    """Factors (n,) by which grains of a radius seem to be more or less than they are.

    Parameters
    ----------
    fractions : (n,) array
        By mass.
    structures : list of Structure
    radius_um : float
        Of the grains [micrometre].
    wavelength : float
        [Angstrom]

    Raises
    ------
    InputError
        If the grains are too coarse for the formula, mu R > 0.05.
    """
    mu = np.array([attenuation(structure, wavelength) for structure in structures])
    radius = 1e-4 * radius_um
    coarse = float(np.max(mu)) * radius
    if coarse > FINE:
        raise InputError(
            f"grains of {radius_um:g} um radius are too coarse to correct for: mu R is "
            f"{coarse:.2f}, and Brindley's formula holds up to {FINE:g}; grind finer, or give none"
        )
    volume = fractions / np.array([structure.density for structure in structures])
    mean = float(mu @ volume / volume.sum())
    return brindley(2.0 * (mu - mean) * radius)
