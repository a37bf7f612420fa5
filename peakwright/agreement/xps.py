"""What XPS says: which species its lines show, which they cannot tell, which were not asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references import UnknownReferenceError
from references.words import Assessment, Kind

from .components import asked_of, is_limit
from .depth import information_depth
from .documents import FitDocument, SeriesDocument, SurveyDocument
from .statement import Depth, Says, Statement, listed
from .xps_elements import levels_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from references.core_level import SpeciesLine
    from references.registry import Registry
    from references.species import Species
    from references.words import Row

    from .components import Asked
    from .documents import Document, XpsFit

__all__ = ["statements", "unseen"]

MISSED = 3.0
"""Reduced chi-square beyond which a limit says nothing: the linter's rule chi2_scale has it too."""
NEAR = 0.3
"""What comes with a lattice is a rival within this of its place [eV]: it is there in any case, and
charge references of two laboratories agree no better."""


def statements(
    documents: Mapping[str, Document], registry: Registry, elements: frozenset[str]
) -> list[Statement]:
    """Give what fits and series say of the species that were in their models.

    Parameters
    ----------
    documents : mapping of str to Document
        Results by where they are from; other techniques' are left alone.
    registry : Registry
    elements : frozenset of str
        In the sample: what else could lie at the same energy is made of them.
    """
    found: list[Statement] = []
    lattice = _lattice(documents.values(), registry)
    for where, document in documents.items():
        if isinstance(document, FitDocument):
            for fit in document.fits:
                found += _of_fit(fit, document, where, registry, elements, lattice)
            found += _of_lattice(document, where, registry)
        elif isinstance(document, SeriesDocument):
            found += _of_series(document, where, registry)
    return found


def unseen(species: Species, documents: Iterable[Document], registry: Registry) -> str:
    """Say why XPS says nothing of a species; nothing where there is no XPS."""
    there = list(documents)
    levels = levels_of(there)
    if not levels:
        surveys = any(isinstance(document, SurveyDocument) for document in there)
        return "a survey tells elements, not species" if surveys else ""
    lines = {line.core_level for line in registry.species_lines if line.species == species.key}
    parts = [key for key, _ in species.composition if key != species.key]
    if parts:
        return f"it shows by its parts: {listed(parts)}"
    if not lines:
        return "the library has no line of it"
    asked = sorted(lines & levels)
    if asked:
        return f"not among the components of {listed(asked)}"
    return f"no line of it in the fitted regions (it has {listed(sorted(lines))})"


def _of_fit(
    fit: XpsFit,
    document: FitDocument,
    where: str,
    registry: Registry,
    elements: frozenset[str],
    lattice: frozenset[str],
) -> list[Statement]:
    asked = asked_of(fit, document, registry)
    inside = {one.species for one in asked}
    found: list[Statement] = []
    for one in asked:
        says, why = _judged(one, fit, inside, registry, elements, lattice)
        found.append(
            Statement(
                species=one.species,
                technique="xps",
                sample=fit.sample,
                says=says,
                by=one.level,
                rows=_rows(one),
                why=why,
                depth=information_depth(registry, one.level, one.line.position, fit.photon_energy),
                where=where,
            )
        )
    return found


def _judged(
    one: Asked,
    fit: XpsFit,
    inside: set[str],
    registry: Registry,
    elements: frozenset[str],
    lattice: frozenset[str],
) -> tuple[Says, str]:
    """What a region says of a species of its model, and what to bear in mind."""
    if fit.assessment is not Assessment.CONVERGED:
        return Says.UNDECIDED, f"the fit of {fit.region} is {fit.assessment}: no intervals"
    if is_limit(one):
        chi2 = fit.statistics.chi2_reduced
        if chi2 is not None and chi2 > MISSED:
            why = f"the model of {fit.region} misses what is there (reduced chi-square {chi2:.3g})"
            return Says.UNDECIDED, why
        return Says.BELOW_LIMIT, ""
    if one.beyond:
        same = listed(_lattice_parts(one.level, inside, registry)) or "a part of the lattice"
        if all(row.kind is Kind.UPPER_LIMIT for row in one.beyond):
            return Says.BELOW_LIMIT, f"all of its line may be {same}, at the same energy"
        return Says.PRESENT, f"beyond {same}, at the same energy"
    doubt = _doubt(one, registry)
    if doubt:
        return Says.COMPATIBLE, doubt
    rivals = _rivals(one, inside, registry, elements, lattice)
    if rivals:
        return Says.COMPATIBLE, f"{listed(rivals)} would lie there too"
    if one.share is not None and one.share.kind is Kind.FIXED:
        return Says.PRESENT, f"the only species in the model of {one.level}"
    return Says.PRESENT, ""


def _lattice_parts(level: str, inside: set[str], registry: Registry) -> list[str]:
    """Parts of a lattice with a line on a level that no component of its own stands for."""
    there = {line.species for line in registry.lines(level)} - inside
    return [
        part for species in registry.all_species for part, _ in species.composition if part in there
    ]


