"""The event store: all ions of a run on the disk by flight time, so that new ions take seconds.

A folder (zarr) of segments, each some scans. In a segment the ions lie by channel: how many each
channel has, and for each ion its place, ``scan in the segment * pixels + pixel``. A window of
masses is one piece of it; what is not asked for is not read. The layout follows that of SIMS-H5's
``mass_csr``.
"""

from __future__ import annotations

import math
import os
import threading
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from references.files import DataFileError, new_folder
from references.words import Finding, InputError, Severity

from .events import MAX_CHANNELS, Hits, Raster, Run, Scan, beyond_last
from .masscal import MassScale
from .streaming import in_order
from .totals import SHIFT, are_few, folded, no_blocks, shift_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from .cube import Layout
    from .streaming import Tally

__all__ = ["FORMAT", "StoredRun", "is_store", "need_zarr", "open_events", "write_events"]

FORMAT = "peakwright.tofsims.events/1"
SEGMENT = 16_000_000
"""Ions about which a segment ends."""
CHUNK = 1 << 18
"""Ions a chunk: what is read at least."""
MAX_SEGMENTS = 100_000
MAX_PIXELS = 1 << 26
MAX_TOLD = 1000
"""Notes and labels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Segment:
    """Some scans of a store: the first of them, how many, and where their ions lie."""

    first: int
    scans: int
    many: Any
    place: Any
    blocks: Any = None

    def edges(self) -> NDArray[np.int64]:
        """Where each channel's ions begin, and the last one's end."""
        many = np.asarray(self.many[:], dtype=np.int64)
        edges = np.zeros(many.size + 1, dtype=np.int64)
        np.cumsum(many, out=edges[1:])
        return edges


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredRun(Run):
    """A run whose ions lie sorted in a store; it counts by reading only what is asked for."""

    segments: tuple[_Segment, ...] = field(default=())
    stored_spectrum: Any = None
    stored_totals: Any = None
    lock: Any = field(default_factory=threading.Lock)

    def sampled(self, scans: int) -> NDArray[np.int64]:  # noqa: ARG002 - it has all of them
        """Give the mass spectrum of all scans: it is stored."""
        return np.asarray(self.stored_spectrum[:], dtype=np.int64)

    def looked_at(self, scans: int) -> int:  # noqa: ARG002 - it has all of them
        """Give how many scans :meth:`sampled` adds up."""
        return len(self.scans)

    def count(
        self,
        layout: Layout,
        tally: Tally,
        *,
        inside: NDArray[np.bool_] | None = None,
        threads: int | None = None,
    ) -> Iterator[tuple[int, NDArray[np.uint32]]]:
        """Count segment by segment; as :meth:`Run.count`."""
        pixels = self.raster.pixels
        times = shift_of(layout.before - layout.after) - SHIFT
        few = are_few(len(self.scans), self.channels, SHIFT)
        if few and times >= 0 and all(segment.blocks is not None for segment in self.segments):
            tally.blocks = folded(self._blocks(inside), times)
        if inside is None:
            tally.spectrum += self.sampled(0)
            tally.totals += np.asarray(self.stored_totals[:], dtype=np.int64)
        # What is outside a region has to be left out of everything, so everything is read.
        pieces = layout.pieces() if inside is None else [(0, self.channels)]

        def work(segment: _Segment) -> NDArray[np.uint32]:
            edges = segment.edges()
            image = np.zeros((segment.scans, layout.member.shape[1], pixels), dtype=np.uint32)
            for start, end in pieces:
                self._count_piece(
                    segment, edges[start : end + 1], start, layout, tally, inside, image
                )
            return image

        for segment, image in in_order(self.segments, work, threads or os.cpu_count() or 1):
            yield segment.first, image

    def _blocks(self, inside: NDArray[np.bool_] | None) -> NDArray[np.uint32]:
        """Counts of each scan in blocks of channels, as they are stored, or those of a region."""
        made = no_blocks(len(self.scans), self.channels, SHIFT)
        for segment in self.segments:
            own = made[segment.first : segment.first + segment.scans]
            if inside is None:
                own[:] = np.asarray(segment.blocks[:]).reshape(own.shape)
                continue
            place = np.asarray(segment.place[:])
            channel = np.arange(self.channels) >> SHIFT
            block = np.repeat(channel, np.diff(segment.edges()))
            scan, pixel = np.divmod(place, np.uint32(self.raster.pixels))
            kept = inside[pixel]
            at = scan[kept].astype(np.int64) * own.shape[1] + block[kept]
            own[:] = np.bincount(at, minlength=own.size).reshape(own.shape)
        return made

    def _count_piece(
        self,
        segment: _Segment,
        edges: NDArray[np.int64],
        start: int,
        layout: Layout,
        tally: Tally,
        inside: NDArray[np.bool_] | None,
        image: NDArray[np.uint32],
    ) -> None:
        """Count the ions of a stretch of channels, from ``start`` on."""
        from .kernel import bin_sorted

        low, high, pixels = int(edges[0]), int(edges[-1]), self.raster.pixels
        if low == high:
            return
        place = np.asarray(segment.place[low:high])
        if place.max() >= segment.scans * pixels:
            raise _outside(self.labels.get("store", "the store"), segment)
        edges = edges - low
        scans = slice(segment.first, segment.first + segment.scans)
        if inside is not None:
            kept = inside[place % pixels]
            place = place[kept]
            # Edges among those that are left: how many of them lie before each.
            so_far = np.zeros(kept.size + 1, dtype=np.int64)
            np.cumsum(kept, out=so_far[1:])
            edges = so_far[edges]
            totals = np.bincount(place // pixels, minlength=segment.scans)
            tally.totals[scans] += totals
            with self.lock:
                tally.spectrum[start : start + edges.size - 1] += np.diff(edges)
        bin_sorted(
            place,
            edges,
            start,
            pixels=pixels,
            slot=layout.slot,
            segment=layout.segment,
            near=tally.near[scans],
            image=image,
        )


def write_events(
    path: str | Path,
    run: Run,
    *,
    source: str = "",
    notes: Sequence[Finding] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Sort the ions of a run into a store.

    Parameters
    ----------
    path : path
        Of a new folder; nothing may be there yet.
    run : Run
    source : str
        What it is made of, for instance the checksum of a file.
    notes : sequence of Finding
        What was said of that file, beside the run's own notes, and is to be said of the store.
    progress : callable, optional
        Told scans done and scans in all.

    Returns
    -------
    Path

    Raises
    ------
    DataFileError
        If the folder is there already, or cannot be written; there is then no half of it.
    InputError
        If zarr is not installed.

    Notes
    -----
    Ions behind the last channel that is declared are left out, and a note of the store says how
    many they were.
    """
    zarr = need_zarr()
    target = Path(path)
    with new_folder(target) as folder:
        root = zarr.open_group(str(folder), mode="w", zarr_format=3)
        spectrum = np.zeros(run.channels, dtype=np.int64)
        totals = np.zeros(len(run.scans), dtype=np.int64)
        starts: list[int] = []
        beyond = 0
        for first, loaded in _segments(run, progress):
            number = len(starts)
            hits = [_declared(one, run.channels) for one in loaded]
            beyond += sum(one.channel.size for one in loaded)
            beyond -= sum(one.channel.size for one in hits)
            starts.append(first)
            many, place = _sorted(hits, run, totals[first : first + len(hits)])
            spectrum += many
            group = root.create_group(f"{number:05d}")
            _put(group, "many", many.astype(np.uint32), chunk=1 << 20)
            _put(group, "place", place, chunk=CHUNK)
            if are_few(len(hits), run.channels, SHIFT):
                _put(group, "blocks", _in_blocks(hits, run.channels).ravel(), chunk=1 << 20)
        _put(root, "spectrum", spectrum, chunk=1 << 20)
        _put(root, "totals", totals, chunk=1 << 20)
        said = [*run.notes, *notes]
        if beyond:
            said.append(beyond_last(beyond, beyond + int(totals.sum()), run.channels))
        root.attrs.update(_told(run, starts, source, list(dict.fromkeys(said))))
    return target


