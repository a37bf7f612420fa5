"""Figures of a fit: data, background, components, envelope, residuals, fractions in the legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.plot import INK, PALETTE, PATTERNS, SMALL, STYLE, heading, plain, rendered
from references.rounding import plus_minus
from references.words import Assessment, Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from .compare import Difference
    from .result import Fit
    from .side import Side

__all__ = [
    "INK",
    "PALETTE",
    "STYLE",
    "comparison_figure",
    "figure",
    "heading",
    "overview",
    "profile_figure",
    "rendered",
]

Array = NDArray[np.float64]

SINGLE = (3.5, 3.1)
"""One fit [inch]: a journal's single column."""
PANEL = (2.4, 2.35)
"""One of several fits [inch]: three fill a journal's double column."""
PROFILE = (3.5, 2.7)
"""Fractions along a series [inch]."""
COMPARED = 0.36
"""One species of a comparison: two bars and the room about them [inch]."""
MARKED = 60
"""Points of a series that get a mark each; more are a line."""
INSIDE = 3
"""Legend entries that stand above the data; more stand under the axes."""
MOST_PANELS = 36
LABEL_LENGTH = 20
"""Characters of a region's name above a panel."""
LETTER = 0.056
"""Mean width of a letter of the smallest type [inch]."""
FINE = 400
"""Model curves of fewer points are drawn through interpolated ones, or narrow lines look broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """A legend: its entries, its columns and rows, and whether it stands above the data."""

    labels: tuple[str, ...]
    columns: int
    rows: int
    inside: bool

    @property
    def height(self) -> float:
        """What it adds to a panel [inch]."""
        return 0.0 if self.inside else 0.14 * self.rows + 0.08


def figure(fit: Fit, *, title: str = "", note: str = "") -> Any:
    """Draw one fit.

    Parameters
    ----------
    fit : Fit
        A result of :func:`xps.fit`.
    title : str
        Above the axes; sample and region where empty.
    note : str
        A remark under the title, for instance that the data are synthetic.

    Returns
    -------
    matplotlib.figure.Figure
        Not attached to any window; save it or show it as you like.
    """
    named = title or " · ".join(part for part in (fit.sample, fit.region) if part)
    unsettled = _unsettled(fit)
    if unsettled and str(fit.assessment) not in note:
        note = "; ".join(part for part in (note, unsettled) if part)
    return _drawn([fit], [""], columns=1, size=SINGLE, title=named, note=note)


def overview(fits: Sequence[Fit], *, title: str = "", note: str = "") -> Any:
    """Draw several fits side by side, three a row, or two where there are two or four.

    Parameters
    ----------
    fits : sequence of Fit
        A panel each; beyond 36 the note says how many are left out.
    title, note : str
        Above all of them.

    Returns
    -------
    matplotlib.figure.Figure
    """
    columns = 3 if len(fits) == 3 or len(fits) > 4 else max(1, min(2, len(fits)))
    size = PANEL if columns == 3 else SINGLE
    shown = fits[:MOST_PANELS]
    if len(fits) > len(shown):
        note = "; ".join(part for part in (note, f"{len(shown)} of {len(fits)} fits") if part)
    headings = _panel_titles(fits)[: len(shown)]
    return _drawn(shown, headings, columns=columns, size=size, title=title, note=note)


def profile_figure(series: xr.Dataset, *, title: str = "", note: str = "") -> Any:
    """Draw the species fractions of a series, with their 95 % intervals, along what was varied.

    Parameters
    ----------
    series : Dataset
        As :func:`xps.fit_series` gives it, over one leading dim.
    title : str
    note : str
        Smaller, under the title.

    Returns
    -------
    matplotlib.figure.Figure
        A limit is a mark that points down from it; spectra without intervals are left out.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    (dim,) = series["assessment"].dims
    place, label = _along(series, str(dim))
    above = heading(title, note, PROFILE[0])
    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=PROFILE, layout="constrained")
        axes: Any = drawn.add_subplot()
        for i, name in enumerate(series["species"].values):
            _fraction(axes, place, series.isel(species=i), i, str(name))
        axes.set_xlabel(plain(label))
        whole = str(series["fraction"].attrs.get("denominator", "its level"))
        axes.set_ylabel(plain(f"fraction of {whole} (%)"), parse_math=False)
        low, high = _span(place)
        axes.set_xlim(low - 0.03 * (high - low), high + 0.03 * (high - low))
        if label == "spectrum":
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_ylim(bottom=0.0)
        if not np.any(series["fraction_kind"].values):
            axes.set_ylim(0.0, 100.0)
            axes.text(
                0.5, 0.5, "no spectrum has an interval", ha="center", transform=axes.transAxes
            )
        axes.legend()
        if above:
            drawn.suptitle("\n".join(above), fontsize=8.5, color=INK, parse_math=False)
    return drawn


