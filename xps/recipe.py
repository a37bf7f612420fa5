"""A recipe: what a user decides about a whole measurement, and its TOML file.

One envelope a region, and the energy scale on which their positions stand. A file round-trips:
what ``fit --out`` writes gives the same fit again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from references.files import DataFileError, read_text
from references.refusal import FieldError
from references.toml import model_of, toml_fields, toml_value

from .charge import LARGEST_GIVEN
from .envelope import Envelope, EnvelopeError, Frozen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "Charge",
    "Fractions",
    "Recipe",
    "RecipeFileError",
    "Scaled",
    "from_toml",
    "parsed",
    "read_recipe",
    "tables",
    "to_toml",
]

SCHEMA = "peakwright.xps.recipe/1"
HINT = "`peakwright xps recipe` prints one to compare with"
LONGEST = 10_000_000
"""No recipe file is longer than this [bytes]."""


class RecipeFileError(DataFileError, EnvelopeError):
    """A recipe file that cannot be used: the file, the path to the field, what is wrong there."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with keywords, so that worker processes can report the error."""
        return (_rebuild_error, (self.path, self.reason, self.where, self.action))


def _rebuild_error(path: str, reason: str, where: str, action: str) -> RecipeFileError:
    return RecipeFileError(path, reason, where=where, action=action)


class Charge(Frozen):
    """Where the binding-energy scale of some spectra stands: a known shift, or a line to refer to.

    Parameters
    ----------
    shift : float or None
        Added to the stored binding energies [eV].
    u : float or None
        Standard uncertainty of the shift [eV], where it is known.
    reference : str
        How the shift was found, for the record.
    line : str
        Instead of a shift: a line that is put at its known energy, ``"C 1s:C-C"``.
    sample, region : str
        Only spectra of this sample, or of this region as the file names it; empty means of any.
    """

    shift: Annotated[float, Field(ge=-LARGEST_GIVEN, le=LARGEST_GIVEN)] | None = None
    u: Annotated[float, Field(ge=0.0, le=LARGEST_GIVEN)] | None = None
    reference: str = ""
    line: str = ""
    sample: str = ""
    region: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Charge:
        if (self.shift is None) == (not self.line):
            raise ValueError('expected either a shift [eV] or a line such as "C 1s:C-C"')
        if self.line and (self.u is not None or self.reference):
            raise ValueError("u and reference belong to a shift; a line brings its own")
        level, colon, species = (part.strip() for part in self.line.partition(":"))
        if self.line and not (level and colon and species):
            raise FieldError(
                f'{self.line!r} should be LEVEL:SPECIES, for instance "C 1s:C-C"', "line"
            )
        return self

    def covers(self, sample: str, region: str) -> bool:
        """Whether it holds for a spectrum of this sample and region."""
        return self.sample in {"", sample} and self.region in {"", region}

    @property
    def narrowness(self) -> int:
        """How much it names: of several that cover a spectrum the narrowest holds."""
        return 2 * bool(self.sample) + bool(self.region)


