"""What is answered: whether the ions are uniform, ion by ion, and what there is to review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..look import BAD, FAIR, GOOD, block, findings_html, note, show, verdict_html
from .state import mass_sentence, trend_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...jobs.job import Done

__all__ = ["Answer", "table_html"]

WIDTH = 408
"""Of the table [pixels]."""
TONES = {0: GOOD, 1: BAD, 3: FAIR}
WORDS = {0: "uniform", 1: "not uniform", 3: "undecided"}
WORD_TONES = {
    "uniform": GOOD, "even": GOOD, "drifting": BAD, "uneven": BAD, "undecided": FAIR,
    "undecidable": FAIR,
}  # fmt: skip
TABLE = """
table { border-collapse: collapse; width: 100%; }
th { text-align: left; color: #57606a; font-weight: 600; font-size: 12px; }
td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 44px; }
th, td { padding: 2px 6px 2px 0; border-bottom: 1px solid #e7ebef; white-space: nowrap; }
td.number, th.number { text-align: right; }
"""


class Answer:
    """The verdict, the table, the findings and the mass scale."""

    def __init__(self) -> None:
        wide: dict[str, Any] = {"sizing_mode": "stretch_width"}
        scrolled: dict[str, Any] = {"styles": {"overflow-y": "auto", "min-height": "0"}}
        self._is_wrong = False
        self.verdict = block(css_classes=["pw-verdict"], **wide)
        self.progress = block(css_classes=["pw-progress"], visible=False, **wide)
        self.table = block(
            more=TABLE, width=WIDTH, sizing_mode="stretch_height", css_classes=["pw-table"],
            **scrolled,
        )  # fmt: skip
        self.findings = block(css_classes=["pw-findings"], sizing_mode="stretch_both", **scrolled)
        self.mass = block(css_classes=["pw-mass"], **wide)

    def show(self, done: Done) -> None:
        """Show a result."""
        found = done.result
        self.verdict.text = verdict_html(
            WORDS[found.exit_code], found.sentence, TONES[found.exit_code]
        )
        self.table.text = table_html(trend_rows(found))
        self.findings.text = findings_html(done.findings, "tofsims")
        self.mass.text = note(mass_sentence(found.calibration))

    def say(self, text: str, severity: str = "info") -> None:
        """Say a sentence; an empty one takes the last one away."""
        self._is_wrong = severity == "error"
        self.progress.text = note(text, severity) if text else ""
        self.progress.visible = bool(text)

    def tell(self, text: str) -> None:
        """Tell how far the work is; what is wrong meanwhile is not talked over."""
        if not self._is_wrong:
            self.say(text)


def table_html(rows: Sequence[dict[str, str]]) -> str:
    """Give what is said of each ion as a table; the whole sentence is the row's title."""
    heads = [
        ("ion", ""), ("counts", "number"), ("change / %", "number"), ("95 % interval", "number"),
        ("along depth", ""), ("over field", ""),
    ]  # fmt: skip
    across = any(one["across"] for one in rows)
    if not across:
        heads.pop()
    head = "".join(f'<th class="{kind}">{name}</th>' for name, kind in heads)
    body = "".join(
        f'<tr title="{show(one["sentence"])}"><td><b>{show(one["ion"])}</b></td>'
        f'<td class="number">{one["mean"]}</td><td class="number">{one["change"]}</td>'
        f'<td class="number">{one["interval"]}</td>'
        f"<td>{_word(one['along'])}</td>{_cell(one['across']) if across else ''}</tr>"
        for one in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(word: str) -> str:
    return f"<td>{_word(word)}</td>"


def _word(word: str) -> str:
    return f'<b style="color:{WORD_TONES.get(word, FAIR)}">{show(word)}</b>' if word else ""
