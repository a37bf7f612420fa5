"""Flight times that are written in picoseconds, as PHI's files do, laid on channels.

``sqrt(m/z) = a t + b`` with t in us. Times of 1 ps are too fine to be counted one by one: they are
put together by a power of two, so that their order is kept and each channel holds whole ones.
"""

from __future__ import annotations

import math

from ..events import CHANNELS
from ..masscal import MassScale

__all__ = ["coefficients", "halvings", "scale_from"]


def halvings(longest: int) -> int:
    """Give how often times are halved so that the longest is at a channel that is counted.

    Examples
    --------
    >>> halvings(1000), halvings(120_000_000)
    (0, 5)
    """
    return max((longest // CHANNELS).bit_length(), 0)


def scale_from(a: float, b: float, step_ps: float, shift: int, source: str) -> MassScale | None:
    """Give the mass scale over channels of so many halvings; ``None`` if there can be none.

    Parameters
    ----------
    a, b : float
        ``sqrt(m/z) = a t + b``, t in us.
    step_ps : float
        Of the times as they are written.
    shift : int
        Halvings.
    source : str

    Examples
    --------
    >>> scale = scale_from(0.4, -1.6, 1.0, 5, "here")
    >>> float(scale.mz(1_000_000).round(4)), round((0.4 * 32.0000155 - 1.6) ** 2, 4)
    (125.4401, 125.4401)
    """
    if not (math.isfinite(a) and math.isfinite(b) and a > 0 and step_ps > 0):
        return None
    many = 1 << shift
    sf = 1e6 / (a * step_ps * many)
    # A channel's middle lies half of what it holds behind its first time.
    k0 = -b * sf - (many - 1) / (2 * many)
    if not (math.isfinite(sf) and math.isfinite(k0)):
        return None
    return MassScale(sf=sf, k0=k0, source=source)


def coefficients(scale: MassScale, step_ps: float) -> tuple[float, float]:
    """Give a and b of a mass scale over channels of a width.

    Examples
    --------
    >>> a, b = coefficients(MassScale(sf=32194.0, k0=-400.0), 50.0)
    >>> back = scale_from(a, b, 50.0, 0, "")
    >>> round(back.sf, 6), round(back.k0, 6)
    (32194.0, -400.0)
    """
    return 1e6 / (scale.sf * step_ps), -scale.k0 / scale.sf
