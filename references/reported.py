"""What a publication reports, as printed: kept apart from what is known."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ReportedValue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedValue:
    """One number of one study, as printed.

    Parameters
    ----------
    key, study, section, technique, quantity, label : str
    value : str
        As printed, since not every claim is a number.
    unit, figure, note : str
    """

    key: str
    study: str
    section: str
    technique: str
    quantity: str
    label: str
    value: str
    unit: str
    figure: str
    note: str
