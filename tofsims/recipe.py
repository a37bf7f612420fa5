"""A recipe: what a user decides about a depth profile, and its TOML file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from references.toml import Kept, model_of, toml_fields, toml_value

__all__ = ["Recipe", "from_toml", "to_toml"]

SCHEMA = "peakwright.tofsims.recipe/1"

Names = Annotated[tuple[str, ...], Field(max_length=10_000)]


class Recipe(Kept):
    """Which ions are followed, where and when, and how they are counted.

    Parameters
    ----------
    schema_ : str
        Written as ``schema``; this version's is ``peakwright.tofsims.recipe/1``.
    ions : tuple of str
        With their charge, ``"Cl-"``.
    elements : tuple of str
        Elements in the sample, for ions that interfere.
    region : str
        Pixels: ``x0,y0,x1,y1``, ``disc:x,y,radius``, ``polygon:x,y,...`` or ``mask:PICTURE``; all
        of them where it is empty.
    window_s : (float, float) or None
        Sputter times that are judged [s]; ``None`` for all but the start.
    margin_percent : float
        Change that is called uniform [%].
    normalise : str
        ``total``, ``dose`` or an ion; empty for none.
    calibrate : tuple of str
        Known ions that make the mass scale.
    scale : (float, float) or None
        Mass scale to begin with: sf, k0 in channels.
    lock : tuple of str
        Strong known ions by which the mass scale is followed.
    background : str
        ``none`` leaves what lies under a peak, ``local`` takes it off.
    overlaps : str
        Ions nearer than three widths: ``fit`` them together, or ``window`` up to half way.
    field_correction : str
        Side of the field that the primary beam reaches later.
    raster : str
        Pixels along x and y, ``256x256``, of a file that does not say it.
    shots : int or None
        A pixel and scan; of an export, a point.
    seconds_per_scan : float or None
        Sputter time of a scan [s].
    dead_time_ns : float or None
        Of the counter [ns].
    half_width_ppm : float or None
        Half of a window, of an imzML.

    Examples
    --------
    >>> mine = Recipe(ions=("Li-", "Cl-"), window_s=(20.0, 600.0))
    >>> from_toml(to_toml(mine)) == mine
    True
    """

    schema_: Annotated[Literal["peakwright.tofsims.recipe/1"], Field(alias="schema")] = SCHEMA
    ions: Names = ()
    elements: Names = ()
    region: str = ""
    window_s: tuple[float, float] | None = None
    margin_percent: Annotated[float, Field(ge=0.01, le=1000.0)] = 5.0
    normalise: str = ""
    calibrate: Names = ()
    scale: tuple[float, float] | None = None
    lock: Names = ()
    background: Literal["none", "local"] = "none"
    overlaps: Literal["fit", "window"] = "fit"
    field_correction: str = ""
    raster: str = ""
    shots: Annotated[int, Field(ge=1)] | None = None
    seconds_per_scan: Annotated[float, Field(ge=1e-3, le=1e6)] | None = None
    dead_time_ns: Annotated[float, Field(ge=0.0, le=1000.0)] | None = None
    half_width_ppm: Annotated[float, Field(ge=0.1, le=1e5)] | None = None


def from_toml(text: str, *, name: str = "recipe") -> Recipe:
    """Read a recipe from TOML text.

    Raises
    ------
    DataFileError
        If it is not TOML, or a key or value is not one a recipe has; with the path to the field.
    """
    hint = "`peakwright tofsims profile --out DIR` writes one to compare with"
    return model_of(text, Recipe, SCHEMA, name=name, hint=hint)


def to_toml(recipe: Recipe) -> str:
    """Write a recipe as TOML that :func:`from_toml` reads back equal."""
    lines = [f"schema = {toml_value(recipe.schema_)}", *toml_fields(recipe, skip=("schema_",))]
    return "\n".join(lines) + "\n"
