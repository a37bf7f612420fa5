"""A fraction whose basis is not stated (rule Q3).

"4.88 %" of a core level, of areas or of atoms are three numbers. Severity: error. The finding
names the rules that cannot judge, and which readings would violate them. By definition of a
fraction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from references.words import Basis, Finding, Severity

from . import reaction_balance, stoichiometric_bound, unassigned_remainder
from .whole import READINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims

NAME = "fraction_basis"

DEPENDENT = ("stoichiometric_bound", "reaction_balance", "unassigned_remainder")


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield one finding for all fractions without a basis."""
    bare = [f for f in claims.fractions if f.basis is None]
    if not bare:
        return
    readings = [_violated(claims, basis, registry) for basis in READINGS]
    said = "; ".join(text for text in readings if text)
    yield Finding(
        rule=NAME,
        severity=Severity.ERROR,
        subject=", ".join(dict.fromkeys(f.name for f in bare)),
        reported="; ".join(
            f"{f.name} {100 * f.value:.2f} %" + (f" ({f.sample})" if f.sample else "") for f in bare
        ),
        reference="within_level, area_levels, atomic or atomic_all",
        message=(
            "basis not stated: the same number means another amount within its core level, of raw "
            f"areas or of atoms; {', '.join(DEPENDENT)} depend on it"
            + (f". Read {said}" if said else "")
            + ". State it (column basis, or --basis)"
        ),
    )


def _violated(claims: Claims, basis: Basis, registry: Registry) -> str:
    """Which of the dependent rules a reading would violate, in words."""
    read = replace(
        claims, fractions=tuple(replace(f, basis=f.basis or basis) for f in claims.fractions)
    )
    rules = (stoichiometric_bound, reaction_balance, unassigned_remainder)
    found = [
        f"{rule.NAME} ({finding.subject})"
        for rule in rules
        for finding in rule.review(read, registry)
    ]
    return f"as {basis}: {', '.join(found)}" if found else ""
