"""XPS in a report: fractions, lines, surveys, series and comparisons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from references.rounding import plus_minus, rounded_up
from references.words import Basis, Estimate, Kind, UncertaintyParts

from ..agreement.components import BEYOND
from ..agreement.documents import (
    FitDocument,
    JointDocument,
    SampleComparison,
    SeriesDocument,
    SurveyDocument,
)
from ..agreement.statement import listed
from ..methods.prose import spelt
from ..methods.xps import without_keys
from ..store import file_stem
from .content import BASES, Table, columns, ends, largest_part, percent
from .told import Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from references.words import Finding

    from ..agreement.documents import (
        Component,
        Document,
        FractionRow,
        Series,
        Side,
        Survey,
        XpsFit,
    )

__all__ = ["told"]

DASH = "\N{EN DASH}"
STATISTICS = {
    "poisson": "Poisson likelihood",
    "sqrt_counts": "least squares weighted by counts",
    "unweighted": "unweighted least squares",
}


def told(document: Document) -> Told | None:
    """Say what a result of XPS comes to; ``None`` where it is of another technique."""
    if isinstance(document, FitDocument):
        return _fits(document)
    if isinstance(document, SurveyDocument):
        return _surveys(document)
    if isinstance(document, SeriesDocument):
        return _series(document)
    if isinstance(document, SampleComparison):
        return _comparison(document)
    return None


def _fits(document: FitDocument) -> Told:
    fits = document.fits
    samples = dict.fromkeys(fit.sample for fit in fits if fit.sample)
    settled = [fit for fit in fits if fit.assessment == "converged"]
    joint = isinstance(document, JointDocument)
    regions = f"{listed((fit.region for fit in fits), 12)}{' as one model' if joint else ''}"
    lead = [f"{regions}: {len(settled)} of {len(fits)} fits converged."]
    lead += [
        f"{fit.region}: {spelt(fit.assessment)}; {fit.message or 'it has no intervals'}."
        for fit in fits
        if fit not in settled
    ]
    lead += _shares(document, several=len(samples) > 1)
    findings = [
        _of_sample(f.finding(), fit.sample if len(samples) > 1 else "")
        for fit in fits
        for f in fit.findings
    ]
    findings += [f.finding() for f in document.findings]
    return Told(
        title=f"XPS core levels of {listed(samples) or 'the sample'}",
        lead=tuple(lead),
        tables=(
            *_fraction_tables(document, several=len(samples) > 1),
            _lines(fits, several=len(samples) > 1),
        ),
        captions={_stem(fit, fits): _caption(fit, document) for fit in fits},
        # The same panels side by side.
        skip=frozenset({"overview"}) if len(fits) > 1 else frozenset(),
        findings=tuple(dict.fromkeys(findings)),
    )


def _of_sample(finding: Finding, sample: str) -> Finding:
    """Name the sample of a finding, where there are several."""
    if not sample or sample in finding.subject:
        return finding
    return replace(finding, subject=f"{finding.subject} of {sample}")


def _shares(document: FitDocument, *, several: bool) -> list[str]:
    """What each level is made of, a sentence a sample."""
    by_sample: dict[str, list[str]] = {}
    for fit in document.fits:
        shares = [
            f"{row.subject} {plus_minus(row.estimate().scaled(100.0))} %"
            f"{_reserved(row, fit, document)}"
            for row in fit.fractions
            if not row.subject.endswith(BEYOND)
            and (row.kind is not Kind.FIXED or _beyond(row, fit, document))
        ]
        if shares and fit.assessment == "converged":
            by_sample.setdefault(fit.sample, []).append(f"{fit.region}: {', '.join(shares)}")
    return [
        f"Within each level{f' of {sample}' if several else ''}: {'; '.join(told)}."
        for sample, told in by_sample.items()
    ]


def _reserved(row: FractionRow, fit: XpsFit, document: FitDocument) -> str:
    """What of a share is not the lattice's, at the same energy: a share does not say it."""
    rest = _beyond(row, fit, document)
    if rest is None:
        return ""
    told = f"{percent(rest.estimate())} % of {rest.denominator} beyond the lattice"
    if rest.kind is Kind.UPPER_LIMIT:
        return f" (all of it may be the lattice's: {told})"
    return f" ({'fixed; ' if row.kind is Kind.FIXED else ''}{told})"


