"""The depth profile: built and validated here, and nowhere else.

A depth profile is an :class:`xarray.Dataset` over ``ion`` and ``scan``: ``corrected``, intensities
[counts] corrected for the dead time, and less what lies under a peak where that was asked for
(``background``), with their standard uncertainty ``u``, and ``counts`` as they were registered,
where that is known. ``scan`` numbers the data points, whose
``sputter_time`` [s] increases. Coordinates carry what the maths needs, attributes are labels only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from references.words import Finding, InputError, Severity

from .axis import span, unit_of
from .counting import Saturation, registered, saturation, variance

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

__all__ = [
    "ProfileError",
    "between",
    "depth_profile",
    "left_out",
    "normalised",
    "of_ion",
    "position",
    "row_of",
    "with_shots",
]

Array = NDArray[np.float64]

LARGEST = 1e18
"""More counts than any measurement has."""
ROUNDING = 1e-9
"""Part of the largest intensity by which a sum may fall below zero and still be none."""


SAME = 0.01
"""Part by which a number of shots may differ from the one that digits tell and be the same."""


class ProfileError(InputError):
    """Numbers that are no depth profile: what was given, expected, and what to do."""


def depth_profile(
    ions: Sequence[str],
    corrected: ArrayLike,
    *,
    sputter_time: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    before: ArrayLike = 0.0,
    background: ArrayLike | None = None,
    u: ArrayLike | None = None,
    u_common: ArrayLike | None = None,
    u_from: Sequence[str] | None = None,
    shots: ArrayLike = math.nan,
    limit: ArrayLike | None = None,
    total: ArrayLike | None = None,
    dose: ArrayLike | None = None,
    fluence: ArrayLike | None = None,
    mz: ArrayLike | None = None,
    window: ArrayLike | None = None,
    scan: ArrayLike | None = None,
    polarity: str = "",
    smoothing: str = "none",
    **labels: str,
) -> xr.Dataset:
    """Build a depth profile from arrays.

    Parameters
    ----------
    ions : sequence of str
        A name each, not necessarily different ones.
    corrected : (ions, scans) array
        Intensities [counts], corrected for the dead time.
    sputter_time : (scans,) array, optional
        Seconds, increasing.
    counts : (ions, scans) array, optional
        As registered; NaN where not known.
    before : (ions, scans) array
        Corrected counts within the dead time before the ion's peak: they widen its variance.
    background : (ions, scans) array, optional
        What was taken off already; then an intensity may be below zero, but not below what was
        taken off it.
    u : (ions, scans) array, optional
        Standard uncertainties where they are not those of counting the intensity alone,
    u_from : sequence of str, optional
        what they are from, a word or two an ion, ``"counting"`` if not given,
    u_common : (ions, scans) array, optional
        and the part of them that errs alike at all data points.
    shots : float or (scans,) array
        Primary pulses behind a data point; NaN where not known, and then there is no ``u``.
    limit : (ions, scans) array of bool, optional
        Intensities that are known to be lower limits, beside those of which each shot that was
        awake has one.
    total : (scans,) array, optional
        Of all ions.
    dose, fluence : (scans,) array, optional
        Sputter ions, and sputter ions a cm2.
    mz : (ions,) array, optional
        m/z [u].
    window : (ions, 2) array, optional
        Integrated from and to [u].
    scan : (scans,) array, optional
        Numbers of the data points; counted from 1 if not given.
    polarity : str
        ``"negative"`` or ``"positive"``.
    smoothing : str
        What was done to the intensities; anything but ``"none"`` leaves no ``u``.
    **labels : str
        Further labels.

    Returns
    -------
    xarray.Dataset
        dims ``ion``, ``scan``; variables ``corrected``, ``u``, ``counts``, ``saturation``
        (:class:`~tofsims.counting.Saturation`, by the shots that were awake; a lower limit has no
        ``u``), and ``background``, ``u_common``, ``total``,
        ``dose``, ``fluence`` where given; coordinates ``sputter_time``, ``shots``, ``mz``,
        ``window_low``, ``window_high``, ``u_from``.

    Raises
    ------
    ProfileError
        If arrays disagree, are not finite, negative, empty, or times do not increase.

    Examples
    --------
    >>> made = depth_profile(["Cl-"], [[100.306, 100.306]], sputter_time=[0, 1], shots=16384)
    >>> made["u"].values.round(2)
    array([[10.03, 10.03]])
    """
    import xarray as xr

    intensity, gross = _intensities(ions, corrected, background)
    number = intensity.shape[1]
    n = np.broadcast_to(np.asarray(shots, dtype=float), number)
    if np.any(n < 1):
        raise ProfileError("the number of shots should be above zero")
    known = np.full_like(intensity, np.nan)
    if counts is not None:
        known[:] = _matrix(counts, intensity.shape, "counts")
    k = np.where(np.isfinite(known), known, registered(gross, n))
    if smoothing != "none":
        spread = np.full_like(intensity, np.nan)
    elif u is not None:
        spread = _matrix(u, intensity.shape, "u")
    else:
        spread = np.sqrt(variance(gross, n, before))
    flags, limits = _flags(k, n, before, limit)
    spread = np.where(limits, np.nan, spread)
    counted = {"units": "counts"}
    variables: dict[str, Any] = {
        "corrected": (("ion", "scan"), intensity, counted),
        "u": (("ion", "scan"), spread, counted),
        "counts": (("ion", "scan"), known, counted),
        "saturation": (("ion", "scan"), flags),
    }
    for name, given in (("background", background), ("u_common", u_common)):
        if given is not None:
            variables[name] = (("ion", "scan"), _matrix(given, intensity.shape, name), counted)
    units = {"total": "counts", "dose": "ions", "fluence": "ions/cm2"}
    for name, given in (("total", total), ("dose", dose), ("fluence", fluence)):
        if given is not None:
            variables[name] = ("scan", _column(given, number, name), {"units": units[name]})
    counted_from_one = np.arange(1.0, number + 1.0)
    numbers = counted_from_one if scan is None else _column(scan, number, "scan")
    places: dict[str, Any] = {"scan": numbers.astype(np.int64), "shots": ("scan", n.copy())}
    if sputter_time is not None:
        places["sputter_time"] = ("scan", _times(sputter_time, number), {"units": "s"})
    places |= _of_ions(ions, mz, window, u_from)
    attributes = {"polarity": polarity, "smoothing": smoothing, **labels}
    return xr.Dataset(variables, coords=places, attrs=attributes)


def _intensities(
    ions: Sequence[str], corrected: ArrayLike, background: ArrayLike | None
) -> tuple[Array, Array]:
    """Intensities, and with what was taken off them."""
    intensity = np.asarray(corrected, dtype=float)
    if intensity.ndim != 2 or intensity.shape[0] != len(ions) or not intensity.size:
        raise ProfileError(
            f"expected an intensity for each of {len(ions)} ions and each data point, "
            f"got an array of shape {intensity.shape}"
        )
    gross = intensity
    if background is not None:
        gross = intensity + _matrix(background, intensity.shape, "background")
        # What a sum lacks to zero by rounding alone is none.
        slack = ROUNDING * np.abs(intensity).max()
        gross = np.where((gross < 0) & (gross > -slack), 0.0, gross)
    if not np.all(np.isfinite(gross)) or gross.min() < 0 or gross.max() > LARGEST:
        raise ProfileError("intensities should be finite and not negative")
    return intensity, gross


def _flags(
    k: Array, n: Array, before: ArrayLike, limit: ArrayLike | None
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """How near to one a shot each is, and which are limits: those, and others that are known."""
    known = np.isfinite(n)
    awake = np.where(known, n, np.inf) - np.where(known, registered(before, n), 0.0)
    awake = np.broadcast_to(awake, k.shape)
    limits = known & (k > 0) & (k >= awake)
    if limit is not None:
        limits = limits | _matrix(limit, (k.shape[0], k.shape[1]), "limits").astype(bool)
    flags = saturation(k, np.maximum(awake, 1.0))
    return np.where(limits, np.int8(Saturation.LOWER_LIMIT), flags), limits


def _of_ions(
    ions: Sequence[str],
    mz: ArrayLike | None,
    window: ArrayLike | None,
    u_from: Sequence[str] | None,
) -> dict[str, Any]:
    """Coordinates of ions."""
    places: dict[str, Any] = {"ion": [str(ion) for ion in ions]}
    if mz is not None:
        places["mz"] = ("ion", np.asarray(mz, dtype=float), {"units": "u"})
    if window is not None:
        edges = _matrix(window, (len(ions), 2), "windows")
        places["window_low"] = ("ion", edges[:, 0], {"units": "u"})
        places["window_high"] = ("ion", edges[:, 1], {"units": "u"})
    if u_from is not None:
        places["u_from"] = ("ion", [str(word) for word in u_from])
    return places


def position(profile: xr.Dataset) -> Array:
    """Give what a profile is plotted against: sputter time [s], else the scan's number."""
    name = "sputter_time" if "sputter_time" in profile.coords else "scan"
    return profile[name].values.astype(float)


