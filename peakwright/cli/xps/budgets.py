"""Uncertainty budgets as a person reads them: by part, and by input that other samples share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from ..console import out_console, plain, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.words import Contribution, Row

__all__ = ["show_budgets"]

FAINT = 0.05
"""Inputs that contribute less than this part of u are not listed."""


def show_budgets(rows: Sequence[Row]) -> None:
    """Print what each source adds to the standard uncertainty of each fraction.

    Parameters
    ----------
    rows : sequence of Row
        Fractions; a table for each whole that they are fractions of. Under it the largest inputs
        that other samples share, with what the fraction moves by when one is a u higher.
    """
    for whole in dict.fromkeys((row.sample, row.basis, row.denominator) for row in rows):
        mine = [row for row in rows if (row.sample, row.basis, row.denominator) == whole]
        out_console.print(_table(mine))
        for row in mine:
            _say_inputs(row)
        _say_factors(mine)


def _table(rows: Sequence[Row]) -> Table:
    sample, basis, whole = rows[0].sample, rows[0].basis, rows[0].denominator
    parts = dict.fromkeys(part for row in rows for part in row.estimate.u_parts.to_dict())
    table = Table(
        title=plain(f"{sample}{': ' if sample else ''}parts of u in %, {basis} of {whole}"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("species", overflow="fold", min_width=8)
    for column in (*parts, "u"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        estimate = row.estimate.scaled(100.0)
        own = estimate.u_parts.to_dict()
        table.add_row(
            plain(row.subject),
            *(f"{own[part]:.2g}" if part in own else "-" for part in parts),
            f"{estimate.u_parts.total:.2g}" if own else "-",
        )
    return table


def _say_inputs(row: Row) -> None:
    """Constants and shapes by name; of sensitivity the part says enough."""
    total = row.estimate.u_parts.total
    seen = [
        c
        for c in row.estimate.contributions
        if c.part != "sensitivity" and abs(c.shift) >= FAINT * total > 0
    ]
    if seen:
        told = ", ".join(map(_input, sorted(seen, key=lambda c: -abs(c.shift))))
        say(f"{row.subject}, in %: {told}", indent=2)


def _input(given: Contribution) -> str:
    known = given.told_by
    if given.value is not None and given.u and not known:
        known = f"{given.value:.5g} ± {given.u:.2g}"
    return f"{given.source}{f' ({known})' if known else ''} {100.0 * given.shift:+.2g}"


def _say_factors(rows: Sequence[Row]) -> None:
    """What the sensitivity of each level rests on, once for all fractions."""
    found: dict[str, None] = {}
    for row in rows:
        for c in row.estimate.contributions:
            if c.part == "sensitivity" and c.u:
                found[f"{c.source} ({c.told_by}) {100.0 * c.u:.2g} %"] = None
    if found:
        say(f"sensitivity, relative u: {', '.join(found)}", indent=2)
