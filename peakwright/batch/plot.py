"""Trends over a batch: fractions with their intervals, along what varied or in the files' order."""

from __future__ import annotations

import textwrap
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.plot import PALETTE, PATTERNS, STYLE, heading, plain, rendered

from ..counted import counted
from .names import own_stem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .entries import Entry

__all__ = ["figures_of"]

Array = NDArray[np.float64]

SIZE = (5.2, 3.2)
"""A trend [inch]."""
NAMED = 24
"""Measurements whose names stand under the axis; more are counted."""
EACH = 150
"""Points that get a mark and a bar each; more are a line in a band."""
MOST_SUBJECTS = 12
BESIDE = 0.05
"""Between the marks of two subjects, of the distance between two names."""
LITTLE, MOST = 0.1, 0.5
"""Where all but one are below the one share, and that one is above the other, it is the rest."""
MARKS = "osD^P"
"""Of the subjects, a round of colours each."""
MOST_FIGURES = 24
LABELLED = 44
"""Characters of a line beside the axis."""
LONGEST = 22
"""Characters of a name under the axis."""
ORDER = "order"


@dataclass(slots=True, eq=False)
class _Trend:
    """One quantity over the batch: of each subject the points, in order.

    ``values`` has for each subject the place among all, value, low, high [in the unit shown].
    """

    region: str
    quantity: str
    of: str
    unit: str
    names: list[str] = field(default_factory=list[str])
    files: list[int] = field(default_factory=list[int])
    along: dict[str, dict[int, float]] = field(default_factory=dict[str, dict[int, float]])
    values: dict[str, list[tuple[int, float, float, float]]] = field(
        default_factory=dict[str, list[tuple[int, float, float, float]]]
    )


def figures_of(entries: Iterable[Entry]) -> dict[str, bytes]:
    """Draw the trends of a batch; file name to content, an SVG and a PNG each.

    A batch of one measurement has none.
    """
    with warnings.catch_warnings():
        # A name in a script that the type has not is no reason to be loud.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        return _drawn(entries)


def _drawn(entries: Iterable[Entry]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    taken: set[str] = set()
    drawn = 0
    for trend in _trends(entries):
        if len(trend.names) < 2 or not trend.values:
            continue
        for name in (*_varied(trend), ORDER):
            if drawn == MOST_FIGURES or (name == ORDER and _is_one_profile(trend)):
                continue
            figure = _figure(trend, name)
            short = name.partition(" / ")[0]
            told = " ".join(p for p in (trend.region, trend.quantity, short) if p)
            stem = own_stem(told, taken)
            for kind in ("svg", "png"):
                found[f"{stem}.{kind}"] = rendered(figure, kind)
            drawn += 1
    return found


def _trends(entries: Iterable[Entry]) -> list[_Trend]:
    found: dict[tuple[str, ...], _Trend] = {}
    for number, entry in enumerate(entries):
        for table in entry.tables:
            shown = [n for n in table["numbers"] if "kind" in n and _is_shown(n["quantity"])]
            groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
            for one in shown:
                key = table["region"], one["quantity"], one["denominator"], one["unit"]
                groups.setdefault(key, []).append(one)
            for key, numbers in groups.items():
                trend = found.setdefault(key, _Trend(key[0], key[1], key[2], key[3]))
                first = len(trend.names)
                several = len(table["spectra"]) > 1
                for i, spectrum in enumerate(table["spectra"]):
                    name = entry.found.name
                    trend.names.append(f"{name} [{spectrum}]" if several else name)
                    trend.files.append(number)
                    for along in table["along"]:
                        if (value := along["values"][i]) is not None:
                            label = f"{along['name']} / {along['unit']}".removesuffix(" / ")
                            trend.along.setdefault(label, {})[first + i] = value
                for one in numbers:
                    points = trend.values.setdefault(one["subject"], [])
                    points += [(first + i, *told) for i, told in _points(one)]
    return list(found.values())


def _is_shown(quantity: str) -> bool:
    return "fraction" in quantity or quantity.startswith("change")


def _points(number: dict[str, Any]) -> list[tuple[int, tuple[float, float, float]]]:
    """Points that have an interval; a limit has no value, only a high end."""
    found: list[tuple[int, tuple[float, float, float]]] = []
    for i, kind in enumerate(number["kind"]):
        value, low, high = (
            np.nan if key not in number or number[key][i] is None else float(number[key][i])
            for key in ("value", "low", "high")
        )
        if kind == "upper_limit" and np.isfinite(high):
            found.append((i, (np.nan, np.nan, high)))
        elif kind in {"standard", "profile"} and np.all(np.isfinite([value, low, high])):
            found.append((i, (value, low, high)))
    return found


def _varied(trend: _Trend) -> list[str]:
    """What has at least two values over the batch."""
    return [name for name, values in trend.along.items() if len(set(values.values())) > 1]


def _is_one_profile(trend: _Trend) -> bool:
    """Whether its order says no more than what was varied does."""
    return len(set(trend.files)) == 1 and bool(_varied(trend))


def _figure(trend: _Trend, name: str) -> Any:
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    percent = 100.0 if trend.unit == "1" else 1.0
    along = None if name == ORDER else trend.along[name]
    seen = [s for s, points in trend.values.items() if not all(np.isnan(p[1]) for p in points)]
    rest = _rest(trend, seen)
    subjects = [s for s in seen or trend.values if s != rest][:MOST_SUBJECTS]
    left = len(trend.values) - len(subjects) - bool(rest)
    note = "95 % intervals; open triangles are upper limits"
    note += f"; {rest} is the rest" if rest else ""
    note += f"; of {left} more, see summary.csv" if left else ""
    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=SIZE, layout="constrained")
        axes: Any = drawn.add_subplot()
        for i, subject in enumerate(subjects):
            _subject(axes, trend, subject, i, along, percent)
        if along is None:
            _name_places(axes, trend)
            if len(trend.names) > NAMED:
                axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        else:
            axes.set_xlabel(plain(name.replace("_", " ")), parse_math=False)
        whole = f" of {trend.of}" if trend.of else ""
        unit = "%" if trend.unit == "1" else trend.unit
        label = plain(f"{trend.quantity.replace('_', ' ')}{whole} ({unit})")
        label = "\n".join(textwrap.wrap(label, LABELLED))
        axes.set_ylabel(label, parse_math=False)
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]) if trend.unit != "1" else 0.0)
        legend = axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        for text in legend.get_texts():
            text.set_parse_math(False)
        number = counted(len(trend.names), "spectrum" if trend.region else "measurement")
        title = " · ".join(part for part in (trend.region, number) if part)
        drawn.suptitle(
            "\n".join(heading(title, note, 0.85 * SIZE[0])), fontsize=8.5, parse_math=False
        )
    return drawn


