"""The analyser's transmission, where the file brings it.

VAMAS files of some instruments carry the transmission at each channel beside the counts. It is
used where every region of a quantification has it; a power law of the kinetic energy is assumed
where one has not, for the two have no common scale.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from .result import Fit

__all__ = [
    "U_ASSUMED",
    "U_MEASURED",
    "TransmissionChoice",
    "level_energy",
    "measured_transmissions",
    "transmission_in",
    "transmission_note",
    "transmission_of",
]

Array = NDArray[np.float64]
TransmissionChoice = Literal["auto", "file", "assumed"]
"""The file's where every region has it, else an assumed one; the file's; an assumed one."""

U_MEASURED = 0.03
"""Relative standard uncertainty of a measured transmission between two levels: a convention here,
for files state none."""
U_ASSUMED = 0.10
"""The same of a transmission that is only assumed."""


def transmission_in(spectrum: xr.Dataset, energy: float) -> float:
    """Give a spectrum's transmission at a calibrated binding energy [eV]; NaN if it has none."""
    if "transmission" not in spectrum:
        return math.nan
    shift = float(spectrum["charge_shift"]) if "charge_shift" in spectrum.coords else 0.0
    axis = np.asarray(spectrum["binding_energy"].values, dtype=float) + shift
    return _read_off(axis, np.asarray(spectrum["transmission"].values, dtype=float), energy)


def transmission_of(fit: Fit, energy: float) -> float:
    """Give the transmission in a fitted window at a binding energy [eV]; NaN if it has none."""
    curve = fit.curves.transmission
    return math.nan if curve is None else _read_off(fit.curves.energy, curve, energy)


def _read_off(axis: Array, curve: Array, energy: float) -> float:
    """Interpolate; the end's value beyond the axis, and nothing from what cannot be a fraction."""
    return float(np.interp(energy, axis, curve)) if np.all(curve > 0) else math.nan


def level_energy(fit: Fit, level: str) -> float:
    """Give the mean binding energy of a level's lines, weighted by area [eV].

    Where the electrons come from, whatever window was fitted around them.
    """
    from references.quantification import is_line_of

    lines = [line for line in fit.lines if is_line_of(line.line, level)]
    places = np.array([line.position.value for line in lines])
    areas = np.array([max(line.area.value, 0.0) for line in lines])
    return float(np.average(places, weights=areas)) if areas.sum() > 0 else float(places.mean())


def measured_transmissions(fits: Sequence[Fit]) -> tuple[tuple[str, float], ...]:
    """Give the measured transmission of every level; nothing unless all of them have it.

    One number for all levels is a placeholder (files write 1) and counts as none.
    """
    found = [
        (level, transmission_of(fit, level_energy(fit, level)))
        for fit in fits
        for level in dict.fromkeys(
            c.core_level for c in fit.envelope.components if c.role == "species"
        )
    ]
    numbers = {value for _, value in found}
    if len(numbers) < 2 or not all(math.isfinite(value) for value in numbers):
        return ()
    return tuple(found)


def transmission_note(
    fits: Sequence[Fit], exponent: float = 0.0, choice: TransmissionChoice = "auto"
) -> Finding:
    """Say which transmission amounts over these fits' levels rest on.

    Parameters
    ----------
    fits : sequence of Fit
    exponent : float
        Of the power law where it is assumed.
    choice : {"auto", "file", "assumed"}
        As in :class:`xps.Sensitivity`.
    """
    found = measured_transmissions(fits)
    if found and choice != "assumed":
        told = ", ".join(f"{level} {value:.4g}" for level, value in found)
        reported, u = f"measured: {told}", U_MEASURED
        message = "amounts use the analyser's transmission as the file brings it"
    else:
        reported, u = f"assumed: E_k ** {exponent:g}", U_ASSUMED
        message = (
            "the file's transmission is left aside as asked for; one is assumed for all"
            if found
            else "not every region brings a measured transmission; one is assumed for all"
        )
    return Finding(
        rule="transmission",
        severity=Severity.INFO,
        subject=fits[0].sample or "atomic fractions",
        reported=reported,
        message=f"{message}, with a relative standard uncertainty of {100 * u:.0f} % a level",
    )
