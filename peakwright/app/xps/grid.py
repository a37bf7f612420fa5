"""The component grid as HTML: value, uncertainty and constraint of each component, all editable."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from references.rounding import plus_minus
from references.words import Kind

from ..look import shortened, show
from .details import details_html, found_of
from .edits import FIELDS, component_of, start_only
from .plot import colour_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from references.words import Estimate
    from xps.envelope import Component, Envelope
    from xps.live import Live
    from xps.result import Fit, FittedLine

__all__ = ["certainty", "grid_html", "numbers", "shown"]

HEADS = {"position": "position / eV", "fwhm": "FWHM / eV"}
HINTS = {
    "position": "fixed · = A · A + 1.18 · 160.2 .. 160.9 · 161.4 +- 0.1",
    "fwhm": "fixed · = A · A * 1.1 · 0.9 .. 1.4",
    "area": "fixed · = A · A * 0.5",
}
LONGEST = 16
"""Characters of a component's name; where the pointer rests it is whole."""
SHORT = 1e-9
"""An uncertainty below this share of its value is none."""


def grid_html(
    envelope: Envelope,
    *,
    live: Live | None,
    fit: Fit | None,
    selected: str,
    hidden: Collection[str],
    more: Collection[str] = (),
) -> str:
    """Give the grid.

    Parameters
    ----------
    envelope : Envelope
    live : Live or None
        Where values come from until a fit is there.
    fit : Fit or None
        The fit of this very envelope, where it is there.
    selected : str
    hidden : set of str
    more : set of str
        Components whose line shape and doublet are shown under them.
    """
    heads = "".join(
        f'<th scope="col" colspan="2">{escape(head)}</th><th scope="col">constraint</th>'
        for head in (*HEADS.values(), f"area / {_area_unit(fit)}")
    )
    rows = "".join(
        _row(envelope, component, live, fit, selected, hidden, more)
        + (_more(component, live, fit, selected) if component.name in more else "")
        for component in envelope.components
    )
    return (
        '<table class="grid"><thead><tr><th scope="col">show</th><th scope="col">component</th>'
        f"{heads}<th></th></tr></thead><tbody>{rows}</tbody></table>"
    )


def numbers(live: Live) -> str:
    """Give what the grid's cells of values say of a state, by their keys, as JSON."""
    found = {
        f"value {field} {component.name}": _standing(live, component.name, field)
        for component in live.envelope.components
        for field in FIELDS
    }
    return json.dumps(found)


def shown(
    envelope: Envelope, name: str, field: str, *, live: Live | None, fit: Fit | None
) -> float | None:
    """Give the number of a component that the grid shows, as a constraint would hold it.

    Parameters
    ----------
    envelope : Envelope
    name, field : str
    live, fit
        As for :func:`grid_html`.

    Returns
    -------
    float or None
        ``None`` where none is shown.
    """
    component_of(envelope, name)
    if field not in FIELDS:
        return found_of(name, fit).get(field)
    estimate = _estimate(_major(fit, name), field, fit)
    if estimate is not None:
        return estimate.value
    if live is None or name not in [c.name for c in live.envelope.components]:
        return None
    reach = live.reach(name)
    return {"position": reach.position, "fwhm": reach.width, "area": reach.area}[field]


def _area_unit(fit: Fit | None) -> str:
    """Of the areas as constraints speak of them: those of the spectrum's own axis."""
    told = "counts*eV" if fit is None else fit.lines[0].area_unit
    return told.replace("counts/s", "counts").replace("*", "·")


def _estimate(line: FittedLine | None, field: str, fit: Fit | None) -> Estimate | None:
    """What was found, in the unit in which a constraint on it is written."""
    found: Estimate | None = None if line is None else getattr(line, field)
    if found is None or fit is None or field != "area":
        return found
    return found.scaled(1.0 / fit.area_factor)


def _row(
    envelope: Envelope,
    component: Component,
    live: Live | None,
    fit: Fit | None,
    selected: str,
    hidden: Collection[str],
    more: Collection[str],
) -> str:
    name, colour = component.name, colour_of(envelope, component.name)
    key = escape(name, quote=True)
    line = _major(fit, name)
    cells = "".join(_cells(component, field, line, live, fit) for field in FIELDS)
    checked = "" if name in hidden else " checked"
    chosen = ' class="selected" aria-selected="true"' if name == selected else ""
    return (
        f'<tr{chosen} data-component="{key}">'
        f'<td><input type="checkbox" data-command="show" data-component="{key}" '
        f'data-key="show {key}" aria-label="show {key}"{checked}></td>'
        f'<th scope="row"><button class="name" data-command="select" data-component="{key}" '
        f'data-key="name {key}" title="{key}">'
        f'<span class="swatch" style="background:{colour}"></span>'
        f"{show(shortened(name, LONGEST))}</button></th>{cells}"
        f'<td class="last"><button class="more" data-command="more" data-component="{key}" '
        f'data-key="more {key}" aria-expanded="{"true" if name in more else "false"}" '
        f'title="line shape, splitting and ratio of {key} (m)" '
        f'aria-label="line shape, splitting and ratio of {key}">⋯</button>'
        f'<button class="delete" data-command="delete" data-component="{key}" '
        f'data-key="delete {key}" title="delete {key} (Delete)" aria-label="delete {key}">×'
        "</button></td></tr>"
    )


