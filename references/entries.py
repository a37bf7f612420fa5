"""Entries from checked tables: one function for each kind of thing that is known.

Each takes an :class:`Entry` as it was read and gives a frozen dataclass, or an error that names
file, table, entry and field. What entries say of each other is checked in :mod:`.joins`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .core_level import Branching, CoreLevel, Overlap, Separation, SpeciesLine
from .ion import Ion, not_a_formula
from .phase import AXES, Disorder, Phase, Role
from .provenance import standing
from .quantification import CrossSection, ImfpMaterial, SensitivitySet
from .radiation import Radiation
from .reported import ReportedValue
from .species import Reaction, ShiftSign, Species
from .standard import Standard
from .survey import AugerGroup, AugerParameter, LossPeak, SurveyLine
from .tables import shown
from .value import Source, SourceKind, Status, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .provenance import Provenance
    from .tables import Entry

__all__ = [
    "auger_group",
    "auger_parameter",
    "beta",
    "beyond",
    "core_level",
    "cross_section",
    "imfp_material",
    "ion",
    "loss_peak",
    "overlap",
    "phase",
    "radiation",
    "reaction",
    "reported_value",
    "sensitivity_set",
    "separation",
    "shift_sign",
    "source",
    "species",
    "species_line",
    "survey_line",
]


def source(entry: Entry) -> Source:
    """Give a source and what was read of it."""
    entry.has_only("kind", "citation", "read_as", "doi", "retrieved", "licence", "note")
    return Source(
        key=entry.key,
        kind=SourceKind(entry.of_one(entry.text("kind"), "kind", SourceKind)),
        citation=entry.text("citation"),
        read_as=entry.of_one(entry.text("read_as"), "read_as", READ_AS),
        doi=entry.text("doi", ""),
        retrieved=entry.day("retrieved"),
        licence=entry.text("licence", ""),
        note=entry.text("note", ""),
    )


READ_AS = ("paper", "page", "record", "digest", "abstract", "title", "computed", "-")


def core_level(entry: Entry, known: Provenance) -> CoreLevel:
    """Give a core level; a doublet needs splitting, tolerance and area ratio."""
    entry.has_only(
        "element", "lines", "window", "fwhm_metal", "fwhm_compound", "splitting", "tolerance",
        "statistical", "scofield_al", "prior", "minor_width", "natural_width", "note",
    )  # fmt: skip
    lines = _lines(entry)
    doublet = len(lines) == 2
    widths = entry.inside("natural_width")
    return CoreLevel(
        symbol=entry.key,
        element=entry.text("element"),
        lines=lines,
        window=entry.span("window"),
        fwhm_metal=known.value(entry, "fwhm_metal", "eV"),
        fwhm_compound=known.value(entry, "fwhm_compound", "eV"),
        splitting=known.optional(entry, "splitting", "eV"),
        tolerance=entry.number("tolerance") if doublet else None,
        branching=_branching(entry, known) if doublet else None,
        minor_width=known.optional(entry, "minor_width", "1"),
        natural_width=tuple((line, known.value(widths, line, "eV")) for line in widths.row),
        note=entry.text("note", ""),
    )


def _lines(entry: Entry) -> tuple[str, ...]:
    """One line, or two with the splitting between them."""
    lines = entry.texts("lines")
    if len(lines) not in {1, 2}:
        raise entry.wrong(
            f"has {len(lines)} lines, where one or two are expected",
            'write lines = ["1s"], or lines = ["2p3/2", "2p1/2"] with the major line first',
        )
    if len(lines) == 2 and "splitting" not in entry.row:
        raise entry.wrong(
            "has no splitting for its two lines",
            "give splitting, tolerance, statistical, scofield_al and prior",
        )
    if len(lines) == 1 and "splitting" in entry.row:
        raise entry.wrong("has a splitting but one line", "name both lines, the major one first")
    return lines


def _branching(entry: Entry, known: Provenance) -> Branching:
    return Branching(
        statistical=entry.number("statistical"),
        scofield_al=known.value(entry, "scofield_al", "1"),
        prior=known.value(entry, "prior", "1"),
    )


def species_line(entry: Entry, known: Provenance) -> SpeciesLine:
    """Give a species' line on a core level: one of its energies is preferred."""
    entry.has_only("core_level", "line", "species", "variant", "energies", "reported")
    energies = known.energies(entry, "energies")
    preferred = sum(value.preferred for value in energies)
    if preferred != 1:
        raise entry.wrong(
            f"has {preferred} preferred energies, where exactly one is expected",
            "write energies = [{ value = ..., preferred = true, ... }]",
        )
    return SpeciesLine(
        core_level=entry.text("core_level"),
        line=entry.text("line"),
        species=entry.text("species"),
        variant=entry.text("variant", ""),
        energies=energies,
        reported=known.energies(entry, "reported"),
    )


