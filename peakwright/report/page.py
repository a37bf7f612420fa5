"""The page: jinja2 templates filled with what a report holds, every text escaped."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from references import UnknownReferenceError
from references.rounding import plus_minus
from references.words import Basis, Kind, Severity

from .. import __version__
from ..agreement import Says
from .gather import NAMES

if TYPE_CHECKING:
    from references.value import Source
    from references.words import Row

    from ..agreement import Agreement, Statement
    from . import Report
    from .content import Figure

__all__ = ["page"]

SIGHTS = {
    "xps": "the surface: three inelastic mean free paths (TPP-2M in Li6PS5Cl, normal emission); "
    "all elements but H and He, chemical states by their lines",
    "tofsims": "the uppermost 1 to 2 nm at each point of the depth profile; an ion is a fragment "
    "of what was there, and its counts are no amount",
    "xrd": "the bulk, some ten micrometres; crystalline phases only, and only those asked for",
}
"""What each technique sees, for the head of its column."""
WORDS = {
    Says.PRESENT: "It is there: what is seen is not explained by anything else that was asked for.",
    Says.COMPATIBLE: "What it would show is seen, and something else would show the same.",
    Says.BELOW_LIMIT: "It was asked for and not seen; the limit says how little would have been.",
    Says.UNDECIDED: "It was asked for, and there is no answer.",
    Says.CANNOT_SEE: "It could not have been seen, for the reason given.",
}


def page(report: Report) -> str:
    """Fill the template."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["slug"] = lambda text: str(text).replace(" ", "-")
    template = environment.from_string(_template("report.html"))
    text = template.render(
        report=report,
        agreement=report.agreement,
        cells={
            (species, technique): [_cell(s) for s in report.agreement.of(species, technique)]
            for species in report.agreement.species
            for technique in report.agreement.techniques
        },
        techniques=NAMES,
        sights=SIGHTS,
        words=[(says, WORDS[says]) for says in _used(report.agreement)],
        several=_several(report.agreement),
        sources=_sources(report),
        style=Markup(_template("report.css")),  # noqa: S704 - our own file
        svg=_drawn,
        fingerprint=_fingerprint(report),
        packages=_packages(report),
        pretty=_pretty,
        version=__version__,
        Severity=Severity,
    )
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _template(name: str) -> str:
    return (files("peakwright.report") / "templates" / name).read_text(encoding="utf-8")


def _drawn(figure: Figure) -> str:
    from markupsafe import Markup

    return Markup(figure.drawing.markup)  # noqa: S704 - checked by svg.py, element by element


def _cell(statement: Statement) -> dict[str, object]:
    """A statement as a cell of the table shows it."""
    return {
        "says": statement.says,
        "sample": statement.sample,
        "by": statement.by,
        "numbers": [_number(row) for row in statement.rows],
        "why": statement.why,
        "depth": "" if statement.depth is None else statement.depth.text,
        "nm": None if statement.depth is None else statement.depth.nm,
    }


def _number(row: Row) -> tuple[str, str]:
    """A number, and what it is of."""
    estimate = row.estimate
    if row.unit == "1":
        what = "wt%" if row.basis is Basis.CRYSTALLINE_MASS else f"% of {row.denominator}"
        if row.basis in {Basis.ATOMIC, Basis.ATOMIC_ALL, Basis.AREA_LEVELS}:
            what += ", " + str(row.basis).replace("_", " ")
        if row.subject.endswith("beyond the lattice"):
            what += ", beyond the lattice"
        fixed = " (fixed)" if estimate.kind is Kind.FIXED else ""
        return plus_minus(estimate.scaled(100.0)), f"{what}{fixed}"
    if row.quantity == "counts a point":
        return plus_minus(estimate), f"counts a point of {row.subject}"
    told = row.quantity.partition(" (")[2].rstrip(")")
    return f"{plus_minus(estimate)} %", f"change of {row.subject}{f', {told}' if told else ''}"


def _used(agreement: Agreement) -> list[Says]:
    there = {statement.says for statement in agreement.statements}
    return [says for says in Says if says in there]


def _several(agreement: Agreement) -> dict[str, bool]:
    """Whether a technique has more than one sample, so that each statement names its own."""
    return {
        technique: len({s.sample for s in agreement.statements if s.technique == technique} - {""})
        > 1
        for technique in agreement.techniques
    }


def _sources(report: Report) -> list[Source]:
    """What findings rest on, each once, in the order of their keys."""
    keys = sorted({key for finding in report.findings for key in finding.sources})
    found: list[Source] = []
    for key in keys:
        try:
            found.append(report.registry.source(key))
        except UnknownReferenceError:
            continue
    return found


def _fingerprint(report: Report) -> str:
    """A hash over the results, by which two reports of the same results know each other."""
    hashes = "".join(sorted(result.sha256 for result in report.results))
    return hashlib.sha256(hashes.encode()).hexdigest()


def _packages(report: Report) -> list[tuple[str, str]]:
    """What results were made with, and which results; several of one kind together."""
    made: dict[str, list[str]] = {}
    for result in report.results:
        told = {
            key: value
            for key, value in result.environment.items()
            if key in {"peakwright", "python", "platform", "packages"}
        }
        if told:
            made.setdefault(_pretty(told), []).append(result.place)
    return [(", ".join(places), text) for text, places in made.items()]


def _pretty(given: Any) -> str:
    return json.dumps(given, indent=1, ensure_ascii=False, default=str)
