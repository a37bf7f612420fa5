"""What speaks for an element, and what against it.

Put forward by a peak where it has a strong line, an element must show its other lines: at the same
chemical shift, and no weaker than a third of what cross-sections, attenuation and transmission let
expect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .lines import LANTHANIDES
from .peaks import SEEN

if TYPE_CHECKING:
    from .lines import Band, Line, Pattern
    from .peaks import Peak
    from .scene import Scene

__all__ = ["FACTOR", "PLACE", "Evidence", "Match", "established", "evidence_for"]

FACTOR = 3.0
"""How much stronger or weaker than expected a line may be: an overlayer of 2 nm alone makes it
three between lines of low and of high kinetic energy."""
DEMANDED = 9.0
"""Significance that a line is expected to have before it is missed: a third of it is still 3."""
FORCED = 3.0
"""Significance from which a line counts as seen where its place is known beforehand."""
PLACE = 1.2
"""Tolerance of the distance between two lines of one element [eV]."""
PLACE_BROAD = {"S 2s": 3.0}
"""What is added to it for a line [eV] that both compilations have far from where sulfides do."""
BROAD_YIELD = {"3p": 0.7, "4d": 0.7}
"""Share of a line's area that the window shows where the line is some 5 eV wide, over that of a
line of 2 eV."""
STRONG = 0.25
"""Strength over that of the main line from which a line may put an element forward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A line of an element that was looked for.

    Attributes
    ----------
    line : Line
    energy : float
        Stored binding energy where it is highest [eV].
    area, u : float
        Excess there [counts eV].
    expected : float
        What the main line lets expect [counts eV].
    covered : str
        What else explains the place; empty where nothing does.
    top : bool
        Whether it is a maximum there, not the flank of something beside it.
    disturbed : bool
        Whether a stronger peak stands in what is taken for background there.
    """

    line: Line
    energy: float
    area: float
    u: float
    expected: float
    covered: str
    top: bool = True
    disturbed: bool = False

    @property
    def significance(self) -> float:
        """Area over its standard uncertainty."""
        return self.area / self.u

    @property
    def seen(self) -> bool:
        """Whether it stands above the background where it should."""
        strong = self.area >= FORCED * self.u and self.area * FACTOR >= self.expected
        return strong and self.top

    @property
    def missing(self) -> bool:
        """Whether it should be there and is not."""
        clear = self.line.sharp and self.expected >= DEMANDED * self.u and not self.disturbed
        return clear and self.area * FACTOR < self.expected

    @property
    def agreement(self) -> float:
        """1 where it has the strength expected, falling to nothing at the factor allowed."""
        if not self.seen:
            return 0.0
        ratio = math.log(max(self.area, 1e-9) / max(self.expected, 1e-9)) / math.log(FACTOR)
        return math.exp(-0.5 * (1.5 * ratio) ** 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for an element.

    Attributes
    ----------
    pattern : Pattern
    offset : float
        Calibrated place of its main line less the expected one [eV].
    matches : tuple of Match
        Its main line first.
    bands : tuple of Band
        Auger bands in which something is seen.
    """

    pattern: Pattern
    offset: float
    matches: tuple[Match, ...]
    bands: tuple[Band, ...]

    @property
    def element(self) -> str:
        """Its symbol."""
        return self.pattern.element

    @property
    def contradicted(self) -> bool:
        """Whether a line that should be there is not."""
        return any(match.missing for match in self.matches)

    @property
    def own(self) -> tuple[Match, ...]:
        """Lines that are as strong as expected and that nothing else explains."""
        return tuple(
            m
            for m in self.matches
            if m.seen and not m.covered and m.area <= (FACTOR + 1.0) * m.expected
        )

    @property
    def score(self) -> float:
        """How well the pattern is there: lines that agree, and a little for Auger bands."""
        main = self.matches[0]
        middle, half = 0.5 * (main.line.low + main.line.high), main.line.high - main.line.low
        near = math.exp(-2.0 * ((main.line.energy + self.offset - middle) / half) ** 2)
        others = sum(m.agreement for m in self.matches[1:] if not m.covered)
        return (0.0 if main.covered else near) + others + (0.3 if self.bands else 0.0)


def evidence_for(scene: Scene, peak: Peak) -> list[Evidence]:
    """Give what speaks for each element that has a strong line at a peak."""
    place = peak.energy + scene.shift
    found: list[Evidence] = []
    for pattern in scene.patterns:
        main = scene.strength(pattern.main)
        for line in pattern.lines:
            if not line.sharp or scene.strength(line) < STRONG * main:
                continue
            if line.low <= place <= line.high:
                made = _evidence(scene, pattern, place - line.energy)
                if made is not None:
                    found.append(made)
                    break
    return found


