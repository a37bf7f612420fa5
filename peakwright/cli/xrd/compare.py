"""``peakwright xrd compare``: what appeared in a powder, and what went."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it at run time
from typing import TYPE_CHECKING, Annotated

import typer

from ...jobs.xrd.given import candidates_named, instrument_of, name_of, pattern_of, phase_named
from ..console import ExitCode, progress
from .delivery import deliver_comparison
from .options import (  # noqa: TC001 - typer reads them at run time
    CandidatesOption,
    InstrumentOption,
    JsonOption,
    LibraryOption,
    LimitOption,
    OutOption,
    PhaseOption,
    RadiationOption,
)

if TYPE_CHECKING:
    from xrd.verdict import Purity

__all__ = ["compare"]


def compare(
    a: Annotated[Path, typer.Argument(help="Pattern before.")],
    b: Annotated[Path, typer.Argument(help="Pattern after.")],
    *,
    phase: PhaseOption = "Li6PS5Cl",
    candidates: CandidatesOption = "default",
    radiation: RadiationOption = "",
    instrument: InstrumentOption = None,
    scan: Annotated[
        int | None, typer.Option("--scan", min=0, help="Which scan of both files, by `inspect`.")
    ] = None,
    limit: LimitOption = 10.0,
    out: OutOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Compare two patterns of one powder, for instance before and after annealing."""
    from peakwright.store import check_folder
    from references import load
    from xrd.compare import compare as run
    from xrd.purity import check

    if out is not None:
        check_folder(out)
    registry = load(*(library or []))
    main = phase_named(phase, registry)
    asked = candidates_named(candidates, registry, name_of(main))
    known = instrument_of(radiation, instrument)
    both = [pattern_of(file, scan, known.radiation) for file in (a, b)]
    checked: list[Purity] = []
    for one in both:
        with progress(f"checking {one.path.name}") as begin:
            made = check(
                one.measured,
                main,
                candidates=asked,
                library=registry,
                instrument=known,
                limit=limit / 100.0,
                progress=begin,
            )
        checked.append(made)
    found = run(*checked)
    deliver_comparison(both[0], both[1], found, registry, out=out, json=json)
    raise typer.Exit(ExitCode(found.exit_code))