def _beyond(row: FractionRow, fit: XpsFit, document: FitDocument) -> FractionRow | None:
    """What a split has left of a species when the lattice's own is taken off."""
    names = {f"{row.subject}{BEYOND}", f"{row.subject} ({fit.region}){BEYOND}"}
    return next(
        (
            rest
            for rest in (*document.fractions, *fit.fractions)
            if rest.subject in names
            and rest.sample in {"", fit.sample}
            and (rest.basis is not Basis.WITHIN_LEVEL or rest.denominator == row.denominator)
        ),
        None,
    )


def _stem(fit: XpsFit, fits: Sequence[XpsFit]) -> str:
    """The name of a fit's figure, as `xps fit` gives it."""
    base = fit.region
    if len({other.sample for other in fits}) > 1:
        base = f"{fit.sample} {fit.region}"
    same = [o for o in fits if (o.sample, o.region) == (fit.sample, fit.region)]
    if len(same) > 1:
        base = f"{base} {same.index(fit) + 1}"
    return file_stem(base)


def _caption(fit: XpsFit, document: FitDocument) -> str:
    """What is shown, of which sample, by which model and statistic."""
    names = listed(dict.fromkeys(c.name for c in fit.components), 6)
    statistics, charge = fit.statistics, fit.charge
    sample = fit.sample or "the sample"
    shown = f"data (points), envelope (line) and its components {names}"
    said = [f"XPS, {fit.region} of {sample}: {shown}"]
    background = _background(fit, document)
    if background:
        said[0] += f" over {background}"
    said[0] += " (dashed); below, residuals over their standard uncertainty u."
    if statistics.statistic:
        quality = (
            "" if statistics.chi2_reduced is None else f", reduced χ² {statistics.chi2_reduced:.2f}"
        )
        points = (
            f" ({statistics.points} points, {statistics.free_parameters} free parameters)"
            if statistics.points and statistics.free_parameters
            else ""
        )
        said.append(
            f"Fitted by {STATISTICS.get(statistics.statistic, statistics.statistic)}{quality}"
            f"{points}."
        )
    if charge.reference:
        shift = (
            "" if charge.shift is None else f", shifted by {_shift(charge.shift, charge.shift_u)}"
        )
        said.append(f"Energy scale: {without_keys(charge.reference)[0]}{shift}.")
    alone = [row.subject for row in fit.fractions if row.kind is Kind.FIXED]
    if alone:
        said.append(
            f"100 % of {listed(alone)} is fixed: the only species of the model, no measurement."
        )
    if fit.assessment != "converged":
        said.append(f"The fit has no intervals: {spelt(fit.assessment)}.")
    return " ".join(said)


def _shift(shift: float, u: float | None) -> str:
    parts = UncertaintyParts(counting=u)
    return f"{plus_minus(Estimate(value=shift, u=u, u_parts=parts))} eV"


def _background(fit: XpsFit, document: FitDocument) -> str:
    place = fit.envelope
    if place is None or not 0 <= place < len(document.recipe.envelope):
        return ""
    background = document.recipe.envelope[place].background
    article = "an" if background.mode.startswith("a") else "a"
    kind = (
        background.kind.title() if background.kind in {"shirley", "tougaard"} else background.kind
    )
    return f"{article} {background.mode} {kind} background" if kind else ""


def _fraction_tables(document: FitDocument, *, several: bool) -> tuple[Table, ...]:
    """Fractions, a table a basis: what has another basis does not compare."""
    rows = [row for fit in document.fits for row in fit.fractions]
    rows += [row for row in document.fractions if row not in rows]
    bases = dict.fromkeys(row.basis for row in rows)
    return tuple(
        _fractions([row for row in rows if row.basis is basis], basis, several=several)
        for basis in bases
    )