def _doubt(one: Asked, registry: Registry) -> str:
    """Why the place of the line says nothing; nothing where it does."""
    try:
        energy = registry.line(one.level, one.species).energy
    except UnknownReferenceError:
        return "the library has no energy of it on this level: the place of the line proves nothing"
    if energy.status.may_constrain:
        return ""
    return f"the library's energy of it is {energy.status}: the place of the line proves nothing"


def _rivals(
    one: Asked,
    inside: set[str],
    registry: Registry,
    elements: frozenset[str],
    lattice: frozenset[str],
) -> list[str]:
    """Species of the sample's elements, not in the model, whose line may lie at the same place."""
    place = round(one.line.position, 1)
    made_of = {species.key: set(species.elements) for species in registry.all_species}

    def may_lie_there(line: SpeciesLine) -> bool:
        near = NEAR if line.species in lattice else 0.0
        low, high = line.window
        inside_of_it = round(low - near, 1) <= place <= round(high + near, 1)
        return inside_of_it and made_of[line.species] <= elements

    lines = registry.lines(one.level)
    return [line.species for line in lines if line.species not in inside and may_lie_there(line)]


def _lattice(documents: Iterable[Document], registry: Registry) -> frozenset[str]:
    """Lattices of which a part is in a model, and their other parts: they come with it."""
    asked = {
        one.species
        for document in documents
        if isinstance(document, FitDocument)
        for fit in document.fits
        for one in asked_of(fit, document, registry)
        if not is_limit(one)
    }
    whole = {s.key: {part for part, _ in s.composition} for s in registry.all_species}
    there = {key: parts for key, parts in whole.items() if parts & asked}
    return frozenset({*there, *(part for parts in there.values() for part in parts)})


def _rows(one: Asked) -> tuple[Row, ...]:
    """The numbers: beyond the lattice where there is one, of the level, of the elements."""
    listed_ones = [*one.beyond, *([] if one.share is None else [one.share]), *one.amounts]
    return tuple(row.row() for row in listed_ones)


def _of_lattice(document: FitDocument, where: str, registry: Registry) -> list[Statement]:
    """Parts of a lattice that share a line with a species: known by the lattice's formula."""
    known = registry.names()["species"]
    asked = {one.species for fit in document.fits for one in asked_of(fit, document, registry)}
    return [
        Statement(
            species=row.subject,
            technique="xps",
            sample=row.sample,
            says=Says.COMPATIBLE if row.value > 0 else Says.BELOW_LIMIT,
            by=_level_of(row.subject, document, registry),
            rows=(row.row(),),
            why="reckoned from the lattice's formula; its line is shared",
            depth=_depth_of(row.subject, document, registry),
            where=where,
        )
        for row in document.fractions
        if row.subject in known and row.subject not in asked and " (" not in row.subject
    ]


def _level_of(species: str, document: FitDocument, registry: Registry) -> str:
    levels = levels_of([document])
    return next(
        (
            line.core_level
            for line in registry.species_lines
            if line.species == species and line.core_level in levels
        ),
        "",
    )


def _depth_of(species: str, document: FitDocument, registry: Registry) -> Depth | None:
    level = _level_of(species, document, registry)
    if not level:
        return None
    energy = registry.line(level, species).energy.best
    photons = {fit.photon_energy for fit in document.fits}
    return information_depth(registry, level, energy, photons.pop() if len(photons) == 1 else None)


def _of_series(document: SeriesDocument, where: str, registry: Registry) -> list[Statement]:
    """A species along a series: in how many of its spectra, and between which shares."""
    known = registry.names()["species"]
    found: list[Statement] = []
    for series in document.series:
        names = _species_of(document, series.region)
        for one in series.species:
            species = names.get(one.name, one.name)
            if species not in known:
                continue
            pairs = zip(one.fraction, one.kind, strict=False)
            shares = [v for v, k in pairs if v is not None and k in {"standard", "profile"}]
            told = [v for v in one.fraction if v is not None]
            if not told:
                says, why = Says.UNDECIDED, f"no fit of {series.region} converged"
            elif not shares:
                says, why = Says.BELOW_LIMIT, f"in none of {series.spectra} spectra"
            else:
                says = Says.COMPATIBLE
                ends = dict.fromkeys(f"{100 * end:.2g}" for end in (min(shares), max(shares)))
                why = (
                    f"in {len(shares)} of {series.spectra} spectra, {' to '.join(ends)} % of "
                    f"{one.denominator or series.region}"
                )
            found.append(
                Statement(
                    species=species,
                    technique="xps",
                    sample=series.sample,
                    says=says,
                    by=series.region,
                    why=why,
                    where=where,
                )
            )
    return found


def _species_of(document: SeriesDocument, region: str) -> dict[str, str]:
    """Species by the names of the components of a region."""
    return {
        component.name: component.species or component.name
        for envelope in document.recipe.envelope
        if envelope.region == region
        for component in envelope.components
    }
