"""How an estimate is written: two digits of its uncertainty, limits rounded up, no exponents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .words import Kind

if TYPE_CHECKING:
    from .words import Estimate

__all__ = ["interval", "plus_minus", "rounded_up"]


def rounded_up(limit: float, digits: int = 2) -> str:
    """Write an upper limit with so many digits, never below what it is.

    Examples
    --------
    >>> rounded_up(16.46), rounded_up(902.0), rounded_up(0.0123)
    ('17', '910', '0.013')
    """
    if limit <= 0 or not math.isfinite(limit):
        return f"{limit:g}"
    places = digits - 1 - math.floor(math.log10(limit))
    # What floating point adds in the thirteenth digit is no reason to round up.
    rounded = math.ceil(round(limit * 10.0**places, 9)) / 10.0**places
    return f"{rounded:.{max(places, 0)}f}"


def plus_minus(estimate: Estimate) -> str:
    """Write a value with two digits of its standard uncertainty, or a limit.

    Examples
    --------
    >>> from references.words import Estimate
    >>> plus_minus(Estimate(value=12.345))
    '12.345'
    """
    if estimate.kind is Kind.UPPER_LIMIT and estimate.high is not None:
        return f"< {rounded_up(estimate.high)}"
    if not estimate.u:
        return f"{estimate.value:.5g}"
    digits = max(0, 1 - math.floor(math.log10(estimate.u)))
    return f"{estimate.value:.{digits}f} ± {estimate.u:.{digits}f}"


def interval(estimate: Estimate) -> str:
    """Write an interval with two digits of its half-width; ``-`` where there is none.

    Examples
    --------
    >>> from references.words import Estimate, UncertaintyParts
    >>> half = UncertaintyParts(counting=2.75)
    >>> interval(Estimate(value=60.5, u=2.75, u_parts=half, low=55.1, high=65.9, level=0.95))
    '55.1 .. 65.9'
    """
    if estimate.level is None or estimate.high is None:
        return "-"
    if estimate.low is None:
        return f"< {rounded_up(estimate.high, 3)}"
    half = 0.5 * (estimate.high - estimate.low)
    digits = max(0, 1 - math.floor(math.log10(half))) if half > 0 else 3
    return f"{estimate.low:.{digits}f} .. {estimate.high:.{digits}f}"
