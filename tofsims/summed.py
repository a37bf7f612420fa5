"""The sum of an ion over data points: what errs by itself in each averages out, the rest does not.

Counting errs anew in each data point. A share of a fit, or a background, may err alike in all of
them (``u_common``): a hundred points then know its sum no better than one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

__all__ = ["Sum", "scatter_of", "summed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A sum of corrected counts.

    Attributes
    ----------
    counts : float
    apart : float
        Standard uncertainty of it from what errs in each data point by itself,
    alike : float
        and from what errs alike in all of them.
    """

    counts: float
    apart: float
    alike: float

    @property
    def u(self) -> float:
        """Standard uncertainty of the sum."""
        return math.hypot(self.apart, self.alike)


def scatter_of(one: xr.Dataset) -> NDArray[np.float64]:
    """Give the variance of each data point by itself: ``u**2`` less what errs alike in all."""
    variance = one["u"].values.astype(float) ** 2
    if "u_common" in one:
        variance = np.maximum(variance - one["u_common"].values.astype(float) ** 2, 0.0)
    return variance


def summed(one: xr.Dataset) -> Sum:
    """Sum the profile of one ion.

    Parameters
    ----------
    one : Dataset
        A depth profile of one ion, cut to the window.

    Returns
    -------
    Sum
        ``u(sum)**2 = sum(u**2 - u_c**2) + (sum u_c)**2``; NaN where a data point's is not known.

    Examples
    --------
    >>> from tofsims import depth_profile, of_ion
    >>> made = depth_profile(["Cl-"], [[100.0] * 100], u=[[5.0] * 100], u_common=[[4.0] * 100])
    >>> found = summed(of_ion(made, "Cl-"))
    >>> found.apart, found.alike
    (30.0, 400.0)
    """
    alike = float(one["u_common"].values.sum()) if "u_common" in one else 0.0
    return Sum(
        counts=float(one["corrected"].values.sum()),
        apart=math.sqrt(float(scatter_of(one).sum())),
        alike=alike,
    )
