"""What is to be said of results as files: inputs that changed, names, libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from ..agreement.documents import (
    FitDocument,
    PatternDocument,
    ProfileDocument,
    SeriesDocument,
    SurveyDocument,
)
from ..agreement.statement import NAMES, TECHNIQUES, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from references.registry import Registry

    from .gather import Result

__all__ = ["remarks"]


def remarks(results: Sequence[Result], registry: Registry) -> list[Finding]:
    """Give findings about results as files: what changed, whose they are, by which library."""
    return [
        *_changed(results),
        *_samples(results),
        *_same_names(results),
        *_libraries(results, registry),
    ]


def _changed(results: Iterable[Result]) -> Iterator[Finding]:
    for result in results:
        for name, _, standing in result.inputs:
            if standing == "changed":
                yield Finding(
                    rule="input_changed",
                    severity=Severity.WARNING,
                    subject=f"{result.label}: {name}",
                    message="the file is not any more the one that the result was made from; "
                    "`peakwright rerun` tells what comes of it now",
                )


def _samples(results: Sequence[Result]) -> Iterator[Finding]:
    """Names: one a technique, and of all techniques alike."""
    named = {
        technique: list(
            dict.fromkeys(
                name
                for result in results
                if result.technique == technique and _is_one_sample(result)
                for name in result.samples
            )
        )
        for technique in TECHNIQUES
    }
    for technique, names in named.items():
        if len(names) > 1:
            yield Finding(
                rule="several_samples",
                severity=Severity.WARNING,
                subject=NAMES[technique],
                reported=listed(names),
                message="results of several names in one folder, and a report is about one sample; "
                "they stand side by side, and each is compared with the other techniques by itself",
            )
    first = {NAMES[t]: names[0] for t, names in named.items() if names}
    if len(set(first.values())) > 1 and all(len(names) <= 1 for names in named.values()):
        yield Finding(
            rule="sample_names",
            severity=Severity.INFO,
            subject="the sample",
            reported=", ".join(f"{technique}: {name}" for technique, name in first.items()),
            message="the techniques call it differently; that it is one sample is what the folder "
            "says",
        )


def _is_one_sample(result: Result) -> bool:
    """Comparisons are of two by design."""
    return not result.document.schema_.endswith(".compare/1")


def _same_names(results: Sequence[Result]) -> Iterator[Finding]:
    """One name, and measurements of the same kind that were made from different files."""
    made: dict[tuple[str, str, str], dict[str, str]] = {}
    for result in results:
        hashes = "+".join(sorted(sha256 for _, sha256, _ in result.inputs))
        for name, what in _measured(result):
            made.setdefault((result.technique, name, what), {}).setdefault(hashes, result.label)
    told: dict[tuple[str, str], list[str]] = {}
    for (technique, name, _), places in made.items():
        if len(places) > 1:
            told.setdefault((technique, name), []).extend(places.values())
    for (technique, name), places in told.items():
        yield Finding(
            rule="same_name",
            severity=Severity.WARNING,
            subject=f"{NAMES[technique]}: {name}",
            reported=listed(sorted(places)),
            message="results of one name were made from different files: two spots, or two "
            "samples with one name?",
        )


def _measured(result: Result) -> list[tuple[str, str]]:
    """What was measured of which sample."""
    document = result.document
    if isinstance(document, FitDocument):
        return [(fit.sample, fit.region) for fit in document.fits]
    if isinstance(document, SeriesDocument):
        return [(series.sample, series.region) for series in document.series]
    if isinstance(document, SurveyDocument):
        return [(survey.sample, "survey") for survey in document.surveys]
    if isinstance(document, (PatternDocument, ProfileDocument)):
        return [(name, document.schema_) for name in result.samples]
    return []


def _libraries(results: Sequence[Result], registry: Registry) -> Iterator[Finding]:
    known = {
        (r.document.registry.version, r.document.registry.sha256): r.label
        for r in results
        if r.document.registry is not None
    }
    others = [version for version, sha256 in known if sha256 != registry.sha256]
    if len(known) > 1:
        yield Finding(
            rule="libraries_differ",
            severity=Severity.WARNING,
            subject=listed(known.values()),
            reported=listed(f"{version} ({sha256[:8]})" for version, sha256 in known),
            message="the results rest on different libraries; make them again with one of them",
        )
    elif others:
        yield Finding(
            rule="libraries_differ",
            severity=Severity.INFO,
            subject="the library",
            reported=others[0],
            reference=registry.version,
            message="the report joins species by another library than the results rest on; name "
            "theirs with --library",
        )
