"""How a pattern is looked at: on which scale, which phases, and where."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..axes import SCALES
from ..look import models, on, styles
from .asking import WRAPPED
from .figures import Figures
from .state import Shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .state import Looked

__all__ = ["Looking"]


class Looking:
    """The figures, and the buttons above them.

    Attributes
    ----------
    figures : Figures
    """

    def __init__(self) -> None:
        self.figures = Figures()
        self._shown = Shown()
        self._looked: Looked | None = None
        self._at: float | None = None
        m, css = models(), styles()
        self._scale = m.RadioButtonGroup(
            labels=list(SCALES), active=SCALES.index(self._shown.scale), stylesheets=css,
            css_classes=["pw-scale"], width=160,
        )  # fmt: skip
        on(self._scale, "active", lambda new: self._change(scale=SCALES[new]))
        self._background = m.CheckboxGroup(
            labels=["subtract background"],
            stylesheets=css,
            css_classes=["pw-background"],
            width=150,
            align="center",
        )
        on(self._background, "active", lambda new: self._change(subtracted=bool(new)))
        self._phases = m.CheckboxGroup(
            inline=True,
            stylesheets=styles(WRAPPED),
            css_classes=["pw-phases"],
            sizing_mode="stretch_width",
        )
        on(self._phases, "active", self._toggle)
        self._zooms = self._zoom_buttons()

    def _zoom_buttons(self) -> list[Any]:
        buttons = [
            ("whole pattern", self.whole, 110),
            ("◀ line", lambda: self._next(-1), 70),
            ("line ▶", lambda: self._next(1), 70),
        ]
        found: list[Any] = []
        for label, does, width in buttons:
            found.append(models().Button(label=label, stylesheets=styles(), width=width))
            found[-1].on_click(does)
        return found

    def rows(self) -> tuple[Any, ...]:
        """Give what is above the options: buttons, phases, figures."""
        from bokeh.layouts import row

        figures = self.figures
        tools = row(self._scale, self._background, *self._zooms, sizing_mode="stretch_width")
        return tools, self._phases, figures.upper, figures.middle, figures.lower

    def show(self, looked: Looked) -> None:
        """Look at another result: all of it."""
        self._looked = looked
        self._shown = replace(self._shown, hidden=frozenset(), candidate="")
        names = list(looked.curves.phases)
        self._phases.update(labels=names, active=list(range(len(names))))
        self.figures.fill(looked, self._shown)
        self.whole()

    def _change(self, **changed: Any) -> None:
        self._shown = replace(self._shown, **changed)
        if self._looked is not None:
            self.figures.fill(self._looked, self._shown)
            self._fit(self._looked)

    def _fit(self, looked: Looked) -> None:
        """Give what is looked at the heights it needs; its angles stay."""
        if self._at is None:
            *_, bottom, top = looked.whole(self._shown)
        else:
            *_, bottom, top = looked.about(self._at, self._shown)
        self.figures.heights.update(start=bottom, end=top)

    def _toggle(self, active: Sequence[int]) -> None:
        hidden = frozenset(n for i, n in enumerate(self._phases.labels) if i not in active)
        if hidden != self._shown.hidden and self._looked is not None:
            self._shown = replace(self._shown, hidden=hidden)
            self.figures.fill(self._looked, self._shown)

    def pick(self, name: str) -> str:
        """Look at a candidate's best line; give a sentence where it has none."""
        if self._looked is None:
            return ""
        self._shown = replace(self._shown, candidate=name)
        self.figures.fill(self._looked, self._shown)
        place = self._looked.best_line(name)
        if place is None:
            return f"{name} has no structure in the library, or no line in the range"
        self._go(place)
        return ""

    def whole(self) -> None:
        """Look at the whole pattern."""
        self._at = None
        if self._looked is not None:
            self.figures.look(self._looked.whole(self._shown))

    def _next(self, step: int) -> None:
        if self._looked is not None:
            low, high = (float(x) for x in self._looked.curves.two_theta[[0, -1]])
            here = self._at if self._at is not None else (low if step > 0 else high)
            self._go(self._looked.next_line(here, step))

    def _go(self, place: float) -> None:
        if self._looked is not None:
            self._at = place
            self.figures.look(self._looked.about(place, self._shown), place)