def species(entry: Entry, known: Provenance, lines: tuple[SpeciesLine, ...]) -> Species:
    """Give a species with its lines on all core levels."""
    entry.has_only(
        "label", "aliases", "elements", "group", "asymmetric", "asymmetry", "formula", "ions",
        "phases", "composition", "note",
    )  # fmt: skip
    group = entry.of_one(entry.text("group"), "group", ("conductor", "insulator"))
    return Species(
        key=entry.key,
        label=entry.text("label"),
        aliases=entry.texts("aliases"),
        elements=entry.texts("elements"),
        group="conductor" if group == "conductor" else "insulator",
        asymmetric=entry.truth("asymmetric", default=False),
        asymmetry=known.optional(entry, "asymmetry", "1"),
        formula=entry.text("formula", ""),
        lines=tuple(line for line in lines if line.species == entry.key),
        ions=entry.texts("ions"),
        phases=entry.texts("phases"),
        composition=entry.numbers("composition"),
        note=entry.text("note", ""),
    )


def standard(entry: Entry, known: Provenance) -> Standard:
    """Give what a measured standard says of the shape of a species' line."""
    entry.has_only(
        "core_level", "species", "shape", "fwhm", "parameters", "splitting", "minor_width",
        "instrument", "pass_energy",
    )  # fmt: skip
    inner = entry.inside("parameters")
    found = Standard(
        core_level=entry.text("core_level"),
        species=entry.text("species"),
        shape=entry.text("shape"),
        fwhm=known.value(entry, "fwhm", "eV"),
        parameters=tuple((name, known.value(inner, name, "1")) for name in inner.row),
        splitting=known.optional(entry, "splitting", "eV"),
        minor_width=known.optional(entry, "minor_width", "1"),
        instrument=entry.text("instrument", ""),
        pass_energy=entry.text("pass_energy", ""),
    )
    values = (found.fwhm, *(value for _, value in found.parameters))
    if any(value.u is None for value in values):
        raise entry.wrong("has a number without u, and is then no knowledge", "add u = ...")
    if not found.fwhm.best > 0:
        raise entry.wrong(f"fwhm should be > 0, not {found.fwhm.best:g}", "give a width in eV")
    return found


def reaction(entry: Entry, known: Provenance) -> Reaction:
    """Give a reaction; negative numbers are consumed, positive ones formed."""
    entry.has_only("key", "terms", "status", "source")
    terms = entry.numbers("terms")
    if not terms:
        raise entry.wrong("has no terms", "write terms = { Li0 = -2.0, Li2S = 1.0 }")
    return Reaction(
        key=entry.text("key"),
        terms=terms,
        status=entry.of_one(entry.text("status"), "status", Status),
        source=known.keys(entry, "source"),
    )


def separation(entry: Entry, known: Provenance) -> Separation:
    """Give the distance of two lines of one compound."""
    entry.has_only("species", "first", "second", "difference")
    return Separation(
        species=entry.text("species"),
        first=entry.text("first"),
        second=entry.text("second"),
        difference=known.value(entry, "difference", "eV"),
    )


def shift_sign(entry: Entry, known: Provenance) -> ShiftSign:
    """Give the expected sign of a line's shift."""
    entry.has_only("core_level", "species", "parent", "sign")
    return ShiftSign(
        core_level=entry.text("core_level"),
        species=entry.text("species"),
        parent=entry.text("parent"),
        sign=known.value(entry, "sign", "1"),
    )


def overlap(entry: Entry, known: Provenance) -> Overlap:
    """Give a line of another element inside a level's window."""
    entry.has_only("core_level", "element", "intruder", "energy")
    return Overlap(
        core_level=entry.text("core_level"),
        element=entry.text("element"),
        intruder=entry.text("intruder"),
        energy=known.value(entry, "energy", "eV"),
    )


def cross_section(row: Mapping[str, str]) -> CrossSection:
    """Give a photoionisation cross-section: barn computed, relative as published where it is."""
    published = row["relative_scofield"]
    return CrossSection(
        element=row["element"],
        line=row["line"],
        photon=float(row["photon_eV"]),
        sigma=Value(
            value=float(row["sigma_barn"]),
            unit="barn",
            status=Status.CALCULATED,
            source=("xraylib",),
        ),
        relative=Value(
            value=float(published or row["relative_computed"]),
            unit="1",
            status=Status.CALCULATED,
            source=("scofield1976" if published else "xraylib",),
        ),
    )


