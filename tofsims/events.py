"""Ion events: how they were measured, and where they lie, scan by scan.

Events are never all in memory. A :class:`Run` says how they were measured and gives each scan as a
:class:`Scan` that is loaded when it is its turn, from any thread: for each ion the pixel it came
from and the channel of its flight time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from references.words import Finding

    from .masscal import MassScale

__all__ = ["OUTSIDE", "UNKNOWN", "UNPLACED", "Hits", "Raster", "Run", "Scan"]

OUTSIDE, UNPLACED, UNKNOWN = -1, -2, -3
"""What is said of a stream of events that is broken: a pixel outside the raster, an ion before any
pixel, a word that is neither."""

CHANNELS = 1 << 22
"""Channels that are kept where a file does not say how long its flight times may be."""
MAX_CHANNELS = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """The pixels that the analysis beam visits.

    Parameters
    ----------
    width, height : int
        Pixels along x and y.
    shots : int or None
        Pulses a pixel and scan; ``None`` where not known.
    field_um : float
        Width of the field [um]; NaN where not known.
    """

    width: int
    height: int
    shots: int | None = None
    field_um: float = np.nan

    @property
    def pixels(self) -> int:
        """Pixels in all."""
        return self.width * self.height


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """The ions of a scan: pixel (y * width + x) and channel of each, as they came."""

    pixel: NDArray[np.uint32]
    channel: NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """A scan of the raster: its number, and how to get at its ions."""

    number: int
    hits: Callable[[], Hits]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A measurement of ion events.

    Parameters
    ----------
    scans : tuple of Scan
        In the order of their numbers.
    raster : Raster
    polarity : str
        ``"negative"``, ``"positive"`` or ``""``.
    scales : tuple of MassScale
        Those that the file holds, the one to use first.
    channels : int
        Flight times are from 0 to one less.
    channel_ps : float
        Width of a channel [ps]; NaN where not known.
    sputter_time : (scans,) array or None
        Seconds at each scan.
    time_from : str
        What the sputter time is from.
    labels : dict of str
    notes : tuple of Finding
    """

    scans: tuple[Scan, ...]
    raster: Raster
    polarity: str = ""
    scales: tuple[MassScale, ...] = ()
    channels: int = CHANNELS
    channel_ps: float = np.nan
    sputter_time: NDArray[np.float64] | None = None
    time_from: str = ""
    labels: dict[str, str]
    notes: tuple[Finding, ...] = ()

    @property
    def scale(self) -> MassScale | None:
        """The mass scale to use; ``None`` where the file holds none."""
        return self.scales[0] if self.scales else None