def _rest(trend: _Trend, seen: list[str]) -> str:
    """What is left of the whole beside little: drawn with it, all else would lie on the axis."""
    if trend.unit != "1" or len(seen) < 2:
        return ""
    largest = {s: max(p[1] for p in trend.values[s] if not np.isnan(p[1])) for s in seen}
    much = [subject for subject, value in largest.items() if value > LITTLE]
    return much[0] if len(much) == 1 and largest[much[0]] > MOST else ""


def _subject(
    axes: Any, trend: _Trend, subject: str, i: int, along: dict[int, float] | None, percent: float
) -> None:
    """One subject's points: with bars, or as a line in a band where they are many."""
    colour = PALETTE[i % len(PALETTE)]
    # Under names there is room for the bars of several side by side.
    aside = BESIDE * i if along is None and len(trend.names) <= NAMED else 0.0
    around = i // len(PALETTE)
    style, mark = PATTERNS[around % len(PATTERNS)][1], MARKS[around % len(MARKS)]
    label = plain(subject) or "?"
    points = [p for p in trend.values[subject] if along is None or p[0] in along]
    for k, part in enumerate(_parts(points, trend, along)):
        place = np.array([p[0] + 1.0 + aside if along is None else along[p[0]] for p in part])
        value, low, high = (percent * np.array([p[j] for p in part]) for j in (1, 2, 3))
        limit = np.isnan(value)
        named = label if k == 0 else "_"
        if len(trend.names) <= EACH:
            bars = np.array([value - low, high - value])[:, ~limit]
            axes.errorbar(
                place[~limit], value[~limit], np.maximum(bars, 0.0), color=colour, label=named,
                marker=mark, markersize=2.5, elinewidth=0.8, capsize=1.5, linestyle="",
            )  # fmt: skip
            # Through a limit, which has no value, no line is drawn.
            axes.plot(place, value, color=colour, linestyle=style, linewidth=0.8)
        else:
            axes.fill_between(place, low, high, where=~limit, color=colour, alpha=0.25, linewidth=0)
            axes.plot(place, value, color=colour, linestyle=style, linewidth=0.7, label=named)
        axes.plot(
            place[limit], high[limit], linestyle="", marker="v", markersize=3, color=colour,
            markerfacecolor="none", markeredgewidth=0.7,
        )  # fmt: skip


def _parts(
    points: list[tuple[int, float, float, float]], trend: _Trend, along: dict[int, float] | None
) -> list[list[tuple[int, float, float, float]]]:
    """Points joined by a line: those of a file, in their order or along what it varied.

    Files of one spectrum each are joined too: they are the series.
    """
    files: dict[int, list[tuple[int, float, float, float]]] = {}
    for point in points:
        files.setdefault(trend.files[point[0]], []).append(point)
    parts = list(files.values())
    if all(len(part) == 1 for part in parts):
        parts = [[part[0] for part in parts]]
    if along is None:
        return parts
    place = along
    return [sorted(part, key=lambda point: place[point[0]]) for part in parts]


def _name_places(axes: Any, trend: _Trend) -> None:
    number = len(trend.names)
    if number > NAMED:
        axes.set_xlabel("spectrum, in the order of the files")
        axes.set_xlim(1 - 0.02 * number, number * 1.02)
        return
    shown = [plain(name) for name in trend.names]
    axes.set_xticks(
        range(1, number + 1),
        [n if len(n) <= LONGEST else f"…{n[-LONGEST:]}" for n in shown],
        rotation=45 if number > 3 else 0,
        ha="right" if number > 3 else "center",
        parse_math=False,
    )
    axes.set_xlim(0.5, number + 0.5)
    axes.xaxis.set_minor_locator(_none())


def _none() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()
