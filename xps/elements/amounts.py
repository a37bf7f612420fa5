"""Atomic fractions of a survey, and how much of an element could hide in it.

    n_i = A_i / [sigma_i L_i(gamma) lambda_i(E_k) T(E_k)],   x_i = n_i / sum(n)

with A_i above a Shirley background in a window about the element's strongest undisturbed line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Basis, Estimate, Kind, UncertaintyParts

from ..amount import U_IMFP
from ..background import linear, shirley
from ..estimate import LEVEL, Z
from ..share import fraction_row, interval, significance
from ..transmission import U_ASSUMED, U_MEASURED
from .evidence import established

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from references.words import Row

    from ..amount import Sensitivity
    from .evidence import Evidence
    from .lines import Line, Pattern
    from .scene import Scene

__all__ = ["Amount", "amount_of", "fractions", "limit"]

Array = NDArray[np.float64]

BELOW, ABOVE = 3.5, 5.0
"""How far a window reaches below and above its outer lines [eV], beside half their width."""
END = 1.0
"""About each end of a window the background is averaged over so much on either side [eV]."""
ONE_WINDOW = 14.0
"""Doublets split by less [eV] are measured in one window, of others the major line alone."""
MOVED = 1.5
"""By how much the window's ends are moved to see what their place does [eV]."""
AUGER_UNDER = 0.2
"""Share of a line's area that an Auger group in its window is taken to have."""
LARGEST = 1e30
"""Stands for an uncertainty where nothing is known."""
WIDTHS = (2.0, 6.0)
"""Least and largest width that a line is taken to have [eV]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An element's amount, in units common to a survey.

    Attributes
    ----------
    element, label : str
        The element and the level or line it was measured on.
    value : float
    parts : UncertaintyParts
        ``counting``, ``background`` and ``sensitivity``.
    disturbed : str
        What else lies in the window; empty where nothing does.
    """

    element: str
    label: str
    value: float
    parts: UncertaintyParts
    disturbed: str


def amount_of(
    scene: Scene, evidence: Evidence, registry: Registry, sensitivity: Sensitivity
) -> Amount:
    """Measure an element on its strongest line that nothing disturbs, or on the least disturbed."""
    usable = [m.line for m in evidence.matches if m.line.sharp and m.area > 0]
    usable = usable or [evidence.pattern.main]
    choices = [_measured(scene, evidence, line, registry, sensitivity) for line in usable[:4]]
    clean = [choice for choice in choices if not choice[1].disturbed]
    return (clean or sorted(choices, key=lambda choice: choice[0]))[0][1]


def _measured(
    scene: Scene,
    evidence: Evidence,
    line: Line,
    registry: Registry,
    sensitivity: Sensitivity,
) -> tuple[float, Amount]:
    """Give the intruders' share of a line's window, and the amount that it tells."""
    together = _together(evidence.pattern, line)
    places = [member.energy + evidence.offset - scene.shift for member in together]
    window = _window(scene, min(places), max(places))
    area, counting, background = _area(scene, window)
    strength = sum(scene.strength(member) for member in together)
    intruders = _intruders(scene, evidence.element, window, area)
    background = math.hypot(background, sum(share * area for _, share in intruders))
    u = relative_u(scene, registry, sensitivity)
    value = area / strength
    label = together[0].label if len(together) == 1 else line.level
    named = ", ".join(dict.fromkeys(name for name, _ in intruders))
    return sum(share for _, share in intruders), Amount(
        element=evidence.element,
        label=label,
        value=value,
        parts=UncertaintyParts(
            counting=counting / strength,
            background=background / strength,
            sensitivity=u * abs(value),
        ),
        disturbed=named,
    )


def relative_u(scene: Scene, registry: Registry, sensitivity: Sensitivity) -> float:
    """Relative standard uncertainty of a line's sensitivity."""
    factors = registry.sensitivity_set(sensitivity.set_name).factors
    sigma = max((value.u or 0.0) / value.best for _, value in factors)
    imfp = U_IMFP if sensitivity.material else 0.0
    return math.hypot(sigma, imfp, U_ASSUMED if scene.trace.transmission is None else U_MEASURED)


def _together(pattern: Pattern, line: Line) -> tuple[Line, ...]:
    """The lines of a level that one window holds."""
    members = tuple(other for other in pattern.lines if other.level == line.level)
    reach = max(m.energy for m in members) - min(m.energy for m in members)
    return members if reach < ONE_WINDOW else (line,)


def _window(scene: Scene, low: float, high: float) -> tuple[float, float]:
    """Where a level's window ends [eV, stored]."""
    half = 0.5 * _width(scene, low)
    return low - BELOW - half, high + ABOVE + half


def _width(scene: Scene, place: float) -> float:
    """Full width of a line at half its height above the neighbouring background [eV]."""
    trace = scene.trace
    near = np.abs(trace.energy - place) <= 8.0
    axis, counts = trace.energy[near], trace.counts[near]
    if axis.size < 5:
        return WIDTHS[0]
    base = np.interp(axis, [axis[0], axis[-1]], [counts[:3].mean(), counts[-3:].mean()])
    above = counts - base
    top = int(np.argmax(np.where(np.abs(axis - place) <= 2.0, above, -np.inf)))
    half = above >= 0.5 * above[top]
    left, right = top, top
    while left > 0 and half[left - 1]:
        left -= 1
    while right < half.size - 1 and half[right + 1]:
        right += 1
    return float(np.clip(axis[right] - axis[left], *WIDTHS))


