"""What is said of each element: present, possible with the alternative, absent with a limit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .amounts import fractions, limit
from .evidence import established, evidence_for
from .lines import pattern_of
from .peaks import SEEN
from .result import BandFound, ElementFound, LineFound, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.words import Row

    from .amounts import Amount
    from .evidence import Evidence
    from .lines import Pattern
    from .peaks import Peak
    from .scene import Scene

__all__ = ["present", "verdicts"]

SAME = 1.5
"""Places that differ by less [eV] are one."""
RIVALS = 3
"""How many alternatives are named."""


def present(scene: Scene, evidence: Evidence) -> bool:
    """Whether an element is established, and by more than what another one would show as well.

    An expected element gives way to other expected ones only.
    """
    rivals = _rivals(scene, evidence)
    if evidence.element in scene.expected:
        rivals = tuple(rival for rival in rivals if rival in scene.expected)
    return established(scene, evidence) and not rivals


def _rivals(scene: Scene, evidence: Evidence) -> tuple[str, ...]:
    """Elements that explain the same peaks and are not contradicted, the better ones first.

    Among them those whose Auger electrons would, where something else hides their own main line.
    Only an element that rests on one level has rivals: two levels in their place are no accident.
    """
    clear = [m for m in evidence.own if m.significance >= SEEN]
    peaks = [p for p in scene.peaks if any(abs(p.energy - m.energy) < SAME for m in clear)]
    if len({m.line.level for m in clear}) != 1 or not peaks:
        return ()
    without = replace(scene, claims=[c for c in scene.claims if c.element != evidence.element])
    others = [
        other
        for other in evidence_for(without, peaks[0])
        if other.element not in scene.found
        and not other.contradicted
        and all(any(abs(m.energy - p.energy) < SAME for m in other.own) for p in peaks)
    ]
    others.sort(key=lambda other: -other.score)
    unseen = [pattern.element for pattern in scene.unseen if _in_bands(pattern, peaks)]
    hidden = [
        pattern.element
        for pattern in scene.patterns
        if evidence.element not in scene.expected
        and pattern.element in scene.expected
        and pattern.element not in scene.found
        and _in_bands(pattern, peaks)
        and _hiding(scene, pattern)
    ]
    named = dict.fromkeys([*unseen, *hidden, *(other.element for other in others)])
    return tuple(named)[:RIVALS]


def _in_bands(pattern: Pattern, peaks: Sequence[Peak]) -> bool:
    """Whether an element's Auger groups reach all of some peaks."""
    return all(any(b.low <= peak.energy <= b.high for b in pattern.bands) for peak in peaks)


def verdicts(
    scene: Scene, amounts: Sequence[Amount], sample: str, relative: float
) -> tuple[ElementFound, ...]:
    """Give what is said of every element that is found or expected.

    Parameters
    ----------
    scene : Scene
        With its elements found.
    amounts : sequence of Amount
        Of those that are present.
    sample : str
        Label of the rows.
    relative : float
        Relative standard uncertainty of a sensitivity.

    Returns
    -------
    tuple of ElementFound
        Present by their fraction, then possible, then absent ones.
    """
    rows = {row.subject: row for row in fractions(amounts, sample)}
    by_element = {amount.element: amount for amount in amounts}
    there = [
        _told(scene, scene.found[a.element], Standing.PRESENT, a.label, rows.get(a.element), a)
        for a in amounts
    ]
    there.sort(key=lambda e: -(e.row.estimate.value if e.row else 0.0))
    possible = [
        _doubtful(scene, evidence, amounts, sample, relative)
        for evidence in scene.found.values()
        if evidence.element not in by_element
    ]
    others = [
        _unseen(scene, pattern, amounts, sample, relative)
        for symbol in scene.expected
        if symbol not in scene.found and (pattern := pattern_of(symbol, scene.patterns)) is not None
    ]
    hidden = [e for e in others if e.standing == Standing.POSSIBLE]
    absent = [e for e in others if e.standing == Standing.ABSENT]
    return (*there, *possible, *hidden, *absent)