def _fraction(axes: Any, place: Array, own: xr.Dataset, i: int, name: str) -> None:
    """One species' fractions as a line in a band, its limits as marks that point down."""
    from .series_numbers import KINDS

    colour, _, style = _style(i)
    low, high, value = (
        100.0 * np.asarray(own[f"fraction{end}"].values) for end in ("_low", "_high", "")
    )
    kind = own["fraction_kind"].values
    limit = kind == KINDS.index("upper_limit")
    told = (kind > 0) & ~limit
    axes.fill_between(place, low, high, where=told, color=colour, alpha=0.25, linewidth=0)
    label = _short(plain(name), LABEL_LENGTH)
    shown = np.where(told, value, np.nan)
    mark = "." if place.size < MARKED else ""
    axes.plot(place, shown, color=colour, linestyle=style, marker=mark, linewidth=1.0, label=label)
    axes.plot(place[limit], high[limit], linestyle="", marker="v", markersize=3, color=colour)


def comparison_figure(
    differences: Sequence[Difference], *, names: tuple[str, str] = ("A", "B"), title: str = ""
) -> Any:
    """Draw the fractions of two samples as pairs of bars, a panel for each basis.

    Parameters
    ----------
    differences : sequence of Difference
        As :func:`xps.compare` gives them.
    names : (str, str)
        What the two samples are called.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        Bars with 95 % intervals; dots are single spots, an open bar with an arrow is an upper
        limit. Beside each pair stands the difference with its own interval, which is narrower than
        the bars' own make it look where they share an error.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    panels = [
        [d for d in differences if d.basis == b]
        for b in dict.fromkeys(d.basis for d in differences)
    ]
    heights = [0.55 + COMPARED * len(panel) for panel in panels]
    above = heading(title, "", SINGLE[0])
    with mpl.rc_context(STYLE):
        height = sum(heights) + 0.14 * (len(above) + 2)
        drawn = Figure(figsize=(1.35 * SINGLE[0], height), layout="constrained")
        grid = drawn.add_gridspec(len(panels), 1, height_ratios=heights)
        for row, panel in enumerate(panels):
            _compared(drawn.add_subplot(grid[row, 0]), panel)
        handles = [
            Patch(facecolor=(PALETTE[i], 0.4), edgecolor=PALETTE[i], lw=0.8) for i in range(2)
        ]
        labels = [
            f"{letter}: {_short(plain(name), 2 * LABEL_LENGTH)}" if name != letter else letter
            for letter, name in zip("AB", names, strict=True)
        ]
        key = drawn.legend(handles, labels, loc="outside lower left", ncols=1)
        for text in key.get_texts():
            text.set_parse_math(False)
        if above:
            drawn.suptitle("\n".join(above), fontsize=8.5, color=INK, parse_math=False)
    return drawn


def _compared(axes: Any, panel: Sequence[Difference]) -> None:
    """One basis: a pair of bars a species, from the top down."""
    from matplotlib.ticker import NullLocator

    for i, difference in enumerate(panel):
        for k, side in enumerate((difference.a, difference.b)):
            _bar(axes, i + (k - 0.5) * 0.36, side, PALETTE[k])
        told = _moved(difference)
        axes.annotate(
            told,
            (1.02, i),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=SMALL,
            annotation_clip=False,
            color=INK if difference.shown else "#777777",
        )
    wholes = tuple(dict.fromkeys(d.denominator for d in panel))
    of = [f" ({d.denominator})" if len(wholes) > 1 else "" for d in panel]
    labels = [_short(plain(d.subject + o), LABEL_LENGTH) for d, o in zip(panel, of, strict=True)]
    axes.set_yticks(range(len(panel)), labels, parse_math=False)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(len(panel) - 0.45, -0.55)
    axes.set_xlim(left=0.0)
    axes.set_xlabel(plain(f"fraction of {', '.join(wholes)} (%)"), parse_math=False)
    axes.set_title(str(panel[0].basis), loc="left", color=INK, pad=3)
    axes.annotate(
        "B \u2212 A (95 %)",
        (1.02, 1.0),
        xycoords="axes fraction",
        xytext=(0, 3),
        textcoords="offset points",
        fontsize=SMALL,
        annotation_clip=False,
    )


def _moved(difference: Difference) -> str:
    """A difference with its interval, to two digits of the half of it."""
    value, low, high = (100.0 * v for v in (difference.value, difference.low, difference.high))
    half = 0.5 * (high - low)
    digits = max(0, 1 - int(np.floor(np.log10(half)))) if half > 0 else 2
    told = f"{value:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"
    return told.replace("-", "\u2212")


def _bar(axes: Any, place: float, side: Side, color: str) -> None:
    """One sample's fraction with its interval, its spots as dots."""
    low, high = (100.0 * end for end in side.interval)
    if side.limit:
        axes.barh(place, high, 0.3, facecolor="none", edgecolor=color, lw=0.8, ls=(0, (3, 1.5)))
        axes.plot([high], [place], marker="<", ms=3.5, mew=0, color=color)
        return
    value = 100.0 * side.value
    axes.barh(place, value, 0.3, facecolor=(color, 0.4), edgecolor=color, lw=0.8)
    axes.errorbar(
        [value],
        [place],
        xerr=[[value - low], [high - value]],
        color=INK,
        lw=0.8,
        capsize=2,
        capthick=0.8,
    )
    if side.spread is not None:
        spots = [100.0 * spot.value for spot in side.spots]
        axes.plot(spots, [place] * len(spots), ".", ms=3.5, mew=0, color=INK, alpha=0.7)


