"""How a series of spectra was fitted by one recipe, from the document of ``xps series``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import xps, xps_constraints
from .given import finite, items, many, number, part, text, texts
from .prose import count, listed, sentence, spelt
from .table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from references.words import Estimate

    from .citing import Cited
    from .table import Cell

__all__ = ["energy_scale", "paragraph", "table"]


def paragraph(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on a series."""
    series = items(document, "series")
    envelopes = items(part(document, "recipe"), "envelope")
    if not series:
        return ["The result holds no series."]
    told = [
        f"{count(int(number(one, 'spectra') or 0), 'spectrum', 'spectra')} of "
        f"{' of '.join(filter(None, (text(one, 'region'), text(one, 'sample'))))}"
        for one in series
    ]
    along = listed(text(axis, "name") for one in series for axis in items(one, "along"))
    settled = sum(texts(one.get("assessment")).count("converged") for one in series)
    every = sum(len(many(one.get("assessment"))) for one in series)
    shares = listed(
        text(species, "denominator") for one in series for species in items(one, "species")
    )
    over = items(document, "fractions_over_levels")
    return [
        sentence(f"{listed(told)} {_fitted(series)}"),
        sentence(f"the file varies {along} from spectrum to spectrum") if along else "",
        *xps.model_of(envelopes),
        *xps_constraints.sentences(document, [{} for _ in envelopes], envelopes, cited),
        *energy_scale(document),
        _settled(settled, every),
        sentence(f"species fractions are given as shares of the area of {shares}"),
        *[
            sentence(
                f"and as shares {xps.BASES.get(text(one, 'basis'), spelt(text(one, 'basis')))} "
                f"({text(one, 'denominator')})"
                + (f" in {text(one, 'sample')}" if text(one, "sample") else "")
            )
            for one in over
        ],
        "Intervals have a level of 95 %.",
        xps.NOT_RECORDED,
    ]


def _fitted(series: Sequence[Mapping[str, Any]]) -> str:
    """That they were fitted; of one spectrum none is by itself."""
    if sum(int(number(one, "spectra") or 0) for one in series) == 1:
        return "was fitted by one recipe"
    return "were fitted, each by itself, by one recipe a region"


def _settled(settled: int, every: int) -> str:
    """How many fits converged."""
    if settled == every:
        return f"All {every} fits converged." if every > 1 else "The fit converged."
    return f"Of {every} fits {settled} converged; the others have no intervals."


def energy_scale(document: Mapping[str, Any]) -> list[str]:
    """Give the sentence on the charge references that a recipe declares."""
    recipe = part(document, "recipe")
    # A single one is written as a table of its own.
    entries = items(recipe, "charge") or [one for one in [part(recipe, "charge")] if one]
    if not entries:
        return [sentence(xps.scale(None, None, ""))]
    named = [_covered(one) for one in entries]
    if named == [""]:
        return [sentence(_way(entries[0]))]
    told = [
        f"for {where or 'all others'} {_way(one)}"
        for where, one in sorted(zip(named, entries, strict=True), key=lambda pair: not pair[0])
    ]
    others = [] if "" in named else [f"for all others {xps.scale(None, None, '')}"]
    return [sentence("; ".join([*told, *others]))]


def _way(entry: Mapping[str, Any]) -> str:
    """How one entry of a recipe sets the energy scale, as the paragraph of a fit says it."""
    if line := text(entry, "line"):
        return f"binding energies were referenced to {' '.join(line.split(':'))}"
    reference = text(entry, "reference") or xps.GIVEN
    return xps.scale(number(entry, "shift"), number(entry, "u"), reference)


def _covered(entry: Mapping[str, Any]) -> str:
    """Which spectra an entry is for; nothing where it is for all."""
    return " of ".join(one for one in (text(entry, "region"), text(entry, "sample")) if one)


def table(document: Mapping[str, Any]) -> Table:
    """Give a row for each spectrum and species: place, fraction, assessment."""
    series = items(document, "series")
    axes = list(dict.fromkeys(text(a, "name") for one in series for a in items(one, "along")))
    columns = (
        Column(title="sample"),
        Column(title="region"),
        Column(title="spectrum"),
        *(Column(title=axis, of="number") for axis in axes),
        Column(title="species"),
        Column(title="share of the level", of="estimate", percent=True),
        Column(title="assessment"),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in series:
        along = {text(a, "name"): many(a.get("values")) for a in items(one, "along")}
        outcomes = texts(one.get("assessment"))
        rows += [
            (
                text(one, "sample"),
                text(one, "region"),
                str(i),
                *(_at(along.get(axis), i) for axis in axes),
                text(species, "name"),
                _share(species, i),
                spelt(outcome),
            )
            for i, outcome in enumerate(outcomes)
            for species in items(one, "species")
        ]
    return Table(columns=columns, rows=tuple(rows))


def _at(values: Any, i: int) -> float | None:
    given = many(values)
    return finite(given[i]) if i < len(given) else None


def _share(species: Mapping[str, Any], i: int) -> Estimate | None:
    from .given import estimate

    kinds = texts(species.get("kind"))
    names = {"value": "fraction", "u": "fraction_u", "low": "fraction_low", "high": "fraction_high"}
    given: dict[str, Any] = {key: _at(species.get(name), i) for key, name in names.items()}
    kind = kinds[i] if i < len(kinds) else ""
    return estimate(given | {"kind": kind, "level": 0.95})
