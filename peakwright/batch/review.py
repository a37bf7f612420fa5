"""What can be said of the fits of a series by their numbers alone.

The series keeps no curves, so of the linter's rules these are run whose threshold is on a number
that it gives: the reduced chi-square, and that a parameter rests on its bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Assessment, Finding, Severity

from ..counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .unit import Table

__all__ = ["UNREVIEWED", "review"]

UNREVIEWED = Finding(
    rule="series_review",
    severity=Severity.INFO,
    subject="all fits",
    message="the series reviews fits by their misfit and by parameters at a bound alone; "
    "`peakwright xps fit`, or `batch --engine fit`, runs all rules",
)
"""Says which rules nobody has run."""

CAREFULLY = "fit one with `peakwright xps fit`, which shows where"


def review(table: Table, channels: int) -> Iterator[Finding]:
    """Yield a finding for the spectra of a table that have something to review.

    Parameters
    ----------
    table : dict
        Numbers of spectra of one sample and region.
    channels : int
        Of each spectrum.
    """
    from xps.rules import at_bound, chi2_scale

    subject = " · ".join(part for part in (table["sample"], table["region"]) if part)
    chi2 = [None if channels < chi2_scale.LEAST else value for value in table["chi2"]]
    far = [i for i, c in enumerate(chi2) if c is not None and c > chi2_scale.LARGE]
    near = [i for i, c in enumerate(chi2) if c is not None and c < chi2_scale.SMALL]
    for those, why in (
        (far, f"the model misses more than counts explain, or the data are no counts; {CAREFULLY}"),
        (near, "less scatter than counts have; the data are no counts, or were smoothed"),
    ):
        if those:
            seen = [chi2[i] for i in those]
            low, high = (f"{end(v for v in seen if v is not None):.3g}" for end in (min, max))
            yield Finding(
                rule=chi2_scale.NAME,
                severity=Severity.WARNING,
                subject=subject,
                reported=f"reduced chi-square {low if low == high else f'{low} .. {high}'}",
                reference=f"{chi2_scale.SMALL:g} .. {chi2_scale.LARGE:g}",
                message=f"{_which(table, those)}: {why}",
                sources=("fairley2023",),
            )
    bound = [i for i, o in enumerate(table["outcome"]) if o == Assessment.AT_BOUND]
    if bound:
        yield Finding(
            rule=at_bound.NAME,
            severity=Severity.WARNING,
            subject=subject,
            reported=counted(len(bound), "spectrum"),
            message=f"{_which(table, bound)}: a parameter rests on its bound, so there are no "
            f"intervals; {CAREFULLY}",
            sources=("major2020", "moeini2021"),
        )


def _which(table: Table, those: Sequence[int]) -> str:
    number = len(table["spectra"])
    if number == 1:
        return f"spectrum {table['spectra'][0]}"
    first = table["spectra"][those[0]]
    return f"{len(those)} of {number} spectra, the first is {first}"
