"""What is asked of a pattern: what it should be, what else is looked for, and how sharply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..look import block, models, on, styles
from .state import chosen_of, recipe_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from references.registry import Registry
    from xrd.recipe import Recipe

__all__ = ["WRAPPED", "Asking"]

RADIATIONS = [
    ("", "as the file says"),
    ("Cu Ka", "Cu Kα"),
    ("Cu Ka1", "Cu Kα1"),
    ("0.70932, 0.71361", "Mo Kα"),
    ("1.78900, 1.79283", "Co Kα"),
]
WRAPPED = """
.bk-input-group { flex-wrap: wrap; gap: 1px 10px; }
label { color: #1b1f24; }
"""


class Asking:
    """The fields under the pattern.

    Parameters
    ----------
    recipe : Recipe
        What is asked first.
    registry : Registry
    ask : callable
        Is called when a check is wanted.

    Attributes
    ----------
    again : Button
        Asks.
    """

    def __init__(self, recipe: Recipe, registry: Registry, ask: Callable[[], None]) -> None:
        self._recipe, self._registry = recipe, registry
        self._defaults: list[str] = []
        self._of_phases()
        self._of_the_pattern()
        self._judged()
        self.again = models().Button(
            label="Check", button_type="primary", stylesheets=styles(), width=110,
            css_classes=["pw-again"], align="end",
        )  # fmt: skip
        self.again.on_click(ask)
        self._offer()

    def _of_phases(self) -> None:
        m = models()
        whole = [one.key for one in self._registry.phases if one.cif]
        self._main = m.Select(
            title="main phase",
            css_classes=["pw-main"],
            value=self._recipe.phase,
            options=list(dict.fromkeys([*whole, self._recipe.phase])),
            stylesheets=styles(),
            width=120,
        )
        self._among = m.CheckboxGroup(
            inline=True,
            stylesheets=styles(WRAPPED),
            css_classes=["pw-among"],
            sizing_mode="stretch_width",
        )
        on(self._main, "value", lambda _: self._offer())

    def _of_the_pattern(self) -> None:
        m, css = models(), styles()
        known = [value for value, _ in RADIATIONS]
        own = self._recipe.instrument.radiation
        options = RADIATIONS if own in known else [*RADIATIONS, (own, own)]
        self._radiation = m.Select(
            title="radiation", css_classes=["pw-radiation"], value=own, options=options,
            stylesheets=css, width=130,
        )  # fmt: skip
        self._scan = m.Select(
            title="scan", stylesheets=css, width=160, visible=False, css_classes=["pw-scan"]
        )

    def _judged(self) -> None:
        m, css = models(), styles()
        self._elements = m.TextInput(
            title="elements of the sample", css_classes=["pw-elements"],
            value=",".join(self._recipe.elements), placeholder="Li,P,S,Cl", stylesheets=css,
            width=150,
        )  # fmt: skip
        self._limit = m.Spinner(
            title="must be seen / %", css_classes=["pw-limit"], value=self._recipe.limit_percent,
            low=0.001, high=100.0, step=1.0, stylesheets=css, width=110,
        )  # fmt: skip

    def rows(self) -> tuple[Any, Any]:
        """Give the rows of fields and of candidates."""
        from bokeh.layouts import row

        wide: dict[str, Any] = {"sizing_mode": "stretch_width"}
        return (
            row(
                self._main, self._radiation, self._elements, self._limit, self._scan, self.again,
                **wide,
            ),
            row(block("<h2>candidates</h2>", width=80), self._among, **wide),
        )  # fmt: skip

    def offer_scans(self, names: Sequence[str]) -> None:
        """Offer the scans of a file that holds several."""
        self._scan.options = [("", "choose one")] + [
            (str(i), f"{i}: {name}"[:40]) for i, name in enumerate(names)
        ]
        self._scan.value = "" if self._recipe.scan is None else str(self._recipe.scan)
        self._scan.visible = True

    def _offer(self) -> None:
        """Offer the candidates of a main phase, those that are asked for marked."""
        from xrd.candidates import default_candidates

        main = str(self._main.value)
        self._defaults = [one.key for one in default_candidates(self._registry, main)[0]]
        chosen = chosen_of(self._recipe, self._defaults)
        whole = [one.key for one in self._registry.phases if one.cif and one.key != main]
        labels = [
            name for name in dict.fromkeys([*self._defaults, *whole, *chosen]) if name != main
        ]
        self._among.update(
            labels=labels, active=[i for i, label in enumerate(labels) if label in chosen]
        )

    def recipe(self) -> Recipe:
        """Give the recipe with what is chosen.

        Raises
        ------
        InputError
            If something cannot be.
        """
        self._recipe = recipe_of(
            self._recipe,
            phase=str(self._main.value),
            chosen=[self._among.labels[i] for i in self._among.active],
            defaults=self._defaults,
            radiation=str(self._radiation.value),
            elements=str(self._elements.value),
            limit=self._limit.value,
            scan=str(self._scan.value),
        )
        return self._recipe
