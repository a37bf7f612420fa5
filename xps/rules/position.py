"""A species outside the energies it is known at.

Threshold: energies compared at 0.1 eV; up to 0.3 eV outside warning, beyond error, but a warning
only while no energy reference is declared; an entry that is missing or unverified is info.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.core_level import SpeciesLine
    from references.registry import Registry

    from ..result import Fit

NAME = "position"

NEAR = 0.3
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
        place = round(line.position.value, 1)
        # Compared at 0.1 eV: the window's own ends are not sharper than that.
        outside = round(max(round(low, 1) - place, place - round(high, 1)), 3)
        usable = known.energy.status.may_constrain
        if outside <= 1e-9:
            if not usable:
                yield _no_reference(fit, component.name, component.core_level, known.energy.source)
            continue
        severity = Severity.WARNING
        if not usable:
            severity = Severity.INFO
        elif outside > NEAR and fit.charge_reference:
            severity = Severity.ERROR
        yield Finding(
            rule=NAME,
            severity=severity,
            subject=f"{component.core_level} {component.name}",
            reported=f"{line.position.value:.2f} eV",
            reference=f"{low:g} .. {high:g} eV ({known.energy.scale})",
            deviation=f"{outside:+.2f} eV" if place > high else f"{-outside:+.2f} eV",
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
