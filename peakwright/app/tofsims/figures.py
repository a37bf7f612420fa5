"""The two figures: the image of ions with the region on it, and their depth profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from references.plot import PALETTE, PATTERNS

from ..axes import scaled
from ..look import ACCENT, dressed, models, unmathed
from .images import CHANNELS
from .state import ends_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .images import Images
    from .state import Curve, Shown

    Array = NDArray[np.float64]

__all__ = ["ImageFigure", "ProfileFigure", "color_of", "dash_of"]

SIDE = 300
"""The longer side of an image [pixels of the screen]."""


LEAST = 216
"""The longer side of an image where there is little room [pixels of the screen]."""
AROUND = 460
"""Height of all that is above and under an image in a page [pixels]."""
GROW = f"""
const [w, h] = outline.tags
const tabs = getComputedStyle(document.documentElement).getPropertyValue("--page-height") ? 40 : 0
const room = Math.min(innerHeight - tabs - {AROUND}, 0.4 * innerWidth - width + {SIDE})
const side = Math.round(Math.min(Math.max(room, {LEAST}), 800))
const longer = Math.max(w, h)
plot.frame_width = Math.max(Math.round(side * w / longer), 60)
plot.frame_height = Math.max(Math.round(side * h / longer), 60)
column.width = Math.max(width, width - {SIDE} + plot.frame_width)
"""
"""Pixels of the field stay square."""
POOL = 20
"""Ions that are drawn at once."""


def color_of(number: int) -> str:
    """Give the colour of an ion, in their order."""
    return PALETTE[number % len(PALETTE)]


def dash_of(number: int) -> list[int]:
    """Give the dashes of an ion's line: when the colours come again, these tell them apart."""
    style = PATTERNS[number // len(PALETTE) % len(PATTERNS)][1]
    return [] if isinstance(style, str) else [max(int(2 * n), 1) for n in style[1]]


class ImageFigure:
    """The image of one ion, or of up to three over each other, and the region drawn on it.

    Attributes
    ----------
    drawn : bokeh figure
    outline, corners : ColumnDataSource
        Of the region.
    """

    def __init__(self) -> None:
        from bokeh.plotting import figure

        m = models()
        self.drawn: Any = figure(
            frame_width=SIDE,
            frame_height=SIDE,
            x_range=m.Range1d(0, 1, name="image x"),
            y_range=m.Range1d(0, 1, name="image y"),
            tools="wheel_zoom,reset,save",
            active_scroll=None,
            active_drag=None,
            toolbar_location="above",
            x_axis_label="x / pixel",
            y_axis_label="y / pixel",
            name="image",
        )
        dressed(self.drawn)
        self.drawn.grid.visible = False
        self.drawn.background_fill_color = "#3a3f45"
        self.mapper = m.LinearColorMapper(palette="Inferno256", low=0, high=1, nan_color="#3a3f45")
        self.one: Any = m.ColumnDataSource(data=_at(np.zeros((1, 1)), 1, 1), name="image counts")
        self.some: Any = m.ColumnDataSource(
            data=_at(np.zeros((1, 1), dtype=np.uint32), 1, 1), name="overlay"
        )
        place: dict[str, Any] = {"x": 0, "y": 0, "dw": "dw", "dh": "dh"}
        self.plain = self.drawn.image("image", color_mapper=self.mapper, source=self.one, **place)
        self.mixed = self.drawn.image_rgba("image", source=self.some, visible=False, **place)
        self.bar = m.ColorBar(
            color_mapper=self.mapper,
            width=10,
            padding=4,
            margin=0,
            major_label_text_font_size="11px",
        )
        self.drawn.add_layout(self.bar, "right")
        self.outline: Any = m.ColumnDataSource(data={"xs": [], "ys": []}, name="outline")
        self.outline.tags = [1, 1]
        self.corners: Any = m.ColumnDataSource(data={"x": [], "y": []}, name="corners")
        # Black under white is seen on any image.
        self.drawn.patches(
            "xs", "ys", source=self.outline, fill_alpha=0.0, line_color="black", line_width=3.5
        )
        self.drawn.patches(
            "xs", "ys", source=self.outline, fill_alpha=0.10, fill_color="white",
            line_color="white", line_width=1.8,
        )  # fmt: skip
        self.drawn.scatter(
            "x", "y", source=self.corners, marker="square", size=7, fill_color="white",
            line_color="black",
        )  # fmt: skip

    def grow_with(self, other: Any, column: Any, width: int) -> None:
        """Let the image be as large as its column's other widgets leave room for.

        Parameters
        ----------
        other : bokeh figure
            Which changes its height with the window's.
        column : bokeh layout
            In which the image is; gets as wide as it needs.
        width : int
            Of the column at least [pixels].
        """
        from bokeh.models import CustomJS

        args = {"plot": self.drawn, "outline": self.outline, "column": column, "width": width}
        code = CustomJS(code=GROW, args=args)
        other.js_on_change("inner_height", code)
        self.outline.js_on_change("tags", code)

    def size_to(self, images: Images) -> None:
        """Take the size of the field."""
        w, h = images.width, images.height
        self.outline.tags = [w, h]
        self.drawn.x_range.update(start=0, end=w, reset_start=0, reset_end=w)
        self.drawn.y_range.update(start=0, end=h, reset_start=0, reset_end=h)
        if np.isfinite(images.pixel_um):
            self.drawn.xaxis.axis_label = f"x / pixel of {images.pixel_um:.3g} µm"

    def show_one(self, image: Array) -> None:
        """Show one ion's image, from nothing to its largest count."""
        seen = image[np.isfinite(image)]
        self.mapper.high = max(float(seen.max(initial=0.0)), 1.0)
        self.one.data = _at(image, image.shape[1], image.shape[0])
        self.plain.visible, self.mixed.visible, self.bar.visible = True, False, True

    def show_overlay(self, pixels: NDArray[np.uint32]) -> None:
        """Show an overlay."""
        self.some.data = _at(pixels, pixels.shape[1], pixels.shape[0])
        self.plain.visible, self.mixed.visible, self.bar.visible = False, True, False

    def show_region(self, outline: tuple[list[float], list[float]], *, square: bool) -> None:
        """Draw a region, a rectangle with corners to pull; nothing where it is empty."""
        xs, ys = outline
        self.outline.data = {"xs": [xs] if xs else [], "ys": [ys] if ys else []}
        self.corners.data = {"x": xs, "y": ys} if square else {"x": [], "y": []}


def _at(image: Any, width: int, height: int) -> dict[str, list[Any]]:
    return {"image": [image], "dw": [width], "dh": [height]}


def swatch(number: int) -> str:
    """Give a spot of a channel's colour as HTML."""
    return (
        f'<span style="display:inline-block;width:11px;height:11px;border:1px solid #57606a;'
        f'background:{CHANNELS[number]}"></span>'
    )


class ProfileFigure:
    """Depth profiles with their bands, the window that is judged, and where the image is from.

    Attributes
    ----------
    drawn : bokeh figure
    """

    def __init__(self) -> None:
        from bokeh.plotting import figure

        m = models()
        self.drawn: Any = figure(
            min_height=220,
            sizing_mode="stretch_both",
            styles={"flex": "3 1 230px"},
            x_range=m.Range1d(0, 1, name="depth"),
            y_range=m.Range1d(0, 1, name="intensity"),
            tools="box_zoom,xwheel_zoom,xpan,reset,save",
            active_drag="box_zoom",
            active_scroll="xwheel_zoom",
            toolbar_location="above",
            min_border_left=70,
            x_axis_label="scan",
            y_axis_label="counts a point",
            name="profile",
        )
        dressed(self.drawn)
        grey: dict[str, Any] = {"fill_color": "#8c959f", "fill_alpha": 0.18, "level": "underlay"}
        self.before, self.after = (m.BoxAnnotation(visible=False, **grey) for _ in range(2))
        self.imaged = m.BoxAnnotation(
            fill_color=ACCENT, fill_alpha=0.13, line_color=ACCENT, line_alpha=0.8, visible=False
        )
        for one in (self.before, self.after, self.imaged):
            self.drawn.add_layout(one)
        self.legend = m.Legend(
            items=[], click_policy="hide", label_text_font_size="12px", padding=2, margin=4,
            border_line_color=None, spacing=0, glyph_width=22, label_height=16,
        )  # fmt: skip
        self.drawn.add_layout(self.legend, "right")
        self.lines: dict[str, Any] = {}
        self.whole: Any = m.ColumnDataSource(
            data={"xs": [], "ys": [], "color": []}, name="whole field"
        )
        self._pool(m)

    def _pool(self, m: Any) -> None:
        """Make all lines beforehand: a browser may not draw those that are made while it looks."""
        self.drawn.multi_line(
            "xs", "ys", color="color", source=self.whole, line_width=1, line_dash=[2, 2],
            line_alpha=0.9,
        )  # fmt: skip
        self.pool: list[Any] = []
        empty: dict[str, list[float]] = {"x": [], "y": [], "low": [], "high": [], "limit": []}
        for i in range(POOL):
            source: Any = m.ColumnDataSource(data=empty, name=f"profile {i}")
            color = color_of(i)
            band = self.drawn.varea(
                x="x", y1="low", y2="high", source=source, fill_color=color, fill_alpha=0.25
            )
            line = self.drawn.line(
                "x", "y", source=source, color=color, line_width=1.6, line_dash=dash_of(i)
            )
            limit = self.drawn.scatter(
                "x", "limit", source=source, size=5, line_color=color, fill_color="white"
            )
            line.js_link("visible", limit, "visible")
            self.pool.append(source)
            self.legend.items.append(
                m.LegendItem(label={"value": " "}, renderers=[line, band], visible=False)
            )

    def lay(self, ions: Sequence[str]) -> None:
        """Take a line and a band for each ion, as far as there are any."""
        if list(self.lines) == list(ions[:POOL]):
            return
        self.lines = dict(zip(ions, self.pool, strict=False))
        for i, item in enumerate(self.legend.items):
            item.visible = i < len(ions)
            if i < len(ions):
                item.label = {"value": ions[i]}
            else:
                self.pool[i].data = {name: [] for name in ("x", "y", "low", "high", "limit")}

    def fill(self, curves: Sequence[Curve]) -> None:
        """Draw the curves of ions that :meth:`lay` has made room for."""
        for one in curves:
            if one.ion in self.lines:
                # An area has no gaps: what is not drawn of it is as thin as nothing.
                low = np.where(np.isfinite(one.low), one.low, one.y)
                self.lines[one.ion].data = {
                    "x": one.x, "y": one.y, "low": low, "high": one.high, "limit": one.limit,
                }  # fmt: skip

    def fill_whole(self, curves: Sequence[Curve]) -> None:
        """Draw those of the whole field beside, dashed; none to take them away."""
        order = list(self.lines)
        there = [one for one in curves if one.ion in order]
        self.whole.data = {
            "xs": [one.x for one in there],
            "ys": [one.y for one in there],
            "color": [color_of(order.index(one.ion)) for one in there],
        }

    def fit(self, curves: Sequence[Curve], shown: Shown, unit: str, by: str) -> None:
        """Let the axes hold the curves, and say what they are."""
        low, high = ends_of(curves, shown)
        self.drawn.y_range.update(start=low, end=high, reset_start=low, reset_end=high)
        x = curves[0].x
        left, right = float(x[0]), float(x[-1])
        if left == right:
            left, right = left - 0.5, right + 0.5
        self.drawn.x_range.update(start=left, end=right, reset_start=left, reset_end=right)
        scaled(self.drawn.yaxis[0], shown.scale)
        self.drawn.xaxis.axis_label = "sputter time / s" if unit == "s" else "scan"
        label = "counts a point" if shown.level == "counts" else "of its own maximum"
        self.drawn.yaxis.axis_label = unmathed(f"{label}, over {by}" if by else label)

    def judge(self, low: float, high: float, x: Array) -> None:
        """Grey what was not judged."""
        self.before.update(left=float(x[0]), right=low, visible=low > float(x[0]))
        self.after.update(left=high, right=float(x[-1]), visible=high < float(x[-1]))

    def mark(self, low: float, high: float) -> None:
        """Mark where the image is from."""
        self.imaged.update(left=low, right=high, visible=True)

    def unmark(self) -> None:
        """Mark nothing."""
        self.imaged.visible = False
