"""How the page looks: one stylesheet for all views, and what they all show in one way.

Every text that comes from a file is escaped here, once.
"""

from __future__ import annotations

import base64
import re
from html import escape
from typing import TYPE_CHECKING, Any

from references.plot import plain

from .wording import in_the_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from references.words import Finding

    from ..recognition import Technique

__all__ = [
    "ACCENT",
    "BAD",
    "FAIR",
    "GOOD",
    "INK",
    "LINE",
    "MUTED",
    "PAGE",
    "block",
    "download",
    "dressed",
    "findings_html",
    "help_of",
    "models",
    "note",
    "on",
    "sentence_of",
    "shortened",
    "show",
    "styles",
    "unmathed",
    "verdict_html",
]

INK, MUTED, LINE = "#1b1f24", "#57606a", "#d0d7de"
ACCENT, GOOD, FAIR, BAD = "#0b62a8", "#1a7f37", "#8a5a00", "#b42318"
"""All of them, and white on each, at 4.5 to 1 or more."""
PAGE = {
    "height": "var(--page-height, 100vh)",
    "min-height": "640px",
    "box-sizing": "border-box",
    "padding": "6px 8px",
}
"""Style of a view: as high as the window leaves room for."""
FONT = 'system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif'

CSS = f"""
:host {{ --font-size: 13px; font-size: 13px; color: {INK}; font-family: {FONT}; }}
.bk-input, .bk-btn {{ font-size: 13px; font-family: {FONT}; }}
.bk-btn:focus-visible, .bk-input:focus-visible, input:focus-visible {{
  outline: 2px solid {ACCENT}; outline-offset: 1px; }}
.bk-btn-default {{ color: {INK}; background: #ffffff; border: 1px solid #8c959f; }}
.bk-btn-default.bk-active {{ color: #ffffff; background: {ACCENT}; border-color: {ACCENT};
  box-shadow: none; }}
.bk-btn-primary {{ color: #ffffff; background: {ACCENT}; border-color: {ACCENT}; }}
.bk-btn[disabled] {{ opacity: 0.5; }}
label {{ color: {MUTED}; font-size: 12px; }}
h1 {{ font-size: 16px; font-weight: 600; margin: 0; }}
h2 {{ font-size: 13px; font-weight: 600; margin: 0 0 3px 0; }}
p {{ margin: 0 0 4px 0; line-height: 1.35; }}
.muted {{ color: {MUTED}; }}
.scroll {{ overflow-y: auto; }}
.verdict {{ border-left: 5px solid var(--tone); padding: 4px 8px; background: #f6f8fa; }}
.verdict b {{ color: var(--tone); }}
ul {{ list-style: none; margin: 0; padding: 0; }}
li {{ margin: 0 0 5px 0; line-height: 1.3; }}
.tag {{ display: inline-block; color: #ffffff; background: var(--tone); border-radius: 3px;
  padding: 0 5px; margin-right: 5px; font-size: 11px; font-weight: 600; }}
"""
MATH = re.compile(r"\$(?=\$)|\\(?=[\[\]()])")
"""What begins, with the character after it, a formula or ends it."""
BROKEN = "\u200b"
"""A space without width: nobody sees it, and no formula begins."""
HELP = """
:host { background: #f6f8fa; border: 1px solid #d0d7de; border-radius: 4px; padding: 4px 10px; }
table { border-collapse: collapse; }
th { text-align: left; font-weight: 600; padding: 1px 16px 1px 0; white-space: nowrap; }
td { padding: 1px 0; }
"""
TONES = {"error": BAD, "warning": FAIR, "info": MUTED}


def models() -> Any:
    """Give Bokeh's models: the one place where what has no types of Python's comes in."""
    from bokeh import models as made

    return made


def on(model: Any, attribute: str, does: Callable[[Any], object]) -> None:
    """Do something with the new value whenever an attribute of a model changes."""

    def changed(_attribute: str, _old: Any, new: Any) -> None:
        does(new)

    model.on_change(attribute, changed)


def styles(more: str = "") -> list[Any]:
    """Give the stylesheet of a widget; a view may add to it."""
    from bokeh.models import InlineStyleSheet

    return [InlineStyleSheet(css=CSS + more)]


def block(html: str = "", *, more: str = "", **placed: Any) -> Any:
    """Give a block of HTML, whose texts are escaped already, with the page's looks.

    Mathematics is not read in it: a name between two dollars would become a link.

    Parameters
    ----------
    html : str
    more : str
        Style of its own.
    **placed
        Of Bokeh's ``Div``.
    """
    from bokeh.models import Div

    return Div(text=html, stylesheets=styles(more), disable_math=True, **placed)


def unmathed(text: str) -> str:
    r"""Give text from a file for an axis or a title, where Bokeh would read mathematics.

    Examples
    --------
    >>> unmathed("a name"), len(unmathed("$$x$$")), len(unmathed("$$$"))
    ('a name', 7, 5)
    >>> unmathed(r"\(x\)") == r"\(x\)"
    False
    """
    return MATH.sub(lambda found: found[0] + BROKEN, text)


def show(text: str) -> str:
    """Give text from a file or a user as HTML: one line, nothing in it that acts.

    Examples
    --------
    >>> show("<script>")
    '&lt;script&gt;'
    """
    return escape(plain(text))


