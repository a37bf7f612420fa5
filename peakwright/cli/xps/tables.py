"""Results as a person reads them in a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.table import Table

from references.words import Kind

from ..console import out_console, plain, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from references.words import Estimate, Finding, Row
    from xps.fit import Fit

__all__ = ["plus_minus", "show_finding", "show_fits", "show_fractions"]


def show_fits(fits: Sequence[Fit]) -> None:
    """Print the lines of each fit, what became of it, and what to review."""
    for fit in fits:
        out_console.print(_lines(fit))
        if fit.assessment != "converged":
            say(f"no intervals: {fit.message}", indent=2)
        for finding in fit.findings:
            show_finding(finding)


def _lines(fit: Fit) -> Table:
    title = " · ".join(part for part in (fit.sample, fit.region) if part)
    table = Table(title=plain(f"{title}: {fit.assessment}, χ²red {fit.chi2_reduced:.3g}"))
    unit = fit.lines[0].area_unit
    table.add_column("component", overflow="fold")
    table.add_column("line", overflow="fold", min_width=4)
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


def show_finding(finding: Finding) -> None:
    """Print a finding on one line."""
    told = " ".join(x for x in (finding.reported, finding.deviation) if x)
    against = f" (expected {finding.reference})" if finding.reference else ""
    seen = f"{told}{against}: " if told or against else ""
    said = f"{finding.severity}: {finding.subject}: {seen}{finding.message} [{finding.rule}]"
    say(said, indent=2)


def show_fractions(rows: Sequence[Row]) -> None:
    """Print one table a sample and basis, with the largest part of each uncertainty."""
    for sample, basis in dict.fromkeys((row.sample, row.basis) for row in rows):
        title = f"{sample}: " if sample else ""
        table = Table(title=plain(f"{title}species fractions, {basis}, 95 % intervals"))
        table.add_column("species", overflow="fold", min_width=10)
        table.add_column("of", justify="right", overflow="fold")
        for column in ("fraction / %", "interval / %"):
            table.add_column(column, justify="right", no_wrap=True)
        table.add_column("largest part of u / %", justify="right", overflow="fold")
        for row in rows:
            if (row.sample, row.basis) == (sample, basis):
                table.add_row(*_fraction(row))
        out_console.print(table)


def _fraction(row: Row) -> tuple[Text | str, ...]:
    estimate = row.estimate.scaled(100.0)
    parts = estimate.u_parts.to_dict()
    largest = max(parts, key=lambda name: parts[name], default="")
    return (
        plain(row.subject),
        plain(row.denominator),
        plus_minus(estimate),
        _interval(estimate),
        f"{largest} {parts[largest]:.2g}" if largest and parts[largest] > 0 else "-",
    )


def plus_minus(estimate: Estimate) -> str:
    """Show a value rounded to two digits of its standard uncertainty.

    Examples
    --------
    >>> from references.words import Estimate
    >>> plus_minus(Estimate(value=12.345))
    '12.345'
    """
    if estimate.kind is Kind.UPPER_LIMIT and estimate.high is not None:
        return f"< {estimate.high:.2g}"
    if estimate.kind is Kind.FIXED:
        return f"{estimate.value:.6g} (fixed)"
    if not estimate.u:
        return f"{estimate.value:.5g}"
    digits = max(0, 1 - math.floor(math.log10(estimate.u)))
    return f"{estimate.value:.{digits}f} ± {estimate.u:.{digits}f}"


def _interval(estimate: Estimate) -> str:
    if estimate.level is None:
        return "-"
    if estimate.low is None:
        return f"< {estimate.high:.3g}"
    return f"{estimate.low:.3g} .. {estimate.high:.3g}"
