"""Results as a person reads them in a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from references import rounding
from references.words import Kind

from ...jobs.xps.document import titles
from ..console import out_console, plain, say
from ..findings import show_finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from references.words import Estimate, Row
    from xps.monte_carlo import MonteCarlo
    from xps.result import Fit

__all__ = [
    "plus_minus",
    "scale_caption",
    "show_fits",
    "show_fractions",
    "show_replicas",
]


def show_fits(fits: Sequence[Fit]) -> None:
    """Print the lines of each fit, what became of it, and what to review."""
    said = ""
    for fit, title in zip(fits, titles(fits), strict=True):
        say(f"{title}: {fit.assessment}, χ²red {fit.chi2_reduced:#.3g}")
        out_console.print(_lines(fit))
        if (scale := scale_caption(fit)) and scale != said:
            say(scale, indent=2)
            said = scale
        if fit.assessment != "converged":
            say(f"no intervals: {fit.message}", indent=2)
        for finding in fit.findings:
            show_finding(finding)


def scale_caption(fit: Fit) -> str:
    """Say what the positions are relative to, and how well that is known: their u is without it.

    Where nothing is declared there is nothing to say: a finding asks for it.
    """
    if not fit.charge_reference:
        return ""
    u = fit.charge_shift_u
    known = f"± {u:.2g} eV, which is not in their u" if math.isfinite(u) else "of unknown u"
    return (
        f"positions are relative to the charge reference {fit.charge_reference}: "
        f"shift {fit.charge_shift:+.3f} eV {known}"
    )


def _lines(fit: Fit) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    unit = fit.lines[0].area_unit
    table.add_column("component", overflow="fold")
    table.add_column("line", no_wrap=True)
    for column in ("position / eV", "FWHM / eV", f"area / {unit}"):
        table.add_column(column, justify="right", no_wrap=True)
    for line in fit.lines:
        table.add_row(
            plain(line.component),
            plain(line.line),
            plus_minus(line.position),
            plus_minus(line.fwhm),
            plus_minus(line.area),
        )
    return table


def show_fractions(rows: Sequence[Row]) -> None:
    """Print one table a sample and basis, with the largest part of each uncertainty.

    Where a sample has one region several times, each of them has its own table, by its number.
    """
    for sample, basis in dict.fromkeys((row.sample, row.basis) for row in rows):
        mine = [row for row in rows if (row.sample, row.basis) == (sample, basis)]
        numbered = [(_occurrence(mine, i), row) for i, row in enumerate(mine)]
        last = max(number for number, _ in numbered)
        for number in range(1, last + 1):
            title = f"{sample}: " if sample else ""
            title += f"species fractions, {basis}, 95 % intervals"
            title += f" ({number})" if last > 1 else ""
            out_console.print(_fraction_table(title, [r for n, r in numbered if n == number]))


def show_replicas(replicas: Sequence[MonteCarlo]) -> None:
    """Print the scatter of replicas beside what each fit says of itself, a table for each whole."""
    for whole in dict.fromkeys((g.sample, g.basis, g.denominator) for g in replicas):
        mine = [g for g in replicas if (g.sample, g.basis, g.denominator) == whole]
        table = Table(
            title=plain(
                f"{whole[0]}{': ' if whole[0] else ''}replicas in %, {whole[1]} of {whole[2]}"
            ),
            title_justify="left",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
        )
        table.add_column("species", overflow="fold", min_width=8)
        for column in ("fit ± counting", "mean ± scatter", "95 of 100 lie in", "converged"):
            table.add_column(column, justify="right", no_wrap=True)
        for given in mine:
            table.add_row(*_replicated(given))
        out_console.print(table)


def _replicated(given: MonteCarlo) -> tuple[Text, str, str, str, str]:
    digits = max(0, 1 - math.floor(math.log10(100.0 * given.sd))) if given.sd > 0 else 2
    value, counting, mean, sd, low, high = (
        f"{100.0 * number:.{digits}f}"
        for number in (given.value, given.counting, given.mean, given.sd, given.low, given.high)
    )
    return (
        plain(given.subject),
        f"{value} ± {counting}",
        f"{mean} ± {sd}",
        f"{low} .. {high}",
        f"{given.converged} of {given.replicas}",
    )


def _occurrence(rows: Sequence[Row], index: int) -> int:
    """How often a row's subject and denominator have come up to and with it."""
    names = [(row.subject, row.denominator) for row in rows[: index + 1]]
    return names.count(names[-1])


def _fraction_table(title: str, rows: Sequence[Row]) -> Table:
    table = Table(title=plain(title))
    table.add_column("species", overflow="fold", min_width=10)
    table.add_column("of", justify="right", overflow="fold")
    for column in ("fraction / %", "interval / %"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("largest part of u / %", justify="right", overflow="fold")
    for row in rows:
        table.add_row(*_fraction(row))
    return table


def _fraction(row: Row) -> tuple[Text | str, ...]:
    estimate = row.estimate.scaled(100.0)
    parts = estimate.u_parts.to_dict()
    largest = max(parts, key=lambda name: parts[name], default="")
    return (
        plain(row.subject),
        plain(row.denominator),
        plus_minus(estimate),
        rounding.interval(estimate),
        f"{largest} {parts[largest]:.2g}" if largest and parts[largest] > 0 else "-",
    )


def plus_minus(estimate: Estimate) -> str:
    """Write an estimate, and say where it is held."""
    if estimate.kind is Kind.FIXED:
        return f"{estimate.value:.6g} (fixed)"
    return rounding.plus_minus(estimate)
