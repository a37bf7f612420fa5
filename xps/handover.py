"""A stored fit becomes CasaXPS's region and component lines, the way back of :mod:`xps.casaxps`.

What CasaXPS cannot hold is never dropped in silence: each deviation is measured and said in a
finding. Two of them are always there. CasaXPS computes its background from the data, where ours is
fitted with the peaks; and it knows limits and links, but no knowledge with an uncertainty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .casaregion import Block, Region
from .io.casa import CasaCalibration, CasaFit, CasaRegion
from .replay import ResultError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding

    from .envelope import Envelope
    from .stored import StoredFit

__all__ = ["HandedOver", "hand_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """CasaXPS's lines of one spectrum, and what they leave out or change."""

    casa: CasaFit
    notes: tuple[Finding, ...]


def hand_over(
    fits: Sequence[tuple[StoredFit, Envelope]],
    spectrum: xr.Dataset,
    registry: Registry,
    *,
    sensitivity_set: str = "scofield_al",
) -> HandedOver:
    """Give the fits of one spectrum as CasaXPS's regions and components.

    Parameters
    ----------
    fits : sequence of (StoredFit, Envelope)
        Of this spectrum, each with its recipe.
    spectrum : Dataset
        On its stored axis, with its photon energy.
    registry : Registry
        Its sensitivity set gives the RSFs: of a whole level, for all of its lines.
    sensitivity_set : str
        Its name.

    Returns
    -------
    HandedOver
        Kinetic energies [eV] on the calibrated scale, areas in counts/s eV where the counting time
        is known.

    Raises
    ------
    ResultError
        If the spectrum has no photon energy or is not the one that was fitted, or two fits cannot
        stand in one block.
    UnknownReferenceError
        If there is no such sensitivity set.
    """
    photon = float(spectrum["photon_energy"])
    if not np.isfinite(photon):
        raise ResultError(
            f"{fits[0][0].region}: CasaXPS's lines are kinetic energies, and the measured file "
            "states no photon energy; give it with --photon-energy"
        )
    shifts = {fit.charge.shift for fit, _ in fits}
    if len(shifts) > 1:
        raise ResultError(
            f"{fits[0][0].sample} {fits[0][0].region}: its fits stand on different energy scales "
            f"(shifts of {', '.join(f'{s:+.3f}' for s in sorted(shifts))} eV); export them one by "
            "one with --region"
        )
    registry.sensitivity_set(sensitivity_set)  # refuses an unknown one
    made = Block(photon, spectrum, registry, sensitivity_set)
    for fit, envelope in fits:
        Region(made, fit, envelope).add()
    _refuse_twice(made.regions, fits[0][0])
    return HandedOver(
        casa=CasaFit(
            calibrations=_calibrations(shifts.pop()),
            regions=tuple(made.regions),
            components=tuple(made.components),
        ),
        notes=tuple(dict.fromkeys(made.notes)),
    )


def _calibrations(shift: float) -> tuple[CasaCalibration, ...]:
    """The shift as it stands: from 0 to the shift, for which line was assigned is not known."""
    if shift == 0.0:
        return ()
    return (CasaCalibration(measured=0.0, assigned=shift, scale="BE", add=True),)


def _refuse_twice(regions: Sequence[CasaRegion], fit: StoredFit) -> None:
    """Two regions of one tag over the same energies: whose a component is, no one could tell."""
    for i, one in enumerate(regions):
        for other in regions[:i]:
            apart = one.end_ke < other.start_ke or other.end_ke < one.start_ke
            if one.tag == other.tag and not apart:
                raise ResultError(
                    f"{fit.sample} {fit.region}: two fits of {one.tag} lie over the same energies "
                    "of one spectrum, which CasaXPS cannot keep apart; export one of them"
                )