def _along(series: xr.Dataset, dim: str) -> tuple[Array, str]:
    """What varies along a series and its label: the first coordinate that does, or the number."""
    for name in series.coords:
        coord = series.coords[name]
        values = coord.values
        if coord.dims == (dim,) and values.dtype.kind == "f" and np.ptp(values) > 0:
            unit = str(coord.attrs.get("units", ""))
            told = str(coord.attrs.get("long_name", name))
            return np.asarray(values, dtype=float), f"{told} ({unit})" if unit else told
    return np.arange(float(series.sizes[dim])), "spectrum"


def _drawn(
    fits: Sequence[Fit],
    headings: Sequence[str],
    *,
    columns: int,
    size: tuple[float, float],
    title: str,
    note: str,
) -> Any:
    """Lay out one panel a fit on one grid, so that axes line up along rows and columns."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    width, height = columns * size[0], size[1]
    keys = [_key(_labels(fit, size[0]), size[0]) for fit in fits]
    lines = max(1, -(-len(fits) // columns))
    extra = sum(
        max((key.height for key in keys[line * columns : (line + 1) * columns]), default=0.0)
        for line in range(lines)
    )
    above = heading(title, note, width)
    total = lines * height + extra + 0.14 * len(above)
    with mpl.rc_context(STYLE):
        spacing = ConstrainedLayoutEngine(h_pad=0.03, w_pad=0.04, hspace=0.0, wspace=0.03)
        drawn = Figure(figsize=(width, total), layout=spacing)
        grid = drawn.add_gridspec(2 * lines, columns, height_ratios=(3.6, 1) * lines)
        for i, (fit, key, name) in enumerate(zip(fits, keys, headings, strict=True)):
            line, column = divmod(i, columns)
            upper = drawn.add_subplot(grid[2 * line, column])
            lower = drawn.add_subplot(grid[2 * line + 1, column], sharex=upper)
            _panel(upper, lower, fit, key, name)
        drawn.align_ylabels()
        if above:
            drawn.suptitle("\n".join(above), fontsize=8.5, color=INK, parse_math=False)
    return drawn


def _panel(upper: Any, lower: Any, fit: Fit, key: _Key, name: str) -> None:
    """One fit in two axes: spectrum above, residuals below."""
    handles = _spectrum(upper, fit, key)
    _residuals(lower, fit)
    upper.tick_params(labelbottom=False)
    _legend(upper if key.inside else lower, handles, key)
    if name:
        upper.set_title(name, color=INK, pad=3, parse_math=False)


def _spectrum(axes: Any, fit: Fit, key: _Key) -> list[Any]:
    """Data, background, components and envelope; give the components' handles."""
    from matplotlib.ticker import MaxNLocator

    curves = fit.curves
    scale, label = _intensity(fit)
    energy, base, envelope = _smooth(
        curves.energy, curves.background * scale, curves.envelope * scale
    )
    handles = _components(axes, fit, scale, energy, base)
    axes.plot(energy, base, color=INK, lw=0.9, ls=(0, (3.5, 1.5)), zorder=4)
    dot = 3.4 if curves.energy.size < FINE // 2 else 2.4
    axes.plot(curves.energy, curves.measured * scale, ".", ms=dot, mew=0, color="#666666", zorder=5)
    axes.plot(energy, envelope, color=INK, lw=0.9, zorder=6)
    bottom, top = _span(curves.measured * scale, envelope, base)
    room = 0.14 * key.rows + 0.10 if key.inside else 0.05
    axes.set_ylim(bottom - 0.05 * (top - bottom), top + room * (top - bottom))
    step = float(np.median(np.diff(curves.energy)))
    axes.set_xlim(curves.energy[-1] + step, curves.energy[0] - step)
    axes.set_ylabel(label)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=(1, 2, 5, 10)))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=(1, 2, 2.5, 5, 10)))
    axes.ticklabel_format(axis="both", style="plain", useOffset=False)
    return handles


