"""The page: jinja2 templates filled with what a report holds, every text escaped."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from references import UnknownReferenceError
from references.rounding import plus_minus
from references.words import Basis, Kind, Severity

from .. import __version__
from ..agreement import Says
from .remarks import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    from markupsafe import Markup

    several = _several(report.agreement)
    text = _compiled().render(
        report=report,
        agreement=report.agreement,
        cells={
            (species, technique): _cells(report.agreement.of(species, technique), several)
            for species in report.agreement.species
            for technique in report.agreement.techniques
        },
        techniques=NAMES,
        sights=SIGHTS,
        words=[(says, WORDS[says]) for says in _used(report.agreement)],
        groups=_groups(report.agreement),
        sources=_sources(report),
        style=Markup(_template("report.css")),  # noqa: S704 - our own file
        svg=_drawn,
        fingerprint=_fingerprint(report),
        packages=_packages(report),
        pretty=_pretty,
        named=_named,
        version=__version__,
        Severity=Severity,
    )
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


@cache
def _compiled() -> Any:
    """The template: all that is put into it is escaped, unless it is markup of ours."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["slug"] = _slug
    return environment.from_string(_template("report.html"))


def _slug(text: object) -> str:
    return str(text).replace(" ", "-")


def _template(name: str) -> str:
    return (files("peakwright.report") / "templates" / name).read_text(encoding="utf-8")


def _drawn(figure: Figure) -> str:
    from markupsafe import Markup

    return Markup(figure.drawing.markup)  # noqa: S704 - checked by svg.py, element by element


@dataclass(slots=True, kw_only=True)
class Cell:
    """Statements of one technique that say the same by the same, as the table shows them."""

    says: Says
    by: str
    depth: str
    numbers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    why: list[str] = field(default_factory=list[str])


def _cells(statements: Iterable[Statement], several: frozenset[str]) -> list[Cell]:
    """Put together what says the same of several samples."""
    told = list(statements)
    found: dict[tuple[Says, str, str], Cell] = {}
    for one in told:
        # That of the others is in the head of their column.
        depth = one.depth.text if one.depth and one.technique == "xps" else ""
        depth = depth.partition(" (")[0]
        key = (one.says, one.by, depth)
        cell = found.setdefault(key, Cell(says=one.says, by=one.by, depth=depth))
        of = one.sample if one.technique in several else ""
        results = {o.where for o in told if (o.by, o.sample) == (one.by, one.sample)}
        if len(results) > 1:
            of = f"{of}, {_named(one.where)}" if of else _named(one.where)
        single = len({row.subject for row in one.rows}) == 1
        cell.numbers += [_number(row, f" in {of}" if of else "", alone=single) for row in one.rows]
        why = f"{of}: {one.why}" if one.why and of and not _is_shared(one, told) else one.why
        if why and why not in cell.why:
            cell.why.append(why)
    return list(found.values())


def _is_shared(one: Statement, told: Iterable[Statement]) -> bool:
    """Whether all that say the same by the same give the same reason."""
    same = {o.why for o in told if (o.says, o.by) == (one.says, one.by)}
    return len(same) == 1


def _number(row: Row, of: str, *, alone: bool) -> tuple[str, str]:
    """A number, and what it is of."""
    estimate = row.estimate
    if row.unit == "1":
        what = "wt%" if row.basis is Basis.CRYSTALLINE_MASS else f"% of {row.denominator}"
        if row.basis in {Basis.ATOMIC, Basis.ATOMIC_ALL, Basis.AREA_LEVELS}:
            what += ", " + str(row.basis).replace("_", " ")
        if row.subject.endswith("beyond the lattice"):
            what += ", beyond the lattice"
        fixed = " (fixed)" if estimate.kind is Kind.FIXED else ""
        return plus_minus(estimate.scaled(100.0)), f"{what}{of}{fixed}"
    ion = "" if alone else f" of {row.subject}"
    if row.quantity == "counts a point":
        return plus_minus(estimate), f"counts a point{ion}{of}"
    told = row.quantity.partition(" (")[2].rstrip(")")
    return f"{plus_minus(estimate)} %", f"change{ion}{of}{f', {told}' if told else ''}"


def _groups(agreement: Agreement) -> list[tuple[str, list[tuple[str, str]]]]:
    """Species by whether any technique sees them."""
    seen = {s.species for s in agreement.statements if s.says.is_seen}
    rest = {s.species for s in agreement.statements if s.says is Says.UNDECIDED} - seen
    labels = agreement.labels
    return [
        ("Seen by at least one technique", [one for one in labels if one[0] in seen]),
        ("Undecided", [one for one in labels if one[0] in rest]),
        ("Asked for and seen by none", [one for one in labels if one[0] not in seen | rest]),
    ]


def _used(agreement: Agreement) -> list[Says]:
    there = {statement.says for statement in agreement.statements}
    return [says for says in Says if says in there]


def _several(agreement: Agreement) -> frozenset[str]:
    """Techniques with more than one sample: there each number names its own."""
    return frozenset(
        technique
        for technique in agreement.techniques
        if len({s.sample for s in agreement.statements if s.technique == technique} - {""}) > 1
    )


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
            made.setdefault(_pretty(told), []).append(_named(result.place))
    return [(", ".join(places), text) for text, places in made.items()]


def _named(place: str) -> str:
    return "the folder itself" if place == "." else place


def _pretty(given: Any) -> str:
    return json.dumps(given, indent=1, ensure_ascii=False, default=str)
