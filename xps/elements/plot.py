"""The figure of a survey: the spectrum, with its lines named in a row above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..plot import INK, PALETTE, STYLE, heading
from .result import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .result import LineFound, Survey

__all__ = ["survey_figure"]

Array = NDArray[np.float64]

SIZE = (7.0, 3.6)
"""A journal's double column [inch]."""
ROW = 0.62
"""Height of the row of names [inch]."""
NARROW = 0.135
"""Least distance of two names in the row [inch]: the height of their type and a little."""
TELLING = 5.0
"""Significance from which a line is named."""
MOST = 44
"""Names in the row."""
GREY = "#777777"


def survey_figure(survey: Survey, *, title: str = "", note: str = "") -> Any:
    """Draw a survey with the lines and Auger groups of the elements that are there.

    Parameters
    ----------
    survey : Survey
        A result of :func:`xps.survey`.
    title, note : str
        Above the axes; sample and region where empty.

    Returns
    -------
    matplotlib.figure.Figure
        Elements that are present have a colour each, possible ones are grey with a question mark,
        peaks that nothing explains an open mark. Intensities are drawn by their square root, in
        which the noise is equally high everywhere.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    named = title or " · ".join(part for part in (survey.sample, survey.region) if part)
    above = heading(named, note, SIZE[0])
    with mpl.rc_context(STYLE):
        size = (SIZE[0], SIZE[1] + ROW + 0.14 * len(above))
        drawn = Figure(figsize=size, layout="constrained")
        grid = drawn.add_gridspec(2, 1, height_ratios=(ROW, SIZE[1]), hspace=0.0)
        lower: Any = drawn.add_subplot(grid[1])
        upper: Any = drawn.add_subplot(grid[0], sharex=lower)
        _spectrum(lower, survey)
        _names(upper, lower, survey)
        if above:
            drawn.suptitle("\n".join(above), fontsize=8.5, color=INK, parse_math=False)
    return drawn


def _spectrum(axes: Any, survey: Survey) -> None:
    def root(values: Any) -> Any:
        return np.sqrt(np.maximum(values, 0.0))

    axes.set_yscale("function", functions=(root, np.square))
    axes.plot(survey.energy, survey.counts, color=INK, linewidth=0.6)
    top = float(survey.counts.max())
    axes.set_ylim(0.0, 1.04 * top)
    axes.set_xlim(float(survey.energy[-1]), float(survey.energy[0]))
    axes.set_xlabel("binding energy (eV)")
    axes.set_ylabel(f"intensity ({survey.unit or 'arb. units'})", parse_math=False)
    for peak in survey.unassigned:
        height = float(np.interp(peak.energy, survey.energy, survey.counts))
        axes.plot([peak.energy], [height], marker="v", mfc="none", mec=INK, ms=4, ls="")


def _names(upper: Any, lower: Any, survey: Survey) -> None:
    """Write the names in a row, moved apart where crowded, each with a line to its peak."""
    entries = sorted(_entries(survey), key=lambda entry: entry[0])
    upper.axis("off")
    upper.set_ylim(0.0, 1.0)
    if not entries:
        return
    span = float(survey.energy[-1] - survey.energy[0])
    apart = NARROW / (SIZE[0] - 0.8) * span
    ends = (float(survey.energy[0]), float(survey.energy[-1]))
    places = _spread([energy for energy, _, _ in entries], apart, ends)
    for (energy, name, colour), place in zip(entries, places, strict=True):
        upper.plot(
            [energy, energy, place, place], [0.0, 0.04, 0.22, 0.27], color=colour, linewidth=0.5
        )
        upper.text(
            place, 0.29, name, rotation=90, ha="center", va="bottom", color=colour, fontsize=7,
            parse_math=False,
        )  # fmt: skip
        height = float(np.interp(energy, survey.energy, survey.counts))
        lower.plot([energy, energy], [height, lower.get_ylim()[1]], color=colour, linewidth=0.3)


def _entries(survey: Survey) -> list[tuple[float, str, str]]:
    """Energy, name and colour of what is named: the most significant where there are too many."""
    found: list[tuple[float, float, str, str]] = []
    present = survey.standing(Standing.PRESENT)
    for element in survey.elements:
        if element.standing is Standing.PRESENT:
            colour = PALETTE[present.index(element.element) % len(PALETTE)]
            found += [
                (line.significance, line.energy, line.label, colour)
                for line in element.lines
                if line.significance >= TELLING and (not line.shared_with or _as_expected(line))
            ]
            found += [(TELLING, band.energy, band.label, colour) for band in element.bands]
        elif element.standing is Standing.POSSIBLE and element.lines:
            line = element.lines[0]
            found.append((line.significance, line.energy, f"{line.label} ?", GREY))
    found.sort(key=lambda entry: -entry[0])
    return [entry[1:] for entry in found[:MOST]]


def _as_expected(line: LineFound) -> bool:
    """Whether a line that shares its place is as strong as it should be alone."""
    return 0.5 < line.ratio < 2.0


def _spread(places: Sequence[float], apart: float, ends: tuple[float, float]) -> Array:
    """Move ascending places so that they are apart and inside, each as little as that takes.

    Places that are too near are a group about its own middle; groups that meet become one.
    """
    apart = min(apart, (ends[1] - ends[0]) / max(len(places), 1))
    groups: list[list[float]] = []
    for place in places:
        groups.append([place])
        while (
            len(groups) > 1
            and _reach(groups[-1], apart, ends)[0] - apart < (_reach(groups[-2], apart, ends)[1])
        ):
            last = groups.pop()
            groups[-1] += last
    moved: list[float] = []
    for group in groups:
        low, _ = _reach(group, apart, ends)
        moved += [low + i * apart for i in range(len(group))]
    return np.array(moved)


def _reach(group: Sequence[float], apart: float, ends: tuple[float, float]) -> tuple[float, float]:
    """Where a group's first and last name stand."""
    width = apart * (len(group) - 1)
    middle = sum(group) / len(group)
    low = min(max(middle - 0.5 * width, ends[0] + 0.5 * apart), ends[1] - 0.5 * apart - width)
    return low, low + width
