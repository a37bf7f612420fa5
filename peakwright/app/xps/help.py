"""What hands and keys can do, said in the page itself."""

from __future__ import annotations

from html import escape

__all__ = ["HINT", "help_html"]

HINT = (
    "drag a marker to move its component · wheel over it: width · click in the residual: add a "
    "peak · ? says all"
)
"""The first line that a page says."""
HANDS = {
    "drag a marker": "move the component; let go and it is fitted freely from there",
    "wheel over a marker": "its width",
    "right click on a marker": "delete the component",
    "click in the residual": "add a species of the library there, or a free peak",
    "drag a dotted line": "the end of the fit window",
    "⋯ in the grid": "line shape, mixing, splitting and area ratio of a component",
    "click on a finding": "take the component that it is about in hand",
}
KEYS = {
    "c": "next component",
    "← →": "move it by 0.01 eV; with Shift by 0.1 eV",
    "↑ ↓": "make it wider or narrower by as much",
    "m": "its line shape, splitting and ratio, or not",
    "Delete": "delete it",
    "[ ]": "previous, next region",
    "Ctrl+Z": "undo; with Shift redo",
    "Escape": "let go, close, or give a field its old text back",
    "?": "this page of help",
}
CONSTRAINTS = {
    "161.4": "start there",
    "161.4 fixed": "hold it",
    "160.2 .. 160.9": "keep it in a window",
    "161.4 +- 0.1": "it is known that well",
    "= PS4, PS4 - 1.2, PS4 * 0.5": "tie it to another component",
    "(empty)": "what the library knows",
}


def help_html() -> str:
    """Give the help."""
    return (
        "<h1>What you can do</h1>"
        f"{_table('with the mouse, in the spectrum', HANDS)}"
        f"{_table('with keys', KEYS)}"
        f"{_table('in a constraint', CONSTRAINTS)}"
        '<button data-command="">close (Escape)</button>'
    )


def _table(title: str, rows: dict[str, str]) -> str:
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(does)}</td></tr>'
        for name, does in rows.items()
    )
    return f"<section><h2>{escape(title)}</h2><table>{body}</table></section>"
