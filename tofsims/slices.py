"""Thick slices of a measurement: images of scans that follow each other, added up.

They are few enough for memory, whatever the measurement's size, and hold what is asked about the
field: is an ion spread evenly, and does the dead-time correction of the field's sum hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .cube import measured_in
from .field import Field, field_of
from .profile import position
from .thick import slice_of_scans
from .unevenness import findings_of_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from references.words import Finding

    from .cube import Pass

__all__ = ["Slices", "slices_of_cube", "slices_of_pass"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slices:
    """Images of each ion in each slice.

    Attributes
    ----------
    ions : tuple of str
    counts : (ions, slices, height, width) array
        As registered; NaN where a pixel is not in the region or was not measured.
    shots : (slices,) array
        Of a pixel; NaN where not known.
    first, last : (slices,) arrays
        Sputter time [s] of the first and last scan of each, or their numbers.
    """

    ions: tuple[str, ...]
    counts: NDArray[np.float32]
    shots: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]

    def within(self, low: float, high: float) -> Slices:
        """Give the slices that lie wholly in a window of sputter time; perhaps none."""
        kept = (self.first >= low) & (self.last <= high)
        return replace(
            self,
            counts=self.counts[:, kept],
            shots=self.shots[kept],
            first=self.first[kept],
            last=self.last[kept],
        )

    def of(self, ions: Sequence[str]) -> Slices:
        """Give those of some ions, in their order; of one that has no images they are empty."""
        missing = np.full(self.counts.shape[1:], np.nan, dtype=np.float32)
        index = {name: i for i, name in enumerate(self.ions)}
        counts = [self.counts[index[name]] if name in index else missing for name in ions]
        return replace(self, ions=tuple(ions), counts=np.stack(counts))

    def fields(self, margin_percent: float) -> tuple[Field, ...]:
        """Judge how evenly each ion is spread, all of them at one level."""
        # Of unknown shots chance is Poisson's, which is wider.
        shots = np.where(np.isfinite(self.shots), self.shots, np.inf)
        return tuple(
            field_of(name, images, shots, margin_percent=margin_percent, among=len(self.ions))
            for name, images in zip(self.ions, self.counts, strict=True)
        )

    def findings(self) -> list[Finding]:
        """Say where the field is so uneven that the dead-time correction of its sum is off."""
        if not self.shots.size or not np.isfinite(self.shots).all():
            return []
        images = {
            name: one.sum(axis=0, dtype=float)
            for name, one in zip(self.ions, self.counts, strict=True)
        }
        return findings_of_field(images, float(self.shots.sum()))


def slices_of_pass(
    counted: Pass,
    profile: xr.Dataset,
    *,
    shots: float | None,
    inside: NDArray[np.bool_] | None = None,
) -> Slices:
    """Give the slices that a pass over events has kept.

    Parameters
    ----------
    counted : Pass
    profile : Dataset
        What was made of it, scan by scan.
    shots : float or None
        Of a pixel and scan.
    inside : (height, width) array of bool, optional
        The region that was counted.
    """
    # As they are whole numbers that memory holds, half the digits hold them too.
    counts = counted.slices.astype(np.float32)
    if inside is not None:
        counts[:, :, ~inside] = np.nan
    return _slices(profile, counts, counted.slice_of, np.nan if shots is None else float(shots))


def slices_of_cube(
    cube: xr.Dataset, profile: xr.Dataset, inside: NDArray[np.bool_] | None = None
) -> Slices:
    """Add the images of a cube up to slices; a cube on the disk is read slice by slice.

    What is not in the region, or was not measured, is NaN.

    Parameters
    ----------
    cube : Dataset
        As :func:`tofsims.ion_cube` makes it.
    profile : Dataset
        What was made of it: scans that it lacks were not measured.
    inside : (height, width) array of bool, optional
        Region.
    """
    held = np.flatnonzero(np.isin(cube["scan"].values, profile["scan"].values))
    ions, *field = (cube.sizes[dim] for dim in ("ion", "y", "x"))
    slice_of = slice_of_scans((ions, held.size, *field))
    counts = np.empty((ions, int(slice_of[-1]) + 1, *field), dtype=np.float32)
    for number in range(counts.shape[1]):
        part = cube["counts"].isel(scan=held[slice_of == number])
        counts[:, number] = part.sum("scan", skipna=False).values
    region = measured_in(cube) if inside is None else inside & measured_in(cube)
    counts[:, :, ~region] = np.nan
    known = float(cube.coords["shots"].item()) if "shots" in cube.coords else np.nan
    return _slices(profile, counts, slice_of, known)


def _slices(
    profile: xr.Dataset,
    counts: NDArray[np.float32],
    slice_of: NDArray[np.int64],
    shots: float,
) -> Slices:
    at, many = position(profile), np.bincount(slice_of)
    ends = np.cumsum(many)
    return Slices(
        ions=tuple(str(name) for name in profile["ion"].values),
        counts=counts,
        shots=np.asarray(shots * many, dtype=float),
        first=np.asarray(at[ends - many], dtype=float),
        last=np.asarray(at[ends - 1], dtype=float),
    )
