"""Where an ion's signal rises to a plateau and falls from it: the interfaces of a profile.

An interface is where the signal passes half of its plateau; how sharp it is, the time from 16 to
84 %. That is a resolution, not the thickness of anything: it holds mixing, roughness and the depth
from which ions come. The yield of an ion changes at an interface, so different ions pass half of
their plateaus at different times, and none of them is the interface itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Estimate, Row, UncertaintyParts

from .axis import SECONDS, span, unit_of
from .counting import Saturation
from .crossings import FRACTIONS, one_way, times_of, with_width
from .plateau import plateau_of, points_within
from .profile import ProfileError, of_ion, position

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Interface", "interfaces"]

Array = NDArray[np.float64]

RUN = 3
"""Points in a row that make a signal low, or high again."""
RESOLVED = 2.0
"""Steps between data points that an edge has to be wide to be resolved."""
DRAWS = 200
"""Profiles that are drawn anew to see how far an interface moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """An edge of an ion's plateau.

    Attributes
    ----------
    ion : str
    rising : bool
        Whether the plateau lies behind it.
    plateau : (float, float)
        Sputter time [s] of the first and last point of the plateau, as all times here; of a profile
        that has none, the scan.
    level, base : float
        Corrected counts a point on the plateau, and on the other side: zero, or a plateau too.
    t50 : Estimate
        Sputter time [s] at half between the two.
    t16, t84 : Estimate or None
        At 15.87 and 84.13 %, where the signal first passes them on either side of the middle;
        ``None`` where the profile does not get there.
    width : Estimate or None
        Time from 16 to 84 % of the nearest series that only falls or only rises: where counts are
        few, the first passages are by noise, and nearer to each other than the edge is wide.
    ends : (float, float) or None
        Between which it is, at 16 and at 84 %.
    points : int
        Data points from 16 to 84 %.
    unit : str
        Of all times: ``"s"``, or ``"scan"`` where no sputter time is known.
    """

    ion: str
    rising: bool
    plateau: tuple[float, float]
    level: float
    base: float
    t50: Estimate
    t16: Estimate | None
    t84: Estimate | None
    width: Estimate | None
    points: int
    ends: tuple[float, float] | None = None
    unit: str = SECONDS

    @property
    def sigma(self) -> float | None:
        """Standard deviation [s] of an error-function edge of this width, which is two of them."""
        return None if self.width is None else 0.5 * self.width.value

    def rows(self, sample: str) -> list[Row]:
        """Give times and width as rows of a table."""
        way = "rising" if self.rising else "falling"
        told = {"t16": self.t16, "t50": self.t50, "t84": self.t84, "width 16-84 %": self.width}
        return [
            Row(
                sample=sample,
                technique="tofsims",
                quantity=f"{name}, {way}",
                subject=self.ion,
                estimate=estimate,
                unit=self.unit,
            )
            for name, estimate in told.items()
            if estimate is not None
        ]


