"""The mass scale: flight time to m/z and back, and its calibration by known ions.

``sqrt(m/z) = (channel - k0) / sf``: an ion of charge z and energy z E flies for a time that goes
with the root of m/z. ``sf`` [channels a sqrt(u)] and ``k0`` [channels] are found from ions of known
mass; neither is ever assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MassScale", "scale_of"]

Array = NDArray[np.float64]

LIGHTEST = 10.0
"""m/z [u] below which six printed decimals hold nothing of the scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MassScale:
    """A mass scale.

    Parameters
    ----------
    sf : float
        Channels a sqrt(u).
    k0 : float
        Channel of m/z 0; may be negative.
    source : str
        Where it is from.
    """

    sf: float
    k0: float
    source: str = ""

    def mz(self, channel: ArrayLike) -> Array:
        """Give m/z [u] at channels.

        Examples
        --------
        >>> scale = MassScale(sf=72000.0, k0=-400.0)
        >>> float(scale.mz(scale.channel(34.9694)).round(6))
        34.9694
        """
        return ((np.asarray(channel, dtype=float) - self.k0) / self.sf) ** 2

    def channel(self, mz: ArrayLike) -> Array:
        """Give the channels of m/z [u]."""
        return self.k0 + self.sf * np.sqrt(np.asarray(mz, dtype=float))

    def ppm_of_channels(self, channels: ArrayLike, mz: ArrayLike) -> Array:
        """Give the relative error of m/z [ppm] that an error of channels makes at m/z."""
        return 2e6 * np.asarray(channels, dtype=float) / (self.sf * np.sqrt(np.asarray(mz)))


def scale_of(spectrum: xr.Dataset) -> tuple[MassScale, float]:
    """Recover the mass scale behind a spectrum that states m/z at its channels.

    A straight line of sqrt(m/z) over the channel, by least squares with the weight that printed
    decimals give; below m/z 10 they hold nothing of it.

    Returns
    -------
    MassScale
    float
        Largest departure of sqrt(m/z) [sqrt(u)] from the line.
    """
    mz, channel = spectrum["mz"].values, spectrum["channel"].values
    used = mz > LIGHTEST
    root, at = np.sqrt(mz[used]), channel[used]
    # An error of m/z makes one of its root that is smaller by 2 sqrt(m/z).
    slope, offset = np.polynomial.Polynomial.fit(at, root, 1, w=root).convert().coef[::-1]
    scale = MassScale(sf=float(1.0 / slope), k0=float(-offset / slope), source="the file's masses")
    return scale, float(np.abs(root - (offset + slope * at)).max())
