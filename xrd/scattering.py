"""How strongly atoms scatter, from gemmi's tables."""

# gemmi gives no types; its tables are asked here alone.
# pyright: basic
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["form_factors"]

Array = NDArray[np.float64]

HC = 12398.4198
"""Photon energy times wavelength [eV Angstrom]; CODATA 2018."""


def form_factors(
    elements: Sequence[str], s2: Array, wavelength: float, *, dispersion: bool = True
) -> NDArray[np.complex128]:
    """Scattering factors f0 + f' + i f'' of neutral atoms (n, element) [electrons].

    f0 after International Tables C (1992) 6.1.1.4, dispersion after Cromer and Liberman (J. Chem.
    Phys. 53 (1970) 1891).

    Parameters
    ----------
    elements : sequence of str
    s2 : (n,) array
        (sin theta / lambda)^2 [1/Angstrom^2].
    wavelength : float
        [Angstrom]
    dispersion : bool
        Whether f' and f'' are in.

    Examples
    --------
    >>> float(form_factors(["Cl"], np.array([0.0]), 1.5406, dispersion=False)[0, 0].real.round(1))
    17.0
    """
    import gemmi

    found = np.empty((s2.size, len(elements)), dtype=complex)
    for column, symbol in enumerate(elements):
        element = gemmi.Element(symbol)
        table = element.it92
        f0 = np.exp(-np.outer(s2, table.b)) @ np.array(table.a) + table.c
        more = 0.0 + 0.0j
        if dispersion:
            more = complex(*gemmi.cromer_liberman(z=element.atomic_number, energy=HC / wavelength))
        found[:, column] = f0 + more
    return found
