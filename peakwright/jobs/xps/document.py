"""The fits of one file as a result: its document, its recipe, its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..job import Done

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from references.registry import Registry
    from references.words import Finding, Row
    from xps.envelope import Envelope
    from xps.monte_carlo import MonteCarlo
    from xps.recipe import Charge, Fractions, Recipe
    from xps.result import Fit

__all__ = ["Fitted", "exit_code_of", "figures_of", "fits_done", "titles"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """The fits of one file.

    Attributes
    ----------
    fits : tuple of Fit
    fractions : tuple of Row
        Formed of them.
    notes : tuple of Finding
        What concerns the file rather than one fit.
    monte_carlo : tuple of MonteCarlo
        The scatter of replicas, where they were drawn.
    """

    fits: tuple[Fit, ...]
    fractions: tuple[Row, ...]
    notes: tuple[Finding, ...] = ()
    monte_carlo: tuple[MonteCarlo, ...] = ()


def fits_done(
    path: Path,
    sha256: str,
    fits: Sequence[Fit],
    rows: Sequence[Row],
    registry: Registry,
    *,
    charge: Sequence[Charge] = (),
    fractions: Fractions | None = None,
    notes: Sequence[Finding] = (),
    monte_carlo: Sequence[MonteCarlo] = (),
    request: Mapping[str, object] | None = None,
    exit_code: int | None = None,
) -> Done:
    """Give fits of one file as a job that is done.

    Parameters
    ----------
    path : Path
        The file.
    sha256 : str
        Its hash.
    fits : sequence of Fit
    rows : sequence of Row
        Fractions formed of them.
    registry : Registry
    charge : sequence of Charge
        How the energy scale is found again.
    fractions : Fractions, optional
        How the fractions are formed again.
    notes : sequence of Finding
        What concerns the file rather than one fit.
    monte_carlo : sequence of MonteCarlo
        The scatter of replicas, where they were drawn.
    request : mapping, optional
        As of :func:`peakwright.store.result_document`.
    exit_code : int, optional
        That of the fits where it is not given.
    """
    from xps.recipe import to_toml

    recipe = _used(fits, charge, fractions)
    document = _document(path, sha256, fits, rows, recipe, registry, notes, request)
    if monte_carlo:
        document["monte_carlo"] = [given.to_dict() for given in monte_carlo]
    every = [row for fit in fits for row in fit.rows()]
    every += [row for row in rows if row not in every]
    return Done(
        technique="xps",
        document=document,
        rows=tuple(every),
        recipe_toml=to_toml(recipe),
        inputs=(path,),
        findings=(*notes, *(finding for fit in fits for finding in fit.findings)),
        exit_code=exit_code_of(fits, notes) if exit_code is None else exit_code,
        result=Fitted(
            fits=tuple(fits),
            fractions=tuple(rows),
            notes=tuple(notes),
            monte_carlo=tuple(monte_carlo),
        ),
        draw=lambda caption: figures_of(fits, caption),
    )


def exit_code_of(fits: Sequence[Fit], notes: Sequence[Finding] = ()) -> int:
    """0 clean, 1 with error findings or a fit that did not converge, 3 where none did."""
    if not any(fit.assessment == "converged" for fit in fits):
        return 3
    findings = [*notes, *(finding for fit in fits for finding in fit.findings)]
    errors = any(finding.severity == "error" for finding in findings)
    unfinished = any(fit.assessment != "converged" for fit in fits)
    return 1 if errors or unfinished else 0


def _used(fits: Sequence[Fit], charge: Sequence[Charge], fractions: Fractions | None) -> Recipe:
    """The recipe that repeats the fits: their energy scale, and each envelope once."""
    from xps.recipe import Fractions, Recipe

    different: list[Envelope] = []
    for fit in fits:
        envelope = fit.recipe
        if not _serves_every_sample(fit, fits):
            envelope = envelope.model_copy(update={"sample": fit.sample})
        if envelope not in different:
            different.append(envelope)
    return Recipe(
        charge=tuple(charge), fractions=fractions or Fractions(), envelopes=tuple(different)
    )


def _serves_every_sample(fit: Fit, fits: Sequence[Fit]) -> bool:
    """Whether the region has the same envelopes in each sample that has it."""
    by_sample: dict[str, list[Envelope]] = {}
    for other in fits:
        if other.region == fit.region:
            by_sample.setdefault(other.sample, []).append(other.recipe)
    first = next(iter(by_sample.values()))
    return all(
        all(e in first for e in envelopes) and all(e in envelopes for e in first)
        for envelopes in by_sample.values()
    )


def _document(
    path: Path,
    sha256: str,
    fits: Sequence[Fit],
    rows: Sequence[Row],
    recipe: Recipe,
    registry: Registry,
    notes: Sequence[Finding],
    request: Mapping[str, object] | None,
) -> dict[str, object]:
    from xps.quantify import row_dict

    from ...store import result_document

    return result_document(
        "peakwright.xps.fit/1",
        [{"path": path.name, "sha256": sha256}],
        registry,
        request=request,
        fits=[fit.to_dict() | {"envelope": _place(fit, recipe)} for fit in fits],
        fractions=[row_dict(row) for row in rows],
        findings=[note.to_dict() for note in notes],
        recipe=recipe.model_dump(mode="json", by_alias=True),
    )


def _place(fit: Fit, recipe: Recipe) -> int:
    """Which of the recipe's envelopes a fit has, from 0."""
    of_sample = fit.recipe.model_copy(update={"sample": fit.sample})
    return next(i for i, e in enumerate(recipe.envelopes) if e in (fit.recipe, of_sample))


# --- figures --------------------------------------------------------------------------------------


def titles(fits: Sequence[Fit]) -> list[str]:
    """Give each fit a title of its own: sample, region, and a number where these come again."""
    plain_titles = [" · ".join(part for part in (f.sample, f.region) if part) for f in fits]
    return [
        f"{title} ({plain_titles[: i + 1].count(title)})"
        if plain_titles.count(title) > 1
        else title
        for i, title in enumerate(plain_titles)
    ]


def figures_of(fits: Sequence[Fit], caption: str = "") -> dict[str, bytes]:
    """One figure a fit, and all of one sample side by side; file name to content."""
    from xps.plot import figure, overview, rendered

    found: dict[str, bytes] = {}

    def keep(stem: str, drawn: Any) -> None:
        for kind in ("svg", "png"):
            found[f"{stem}.{kind}"] = rendered(drawn, kind)

    for fit, title in zip(fits, titles(fits), strict=True):
        keep(_file_stem(fit, fits), figure(fit, title=title, note=_note(fit, caption)))
    if len(fits) > 1 and len({fit.sample for fit in fits}) == 1:
        keep("overview", overview(fits, title=fits[0].sample, note=caption))
    return found


def _note(fit: Fit, caption: str) -> str:
    """What stands under a figure's title: a figure travels without the text beside it."""
    unsettled = "" if fit.assessment == "converged" else f"{fit.assessment}: no intervals"
    return "; ".join(part for part in (caption, unsettled) if part)


def _file_stem(fit: Fit, fits: Sequence[Fit]) -> str:
    """A file name from region and, where there are several, sample and number."""
    from ...store import file_stem

    base = fit.region
    if len({f.sample for f in fits}) > 1:
        base = f"{fit.sample} {fit.region}"
    same = [f for f in fits if (f.sample, f.region) == (fit.sample, fit.region)]
    if len(same) > 1:
        base = f"{base} {next(i for i, f in enumerate(same) if f is fit) + 1}"
    return file_stem(base)
