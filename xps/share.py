"""A share of a whole: its value, the parts of its uncertainty, its interval, its row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Basis, Estimate, Kind, Row, UncertaintyParts

from .amount import QuantificationError, Sensitivity, amounts
from .estimate import LEVEL, LIMIT_BELOW, ROUNDING, Z

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry

    from .amount import Amounts
    from .result import Fit

__all__ = [
    "Whole",
    "capped",
    "fraction_row",
    "interval",
    "significance",
    "whole",
    "whole_level",
    "whole_of",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Whole:
    """What fractions are fractions of: some of a sample's amounts, and what that is called.

    Attributes
    ----------
    sample : str
    amounts : Amounts
    inside : (k,) array of bool
        Which of the amounts make up the denominator.
    basis : Basis
    denominator : str
    """

    sample: str
    amounts: Amounts
    inside: NDArray[np.bool_]
    basis: Basis
    denominator: str

    @property
    def total(self) -> float:
        """The denominator, in units of the amounts."""
        return float(self.amounts.values[self.inside].sum())

    def share(self, weights: Array) -> tuple[float, Array]:
        """Give a weighted sum of amounts over the whole, and its gradient.

        With x = w @ n / N the gradient is (w - x * inside) / N, row i of the Jacobian
        (delta_ij - x_i) / N for a single amount.
        """
        total = self.total
        value = float(weights @ self.amounts.values / total)
        return value, (weights - value * self.inside) / total

    def row(self, subject: str, own: NDArray[np.bool_]) -> Row:
        """Give the fraction of the amounts ``own`` together.

        It is a limit where their sum is insignificant, each alone may well be, or where the
        fraction's own uncertainty from all sources leaves nothing to tell from zero.
        """
        weights = own.astype(float)
        value, gradient = self.share(weights)
        parts = self.amounts.parts(gradient)
        seen = min(self.amounts.significance(own), significance(value, parts))
        there = [float(weights @ n / n[self.inside].sum()) for n in self.amounts.others]
        estimate = _reaching(interval(value, parts, seen), there)
        if estimate.kind is Kind.UPPER_LIMIT and own.sum() == 1:
            estimate = replace(estimate, high=self._limit(own, estimate))
        shared = self.amounts.contributions(gradient)
        return self.named(subject, replace(estimate, contributions=shared))

    def _limit(self, own: NDArray[np.bool_], estimate: Estimate) -> float | None:
        """Upper end of one amount's share: its likelihood's, and what its level's is uncertain by.

        The latter scales with the share, so that it is that of the other amounts on the level.
        """
        found, inside = self.amounts, self.inside
        i = int(np.argmax(own))
        high = float(found.highs[i]) if found.highs.size else np.nan
        mates = inside & (np.array(found.levels) == found.levels[i])
        level, along = self.share(mates.astype(float))
        if not np.isfinite(high) or not level > 0 or not inside[i]:
            return estimate.high
        end = high / (self.total - found.values[i] + high)
        relative = found.parts(along).total / level
        reach = float(np.hypot(end - estimate.value, Z * relative * end))
        return max(estimate.value + reach, estimate.high or 0.0)

    def named(self, subject: str, estimate: Estimate) -> Row:
        """Give a row on this basis."""
        return fraction_row(self.sample, subject, estimate, self.basis, self.denominator)


def whole(
    fits: Sequence[Fit],
    registry: Registry,
    *,
    basis: str = "atomic",
    elements: Sequence[str] = (),
    sensitivity: Sensitivity | None = None,
) -> Whole:
    """Give what the fractions of a sample are fractions of; parameters as :func:`xps.fractions`.

    Raises
    ------
    QuantificationError
        As there.
    """
    corrected = None if basis == "area_levels" else (sensitivity or Sensitivity())
    found = amounts(fits, registry, corrected)
    return whole_of(found, fits[0].sample, basis=basis, elements=elements)


def whole_of(found: Amounts, sample: str, *, basis: str, elements: Sequence[str] = ()) -> Whole:
    """Give what fractions of amounts are fractions of.

    Parameters
    ----------
    found : Amounts
    sample, basis, elements
        As :func:`whole`.

    Raises
    ------
    QuantificationError
        If an element of the denominator was not fitted, or there is no signal.
    """
    one_level = _one_level_an_element(found)
    wanted = _wanted(found, basis, elements)
    inside = np.array(
        [
            e in wanted and level in one_level
            for e, level in zip(found.elements, found.levels, strict=True)
        ]
    )
    if not float(found.values[inside].sum()) > 0:
        raise QuantificationError(f"no signal in {'+'.join(wanted)}; nothing to form fractions of")
    levels = dict.fromkeys(name for name, i in zip(found.levels, inside, strict=True) if i)
    return Whole(
        sample=sample,
        amounts=found,
        inside=inside,
        basis=Basis(basis),
        denominator="+".join(levels if basis == "area_levels" else wanted),
    )


def whole_level(fits: Sequence[Fit], registry: Registry, level: str) -> Whole:
    """Give one core level's areas as the whole: sensitivity cancels within it.

    Raises
    ------
    QuantificationError
        If the level was not fitted, its fit did not converge, or nothing is there.
    """
    mine = [fit for fit in fits if any(c.core_level == level for c in fit.envelope.components)]
    found = amounts(mine, registry, None)
    inside = np.array([at == level for at in found.levels])
    if not float(found.values[inside].sum()) > 0:
        raise QuantificationError(f"no signal on {level}; nothing to form fractions of")
    return Whole(
        sample=mine[0].sample,
        amounts=found,
        inside=inside,
        basis=Basis.WITHIN_LEVEL,
        denominator=level,
    )


def fraction_row(
    sample: str, subject: str, estimate: Estimate, basis: Basis, denominator: str
) -> Row:
    """Give the row of a fraction, its interval kept between 0 and 1."""
    return Row(
        sample=sample,
        technique="xps",
        quantity="fraction",
        subject=subject,
        estimate=capped(estimate),
        unit="1",
        basis=basis,
        denominator=denominator,
    )


def interval(value: float, parts: UncertaintyParts, significance: float) -> Estimate:
    """Give value +- 1.96 u, or below three standard uncertainties the upper end of it alone."""
    if parts.total <= ROUNDING * abs(value):
        return Estimate(value=value, kind=Kind.FIXED)
    reach = Z * parts.total
    if significance < LIMIT_BELOW:
        return Estimate(
            value=value, u_parts=parts, high=value + reach, level=LEVEL, kind=Kind.UPPER_LIMIT
        )
    return Estimate(
        value=value,
        u=parts.total,
        u_parts=parts,
        low=value - reach,
        high=value + reach,
        level=LEVEL,
    )


def _reaching(estimate: Estimate, there: Sequence[float]) -> Estimate:
    """Let an interval reach what the share is in optima that are not excluded."""
    if estimate.high is None:
        return estimate
    low = None if estimate.low is None else min([estimate.low, *there])
    return replace(estimate, low=low, high=max([estimate.high, *there]))


def capped(estimate: Estimate) -> Estimate:
    """A share cannot leave 0 .. 1."""
    low = None if estimate.low is None else min(max(estimate.low, 0.0), 1.0)
    high = None if estimate.high is None else min(max(estimate.high, 0.0), 1.0)
    return replace(estimate, low=low, high=high)


def significance(value: float, parts: UncertaintyParts) -> float:
    """Give a value over its uncertainty from all sources."""
    return value / parts.total if parts.total > 0 else np.inf


def _one_level_an_element(found: Amounts) -> set[str]:
    """An element measured on two levels is counted once, on the level with more signal."""
    best: dict[str, tuple[float, str]] = {}
    for element, level in dict.fromkeys(zip(found.elements, found.levels, strict=True)):
        signal = float(
            sum(v for v, at in zip(found.values, found.levels, strict=True) if at == level)
        )
        best[element] = max(best.get(element, (-1.0, "")), (signal, level))
    return {level for _, level in best.values()}


def _wanted(found: Amounts, basis: str, elements: Sequence[str]) -> tuple[str, ...]:
    fitted = tuple(dict.fromkeys(found.elements))
    if basis != "atomic" or not elements:
        return fitted
    missing = [e for e in elements if e not in fitted]
    if missing:
        raise QuantificationError(
            f"{', '.join(missing)} of the denominator was not fitted; "
            f"fitted are {', '.join(fitted)}: "
            "add its region, or leave it out of --denominator"
        )
    return tuple(elements)
