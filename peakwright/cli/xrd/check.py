"""``peakwright xrd check``: whether a powder is single-phase, and how little would not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ...jobs.xrd.given import candidates_named, instrument_of, name_of, pattern_of, phase_named
from ..console import ExitCode, progress
from .delivery import deliver_check
from .options import (  # noqa: TC001 - typer reads them at run time
    BackgroundOption,
    CandidatesOption,
    ElementsOption,
    FileArgument,
    InstrumentOption,
    JsonOption,
    LibraryOption,
    LimitOption,
    OutOption,
    PhaseOption,
    RadiationOption,
    ScanOption,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.phase import Phase
    from references.registry import Registry
    from xrd.instrument import Instrument
    from xrd.structure import Structure
    from xrd.verdict import Purity

    from ...jobs.xrd.given import Given

__all__ = ["check", "checked"]


def check(
    file: FileArgument,
    *,
    phase: PhaseOption = "Li6PS5Cl",
    candidates: CandidatesOption = "default",
    radiation: RadiationOption = "",
    instrument: InstrumentOption = None,
    background_file: BackgroundOption = None,
    scan: ScanOption = None,
    limit: LimitOption = 10.0,
    elements: ElementsOption = "",
    out: OutOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Say whether a powder is the one phase it should be, and how little of another would show."""
    from peakwright.store import check_folder
    from references import load

    from ...jobs.names import elements_named

    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    seen = instrument_of(radiation, instrument)
    given = pattern_of(file, scan, seen.radiation)
    main = phase_named(phase, registry)
    found = checked(
        given,
        main,
        candidates_named(candidates, registry, name_of(main)),
        registry,
        seen,
        background=None if background_file is None else pattern_of(background_file, None).measured,
        limit=limit / 100.0,
        elements=elements_named(elements, "--elements"),
    )
    deliver_check(given, found, registry, out=out, json=json)
    raise typer.Exit(ExitCode(found.exit_code))


def checked(
    given: Given,
    phase: Phase | Structure,
    candidates: Sequence[Phase | Structure],
    registry: Registry,
    instrument: Instrument,
    *,
    background: xr.Dataset | None,
    limit: float,
    elements: Sequence[str] = (),
) -> Purity:
    """Check one pattern, showing what is asked for."""
    from xrd.purity import check as run

    with progress(f"checking {given.path.name}") as begin:
        return run(
            given.measured,
            phase,
            candidates=candidates,
            library=registry,
            instrument=instrument,
            background=background,
            limit=limit,
            elements=elements,
            progress=begin,
        )
