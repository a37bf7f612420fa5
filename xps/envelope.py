"""The recipe of a fit: which components, how they are tied, over which window and background.

An :class:`Envelope` is what the user decides. It is frozen, round-trips to TOML, and says nothing
about the numbers the library supplies: those enter when it is planned against a registry.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from references.files import DataFileError, read_text
from references.words import InputError

from .constraint import ConstraintError, parse
from .lineshape import lineshape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from references.core_level import CoreLevel
    from references.registry import Registry
    from references.species import Species

__all__ = [
    "Background",
    "Component",
    "Envelope",
    "EnvelopeError",
    "Recipe",
    "default_envelope",
    "from_toml",
    "read_recipe",
    "to_toml",
]

SCHEMA = "peakwright.xps.recipe/1"
Knowledge = Literal["prior", "hard", "free"]
Constrained = str | float
Finite = Annotated[float, Field(allow_inf_nan=False)]


class EnvelopeError(InputError):
    """A recipe that cannot be used: which field, what was given, what was expected."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Background(_Frozen):
    """The background of an envelope.

    Parameters
    ----------
    kind : {"shirley", "tougaard", "linear", "constant"}
        What it is made of.
    mode : {"active", "static"}
        Active: part of the model, fitted with the peaks. Static: computed from the data first and
        held, as CasaXPS does.
    slope : bool
        Whether an active background also has a free slope.
    end_points : int
        Channels averaged at each end of a static background, centred on the end channel (odd).
    kernel : tuple of float
        Tougaard's B [eV^2], C [eV^2], D [eV^2] and gap [eV]; shorter tuples are filled from the
        universal cross-section U2 (B = 2866 eV^2, C = 1643 eV^2).
    scale_to_end : bool
        Whether a static Tougaard background is scaled to meet the data at high binding energy.
    """

    kind: Literal["shirley", "tougaard", "linear", "constant"] = "shirley"
    mode: Literal["active", "static"] = "active"
    slope: bool = False
    end_points: Annotated[int, Field(ge=1, le=99)] = 5
    kernel: tuple[Finite, ...] = ()
    scale_to_end: bool = True

    @field_validator("end_points")
    @classmethod
    def _odd(cls, points: int) -> int:
        if points % 2 == 0:
            raise ValueError(f"an odd number of channels is averaged at each end, not {points}")
        return points


class Component(_Frozen):
    """One species on one core level: a single line, or a doublet with a derived partner.

    Parameters
    ----------
    name : str
        Unique in the envelope; other components' constraints refer to it.
    core_level : str
        For instance ``"S 2p"``.
    species : str
        Key in the library; empty for a free component.
    shape : str
        A line shape of :mod:`xps.lineshape`.
    position, fwhm, area : str or float
        Constraints (:mod:`xps.constraint`); position of the major line [eV, calibrated scale],
        true full width [eV], area of the major line.
    shape_parameters : dict of str
        Constraints on the shape's own parameters, for instance ``{"mix": "0.3 fixed"}``.
    partner : bool
        Whether the second line of a doublet is derived; ignored for s levels.
    splitting, ratio, partner_width : str or float
        Constraints on the partner: distance [eV], area ratio minor : major, width ratio. Empty
        means the library's value, used as the envelope's ``knowledge`` says.
    width_group : str
        Components of one group have widths equal within the library's tolerance; empty puts
        symmetric components into the group ``compounds`` and leaves asymmetric ones alone.
    role : {"species", "overlap"}
        An overlap (Ga 3s under S 2p) is fitted but is no part of the level's fractions.
    """

    name: Annotated[str, Field(min_length=1, max_length=100)]
    core_level: str
    species: str = ""
    shape: str = "pseudo_voigt"
    position: Constrained = ""
    fwhm: Constrained = ""
    area: Constrained = ""
    shape_parameters: dict[str, Constrained] = {}
    partner: bool = True
    splitting: Constrained = ""
    ratio: Constrained = ""
    partner_width: Constrained = ""
    width_group: str = ""
    role: Literal["species", "overlap"] = "species"

    @field_validator("shape")
    @classmethod
    def _known_shape(cls, name: str) -> str:
        lineshape(name)
        return name

    @model_validator(mode="after")
    def _known_parameters(self) -> Component:
        known = lineshape(self.shape).parameters
        for name in self.shape_parameters:
            if name not in known:
                raise ValueError(
                    f"shape {self.shape!r} has no parameter {name!r}; "
                    f"it has {', '.join(known) or 'none'}"
                )
        return self


