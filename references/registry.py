"""The library: one place for every physical number, each with its source.

:func:`load` is the only function that opens the library's files. A user's own TOML extends it and
makes a new :class:`Registry`; the bundled one never changes.
"""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from . import entries
from .files import read_text
from .joins import check_joins
from .lookup import UnknownReferenceError, folded, found
from .provenance import Provenance
from .quantification import is_line_of
from .survey import ElementLines
from .tables import Entry, entries_of, fingerprint, join, own_tables, with_structures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .core_level import CoreLevel, Overlap, Separation, SpeciesLine
    from .ion import Ion
    from .phase import Phase
    from .quantification import CrossSection, ImfpMaterial, SensitivitySet
    from .radiation import Radiation
    from .reported import ReportedValue
    from .species import Reaction, ShiftSign, Species
    from .standard import Standard
    from .survey import AugerGroup, AugerParameter, LossPeak, SurveyLine
    from .tables import Table
    from .value import Source, Value

__all__ = ["Registry", "UnknownReferenceError", "load"]

T = TypeVar("T")

CIF_BYTES = 20_000_000
"""Largest structure file that a user's phase may name."""
SAME_PHOTON = 1.0
"""Photon energies of one anode as files write them (1486.6, 1486.69, 1486.7 eV) lie this near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """What is known, with version and hash.

    Attributes
    ----------
    version : str
        Data version of the bundled library.
    sha256 : str
        Hash of all entries; changes with any edited digit, not with comments or order.
    """

    version: str
    sha256: str
    sources: tuple[Source, ...]
    core_levels: tuple[CoreLevel, ...]
    all_species: tuple[Species, ...]
    species_lines: tuple[SpeciesLine, ...]
    all_separations: tuple[Separation, ...]
    shift_signs: tuple[ShiftSign, ...]
    all_overlaps: tuple[Overlap, ...]
    reactions: tuple[Reaction, ...]
    cross_sections: tuple[CrossSection, ...]
    sensitivity_sets: tuple[SensitivitySet, ...]
    betas: tuple[tuple[str, Value], ...]
    imfp_materials: tuple[ImfpMaterial, ...]
    ions: tuple[Ion, ...]
    phases: tuple[Phase, ...]
    radiations: tuple[Radiation, ...]
    reported: tuple[ReportedValue, ...]
    standards: tuple[Standard, ...]
    beyond: tuple[tuple[str, float, float, str], ...]
    survey_lines: tuple[SurveyLine, ...]
    auger_groups: tuple[AugerGroup, ...]
    auger_parameters: tuple[AugerParameter, ...]
    losses: tuple[LossPeak, ...]

    def core_level(self, symbol: str) -> CoreLevel:
        """Give a core level by its symbol, ``"S 2p"``.

        Raises
        ------
        UnknownReferenceError
            If there is none; a level beyond Al K-alpha is named as such.

        Examples
        --------
        >>> load().core_level("S 2p").splitting.value
        1.18
        >>> load().core_level("Cl 1s")
        Traceback (most recent call last):
        ...
        references.lookup.UnknownReferenceError: ...Cl 2p lies at 198-209 eV
        """
        for name, low, high, hint in self.beyond:
            if folded(name) == folded(symbol):
                raise UnknownReferenceError(
                    "core level",
                    symbol,
                    hint=f"it lies at {low:g}-{high:g} eV, beyond Al K-alpha (1486.6 eV); {hint}",
                )
        return found("core level", symbol, {level.symbol: level for level in self.core_levels})

    def species(self, key: str) -> Species:
        """Give a species by its key, ``"Li2S"``.

        Raises
        ------
        UnknownReferenceError
            If there is none.
        """
        return found("species", key, {species.key: species for species in self.all_species})

    def parts(self, key: str, core_level: str) -> tuple[str, ...]:
        """Give the species that show on a core level: itself, or parts of a composite.

        A phase such as ``Li6PS5Cl`` has no line of its own; each core level sees some of its parts.

        Returns
        -------
        tuple of str
            Keys, in the composite's order; empty where nothing of it has a line on the level.

        Raises
        ------
        UnknownReferenceError
            If there is no such species or level.

        Examples
        --------
        >>> load().parts("Li6PS5Cl", "S 2p")
        ('PS4', 'S-free')
        >>> load().parts("Li2S", "S 2p"), load().parts("Li6PS5Cl", "In 3d")
        (('Li2S',), ())
        """
        self.core_level(core_level)
        there = {line.species for line in self.species_lines if line.core_level == core_level}
        species = self.species(key)
        if species.key in there:
            return (species.key,)
        return tuple(part for part, _ in species.composition if part in there)

    def element(self, symbol: str) -> ElementLines:
        """Give what an element shows in a survey: lines, Auger groups and parameters, losses.

        Raises
        ------
        UnknownReferenceError
            If the library has no lines of it.

        Examples
        --------
        >>> [line.line for line in load().element("Si").lines if line.energy.best > 50]
        ['2p3/2', '2p1/2', '2s']
        """
        known = dict.fromkeys(line.element for line in self.survey_lines)
        found("element", symbol, {element: element for element in known})
        mine = [line for line in self.survey_lines if line.element == symbol]
        return ElementLines(
            element=symbol,
            lines=tuple(sorted(mine, key=lambda line: line.energy.best)),
            auger_groups=tuple(g for g in self.auger_groups if g.element == symbol),
            auger_parameters=tuple(p for p in self.auger_parameters if p.element == symbol),
            losses=tuple(loss for loss in self.losses if loss.element == symbol),
        )

    def cross_section(self, line: str, photon: float) -> CrossSection:
        """Give the photoionisation cross-section of a line (``"Ga 3s"``, ``"Ga 2p3/2"``).

        Parameters
        ----------
        line : str
            With its element.
        photon : float
            Photon energy [eV]; the table's nearest within 1 eV counts.

        Raises
        ------
        UnknownReferenceError
            If there is none for that line at that energy.

        Examples
        --------
        >>> load().cross_section("Ga 3s", 1486.69).sigma.value
        15443.7
        """
        mine = [s for s in self.cross_sections if f"{s.element} {s.line}" == line]
        for section in mine:
            if abs(section.photon - photon) <= SAME_PHOTON:
                return section
        energies = " and ".join(f"{section.photon:g}" for section in mine)
        raise UnknownReferenceError(
            "cross-section",
            f"{line} at {photon:g} eV",
            hint=f"it has {line} at {energies} eV" if mine else "",
        )

    def lines(self, core_level: str) -> tuple[SpeciesLine, ...]:
        """Give all species' lines on a core level, in order of energy."""
        there = [line for line in self.species_lines if line.core_level == core_level]
        return tuple(sorted(there, key=lambda line: line.energy.best))

    def line(self, core_level: str, species: str, variant: str | None = None) -> SpeciesLine:
        """Give a species' major line on a core level.

        Parameters
        ----------
        core_level, species : str
        variant : str, optional
            Where the species has several lines on the level; the first where not given.

        Raises
        ------
        UnknownReferenceError
            If the level, the species, or its line on the level is not there.
        """
        self.core_level(core_level)
        self.species(species)
        for line in self.species_lines:
            same = line.core_level == core_level and line.species == species
            if same and variant in {None, line.variant}:
                return line
        lines = self.lines(core_level)
        there = sorted({line.species for line in lines})
        hint = f"{core_level} has {', '.join(there) or 'none'}"
        if species in there:
            variants = sorted(line.variant for line in lines if line.species == species)
            hint = f"it has {', '.join(variants)}" if any(variants) else "it has no variants"
        asked = f"{core_level} {species} {variant or ''}".rstrip()
        raise UnknownReferenceError("line", asked, hint=hint)

    def sensitivity_set(self, name: str) -> SensitivitySet:
        """Give a named set of sensitivity factors."""
        return found("sensitivity set", name, {s.name: s for s in self.sensitivity_sets})

    def beta(self, label: str) -> Value | None:
        """Give the asymmetry of a line, or of a level's major line; ``None`` if unknown."""
        for name, value in self.betas:
            if name == label:
                return value
        lines = {name: value for name, value in self.betas if is_line_of(name, label)}
        # The major line is the one of higher total angular momentum: 3/2 before 1/2.
        return lines[max(lines)] if lines else None

    def imfp_material(self, key: str) -> ImfpMaterial:
        """Give what TPP-2M needs of a material."""
        return found("attenuation material", key, {m.key: m for m in self.imfp_materials})

    def source(self, key: str) -> Source:
        """Give a source by its key."""
        return found("source", key, {source.key: source for source in self.sources})

    def ion(self, key: str) -> Ion:
        """Give an ion by its key, ``"GaCl-"``."""
        return found("ion", key, {ion.key: ion for ion in self.ions})

    def phase(self, key: str) -> Phase:
        """Give a crystalline phase by its key."""
        return found("phase", key, {phase.key: phase for phase in self.phases})

    def radiation(self, key: str) -> Radiation:
        """Give an X-ray line by its key."""
        return found("radiation", key, {r.key: r for r in self.radiations})

    def overlaps(self, core_level: str) -> tuple[Overlap, ...]:
        """Give the lines of other elements inside a level's window."""
        return tuple(o for o in self.all_overlaps if o.core_level == core_level)

    def separations(self, species: str) -> tuple[Separation, ...]:
        """Give the charge-free separations of a species."""
        return tuple(s for s in self.all_separations if species in s.species.split(" - "))

    def standard(self, core_level: str, species: str) -> Standard | None:
        """Give what a standard of one's own said of a species' line; ``None`` without one."""
        for standard in self.standards:
            if (standard.core_level, standard.species) == (core_level, species):
                return standard
        return None

    def names(self) -> dict[str, tuple[str, ...]]:
        """Give all keys by kind."""
        return {
            "core level": tuple(level.symbol for level in self.core_levels),
            "element": tuple(dict.fromkeys(line.element for line in self.survey_lines)),
            "species": tuple(species.key for species in self.all_species),
            "sensitivity set": tuple(s.name for s in self.sensitivity_sets),
            "attenuation material": tuple(m.key for m in self.imfp_materials),
            "ion": tuple(ion.key for ion in self.ions),
            "phase": tuple(phase.key for phase in self.phases),
            "radiation": tuple(r.key for r in self.radiations),
        }


