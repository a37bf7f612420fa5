"""A recipe: what a user decides about a powder, and its TOML file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from references.toml import Kept, model_of, toml_fields, toml_value

from .instrument import Instrument

__all__ = ["Recipe", "from_toml", "to_toml"]

SCHEMA = "peakwright.xrd.recipe/1"


class Recipe(Kept):
    """Which phase a powder should be, and what it may hold beside.

    Parameters
    ----------
    schema_ : str
        Written as ``schema``; this version's is ``peakwright.xrd.recipe/1``.
    phase : str
        A phase of the library, or a CIF file.
    candidates : tuple of str
        ``"default"``, phases of the library, CIF files; none where it is empty.
    limit_percent : float
        Mass that must be seen; what could hide more is undecidable [%].
    elements : tuple of str
        Elements in the sample; a phase with others is tentative at most.
    scan : int or None
        Which scan of a file of several.
    background_file : str
        Pattern of the empty holder.
    instrument : Instrument
        The diffractometer.

    Examples
    --------
    >>> mine = Recipe(candidates=("default",), instrument=Instrument(radiation="Cu Ka"))
    >>> from_toml(to_toml(mine)) == mine
    True
    """

    schema_: Annotated[Literal["peakwright.xrd.recipe/1"], Field(alias="schema")] = SCHEMA
    phase: Annotated[str, Field(min_length=1)] = "Li6PS5Cl"
    candidates: Annotated[tuple[str, ...], Field(max_length=1000)] = ("default",)
    limit_percent: Annotated[float, Field(ge=0.001, le=100.0)] = 10.0
    elements: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    scan: Annotated[int, Field(ge=0)] | None = None
    background_file: str = ""
    instrument: Instrument = Instrument()


def from_toml(text: str, *, name: str = "recipe") -> Recipe:
    """Read a recipe from TOML text.

    Raises
    ------
    DataFileError
        If it is not TOML, or a key or value is not one a recipe has; with the path to the field.
    """
    hint = "`peakwright xrd check --out DIR` writes one to compare with"
    return model_of(text, Recipe, SCHEMA, name=name, hint=hint)


def to_toml(recipe: Recipe) -> str:
    """Write a recipe as TOML that :func:`from_toml` reads back equal."""
    lines = [
        f"schema = {toml_value(recipe.schema_)}",
        *toml_fields(recipe, skip=("schema_", "phase", "candidates", "instrument")),
        f"phase = {toml_value(recipe.phase)}",
        f"candidates = {toml_value(recipe.candidates)}",
    ]
    own = recipe.instrument
    if told := toml_fields(own, skip=("schema_", "profile")):
        lines += ["", "[instrument]", *told]
    if own.profile is not None:
        lines += ["", "[instrument.profile]", *toml_fields(own.profile)]
    return "\n".join(lines) + "\n"
