"""What one pass over an ion's images leaves: a slice, two sections, and a coarse volume.

A cube may be larger than memory: it is read some scans at once, and each of them once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

from ..cube import measured_in
from ..placed import scan_edges
from ..reconstruct import bins_of, reached_by, rebinned

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

    from ..placed import Placed

__all__ = ["Axis", "Views", "views_of"]

Array = NDArray[np.float64]

SCANS = 32
"""Scans that are read at once: as a chunk on the disk holds them."""
BAND = 8
"""Part of the field (one in so many), in its middle, that a section is summed over."""
COARSE = 32
"""Blocks of the coarse volume along each axis at most."""
REACHED = 0.99
"""Part of the columns that reach a depth, for it to count as reached by all."""
LABELS = {"nm": "depth / nm", "s": "sputter time / s", "scan": "scan"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Axis:
    """Where pixels, or scans, begin and the last one ends.

    Attributes
    ----------
    edges : (n + 1,) array
    units : str
        ``"um"`` or ``"px"``; of depth ``"nm"``, ``"s"`` or ``"scan"``.
    """

    edges: Array
    units: str

    def said(self, first: int, last: int) -> str:
        """Say from where to where some of it reaches, ``last`` not in it."""
        if self.units == "scan":
            return f"scans {self.edges[first] + 0.5:g} to {self.edges[last] - 0.5:g}"
        units = {"um": "µm", "px": "px"}.get(self.units, self.units)
        return f"{self.edges[first]:.4g} to {self.edges[last]:.4g} {units}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Views:
    """An ion, seen from above and from two sides, and its coarse volume.

    Attributes
    ----------
    ion : str
    xy : (height, width) array
        Counts of each pixel, summed over the chosen scans; like the sections NaN where no pixel
        was measured.
    xz : (scans, width) array
        Counts of a section, summed over a band of rows.
    yz : (scans, height) array
        Summed over a band of columns.
    coarse : (nz, ny, nx) array
        Mean counts of a voxel in each block, of the chosen scans; NaN where none was measured.
    blocks : (Array, Array, Array)
        Edges of the blocks along z, y and x, in voxels.
    x, y, z : Axis
    chosen, rows, columns : (int, int)
        First and one behind the last of what was summed.
    reached : (scans,) array of bool
        Depths that (nearly) every column reaches.
    outside : float
        Counts of columns that could not be placed.
    """

    ion: str
    xy: Array
    xz: Array
    yz: Array
    coarse: Array
    blocks: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
    x: Axis
    y: Axis
    z: Axis
    chosen: tuple[int, int]
    rows: tuple[int, int]
    columns: tuple[int, int]
    reached: NDArray[np.bool_]
    outside: float

    @property
    def label(self) -> str:
        """Of the axis along depth."""
        return LABELS[self.z.units]


def views_of(
    cube: xr.Dataset,
    ion: str,
    *,
    between: tuple[float, float] | None = None,
    placed: Placed | None = None,
) -> Views:
    """Read an ion once, and give what figures need.

    Parameters
    ----------
    cube : Dataset
        Over scans, or over depth as :func:`tofsims.reconstruct` makes it.
    ion : str
    between : (float, float), optional
        Scans (their numbers), or depths in their units, of the slice and of the coarse volume, both
        in it; all that every column reaches if not given.
    placed : Placed, optional
        Where scans lie: the views are over depth, without the whole of it ever in memory.

    Returns
    -------
    Views

    Raises
    ------
    InputError
        If the ion is not in the cube, or nothing lies between.

    Examples
    --------
    >>> from tofsims import ion_cube
    >>> cube = ion_cube(["Cl-"], np.ones((1, 6, 4, 8), dtype=np.uint16))
    >>> seen = views_of(cube, "Cl-", between=(2, 4))
    >>> float(seen.xy[0, 0]), seen.z.said(*seen.chosen)
    (3.0, 'scans 2 to 4')
    """
    names = [str(name) for name in cube["ion"].values]
    if ion not in names:
        raise InputError(f"{ion} is not in the cube; it has {', '.join(names)}")
    one = cube.isel(ion=[names.index(ion)])
    if placed is None:
        along = "depth" if "depth" in cube.dims else "scan"
        z, place = _along(cube), np.asarray(cube[along].values, dtype=float)
        part = cube["reached"].values if "reached" in cube.coords else np.ones(place.size)
        pieces = _by_scans(one["counts"].isel(ion=0).transpose(along, "y", "x"))
    else:
        along, bins = "depth", bins_of(placed)
        z, place = Axis(edges=bins, units=placed.units), 0.5 * (bins[1:] + bins[:-1])
        part, pieces = reached_by(placed, bins), _by_rows(one, placed, bins)
    reached = np.asarray(part >= REACHED, dtype=bool)
    sums = _Sums(_chosen(place, along, between, reached), place.size, measured_in(cube))
    outside = 0.0
    for first, row, piece, lost in pieces:
        sums.add(first, row, piece)
        outside += lost
    return Views(
        ion=ion, xy=sums.seen(sums.xy, sums.measured), xz=sums.seen(sums.xz, sums.over_rows),
        yz=sums.seen(sums.yz, sums.over_columns), coarse=sums.mean(), blocks=sums.blocks,
        x=_lateral(cube, "x"), y=_lateral(cube, "y"), z=z, chosen=sums.chosen, rows=sums.rows,
        columns=sums.columns, reached=reached, outside=outside,
    )  # fmt: skip


class _Sums:
    """Sums of an ion's counts, to which pieces of its volume are added in any order."""

    def __init__(self, chosen: tuple[int, int], scans: int, measured: NDArray[np.bool_]) -> None:
        height, width = measured.shape
        self.chosen, self.measured = chosen, measured
        self.rows, self.columns = _middle(_any(measured, 1)), _middle(_any(measured, 0))
        self.over_rows = _any(measured[slice(*self.rows)], 0)
        self.over_columns = _any(measured[:, slice(*self.columns)], 1)
        self.blocks = chosen[0] + _blocks(chosen[1] - chosen[0]), _blocks(height), _blocks(width)
        self.xy = np.zeros((height, width))
        self.xz, self.yz = np.zeros((scans, width)), np.zeros((scans, height))
        self._coarse = np.zeros(tuple(edges.size - 1 for edges in self.blocks))

    def add(self, first: int, row: int, piece: Array) -> None:
        """Add a piece (scans, rows, width) that begins at a scan and a row."""
        if not self.measured.all():
            piece = np.where(self.measured[row : row + piece.shape[1]], piece, 0.0)
        scans, rows = slice(first, first + piece.shape[0]), slice(row, row + piece.shape[1])
        band = slice(max(self.rows[0] - row, 0), max(self.rows[1] - row, 0))
        self.xz[scans] += piece[:, band].sum(axis=1)
        self.yz[scans, rows] += piece[:, :, self.columns[0] : self.columns[1]].sum(axis=2)
        start, end = (min(max(place - first, 0), piece.shape[0]) for place in self.chosen)
        if start >= end:
            return
        taken = piece[start:end]
        self.xy[rows] += taken.sum(axis=0)
        at: list[slice] = []
        for axis, begin in enumerate((first + start, row, 0)):
            edges = self.blocks[axis]
            size = taken.shape[axis]
            inner = edges[(edges > begin) & (edges < begin + size)] - begin
            block = int(np.searchsorted(edges, begin, side="right")) - 1
            at.append(slice(block, block + inner.size + 1))
            taken = np.add.reduceat(taken, [0, *inner.tolist()], axis=axis)
        self._coarse[tuple(at)] += taken

    def mean(self) -> Array:
        """Mean counts of the voxels of each block that were measured."""
        z, y, x = self.blocks
        pixels = np.add.reduceat(self.measured.astype(float), y[:-1], axis=0)
        voxels = np.diff(z)[:, None, None] * np.add.reduceat(pixels, x[:-1], axis=1)
        return np.where(voxels > 0, self._coarse / np.maximum(voxels, 1.0), np.nan)

    @staticmethod
    def seen(values: Array, measured: NDArray[np.bool_]) -> Array:
        """Give sums, and NaN where no pixel was measured."""
        return values if measured.all() else np.where(measured, values, np.nan)


