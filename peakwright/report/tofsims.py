"""TOF-SIMS in a report: profiles and their uniformity, depths, comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.rounding import plus_minus
from references.words import Estimate, UncertaintyParts

from ..agreement.documents import DepthDocument, ProfileComparison, ProfileDocument
from ..agreement.tofsims import levels, window_of, within_window
from .content import Table, columns, ends, number
from .told import Told

if TYPE_CHECKING:
    from ..agreement.documents import Document, Interface, IonDifference, Trend

__all__ = ["told"]

DASH = "\N{EN DASH}"


def told(document: Document) -> Told | None:
    """Say what a result of TOF-SIMS comes to; ``None`` where it is of another technique."""
    if isinstance(document, ProfileDocument):
        return _profile(document)
    if isinstance(document, DepthDocument):
        return _depth(document)
    if isinstance(document, ProfileComparison):
        return _comparison(document)
    return None


def _profile(document: ProfileDocument) -> Told:
    name = document.sample or (document.stems[0] if document.stems else "the sample")
    window = window_of(document)
    over = f" over {document.normalised_by}" if document.normalised_by else ""
    polarity = f"{document.polarity} ions" if document.polarity else "ions"
    scale = document.calibration.source if document.calibration else ""
    profile = (
        f"TOF-SIMS depth profile of {name}, {polarity}: counts a point{over}, corrected for dead "
        f"time, with their standard uncertainty (bands); grey: before the window that is judged"
        f"{f' ({window})' if window else ''}."
    )
    return Told(
        title=f"TOF-SIMS depth profile of {name}",
        lead=tuple(part for part in (_sentence(document.sentence),) if part),
        tables=(_ions(document),),
        captions={
            "profile": f"{profile} Mass scale by {scale}." if scale else profile,
            "change": (
                f"Change of each ion of {name} over the window{f' {window}' if window else ''}, "
                "by a weighted line, with 95 % intervals that hold counting statistics and the "
                "scatter beyond it; grey: the margin that is called uniform."
            ),
        },
        findings=tuple(f.finding() for f in document.findings),
    )


def _sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _ions(document: ProfileDocument) -> Table:
    trends = {trend.ion: trend for trend in document.uniformity}
    there, inside = levels(document), within_window(document)
    window = window_of(document)
    rows = [
        (
            ion.ion,
            f"{ion.mz:.4f}" if ion.mz else DASH,
            number(there[ion.ion].estimate()) if ion.ion in there else DASH,
            *((number(inside[ion.ion]) if ion.ion in inside else DASH,) if window else ()),
            *_change(trends.get(ion.ion)),
        )
        for ion in document.ions
    ]
    return Table(
        caption="Ions: mean counts a point in the whole profile"
        + (f" and from {window}, and their change from {window}" if window else ""),
        columns=columns(
            "ion",
            "m/z #",
            "counts, whole profile #",
            *((f"counts, {window} #",) if window else ()),
            "change / % #",
            "95 % interval / % #",
            "verdict",
        ),
        rows=tuple(rows),
        note="Counts of different ions are no concentrations and do not compare. The u of a mean "
        "is that of counting alone; that of a change holds the scatter beyond it too.",
    )


def _change(trend: Trend | None) -> tuple[str, str, str]:
    if trend is None or trend.slope_percent is None or not trend.slope_u_percent:
        return DASH, DASH, DASH if trend is None else trend.verdict
    u = trend.slope_u_percent
    change = Estimate(value=trend.slope_percent, u=u, u_parts=UncertaintyParts(counting=u))
    low, high = trend.interval_percent or (None, None)
    if low is None or high is None:
        return plus_minus(change), DASH, trend.verdict
    span = ends(Estimate(value=trend.slope_percent, low=low, high=high, level=0.95))
    return plus_minus(change), span, trend.verdict


def _depth(document: DepthDocument) -> Told:
    name = document.sample or (document.stems[0] if document.stems else "the sample")
    scale = document.calibrated_by
    return Told(
        title=f"TOF-SIMS interfaces of {name}",
        lead=(f"Depth by {scale}." if scale else "No depth is calibrated: places are in the unit "
              "of sputtering.",),
        tables=(
            Table(
                caption="Where signals pass half of their plateaus, and from 16 to 84 % of them",
                columns=columns(
                    "ion", "edge", "t50 #", "width #", "unit", "depth / nm #", "width / nm #"
                ),
                rows=tuple(_interface(one) for one in document.interfaces),
                note="A width holds mixing, roughness and information depth: it is no thickness.",
            ),
        ),
        captions={
            "interfaces": f"Profiles of {name} with the places where signals pass half of their "
            "plateaus."
        },
        findings=tuple(f.finding() for f in document.findings),
    )  # fmt: skip


def _interface(one: Interface) -> tuple[str, ...]:
    numbers = [
        DASH if given is None else number(given.estimate())
        for given in (one.t50, one.width, one.depth_nm, one.width_nm)
    ]
    return (one.ion, one.edge, numbers[0], numbers[1], one.unit, numbers[2], numbers[3])


def _comparison(document: ProfileComparison) -> Told:
    names = document.stems if len(document.stems) == 2 else ("A", "B")
    caption = "Depth profile of {}: counts a point, corrected for dead time."
    change = "Change of each ion of {} over the window, with 95 % intervals."
    return Told(
        title=f"TOF-SIMS: {names[1]} against {names[0]}",
        lead=tuple(_sentence(one.sentence) for one in document.ions if one.sentence),
        tables=(
            Table(
                caption="Mean counts a point in the window that was judged of each profile; "
                f"A: {names[0]}; B: {names[1]}",
                columns=columns("ion", "A #", "B #", "B / A − 1 / % #", "verdict"),
                rows=tuple(_difference(one) for one in document.ions),
            ),
        ),
        captions={
            f"{side}_{name}": text.format(names[i])
            for i, side in enumerate("ab")
            for name, text in (("profile", caption), ("change", change))
        },
        findings=tuple(f.finding() for f in document.findings),
    )


def _difference(one: IonDifference) -> tuple[str, ...]:
    ratio = DASH
    if one.ratio_percent is not None and one.u_percent:
        parts = UncertaintyParts(counting=one.u_percent)
        ratio = plus_minus(Estimate(value=one.ratio_percent, u=one.u_percent, u_parts=parts))
    both = (DASH if n is None else f"{n:.4g}" for n in (one.level_a, one.level_b))
    return (one.ion, *both, ratio, one.verdict)