def _more(component: Component, live: Live | None, fit: Fit | None, selected: str) -> str:
    """The row under a component's own."""
    chosen = " selected" if component.name == selected else ""
    return (
        f'<tr class="details{chosen}"><td></td><td colspan="11"><div class="details">'
        f"{details_html(component, live, fit)}</div></td></tr>"
    )


def _cells(
    component: Component,
    field: str,
    line: FittedLine | None,
    live: Live | None,
    fit: Fit | None,
) -> str:
    name = escape(component.name, quote=True)
    estimate = _estimate(line, field, fit)
    value = _value(component, field, estimate, live)
    constraint = getattr(component, field)
    text = constraint if isinstance(constraint, str) else f"{constraint:g}"
    said, why = certainty(component, field, estimate, fit)
    what, hint, empty = FIELDS[field], HINTS[field], "library"
    if start_only(constraint):  # it does not bind, and what was found is beside it
        empty, hint = f"from {text}", f"starts from {text}, or write free · {hint}"
        text = ""
    return (
        f'<td><input class="value" data-command="value" data-component="{name}" '
        f'data-field="{field}" data-key="value {field} {name}" value="{escape(value, quote=True)}" '
        f'inputmode="decimal" spellcheck="false" aria-label="{what} of {name}"></td>'
        f'<td class="u" title="{escape(why, quote=True)}">{escape(said)}</td>'
        f'<td><input class="constraint" data-command="constrain" data-component="{name}" '
        f'data-field="{field}" data-key="constrain {field} {name}" '
        f'value="{escape(text, quote=True)}" placeholder="{escape(empty, quote=True)}" '
        f'spellcheck="false" title="{escape(hint, quote=True)}" '
        f'aria-label="constraint on the {what} of {name}"></td>'
    )


def _major(fit: Fit | None, name: str) -> FittedLine | None:
    if fit is None:
        return None
    return next((x for x in fit.lines if x.component == name and not x.minor), None)


def _value(component: Component, field: str, estimate: Estimate | None, live: Live | None) -> str:
    if estimate is not None:
        u = estimate.u
        if u and u > SHORT * abs(estimate.value):
            return plus_minus(estimate).partition(" ± ")[0].removeprefix("< ")
        return f"{estimate.value:.2f}" if field != "area" else _area(estimate.value)
    return "" if live is None else _standing(live, component.name, field)


def _standing(live: Live, name: str, field: str) -> str:
    """What a number is in a state that is no fit: a preview, without an uncertainty."""
    reach = live.reach(name)
    if field == "area":
        return _area(reach.area)
    return f"{reach.position if field == 'position' else reach.width:.2f}"


def _area(value: float) -> str:
    """Four digits, never an exponent for a large one."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def certainty(
    component: Component, field: str, estimate: Estimate | None, fit: Fit | None
) -> tuple[str, str]:
    """Say how sure a value is, and why: never plus or minus nothing.

    Returns
    -------
    said : str
        ``"± 0.02"``, ``"fixed"``, ``"tied"``, ``"< 17"``, ``"at bound"``, or ``"…"`` before a fit.
    why : str
        A sentence for who asks.
    """
    from xps.constraint import ConstraintError, parse

    text = getattr(component, field)
    words = text if isinstance(text, str) else ""
    if words.endswith("fixed"):
        return "fixed", "held by its constraint"
    try:
        parse(text)
        tied = False
    except ConstraintError:
        tied = True  # it names other components
    if estimate is None or fit is None:
        return "…", "a preview; the uncertainty comes with the fit"
    if estimate.kind is Kind.UPPER_LIMIT and estimate.high is not None:
        return plus_minus(estimate), "upper limit at 95 %: less than three standard uncertainties"
    if estimate.u and estimate.u > SHORT * abs(estimate.value):
        return "± " + plus_minus(estimate).partition(" ± ")[2], _parts(estimate)
    if estimate.kind is Kind.FIXED:
        return ("tied" if tied else "fixed"), "held: it has no uncertainty of its own"
    if str(fit.assessment) != "converged":
        # Of a fit that ended at a bound, only what rests on it is marked as such.
        at_bound = fit.measured.solution.at_bound
        mine = not at_bound or f"{component.name} {field}" in at_bound
        said = str(fit.assessment).replace("_", " ") if mine else "no u"
        return said, f"no uncertainty: {fit.message}"
    return ("tied" if tied else "no u"), _why_none(estimate)


def _why_none(estimate: Estimate) -> str:
    if estimate.low is not None or estimate.high is not None:
        return "no standard uncertainty, an interval only"
    return "the area is at zero, so that place and width mean nothing"


def _parts(estimate: Estimate) -> str:
    parts = estimate.u_parts.to_dict()
    total = sum(part**2 for part in parts.values()) or 1.0
    told = ", ".join(
        f"{name} {100 * part**2 / total:.0f} %" for name, part in parts.items() if part > 0
    )
    ends = (
        f"95 %: {estimate.low:.5g} .. {estimate.high:.5g}; "
        if estimate.low is not None and estimate.high is not None
        else ""
    )
    return f"{ends}u² from {told}" if told else ends.rstrip("; ")
