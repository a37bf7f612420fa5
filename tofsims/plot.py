"""Figures of depth profiles: counts over sputter time, and each ion's change with its margin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from references.plot import INK, PALETTE, PATTERNS, SMALL, STYLE, heading, rendered

from .counting import Saturation
from .profile import position
from .uniformity import Uniform

if TYPE_CHECKING:
    import xarray as xr

    from .depth import DepthScale
    from .edges import Interface
    from .layering import Layering
    from .verdict import Uniformity

__all__ = ["depth_figure", "profile_figure", "rendered", "trend_figure"]

WIDE = (7.0, 3.6)
"""A journal's double column [inch]."""
ROW = 0.24
"""One ion of the changes [inch]."""
MUTED = "#777777"
MARKS = {Uniform.UNIFORM: "o", Uniform.DRIFTING: "s", Uniform.UNDECIDED: "D"}


def profile_figure(found: Uniformity, *, title: str = "", note: str = "") -> Any:
    """Draw the depth profiles that were judged, on a logarithmic scale.

    Bands are one standard uncertainty from counting; what was not judged is grey, and what is
    saturated is hollow.

    Returns
    -------
    matplotlib.figure.Figure
        Not attached to any window.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    above = heading(title or found.sample, note or found.sentence, WIDE[0])
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDE[0], WIDE[1] + 0.16 * len(above)), layout="constrained")
        axes = figure.subplots()
        figure.suptitle("\n".join(above), x=0.01, ha="left", fontsize=8.0)
        x = position(found.shown)
        _grey(axes, x, found.window)
        for i in range(found.shown.sizes["ion"]):
            _draw(axes, x, found.shown.isel(ion=i), i)
        axes.set_yscale("log")
        if x.size > 1:
            axes.set_xlim(x[0], x[-1])
        has_time = "sputter_time" in found.shown.coords
        axes.set_xlabel("sputter time / s" if has_time else "scan")
        by = found.shown.attrs.get("normalised_by", "")
        axes.set_ylabel(f"counts a point, over {by}" if by else "counts a point")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=1.6)
    return figure


def trend_figure(found: Uniformity, *, title: str = "", note: str = "") -> Any:
    """Draw each ion's change over the window with its 95 % interval, and the margin.

    Returns
    -------
    matplotlib.figure.Figure or None
        ``None`` where no change could be told.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    told = [one for one in found.trends if np.isfinite(one.change_percent)]
    if not told:
        return None
    margin = told[0].margin_percent
    above = heading(title or found.sample, note, 3.5)
    with mpl.rc_context(STYLE):
        height = 0.75 + ROW * len(told) + 0.16 * len(above)
        figure = Figure(figsize=(3.5, height), layout="constrained")
        axes = figure.subplots()
        figure.suptitle("\n".join(above), x=0.01, ha="left", fontsize=8.0)
        axes.axvspan(-margin, margin, color="#e8e8e8", lw=0)
        axes.axvline(0.0, color=MUTED, lw=0.7)
        for row, one in enumerate(reversed(told)):
            low, high = one.interval
            axes.plot([low, high], [row, row], color=INK, lw=1.2)
            filled = PALETTE[0] if one.verdict is Uniform.UNIFORM else "white"
            axes.plot([one.change_percent], [row], MARKS[one.verdict], ms=4, color=INK, mfc=filled)
        axes.set_yticks(range(len(told)), [one.ion for one in reversed(told)])
        axes.tick_params(axis="y", which="both", length=0)
        axes.set_ylim(-0.6, len(told) - 0.4)
        axes.set_xlabel(f"change over the window / % (grey: margin of {margin:g} %)")
    return figure


