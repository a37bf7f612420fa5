"""Figures of cubes: a slice with two sections, ions over each other, and surfaces of equal counts.

The field is drawn with y upwards, depth downwards. What was summed, cut off or smoothed stands on
the figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from references.plot import INK, PALETTE, SMALL, STYLE, heading, rendered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .surface import Surface
    from .views import Axis, Views

    Array = NDArray[np.float64]

__all__ = ["overlay_figure", "rendered", "slices_figure", "surface_figure"]

WIDE = 7.0
"""A journal's double column [inch]."""
MAP = "cividis"
"""Even in lightness, and the same to readers of any colour vision."""
CUT = 99.9
"""Percentile at which a colour scale ends, where single pixels are far beyond it."""
FAR = 1.3
OVERLAID = 3
"""Ions over each other at most: more cannot be told apart."""
ROUND = (1.0, 2.0, 5.0)
BEHIND: dict[str, Any] = {"boxstyle": "square,pad=0.15", "alpha": 0.55, "linewidth": 0.0}
"""Of type on an image; an outline would make it a drawing, which nobody can edit."""
LIGHT = np.array([-0.5, -0.4, 0.77])
"""Where light on surfaces comes from: (x, y, up)."""
PANEL, COLUMNS = 3.4, 2
"""A box with a surface [inch], and how many there are side by side."""


def slices_figure(views: Views, *, title: str = "", note: str = "") -> Any:
    """Draw an ion from above, summed over scans, and in two sections.

    Parameters
    ----------
    views : Views
    title, note : str
        Above the figure.

    Returns
    -------
    matplotlib.figure.Figure
        Not attached to any window.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    above = heading(title or views.ion, _with_pale(views, note), 0.92 * WIDE)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDE, 2.6 + 0.16 * len(above)), layout="constrained")
        figure.suptitle("\n".join(above), x=0.01, ha="left", fontsize=8.0)
        from_above, over_x, over_y = figure.subplots(1, 3, width_ratios=(1.0, 1.0, 1.0))
        _image(from_above, views.xy, views.x, views.y)
        from_above.set_aspect("equal")
        _scale_bar(from_above, views.x)
        from_above.set_title(f"summed over\n{views.z.said(*views.chosen)}", fontsize=SMALL)
        for axes, section, lateral, other, name in (
            (over_x, views.xz, views.x, views.y.said(*views.rows), "y"),
            (over_y, views.yz, views.y, views.x.said(*views.columns), "x"),
        ):
            _image(axes, section, lateral, views.z)
            _depthwise(axes, views, "x" if name == "y" else "y", lateral)
            axes.set_title(f"section,\n{name} {other}", fontsize=SMALL)
    return figure


def overlay_figure(views: Sequence[Views], *, title: str = "", note: str = "") -> Any:
    """Draw up to three ions over each other, each in its own colour, to its own 99.9th percentile.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    drawn = list(views)[:OVERLAID]
    first = drawn[0]
    named = ", ".join(one.ion for one in drawn)
    above = heading(title or named, _with_pale(first, note), 0.92 * WIDE)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDE, 2.7 + 0.16 * len(above)), layout="constrained")
        figure.suptitle("\n".join(above), x=0.01, ha="left", fontsize=8.0)
        from_above, over_x, key = figure.subplots(1, 3, width_ratios=(1.0, 1.35, 0.5))
        _blend(from_above, [one.xy for one in drawn], first.x, first.y)
        from_above.set_aspect("equal")
        _scale_bar(from_above, first.x)
        from_above.set_title(f"summed over\n{first.z.said(*first.chosen)}", fontsize=SMALL)
        _blend(over_x, [one.xz for one in drawn], first.x, first.z)
        _depthwise(over_x, first, "x", first.x)
        over_x.set_title(f"section,\ny {first.y.said(*first.rows)}", fontsize=SMALL)
        key.set_axis_off()
        key.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0))
        for i, one in enumerate(drawn):
            y = 0.9 - 0.14 * i
            key.add_patch(Rectangle((0.0, y - 0.035), 0.14, 0.07, color=PALETTE[i]))
            key.text(0.2, y, one.ion, va="center", fontsize=SMALL)
        key.text(
            0.0, 0.86 - 0.14 * len(drawn), "each from 0 to its\n99.9th percentile", va="top",
            fontsize=SMALL, color=INK,
        )  # fmt: skip
    return figure


