"""What is answered: the verdict, phase by phase what is there or could hide, and the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..look import BAD, FAIR, GOOD, block, findings_html, models, note, on, styles, verdict_html
from .state import COLUMNS, table_of, unlike

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...jobs.job import Done
    from .state import Looked

__all__ = ["WIDTH", "Answer"]

WIDTH = 404
"""Of what is beside the pattern [pixels],"""
INSIDE = WIDTH - 10
"""and of a block in it, which has a margin."""
TONES = {"single_phase": GOOD, "undecidable": FAIR, "unidentified": FAIR}
TITLES = {
    "phase": ("phase", 86),
    "presence": ("", 82),
    "mass": ("mass / %", 88),
    "limit": ("limit / %", 54),
    "sigma": ("σ", 36),
    "line": ("2θ / °", 48),
}
LEGEND = (
    "mass: share of the crystalline phases in the model, or its 95 % bound; limit: of detection; "
    "click a phase for its best line"
)
FAILS = "the model does not describe the pattern: no mass fraction and no limit holds"
TABLE = """
.slick-cell, .slick-header-column { font-size: 12px !important; padding: 1px 4px !important; }
.slick-row.odd { background: #f6f8fa; }
.slick-cell.selected { background: #cfe4f7 !important; color: #1b1f24 !important; }
"""


class Answer:
    """The column beside the pattern.

    Parameters
    ----------
    pick : callable
        Is given the phase that is clicked.
    """

    def __init__(self, pick: Callable[[str], None]) -> None:
        self._pick = pick
        self.verdict = block(width=INSIDE, css_classes=["pw-verdict"])
        self._progress = block(width=INSIDE, css_classes=["pw-progress"], visible=False)
        self._findings = block(
            width=INSIDE, sizing_mode="stretch_height", css_classes=["pw-findings"],
            styles={"overflow-y": "auto", "min-height": "0", "flex": "2 1 110px"},
        )  # fmt: skip
        self._rows = models().ColumnDataSource(
            data={name: [] for name in COLUMNS}, name="candidates"
        )
        on(self._rows.selected, "indices", self._picked)

    def column(self, *under: Any) -> Any:
        """Give the column, with more under it."""
        from bokeh.layouts import column

        return column(
            self.verdict,
            self._progress,
            block(note(LEGEND), width=INSIDE),
            self._table(),
            block("<h2>findings</h2>", width=INSIDE),
            self._findings,
            *under,
            width=WIDTH,
            sizing_mode="stretch_height",
        )

    def _table(self) -> Any:
        m = models()
        columns = [
            m.TableColumn(field=key, title=TITLES[key][0], width=TITLES[key][1], sortable=False)
            for key in COLUMNS
        ]
        return m.DataTable(
            source=self._rows, columns=columns, width=INSIDE, sizing_mode="stretch_height",
            min_height=150, max_height=420, styles={"flex": "3 1 200px"}, index_position=None,
            row_height=22, autosize_mode="none", selectable=True, reorderable=False,
            stylesheets=styles(TABLE), css_classes=["pw-table"],
        )  # fmt: skip

    def show(self, done: Done, looked: Looked) -> None:
        """Show a result."""
        found = done.result
        self._rows.selected.indices = []
        self._rows.data = dict(table_of(found, looked))
        word = str(found.verdict)
        told = found.sentence.partition(": ")[2] or found.sentence
        self.verdict.text = verdict_html(
            word.replace("_", " "), told, TONES.get(word, BAD)
        ) + _more(found)
        self._findings.text = findings_html(done.findings, "xrd")

    def say(self, text: str, severity: str = "info") -> None:
        """Say a sentence; an empty one takes the last one away."""
        self._progress.text = note(text, severity) if text else ""
        self._progress.visible = bool(text)

    def _picked(self, indices: Sequence[int]) -> None:
        if indices:
            self._pick(str(self._rows.data["phase"][indices[0]]))


def _more(found: Any) -> str:
    """Say the lattice and how good the fit is."""
    from references.rounding import plus_minus

    told = [
        f"{axis.name} = {plus_minus(axis.estimate)} {'Å' if axis.name in {'a', 'b', 'c'} else '°'}"
        for axis in (() if found.lattice is None else found.lattice.axes)
    ]
    profile = found.refinement
    told += [f"R_wp {100 * profile.r_wp:.2f} %", f"goodness of fit {profile.gof:.2f}"]
    fails = note(FAILS, "error") if unlike(found) else ""
    return note("; ".join(told)) + fails