def load(*extra: str | Path) -> Registry:
    """Load the library, extended by a user's own files.

    Parameters
    ----------
    *extra : path
        TOML files with tables as in the bundled ones; an entry with a known key replaces it. A
        phase's ``cif`` names a file beside the TOML.

    Returns
    -------
    Registry

    Raises
    ------
    DataFileError
        If an own file is not TOML, or an entry lacks its source, has a misspelt key or a wrong
        type: file, table, entry and the nearest key are named.

    Examples
    --------
    >>> registry = load()
    >>> registry.line("S 2p", "Li2S").energy.best
    160.4
    """
    if not extra:
        return _bundled()
    tables = _read()
    places: dict[str, str] = {}
    for path in extra:
        own = own_tables(path, read_text(path, max_bytes=10_000_000))
        beside = Path(path).parent
        own = with_structures(
            own, lambda name, at=beside: read_text(at / name, max_bytes=CIF_BYTES)
        )
        tables = join(tables, own, str(path), places)
    return _build(tables, places)


@lru_cache(maxsize=1)
def _bundled() -> Registry:
    return _build(_read(), {})


def _read() -> dict[str, Any]:
    """Read every bundled file into one mapping of tables."""

    def text(name: str) -> str:
        return (files("references") / "data" / name).read_text(encoding="utf-8")

    def toml(name: str) -> dict[str, Any]:
        return tomllib.loads(text(name))

    def rows(name: str) -> list[dict[str, str]]:
        return _rows(text(name))

    levels, species = toml("core_levels.toml"), toml("species.toml")
    phases = with_structures({"phase": toml("phases.toml")}, lambda name: text(f"phases/{name}"))
    listed = ("reaction", "separation", "shift_sign", "overlap")
    return {
        **toml("version.toml"),
        **toml("binding_energies.toml"),
        **toml("quantification.toml"),
        **toml("ions.toml"),
        **toml("auger.toml"),
        **phases,
        "source": toml("sources.toml"),
        "beyond": levels.pop("beyond"),
        "core_level": levels,
        **{name: species.pop(name) for name in listed},
        "species": species,
        "standard": [],  # measured by users on their own instruments; none is bundled
        "radiation": toml("radiation.toml"),
        "cross_section": rows("cross_sections.csv"),
        "reported": rows("reported.csv"),
        # Generated tables, not made to be extended row by row: hashed as they are.
        "survey_line": text("survey_lines.csv"),
        "auger_group": text("auger_groups.csv"),
    }


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _build(tables: Table, places: Mapping[str, str]) -> Registry:
    """Make all entries of tables; ``places`` names the files of those a user has added."""

    def each(table: str, make: Callable[[Entry], T]) -> tuple[T, ...]:
        return tuple(make(entry) for entry in entries_of(tables, table, places))

    def sourced(table: str, make: Callable[[Entry, Provenance], T]) -> tuple[T, ...]:
        return tuple(make(entry, known) for entry in entries_of(tables, table, places))

    sources = each("source", entries.source)
    known = Provenance(sources)
    lines = sourced("line", entries.species_line)
    sections = tuple(entries.cross_section(row) for row in tables["cross_section"])
    registry = Registry(
        version=str(tables["version"]),
        sha256=fingerprint(tables),
        sources=sources,
        core_levels=sourced("core_level", entries.core_level),
        all_species=each("species", lambda entry: entries.species(entry, known, lines)),
        species_lines=lines,
        all_separations=sourced("separation", entries.separation),
        shift_signs=sourced("shift_sign", entries.shift_sign),
        all_overlaps=sourced("overlap", entries.overlap),
        reactions=sourced("reaction", entries.reaction),
        cross_sections=sections,
        sensitivity_sets=each(
            "sensitivity", lambda entry: entries.sensitivity_set(entry, sections)
        ),
        betas=sourced("beta", entries.beta),
        imfp_materials=sourced("imfp", entries.imfp_material),
        ions=each("ions", entries.ion),
        phases=sourced("phase", entries.phase),
        radiations=sourced("radiation", entries.radiation),
        reported=tuple(entries.reported_value(row) for row in tables["reported"]),
        standards=sourced("standard", entries.standard),
        beyond=each("beyond", entries.beyond),
        survey_lines=tuple(entries.survey_line(row) for row in _rows(tables["survey_line"])),
        auger_groups=tuple(entries.auger_group(row) for row in _rows(tables["auger_group"])),
        auger_parameters=sourced("auger_parameter", entries.auger_parameter),
        losses=sourced("loss", entries.loss_peak),
    )
    check_joins(registry, tables, places)
    return registry
