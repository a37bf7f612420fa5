"""The frame of peaks that are fitted together: lines, channels, and what is known before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.ion import ion

from .ions import members_of
from .isotopes import fraction_of
from .overlap import Component
from .shape import learned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .masscal import Calibration
    from .shape import PeakShape

__all__ = ["Frame", "Lines", "lines_of"]

Array = NDArray[np.float64]
Lines = tuple[tuple[float, float], ...]
"""m/z and part of each line of a peak."""

BEFORE, BEHIND = 3.0, 4.5
"""Widths at half height before the first and behind the last peak that are fitted."""
LEAST_WIDTH, UNKNOWN_WIDTH = 0.005, 0.05
"""Relative uncertainty of a width, at least, and where nothing tells of it."""


def lines_of(name: str) -> Lines:
    """Give the lines of an ion, or of isotopologues that share a window, in their natural parts.

    Examples
    --------
    >>> [(round(mz, 3), round(part, 2)) for mz, part in lines_of("Ga[37Cl]- + [71Ga]Cl-")]
    [(105.892, 0.33), (105.894, 0.67)]
    """
    members = [ion(member) for member in members_of(name)]
    if len(members) == 1:
        return ((members[0].mz, 1.0),)
    parts = np.array([fraction_of(member) for member in members])
    if not parts.sum() > 0:
        parts = np.ones_like(parts)
    shares: list[float] = (parts / parts.sum()).tolist()
    return tuple((member.mz, part) for member, part in zip(members, shares, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """Channels of peaks that lie over each other, and what is known of them before a fit.

    Attributes
    ----------
    channels : (n,) array
    components : tuple of Component
    shape : PeakShape
    width : float
        Expected width at half height [channels].
    prior : (2,) array
        Standard uncertainties of the places together [channels] and of the relative width.
    """

    channels: NDArray[np.int64]
    components: tuple[Component, ...]
    shape: PeakShape
    width: float
    prior: Array

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        lines: Mapping[str, Lines],
        calibration: Calibration,
        intensity: Array,
    ) -> Frame | None:
        """Lay a frame about ions; ``None`` where no clean peak tells what shape they have.

        Parameters
        ----------
        names : sequence of str
            By mass.
        lines : mapping
            Of each name.
        calibration : Calibration
        intensity : (channels,) array
            Spectrum of the run.
        """
        masses = sorted(mz for name in names for mz, _ in lines[name])
        mz = float(np.mean(masses))
        shape = learned(intensity, calibration, mz, masses)
        if shape is None:
            return None
        scale = calibration.scale
        width = float(calibration.fwhm_channels(mz))
        first = max(round(float(scale.channel(masses[0])) - BEFORE * width), 0)
        last = round(float(scale.channel(masses[-1])) + BEHIND * width)
        return cls(
            channels=np.arange(first, min(last, intensity.size), dtype=np.int64),
            components=tuple(
                Component(
                    ion=name,
                    places=tuple(float(scale.channel(mass)) for mass, _ in lines[name]),
                    parts=tuple(part for _, part in lines[name]),
                )
                for name in names
            ),
            shape=shape,
            width=width,
            prior=_prior(calibration, mz, shape),
        )


def _prior(calibration: Calibration, mz: float, shape: PeakShape) -> Array:
    """How well places and widths are known: by how far each anchor is from what the others say."""
    anchors = calibration.anchors
    off = 1.4826 * float(np.median([abs(one.left_out_ppm) for one in anchors]))
    line = float(np.nan_to_num(calibration.u_ppm(mz)))
    place = calibration.channels_of_ppm(float(np.hypot(off, line)), mz)
    spread: float = UNKNOWN_WIDTH
    if len(anchors) > 1:
        masses = np.array([one.mz for one in anchors])
        widths = np.array([one.peak.fwhm for one in anchors])
        between = np.zeros_like(widths)
        for i in range(masses.size):
            others = np.arange(masses.size) != i
            between[i] = np.interp(masses[i], masses[others], widths[others])
        spread = 1.4826 * float(np.median(np.abs(between / widths - 1.0)))
    return np.array([float(np.hypot(place, shape.u_place)), max(spread, LEAST_WIDTH)])