def _components(axes: Any, fit: Fit, scale: float, energy: Array, base: Array) -> list[Any]:
    """Fill each component above the background, and draw each of its lines."""
    from matplotlib.patches import Patch

    handles: list[Any] = []
    low, high = _span(fit.curves.measured * scale)
    least = 0.003 * (high - low)
    for i, name in enumerate(fit.components):
        color, hatch, style = _style(i)
        rows = [k for k, line in enumerate(fit.lines) if line.component == name]
        lines = _smooth(fit.curves.energy, *(fit.curves.lines[rows] * scale))[1:]
        axes.fill_between(
            energy,
            base,
            base + sum(lines),
            facecolor=(color, 0.4),
            edgecolor=color,
            hatch=hatch,
            lw=0,
            zorder=2,
        )
        for line in lines:
            # A tail on the background would only colour the background's own line.
            seen = np.where(line > least, base + line, np.nan)
            axes.plot(energy, seen, color=color, lw=0.8, ls=style, zorder=3)
        handles.append(
            Patch(facecolor=(color, 0.4), edgecolor=color, hatch=hatch, ls=style, lw=0.8)
        )
    return handles


def _residuals(axes: Any, fit: Fit) -> None:
    """Residuals in standard uncertainties, with the band of two of them."""
    from matplotlib.ticker import FixedLocator, NullLocator

    curves = fit.curves
    low, high = _span(curves.residual)
    reach = max(4.0, 1.1 * max(abs(low), abs(high)))
    step = next(
        (s * 10.0**p for p in range(300) for s in (2, 5) if s * 10.0**p >= 0.4 * reach), reach
    )
    axes.axhspan(-2, 2, color="#e6e6e6", lw=0)
    axes.axhline(0, color=INK, lw=0.5)
    axes.plot(curves.energy, curves.residual, lw=0.6, color="#444444")
    axes.set_ylim(-reach, reach)
    axes.yaxis.set_major_locator(FixedLocator([-step, 0, step]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("residual\n(u)")
    axes.set_xlabel("binding energy (eV)")


def _key(labels: Sequence[str], width: float) -> _Key:
    """Choose where the legend stands so that it hides no data and runs out of no panel."""
    if len(labels) <= INSIDE:
        return _Key(labels=tuple(labels), columns=1, rows=len(labels), inside=True)
    entry = 0.3 + LETTER * max(len(label) for label in labels)
    columns = max(1, min(3, int(width / entry)))
    rows = -(-len(labels) // columns)
    return _Key(labels=tuple(labels), columns=columns, rows=rows, inside=False)


def _legend(axes: Any, handles: list[Any], key: _Key) -> None:
    """Put every component into the legend, its name as it is."""
    from matplotlib.transforms import ScaledTranslation

    layout: Any = {"loc": "upper left", "borderaxespad": 0.3}
    if not key.inside:
        # Under the tick labels and the axis label, which are of the same height in every panel.
        below = ScaledTranslation(0, -30 / 72, axes.figure.dpi_scale_trans)
        layout = {
            "loc": "upper center",
            "bbox_to_anchor": (0.5, 0.0),
            "bbox_transform": axes.transAxes + below,
            "borderaxespad": 0.0,
            "borderpad": 0.0,
        }
    # Labels that begin with "_" would be left out, so the names are set afterwards.
    drawn = axes.legend(
        handles,
        [str(i) for i in range(len(handles))],
        ncols=key.columns,
        handlelength=1.4,
        handletextpad=0.5,
        columnspacing=1.0,
        labelspacing=0.3,
        **layout,
    )
    for text, label in zip(drawn.get_texts(), key.labels, strict=True):
        text.set_parse_math(False)
        text.set_text(label)


def _labels(fit: Fit, width: float) -> list[str]:
    """Give a legend entry a component: its name, as far as the width holds it, and its fraction."""
    shown = {row.subject: row.estimate for row in fit.fractions}
    room = int((width - 0.3) / LETTER)
    labels: list[str] = []
    for name in fit.components:
        fraction = f"  {_percent(shown[name])}" if name in shown else ""
        labels.append(_short(plain(name), room - len(fraction)) + fraction)
    return labels


def _style(i: int) -> tuple[str, str, Any]:
    """Colour, hatching and line style of the component at a place in the order."""
    hatch, style = PATTERNS[i // len(PALETTE) % len(PATTERNS)]
    return PALETTE[i % len(PALETTE)], hatch, style


def _intensity(fit: Fit) -> tuple[float, str]:
    """Give the factor from counts to what the axis shows, and the axis label with its unit."""
    units = {"counts/s*eV": "counts/s", "counts*eV": "counts"}
    unit = units.get(fit.lines[0].area_unit, "arb. units")
    factor = fit.area_factor if unit == "counts/s" else 1.0
    largest = factor * max(abs(end) for end in _span(fit.curves.measured))
    if 0.01 <= largest < 2e4:
        return factor, f"intensity ({unit})"
    power = 3 * int(np.floor(np.log10(largest) / 3))
    digits = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return factor / 10.0**power, f"intensity (10{digits} {unit})"


def _span(*values: Array) -> tuple[float, float]:
    """Smallest and largest finite value, drawn apart where they are the same."""
    together = np.concatenate([np.ravel(v) for v in values])
    finite = together[np.isfinite(together)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        apart = 0.1 * abs(high) or 1.0
        return low - apart, high + apart
    return low, high


def _smooth(energy: Array, *values: Array) -> tuple[Array, ...]:
    """Give curves of few points on a finer axis that keeps the points; others as they are."""
    if not 4 <= energy.size < FINE or not all(np.all(np.isfinite(v)) for v in values):
        return (energy, *values)
    from scipy.interpolate import Akima1DInterpolator

    parts = 6
    fine = np.interp(
        np.arange((energy.size - 1) * parts + 1) / parts, np.arange(energy.size), energy
    )
    return (fine, *(np.asarray(Akima1DInterpolator(energy, v)(fine)) for v in values))


def _panel_titles(fits: Sequence[Fit]) -> list[str]:
    """Give each panel its region, numbered where it comes again, and what is not settled."""
    regions = [fit.region for fit in fits]
    titles: list[str] = []
    for i, fit in enumerate(fits):
        number = f" ({regions[: i + 1].count(fit.region)})" if regions.count(fit.region) > 1 else ""
        unsettled = _unsettled(fit)
        titles.append(
            _short(plain(fit.region), LABEL_LENGTH)
            + number
            + (f" · {unsettled}" if unsettled else "")
        )
    return titles


def _unsettled(fit: Fit) -> str:
    return "" if fit.assessment is Assessment.CONVERGED else f"{fit.assessment}: no intervals"


def _short(text: str, length: int) -> str:
    """Leave out the middle of a long name: what tells it from others often stands at its end."""
    if len(text) <= length:
        return text
    end = (length - 1) // 2
    return f"{text[: length - 1 - end]}…{text[len(text) - end :]}"


def _percent(estimate: Estimate) -> str:
    """A fraction in per cent, rounded to two digits of its uncertainty."""
    shown = plus_minus(estimate.scaled(100.0))
    return f"({shown}) %" if estimate.u else f"{shown} %"
