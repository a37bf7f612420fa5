"""Figures of powder patterns: observed, calculated, difference, where each phase has its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.plot import INK, PALETTE, SMALL, STYLE, heading, rendered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .refine import Refinement
    from .verdict import Purity, Sought

__all__ = ["limits_figure", "pattern_figure", "purity_figure", "rendered", "zoom_figure"]

Array = NDArray[np.float64]

WIDE = (7.0, 3.6)
"""A whole pattern [inch]: a journal's double column."""
ZOOMED = (2.3, 1.9)
"""The best line of one candidate [inch]."""
ROW = 0.19
"""One candidate of the limits [inch]."""
FAINT = 0.005
"""Lines below this share of a phase's strongest have no mark."""
ABOUT = 1.2
"""Degrees on either side of a line that is looked at closely."""
CLOSE = 0.5
"""Degrees on either side of it that set the scale."""
MOST = 21
"""Candidates that are looked at closely."""
MUTED = "#777777"


def pattern_figure(found: Refinement, *, title: str = "", note: str = "") -> Any:
    """Draw a refined pattern.

    Returns
    -------
    matplotlib.figure.Figure
        Not attached to any window.
    """
    return _whole(found, title, note, ())


def purity_figure(found: Purity, *, title: str = "", note: str = "") -> Any:
    """Draw the pattern behind a verdict, with peaks that no phase explains marked.

    Returns
    -------
    matplotlib.figure.Figure
        Not attached to any window.
    """
    named = title or found.sample or found.main
    verdict = str(found.verdict).replace("_", " ")
    told = f"{verdict}; {note}" if note else verdict
    return _whole(found.refinement, named, told, [p.two_theta for p in found.peaks])


def _whole(found: Refinement, title: str, note: str, peaks: Sequence[float]) -> Any:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    model = found.model
    above = heading(title, note, WIDE[0])
    marks = 0.11 * len(model.phases)
    height = WIDE[1] + marks + 0.14 * len(above)
    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=(WIDE[0], height), layout="constrained")
        upper, middle, lower = drawn.subplots(
            3, 1, sharex=True, height_ratios=(3.2, 0.02 + 0.14 * len(model.phases), 0.9)
        )
        x, exposure = (
            model.two_theta,
            np.broadcast_to(np.asarray(model.exposure), found.counts.shape),
        )
        upper.plot(
            x, np.sqrt(found.counts / exposure), ".", ms=1.6, color=MUTED, label="observed",
            rasterized=x.size > 20_000,
        )  # fmt: skip
        upper.plot(
            x, np.sqrt(found.calculated / exposure), "-", lw=0.8, color=INK, label="calculated"
        )
        upper.plot(
            x, np.sqrt(np.maximum(found.beneath / exposure, 0.0)), "-", lw=0.7, color=PALETTE[5],
            label="background",
        )  # fmt: skip
        _roots(upper)
        upper.set_ylabel("counts (root scale)")
        _mark_peaks(upper, found, peaks)
        upper.legend(loc="upper right", ncols=2)
        for number, phase in enumerate(model.phases):
            _ticks(middle, found, number, phase.name)
        middle.set_ylim(-len(model.phases) + 0.4, 0.6)
        middle.set_yticks([-i for i in range(len(model.phases))], [p.name for p in model.phases])
        middle.tick_params(axis="y", length=0, which="both")
        middle.tick_params(axis="x", length=0, which="both")
        rest = (found.counts - found.calculated) / np.sqrt(found.calculated)
        lower.plot(x, rest, "-", lw=0.4, color=INK)
        span = max(4.5, float(np.quantile(np.abs(rest), 0.999)) * 1.1)
        lower.set_ylim(-span, span)
        lower.axhline(0.0, lw=0.5, color=PALETTE[1])
        lower.set_ylabel("difference / σ")
        lower.set_xlabel("2θ / °")
        lower.set_xlim(float(x[0]), float(x[-1]))
        drawn.suptitle("\n".join(above), fontsize=8.5)
        drawn.align_ylabels([upper, lower])
    return drawn


def _roots(axes: Any) -> None:
    """Label a root scale with counts."""
    top = axes.get_ylim()[1]
    axes.set_ylim(0.0, top)
    step = 10.0 ** np.floor(np.log10(max(top, 1e-6) ** 2 / 4.0))
    # Even in roots, round in counts.
    chosen = sorted({_round((top * k / 5.0) ** 2, step) for k in range(6)})
    axes.set_yticks([np.sqrt(c) for c in chosen], [f"{c:g}" for c in chosen])
    axes.set_yticks([], minor=True)


def _round(value: float, step: float) -> float:
    if value < step:
        step = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    return float(np.round(value / step) * step)


def _ticks(axes: Any, found: Refinement, number: int, _name: str) -> None:
    phase = found.model.phases[number]
    lines = next(iter(found.model.lines(phase, found.values)))
    if not lines.position.size:
        return
    strong = lines.area > FAINT * lines.area.max()
    axes.vlines(
        lines.position[strong], -number - 0.35, -number + 0.35, lw=0.8,
        color=PALETTE[number % len(PALETTE)],
    )  # fmt: skip


