"""Where a stated line belongs: which level its label means there, and which doublet it is of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from references.lookup import UnknownReferenceError, folded

from .claims import Stated, Tie
from .constraint import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.core_level import CoreLevel
    from references.registry import Registry

    from .claims import ClaimedLine
    from .envelope import Envelope
    from .naming import LevelName

__all__ = ["level_at", "paired_lines", "tied_pairs"]


def level_at(
    named: LevelName, place: float, registry: Registry, *, beside: str = ""
) -> CoreLevel | None:
    """Give the level that a line belongs to: the named one, or the one its energy tells.

    A label whose level cannot lie there gives way to the only level of the element that can; where
    there is none, a level the library knows stays what it was called. ``beside`` is a level that it
    is not, for the region's own lines are called by it.
    """
    try:
        own = registry.core_level(named.symbol)
    except UnknownReferenceError:
        own = None
    if own is not None and own.window[0] <= place <= own.window[1]:
        return own
    there = [
        level
        for level in registry.core_levels
        if level.element == named.element
        and level.symbol != beside
        and level.window[0] <= place <= level.window[1]
    ]
    return there[0] if len(there) == 1 else own


def paired_lines(lines: tuple[ClaimedLine, ...]) -> tuple[ClaimedLine, ...]:
    """Tell major from minor lines, and give each minor line its major one.

    Two lines of one species whose table does not say which they are: the one of higher energy is
    the minor one, if they lie about as far apart as the level splits.
    """
    found = list(lines)
    groups: dict[tuple[str, str, str, str], list[ClaimedLine]] = {}
    for line in lines:
        if _splits(line):
            groups.setdefault(_species_of(line), []).append(line)
    for own in groups.values():
        majors, minors = _sorted_out(own)
        for minor in minors:
            assert minor.level is not None
            if minor.partner is not None:
                continue
            label = minor.line or minor.level.lines[1]
            taken = {found[x.index].partner for x in own}
            free = [m for m in majors if m.index not in taken]
            best = min(free, key=lambda m, x=minor: abs(_distance(m, x)), default=None)
            partner = None if best is None else best.index
            found[minor.index] = replace(minor, line=label, minor=True, partner=partner)
        for major in majors:
            assert major.level is not None
            found[major.index] = replace(major, line=major.line or major.level.lines[0])
    return tuple(found)


def tied_pairs(lines: Sequence[ClaimedLine], envelope: Envelope, first: int) -> list[ClaimedLine]:
    """Make a component whose area is tied to another's of its level the partner of that one.

    Parameters
    ----------
    lines : sequence of ClaimedLine
        Of one envelope.
    envelope : Envelope
        Its recipe, which says what is tied to what.
    first : int
        The index of the first of them.
    """
    names = [component.name for component in envelope.components]
    ties = {
        component.name: parse(component.area, [n for n in names if n != component.name]).tie
        for component in envelope.components
    }
    majors = {line.name: line.index for line in lines if not line.minor}
    found: list[ClaimedLine] = []
    for line in lines:
        tie = ties.get(line.name)
        simple = tie is not None and len(tie.terms) == 1 and tie.constant == 0
        if line.minor or tie is None or not simple or tie.terms[0][0] not in majors:
            found.append(line)
            continue
        other, factor = lines[majors[tie.terms[0][0]] - first], tie.terms[0][1]
        value = factor if line.area is None else line.area.value
        u = None if line.area is None else line.area.u
        made = replace(
            line, area=Stated(value=value, u=u, tie=Tie(line=other.index, factor=factor))
        )
        doublet = _splits(line) and other.level == line.level and line.place > other.place
        alone = not any(x.partner == line.index for x in lines)
        if doublet and alone and line.level is not None:
            made = replace(made, minor=True, line=line.level.lines[1], partner=other.index)
        found.append(made)
    return found


def _splits(line: ClaimedLine) -> bool:
    return line.level is not None and len(line.level.lines) > 1 and line.position is not None


def _species_of(line: ClaimedLine) -> tuple[str, str, str, str]:
    return line.sample, line.region, line.symbol, folded(line.name)


def _distance(major: ClaimedLine, minor: ClaimedLine) -> float:
    """How far two lines are from standing as far apart as their level splits [eV]."""
    assert minor.level is not None
    expected = minor.level.splitting.best if minor.level.splitting else 0.0
    return minor.place - major.place - expected


def _sorted_out(own: list[ClaimedLine]) -> tuple[list[ClaimedLine], list[ClaimedLine]]:
    """Major and minor lines of one species."""
    assert own[0].level is not None
    first, second = own[0].level.lines
    majors = [line for line in own if line.line == first]
    minors = [line for line in own if line.line == second]
    unknown = sorted((line for line in own if not line.line), key=lambda line: line.place)
    while unknown:
        line = unknown.pop(0)
        above = [x for x in (*minors, *unknown) if _about_split(line, x)]
        majors.append(line)
        if above and above[0] in unknown:
            unknown.remove(above[0])
            minors.append(above[0])
    return majors, minors


def _about_split(major: ClaimedLine, minor: ClaimedLine) -> bool:
    """Whether two lines can be meant as one doublet: within half of the splitting."""
    assert minor.level is not None
    expected = minor.level.splitting.best if minor.level.splitting else 0.0
    return abs(_distance(major, minor)) <= 0.5 * expected
