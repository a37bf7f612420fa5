"""The recipe of a fit: which components, how they are tied, over which window and background.

An :class:`Envelope` is what the user decides. It is frozen, round-trips to TOML, and says nothing
about the numbers the library supplies: those enter when it is planned against a registry. Several
of them and the energy scale they stand on make a :class:`xps.recipe.Recipe`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from references.element import not_an_element
from references.refusal import FieldError, refusal
from references.words import InputError

from .background import BackgroundError, kernel_from
from .constraint import Constraint, ConstraintError
from .limits import LIMITS, Limits, check, of_shape_parameter, place_of
from .lineshape import lineshape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.core_level import CoreLevel
    from references.registry import Registry
    from references.species import Species

__all__ = [
    "Background",
    "Component",
    "Constrained",
    "Envelope",
    "EnvelopeError",
    "Finite",
    "Frozen",
    "check_places",
    "default_envelope",
    "species_parts",
    "with_species",
]

Knowledge = Literal["prior", "hard", "free"]
Constrained = str | Annotated[float, Field(strict=True, allow_inf_nan=False)]
OUTSIDE = 5.0
"""A line farther than this outside its window [eV] adds nothing but a tail to it."""
Finite = Annotated[float, Field(allow_inf_nan=False)]


class EnvelopeError(InputError):
    """A recipe that cannot be used: which field, what was given, what was expected."""


class Frozen(BaseModel):
    """A part of a recipe: frozen, without extra keys, refused in one sentence of our own."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    if not TYPE_CHECKING:  # a type checker takes the fields' names and types from the class

        def __init__(self, **given: Any) -> None:
            try:
                super().__init__(**given)
            except ValidationError as error:
                place, reason = refusal(type(self), error)
                raise EnvelopeError(f"{place}: {reason}" if place else reason) from None

        # For pydantic this is still its own __init__: parts inside parts keep their path.
        __init__.__pydantic_base_init__ = True


class Background(Frozen):
    """The background of an envelope.

    Parameters
    ----------
    kind : {"shirley", "tougaard", "linear", "constant"}
        What it is made of.
    mode : {"active", "static"}
        Active: part of the model, fitted with the peaks. Static: computed from the data first and
        held, as CasaXPS does.
    slope : bool
        Whether an active Shirley or Tougaard background also has a free slope; what lies under a
        region seldom is flat.
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
    slope: bool = True
    end_points: Annotated[int, Field(ge=1, le=99)] = 5
    kernel: tuple[Finite, ...] = ()
    scale_to_end: bool = True

    @field_validator("end_points")
    @classmethod
    def _odd(cls, points: int) -> int:
        if points % 2 == 0:
            raise ValueError(f"an odd number of channels is averaged at each end, not {points}")
        return points

    @model_validator(mode="after")
    def _known_kernel(self) -> Background:
        if self.kernel:
            try:
                kernel_from(self.kernel)
            except BackgroundError as error:
                raise FieldError(str(error), "kernel") from None
        return self


class Component(Frozen):
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
                raise FieldError(
                    f"shape {self.shape!r} has no parameter {name!r}; "
                    f"it has {', '.join(known) or 'none'}",
                    "shape_parameters",
                    name,
                )
        return self


class Envelope(Frozen):
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
    sample : str
        Only spectra of this sample; empty means of any.
    """

    region: str
    components: Annotated[tuple[Component, ...], Field(min_length=1, max_length=40)]
    window: tuple[Finite, Finite] | None = None
    background: Background = Background()
    statistic: Literal["poisson", "sqrt_counts", "unweighted"] = "poisson"
    knowledge: Knowledge = "prior"
    elements: tuple[str, ...] = ()
    sample: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Envelope:
        names = [component.name for component in self.components]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise FieldError(
                f"component names must be unique; twice: {', '.join(twice)}", "components"
            )
        if all(component.role == "overlap" for component in self.components):
            raise FieldError(
                'every component is an overlap; give the level\'s own species role = "species"',
                "components",
            )
        if self.window is not None and not self.window[0] < self.window[1]:
            low, high = self.window
            raise FieldError(f"[{low:g}, {high:g}] must run from low to high energy", "window")
        for number, component in enumerate(self.components):
            _check_all(component, names, number, self.window)
        return self


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
    for symbol in elements:
        if wrong := not_an_element(symbol):
            raise EnvelopeError(f"{core_level}: {wrong}")
    species = _parts(registry, core_level, species)
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
        background=background or Background(),
        statistic=statistic,
        elements=tuple(elements),
    )


