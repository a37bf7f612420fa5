"""What a hand does to an envelope: each edit gives a new one, or says in a sentence why not.

How a constraint is kept while its number changes is told by its kind: a window stays a window, a
held value stays held. A tie has no number to change, and what is known is not moved by a hand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from xps.envelope import Component, Envelope
    from xps.limits import Limits
    from xps.recipe import Charge, Recipe

__all__ = [
    "added",
    "added_under",
    "component_of",
    "deleted",
    "edited",
    "free_peak",
    "held_as_shown",
    "is_bare_fixed",
    "placed",
    "renamed_background",
    "reshaped",
    "scaled",
    "start_only",
    "why_held",
    "windowed",
    "word_of",
]

FIELDS = {"position": "position", "fwhm": "width", "area": "area"}
DOUBLET = {"splitting": "splitting", "ratio": "area ratio", "partner_width": "width ratio"}
"""What makes the second line of a doublet out of the first."""
DECIMALS = {"position": 3, "fwhm": 3, "area": 2}
MAX_NAME = 40


def component_of(envelope: Envelope, name: str) -> Component:
    """Give a component by its name.

    Raises
    ------
    InputError
        If there is none.
    """
    for component in envelope.components:
        if component.name == name:
            return component
    raise InputError(f"{envelope.region} has no component {name!r}")


def placed(envelope: Envelope, name: str, field: str, value: float) -> Envelope:
    """Move what a number starts from, or is held at; the rest of its constraint stays.

    Raises
    ------
    InputError
        If it is tied to another component, or cannot be there.

    Examples
    --------
    >>> import xps
    >>> envelope = xps.envelope("S 2p", ["PS4"])
    >>> placed(envelope, "PS4", "position", 161.52).components[0].position
    '161.52'
    """
    component = component_of(envelope, name)
    return _changed(envelope, name, **{field: _moved(envelope, component, field, value)})


def _moved(envelope: Envelope, component: Component, field: str, value: float) -> str:
    from xps.constraint import parse

    text = getattr(component, field)
    others = [c.name for c in envelope.components if c.name != component.name]
    constraint = parse(text, others)
    number = _number(value, DECIMALS[field])
    if why := why_held(component, field, [c.name for c in envelope.components]):
        raise InputError(why)
    if constraint.fixed:
        return f"{number} fixed"
    if constraint.low is not None and constraint.high is not None:
        if not constraint.low <= value <= constraint.high:
            raise InputError(
                f"{number} lies outside the window {constraint.low:g} .. {constraint.high:g} of "
                f"{component.name}; widen the window first"
            )
        return f"{number} in {constraint.low:g} .. {constraint.high:g}"
    return number


def why_held(component: Component, field: str, names: Sequence[str]) -> str:
    """Say why a number cannot be moved by hand; empty where it can.

    Parameters
    ----------
    component : Component
    field : str
        ``"position"``, ``"fwhm"`` or ``"area"``.
    names : sequence of str
        Of the envelope's components.

    Examples
    --------
    >>> import xps
    >>> known = edited(xps.envelope("S 2p", ["PS4"]), "PS4", "position", "161.4 +- 0.05")
    >>> why_held(known.components[0], "position", ["PS4"])
    'the position of PS4 is known as 161.40 ± 0.05; edit the constraint'
    """
    from xps.constraint import parse

    name, text = component.name, getattr(component, field)
    constraint = parse(text, [other for other in names if other != name])
    if constraint.tie is not None:
        return (
            f"the {FIELDS[field]} of {name} is tied ({text}); move what it is tied to, or write "
            "another constraint"
        )
    if constraint.u is not None and constraint.start is not None:
        u = f"{constraint.u:g}"
        known = f"{constraint.start:.{len(u.partition('.')[2])}f} ± {u}"
        return f"the {FIELDS[field]} of {name} is known as {known}; edit the constraint"
    return ""


def _number(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def edited(envelope: Envelope, name: str, field: str, text: str) -> Envelope:
    """Write a constraint as the user typed it; empty gives it back to the library.

    Parameters
    ----------
    envelope : Envelope
    name : str
        Of the component.
    field : str
        A number of its major line, of its doublet, or of its line shape.
    text : str

    Raises
    ------
    InputError
        If it cannot be read or met.

    Examples
    --------
    >>> import xps
    >>> envelope = edited(xps.envelope("S 2p", ["PS4"]), "PS4", "mix", "0.2 fixed")
    >>> envelope.components[0].shape_parameters
    {'mix': '0.2 fixed'}
    """
    component, text = component_of(envelope, name), text.strip()
    limits = _limits_of(component, field)
    _check(envelope, name, field, text, limits)
    if field in FIELDS or field in DOUBLET:
        return _changed(envelope, name, **{field: text})
    kept = {key: one for key, one in component.shape_parameters.items() if key != field}
    return _changed(envelope, name, shape_parameters=kept | ({field: text} if text else {}))


def is_bare_fixed(envelope: Envelope, name: str, text: str) -> bool:
    """Say whether a constraint holds a parameter without saying where.

    Examples
    --------
    >>> import xps
    >>> [is_bare_fixed(xps.envelope("S 2p", ["PS4"]), "PS4", text) for text in ("fixed", "1 fixed")]
    [True, False]
    """
    from xps.constraint import ConstraintError, parse

    try:
        told = parse(text, [c.name for c in envelope.components if c.name != name])
    except ConstraintError:
        return False
    return told.fixed and told.start is None


def held_as_shown(field: str, value: float) -> str:
    """Give the constraint that holds a number where the page shows it.

    Examples
    --------
    >>> held_as_shown("position", 160.24), held_as_shown("area", 1234.567)
    ('160.240 fixed', '1234.57 fixed')
    """
    digits = f"{value:.3f}" if field in {"position", "fwhm", "splitting"} else f"{value:.6g}"
    return f"{digits} fixed"


def start_only(text: str | float) -> bool:
    """Say whether a constraint is no more than a place to start from.

    Examples
    --------
    >>> start_only("161.998"), start_only("161.998 fixed"), start_only("")
    (True, False, False)
    """
    from xps.constraint import Constraint, ConstraintError, parse

    try:
        told = parse(text)
    except ConstraintError:
        return False  # it names other components
    return told.start is not None and told == Constraint(start=told.start)


def word_of(field: str) -> str:
    """Give what a number of a component is called in the page."""
    return FIELDS.get(field) or DOUBLET.get(field) or field


def _limits_of(component: Component, field: str) -> Limits | None:
    """What a parameter of a line shape can be; ``None`` for those that every line has."""
    from xps.limits import of_shape_parameter
    from xps.lineshape import lineshape

    if field in FIELDS or field in DOUBLET:
        return None
    shape = lineshape(component.shape)
    if field not in shape.parameters:
        raise InputError(f"{component.name} has no {field[:40]!r} to constrain")
    low, high, _ = shape.bounds(field)
    return of_shape_parameter(low, high)


def _check(envelope: Envelope, name: str, field: str, text: str, limits: Limits | None) -> None:
    """Refuse what is no constraint, in words of the grid rather than of a recipe file."""
    from xps.constraint import ConstraintError
    from xps.limits import check

    others = [c.name for c in envelope.components if c.name != name]
    try:
        check(field, text, others, limits)
    except ConstraintError as error:
        raise InputError(f"{word_of(field)} of {name}: {error}; the old one stays") from None


def reshaped(envelope: Envelope, name: str, shape: str) -> Envelope:
    """Give a component another line shape; what both shapes have keeps its constraint.

    Raises
    ------
    InputError
        If there is no such shape.
    """
    from xps.lineshape import SHAPES, lineshape

    there = [one.name for one in SHAPES]
    if shape not in there:
        raise InputError(f"there is no line shape {shape[:40]!r}; it is one of {', '.join(there)}")
    known = lineshape(shape).parameters
    told = component_of(envelope, name).shape_parameters
    kept = {key: text for key, text in told.items() if key in known}
    return _changed(envelope, name, shape=shape, shape_parameters=kept)


def renamed_background(
    envelope: Envelope, kind: str, mode: str, *, slope: bool | None = None
) -> Envelope:
    """Take another background; what belongs to a kind only is given up with it.

    Parameters
    ----------
    envelope : Envelope
    kind, mode : str
    slope : bool, optional
        Of an active Shirley or Tougaard background; without it, it stays.
    """
    from xps.envelope import Background

    now = envelope.background
    known: dict[str, Any] = {
        "slope": now.slope if slope is None else slope,
        "end_points": now.end_points,
    }
    if kind == now.kind:
        known |= {"kernel": now.kernel, "scale_to_end": now.scale_to_end}
    chosen: Any = {"kind": kind, "mode": mode}
    return _rebuilt(envelope, background=Background(**(known | chosen)))


def windowed(envelope: Envelope, ends: tuple[float, float], whole: tuple[float, float]) -> Envelope:
    """Fit another window; one that reaches both ends of the spectrum is none.

    Raises
    ------
    InputError
        If it is empty, or a component is told to lie outside of it.
    """
    low, high = (round(end, 3) for end in ends)
    if not low < high:
        raise InputError(f"the window {low:g} .. {high:g} eV is empty; drag its ends apart")
    if low <= whole[0] and high >= whole[1]:
        return _rebuilt(envelope, window=None)
    return _rebuilt(envelope, window=(max(low, whole[0]), min(high, whole[1])))


def deleted(envelope: Envelope, name: str) -> Envelope:
    """Leave a component out.

    Raises
    ------
    InputError
        If it is the last one, or others are tied to it.
    """
    from xps.constraint import ConstraintError, parse

    component_of(envelope, name)
    kept = tuple(c for c in envelope.components if c.name != name)
    if not any(c.role == "species" for c in kept):
        raise InputError(f"{name} is the last species of {envelope.region}; add another one first")
    names = [c.name for c in kept]
    for component in kept:
        for field, what in FIELDS.items():
            try:
                parse(getattr(component, field), names)
            except ConstraintError:
                raise InputError(
                    f"the {what} of {component.name} is tied to {name} "
                    f"({getattr(component, field)}); free it before {name} is deleted"
                ) from None
    return _rebuilt(envelope, components=kept)


def added(
    envelope: Envelope, registry: Registry, species: str, position: float | None = None
) -> Envelope:
    """Add a species of the library, started at a place if that is one where it may lie.

    Raises
    ------
    InputError
        If it is there already, or cannot be told from one that is.
    """
    from xps.envelope import with_species

    before = {c.name for c in envelope.components}
    grown = with_species(envelope, registry, [species])
    new = [c for c in grown.components if c.name not in before]
    if not new:
        raise InputError(f"{species} is a component of {envelope.region} already")
    line = registry.line(new[0].core_level, new[0].species)
    low, high = line.window
    if position is not None and low <= position <= high:
        return placed(grown, new[0].name, "position", position)
    return _rebuilt(grown)


def added_under(envelope: Envelope, registry: Registry, level: str) -> Envelope:
    """Add a line of another element that lies under the envelope's own, as Ga 3s under S 2p.

    Raises
    ------
    InputError
        If the library knows of none such, or it is there already.
    """
    from xps.candidates import lying_under

    there = {component.core_level: component for component in lying_under(envelope, registry)}
    if level not in there:
        has = ", ".join(there) or "none"
        raise InputError(
            f"{level[:40]!r} cannot be added to {envelope.region}; lines that lie under it and are "
            f"not there yet: {has}"
        )
    return _rebuilt(envelope, components=(*envelope.components, there[level]))


def free_peak(envelope: Envelope, level: str, position: float) -> Envelope:
    """Add a component that is no species of the library.

    Raises
    ------
    InputError
        If it cannot be there.
    """
    from xps.envelope import Component

    names = {c.name for c in envelope.components}
    name = next(n for i in range(1, 100) if (n := f"peak {i}") not in names)
    new = Component(name=name, core_level=level, position=_number(position, 3))
    return _rebuilt(envelope, components=(*envelope.components, new))


def scaled(
    recipe: Recipe, sample: str, charge: Charge | None, others: Sequence[str] = ()
) -> Recipe:
    """Declare the energy scale of a sample's spectra, or none; that of other samples stays.

    An entry for one region only, which a recipe can have, stays.

    Parameters
    ----------
    recipe : Recipe
    sample : str
    charge : Charge or None
    others : sequence of str
        The file's other samples.
    """
    rest = tuple(c for c in recipe.charge if c.region or c.sample != sample or not c.sample)
    if not others and not (charge and charge.sample):
        rest = tuple(c for c in rest if c.region or c.sample)
    elif sample and charge is not None:
        charge = charge.model_copy(update={"sample": sample})
    else:  # the entry for all samples goes, and each of the others gets it as its own
        general = tuple(c for c in rest if not c.sample)
        rest = (*(c for c in rest if c.sample or c.region), *_own(general, rest, others))
        if charge is not None:
            rest = (*rest, *_unshifted(rest, others))
    entries = rest if charge is None else (charge, *rest)
    known: dict[str, Any] = {name: getattr(recipe, name) for name in type(recipe).model_fields}
    known["charge"] = entries
    return type(recipe)(**known)


def _own(general: Sequence[Charge], rest: Sequence[Charge], others: Sequence[str]) -> list[Charge]:
    """Give entries for all samples as each of the others' own, where it has none of its own."""
    if all(entry.region for entry in general):
        return []
    there = {(entry.sample, entry.region) for entry in rest}
    return [
        entry.model_copy(update={"sample": other})
        for other in others
        for entry in general
        if (other, entry.region) not in there
    ]