def interfaces(
    profile: xr.Dataset,
    ion: str,
    *,
    plateau: tuple[float, float] | None = None,
    base: tuple[float, float] | None = None,
    seed: int = 0,
) -> tuple[Interface, ...]:
    """Find where an ion rises to its plateau and where it falls from it.

    Parameters
    ----------
    profile : Dataset
        A depth profile (:func:`tofsims.depth_profile`), over all data points.
    ion : str
    plateau : (float, float), optional
        Sputter times [s] of the plateau; that of :func:`~tofsims.plateau.plateau_of` if not given.
    base : (float, float), optional
        Sputter times [s] of the plateau on the other side; zero counts if not given.
    seed : int
        Of the draws behind ``u``.

    Returns
    -------
    tuple of Interface
        None, one, or two: rising before falling.

    Raises
    ------
    ProfileError
        If there is no such ion, no plateau, a plateau of lower limits, or one not above its base.

    Notes
    -----
    Times by linear interpolation between data points. An edge is taken to go one way: where noise
    makes it go to and fro, neighbours are averaged until it does not (isotonic regression, R. E.
    Barlow et al., Statistical Inference under Order Restrictions, 1972).

    ``u`` has two parts. Counting, of the points and of the plateau, by drawing both anew (JCGM
    101:2008). Beside it (``misfit``): what points and plateau scatter more than counting, and what
    a straight line between points leaves of an error function, ``0.18 h**2 / width`` for points
    ``h`` apart. Without a number of shots, counting is told by the scatter on the plateau; of a
    smoothed profile there is no ``u``.

    Examples
    --------
    >>> from scipy.special import erfc
    >>> from tofsims import depth_profile
    >>> t = np.arange(0.0, 100.0)
    >>> made = depth_profile(["Cl-"], [500 * erfc((t - 60) / 5)], sputter_time=t, shots=1e9)
    >>> edge, = interfaces(made, "Cl-")
    >>> edge.rising, round(edge.t50.value, 2), round(edge.width.value, 1)
    (False, 60.0, 7.1)
    """
    one = of_ion(profile, ion)
    x, y = position(one), one["corrected"].values.astype(float)
    inside = plateau_of(one) if plateau is None else points_within(one, plateau)
    if (one["saturation"].values[inside] >= Saturation.LOWER_LIMIT).any():
        where = span(float(x[inside[0]]), float(x[inside[-1]]), unit_of(one))
        raise ProfileError(
            f"{ion} is saturated on its plateau from {where}: half of a lower limit is nothing; "
            "take an isotope that is rarer"
        )
    below = np.array([], dtype=np.intp) if base is None else points_within(one, base)
    step = _Step(inside, below)
    level, low = step.of(y)
    if not level > low:
        raise ProfileError(
            f"{ion} has {level:.4g} counts a point on its plateau and {low:.4g} on the other side; "
            "the plateau should be the higher one"
        )
    noise = _Noise.of(one, y, inside)
    middle = int(inside[inside.size // 2])
    every = np.arange(y.size)
    found: list[Interface] = []
    for rising, away in ((True, every[middle::-1]), (False, every[middle:])):
        times, ends, points = _edge(x, y, step, away, noise, np.random.default_rng(seed))
        if times[1] is not None:
            found.append(
                Interface(
                    ion=ion,
                    rising=rising,
                    plateau=(float(x[inside[0]]), float(x[inside[-1]])),
                    level=level,
                    base=low,
                    t16=times[0],
                    t50=times[1],
                    t84=times[2],
                    width=times[3],
                    points=points,
                    ends=ends,
                    unit=unit_of(one),
                )
            )
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """What an edge is measured against: the points of the plateau, and of the other side."""

    inside: NDArray[np.intp]
    below: NDArray[np.intp]

    def of(self, y: Array) -> tuple[float, float]:
        """Level of the plateau, and of the other side."""
        return float(y[self.inside].mean()), float(y[self.below].mean()) if self.below.size else 0.0

    def part(self, y: Array) -> Array:
        """Intensities as a part of the step."""
        level, low = self.of(y)
        return (y - low) / (level - low)


@dataclass(frozen=True, slots=True, eq=False)
class _Noise:
    """Standard deviation of each point from counting, and what is beyond it.

    Attributes
    ----------
    u : (n,) array
        NaN where it cannot be told.
    noisier : float
        How many times more the points of the plateau scatter.
    level : float
        Standard uncertainty of the plateau's mean that counting leaves out.
    """

    u: Array
    noisier: float
    level: float

    @classmethod
    def of(cls, one: xr.Dataset, y: Array, inside: NDArray[np.intp]) -> _Noise:
        u, here = one["u"].values.astype(float), y[inside]
        second: Array = (here[:-2] - 2.0 * here[1:-1] + here[2:]) / np.sqrt(6.0)
        scatter = float(second @ second) / second.size
        if one.attrs.get("smoothing", "none") != "none":
            return cls(np.full_like(y, np.nan), 1.0, np.nan)
        if not np.isfinite(u).all():
            # Counts behind an unknown number of shots: the variance goes with the intensity.
            u = np.where(np.isfinite(u), u, np.sqrt(np.maximum(y, 0.0) * scatter / here.mean()))
        theory = float(np.mean(u[inside] ** 2))
        spread = max(float(here.var(ddof=1)) - theory, 0.0)
        return cls(u, np.sqrt(max(scatter / theory, 1.0)), np.sqrt(spread / here.size))


def _edge(
    x: Array,
    y: Array,
    step: _Step,
    away: NDArray[np.intp],
    noise: _Noise,
    draw: np.random.Generator,
) -> tuple[tuple[Estimate | None, ...], tuple[float, float] | None, int]:
    """Times at 16, 50 and 84 % and the width of the edge that a profile has away from its plateau.

    ``None`` of what it does not reach; its ends, and the number of points from 16 to 84 %.
    """
    away = away[: _end(step.part(y)[away])]
    fit = one_way(step.part(y)[away])
    if np.sum(fit < 0.5) < RUN or fit[0] < 0.5:
        return (None,) * 4, None, 0
    at = x[away]
    passed = times_of(at, step.part(y)[away])
    told = with_width(passed)
    ends = (float(passed[3]), float(passed[4])) if np.isfinite(told[3]) else None
    points = int(np.sum((fit > FRACTIONS[0]) & (fit < FRACTIONS[2])))
    if not np.isfinite(noise.u).all():
        return tuple(_estimate(time, np.nan, np.nan) for time in told), ends, points
    # The course that is taken for the true one, about which profiles are drawn.
    level, low = step.of(y)
    course = y.copy()
    course[away] = low + fit * (level - low)
    true = with_width(times_of(at, step.part(course)[away]))

    def off(times: float) -> Array:
        drawn = course + times * noise.u * draw.standard_normal((DRAWS, y.size))
        passed = np.array([times_of(at, step.part(one)[away]) for one in drawn])
        moved = with_width(passed) - true
        seen = np.isfinite(moved)
        square = np.where(seen, moved, 0.0) ** 2
        return np.sqrt(square.sum(axis=0) / np.maximum(seen.sum(axis=0), 1))

    counting = off(1.0)
    more = off(noise.noisier) if noise.noisier > 1.0 else counting
    higher = with_width(times_of(at, (course[away] - low) / (level + noise.level - low))) - true
    left = np.array([_left(at, time, true[3]) for time in told[:3]])
    rest = np.sqrt(
        np.maximum(more**2 - counting**2, 0.0) + higher**2 + np.append(left, left[0] + left[2]) ** 2
    )
    return tuple(map(_estimate, told, counting, rest)), ends, points


def _left(at: Array, time: float, wide: float) -> float:
    """What a straight line between two points leaves of an error function that wide."""
    if not np.isfinite(time):
        return np.nan
    i = int(np.argmin(np.abs(at - time)))
    gap = float(np.max(np.abs(np.diff(at[max(i - 1, 0) : i + 2]))))
    # Of a narrower edge nothing is known but the two points that it lies between.
    return 0.18 * gap**2 / wide if wide >= RESOLVED * gap else gap / np.sqrt(12.0)


def _estimate(value: float, counting: float, rest: float) -> Estimate | None:
    if not np.isfinite(value):
        return None
    if not np.isfinite(counting):
        return Estimate(value=float(value))
    parts = UncertaintyParts(counting=float(counting), misfit=float(rest))
    return Estimate(value=float(value), u=parts.total, u_parts=parts)


def _end(part: Array) -> int:
    """Where an edge is over: it was low for some points, and the next thing begins."""
    low = _runs(part < FRACTIONS[0])
    if not low.size:
        return part.size
    again = _runs(part[low[0] :] > FRACTIONS[0])
    return int(low[0] + again[0]) if again.size else part.size


def _runs(yes: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Where three in a row begin."""
    if yes.size < RUN:
        return np.array([], dtype=np.intp)
    return np.flatnonzero(np.lib.stride_tricks.sliding_window_view(yes, RUN).all(axis=1))
