"""Figures of a fit: data, background, components, envelope, residuals, fractions in the legend."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from references.words import Estimate, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .fit import Fit

__all__ = ["figure", "overview", "rendered"]

# Okabe and Ito's palette: told apart by readers with any colour vision, and in grey.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#999999")
INK = "#222222"

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.linewidth": 0.8,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "peakwright",
    "figure.dpi": 110,
}


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
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=(4.8, 4.0), layout="constrained")
        upper, lower = drawn.subplots(
            2, 1, sharex=True, gridspec_kw={"height_ratios": (4, 1), "hspace": 0.03}
        )
        _spectrum(upper, fit)
        _residuals(lower, fit)
        heading = title or " · ".join(part for part in (fit.sample, fit.region) if part)
        drawn.suptitle(heading + (f"\n{note}" if note else ""), fontsize=9.5, color=INK)
    return drawn


def overview(fits: Sequence[Fit], *, title: str = "", note: str = "") -> Any:
    """Draw several fits side by side, two a row.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    columns = 3 if len(fits) > 4 else min(2, len(fits))
    lines = -(-len(fits) // columns)
    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=(4.1 * columns, 3.7 * lines), layout="constrained")
        frames = np.atleast_2d(drawn.subfigures(lines, columns, squeeze=False))
        for frame, fit in zip(frames.ravel(), fits, strict=False):
            upper, lower = frame.subplots(
                2, 1, sharex=True, gridspec_kw={"height_ratios": (4, 1), "hspace": 0.03}
            )
            _spectrum(upper, fit)
            _residuals(lower, fit)
            frame.suptitle(fit.region, fontsize=9.5, color=INK)
        heading = title + (f"\n{note}" if note else "")
        if heading:
            drawn.suptitle(heading, fontsize=10, color=INK)
    return drawn


def rendered(drawn: Any, kind: Literal["svg", "png", "pdf"], *, dpi: int = 200) -> bytes:
    """Give a figure as a file's bytes; equal figures give equal bytes."""
    import matplotlib as mpl

    stream = io.BytesIO()
    # A date inside the file would make equal results differ.
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}
    with mpl.rc_context(STYLE):
        drawn.savefig(stream, format=kind, dpi=dpi, metadata=metadata[kind])
    return stream.getvalue()


def _spectrum(axes: Any, fit: Fit) -> None:
    curves = fit.curves
    step = float(np.median(np.diff(curves.energy)))
    per_second = fit.area_factor if fit.lines[0].area_unit == "counts/s*eV" else 1.0
    unit = {"counts/s*eV": "counts/s", "counts*eV": "counts", "intensity*eV": "intensity"}
    shown = {row.subject: row.estimate for row in fit.fractions}
    axes.plot(
        curves.energy,
        curves.measured * per_second,
        ".",
        ms=2.2,
        color="#777777",
        zorder=1,
        label=None,
    )
    base = curves.background * per_second
    for color, name in zip(_colors(len(fit.components)), fit.components, strict=True):
        rows = [i for i, line in enumerate(fit.lines) if line.component == name]
        total = curves.lines[rows].sum(axis=0) * per_second
        label = name if name not in shown else f"{name}  {_percent(shown[name])}"
        axes.fill_between(
            curves.energy, base, base + total, color=color, alpha=0.45, lw=0, label=label, zorder=2
        )
        for i in rows:
            axes.plot(
                curves.energy, base + curves.lines[i] * per_second, color=color, lw=0.7, zorder=3
            )
    axes.plot(curves.energy, base, color=INK, lw=0.8, ls=(0, (4, 2)), zorder=4)
    axes.plot(curves.energy, curves.envelope * per_second, color=INK, lw=1.1, zorder=5)
    top = float(max(curves.measured.max(), curves.envelope.max())) * per_second
    bottom = float(min(curves.measured.min(), base.min() / per_second)) * per_second
    room = 0.12 * len(fit.components) + 0.06
    axes.set_ylim(bottom - 0.05 * (top - bottom), top + room * (top - bottom))
    axes.set_xlim(curves.energy[-1] + step, curves.energy[0] - step)
    axes.set_ylabel(unit[fit.lines[0].area_unit])
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-3, 4), useMathText=True)
    axes.legend(loc="upper left", fontsize=7.5, handlelength=1.2, borderaxespad=0.3)


def _residuals(axes: Any, fit: Fit) -> None:
    curves = fit.curves
    reach = max(4.0, 1.1 * float(np.abs(curves.residual).max()))
    axes.axhspan(-2, 2, color="#eeeeee", lw=0)
    axes.axhline(0, color=INK, lw=0.6)
    axes.plot(curves.energy, curves.residual, lw=0.6, color="#444444")
    axes.set_ylim(-reach, reach)
    axes.set_ylabel("residual / u", fontsize=7.5)
    axes.set_xlabel("binding energy / eV")


def _colors(n: int) -> list[str]:
    return [PALETTE[i % len(PALETTE)] for i in range(n)]


def _percent(estimate: Estimate) -> str:
    """A fraction in per cent, rounded to two digits of its uncertainty."""
    value = 100 * estimate.value
    if estimate.kind is Kind.UPPER_LIMIT and estimate.high is not None:
        return f"< {100 * estimate.high:.2g} %"
    if not estimate.u:
        return f"{value:.3g} %"
    u = 100 * estimate.u
    digits = max(0, 1 - int(np.floor(np.log10(u))))
    return f"({value:.{digits}f} ± {u:.{digits}f}) %"
