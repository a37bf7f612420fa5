"""What an accepted element explains: lines of any compound, Auger groups, losses, satellites."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .evidence import FACTOR, PLACE, established
from .scene import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .evidence import Evidence
    from .lines import Band
    from .peaks import Peak
    from .scene import Scene

__all__ = ["claims_of", "unmonochromated", "valence_band"]

SHAKE_UP = (3.0, 12.0, 0.8)
"""Where shake-up of open d and f shells lies above their 2p and 3d lines [eV], and how strong."""
OPEN_SHELLS = ("Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "La", "Ce", "Pr", "Nd")
AUGER_SHARE = {False: 1.5, True: 0.4}
"""Largest area of an Auger band over that of the line of its first hole; of one that leaves a hole
in an s level, the second number."""
ATTENUATION = 0.75
"""Exponent with which attenuation lengths grow with kinetic energy from 200 to 1400 eV."""
OUTERMOST = 30.0
"""Binding energy [eV] up to which valence bands, O 2s and the outermost d levels lie."""
SATELLITES = {1486.6: (9.8, 0.064), 1253.6: (8.4, 0.080)}
"""Distance below the line [eV] and relative intensity of K-alpha3,4 of an unmonochromated anode;
commonly tabulated, not read for this program: they only explain, and never measure."""
LOSS = (4.0, 34.0, 0.35)
"""Where energy losses of a line lie above it [eV], and how strong they are at most."""
FAR_LOSS = (34.0, 52.0, 0.06)
"""The same of losses that happen twice or three times."""


def valence_band(scene: Scene) -> Claim:
    """What lies outermost belongs to no element alone."""
    return Claim(by="valence band", element="-", low=-math.inf, high=OUTERMOST - scene.shift,
                 area=math.inf, kind="line")  # fmt: skip


def claims_of(scene: Scene, evidence: Evidence) -> Iterable[Claim]:
    """All that an accepted element explains; what is only possible, the peak that suggests it."""
    element = evidence.element
    if not established(scene, evidence):
        for match in evidence.own:
            low, high = match.energy - PLACE, match.energy + PLACE
            yield Claim(by=match.line.label, element=element, low=low, high=high,
                        area=FACTOR * match.area, kind="line")  # fmt: skip
        return
    for match in evidence.matches:
        line = match.line
        reach = PLACE + scene.trace.step + (3.0 if line.broad else 1.0)
        place = line.energy + evidence.offset - scene.shift
        low, high = place - reach, place + reach + (line.spread if line.broad else 0.0)
        if line.sharp and not line.broad:
            # Other compounds of the element beside the one that put it forward.
            low, high = min(low, line.low - scene.shift), max(high, line.high - scene.shift)
        yield Claim(by=line.label, element=element, low=low, high=high,
                    area=FACTOR * match.expected, kind="line")  # fmt: skip
        if match.seen:
            yield from _echoes(scene, line.label, match.energy, match.area, element)
            if element in OPEN_SHELLS and not line.broad:
                yield Claim(by=f"shake-up of {line.label}", element=element,
                            low=match.energy + SHAKE_UP[0], high=match.energy + SHAKE_UP[1],
                            area=SHAKE_UP[2] * match.area, kind="loss")  # fmt: skip
    for band in evidence.pattern.bands:
        yield Claim(by=band.label, element=element, low=band.low, high=band.high,
                    area=_auger_area(scene, evidence, band), kind="auger")  # fmt: skip
        for peak in scene.peaks:
            if band.low <= peak.energy <= band.high:
                yield from _echoes(scene, band.label, peak.energy, peak.area, element)


def _auger_area(scene: Scene, evidence: Evidence, band: Band) -> float:
    """The most that a band may show [counts eV]: an electron a hole, seen from its own depth.

    Holes of light elements decay by Auger electrons alone, and faster electrons come from deeper.
    """
    main = evidence.matches[0]
    lines = [line for line in evidence.pattern.lines if line.level == band.level] or [main.line]
    photon, place = scene.trace.photon, 0.5 * (band.low + band.high)
    passed = scene.trace.transmission_at(place)
    whole = sum(
        scene.strength(line)
        * ((photon - place) / (photon - line.energy)) ** ATTENUATION
        * passed
        / scene.trace.transmission_at(line.energy - scene.shift)
        for line in lines
    )
    return AUGER_SHARE[band.minor] * max(whole / scene.strength(main.line), 1.0) * main.expected


def _echoes(scene: Scene, label: str, energy: float, area: float, element: str) -> Iterable[Claim]:
    """Energy losses of a line, and its satellites where the source has them."""
    for low, high, share in (LOSS, FAR_LOSS):
        yield Claim(by=f"loss of {label}", element=element, low=energy + low,
                    high=energy + high, area=share * area, kind="loss")  # fmt: skip
    if unmonochromated(scene):
        distance, share = SATELLITES[scene.trace.anode]
        yield Claim(by=f"satellite of {label}", element=element,
                    low=energy - distance - 3.5, high=energy - distance + 2.0,
                    area=2.0 * share * area, kind="satellite")  # fmt: skip


def unmonochromated(scene: Scene) -> bool:
    """Whether the strongest peak shows the K-alpha3,4 satellite of an unmonochromated anode."""
    distance, share = SATELLITES[scene.trace.anode]
    parents: Sequence[Peak] = sorted(scene.peaks, key=lambda peak: -peak.significance)[:3]
    votes = 0
    for parent in parents:
        axis, narrow = scene.trace.energy, scene.excesses[0]
        first, last = np.searchsorted(
            axis, [parent.energy - distance - 1.2, parent.energy - distance + 1.2]
        )
        if last <= first:
            continue
        at = int(first + np.argmax(narrow.value[first:last]))
        ratio = narrow.value[at] / max(parent.area, 1e-300)
        votes += bool(narrow.value[at] > 5 * narrow.u[at] and 0.4 * share < ratio < 2.0 * share)
    return votes >= 2
