"""One page for one sample, in which the techniques check each other.

:func:`make` reads the results in a sample's folder, :func:`html` writes the page: self-contained,
with no script and nothing to fetch, and the same bytes for the same results.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry

    from ..agreement import Agreement
    from .content import Section
    from .gather import Result

__all__ = ["Report", "document", "html", "make"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """What a page is made of.

    Attributes
    ----------
    sample : str
        What the sample is called: by XPS where there is XPS, else by TOF-SIMS, else by XRD; of
        several names the first two, and how many more there are.
    sections : tuple of Section
        One a result, surface first.
    agreement : Agreement
        What the techniques say of each species.
    notes : tuple of Finding
        About the results as files.
    registry : Registry
        By which species were joined.
    """

    sample: str
    sections: tuple[Section, ...]
    agreement: Agreement
    notes: tuple[Finding, ...]
    registry: Registry

    @property
    def results(self) -> tuple[Result, ...]:
        """The results, in the order of their sections."""
        return tuple(section.result for section in self.sections)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings: of the files, of the agreement, of each result."""
        own = (finding for section in self.sections for finding in section.findings)
        return (*self.notes, *self.agreement.findings, *own)

    @property
    def counts(self) -> dict[Severity, int]:
        """How many findings there are of each severity."""
        found = self.findings
        return {s: sum(f.severity is s for f in found) for s in reversed(Severity)}

    @property
    def has_errors(self) -> bool:
        """Whether a finding is an error."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def make(folder: str | Path, *, registry: Registry | None = None) -> Report:
    """Read the results in a sample's folder and below it, and let them check each other.

    Parameters
    ----------
    folder : path
        With folders that ``--out`` of the commands has written.
    registry : Registry, optional
        By which species are joined; the bundled library where not given.

    Returns
    -------
    Report

    Raises
    ------
    DataFileError
        If it is no folder, or holds no result that a report can show.
    """
    from references import load

    from ..agreement import TECHNIQUES, agree_on
    from ..agreement.statement import listed
    from .gather import gather
    from .sections import section

    known = registry or load()
    gathered = gather(Path(folder), known)
    sections = _told_apart([section(result, i + 1) for i, result in enumerate(gathered.results)])
    named = next((names for t in TECHNIQUES if (names := _names(gathered.results, t))), ())
    notes = (*gathered.findings, *(note for one in sections for note in one.notes))
    return Report(
        sample=listed(named, 2) or Path(folder).resolve().name,
        sections=sections,
        agreement=agree_on({r.place: r.document for r in gathered.results}, known),
        notes=notes,
        registry=known,
    )


def document(report: Report) -> dict[str, object]:
    """Give a report as its JSON-ready document, ``peakwright.report/1``."""
    from ..store import result_document

    inputs = dict.fromkeys(
        (given.path, given.sha256) for result in report.results for given in result.document.inputs
    )
    return result_document(
        "peakwright.report/1",
        [{"path": path, "sha256": sha256} for path, sha256 in inputs],
        report.registry,
        sample=report.sample,
        results=[_listed(section) for section in report.sections],
        agreement=report.agreement.to_dict(),
        findings=[note.to_dict() for note in report.notes],
    )


def html(report: Report) -> str:
    """Write the page: one self-contained HTML document."""
    from .page import page

    return page(report)


def _names(results: Sequence[Result], technique: str) -> tuple[str, ...]:
    """What a technique's results call their samples, each once."""
    names = (name for r in results if r.technique == technique for name in r.samples)
    return tuple(dict.fromkeys(names))


def _told_apart(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Add the folder to a title that comes twice."""
    titles = [section.title for section in sections]
    return tuple(
        replace(one, title=f"{one.title} ({one.result.label})")
        if titles.count(one.title) > 1
        else one
        for one in sections
    )


def _listed(section: Section) -> dict[str, object]:
    """A result by what it is and what it says."""
    result = section.result
    return {
        "place": result.place,
        "schema": result.document.schema_,
        "sha256": result.sha256,
        "version": result.document.version,
        "samples": list(result.samples),
        "title": section.title,
        "says": list(section.lead),
        "inputs": [
            {"path": name, "sha256": sha256, "standing": standing}
            for name, sha256, standing in result.inputs
        ],
        "findings": [finding.to_dict() for finding in section.findings],
    }