def _fractions(rows: Sequence[FractionRow], basis: Basis, *, several: bool) -> Table:
    found: list[tuple[str, ...]] = []
    for row in rows:
        estimate = row.estimate().scaled(100.0)
        found.append(
            (
                row.subject,
                *((row.sample,) if several else ()),
                row.denominator,
                percent(row.estimate()),
                ends(estimate),
                largest_part(estimate),
            )
        )
    sample = ("sample",) if several else ()
    fixed = any(row.kind is Kind.FIXED for row in rows)
    return Table(
        caption=f"Species fractions, {BASES[basis]}: each as a share of the column “of”",
        columns=columns(
            "species", *sample, "of", "fraction / % #", "95 % interval / % #",
            "largest part of u / % #",
        ),
        rows=tuple(found),
        note="Fixed: the only species of its level's model, so its share is no measurement."
        if fixed
        else "",
    )  # fmt: skip


def _lines(fits: Sequence[XpsFit], *, several: bool) -> Table:
    rows = [
        (
            component.line,
            *((fit.sample,) if several else ()),
            component.name,
            _told(component, "position"),
            _told(component, "fwhm"),
            _told(component, "area"),
            spelt(component.shape) or DASH,
        )
        for fit in fits
        for component in fit.components
    ]
    unit = next((c.area_unit for fit in fits for c in fit.components if c.area_unit), "")
    sample = ("sample",) if several else ()
    return Table(
        caption="Lines: energy, width and area, each ± its standard uncertainty",
        columns=columns(
            "line", *sample, "component", "energy / eV #", "FWHM / eV #",
            f"area / ({unit}) #" if unit else "area #", "shape",
        ),
        rows=tuple(rows),
        note="A number without ± is held or follows from another.",
    )  # fmt: skip


def _told(component: Component, quantity: str) -> str:
    given = getattr(component.estimates, quantity)
    value, u = getattr(component, quantity), getattr(component, f"{quantity}_u")
    if given is not None and given.kind is Kind.UPPER_LIMIT and given.high is not None:
        return f"< {rounded_up(given.high)}"
    parts = UncertaintyParts(counting=u)
    return plus_minus(
        Estimate(value=value, u=u or None, u_parts=parts if u else UncertaintyParts())
    )


def _surveys(document: SurveyDocument) -> Told:
    surveys = document.surveys
    findings = [f.finding() for survey in surveys for f in survey.findings]
    findings += [f.finding() for f in document.findings]
    stems = [file_stem(f"survey {survey.sample}".strip()) for survey in surveys]
    captions = {
        f"{stem}_{i + 1}" if stems.count(stem) > 1 else stem: _survey_caption(survey)
        for i, (survey, stem) in enumerate(zip(surveys, stems, strict=True))
    }
    return Told(
        title=f"XPS survey of {listed(s.sample for s in surveys if s.sample) or 'the sample'}",
        lead=tuple(_elements(survey) for survey in surveys),
        tables=tuple(_survey_table(survey) for survey in surveys),
        captions=captions,
        findings=tuple(dict.fromkeys(findings)),
    )


def _elements(survey: Survey) -> str:
    there = [e.element for e in survey.elements if e.standing == "present"]
    absent = [e.element for e in survey.elements if e.standing == "absent"]
    said = f"{listed(there, 20) or 'No element'} {'are' if len(there) > 1 else 'is'} established"
    return f"{said}; {listed(absent, 20)} below their limits." if absent else f"{said}."


def _survey_caption(survey: Survey) -> str:
    photon = f", photon energy {survey.photon_energy:g} eV" if survey.photon_energy else ""
    return f"Survey of {survey.sample or 'the sample'} with the lines of its elements{photon}."


def _survey_table(survey: Survey) -> Table:
    return Table(
        caption=f"Elements of {survey.sample or 'the sample'}, atomic, all elements",
        columns=columns(
            "element", "standing", "fraction / at% #", "95 % interval / at% #", "by", "why"
        ),
        rows=tuple(
            (
                element.element,
                element.standing,
                percent(element.fraction.estimate()) if element.fraction else DASH,
                ends(element.fraction.estimate().scaled(100.0)) if element.fraction else DASH,
                element.quantified_on or DASH,
                element.reason,
            )
            for element in survey.elements
        ),
    )


