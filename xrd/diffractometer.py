"""What brings a pattern about beside the powder: wavelengths, optics, geometry, line profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Diffractometer"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffractometer:
    """What brought the pattern about.

    Attributes
    ----------
    wavelengths : tuple of float
        K-alpha1 and K-alpha2 [Angstrom], or one alone.
    ratio, ratio_u : float
        K-alpha2 over K-alpha1.
    polarization : float
        K = cos^2(2 theta_monochromator); 1 without a monochromator.
    radius : float
        Of the goniometer [mm].
    geometry : str
        ``reflection`` of a flat plate, ``transmission`` through one, or ``capillary``.
    zero : float
        Of 2 theta [degrees].
    gauss, gauss_u : (U, V, W)
        Squared Gaussian width U tan^2 + V tan + W [degrees^2]; a pattern alone hardly tells the
        three apart, so what is not known is that of laboratory instruments.
    lorentz : (X, Y)
        Lorentzian width X/cos + Y tan [degrees] of the instrument.
    axial, axial_u : float
        Axial divergence S/L.
    shape, shape_u : float
        0 for Voigt lines, 1 for pseudo-Voigt ones.
    """

    wavelengths: tuple[float, ...] = (1.5405929, 1.5444274)
    ratio: float = 0.5
    ratio_u: float = 0.02
    polarization: float = 1.0
    radius: float = 173.0
    geometry: str = "reflection"
    zero: float = 0.0
    gauss: tuple[float, float, float] = (0.003, -0.003, 0.006)
    gauss_u: tuple[float, float, float] = (0.01, 0.01, np.inf)
    lorentz: tuple[float, float] = (0.0, 0.0)
    axial: float = 0.02
    axial_u: float = 0.02
    shape: float = 0.0
    shape_u: float = 0.5

    def pull(self, theta: Array) -> Array:
        """By how much a millimetre of displacement moves lines (n,) of Bragg angles [degrees].

        -2 cos(theta)/R for a plate above the focussing circle; -sin(2 theta)/R for a sample that
        the beam passes through, displaced along it (across it is left out).
        """
        if self.geometry == "reflection":
            return -2.0 * np.degrees(np.cos(theta)) / self.radius
        return -np.degrees(np.sin(2.0 * theta)) / self.radius

    def seen(self, theta: Array) -> Array:
        """Lorentz and polarization factors (n,), and how much of a plate the beam meets.

        Absorption in a plate or capillary that the beam passes through falls much as exp(-2 B s^2)
        does, and goes into B.
        """
        polarized = 1.0 + self.polarization * np.cos(2.0 * theta) ** 2
        factor = polarized / (np.sin(theta) ** 2 * np.cos(theta))
        return factor / np.cos(theta) if self.geometry == "transmission" else factor
