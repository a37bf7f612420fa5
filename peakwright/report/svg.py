"""Figures for the page: SVG checked element by element, so that it can neither run nor fetch.

What a figure of ours does not need (scripts, foreign content, references out of the file) is not
cut out but refused: such a file is not ours. Identifiers get a prefix, so that several figures can
stand in one page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.files import DataFileError, read_bytes
from references.xmltree import walk_xml

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Drawing", "read_svg"]

MAX_BYTES = 20_000_000
DOCTYPE = re.compile(
    rb'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1\.1//EN"\s*'
    rb'"http://www\.w3\.org/Graphics/SVG/1\.1/DTD/svg11\.dtd">'
)
"""What matplotlib puts first; no other document type is taken."""

LEFT_OUT = {"metadata", "style"}
"""Says who drew it, and how lines join: the page says so itself."""
ELEMENTS = {
    *("svg", "g", "defs", "path", "use", "text", "tspan", "rect", "clipPath", "title", "desc"),
    *("circle", "ellipse", "line", "polyline", "polygon", "image", "linearGradient", "stop"),
    *("radialGradient", "pattern", "marker", "symbol"),
}
ATTRIBUTES = {
    *("id", "class", "style", "d", "x", "y", "width", "height", "transform", "viewBox", "points"),
    *("cx", "cy", "r", "rx", "ry", "x1", "x2", "y1", "y2", "dx", "dy", "offset", "version"),
    *("clip-path", "fill", "stroke", "stroke-width", "opacity", "fill-opacity", "stroke-opacity"),
    *("stroke-linecap", "stroke-linejoin", "stroke-dasharray", "font-size", "font-family"),
    *("font-weight", "font-style", "text-anchor", "preserveAspectRatio", "clipPathUnits"),
    *("gradientUnits", "gradientTransform", "stop-color", "patternUnits", "fill-rule", "space"),
}
COORDINATES = {"d", "x", "y", "points"}
LONG = re.compile(r"-?\d+\.\d{3,}(?![\de])")
URL = re.compile(r"url\(\s*['\"]?#([\w.-]+)['\"]?\s*\)")
HARMFUL = re.compile(r"[{}<>@\\]|url\s*\(|expression|javascript|/\*", re.IGNORECASE)
PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=\s]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A figure that may stand in a page.

    Parameters
    ----------
    markup : str
        The SVG, without width and height.
    width : float
        Its width [pt]; 0 where it does not say.
    """

    markup: str
    width: float


def read_svg(path: Path, prefix: str, label: str) -> Drawing:
    """Read a figure and check all that is in it.

    Parameters
    ----------
    path : path
    prefix : str
        Put before each identifier in it; letters and digits.
    label : str
        What it shows, for those who cannot see it.

    Raises
    ------
    DataFileError
        If it cannot be read, is no SVG, or holds what a figure does not need.
    """
    content = read_bytes(path, max_bytes=MAX_BYTES)
    target = _Checked(path, prefix, label)
    walk_xml(path, DOCTYPE.sub(b"", content, count=1), target)
    return Drawing(markup=target.markup(), width=target.width)


class _Checked:
    """Takes each element in turn, and writes those that a page may hold."""

    def __init__(self, path: Path, prefix: str, label: str) -> None:
        self.path, self.prefix, self.label = path, prefix, label
        self.width = 0.0
        self._pieces: list[str] = []
        self._styles: dict[str, str] = {}
        self._open: list[str] = []
        self._left_out = 0

    def markup(self) -> str:
        """The figure, with its styles."""
        head, *rest = self._pieces
        rules = "".join(f".{name}{{{style}}}" for style, name in self._styles.items())
        return "".join([head, f"<style>{rules}</style>" if rules else "", *rest])

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._left_out or tag in LEFT_OUT:
            self._left_out += 1
            return
        if tag not in ELEMENTS or (tag == "svg") is not (not self._open):
            raise self._refused(f"<{tag[:40]}>")
        self._open.append(tag)
        told = dict(self._attribute(tag, name, value) for name, value in attributes.items())
        if tag == "svg":
            told = self._root(told)
        # A style of its own for each of a thousand points is the greater part of a figure.
        style = told.pop("style", "")
        if style:
            told["class"] = self._styles.setdefault(style, f"{self.prefix}s{len(self._styles)}")
        written = "".join(f' {name}="{_escaped(value)}"' for name, value in told.items() if value)
        self._pieces.append(f"<{tag}{written}>")

    def end(self, tag: str) -> None:
        if self._left_out:
            self._left_out -= 1
            return
        self._open.pop()
        self._pieces.append(f"</{tag}>")

    def data(self, text: str) -> None:
        if self._left_out or not self._open:
            return
        if self._open[-1] in {"text", "tspan", "title", "desc"}:
            self._pieces.append(_escaped(text))

    def _root(self, told: dict[str, str]) -> dict[str, str]:
        size = re.fullmatch(r"([\d.]+)(pt|px)?", told.pop("width", ""))
        told.pop("height", None)
        if size:
            self.width = float(size[1]) * (0.75 if size[2] == "px" else 1.0)
        return told | {"role": "img", "aria-label": self.label, "focusable": "false"}

    def _attribute(self, tag: str, name: str, value: str) -> tuple[str, str]:
        plain = name.rpartition("}")[2]
        if plain == "href":
            return "href", self._reference(tag, value)
        if plain not in ATTRIBUTES:
            raise self._refused(f"the attribute {plain[:40]}")
        if plain == "class":
            return "class", ""
        if plain == "id":
            return "id", f"{self.prefix}-{value}"
        if plain == "version":
            return plain, ""
        inner = URL.sub(lambda found: f"\0{found[1]}\0", value)
        if plain not in COORDINATES and HARMFUL.search(inner):
            raise self._refused(f"the {plain} {value[:40]!r}")
        if plain in COORDINATES:
            return plain, LONG.sub(_shorter, value)
        return plain, re.sub(r"\0([\w.-]+)\0", rf"url(#{self.prefix}-\1)", inner)

    def _reference(self, tag: str, value: str) -> str:
        """Into the same figure, or a picture that is in it."""
        if re.fullmatch(r"#[\w.-]+", value):
            return f"#{self.prefix}-{value[1:]}"
        if tag == "image" and PICTURE.fullmatch(value):
            return value
        raise self._refused(f"a reference to {value[:40]!r}")

    def _refused(self, what: str) -> DataFileError:
        return DataFileError(self.path, f"holds {what}, which a figure of a result does not need")


def _shorter(found: re.Match[str]) -> str:
    """A hundredth of a point is finer than any printer."""
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def _escaped(text: str) -> str:
    kept = "".join(c for c in text if c.isprintable() or c in "\n\t ")
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        kept = kept.replace(mark, entity)
    return kept
