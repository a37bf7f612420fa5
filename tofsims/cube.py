"""From ion events to a cube: counts of each ion in each scan and pixel, in one pass, scan by scan.

A cube is an :class:`xarray.Dataset` with ``counts`` over ``ion``, ``scan``, ``y``, ``x``, as they
were registered. The pass also leaves the mass spectrum of everything, and for each scan the
channels about the windows, from which :mod:`tofsims.counting` corrects for the dead time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import InputError

from .streaming import Tally
from .thick import Thick, slice_of_scans

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    from .events import Run
    from .masscal import MassScale

__all__ = [
    "CubeError",
    "Layout",
    "Pass",
    "Window",
    "cube_of",
    "integrate",
    "ion_cube",
    "measured_in",
]

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
    before, after : int
        Channels before and after a window that are counted.
    """

    slot: NDArray[np.int32]
    segment: NDArray[np.int16]
    member: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    channel_of_slot: NDArray[np.int64]
    before: int
    after: int

    def about(self, window: int) -> tuple[int, int]:
        """Give the channels that are counted about a window: first, and one behind the last."""
        first, last = int(self.first[window]), int(self.last[window])
        return max(first - self.before, 0), min(last + self.after, self.slot.size)

    def pieces(self) -> list[tuple[int, int]]:
        """Give the stretches of channels that are counted: first, and one behind the last."""
        near = np.zeros(self.slot.size + 2, dtype=bool)
        near[1:-1] = self.slot >= 0
        edges: list[int] = np.flatnonzero(near[1:] != near[:-1]).tolist()
        return list(zip(edges[::2], edges[1::2], strict=True))

    @classmethod
    def of(
        cls,
        windows: Sequence[Window],
        scale: MassScale,
        channels: int,
        dead_window: int,
        beside: int = 0,
    ) -> Layout:
        """Lay windows over channels.

        Counted about each window are so many channels beside it, on both sides, and a dead time
        before those, without which they could not be corrected.

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
                    f"{start} to {end}, and the flight times have 0 to {channels}: its mass was "
                    "not recorded; leave it out"
                )
        edges = np.unique(np.concatenate([first, last]))
        starts, ends = edges[:-1], edges[1:]
        member = (first[:, None] <= starts) & (ends <= last[:, None])
        used = member.any(axis=0)
        starts, ends, member = starts[used], ends[used], member[:, used]
        near, before = np.zeros(channels, dtype=bool), beside + dead_window
        for start, end in zip(first, last, strict=True):
            near[max(start - before, 0) : end + beside] = True
        channel_of_slot = np.flatnonzero(near)
        slot = np.full(channels, -1, dtype=np.int32)
        slot[channel_of_slot] = np.arange(channel_of_slot.size)
        segment = np.full(channel_of_slot.size, -1, dtype=np.int16)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
            segment[slot[start:end]] = number
        return cls(slot, segment, member, first, last, channel_of_slot, before, beside)


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
    slices : (windows, slices, y, x) array
        Counts of scans that follow each other, added up: thick slices, of a size that memory holds.
    slice_of : (scans,) array
        The slice of each scan.
    totals : (scans,) array
        Events of each scan.
    beyond : int
        Events whose flight time is beyond the last channel.
    blocks : (scans, blocks) array or None
        Counts of each scan in blocks of channels (:mod:`tofsims.totals`); ``None`` where not all
        events were looked at.
    """

    spectrum: NDArray[np.int64]
    near: NDArray[np.uint32]
    layout: Layout
    cube: xr.Dataset | None
    slices: NDArray[np.uint16] | NDArray[np.uint32]
    slice_of: NDArray[np.int64]
    totals: NDArray[np.int64]
    beyond: int
    blocks: NDArray[np.uint32] | None = None

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
    beside: int = 0,
    inside: NDArray[np.bool_] | None = None,
    with_cube: bool = True,
    into: Callable[[tuple[int, ...]], Any] | None = None,
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
    beside : int
        Channels beside each window that are counted too, for what lies under a peak.
    inside : (height, width) array of bool, optional
        Region whose events are counted; everything if not given.
    with_cube : bool
        Whether the cube is wanted, beside the spectrum and the channels about the windows.
    into : callable, optional
        Given the cube's shape it makes what takes ``[:, i:j] = images`` of scans, in their order:
        an array on the disk, for a cube that is larger than memory; the pass then holds none.
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
    layout = Layout.of(windows, scale, run.channels, dead_window, beside)
    shape = (len(windows), number, raster.height, raster.width)
    images = None
    if with_cube and into is not None:
        images = into(shape)
    elif with_cube:
        size = 2 * int(np.prod(shape, dtype=float))
        if size > LARGEST:
            raise CubeError(
                f"a cube of {' x '.join(map(str, shape))} takes {size / 1e9:.1f} GB of memory; "
                "write it to a folder on the disk, or ask for fewer ions"
            )
        images = np.zeros(shape, dtype=np.uint16)
    mask = None if inside is None else _mask(inside, raster.height, raster.width)
    tally = Tally.empty(run.channels, number, layout.segment.size)
    slice_of = slice_of_scans(shape)
    thick = Thick((shape[0], int(slice_of[-1]) + 1, *shape[2:]))
    for first, parts in run.count(layout, tally, inside=mask, threads=threads):
        last = first + parts.shape[0]
        summed = _windows(layout, parts, shape[2:])
        for slot in np.unique(slice_of[first:last]).tolist():
            thick.add(slot, summed[:, slice_of[first:last] == slot])
        if images is not None:
            _check_narrow(summed, run.numbers[first])
            images[:, first:last] = summed
        if progress is not None:
            progress(last, number)
    return Pass(
        spectrum=tally.spectrum,
        near=tally.near,
        layout=layout,
        cube=cube_of(run, windows, images, inside) if isinstance(images, np.ndarray) else None,
        slices=thick.counts,
        slice_of=slice_of,
        totals=tally.totals,
        beyond=tally.beyond,
        blocks=tally.blocks,
    )


