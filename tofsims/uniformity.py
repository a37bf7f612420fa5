"""Is an ion's signal uniform through a depth profile: an equivalence test with a margin.

"Nearly constant" is a claim. Here the change over a window is estimated with its interval, and the
signal is called uniform only if the whole interval lies within a margin that was stated before;
drifting if it lies wholly outside; else undecided. That a trend is significant is another question:
with many counts a change of half a per cent is, and does not matter.

The uncertainty has two parts. Counting gives a lower bound. What the signal fluctuates more than
that, from the spread about the line, widens it; and where neighbouring points fluctuate together,
they are fewer than they seem.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .axis import SECONDS, lasting, unit_of
from .counting import Saturation, variance
from .kendall import ranked, two_sided
from .profile import ProfileError, position
from .summed import scatter_of, summed

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FEWEST", "SURE", "Trend", "Uniform", "settled", "student", "trend"]

Array = NDArray[np.float64]

TWO_SIDED = 1.959963984540054
"""Standard deviations of a two-sided 95 % interval."""
SURE = 0.995
"""Level at which a change has to be one before it is called a drift: where few counts make its
uncertainty far larger than the margin, the interval alone would call one of twenty so."""
FEWEST_COUNTS = 12
"""Counts in all with which a change is uncertain by as much as the signal itself."""
FEWEST = 8
"""Data points that a trend needs."""
CORRELATED = 0.2
"""Lag-1 correlation beyond which neighbours are said to move together."""
COURSE = 3
"""Degree of a polynomial that follows the course of a signal."""
SEEN = 1.3
"""Standard deviations of a correlation of independent points beyond which it is taken for one."""
LASTING = 0.97
"""Largest share of a fluctuation that is taken to last from one point to the next."""
ABOVE = 3.0
"""Standard deviations of its mean that a signal should be above its background."""
EARLY = 0.2
"""Part of a window in which the start of sputtering has to be over."""
RUN = 3
"""Points in a row that have to lie on the line for the start to be over."""
FAR = 3.0
"""Standard deviations within which they lie on it."""


class Uniform(StrEnum):
    """What is said of a signal."""

    UNIFORM = "uniform"
    DRIFTING = "drifting"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The change of an ion's signal over a window.

    Attributes
    ----------
    ion : str
    start, end : float
        The window: sputter time [s] of its first and last point, or their scans.
    unit : str
        ``"s"``, or ``"scan"`` where no time is known.
    points : int
    mean : float
        Corrected counts a data point.
    u_alike : float
        What errs alike in all data points, of the mean: it makes no scatter and no change.
    reference : float
        Mean of the reference that the intensities were divided by and brought back to; 1 where
        they were not.
    change_percent : float
        Of the straight line from the first to the last point, in per cent of its middle.
    u_counting, u : float
        Its standard uncertainty [%] from counting alone, and with what the signal fluctuates more.
    p_trend, p_correlated : float
        Two-sided p of Kendall's test for independent points, and for points as correlated as these.
    tau : float
        Kendall's rank correlation with time.
    dispersion : float
        Chi-square a degree of freedom against a constant, in units of counting.
    noise : float
        Variance of neighbours' differences, in the same units: dispersion without the drift.
    correlation : float
        Lag-1 correlation about the line.
    independent : float
        Independent points that say as much as these of the slope,
    freedom : float
        and degrees of freedom of their scatter.
    factor : float
        Standard uncertainties that the 95 % interval reaches to either side.
    margin_percent : float
    verdict : Uniform
    why : str
        What stands in the way of a verdict; empty where nothing does.
    """

    ion: str
    start: float
    end: float
    points: int
    mean: float
    margin_percent: float
    verdict: Uniform
    unit: str = SECONDS
    why: str = ""
    u_alike: float = 0.0
    reference: float = 1.0
    change_percent: float = np.nan
    u_counting: float = np.nan
    u: float = np.nan
    p_trend: float = np.nan
    p_correlated: float = np.nan
    tau: float = np.nan
    dispersion: float = np.nan
    noise: float = np.nan
    correlation: float = np.nan
    independent: float = np.nan
    freedom: float = np.inf
    factor: float = TWO_SIDED

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the change [%]."""
        reach = self.factor * self.u
        return self.change_percent - reach, self.change_percent + reach

    @property
    def level(self) -> float:
        """Mean over that of the reference, if there is one."""
        return self.mean / self.reference

    @property
    def detectable_percent(self) -> float:
        """Change [%] that is called drifting in 19 of 20 repeats.

        In 39 of 40 if all repeats had this interval; some have a wider one.
        """
        reach = max(
            self.margin_percent + self.factor * self.u, student(self.freedom, SURE) * self.u
        )
        return reach + TWO_SIDED * self.u

    def sentence(self) -> str:
        """Say it: the change, its interval, the margin and the verdict."""
        if not np.isfinite(self.change_percent):
            return f"{self.ion}: undecided, {self.why}"
        low, high = self.interval
        said = (
            f"{self.ion}: {self.change_percent:+.2g} % over "
            f"{lasting(self.end - self.start, self.unit)}, "
            f"95 % interval {low:+.2g} to {high:+.2g} %; "
        )
        if self.why:
            return said + f"undecided, {self.why}"
        return (
            said
            + {
                Uniform.UNIFORM: f"uniform within {self.margin_percent:g} %",
                Uniform.DRIFTING: f"drifting by more than {self.margin_percent:g} %",
                Uniform.UNDECIDED: f"not within {self.margin_percent:g} %, nor clearly beyond: "
                "undecided",
            }[self.verdict]
        )


def trend(one: xr.Dataset, *, margin_percent: float = 5.0) -> Trend:
    """Judge the signal of one ion.

    Parameters
    ----------
    one : Dataset
        A depth profile of one ion (:func:`tofsims.of_ion`), cut to the window.
    margin_percent : float
        Change over the window [%] that is called uniform.

    Returns
    -------
    Trend
        Undecided of fewer than eight data points, and it says why.

    Raises
    ------
    ProfileError
        If the margin is not above zero.

    Notes
    -----
    Slope by least squares with the variance of a constant signal, ``N (exp(lambda) - 1)`` at its
    mean, so that a point is not trusted more for having fewer counts; larger by as much as the
    points' own variances are for the counts before them in a dead time. Kendall's test as by H. B.
    Mann, Econometrica 13 (1945) 245. Points that go together count as fewer independent ones, in
    the interval and in Kendall's variance (S. Yue and C. Wang, Water Resour. Manage. 18 (2004)
    201); the interval is Student's, for as many degrees of freedom as their scatter has (G. V.
    Bayley and J. M. Hammersley, J. R. Stat. Soc. Suppl. 8 (1946) 184). Equivalence by the interval:
    D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657.

    Examples
    --------
    >>> from tofsims import depth_profile, of_ion
    >>> counts = np.random.default_rng(1).poisson(1000, (1, 200))
    >>> made = depth_profile(["Cl-"], counts, sputter_time=np.arange(200), shots=1e9)
    >>> trend(of_ion(made, "Cl-")).verdict
    <Uniform.UNIFORM: 'uniform'>
    """
    if not margin_percent > 0:
        raise ProfileError(f"the margin should be above zero, not {margin_percent:g} %")
    x, y = position(one), one["corrected"].values.astype(float)
    if y.ndim != 1:
        raise ProfileError("give the profile of one ion")
    mean = float(y.mean())
    blank = Trend(
        ion=str(one["ion"].item()),
        start=float(x[0]),
        end=float(x[-1]),
        unit=unit_of(one),
        points=int(y.size),
        mean=mean,
        margin_percent=margin_percent,
        verdict=Uniform.UNDECIDED,
        u_alike=summed(one).alike / y.size,
        reference=float(one.coords["reference_mean"].item()) if "reference_mean" in one else 1.0,
    )
    why = _in_the_way(one, mean)
    if why:
        return replace(blank, why=why)
    theory = _theory(one, mean)
    _, line = _line(x, y)
    rest = y - mean - line * (x - x.mean())
    spread = float(rest @ rest) / (y.size - 2)
    r = float(rest[1:] @ rest[:-1] / max(rest @ rest, 1e-300))
    fewer = _fewer(x, y)
    # Of points that go together more are left for their scatter than for their mean.
    freedom = y.size * 2.0 * fewer / (1.0 + fewer**2) - 2.0
    factor = student(freedom)
    sxx = float(np.sum((x - x.mean()) ** 2))
    # In per cent of the middle of the window, not of the mean time, which may be another.
    middle = mean + line * (0.5 * (float(x[0] + x[-1])) - float(x.mean()))
    share = 100.0 * float(x[-1] - x[0]) / middle
    change, u = line * share, share * float(np.sqrt(np.fmax(theory, spread) * fewer / sxx))
    differences: Array = (y[:-2] - 2.0 * y[1:-1] + y[2:]) / np.sqrt(6.0)
    tau, z = ranked(y)
    return replace(
        blank,
        change_percent=change,
        u_counting=float(share * np.sqrt(theory / sxx)),
        u=u,
        p_trend=two_sided(z),
        p_correlated=two_sided(z / np.sqrt(fewer)),
        tau=tau,
        dispersion=float(np.sum((y - mean) ** 2)) / (y.size - 1) / theory,
        noise=float(differences @ differences) / differences.size / theory,
        correlation=r,
        independent=y.size / fewer,
        freedom=freedom,
        factor=factor,
        verdict=_verdict(change, factor * u, margin_percent, least=student(freedom, SURE) * u),
    )


def _in_the_way(one: xr.Dataset, mean: float) -> str:
    """Say why nothing can be said of a change; empty if it can."""
    points = one.sizes["scan"]
    if points < FEWEST:
        return f"a trend needs {FEWEST} data points, and the window has {points}"
    if (one["saturation"].values >= Saturation.LOWER_LIMIT).any():
        return "saturated: nearly every shot has one, and its value is a limit"
    if mean == 0:
        return "nothing was counted"
    total = float(np.sum(one["counts"].values))  # not a number where some are not known
    if total < FEWEST_COUNTS:
        return f"{total:.0f} counts in all are too few"
    if "background" in one and mean < ABOVE * summed(one).u / points:
        return "not clear above its background"
    return ""


def _theory(one: xr.Dataset, mean: float) -> float:
    """Variance of a data point of a constant signal from counting; NaN where it is not known.

    The variance grows with the intensity and not in proportion, so that of the mean is taken, as
    many times larger as the points' own are than their intensities alone make them. What is from
    elsewhere than counting one intensity is taken as it is.
    """
    if one.attrs.get("smoothing", "none") != "none":
        return np.nan
    own = scatter_of(one)
    known = np.isfinite(own)
    if not known.any():
        return np.nan
    plain = "u_from" not in one.coords or str(one.coords["u_from"].item()) == "counting"
    if not plain or "background" in one or one.attrs.get("normalised_by"):
        return float(own[known].mean())
    shots = one["shots"].values[known]
    alone = variance(one["corrected"].values[known], shots)
    return float(np.mean(variance(mean, shots)) * own[known].sum() / alone.sum())


def settled(x: Array, y: Array, scatter: Array) -> int:
    """Tell how many points at the start of a profile do not yet belong to it.

    A straight line through all but the first fifth is followed back to the start: the first three
    points in a row that lie within three standard deviations of it are where the signal settled. A
    drift is in the line and is not cut away.

    Parameters
    ----------
    x, y : (n,) arrays
        Sputter time and intensity.
    scatter : (n,) array
        Standard deviation of each point.

    Returns
    -------
    int
        Points to leave out, at most a fifth of all, and none of fewer than eight.

    Examples
    --------
    >>> x = np.arange(100.0)
    >>> settled(x, 100.0 + 80.0 * np.exp(-x / 3.0), np.full(100, 5.0))
    6
    """
    if y.size < FEWEST:
        return 0
    most = int(EARLY * y.size)
    expected, line = _line(x[most:], y[most:])
    rest = y - expected - line * (x - x[most:].mean())
    spread = np.sqrt(max(float(rest[most:] @ rest[most:]) / max(y.size - most - 2, 1), 1e-300))
    on = np.abs(rest) <= FAR * np.maximum(np.nan_to_num(scatter), spread)
    for first in range(most):
        if on[first : first + RUN].all():
            return first
    return most


def _fewer(x: Array, y: Array) -> float:
    """How many times fewer independent points say as much as these, for neighbours go together.

    A fluctuation that dies out with time, under the noise of counting: of its correlations the
    first is small where noise is large, but each next one is the same share of the one before. So
    they sum to ``r_1 / (1 - share)``, the share by least squares from the first four. What a cubic
    follows is the course of the signal and no fluctuation.
    """
    rest: Array = y - np.polynomial.Polynomial.fit(x, y, COURSE)(x)
    n, square = y.size, float(rest @ rest)
    if square <= 1e-20 * float(y @ y):
        return 1.0
    # Each of the cubic's terms takes about 1/n of a correlation with it.
    terms = COURSE + 1
    left = max(n - 2 * terms, n // 2)
    r = [(n * float(rest[k:] @ rest[:-k]) / square + terms) / left for k in (1, 2, 3, 4)]
    first = min(r[0], LASTING)
    if first <= SEEN / np.sqrt(n):
        return 1.0
    share = (r[1] * r[0] + r[2] * r[1] + r[3] * r[2]) / (r[0] ** 2 + r[1] ** 2 + r[2] ** 2)
    return 1.0 + 2.0 * first / (1.0 - min(max(share, first), LASTING))


def student(freedom: float, level: float = 0.95) -> float:
    """Give the two-sided quantile of Student's distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(max(freedom, 1.0), 0.5 + 0.5 * level))


def _line(x: Array, y: Array) -> tuple[float, float]:
    """Mean and slope of the least-squares line."""
    away = x - x.mean()
    return float(y.mean()), float(away @ y / (away @ away))


def _verdict(change: float, reach: float, margin: float, *, least: float) -> Uniform:
    if abs(change) + reach <= margin:
        return Uniform.UNIFORM
    if abs(change) - reach > margin and abs(change) > least:
        return Uniform.DRIFTING
    return Uniform.UNDECIDED
