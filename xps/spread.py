"""Replicates: the mean of several spots, and how far they differ beside their own noise.

Each value is y_i = m + b_i + e_i, with the spot's own departure b_i of standard deviation tau and
its known noise e_i of standard uncertainty u_i (a random-effects model). For any tau,

    Q(tau) = sum (y_i - m)^2 / (u_i^2 + tau^2),   m the mean weighted by 1 / (u_i^2 + tau^2),

is a chi-squared of k - 1 degrees of freedom: tau is where Q meets its expectation, its interval
where Q meets that distribution's quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .estimate import Z

__all__ = ["Spread", "spread"]

Array = NDArray[np.float64]

TAIL = 0.025
HALVINGS = 60
"""After which an end is known to a double's digits."""
NEGLIGIBLE = 1e-9
"""Noise below this part of the largest value or range counts as this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The mean of replicates and the spread between them.

    Attributes
    ----------
    mean, u : float
        Weighted mean, and its standard uncertainty from noise and spread.
    freedom : float
        Degrees of freedom of that u.
    between, low, high : float
        Standard deviation between the spots beside their noise, with its 95 % interval.
    weights : tuple of float
        Of the spots in the mean; they add up to 1.
    p : float
        Probability that spots which do not differ scatter at least as much as these.
    """

    mean: float
    u: float
    freedom: float
    between: float
    low: float
    high: float
    weights: tuple[float, ...]
    p: float


def spread(values: Array, noise: Array) -> Spread:
    """Give the mean of two or more replicates and the spread between them.

    Parameters
    ----------
    values : (k,) array
    noise : (k,) array
        Standard uncertainties of what is each replicate's own.

    Raises
    ------
    ValueError
        If there are fewer than two.

    Notes
    -----
    tau is Paule and Mandel's, the interval of tau that of the Q profile, the mean's u Hartung's and
    Knapp's: from the scatter that is seen, with Student's t. Where the spots agree better than
    their noise allows, which is luck, the noise's own u stands instead if it reaches further.

    References
    ----------
    R. C. Paule, J. Mandel, J. Res. Natl. Bur. Stand. 87, 377 (1982)
    W. Viechtbauer, Stat. Med. 26, 37 (2007) (unverified beside its worked example)
    G. Knapp, J. Hartung, Stat. Med. 22, 2693 (2003) (unverified)

    Examples
    --------
    >>> import numpy as np
    >>> found = spread(np.array([4.6, 4.9, 5.2]), np.array([0.1, 0.1, 0.1]))
    >>> round(found.mean, 3), round(found.u, 3), round(found.between, 3)
    (4.9, 0.173, 0.283)
    """
    from scipy.special import chdtrc, chdtri, stdtrit

    k = values.size
    if k < 2:
        raise ValueError(f"a spread needs two replicates or more, not {k}")
    size = max(float(np.max(np.abs(values))), float(np.ptp(values)), 1e-300)
    noise = np.maximum(noise, NEGLIGIBLE * size)
    freedom = k - 1.0
    between = _where(freedom, values, noise)
    weights = 1.0 / (noise**2 + between**2)
    total = float(weights.sum())
    mean = float(weights @ values) / total
    u = float(np.sqrt(_scatter(between, values, noise) / freedom / total))
    of_noise = float(1.0 / np.sqrt((1.0 / noise**2).sum()))
    if Z * of_noise > float(stdtrit(freedom, 1.0 - TAIL)) * u:
        u, freedom = of_noise, np.inf
    return Spread(
        mean=mean,
        u=u,
        freedom=freedom,
        between=between,
        low=_where(float(chdtri(k - 1, TAIL)), values, noise),
        high=_where(float(chdtri(k - 1, 1.0 - TAIL)), values, noise),
        weights=tuple((weights / total).tolist()),
        p=float(chdtrc(k - 1, _scatter(0.0, values, noise))),
    )


def _scatter(between: float, values: Array, noise: Array) -> float:
    """Q at a standard deviation between the spots."""
    weights = 1.0 / (noise**2 + between**2)
    mean = float(weights @ values) / float(weights.sum())
    return float(weights @ (values - mean) ** 2)


def _where(goal: float, values: Array, noise: Array) -> float:
    """The standard deviation between the spots at which Q falls to ``goal``; 0 if it is below."""
    if _scatter(0.0, values, noise) <= goal:
        return 0.0
    near, far = 0.0, float(np.ptp(values))
    while _scatter(far, values, noise) > goal:
        near, far = far, 2.0 * far
    for _ in range(HALVINGS):
        middle = 0.5 * (near + far)
        near, far = (middle, far) if _scatter(middle, values, noise) > goal else (near, middle)
    return 0.5 * (near + far)