def _unshifted(rest: Sequence[Charge], others: Sequence[str]) -> list[Charge]:
    """A shift of zero for each that an entry for all samples would now move."""
    from xps.recipe import Charge

    there = {entry.sample for entry in rest if not entry.region}
    return [Charge(shift=0.0, sample=other) for other in others if other not in there]


def _changed(envelope: Envelope, name: str, **fields: Any) -> Envelope:
    component = component_of(envelope, name)
    known: dict[str, Any] = {key: getattr(component, key) for key in type(component).model_fields}
    new = type(component)(**(known | fields))
    changed = tuple(new if c is component else c for c in envelope.components)
    return _rebuilt(envelope, components=changed)


def _rebuilt(envelope: Envelope, **fields: Any) -> Envelope:
    """An envelope with other fields, checked as a whole."""
    known: dict[str, Any] = {key: getattr(envelope, key) for key in type(envelope).model_fields}
    known |= fields
    try:
        return type(envelope)(**known)
    except InputError as error:
        raise InputError(_in_words(str(error), known["components"])) from None


PLACE = re.compile(r"components\[(\d+)\]\.(?:shape_parameters\.)?(\w+): ")
"""How a refusal names the place in a recipe file."""


def _in_words(refusal: str, components: Sequence[Component]) -> str:
    """Give a refusal with the component and the field as the page names them."""
    return PLACE.sub(
        lambda found: f"{word_of(found[2])} of {components[int(found[1])].name}: ", refusal
    )
