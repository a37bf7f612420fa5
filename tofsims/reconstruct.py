"""From scans to depth: counts shared out to bins of depth by how far they overlap.

Where scans lie is said by :mod:`tofsims.placed`. No count is lost or made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import xarray as xr
    from numpy.typing import NDArray

    from .placed import Placed

    Array = NDArray[np.float64]

__all__ = ["bins_of", "reached_by", "rebinned", "reconstruct"]

LARGEST = 4 * 1024**3
"""Bytes of counts and variance that are held in memory."""
BLOCK = 1 << 24
"""Numbers of a block of rows that are worked on at once."""
SCANS = 32
"""Scans that are read at once: as a chunk on the disk holds them."""
MOST_BINS = 20_000
KEPT = "y", "x", "mz", "window_low", "window_high", "covered"
CORRELATED = "a scan that lies in two bins makes them correlated: sums over bins have less variance"


def reconstruct(
    cube: xr.Dataset,
    placed: Placed,
    *,
    step: float | None = None,
    into: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Share the counts of scans out to bins of depth.

    Parameters
    ----------
    cube : Dataset
        A lazy one is read piece by piece.
    placed : Placed
    step : float, optional
        Width of a bin, in the units of ``placed``; as deep as a scan if not given.
    into : (array-like, array-like), optional
        Take ``into[0][i, :, rows] = counts`` and ``into[1][i, :, rows] = u`` of an ion: arrays on
        the disk, for what is larger than memory.
    progress : callable, optional
        Told rows done and rows in all, of all ions.

    Returns
    -------
    Dataset
        ``counts`` and ``u`` over ``ion``, ``depth``, ``y``, ``x``; ``depth`` is in nm where a
        calibration was given, else in s of sputter time, or in scans. Neighbouring bins are
        correlated, as the attribute ``covariance`` of ``counts`` says. ``outside`` has the counts
        of each ion in columns that could not be placed; the coordinate ``reached`` is the part of
        the columns that reach all of a bin.

    Raises
    ------
    InputError
        If there would be too many bins, or more than 4 GiB with nothing to take it.

    Notes
    -----
    A scan gives a bin the fraction ``f`` that overlaps it: ``f k`` counts with the variance
    ``f**2 k``, of ``k`` counts as they were registered. Counts, with those outside, are conserved.

    Examples
    --------
    >>> from tofsims import flat_start, ion_cube
    >>> cube = ion_cube(["Cl-"], np.full((1, 4, 2, 2), 6, dtype=np.uint16))
    >>> made = reconstruct(cube, flat_start(cube), step=2.0)
    >>> made["counts"].values[0, :, 0, 0]
    array([12., 12.])
    """
    import xarray as xr

    bins = bins_of(placed, step)
    ions, field = cube.sizes["ion"], (cube.sizes["y"], cube.sizes["x"])
    shape = (ions, bins.size - 1, *field)
    size = 12 * float(np.prod(shape, dtype=float))
    if into is None and size > LARGEST:
        raise InputError(
            f"counts and variance of {' x '.join(map(str, shape))} take {size / 1e9:.1f} GB of "
            "memory; ask for fewer ions or wider bins, or write them to the disk"
        )
    counts, u = into or (np.zeros(shape), np.zeros(shape, np.float32))
    outside = np.zeros(ions)
    for i, rows, found, variance, lost in rebinned(cube, placed, bins):
        counts[i, :, rows], u[i, :, rows] = found, np.sqrt(variance)
        outside[i] += lost
        if progress is not None:
            progress(i * field[0] + rows.stop, ions * field[0])
    kept = [name for name in KEPT if name in cube.coords]
    region = {name: cube[name] for name in ("measured",) if name in cube}
    dims = ("ion", "depth", "y", "x")
    return xr.Dataset(
        {
            "counts": (dims, counts, {"units": "counts", "covariance": CORRELATED}),
            "u": (dims, u, {"units": "counts"}),
            "outside": ("ion", outside, {"units": "counts"}),
            **region,
        },
        coords={
            "ion": cube["ion"].values,
            "depth": ("depth", 0.5 * (bins[1:] + bins[:-1]), {"units": placed.units}),
            "reached": ("depth", reached_by(placed, bins)),
            **{name: cube[name] for name in kept},
        },
        attrs={**cube.attrs, "placed": placed.method},
    )


def rebinned(
    cube: xr.Dataset, placed: Placed, bins: Array
) -> Iterator[tuple[int, slice, Array, Array, float]]:
    """Share counts out to bins of depth, some rows of an ion at once.

    Parameters
    ----------
    cube : Dataset
    placed : Placed
    bins : (bins + 1,) array
        Edges, equally apart.

    Yields
    ------
    int, slice
        Place of the ion, and its rows.
    (bins, rows, width) array, (bins, rows, width) array
        Counts and their variance.
    float
        Counts that are in no bin.
    """
    from .rebin import share_out

    scans, height, width = (cube.sizes[dim] for dim in ("scan", "y", "x"))
    rows = max(BLOCK // max((bins.size - 1) * width, 1), 1)
    for i in range(cube.sizes["ion"]):
        one = cube["counts"].isel(ion=i).transpose("scan", "y", "x")
        for y in range(0, height, rows):
            here = slice(y, min(y + rows, height))
            shape = (bins.size - 1, here.stop - y, width)
            found, variance, outside = np.zeros(shape), np.zeros(shape), 0.0
            for s in range(0, scans, SCANS):
                piece = one.isel(scan=slice(s, s + SCANS), y=here).values
                outside += share_out(
                    np.ascontiguousarray(piece, dtype=float),
                    np.ascontiguousarray(placed.start[here]),
                    np.ascontiguousarray(placed.stretch[here]),
                    placed.edges[s : s + SCANS + 1],
                    bins,
                    found,
                    variance,
                )
            yield i, here, found, variance, outside


def reached_by(placed: Placed, bins: Array) -> Array:
    """Part of the columns that reach all of each bin."""
    top, bottom = (np.ravel(placed.start + placed.stretch * placed.edges[end]) for end in (0, -1))
    known = np.isfinite(top) & np.isfinite(bottom)
    top, bottom = np.sort(top[known]), np.sort(bottom[known])
    slack = 1e-9 * float(np.ptp(bins))
    late = top.size - np.searchsorted(top, bins[:-1] + slack, side="right")
    early = np.searchsorted(bottom, bins[1:] - slack)
    return np.maximum(1.0 - (late + early) / max(top.size, 1), 0.0)


def bins_of(placed: Placed, step: float | None = None) -> Array:
    """Edges of bins over all that is placed."""
    low, high = placed.span
    width = placed.step if step is None else step
    if not (np.isfinite(width) and width > 0):
        raise InputError(f"a depth bin should be wider than zero, not {width:g}")
    many = int(np.ceil((high - low) / width - 1e-9))
    if many > MOST_BINS:
        raise InputError(
            f"{many} bins of {width:g} {placed.units} would be made, and {MOST_BINS} are the most; "
            "make them wider"
        )
    return low + width * np.arange(max(many, 1) + 1.0)