def surface_figure(
    surfaces: Sequence[Surface], views: Views, *, title: str = "", note: str = ""
) -> Any:
    """Draw surfaces of equal counts, each in a box; what was smoothed stands above it.

    Parameters
    ----------
    surfaces : sequence of Surface
    views : Views
        Of any ion: the axes.
    title, note : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    columns = min(len(surfaces), COLUMNS)
    rows = -(-len(surfaces) // columns)
    above = heading(title or "surfaces of equal counts", note, columns * PANEL)
    height = rows * PANEL + 0.16 * len(above)
    with mpl.rc_context({**STYLE, "grid.color": "#e4e4e4", "grid.linewidth": 0.5}):
        figure = Figure(figsize=(columns * PANEL, height))
        figure.text(0.02, 1.0 - 0.06 / height, "\n".join(above), va="top", fontsize=8.0)
        for i, one in enumerate(surfaces):
            left, bottom = (i % columns) / columns, (rows - 1 - i // columns) * PANEL / height
            # Closed at the edges, surfaces of two ions would lie in each other there.
            place = (left, bottom + 0.1 / height, 0.93 / columns, (PANEL - 0.45) / height)
            axes: Any = figure.add_axes(place, projection="3d")
            _solid(axes, one, views, PALETTE[i % len(PALETTE)])
            figure.text(
                left + 0.02, bottom + (PANEL - 0.1) / height,
                "\n".join(heading("", one.sentence, PANEL * 1.05)), va="top", fontsize=SMALL,
            )  # fmt: skip
    return figure


def _solid(axes: Any, one: Surface, views: Views, colour: str) -> None:
    """Draw a surface in a box."""
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    shaded = _shaded(one.corners, views, colour)
    # As an image inside an SVG: a person edits labels, not ten thousand triangles.
    solid = Poly3DCollection(one.corners, facecolors=shaded, edgecolors=shaded, lw=0.2)
    solid.set_rasterized(True)
    axes.add_collection3d(solid)
    _box(axes, views)


def _image(axes: Any, values: Array, across: Axis, along: Axis) -> None:
    """Draw counts in their colours, with a bar that says what they are."""
    top = float(np.nanmax(values))
    cut = float(np.nanpercentile(values, CUT))
    beyond = top > FAR * cut > 0
    drawn = _laid(axes, values, across, along)
    drawn.set_cmap(MAP)
    drawn.set_clim(0.0, (cut if beyond else top) or 1.0)
    bar = axes.figure.colorbar(drawn, ax=axes, extend="max" if beyond else "neither", pad=0.02)
    bar.set_label("counts")
    bar.ax.tick_params(which="both", direction="out")
    bar.ax.minorticks_off()


def _blend(axes: Any, images: Sequence[Array], across: Axis, along: Axis) -> None:
    """Draw images over each other on black: each adds its colour."""
    from matplotlib.colors import to_rgb

    shape = images[0].shape
    light = np.zeros((*shape, 3))
    for image, colour in zip(images, PALETTE, strict=False):
        top = float(np.nanpercentile(image, CUT)) or float(np.nanmax(image)) or 1.0
        light += np.clip(image / top, 0.0, 1.0)[..., None] * np.array(to_rgb(colour))
    # What was not measured is paper, and not black as where there is none of any ion.
    _laid(axes, np.nan_to_num(np.clip(light, 0.0, 1.0), nan=1.0), across, along)


def _laid(axes: Any, values: Array, across: Axis, along: Axis) -> Any:
    """Lay pixels over the axes: as an image, or one by one where they are not equally wide."""
    apart = np.diff(along.edges)
    if np.ptp(apart) > 1e-3 * apart.mean():
        return axes.pcolormesh(across.edges, along.edges, values, rasterized=True)
    extent = (across.edges[0], across.edges[-1], along.edges[0], along.edges[-1])
    return axes.imshow(values, extent=extent, origin="lower", aspect="auto", interpolation="none")


def _depthwise(axes: Any, views: Views, name: str, lateral: Axis) -> None:
    """Depth downwards, the field across; pale what not every column reaches."""
    axes.invert_yaxis()
    for i in np.flatnonzero(~views.reached):
        axes.axhspan(*views.z.edges[i : i + 2], color="white", alpha=0.6, lw=0)
    axes.set_ylabel(views.label)
    axes.set_xlabel(f"{name} / {'µm' if lateral.units == 'um' else 'pixel'}")
    axes.tick_params(which="both", direction="out")


def _with_pale(views: Views, note: str) -> str:
    """Say what is pale, where something is."""
    pale = "" if views.reached.all() else "pale: depths that not every column reaches"
    return "; ".join(part for part in (note, pale) if part)


def _scale_bar(axes: Any, across: Axis) -> None:
    """A bar of a round length in a corner, instead of numbers at the edges."""
    from matplotlib import patheffects

    axes.set_xticks([])
    axes.set_yticks([])
    low, high = axes.get_xlim()
    bottom, top = axes.get_ylim()
    length = _round_length(0.3 * (high - low))
    x, y = low + 0.06 * (high - low), bottom + 0.07 * (top - bottom)
    axes.plot(
        [x, x + length], [y, y], color="white", lw=2.4, solid_capstyle="butt",
        path_effects=[patheffects.withStroke(linewidth=3.4, foreground="black")],
    )  # fmt: skip
    axes.text(
        x + 0.5 * length, y + 0.03 * (top - bottom), _length(length, across), color="white",
        ha="center", va="bottom", fontsize=SMALL,
        bbox=BEHIND | {"facecolor": "black"},
    )  # fmt: skip


def _round_length(most: float) -> float:
    """The largest of 1, 2, 5, 10 ... that is not above a length."""
    power = 10.0 ** np.floor(np.log10(most))
    return float(max(step * power for step in ROUND if step * power <= most * (1.0 + 1e-9)))


def _length(length: float, across: Axis) -> str:
    return f"{length:g} {'µm' if across.units == 'um' else 'pixels'}"


def _shaded(faces: Array, one: Views, colour: str) -> Array:
    """Colours of faces in a light from above, each axis as long as it is drawn."""
    from matplotlib.colors import to_rgb

    spans = np.array([float(np.ptp(axis.edges)) for axis in (one.x, one.y, one.z)])
    drawn = faces / spans * np.array([1.0, 1.0, -0.8])
    normal = np.cross(drawn[:, 1] - drawn[:, 0], drawn[:, 2] - drawn[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
    bright = 0.74 + 0.26 * (normal @ (LIGHT / np.linalg.norm(LIGHT)))
    return np.clip(bright[:, None] * np.array(to_rgb(colour)), 0.0, 1.0)


def _box(axes: Any, one: Views) -> None:
    """Axes of the volume, depth downwards, and a scale bar along the nearest edge."""
    from matplotlib.ticker import MaxNLocator

    x, y, z = ((float(axis.edges[0]), float(axis.edges[-1])) for axis in (one.x, one.y, one.z))
    axes.set(xlim=x, ylim=y, zlim=z[::-1])
    units = "µm" if one.x.units == "um" else "pixel"
    axes.set_xlabel(f"x / {units}", labelpad=-4)
    axes.set_ylabel(f"y / {units}", labelpad=-4)
    axes.set_zlabel(f"{one.label} (not to scale)", labelpad=-3)
    axes.tick_params(pad=-2)
    axes.minorticks_off()
    axes.set_box_aspect((x[1] - x[0], y[1] - y[0], 0.8 * (x[1] - x[0])), zoom=0.95)
    axes.view_init(elev=24.0, azim=-58.0)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((1.0, 1.0, 1.0, 1.0))
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_locator(MaxNLocator(4))
    length = _round_length(0.3 * (x[1] - x[0]))
    low = z[1]
    start = x[0] + 0.05 * (x[1] - x[0])
    axes.plot([start, start + length], [y[0]] * 2, [low] * 2, color=INK, lw=2.5, zorder=10)
    axes.text(
        start + 0.5 * length, y[0], low - 0.09 * (z[1] - z[0]), _length(length, one.x),
        ha="center", fontsize=SMALL, zorder=11, bbox=BEHIND | {"facecolor": "white"},
    )  # fmt: skip
