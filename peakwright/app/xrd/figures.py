"""The three figures of a powder pattern, one above the other: counts, marks, difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from references.plot import PALETTE

from ..axes import rescale, scaled
from ..look import ACCENT, INK, MUTED, dressed, models, unmathed

if TYPE_CHECKING:
    from .state import Looked, Shown

__all__ = ["Figures"]

ROW, EDGE = 17, 12
"""Height of a row of marks, and of what is around them [pixels]."""
LEFT = 74
"""Width of the axes' labels [pixels]: angles are above each other."""
OTHERS = (*PALETTE[1:5], PALETTE[0], PALETTE[7])
"""Colours of the phases beside the main one."""
SOUGHT = PALETTE[6]
"""Colour of a candidate that is looked at and is not there."""
FAR = 4.5
"""Standard deviations that the difference shows at least."""


def color_of(number: int) -> str:
    """Give the colour of a phase of the model, in their order; the main phase's is ink."""
    return INK if number == 0 else OTHERS[(number - 1) % len(OTHERS)]


class Figures:
    """The figures, and what they are filled with.

    Attributes
    ----------
    upper, middle, lower : bokeh figures
        Share one axis of angles.
    """

    def __init__(self) -> None:
        m = models()
        self.angles = m.Range1d(10.0, 80.0, name="angles")
        self.heights = m.Range1d(0.0, 1.0, name="heights")
        self.pattern = m.ColumnDataSource(
            data={name: [] for name in ("two_theta", "counts", "observed", "calculated")}
            | {name: [] for name in ("background", "difference", "could")},
            name="pattern",
        )
        self.parts = m.ColumnDataSource(data={"xs": [], "ys": [], "color": []}, name="parts")
        self.marks = m.ColumnDataSource(data=_no_marks(), name="lines")
        self.upper = self._upper()
        self.middle = self._middle()
        self.lower = self._lower()

    def _figure(self, **more: Any) -> Any:
        from bokeh.plotting import figure

        return dressed(
            figure(
                x_range=self.angles,
                min_border_left=LEFT,
                min_border_right=12,
                active_drag=None,
                **more,
            )
        )

    def _upper(self) -> Any:
        m = models()
        drawn = self._figure(
            min_height=200,
            sizing_mode="stretch_both",
            y_range=self.heights,
            y_axis_label="counts",
            tools="box_zoom,xwheel_zoom,xpan,reset,save",
            active_scroll="xwheel_zoom",
            toolbar_location="right",
            name="counts",
        )
        drawn.toolbar.active_drag = drawn.select_one({"type": models().BoxZoomTool})
        seen: dict[str, Any] = {"x": "two_theta", "source": self.pattern}
        drawn.scatter(
            y="observed", size=3, color=MUTED, line_color=None, legend_label="observed", **seen
        )
        drawn.line(y="background", color=PALETTE[5], width=1.3, legend_label="background", **seen)
        drawn.multi_line("xs", "ys", color="color", width=1.4, source=self.parts)
        drawn.line(y="calculated", color=INK, width=1.2, legend_label="calculated", **seen)
        drawn.line(
            y="could",
            color=SOUGHT,
            width=1.6,
            dash=[5, 3],
            legend_label="candidate at its detection limit",
            **seen,
        )
        legend = drawn.legend[0]
        legend.update(orientation="horizontal", padding=0, margin=2, border_line_color=None)
        legend.label_text_font_size = "12px"
        drawn.add_layout(legend, "above")
        drawn.xaxis.visible = False
        self.at = m.Span(
            location=0.0, dimension="height", line_color=ACCENT, line_dash=[2, 3], visible=False
        )
        drawn.add_layout(self.at)
        return drawn

    def _middle(self) -> Any:
        m = models()
        drawn = self._figure(
            height=EDGE + 4 * ROW,
            sizing_mode="stretch_width",
            y_range=m.Range1d(-4.5, 0.5),
            tools="",
            toolbar_location=None,
            name="marks",
        )
        bars = drawn.segment(
            x0="two_theta",
            x1="two_theta",
            y0="low",
            y1="high",
            color="color",
            line_alpha="alpha",
            line_width=1.5,
            source=self.marks,
        )
        drawn.add_tools(
            m.HoverTool(
                renderers=[bars],
                tooltips=[
                    ("", "@phase @hkl"),
                    ("2θ", "@two_theta{0.00}°"),
                    ("share", "@share{0%}"),
                ],
            )
        )
        drawn.yaxis.ticker = m.FixedTicker(ticks=[])
        drawn.xaxis.visible = False
        drawn.grid.visible = False
        return drawn

    def _lower(self) -> Any:
        m = models()
        drawn = self._figure(
            height=128,
            sizing_mode="stretch_width",
            y_range=m.Range1d(-FAR, FAR),
            x_axis_label="2θ / °",
            y_axis_label="difference / σ",
            tools="",
            toolbar_location=None,
            name="difference",
        )
        drawn.line("two_theta", "difference", color=INK, width=0.8, source=self.pattern)
        drawn.add_layout(m.Span(location=0.0, dimension="width", line_color=PALETTE[1]))
        return drawn

    def fill_raw(self, measured: Any) -> None:
        """Draw a pattern as it was measured, before anything is known of it."""
        x = np.asarray(measured["two_theta"].values, dtype=float)
        counts = "counts" if "counts" in measured else "intensity"
        y = np.asarray(measured[counts].values, dtype=float)
        nothing = np.full(x.shape, np.nan)
        rest = ("calculated", "background", "difference", "could")
        drawn = rescale(y, "root")
        self.pattern.data = {
            **dict.fromkeys(rest, nothing),
            "two_theta": x,
            "counts": y,
            "observed": drawn,
        }
        scaled(self.upper.yaxis[0], "root")
        self.look((float(x[0]), float(x[-1]), float(drawn.min()), 1.1 * float(drawn.max())))

    def fill(self, looked: Looked, shown: Shown) -> None:
        """Draw what is to be seen; where it is looked at stays."""
        columns = looked.pattern(shown)
        self.pattern.data = {**columns, "could": looked.could_be(shown)}
        names = looked.curves.phases[1:]
        self.parts.data = {
            "xs": [looked.curves.two_theta] * len(names),
            "ys": [looked.part(name, shown) for name in names],
            "color": [color_of(i + 1) for i in range(len(names))],
        }
        scaled(self.upper.yaxis[0], shown.scale)
        words = {"linear": "counts", "root": "counts (root scale)", "log": "counts (log scale)"}
        self.upper.yaxis[0].axis_label = words[shown.scale]
        rest = columns["difference"]
        far = max(FAR, 1.1 * float(np.quantile(np.abs(rest), 0.999)))
        self.lower.y_range.update(start=-far, end=far)
        self._fill_marks(looked, shown)

    def _fill_marks(self, looked: Looked, shown: Shown) -> None:
        rows = looked.rows(shown)
        made = _no_marks()
        for i, name in enumerate(rows):
            marks = looked.marks(name)
            if marks is None:
                continue
            many = marks.two_theta.size
            color = color_of(i) if name in looked.curves.parts else SOUGHT
            made["two_theta"] += marks.two_theta.tolist()
            made["share"] += marks.share.tolist()
            made["low"] += [-i - 0.38] * many
            made["high"] += (-i - 0.38 + 0.76 * (0.35 + 0.65 * marks.share)).tolist()
            made["phase"] += [name] * many
            made["hkl"] += [" ".join(str(n) for n in one) for one in marks.hkl.tolist()]
            made["color"] += [color] * many
            made["alpha"] += [0.15 if name in shown.hidden else 1.0] * many
        self.marks.data = made
        self.middle.y_range.update(start=-len(rows) + 0.45, end=0.55)
        self.middle.height = EDGE + ROW * len(rows)
        self.middle.yaxis.ticker.ticks = [-i for i in range(len(rows))]
        self.middle.yaxis.major_label_overrides = {
            -i: unmathed(name) for i, name in enumerate(rows)
        }

    def look(self, ends: tuple[float, float, float, float], at: float | None = None) -> None:
        """Look at a part of the pattern, perhaps at one angle in it."""
        left, right, bottom, top = ends
        self.angles.update(start=left, end=right)
        self.heights.update(start=bottom, end=top)
        self.at.visible = at is not None
        if at is not None:
            self.at.location = at


def _no_marks() -> dict[str, list[Any]]:
    names = ("two_theta", "share", "low", "high", "phase", "hkl", "color", "alpha")
    return {name: [] for name in names}
