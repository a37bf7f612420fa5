"""The page: jinja2 templates filled with what a report holds, every text escaped."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from references import UnknownReferenceError
from references.rounding import plus_minus
from references.words import Basis, Finding, Kind, Severity

from .. import __version__
from ..agreement import Says
from ..agreement.statement import ITSELF, NAMES, listed
from ..agreement.tofsims import CHANGE, LEVEL
from .content import BASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from markupsafe import Markup

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


TOLD = frozenset({Basis.ATOMIC, Basis.ATOMIC_ALL, Basis.AREA_LEVELS})
"""Bases that a denominator does not tell by itself."""
CODE = re.compile(r"`([^`\n]{1,80})`")
SIGNS = (
    (re.compile(r" \+- "), " ± "),
    (re.compile(r"(?<=\d) um\b"), " µm"),
    (re.compile(r"\bcounts/s\*eV\b"), "counts·eV/s"),
    (re.compile(r"\bcounts\*eV\b"), "counts·eV"),
    (re.compile(r"&gt;= "), "≥ "),
    (re.compile(r"&lt;= "), "≤ "),
    (re.compile(r"(?<=\d) (?=(?:[±%]|wt%|at%|eV|nm|µm|ppm|ns|u|s)(?!\w))"), "\u00a0"),
    (re.compile(r"(?:(?<=[±<≥≤])|(?<=&lt;)) (?=\d)"), "\u00a0"),
    # Space groups and ions: a line may end after a hyphen, but not within a name.
    (re.compile(r"(?<![\w-])[PABCFIR]-\d\w*(?:/\w+)?"), r'<span class="whole">\g<0></span>'),
)
"""How a text of a result is set: what to look for, and what stands there instead."""


def page(report: Report) -> str:
    """Fill the template."""
    from markupsafe import Markup

    measured = {t: report.agreement.measurements(t) for t in report.agreement.techniques}
    several = frozenset(
        t for t in measured if len({s.sample for s in _by(report, t) if s.sample}) > 1
    )
    text = _compiled().render(
        report=report,
        agreement=report.agreement,
        cells={
            (species, technique): _cells(report.agreement.of(species, technique), several)
            for species in report.agreement.species
            for technique in report.agreement.techniques
        },
        techniques=NAMES,
        measured=measured,
        compared=_compared(measured),
        loud=_loud(report),
        listed=listed,
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


def _by(report: Report, technique: str) -> list[Statement]:
    return [s for s in report.agreement.statements if s.technique == technique]


@cache
def _compiled() -> Any:
    """The template: all that is put into it is escaped, unless it is markup of ours."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["slug"] = _slug
    environment.filters["set"] = _set
    return environment.from_string(_template("report.html"))


def _slug(text: object) -> str:
    return str(text).replace(" ", "-")


def _set(text: object, *, code: bool = False) -> Markup:
    """Escape a text and set it: signs for what keyboards lack, no break where none may be.

    ``code`` is for our own sentences, in which a command stands between backticks.
    """
    from markupsafe import Markup, escape

    told = str(escape(text))
    if code:
        told = CODE.sub(r"<code>\1</code>", told)
    for pattern, sign in SIGNS:
        told = pattern.sub(sign, told)
    return Markup(told)  # noqa: S704 - escaped above; the signs are ours


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
    of: list[str] = field(default_factory=list[str])
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
        if of and not one.rows and of not in cell.of:
            cell.of.append(of)
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
        if row.basis is not None and row.basis in TOLD:
            what += ", " + BASES[row.basis]
        if row.subject.endswith("beyond the lattice"):
            what += ", beyond the lattice"
        fixed = " (fixed)" if estimate.kind is Kind.FIXED else ""
        return plus_minus(estimate.scaled(100.0)), f"{what}{of}{fixed}"
    ion = "" if alone else f" of {row.subject}"
    if row.quantity == LEVEL:
        return plus_minus(estimate), f"{LEVEL}{ion}{of}"
    over, _, verdict = row.quantity.removeprefix(CHANGE).partition(" (")
    told = f"change{f' from{over}' if over else ''}{ion}{of}"
    return f"{plus_minus(estimate)} %", f"{told}{f', {verdict[:-1]}' if verdict else ''}"


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


def _compared(measured: Mapping[str, Sequence[str]]) -> str:
    """Say of techniques with several measurements that each is compared by itself."""
    told = [
        f"{NAMES[technique]} has {len(names)} measurements ({listed(names, 8)})"
        for technique, names in measured.items()
        if len(names) > 1
    ]
    if not told:
        return ""
    return f"{listed(told)}: each is compared with the other techniques by itself."


@dataclass(frozen=True, slots=True, kw_only=True)
class Loud:
    """An error or a warning, where it stands in the page, and in which part of it."""

    finding: Finding
    key: str
    part: str


def _loud(report: Report) -> list[Loud]:
    """What the head of the page leads to, errors first."""
    parts = [("files", "the files", report.notes)]
    parts += [("agreement", "the techniques together", report.agreement.findings)]
    parts += [(section.key, section.title, section.findings) for section in report.sections]
    found = [
        Loud(finding=finding, key=f"{key}-finding-{i}", part=part)
        for key, part, findings in parts
        for i, finding in enumerate(findings, start=1)
        if finding.severity is not Severity.INFO
    ]
    return sorted(found, key=lambda one: one.finding.severity is not Severity.ERROR)


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
            made.setdefault(_pretty(told), []).append(result.label)
    return [(", ".join(places), text) for text, places in made.items()]


def _named(place: str) -> str:
    return ITSELF if place == "." else place


def _pretty(given: Any) -> str:
    return json.dumps(given, indent=1, ensure_ascii=False, default=str)
