"""Where an ion is integrated: a window as wide as its peak, cut where another ion begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .cube import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.ion import Ion

    from .masscal import Calibration

__all__ = ["windows_of"]

REACH = 1.5
"""Widths at half height on either side of a peak: of a normal one 99.96 %."""


def windows_of(ions: Sequence[Ion], calibration: Calibration) -> list[Window]:
    """Lay a window about each ion.

    Parameters
    ----------
    ions : sequence of Ion
        Unmarked elements are their main isotopes.
    calibration : Calibration
        Gives the width of peaks.

    Returns
    -------
    list of Window
        1.5 full widths at half maximum on either side; where two ions that were asked for are
        nearer than that, each window ends half way.
    """
    middle = np.array([known.mz for known in ions])
    reach = REACH * calibration.fwhm(middle)
    low, high = middle - reach, middle + reach
    for i, mass in enumerate(middle):
        for other in middle[np.abs(middle - mass) > 1e-6]:
            between = 0.5 * (mass + other)
            if other > mass:
                high[i] = min(high[i], between)
            else:
                low[i] = max(low[i], between)
    return [
        Window(ion=known.key, low=float(a), high=float(b))
        for known, a, b in zip(ions, low, high, strict=True)
    ]
