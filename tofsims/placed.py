"""Where each scan lies in each column: below a flat start, an interface, or a topography.

A scan is no plane where the surface, or the rate of sputtering, was none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from references.words import InputError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = ["Placed", "flat_start", "reference_interface", "resampled", "scan_edges", "topography"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """Where scans lie: in a column from ``start + stretch * edges[s]`` to that of ``s + 1``.

    Attributes
    ----------
    start, stretch : (height, width) arrays
        ``start`` in ``units``; NaN where a column cannot be placed.
    edges : (scans + 1,) array
        Where each scan begins, and the last one ends.
    units : str
        ``"nm"`` where a calibration was given; else ``"s"`` of sputter time, or ``"scan"``.
    method : str
    """

    start: Array
    stretch: Array
    edges: Array
    units: str
    method: str

    @property
    def span(self) -> tuple[float, float]:
        """Least and largest depth at which a scan lies."""
        ends = [self.start + self.stretch * edge for edge in (self.edges[0], self.edges[-1])]
        return float(np.nanmin(ends[0])), float(np.nanmax(ends[1]))

    @property
    def step(self) -> float:
        """Depth of a scan: the median of all scans and columns."""
        return float(np.median(np.diff(self.edges)) * np.nanmedian(self.stretch))


def flat_start(cube: xr.Dataset, *, depth_nm: ArrayLike | None = None) -> Placed:
    """Place scans below a surface that was flat, and sputtered evenly.

    Parameters
    ----------
    cube : Dataset
    depth_nm : (scans,) array, optional
        Depth of each scan, where a calibration gives it [nm].

    Returns
    -------
    Placed
        In nm where depths were given, else in seconds of sputter time or in scans.

    Raises
    ------
    InputError
        If depths, or sputter times, do not increase.

    Examples
    --------
    >>> from tofsims import ion_cube
    >>> cube = ion_cube(["Cl-"], np.ones((1, 3, 2, 2), dtype=np.uint16), sputter_time=[2, 4, 6])
    >>> flat_start(cube).edges, flat_start(cube).units
    (array([1., 3., 5., 7.]), 's')
    """
    edges, units = scan_edges(cube, depth_nm)
    field = (cube.sizes["y"], cube.sizes["x"])
    return Placed(
        start=np.zeros(field),
        stretch=np.ones(field),
        edges=edges,
        units=units,
        method="flat start",
    )


def reference_interface(
    cube: xr.Dataset,
    ion: str,
    *,
    depth_nm: ArrayLike | None = None,
    window: tuple[float, float] | None = None,
    median: int = 5,
) -> Placed:
    """Place scans so that an interface lies at one depth.

    Says nothing of the true surface: columns are shifted, so that what is parallel to the interface
    becomes flat.

    Parameters
    ----------
    cube : Dataset
    ion : str
        That rises or falls at the interface.
    depth_nm : (scans,) array, optional
        As for :func:`flat_start`.
    window : (float, float), optional
        Depths, or sputter times, between which the interface is looked for.
    median : int
        Side of the field [pixels] of which each column takes the median.

    Returns
    -------
    Placed
        With the interface at the median of where it was.

    Raises
    ------
    InputError
        If the ion is not in the cube, or fewer than half of the columns show an interface.
    """
    from .interface import interface_of

    names = [str(name) for name in cube["ion"].values]
    if ion not in names:
        raise InputError(f"{ion} is not in the cube; it has {', '.join(names)}")
    edges, units = scan_edges(cube, depth_nm)
    place, known = interface_of(
        cube["counts"].sel(ion=ion), edges, window=window, median=median
    )  # fmt: skip
    return Placed(
        start=float(np.median(place)) - place,
        stretch=np.ones(place.shape),
        edges=edges,
        units=units,
        method=(
            f"interface of {ion} at one depth, found in {100.0 * float(known.mean()):.0f} % of the "
            f"columns, median over {median} x {median} pixels"
        ),
    )


def topography(
    cube: xr.Dataset, before: Array, after: Array, *, progress: ArrayLike | None = None
) -> Placed:
    """Place scans between the surfaces that were measured before and after sputtering.

    ``z = before - (before - after) tau``, with ``tau`` from 0 to 1; depth is counted from the mean
    surface before.

    Parameters
    ----------
    cube : Dataset
    before, after : (height, width) arrays
        Height [nm] of each pixel, of the same field and over the same zero.
    progress : (scans + 1,) array, optional
        ``tau`` at which each scan begins and the last one ends, where the rate was not constant.

    Returns
    -------
    Placed
        In nm.

    Raises
    ------
    InputError
        If a surface is of another raster, material would have grown, or ``tau`` does not rise from
        0 to 1.

    Notes
    -----
    Topography before and after combined with the images between: Terlier et al., Anal. Chem.
    (2018), 10.1021/acs.analchem.7b03431.
    """
    field = (cube.sizes["y"], cube.sizes["x"])
    for name, surface in (("before", before), ("after", after)):
        if surface.shape != field:
            raise InputError(
                f"the surface {name} is {surface.shape[1]} x {surface.shape[0]} pixels, the field "
                f"{field[1]} x {field[0]}; resample it"
            )
    removed = before - after
    if not np.nanmean(removed) > 0:
        raise InputError(
            f"the surface after lies {-float(np.nanmean(removed)):.4g} nm above the one before; "
            "give before, then after, over the same zero"
        )
    if progress is None:
        edges = scan_edges(cube, None)[0]
        tau = (edges - edges[0]) / (edges[-1] - edges[0])
    else:
        tau = np.asarray(progress, dtype=float)
        ends = tau.size == cube.sizes["scan"] + 1 and abs(tau[0]) + abs(tau[-1] - 1.0) < 1e-9
        if not ends or np.any(np.diff(tau) <= 0):
            raise InputError(f"expected {cube.sizes['scan'] + 1} numbers rising from 0 to 1")
    # A pixel that has grown is noise of the topography; it cannot be placed.
    stretch = np.where(removed > 0, removed, np.nan)
    return Placed(
        start=float(np.nanmean(before)) - before,
        stretch=stretch,
        edges=tau,
        units="nm",
        method="between the surfaces before and after",
    )


def resampled(surface: Array, height: int, width: int) -> Array:
    """Give a surface on another raster over the same field.

    Parameters
    ----------
    surface : (rows, columns) array
    height, width : int
        Pixels along y and x.

    Returns
    -------
    (height, width) array
        Means over each pixel where the surface is finer, straight lines between where it is not.

    Examples
    --------
    >>> resampled(np.array([[1.0, 3.0, 5.0, 7.0]] * 2), 1, 2)
    array([[2., 6.]])
    """
    return _along(_along(surface.T, width).T, height)


def _along(values: Array, many: int) -> Array:
    """Resample the first axis."""
    size = values.shape[0]
    if many > size:
        place = (np.arange(many) + 0.5) * size / many - 0.5
        left = np.clip(np.floor(place).astype(int), 0, max(size - 2, 0))
        part = np.clip(place - left, 0.0, 1.0)[:, None]
        return values[left] * (1.0 - part) + values[np.minimum(left + 1, size - 1)] * part
    summed = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    edge: Array = np.arange(many + 1.0) * (size / many)
    low = np.minimum(np.floor(edge).astype(int), size - 1)
    upto = summed[low] + (edge - low)[:, None] * values[low]
    return np.diff(upto, axis=0) * many / size


def scan_edges(cube: xr.Dataset, depth_nm: ArrayLike | None = None) -> tuple[Array, str]:
    """Give where each scan begins and the last one ends: half-way between what is known of them.

    Returns
    -------
    (scans + 1,) array
    str
        ``"nm"``, ``"s"`` or ``"scan"``.
    """
    scans = cube.sizes["scan"]
    if depth_nm is not None:
        middle, units = np.asarray(depth_nm, dtype=float), "nm"
    elif "sputter_time" in cube.coords:
        middle, units = np.asarray(cube["sputter_time"].values, dtype=float), "s"
    else:
        middle, units = np.arange(1.0, scans + 1.0), "scan"
    if middle.shape != (scans,) or not np.all(np.isfinite(middle)) or np.any(np.diff(middle) <= 0):
        raise InputError(
            f"expected {scans} increasing {'depths' if units == 'nm' else 'sputter times'}, one a "
            "scan"
        )
    if scans < 2:
        return np.array([middle[0] - 0.5, middle[0] + 0.5]), units
    between = 0.5 * (middle[1:] + middle[:-1])
    ends = 2.0 * middle[[0, -1]] - between[[0, -1]]
    return np.concatenate([ends[:1], between, ends[1:]]), units