def sensitivity_set(entry: Entry, sections: tuple[CrossSection, ...]) -> SensitivitySet:
    """Give a set of sensitivity factors from the cross-sections at its photon energy."""
    entry.has_only(
        "photon_line", "photon_eV", "reference_line", "granularity", "includes_asymmetry",
        "includes_imfp", "includes_transmission", "relative_u", "note",
    )  # fmt: skip
    photon, relative_u = entry.number("photon_eV"), entry.number("relative_u")
    granularity = entry.of_one(entry.text("granularity"), "granularity", ("line", "level"))
    factors = tuple(
        (f"{section.element} {section.line}", _factor(section.relative, relative_u))
        for section in sections
        if section.photon == photon
    )
    if not factors:
        there = ", ".join(f"{p:g}" for p in sorted({section.photon for section in sections}))
        raise entry.wrong(
            f"there are no cross-sections at {photon:g} eV", f"set photon_eV to one of {there}"
        )
    return SensitivitySet(
        name=entry.key,
        photon_line=entry.text("photon_line"),
        reference_line=entry.text("reference_line"),
        granularity="line" if granularity == "line" else "level",
        includes_asymmetry=entry.truth("includes_asymmetry"),
        includes_imfp=entry.truth("includes_imfp"),
        includes_transmission=entry.truth("includes_transmission"),
        factors=factors,
    )


def _factor(relative: Value, relative_u: float) -> Value:
    return Value(
        value=relative.best,
        u=relative_u * relative.best,
        unit="1",
        status=relative.status,
        source=relative.source,
    )


def beta(entry: Entry, known: Provenance) -> tuple[str, Value]:
    """Give the asymmetry parameter of a line: the whole entry is its value."""
    return entry.key, known.value(replace(entry, row={entry.key: entry.row}), entry.key, "1")


def imfp_material(entry: Entry, known: Provenance) -> ImfpMaterial:
    """Give what TPP-2M needs of a material."""
    entry.has_only("density", "molar_mass", "valence_electrons", "gap")
    return ImfpMaterial(
        key=entry.key,
        density=known.value(entry, "density", "g/cm3"),
        molar_mass=entry.number("molar_mass"),
        valence_electrons=entry.number("valence_electrons"),
        gap=known.value(entry, "gap", "eV"),
    )


def ion(entry: Entry) -> Ion:
    """Give an ion: formula and charge, nothing else."""
    entry.has_only("formula", "charge")
    formula, charge = entry.text("formula"), entry.whole_number("charge")
    wrong = not_a_formula(formula)
    if wrong:
        raise entry.wrong(f"has formula {shown(formula)}, {wrong}", 'write formula = "GaCl2"')
    if charge == 0:
        raise entry.wrong("has charge 0, and what is neutral has no m/z", "write charge = -1")
    return Ion(formula=formula, charge=charge)


def phase(entry: Entry, known: Provenance) -> Phase:
    """Give a crystalline phase; what symmetry says of its cell is not said again."""
    entry.has_only(
        "formula", "space_group", "role", "status", "source", *AXES, "density", "distances",
        "disorder", "cif", "note",
    )  # fmt: skip
    space_group = entry.whole_number("space_group")
    if not 1 <= space_group <= 230:
        raise entry.wrong(
            f"has space_group {space_group}, and they are numbered 1 to 230",
            "write its number in the International Tables",
        )
    formula = entry.text("formula")
    if not re.fullmatch(r"([A-Z][a-z]?([0-9]+(\.[0-9]+)?)?)+", formula):
        raise entry.wrong(
            f"has formula {shown(formula)}, which is not elements and their numbers",
            'write formula = "Li6PS5Cl"',
        )
    cell = {axis: known.optional(entry, axis, unit) for axis, unit in zip(AXES, CELL, strict=True)}
    values = [value for value in cell.values() if value is not None]
    said = values[0] if values else None
    if said is None and "status" not in entry.row:
        raise entry.wrong("has neither a cell nor a status", "give a = { value = ... }")
    source = known.keys(entry, "source") if "source" in entry.row or said is None else said.source
    status = entry.of_one(entry.text("status", str(said.status if said else "")), "status", Status)
    bonds = entry.inside("distances")
    made = Phase(
        key=entry.key,
        formula=formula,
        space_group=space_group,
        role=Role(entry.of_one(entry.text("role", "candidate"), "role", Role)),
        status=standing(Status(status), [known.sources[key] for key in source]),
        source=source,
        **cell,
        density=known.optional(entry, "density", "g/cm3"),
        distances=tuple((pair, known.value(bonds, pair, "Angstrom")) for pair in bonds.row),
        disorder=_disorder(entry.inside("disorder"), known) if "disorder" in entry.row else None,
        cif=entry.text("cif", ""),
        note=entry.text("note", ""),
    )
    again = [axis for axis, value in cell.items() if value is not None and axis in made.implied]
    if again:
        raise entry.wrong(
            f"has {again[0]}, which follows from its space group {space_group}",
            "leave it out, or check the space group",
        )
    return made


