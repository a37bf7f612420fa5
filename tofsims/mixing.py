"""Depth where layers mix: each eroded at its own rate, by as much as there is of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .axis import span, unit_of
from .counting import Saturation
from .depth import DepthScale, check_measure, eroded_until
from .plateau import plateau_of, points_within
from .profile import ProfileError, of_ion, position

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

__all__ = ["Rate", "mixed_scale"]

Array = NDArray[np.float64]

LITTLE = 0.1
"""Sum of intensities over their plateaus below which it does not say what is mixed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How fast a layer is eroded, and the ion by which it is seen.

    Parameters
    ----------
    ion : str
    rate, u : float
        [nm/s], or relative ones, for they are scaled to the crater.
    plateau : (float, float), optional
        Sputter times [s] between which there is this layer alone; its plateau if not given.

    Raises
    ------
    ProfileError
        If a number is none that a rate has.
    """

    ion: str
    rate: float
    plateau: tuple[float, float] | None = None
    u: float = 0.0

    def __post_init__(self) -> None:
        check_measure(self.rate, self.u, f"the rate of {self.ion}", "nm/s")


def mixed_scale(
    profile: xr.Dataset, rates: Sequence[Rate], depth: float | None = None, u: float = 0.0
) -> DepthScale:
    """Make a scale of the rates of layers, mixed as the ions that mark them.

    Parameters
    ----------
    profile : Dataset
        To its end.
    rates : sequence of Rate
    depth, u : float, optional
        Of the crater [nm], to which it is scaled; then ratios of the rates are all that counts.

    Returns
    -------
    DepthScale

    Raises
    ------
    ProfileError
        If an ion is not there, saturated or has no plateau, or a number is none that a depth has.

    Notes
    -----
    ``v = sum f_j v_j`` with ``f_j = (I_j / M_j) / sum (I_k / M_k)`` of intensities over their
    plateaus' means, and ``z`` its integral over fluence or time. Where all ions together are below
    a tenth of their plateaus, the mixture is that of the neighbours. ``u`` holds the crater, the
    rates and counting; not that yields of ions change where layers mix.

    Examples
    --------
    >>> from tofsims import depth_profile
    >>> made = depth_profile(
    ...     ["A-", "B-"], [[9] * 5 + [0] * 5, [0] * 5 + [4] * 5], sputter_time=np.arange(10.0)
    ... )
    >>> both = [Rate(ion="A-", rate=2, plateau=(0, 4)), Rate(ion="B-", rate=1, plateau=(5, 9))]
    >>> scale = mixed_scale(made, both, 135.0)
    >>> scale.rate(2.0) / scale.rate(8.0)
    2.0
    """
    if len(rates) < 2:
        raise ProfileError("a mixture needs the rates of two layers")
    x = position(profile)
    share, u_share = _shares(profile, rates)
    time, eroded, by = eroded_until(profile)
    clock = eroded * (time[-1] - time[0]) / eroded[-1]
    each = np.array([one.rate for one in rates])
    one_u = np.array([one.u for one in rates])

    def along(given: Array) -> Array:
        return np.asarray(np.interp(time, x, given), dtype=float)

    def integral(rate: Array) -> Array:
        v = along(rate)
        return np.concatenate([[0.0], np.cumsum(0.5 * (v[1:] + v[:-1]) * np.diff(clock))])

    def deep(given: Array) -> Array:
        summed = integral(given @ share)
        return summed if depth is None else depth * summed / summed[-1]

    z = deep(each)
    # The slope at the rates themselves: a shift by all of u is not a straight line any more.
    shifts = [(deep(each + 1e-3 * row) - z) / 1e-3 for row in np.diag(one_u)]
    if depth is not None:
        check_measure(depth, u, "the depth of the crater", "nm")
        shifts.append(u * z / depth)
    noise: Array = np.sqrt(np.sum(((each[:, None] - each @ share) * u_share) ** 2, axis=0))
    steps = np.diff(clock, prepend=clock[0])
    square: Array = np.cumsum((along(noise) * steps) ** 2)
    if depth is None:
        shifts.append(np.sqrt(square))
    else:
        part = z / depth
        counted = (1.0 - part) ** 2 * square + part**2 * (square[-1] - square)
        shifts.append(np.sqrt(counted) * depth / integral(each @ share)[-1])
    crater = "" if depth is None else f", scaled to a crater of {depth:g} ± {u:g} nm"
    listed = ", ".join(f"{one.ion} {one.rate:g} ± {one.u:g}" for one in rates)
    return DepthScale(
        time=time, depth=z, shifts=np.array(shifts),
        source=f"rates mixed as the ions ({listed}){crater}, by {by}",
    )  # fmt: skip


def _refuse_saturated(one: xr.Dataset) -> None:
    """Refuse an ion whose share of a mixture is a limit."""
    limits = np.flatnonzero(one["saturation"].values >= Saturation.LOWER_LIMIT)
    if limits.size:
        x = position(one)
        where = span(float(x[limits[0]]), float(x[limits[-1]]), unit_of(one))
        raise ProfileError(
            f"{one['ion'].item()} is saturated within {where}: a lower limit is no share of a "
            "mixture; take an isotope that is rarer"
        )


def _shares(profile: xr.Dataset, rates: Sequence[Rate]) -> tuple[Array, Array]:
    """Parts of the layers at each data point, and what counting leaves open of each."""
    x = position(profile)
    parts, u_parts = np.empty((2, len(rates), x.size))
    for row, one in enumerate(rates):
        held = of_ion(profile, one.ion)
        _refuse_saturated(held)
        y = held["corrected"].values.astype(float)
        inside = plateau_of(held) if one.plateau is None else points_within(held, one.plateau)
        mean = float(y[inside].mean())
        if not mean > 0:
            raise ProfileError(f"{one.ion} was not counted where it should be alone")
        parts[row] = y / mean
        u_parts[row] = np.nan_to_num(held["u"].values) / mean
    summed: Array = parts.sum(axis=0)
    known = summed >= LITTLE
    for row in parts:
        row[:] = np.interp(x, x[known], row[known] / summed[known])
    return parts, u_parts / np.maximum(summed, LITTLE)
