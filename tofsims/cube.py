"""From ion events to a cube: counts of each ion in each scan and pixel, in one pass, scan by scan.

A cube is an :class:`xarray.Dataset` with ``counts`` over ``ion``, ``scan``, ``y``, ``x``, as they
were registered. The pass also leaves the mass spectrum of everything, and for each scan the
channels about the windows, from which :mod:`tofsims.depth` corrects for the dead time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import InputError

from .streaming import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from .events import Run
    from .masscal import MassScale

__all__ = ["CubeError", "Layout", "Pass", "Window", "integrate"]

LARGEST = 4 * 1024**3
"""Bytes of a cube that is held in memory."""


class CubeError(InputError):
    """What was asked for cannot be integrated: why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Where an ion is integrated.

    Parameters
    ----------
    ion : str
    low, high : float
        m/z [u].
    """

    ion: str
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Windows laid over the channels: parts between their edges, and the channels about them.

    Windows may overlap: an event in two of them counts in both, as each window is the sum of its
    parts.

    Attributes
    ----------
    slot : (channels,) array
        Where a channel is counted among those near a window; -1 where it is not.
    segment : (slots,) array
        Part of the windows that a slot is in; -1 where in none.
    member : (windows, segments) array of bool
        Which parts a window is made of.
    first, last : (windows,) arrays
        Channels of each window, ``last`` not in it.
    channel_of_slot : (slots,) array
    """

    slot: NDArray[np.int32]
    segment: NDArray[np.int16]
    member: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    channel_of_slot: NDArray[np.int64]

    def pieces(self) -> list[tuple[int, int]]:
        """Give the stretches of channels that are counted: first, and one behind the last."""
        near = np.zeros(self.slot.size + 2, dtype=bool)
        near[1:-1] = self.slot >= 0
        edges: list[int] = np.flatnonzero(near[1:] != near[:-1]).tolist()
        return list(zip(edges[::2], edges[1::2], strict=True))

    @classmethod
    def of(
        cls, windows: Sequence[Window], scale: MassScale, channels: int, dead_window: int
    ) -> Layout:
        """Lay windows over channels, with so many channels before each.

        Raises
        ------
        CubeError
            If a window is outside the channels, or empty.
        """
        if not windows:
            raise CubeError("no window to integrate; name an ion")
        first = np.ceil(scale.channel([w.low for w in windows])).astype(np.int64)
        last = np.ceil(scale.channel([w.high for w in windows])).astype(np.int64)
        for window, start, end in zip(windows, first, last, strict=True):
            if start < 0 or end > channels or start >= end:
                raise CubeError(
                    f"{window.ion} at m/z {window.low:.4f} to {window.high:.4f} is at channels "
                    f"{start} to {end}, and the flight times have 0 to {channels}"
                )
        edges = np.unique(np.concatenate([first, last]))
        starts, ends = edges[:-1], edges[1:]
        member = (first[:, None] <= starts) & (ends <= last[:, None])
        used = member.any(axis=0)
        starts, ends, member = starts[used], ends[used], member[:, used]
        near = np.zeros(channels, dtype=bool)
        for start, end in zip(first, last, strict=True):
            near[max(start - dead_window, 0) : end] = True
        channel_of_slot = np.flatnonzero(near)
        slot = np.full(channels, -1, dtype=np.int32)
        slot[channel_of_slot] = np.arange(channel_of_slot.size)
        segment = np.full(channel_of_slot.size, -1, dtype=np.int16)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
            segment[slot[start:end]] = number
        return cls(slot, segment, member, first, last, channel_of_slot)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pass:
    """What one pass over the events leaves.

    Attributes
    ----------
    spectrum : (channels,) array
        Counts of everything.
    near : (scans, slots) array
        Counts of each scan in the channels about the windows.
    layout : Layout
    cube : Dataset or None
    totals : (scans,) array
        Events of each scan.
    beyond : int
        Events whose flight time is beyond the last channel.
    """

    spectrum: NDArray[np.int64]
    near: NDArray[np.uint32]
    layout: Layout
    cube: xr.Dataset | None
    totals: NDArray[np.int64]
    beyond: int

    @property
    def events(self) -> int:
        """Events in all."""
        return int(self.totals.sum())


