"""What the fits of core levels must respect, and the Auger parameters that tell compounds apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from references.words import Estimate, UncertaintyParts

from .peaks import SEEN
from .result import AugerFound, OverlapFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from references.core_level import CoreLevel
    from references.registry import Registry
    from references.survey import AugerParameter
    from references.value import Value

    from .evidence import Evidence
    from .scene import Scene

__all__ = ["auger_parameters", "overlaps"]

LEAST = 0.005
"""Smallest share of a level's signal that is told."""
BESIDE = 2.0
"""How far beyond the species of a level a line still disturbs its fit [eV]."""
U_PLACE = 0.3
"""Standard uncertainty of the maximum of a line in a survey [eV], beside its channels'."""


def overlaps(
    scene: Scene, registry: Registry, amounts: Mapping[str, float], fitted: Sequence[str]
) -> tuple[OverlapFound, ...]:
    """Give lines, Auger groups and losses of elements inside other elements' core levels.

    Parameters
    ----------
    scene : Scene
        With its elements found.
    registry : Registry
        Core levels, known overlaps, losses.
    amounts : mapping of str to float
        Of the elements that are present; they are what disturbs, and shares are reckoned from them.
    fitted : sequence of str
        Elements whose levels somebody may fit.

    Returns
    -------
    tuple of OverlapFound
        By core level, the largest share first. Shares take all elements to be seen through the
        same depth: where one lies on top of the other they are bounds.
    """
    found: list[OverlapFound] = []
    for level in registry.core_levels:
        if level.element not in fitted:
            continue
        present = [e for e in scene.found.values() if e.element in amounts]
        mine = [
            *_lines(scene, registry, level, present, amounts),
            *_bands(scene, registry, level, present),
            *_losses(registry, level, present),
        ]
        found += sorted(mine, key=lambda o: -(o.share if o.share is not None else -1.0))
    return tuple(found)


def _span(level: CoreLevel, registry: Registry) -> tuple[float, float]:
    """Where a level's species have their lines, both of a doublet [eV]."""
    lines = registry.lines(level.symbol)
    if not lines:
        return level.window
    minor = level.splitting.best if level.splitting is not None else 0.0
    return (
        min(line.window[0] for line in lines) - BESIDE,
        max(line.window[1] for line in lines) + minor + BESIDE,
    )


def _lines(
    scene: Scene,
    registry: Registry,
    level: CoreLevel,
    present: Sequence[Evidence],
    amounts: Mapping[str, float],
) -> Iterator[OverlapFound]:
    """Photoelectron lines: what the library lists, and what the found elements' lines say."""
    low, high = _span(level, registry)
    listed = {o.intruder: o for o in registry.overlaps(level.symbol)}
    own = _strength(scene, level.element, level.symbol) * amounts.get(level.element, 0.0)
    for evidence in present:
        if evidence.element == level.element:
            continue
        for name in dict.fromkeys(line.level for line in evidence.pattern.lines):
            members = [line for line in evidence.pattern.lines if line.level == name]
            places = [m.energy + evidence.offset for m in members]
            known = listed.get(name)
            inside = [m for m, p in zip(members, places, strict=True) if low <= p <= high]
            if known is None and not inside:
                continue
            theirs = sum(scene.strength(m) for m in (inside or members))
            theirs *= amounts.get(evidence.element, 0.0)
            share = theirs / (theirs + own) if own > 0 and theirs > 0 else None
            if share is not None and share < LEAST:
                continue
            energy = members[0].reference if known is None else known.energy
            low_end, high_end = (min(places), max(places)) if known is None else _range(energy)
            yield OverlapFound(
                core_level=level.symbol,
                intruder=name,
                element=evidence.element,
                kind="line",
                low=low_end,
                high=high_end,
                share=share,
                status=str(energy.status),
                sources=energy.source,
            )


def _range(energy: Value) -> tuple[float, float]:
    """The accepted range of an energy, or the energy itself twice."""
    if energy.low is None or energy.high is None:
        return energy.best, energy.best
    return energy.low, energy.high


