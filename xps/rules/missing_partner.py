"""A p, d or f line without its spin-orbit partner (rule D1).

Severity: error where the window covers the partner's place, info where it does not. What may stand
in for the partner is said in :mod:`xps.rules.pairs`. Sources: Major et al. 2020; Conny and Powell,
Surf. Interface Anal. 26 (1998) 939.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .pairs import paired, singles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..result import Fit
    from .pairs import Single

NAME = "missing_partner"


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each single line of a level that splits."""
    alone = singles(fit, registry)
    claimed = {single.component.name for pair in paired(alone) for single in pair}
    for single in alone:
        if single.component.name not in claimed:
            yield _finding(fit, single)


def _finding(fit: Fit, single: Single) -> Finding:
    level, place = single.level, single.line.position.value
    assert level.splitting is not None  # as for every single line here
    expected = place + single.splitting
    covered = float(fit.curves.energy[0]) <= expected <= float(fit.curves.energy[-1])
    usable = level.splitting.status.may_constrain
    loud = Severity.ERROR if usable else Severity.WARNING
    return Finding(
        rule=NAME,
        severity=loud if covered else Severity.INFO,
        subject=f"{fit.region} {single.component.name}",
        reported=f"{single.line.line} alone",
        reference=f"{level.element} {level.lines[1]} at {expected:.2f} eV",
        message=(
            f"{level.symbol} is a doublet; add the partner at +{single.splitting:g} eV "
            + ("(set partner = true)" if covered else "or widen the window to show it")
        ),
        sources=level.splitting.source,
    )
