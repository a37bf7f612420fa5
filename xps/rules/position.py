"""A species outside the energies it is known at.

Threshold: energies compared at 0.1 eV; up to 0.3 eV outside warning, beyond error, but a warning
only while no energy reference is declared; an entry that is missing or unverified is info, more
than 1 eV from what is only reported a warning. What two standard uncertainties of the line and of
the energy scale explain is silent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from references.value import Status
from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.core_level import SpeciesLine
    from references.registry import Registry

    from ..claims import ClaimedLine, Claims
    from ..result import Fit

NAME = "position"

NEAR = 0.3
ROOM = 2.0
"""Standard uncertainties, of the line and the energy scale, that explain a distance."""
FAR = 1.0
"""Distance from what is only reported that is worth a warning [eV]."""
SINGLE_RECORD = 0.2
"""Room about one record, or about several that give the same number [eV]."""


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each species whose major line is out of its range."""
    for component in fit.envelope.components:
        if not component.species:
            continue
        line = next(x for x in fit.lines if x.component == component.name and not x.minor)
        if line.area.value <= 0:
            continue
        known = registry.line(component.core_level, component.species)
        low, high = accepted(known)
        outside = how_far_outside(known, line.position.value)
        if abs(outside) <= ROOM * math.hypot(line.position.u or 0.0, _scale_u(fit)):
            outside = 0.0
        usable = known.energy.status.may_constrain
        if not outside:
            if not usable:
                yield _no_reference(fit, component.name, component.core_level, known.energy.source)
            continue
        severity = Severity.WARNING
        if not usable:
            severity = Severity.INFO
        elif abs(outside) > NEAR and fit.charge_reference:
            severity = Severity.ERROR
        yield Finding(
            rule=NAME,
            severity=severity,
            subject=f"{component.core_level} {component.name}",
            reported=f"{line.position.value:.2f} eV",
            reference=f"{low:g} .. {high:g} eV ({known.energy.scale})",
            deviation=f"{outside:+.2f} eV",
            message=(
                f"{component.species} is known elsewhere; review the assignment and the charge "
                "reference"
            ),
            sources=known.energy.source,
        )


def accepted(line: SpeciesLine) -> tuple[float, float]:
    """Give the energies [eV] between which a species' line needs no comment.

    One record, or several that agree to the digit, are no range: they get at least 0.2 eV on
    both sides.
    """
    low, high = line.window
    if line.energy.n == 1 or low == high:
        best = line.energy.best
        return min(low, best - SINGLE_RECORD), max(high, best + SINGLE_RECORD)
    return low, high


def _no_reference(fit: Fit, name: str, level: str, sources: tuple[str, ...]) -> Finding:
    return Finding(
        rule="no_reference",
        severity=Severity.INFO,
        subject=f"{level} {name}",
        message=(
            f"the library has no verified energy for {name} on {level}: its place in "
            f"{fit.region} was a guess and proves nothing"
        ),
        sources=sources,
    )


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each stated species out of its range, or without a verified one."""
    for line in claims.lines:
        if not line.there or line.minor or not line.named or line.assumed:
            continue
        known = line.known(registry)
        if known is None or not known.energy.status.may_constrain:
            yield _unknown(line, known)
        if known is None or known.energy.status is Status.UNVERIFIED:
            continue
        outside = how_far_outside(known, line.place)
        stated_u = line.position.u if line.position else None
        if abs(outside) <= ROOM * (stated_u or 0.0):
            continue
        low, high = accepted(known)
        firm = known.energy.status.may_constrain
        if not firm and abs(outside) <= FAR:
            continue
        loud = abs(outside) > NEAR and line.referenced and firm
        yield Finding(
            rule=NAME,
            severity=Severity.ERROR if loud else Severity.WARNING,
            subject=line.subject,
            reported=f"{line.place:.2f} eV",
            reference=f"{low:g} .. {high:g} eV ({known.energy.scale})",
            deviation=f"{outside:+.2f} eV",
            message=(
                f"{line.species} is known elsewhere; review the assignment and the charge reference"
            ),
            sources=known.energy.source,
        )


def _scale_u(fit: Fit) -> float:
    """Standard uncertainty of the energy scale [eV]; 0 where it is not known."""
    u = getattr(fit, "charge_shift_u", 0.0)
    return u if math.isfinite(u) else 0.0


def how_far_outside(known: SpeciesLine, place: float) -> float:
    """Give by how much an energy lies outside a species' range, signed; 0 inside [eV].

    Compared at 0.1 eV: the range's own ends are not sharper than that.
    """
    low, high = accepted(known)
    at = round(place, 1)
    below, above = round(round(low, 1) - at, 3), round(at - round(high, 1), 3)
    return above if above > 0 else -below if below > 0 else 0.0


def _unknown(line: ClaimedLine, known: SpeciesLine | None) -> Finding:
    """Say that nothing verified stands behind a place, and what single studies report."""
    told = [] if known is None else [v for v in known.reported if v.source != ("reference-study",)]
    reported = "; ".join(f"{v.best:g} eV is reported ({', '.join(v.source)})" for v in told)
    return Finding(
        rule="no_reference",
        severity=Severity.INFO,
        subject=line.subject,
        reported=f"{line.place:.2f} eV",
        reference=reported,
        message=(
            "the library has no verified energy for it on this level, so its place alone proves "
            "nothing; its shift from a known line of the same spectrum can be judged"
        ),
        sources=tuple(dict.fromkeys(key for v in told for key in v.source)),
    )
