"""What a file of a measurement holds, and the images that are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .images import Images
from .state import default_ions, offered_ions, so_many

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from references.ion import Ion
    from references.registry import Registry
    from tofsims.io import Reading
    from tofsims.recipe import Recipe

    from ...jobs.tofsims.given import Request

__all__ = ["Measurement", "measurement_of", "recipe_with_ions"]

LARGEST = 1024**3
"""Bytes of a cube that is made of events and held in memory; a larger one is looked at in slices.
"""

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """A file, open.

    Parameters
    ----------
    path : Path
    reading : Reading
    offered : tuple of str
        Ions that can be chosen.
    seen : tuple of str
        Those that are followed where none were named.
    """

    path: Path
    reading: Reading
    offered: tuple[str, ...]
    seen: tuple[str, ...]
    _images: dict[Key, Images] = field(default_factory=dict["Key", Images])

    @property
    def has_images(self) -> bool:
        """Whether there is a field to look at."""
        reading = self.reading
        return bool(reading.runs or reading.cubes or reading.format == "imzml")

    @property
    def sentence(self) -> str:
        """Say what the file holds."""
        reading = self.reading
        if reading.runs:
            run = reading.runs[0]
            return (
                f"events of {so_many(len(run.scans), 'scan')} of {run.raster.width} x "
                f"{run.raster.height} pixels, {run.polarity or 'unknown polarity'}"
            )
        if reading.cubes:
            cube = reading.cubes[0]
            sizes = cube.sizes
            return (
                f"images of {so_many(sizes['ion'], 'ion')}, {so_many(sizes['scan'], 'scan')} of "
                f"{sizes['x']} x {sizes['y']} pixels"
            )
        if reading.profiles:
            sizes = reading.profiles[0].sizes
            signals, points = so_many(sizes["ion"], "signal"), so_many(sizes["scan"], "point")
            return f"an exported profile of {signals}, {points}; no images, so no regions"
        return reading.format

    def refuse(self, added: Sequence[Ion], chosen: Sequence[Ion]) -> None:
        """Refuse at once what counting would refuse: an ion that cannot be in the measurement.

        Parameters
        ----------
        added : sequence of Ion
        chosen : sequence of Ion
            Those that are followed already.

        Raises
        ------
        InputError
            If one has the other sign, or the file has neither events nor a signal of it.
        """
        from tofsims.cubenames import named_in_cube
        from tofsims.profile import row_of
        from tofsims.ready import check_polarity

        reading = self.reading
        if reading.runs:
            check_polarity(reading.runs[0], added)
            check_polarity(reading.runs[0], [*chosen, *added])
        elif reading.cubes:
            named_in_cube(reading.cubes[0], added)
        elif reading.profiles:
            for one in added:
                row_of(reading.profiles[0], one.key)

    def images_of(self, recipe: Recipe) -> Images | None:
        """Give the images of a recipe's ions, if they are made."""
        return self._images.get(_key(recipe))

    def make_images(self, recipe: Recipe, registry: Registry) -> Images:
        """Make the images of a recipe's ions, of the whole field.

        Raises
        ------
        DataFileError, InputError
            As the job's.
        """
        made = self._made(recipe.model_copy(update={"region": ""}), registry)
        self._images.clear()
        self._images[_key(recipe)] = made
        return made

    def _made(self, recipe: Recipe, registry: Registry) -> Images:
        from ...jobs.tofsims.given import Request
        from ...jobs.tofsims.measured import images_named

        request = Request.of(recipe)
        if not self.reading.runs:
            cube, _ = images_named(self.reading, request.counted(), request.half_width)
            return Images.of_cube(cube)
        run = self.reading.runs[0]
        raster = run.raster
        cells = len(request.counted()) * len(run.scans) * raster.width * raster.height
        return _of_events(self, request, registry, whole=2 * cells <= LARGEST)


def _of_events(held: Measurement, request: Request, registry: Registry, *, whole: bool) -> Images:
    from tofsims.axis import unit_of

    from ...jobs.tofsims.measured import reduced

    made = reduced(held.reading.runs[0], request, registry, with_cube=whole)
    cube = made.counted.cube
    if cube is None:
        return Images.of_slices(made.slices, unit_of(made.profile))
    return Images.of_cube(cube)


def _key(recipe: Recipe) -> Key:
    """What images depend on."""
    told = recipe.model_dump(exclude={"region", "elements", "window_s", "margin_percent"})
    return tuple(sorted((name, str(value)) for name, value in told.items()))


def measurement_of(path: Path, recipe: Recipe, registry: Registry) -> Measurement:
    """Open a file.

    Raises
    ------
    DataFileError
        If it cannot be read.
    InputError
        If there is nothing to follow ions through.
    """
    import tofsims
    from references.words import InputError

    reading = tofsims.read(path)
    if not (reading.runs or reading.cubes or reading.profiles or reading.format == "imzml"):
        raise InputError(
            f"{path.name} holds spectra and no depth profile, and nothing to show here"
        )
    seen = recipe.ions or default_ions(reading, registry)
    return Measurement(
        path=path,
        reading=reading,
        offered=tuple(offered_ions(reading, registry)),
        seen=tuple(seen),
    )


def recipe_with_ions(recipe: Recipe, held: Measurement) -> Recipe:
    """Give a recipe that names ions: its own, or those that the file holds.

    Raises
    ------
    InputError
        If its own are none.
    """
    from ...jobs.tofsims.given import ions_named

    if not recipe.ions:
        return recipe.model_copy(update={"ions": held.seen})
    named = ions_named(",".join(recipe.ions), "the ions of the recipe")
    return recipe.model_copy(update={"ions": tuple(one.key for one in named)})
