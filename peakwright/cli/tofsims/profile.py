"""``peakwright tofsims profile``: depth profiles of ions, and whether they are uniform."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ...jobs.names import elements_named, listed
from ...jobs.tofsims.given import MASK, numbers
from ...jobs.tofsims.profile import ProfileJob
from ..console import progress
from ..delivery import deliver
from ..findings import show_finding
from .options import (  # noqa: TC001 - typer reads them at run time
    BackgroundOption,
    CalibrateOption,
    DeadTimeOption,
    ElementsOption,
    FieldOption,
    FileArgument,
    HalfWidthOption,
    IonsOption,
    JsonOption,
    LibraryOption,
    LockOption,
    NormaliseOption,
    OutOption,
    OverlapsOption,
    RasterOption,
    RecipeMarginOption,
    RecipeOption,
    RegionOption,
    ScaleOption,
    SecondsOption,
    ShotsOption,
    WindowOption,
)
from .tables import show_uniformity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.words import Finding
    from tofsims.verdict import Uniformity

__all__ = ["profile", "show"]


def profile(
    file: FileArgument,
    *,
    recipe: RecipeOption = None,
    ions: IonsOption = "",
    raster: RasterOption = "",
    region: RegionOption = "",
    normalise: NormaliseOption = "",
    calibrate: CalibrateOption = "",
    scale: ScaleOption = "",
    shots: ShotsOption = None,
    seconds_per_scan: SecondsOption = None,
    dead_time: DeadTimeOption = None,
    background: BackgroundOption = "",
    overlaps: OverlapsOption = "",
    lock: LockOption = "",
    field_correction: FieldOption = "",
    half_width: HalfWidthOption = None,
    window: WindowOption = "",
    margin: RecipeMarginOption = None,
    elements: ElementsOption = "",
    out: OutOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Give depth profiles of ions with error bars, and say whether they are uniform."""
    from peakwright.store import check_folder
    from references import load
    from references.files import read_text
    from tofsims.recipe import Recipe, from_toml

    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    told = Recipe() if recipe is None else from_toml(read_text(recipe), name=str(recipe))
    asked = {
        "ions": listed(ions),
        "raster": raster,
        "region": _placed(region),
        "normalise": normalise,
        "calibrate": listed(calibrate),
        "scale": numbers(scale, 2, "--scale", "72000,-400") if scale else None,
        "shots": shots,
        "seconds_per_scan": seconds_per_scan,
        "dead_time_ns": dead_time,
        "background": background,
        "overlaps": overlaps,
        "lock": listed(lock),
        "field_correction": field_correction,
        "half_width_ppm": half_width,
        "window_s": numbers(window, 2, "--window", "20,600") if window else None,
        "margin_percent": margin,
        "elements": elements_named(elements, "--elements"),
    }
    changes = {name: one for name, one in asked.items() if one not in (None, "", ())}
    job = ProfileJob(
        recipe=told.model_copy(update=changes),
        folder=Path() if recipe is None else recipe.parent,
        libraries=tuple(library or []),
    )
    with progress(f"counting ions of {file.name}") as begin:
        done = job.run(file, registry, begin)
    deliver(done, partial(show, findings=done.findings), out=out, json=json)
    raise typer.Exit(done.exit_code)


def _placed(region: str) -> str:
    """A region; of a picture where it is, for a recipe lies elsewhere."""
    if not region.startswith(MASK):
        return region
    return f"{MASK}{Path(region.removeprefix(MASK)).absolute()}"


def show(found: Uniformity, findings: Sequence[Finding]) -> None:
    """Print an answer and its findings."""
    show_uniformity(found)
    for finding in findings:
        show_finding(finding)
