"""How much of a species may be there that is not seen: upper limits, on every basis.

Within a level that shows other species the fit itself gives the limit (:mod:`xps.estimate`). Of a
level whose window shows no peak it is the limit of the area that becomes one of an amount, over
what the other levels show.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from references import rounding
from references.words import (
    Basis,
    Estimate,
    Finding,
    InputError,
    Kind,
    Row,
    Severity,
    UncertaintyParts,
)

from .amount import QuantificationError, Sensitivity, level_factors
from .estimate import LEVEL, Z
from .share import fraction_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry

    from .envelope import Component, Envelope
    from .result import Fit
    from .share import Whole

__all__ = ["absent_fractions", "check_in_sight", "limit_notes"]


def absent_fractions(
    absent: Sequence[Fit],
    seen: Sequence[Fit],
    all_of_it: Whole,
    registry: Registry,
    sensitivity: Sensitivity,
) -> tuple[Row, ...]:
    """Give upper limits for species of levels whose windows show no peak.

    Parameters
    ----------
    absent : sequence of Fit
        Fits whose windows show none, with the limits of their areas.
    seen : sequence of Fit
        The sample's other fits, of which ``all_of_it`` was made.
    all_of_it : Whole
        What the fractions are fractions of, without the absent levels.
    registry : Registry
    sensitivity : Sensitivity
        As for ``all_of_it``.

    Returns
    -------
    tuple of Row
        Their denominator names what is absent too.

    Raises
    ------
    QuantificationError
        If a window has no limit to give, or as :func:`xps.fractions`.

    Notes
    -----
    With n the limit of the amount and N the amounts that are there, x < n / (N + n); what N and the
    level's sensitivity are uncertain by widens it in quadrature.
    """
    atomic = all_of_it.basis is not Basis.AREA_LEVELS
    places = {c.core_level: f for f in (*seen, *absent) for c in _species(f)}
    factors = level_factors(places, registry, sensitivity) if atomic else {}
    total = all_of_it.total
    of_total = all_of_it.amounts.parts(all_of_it.inside.astype(float)).total / total
    levels = dict.fromkeys(c.core_level for f in absent for c in _species(f))
    names = [registry.core_level(level).element if atomic else level for level in levels]
    whole = "+".join(dict.fromkeys([*all_of_it.denominator.split("+"), *names]))
    rows: list[Row] = []
    for fit in absent:
        for component in _species(fit):
            factor, causes = factors.get(component.core_level, (1.0, ()))
            amount = _limit_of(fit, component.name, seen) / factor
            share = amount / (total + amount)
            of_level = math.hypot(of_total, *(cause.u for cause in causes))
            parts = UncertaintyParts(counting=share / Z, sensitivity=share * of_level)
            estimate = Estimate(
                value=0.0,
                u_parts=parts,
                high=Z * parts.total,
                level=LEVEL,
                kind=Kind.UPPER_LIMIT,
            )
            subject = f"{component.name} ({component.core_level})"
            rows.append(fraction_row(all_of_it.sample, subject, estimate, all_of_it.basis, whole))
    return tuple(rows)


def _species(fit: Fit) -> list[Component]:
    return [c for c in fit.envelope.components if c.role == "species"]


def _limit_of(fit: Fit, component: str, seen: Sequence[Fit]) -> float:
    """The limit of an area, in the unit of the others."""
    limits = dict(fit.absent)
    if component not in limits:
        raise QuantificationError(
            f"the fit of {fit.region} is {fit.assessment} and gives {component} no limit "
            f"({fit.message})"
        )
    unit = fit.lines[0].area_unit
    others = {other.lines[0].area_unit for other in seen}
    if others != {unit}:
        raise QuantificationError(
            f"areas come in {unit} and {' and '.join(sorted(others))}; a limit over several levels "
            "needs one unit: give the dwell time and scans of every region"
        )
    return limits[component]


def check_in_sight(
    envelope: Envelope, registry: Registry, keys: Sequence[str], energy: tuple[float, float]
) -> None:
    """Refuse a limit for a species whose line lies where nothing was measured.

    Parameters
    ----------
    envelope : Envelope
    registry : Registry
    keys : sequence of str
        Species that a limit is asked for.
    energy : (float, float)
        Ends of the spectrum [eV, calibrated], low to high.

    Raises
    ------
    InputError
        With the species' energies and the window's.
    """
    low, high = energy if envelope.window is None else envelope.window
    low, high = max(low, energy[0]), min(high, energy[1])
    wanted = {registry.species(key).key for key in keys}
    for component in envelope.components:
        if component.species not in wanted:
            continue
        line = registry.line(component.core_level, component.species)
        if line.window[0] < low or line.window[1] > high:
            raise InputError(
                f"{component.species} lies at {line.window[0]:g} .. {line.window[1]:g} eV on "
                f"{component.core_level}, the window is {low:g} .. {high:g} eV: what is not "
                "measured has no limit; widen the window, or record a wider region"
            )


def limit_notes(
    rows: Sequence[Row], fits: Sequence[Fit], keys: Sequence[str]
) -> tuple[Finding, ...]:
    """Say of each species that a limit was asked for how much of it there may be.

    Parameters
    ----------
    rows : sequence of Row
        Fractions.
    fits : sequence of Fit
    keys : sequence of str
        The species' names.
    """
    notes: list[Finding] = []
    for key in keys:
        own = [row for row in rows if row.subject == key or row.subject.startswith(f"{key} (")]
        notes += [_note(row, key) for row in own]
        for fit in fits:
            known = dict(fit.absent).get(key)
            if known is not None:
                notes.append(_area_note(fit, key, known))
    return tuple(notes)


def _note(row: Row, key: str) -> Finding:
    percent = row.estimate.scaled(100.0)
    limit = row.estimate.kind is Kind.UPPER_LIMIT
    seen = (
        "is not seen at three standard uncertainties; the limit is the upper end of the 95 % "
        "interval from all parts of u"
        if limit
        else "is there, so that there is no limit to give"
    )
    return Finding(
        rule="detection_limit",
        severity=Severity.INFO,
        subject=" ".join(part for part in (row.sample, key) if part),
        reported=f"{rounding.plus_minus(percent)} % of {row.denominator} ({row.basis})",
        message=f"{key} {seen}",
    )


def _area_note(fit: Fit, key: str, high: float) -> Finding:
    return Finding(
        rule="detection_limit",
        severity=Severity.INFO,
        subject=" ".join(part for part in (fit.sample, fit.region, key) if part),
        reported=f"area < {rounding.rounded_up(high)} {fit.lines[0].area_unit}",
        message=(
            f"the window shows no peak, and no share of {fit.region} can be formed; on an atomic "
            "basis the limit of the area becomes one of an amount"
        ),
    )
