"""The XPS measurement: built and validated here, and nowhere else.

A spectrum is an :class:`xarray.Dataset` over ``binding_energy`` [eV], ascending, as stored (not
calibrated). It holds ``counts`` where the counting statistics are known, else ``intensity``; scalar
coordinates carry what the maths needs, attributes are labels only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from references.words import InputError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["RATE_UNITS", "SpectrumError", "acquisition_time", "dispersion", "spectrum"]

Array = NDArray[np.float64]

LARGEST = 1e30
"""Beyond this a number is a mistake, and squaring it would overflow."""
RATE_UNITS = {"c/s", "cps", "counts/s", "counts per second"}
"""How a rate of counts is written, in small letters."""


class SpectrumError(InputError):
    """Numbers that are no spectrum: what was given, and what was expected."""


def spectrum(
    binding_energy: ArrayLike,
    counts: ArrayLike | None = None,
    *,
    intensity: ArrayLike | None = None,
    intensity_unit: str = "arbitrary",
    photon_energy: float = math.nan,
    dwell_time: float = math.nan,
    scans: float = math.nan,
    transmission: ArrayLike | None = None,
    sample: str = "",
    region: str = "",
    technique: str = "XPS",
    **labels: str,
) -> xr.Dataset:
    """Build a spectrum from arrays.

    Parameters
    ----------
    binding_energy : (n,) array
        In eV, in any order, any step; sorted here.
    counts : (n,) array, optional
        Numbers of counted electrons, >= 0. Give these where you can: only counts have known noise.
    intensity : (n,) array, optional
        Anything else. A rate with a known acquisition time becomes counts.
    intensity_unit : str
        For instance ``"counts/s"``.
    photon_energy : float
        In eV.
    dwell_time, scans : float
        Time a channel and scan [s], number of scans; NaN where not known.
    transmission : (n,) array, optional
        The analyser's transmission at each channel.
    sample, region, technique : str
        Labels.
    **labels : str
        Further labels.

    Returns
    -------
    xarray.Dataset
        dim ``binding_energy``; variables ``counts`` or ``intensity`` (and ``transmission``); scalar
        coordinates ``photon_energy``, ``dwell_time``, ``scans``, ``charge_shift`` and
        ``charge_shift_u``.

    Raises
    ------
    SpectrumError
        If arrays disagree, are not finite, have fewer than two channels or an energy twice, or if
        counts are negative.

    Examples
    --------
    >>> made = spectrum([165.0, 164.9, 164.8], [10, 12, 11], dwell_time=0.1, scans=4, region="S 2p")
    >>> made["binding_energy"].values
    array([164.8, 164.9, 165. ])
    >>> round(acquisition_time(made), 3)
    0.4
    """
    import xarray as xr

    if (counts is None) == (intensity is None):
        raise SpectrumError("give either counts or intensity, not both and not neither")
    energy = _column(binding_energy, "binding energies")
    given = counts if counts is not None else intensity
    name = "counts" if counts is not None else "intensity"
    values = _column(given, name, energy.size)
    order = np.argsort(energy, kind="stable")
    energy, values = energy[order], values[order]
    if energy.size < 2:
        raise SpectrumError(f"a spectrum has at least two channels, not {energy.size}")
    steps = np.diff(energy)
    if np.any(steps <= 0):
        raise SpectrumError(f"the energy {energy[int(np.argmin(steps))]:g} eV comes twice")
    if name == "counts" and values.min() < 0:
        raise SpectrumError(
            f"counts are >= 0, but {values.min():g} occurs; give such data as intensity"
        )
    time = dwell_time * scans
    rate = name == "intensity" and intensity_unit.strip().lower() in RATE_UNITS
    if rate and values.min() >= 0 and math.isfinite(time) and time > 0:
        with np.errstate(over="ignore"):
            name, values = "counts", _column(values * time, "counts")
    unit = "counts" if name == "counts" else intensity_unit
    variables: dict[str, Any] = {name: ("binding_energy", values, {"units": unit})}
    if transmission is not None:
        curve = _column(transmission, "transmission", energy.size)[order]
        variables["transmission"] = ("binding_energy", curve, {"units": "1"})
    scalars = {
        "photon_energy": (photon_energy, "eV"),
        "dwell_time": (dwell_time, "s"),
        "scans": (scans, "1"),
        "charge_shift": (0.0, "eV"),
        "charge_shift_u": (math.nan, "eV"),
    }
    return xr.Dataset(
        variables,
        coords={
            "binding_energy": ("binding_energy", energy, {"units": "eV"}),
            **{key: ((), float(v), {"units": unit}) for key, (v, unit) in scalars.items()},
        },
        attrs={"sample": sample, "region": region, "technique": technique, **labels},
    )


def acquisition_time(measured: xr.Dataset) -> float:
    """Give dwell time x scans [s]: what turns counts into a rate; NaN where it is not known."""
    if "dwell_time" not in measured.coords or "scans" not in measured.coords:
        return math.nan
    return float(measured["dwell_time"]) * float(measured["scans"])


def dispersion(counts: ArrayLike) -> float:
    """Give the noise variance over the mean, from fourth differences; 1 for Poisson counts.

    A smooth spectrum vanishes in its fourth difference, whose variance is 70 times the noise's. A
    multichannel analyser that interpolates between channels shows 0.7; rates that are passed off as
    counts show their acquisition time, far from 1.

    Examples
    --------
    >>> noise = np.random.default_rng(1).poisson(400, 2000)
    >>> bool(abs(dispersion(noise) - 1) < 0.1)
    True
    """
    values = np.asarray(counts, dtype=float)
    with np.errstate(over="ignore"):
        mean = float(values.mean()) if values.size else 0.0
    if values.size < 30 or mean <= 0:
        return math.nan
    if np.abs(values).max() > LARGEST:
        return math.nan
    fourth = np.diff(values, n=4)
    # The median resists the few channels where a steep line is not smooth.
    scale = np.median(np.abs(fourth) / np.sqrt(np.maximum(values[2:-2], mean * 0.01))) / 0.6745
    return float(scale**2 / 70.0)


def _column(given: ArrayLike | None, what: str, size: int | None = None) -> Array:
    try:
        column = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise SpectrumError(f"{what} should be numbers") from None
    if column.ndim != 1:
        raise SpectrumError(f"{what} should be one-dimensional, not of shape {column.shape}")
    if size is not None and column.size != size:
        raise SpectrumError(
            f"{what} should have {size} values like the energies, not {column.size}"
        )
    if not np.all(np.isfinite(column)):
        bad = int(np.argmax(~np.isfinite(column)))
        raise SpectrumError(f"{what} should be finite; value {bad + 1} is {column[bad]}")
    if np.abs(column).max(initial=0.0) > LARGEST:
        raise SpectrumError(f"{what} reach {np.abs(column).max():.1e}, which no measurement does")
    return column
