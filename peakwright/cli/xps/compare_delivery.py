"""A comparison handed over: sentences and a table or one JSON document, and a folder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from peakwright.store import csv_text
from references import rounding
from references.words import Estimate, Kind, UncertaintyParts

from ..console import emit_json, out_console, plain, say
from ..findings import show_finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from references.words import Finding
    from xps.compare import Difference
    from xps.side import Side

    from .spots import Spot

__all__ = ["deliver_comparison"]

NEARLY_SURE = 0.9995
"""Probabilities beyond this are written as more than it."""


@dataclass(frozen=True, slots=True)
class _Library:
    version: str
    sha256: str


def deliver_comparison(
    differences: Sequence[Difference],
    a: Sequence[Spot],
    b: Sequence[Spot],
    notes: Sequence[Finding],
    *,
    out: Path | None,
    json: bool,
) -> None:
    """Print a comparison as tables or JSON, and write its folder.

    Parameters
    ----------
    differences : sequence of Difference
    a, b : sequence of Spot
        What was compared.
    notes : sequence of Finding
    out : Path or None
        Folder to write.
    json : bool
        One JSON document instead of tables.
    """
    from peakwright.store import result_document, write_results

    spots = [*a, *b]
    inputs = {spot.path: {"path": spot.path, "sha256": _hash(spot.path)} for spot in spots}
    document = result_document(
        "peakwright.xps.compare/1",
        inputs.values(),
        _Library(*a[0].library),
        a=[_described(spot) for spot in a],
        b=[_described(spot) for spot in b],
        differences=[difference.to_dict() for difference in differences],
        findings=[note.to_dict() for note in notes],
    )
    if out is not None:
        rows = [row for spot in spots for row in spot.rows]

        def draw() -> dict[str, bytes]:
            return _files(differences, _name(a, "A"), _name(b, "B"))

        write_results(out, document, rows, None, draw)
    if json:
        emit_json(document)
        return
    for note in notes:
        show_finding(note)
    say(f"A: {_name(a, 'A')} ({_number(a)}); B: {_name(b, 'B')} ({_number(b)})")
    for basis, denominator in dict.fromkeys((d.basis, d.denominator) for d in differences):
        mine = [d for d in differences if (d.basis, d.denominator) == (basis, denominator)]
        out_console.print(_table(f"{basis} of {denominator}, 95 % intervals", mine))
        for difference in mine:
            _say(difference)
    if out is not None:
        say(f"written to {out}")


def _hash(path: str) -> str:
    from references.files import sha256

    return sha256(path)


def _described(spot: Spot) -> dict[str, object]:
    from pathlib import PurePath

    return {
        "path": PurePath(spot.path).name,
        "sample": spot.sample,
        "measurement_sha256": spot.sha256,
        "registry": {"version": spot.library[0], "sha256": spot.library[1]},
    }


def _name(spots: Sequence[Spot], otherwise: str) -> str:
    """What a sample is called; several spots of different names by all of them."""
    names = dict.fromkeys(spot.sample for spot in spots if spot.sample)
    return " / ".join(names) or otherwise


def _number(spots: Sequence[Spot]) -> str:
    return "1 spot" if len(spots) == 1 else f"{len(spots)} spots"


def _table(title: str, differences: Sequence[Difference]) -> Table:
    table = Table(title=plain(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("species", overflow="fold", min_width=8)
    for column in ("A / %", "B / %", "B \u2212 A / %", "P(fell)"):
        table.add_column(column, justify="right", no_wrap=True)
    for d in differences:
        table.add_row(
            plain(d.subject),
            rounding.plus_minus(_estimate(d.a)),
            rounding.plus_minus(_estimate(d.b)),
            f"{100.0 * d.value:+.{_digits(d)}f} ({rounding.interval(_shown(d))})",
            _probability(d.fell),
        )
    return table


def _digits(d: Difference) -> int:
    half = 50.0 * (d.high - d.low)
    return max(0, 1 - math.floor(math.log10(half))) if half > 0 else 3


def _say(difference: Difference) -> None:
    """The answer in a sentence, then what the spots tell."""
    d = difference
    went, sure = ("fell", d.fell) if d.value < 0 else ("rose", d.rose)
    ratio = _ratio(d)
    verdict = "" if d.shown else "no difference is shown; "
    say(
        f"{d.subject}: {verdict}{went}{ratio}, probability {_probability(sure)} (two-sided p "
        f"{_small(d.p)}); a difference of {100.0 * d.detectable:.2g} % would be found four times "
        "in five",
        indent=2,
    )
    for name, side in (("A", d.a), ("B", d.b)):
        if side.spread is not None:
            _say_spread(name, side)


def _ratio(d: Difference) -> str:
    """By which factor, where it is known."""
    if d.ratio is None or d.ratio_low is None:
        return ""
    high = "no end" if d.ratio_high is None else f"{d.ratio_high:.2f}"
    return f" (to {d.ratio:.2f} of A, {d.ratio_low:.2f} .. {high})"


def _say_spread(name: str, side: Side) -> None:
    found = side.spread
    assert found is not None
    between = f"{100.0 * found.between:.2g} % ({100.0 * found.low:.2g} .. {100.0 * found.high:.2g})"
    known = (
        "differ more than their counting explains" if found.p < 0.05 else "agree within counting"
    )
    say(
        f"the {len(side.spots)} spots of {name} {known} (p {_small(found.p)}): standard deviation "
        f"between spots {between}",
        indent=4,
    )


def _estimate(side: Side) -> Estimate:
    """A side in percent."""
    if len(side.spots) == 1:
        return side.spots[0].scaled(100.0)
    return Estimate(
        value=100.0 * side.value,
        u=100.0 * side.u,
        u_parts=UncertaintyParts(counting=100.0 * side.u),
    )


def _shown(d: Difference) -> Estimate:
    """A difference in percent."""
    return Estimate(
        value=100.0 * d.value,
        u=100.0 * d.u,
        u_parts=UncertaintyParts(counting=100.0 * d.u),
        low=100.0 * d.low,
        high=100.0 * d.high,
        level=0.95,
        kind=Kind.STANDARD,
    )


def _probability(value: float) -> str:
    if value > NEARLY_SURE:
        return f"> {NEARLY_SURE:g}"
    if value < 1.0 - NEARLY_SURE:
        return f"< {1.0 - NEARLY_SURE:.1g}"
    return f"{value:.3f}"


def _small(value: float) -> str:
    return f"{value:.2g}" if value >= 1e-4 else "< 0.0001"


def _files(differences: Sequence[Difference], a: str, b: str) -> dict[str, bytes]:
    """The table of differences and their figure; file name to content."""
    from xps.plot import comparison_figure, rendered

    files = {"differences.csv": _csv(differences).encode(errors="backslashreplace")}
    if differences:
        drawn = comparison_figure(differences, names=(a, b))
        files |= {f"comparison.{kind}": rendered(drawn, kind) for kind in ("svg", "png")}
    return files


def _csv(differences: Sequence[Difference]) -> str:
    """One line a difference."""
    columns = (
        *("subject", "basis", "denominator", "a", "a_u", "a_spots", "a_between_spots"),
        *("b", "b_u", "b_spots", "b_between_spots", "difference", "u", "low", "high"),
        *("ratio", "ratio_low", "ratio_high", "probability_fell", "p_two_sided", "detectable"),
    )
    lines: list[tuple[object, ...]] = [columns]
    for d in differences:
        sides: list[object] = []
        for side in (d.a, d.b):
            between = None if side.spread is None else side.spread.between
            sides += [side.value, side.u, len(side.spots), between]
        lines.append(
            (
                *(d.subject, str(d.basis), d.denominator, *sides, d.value, d.u, d.low, d.high),
                *(d.ratio, d.ratio_low, d.ratio_high, d.fell, d.p, d.detectable),
            )
        )
    return csv_text(lines)
