"""Ion events: how they were measured, and where they lie, scan by scan.

Events are never all in memory. A :class:`Run` says how they were measured and gives each scan as a
:class:`Scan` that is loaded when it is its turn, from any thread: for each ion the pixel it came
from and the channel of its flight time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from references.words import Finding

    from .cube import Layout
    from .masscal import MassScale
    from .streaming import Tally

__all__ = [
    "OUTSIDE",
    "UNKNOWN",
    "UNPLACED",
    "EventError",
    "Hits",
    "Raster",
    "Run",
    "Scan",
    "ion_events",
]

OUTSIDE, UNPLACED, UNKNOWN = -1, -2, -3
"""What is said of a stream of events that is broken: a pixel outside the raster, an ion before any
pixel, a word that is neither."""

CHANNELS = 1 << 22
"""Channels that are kept where a file does not say how long its flight times may be."""
MAX_CHANNELS = 1 << 24


class EventError(InputError):
    """Numbers that are no ion events: what was given, expected, and what to do."""


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
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the scans."""
        return tuple(scan.number for scan in self.scans)

    def sampled(self, scans: int) -> NDArray[np.int64]:
        """Give the mass spectrum of so many scans, spread over the run."""
        from .streaming import spectrum_of

        spread = np.linspace(0.0, len(self.scans) - 1.0, scans).round()
        return spectrum_of([self.scans[i] for i in sorted({int(k) for k in spread})], self.channels)

    def looked_at(self, scans: int) -> int:
        """Give how many scans :meth:`sampled` adds up."""
        return min(scans, len(self.scans))

    def count(
        self,
        layout: Layout,
        tally: Tally,
        *,
        inside: NDArray[np.bool_] | None = None,
        threads: int | None = None,
    ) -> Iterator[tuple[int, NDArray[np.uint32]]]:
        """Count all scans into a tally; gives images as :func:`tofsims.streaming.counted` does."""
        from .streaming import counted

        yield from counted(
            self.scans,
            layout,
            tally,
            pixels=self.raster.pixels,
            inside=inside,
            threads=threads or os.cpu_count() or 1,
        )

    @property
    def scale(self) -> MassScale | None:
        """The mass scale to use; ``None`` where the file holds none."""
        return self.scales[0] if self.scales else None


def ion_events(
    scans: Sequence[tuple[ArrayLike, ArrayLike]],
    *,
    raster: Raster,
    scale: MassScale | None = None,
    polarity: str = "",
    channels: int = CHANNELS,
    channel_ps: float = np.nan,
    sputter_time: ArrayLike | None = None,
    **labels: str,
) -> Run:
    """Build a measurement of ion events from arrays.

    Parameters
    ----------
    scans : sequence of (pixel, channel)
        Of each scan: pixel (y * width + x) and channel of its ions.
    raster : Raster
    scale : MassScale, optional
    polarity : str
    channels : int
    channel_ps : float
    sputter_time : (scans,) array, optional
        Seconds, increasing.
    **labels : str

    Raises
    ------
    EventError
        If arrays disagree, or an ion is outside the raster.

    Examples
    --------
    >>> run = ion_events([([0, 3], [100, 200])], raster=Raster(width=2, height=2))
    >>> run.scans[0].hits().channel
    array([100, 200], dtype=uint32)
    """
    made: list[Scan] = []
    for number, (pixel, channel) in enumerate(scans):
        p, c = np.asarray(pixel), np.asarray(channel)
        if p.shape != c.shape or p.ndim != 1:
            raise EventError(f"scan {number} has {p.size} pixels for {c.size} flight times")
        if p.size and (p.min() < 0 or p.max() >= raster.pixels):
            raise EventError(
                f"scan {number} has an ion at pixel {p.max()} of a raster of {raster.pixels}"
            )
        if c.size and (c.min() < 0 or c.max() >= MAX_CHANNELS):
            raise EventError(f"scan {number} has a flight time beyond channel {MAX_CHANNELS}")
        hits = Hits(p.astype(np.uint32), c.astype(np.uint32))
        made.append(Scan(number, lambda hits=hits: hits))
    times = None if sputter_time is None else np.asarray(sputter_time, dtype=float)
    if times is not None and (times.shape != (len(made),) or np.any(np.diff(times) <= 0)):
        raise EventError(f"sputter times should be {len(made)} increasing numbers, one a scan")
    return Run(
        scans=tuple(made),
        raster=raster,
        polarity=polarity,
        scales=() if scale is None else (scale,),
        channels=channels,
        channel_ps=channel_ps,
        sputter_time=times,
        time_from="" if times is None else "as given",
        labels=labels,
    )
