"""A file and what was asked of it: its depth profiles, and whether they are uniform.

Events are reduced, images summed, exports taken as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from references.words import Finding, InputError, Severity

from ..job import no_progress
from .given import (
    field_corrected_by,
    ions_named,
    notes_left,
    rastered,
    region_of,
    scale_given,
    timed,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import xarray as xr

    from references.ion import Ion
    from references.registry import Registry
    from tofsims.cube import Window
    from tofsims.events import Run
    from tofsims.io import Reading
    from tofsims.masscal import Calibration
    from tofsims.reduce import Reduced
    from tofsims.slices import Slices
    from tofsims.verdict import Uniformity

    from .given import Request

    Begin = Callable[[str], None]

__all__ = ["Judged", "Measured", "images_named", "judged", "measured_of", "reduced", "run_of"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """A file and the depth profiles of what was asked for.

    Attributes
    ----------
    path : Path
    reading : Reading
    profile : Dataset
        Of an export all that it holds.
    names : list of str
        The ions that were asked for, as the profile names them.
    slices : Slices or None
        ``None`` of an export, which has no images.
    calibration : Calibration or None
        ``None`` of what holds no events.
    notes : tuple of Finding
    """

    path: Path
    reading: Reading
    profile: xr.Dataset
    names: list[str]
    slices: Slices | None = None
    calibration: Calibration | None = None
    notes: tuple[Finding, ...]

    @property
    def entry(self) -> dict[str, str]:
        """What a document says of the file."""
        return {"path": self.path.name, "sha256": self.reading.sha256}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """A file and the answer to what was asked of it."""

    measured: Measured
    found: Uniformity

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noted of the file, and what was found."""
        return (*self.measured.notes, *self.found.findings)


def run_of(reading: Reading, path: Path) -> Run:
    """Give the events of a file.

    Raises
    ------
    InputError
        If it holds none.
    """
    if not reading.runs:
        raise InputError(f"{path} holds no ion events; give the .itm or GRD of the measurement")
    return reading.runs[0]


def reduced(
    run: Run,
    request: Request,
    registry: Registry,
    begin: Begin = no_progress,
    *,
    cube: Path | None = None,
    with_cube: bool = False,
) -> Reduced:
    """Reduce events as the options ask for it; perhaps with a cube, in memory or on the disk."""
    from tofsims import reduce_events, write_cube
    from tofsims.ready import known_ions

    asked = request.counted()
    named = ions_named(request.calibrate, "--calibrate")
    lock = ions_named(request.lock, "--lock")
    run = field_corrected_by(rastered(run, request.raster), request.field)
    in_memory = partial(reduce_events, with_cube=with_cube)
    made = in_memory if cube is None else partial(write_cube, cube)
    return made(
        timed(run, request.seconds),
        asked,
        anchors=named or known_ions(asked, registry.ions),
        scale=scale_given(request.scale),
        shots=request.shots,
        inside=region_of(request.region, run.raster),
        dead_time_ns=request.dead_time,
        background=request.background,
        overlaps=request.overlaps,
        lock=lock,
        progress=lambda done, total: begin(f"scan {done} of {total}"),
    )


def measured_of(
    path: Path, request: Request, registry: Registry, begin: Begin = no_progress
) -> Measured:
    """Read a file, and make or take the depth profiles of what was asked for.

    Raises
    ------
    InputError
        If it holds no depth profile, or what was asked cannot be had of it.
    """
    import tofsims

    asked = request.counted()
    # What is divided by is counted, and not judged unless it was asked for.
    unasked = {one.key for one in asked} - {one.key for one in request.known()}
    reading = tofsims.read(path)
    if request.half_width is not None and reading.format != "imzml":
        raise InputError("--half-width is for an imzML; of other files the peaks tell it")
    if reading.runs:
        made = reduced(reading.runs[0], request, registry, begin)
        return Measured(
            path=path,
            reading=reading,
            profile=made.profile,
            # Ions that are not told apart have one name together.
            names=[str(name) for name in made.profile["ion"].values if str(name) not in unasked],
            slices=made.slices,
            calibration=made.calibration,
            notes=(*notes_left(reading.notes, request.raster), *made.findings),
        )
    if reading.cubes or reading.format == "imzml":
        return _of_images(path, reading, asked, unasked, request, begin)
    if not reading.profiles:
        raise InputError(f"{path} holds spectra and no depth profile; give events or a profile")
    request.refuse(images=False)
    profile = reading.profiles[0]
    if request.shots is not None:
        profile = tofsims.with_shots(profile, request.shots)
    names = [known.key for known in request.known()]
    return Measured(path=path, reading=reading, profile=profile, names=names, notes=reading.notes)