def shortened(name: str, most: int) -> str:
    """Give a name with its middle left out where it is long: names differ at their ends.

    Examples
    --------
    >>> shortened("S2p_after_400_cycles_at_60_degrees.vms", 20)
    'S2p_after_…grees.vms'
    """
    if len(name) <= most:
        return name
    last = (most - 1) // 2
    return f"{name[: most - 1 - last]}…{name[-last:]}"


def note(text: str, severity: str = "info") -> str:
    """Give a sentence, as HTML; one that tells of an error is read out.

    Examples
    --------
    >>> note("a < b")
    '<p class="muted">a &lt; b</p>'
    """
    if severity == "info":
        return f'<p class="muted">{show(text)}</p>'
    return f'<p role="alert" style="color:{TONES[severity]}">{show(text)}</p>'


def verdict_html(word: str, sentence: str, tone: str) -> str:
    """Give a verdict: its word in a colour, and the sentence."""
    return (
        f'<div class="verdict" role="status" style="--tone:{tone}"><b>{show(word)}</b> '
        f"{show(sentence)}</div>"
    )


def findings_html(findings: Sequence[Finding], technique: Technique) -> str:
    """Give findings as a list, errors first, in the page's words.

    Examples
    --------
    >>> findings_html([], "xrd")
    '<p class="muted">nothing to review</p>'
    """
    if not findings:
        return note("nothing to review")
    order = list(TONES)
    ordered = sorted(dict.fromkeys(findings), key=lambda one: order.index(str(one.severity)))
    return "<ul>" + "".join(_finding(one, technique) for one in ordered) + "</ul>"


def _finding(one: Finding, technique: Technique) -> str:
    tone = TONES[str(one.severity)]
    return (
        f'<li style="--tone:{tone}"><span class="tag">{one.severity}</span>'
        f"<b>{show(one.subject)}</b>: {show(in_the_page(one.message, technique))}</li>"
    )


def help_of(gestures: dict[str, str]) -> tuple[Any, Any]:
    """Give a button, and the help that it shows and hides: what is done, and what it does."""
    from bokeh.models import CustomJS, Toggle

    rows = "".join(
        f"<tr><th>{show(deed)}</th><td>{show(what)}</td></tr>" for deed, what in gestures.items()
    )
    text = block(
        f"<table>{rows}</table>", more=HELP, visible=False, sizing_mode="stretch_width",
        css_classes=["pw-help"],
    )  # fmt: skip
    button = Toggle(
        label="?", width=32, align="end", stylesheets=styles(), css_classes=["pw-help-button"]
    )
    code = CustomJS(args={"text": text}, code="text.visible = cb_obj.active")
    button.js_on_change("active", code)
    return button, text


def dressed(figure: Any) -> Any:
    """Give a Bokeh figure the page's looks: type that can be read, a frame, no logo."""
    figure.toolbar.logo = None
    figure.toolbar.autohide = False
    figure.background_fill_color = "#ffffff"
    figure.outline_line_color = "#8c959f"
    for axis in figure.axis:
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font_size = "12px"
        axis.major_label_text_font_size = "12px"
        axis.axis_label_text_color = axis.major_label_text_color = INK
        axis.axis_line_color = axis.major_tick_line_color = "#57606a"
        axis.minor_tick_line_color = "#8c959f"
    figure.grid.grid_line_color = "#e7ebef"
    return figure


DOWNLOAD = """
const {name, kind, content} = cb_obj.tags[0] ?? {}
if (content == null) return
const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0))
const link = document.createElement("a")
link.href = URL.createObjectURL(new Blob([bytes], {type: kind}))
link.download = name
document.body.appendChild(link)
link.click()
link.remove()
setTimeout(() => URL.revokeObjectURL(link.href), 10000)
"""
KINDS = {
    "csv": "text/csv",
    "json": "application/json",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "toml": "application/toml",
}


def download() -> tuple[Any, Callable[[str, bytes], None]]:
    """Give an invisible model, and a function that hands the browser a file to keep.

    The model has to be in the page.
    """
    from bokeh.models import CustomJS

    carrier = block(visible=False)
    carrier.js_on_change("tags", CustomJS(code=DOWNLOAD))

    def hand_over(name: str, content: bytes) -> None:
        kind = KINDS.get(name.rpartition(".")[2], "application/octet-stream")
        text = base64.b64encode(content).decode()
        carrier.tags = [{"name": name, "kind": kind, "content": text}]
        carrier.tags = []

    return carrier, hand_over


def sentence_of(error: Exception, technique: Technique) -> str:
    """Say in one sentence what went wrong; what is a fault of ours goes to the log as well.

    Examples
    --------
    >>> sentence_of(ValueError("there is no such ion; see --ions"), "tofsims")
    'there is no such ion; see “ions”'
    """
    from references.files import DataFileError
    from references.words import InputError

    if isinstance(error, (DataFileError, InputError)) or type(error) is ValueError:
        return in_the_page(" ".join(str(error).split()), technique)
    import logging

    logging.getLogger(__name__).error("a request of the page failed", exc_info=error)
    what = "memory ran out" if isinstance(error, MemoryError) else type(error).__name__
    return f"this could not be done ({what}); the log of the server says more"
