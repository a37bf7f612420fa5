"""The spectrum and its residual as Bokeh figures, and what they are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.plot import PALETTE

from ..look import ACCENT, INK, MUTED, dressed
from .edits import component_of, why_held

if TYPE_CHECKING:
    from collections.abc import Collection

    from xps.live import Moment

__all__ = ["Drawing", "colour_of", "drawing"]

Array = NDArray[np.float64]

MARGIN = 0.02
"""Of the width, beside a spectrum: its ends can be taken hold of there."""
HEADROOM = 1.10
FOCUS = f"""
:host(:focus) {{ outline: none; }}
:host(:focus-visible) {{ outline: 2px solid {ACCENT}; outline-offset: -2px; }}
"""
QUIET = 5.0
"""Residuals within so many standard deviations are drawn at one scale."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """Both figures with their sources.

    Attributes
    ----------
    spectrum, residual : bokeh figure
    measured, curves, components, handles, ends : ColumnDataSource
        The data; envelope, background and residual; one row a component; the markers that can be
        dragged; the two ends of the window.
    shades : tuple of BoxAnnotation
        What lies outside the window, left and right.
    """

    spectrum: Any
    residual: Any
    measured: Any
    curves: Any
    components: Any
    handles: Any
    ends: Any
    shades: tuple[Any, Any]

    def show_data(self, energy: Array, counts: Array, window: tuple[float, float]) -> None:
        """Show a spectrum, and fit the axes to it."""
        self.measured.data = {"x": energy, "y": counts}
        low, high = float(energy.min()), float(energy.max())
        margin = MARGIN * (high - low)
        ranges: Any = self.spectrum
        ranges.x_range.update(start=high + margin, end=low - margin)
        ranges.x_range.update(reset_start=high + margin, reset_end=low - margin)
        inside = (energy >= window[0]) & (energy <= window[1])
        seen = counts[inside] if inside.any() else counts
        bottom, top = float(min(seen.min(), counts.min())), float(counts.max())
        room = 0.04 * (top - bottom) or 1.0
        y: dict[str, float] = {"start": bottom - room, "end": bottom + HEADROOM * (top - bottom)}
        if y["end"] <= y["start"]:
            y["end"] = y["start"] + 1.0
        ranges.y_range.update(**y, reset_start=y["start"], reset_end=y["end"])
        self.show_window(window)

    def show_window(self, window: tuple[float, float]) -> None:
        """Show the ends of the window; low energies are on the right."""
        low, high = window
        self.ends.data = {"x": [low, high]}
        self.shades[0].update(left=low, right=None)
        self.shades[1].update(left=None, right=high)

    def show_nothing(self) -> None:
        """Take the model away: there is none."""
        self.curves.data = {name: [] for name in ("x", "envelope", "background", "residual")}
        self.components.data = {name: [] for name in self.components.data}
        self.handles.data = {name: [] for name in self.handles.data}

    def show(
        self,
        moment: Moment,
        *,
        selected: str,
        hidden: Collection[str],
        handles: bool = True,
    ) -> None:
        """Show a model; the markers too, unless one of them is in a hand."""
        self.curves.data = {
            "x": moment.energy,
            "envelope": moment.envelope,
            "background": moment.background,
            "residual": moment.residual,
        }
        self.components.data = _component_rows(moment, selected, hidden)
        if handles:
            self.handles.data = _handle_rows(moment, selected, hidden)
            worst = float(np.max(np.abs(moment.residual), initial=0.0))
            reach = QUIET if worst <= QUIET else 1.1 * worst
            self.residual.y_range.update(start=-reach, end=reach)


def colour_of(names: Collection[str], name: str) -> str:
    """Give a component's colour, by its place in the recipe."""
    return PALETTE[list(names).index(name) % len(PALETTE)]


