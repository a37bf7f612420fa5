"""The library: one place for every physical number, each with its source.

:func:`load` is the only function that opens the library's files. A user's own TOML extends it and
makes a new :class:`Registry`; the bundled one never changes.
"""

# What TOML gives is checked value by value here; outside this module everything is typed.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

from .core_level import Branching, CoreLevel, Overlap, Separation, SpeciesLine
from .files import DataFileError, read_text
from .ion import Ion
from .phase import Phase
from .quantification import CrossSection, ImfpMaterial, SensitivitySet
from .radiation import Radiation
from .reported import ReportedValue
from .species import Reaction, ShiftSign, Species
from .value import Source, SourceKind, Status, Value
from .words import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Registry", "UnknownReferenceError", "load"]

Table = Mapping[str, Any]
T = TypeVar("T")

UNITS = ("eV", "1", "barn", "Angstrom", "g/cm3", "u")
SCALES = ("", "C1s_284.8", "C1s_285.0", "Fermi", "Au4f_84.0", "Ar2p", "VBM", "not_stated")
FILES = (
    "sources.toml",
    "core_levels.toml",
    "binding_energies.toml",
    "species.toml",
    "quantification.toml",
    "ions.toml",
    "phases.toml",
    "radiation.toml",
)
TABLES = (
    "source", "core_level", "beyond", "line", "species", "reaction", "separation", "shift_sign",
    "overlap", "sensitivity", "beta", "imfp", "ions", "phase", "radiation",
)  # fmt: skip