class Scaled(Frozen):
    """A recipe that declares the energy scale of the spectra it is for.

    Parameters
    ----------
    schema_ : str
        Written as ``schema``: what kind of recipe it is, and of which version.
    charge : tuple of Charge
        The energy scale; empty means that none is declared.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        populate_by_name=True,
        serialize_by_alias=True,
    )
    schema_: Annotated[str, Field(alias="schema")]
    charge: Annotated[tuple[Charge, ...], Field(max_length=10_000)] = ()

    @field_validator("charge", mode="before")
    @classmethod
    def _one_or_several(cls, given: object) -> object:
        """A single ``[charge]`` table is written without double brackets."""
        return [given] if isinstance(given, dict | Charge) else given  # pyright: ignore[reportUnknownVariableType]

    def charge_of(self, sample: str, region: str) -> Charge | None:
        """Give the energy scale of a spectrum: the narrowest entry that covers it."""
        covering = [entry for entry in self.charge if entry.covers(sample, region)]
        return max(covering, key=lambda entry: entry.narrowness, default=None)


class Fractions(Frozen):
    """Which fractions are formed of the fits.

    Parameters
    ----------
    basis : str
        What they are fractions of: ``within_level``, ``area_levels``, ``atomic``, ``atomic_all``.
    denominator : tuple of str
        Elements of the atomic basis; empty means all that are fitted.
    sensitivity_set : str
        Sensitivity factors of the atomic bases; empty means the library's first choice.
    transmission : str
        Of the analyser, on an atomic basis: empty or ``auto``, ``file``, ``none``, or the exponent
        of the kinetic energy.
    split : bool
        Whether what the lattice must hold is taken off LiCl and Li2S.
    limit : tuple of str
        Species of which nothing but an upper limit is asked for.
    """

    basis: Literal["within_level", "area_levels", "atomic", "atomic_all"] = "within_level"
    denominator: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    sensitivity_set: str = ""
    transmission: str = ""
    split: bool = False
    limit: Annotated[tuple[str, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _of_one_basis(self) -> Fractions:
        if self.denominator and self.basis != "atomic":
            raise FieldError(f"belongs to the basis atomic, not to {self.basis}", "denominator")
        for name in ("sensitivity_set", "transmission"):
            if getattr(self, name) and self.basis not in {"atomic", "atomic_all"}:
                why = f"belongs to the basis atomic or atomic_all; {self.basis} uses none"
                raise FieldError(why, name)
        return self


class Recipe(Scaled):
    """What a user decides about a whole measurement: its energy scale, and one envelope a region.

    Parameters
    ----------
    schema_ : str
        Written as ``schema``; this version's is ``peakwright.xps.recipe/1``.
    charge : tuple of Charge
        The energy scale; empty means that none is declared.
    fractions : Fractions
        Which fractions are formed of the fits.
    envelopes : tuple of Envelope
        One a region.
    """

    schema_: Annotated[  # pyright: ignore[reportIncompatibleVariableOverride] - it is frozen
        Literal["peakwright.xps.recipe/1"], Field(alias="schema")
    ] = "peakwright.xps.recipe/1"
    fractions: Fractions = Fractions()
    envelopes: Annotated[tuple[Envelope, ...], Field(min_length=1, alias="envelope")]


R = TypeVar("R", bound=BaseModel)

# --- TOML -----------------------------------------------------------------------------------------


def from_toml(text: str, *, name: str = "recipe") -> Recipe:
    """Read a recipe from TOML text.

    Raises
    ------
    RecipeFileError
        If it is not TOML, or a key or value is not one a recipe has; with the path to the field.
    """
    return parsed(text, Recipe, SCHEMA, name=name)


def parsed(text: str, model: type[R], schema: str, *, name: str, hint: str = HINT) -> R:
    """Read a recipe of some kind from TOML text.

    Raises
    ------
    RecipeFileError
        As :func:`from_toml`.
    """
    return model_of(text, model, schema, name=name, hint=hint, refused=RecipeFileError)


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe from a TOML file.

    Raises
    ------
    DataFileError
        As :func:`from_toml`, or if the file cannot be read.
    """
    return from_toml(read_text(path, max_bytes=LONGEST), name=str(path))


def to_toml(recipe: Recipe) -> str:
    """Write a recipe as TOML that :func:`from_toml` reads back equal.

    Examples
    --------
    >>> import references
    >>> from xps.envelope import default_envelope
    >>> recipe = Recipe(envelopes=(default_envelope(references.load(), "P 2p", ["PS4"]),))
    >>> from_toml(to_toml(recipe)) == recipe
    True
    """
    lines = [f"schema = {toml_value(recipe.schema_)}"]
    if formed := toml_fields(recipe.fractions):
        lines += ["", "[fractions]", *formed]
    lines += tables(recipe.charge, recipe.envelopes)
    return "\n".join(lines) + "\n"


def tables(charge: Sequence[Charge], envelopes: Sequence[Envelope]) -> list[str]:
    """Give the lines of the tables that every recipe has."""
    lines: list[str] = []
    for entry in charge:
        title = "[charge]" if len(charge) == 1 else "[[charge]]"
        lines += ["", title, *toml_fields(entry)]
    for envelope in envelopes:
        lines += ["", "[[envelope]]", *toml_fields(envelope, skip=("components", "background"))]
        lines += ["", "[envelope.background]", *toml_fields(envelope.background, all_fields=True)]
        for component in envelope.components:
            lines += ["", "[[envelope.components]]", *toml_fields(component)]
    return lines
