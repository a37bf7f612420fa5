"""What the techniques say of one sample's species, and where they contradict each other.

:func:`agree` reads result documents, as they are in ``result.json``, and makes of them one table: a
species has lines, ions and phases, so each technique says of it that it is there, that something
compatible is seen, that it is below a limit, or that it could not have been seen, and why. The
rules that compare these statements are in :mod:`.rules` and explained in ``docs/report.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .documents import Document, read_document, technique_of
from .rules import Facts, findings
from .statement import TECHNIQUES, Agreement, Depth, ElementEvidence, Says, Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from references.registry import Registry
    from references.species import Species

__all__ = [
    "TECHNIQUES",
    "Agreement",
    "Depth",
    "ElementEvidence",
    "Says",
    "Statement",
    "agree",
    "agree_on",
    "read_document",
    "technique_of",
]


def agree(results: Mapping[str, Mapping[str, Any]], registry: Registry) -> Agreement:
    """Say what results say of each species, and where they contradict each other.

    Parameters
    ----------
    results : mapping of str to mapping
        Result documents by where they are from, for instance the folder of each.
    registry : Registry

    Returns
    -------
    Agreement
        Of the species that at least one result was asked about.

    Raises
    ------
    InputError
        If a document is not one that is known; with the path to the field.

    Examples
    --------
    >>> from references import load
    >>> phase = {"phase": "LiCl", "presence": "not_detected", "upper_limit": 0.0012}
    >>> powder = {"schema": "peakwright.xrd.check/1", "phases": [phase]}
    >>> found = agree({"xrd": powder}, load())
    >>> [str(statement.says) for statement in found.of("LiCl")]
    ['below limit']
    """
    return agree_on({where: read_document(given) for where, given in results.items()}, registry)


def agree_on(documents: Mapping[str, Document], registry: Registry) -> Agreement:
    """Do as :func:`agree` with documents that have been read."""
    from . import tofsims, xps, xps_elements, xrd

    elements = (
        xps_elements.elements_of(documents.values(), registry)
        | xrd.elements_of(documents, registry)
        | tofsims.elements_of(documents)
    )
    said = [
        *xps.statements(documents, registry, elements),
        *tofsims.statements(documents, registry, elements),
        *xrd.statements(documents, registry),
    ]
    evidence = (
        *xps_elements.evidence(documents, registry),
        *tofsims.evidence(documents),
        *xrd.evidence(documents, registry),
    )
    asked = {statement.species for statement in said}
    rows = [species for species in registry.all_species if species.key in asked]
    for species in rows:
        said += _unseen(species, documents, said, registry)
    facts = Facts(documents=documents, statements=said, evidence=evidence, registry=registry)
    return Agreement(
        statements=tuple(said),
        findings=findings(facts),
        labels=tuple((species.key, species.label) for species in rows),
        evidence=evidence,
    )


def _unseen(
    species: Species,
    documents: Mapping[str, Document],
    said: list[Statement],
    registry: Registry,
) -> list[Statement]:
    """What the techniques that say nothing of a species could not see, and why."""
    from . import tofsims, xps, xrd

    why = {
        "xps": xps.unseen(species, documents.values(), registry),
        "tofsims": tofsims.unseen(species, documents.values()),
        "xrd": xrd.unseen(species, documents, registry),
    }
    speaking = {s.technique for s in said if s.species == species.key}
    return [
        Statement(
            species=species.key,
            technique=technique,
            sample="",
            says=Says.CANNOT_SEE,
            why=reason,
        )
        for technique, reason in why.items()
        if reason and technique not in speaking
    ]