def _told(
    scene: Scene,
    evidence: Evidence,
    standing: Standing,
    level: str,
    row: Row | None,
    amount: Amount | None = None,
    reason: str = "",
) -> ElementFound:
    lines = tuple(
        LineFound(
            label=m.line.label,
            energy=m.energy + scene.shift,
            expected_energy=m.line.energy,
            significance=m.significance,
            ratio=m.area / m.expected if m.expected > 0 else 0.0,
            shared_with=m.covered,
        )
        for m in evidence.matches
        if m.seen
    )
    clear = [m.line.label for m in evidence.own if m.line.sharp and m.significance >= SEEN]
    said = reason or f"{', '.join(clear)} in place and strength"
    if amount is not None and amount.disturbed:
        said += f"; {amount.disturbed} lies in the window of {amount.label}"
    return ElementFound(
        element=evidence.element,
        standing=standing,
        lines=lines,
        bands=_bands(scene, evidence),
        alternatives=_rivals(scene, evidence),
        level=level,
        row=row,
        reason=said,
    )


def _bands(scene: Scene, evidence: Evidence) -> tuple[BandFound, ...]:
    """The highest peak in each Auger group of an element."""
    highest: dict[str, Peak] = {}
    chief = [band for band in evidence.bands if not band.minor]
    for band in chief or evidence.bands:
        for peak in scene.peaks:
            if not band.low <= peak.energy <= band.high:
                continue
            best, claim = highest.get(band.label), scene.explains(peak.energy, peak.area)
            if (claim is None or claim.kind != "line") and (best is None or peak.area > best.area):
                highest[band.label] = peak
    return tuple(
        BandFound(
            label=label,
            energy=peak.energy + scene.shift,
            kinetic_energy=scene.trace.photon - peak.energy - scene.shift,
        )
        for label, peak in highest.items()
    )


def _doubtful(
    scene: Scene, evidence: Evidence, amounts: Sequence[Amount], sample: str, relative: float
) -> ElementFound:
    """An element that something speaks for, and not enough."""
    bound = limit(scene, evidence.pattern, amounts, sample, relative)
    rivals = _rivals(scene, evidence)
    main = evidence.matches[0]
    if rivals and established(scene, evidence):
        reason = f"{main.line.label} may as well be of {' or '.join(rivals)}"
    elif evidence.element in scene.expected:
        reason = f"{main.line.label} lies under {main.covered or 'something else'}"
    else:
        reason = f"{main.line.level} alone is no evidence of an element that is not expected"
    level, row = bound if bound is not None else ("", None)
    return _told(scene, evidence, Standing.POSSIBLE, level, row, reason=reason)


def _unseen(
    scene: Scene, pattern: Pattern, amounts: Sequence[Amount], sample: str, relative: float
) -> ElementFound:
    """An expected element of which nothing of its own is seen: hidden, or absent with a limit."""
    bound = limit(scene, pattern, amounts, sample, relative)
    level, row = bound if bound is not None else ("", None)
    hiding = _hiding(scene, pattern)
    if hiding:
        reason = f"{pattern.main.label} would lie under {', '.join(hiding)}"
    elif row is not None and row.estimate.value > SEEN * (row.estimate.u_parts.counting or 0.0):
        hiding = ("the flank of a neighbour",)
        reason = f"{level} would lie on the flank of a neighbour"
    else:
        reason = f"nothing at {pattern.main.low:.0f} .. {pattern.main.high:.0f} eV"
    return ElementFound(
        element=pattern.element,
        standing=Standing.POSSIBLE if hiding else Standing.ABSENT,
        lines=(),
        bands=(),
        alternatives=hiding,
        level=level,
        row=row,
        reason=reason,
    )


def _hiding(scene: Scene, pattern: Pattern) -> tuple[str, ...]:
    """What stands in the range of an element's main line, if the element is not excluded."""
    main = pattern.main
    there = [p for p in scene.peaks if main.low <= p.energy + scene.shift <= main.high]
    named: list[str] = []
    for peak in there:
        claim = scene.explains(peak.energy, peak.area)
        evidence = [e for e in evidence_for(scene, peak) if e.element == pattern.element]
        if claim is not None and evidence and not evidence[0].contradicted:
            named.append(claim.by)
    return tuple(dict.fromkeys(named))
