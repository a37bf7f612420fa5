"""``peakwright xrd check``: whether a powder is single-phase, and how little would not show."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ...jobs.names import elements_named
from ...jobs.xrd.check import CheckJob
from ...jobs.xrd.given import instrument_of, is_structure_file
from ..console import progress
from ..delivery import deliver
from ..findings import show_finding
from .options import (  # noqa: TC001 - typer reads them at run time
    BackgroundOption,
    CandidatesOption,
    ElementsOption,
    FileArgument,
    InstrumentOption,
    JsonOption,
    LibraryOption,
    OutOption,
    PhaseOption,
    RadiationOption,
    RecipeLimitOption,
    RecipeOption,
    ScanOption,
)
from .tables import show_check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from references.words import Finding
    from xrd.verdict import Purity

__all__ = ["check"]


def check(
    file: FileArgument,
    *,
    recipe: RecipeOption = None,
    phase: PhaseOption = "",
    candidates: CandidatesOption = "",
    radiation: RadiationOption = "",
    instrument: InstrumentOption = None,
    background_file: BackgroundOption = None,
    scan: ScanOption = None,
    limit: RecipeLimitOption = None,
    elements: ElementsOption = "",
    out: OutOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Say whether a powder is the one phase it should be, and how little of another would show."""
    from peakwright.store import check_folder
    from references import load
    from references.files import read_text
    from xrd.recipe import Recipe, from_toml

    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    told = Recipe() if recipe is None else from_toml(read_text(recipe), name=str(recipe))
    asked = {
        "phase": _placed(phase, registry),
        "candidates": tuple(
            _placed(name.strip(), registry) for name in candidates.split(",") if name.strip()
        ),
        "background_file": "" if background_file is None else str(background_file.absolute()),
        "scan": scan,
        "limit_percent": limit,
        "elements": elements_named(elements, "--elements"),
    }
    changes: dict[str, Any] = {
        name: one for name, one in asked.items() if one not in (None, "", ())
    }
    changes["instrument"] = instrument_of(radiation, instrument, told.instrument)
    job = CheckJob(
        recipe=told.model_copy(update=changes),
        folder=Path() if recipe is None else recipe.parent,
        libraries=tuple(library or []),
    )
    with progress(f"checking {file.name}") as begin:
        done = job.run(file, registry, begin)
    deliver(done, partial(show, findings=done.findings), out=out, json=json)
    raise typer.Exit(done.exit_code)


def _placed(name: str, registry: Registry) -> str:
    """A phase's name; of a structure file where it is, for a recipe lies elsewhere."""
    return str(Path(name).absolute()) if name and is_structure_file(name, registry) else name


def show(found: Purity, findings: Sequence[Finding]) -> None:
    """Print a verdict and its findings."""
    show_check(found)
    for finding in findings:
        show_finding(finding)
