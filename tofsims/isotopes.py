"""Isotope patterns as a test of what an ion is: natural ratios against those of a profile.

The ratio of two isotopologues does not depend on how many ions a species gives. Where it is not the
natural one, another ion is in one of the windows, or one of the two is saturated.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from references.ion import Ion, ion
from references.words import InputError

from .counting import Saturation

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

__all__ = ["IsotopeTest", "Pattern", "fraction_of", "isotope_tests", "judged"]

TOLERANCE = 0.10
"""Relative difference that natural variation, of lead for instance, may make."""
SURE = 3.0
"""Standard deviations within which a ratio is the natural one."""
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
        Of each ion of which there are several isotopologues. Their error is that of counting:
        ``u(r) / r`` is the root of the sum of both squares.
    """
    found: list[IsotopeTest] = []
    for members in _families(profile):
        weights = {i: fraction_of(known) for i, known in members.items()}
        first = max(members, key=lambda i: weights[i])
        for i, known in members.items():
            if i == first or weights[i] == 0:
                continue
            found.append(_tested(profile, i, first, weights[i] / weights[first], known, tolerance))
    return tuple(found)


def _tested(
    profile: xr.Dataset, i: int, first: int, natural: float, known: Ion, tolerance: float
) -> IsotopeTest:
    sums, relative, saturated = [0.0, 0.0], [np.nan, np.nan], False
    for k, row in enumerate((i, first)):
        one = profile.isel(ion=row)
        sums[k] = float(one["corrected"].sum())
        if sums[k] > 0:
            relative[k] = float(np.sqrt(np.sum(one["u"].values ** 2))) / sums[k]
        saturated |= bool((one["saturation"].values >= Saturation.SATURATING).any())
    ratio = sums[0] / sums[1] if sums[1] > 0 else np.nan
    u = ratio * math.hypot(*relative)
    verdict = judged(ratio, u, natural, saturated=saturated, tolerance=tolerance)
    if verdict is not Pattern.SATURATED and VARIABLE & _differing(known):
        verdict = Pattern.INFORMATION
    names = profile["ion"].values
    return IsotopeTest(
        ion=str(names[i]),
        reference=str(names[first]),
        ratio=ratio,
        u=u,
        natural=natural,
        counts=sums[0],
        reference_counts=sums[1],
        verdict=verdict,
    )


def _families(profile: xr.Dataset) -> Iterator[dict[int, Ion]]:
    """Rows of a profile that are isotopologues of one formula, where there are several."""
    families: dict[tuple[object, ...], dict[int, Ion]] = {}
    names = [str(name) for name in profile["ion"].values]
    for i, name in enumerate(names):
        if names.count(name) > 1:
            continue
        try:
            known = ion(name)
        except InputError:
            continue
        formula = tuple(sorted((element, len(n)) for element, n in _marked(known).items()))
        families.setdefault((*formula, known.charge), {})[i] = known
    for members in families.values():
        if len(members) > 1:
            yield members


def _marked(known: Ion) -> dict[str, list[int]]:
    """Mass numbers of each element's atoms, 0 where not marked."""
    found: dict[str, list[int]] = {}
    for number, element, count in known.atoms:
        found.setdefault(element, []).extend([number] * count)
    return found


def _differing(known: Ion) -> set[str]:
    return {element for number, element, _ in known.atoms if number}
