"""``peakwright xps recipe``: a recipe to edit."""

from __future__ import annotations

import typer

from .options import (
    BackgroundOption,
    ElementsOption,
    LibraryOption,
    RegionOption,
    SpeciesOption,
    StatisticOption,
    listed,
)
from .request import species_envelopes

__all__ = ["recipe"]


def recipe(
    *,
    region: RegionOption,
    species: SpeciesOption,
    elements: ElementsOption = "",
    background: BackgroundOption = None,
    statistic: StatisticOption = None,
    library: LibraryOption = None,
) -> None:
    """Print a recipe (TOML) to edit and give to `fit --recipe`."""
    from references import load
    from xps.envelope import Recipe, to_toml

    envelopes = species_envelopes(
        load(*(library or [])),
        region,
        listed(species),
        elements=listed(elements),
        background=background,
        statistic=statistic,
    )
    typer.echo(to_toml(Recipe(envelopes=tuple(envelopes))), nl=False)
