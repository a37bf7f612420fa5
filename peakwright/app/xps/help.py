"""What hands and keys can do, said in the page itself."""

from __future__ import annotations

from html import escape

__all__ = ["GESTURES", "HINT", "help_html"]

HINT = (
    "drag a marker to move its component · wheel over it: width · click in the residual: add a "
    "peak · ? says all"
)
"""The first line that a page says."""
GESTURES = (
    ("move a component", "drag a marker; let go: fitted", "← → by 0.01 eV, Shift: 0.1 eV"),
    ("its width", "wheel over its marker", "↑ ↓ by as much"),
    ("take it in hand", "click its marker, name or finding", "c: the next one"),
    ("add a peak", "click in the residual there", "a: where the residual is highest"),
    ("delete it", "right click on its marker, or ×", "Delete"),
    ("line shape, splitting, ratio", "⋯ in the grid", "m"),
    ("show it, or not", "its check box", "Tab to it, Space"),
    ("value, constraint", "click in its cell, type", "Tab to it, type, Enter"),
    ("window of the fit", "drag a dotted line", "Tab to “window”, type, Enter"),
    ("look closer", "box zoom, at the right", "+ − at what is in hand, 0: all"),
    ("undo, redo", "↶ ↷", "Ctrl+Z, Ctrl+Shift+Z"),
    ("another region", "‹ ›, or the list", "[ ]"),
    ("all else", "click on it", "Tab to it, Enter"),
    ("let go, close, old text back", "–", "Escape"),
    ("this help", "?", "?"),
)
"""What can be done, by the mouse, and by keys."""
CONSTRAINTS = (
    ("161.4", "start there"),
    ("161.4 fixed", "hold it; fixed alone: where it is shown"),
    ("160.2 .. 160.9", "keep it in a window"),
    ("161.4 +- 0.1", "it is known that well"),
    ("= PS4, PS4 - 1.2, PS4 * 0.5", "tie it to another component"),
    ("(empty)", "what the library knows"),
)


def help_html() -> str:
    """Give the help."""
    return (
        "<h1>What you can do</h1>"
        f"{_table(('to', 'with the mouse', 'with keys'), GESTURES)}"
        f"{_table(('in a constraint', 'means'), CONSTRAINTS)}"
        '<button data-command="">close (Escape)</button>'
    )


def _table(heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(one)}</td>" for one in told)
        + "</tr>"
        for name, *told in rows
    )
    return f"<section><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>"