def _windows(
    layout: Layout, parts: NDArray[np.uint32], shape: tuple[int, ...]
) -> NDArray[np.uint32]:
    """Images of windows, each the sum of its parts: (windows, scans, y, x)."""
    by_part = parts.swapaxes(0, 1)
    which = layout.member.argmax(axis=1)
    if np.all(layout.member.sum(axis=1) == 1):
        # Windows that do not overlap are their parts, mostly in their order: nothing is copied.
        in_order = which.tolist() == list(range(by_part.shape[0]))
        summed = by_part if in_order else by_part[which]
    else:
        summed = np.stack([by_part[row].sum(axis=0, dtype=np.uint32) for row in layout.member])
    return summed.reshape(*summed.shape[:2], *shape)


def _check_narrow(images: NDArray[np.uint32], scan: int) -> None:
    """Refuse what two bytes a pixel do not hold."""
    if images.max(initial=0) > np.iinfo(np.uint16).max:
        raise CubeError(f"about scan {scan} a pixel holds more than 65535 ions of a window")


def _mask(inside: NDArray[np.bool_], height: int, width: int) -> NDArray[np.bool_]:
    if inside.shape != (height, width):
        raise CubeError(
            f"the region is {inside.shape[1]} x {inside.shape[0]} pixels, "
            f"the raster {width} x {height}"
        )
    if not inside.any():
        raise CubeError("the region holds no pixel")
    return np.ascontiguousarray(inside.ravel())


def cube_of(
    run: Run, windows: Sequence[Window], images: Any, inside: NDArray[np.bool_] | None = None
) -> xr.Dataset:
    """Give the cube of a run: counts of its windows, with their coordinates and labels."""
    step = run.raster.field_um / run.raster.width
    return ion_cube(
        [window.ion for window in windows],
        images,
        scan=run.numbers,
        sputter_time=run.sputter_time,
        window=[(window.low, window.high) for window in windows],
        shots=run.raster.shots,
        pixel_um=(step, step),
        polarity=run.polarity,
        measured=inside,
        **run.labels,
    )