def _strength(scene: Scene, element: str, level: str) -> float:
    pattern = next((p for p in scene.patterns if p.element == element), None)
    lines = () if pattern is None else pattern.lines
    return sum(scene.strength(line) for line in lines if line.level == level)


def _bands(
    scene: Scene, registry: Registry, level: CoreLevel, present: Sequence[Evidence]
) -> Iterator[OverlapFound]:
    """Auger groups; how strong they are no cross-section says."""
    low, high = _span(level, registry)
    for evidence in present:
        if evidence.element == level.element:
            continue
        reached = [
            band
            for band in evidence.pattern.bands
            if band.low + scene.shift <= high and band.high + scene.shift >= low
        ]
        if reached:
            yield OverlapFound(
                core_level=level.symbol,
                intruder=reached[0].label,
                element=evidence.element,
                kind="auger",
                low=min(band.low for band in reached) + scene.shift,
                high=max(band.high for band in reached) + scene.shift,
                share=None,
                status="calculated",
                sources=("chung1970", "xdb", "larkins1977"),
            )


def _losses(
    registry: Registry, level: CoreLevel, present: Sequence[Evidence]
) -> Iterator[OverlapFound]:
    """Plasmons of metals: they matter only where the metal is there as metal."""
    low, high = level.window
    by_element = {evidence.element: evidence for evidence in present}
    for loss in registry.losses:
        evidence = by_element.get(loss.element)
        if evidence is None:
            continue
        for match in evidence.matches:
            place = match.line.energy + evidence.offset + loss.energy.best
            if match.seen and match.line.sharp and low <= place <= high:
                yield OverlapFound(
                    core_level=level.symbol,
                    intruder=f"{match.line.label} + {loss.kind}",
                    element=loss.element,
                    kind="loss",
                    low=place,
                    high=place,
                    share=None,
                    status=str(loss.energy.status),
                    sources=loss.energy.source,
                )


def auger_parameters(scene: Scene, registry: Registry) -> tuple[AugerFound, ...]:
    """Give the modified Auger parameters of the found elements for which the library has some."""
    groups: dict[tuple[str, str, str], list[AugerParameter]] = {}
    for known in registry.auger_parameters:
        groups.setdefault((known.element, known.transition, known.line), []).append(known)
    made = (
        _parameter(scene, scene.found[element], transition, line, known)
        for (element, transition, line), known in groups.items()
        if element in scene.found
    )
    return tuple(found for found in made if found is not None)


def _parameter(
    scene: Scene,
    evidence: Evidence,
    transition: str,
    line: str,
    known: Sequence[AugerParameter],
) -> AugerFound | None:
    """Look for the Auger line where any of the known parameters would put it."""
    label = f"{evidence.element} {line}"
    match = next((m for m in evidence.matches if m.line.label == label and m.seen), None)
    if match is None:
        return None
    photon = scene.trace.photon
    least = min(k.parameter.low or k.parameter.best for k in known) - 1.0
    most = max(k.parameter.high or k.parameter.best for k in known) + 1.0
    low, high = photon + match.energy - most, photon + match.energy - least
    peaks = [p for p in scene.peaks if low <= p.energy <= high and p.significance >= SEEN]
    if not peaks:
        return None
    peak = max(peaks, key=lambda p: p.significance)
    value = photon - peak.energy + match.energy
    u = math.hypot(U_PLACE, scene.trace.step / math.sqrt(12.0)) * math.sqrt(2.0)
    agrees = tuple(
        k.species
        for k in known
        if (k.parameter.low or k.parameter.best) - 2.0 * u
        <= value
        <= (k.parameter.high or k.parameter.best) + 2.0 * u
    )
    return AugerFound(
        element=evidence.element,
        transition=transition,
        line=line,
        parameter=Estimate(
            value=value,
            u=UncertaintyParts(misfit=u).total,
            u_parts=UncertaintyParts(misfit=u),
            low=value - 1.96 * u,
            high=value + 1.96 * u,
            level=0.95,
        ),
        agrees=agrees,
        status=str(known[0].parameter.status),
        sources=tuple(dict.fromkeys(key for k in known for key in k.parameter.source)),
    )
