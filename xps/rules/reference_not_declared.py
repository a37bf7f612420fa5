"""A binding-energy scale whose reference is not stated.

Severity: warning at a fit (positions cannot then be compared); a shift beyond 2 eV is info. Source:
Major et al. 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..result import Fit

NAME = "reference_not_declared"

LARGE = 2.0


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where no charge reference is declared, or a very large one."""
    if not fit.charge_reference:
        yield Finding(
            rule=NAME,
            severity=Severity.WARNING,
            subject=fit.region,
            reported="no charge reference",
            message=(
                "positions stand on the instrument's own scale and are compared with caution; "
                'declare one, for instance --charge-reference "C 1s:C-C" or --charge-shift 0'
            ),
            sources=("major2020",),
        )
    elif abs(fit.charge_shift) > LARGE:
        yield Finding(
            rule="large_charge_shift",
            severity=Severity.INFO,
            subject=fit.region,
            reported=f"{fit.charge_shift:+.2f} eV",
            reference=f"within {LARGE:g} eV",
            message="a large charge shift; check that the reference line is what it is taken for",
            sources=("major2020",),
        )
