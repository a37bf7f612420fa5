"""The counts that a pattern stands for, so that one likelihood serves whatever a file holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

from .pattern import exposure

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Counted", "counted"]

Array = NDArray[np.float64]

SMOOTH = 25
"""Points over which the worth of a count is averaged where only its scatter is known."""
FEWEST = 50
"""Points; fewer are no pattern of a powder."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counted:
    """Counts with the variance that a pattern's values have.

    Attributes
    ----------
    two_theta, counts : (channels,) arrays
        Counts need not be whole.
    exposure : (channels,) array
        Counts for each unit of the pattern's rate or intensity.
    basis : str
        Where the noise is from.
    """

    two_theta: Array
    counts: Array
    exposure: Array
    basis: str


def counted(measured: xr.Dataset) -> Counted:
    """Give the counts that a pattern stands for.

    An intensity y with standard uncertainty u stands for y times y/u^2 counts, the second averaged
    over some points: Poisson numbers with the same relative uncertainty. What is negative stands
    for none.

    Raises
    ------
    InputError
        If the noise is not known, or there are too few points.

    Examples
    --------
    >>> from xrd.pattern import pattern
    >>> x = np.arange(20.0, 22.0, 0.02)
    >>> given = pattern(x, intensity=np.full(100, 50.0), u=np.full(100, 5.0))
    >>> bool(np.allclose(counted(given).counts, 100.0))
    True
    """
    x = np.asarray(measured["two_theta"].values, dtype=float)
    if x.size < FEWEST:
        raise InputError(
            f"the pattern has {x.size} points, too few to fit lines to; give a scan of some "
            f"degrees in steps below a line's width ({FEWEST} points at least)"
        )
    if "counts" in measured:
        each = exposure(measured)
        counts = np.asarray(measured["counts"].values, dtype=float)
        return Counted(
            two_theta=x, counts=counts, exposure=each / np.median(each), basis="Poisson counts"
        )
    if "u" not in measured:
        raise InputError(
            "the noise of the pattern is not known: it holds no counts, no uncertainty, and too "
            "few points to estimate one from; give counts, or intensity with u"
        )
    y = np.asarray(measured["intensity"].values, dtype=float)
    u = np.asarray(measured["u"].values, dtype=float)
    level = np.maximum(_smooth(np.maximum(y, 0.0)), 1e-3 * np.abs(y).max())
    each = level / _smooth(u**2)
    return Counted(
        two_theta=x,
        counts=np.maximum(y, 0.0) * each,
        exposure=each,
        basis=f"u of the intensity, {measured.attrs['noise']}",
    )


def _smooth(values: Array) -> Array:
    width = min(SMOOTH, values.size)
    kernel = np.full(width, 1.0 / width)
    whole = np.convolve(np.ones_like(values), kernel, mode="same")
    return np.convolve(values, kernel, mode="same") / whole
