"""``peakwright xps recipe``: a recipe to edit."""

from __future__ import annotations

import typer

from ..console import emit_json
from .envelopes import changed, free_envelope, species_envelopes
from .options import (
    BackgroundOption,
    ElementsOption,
    JsonOption,
    LibraryOption,
    RegionOption,
    SpeciesOption,
    StatisticOption,
    elements_named,
    listed,
)

__all__ = ["recipe"]


def recipe(
    *,
    region: RegionOption,
    species: SpeciesOption = "",
    elements: ElementsOption = "",
    background: BackgroundOption = None,
    statistic: StatisticOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Print a recipe (TOML) to edit and give to `fit --recipe`.

    Without --species each region gets one free component.
    """
    from references import load
    from xps.recipe import Recipe, to_toml

    registry = load(*(library or []))
    present = elements_named(elements, "--elements")
    if keys := listed(species):
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
    made = Recipe(envelopes=tuple(envelopes))
    if json:
        emit_json(made.model_dump(mode="json", by_alias=True))
    else:
        typer.echo(to_toml(made), nl=False)
