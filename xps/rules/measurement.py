"""Data that are not counts: their statistics are not known, so least squares is used instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from ..envelope import Envelope

__all__ = ["not_counts"]


def not_counts(envelope: Envelope) -> Finding:
    """Say that the objective of this fit is unweighted least squares, and why."""
    return Finding(
        rule="counts_unknown",
        severity=Severity.WARNING,
        subject=envelope.region,
        reported="intensity without dwell time and scans",
        reference="counts",
        message=(
            "the spectrum holds intensities, not counts, so the fit uses unweighted least squares "
            "and estimates the noise from the residuals; give counts, or a rate with dwell time "
            "and scans, for error bars that hold"
        ),
    )