def ion_cube(
    ions: Sequence[str],
    counts: Any,
    *,
    scan: ArrayLike | None = None,
    sputter_time: ArrayLike | None = None,
    mz: ArrayLike | None = None,
    window: ArrayLike | None = None,
    shots: float | None = None,
    pixel_um: tuple[float, float] = (np.nan, np.nan),
    polarity: str = "",
    measured: ArrayLike | None = None,
    **labels: str,
) -> xr.Dataset:
    """Build a cube from arrays.

    Parameters
    ----------
    ions : sequence of str
        A name each.
    counts : (ion, scan, y, x) array
        As registered: whole numbers, or real ones with NaN where a pixel was not measured. The
        first row is the one at the least y; nothing is looked at, so that it may lie on the disk.
    scan : (scans,) array, optional
        Numbers of the scans; counted from 1 if not given.
    sputter_time : (scans,) array, optional
        Seconds.
    mz : (ions,) array, optional
        m/z [u]; the middle of the windows if not given.
    window : (ions, 2) array, optional
        Integrated from and to [u].
    shots : float, optional
        Pulses a pixel and scan.
    pixel_um : (float, float)
        Width and height of a pixel [um]; NaN where not known.
    polarity : str
        ``"negative"`` or ``"positive"``.
    measured : (y, x) array of bool, optional
        Pixels that were counted, as of a region; what the counts are elsewhere means nothing. All
        if not given.
    **labels : str
        Further labels.

    Returns
    -------
    xarray.Dataset
        ``counts`` over ``ion``, ``scan``, ``y``, ``x``, and ``measured`` where given; coordinates
        ``mz``, ``window_low``, ``window_high``, ``sputter_time``, ``y`` and ``x`` [um] where known,
        and ``shots``.

    Raises
    ------
    CubeError
        If shapes disagree.

    Examples
    --------
    >>> made = ion_cube(["Cl-"], np.ones((1, 2, 4, 4), dtype=np.uint16), pixel_um=(2.0, 2.0))
    >>> made["x"].values
    array([1., 3., 5., 7.])
    """
    import xarray as xr

    if len(counts.shape) != 4 or counts.shape[0] != len(ions) or 0 in counts.shape:
        raise CubeError(
            f"expected counts over {len(ions)} ions, scans, y and x, got {tuple(counts.shape)}"
        )
    _, scans, height, width = counts.shape
    places: dict[str, Any] = {
        "ion": [str(name) for name in ions],
        "scan": np.arange(1, scans + 1) if scan is None else np.asarray(scan, dtype=np.int64),
        "shots": np.nan if shots is None else shots,
    }
    if window is not None:
        edges = np.asarray(window, dtype=float)
        places["window_low"] = ("ion", edges[:, 0], {"units": "u"})
        places["window_high"] = ("ion", edges[:, 1], {"units": "u"})
        mz = edges.mean(axis=1) if mz is None else mz
    if mz is not None:
        places["mz"] = ("ion", np.asarray(mz, dtype=float), {"units": "u"})
    for name, size, step in (("y", height, pixel_um[1]), ("x", width, pixel_um[0])):
        if np.isfinite(step):
            places[name] = (name, step * (np.arange(size) + 0.5), {"units": "um"})
    if sputter_time is not None:
        places["sputter_time"] = ("scan", np.asarray(sputter_time, dtype=float), {"units": "s"})
    variables: dict[str, Any] = {"counts": (("ion", "scan", "y", "x"), counts, {"units": "counts"})}
    if measured is not None:
        variables["measured"] = (("y", "x"), _region(measured, height, width))
    try:
        return xr.Dataset(
            variables,
            coords=places,
            attrs={"polarity": polarity, **labels},
        )
    except ValueError as error:
        raise CubeError(f"the cube's coordinates do not fit its counts: {error}") from None


def _region(measured: ArrayLike, height: int, width: int) -> NDArray[np.bool_]:
    inside = np.asarray(measured)
    if inside.dtype != np.bool_ or inside.shape != (height, width) or not inside.any():
        raise CubeError(
            f"what was measured should mark some of {width} x {height} pixels as true, and has "
            f"shape {inside.shape} of {inside.dtype}"
        )
    return inside


def measured_in(cube: xr.Dataset) -> NDArray[np.bool_]:
    """Give the pixels of a cube that were counted: (y, x), all where it does not say.

    Examples
    --------
    >>> cube = ion_cube(["Cl-"], np.ones((1, 1, 1, 2)), measured=[[True, False]])
    >>> measured_in(cube)
    array([[ True, False]])
    """
    if "measured" not in cube:
        return np.ones((cube.sizes["y"], cube.sizes["x"]), dtype=bool)
    return np.asarray(cube["measured"].transpose("y", "x").values, dtype=bool)
