"""What is said about a part of a file while it is read, and why a part is passed over."""

from __future__ import annotations

from dataclasses import dataclass, field

from references.words import Finding, Severity

__all__ = ["Skipped", "Told"]


class Skipped(Exception):  # noqa: N818 - no error: a part of a file that holds no powder pattern
    """A part of a file that is passed over, and why."""


@dataclass(slots=True, kw_only=True)
class Told:
    """What is said about a part of a file while it is read.

    Attributes
    ----------
    subject : str
        The part: ``"scan 2 (High angle scan)"``.
    notes : list of Finding
    """

    subject: str
    notes: list[Finding] = field(default_factory=list[Finding])

    def say(
        self, rule: str, severity: Severity, message: str, reported: str = "", reference: str = ""
    ) -> None:
        """Keep a note about the part."""
        self.notes.append(
            Finding(
                rule=rule,
                severity=severity,
                subject=self.subject,
                reported=reported,
                reference=reference,
                message=message,
            )
        )