def integrate(
    run: Run,
    windows: Sequence[Window],
    scale: MassScale,
    *,
    dead_window: int,
    inside: NDArray[np.bool_] | None = None,
    with_cube: bool = True,
    into: Any = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Pass:
    """Bin the events of a run.

    Parameters
    ----------
    run : Run
    windows : sequence of Window
    scale : MassScale
    dead_window : int
        Dead time in channels.
    inside : (height, width) array of bool, optional
        Region whose events are counted; everything if not given.
    with_cube : bool
        Whether the cube is wanted, beside the spectrum and the channels about the windows.
    into : array-like, optional
        Takes ``into[:, i:j] = images`` of scans, of shape (ion, scan, y, x): an array on the
        disk, for a cube that is larger than memory.
    threads : int, optional
    progress : callable, optional
        Told scans done and scans in all.

    Returns
    -------
    Pass

    Raises
    ------
    CubeError
        If a window is outside, or the cube larger than 4 GiB with nothing to take it.
    """
    raster, number = run.raster, len(run.numbers)
    layout = Layout.of(windows, scale, run.channels, dead_window)
    shape = (len(windows), number, raster.height, raster.width)
    images = into
    if with_cube and into is None:
        size = 2 * int(np.prod(shape, dtype=float))
        if size > LARGEST:
            raise CubeError(
                f"a cube of {' x '.join(map(str, shape))} takes {size / 1e9:.1f} GB of memory; "
                "write it to a folder on the disk, or ask for fewer ions"
            )
        images = np.zeros(shape, dtype=np.uint16)
    mask = None if inside is None else _mask(inside, raster.height, raster.width)
    tally = Tally.empty(run.channels, number, layout.segment.size)
    for first, parts in run.count(layout, tally, inside=mask, threads=threads):
        last = first + parts.shape[0]
        if with_cube:
            images[:, first:last] = _windows(layout, parts, run.numbers[first], shape[2:])
        if progress is not None:
            progress(last, number)
    return Pass(
        spectrum=tally.spectrum,
        near=tally.near,
        layout=layout,
        cube=_cube(run, windows, images) if with_cube else None,
        totals=tally.totals,
        beyond=tally.beyond,
    )


def _windows(
    layout: Layout, parts: NDArray[np.uint32], scan: int, shape: tuple[int, ...]
) -> NDArray[np.uint16]:
    """Images of windows, each the sum of its parts: (windows, scans, y, x)."""
    summed = np.stack([parts[:, row].sum(axis=1) for row in layout.member])
    if summed.max(initial=0) > np.iinfo(np.uint16).max:
        raise CubeError(f"about scan {scan} a pixel holds more than 65535 ions of a window")
    return summed.astype(np.uint16).reshape(*summed.shape[:2], *shape)


def _mask(inside: NDArray[np.bool_], height: int, width: int) -> NDArray[np.bool_]:
    if inside.shape != (height, width):
        raise CubeError(
            f"the region is {inside.shape[1]} x {inside.shape[0]} pixels, "
            f"the raster {width} x {height}"
        )
    if not inside.any():
        raise CubeError("the region holds no pixel")
    return np.ascontiguousarray(inside.ravel())


def _cube(run: Run, windows: Sequence[Window], images: Any) -> xr.Dataset:
    import xarray as xr

    step = run.raster.field_um / run.raster.width
    places: dict[str, Any] = {
        "ion": [window.ion for window in windows],
        "scan": list(run.numbers),
        "window_low": ("ion", [window.low for window in windows], {"units": "u"}),
        "window_high": ("ion", [window.high for window in windows], {"units": "u"}),
        "shots": run.raster.shots if run.raster.shots is not None else np.nan,
    }
    if np.isfinite(step):
        places["y"] = ("y", step * (np.arange(run.raster.height) + 0.5), {"units": "um"})
        places["x"] = ("x", step * (np.arange(run.raster.width) + 0.5), {"units": "um"})
    if run.sputter_time is not None:
        places["sputter_time"] = ("scan", run.sputter_time, {"units": "s"})
    return xr.Dataset(
        {"counts": (("ion", "scan", "y", "x"), images, {"units": "counts"})},
        coords=places,
        attrs={"polarity": run.polarity, **run.labels},
    )