def with_species(envelope: Envelope, registry: Registry, keys: Sequence[str]) -> Envelope:
    """Give an envelope with further species of the library, those that have a line on its levels.

    Parameters
    ----------
    envelope : Envelope
    registry : Registry
    keys : sequence of str
        Species; those that are components already stay as they are.

    Raises
    ------
    EnvelopeError
        If one cannot be told from a component that is there.
    """
    levels = dict.fromkeys(c.core_level for c in envelope.components if c.role == "species")
    found = list(envelope.components)
    for symbol in levels:
        here = [c.species or c.name for c in found if c.core_level == symbol]
        for key in keys:
            named = registry.species(key).key
            on_level = any(line.species == named for line in registry.lines(symbol))
            if named not in here and on_level:
                _refuse_inseparable(symbol, [*here, named])
                found.append(_species_component(registry, registry.core_level(symbol), named))
    return envelope.model_copy(update={"components": tuple(found)})


def _parts(registry: Registry, core_level: str, species: Sequence[str]) -> tuple[str, ...]:
    """Put a composite's parts in its place (Li6PS5Cl on S 2p: PS4 and free sulfide).

    A part that cannot be told from a species that was named is left to it: the split subtracts it.
    """
    found: dict[str, None] = {}
    named = {part for key in species for part in registry.parts(key, core_level) if part == key}
    merged = {
        part
        for level, pair in INSEPARABLE
        if level == core_level and set(pair) & named
        for part in pair
        if part not in named
    }
    for key in species:
        parts = registry.parts(key, core_level) or (key,)
        found |= dict.fromkeys(part for part in parts if part == key or part not in merged)
    return tuple(found)


def species_parts(
    registry: Registry, core_level: str, species: Sequence[str]
) -> tuple[Component, ...]:
    """Give a component for each species of the library, also where two cannot be told apart.

    What else tells them apart is for the caller to add.

    Raises
    ------
    UnknownReferenceError, EnvelopeError
        As :func:`default_envelope`.
    """
    level = registry.core_level(core_level)
    return tuple(_species_component(registry, level, key) for key in species)


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


def _check_all(
    component: Component, names: Sequence[str], number: int, window: tuple[float, float] | None
) -> None:
    """Refuse a constraint that cannot be read or met, with the path to its field."""
    others = [name for name in names if name != component.name]
    here = ("components", number)
    shape = lineshape(component.shape)
    for field in LIMITS:
        constraint = _checked(field, getattr(component, field), others, (*here, field))
        if field == "position" and window is not None:
            _check_place(component.position, constraint, window, (*here, field))
    for field, text in component.shape_parameters.items():
        low, high, _ = shape.bounds(field)
        place = (*here, "shape_parameters", field)
        _checked(field, text, others, place, limits=of_shape_parameter(low, high))


def _checked(
    field: str,
    text: Constrained,
    others: Sequence[str],
    place: tuple[int | str, ...],
    limits: Limits | None = None,
) -> Constraint:
    try:
        return check(field, text, others, limits)
    except ConstraintError as error:
        raise FieldError(str(error), *place) from None


def _check_place(
    text: Constrained,
    constraint: Constraint,
    window: tuple[float, float],
    place: tuple[int | str, ...],
) -> None:
    told = place_of(constraint)
    if told is None:
        return
    low, high = window
    if told[1] < low - OUTSIDE or told[0] > high + OUTSIDE:
        where = f"{told[0]:g}" if told[0] == told[1] else f"{told[0]:g} .. {told[1]:g}"
        raise FieldError(
            f'position "{text}": {where} eV lies outside the window {low:g} .. {high:g} eV; '
            "move the position, widen the window, or leave the component out",
            *place,
        )


def check_places(envelope: Envelope, energy: tuple[float, float]) -> None:
    """Refuse a component that is told to lie far outside a spectrum.

    Parameters
    ----------
    envelope : Envelope
    energy : (float, float)
        Ends of the spectrum [eV, calibrated], low to high.

    Raises
    ------
    EnvelopeError
        With the component and both ranges.
    """
    if envelope.window is not None:
        return  # against which they were checked, and it against the spectrum by the fit
    names = [component.name for component in envelope.components]
    for component in envelope.components:
        others = [name for name in names if name != component.name]
        constraint = check("position", component.position, others)
        try:
            _check_place(component.position, constraint, energy, ())
        except FieldError as error:
            told = str(error).replace("the window", "the spectrum")
            told = told.replace("widen the spectrum", "check the charge shift")
            raise EnvelopeError(f"{envelope.region}, {component.name}, {told}") from None
