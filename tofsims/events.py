"""Ion events: how they were measured, and where they lie, scan by scan.

Events are never all in memory. A :class:`Run` says how they were measured and gives each scan as a
:class:`Scan` that is loaded when it is its turn, from any thread: for each ion the pixel it came
from and the channel of its flight time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import Finding, InputError, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

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
    "beyond_last",
    "gaps_in",
    "ion_events",
    "on_raster",
    "reloaded",
    "times_of",
]

OUTSIDE, UNPLACED, UNKNOWN = -1, -2, -3
"""What is said of a stream of events that is broken: a pixel outside the raster, an ion before any
pixel, a word that is neither."""

CHANNELS = 1 << 22
"""Channels that are kept where a file does not say how long its flight times may be."""
MAX_CHANNELS = 1 << 24
MAX_SIDE = 8192
"""Pixels along a side of a raster."""


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
    is_assumed : bool
        Whether width and height are a guess. Then nobody knows how many pixels had shots, and none
        are kept.
    """

    width: int
    height: int
    shots: int | None = None
    field_um: float = np.nan
    is_assumed: bool = False

    def __post_init__(self) -> None:
        """Keep no shots of a guessed raster."""
        if self.is_assumed:
            object.__setattr__(self, "shots", None)

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
        If there is no scan, arrays disagree, a number is none, or an ion is outside the raster.

    Notes
    -----
    Flight times between channels are rounded to the nearest.

    Examples
    --------
    >>> run = ion_events([([0, 3], [100, 200])], raster=Raster(width=2, height=2))
    >>> run.scans[0].hits().channel
    array([100, 200], dtype=uint32)
    """
    if not len(scans):
        raise EventError("there is no scan; give the pixels and flight times of one at least")
    made: list[Scan] = []
    for number, (pixel, channel) in enumerate(scans):
        p = _whole(pixel, number, "pixel")
        c = _whole(channel, number, "flight time")
        if p.shape != c.shape or p.ndim != 1:
            raise EventError(f"scan {number} has {p.size} pixels for {c.size} flight times")
        if p.size and (p.min() < 0 or p.max() >= raster.pixels):
            raise EventError(
                f"scan {number} has an ion at pixel {p.max()} of a raster of {raster.pixels}"
            )
        if c.size and (c.min() < 0 or c.max() >= MAX_CHANNELS):
            raise EventError(
                f"scan {number} has flight times from channel {c.min():.0f} to {c.max():.0f}, and "
                f"they should be from 0 to {MAX_CHANNELS - 1}"
            )
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


def _whole(given: ArrayLike, scan: int, what: str) -> NDArray[Any]:
    """Numbers of a scan, to the nearest whole one."""
    found = np.asarray(given)
    if found.dtype.kind in "iu":
        return found
    if found.dtype.kind != "f" or not np.all(np.isfinite(found)):
        if not found.size:
            return found.astype(np.int64)
        raise EventError(f"scan {scan} has a {what} that is no number; leave that ion out")
    return np.floor(found + 0.5)


def on_raster(run: Run, width: int, height: int) -> Run:
    """Give a run the raster that its file does not say.

    Parameters
    ----------
    run : Run
        Whose raster was assumed.
    width, height : int
        Pixels along x and y.

    Returns
    -------
    Run
        The same ions, each at the same x and y.

    Raises
    ------
    EventError
        If the run has its raster from its file and that is another, or, when the ions are loaded,
        if one is outside.

    Examples
    --------
    >>> run = ion_events([([0, 6], [100, 200])], raster=Raster(width=4, height=4, is_assumed=True))
    >>> on_raster(run, 3, 2).scans[0].hits().pixel
    array([0, 5], dtype=uint32)
    """
    raster = run.raster
    if not raster.is_assumed:
        if (width, height) == (raster.width, raster.height):
            return run
        raise EventError(
            f"the file says that its raster is {raster.width} x {raster.height} pixels, not "
            f"{width} x {height}; a raster is given only where the file does not say it"
        )
    given = Raster(width=width, height=height, field_um=raster.field_um)
    return reloaded(run, lambda _, scan: _moved_onto(scan, raster.width, given), raster=given)


def _moved_onto(scan: Scan, stride: int, raster: Raster) -> Hits:
    hits = scan.hits()
    y, x = np.divmod(hits.pixel, np.uint32(stride))
    if x.size and (x.max() >= raster.width or y.max() >= raster.height):
        raise EventError(
            f"scan {scan.number} has an ion at x {x.max()} or y {y.max()}, outside a raster of "
            f"{raster.width} x {raster.height} pixels; give the raster that was measured"
        )
    return Hits(y * np.uint32(raster.width) + x, hits.channel)


def reloaded(
    run: Run, hits_of: Callable[[int, Scan], Hits], *, raster: Raster | None = None
) -> Run:
    """Give a run whose scans are changed when they are loaded, by place and scan.

    A run from a store, which counts by what lies there unchanged, becomes one that does not.
    """

    def changed(i: int, scan: Scan) -> Scan:
        return Scan(scan.number, lambda: hits_of(i, scan))

    return Run(
        scans=tuple(changed(i, scan) for i, scan in enumerate(run.scans)),
        raster=raster or run.raster,
        polarity=run.polarity,
        scales=run.scales,
        channels=run.channels,
        channel_ps=run.channel_ps,
        sputter_time=run.sputter_time,
        time_from=run.time_from,
        labels=run.labels,
        notes=run.notes,
    )


def times_of(numbers: Sequence[int], seconds: float) -> NDArray[np.float64]:
    """Give the sputter time [s] at the end of each scan, by its number.

    Parameters
    ----------
    numbers : sequence of int
        Of scans, increasing. One that is left out was sputtered too.
    seconds : float
        Of sputtering a scan.

    Examples
    --------
    >>> times_of([0, 1, 5], 2.0)
    array([ 2.,  4., 12.])
    """
    scans = np.asarray(numbers, dtype=np.int64)
    return np.asarray(seconds * (scans - scans[:1] + 1.0), dtype=float)


def gaps_in(numbers: Sequence[int]) -> Finding | None:
    """Say which numbers of scans are left out between the first and the last."""
    scans = np.asarray(numbers, dtype=np.int64)
    at = np.flatnonzero(np.diff(scans) != 1)
    if not at.size:
        return None
    spans = [f"{scans[i] + 1} to {scans[i + 1] - 1}" for i in at[:3]]
    return Finding(
        rule="scans_left_out",
        severity=Severity.WARNING,
        subject="the measurement",
        reported=", ".join(spans) + (" and others" if at.size > 3 else ""),
        message=f"{int(np.sum(np.diff(scans) - 1))} scans between the first and the last are not "
        "in the file; sputter times go by the numbers of scans, as if those had been sputtered",
    )


def beyond_last(beyond: int, events: int, channels: int) -> Finding:
    """Say that ions came after the last channel."""
    return Finding(
        rule="beyond_last_channel",
        severity=Severity.WARNING,
        subject="the measurement",
        message=f"{beyond} of {events} ions came after the longest flight time that the file "
        f"declares ({channels} channels) and are not counted",
    )
