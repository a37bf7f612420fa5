"""Findings on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .console import say

if TYPE_CHECKING:
    from references.words import Finding

__all__ = ["show_finding"]


def show_finding(finding: Finding) -> None:
    """Print a finding on one line."""
    seen = " against ".join(x for x in (finding.reported, finding.reference) if x)
    if finding.deviation:
        seen += f" ({finding.deviation})"
    seen = f"{seen}: " if seen else ""
    said = f"{finding.severity}: {finding.subject}: {seen}{finding.message} [{finding.rule}]"
    say(said, indent=2)