def _area(scene: Scene, window: tuple[float, float]) -> tuple[float, float, float]:
    """Area above a Shirley background, its counting u, and what background and ends move."""
    area, counting = _net(scene, window, curved=True)
    straight, _ = _net(scene, window, curved=False)
    moved = [
        _net(scene, (window[0] - sign * MOVED, window[1] + sign * MOVED), curved=True)[0]
        for sign in (1, -1)
    ]
    # Either way of drawing the background is as likely as a place between them.
    choice = abs(area - straight) / math.sqrt(12.0)
    ends = (max(moved) - min(moved)) / math.sqrt(12.0)
    return area, counting, math.hypot(choice, ends)


def _net(scene: Scene, window: tuple[float, float], *, curved: bool) -> tuple[float, float]:
    """Area above one background, and its standard uncertainty from counts [counts eV]."""
    trace = scene.trace
    first, last = np.searchsorted(trace.energy, window)
    first, last = max(int(first), 0), min(int(last), trace.energy.size)
    if last - first < 5:
        return 0.0, LARGEST
    inside = slice(first, last)
    points = 2 * round(END / trace.step) + 1
    counts, variance = trace.counts[inside], trace.variance[inside]
    straight = linear(trace.energy, trace.counts, inside=inside, points=points).curve
    area = float((counts - straight).sum()) * trace.step
    if curved and straight[-1] > straight[0]:
        bent = shirley(trace.energy, trace.counts, inside=inside, points=points)
        other = float((counts - bent.curve).sum()) * trace.step
        # A step that something else makes has no Shirley solution, or a senseless one.
        if bent.converged and 0.5 * area < other < 1.5 * area:
            area = other
    # The ends' levels enter with the background's mean weight, half of the window each.
    level_variance = (variance[:points].mean() + variance[-points:].mean()) / points
    ends = 0.25 * counts.size**2 * level_variance
    return area, trace.step * math.sqrt(float(variance.sum()) + float(ends))


def _intruders(
    scene: Scene, element: str, window: tuple[float, float], area: float
) -> list[tuple[str, float]]:
    """Lines of other found elements in a window, and the share of its area they should have."""
    found: list[tuple[str, float]] = []
    for other in scene.found.values():
        if other.element == element or not established(scene, other):
            continue
        for match in other.matches:
            share = match.expected / max(area, 1e-300)
            if window[0] - 1.0 <= match.energy <= window[1] + 1.0 and share > 0.02:
                found.append((match.line.label, min(share, 1.0)))
        found += [
            (band.label, AUGER_UNDER)
            for band in other.bands
            if band.low < window[1] and band.high > window[0]
        ]
    return found


def fractions(amounts: Sequence[Amount], sample: str) -> tuple[Row, ...]:
    """Give the atomic fraction of each amount in their sum, basis ``atomic_all``."""
    values = np.array([max(amount.value, 0.0) for amount in amounts])
    total = float(values.sum())
    if not total > 0:
        return ()
    denominator = "+".join(amount.element for amount in amounts)
    rows: list[Row] = []
    for i, amount in enumerate(amounts):
        share = float(values[i] / total)
        weights = (np.arange(values.size) == i) - share
        parts = UncertaintyParts(
            **{
                part: float(np.sqrt(sum((w * (a.parts.to_dict()[part]) / total) ** 2
                                        for w, a in zip(weights, amounts, strict=True))))
                for part in ("counting", "background", "sensitivity")
            }
        )  # fmt: skip
        seen = significance(share, parts) if len(amounts) > 1 else math.inf
        rows.append(
            fraction_row(
                sample,
                amount.element,
                interval(share, parts, seen),
                Basis.ATOMIC_ALL,
                denominator,
            )
        )
    return tuple(rows)


def limit(
    scene: Scene, pattern: Pattern, amounts: Sequence[Amount], sample: str, relative: float
) -> tuple[str, Row] | None:
    """Give the line that bounds an element best and the fraction it could have, 95 %.

    Whatever is seen above the background in the range where compounds have the line is counted as
    the element's, wherever it is highest: the bound holds also where something else stands there.
    """
    total = sum(max(amount.value, 0.0) for amount in amounts)
    bounds = [
        bound for line in pattern.lines if line.sharp and (bound := _bound(scene, line)) is not None
    ]
    if not bounds or not total > 0:
        return None
    most, seen, u, label = min(bounds)
    # What is there at most, by a sensitivity that may be as much too high.
    high = most * (1.0 + relative)
    value = max(seen, 0.0)
    estimate = Estimate(
        value=value / (total + value),
        u_parts=UncertaintyParts(counting=u / total),
        high=max(high / (total + high), value / (total + value)),
        level=LEVEL,
        kind=Kind.UPPER_LIMIT,
    )
    denominator = "+".join([*(amount.element for amount in amounts), pattern.element])
    return label, fraction_row(sample, pattern.element, estimate, Basis.ATOMIC_ALL, denominator)


def _bound(scene: Scene, line: Line) -> tuple[float, float, float, str] | None:
    """Largest amount that a line allows, the amount seen, its u, and the line's label."""
    axis, excess = scene.trace.energy, scene.excesses[-1]
    first, last = np.searchsorted(axis, [line.low - scene.shift, line.high - scene.shift])
    if last <= first or not np.all(np.isfinite(excess.u[first:last])):
        return None
    at = int(first + np.argmax(excess.value[first:last]))
    strength = scene.strength(line)
    seen, u = excess.value[at] / strength, excess.u[at] / strength
    return float(max(seen, 0.0) + Z * u), float(seen), float(u), line.label