def between(profile: xr.Dataset, low: float, high: float) -> xr.Dataset:
    """Give the data points of a profile with ``low <= sputter_time <= high``.

    Raises
    ------
    ProfileError
        If there are none.
    """
    x = position(profile)
    inside = (x >= low) & (x <= high)
    if not inside.any():
        unit = unit_of(profile)
        raise ProfileError(
            f"no data point from {span(low, high, unit)}: the profile is from "
            f"{span(float(x[0]), float(x[-1]), unit)}"
        )
    return profile.isel(scan=np.flatnonzero(inside))


def of_ion(profile: xr.Dataset, name: str) -> xr.Dataset:
    """Give the profile of one ion, by its name.

    Raises
    ------
    ProfileError
        If there is none of that name, or several.
    """
    return profile.isel(ion=row_of(profile, name))


def row_of(profile: xr.Dataset, name: str) -> int:
    """Give the row of an ion, by its name.

    Raises
    ------
    ProfileError
        If there is none of that name, or several.
    """
    names = profile["ion"].values.tolist()
    found = [i for i, known in enumerate(names) if known == name]
    if not found:
        from references.tables import near

        meant = near(name, names)
        meant += "; " if meant else ""
        raise ProfileError(
            f"no ion {name[:40]!r} in this profile; {meant}it holds "
            + ", ".join(names[:12])
            + (" ..." if len(names) > 12 else "")
        )
    if len(found) > 1:
        where = ", ".join(f"{profile['mz'].values[i]:.4f}" for i in found)
        raise ProfileError(
            f"{name} is there {len(found)} times, at m/z {where}: "
            "rename one of them where the file was made"
        )
    return found[0]


