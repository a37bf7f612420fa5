"""A line on the wrong side of its parent's (rule C5).

Severity: error where the expected sign has a source, warning while it is an argument. Threshold:
0.1 eV, to which energies are compared. A design choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry
    from references.species import ShiftSign

    from ..claims import ClaimedLine, Claims

NAME = "shift_sign"

CLOSE = 0.1


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each species that is shifted the other way."""
    for lines in claims.groups:
        for expected in registry.shift_signs:
            own, parent = (
                [
                    x
                    for x in lines
                    if x.symbol == expected.core_level and x.species == key and not x.minor
                ]
                for key in (expected.species, expected.parent)
            )
            if len(own) != 1 or len(parent) != 1:
                continue
            shift = round(own[0].place - parent[0].place, 3)
            sign = expected.sign.best
            wrong = abs(shift) > CLOSE if sign == 0 else shift * sign < -CLOSE
            if wrong:
                yield _finding(own[0], parent[0], shift, expected)


def _finding(own: ClaimedLine, parent: ClaimedLine, shift: float, expected: ShiftSign) -> Finding:
    sign = expected.sign
    firm = sign.status.may_constrain
    return Finding(
        rule=NAME,
        severity=Severity.ERROR if firm else Severity.WARNING,
        subject=own.subject,
        reported=f"{shift:+.2f} eV from {parent.name}",
        reference={-1: "<= 0", 0: "0", 1: ">= 0"}.get(int(sign.best), "") + " expected",
        message=(
            "the shift has the other sign than expected"
            + ("" if firm else ", by an argument that no reference confirms")
            + "; review the assignment"
            + (f" ({sign.note})" if sign.note else "")
        ),
        sources=sign.source,
    )
