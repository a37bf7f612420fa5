"""A cube made ready to be shown: drift taken off, and where its scans lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from references.words import Finding, InputError, Severity

from ..console import progress

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from tofsims.placed import Placed
    from tofsims.register import Drift

__all__ = ["Prepared", "ions_of", "note", "prepared"]

TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """A cube ready to be shown: drift taken off, and where its scans lie if that was asked."""

    cube: xr.Dataset
    drift: Drift | None
    placed: Placed | None
    notes: tuple[Finding, ...]


def ions_of(text: str, cube: xr.Dataset, option: str) -> list[str]:
    """Read ions of the cube that were named, each once."""
    from references.ion import ion

    there = [str(name) for name in cube["ion"].values]
    found: dict[str, None] = {}
    for part in text.split(","):
        if part.strip():
            name = part.strip()
            if name not in there:
                try:
                    name = ion(name).key
                except InputError as error:
                    raise InputError(f"{option}: {error}") from None
            if name not in there:
                raise InputError(f"{option}: {name} is not in the cube; it has {', '.join(there)}")
            found[name] = None
    return list(found)


def prepared(
    cube: xr.Dataset, align: str, flatten: str, topography: tuple[Path, Path] | None
) -> Prepared:
    """Take the drift off, and find where scans lie, as the options ask for it."""
    import tofsims
    from tofsims.moved import covered_part, note_of

    notes: list[Finding] = []
    drift: Drift | None = None
    placed: Placed | None = None
    if align:
        if "measured" in cube:
            raise InputError(
                "--align: the cube is of a region, whose edges do not move with the field; make a "
                "cube of the whole field, and take the region where it is read"
            )
        by = align if align == TOTAL else _one(align, cube, "--align")
        with progress("following the field", total=cube.sizes["scan"]) as begin:
            drift = tofsims.register(cube, by, progress=lambda done, _: begin(f"scan {done}"))
        cube = covered_part(tofsims.moved_cube(cube, drift))
        notes.append(note_of(drift))
    if flatten:
        with progress("finding the interface"):
            placed = tofsims.reference_interface(cube, _one(flatten, cube, "--flatten"))
    elif topography is not None:
        placed, said = _between_surfaces(cube, topography, drift)
        notes += said
    if placed is not None:
        notes.append(note("sims_placed", Severity.INFO, "scans", f"{placed.method}"))
    return Prepared(cube=cube, drift=drift, placed=placed, notes=tuple(notes))


def _one(text: str, cube: xr.Dataset, option: str) -> str:
    named = ions_of(text, cube, option)
    if len(named) != 1:
        raise InputError(f"{option} should be one ion of the cube, not {text[:40]!r}")
    return named[0]


def _between_surfaces(
    cube: xr.Dataset, files: tuple[Path, Path], drift: Drift | None
) -> tuple[Placed, list[Finding]]:
    """Place scans between two surfaces, on the part of the field that is shown."""
    import numpy as np

    import tofsims
    from tofsims.io.topography import read_topography
    from tofsims.placed import resampled

    field = (cube.sizes["y"], cube.sizes["x"])
    inside = np.ones(field, dtype=bool)
    if drift is not None:
        # Surfaces are of the whole field, of which only what every scan covers is left.
        field, inside = (drift.height, drift.width), drift.covered
    rows, columns = inside.any(axis=1), inside.any(axis=0)
    surfaces: list[Any] = []
    notes = [
        note(
            "sims_surface_assumed",
            Severity.INFO,
            "surfaces",
            "they are taken to show the very field of the images, levelled over the same zero; an "
            "array begins at the least y, and a text matrix ends there",
        )
    ]
    for file in files:
        heights, said = read_topography(file)
        surfaces.append(resampled(heights, *field)[rows][:, columns])
        notes += said
    return tofsims.topography(cube, surfaces[0], surfaces[1]), notes


def note(rule: str, severity: Severity, subject: str, message: str) -> Finding:
    """Give a finding with nothing but what it says."""
    return Finding(rule=rule, severity=severity, subject=subject, message=message)