def _mark_peaks(axes: Any, found: Refinement, peaks: Sequence[float]) -> None:
    model = found.model
    if peaks:
        # A legend takes no annotation.
        axes.plot([], [], ls="", marker="$?$", ms=5, color=PALETTE[1], label="unexplained")
    for place in peaks:
        seen = (
            place
            + model.diffractometer.zero
            + float(model.diffractometer.pull(np.array([np.radians(0.5 * place)]))[0])
            * found.value("displacement")
        )
        at = int(np.clip(np.searchsorted(model.two_theta, seen), 0, model.two_theta.size - 1))
        exposure = np.broadcast_to(np.asarray(model.exposure), found.counts.shape)
        near = slice(max(at - 5, 0), at + 6)
        height = float(np.sqrt((found.counts / exposure)[near].max()))
        axes.annotate(
            "?", (seen, height), (0, 9), textcoords="offset points", ha="center", fontsize=8,
            color=PALETTE[1], arrowprops={"arrowstyle": "-", "lw": 0.6, "color": PALETTE[1]},
        )  # fmt: skip


def zoom_figure(found: Purity, *, title: str = "", note: str = "") -> Any:
    """Draw the pattern about the best line of each candidate, with what would just be detected.

    Returns
    -------
    matplotlib.figure.Figure or None
        ``None`` where no candidate has a line in the range.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = [(s, c) for s in found.phases if (c := s.view) is not None][:MOST]
    if not shown:
        return None
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    width = columns * ZOOMED[0]
    named = title or f"{found.sample or found.main}: candidates at their best lines"
    dashed = "dashed: what would just be detected"
    above = heading(named, f"{dashed}; {note}" if note else dashed, width)
    with mpl.rc_context(STYLE):
        size = (width, rows * ZOOMED[1] + 0.16 * len(above) + 0.2)
        drawn = Figure(figsize=size, layout="constrained")
        panels = drawn.subplots(rows, columns, squeeze=False)
        for axes, (sought, view) in zip(panels.flat, shown, strict=False):
            _zoomed(axes, found, sought, view.two_theta, view.column)
        for axes in list(panels.flat)[len(shown) :]:
            axes.set_axis_off()
        drawn.supxlabel("2θ / °", fontsize=7.5)
        drawn.supylabel("counts", fontsize=7.5)
        drawn.suptitle("\n".join(above), fontsize=8.5)
    return drawn


def _zoomed(axes: Any, found: Purity, sought: Sought, place: float, column: Array) -> None:
    refinement = found.refinement
    x = refinement.model.two_theta
    near = np.abs(x - place) < ABOUT
    axes.plot(x[near], refinement.counts[near], ".", ms=2.0, color=MUTED)
    axes.plot(x[near], refinement.calculated[near], "-", lw=0.9, color=INK)
    there = sought.fraction is not None
    if not there:
        axes.plot(x[near], (refinement.calculated + column)[near], "--", lw=1.0, color=PALETTE[1])
    # The line itself fills the panel, not a stronger one beside it.
    own = np.abs(x - place) < CLOSE
    drawn = refinement.calculated[own] + (0.0 if there else column[own])
    low, top = (
        float(refinement.counts[own].min()),
        float(max(drawn.max(), refinement.counts[own].max())),
    )
    axes.set_ylim(low - 0.1 * (top - low), top + 0.15 * (top - low))
    axes.set_xlim(place - ABOUT, place + ABOUT)
    told = str(sought.presence).replace("_", " ")
    axes.set_title(f"{sought.name}: {told}", fontsize=SMALL)
    axes.axvline(place, lw=0.5, ls=":", color=PALETTE[0])


def limits_figure(found: Purity, *, title: str = "", note: str = "") -> Any:
    """Draw how much of each phase there is, or could be: bounds and detection limits.

    Returns
    -------
    matplotlib.figure.Figure or None
        ``None`` where no candidate was asked for.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = [s for s in found.phases if s.limits is not None]
    if not shown:
        return None
    shown.sort(key=lambda s: s.limits.detection if s.limits else 0.0)
    width = 3.5
    above = heading(title or found.sample or found.main, note, width)
    with mpl.rc_context(STYLE):
        size = (width, 0.85 + ROW * len(shown) + 0.14 * len(above))
        drawn = Figure(figsize=size, layout="constrained")
        axes = drawn.subplots()
        for number, one in enumerate(shown):
            assert one.limits is not None
            place = -number
            axes.plot(
                [100 * one.limits.detection, 100 * one.limits.detection_broad], [place, place],
                "-", lw=3.0, color=PALETTE[5], alpha=0.6, solid_capstyle="butt",
                label="detection limit, 1 to 3 times the width" if number == 0 else None,
            )  # fmt: skip
            if one.upper_limit is not None:
                axes.plot(100 * max(one.upper_limit, 1e-4), place, "<", ms=4, color=PALETTE[0])
            elif one.fraction is not None and one.fraction.u is not None:
                axes.errorbar(
                    100 * one.fraction.value, place, xerr=100 * 1.96 * one.fraction.u, fmt="o",
                    ms=4, lw=1.0, color=PALETTE[1],
                )  # fmt: skip
        axes.plot([], [], "<", ms=4, color=PALETTE[0], label="not detected: 95 % bound")
        if any(one.fraction is not None for one in shown):
            axes.plot([], [], "o", ms=4, color=PALETTE[1], label="found, 95 % interval")
        axes.set_yticks([-i for i in range(len(shown))], [one.name for one in shown])
        axes.tick_params(axis="y", which="minor", length=0)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel("crystalline mass fraction / %")
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        drawn.legend(loc="outside lower center", ncols=1)
        drawn.suptitle("\n".join(above), fontsize=8.5)
    return drawn