def established(scene: Scene, evidence: Evidence) -> bool:
    """Whether an element is there: by its main line if it is expected, else by two lines.

    One of them is sharp; the other may be too broad to be demanded. Of a lanthanide they are of two
    levels, for its 3d doublet lies where Auger groups are.
    """
    clear = [m for m in evidence.own if m.significance >= SEEN]
    alone = evidence.element in scene.expected and evidence.matches[0] in clear
    signs = {m.line.level if evidence.element in LANTHANIDES else m.line.label for m in clear}
    return any(m.line.sharp for m in clear) and (alone or len(signs) >= 2)


def _evidence(scene: Scene, pattern: Pattern, offset: float) -> Evidence | None:
    """Look for all lines of an element at one shift; ``None`` if the main one is not there."""
    main = pattern.main
    area, u, energy, _ = _measured(scene, main, main.energy + offset - scene.shift, PLACE)
    nearest = _nearest(scene, energy)
    if nearest is None or not area >= FORCED * u:
        return None
    energy = nearest
    matches = [
        Match(line=main, energy=energy, area=area, u=u, expected=area,
              covered=_cover(scene, energy, area, pattern.element))
    ]  # fmt: skip
    offset = energy + scene.shift - main.energy
    for line in pattern.lines[1:]:
        place = line.energy + offset - scene.shift
        yielded = _yield(line) / _yield(main)
        expected = area * yielded * scene.strength(line) / scene.strength(main)
        tolerance = (
            PLACE
            + 0.5 * abs(line.spread - main.spread)
            + PLACE_BROAD.get(line.level, 0.8 if line.broad else 0.0)
        )
        seen, u_seen, at, top = _measured(scene, line, place, tolerance)
        if not math.isfinite(u_seen):
            continue
        matches.append(
            Match(line=line, energy=at, area=seen, u=u_seen, expected=expected,
                  covered=_cover(scene, at, max(seen, expected) / FACTOR, pattern.element),
                  top=top, disturbed=_disturbed(scene, at, expected, broad=line.broad))
        )  # fmt: skip
    bands = tuple(
        band
        for band in pattern.bands
        if any(
            band.low <= peak.energy <= band.high
            and not _cover(scene, peak.energy, peak.area, pattern.element)
            for peak in scene.peaks
        )
    )
    return Evidence(pattern=pattern, offset=offset, matches=tuple(matches), bands=bands)


def _nearest(scene: Scene, energy: float) -> float | None:
    """Where the peak of a place lies: the narrow window shows it better than the broad one."""
    near = [p.energy for p in scene.peaks if abs(p.energy - energy) <= 1.5 * PLACE]
    return min(near, key=lambda at: abs(at - energy), default=None)


def _cover(scene: Scene, energy: float, area: float, element: str) -> str:
    """What stands at a place already; losses are too many to hide an element behind them."""
    claim = scene.explains(energy, area, but=element)
    return "" if claim is None or claim.kind == "loss" else claim.by


def _yield(line: Line) -> float:
    return BROAD_YIELD.get(line.level.split()[1], 1.0)


def _disturbed(scene: Scene, energy: float, area: float, *, broad: bool) -> bool:
    """Whether a peak that is not much weaker stands in the neighbouring windows."""
    half = scene.excesses[1 if broad else 0].half_width
    return any(
        half < abs(peak.energy - energy) < 2.5 * half + 0.8 and peak.area > 0.5 * area
        for peak in scene.peaks
    )


def _measured(
    scene: Scene, line: Line, place: float, tolerance: float
) -> tuple[float, float, float, bool]:
    """Give the largest excess near a place, its u, where it is, and whether it is a maximum.

    A broad line in a broad window; a narrow one in the window that shows more of it, for unresolved
    doublets and several compounds spread it.
    """
    axis = scene.trace.energy
    reach = max(tolerance, 0.6 * scene.trace.step)
    first, last = np.searchsorted(axis, [place - reach, place + reach])
    best = (0.0, math.inf, place, False)
    if last <= first:
        return best
    for excess in scene.excesses[1:] if line.broad else scene.excesses:
        value = excess.value
        at = int(first + np.argmax(value[first:last]))
        around = value[max(at - 1, 0) : at + 2]
        if math.isfinite(excess.u[at]) and (value[at] > best[0] or best[1] == math.inf):
            top = bool(best[3] or value[at] >= around.max())
            best = (float(value[at]), float(excess.u[at]), float(axis[at]), top)
    return best