def drawing(unit: str) -> Drawing:
    """Make both figures, empty."""
    import bokeh.plotting
    from bokeh.models import (
        BoxAnnotation,
        BoxZoomTool,
        InlineStyleSheet,
        Range1d,
        ResetTool,
        Span,
    )

    figure: Any = bokeh.plotting.figure
    # A binding-energy axis runs from right to left.
    x_range: Any = Range1d(start=1.0, end=0.0)
    zoom = BoxZoomTool()
    common: dict[str, Any] = {
        "x_range": x_range,
        "active_drag": None,
        "active_scroll": None,
        "active_tap": None,
        "toolbar_location": "right",
    }
    spectrum: Any = figure(
        y_range=Range1d(start=0.0, end=1.0),
        tools=[zoom, ResetTool()],
        sizing_mode="stretch_both",
        min_height=220,
        y_axis_label=unit,
        **common,
    )
    residual: Any = figure(
        y_range=Range1d(start=-QUIET, end=QUIET),
        tools=[],
        sizing_mode="stretch_width",
        height=128,
        x_axis_label="binding energy / eV",
        y_axis_label="residual / σ",
        **(common | {"toolbar_location": None}),
    )
    for one in (spectrum, residual):
        dressed(one)
        one.min_border_left = 74
        one.min_border_right = 8
        one.min_border_top = 6
    residual.min_border_right = 38  # as wide as the toolbar above, so that both axes agree
    spectrum.stylesheets = [InlineStyleSheet(css=FOCUS)]
    spectrum.xaxis.visible = False
    spectrum.min_border_bottom = 4
    residual.yaxis.ticker.desired_num_ticks = 4
    spectrum.yaxis.formatter.use_scientific = False

    measured, curves = _source("x", "y"), _source("x", "envelope", "background", "residual")
    spectrum.name, residual.name = "spectrum", "residual"
    curves.name = "curves"
    components = _source("name", "xs", "ys", "px", "py", "color", "width", "alpha", "shade")
    handles = _source("name", "x", "y", "low", "high", "tied", "color", "size", "label", "key")
    ends = _source("x")
    components.name, handles.name, ends.name = "components", "handles", "ends"

    box: Any = BoxAnnotation
    shades: list[Any] = [
        box(fill_color="#57606a", fill_alpha=0.10, line_color=None, level="underlay")
        for _ in range(2)
    ]
    for shade in shades:
        spectrum.add_layout(shade)
    spectrum.patches(
        "px", "py", source=components, fill_color="color", fill_alpha="shade", line_color=None
    )
    spectrum.scatter(
        "x", "y", source=measured, size=4, fill_color="#ffffff", line_color=INK, line_width=0.8
    )
    spectrum.multi_line(
        "xs", "ys", source=components, line_color="color", line_width="width", line_alpha="alpha"
    )
    spectrum.line(
        "x", "background", source=curves, line_color=MUTED, line_width=1.4, line_dash="dashed"
    )
    spectrum.line("x", "envelope", source=curves, line_color=INK, line_width=2.0)
    spectrum.vspan(x="x", source=ends, line_color=MUTED, line_width=2, line_dash="dotted")
    spectrum.scatter(
        "x",
        "y",
        source=handles,
        size="size",
        marker="circle",
        fill_color="#ffffff",
        line_color="color",
        line_width=3,
    )
    spectrum.text(
        "x",
        "y",
        text="label",
        source=handles,
        y_offset=-11,
        text_align="center",
        text_font_size="12px",
        text_color="color",
        text_font_style="bold",
        background_fill_color="#ffffff",
        background_fill_alpha=0.8,
        padding=1,
        border_radius=2,
    )

    span: Any = Span
    for level, dash in ((0.0, "solid"), (2.0, "dashed"), (-2.0, "dashed")):
        residual.add_layout(
            span(location=level, dimension="width", line_color="#8c959f", line_dash=dash)
        )
    residual.line("x", "residual", source=curves, line_color=ACCENT, line_width=1.2)
    return Drawing(
        spectrum=spectrum,
        residual=residual,
        measured=measured,
        curves=curves,
        components=components,
        handles=handles,
        ends=ends,
        shades=(shades[0], shades[1]),
    )


def _source(*columns: str) -> Any:
    from bokeh.models import ColumnDataSource

    empty: dict[str, Any] = {name: [] for name in columns}
    return ColumnDataSource(data=empty)


def _component_rows(moment: Moment, selected: str, hidden: Collection[str]) -> dict[str, Any]:
    names = [component.name for component in moment.live.envelope.components]
    rows: dict[str, list[Any]] = {
        key: [] for key in ("name", "xs", "ys", "px", "py", "color", "width", "alpha", "shade")
    }
    x, base = moment.energy, moment.background
    around = np.concatenate([x, x[::-1]])
    for name in names:
        curve = base + moment.component(name)
        seen = name not in hidden
        rows["name"].append(name)
        rows["xs"].append(x)
        rows["ys"].append(curve)
        rows["px"].append(around)
        rows["py"].append(np.concatenate([curve, base[::-1]]))
        rows["color"].append(colour_of(names, name))
        rows["width"].append(2.6 if name == selected else 1.5)
        rows["alpha"].append(1.0 if seen else 0.0)
        rows["shade"].append((0.30 if name == selected else 0.14) if seen else 0.0)
    return rows


def _handle_rows(moment: Moment, selected: str, hidden: Collection[str]) -> dict[str, Any]:
    live = moment.live
    names = [component.name for component in live.envelope.components]
    rows: dict[str, list[Any]] = {
        key: [] for key in ("name", "x", "y", "low", "high", "tied", "color", "size", "label")
    }
    for name in names:
        if name in hidden:
            continue
        reach = live.reach(name)
        major = next(
            i for i, line in enumerate(live.plan.lines) if line.component == name and not line.minor
        )
        curve: Array = moment.lines[major] + moment.background
        top = float(np.interp(reach.position, moment.energy, curve))
        rows["name"].append(name)
        rows["x"].append(reach.position)
        rows["y"].append(top)
        rows["low"].append(reach.low)
        rows["high"].append(reach.high)
        component = component_of(live.envelope, name)
        rows["tied"].append(reach.tied or bool(why_held(component, "position", names)))
        rows["color"].append(colour_of(names, name))
        rows["size"].append(17 if name == selected else 13)
        rows["label"].append(name)
    rows["key"] = list(rows["name"])
    return rows
