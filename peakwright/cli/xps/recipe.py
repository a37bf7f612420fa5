"""``peakwright xps recipe``: a recipe to edit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from references.words import InputError

from ...jobs.xps.envelopes import changed, free_envelope, species_envelopes
from ...jobs.xps.request import Request, work_of
from ..console import emit_json, say_error
from .options import (
    BackgroundOption,
    ElementsOption,
    JsonOption,
    LibraryOption,
    RegionOption,
    SampleOption,
    SpeciesOption,
    StatisticOption,
    elements_named,
    listed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from xps.envelope import Envelope
    from xps.recipe import Recipe

    from .options import BackgroundKind, Statistic

__all__ = ["recipe"]

CasaFileOption = Annotated[
    Path | None,
    typer.Option("--from-casaxps", help="VAMAS file whose CasaXPS fits are taken over."),
]


def recipe(
    *,
    region: RegionOption = [],  # noqa: B006 - typer makes a new one at each call
    from_casaxps: CasaFileOption = None,
    sample: SampleOption = "",
    species: SpeciesOption = "",
    elements: ElementsOption = "",
    background: BackgroundOption = None,
    statistic: StatisticOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Print a recipe (TOML) to edit and give to `fit --recipe`.

    Without --species each region gets one free component. With --from-casaxps the recipe is
    CasaXPS's fit: its windows, backgrounds, links and limits.
    """
    from references import load
    from xps.recipe import Recipe

    registry = load(*(library or []))
    present = elements_named(elements, "--elements")
    keys = listed(species)
    if from_casaxps is not None:
        if keys:
            raise InputError("give --from-casaxps or --species, not both")
        made = _taken_over(from_casaxps, sample, region, present, background, statistic, registry)
        _show(made, json=json)
        return
    if sample:
        raise InputError("--sample belongs to --from-casaxps; a recipe of species is for any")
    if not region:
        raise InputError(
            'say which core level with --region, for instance --region "S 2p", or give a VAMAS '
            "file with a CasaXPS fit by --from-casaxps"
        )
    if keys:
        envelopes = species_envelopes(
            registry,
            region,
            keys,
            elements=present,
            background=background,
            statistic=statistic,
        )
    else:
        envelopes = [
            changed(
                free_envelope(registry, name),
                background=background,
                statistic=statistic,
                elements=present,
            )
            for name in region
        ]
    _show(Recipe(envelopes=tuple(envelopes)), json=json)


def _taken_over(
    file: Path,
    sample: str,
    regions: Sequence[str],
    elements: Sequence[str],
    background: BackgroundKind | None,
    statistic: Statistic | None,
    registry: Registry,
) -> Recipe:
    """CasaXPS's fits in a file as one recipe with its energy scale; what is lost goes to stderr."""
    import xps
    from xps.recipe import Recipe

    request = Request(
        sample=sample,
        regions=tuple(regions),
        from_casaxps=True,
        elements=tuple(elements),
        background=background,
        statistic=statistic,
    )
    work = work_of(request, xps.read(file), registry)
    for note in work.notes:
        say_error(f"{note.subject}: {note.message} [{note.rule}]")
    unlike: list[Envelope] = []
    for _, envelope in work.jobs:
        if envelope not in unlike:
            unlike.append(envelope)
    return Recipe(charge=work.charge, envelopes=tuple(unlike))


def _show(made: Recipe, *, json: bool) -> None:
    from xps.recipe import to_toml

    if json:
        emit_json(made.model_dump(mode="json", by_alias=True))
    else:
        typer.echo(to_toml(made), nl=False)
