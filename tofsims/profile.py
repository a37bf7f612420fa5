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

from references.words import InputError

from .counting import Saturation, registered, saturation, variance

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

__all__ = [
    "ProfileError",
    "between",
    "depth_profile",
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
        (:class:`~tofsims.counting.Saturation`), and ``background``, ``u_common``, ``total``,
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
    flags = np.where(np.isfinite(n), saturation(k, n), Saturation.NONE).astype(np.int8)
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
        raise ProfileError(
            f"no data point between {low:g} and {high:g} s: the profile is from "
            f"{x[0]:g} to {x[-1]:g} s"
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

        raise ProfileError(
            f"no ion {name[:40]!r} in this profile{near(name, names)}; it holds "
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
        If it was smoothed: then its noise is gone; or made of events.
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
    """Divide intensities by a reference, and bring them back to their mean.

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
        independent; the attribute ``normalised_by`` says what was done.

    Raises
    ------
    ProfileError
        If there is no such reference, or it is zero or saturated somewhere.
    """
    if by in {"total", "dose"}:
        if by not in profile:
            raise ProfileError(f"this profile holds no {by} to normalise by; name an ion")
        values = profile[by].values.astype(float)
        if by == "dose":
            # What is stated is the dose so far.
            values = np.diff(values, prepend=2.0 * values[0] - values[1])
        relative = np.zeros_like(values)
    else:
        one = of_ion(profile, by)
        if (one["saturation"].values >= Saturation.SATURATING).any():
            raise ProfileError(
                f"{by} is saturated and is no reference; normalise by an isotope that is rarer"
            )
        values = one["corrected"].values.astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = one["u"].values / values
    if not np.all(values > 0):
        raise ProfileError(f"{by} is zero at some data points, and nothing can be divided by it")
    share = float(values.mean()) / values
    y, u = asked["corrected"].values, asked["u"].values
    both = share * np.hypot(u, y * relative)
    return asked.assign(
        corrected=(("ion", "scan"), y * share, asked["corrected"].attrs),
        u=(("ion", "scan"), both, asked["u"].attrs),
    ).assign_attrs(normalised_by=by)


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
