"""Isotope patterns as a test of what an ion is: natural ratios against those of a profile.

The ratio of two isotopologues does not depend on how many ions a species gives. Where it is not the
natural one, another ion is in one of the windows, or one of the two is saturated.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from references.ion import Ion, ion
from references.words import InputError

from .counting import Saturation
from .ions import formula_of, members_of
from .summed import summed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

    from references.ion import Isotopologue

__all__ = [
    "IsotopeTest",
    "Member",
    "Pattern",
    "families",
    "fraction_of",
    "isotope_tests",
    "judged",
]

TOLERANCE = 0.10
"""Relative difference that natural variation, of lead for instance, may make."""
SURE = 3.0
"""Standard deviations within which a ratio is the natural one."""
FINEST = 20_000
"""Mass resolution that is taken for the best where a file does not say how wide its windows were:
isotopologues of one nominal mass are closer, and are one."""
RAREST = 1e-7
"""Natural fraction of an isotopologue that is counted among others."""
VARIABLE = frozenset({"Li", "B", "H"})
"""Elements that are often enriched or depleted: their ratio tells of the sample, not of the ion."""


class Pattern(StrEnum):
    """What a ratio says."""

    CONSISTENT = "consistent"
    INTERFERENCE = "interference"
    SATURATED = "saturated"
    UNDECIDABLE = "undecidable"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True, kw_only=True)
class IsotopeTest:
    """Two isotopologues of one ion.

    Attributes
    ----------
    ion, reference : str
        The less abundant one, and the one it is compared with.
    ratio, u : float
    natural : float
    counts, reference_counts : float
        Corrected, summed over the window.
    verdict : Pattern
    """

    ion: str
    reference: str
    ratio: float
    u: float
    natural: float
    counts: float
    reference_counts: float
    verdict: Pattern

    @property
    def deviation_percent(self) -> float:
        """Of the ratio from the natural one."""
        return 100.0 * (self.ratio / self.natural - 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A row of a profile as part of an isotope pattern.

    Attributes
    ----------
    ions : tuple of Ion
        Several, if they are counted as one.
    fraction : float
        Natural fraction that it holds.
    """

    ions: tuple[Ion, ...]
    fraction: float

    @property
    def varies(self) -> bool:
        """Whether it tells of an element that is often enriched or depleted."""
        return any(VARIABLE & _differing(one) for one in self.ions)


def judged(
    ratio: float, u: float, natural: float, *, saturated: bool = False, tolerance: float = TOLERANCE
) -> Pattern:
    """Judge a ratio of isotopologues.

    Parameters
    ----------
    ratio, u, natural : float
    saturated : bool
        Whether one of the two is.
    tolerance : float
        Relative difference that does not count.

    Examples
    --------
    >>> judged(0.4203, 0.002, 0.4218)
    <Pattern.CONSISTENT: 'consistent'>
    >>> judged(0.709, 0.112, 0.929)
    <Pattern.UNDECIDABLE: 'undecidable'>
    """
    if saturated:
        return Pattern.SATURATED
    if not (math.isfinite(ratio) and math.isfinite(u)):
        return Pattern.UNDECIDABLE
    away, reach = abs(ratio / natural - 1.0), SURE * u / natural
    if away > max(reach, tolerance):
        return Pattern.INTERFERENCE
    if reach > tolerance:
        return Pattern.UNDECIDABLE
    return Pattern.CONSISTENT


def fraction_of(known: Ion) -> float:
    """Give the natural fraction of an ion whose unmarked elements are their main isotopes.

    Two marked isotopes of one element can stand in either place, which counts twice.

    Examples
    --------
    >>> round(fraction_of(ion("[113In]In-")) / fraction_of(ion("In2-")), 4)
    0.0896
    """
    fraction = 1.0
    for element, isotopes in _marked(known).items():
        natural = {
            int(re.match(r"\[(\d+)", i.formula)[1]): i.fraction  # type: ignore[index]
            for i in Ion(formula=element, charge=known.charge).isotopologues(0.0)
        }
        main = max(natural, key=lambda number: natural[number])
        numbers = [number or main for number in isotopes]
        fraction *= math.factorial(len(numbers))
        for number in set(numbers):
            many = numbers.count(number)
            fraction *= natural.get(number, 0.0) ** many / math.factorial(many)
    return fraction