def _by_scans(counts: xr.DataArray) -> Iterator[tuple[int, int, Array, float]]:
    """Pieces of a volume over scans or depth: the first scan, the first row, counts, none lost."""
    for first in range(0, counts.shape[0], SCANS):
        yield first, 0, np.nan_to_num(counts[first : first + SCANS].values.astype(float)), 0.0


def _by_rows(
    one: xr.Dataset, placed: Placed, bins: Array
) -> Iterator[tuple[int, int, Array, float]]:
    """Pieces of a volume as it is shared out to depth, and counts that are in no bin."""
    for _, rows, found, _, lost in rebinned(one, placed, bins):
        yield 0, rows.start, found, lost


def _chosen(
    place: Array,
    along: str,
    between: tuple[float, float] | None,
    reached: NDArray[np.bool_],
) -> tuple[int, int]:
    """First scan that is summed, and one behind the last."""
    if between is None:
        whole = np.flatnonzero(reached)
        return (int(whole[0]), int(whole[-1]) + 1) if whole.size else (0, place.size)
    inside = np.flatnonzero((place >= between[0]) & (place <= between[1]))
    if not inside.size:
        what = "scan" if along == "scan" else "depth"
        raise InputError(
            f"no {what} lies between {between[0]:g} and {between[1]:g}; there are {place[0]:g} to "
            f"{place[-1]:g}"
        )
    return int(inside[0]), int(inside[-1]) + 1


def _any(measured: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    return np.asarray(measured.any(axis=axis))


def _middle(measured: NDArray[np.bool_]) -> tuple[int, int]:
    """First and one behind the last of a band in the middle of what was measured."""
    there = np.flatnonzero(measured)
    size = int(there[-1] - there[0]) + 1
    many = max(size // BAND, 1)
    first = int(there[0]) + (size - many) // 2
    return first, first + many


def _blocks(size: int) -> NDArray[np.int64]:
    return np.linspace(0, size, min(size, COARSE) + 1).round().astype(np.int64)


def _lateral(cube: xr.Dataset, name: str) -> Axis:
    """An axis of the field, in um where they are known, from the first pixel's edge."""
    size = cube.sizes[name]
    if name not in cube.coords or size < 2:
        return Axis(edges=np.arange(size + 1.0), units="px")
    place = np.asarray(cube[name].values, dtype=float)
    step = float(place[1] - place[0])
    return Axis(edges=place[0] + step * (np.arange(size + 1.0) - 0.5), units="um")


def _along(cube: xr.Dataset) -> Axis:
    """The axis along depth."""
    if "depth" not in cube.dims:
        edges, units = scan_edges(cube)
        return Axis(edges=edges, units=units)
    place = np.asarray(cube["depth"].values, dtype=float)
    step = float(place[1] - place[0]) if place.size > 1 else 1.0
    edges = place[0] + step * (np.arange(place.size + 1.0) - 0.5)
    return Axis(edges=edges, units=str(cube["depth"].attrs["units"]))
