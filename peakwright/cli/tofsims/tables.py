"""Tables of depth profiles and of their uniformity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from ..console import out_console, plain, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tofsims.field import Field
    from tofsims.verdict import Uniformity

__all__ = ["show_uniformity"]


def show_uniformity(found: Uniformity) -> None:
    """Print the answer: the sentence, the change of each ion, the calibration."""
    name = f"{found.sample}: " if found.sample else ""
    say(f"{name}{found.sentence}")
    if found.cut:
        first = "point is" if found.cut == 1 else f"{found.cut} points are"
        say(f"the first {first} left out as the start of sputtering", indent=2)
    table = Table(
        title="change over the window in %, with its 95 % interval",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("ion", overflow="fold", min_width=6)
    for column in ("counts", "change", "95 % interval", "p trend"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", overflow="fold", min_width=9)
    for one in found.trends:
        known = math.isfinite(one.change_percent)
        low, high = one.interval
        table.add_row(
            plain(one.ion),
            f"{one.mean:.4g}",
            f"{one.change_percent:+.2f} ± {one.u:.2f}" if known else "-",
            f"{low:+.1f} .. {high:+.1f}" if known else "-",
            _p(one.p_correlated),
            plain(f"{one.verdict}: {one.why}" if one.why else str(one.verdict)),
        )
    out_console.print(table)
    for one in found.patterns:
        if math.isfinite(one.p):
            listed = ", ".join(one.members)
            say(f"isotope pattern of {listed}: p {_p(one.p)} of the natural one", indent=2)
    _say_fields(found.fields)
    made = found.calibration
    if made is not None:
        listed = ", ".join(f"{a.ion} {a.left_out_ppm:+.1f}" for a in made.anchors)
        say(
            f"mass scale: sf {made.scale.sf:.6g}, k0 {made.scale.k0:.6g} ({made.scale.source}); "
            f"left out one by one [ppm]: {listed}",
            indent=2,
        )
        middle = made.anchors[len(made.anchors) // 2]
        resolution = middle.mz / float(made.fwhm(middle.mz))
        say(f"mass resolution m/Δm at {middle.ion}: {resolution:.0f}", indent=2)


def _say_fields(fields: Sequence[Field]) -> None:
    """Say how ions are spread over the field: each uneven one, then the others together."""
    rest: dict[str, list[str]] = {}
    for one in fields:
        finest = one.finest
        if finest is None or str(one.verdict) == "uneven":
            say(one.sentence(), indent=2)
        else:
            told = f"{one.ion} {finest.seen_percent:.2g} %"
            rest.setdefault(str(one.verdict), []).append(told)
    for word, told in rest.items():
        say(
            f"over the field: {word}: {', '.join(told)} (differences between blocks of pixels that "
            "would have been seen)",
            indent=2,
        )


def _p(p: float) -> str:
    if not math.isfinite(p):
        return "-"
    return f"{p:.2g}" if p >= 1e-4 else "< 0.0001"
