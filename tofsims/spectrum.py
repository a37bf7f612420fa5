"""The mass spectrum: built and validated here, and nowhere else.

A mass spectrum is an :class:`xarray.Dataset` over ``channel``, the middle of each bin in channels
of the time-to-digital converter, with ``counts`` (registered) or ``intensity`` (corrected for the
dead time), and ``mz`` [u] where a file states it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import InputError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike

__all__ = ["SpectrumError", "mass_spectrum"]


class SpectrumError(InputError):
    """Numbers that are no mass spectrum: what was given, expected, and what to do."""


def mass_spectrum(
    channel: ArrayLike,
    counts: ArrayLike,
    *,
    mz: ArrayLike | None = None,
    is_corrected: bool = False,
    binning: int = 1,
    **labels: str,
) -> xr.Dataset:
    """Build a mass spectrum from arrays.

    Parameters
    ----------
    channel : (n,) array
        Increasing.
    counts : (n,) array
        Not negative.
    mz : (n,) array, optional
        m/z [u], as the file states it.
    is_corrected : bool
        Whether the counts were corrected for the dead time.
    binning : int
        Channels a bin.
    **labels : str

    Raises
    ------
    SpectrumError
        If arrays disagree, are not finite, or do not increase.

    Examples
    --------
    >>> mass_spectrum([100, 300], [5, 7])["counts"].values
    array([5., 7.])
    """
    import xarray as xr

    x, y = np.asarray(channel, dtype=float), np.asarray(counts, dtype=float)
    if x.ndim != 1 or x.shape != y.shape or x.size < 2:
        raise SpectrumError(
            f"expected two columns of equal length, got {x.shape} channels and {y.shape} counts"
        )
    if not (np.all(np.isfinite(x)) and np.all(np.diff(x) > 0)):
        raise SpectrumError("channels should be finite and increase")
    if not np.all(np.isfinite(y)) or y.min() < 0:
        raise SpectrumError("counts should be finite and not negative")
    places: dict[str, Any] = {"channel": x, "binning": binning}
    if mz is not None:
        masses = np.asarray(mz, dtype=float)
        if masses.shape != x.shape or not np.all(np.isfinite(masses)):
            raise SpectrumError(f"expected {x.size} finite values of m/z")
        places["mz"] = ("channel", masses, {"units": "u"})
    name = "intensity" if is_corrected else "counts"
    return xr.Dataset({name: ("channel", y, {"units": "counts"})}, coords=places, attrs=labels)
