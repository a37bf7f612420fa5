"""A binding-energy scale whose reference is not stated.

Severity: error for what is stated without it, warning at a fit, which can be calibrated later,
info in a recipe; a shift beyond 2 eV is info. Source: Major et al. 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims
    from ..result import Fit

NAME = "reference_not_declared"

LARGE = 2.0
_LOUD = {"table": Severity.ERROR, "recipe": Severity.INFO}
"""Nobody can calibrate what is stated; a recipe may get its charge option at the fit."""


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


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding where lines are stated without an energy reference, or with a large shift."""
    lines = [line for line in claims.lines if line.position is not None and not line.referenced]
    if lines:
        levels = ", ".join(dict.fromkeys(line.symbol for line in lines))
        yield Finding(
            rule=NAME,
            severity=_LOUD.get(claims.origin, Severity.WARNING),
            subject=levels,
            reported="no energy reference",
            reference='for instance "C 1s 284.8"',
            message=(
                "positions without the reference of their energy scale cannot be compared with "
                "others; state it (column energy_reference of a table, [charge] of a recipe)"
            ),
            sources=("major2020",),
        )
    shifts: dict[str, set[float]] = {}
    for spectrum in claims.spectra:
        if spectrum.charge_shift is not None and abs(spectrum.charge_shift) > LARGE:
            shifts.setdefault(spectrum.sample, set()).add(round(spectrum.charge_shift, 2))
    for sample, found in shifts.items():
        yield Finding(
            rule="large_charge_shift",
            severity=Severity.INFO,
            subject=sample,
            reported=", ".join(f"{shift:+.2f} eV" for shift in sorted(found)),
            reference=f"within {LARGE:g} eV",
            message="a large charge shift; check that the reference line is what it is taken for",
            sources=("major2020",),
        )