def with_shots(profile: xr.Dataset, shots: int) -> xr.Dataset:
    """Give a profile the number of shots a data point that its file does not tell.

    Raises
    ------
    ProfileError
        If it was smoothed: then its noise is gone; made of events; or tells another number.
    """
    if "background" in profile or "u_from" in profile.coords:
        raise ProfileError(
            "the profile was made of events; give the number of shots where it is made"
        )
    if profile.attrs.get("smoothing", "none") != "none":
        raise ProfileError(
            "the profile was smoothed, and a number of shots does not bring its noise back; "
            "export it with smoothing disabled"
        )
    told = profile["shots"].values.astype(float)
    if np.any(np.abs(told / shots - 1.0) > SAME):
        by = profile.attrs.get("shots_from") or "its file"
        raise ProfileError(
            f"{shots} shots a data point were given, and {by} says {told[0]:.0f}: leave them out"
        )
    n = np.full(profile.sizes["scan"], float(shots))
    intensity = profile["corrected"].values
    flags = saturation(registered(intensity, n), n)
    return (
        profile.assign(
            u=(("ion", "scan"), np.sqrt(variance(intensity, n)), profile["u"].attrs),
            saturation=(("ion", "scan"), flags),
        )
        .assign_coords(shots=("scan", n))
        .assign_attrs(shots_from="as given")
    )


