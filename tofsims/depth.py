"""From sputter time to depth, by what was measured: a crater, or layers of known thickness.

Without such a measurement there is no depth, and the axis stays sputter time. A scale is the depth
at each data point and at interfaces, with how far it moves if an input is one standard uncertainty
higher; between them it is a straight line. Where the file says how many sputter ions came so far,
erosion goes with these and not with time, for the current may drift.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Estimate, UncertaintyParts

from .axis import place, unit_of
from .profile import ProfileError, position

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

__all__ = [
    "DepthScale",
    "Layer",
    "check_measure",
    "crater_scale",
    "eroded_until",
    "layer_scale",
    "with_depth",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer of known thickness.

    Parameters
    ----------
    name : str
    thickness, u : float
        [nm].

    Raises
    ------
    ProfileError
        If a number is none that a thickness has.
    """

    name: str
    thickness: float
    u: float = 0.0

    def __post_init__(self) -> None:
        check_measure(self.thickness, self.u, f"the thickness of {self.name}", "nm")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DepthScale:
    """Depth over sputter time.

    Attributes
    ----------
    time, depth : (knots,) arrays
        Sputter time [s] and depth [nm]; a time may be there twice, where the rate changes.
    shifts : (inputs, knots) array
        By how much the depth moves [nm] if an input is one standard uncertainty higher.
    source : str
        What it rests on.
    ends : tuple of float
        Times [s] of interfaces that it was made by: there the depth does not depend on when they
        were met.
    of_ends : (inputs,) array of bool
        Which inputs are such times.
    """

    time: Array
    depth: Array
    shifts: Array
    source: str
    ends: tuple[float, ...] = ()
    of_ends: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, dtype=bool))

    def rate(self, time: float) -> float:
        """Rate [nm/s] at a sputter time; NaN outside of the scale."""
        if not self.time[0] <= time <= self.time[-1]:
            return math.nan
        last = int(np.clip(np.searchsorted(self.time, time, "left"), 1, self.time.size - 1))
        step = self.time[last] - self.time[last - 1]
        return float((self.depth[last] - self.depth[last - 1]) / step) if step > 0 else math.nan

    def at(self, time: Array) -> tuple[Array, Array]:
        """Depth [nm] and its standard uncertainty at sputter times [s]; NaN beyond the scale."""
        depth = np.interp(time, self.time, self.depth, left=np.nan, right=np.nan)
        return depth, np.sqrt(np.sum(self._moved(time) ** 2, axis=0))

    def of(self, time: Estimate) -> Estimate:
        """Depth [nm] of an interface that was met at a sputter time [s].

        Notes
        -----
        ``u(z)**2 = sum of shifts squared + (v u(t))**2``; of a constant rate ``v`` the one shift is
        ``z u(v) / v``. An interface by which the scale was made is as deep as was measured,
        whenever it was met.
        """
        depth = float(self.at(np.array([time.value]))[0][0])
        return _estimate(depth, *self._moved_by(time))

    def between(self, first: Estimate, last: Estimate, u: float | None = None) -> Estimate:
        """Thickness [nm] from one time to another, whose depths rest on the same inputs.

        ``u`` is that of the time between the two [s], where they are not independent.
        """
        times = np.array([first.value, last.value])
        thick = float(np.diff(self.at(times)[0])[0])
        one, other = self._moved_by(first), self._moved_by(last)
        timed = math.hypot(one[1], other[1])
        if u is not None and times[1] > times[0]:
            timed = u * thick / (times[1] - times[0])
        return _estimate(thick, other[0] - one[0], timed)

    def _moved_by(self, time: Estimate) -> tuple[Array, float]:
        """How the inputs move the depth of an interface, and how its own time does."""
        moved = self._moved(np.array([time.value]))[:, 0]
        if any(math.isclose(time.value, end, rel_tol=1e-12) for end in self.ends):
            return np.where(self.of_ends, 0.0, moved), 0.0
        return moved, math.nan if time.u is None else self.rate(time.value) * time.u

    def _moved(self, time: Array) -> Array:
        moved = np.empty((len(self.shifts), time.size))
        for row, one in zip(moved, self.shifts, strict=True):
            row[:] = np.interp(time, self.time, one, left=np.nan, right=np.nan)
        return moved


