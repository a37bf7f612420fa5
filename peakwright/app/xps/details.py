"""Under a component's row in the grid: its line shape, and how its doublet is made."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .edits import DOUBLET, start_only

if TYPE_CHECKING:
    from xps.envelope import Component
    from xps.live import Live
    from xps.result import Fit, FittedLine

__all__ = ["SHAPES", "details_html", "found_of"]

SHAPES = {
    "pseudo_voigt": "pseudo-Voigt",
    "gaussian": "Gaussian",
    "lorentzian": "Lorentzian",
    "voigt": "Voigt",
    "gl_sum": "GL sum, SGL",
    "gl_product": "GL product, GL",
    "la": "LA, asymmetric",
    "doniach_sunjic": "Doniach-Šunjić",
    "mahan": "Mahan",
}
HINTS = {
    "splitting": "1.18 fixed · 1.1 .. 1.25 · 1.18 +- 0.01",
    "ratio": "0.5 fixed · 0.45 .. 0.55 · 0.5 +- 0.01",
    "partner_width": "1 fixed · 0.9 .. 1.3 · 1 +- 0.05",
}


def details_html(component: Component, live: Live | None, fit: Fit | None) -> str:
    """Give the cells of the row.

    Parameters
    ----------
    component : Component
    live : Live or None
        Tells whether there is a doublet, before there is a fit.
    fit : Fit or None
        Where values come from.
    """
    from xps.lineshape import lineshape

    name = escape(component.name, quote=True)
    options = "".join(
        f'<option value="{key}"{" selected" if key == component.shape else ""}>{label}</option>'
        for key, label in SHAPES.items()
    )
    choice = (
        f'<label>shape <select data-command="reshape" data-component="{name}" '
        f'data-key="reshape {name}" aria-label="line shape of {name}">{options}</select></label>'
    )
    parts = [choice]
    values = {
        key: f"{value:.3f} eV"
        if key == "splitting"
        else f"{value:.3{'f' if key in DOUBLET else 'g'}}"
        for key, value in found_of(component.name, fit).items()
    }
    for field in lineshape(component.shape).parameters:
        low, high, _ = lineshape(component.shape).bounds(field)
        hint = f"{low:g} .. {high:g}; fixed"
        text = component.shape_parameters.get(field, "")
        parts.append(_field(name, field, field, text, values.get(field, ""), hint))
    if _is_doublet(component, live, fit):
        for field, label in DOUBLET.items():
            text = getattr(component, field)
            parts.append(_field(name, field, label, text, values.get(field, ""), HINTS[field]))
    return "".join(parts)


def _field(name: str, field: str, label: str, text: str | float, value: str, hint: str) -> str:
    written, empty = text if isinstance(text, str) else f"{text:g}", "library"
    if start_only(text):
        written, empty = "", f"from {written}"
    return (
        f'<label>{escape(label)} <span class="found">{escape(value)}</span>'
        f'<input class="constraint" data-command="constrain" data-component="{name}" '
        f'data-field="{escape(field, quote=True)}" data-key="constrain {field} {name}" '
        f'value="{escape(written, quote=True)}" placeholder="{escape(empty, quote=True)}" '
        f'spellcheck="false" title="{escape(hint, quote=True)}" '
        f'aria-label="constraint on the {escape(label)} of {name}"></label>'
    )


def _is_doublet(component: Component, live: Live | None, fit: Fit | None) -> bool:
    if not component.partner:
        return False
    lines = fit.lines if fit is not None else () if live is None else live.plan.lines
    return any(line.component == component.name and line.minor for line in lines)


def found_of(name: str, fit: Fit | None) -> dict[str, float]:
    """Give what a fit found of a component's shape and doublet; nothing of what is not there.

    Parameters
    ----------
    name : str
    fit : Fit or None

    Returns
    -------
    dict of str
        By the names of the fields on which a constraint can be written.
    """
    own = [] if fit is None else [line for line in fit.lines if line.component == name]
    major = next((line for line in own if not line.minor), None)
    minor = next((line for line in own if line.minor), None)
    if major is None:
        return {}
    found = {key: float(value) for key, value in major.shape_parameters}
    return found | (_of_doublet(major, minor) if minor is not None else {})


def _of_doublet(major: FittedLine, minor: FittedLine) -> dict[str, float]:
    found = {"splitting": minor.position.value - major.position.value}
    if major.area.value > 0:
        found["ratio"] = minor.area.value / major.area.value
    if major.fwhm.value > 0:
        found["partner_width"] = minor.fwhm.value / major.fwhm.value
    return found