def is_store(path: str | Path) -> bool:
    """Whether a path is a folder that looks like a store."""
    return (Path(path) / "zarr.json").is_file()


def open_events(path: str | Path) -> StoredRun:
    """Open a store.

    Raises
    ------
    DataFileError
        If it is none, or broken.
    InputError
        If zarr is not installed.
    """
    zarr = need_zarr()
    try:
        root = zarr.open_group(str(path), mode="r", zarr_format=3)
        return _opened(Path(path), root, dict(root.attrs))
    except (OSError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise DataFileError(
            path,
            f"is no whole event store ({type(error).__name__}: {str(error)[:120]})",
            action="make it again with `peakwright tofsims store`",
        ) from None


def _opened(path: Path, root: Any, told: dict[str, Any]) -> StoredRun:
    if told.get("format") != FORMAT:
        raise ValueError(f"its format is {str(told.get('format'))[:40]!r}")
    width, height = int(told["width"]), int(told["height"])
    channels = int(told["channels"])
    numbers = [int(n) for n in told["scans"]]
    starts = [*(int(n) for n in told["starts"]), len(numbers)]
    if not (0 < width * height <= MAX_PIXELS and 0 < channels <= MAX_CHANNELS and numbers):
        raise ValueError("its raster, channels or scans cannot be")
    if starts[0] != 0 or np.any(np.diff(starts) <= 0) or len(starts) > MAX_SEGMENTS:
        raise ValueError("its segments do not follow each other")
    segments: list[_Segment] = []
    for i, (first, last) in enumerate(pairwise(starts)):
        group = root[f"{i:05d}"]
        many, place = group["many"], group["place"]
        _expect(many, np.uint32, channels)
        _expect(place, np.uint32, None)
        # Of a store that was made before there were any there are none.
        blocks = group.get("blocks")
        if blocks is not None:
            _expect(blocks, np.uint32, (last - first) * (((channels - 1) >> SHIFT) + 1))
        segments.append(
            _Segment(first=first, scans=last - first, many=many, place=place, blocks=blocks)
        )
    _expect(root["spectrum"], np.int64, channels)
    _expect(root["totals"], np.int64, len(numbers))
    times = told.get("sputter_time")
    scales = tuple(
        MassScale(sf=float(s["sf"]), k0=float(s["k0"]), source=str(s["source"]))
        for s in told["scales"]
    )
    shots, field_um = told.get("shots"), told.get("field_um")
    channel_ps = told.get("channel_ps")
    loaded = _Loaded(str(path), width * height)
    scans = tuple(
        Scan(numbers[s.first + k], _OneScan(loaded, s, k)) for s in segments for k in range(s.scans)
    )
    return StoredRun(
        scans=scans,
        raster=Raster(
            width=width,
            height=height,
            shots=None if shots is None else int(shots),
            field_um=np.nan if field_um is None else float(field_um),
            is_assumed=bool(told.get("raster_is_assumed", False)),
        ),
        polarity=str(told.get("polarity", "")),
        scales=scales,
        channels=channels,
        channel_ps=np.nan if channel_ps is None else float(channel_ps),
        sputter_time=None if times is None else np.array(times, dtype=float),
        time_from=str(told.get("time_from", "")),
        labels={
            **_labels(told.get("labels", {})),
            "store": str(path),
            "source": str(told.get("source", "")),
        },
        notes=_notes(told.get("notes", [])),
        segments=tuple(segments),
        stored_spectrum=root["spectrum"],
        stored_totals=root["totals"],
    )


def _outside(store: str, segment: _Segment) -> DataFileError:
    return DataFileError(
        store,
        "holds an ion outside its raster",
        where=f"{segment.scans} scans from the {segment.first + 1}. on",
        action="make the store again",
    )


def _labels(told: Any) -> dict[str, str]:
    """Labels as a store tells them; of one that was made before there were any, none."""
    if not isinstance(told, dict) or len(cast("dict[Any, Any]", told)) > MAX_TOLD:
        raise ValueError("its labels are none")
    return {str(name): str(text) for name, text in cast("dict[Any, Any]", told).items()}


def _notes(told: Any) -> tuple[Finding, ...]:
    """Notes as a store tells them."""
    if not isinstance(told, list) or len(cast("list[Any]", told)) > MAX_TOLD:
        raise ValueError("its notes are none")
    return tuple(
        Finding(
            rule=str(one["rule"]),
            severity=Severity(one["severity"]),
            subject=str(one["subject"]),
            message=str(one["message"]),
            reported=str(one.get("reported", "")),
            reference=str(one.get("reference", "")),
            deviation=str(one.get("deviation", "")),
            sources=tuple(str(source) for source in one.get("sources", [])),
        )
        for one in cast("list[dict[str, Any]]", told)
    )


@dataclass(slots=True, eq=False)
class _Loaded:
    """The ions of one segment by scan: that of which a scan was asked for last."""

    store: str
    pixels: int
    lock: Any = field(default_factory=threading.Lock)
    segment: _Segment | None = None
    hits: list[Hits] = field(default_factory=list[Hits])

    def of(self, segment: _Segment, number: int) -> Hits:
        """Give the ions of a scan of a segment."""
        with self.lock:
            if self.segment is not segment:
                self.segment, self.hits = segment, self._scans(segment)
            return self.hits[number]

    def _scans(self, segment: _Segment) -> list[Hits]:
        place = np.asarray(segment.place[:])
        many = np.diff(segment.edges())
        channel = np.repeat(np.arange(many.size, dtype=np.uint32), many)
        scan, pixel = np.divmod(place, np.uint32(self.pixels))
        if scan.max(initial=0) >= segment.scans:
            raise _outside(self.store, segment)
        # Numbers of two bytes are sorted ten times as fast.
        order = np.argsort(
            scan.astype(np.uint16 if segment.scans < 1 << 16 else np.uint32), kind="stable"
        )
        pixel, channel = pixel[order], channel[order]
        ends = np.cumsum(np.bincount(scan, minlength=segment.scans))[:-1]
        return [
            Hits(*own) for own in zip(np.split(pixel, ends), np.split(channel, ends), strict=True)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class _OneScan:
    """The ions of one scan, loaded with all of its segment: those of the next are wanted next."""

    loaded: _Loaded
    segment: _Segment
    number: int

    def __call__(self) -> Hits:
        return self.loaded.of(self.segment, self.number)


def _segments(
    run: Run, progress: Callable[[int, int], None] | None
) -> Iterator[tuple[int, list[Hits]]]:
    """Scans in groups of about so many ions."""
    held: list[Hits] = []
    first = ions = 0
    for i, scan in enumerate(run.scans):
        hits = scan.hits()
        held.append(hits)
        ions += hits.channel.size
        if progress is not None:
            progress(i + 1, len(run.scans))
        full = (len(held) + 1) * run.raster.pixels >= 2**32
        if ions >= SEGMENT or full or i + 1 == len(run.scans):
            yield first, held
            held, first, ions = [], i + 1, 0


def _declared(hits: Hits, channels: int) -> Hits:
    """The ions whose channel is one of those that are declared."""
    kept = hits.channel < channels
    return hits if kept.all() else Hits(hits.pixel[kept], hits.channel[kept])


def _in_blocks(hits: Sequence[Hits], channels: int) -> NDArray[np.uint32]:
    """Counts of some scans in blocks of channels."""
    made = no_blocks(len(hits), channels, SHIFT)
    for i, one in enumerate(hits):
        made[i] = np.bincount(one.channel >> SHIFT, minlength=made.shape[1])
    return made


def _sorted(
    hits: Sequence[Hits], run: Run, totals: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Ions of some scans by channel: how many each has, and the places of all."""
    from .kernel import sort_by_channel

    many = np.zeros(run.channels, dtype=np.int64)
    for i, one in enumerate(hits):
        many += np.bincount(one.channel, minlength=run.channels)
        totals[i] = one.channel.size
    place = np.empty(int(many.sum()), dtype=np.uint32)
    ends = np.zeros(run.channels, dtype=np.int64)
    np.cumsum(many[:-1], out=ends[1:])
    for i, one in enumerate(hits):
        sort_by_channel(one.pixel, one.channel, ends, place, i * run.raster.pixels)
    return many, place


def _told(run: Run, starts: list[int], source: str, notes: list[Finding]) -> dict[str, Any]:
    times = run.sputter_time
    return {
        "format": FORMAT,
        "width": run.raster.width,
        "height": run.raster.height,
        "raster_is_assumed": run.raster.is_assumed,
        "shots": run.raster.shots,
        "field_um": run.raster.field_um if math.isfinite(run.raster.field_um) else None,
        "polarity": run.polarity,
        "channels": run.channels,
        "channel_ps": run.channel_ps if math.isfinite(run.channel_ps) else None,
        "scales": [{"sf": s.sf, "k0": s.k0, "source": s.source} for s in run.scales],
        "scans": list(run.numbers),
        "starts": starts,
        "sputter_time": None if times is None else times.tolist(),
        "time_from": run.time_from,
        "source": source,
        "labels": dict(run.labels),
        "notes": [note.to_dict() for note in notes],
    }


def _put(group: Any, name: str, values: NDArray[Any], *, chunk: int) -> None:
    size = max(values.size, 1)
    array = group.create_array(
        name, shape=values.shape, chunks=(min(chunk, size),), dtype=values.dtype
    )
    array[:] = values


def _expect(array: Any, dtype: Any, size: int | None) -> None:
    if array.dtype != np.dtype(dtype) or len(array.shape) != 1:
        raise ValueError(f"an array is {array.dtype} of {len(array.shape)} dimensions")
    if size is not None and array.shape[0] != size:
        raise ValueError(f"an array holds {array.shape[0]} values where {size} were expected")
    if array.chunks[0] > 1 << 24:
        raise ValueError(f"an array has chunks of {array.chunks[0]} values")


def need_zarr() -> Any:
    """Give the package, or say how to install it."""
    try:
        import zarr
    except ImportError:
        raise InputError(
            "zarr is not installed, and stores and cubes on the disk need it; "
            "pip install 'peakwright[cubes]'"
        ) from None
    return zarr
