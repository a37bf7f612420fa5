"""Which elements a survey shows: the strongest peak that nothing explains yet, and whose it is.

An element is put forward by a peak where it has a strong line, and must then show its other lines:
at the same chemical shift, and no weaker than a third of what cross-sections, attenuation and
transmission let expect. What an accepted element shows is explained and puts nobody forward.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .lines import LANTHANIDES
from .peaks import SEEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .lines import Band, Line, Pattern
    from .peaks import Excess, Peak
    from .trace import Trace

__all__ = ["Claim", "Evidence", "Match", "Scene", "established", "evidence_for", "identify"]

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
SHAKE_UP = (3.0, 12.0, 0.8)
"""Where shake-up of open d and f shells lies above their 2p and 3d lines [eV], and how strong."""
OPEN_SHELLS = ("Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "La", "Ce", "Pr", "Nd")
PLASMONS = ("Li", "Be", "Na", "Mg", "Al", "Si", "K", "Ga", "In", "Sn", "Sb", "Pb", "Bi")
"""Elements with free electrons, whose losses may be sharp."""
SHARP = 0.6
"""Sharpness from which a peak is no loss of any other element."""
EXPECTED = 1.0
"""What it counts that an element is expected: as much as a line that agrees."""
AUGER_SHARE = {False: 1.5, True: 0.4}
"""Largest area of an Auger band over that of the line of its first hole; of one that leaves a hole
in an s level, the second number."""
AUGER_WORTH = 0.4
"""What a peak in an Auger group counts beside one of a line: the group is wide."""
OUTERMOST = 30.0
"""Binding energy [eV] up to which valence bands, O 2s and the outermost d levels lie."""
SATELLITES = {1486.6: (9.8, 0.064), 1253.6: (8.4, 0.080)}
"""Distance below the line [eV] and relative intensity of K-alpha3,4 of an unmonochromated anode;
commonly tabulated, not read for this program: they only explain, and never measure."""
LOSS = (4.0, 34.0, 0.35)
"""Where energy losses of a line lie above it [eV], and how strong they are at most."""
FAR_LOSS = (34.0, 52.0, 0.06)
"""The same of losses that happen twice or three times."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What explains a place of the survey.

    Attributes
    ----------
    by : str
        For instance ``"In 3p3/2"``, ``"Ga LMM"``, ``"loss of C 1s"``.
    element : str
        Whose it is.
    low, high : float
        Stored binding energies [eV].
    area : float
        Up to which area it explains [counts eV].
    kind : {"line", "auger", "loss", "satellite"}
    """

    by: str
    element: str
    low: float
    high: float
    area: float
    kind: str


@dataclass(slots=True, kw_only=True)
class Scene:
    """A survey with what is known of it so far."""

    trace: Trace
    excesses: tuple[Excess, ...]
    peaks: tuple[Peak, ...]
    patterns: tuple[Pattern, ...]
    shift: float
    expected: tuple[str, ...]
    claims: list[Claim] = field(default_factory=list[Claim])
    found: dict[str, Evidence] = field(default_factory=dict[str, Evidence])

    def explains(self, energy: float, area: float, *, but: str = "") -> Claim | None:
        """Give what explains a place [eV, stored] and an area there; not by an element itself."""
        there = [
            claim
            for claim in self.claims
            if claim.low <= energy <= claim.high and claim.area >= area and claim.element != but
        ]
        kinds = ("line", "auger", "satellite", "loss")
        return min(there, key=lambda claim: kinds.index(claim.kind), default=None)

    def strength(self, line: Line) -> float:
        """Strength of a line with the transmission where it lies."""
        return line.strength * self.trace.transmission_at(line.energy - self.shift)


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
    scene.claims.append(
        Claim(by="valence band", element="-", low=-math.inf, high=OUTERMOST - scene.shift,
              area=math.inf, kind="line")
    )  # fmt: skip
    while (best := _best(scene)) is not None:
        scene.found[best.element] = best
        scene.claims += _claims(scene, best)
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


def evidence_for(scene: Scene, peak: Peak) -> list[Evidence]:
    """Give what speaks for each element that has a strong line at a peak."""
    place = peak.energy + scene.shift
    found: list[Evidence] = []
    for pattern in scene.patterns:
        main = scene.strength(pattern.main)
        for line in pattern.lines:
            if not line.sharp or scene.strength(line) < 0.25 * main:
                continue
            if line.low <= place <= line.high:
                made = _evidence(scene, pattern, place - line.energy)
                if made is not None:
                    found.append(made)
                    break
    return found


def _prior(scene: Scene, evidence: Evidence) -> float:
    """What is expected needs less evidence; one line alone says little of what is not."""
    if evidence.element in scene.expected:
        return EXPECTED
    return 0.0 if len(evidence.own) > 1 else -0.5 * EXPECTED


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


def established(scene: Scene, evidence: Evidence) -> bool:
    """Whether an element is there: by its main line if it is expected, else by two lines.

    One of them is sharp; the other may be too broad to be demanded. Of a lanthanide they are of two
    levels, for its 3d doublet lies where Auger groups are.
    """
    clear = [m for m in evidence.own if m.significance >= SEEN]
    alone = evidence.element in scene.expected and evidence.matches[0] in clear
    signs = {m.line.level if evidence.element in LANTHANIDES else m.line.label for m in clear}
    return any(m.line.sharp for m in clear) and (alone or len(signs) >= 2)


def _claims(scene: Scene, evidence: Evidence) -> Iterable[Claim]:
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
    """The most that a band may show: what the line of its first hole lets expect [counts eV]."""
    main = evidence.matches[0]
    lines = [line for line in evidence.pattern.lines if line.level == band.level] or [main.line]
    whole = sum(scene.strength(line) for line in lines) / scene.strength(main.line)
    return AUGER_SHARE[band.minor] * max(whole, 1.0) * main.expected


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
