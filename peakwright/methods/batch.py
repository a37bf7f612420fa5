"""How one recipe was applied to many files, from the document of ``batch`` or ``merge``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import series, tofsims, xps, xps_constraints, xrd
from .given import items, number, part, text, texts
from .prose import count, listed, sentence, spelt
from .table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from .citing import Cited

__all__ = ["evaluated", "paragraph", "table"]

MOST = 8
"""More files than this are told by their number."""
NOUNS = {
    "xps": ("spectrum", "spectra"),
    "xrd": ("pattern", "patterns"),
    "tofsims": ("profile", "profiles"),
}
"""What is measured in each technique, one and many."""
OUTCOMES = {"xps": "outcome"}
"""What comes of each; of the others a verdict."""
UNCERTAINTY = (
    "Standard uncertainties u are the root sum of squares of the contributions that rows.csv "
    "lists. Fits that did not converge have no intervals; intervals have a level of 95 %."
)
OF_EACH = {
    "xps": "charge shift and statistics",
    "xrd": "the noise, R_wp, goodness of fit, displacement and threshold",
    "tofsims": "mass scale, dead time and window",
}
"""What a document tells of its file that no recipe tells of all."""


def paragraph(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on a batch: what was done, what came of it, what could not be done."""
    recipes = {"xps": _xps, "xrd": xrd.of_recipe, "tofsims": tofsims.of_recipe}
    of_recipe = recipes.get(text(document, "technique"))
    document = _in_full(document)
    return [
        *_done(document),
        *_left_out(document),
        *([] if of_recipe is None else of_recipe(document, cited)),
        *_elsewhere(document),
    ]


def _in_full(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with what its recipe leaves out, as the recipe's kind has it by default.

    A batch keeps the recipe as the user wrote it.
    """
    from pydantic import ValidationError

    model = _model(text(document, "technique"))
    if model is None:
        return document
    try:
        recipe = model.model_validate(part(document, "recipe"))
    except ValidationError:
        return document
    return {**document, "recipe": recipe.model_dump(mode="json", by_alias=True)}


def _model(technique: str) -> type[BaseModel] | None:
    """What a recipe of this technique is."""
    if technique == "xps":
        from xps.recipe import Recipe as Model
    elif technique == "xrd":
        from xrd.recipe import Recipe as Model
    elif technique == "tofsims":
        from tofsims.recipe import Recipe as Model
    else:
        return None
    return Model


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
    """Give no table: that of a batch is its ``summary.csv``, a line for each measurement."""
    del document
    return Table(columns=())


def _done(document: Mapping[str, Any]) -> list[str]:
    files, technique = len(evaluated(document)), text(document, "technique")
    one, several = NOUNS.get(technique, ("measurement", "measurements"))
    found = [
        sentence(
            f"one recipe was applied to {count(files, 'file')}; summary.csv has a line for each "
            f"{one}"
        )
    ]
    outcomes = {
        name: int(n) for name in part(document, "outcomes") if (n := _number_of(document, name))
    }
    told = [f"{spelt(name)} ({n})" for name, n in outcomes.items()]
    if told:
        total, noun = sum(outcomes.values()), OUTCOMES.get(technique, "verdict")
        what = (
            f"the {noun} of {count(total, one)} was"
            if total == 1
            else (f"the {noun}s of {count(total, one, several)} were")
        )
        found.append(sentence(f"{what} {listed(told)}"))
    return found


def _elsewhere(document: Mapping[str, Any]) -> list[str]:
    """Where what differs from file to file is told."""
    told = OF_EACH.get(text(document, "technique"), "")
    if not told or not any(text(one, "document") for one in items(document, "inputs")):
        return []
    return [sentence(f"of each file {told} are in its own document (folder documents)")]


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
    regions = list(dict.fromkeys(text(one, "region") for one in envelopes))
    noun, verb = ("region", "was") if len(regions) == 1 else ("regions", "were")
    return [
        sentence(
            f"the {noun} {listed(regions)} {verb} fitted by envelopes of lines over a background, "
            "each spectrum by itself"
        )
        if regions
        else "",
        *xps.model_of(envelopes),
        *xps_constraints.sentences(document, [{} for _ in envelopes], envelopes, cited),
        *series.energy_scale(document),
        *_fractions(part(document, "recipe", "fractions")),
        "The objective per degree of freedom of each fit (chi2_reduced) is in summary.csv.",
        UNCERTAINTY,
        xps.NOT_RECORDED,
    ]


def _fractions(given: Mapping[str, Any]) -> list[str]:
    """Which fractions the recipe asks for, and by which sensitivity factors."""
    basis = text(given, "basis")
    if basis not in xps.BASES:
        return []
    over = "+".join(texts(given.get("denominator")))
    found = [
        sentence(
            f"species fractions are given as shares {xps.BASES[basis].rstrip(',')}",
            f"({over})" if over else "",
        )
    ]
    if basis.startswith("atomic"):
        factors = text(given, "sensitivity_set")
        named = f"of the set {factors}" if factors else "that the library has as its first choice"
        found.append(f"Areas were divided by the sensitivity factors {named}.")
    if given.get("split") is True:
        found.append(xps.SPLIT)
    return found
