"""How figures look: colours that readers can tell apart, type that prints, bytes that repeat."""

from __future__ import annotations

import io
import textwrap
import unicodedata
from typing import Any, Literal

__all__ = ["INK", "PALETTE", "PATTERNS", "SMALL", "STYLE", "heading", "plain", "rendered"]

# Six of Okabe and Ito's colours and two of Tol's: any two of them stay apart by at least 16 in
# CIELAB for readers with protan, deutan and tritan vision. A yellow is left out: as a line on white
# it cannot be seen.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255", "#332288")
# When the colours come again, a hatching and a line style tell the components apart.
PATTERNS: tuple[tuple[str, Any], ...] = (
    ("", "-"),
    ("//////", (0, (4, 1.2))),
    ("......", (0, (1, 1))),
    ("xxxxxx", (0, (4, 1, 1, 1))),
)
INK = "#222222"
SMALL = 7.0
"""Smallest type in a figure [pt]; figures are drawn at the size at which journals print them."""

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 8.0,
    "axes.labelsize": 7.5,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.minor.width": 0.5,
    "ytick.minor.width": 0.5,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "agg.path.chunksize": 20000,
    "svg.fonttype": "none",
    "svg.hashsalt": "peakwright",
    "figure.dpi": 110,
}


def rendered(drawn: Any, kind: Literal["svg", "png", "pdf"], *, dpi: int = 300) -> bytes:
    """Give a figure as a file's bytes; equal figures give equal bytes."""
    import matplotlib as mpl

    stream = io.BytesIO()
    # A date inside the file would make equal results differ.
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}
    with mpl.rc_context(STYLE):
        drawn.savefig(stream, format=kind, dpi=dpi, metadata=metadata[kind])
    return stream.getvalue()


def heading(title: str, note: str, width: float) -> list[str]:
    """Give the lines above a figure of a width [inch]: its title, and a remark under it."""
    return _wrapped(title, width, 8.5) + _wrapped(note, width, 7.5)


def _wrapped(text: str, width: float, size: float) -> list[str]:
    """Break text into at most three lines that a width [inch] holds at a size [pt]."""
    return textwrap.wrap(
        plain(text), max(20, int(width * 72 / (0.52 * size))), max_lines=3, placeholder=" …"
    )


def plain(text: str) -> str:
    """Give text from a file without control characters, which no font and no SVG can show."""
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if not unicodedata.category(c).startswith("C"))
