"""The headline of a view: the file's name and what it holds, on one line, whatever their length."""

from __future__ import annotations

from typing import Any

from .look import block, show

__all__ = ["headed", "headline"]

ONE_LINE = """
:host { min-width: 0; overflow: hidden; }
.bk-clearfix { width: 100%; }
h1 { display: flex; white-space: pre; }
h1 span { overflow: hidden; text-overflow: ellipsis; }
h1 .end { flex: none; }
h1 .muted { flex: 0 1000 auto; margin-left: 6px; }
"""
"""Where there is no room the name is shown first; a mouse that rests on it is told all."""
END = 14
"""Characters at the end of a name that are always shown: names differ there."""


def headline() -> Any:
    """Give the block of a headline, to be filled by :func:`headed`."""
    return block(more=ONE_LINE, css_classes=["pw-head"], height=22, sizing_mode="stretch_width")


def headed(name: str, more: str = "") -> str:
    """Give a headline as HTML.

    Parameters
    ----------
    name : str
        Of the file.
    more : str
        What it holds, or of which sample it is.

    Examples
    --------
    >>> headed("a.xy")
    '<h1 title="a.xy"><span class="name"></span><span class="end">a.xy</span></h1>'
    """
    title = f"{name}: {more}" if more else name
    parts = [("name", name[:-END]), ("end", name[-END:]), *([("muted", more)] if more else [])]
    told = "".join(f'<span class="{kind}">{show(part)}</span>' for kind, part in parts)
    return f'<h1 title="{show(title)}">{told}</h1>'