class UnknownReferenceError(InputError):
    """A key that the library does not have: what was asked, what is near, what to do.

    Examples
    --------
    >>> print(UnknownReferenceError("species", "Li2s", near=["Li2S"]))
    the library has no species 'Li2s'; did you mean Li2S? `peakwright library list` shows all
    """

    def __init__(self, kind: str, asked: str, *, near: Iterable[str] = (), hint: str = "") -> None:
        self.kind, self.asked, self.near, self.hint = kind, asked, tuple(near), hint
        told = f"the library has no {kind} {asked!r}"
        if hint:
            told += f": {hint}"
        elif self.near:
            told += f"; did you mean {' or '.join(self.near)}? `peakwright library list` shows all"
        else:
            told += "; `peakwright library list` shows what it has"
        super().__init__(told)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with all that was said."""
        return (_rebuild, (self.kind, self.asked, self.near, self.hint))


def _rebuild(kind: str, asked: str, near: tuple[str, ...], hint: str) -> UnknownReferenceError:
    return UnknownReferenceError(kind, asked, near=near, hint=hint)


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
    beyond: tuple[tuple[str, float, float, str], ...]

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
        references.registry.UnknownReferenceError: ...Cl 2p lies at 198-209 eV
        """
        for name, low, high, hint in self.beyond:
            if name == symbol:
                raise UnknownReferenceError(
                    "core level",
                    symbol,
                    hint=f"it lies at {low:g}-{high:g} eV, beyond Al K-alpha (1486.6 eV); {hint}",
                )
        return _found("core level", symbol, {level.symbol: level for level in self.core_levels})

    def species(self, key: str) -> Species:
        """Give a species by its key, ``"Li2S"``.

        Raises
        ------
        UnknownReferenceError
            If there is none.
        """
        return _found("species", key, {species.key: species for species in self.all_species})

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
        there = sorted({line.species for line in self.lines(core_level)})
        raise UnknownReferenceError(
            "line", f"{core_level} {species}", hint=f"{core_level} has {', '.join(there) or 'none'}"
        )

    def sensitivity_set(self, name: str) -> SensitivitySet:
        """Give a named set of sensitivity factors."""
        return _found("sensitivity set", name, {s.name: s for s in self.sensitivity_sets})

    def beta(self, label: str) -> Value | None:
        """Give the asymmetry of a line, or of a level's major line; ``None`` if unknown."""
        for name, value in self.betas:
            if name == label:
                return value
        major = [v for name, v in self.betas if name.startswith(label)]
        return max(major, key=lambda v: v.best) if major else None

    def imfp_material(self, key: str) -> ImfpMaterial:
        """Give what TPP-2M needs of a material."""
        return _found("attenuation material", key, {m.key: m for m in self.imfp_materials})

    def source(self, key: str) -> Source:
        """Give a source by its key."""
        return _found("source", key, {source.key: source for source in self.sources})

    def ion(self, key: str) -> Ion:
        """Give an ion by its key, ``"GaCl-"``."""
        return _found("ion", key, {ion.key: ion for ion in self.ions})

    def phase(self, key: str) -> Phase:
        """Give a crystalline phase by its key."""
        return _found("phase", key, {phase.key: phase for phase in self.phases})

    def radiation(self, key: str) -> Radiation:
        """Give an X-ray line by its key."""
        return _found("radiation", key, {r.key: r for r in self.radiations})

    def overlaps(self, core_level: str) -> tuple[Overlap, ...]:
        """Give the lines of other elements inside a level's window."""
        return tuple(o for o in self.all_overlaps if o.core_level == core_level)

    def separations(self, species: str) -> tuple[Separation, ...]:
        """Give the charge-free separations of a species."""
        return tuple(s for s in self.all_separations if species in s.species.split(" - "))

    def names(self) -> dict[str, tuple[str, ...]]:
        """Give all keys by kind."""
        return {
            "core level": tuple(level.symbol for level in self.core_levels),
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
        TOML files with tables as in the bundled ones; an entry with a known key replaces it.

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
    tables = _bundled_tables()
    places: dict[str, str] = {}
    for path in extra:
        own = _user_tables(path)
        _merge(tables, own, str(path), places)
    return _build(tables, places)


@lru_cache(maxsize=1)
def _bundled() -> Registry:
    return _build(_bundled_tables(), {})


# --- reading --------------------------------------------------------------------------------------


def _data(name: str) -> str:
    return (files("references") / "data" / name).read_text(encoding="utf-8")


def _bundled_tables() -> dict[str, Any]:
    """Read every bundled file into one mapping of tables."""
    read = {name: tomllib.loads(_data(name)) for name in FILES}
    levels = read["core_levels.toml"]
    species = read["species.toml"]
    quantities = read["quantification.toml"]
    listed = ("reaction", "separation", "shift_sign", "overlap")
    return {
        "version": tomllib.loads(_data("version.toml"))["version"],
        "source": read["sources.toml"],
        "beyond": levels.pop("beyond"),
        "core_level": levels,
        "line": read["binding_energies.toml"]["line"],
        **{name: species.pop(name, []) for name in listed},
        "species": species,
        "sensitivity": quantities["sensitivity"],
        "beta": quantities["beta"],
        "imfp": quantities["imfp"],
        "ions": read["ions.toml"]["ions"],
        "phase": read["phases.toml"],
        "radiation": read["radiation.toml"],
        "cross_section": list(csv.DictReader(io.StringIO(_data("cross_sections.csv")))),
        "reported": list(csv.DictReader(io.StringIO(_data("reported.csv")))),
    }


def _user_tables(path: str | Path) -> dict[str, Any]:
    try:
        read = tomllib.loads(read_text(path, max_bytes=10_000_000))
    except tomllib.TOMLDecodeError as error:
        raise DataFileError(path, f"is not TOML ({error})") from None
    except RecursionError:
        raise DataFileError(path, "is nested too deeply for a library file") from None
    for table, content in read.items():
        if table not in TABLES:
            near = difflib.get_close_matches(table, TABLES, n=1)
            raise DataFileError(
                path,
                f"has a table {table!r} that the library does not know",
                where=table,
                action=f"did you mean {near[0]}?" if near else f"it knows {', '.join(TABLES)}",
            )
        listed = table in {"line", "reaction", "separation", "shift_sign", "overlap", "ions"}
        if not isinstance(content, list if listed else dict):
            raise DataFileError(
                path, f"table {table!r} should be {'[[' if listed else '['}{table}...]", where=table
            )
    return read


def _merge(tables: dict[str, Any], own: Table, place: str, places: dict[str, str]) -> None:
    """Add a user's entries; an entry with a known key replaces the bundled one."""
    for table, content in own.items():
        if isinstance(content, dict):
            tables[table] = {**tables[table], **content}
            for key in content:
                places[f"{table}.{key}"] = place
            continue
        kept = list(tables[table])
        for row in content:
            identity = _identity(table, row)
            kept = [old for old in kept if _identity(table, old) != identity]
            kept.append(row)
            places[f"{table}.{identity}"] = place
        tables[table] = kept


def _identity(table: str, row: Any) -> str:
    keys = {
        "line": ("core_level", "species", "variant"),
        "reaction": ("key",),
        "separation": ("species", "first", "second"),
        "shift_sign": ("core_level", "species"),
        "overlap": ("core_level", "intruder"),
        "ions": ("formula", "charge"),
    }[table]
    if not isinstance(row, dict):
        return repr(row)
    return " ".join(str(row.get(key, "")) for key in keys).strip()


# --- building -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an entry stands, for messages."""

    file: str
    entry: str

    def wrong(self, reason: str, action: str = "") -> DataFileError:
        return DataFileError(self.file, reason, where=self.entry, action=action)


def _build(tables: Table, places: Mapping[str, str]) -> Registry:
    def each(table: str, make: Callable[[str, Table, _Place], T]) -> tuple[T, ...]:
        content = tables[table]
        if isinstance(content, dict):
            rows = [(str(key), row) for key, row in content.items()]
        else:
            rows = [(_identity(table, row), row) for row in content]
        made: list[T] = []
        for key, row in rows:
            place = _Place(
                places.get(f"{table}.{key}", f"library table {table}"), f"{table} {key!r}"
            )
            if not isinstance(row, dict):
                raise place.wrong("should be a table of fields")
            made.append(make(key, row, place))
        return tuple(made)

    sources = each("source", _source)
    known = {source.key: source for source in sources}

    def value(row: Table, field: str, place: _Place) -> Value:
        return _value(row, field, place, known)

    def optional(row: Table, field: str, place: _Place) -> Value | None:
        return value(row, field, place) if field in row else None

    lines = each("line", lambda _, row, place: _line(row, place, known))
    levels = each(
        "core_level", lambda key, row, place: _core_level(key, row, place, value, optional)
    )
    species = each(
        "species",
        lambda key, row, place: _species(key, row, place, lines, optional(row, "asymmetry", place)),
    )
    _check_joins(levels, species, lines, places)
    sections = tuple(_cross_section(row, known) for row in tables["cross_section"])
    return Registry(
        version=str(tables["version"]),
        sha256=_hash(tables),
        sources=sources,
        core_levels=levels,
        all_species=species,
        species_lines=lines,
        all_separations=each(
            "separation",
            lambda _, row, place: Separation(
                species=_text(row, "species", place),
                first=_text(row, "first", place),
                second=_text(row, "second", place),
                difference=value(row, "difference", place),
            ),
        ),
        shift_signs=each(
            "shift_sign",
            lambda _, row, place: ShiftSign(
                core_level=_text(row, "core_level", place),
                species=_text(row, "species", place),
                parent=_text(row, "parent", place),
                sign=value(row, "sign", place),
            ),
        ),
        all_overlaps=each(
            "overlap",
            lambda _, row, place: Overlap(
                core_level=_text(row, "core_level", place),
                element=_text(row, "element", place),
                intruder=_text(row, "intruder", place),
                energy=value(row, "energy", place),
            ),
        ),
        reactions=each("reaction", _reaction),
        cross_sections=sections,
        sensitivity_sets=each(
            "sensitivity", lambda key, row, place: _sensitivity(key, row, place, sections)
        ),
        betas=tuple(
            (key, _value({key: row}, key, _Place("library table beta", key), known))
            for key, row in tables["beta"].items()
        ),
        imfp_materials=each(
            "imfp",
            lambda key, row, place: ImfpMaterial(
                key=key,
                density=value(row, "density", place),
                molar_mass=_number(row, "molar_mass", place),
                valence_electrons=_number(row, "valence_electrons", place),
                gap=value(row, "gap", place),
            ),
        ),
        ions=each(
            "ions",
            lambda _, row, place: Ion(
                formula=_text(row, "formula", place), charge=int(_number(row, "charge", place))
            ),
        ),
        phases=each(
            "phase",
            lambda key, row, place: Phase(
                key=key,
                formula=_text(row, "formula", place),
                space_group=int(_number(row, "space_group", place)),
                a=value(row, "a", place),
            ),
        ),
        radiations=each(
            "radiation",
            lambda key, row, place: Radiation(key=key, quantity=value(row, "quantity", place)),
        ),
        reported=tuple(ReportedValue(**row) for row in tables["reported"]),
        beyond=tuple(
            (name, float(row["low"]), float(row["high"]), str(row["hint"]))
            for name, row in tables["beyond"].items()
        ),
    )


def _source(key: str, row: Table, place: _Place) -> Source:
    _known_keys(row, [f.name for f in fields(Source) if f.name != "key"], place)
    kind = _text(row, "kind", place)
    if kind not in list(SourceKind):
        raise place.wrong(f"kind {kind!r} is none of {', '.join(SourceKind)}")
    return Source(
        key=key,
        kind=SourceKind(kind),
        citation=_text(row, "citation", place),
        read_as=_text(row, "read_as", place),
        doi=str(row.get("doi", "")),
        retrieved=str(row.get("retrieved", "")),
        licence=str(row.get("licence", "")),
        note=str(row.get("note", "")),
    )


def _value(row: Table, field: str, place: _Place, sources: Mapping[str, Source]) -> Value:  # noqa: C901, PLR0912 - one check after the other
    """Make a Value and check that its provenance, unit and range make sense."""
    given = row.get(field)
    if given is None:
        near = difflib.get_close_matches(field, list(row), n=1)
        raise place.wrong(f"has no {field!r}", f"did you mean {near[0]}?" if near else "add it")
    if not isinstance(given, dict):
        raise place.wrong(
            f"{field!r} should be a table {{ value = ..., unit = ..., source = [...] }}"
        )
    _known_keys(given, [f.name for f in fields(Value)], place)
    for needed in ("unit", "status", "source"):
        if needed not in given:
            raise place.wrong(f"{field!r} has no {needed}", "every value says where it comes from")
    keys = given["source"]
    keys = [keys] if isinstance(keys, str) else keys
    if not isinstance(keys, list) or not keys or not all(isinstance(k, str) for k in keys):
        raise place.wrong(f'{field!r} needs a source, for instance source = ["thermo-xps"]')
    for key in keys:
        if key not in sources:
            near = difflib.get_close_matches(key, list(sources), n=1)
            raise place.wrong(
                f"{field!r} names a source {key!r} that is not in the library",
                f"did you mean {near[0]}?" if near else f"add [source.{key}]",
            )
    status, unit, scale = given["status"], given["unit"], given.get("scale", "")
    if status not in list(Status):
        raise place.wrong(f"{field!r} has status {status!r}, none of {', '.join(Status)}")
    if unit not in UNITS:
        raise place.wrong(f"{field!r} has unit {unit!r}, none of {', '.join(UNITS)}")
    if scale not in SCALES:
        raise place.wrong(f"{field!r} has scale {scale!r}, none of {', '.join(SCALES[1:])}")
    numbers = {k: given.get(k) for k in ("value", "u", "low", "high")}
    for name, number in numbers.items():
        if number is not None and (isinstance(number, bool) or not isinstance(number, int | float)):
            raise place.wrong(f"{field!r}: {name} should be a number, not {number!r}")
    made = Value(
        value=_float(numbers["value"]),
        unit=str(unit),
        status=_standing(Status(status), [sources[key] for key in keys]),
        source=tuple(keys),
        u=_float(numbers["u"]),
        low=_float(numbers["low"]),
        high=_float(numbers["high"]),
        n=given.get("n"),
        scale=str(scale),
        preferred=bool(given.get("preferred", False)),
        note=str(given.get("note", "")),
    )
    if made.u is not None and not made.u > 0:
        raise place.wrong(f"{field!r}: u should be > 0")
    if made.low is not None and made.high is not None and made.low > made.high:
        raise place.wrong(f"{field!r}: low {made.low:g} is above high {made.high:g}")
    if made.value is None and (made.low is None or made.high is None):
        raise place.wrong(f"{field!r} has neither a value nor a range")
    return made


def _standing(status: Status, sources: Iterable[Source]) -> Status:
    """What rests only on a third party's notes is no more than reported."""
    if status.may_constrain and all(source.read_as == "digest" for source in sources):
        # A handbook value re-published by a program is still that handbook's.
        computed = status is Status.CALCULATED
        return status if computed else Status.REPORTED
    return status


def _line(row: Table, place: _Place, sources: Mapping[str, Source]) -> SpeciesLine:
    _known_keys(row, ["core_level", "line", "species", "variant", "energies", "reported"], place)
    energies = row.get("energies")
    if not isinstance(energies, list) or not energies:
        raise place.wrong("needs energies = [{ value = ..., ... }]")
    made = tuple(_value({"energy": e}, "energy", place, sources) for e in energies)
    if sum(value.preferred for value in made) != 1:
        raise place.wrong("exactly one of its energies is preferred = true")
    return SpeciesLine(
        core_level=_text(row, "core_level", place),
        line=_text(row, "line", place),
        species=_text(row, "species", place),
        variant=str(row.get("variant", "")),
        energies=made,
        reported=tuple(
            _value({"reported": e}, "reported", place, sources) for e in row.get("reported", [])
        ),
    )


def _core_level(
    key: str,
    row: Table,
    place: _Place,
    value: Callable[[Table, str, _Place], Value],
    optional: Callable[[Table, str, _Place], Value | None],
) -> CoreLevel:
    _known_keys(
        row,
        ["element", "lines", "window", "fwhm_metal", "fwhm_compound", "splitting", "tolerance",
         "statistical", "scofield_al", "prior", "minor_width", "natural_width", "note"],
        place,
    )  # fmt: skip
    window = row.get("window")
    if not isinstance(window, list) or len(window) != 2 or not window[0] < window[1]:
        raise place.wrong("needs window = [low, high]")
    splitting = optional(row, "splitting", place)
    branching = None
    if splitting is not None:
        branching = Branching(
            statistical=_number(row, "statistical", place),
            scofield_al=value(row, "scofield_al", place),
            prior=value(row, "prior", place),
        )
    widths = row.get("natural_width", {})
    return CoreLevel(
        symbol=key,
        element=_text(row, "element", place),
        lines=tuple(str(line) for line in row.get("lines", [])),
        window=(float(window[0]), float(window[1])),
        fwhm_metal=value(row, "fwhm_metal", place),
        fwhm_compound=value(row, "fwhm_compound", place),
        splitting=splitting,
        tolerance=_number(row, "tolerance", place) if splitting is not None else None,
        branching=branching,
        minor_width=optional(row, "minor_width", place),
        natural_width=tuple((line, value(widths, line, place)) for line in widths),
        note=str(row.get("note", "")),
    )


def _species(
    key: str, row: Table, place: _Place, lines: tuple[SpeciesLine, ...], asymmetry: Value | None
) -> Species:
    _known_keys(row, [f.name for f in fields(Species) if f.name not in {"key", "lines"}], place)
    group = _text(row, "group", place)
    if group not in {"conductor", "insulator"}:
        raise place.wrong(f"group {group!r} is neither conductor nor insulator")
    return Species(
        key=key,
        label=_text(row, "label", place),
        elements=tuple(str(e) for e in row.get("elements", [])),
        group="conductor" if group == "conductor" else "insulator",
        asymmetric=bool(row.get("asymmetric", False)),
        asymmetry=asymmetry,
        formula=str(row.get("formula", "")),
        lines=tuple(line for line in lines if line.species == key),
        ions=tuple(str(i) for i in row.get("ions", [])),
        phases=tuple(str(p) for p in row.get("phases", [])),
        composition=tuple((str(k), float(v)) for k, v in row.get("composition", {}).items()),
        note=str(row.get("note", "")),
    )


def _reaction(key: str, row: Table, place: _Place) -> Reaction:
    terms = row.get("terms")
    if not isinstance(terms, dict) or not terms:
        raise place.wrong("needs terms = { species = number, ... }")
    return Reaction(
        key=key,
        terms=tuple((str(k), float(v)) for k, v in terms.items()),
        status=_text(row, "status", place),
        source=tuple(row.get("source", [])),
    )


def _cross_section(row: Mapping[str, str], sources: Mapping[str, Source]) -> CrossSection:
    published = row["relative_scofield"]
    return CrossSection(
        element=row["element"],
        line=row["line"],
        photon=float(row["photon_eV"]),
        sigma=Value(
            value=float(row["sigma_barn"]),
            unit="barn",
            status=Status.CALCULATED,
            source=(sources["xraylib"].key,),
        ),
        relative=Value(
            value=float(published or row["relative_computed"]),
            unit="1",
            status=Status.CALCULATED,
            source=(sources["scofield1976" if published else "xraylib"].key,),
        ),
    )


def _sensitivity(
    key: str, row: Table, place: _Place, sections: tuple[CrossSection, ...]
) -> SensitivitySet:
    photon, relative_u = _number(row, "photon_eV", place), _number(row, "relative_u", place)
    factors: list[tuple[str, Value]] = []
    for section in sections:
        if section.photon != photon:
            continue
        known = section.relative
        factor = Value(
            value=known.best,
            u=relative_u * known.best,
            unit="1",
            status=known.status,
            source=known.source,
        )
        factors.append((f"{section.element} {section.line}", factor))
    return SensitivitySet(
        name=key,
        photon_line=_text(row, "photon_line", place),
        reference_line=_text(row, "reference_line", place),
        granularity="line" if _text(row, "granularity", place) == "line" else "level",
        includes_asymmetry=bool(row["includes_asymmetry"]),
        includes_imfp=bool(row["includes_imfp"]),
        includes_transmission=bool(row["includes_transmission"]),
        factors=tuple(factors),
    )


def _check_joins(
    levels: tuple[CoreLevel, ...],
    species: tuple[Species, ...],
    lines: tuple[SpeciesLine, ...],
    places: Mapping[str, str],
) -> None:
    """A line's level and species must exist, and it must be the level's major line."""
    by_symbol = {level.symbol: level for level in levels}
    keys = {s.key for s in species}
    for line in lines:
        identity = " ".join(x for x in (line.core_level, line.species, line.variant) if x)
        place = _Place(places.get(f"line.{identity}", "library table line"), f"line {identity!r}")
        if line.core_level not in by_symbol:
            near = difflib.get_close_matches(line.core_level, list(by_symbol), n=1)
            raise place.wrong(
                f"there is no core level {line.core_level!r}",
                f"did you mean {near[0]}?" if near else f'add [core_level."{line.core_level}"]',
            )
        if line.species not in keys:
            near = difflib.get_close_matches(line.species, sorted(keys), n=1)
            raise place.wrong(
                f"there is no species {line.species!r}",
                f"did you mean {near[0]}?" if near else f'add [species."{line.species}"]',
            )
        major = by_symbol[line.core_level].lines[0]
        if line.line != major:
            raise place.wrong(
                f"line {line.line!r} is not the major line {major!r}; the partner is derived"
            )


def _known_keys(row: Table, known: Iterable[str], place: _Place) -> None:
    allowed = list(known)
    for key in row:
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, n=1)
            raise place.wrong(
                f"has an unknown key {key!r}",
                f"did you mean {near[0]}?" if near else f"it may have {', '.join(allowed)}",
            )


