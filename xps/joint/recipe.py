"""The recipe of a joint fit: its regions, and what ties them; and its TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from references.files import read_text
from references.refusal import FieldError
from references.toml import toml_fields, toml_value

from ..amount import Sensitivity
from ..constraint import ConstraintError
from ..envelope import (
    Constrained,
    Envelope,
    EnvelopeError,
    Finite,
    Frozen,
    default_envelope,
    species_parts,
)
from ..limits import Limits, check
from ..prior import SCALE_U
from ..recipe import LONGEST, RecipeFileError, Scaled, parsed, read_recipe, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry

__all__ = [
    "Factors",
    "JointRecipe",
    "Phase",
    "Region",
    "Stoichiometry",
    "Ties",
    "read_joint_recipe",
    "to_joint_toml",
]

SCHEMA = "peakwright.xps.joint/1"
PROPORTION_U = 0.05
"""Relative standard uncertainty of a proportion that is not held: off-stoichiometry of the pristine
electrolyte, and species that are not mixed to the depth that is seen; a working estimate."""
HINT = "docs/guide.md shows one to compare with"
LARGEST_SHIFT = 50.0
"""A charge shift is looked for within this [eV]."""

Strength = Literal["soft", "hard"]
Own = Literal["own", "shared"]
Count = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]


class Region(Frozen):
    """A region in short: a core level with species of the library, or a recipe file that has it.

    Parameters
    ----------
    core_level : str
        For instance ``"S 2p"``.
    species : tuple of str
        Keys of the library; a phase stands for those of its parts that show on the level.
    recipe : str
        Instead of species: a recipe file with an envelope for the level, beside this one.
    """

    core_level: str
    species: tuple[str, ...] = ()
    recipe: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Region:
        if bool(self.species) == bool(self.recipe):
            raise ValueError('expected either species = ["PS4", "Li2S"] or recipe = "FILE.toml"')
        return self


class Ties(Frozen):
    """What all regions have in common.

    Parameters
    ----------
    charge_shift : {"own", "shared"}
        Shared: one for all insulators of the sample, one for all conductors, fitted with the
        places that the library knows; a place of your own stands where you put it.
    shift : str or float
        What is known of a shared shift [eV]: a constraint, ``"0 +- 0.15"`` on a scale that is
        calibrated, ``"-4 .. 4"`` on one that is not.
    fwhm : {"own", "shared"}
        Shared: widths of the compounds of all levels are alike as those of one level are, but for
        the lifetimes of the levels.
    """

    charge_shift: Own = "own"
    shift: Constrained = f"0 +- {SCALE_U:g}"
    fwhm: Own = "own"

    @model_validator(mode="after")
    def _known_shift(self) -> Ties:
        limits = Limits(low=-LARGEST_SHIFT, high=LARGEST_SHIFT, what="a charge shift in eV")
        try:
            known = check("shift", self.shift, (), limits)
        except ConstraintError as error:
            raise FieldError(str(error), "shift") from None
        if known.fixed or (known.u is None and known.low is None):
            raise FieldError(
                f'shift {self.shift!r}: say what is known of it, for instance "0 +- 0.15" or '
                '"-4 .. 4"',
                "shift",
            )
        return self


class Stoichiometry(Frozen):
    """A species whose levels stand in the proportion of its atoms.

    Parameters
    ----------
    species : str
        Key in the library, for instance ``"PS4"``: every component of that species takes part.
    parts : dict of str to float
        Instead of a species, or where it has no composition in the library: atoms that each
        component counts, by ``"LEVEL:COMPONENT"``.
    strength : {"soft", "hard"}
        Soft: within ``u``, and the sensitivity factors are fitted within their own uncertainty.
        Hard: exactly, with the factors as they stand; their uncertainty is propagated.
    u : float
        Relative standard uncertainty of the proportion of any two parts.
    """

    species: str = ""
    parts: dict[str, Count] = {}  # noqa: RUF012 - pydantic copies it
    strength: Strength = "soft"
    u: Annotated[Finite, Field(ge=1e-4, le=1.0)] = PROPORTION_U

    @model_validator(mode="after")
    def _named(self) -> Stoichiometry:
        if not self.species and not self.parts:
            raise ValueError('expected species = "PS4", or parts = { "P 2p:PS4" = 1, ... }')
        _check_parts(self.parts)
        return self


class Phase(Frozen):
    """A phase that is there as a whole: its parts in their proportions, what remains is something
    else.

    Parameters
    ----------
    name : str
        A composite of the library, for instance ``"Li6PS5Cl"``.
    parts : dict of str to float
        Further components that belong to it, as in :class:`Stoichiometry`, per formula unit:
        ``{ "Li 1s:Li-lattice" = 6 }``.
    strength, u
        As in :class:`Stoichiometry`.
    """

    name: str
    parts: dict[str, Count] = {}  # noqa: RUF012 - pydantic copies it
    strength: Strength = "soft"
    u: Annotated[Finite, Field(ge=1e-4, le=1.0)] = PROPORTION_U

    @model_validator(mode="after")
    def _named(self) -> Phase:
        _check_parts(self.parts)
        return self


class Factors(Frozen):
    """How areas become amounts, in ties and in fractions; see :class:`xps.Sensitivity`."""

    set_name: str = "scofield_al"
    angle: Annotated[Finite, Field(ge=0, le=180)] = 54.7356
    material: str = "Li6PS5Cl"
    transmission_exponent: Annotated[Finite, Field(ge=-5, le=5)] = 0.0

    @property
    def sensitivity(self) -> Sensitivity:
        """The same as the quantification takes it."""
        return Sensitivity(
            set_name=self.set_name,
            angle=self.angle,
            material=self.material,
            transmission_exponent=self.transmission_exponent,
        )


class JointRecipe(Scaled):
    """What a user decides about regions that are fitted together.

    Parameters
    ----------
    schema_ : str
        Written as ``schema``; this version's is ``peakwright.xps.joint/1``.
    charge : tuple of Charge
        The energy scale before the fit.
    regions : tuple of Region
        In short; :meth:`completed` turns them into envelopes.
    envelopes : tuple of Envelope
        As in any recipe.
    tie : Ties
    stoichiometry : tuple of Stoichiometry
    phase : tuple of Phase
    sensitivity : Factors
    """

    schema_: Annotated[  # pyright: ignore[reportIncompatibleVariableOverride] - it is frozen
        Literal["peakwright.xps.joint/1"], Field(alias="schema")
    ] = "peakwright.xps.joint/1"
    regions: Annotated[tuple[Region, ...], Field(alias="region", max_length=40)] = ()
    envelopes: Annotated[tuple[Envelope, ...], Field(alias="envelope", max_length=40)] = ()
    tie: Ties = Ties()
    stoichiometry: Annotated[tuple[Stoichiometry, ...], Field(max_length=40)] = ()
    phase: Annotated[tuple[Phase, ...], Field(max_length=40)] = ()
    sensitivity: Factors = Factors()

    @model_validator(mode="after")
    def _regions(self) -> JointRecipe:
        named = [r.core_level for r in self.regions] + [e.region for e in self.envelopes]
        if not named:
            raise ValueError("it has no region; write [[region]] or [[envelope]], one a core level")
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(
                f"{', '.join(twice)} comes twice; a joint fit has each region of a sample once"
            )
        return self

    def completed(self, registry: Registry, elements: Sequence[str] = ()) -> JointRecipe:
        """Give the same recipe with its regions in short written out as envelopes.

        Parameters
        ----------
        registry : Registry
        elements : sequence of str
            Elements in the sample, for overlaps.

        Raises
        ------
        EnvelopeError, UnknownReferenceError
            If a level or species is not in the library, or species cannot be told apart.
        """
        whole = [phase.name for phase in self.phase]
        made = [_envelope(region, whole, registry, elements) for region in self.regions]
        return self.model_copy(update={"regions": (), "envelopes": (*self.envelopes, *made)})


def _check_parts(parts: dict[str, float]) -> None:
    for key in parts:
        level, colon, name = (text.strip() for text in key.partition(":"))
        if not (level and colon and name):
            raise FieldError(
                f'{key!r} should be LEVEL:COMPONENT, for instance "S 2p:PS4"', "parts", key
            )


def _envelope(
    region: Region, phases: Sequence[str], registry: Registry, elements: Sequence[str]
) -> Envelope:
    """The default envelope; parts of a phase that is fitted as a whole are components of their own.

    Li2S and free sulfide cannot be two free components, but one of them can be free.
    """
    if region.recipe:
        raise EnvelopeError(
            f"{region.core_level}: recipe {region.recipe!r} is read together with the file that "
            "names it; use xps.read_joint_recipe, or give the envelope itself"
        )
    wholes = [key for key in region.species if key in phases]
    own = [key for key in region.species if key not in phases]
    bound = [key for whole in wholes for key in registry.parts(whole, region.core_level)]
    if wholes and not bound:
        raise EnvelopeError(
            f"{region.core_level}: no part of {', '.join(wholes)} has a line there; leave it out"
        )
    tied = [key for key in dict.fromkeys(bound) if key not in own]
    made = default_envelope(registry, region.core_level, own or tied, elements=elements)
    missing = [key for key in tied if key not in {c.name for c in made.components}]
    more = species_parts(registry, region.core_level, missing)
    return made.model_copy(update={"components": (*more, *made.components)})


# --- TOML -----------------------------------------------------------------------------------------


def read_joint_recipe(path: str | Path) -> JointRecipe:
    """Read the recipe of a joint fit from a TOML file, with the recipes that it names.

    Raises
    ------
    DataFileError
        If a file cannot be read, is not TOML, or a key or value is not one such a recipe has; with
        the path to the field.
    """
    recipe = parsed(
        read_text(path, max_bytes=LONGEST), JointRecipe, SCHEMA, name=str(path), hint=HINT
    )
    named = [region for region in recipe.regions if region.recipe]
    found = [_from_file(region, Path(path)) for region in named]
    short = tuple(region for region in recipe.regions if not region.recipe)
    return recipe.model_copy(update={"regions": short, "envelopes": (*recipe.envelopes, *found)})


def _from_file(region: Region, beside: Path) -> Envelope:
    path = beside.parent / region.recipe
    there = read_recipe(path).envelopes
    for envelope in there:
        if envelope.region == region.core_level:
            return envelope
    raise RecipeFileError(
        str(path),
        f"has no envelope for {region.core_level}, which {beside.name} asks of it",
        action=f"it has {', '.join(e.region for e in there)}: name one of these",
    )


def to_joint_toml(recipe: JointRecipe) -> str:
    """Write a joint recipe as TOML that reads back equal.

    Examples
    --------
    >>> recipe = JointRecipe(regions=(Region(core_level="P 2p", species=("PS4",)),))
    >>> print(to_joint_toml(recipe))
    schema = "peakwright.xps.joint/1"
    <BLANKLINE>
    [[region]]
    core_level = "P 2p"
    species = ["PS4"]
    <BLANKLINE>
    """
    lines = [f"schema = {toml_value(recipe.schema_)}"]
    for name, table in (("tie", recipe.tie), ("sensitivity", recipe.sensitivity)):
        if told := toml_fields(table):
            lines += ["", f"[{name}]", *told]
    for name, entries in (
        ("region", recipe.regions),
        ("stoichiometry", recipe.stoichiometry),
        ("phase", recipe.phase),
    ):
        for entry in entries:
            lines += ["", f"[[{name}]]", *toml_fields(entry)]
    return "\n".join([*lines, *tables(recipe.charge, recipe.envelopes)]) + "\n"
