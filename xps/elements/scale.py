"""One rigid shift for the whole survey: the one under which the most of it makes sense."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..charge import ChargeReference
from .evidence import established
from .identify import identify

if TYPE_CHECKING:
    from references.registry import Registry

    from .peaks import Peak
    from .scene import Scene

__all__ = ["referenced", "shift_of"]

LARGEST = 8.0
"""Largest shift that is looked for [eV]: more is differential charging, not a shift."""
COARSE = (0.0, -3.0, 3.0, -6.0, 6.0)
"""Shifts that are tried in any case [eV]: compounds span more than the steps between them."""
ANCHORS = (("C", 284.8), ("O", 531.5))
"""Lines nearly every surface has, and where they are mostly found [eV]."""
U_CARBON = 0.5
"""Standard uncertainty of C 1s being adventitious carbon [eV]: C-O lies 1.5 eV above."""
U_OXYGEN = 1.0
"""The same of O 1s, oxides to water [eV]."""
U_TABLE = 1.5
"""The same of other lines' energies, with unknown compounds [eV]."""
LOST = 3.0
"""What a refined shift may explain less than the coarse one it comes from."""
DOUBT = 0.25
"""What each eV of a shift costs beside the logarithm of what it explains."""


def shift_of(scene: Scene, registry: Registry) -> ChargeReference:
    """Find the shift of a survey that declares none.

    Each peak near C 1s and near O 1s stands for one shift; no shift and a coarse few are tried as
    well. The one is taken under which elements explain the most; the line that nearly every surface
    has then refines it.

    Parameters
    ----------
    scene : Scene
        With nothing found yet; it stays as it is.
    registry : Registry

    Returns
    -------
    ChargeReference
        With its standard uncertainty and how it was found.
    """
    tried = [(_worth(scene, shift), shift) for shift in _candidates(scene)]
    most, best = max(tried)
    settled = _at(scene, best)
    identify(settled)
    refined = referenced(settled, registry)
    if _worth(scene, refined.shift) >= most - LOST:
        return refined
    return ChargeReference(
        shift=best, u=U_TABLE, how="the shift under which the survey's elements explain the most"
    )


def referenced(settled: Scene, registry: Registry) -> ChargeReference:
    """Give the shift that a settled scene's own lines ask for."""
    resolution = settled.trace.step / math.sqrt(12.0)
    if "C" in settled.found:
        known = registry.line("C 1s", "C-C").energy
        return ChargeReference(
            shift=known.best - settled.found["C"].matches[0].energy,
            u=math.hypot(U_CARBON, resolution),
            how=f"C 1s as adventitious carbon = {known.best:g} eV ({', '.join(known.source)}); "
            "u covers that it may be C-O",
        )
    if "O" in settled.found:
        return ChargeReference(
            shift=ANCHORS[1][1] - settled.found["O"].matches[0].energy,
            u=math.hypot(U_OXYGEN, resolution),
            how=f"O 1s = {ANCHORS[1][1]:g} eV, for want of carbon; u covers oxides to water",
        )
    there = [e for e in settled.found.values() if established(settled, e)]
    offsets = [e.pattern.main.energy - e.matches[0].energy for e in there]
    if not offsets:
        return ChargeReference(shift=0.0, u=math.nan, how="nothing to refer to")
    return ChargeReference(
        shift=float(np.median(offsets)),
        u=math.hypot(U_TABLE / math.sqrt(len(offsets)), resolution),
        how=f"median of the main lines of {', '.join(e.element for e in there)}, "
        "for want of carbon and oxygen",
    )


def _candidates(scene: Scene) -> list[float]:
    """Shifts that put a peak where C 1s or O 1s is, and a coarse few for where neither is seen."""
    found = list(COARSE)
    strong: list[Peak] = sorted(scene.peaks, key=lambda p: -p.significance)[:30]
    for _, place in ANCHORS:
        for peak in strong:
            shift = place - peak.energy
            if abs(shift) <= LARGEST and all(abs(shift - other) > 0.7 for other in found):
                found.append(shift)
    return found


def _at(scene: Scene, shift: float) -> Scene:
    return replace(scene, shift=shift, claims=[], found={})


def _worth(scene: Scene, shift: float) -> float:
    """How much is explained under a shift, and how well, less what is not."""
    trial = _at(scene, shift)
    left = identify(trial)
    explained = sum(
        e.score * math.log(max(e.matches[0].significance, 1.0))
        for e in trial.found.values()
        if established(trial, e)
    )
    anchors = 2.0 * sum(element in trial.found for element, _ in ANCHORS)
    unexplained = sum(math.log(peak.significance) for peak in left)
    return explained + anchors - unexplained - DOUBT * abs(shift)