class Envelope(_Frozen):
    """Components and background over one window.

    Parameters
    ----------
    region : str
        Core level or block that it fits, for instance ``"S 2p"``.
    components : tuple of Component
        At least one.
    window : (float, float) or None
        Calibrated binding energies [eV], low to high; ``None`` takes the whole spectrum.
    background : Background
        See there.
    statistic : {"poisson", "sqrt_counts", "unweighted"}
        Objective. Least squares with assumed errors is for data that are not counts, and to
        reproduce other programs.
    knowledge : {"prior", "hard", "free"}
        How splitting, ratio and width ratio of the library enter: as Gaussian knowledge with their
        own uncertainty, held (their uncertainty is then propagated), or not at all.
    elements : tuple of str
        Elements present in the sample, for overlaps and alternatives.
    """

    region: str
    components: Annotated[tuple[Component, ...], Field(min_length=1, max_length=40)]
    window: tuple[Finite, Finite] | None = None
    background: Background = Background()
    statistic: Literal["poisson", "sqrt_counts", "unweighted"] = "poisson"
    knowledge: Knowledge = "prior"
    elements: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Envelope:
        names = [component.name for component in self.components]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"component names must be unique; twice: {', '.join(twice)}")
        if self.window is not None and not self.window[0] < self.window[1]:
            raise ValueError(f"window {self.window} must run from low to high binding energy")
        for component in self.components:
            _parse_all(component, names)
        return self


class Recipe(_Frozen):
    """What a user decides about a whole measurement: one envelope a region.

    Parameters
    ----------
    schema_ : str
        Written as ``schema``; this version's is ``peakwright.xps.recipe/1``.
    envelopes : tuple of Envelope
        One a region.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True
    )
    schema_: Annotated[Literal["peakwright.xps.recipe/1"], Field(alias="schema")] = (
        "peakwright.xps.recipe/1"
    )
    envelopes: Annotated[tuple[Envelope, ...], Field(min_length=1, alias="envelope")]


def default_envelope(
    registry: Registry,
    core_level: str,
    species: Sequence[str],
    *,
    elements: Sequence[str] = (),
    background: Background | None = None,
    statistic: Literal["poisson", "sqrt_counts", "unweighted"] = "poisson",
) -> Envelope:
    """Build the envelope an expert would start from: species of the library on one core level.

    Parameters
    ----------
    registry : Registry
        From :func:`references.load`.
    core_level : str
        For instance ``"S 2p"``.
    species : sequence of str
        Keys that have a line on that level.
    elements : sequence of str
        Elements in the sample. With gallium an S 2p envelope gets the window 150-173 eV and a
        Ga 3s component.
    background, statistic
        As in :class:`Envelope`.

    Returns
    -------
    Envelope
        Metals and alloys asymmetric, compounds symmetric.

    Raises
    ------
    UnknownReferenceError
        If the level or a species is not in the library.
    EnvelopeError
        If a species has no line on the level, or two cannot be told apart on it.

    Examples
    --------
    >>> import references
    >>> envelope = default_envelope(references.load(), "S 2p", ["PS4", "Li2S"])
    >>> [component.name for component in envelope.components]
    ['PS4', 'Li2S']
    """
    level = registry.core_level(core_level)
    if not species:
        raise EnvelopeError(
            f"{core_level}: name at least one species; the library has "
            f"{', '.join(sorted({line.species for line in registry.lines(core_level)}))}"
        )
    _refuse_inseparable(core_level, species)
    components = [_species_component(registry, level, key) for key in species]
    window: tuple[float, float] | None = None
    if core_level == "S 2p" and "Ga" in elements:
        window = (150.0, 173.0)
        components.append(_gallium_3s())
    return Envelope(
        region=core_level,
        components=tuple(components),
        window=window,
        background=background or _default_background(level),
        statistic=statistic,
        elements=tuple(elements),
    )


def _default_background(level: CoreLevel) -> Background:
    """Active Shirley; over a window as wide as a large splitting also with a slope."""
    wide = level.splitting is not None and level.splitting.best > WIDE_SPLITTING
    return Background(slope=wide)


def _species_component(registry: Registry, level: CoreLevel, key: str) -> Component:
    found: Species = registry.species(key)
    if not any(line.species == found.key for line in registry.lines(level.symbol)):
        there = sorted({line.species for line in registry.lines(level.symbol)})
        raise EnvelopeError(
            f"{key} has no line on {level.symbol} in the library; it has {', '.join(there)}; "
            "add one in your own library file, or write a component with a position"
        )
    return Component(
        name=found.key,
        core_level=level.symbol,
        species=found.key,
        shape="mahan" if found.asymmetric else "pseudo_voigt",
    )


WIDE_SPLITTING = 5.0
"""Doublets wider than this [eV] need a window over which the background also slopes."""

INSEPARABLE = (
    ("Cl 2p", ("LiCl", "Cl-lattice")),
    ("S 2p", ("Li2S", "S-free")),
)
"""Pairs within about 0.2 eV of each other: one component in a fit, told apart by subtraction."""


def _refuse_inseparable(core_level: str, species: Sequence[str]) -> None:
    for level, pair in INSEPARABLE:
        if level == core_level and set(pair) <= set(species):
            raise EnvelopeError(
                f"{pair[0]} and {pair[1]} lie within 0.2 eV of each other on {core_level} and "
                f"cannot be two free components; fit {pair[0]} alone and split it by subtraction "
                f"(xps.split_lattice, or --split on the command line)"
            )


def _gallium_3s() -> Component:
    """Ga 3s under S 2p: one broad line of known place (M1 lifetime width of 2 eV and more)."""
    return Component(
        name="Ga 3s",
        core_level="Ga 3s",
        position="160.85 +- 0.15",
        fwhm="2.6 in 2.3 .. 4.5",
        partner=False,
        width_group="Ga 3s",
        role="overlap",
    )


def _parse_all(component: Component, names: Sequence[str]) -> None:
    """Refuse a constraint that cannot be read, with the path to its field."""
    fields: dict[str, Constrained] = {
        "position": component.position,
        "fwhm": component.fwhm,
        "area": component.area,
        "splitting": component.splitting,
        "ratio": component.ratio,
        "partner_width": component.partner_width,
        **component.shape_parameters,
    }
    others = [name for name in names if name != component.name]
    for field, text in fields.items():
        try:
            parse(text, others)
        except ConstraintError as error:
            raise ValueError(f"component {component.name!r}, {field}: {error}") from None


# --- TOML -----------------------------------------------------------------------------------------


def from_toml(text: str, *, name: str = "recipe") -> Recipe:
    """Read a recipe from TOML text.

    Raises
    ------
    DataFileError
        If it is not TOML, or a key or value is not one a recipe has; with the path to the field.
    """
    try:
        return Recipe.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DataFileError(name, f"is not TOML ({error})") from None
    except RecursionError:
        raise DataFileError(name, "is nested too deeply for a recipe") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "top level"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise DataFileError(
            name, f"{first['msg']}{more}", where=place, action="see `peakwright xps recipe`"
        ) from None


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe from a TOML file.

    Raises
    ------
    DataFileError
        As :func:`from_toml`, or if the file cannot be read.
    """
    return from_toml(read_text(path, max_bytes=10_000_000), name=str(path))


