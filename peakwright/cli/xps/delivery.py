"""A finished fit handed over: tables or one JSON document, a folder, an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..console import ExitCode, emit_json, progress, say
from ..findings import show_finding
from .budgets import show_budgets
from .tables import show_fits, show_fractions, show_replicas, titles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from references.registry import Registry
    from references.words import Finding, Row
    from xps.envelope import Envelope
    from xps.monte_carlo import MonteCarlo
    from xps.recipe import Charge, Recipe
    from xps.result import Fit

__all__ = ["deliver", "exit_code", "figures_of"]


def exit_code(fits: Sequence[Fit], notes: Sequence[Finding] = ()) -> ExitCode:
    """0 clean, 1 with error findings or a fit that did not converge, 3 where none did."""
    if not any(f.assessment == "converged" for f in fits):
        return ExitCode.UNDECIDABLE
    findings = [*notes, *(finding for f in fits for finding in f.findings)]
    errors = any(finding.severity == "error" for finding in findings)
    unfinished = any(f.assessment != "converged" for f in fits)
    return ExitCode.FINDINGS if errors or unfinished else ExitCode.CLEAN


def deliver(
    name: str,
    sha256: str,
    fits: Sequence[Fit],
    rows: Sequence[Row],
    registry: Registry,
    *,
    out: Path | None,
    json: bool,
    notes: Sequence[Finding] = (),
    charge: Sequence[Charge] = (),
    caption: str = "",
    place: Path | None = None,
    budget: bool = False,
    monte_carlo: Sequence[MonteCarlo] = (),
    more: Mapping[str, object] | None = None,
) -> tuple[Path, ...]:
    """Print fits as tables or JSON and write their folder; give the files written.

    Parameters
    ----------
    name, sha256 : str
        The input's name and hash.
    fits : sequence of Fit
    rows : sequence of Row
        Fractions to show.
    registry : Registry
    out : Path or None
        Folder to write.
    json : bool
        One JSON document instead of tables.
    notes : sequence of Finding
        What concerns the file rather than one fit.
    charge : sequence of Charge
        How the energy scale is found again.
    caption : str
        A remark in every figure.
    budget : bool
        Whether to print what each source adds to each fraction's u; the document always has it.
    monte_carlo : sequence of MonteCarlo
        The scatter of replicas, where they were drawn.
    more : mapping, optional
        What else belongs into the document.
    place : Path, optional
        Where the input lies, so that `export` finds it again.
    """
    recipe = _used(fits, charge)
    document = _document(name, sha256, fits, rows, recipe, registry, notes) | dict(more or {})
    if monte_carlo:
        document["monte_carlo"] = [given.to_dict() for given in monte_carlo]
    written = () if out is None else _write(out, document, fits, rows, recipe, caption, place)
    if json:
        emit_json(document)
        return written
    for note in notes:
        show_finding(note)
    show_fits(fits)
    show_fractions(rows)
    if budget:
        show_budgets(rows)
    if monte_carlo:
        show_replicas(monte_carlo)
    if written:
        say("")
        say(f"written to {out}: {', '.join(path.name for path in written)}")
    return written


def _used(fits: Sequence[Fit], charge: Sequence[Charge]) -> Recipe:
    """The recipe that repeats the fits: their energy scale, and each envelope once."""
    from xps.recipe import Recipe

    different: list[Envelope] = []
    for fit in fits:
        envelope = fit.envelope
        if not _serves_every_sample(fit, fits):
            envelope = envelope.model_copy(update={"sample": fit.sample})
        if envelope not in different:
            different.append(envelope)
    return Recipe(charge=tuple(charge), envelopes=tuple(different))


def _serves_every_sample(fit: Fit, fits: Sequence[Fit]) -> bool:
    """Whether the region has the same envelopes in each sample that has it."""
    by_sample: dict[str, list[Envelope]] = {}
    for other in fits:
        if other.region == fit.region:
            by_sample.setdefault(other.sample, []).append(other.envelope)
    first = next(iter(by_sample.values()))
    return all(
        all(e in first for e in envelopes) and all(e in envelopes for e in first)
        for envelopes in by_sample.values()
    )


def _document(
    name: str,
    sha256: str,
    fits: Sequence[Fit],
    rows: Sequence[Row],
    recipe: Recipe,
    registry: Registry,
    notes: Sequence[Finding],
) -> dict[str, object]:
    from peakwright.store import result_document
    from xps.quantify import row_dict

    return result_document(
        "peakwright.xps.fit/1",
        [{"path": name, "sha256": sha256}],
        registry,
        fits=[fit.to_dict() | {"envelope": _place(fit, recipe)} for fit in fits],
        fractions=[row_dict(row) for row in rows],
        findings=[note.to_dict() for note in notes],
        recipe=recipe.model_dump(mode="json", by_alias=True),
    )


def _place(fit: Fit, recipe: Recipe) -> int:
    """Which of the recipe's envelopes a fit has, from 0."""
    of_sample = fit.envelope.model_copy(update={"sample": fit.sample})
    return next(i for i, e in enumerate(recipe.envelopes) if e in (fit.envelope, of_sample))


def _write(
    out: Path,
    document: dict[str, object],
    fits: Sequence[Fit],
    rows: Sequence[Row],
    recipe: Recipe,
    caption: str,
    place: Path | None,
) -> tuple[Path, ...]:
    from peakwright.store import write_results
    from xps.recipe import to_toml

    all_rows = [row for fit in fits for row in fit.rows()]
    all_rows += [row for row in rows if row not in all_rows]
    figures = figures_of(fits, caption)
    inputs = [] if place is None else [place]
    return write_results(out, document, all_rows, to_toml(recipe), figures, inputs=inputs)


def figures_of(fits: Sequence[Fit], caption: str) -> dict[str, bytes]:
    """One figure a fit, and all of one sample side by side; file name to content."""
    from xps.plot import figure, overview, rendered

    found: dict[str, bytes] = {}

    def keep(stem: str, drawn: Any) -> None:
        for kind in ("svg", "png"):
            found[f"{stem}.{kind}"] = rendered(drawn, kind)

    with progress("drawing figures", total=len(fits)) as advance:
        for fit, title in zip(fits, titles(fits), strict=True):
            advance(fit.region)
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
    from peakwright.store import file_stem

    base = fit.region
    if len({f.sample for f in fits}) > 1:
        base = f"{fit.sample} {fit.region}"
    same = [f for f in fits if (f.sample, f.region) == (fit.sample, fit.region)]
    if len(same) > 1:
        base = f"{base} {next(i for i, f in enumerate(same) if f is fit) + 1}"
    return file_stem(base)
