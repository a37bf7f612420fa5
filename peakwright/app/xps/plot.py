"""The spectrum and its residual as Bokeh figures, and what they are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.plot import PALETTE

from ..look import ACCENT, INK, MUTED, dressed, shortened
from .edits import component_of, why_held

if TYPE_CHECKING:
    from collections.abc import Collection

    from xps.envelope import Envelope
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
COMPONENT = ("name", "xs", "ys", "px", "py", "color", "width", "alpha", "shade")
HANDLE = ("name", "x", "y", "low", "high", "tied", "color", "size", "label")
"""Columns of what is drawn of each component."""
LABEL = 24
"""Characters of a name beside its marker; the grid says it whole."""
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


def colour_of(envelope: Envelope, name: str) -> str:
    """Give a component's colour: that of its place in a fit, so that exported figures have it too.

    Examples
    --------
    >>> import xps
    >>> one, other = (xps.envelope("S 2p", keys) for keys in (["PS4", "Li2S"], ["Li2S", "PS4"]))
    >>> colour_of(one, "PS4") == colour_of(other, "PS4")
    True
    """
    ordered = sorted(envelope.components, key=lambda c: (c.core_level, c.name))
    return PALETTE[[c.name for c in ordered].index(name) % len(PALETTE)]


def drawing(unit: str) -> Drawing:
    """Make both figures, empty."""
    spectrum, residual = _figures(unit)
    drawn = Drawing(
        spectrum=spectrum,
        residual=residual,
        measured=_source("", "x", "y"),
        curves=_source("curves", "x", "envelope", "background", "residual"),
        components=_source("components", *COMPONENT),
        handles=_source("handles", *HANDLE, "key"),
        ends=_source("ends", "x"),
        shades=_shades(spectrum),
    )
    _draw_areas(drawn)
    _draw_measured(drawn)
    _draw_lines(drawn)
    _draw_handles(drawn)
    _draw_residual(drawn)
    return drawn


def _figures(unit: str) -> tuple[Any, Any]:
    """Both figures over one axis of binding energies, which runs from right to left."""
    import bokeh.plotting
    from bokeh.models import BoxZoomTool, InlineStyleSheet, Range1d, ResetTool

    figure: Any = bokeh.plotting.figure
    common: dict[str, Any] = {
        "x_range": Range1d(start=1.0, end=0.0),
        **dict.fromkeys(("active_drag", "active_scroll", "active_tap")),
    }
    spectrum: Any = figure(
        name="spectrum",
        y_range=Range1d(start=0.0, end=1.0),
        tools=[BoxZoomTool(), ResetTool()],
        toolbar_location="right",
        sizing_mode="stretch_both",
        min_height=220,
        y_axis_label=unit,
        **common,
    )
    residual: Any = figure(
        name="residual",
        y_range=Range1d(start=-QUIET, end=QUIET),
        tools=[],
        toolbar_location=None,
        sizing_mode="stretch_width",
        height=128,
        x_axis_label="binding energy / eV",
        y_axis_label="residual / σ",
        **common,
    )
    for one in (spectrum, residual):
        dressed(one).update(min_border_left=74, min_border_right=8, min_border_top=6)
    residual.min_border_right = 38  # as wide as the toolbar above, so that both axes agree
    residual.yaxis.ticker.desired_num_ticks = 4
    spectrum.stylesheets = [InlineStyleSheet(css=FOCUS)]
    spectrum.xaxis.visible = False
    spectrum.min_border_bottom = 4
    spectrum.yaxis.formatter.use_scientific = False
    return spectrum, residual


def _shades(spectrum: Any) -> tuple[Any, Any]:
    """What lies outside the window, left and right."""
    from bokeh.models import BoxAnnotation

    box: Any = BoxAnnotation
    grey: dict[str, Any] = {"fill_color": "#57606a", "fill_alpha": 0.10, "line_color": None}
    left, right = (box(level="underlay", **grey) for _ in range(2))
    spectrum.add_layout(left)
    spectrum.add_layout(right)
    return left, right


def _draw_areas(drawn: Drawing) -> None:
    """Each component, filled down to the background."""
    drawn.spectrum.patches(
        "px", "py", source=drawn.components, fill_color="color", fill_alpha="shade",
        line_color=None,
    )  # fmt: skip


def _draw_measured(drawn: Drawing) -> None:
    """The data as points, and the ends of the window that is fitted."""
    drawn.spectrum.scatter(
        "x", "y", source=drawn.measured, size=4, fill_color="#ffffff", line_color=INK,
        line_width=0.8,
    )  # fmt: skip
    drawn.spectrum.vspan(
        x="x", source=drawn.ends, line_color=MUTED, line_width=2, line_dash="dotted"
    )


def _draw_lines(drawn: Drawing) -> None:
    """The components, the background, and the sum of them all."""
    drawn.spectrum.multi_line(
        "xs", "ys", source=drawn.components, line_color="color", line_width="width",
        line_alpha="alpha",
    )  # fmt: skip
    drawn.spectrum.line(
        "x", "background", source=drawn.curves, line_color=MUTED, line_width=1.4,
        line_dash="dashed",
    )  # fmt: skip
    drawn.spectrum.line("x", "envelope", source=drawn.curves, line_color=INK, line_width=2.0)


def _draw_handles(drawn: Drawing) -> None:
    """A marker to take hold of at each component's major line, and its name."""
    drawn.spectrum.scatter(
        "x", "y", source=drawn.handles, size="size", marker="circle", fill_color="#ffffff",
        line_color="color", line_width=3,
    )  # fmt: skip
    drawn.spectrum.text(
        "x",
        "y",
        text="label",
        source=drawn.handles,
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


def _draw_residual(drawn: Drawing) -> None:
    """What the envelope leaves, in standard deviations; two of them dashed."""
    from bokeh.models import Span

    span: Any = Span
    for level, dash in ((0.0, "solid"), (2.0, "dashed"), (-2.0, "dashed")):
        drawn.residual.add_layout(
            span(location=level, dimension="width", line_color="#8c959f", line_dash=dash)
        )
    drawn.residual.line("x", "residual", source=drawn.curves, line_color=ACCENT, line_width=1.2)


def _source(name: str, *columns: str) -> Any:
    from bokeh.models import ColumnDataSource

    empty: dict[str, Any] = {column: [] for column in columns}
    return ColumnDataSource(data=empty, name=name or None)


def _component_rows(moment: Moment, selected: str, hidden: Collection[str]) -> dict[str, Any]:
    names = [component.name for component in moment.live.envelope.components]
    rows: dict[str, list[Any]] = {key: [] for key in COMPONENT}
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
        rows["color"].append(colour_of(moment.live.envelope, name))
        rows["width"].append(2.6 if name == selected else 1.5)
        rows["alpha"].append(1.0 if seen else 0.0)
        rows["shade"].append((0.30 if name == selected else 0.14) if seen else 0.0)
    return rows


def _handle_rows(moment: Moment, selected: str, hidden: Collection[str]) -> dict[str, Any]:
    live = moment.live
    names = [component.name for component in live.envelope.components]
    rows: dict[str, list[Any]] = {key: [] for key in HANDLE}
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
        rows["color"].append(colour_of(live.envelope, name))
        rows["size"].append(17 if name == selected else 13)
        rows["label"].append(shortened(name, LABEL))
    rows["key"] = list(rows["name"])
    return rows
