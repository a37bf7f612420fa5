"""How deep each technique sees, from the library's attenuation lengths."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from references import UnknownReferenceError
from references.quantification import tpp2m

from .statement import Depth

if TYPE_CHECKING:
    from references.registry import Registry

__all__ = ["AL_KALPHA", "MATRIX", "TOFSIMS", "XRD", "information_depth", "sputtered"]

AL_KALPHA = 1486.6
"""Photon energy where a result does not say which [eV]."""
MATRIX = "Li6PS5Cl"
"""What the photoelectrons pass through, as far as is known: the electrolyte."""
ATTENUATIONS = 3.0
"""Information depth in inelastic mean free paths: 95 % of the signal at normal emission."""

TOFSIMS = Depth(text="uppermost 1 to 2 nm at each point", nm=2.0)
XRD = Depth(text="bulk, some ten micrometres; crystalline only")


def information_depth(
    registry: Registry, level: str, energy: float, photon: float | None = None
) -> Depth | None:
    """Give how deep photoelectrons of a core level come from.

    Three inelastic mean free paths by TPP-2M in the electrolyte, at normal emission, elastic
    scattering left out: ISO 18115 calls it the information depth for 95 % of the signal.

    Parameters
    ----------
    registry : Registry
    level : str
        For instance ``"S 2p"``.
    energy : float
        Its binding energy [eV].
    photon : float, optional
        Photon energy [eV]; Al K-alpha where it is not known.

    Returns
    -------
    Depth or None
        ``None`` where the formula does not hold, or the library has not what it needs.

    Examples
    --------
    >>> from references import load
    >>> information_depth(load(), "S 2p", 161.6).text
    'top 9 nm (S 2p)'
    >>> information_depth(load(), "Ga 2p", 1117.0).nm
    3.5
    """
    kinetic = (photon or AL_KALPHA) - energy
    try:
        mean_free_path = tpp2m(registry.imfp_material(MATRIX), kinetic)
    except (UnknownReferenceError, ValueError):
        return None
    nm = 0.1 * ATTENUATIONS * mean_free_path
    if not math.isfinite(nm):
        return None
    return Depth(text=f"top {nm:.{0 if nm >= 5.0 else 1}f} nm ({level})", nm=round(nm, 1))


def sputtered(first: float | None, last: float | None, unit: str) -> Depth:
    """Give how deep a depth profile reaches, as far as that is known.

    Examples
    --------
    >>> sputtered(5.0, 600.0, "s").text
    'uppermost 1 to 2 nm at each point, 5 to 600 s of sputtering'
    """
    if first is None or last is None:
        return TOFSIMS
    said = f"{first:g} to {last:g} s of sputtering" if unit == "s" else f"{unit} {first:g}-{last:g}"
    return Depth(text=f"{TOFSIMS.text}, {said}", nm=TOFSIMS.nm)