def depth_figure(found: Layering, *, title: str = "", note: str = "") -> Any:
    """Draw depth profiles as parts of their plateaus, with each interface from 16 to 84 %.

    Where there is a scale, the upper axis is depth.

    Returns
    -------
    matplotlib.figure.Figure
        Not attached to any window.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    by = "" if found.scale is None else f"depth by {found.scale.source}"
    above = heading(title or found.sample, note or by, WIDE[0])
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDE[0], WIDE[1] + 0.16 * len(above)), layout="constrained")
        axes = figure.subplots()
        figure.suptitle("\n".join(above), x=0.01, ha="left", fontsize=8.0)
        x = position(found.profile)
        top = 1.0
        colors: dict[str, str] = {}
        for i, name in enumerate(found.profile["ion"].values):
            edges = [one for one in found.interfaces if one.ion == name]
            y = found.profile["corrected"].values[i]
            full = edges[0].level if edges else float(y.max()) or 1.0
            color = colors[str(name)] = PALETTE[i % len(PALETTE)]
            style = PATTERNS[i // len(PALETTE) % len(PATTERNS)][1]
            axes.plot(x, y / full, color=color, ls=style, lw=1.0, label=str(name))
            top = max(top, float(y.max()) / full)
        for row, one in enumerate(found.interfaces):
            _mark(axes, one, colors[one.ion], top + 0.07 * (row + 1))
        axes.set_xlim(x[0], x[-1])
        axes.set_ylim(0.0, top + 0.07 * (len(found.interfaces) + 1))
        has_time = "sputter_time" in found.profile.coords
        axes.set_xlabel("sputter time / s" if has_time else "scan")
        axes.set_ylabel("counts a point, over the plateau")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=1.6)
        if found.scale is not None:
            _depths(axes, found.scale)
    return figure


def _mark(axes: Any, one: Interface, color: str, height: float) -> None:
    """An interface: its middle on the curve, and above it a bar from 16 to 84 %."""
    half = 0.5 * (1.0 + one.base / one.level)
    middle = one.t50.value
    axes.plot([middle, middle], [half, height], color=color, lw=0.5, ls=(0, (1, 2)))
    axes.plot([middle], [half], "o", ms=3.5, color=color, mfc="white", mew=0.9)
    if one.t16 is not None and one.t84 is not None:
        axes.plot([one.t16.value, one.t84.value], [height, height], "|-", color=color, ms=5)
    axes.plot([middle], [height], "o", ms=3, color=color)


def _depths(axes: Any, scale: DepthScale) -> None:
    """Put round depths above the times at which they were reached."""
    from matplotlib.ticker import MaxNLocator

    upper = axes.secondary_xaxis("top")
    axes.tick_params(which="both", top=False)
    low, high = axes.get_xlim()
    last = min(high, float(scale.time[-1]))
    reach = float(scale.at(np.array([last]))[0][0])
    round_ones = [z for z in MaxNLocator(8).tick_values(0.0, reach) if 0.0 <= z <= reach]
    # Depth never falls with time, so each depth has one time.
    at = np.interp(round_ones, scale.depth, scale.time)
    upper.set_xticks(at, [f"{z:g}" for z in round_ones])
    upper.minorticks_off()
    upper.set_xlim(low, high)
    upper.set_xlabel("depth / nm")


def _grey(axes: Any, x: Any, window: tuple[float, float]) -> None:
    for low, high in ((x[0], window[0]), (window[1], x[-1])):
        if high > low:
            axes.axvspan(low, high, color="#eeeeee", lw=0, zorder=0)


def _draw(axes: Any, x: Any, one: xr.Dataset, i: int) -> None:
    y, u = one["corrected"].values, np.nan_to_num(one["u"].values)
    color = PALETTE[i % len(PALETTE)]
    style = PATTERNS[i // len(PALETTE) % len(PATTERNS)][1]
    seen = y > 0
    axes.fill_between(
        x, np.maximum(y - u, 0.3 * y), y + u, where=seen, color=color, alpha=0.25, lw=0
    )
    axes.plot(
        x, np.where(seen, y, np.nan), color=color, ls=style, lw=1.0, label=str(one["ion"].item())
    )
    limits = one["saturation"].values >= Saturation.LOWER_LIMIT
    if limits.any():
        axes.plot(x[limits], y[limits], "o", ms=2.5, color=color, mfc="white", mew=0.6)
        axes.annotate(
            "saturated", (x[limits][0], y[limits][0]), fontsize=SMALL, color=color,
            textcoords="offset points", xytext=(2, 3),
        )  # fmt: skip
