"""The powder pattern: built and validated here, and nowhere else.

A pattern is an :class:`xarray.Dataset` over ``two_theta`` [degrees], strictly increasing, as stored
(zero and displacement are the fit's business). It holds ``counts`` where photons were counted, else
``intensity`` and, where known, its standard uncertainty ``u``; coordinates carry what the maths
needs, attributes are labels only.

Counts are what the detector counted. A beam attenuator or another counting time at some points does
not change them but how they are to be compared, which :func:`exposure` tells.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from references.words import InputError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ATTENUATION", "PatternError", "exposure", "pattern"]

Array = NDArray[np.float64]

LARGEST = 1e30
"""Beyond this a number is a mistake, and squaring it would overflow."""
SHORTEST, LONGEST = 0.01, 10.0
"""Wavelengths [Angstrom] of diffraction."""
ATTENUATION = ("none", "applied in file", "applied by us", "reported, not applied")
"""What was done about a beam attenuator.

``applied in file``: the file's intensities were multiplied by its factors, and are divided by them
to get the counts back. ``applied by us``: the file's are counts, and its factors go into the
exposure. ``reported, not applied``: the file has factors whose meaning is not known.
"""


class PatternError(InputError):
    """Numbers that are no powder pattern: what was given, expected, and what to do."""


def pattern(
    two_theta: ArrayLike,
    counts: ArrayLike | None = None,
    *,
    intensity: ArrayLike | None = None,
    u: ArrayLike | None = None,
    intensity_unit: str = "arbitrary",
    counting_time: ArrayLike = math.nan,
    attenuation_factor: ArrayLike = 1.0,
    attenuation: str = "none",
    wavelength: float = math.nan,
    wavelength_alpha2: float = math.nan,
    alpha2_ratio: float = math.nan,
    radius_mm: float = math.nan,
    sample: str = "",
    scan: str = "",
    anode: str = "",
    monochromator: str = "",
    noise: str = "",
    **labels: str,
) -> xr.Dataset:
    """Build a powder pattern from arrays.

    Parameters
    ----------
    two_theta : (n,) array
        Angles [degrees], strictly increasing, any step.
    counts : (n,) array, optional
        Numbers of counted photons, whole and >= 0. Give these where you can: only counts have known
        noise, that of Poisson.
    intensity : (n,) array, optional
        Anything else: a rate, a corrected or merged pattern.
    u : (n,) array, optional
        Standard uncertainty of the intensity, above zero.
    intensity_unit : str
        For instance ``"counts/s"``.
    counting_time : float or (n,) array
        Time a point [s]; NaN where not known.
    attenuation_factor : float or (n,) array
        By how much the beam was attenuated while the counts were taken; 1 for not at all.
    attenuation : str
        What was done about it, one of :data:`ATTENUATION`.
    wavelength, wavelength_alpha2, alpha2_ratio : float
        K-alpha1 (or the only line) and K-alpha2 [Angstrom], and intensity of the second over the
        first, as the file or the user states them; NaN where not stated.
    radius_mm : float
        Goniometer radius, sample to detector [mm]; NaN where not known.
    sample, scan, anode, monochromator : str
        Labels.
    noise : str
        What is known of the noise; filled in if not given.
    **labels : str
        Further labels.

    Returns
    -------
    xarray.Dataset
        dim ``two_theta``; variable ``counts``, or ``intensity`` and perhaps ``u``; coordinates
        ``counting_time`` and ``attenuation_factor`` (scalar or per point), ``wavelength``,
        ``wavelength_alpha2``, ``alpha2_ratio``, ``radius_mm``.

    Raises
    ------
    PatternError
        If arrays disagree, are not finite, have fewer than two points, unsorted or repeated angles,
        counts that are negative, broken or all zero, or an uncertainty that is not above zero.

    Examples
    --------
    >>> made = pattern([30.0, 30.02, 30.04], [120, 180, 150], counting_time=3, wavelength=1.5405929)
    >>> made["counts"].values
    array([120., 180., 150.])
    >>> made.attrs["noise"]
    'Poisson counts'
    """
    import xarray as xr

    if (counts is None) == (intensity is None):
        raise PatternError("give either counts or intensity, not both and not neither")
    angles = _angles(two_theta)
    if counts is not None:
        if u is not None:
            raise PatternError("counts have the noise of counts; give u with intensity, or no u")
        values, name, unit, u_values = _counts(counts, angles), "counts", "counts", None
    else:
        values, name, unit = (
            _column(intensity, "intensity", angles.size),
            "intensity",
            intensity_unit,
        )
        u_values = None if u is None else _above_zero(u, "u", angles)
    if attenuation not in ATTENUATION:
        raise PatternError(f"attenuation should be one of {ATTENUATION}, not {attenuation!r}")
    variables: dict[str, Any] = {name: ("two_theta", values, {"units": unit})}
    if u_values is not None:
        variables["u"] = ("two_theta", u_values, {"units": unit})
    scalars = {
        "wavelength": (_length(wavelength, "wavelength"), "Angstrom"),
        "wavelength_alpha2": (_length(wavelength_alpha2, "wavelength_alpha2"), "Angstrom"),
        "alpha2_ratio": (_known(alpha2_ratio, "alpha2_ratio"), "1"),
        "radius_mm": (_known(radius_mm, "radius_mm"), "mm"),
    }
    known = "stated" if u is not None else "Poisson counts" if counts is not None else "unknown"
    return xr.Dataset(
        variables,
        coords={
            "two_theta": ("two_theta", angles, {"units": "degrees"}),
            "counting_time": _per_point(counting_time, "counting time", angles, "s"),
            "attenuation_factor": _per_point(attenuation_factor, "attenuation", angles, "1"),
            **{key: ((), value, {"units": unit}) for key, (value, unit) in scalars.items()},
        },
        attrs={
            "sample": sample,
            "scan": scan,
            "anode": anode,
            "monochromator": monochromator,
            "attenuation": attenuation,
            "noise": noise or known,
            **labels,
        },
    )


def exposure(measured: xr.Dataset) -> Array:
    """Give what turns a rate into the expected counts of each point: time over attenuation.

    Where the counting time is not known it is taken as 1, so that the rate is per point. A pattern
    without counts is a rate already: its exposure is 1.

    Parameters
    ----------
    measured : xarray.Dataset
        As :func:`pattern` makes it.

    Returns
    -------
    (n,) array
        [s], or [1] where the time is not known.

    Examples
    --------
    >>> made = pattern([30, 31, 32], [90, 80, 70], counting_time=[1, 2, 2],
    ...                attenuation_factor=[8.0, 1.0, 1.0], attenuation="applied by us")
    >>> exposure(made)
    array([0.125, 2.   , 2.   ])
    """
    each = np.ones(measured.sizes["two_theta"])
    if "counts" not in measured:
        return each
    time = np.asarray(measured["counting_time"].values, dtype=float)
    known = np.where(np.isfinite(time), time, 1.0)
    return each * known / np.asarray(measured["attenuation_factor"].values, dtype=float)


# --- checks ---------------------------------------------------------------------------------------


def _angles(given: ArrayLike) -> Array:
    angles = _column(given, "angles")
    if angles.size < 2:
        raise PatternError(
            f"a pattern has at least two points, not {angles.size}; give a scan over an angle"
        )
    if np.abs(angles).max() > 180:
        raise PatternError(
            f"angles are 2 theta in degrees, up to 180, but {angles[np.abs(angles).argmax()]:g} "
            "occurs; give degrees, not centidegrees, energy or d-spacing"
        )
    steps = np.diff(angles)
    at = int(np.argmin(steps))
    if steps[at] == 0:
        raise PatternError(
            f"the angle {angles[at]:g} comes twice (points {at + 1} and {at + 2}); "
            "give each scan by itself"
        )
    if steps[at] < 0:
        raise PatternError(
            f"angles should increase, but {angles[at + 1]:g} follows {angles[at]:g} (point "
            f"{at + 2}); sort them, or give each scan by itself"
        )
    return angles


def _counts(given: ArrayLike, angles: Array) -> Array:
    values = _column(given, "counts", angles.size)
    at = int(np.argmin(values))
    if values[at] < 0:
        raise PatternError(
            f"counts are >= 0, but {values[at]:g} occurs at {angles[at]:g} degrees; "
            "give such data as intensity, with u"
        )
    broken = values != np.round(values)
    if broken.any():
        at = int(np.argmax(broken))
        raise PatternError(
            f"counts are whole numbers, but {values[at]:g} occurs at {angles[at]:g} degrees; "
            "give such data as intensity, with u"
        )
    if not values.any():
        raise PatternError("nothing was counted: all counts are zero; check shutter and detector")
    return values


def _above_zero(given: ArrayLike, what: str, angles: Array) -> Array:
    values = _column(given, what, angles.size)
    at = int(np.argmin(values))
    if values[at] <= 0:
        raise PatternError(
            f"{what} should be above zero, but is {values[at]:g} at {angles[at]:g} degrees, which "
            "would weigh without limit; leave the point out, or give counts"
        )
    return values


def _per_point(
    given: ArrayLike, what: str, angles: Array, unit: str
) -> tuple[Any, float | Array, dict[str, str]]:
    values = np.asarray(given, dtype=float)
    if values.ndim == 0:
        return (), _known(float(values), what), {"units": unit}
    return "two_theta", _above_zero(values, what, angles), {"units": unit}


def _known(value: float, what: str) -> float:
    if math.isnan(value) or 0 < value < LARGEST:
        return float(value)
    raise PatternError(f"{what} should be above zero, or NaN where not known, not {value:g}")


def _length(value: float, what: str) -> float:
    if math.isnan(value) or SHORTEST < value < LONGEST:
        return float(value)
    raise PatternError(
        f"{what} should be in Angstrom, from {SHORTEST:g} to {LONGEST:g}, not {value:g}"
    )


def _column(given: ArrayLike | None, what: str, size: int | None = None) -> Array:
    try:
        column = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise PatternError(f"{what} should be numbers") from None
    if column.ndim != 1:
        raise PatternError(f"{what} should be one-dimensional, not of shape {column.shape}")
    if size is not None and column.size != size:
        raise PatternError(f"{what} should have {size} values like the angles, not {column.size}")
    if not np.all(np.isfinite(column)):
        bad = int(np.argmax(~np.isfinite(column)))
        raise PatternError(f"{what} should be finite; value {bad + 1} is {column[bad]}")
    if np.abs(column).max(initial=0.0) > LARGEST:
        raise PatternError(f"{what} reach {np.abs(column).max():.1e}, which no measurement does")
    return column
