"""Which elements a survey shows: the best supported one first, until nothing is left to explain.

What an accepted element shows is explained and puts nobody forward.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .claims import claims_of, valence_band
from .evidence import evidence_for
from .peaks import SEEN

if TYPE_CHECKING:
    from .evidence import Evidence
    from .peaks import Peak
    from .scene import Scene

__all__ = ["identify"]

PLASMONS = ("Li", "Be", "Na", "Mg", "Al", "Si", "K", "Ga", "In", "Sn", "Sb", "Pb", "Bi")
"""Elements with free electrons, whose losses may be sharp."""
SHARP = 0.6
"""Sharpness from which a peak is no loss of any other element."""
EXPECTED = 1.0
"""What it counts that an element is expected: as much as a line that agrees."""
AUGER_WORTH = 0.4
"""What a peak in an Auger group counts beside one of a line: the group is wide."""


def identify(scene: Scene) -> tuple[Peak, ...]:
    """Find elements until nothing explains what is left.

    Parameters
    ----------
    scene : Scene
        Its ``found`` and ``claims`` are filled.

    Returns
    -------
    tuple of Peak
        Peaks that no element explains.
    """
    scene.claims.append(valence_band(scene))
    while (best := _best(scene)) is not None:
        scene.found[best.element] = best
        scene.claims += claims_of(scene, best)
    return tuple(p for p in scene.peaks if scene.explains(p.energy, p.area) is None)


def _best(scene: Scene) -> Evidence | None:
    """The best supported element that is not found yet."""
    seen: dict[str, Evidence] = {}
    for peak in scene.peaks:
        claim = scene.explains(peak.energy, peak.area)
        if claim is not None and claim.kind != "loss":
            continue
        if claim is not None and _no_loss(peak) and claim.element not in PLASMONS:
            claim = None
        for evidence in evidence_for(scene, peak):
            # What may be a loss needs two signs.
            signs = len([m for m in evidence.own if m.line.sharp]) + bool(evidence.bands)
            enough = claim is None or signs > 1
            if enough and evidence.own and not evidence.contradicted:
                seen.setdefault(evidence.element, evidence)
    return max(
        (e for e in seen.values() if e.element not in scene.found),
        key=lambda e: _weight(scene, e),
        default=None,
    )


def _no_loss(peak: Peak) -> bool:
    """Whether a peak is narrower than losses are, and strong enough to say so."""
    return peak.sharpness >= SHARP and peak.significance >= 2.0 * SEEN


def _weight(scene: Scene, evidence: Evidence) -> float:
    """How much an element would explain: its pattern, and peaks of its Auger groups besides."""
    besides = sum(
        math.log(peak.significance)
        for peak in scene.peaks
        if any(band.low <= peak.energy <= band.high for band in evidence.bands)
        and scene.explains(peak.energy, peak.area) is None
    )
    own = (evidence.score + _prior(scene, evidence)) * math.log(evidence.matches[0].significance)
    return own + AUGER_WORTH * besides


def _prior(scene: Scene, evidence: Evidence) -> float:
    """What is expected needs less evidence; one line alone says little of what is not."""
    if evidence.element in scene.expected:
        return EXPECTED
    return 0.0 if len(evidence.own) > 1 else -0.5 * EXPECTED