def normalised(profile: xr.Dataset, asked: xr.Dataset, by: str) -> xr.Dataset:
    """Divide intensities by a reference, and bring them back to its mean.

    Parameters
    ----------
    profile : Dataset
        Holds the reference.
    asked : Dataset
        Of the ions to divide.
    by : str
        ``"total"``, ``"dose"`` (the sputter ions of each data point) or an ion's name.

    Returns
    -------
    Dataset
        ``corrected`` and ``u``, in counts at the mean of the reference: ``u`` is that of both, as
        independent; the attribute ``normalised_by`` says what was done. The reference itself is not
        among the ions, and what has no dose of its own not among the data points
        (:func:`left_out` says so). Scalar coordinates ``reference_mean`` and
        ``reference_mean_u``: the mean of the reference over the data points, and its standard
        uncertainty, 0 where not known.

    Raises
    ------
    ProfileError
        If there is no such reference, it is zero or saturated somewhere, or nothing is left.
    """
    kept = [name != by for name in asked["ion"].values.tolist()]
    if not any(kept):
        raise ProfileError(f"{by} divided by itself says nothing; name other ions")
    first = 0
    if by == "dose":
        first, values = _dose(profile)
        relative = np.zeros_like(values)
    elif by == "total":
        values = _stated(profile, "total")
        relative = np.zeros_like(values)
    else:
        values, relative = _of_reference(of_ion(profile, by))
    if not np.all(values > 0):
        raise ProfileError(f"{by} is zero at some data points, and nothing can be divided by it")
    asked = asked.isel(ion=np.flatnonzero(kept), scan=slice(first, None))
    mean = float(values.mean())
    share = mean / values
    y, u = asked["corrected"].values, asked["u"].values
    both = share * np.hypot(u, y * relative)
    made = asked.assign(
        corrected=(("ion", "scan"), y * share, asked["corrected"].attrs),
        u=(("ion", "scan"), both, asked["u"].attrs),
    )
    if "u_common" in asked:
        made["u_common"] = asked["u_common"] * share
    u_mean = float(np.sqrt(np.sum((relative * values) ** 2))) / values.size
    return made.assign_coords(
        reference_mean=mean, reference_mean_u=u_mean if math.isfinite(u_mean) else 0.0
    ).assign_attrs(normalised_by=by)


def left_out(asked: xr.Dataset, shown: xr.Dataset) -> list[Finding]:
    """Say which of what was asked for :func:`normalised` has left out."""
    by, found = shown.attrs["normalised_by"], list[Finding]()
    if asked.sizes["ion"] > shown.sizes["ion"]:
        found.append(
            Finding(
                rule="sims_reference_left_out",
                severity=Severity.INFO,
                subject=by,
                message="all else is divided by it, so of itself nothing can be said",
            )
        )
    if asked.sizes["scan"] > shown.sizes["scan"]:
        found.append(
            Finding(
                rule="sims_first_point_left_out",
                severity=Severity.INFO,
                subject="the measurement",
                message="the first data point is left out: doses are stated as the sum so far, and "
                "what it had of its own is not among them",
            )
        )
    return found


def _stated(profile: xr.Dataset, by: str) -> Array:
    if by not in profile:
        why = profile.attrs.get(f"no_{by}", "")
        raise ProfileError(
            f"this profile holds no {by} to normalise by{': ' if why else ''}{why}; name an ion"
        )
    return profile[by].values.astype(float)


def _dose(profile: xr.Dataset) -> tuple[int, Array]:
    """The first data point that has a dose of its own, and the doses from it on."""
    so_far = _stated(profile, "dose")
    if so_far.size < 2:
        raise ProfileError("one data point has no dose beside another; name an ion")
    own = np.diff(so_far, prepend=0.0)
    # What was sputtered before the first point is its own only if it is as much as before others.
    is_own = abs(own[0] - own[1]) < 0.5 * own[1]
    return (0, own) if is_own else (1, own[1:])


def _of_reference(one: xr.Dataset) -> tuple[Array, Array]:
    """Intensities of a reference ion, and their relative uncertainties."""
    if (one["saturation"].values >= Saturation.SATURATING).any():
        raise ProfileError(
            f"{one['ion'].item()} is saturated and is no reference; normalise by an isotope that "
            "is rarer"
        )
    values = one["corrected"].values.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return values, one["u"].values / values


def _matrix(given: ArrayLike, shape: tuple[int, int], name: str) -> Array:
    values = np.asarray(given, dtype=float)
    if values.shape != shape:
        raise ProfileError(f"{name} should have shape {shape}, not {values.shape}")
    return values


def _column(given: ArrayLike, number: int, name: str) -> Array:
    values = np.asarray(given, dtype=float)
    if values.shape != (number,) or not np.all(np.isfinite(values)):
        raise ProfileError(f"{name} should be {number} finite numbers, one a data point")
    return values


def _times(given: ArrayLike, number: int) -> Array:
    times = _column(given, number, "sputter_time")
    steps = np.diff(times)
    if np.any(steps <= 0):
        at = int(np.flatnonzero(steps <= 0)[0])
        raise ProfileError(
            f"sputter times should increase, but {times[at]:g} s is followed by {times[at + 1]:g} s"
        )
    return times
