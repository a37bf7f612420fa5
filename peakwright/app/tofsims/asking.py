"""What is asked of a measurement: which ions, divided by what, judged where and how sharply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..look import models, on, styles
from .state import recipe_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tofsims.recipe import Recipe

    from .opening import Measurement

__all__ = ["Asking"]

CHIPS = """
.choices__inner { padding: 1px 4px !important; min-height: 28px !important; }
.choices__list--multiple .choices__item { margin: 1px 3px 1px 0 !important;
  padding: 0 5px !important; font-size: 12px !important; background: #0b62a8 !important; }
.choices__input { margin: 0 !important; padding: 1px 4px !important; font-size: 12px !important; }
"""


class Asking:
    """The row of fields.

    Parameters
    ----------
    ask : callable
        Is called when the answer is wanted.
    failed : callable
        Is given an error.
    said : callable
        Is given a sentence; an empty one takes the last one away.
    """

    def __init__(
        self,
        ask: Callable[[], None],
        failed: Callable[[Exception], None],
        said: Callable[[str], None],
    ) -> None:
        self._failed, self._said = failed, said
        self._held: Measurement | None = None
        self._of_ions()
        self._of_the_judgement()
        self._again = models().Button(
            label="Follow", button_type="primary", stylesheets=styles(), width=90, align="end",
            css_classes=["pw-again"],
        )  # fmt: skip
        self._again.on_click(ask)

    def _of_ions(self) -> None:
        m, css = models(), styles()
        # It shows its options as HTML: only what is an ion's formula may become one.
        self._ions = m.MultiChoice(
            title="ions", options=[], value=[], stylesheets=styles(CHIPS),
            sizing_mode="stretch_width",
            css_classes=["pw-ions"], search_option_limit=60, option_limit=60,
        )  # fmt: skip
        self._other = m.TextInput(
            title="another ion", placeholder="GaCl2-", stylesheets=css, width=100,
            css_classes=["pw-other"],
        )  # fmt: skip
        on(self._other, "value", self._add)
        self._normalise = m.Select(
            title="divided by", options=[("", "nothing"), "total"], value="", stylesheets=css,
            width=100, css_classes=["pw-normalise"],
        )  # fmt: skip
        self._half = m.Spinner(
            title="half width / ppm", value=200.0, low=0.1, high=1e5, step=50.0, stylesheets=css,
            width=110, visible=False, css_classes=["pw-half"],
        )  # fmt: skip

    def _of_the_judgement(self) -> None:
        m, css = models(), styles()
        self._window = m.TextInput(
            title="judged from, to", placeholder="all but the start", stylesheets=css, width=126,
            css_classes=["pw-window"],
        )  # fmt: skip
        self._margin = m.Spinner(
            title="margin / %", value=5.0, low=0.01, high=1000.0, step=1.0, stylesheets=css,
            width=80, css_classes=["pw-margin"],
        )  # fmt: skip
        self._elements = m.TextInput(
            title="elements", placeholder="Li,P,S,Cl,Ga", stylesheets=css, width=120,
            css_classes=["pw-elements"],
        )  # fmt: skip

    def row(self) -> Any:
        """Give the row."""
        from bokeh.layouts import row

        return row(
            self._ions, self._other, self._normalise, self._window, self._margin, self._elements,
            self._half, self._again, sizing_mode="stretch_width",
        )  # fmt: skip

    def fill(self, recipe: Recipe, held: Measurement) -> None:
        """Show what a recipe asks for, and offer what the file holds."""
        self._held = held
        options = list(dict.fromkeys([*held.offered, *recipe.ions]))
        self._ions.update(options=options, value=list(recipe.ions))
        self._normalise.options = [("", "nothing"), "total", *options]
        self._normalise.value = recipe.normalise
        self._window.value = "" if recipe.window_s is None else "{:g},{:g}".format(*recipe.window_s)
        self._margin.value = recipe.margin_percent
        self._elements.value = ",".join(recipe.elements)
        self._half.visible = held.reading.format == "imzml"

    def recipe(self, before: Recipe, region: str) -> Recipe:
        """Give the recipe with what is chosen.

        Raises
        ------
        InputError
            If something cannot be.
        """
        return recipe_of(
            before,
            ions=list(self._ions.value),
            elements=str(self._elements.value),
            normalise=str(self._normalise.value),
            window=str(self._window.value),
            margin=self._margin.value,
            region=region,
            half_width=self._half.value if self._half.visible else before.half_width_ppm,
        )

    def take_out(self, ions: Sequence[str]) -> None:
        """Take ions out of those that are chosen and offered: they cannot be followed."""
        self._ions.value = [one for one in self._ions.value if one not in ions]
        self._ions.options = [one for one in self._ions.options if one not in ions]

    def _add(self, text: str) -> None:
        from references.words import InputError

        from ...jobs.tofsims.given import ions_named

        if not text.strip():
            return
        self._other.value = ""
        try:
            added = ions_named(text, "another ion")
            if self._held is not None:
                self._held.refuse(added, ions_named(",".join(self._ions.value), "ions"))
        except InputError as error:
            self._failed(error)
            return
        self._said("")
        names = [one.key for one in added]
        self._ions.options = list(dict.fromkeys([*self._ions.options, *names]))
        self._ions.value = list(dict.fromkeys([*self._ions.value, *names]))
