"""Which spectra belong to the regions of a joint recipe: each once, of one sample."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..sample import RegionError, find_region

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry

    from ..envelope import Envelope
    from .recipe import JointRecipe

    Job = tuple[xr.Dataset, Envelope]

__all__ = ["jobs_of"]

SAME_PHOTON = 1.0
"""Photon energies of one anode as files write them differ by less [eV]."""


def jobs_of(
    spectra: Sequence[xr.Dataset], recipe: JointRecipe, registry: Registry, *, sample: str = ""
) -> tuple[Job, ...]:
    """Give each region of a recipe its spectrum.

    Parameters
    ----------
    spectra : sequence of Dataset
        A spectrum whose label names no core level is taken for the one in whose range it lies.
    recipe : JointRecipe
        With its envelopes written out.
    registry : Registry
    sample : str
        Only spectra of this sample, where given.

    Returns
    -------
    tuple of (Dataset, Envelope)
        In the recipe's order.

    Raises
    ------
    RegionError
        If a region is missing or comes more than once, or the spectra are of several samples or
        photon energies.
    """
    chosen = [s for s in spectra if not sample or _sample(s) == sample]
    if not chosen:
        there = ", ".join(dict.fromkeys(repr(_sample(s)) for s in spectra)) or "nothing"
        raise RegionError(f"no sample {sample!r}; there is {there}")
    jobs = [(_spectrum(chosen, envelope, registry), envelope) for envelope in recipe.envelopes]
    _one_sample(jobs)
    _one_photon(jobs)
    return tuple(jobs)


def _spectrum(spectra: Sequence[xr.Dataset], envelope: Envelope, registry: Registry) -> xr.Dataset:
    mine = [s for s in spectra if envelope.sample in {"", _sample(s)}]
    found = [s for s in mine if _is_of(s, envelope.region, registry)]
    if not found:
        there = ", ".join(dict.fromkeys(_label(s) or "a region without a name" for s in mine))
        raise RegionError(
            f"the recipe's region {envelope.region} is not among the spectra; there is "
            f"{there or 'nothing'}: give the file that holds it, or leave the region out"
        )
    samples = dict.fromkeys(_sample(s) for s in found)
    if len(samples) > 1:
        raise RegionError(
            f"{envelope.region} is there of {len(samples)} samples, "
            f"{', '.join(map(repr, samples))}; a joint fit is of one: choose it with --sample"
        )
    if len(found) > 1:
        raise RegionError(
            f"{envelope.region} comes {len(found)} times; a joint fit has each region once: give "
            "a file that holds the one that is meant"
        )
    return found[0]


def _is_of(spectrum: xr.Dataset, region: str, registry: Registry) -> bool:
    try:
        named = bool(_label(spectrum)) and bool(find_region([spectrum], region))
    except RegionError:
        named = False
    if named or _names_a_level(spectrum, registry):
        return named
    levels = [level for level in registry.core_levels if level.symbol == region]
    energy = spectrum["binding_energy"].values
    middle = 0.5 * float(energy[0] + energy[-1])
    return any(level.window[0] <= middle <= level.window[1] for level in levels)


def _names_a_level(spectrum: xr.Dataset, registry: Registry) -> bool:
    label = "".join(_label(spectrum).split()).lower()
    levels = ("".join(level.symbol.split()).lower() for level in registry.core_levels)
    return any(label.startswith(level) for level in levels)


def _one_sample(jobs: Sequence[Job]) -> None:
    samples = dict.fromkeys(_sample(spectrum) for spectrum, _ in jobs)
    if len(samples) > 1:
        told = "; ".join(f"{envelope.region} of {_sample(s)!r}" for s, envelope in jobs)
        raise RegionError(
            f"the regions are of {len(samples)} samples ({told}); a joint fit is of one: choose "
            "it with --sample, or give files of one sample"
        )


def _one_photon(jobs: Sequence[Job]) -> None:
    told = [(envelope.region, _photon(spectrum)) for spectrum, envelope in jobs]
    known = [photon for _, photon in told if math.isfinite(photon)]
    if known and max(known) - min(known) > SAME_PHOTON:
        raise RegionError(
            "the regions were measured with different photon energies ("
            + ", ".join(f"{region} {photon:g} eV" for region, photon in told)
            + "), so they see different depths and widths; fit them apart"
        )


def _photon(spectrum: xr.Dataset) -> float:
    known = "photon_energy" in spectrum.coords
    return float(spectrum["photon_energy"]) if known else math.nan


def _sample(spectrum: xr.Dataset) -> str:
    return str(spectrum.attrs.get("sample", ""))


def _label(spectrum: xr.Dataset) -> str:
    return str(spectrum.attrs.get("region", ""))
