"""What the browser says: each gesture as a command with its details, checked before it is used."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .plot import Drawing

__all__ = ["Details", "connect"]

LONGEST = 20_000
"""Characters of a command's details."""


class Details:
    """The details of a command, as a browser sent them: nothing of them is trusted.

    Parameters
    ----------
    text : str
        JSON.

    Examples
    --------
    >>> details = Details('{"component": "PS4", "position": 161.4}')
    >>> details.text("component"), details.number("position"), details.number("height")
    ('PS4', 161.4, None)
    """

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise InputError("the page said too much at once")
        try:
            told: Any = json.loads(text)
        except (ValueError, RecursionError):
            raise InputError("the page said what is no JSON") from None
        self._told: Mapping[str, Any] = (
            cast("dict[str, Any]", told) if isinstance(told, dict) else {}
        )

    def text(self, name: str, default: str = "") -> str:
        """Give a text."""
        value = self._told.get(name, default)
        return value if isinstance(value, str) else default

    def number(self, name: str) -> float | None:
        """Give a finite number, also one that was typed; ``None`` where there is none."""
        value = self._told.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            found = float(value)
        except (ValueError, OverflowError):
            return None
        return found if math.isfinite(found) else None

    def flag(self, name: str) -> bool:
        """Give whether something is so."""
        return self._told.get(name) is True


def connect(
    drawn: Drawing, blocks: Sequence[Any], told: Callable[[str, Details], None]
) -> tuple[Any, Callable[..., None]]:
    """Connect figures and panels with the browser's side.

    Parameters
    ----------
    drawn : Drawing
    blocks : sequence of Div
        Each holds elements that name their panel, ``data-panel``.
    told : callable
        Is given each command.

    Returns
    -------
    out : ColumnDataSource
        Carries what is said.
    show : callable
        Shows panels: name to HTML; forced where a typed text must give way.
    """
    from bokeh.models import ColumnDataSource, CustomJS

    empty: Any = {"number": [], "command": [], "details": []}
    out = ColumnDataSource(data=empty, name="gestures")
    blank: Any = {"name": [], "html": [], "force": []}
    panels = ColumnDataSource(data=blank, name="panels")
    code = files("peakwright.app.xps").joinpath("gestures.js").read_text(encoding="utf-8")
    script = CustomJS(
        args={
            "spectrum": drawn.spectrum,
            "residual": drawn.residual,
            "handles": drawn.handles,
            "ends": drawn.ends,
            "curves": drawn.curves,
            "shades": list(drawn.shades),
            "out": out,
            "panels": panels,
            "blocks": list(blocks),
        },
        code=code,
        module=False,
    )
    drawn.spectrum.js_on_change("inner_width", script)

    def hear(_attr: str, _old: Any, new: Any) -> None:
        for command, details in zip(new["command"], new["details"], strict=True):
            told(str(command), Details(str(details)))

    out.on_change("data", hear)

    def show(html: Mapping[str, str], *, force: bool = False) -> None:
        new: Any = {
            "name": list(html),
            "html": list(html.values()),
            "force": [force] * len(html),
        }
        panels.data = new

    return out, show