def crater_scale(profile: xr.Dataset, depth: float, u: float = 0.0) -> DepthScale:
    """Make a scale of the depth of the crater, which is eroded at a constant rate.

    Parameters
    ----------
    profile : Dataset
        To its end, at which the crater was as deep.
    depth, u : float
        [nm].

    Returns
    -------
    DepthScale

    Raises
    ------
    ProfileError
        If the depth is none.

    Notes
    -----
    ``z = depth F(t) / F(end)`` with the fluence ``F`` of sputter ions where the file holds it, else
    with the sputter time. ISO 17109:2015 tells how rates are measured.

    Examples
    --------
    >>> from tofsims import depth_profile
    >>> made = depth_profile(["Cl-"], [[9.0] * 5], sputter_time=[0, 1, 2, 3, 4], shots=1e6)
    >>> scale = crater_scale(made, 120.0, 6.0)
    >>> deep = scale.of(Estimate(value=2.0, u=0.1, u_parts=UncertaintyParts(counting=0.1)))
    >>> deep.value, round(deep.u, 3)
    (60.0, 4.243)
    """
    check_measure(depth, u, "the depth of the crater", "nm")
    time, eroded, by = eroded_until(profile)
    part = eroded / eroded[-1]
    return DepthScale(
        time=time,
        depth=depth * part,
        shifts=np.array([u * part]),
        source=f"a crater of {depth:g} ± {u:g} nm and a constant rate, by {by}",
    )


def layer_scale(
    profile: xr.Dataset, layers: Sequence[Layer], ends: Sequence[Estimate]
) -> DepthScale:
    """Make a scale of layers of known thickness, each eroded at its own constant rate.

    Parameters
    ----------
    profile : Dataset
    layers : sequence of Layer
        From the surface on.
    ends : sequence of Estimate
        Sputter time [s] at which each ends: the ``t50`` of an ion.

    Returns
    -------
    DepthScale
        To the end of the last layer; what lies behind it has no known rate.

    Raises
    ------
    ProfileError
        If layers and ends do not belong together.

    Notes
    -----
    ``v_j = d_j / (t50_(j+1) - t50_j)``, the first layer beginning with sputtering; within a layer
    by fluence, where the file holds it.

    Examples
    --------
    >>> from tofsims import depth_profile
    >>> made = depth_profile(["Cl-"], [[9.0] * 9], sputter_time=np.arange(9.0), shots=1e6)
    >>> at = [Estimate(value=2.0), Estimate(value=6.0)]
    >>> layers = [Layer(name="a", thickness=20), Layer(name="b", thickness=10)]
    >>> scale = layer_scale(made, layers, at)
    >>> scale.at(np.array([1.0, 4.0, 8.0]))[0]
    array([10., 25., nan])
    """
    if not layers or len(layers) != len(ends):
        raise ProfileError(f"{len(layers)} layers have {len(ends)} ends; each needs one")
    time, eroded, by = eroded_until(profile)
    unit = unit_of(profile)
    at = [float(time[0]), *(end.value for end in ends)]
    for layer, start, end in zip(layers, at, at[1:], strict=False):
        if not start < end <= time[-1]:
            raise ProfileError(
                f"{layer.name} ends at {place(end, unit)}, and it begins at {place(start, unit)}; "
                "layers are named from the surface on"
            )
    knots: list[Array] = []
    depths: list[Array] = []
    columns: list[Array] = []
    top, number = 0.0, len(layers)
    for j, layer in enumerate(layers):
        inside = time[(time > at[j]) & (time < at[j + 1])]
        knot = np.concatenate([[at[j]], inside, [at[j + 1]]])
        so_far = np.interp(knot, time, eroded)
        part = (so_far - so_far[0]) / (so_far[-1] - so_far[0])
        moved = np.zeros((2 * number, knot.size))
        for k, before in enumerate(layers[:j]):
            moved[k] = before.u
        moved[j] = layer.u * part
        rate = layer.thickness / (at[j + 1] - at[j])
        moved[number + j] = -part * rate * (ends[j].u or 0.0)
        if j:
            moved[number + j - 1] = -(1.0 - part) * rate * (ends[j - 1].u or 0.0)
        knots.append(knot)
        depths.append(top + layer.thickness * part)
        columns.append(moved)
        top += layer.thickness
    listed = ", ".join(f"{one.name} {one.thickness:g} ± {one.u:g} nm" for one in layers)
    return DepthScale(
        time=np.concatenate(knots),
        depth=np.concatenate(depths),
        shifts=np.concatenate(columns, axis=1),
        source=f"layers of known thickness ({listed}), by {by}",
        ends=tuple(at[1:]),
        of_ends=np.arange(2 * number) >= number,
    )