CELL = ("Angstrom", "Angstrom", "Angstrom", "degree", "degree", "degree")


def _disorder(entry: Entry, known: Provenance) -> Disorder:
    entry.has_only("share", "rises", "falls")
    return Disorder(
        share=known.value(entry, "share", "1"),
        rises=entry.texts("rises"),
        falls=entry.texts("falls"),
    )


def radiation(entry: Entry, known: Provenance) -> Radiation:
    """Give an X-ray line by photon energy or wavelength."""
    entry.has_only("quantity")
    return Radiation(key=entry.key, quantity=known.value(entry, "quantity", "eV", "Angstrom"))


def beyond(entry: Entry) -> tuple[str, float, float, str]:
    """Give a level that Al K-alpha cannot reach: name, lowest and highest energy, hint."""
    entry.has_only("low", "high", "hint")
    return entry.key, entry.number("low"), entry.number("high"), entry.text("hint")


def reported_value(row: Mapping[str, str]) -> ReportedValue:
    """Give one number of one study, as printed."""
    return ReportedValue(**row)


SURVEY_PHOTONS = ((1486.6, "al_barn"), (1253.6, "mg_barn"))
"""Photon energies [eV] of the cross-sections in the table of survey lines, and their columns."""
GASES = ("N", "O", "F", "Cl", "Br")
"""Elements whose energies one compilation gives for the gas; the other one's are of solids."""
IMPLANTED = 6.5
"""How far argon that was sputtered into a solid lies below the gas [eV]: commonly tabulated as
241.9 for 2p3/2, not read."""
U_AUGER = 5.0
"""Standard uncertainty of a kinetic energy computed from binding energies [eV]: F, In and Ga come
out within 2 eV of where they are found, O and S within 7 eV."""


def survey_line(row: Mapping[str, str]) -> SurveyLine:
    """Give a line for identification from two compilations of its energy."""
    williams, larkins = (
        float(row[name]) if row[name] else None for name in ("williams_eV", "larkins_eV")
    )
    gas = row["element"] in GASES
    # What a gas shows against the vacuum level is no bound of what a solid does.
    known = [e for e in ((larkins,) if gas and larkins else (williams, larkins)) if e is not None]
    implanted = row["element"] == "Ar"
    if implanted:
        known = [e - IMPLANTED for e in known]
    return SurveyLine(
        element=row["element"],
        line=row["line"],
        energy=Value(
            value=known[0],
            low=min(known),
            high=max(known),
            unit="eV",
            status=Status.UNVERIFIED if implanted else Status.HANDBOOK,
            source=("larkins1977",) if known == [larkins] else COMPILATIONS,
        ),
        sections=tuple(
            (
                photon,
                Value(
                    value=float(row[column]),
                    unit="barn",
                    status=Status.CALCULATED,
                    source=("xraylib",),
                ),
            )
            for photon, column in SURVEY_PHOTONS
            if row[column]
        ),
    )


COMPILATIONS = ("xdb", "larkins1977")


def auger_group(row: Mapping[str, str]) -> AugerGroup:
    """Give an Auger band from its computed energies."""
    ends = sorted((float(row["kinetic_eV"]), float(row["partner_kinetic_eV"])))
    return AugerGroup(
        element=row["element"],
        group=row["group"],
        transition=row["transition"],
        kinetic_energy=Value(
            value=float(row["kinetic_eV"]),
            u=U_AUGER,
            low=ends[0],
            high=ends[1],
            unit="eV",
            status=Status.CALCULATED,
            source=("chung1970", *COMPILATIONS),
        ),
    )


def auger_parameter(entry: Entry, known: Provenance) -> AugerParameter:
    """Give a modified Auger parameter."""
    entry.has_only("element", "transition", "line", "species", "parameter")
    return AugerParameter(
        element=entry.text("element"),
        transition=entry.text("transition"),
        line=entry.text("line"),
        species=entry.text("species"),
        parameter=known.value(entry, "parameter", "eV"),
    )


def loss_peak(entry: Entry, known: Provenance) -> LossPeak:
    """Give a plasmon of a metal."""
    entry.has_only("element", "kind", "energy")
    return LossPeak(
        element=entry.text("element"),
        kind=entry.text("kind"),
        energy=known.value(entry, "energy", "eV"),
    )
