"""What XPS says of elements, whatever they are bound to: by surveys and by fitted regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references import UnknownReferenceError
from references.rounding import rounded_up
from references.words import Assessment

from .components import asked_of, is_limit
from .documents import FitDocument, SeriesDocument, SurveyDocument
from .statement import ElementEvidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from references.registry import Registry

    from .documents import Document, XpsFit

__all__ = ["elements_of", "evidence", "levels_of"]


def levels_of(documents: Iterable[Document]) -> set[str]:
    """Give the core levels that were fitted."""
    found: set[str] = set()
    for document in documents:
        if isinstance(document, FitDocument):
            found |= {fit.region for fit in document.fits}
        elif isinstance(document, SeriesDocument):
            found |= {series.region for series in document.series}
    return found


def evidence(documents: Mapping[str, Document], registry: Registry) -> list[ElementEvidence]:
    """Give what surveys and fitted regions say of elements."""
    found: list[ElementEvidence] = []
    for where, document in documents.items():
        if isinstance(document, SurveyDocument):
            found += _of_surveys(document, where)
        elif isinstance(document, FitDocument):
            for fit in document.fits:
                found += _of_region(fit, document, where, registry)
    return found


def elements_of(documents: Iterable[Document], registry: Registry) -> frozenset[str]:
    """Give the elements that the results were told of or have found."""
    found: set[str] = set()
    for document in documents:
        if isinstance(document, (FitDocument, SeriesDocument)):
            found |= {e for envelope in document.recipe.envelope for e in envelope.elements}
        elif isinstance(document, SurveyDocument):
            found |= {
                element.element
                for survey in document.surveys
                for element in survey.elements
                if element.standing == "present"
            }
    for level in levels_of(documents):
        try:
            found.add(registry.core_level(level).element)
        except UnknownReferenceError:
            continue
    return frozenset(found)


def _of_surveys(document: SurveyDocument, where: str) -> list[ElementEvidence]:
    found: list[ElementEvidence] = []
    for survey in document.surveys:
        for element in survey.elements:
            if element.standing == "possible":
                continue
            seen = element.standing == "present"
            row = element.fraction
            limit = "" if seen or row is None or row.high is None else rounded_up(100 * row.high)
            found.append(
                ElementEvidence(
                    element=element.element,
                    technique="xps",
                    seen=seen,
                    by=f"survey, {element.quantified_on}" if element.quantified_on else "survey",
                    limit=f"below {limit} at% of all elements" if limit else "",
                    below=row.high if limit and row is not None else None,
                    decisive=seen or bool(limit),
                    where=where,
                    sample=survey.sample,
                )
            )
    return found


def _of_region(
    fit: XpsFit, document: FitDocument, where: str, registry: Registry
) -> list[ElementEvidence]:
    """What a region says of its own element."""
    asked = asked_of(fit, document, registry)
    if not asked or fit.assessment is not Assessment.CONVERGED:
        return []
    try:
        element = registry.core_level(asked[0].level).element
    except UnknownReferenceError:
        return []
    seen = any(not is_limit(one) for one in asked)
    return [
        ElementEvidence(
            element=element,
            technique="xps",
            seen=seen,
            by=fit.region,
            limit="" if seen else f"no line of {fit.region} above its limit",
            decisive=seen,
            where=where,
            sample=fit.sample,
        )
    ]
