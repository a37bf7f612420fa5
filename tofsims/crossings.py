"""Where a noisy signal that falls passes the levels that an edge is told by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["FRACTIONS", "one_way", "times_of", "with_width"]

Array = NDArray[np.float64]

ONE_SIGMA = 0.158655
"""Part of an error function's step that is passed one sigma before its middle."""
FRACTIONS = (ONE_SIGMA, 0.5, 1.0 - ONE_SIGMA)


def times_of(at: Array, part: Array) -> Array:
    """Give the times at which a falling signal passes 16, 50 and 84 %, and the ends of the edge.

    The middle is that of the nearest series that never rises; 16 and 84 % are passed next to it, as
    a line from point to point has it. Where counts are few, noise passes them early, nearer to the
    middle than the edge does. The ends are where the series that never rises passes them: as often
    too late as too early.

    Parameters
    ----------
    at : (n,) array
        Times, away from the plateau.
    part : (n,) array
        Intensities as a part of the step.

    Returns
    -------
    (5,) array
        Times at 16, 50 and 84 %, and the ends at 16 and at 84 %; NaN of what is not reached.

    Examples
    --------
    >>> times_of(np.arange(5.0), np.array([1.0, 0.9, 0.5, 0.1, 0.0])).round(2)
    array([2.85, 2.  , 1.15, 2.85, 1.15])
    """
    fit = one_way(part)
    first = int(np.argmax(fit < 0.5))
    if first == 0:
        return np.full(5, np.nan)
    high = np.flatnonzero(part[:first] >= FRACTIONS[2])
    low = first + np.flatnonzero(part[first:] <= FRACTIONS[0])
    t84 = _between(at, part, int(high[-1]), FRACTIONS[2]) if high.size else np.nan
    t16 = _between(at, part, int(low[0]) - 1, FRACTIONS[0]) if low.size else np.nan
    ends = (_passed(at, fit, FRACTIONS[0]), _passed(at, fit, FRACTIONS[2]))
    return np.array([t16, _between(at, fit, first - 1, 0.5), t84, *ends])


def _passed(at: Array, fit: Array, level: float) -> float:
    """Time at which a series that never rises passes a level; NaN where it does not."""
    below = int(np.argmax(fit <= level))
    return _between(at, fit, below - 1, level) if below and fit[below] <= level else np.nan


def with_width(times: Array) -> Array:
    """Give times at 16, 50 and 84 %, and the width between the ends of the edge."""
    return np.concatenate([times[..., :3], np.abs(times[..., 3:4] - times[..., 4:])], axis=-1)


def _between(at: Array, part: Array, i: int, level: float) -> float:
    """Time at which a line from one point to the next passes a level."""
    share = (part[i] - level) / (part[i] - part[i + 1])
    return float(at[i] + share * (at[i + 1] - at[i]))


def one_way(part: Array) -> Array:
    """Give the nearest series that never rises.

    R. E. Barlow and others, Statistical Inference under Order Restrictions, Wiley (1972).
    """
    from scipy import optimize

    return np.asarray(getattr(optimize, "isotonic_regression")(part, increasing=False).x)  # noqa: B009 - no types
