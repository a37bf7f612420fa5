"""The lines that an element would show in a survey: where, and how strong beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING

from references.quantification import angular_factor, tpp2m

from .trace import ANODES, SAME_ANODE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from references.survey import SurveyLine
    from references.value import Value

    from ..amount import Sensitivity

__all__ = ["LANTHANIDES", "Band", "Line", "Pattern", "out_of_sight", "pattern_of", "patterns"]

TOGETHER = 4.0
"""Doublets split by less [eV] are one line of a survey."""
CHEMICAL = (1.5, 5.5)
"""How far below and above the elements' own energies compounds have their lines [eV], where the
library knows no species: oxides of Si, Ti, Ta, W lie 4 to 5 eV above."""
REDUCED = {"N": 5.0, "O": 5.0, "F": 5.0, "Cl": 3.0, "Br": 3.0, "I": 3.0}
"""How far below [eV] for elements that compounds reduce: nitrides lie 4 to 5 eV below N 1s of
the table."""
KNOWN = 1.0
"""The same where the library knows species: beyond those that it has [eV]."""
SLOWEST = 60.0
"""Least kinetic energy [eV] at which cross-section and attenuation say how strong a line is."""
SLOW = 250.0
"""Below this [eV] a few tenths of a nanometre of contamination decide how strong a line is."""
NARROW = ("1s", "2p", "3d", "4f")
VALENCE = 30.0
"""Below this [eV] lie valence bands and O 2s, which belong to no element alone."""
VALENCE_2S = 55.0
"""2s levels up to here [eV], of F and lighter elements, take part in bonds."""
BROAD_2S = 400.0
"""2s levels from here on [eV] lose their strength by Coster-Kronig decay."""
LANTHANIDES = ("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu")
"""Told by 3d alone: their 4d levels are multiplets that look alike. From terbium on 3d is out of
reach, and the element is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A photoelectron line as a survey resolves it: one line, or both of a narrow doublet.

    Attributes
    ----------
    element, label, level : str
        For instance ``"In"``, ``"In 3d5/2"``, ``"In 3d"``; ``"S 2p"`` is both lines together.
    energy, low, high : float
        Expected binding energy and the range that compounds span [eV].
    spread : float
        By how much two compilations differ [eV].
    section : float
        Cross-section relative to C 1s.
    strength : float
        Cross-section x asymmetry x attenuation length, relative.
    sharp : bool
        Whether the line is single enough to be demanded: 3s and 4p levels lose their strength into
        multiplets and Coster-Kronig widths, what lies below 30 eV belongs to no element alone,
        and slow electrons to what covers the sample.
    broad : bool
        Whether it is wider than a survey's resolution.
    reference : Value
        The library's energy, with its standing and sources.
    """

    element: str
    label: str
    level: str
    energy: float
    low: float
    high: float
    spread: float
    section: float
    strength: float
    sharp: bool
    broad: bool
    reference: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """An Auger band on the binding-energy axis of one photon energy.

    Attributes
    ----------
    element, label : str
        For instance ``"In MNN"``.
    level : str
        Whose hole it fills, ``"In 3d"``.
    low, high : float
        In eV.
    minor : bool
        Whether the second hole is in an s level: such bands are the weaker ones.
    """

    element: str
    label: str
    level: str
    low: float
    high: float
    minor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """All that an element shows, its strongest narrow line first."""

    element: str
    lines: tuple[Line, ...]
    bands: tuple[Band, ...]

    @property
    def main(self) -> Line:
        """The line by which the element is told."""
        return self.lines[0]


def patterns(
    registry: Registry, photon: float, sensitivity: Sensitivity, span: tuple[float, float]
) -> tuple[Pattern, ...]:
    """Give the patterns of all elements that have a line in a range of binding energies [eV]."""
    return tuple(
        inside
        for pattern in _all_patterns(registry, photon, sensitivity)
        if (inside := _within(pattern, span)) is not None
    )


def out_of_sight(
    registry: Registry,
    photon: float,
    sensitivity: Sensitivity,
    span: tuple[float, float],
    elements: Sequence[str],
) -> tuple[Pattern, ...]:
    """Give the patterns of elements that could show nothing but Auger groups in a range [eV]."""
    return tuple(
        pattern
        for pattern in _all_patterns(registry, photon, sensitivity)
        if pattern.element in elements
        and pattern.bands
        and not any(span[0] <= line.energy <= span[1] and line.sharp for line in pattern.lines)
    )


def pattern_of(element: str, found: Sequence[Pattern]) -> Pattern | None:
    """Give an element's pattern, ``None`` if it shows none."""
    return next((pattern for pattern in found if pattern.element == element), None)


@lru_cache(maxsize=8)
def _all_patterns(
    registry: Registry, photon: float, sensitivity: Sensitivity
) -> tuple[Pattern, ...]:
    by_element: dict[str, list[SurveyLine]] = {}
    for line in registry.survey_lines:
        by_element.setdefault(line.element, []).append(line)
    anode = next(energy for energy, _ in ANODES if abs(energy - photon) <= SAME_ANODE)
    carbon = _section(next(i for i in by_element["C"] if i.line == "1s"), anode)
    made: list[Pattern] = []
    for element, known in by_element.items():
        lines = [
            line
            for group in _resolved(known, registry)
            if (line := _line(group, registry, photon, anode, carbon, sensitivity)) is not None
        ]
        lines.sort(key=lambda line: (not line.sharp, line.broad, -line.strength))
        made.append(
            Pattern(element=element, lines=tuple(lines), bands=_bands(element, registry, photon))
        )
    return tuple(made)