def isotope_tests(profile: xr.Dataset, *, tolerance: float = TOLERANCE) -> tuple[IsotopeTest, ...]:
    """Compare the isotopologues of each ion in a profile with its most abundant one.

    Parameters
    ----------
    profile : Dataset
        A depth profile, cut to the window.
    tolerance : float

    Returns
    -------
    tuple of IsotopeTest
        Of each ion of which there are several isotopologues. ``u(r) / r`` is the root of the sum
        of both squares, each that of :func:`~tofsims.summed.summed`. Natural is what all
        isotopologues within a row's window are together; of an export, which states no windows,
        all that are nearer than m/z over 20 000.
    """
    found: list[IsotopeTest] = []
    for rows in families(profile):
        first = max(rows, key=lambda i: rows[i].fraction)
        for i, row in rows.items():
            if i == first or row.fraction == 0:
                continue
            natural = row.fraction / rows[first].fraction
            found.append(_tested(profile, i, first, natural, row, tolerance))
    return tuple(found)


def _tested(
    profile: xr.Dataset,
    i: int,
    first: int,
    natural: float,
    member: Member,
    tolerance: float,
) -> IsotopeTest:
    rows = [profile.isel(ion=row) for row in (i, first)]
    rare, much = (summed(one) for one in rows)
    saturated = any((one["saturation"].values >= Saturation.SATURATING).any() for one in rows)
    ratio = rare.counts / much.counts if much.counts > 0 else math.nan
    u = math.nan
    if rare.counts > 0 and much.counts > 0:
        u = ratio * math.hypot(rare.u / rare.counts, much.u / much.counts)
    verdict = judged(ratio, u, natural, saturated=saturated, tolerance=tolerance)
    if verdict is not Pattern.SATURATED and member.varies:
        verdict = Pattern.INFORMATION
    names = profile["ion"].values
    return IsotopeTest(
        ion=str(names[i]),
        reference=str(names[first]),
        ratio=ratio,
        u=u,
        natural=natural,
        counts=rare.counts,
        reference_counts=much.counts,
        verdict=verdict,
    )


def families(profile: xr.Dataset) -> Iterator[dict[int, Member]]:
    """Give the rows of a profile that are isotopologues of one formula, where there are several."""
    found: dict[tuple[object, ...], dict[int, tuple[Ion, ...]]] = {}
    names = [str(name) for name in profile["ion"].values]
    for i, name in enumerate(names):
        if names.count(name) > 1:
            continue
        try:
            known = tuple(ion(member) for member in members_of(name))
        except InputError:
            continue
        formulas = {(formula_of(one), one.charge) for one in known}
        if len(formulas) == 1:
            found.setdefault(formulas.pop(), {})[i] = known
    for rows in found.values():
        if len(rows) > 1:
            yield {
                i: Member(ions=known, fraction=_held(known, _edges(profile, i)))
                for i, known in rows.items()
            }


def _edges(profile: xr.Dataset, i: int) -> tuple[float, float] | None:
    if "window_low" not in profile.coords:
        return None
    return float(profile["window_low"].values[i]), float(profile["window_high"].values[i])


def _held(known: tuple[Ion, ...], edges: tuple[float, float] | None) -> float:
    """Natural fraction of all isotopologues in a window, or nearer than anything resolves."""
    if edges is not None:
        return sum(one.fraction for one in _pattern(known[0]) if edges[0] <= one.mz <= edges[1])
    masses = [member.mz for member in known]
    return sum(
        one.fraction
        for one in _pattern(known[0])
        if any(abs(one.mz - mz) * FINEST < mz for mz in masses)
    )


def _pattern(known: Ion) -> tuple[Isotopologue, ...]:
    natural = "".join(f"{element}{count}" for element, count in formula_of(known))
    return _isotopologues(Ion(formula=natural, charge=known.charge))


@cache
def _isotopologues(natural: Ion) -> tuple[Isotopologue, ...]:
    return natural.isotopologues(RAREST)


def _marked(known: Ion) -> dict[str, list[int]]:
    """Mass numbers of each element's atoms, 0 where not marked."""
    found: dict[str, list[int]] = {}
    for number, element, count in known.atoms:
        found.setdefault(element, []).extend([number] * count)
    return found


def _differing(known: Ion) -> set[str]:
    return {element for number, element, _ in known.atoms if number}
