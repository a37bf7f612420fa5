"""Backgrounds in CasaXPS's words: which one it will compute, and how far that is from ours.

CasaXPS computes every background from the data between a region's ends; it has none that is fitted
with the peaks. What stands here for an active background is the static one of its kind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .background import (
    UNIVERSAL_B,
    UNIVERSAL_C,
    kernel_from,
    static_background,
    tougaard,
    trapezoid_weights,
)
from .envelope import Background

__all__ = ["CasaBackground", "to_casaxps_background"]

Array = NDArray[np.float64]

END_POINTS = 3
"""Channels averaged at an end where the recipe does not say: CasaXPS's own averaging width is 2."""
UNIVERSAL = (UNIVERSAL_B, -UNIVERSAL_C, 0.0, 0.0)
"""Parameters of a background that takes none, should its kind be changed in CasaXPS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasaBackground:
    """A region's background in CasaXPS's words.

    Parameters
    ----------
    kind : str
        ``"Shirley"``, ``"Linear"``, ``"U 2 Tougaard"`` or ``"U 3 Tougaard"``.
    averaged : int
        CasaXPS's averaging width: 2 is the mean of three channels centred on an end.
    parameters : (float, float, float, float)
        B, C, D [eV^2] and gap [eV] of the cross-section; of two-parameter ones C is negative.
    computed : Background
        The same in words of a recipe.
    """

    kind: str
    averaged: int
    parameters: tuple[float, float, float, float]
    computed: Background

    def misplaced(self, x: Array, y: Array, inside: slice, ours: Array) -> float:
        """Give the area between the background that CasaXPS computes and ours [of the data, eV].

        Raises
        ------
        BackgroundError
            If it cannot be computed from these data.
        """
        theirs = static_background(self.computed, x, y, inside)
        return float(trapezoid_weights(x[inside]) @ np.abs(theirs - ours))


def to_casaxps_background(chosen: Background, x: Array, y: Array, inside: slice) -> CasaBackground:
    """Give a background in CasaXPS's words.

    Parameters
    ----------
    chosen : Background
        Of the recipe. CasaXPS has no constant one; a linear one stands for it.
    x, y : (n,) array
        Binding energies [eV], ascending, and data, over the whole spectrum.
    inside : slice
        The channels of the window.

    Returns
    -------
    CasaBackground
        B of a Tougaard cross-section such that the curve meets the data, as CasaXPS scales it,
        unless the recipe holds it.

    Examples
    --------
    >>> x = np.arange(10.0)
    >>> to_casaxps_background(Background(), x, x, slice(0, 10)).kind
    'Shirley'
    """
    points = chosen.end_points if chosen.mode == "static" else END_POINTS
    computed = Background(
        kind="linear" if chosen.kind == "constant" else chosen.kind,
        mode="static",
        end_points=points,
        kernel=chosen.kernel,
        scale_to_end=chosen.scale_to_end or chosen.mode == "active",
    )
    kind, parameters = computed.kind.capitalize(), UNIVERSAL
    if computed.kind == "tougaard":
        kernel = kernel_from(chosen.kernel)
        three = kernel.sign < 0
        factor = (
            tougaard(x, y, kernel, inside=inside, points=points).factor
            if computed.scale_to_end
            else 1.0
        )
        kind = "U 3 Tougaard" if three else "U 2 Tougaard"
        c = kernel.C if three else -abs(kernel.C)
        parameters = (kernel.B * factor, c, kernel.D, kernel.gap)
    return CasaBackground(kind=kind, averaged=points - 1, parameters=parameters, computed=computed)