def _within(pattern: Pattern, span: tuple[float, float]) -> Pattern | None:
    """A pattern without what lies outside the range; ``None`` where no sharp line is left."""
    lines = tuple(line for line in pattern.lines if span[0] <= line.energy <= span[1])
    if not lines or not lines[0].sharp:
        return None
    return Pattern(element=pattern.element, lines=lines, bands=pattern.bands)


def _resolved(known: list[SurveyLine], registry: Registry) -> list[list[SurveyLine]]:
    """Lines one by one, or by twos where a survey does not resolve the doublet."""
    levels: dict[str, list[SurveyLine]] = {}
    for line in known:
        levels.setdefault(line.level, []).append(line)
    groups: list[list[SurveyLine]] = []
    for members in levels.values():
        if len(members) == 2 and _split(members, registry) >= TOGETHER:
            groups += [[member] for member in members]
        else:
            groups.append(members)
    return groups


def _split(members: list[SurveyLine], registry: Registry) -> float:
    """Distance of a doublet's lines [eV], the library's where it has one."""
    level = next((at for at in registry.core_levels if at.symbol == members[0].level), None)
    if level is not None and level.splitting is not None:
        return level.splitting.best
    return abs(members[0].energy.best - members[1].energy.best)


def _line(
    group: list[SurveyLine],
    registry: Registry,
    photon: float,
    anode: float,
    carbon: float,
    sensitivity: Sensitivity,
) -> Line | None:
    """One line of the survey with its strength; ``None`` if its electrons are too slow."""
    sections = [_section(member, anode) for member in group]
    energy, low, high, spread = _place(group, sections, registry)
    kinetic = photon - energy
    if kinetic < SLOWEST or not sum(sections) > 0:
        return None
    element, level = group[0].element, group[0].level
    beta = registry.beta(level)
    strength = sum(sections) / carbon
    if beta is not None:
        strength *= angular_factor(beta.best, sensitivity.angle)
    if sensitivity.material:
        strength *= tpp2m(registry.imfp_material(sensitivity.material), kinetic)
    label = f"{element} {group[0].line}" if len(group) == 1 else level
    return Line(
        element=element,
        label=label,
        level=level,
        energy=energy,
        low=low,
        high=high,
        spread=spread,
        section=sum(sections) / carbon,
        strength=strength,
        sharp=kinetic > SLOW and _sharp(element, group[0].line[:2], energy),
        broad=group[0].line[:2] not in NARROW,
        reference=group[0].energy,
    )


def _section(line: SurveyLine, anode: float) -> float:
    value = line.section(anode)
    return 0.0 if value is None else value.best


def _place(
    group: list[SurveyLine], sections: list[float], registry: Registry
) -> tuple[float, float, float, float]:
    """Energy, its range, and the compilations' difference [eV]."""
    weight = sum(sections) or 1.0
    energy = sum(m.energy.best * s for m, s in zip(group, sections, strict=True)) / weight
    ends = [m.energy.low if m.energy.low is not None else m.energy.best for m in group]
    tops = [m.energy.high if m.energy.high is not None else m.energy.best for m in group]
    spread = max(tops) - max(ends)
    level = next((at for at in registry.core_levels if at.symbol == group[0].level), None)
    species = registry.lines(group[0].level) if level is not None else ()
    verified = [line for line in species if line.energy.status.may_constrain]
    if level is None or not verified:
        below = REDUCED.get(group[0].element, CHEMICAL[0])
        return energy, min(ends) - below, max(tops) + CHEMICAL[1], spread
    minor = level.splitting.best if level.splitting is not None else 0.0
    major = group[-1].line == level.lines[0] if len(group) == 1 else True
    # Of a doublet that is one line of the survey, a third of the strength lies at the minor line.
    move = 0.0 if level.splitting is None else (minor / 3.0 if len(group) == 2 else minor)
    move = 0.0 if len(group) == 1 and major else move
    low = min(line.window[0] for line in verified) + move
    high = max(line.window[1] for line in verified) + move
    own = min(max(energy - move, low - move), high - move)
    # Of few species the middle is accidental, of many it is where the element is mostly found.
    middle = (median(line.energy.best for line in verified) if len(verified) > 3 else own) + move
    return middle, low - KNOWN, high + KNOWN, spread


def _sharp(element: str, level: str, energy: float) -> bool:
    """Whether a level's line is narrow, single and apart from the valence band."""
    if energy < VALENCE:
        return False
    if element in LANTHANIDES:
        return level == "3d"
    if level == "2s":
        return VALENCE_2S < energy < BROAD_2S
    return level in {*NARROW, "3p", "4d"}


HOLES = {"K": "1s", "L": "2p", "M": "3d"}
"""Core level of the first hole of an Auger transition."""


def _bands(element: str, registry: Registry, photon: float) -> tuple[Band, ...]:
    found: list[Band] = []
    for group in registry.auger_groups:
        if group.element != element:
            continue
        kinetic = group.kinetic_energy
        low = kinetic.best if kinetic.low is None else kinetic.low
        high = kinetic.best if kinetic.high is None else kinetic.high
        reach = 2.0 * (kinetic.u or 0.0)
        found.append(
            Band(
                element=element,
                label=f"{element} {group.group}",
                level=f"{element} {HOLES[group.transition[0]]}",
                minor="1" in group.transition[1:],
                low=photon - high - reach,
                high=photon - low + reach,
            )
        )
    return tuple(found)