def to_toml(recipe: Recipe) -> str:
    """Write a recipe as TOML that :func:`from_toml` reads back equal.

    Examples
    --------
    >>> import references
    >>> recipe = Recipe(envelopes=(default_envelope(references.load(), "P 2p", ["PS4"]),))
    >>> from_toml(to_toml(recipe)) == recipe
    True
    """
    lines = [f"schema = {_toml(recipe.schema_)}"]
    for envelope in recipe.envelopes:
        lines += ["", "[[envelope]]", *_changed(envelope, skip=("components", "background"))]
        lines += ["", "[envelope.background]", *_changed(envelope.background, all_fields=True)]
        for component in envelope.components:
            lines += ["", "[[envelope.components]]", *_changed(component)]
    return "\n".join(lines) + "\n"


def _changed(model: BaseModel, *, skip: Sequence[str] = (), all_fields: bool = False) -> list[str]:
    """Fields that are required or differ from their default, one line each."""
    lines: list[str] = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name in skip or value is None:
            continue
        if field.is_required() or all_fields or value != field.default:
            lines.append(f"{name} = {_toml(value)}")
    return lines


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _toml_string(value)
    if isinstance(value, dict):
        items: dict[str, object] = value  # pyright: ignore[reportUnknownVariableType]
        inner = ", ".join(f"{_toml_string(k)} = {_toml(v)}" for k, v in items.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, tuple | list):
        listed: Any = value  # pyright: ignore[reportUnknownVariableType]
        return f"[{', '.join(_toml(v) for v in listed)}]"
    raise TypeError(f"a recipe holds no {type(value).__name__}")


def _toml_string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
    )