def _of_images(
    path: Path,
    reading: Reading,
    asked: list[Ion],
    unasked: set[str],
    request: Request,
    begin: Begin,
) -> Measured:
    import tofsims
    from tofsims.cubeprofile import findings_of_cube
    from tofsims.events import times_of
    from tofsims.slices import slices_of_cube

    request.refuse(images=True)
    cube, notes = images_named(reading, asked, request.half_width)
    if request.shots is not None:
        notes += _replaced(cube, request.shots)
        cube = cube.assign_coords(shots=float(request.shots))
    if request.seconds:
        times = times_of(cube["scan"].values.tolist(), request.seconds)
        cube = cube.assign_coords(sputter_time=("scan", times, {"units": "s"}))
    raster = tofsims.Raster(width=cube.sizes["x"], height=cube.sizes["y"])
    inside = region_of(request.region, raster)
    begin("summing images")
    profile = tofsims.profile_of_cube(cube, inside)
    slices = slices_of_cube(cube, profile, inside)
    return Measured(
        path=path,
        reading=reading,
        profile=profile,
        # As the cube names them: several ions may have one image together.
        names=[str(name) for name in profile["ion"].values if str(name) not in unasked],
        slices=slices,
        notes=(*reading.notes, *notes, *findings_of_cube(profile)),
    )


def _replaced(cube: xr.Dataset, shots: int) -> list[Finding]:
    """Say that a cube's own number of shots is not used."""
    known = float(cube.coords["shots"].item()) if "shots" in cube.coords else np.nan
    if not np.isfinite(known) or known == shots:
        return []
    return [
        Finding(
            rule="sims_shots_replaced",
            severity=Severity.WARNING,
            subject="the cube",
            message=f"the cube says {known:g} shots a pixel; the {shots} that were given are used",
        )
    ]


def images_named(
    reading: Reading, asked: list[Ion], half_width: float | None
) -> tuple[xr.Dataset, list[Finding]]:
    """Give the images of ions that a file holds, and how they were found; of an imzML made.

    Raises
    ------
    InputError
        If it holds no images, or none of an ion.
    """
    import tofsims
    from tofsims.cubenames import named_in_cube

    if reading.format == "imzml":
        if not asked:
            raise InputError("an imzML holds spectra: name the ions that images are made of")
        return tofsims.images_of(reading.path, _windows(asked, half_width)), []
    if not reading.cubes:
        raise InputError(
            f"{reading.path} holds no images; make a cube with `peakwright tofsims cube`"
        )
    return named_in_cube(reading.cubes[0], asked) if asked else (reading.cubes[0], [])


def _windows(asked: list[Ion], half_width: float | None) -> list[Window]:
    """Windows in an imzML, which does not say how wide its peaks are."""
    from tofsims.cube import Window

    if half_width is None:
        raise InputError(
            "an imzML does not say how wide its peaks are; give half of the windows' width in ppm "
            "with --half-width, for instance 200"
        )
    reach = 1e-6 * half_width
    return [
        Window(ion=known.key, low=known.mz * (1.0 - reach), high=known.mz * (1.0 + reach))
        for known in asked
    ]


def judged(path: Path, request: Request, registry: Registry, begin: Begin = no_progress) -> Judged:
    """Read a file, make or take its profiles, and judge them."""
    import tofsims

    from ..names import elements_named

    between = request.window_named()
    listed = elements_named(request.elements, "--elements")
    measured = measured_of(path, request, registry, begin)
    found = tofsims.check(
        measured.profile,
        measured.names,
        window=between,
        margin_percent=request.margin,
        normalise=request.normalise,
        slices=measured.slices,
        calibration=measured.calibration,
        elements=listed,
        sample=path.stem,
    )
    return Judged(measured=measured, found=found)
