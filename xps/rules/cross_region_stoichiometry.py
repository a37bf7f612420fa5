"""A compound whose levels give its elements in another proportion than its formula (rule X2).

Amounts are areas over the file's own sensitivity factors or, where it has none, over cross-
sections and attenuation lengths. Severity: warning. Threshold: off by more than 25 % and three u.
A species is not judged where its line, or a neighbour of another species within two widths, rests
on a position limit: its area was then set by the limit. Lithium, carbon and oxygen are not asked,
nor what cannot be told from a part of an electrolyte. Source: Major et al. 2020.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from references.quantification import tpp2m
from references.registry import UnknownReferenceError
from references.words import Finding, Severity

from ..lattice import LATTICE_SPLITS
from ..naming import composition
from .at_bound import limit_of
from .insignificant import vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, Claims

NAME = "cross_region_stoichiometry"

OFF, SURE = 0.25, 3.0
INDISTINCT = frozenset({"Li", "C", "O", "H", "N"})
AL_K_ALPHA = 1486.6
MATERIAL = "Li6PS5Cl"


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each compound and pair of its elements that is out of proportion."""
    for sample in claims.samples():
        amounts: dict[tuple[tuple[str, float], ...], dict[str, _Amount]] = {}
        for line in claims.of(sample):
            formula = _formula(line, registry)
            element = line.symbol.split()[0]
            if line.minor or element not in dict(formula) or element in INDISTINCT:
                continue
            whole = [line, *(x for x in claims.of(sample) if x.partner == line.index)]
            factor = _factor(whole, registry)
            if line.area is None or factor is None or vanishes(line, claims):
                continue
            amount = amounts.setdefault(formula, {}).setdefault(element, _Amount([], 0.0, 0.0))
            amount.lines.append(line)
            amount.value += sum(x.area.value for x in whole if x.area) / factor
            amount.variance += sum((x.area.u or 0.0) ** 2 for x in whole if x.area) / factor**2
        for formula, found in amounts.items():
            for first, second in combinations(found, 2):
                yield from _judged(sample, formula, first, second, found, claims)


@dataclass(slots=True)
class _Amount:
    """Atoms of an element in a compound, in units of the factors."""

    lines: list[ClaimedLine]
    value: float
    variance: float


def _formula(line: ClaimedLine, registry: Registry) -> tuple[tuple[str, float], ...]:
    if line.species in {name for share in LATTICE_SPLITS for name in (share.total, share.lattice)}:
        return ()
    if line.species:
        species = registry.species(line.species)
        return composition(species.formula or species.key)
    return line.compound


def _factor(lines: list[ClaimedLine], registry: Registry) -> float | None:
    """What one atom gives: the file's own factor, or cross-section times attenuation length."""
    major = lines[0]
    if major.uncorrected_rsf or major.rsf:
        return major.uncorrected_rsf or major.rsf
    factors, element = registry.sensitivity_set("scofield_al"), major.symbol.split()[0]
    try:
        sigma = sum(factors.factor(f"{element} {x.line}").best for x in lines if x.area)
        return sigma * tpp2m(registry.imfp_material(MATERIAL), AL_K_ALPHA - major.place)
    except (UnknownReferenceError, ValueError):
        return None


def _judged(
    sample: str,
    formula: tuple[tuple[str, float], ...],
    first: str,
    second: str,
    found: dict[str, _Amount],
    claims: Claims,
) -> Iterator[Finding]:
    a, b = found[first], found[second]
    if not _comparable(a, b) or not all(_decided(x, claims) for x in (*a.lines, *b.lines)):
        return
    expected = dict(formula)[first] / dict(formula)[second]
    ratio = a.value / b.value
    relative = math.hypot(math.sqrt(a.variance) / a.value, math.sqrt(b.variance) / b.value)
    if abs(math.log(ratio / expected)) <= max(math.log(1.0 + OFF), SURE * relative):
        return
    name = "".join(f"{e}{n:g}" if n != 1 else e for e, n in formula)
    # The more abundant element comes first, as one says it: S : Mo in MoS2.
    if expected < 1:
        first, second, ratio, expected = second, first, 1 / ratio, 1 / expected
    yield Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=" ".join(part for part in (sample, f"{first} : {second} in {name}") if part),
        reported=f"{ratio:.2f}",
        reference=f"{expected:g}",
        deviation=f"x{ratio / expected:.2g}",
        message=(
            "the levels of one compound do not give its formula; review the sensitivity factors "
            "(one set for all levels), the assignment, and layers over it"
        ),
        sources=("major2020",),
    )


def _comparable(a: _Amount, b: _Amount) -> bool:
    """Whether both have their factors from one place."""
    own = {bool(x.uncorrected_rsf or x.rsf) for x in (*a.lines, *b.lines)}
    return len(own) == 1 and a.value > 0 and b.value > 0


def _decided(line: ClaimedLine, claims: Claims) -> bool:
    """Whether the data decided the area of a line, rather than a limit."""
    for other in claims.of(line.sample):
        assert other.position is not None
        near = other is line
        if other.region == line.region and other.compound != line.compound and line.fwhm:
            near = abs(other.place - line.place) <= 2.0 * line.fwhm.value
        if near and limit_of(other.position) is not None and not _small(other, line, claims):
            return False
    return True


def _small(other: ClaimedLine, line: ClaimedLine, claims: Claims) -> bool:
    """Whether a line on a limit is too little to matter to its compound."""
    own = [
        x for x in claims.of(line.sample) if x.symbol == line.symbol and x.compound == line.compound
    ]
    total = sum(x.area.value for x in own if x.area)
    if other.area is None:
        return False
    return (other is line and other.area.value < 0.1 * OFF * total) or vanishes(other, claims)