def _series(document: SeriesDocument) -> Told:
    series = document.series
    several = [one for one in series if sum(o.region == one.region for o in series) > 1]
    captions: dict[str, str] = {}
    for number, one in enumerate(series):
        stem = file_stem(f"{one.region} {number + 1}" if one in several else one.region)
        captions[stem] = (
            f"{one.region} of {one.sample or 'the sample'} along {one.spectra} spectra: fractions "
            "within the level with their 95 % intervals."
        )
    return Told(
        title=f"XPS series of {listed(s.sample for s in series if s.sample) or 'the sample'}",
        lead=tuple(_settled(one) for one in series),
        tables=(
            Table(
                caption="Species along the series, within the level",
                columns=columns(
                    "species", "of", "spectra with it #", "smallest / % #", "largest / % #"
                ),
                rows=tuple(_series_rows(series)),
                note="Ends of the range over the spectra; u of each spectrum is in rows.csv.",
            ),
        ),
        captions=captions,
        findings=tuple(f.finding() for f in document.findings),
    )


def _settled(series: Series) -> str:
    settled = sum(word == "converged" for word in series.assessment)
    return f"{series.region}: {settled} of {series.spectra} fits converged."


def _series_rows(series: Iterable[Series]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for one in series:
        for species in one.species:
            pairs = zip(species.fraction, species.kind, strict=False)
            shares = [v for v, kind in pairs if v is not None and kind in {"standard", "profile"}]
            ends_told = (
                (f"{100 * min(shares):.3g}", f"{100 * max(shares):.3g}") if shares else (DASH, DASH)
            )
            whole = species.denominator or one.region
            found.append((species.name, whole, f"{len(shares)} of {one.spectra}", *ends_told))
    return found


def _comparison(document: SampleComparison) -> Told:
    names = [
        listed(dict.fromkeys(spot.sample for spot in side if spot.sample)) or letter
        for letter, side in (("A", document.a), ("B", document.b))
    ]
    rows: list[tuple[str, ...]] = []
    for one in document.differences:
        u = one.difference.u
        parts = UncertaintyParts(counting=u)
        change = Estimate(value=one.difference.value, u=u, u_parts=parts).scaled(100.0)
        p = one.p_two_sided
        rows.append(
            (
                one.subject,
                f"{one.denominator} ({BASES[one.basis]})",
                *(_side(s) for s in (one.a, one.b)),
                plus_minus(change),
                _span(one.difference.low, one.difference.high),
                DASH if p is None else ("< 0.0001" if p < 1e-4 else f"{p:.2g}"),
            )
        )
    return Told(
        title=f"XPS: {names[1]} against {names[0]}",
        lead=(f"{len(document.differences)} fractions that both have in common.",),
        tables=(
            Table(
                caption=f"A: {names[0]}; B: {names[1]}",
                columns=columns(
                    "species",
                    "of",
                    "A / % #",
                    "B / % #",
                    "B − A / % #",
                    "95 % interval / % #",
                    "p #",
                ),
                rows=tuple(rows),
            ),
        ),
        captions={
            "comparison": f"Fractions of {names[0]} and {names[1]}: differences with their 95 % "
            "intervals."
        },
        findings=tuple(f.finding() for f in document.findings),
    )


def _side(side: Side) -> str:
    """A fraction of one sample in per cent."""
    if side.value is None:
        return DASH
    parts = UncertaintyParts(counting=side.u)
    return plus_minus(Estimate(value=side.value, u=side.u, u_parts=parts).scaled(100.0))


def _span(low: float | None, high: float | None) -> str:
    """An interval of fractions in per cent."""
    if low is None or high is None or low > high:
        return DASH
    middle = Estimate(value=0.5 * (low + high), low=low, high=high, level=0.95)
    return ends(middle.scaled(100.0))
