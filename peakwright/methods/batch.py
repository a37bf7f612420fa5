"""How one recipe was applied to many files, from the document of ``batch`` or ``merge``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import series, tofsims, xps, xps_constraints, xrd
from .given import items, number, part, text
from .prose import count, listed, sentence, spelt
from .table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .citing import Cited

__all__ = ["evaluated", "paragraph", "table"]

MOST = 8
"""More files than this are told by their number."""


def paragraph(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on a batch: what was done, what came of it, what could not be done."""
    recipes = {"xps": _xps, "xrd": xrd.of_recipe, "tofsims": tofsims.of_recipe}
    of_recipe = recipes.get(text(document, "technique"))
    return [
        *_done(document),
        *_left_out(document),
        *([] if of_recipe is None else of_recipe(document, cited)),
    ]


def evaluated(document: Mapping[str, Any]) -> list[str]:
    """Give the names of the files that were evaluated: those of the batch that did not fail.

    Examples
    --------
    >>> both = [{"path": "a.vms"}, {"path": "b.vms"}]
    >>> evaluated({"inputs": both, "failures": [{"file": "b.vms"}]})
    ['a.vms']
    """
    failed = {text(one, "file") for one in items(document, "failures")}
    names = [text(one, "path") for one in items(document, "inputs")]
    return [name for name in dict.fromkeys(names) if name and name not in failed]


def table(document: Mapping[str, Any]) -> Table:
    """Give no table: that of a batch is its ``summary.csv``, a line for each spectrum."""
    del document
    return Table(columns=())


def _done(document: Mapping[str, Any]) -> list[str]:
    files = len(evaluated(document))
    found = [
        sentence(
            f"one recipe was applied to {count(files, 'file')}; the table of every spectrum is "
            "summary.csv"
        )
    ]
    outcomes = {
        name: int(n) for name in part(document, "outcomes") if (n := _number_of(document, name))
    }
    told = [f"{spelt(name)} ({n})" for name, n in outcomes.items()]
    if told:
        every = count(sum(outcomes.values()), "spectrum", "spectra")
        found.append(sentence(f"the outcomes of {every} were {listed(told)}"))
    return found


def _number_of(document: Mapping[str, Any], name: str) -> float:
    return number(part(document, "outcomes"), name) or 0.0


def _left_out(document: Mapping[str, Any]) -> list[str]:
    """Files of which there are no numbers, so that nobody counts them as measured."""
    failed = [text(one, "file") for one in items(document, "failures")]
    skipped = [text(one, "file") for one in items(document, "skipped")]
    return [
        _of_files(failed, "could not be evaluated"),
        _of_files(skipped, "could not be read as such a measurement"),
    ]


def _of_files(names: Sequence[str], why: str) -> str:
    if not names:
        return ""
    known = list(dict.fromkeys(names))
    told = f" ({listed(known)})" if len(known) <= MOST else ""
    part_of = "has" if len(known) == 1 else "have"
    return sentence(
        f"{count(len(known), 'further file')}{told} {why} and {part_of} no part in the results; "
        f"the reason is said in the result"
    )


def _xps(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """What the recipe of a batch says of XPS."""
    envelopes = items(part(document, "recipe"), "envelope")
    return [
        *xps.model_of(envelopes),
        *xps_constraints.sentences(document, [{} for _ in envelopes], envelopes, cited),
        *series.energy_scale(document),
        "Fits that did not converge have no intervals; intervals have a level of 95 %.",
        xps.NOT_RECORDED,
    ]