def with_depth(profile: xr.Dataset, scale: DepthScale | None) -> xr.Dataset:
    """Give a profile its depth.

    Parameters
    ----------
    profile : Dataset
    scale : DepthScale or None

    Returns
    -------
    Dataset
        With the coordinates ``depth`` and ``u_depth`` [nm] over ``scan``, NaN where the scale does
        not reach; without a scale the profile as it was.
    """
    if scale is None:
        return profile
    depth, u = scale.at(position(profile))
    return profile.assign_coords(
        depth=("scan", depth, {"units": "nm"}), u_depth=("scan", u, {"units": "nm"})
    ).assign_attrs(depth_from=scale.source)


def eroded_until(profile: xr.Dataset) -> tuple[Array, Array, str]:
    """Give times from the start of sputtering, what was eroded until then, and what tells it.

    Returns
    -------
    time, eroded : (n,) arrays
        In seconds, and in sputter ions a cm2 where the file holds an increasing fluence. Sputtering
        begins at zero; the first scan has eroded as much as any other, so where scans are counted
        from zero it begins one before that.
    by : str
        ``"fluence"``, ``"sputter time"`` or ``"scan number"``.

    Raises
    ------
    ProfileError
        If there are no two data points.
    """
    time = position(profile)
    eroded, by = time, "sputter time" if "sputter_time" in profile.coords else "scan number"
    if "fluence" in profile:
        fluence = profile["fluence"].values.astype(float)
        if np.all(np.diff(fluence) > 0) and fluence[0] >= 0:
            eroded, by = fluence, "fluence"
    if time.size < 2:
        raise ProfileError("a depth scale needs two data points")
    if by == "scan number" and time[0] <= 0:
        start = time[0] - 1.0
        return np.append(start, time), np.append(0.0, time - start), by
    if time[0] > 0:
        return np.append(0.0, time), np.append(0.0, eroded), by
    return time, eroded - eroded[0], by


def _estimate(value: float, moved: Array, timed: float) -> Estimate:
    if not math.isfinite(value):
        return Estimate(value=math.nan)
    if not math.isfinite(timed):
        return Estimate(value=value)
    parts = UncertaintyParts(counting=abs(timed), constraints=float(np.linalg.norm(moved)))
    return Estimate(value=value, u=parts.total, u_parts=parts)


def check_measure(value: float, u: float, what: str, unit: str) -> None:
    """Refuse what cannot be measured.

    Raises
    ------
    ProfileError
        If a value is not above zero, or its uncertainty below it.
    """
    if not (math.isfinite(value) and value > 0 and math.isfinite(u) and u >= 0):
        raise ProfileError(
            f"{what} should be above zero and its uncertainty not below it, not "
            f"{value:g} ± {u:g} {unit}"
        )
