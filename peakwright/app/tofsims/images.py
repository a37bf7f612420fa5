"""Images of ions at a depth: of a cube, in memory or on the disk, or of thick slices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from tofsims.events import Raster
    from tofsims.slices import Slices

__all__ = ["CHANNELS", "Images", "overlaid"]

Array = NDArray[np.float64]

CHANNELS = ("#ff4060", "#20b840", "#3078ff")
"""Colours of an overlay: red, green and blue, all of them light enough to be seen on black."""
CUT = 99.9
"""Percentile of an image that is drawn as brightest."""
KEPT = 48
"""Images that are kept for when they are looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Images:
    """Images of each ion, step by step: a step is a scan, or a slice of some.

    Parameters
    ----------
    ions : tuple of str
    width, height : int
        Pixels.
    first, last : (steps,) arrays
        Sputter time of the first and last scan of each step, or their numbers.
    unit : str
        Of these, ``"s"`` or ``"scan"``.
    word : str
        What a step is called.
    cube : Dataset, optional
    slices : Slices, optional
        One of both.
    pixel_um : float
        Width of a pixel; NaN where not known.
    """

    ions: tuple[str, ...]
    width: int
    height: int
    first: Array
    last: Array
    unit: str
    word: str
    cube: xr.Dataset | None = None
    slices: Slices | None = None
    pixel_um: float = float("nan")
    _kept: dict[tuple[str, int, int], Array] = field(
        default_factory=dict["tuple[str, int, int]", "Array"]
    )

    @classmethod
    def of_cube(cls, cube: xr.Dataset) -> Images:
        """Take those of a cube; of one on the disk only what is looked at is read."""
        has_time = "sputter_time" in cube.coords
        at = cube["sputter_time" if has_time else "scan"].values.astype(float)
        return cls(
            ions=tuple(str(name) for name in cube["ion"].values),
            width=cube.sizes["x"],
            height=cube.sizes["y"],
            first=at,
            last=at,
            unit="s" if has_time else "scan",
            word="scan",
            cube=cube,
            pixel_um=_pixel(cube),
        )

    @classmethod
    def of_slices(cls, slices: Slices, unit: str) -> Images:
        """Take thick slices, where the scans are too many to be held."""
        return cls(
            ions=slices.ions,
            width=slices.counts.shape[3],
            height=slices.counts.shape[2],
            first=slices.first,
            last=slices.last,
            unit=unit,
            word="slice",
            slices=slices,
        )

    @property
    def steps(self) -> int:
        """How many there are."""
        return int(self.first.size)

    @property
    def raster(self) -> Raster:
        """The pixels of the field."""
        from tofsims.events import Raster

        return Raster(width=self.width, height=self.height)

    def about(self, middle: int, many: int) -> tuple[int, int]:
        """Give the first step, and one behind the last, of so many about one; all of them for 0.

        Examples
        --------
        >>> from tofsims import ion_cube
        >>> made = Images.of_cube(ion_cube(["Cl-"], np.ones((1, 9, 2, 2))))
        >>> made.about(4, 3), made.about(0, 5), made.about(8, 5), made.about(3, 0)
        ((3, 6), (0, 5), (4, 9), (0, 9))
        """
        if many <= 0 or many >= self.steps:
            return 0, self.steps
        start = min(max(middle - many // 2, 0), self.steps - many)
        return start, start + many

    def steps_named(self, start: int, stop: int) -> str:
        """Say which steps these are.

        Examples
        --------
        >>> from tofsims import ion_cube
        >>> made = Images.of_cube(ion_cube(["Cl-"], np.ones((1, 9, 2, 2))))
        >>> made.steps_named(0, 9), made.steps_named(2, 5), made.steps_named(8, 9)
        ('all 9 scans', 'scans 3 to 5', 'scan 9')
        """
        if stop - start == 1:
            return f"{self.word} {start + 1}"
        if stop - start == self.steps:
            return f"all {self.steps} {self.word}s"
        return f"{self.word}s {start + 1} to {stop}"

    def place(self, start: int, stop: int) -> str:
        """Say which steps these are, and at which depth."""
        names = self.steps_named(start, stop)
        low, high = float(self.first[start]), float(self.last[stop - 1])
        if self.unit != "s":
            return names
        return f"{names}, {low:g} s" if low == high else f"{names}, {low:g} to {high:g} s"

    def nearest(self, at: float) -> int:
        """Give the step at a sputter time, or at a scan's number."""
        return int(np.abs(0.5 * (self.first + self.last) - at).argmin())

    def summed(self, ion: str, start: int, stop: int) -> Array:
        """Give the image (height, width) of an ion, added up over steps; NaN where there is none.

        Parameters
        ----------
        ion : str
        start, stop : int
            First step, and one behind the last.
        """
        key = ion, start, stop
        if key not in self._kept:
            if len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[key] = self._added(ion, slice(start, stop))
        return self._kept[key]

    def _added(self, ion: str, steps: slice) -> Array:
        from tofsims.cube import measured_in

        i = self.ions.index(ion)
        if self.slices is not None:
            return np.asarray(self.slices.counts[i, steps].sum(axis=0), dtype=float)
        assert self.cube is not None
        counts = self.cube["counts"].isel(ion=i, scan=steps)
        image = np.asarray(counts.sum("scan", skipna=True).values, dtype=float)
        return np.where(measured_in(self.cube), image, np.nan)

    def profile(self, inside: NDArray[np.bool_]) -> xr.Dataset | None:
        """Give the depth profile of a region while it is drawn; ``None`` where that takes long."""
        from tofsims.patch import profile_of_patch

        return None if self.cube is None else profile_of_patch(self.cube, inside)


def _pixel(cube: xr.Dataset) -> float:
    """Width of a pixel [um]."""
    x: Any = cube["x"] if "x" in cube.coords else None
    if x is None or x.size < 2 or x.attrs.get("units") != "um":
        return float("nan")
    return float(x.values[1] - x.values[0])


def overlaid(images: Sequence[Array | None]) -> NDArray[np.uint32]:
    """Lay up to three images over each other, each in its colour, from nothing to its brightest.

    Parameters
    ----------
    images : sequence of (height, width) array or None
        In the order of :data:`CHANNELS`.

    Returns
    -------
    (height, width) array of uint32
        As a browser takes it: alpha, blue, green, red.

    Examples
    --------
    >>> made = overlaid([np.array([[0.0, 1.0]]), None, np.array([[1.0, 0.0]])])
    >>> [hex(int(pixel)) for pixel in made[0]]
    ['0xffff7830', '0xff6040ff']
    """
    there = [(one, color) for one, color in zip(images, CHANNELS, strict=False) if one is not None]
    if not there:
        return np.zeros((1, 1), dtype=np.uint32)
    light = np.zeros((*there[0][0].shape, 3))
    for image, color in there:
        counts = np.nan_to_num(image)
        most = float(np.percentile(counts, CUT)) or float(counts.max()) or 1.0
        rgb = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)], dtype=float)
        light += np.clip(counts / most, 0.0, 1.0)[..., None] * rgb
    red, green, blue = np.moveaxis(np.minimum(light, 255.0).astype(np.uint32), -1, 0)
    return np.asarray((np.uint32(255) << 24) | (blue << 16) | (green << 8) | red, dtype=np.uint32)
