"""One sample's fraction, of one spot or of several: its value, its u on either side, its shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Contribution, Estimate, Kind

from .estimate import LEVEL, Z
from .spread import Spread, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TAIL", "Side", "effective_freedom", "quantile", "side"]

Array = NDArray[np.float64]

TAIL = 0.5 * (1.0 - LEVEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One sample's fraction: of one spot, or the mean of several.

    Attributes
    ----------
    spots : tuple of Estimate
    value : float
    u : float
        Standard uncertainty from all sources.
    below, above : float
        The same on either side, where the interval is not symmetric: a half of 95 % over 1.96.
    random, freedom : float
        What of u is from the scatter of several spots, and its degrees of freedom; 0 of one spot.
    shared : tuple of Contribution
        Of inputs that the other sample may share.
    spread : Spread or None
        Between the spots, where there are several.
    """

    spots: tuple[Estimate, ...]
    value: float
    u: float
    below: float
    above: float
    random: float
    freedom: float
    shared: tuple[Contribution, ...]
    spread: Spread | None

    @property
    def limit(self) -> bool:
        """Whether the only spot shows no more than an upper limit."""
        return len(self.spots) == 1 and self.spots[0].kind is Kind.UPPER_LIMIT

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of this side's own 95 % interval, within 0 .. 1."""
        reach = quantile(effective_freedom(self.u, [(self.random, self.freedom)]), 1.0 - TAIL)
        low, high = self.value - reach * self.below, self.value + reach * self.above
        return max(low, 0.0), min(high, 1.0)

    def to_dict(self) -> dict[str, object]:
        """Give the side as JSON-ready values."""
        low, high = self.interval
        found = self.spread
        return {
            "value": self.value,
            "u": self.u,
            "low": None if self.limit else low,
            "high": high,
            "level": LEVEL,
            "kind": str(self.spots[0].kind) if found is None else str(Kind.STANDARD),
            "spots": [
                {name: spot.to_dict()[name] for name in ("value", "u", "low", "high", "kind")}
                for spot in self.spots
            ],
            "between_spots": None
            if found is None
            else {
                "value": found.between,
                "low": found.low,
                "high": found.high,
                "level": LEVEL,
                "p_alike": found.p,
            },
        }


def side(spots: Sequence[Estimate]) -> Side:
    """Give a sample's fraction from those of its spots.

    Parameters
    ----------
    spots : sequence of Estimate
        One or more, each with an interval or held.
    """
    if len(spots) == 1:
        return _of_one_spot(spots[0])
    totals = np.array([spot.u_parts.total for spot in spots])
    noise = np.array([min(spot.u_parts.counting or 0.0, spot.u_parts.total) for spot in spots])
    found = spread(np.array([spot.value for spot in spots]), noise)
    weights = np.array(found.weights)
    shared = _mean_of(spots, weights)
    named = sum(given.shift**2 for given in shared)
    # What is left is the sample's own: all its spots err alike by it, so that it does not average.
    systematic = float(weights @ np.sqrt(np.maximum(totals**2 - noise**2, 0.0)))
    u = math.hypot(found.u, max(systematic, math.sqrt(named)))
    return Side(
        spots=tuple(spots),
        value=found.mean,
        u=u,
        below=u,
        above=u,
        random=found.u if math.isfinite(found.freedom) else 0.0,
        freedom=found.freedom,
        shared=shared,
        spread=found,
    )


def _of_one_spot(spot: Estimate) -> Side:
    u = spot.u_parts.total
    below = above = u
    if spot.kind in {Kind.PROFILE, Kind.UPPER_LIMIT} and spot.high is not None:
        above = (spot.high - spot.value) / Z
    if spot.kind is Kind.PROFILE and spot.low is not None:
        below = (spot.value - spot.low) / Z
    return Side(
        spots=(spot,),
        value=spot.value,
        u=u,
        below=max(below, 0.0),
        above=max(above, 0.0),
        random=0.0,
        freedom=math.inf,
        shared=spot.contributions,
        spread=None,
    )


def _mean_of(spots: Sequence[Estimate], weights: Array) -> tuple[Contribution, ...]:
    """What inputs contribute to the mean of spots: equal inputs as one, each spot by its weight."""
    found: list[Contribution] = []
    for spot, weight in zip(spots, weights.tolist(), strict=True):
        for given in spot.contributions:
            part = given.times(weight)
            for i, known in enumerate(found):
                if known.is_of(given):
                    found[i] = known.plus(part)
                    break
            else:
                found.append(part)
    return tuple(found)


def effective_freedom(u: float, parts: Sequence[tuple[float, float]]) -> float:
    """Give the effective degrees of freedom of u, of which some parts have few (GUM G.4.1)."""
    weak = sum(random**4 / freedom for random, freedom in parts if random > 0)
    return u**4 / weak if weak > 0 else math.inf


def quantile(freedom: float, p: float) -> float:
    """Give the quantile of Student's t, of the normal distribution for infinite freedom."""
    from scipy.special import ndtri, stdtrit

    return float(ndtri(p) if math.isinf(freedom) else stdtrit(freedom, p))
