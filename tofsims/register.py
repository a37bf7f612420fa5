"""Drift of the field from scan to scan: found from images of ions, and taken off.

Scans are pooled until two pools hold enough counts to be registered. Each pool is compared with the
next one and with those 2, 4, 8 ... farther, so that neither a change of the scene nor a chain of
small errors carries the answer away. What is found is smoothed over scans as much as the pools
agree with it, and taken off the coordinates of the ions: images are never interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import InputError

from .correlation import Plane, displacement
from .smoothed import smoothed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from .correlation import Displacement
    from .cube import Window
    from .events import Run

__all__ = ["Drift", "NotRegistered", "register"]

POOLS = 64
"""Pools of scans at most."""
FEWEST = 4
"""Pools at least: fewer tell no drift."""
ENOUGH = 10_000.0
"""Counts a pool to begin with."""
PRECISE = 0.3
"""Standard uncertainty [pixels] of two neighbouring pools with which pooling ends."""
SEEN = 4.5
"""Height of the correlation, in standard deviations of chance, from which a pair counts."""
CONNECTED = 0.5
"""Part of the neighbouring pools that must have something in common."""


class NotRegistered(InputError):  # noqa: N818 - what it says is the answer, not a fault
    """Images that cannot be registered: what is missing in them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drift:
    """Where the field was in each scan.

    Attributes
    ----------
    scan : (scans,) array
        Numbers of the scans.
    shift_x, shift_y : (scans,) arrays
        How far what is in the field lies displaced, from its mean over all scans [pixels].
    u_x, u_y : (scans,) arrays
        Their standard uncertainties from counting alone: with few pools, or fine texture that a
        pixel does not resolve, simulated errors were one and a half to three times as large.
    pooled : tuple of (int, int)
        First and last place of the scans that were pooled.
    height, width : int
        Of the field [pixels].
    method : str
    """

    scan: NDArray[np.int64]
    shift_x: NDArray[np.float64]
    shift_y: NDArray[np.float64]
    u_x: NDArray[np.float64]
    u_y: NDArray[np.float64]
    pooled: tuple[tuple[int, int], ...]
    height: int
    width: int
    method: str

    @property
    def offset(self) -> NDArray[np.int64]:
        """Whole pixels that each scan is moved by, along x and y.

        The middle of a pixel at ``x + 1/2`` goes to ``x + 1/2 - shift``, and into the pixel that
        this lies in: rounded down, on either side of zero.
        """
        shifts = np.stack([self.shift_x, self.shift_y], axis=1)
        return np.floor(0.5 - shifts).astype(np.int64)

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Pixels that every scan covers when it has been moved, over y and x."""
        inside = np.zeros((self.height, self.width), dtype=bool)
        (left, below), (right, above) = self.offset.max(axis=0), self.offset.min(axis=0)
        inside[
            max(below, 0) : max(self.height + min(above, 0), 0),
            max(left, 0) : max(self.width + min(right, 0), 0),
        ] = True
        return inside

    @property
    def lost_pixels(self) -> int:
        """Pixels of the field that not every scan covers."""
        return self.height * self.width - int(self.covered.sum())

    @property
    def sentence(self) -> str:
        """Say how far the field moved, and what is left of it."""
        span = [float(np.ptp(shift)) for shift in (self.shift_x, self.shift_y)]
        largest = max(float(self.u_x.max()), float(self.u_y.max()))
        return (
            f"the field moved over {span[0]:.2f} pixels along x and {span[1]:.2f} along y (u up to "
            f"{largest:.2f}); {self.lost_pixels} of {self.height * self.width} pixels are not "
            "covered by every scan"
        )

    def to_dict(self) -> dict[str, Any]:
        """Give it for a document."""
        return {
            "scan": self.scan.tolist(),
            "shift_x": self.shift_x.tolist(),
            "shift_y": self.shift_y.tolist(),
            "u_x": self.u_x.tolist(),
            "u_y": self.u_y.tolist(),
            "pooled": [list(pool) for pool in self.pooled],
            "lost_pixels": self.lost_pixels,
            "method": self.method,
        }


def register(
    measured: Run | xr.Dataset,
    ion: str = "total",
    *,
    window: Window | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Drift:
    """Find the drift of the field over the scans.

    Parameters
    ----------
    measured : Run or Dataset
        Ion events, or a cube.
    ion : str
        Of a cube: one of its ions, or ``"total"`` for the sum of all.
    window : Window, optional
        Of events: masses that are taken, by the run's own scale; all ions if not given.
    progress : callable, optional
        Told scans read and scans in all.

    Returns
    -------
    Drift

    Raises
    ------
    NotRegistered
        If the images hold too few counts, or nothing that could be followed.
    InputError
        If the ion is not in the cube, or the run has no mass scale for a window.

    Notes
    -----
    Structure that is fixed to the raster, such as a shadow or a dead part of the detector, does not
    move with the sample and draws the answer towards zero. Where one scene passes into another one
    altogether, chance likenesses of the two draw it by more than ``u`` says: name an ion that is
    there all the way.

    Examples
    --------
    >>> from tofsims import ion_cube
    >>> draw, (y, x) = np.random.default_rng(0), np.mgrid[:48, :48]
    >>> def scene(dx):
    ...     spots = [(12, 14), (30, 9), (22, 33), (38, 36)]
    ...     return 1 + sum(9 * np.exp(-((x - a - dx)**2 + (y - b)**2) / 12) for a, b in spots)
    >>> counts = np.stack([draw.poisson(4 * scene(0.1 * s)) for s in range(40)])[None]
    >>> drift = register(ion_cube(["Cl-"], counts.astype(np.uint16)))
    >>> round(float(drift.shift_x[-1] - drift.shift_x[0]), 0)
    4.0
    """
    numbers, shape, images = _images(measured, ion, window)
    held: list[NDArray[np.float64]] = []
    most = -(-len(numbers) // POOLS)
    # No more than the pools is ever in memory; single scans are not needed again.
    for i, image in enumerate(images):
        if i % most == 0:
            held.append(np.zeros(shape))
        held[-1] += image
        if progress is not None:
            progress(i + 1, len(numbers))
    ends = [(i * most, min((i + 1) * most, len(numbers)) - 1) for i in range(len(held))]
    return _followed(np.asarray(numbers), held, ends, ion if window is None else window.ion)


def _images(
    measured: Run | xr.Dataset, ion: str, window: Window | None
) -> tuple[Sequence[int], tuple[int, int], Iterator[NDArray[np.float64]]]:
    """Numbers of the scans, the field, and an image of each scan when it is its turn."""
    from .events import Run

    if isinstance(measured, Run):
        raster = measured.raster
        return measured.numbers, (raster.height, raster.width), _of_events(measured, window)
    names = [str(name) for name in measured["ion"].values]
    if ion not in {"total", *names}:
        raise InputError(f"{ion} is not in the cube; it has total, {', '.join(names)}")
    taken = measured["counts"] if ion == "total" else measured["counts"].sel(ion=[ion])
    sizes = measured.sizes
    return measured["scan"].values.tolist(), (sizes["y"], sizes["x"]), _of_cube(taken)


def _of_events(run: Run, window: Window | None) -> Iterator[NDArray[np.float64]]:
    raster = run.raster
    if window is not None and run.scale is None:
        raise InputError(f"the run has no mass scale by which {window.ion} could be told")
    for scan in run.scans:
        hits = scan.hits()
        pixel = hits.pixel
        if window is not None and run.scale is not None:
            mz = run.scale.mz(hits.channel)
            pixel = pixel[(mz >= window.low) & (mz < window.high)]
        many = np.bincount(pixel, minlength=raster.pixels).astype(float)
        yield many.reshape(raster.height, raster.width)


def _of_cube(counts: xr.DataArray) -> Iterator[NDArray[np.float64]]:
    """Images of scans, read by as many scans as a chunk on the disk holds."""
    for first in range(0, counts.sizes["scan"], 32):
        piece = counts.isel(scan=slice(first, first + 32)).sum("ion")
        yield from np.nan_to_num(piece.transpose("scan", "y", "x").values.astype(float))


def _followed(
    numbers: NDArray[np.int64],
    images: list[NDArray[np.float64]],
    ends: list[tuple[int, int]],
    ion: str,
) -> Drift:
    """Pool until neighbours can be registered; then compare, smooth, and give it for each scan."""
    plane = Plane.of(*images[0].shape)
    total = sum(float(image.sum()) for image in images)
    while len(images) >= FEWEST:
        if total >= ENOUGH * len(images):
            pairs = _neighbours(images, plane)
            if _suffice(pairs):
                return _smoothed(numbers, images, ends, pairs, plane, ion)
        images = [sum(images[i : i + 2], np.zeros_like(images[0])) for i in _evens(images)]
        ends = [(ends[i][0], ends[min(i + 1, len(ends) - 1)][1]) for i in _evens(ends)]
    raise NotRegistered(
        f"the images of {ion} ({total:.0f} counts over {len(numbers)} scans) cannot be registered: "
        "they show no structure above counting noise that could be followed from scan to scan; "
        "name an ion that has structure, or leave the field as it is"
    )


def _evens(items: Sequence[Any]) -> range:
    return range(0, len(items), 2)


def _neighbours(
    images: list[NDArray[np.float64]], plane: Plane
) -> dict[tuple[int, int], Displacement]:
    return {
        (i, i + 1): displacement(images[i], images[i + 1], plane) for i in range(len(images) - 1)
    }


def _good(one: Displacement) -> bool:
    return one.height >= SEEN and np.isfinite(one.u_x) and np.isfinite(one.u_y)


def _suffice(pairs: dict[tuple[int, int], Displacement]) -> bool:
    good = [one for one in pairs.values() if _good(one)]
    if len(good) < CONNECTED * len(pairs):
        return False
    return bool(np.median([max(one.u_x, one.u_y) for one in good]) <= PRECISE)


def _smoothed(
    numbers: NDArray[np.int64],
    images: list[NDArray[np.float64]],
    ends: list[tuple[int, int]],
    pairs: dict[tuple[int, int], Displacement],
    plane: Plane,
    ion: str,
) -> Drift:
    """Compare pools farther apart too, and smooth what all say."""
    chain = np.zeros((len(images), 2))
    for (i, j), one in pairs.items():
        chain[j] = chain[i] + ((one.x, one.y) if _good(one) else (0.0, 0.0))
    lag = 2
    while lag < len(images):
        for i in range(len(images) - lag):
            x, y = (float(away) for away in chain[i + lag] - chain[i])
            if max(abs(x) / plane.fx.size / 2, abs(y) / plane.fy.size) < 0.5:
                pairs[i, i + lag] = displacement(images[i], images[i + lag], plane, near=(x, y))
        lag *= 2
    kept = {pair: one for pair, one in pairs.items() if _good(one)}
    index = np.array(list(kept), dtype=np.int64)
    middle = np.array([0.5 * (first + last) for first, last in ends])
    found: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for axis in ("x", "y"):
        away = np.array([getattr(one, axis) for one in kept.values()])
        u = np.array([getattr(one, f"u_{axis}") for one in kept.values()])
        found.append(smoothed(index, away, u, middle, len(numbers)))
    (shift_x, u_x), (shift_y, u_y) = found
    return Drift(
        scan=numbers,
        shift_x=shift_x,
        shift_y=shift_y,
        u_x=u_x,
        u_y=u_y,
        pooled=tuple(ends),
        height=images[0].shape[0],
        width=images[0].shape[1],
        method=f"phase correlation of {ion}, {len(images)} pools of scans, {len(kept)} pairs",
    )
