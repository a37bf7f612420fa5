"""The curves of another program's fit, as it exported them beside the spectrum.

They are kept for comparison and take no part in a fit of ours: ``fit_background`` and
``fit_envelope`` over ``binding_energy``, ``fit_components`` over ``fit_component`` and
``binding_energy``, all in the unit of the spectrum and drawn on the background, as exported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Component", "Curves", "with_curves"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Component:
    """One component's curve, and what the export says of it; NaN and empty where it does not.

    ``curve`` has shape (n,), ``position`` and ``fwhm`` are in eV, ``area`` in the program's unit.
    """

    name: str
    curve: Array
    position: float = math.nan
    fwhm: float = math.nan
    area: float = math.nan
    shape: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """All curves of a spectrum; those that were not exported are ``None`` or missing."""

    program: str
    background: Array | None = None
    envelope: Array | None = None
    components: tuple[Component, ...] = ()


def with_curves(made: xr.Dataset, energy: Array, curves: Curves) -> xr.Dataset:
    """Give a spectrum with the curves of another program's fit.

    Parameters
    ----------
    made : Dataset
        The spectrum.
    energy : ndarray, shape (n,)
        Binding energies in the order of the file, to which the curves belong [eV].
    curves : Curves

    Returns
    -------
    Dataset
        With ``fit_background``, ``fit_envelope`` and ``fit_components`` as far as they were
        exported; the components carry ``fit_name``, ``fit_position``, ``fit_fwhm``, ``fit_area``
        and ``fit_shape``.
    """
    order = np.argsort(energy, kind="stable")
    name = "counts" if "counts" in made else "intensity"
    labels = {
        "units": str(made[name].attrs.get("units", "")),
        "long_name": f"as exported by {curves.program}, drawn on the background",
    }
    variables: dict[str, Any] = {}
    for label, curve in (("background", curves.background), ("envelope", curves.envelope)):
        if curve is not None:
            variables[f"fit_{label}"] = ("binding_energy", curve[order], labels)
    coordinates: dict[str, Any] = {}
    if parts := curves.components:
        variables["fit_components"] = (
            ("fit_component", "binding_energy"),
            np.array([part.curve[order] for part in parts]),
            labels,
        )
        coordinates = {
            "fit_name": ("fit_component", [part.name for part in parts]),
            "fit_position": ("fit_component", [part.position for part in parts], {"units": "eV"}),
            "fit_fwhm": ("fit_component", [part.fwhm for part in parts], {"units": "eV"}),
            "fit_area": ("fit_component", [part.area for part in parts]),
            "fit_shape": ("fit_component", [part.shape for part in parts]),
        }
    return made.assign(variables).assign_coords(coordinates)