def _text(row: Table, field: str, place: _Place) -> str:
    given = row.get(field)
    if not isinstance(given, str) or not given:
        near = difflib.get_close_matches(field, list(row), n=1) if field not in row else []
        raise place.wrong(
            f"needs {field} as text", f"did you mean {near[0]}?" if near else "add it"
        )
    return given


def _number(row: Table, field: str, place: _Place) -> float:
    given = row.get(field)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise place.wrong(f"needs {field} as a number")
    return float(given)


def _float(number: Any) -> float | None:
    return None if number is None else float(number)


def _hash(tables: Table) -> str:
    """Hash all entries in an order of their own."""

    def ordered(content: Any) -> Any:
        if isinstance(content, dict):
            return {str(key): ordered(content[key]) for key in sorted(content, key=str)}
        if isinstance(content, list):
            rows = [ordered(row) for row in content]
            # A list of tables has no order of its own; a list of numbers has.
            return sorted(rows, key=json.dumps) if rows and isinstance(rows[0], dict) else rows
        return content

    return hashlib.sha256(json.dumps(ordered(dict(tables)), sort_keys=True).encode()).hexdigest()


def _found(kind: str, asked: str, known: Mapping[str, T]) -> T:
    if asked in known:
        return known[asked]
    folded = {"".join(key.split()).lower(): key for key in known}
    same = folded.get("".join(asked.split()).lower())
    near = [same] if same else difflib.get_close_matches(asked, list(known), n=3, cutoff=0.5)
    raise UnknownReferenceError(kind, asked, near=near)
