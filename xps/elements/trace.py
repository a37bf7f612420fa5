"""A survey as it is searched: counts with their variance over the stored axis, or a refusal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

from ..spectrum import dispersion

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ANODES", "NARROWEST", "SurveyError", "Trace", "trace_of"]

Array = NDArray[np.float64]

NARROWEST = 300.0
"""A spectrum that covers less [eV] is no survey: most elements have one line in it, if any."""
COARSEST = 2.5
"""Largest step [eV]: with more, a line of 2 to 3 eV falls between channels."""
ANODES = ((1486.6, "Al K-alpha"), (1253.6, "Mg K-alpha"))
"""Photon energies [eV] for which the library has cross-sections."""
SAME_ANODE = 1.5
BEYOND = 4.0
"""Further above the Fermi level than this [eV] there are no photoelectrons, only satellites'."""
FEWEST = 10.0
"""Counts in the highest channel below which nothing can be told."""


class SurveyError(InputError):
    """A spectrum from which elements cannot be told: what was given, what is needed."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trace:
    """A survey's numbers.

    Attributes
    ----------
    energy : (n,) array
        Stored binding energies [eV], ascending.
    counts : (n,) array
        Counts, or an intensity in its own unit.
    variance : (n,) array
        Of each channel: Poisson's for counts, else from the scatter of the intensity itself.
    step : float
        Median distance of channels [eV].
    photon : float
        Photon energy [eV].
    transmission : (n,) array or None
        As the file brings it; ``None`` where it brings none, or one number for all.
    counted : bool
        Whether these are counts.
    """

    energy: Array
    counts: Array
    variance: Array
    step: float
    photon: float
    transmission: Array | None
    counted: bool

    def transmission_at(self, energy: float) -> float:
        """Give the measured transmission at a stored binding energy [eV]; 1 where there is none."""
        if self.transmission is None:
            return 1.0
        return float(np.interp(energy, self.energy, self.transmission))

    @property
    def anode(self) -> float:
        """Photon energy [eV] of the cross-sections that hold for it."""
        return next(e for e, _ in ANODES if abs(e - self.photon) <= SAME_ANODE)


def trace_of(spectrum: xr.Dataset) -> Trace:
    """Take a survey's numbers from a spectrum.

    Raises
    ------
    SurveyError
        If it is too narrow or too coarse for a survey, has no photon energy or one without
        cross-sections, holds nothing, or shows electrons that no photon could have released.
    """
    energy = np.asarray(spectrum["binding_energy"].values, dtype=float)
    counted = "counts" in spectrum
    counts = np.asarray(spectrum["counts" if counted else "intensity"].values, dtype=float)
    named = str(spectrum.attrs.get("region", "")) or "the spectrum"
    step = float(np.median(np.diff(energy)))
    _check_axis(named, energy, step)
    photon = _photon(named, spectrum)
    _check_counts(named, energy, counts, counted=counted)
    scale = 1.0 if counted else dispersion(counts)
    if not (math.isfinite(scale) and scale > 0):
        raise SurveyError(
            f"{named} is an intensity without noise, so nothing says what is significant in it; "
            "give the counts as measured, not smoothed ones"
        )
    return Trace(
        energy=energy,
        counts=counts,
        # A channel without a count still has one's uncertainty.
        variance=scale * np.maximum(counts, scale),
        step=step,
        photon=photon,
        transmission=_transmission(spectrum),
        counted=counted,
    )


def _check_axis(named: str, energy: Array, step: float) -> None:
    width = float(energy[-1] - energy[0])
    if width < NARROWEST:
        raise SurveyError(
            f"{named} covers {energy[0]:g} to {energy[-1]:g} eV; elements are told from a survey "
            f"of at least {NARROWEST:g} eV, better 0 to 1200 eV: name the file's survey, or fit "
            "the core level with `peakwright xps fit`"
        )
    if step > COARSEST:
        raise SurveyError(
            f"{named} has steps of {step:g} eV; lines of 2 to 3 eV need {COARSEST:g} eV or less"
        )


def _photon(named: str, spectrum: xr.Dataset) -> float:
    photon = float(spectrum["photon_energy"]) if "photon_energy" in spectrum.coords else math.nan
    if not math.isfinite(photon):
        raise SurveyError(
            f"the photon energy of {named} is not known; Auger groups and cross-sections need it: "
            "give --photon-energy, 1486.6 for Al K-alpha"
        )
    if not any(abs(photon - anode) <= SAME_ANODE for anode, _ in ANODES):
        known = " and ".join(f"{name} ({anode:g} eV)" for anode, name in ANODES)
        raise SurveyError(
            f"{named} was taken with {photon:g} eV; the library has cross-sections for {known}"
        )
    return photon


def _check_counts(named: str, energy: Array, counts: Array, *, counted: bool) -> None:
    if counts.min() < 0:
        raise SurveyError(
            f"{named} has intensities below zero ({counts.min():g}); give the counts as measured, "
            "without a background taken off"
        )
    if counts.max() <= 0 or (counted and counts.max() < FEWEST):
        raise SurveyError(
            f"{named} holds at most {counts.max():g} counts a channel; no element can be told"
        )
    above = counts[energy < -BEYOND]
    if above.size >= 3 and above.mean() > 0.5 * float(np.median(counts)):
        raise SurveyError(
            f"{named} shows as much at {energy[0]:g} to {-BEYOND:g} eV, where no photoelectron can "
            "be, as elsewhere; its axis runs the other way or its photon energy is wrong: mend the "
            "file's axis"
        )


def _transmission(spectrum: xr.Dataset) -> Array | None:
    if "transmission" not in spectrum:
        return None
    curve = np.asarray(spectrum["transmission"].values, dtype=float)
    return curve if np.all(curve > 0) and np.ptp(curve) > 0 else None
