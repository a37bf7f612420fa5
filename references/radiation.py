"""X-ray lines: energies for XPS, wavelengths for diffraction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .value import Value

__all__ = ["Radiation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Radiation:
    """One X-ray line.

    Parameters
    ----------
    key : str
        For instance ``"Al K-alpha"``, ``"Cu K-alpha1"``.
    quantity : Value
        Photon energy [eV] or wavelength [Angstrom].
    """

    key: str
    quantity: Value
