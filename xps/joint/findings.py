"""What the regions of a joint fit say against the proportions that tie them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..estimate import Measured
    from .join import Joining
    from .proportion import Member, Proportion

__all__ = ["contradictions"]

CONTRADICTED = 3.0
"""Distance from a proportion, in standard uncertainties of all that is known, that is reported."""


def contradictions(joining: Joining, alone: Sequence[tuple[str, Measured]]) -> tuple[Finding, ...]:
    """Compare each proportion with what its regions say when they are fitted alone.

    Parameters
    ----------
    joining : Joining
        Proportions and sensitivity factors.
    alone : sequence of (region, Measured)

    Returns
    -------
    tuple of Finding
        A warning for every member that is far from its proportion to the first.
    """
    regions = dict(alone)
    return tuple(
        finding
        for proportion in joining.proportions
        for finding in _of(proportion, joining, regions)
    )


def _of(
    proportion: Proportion, joining: Joining, regions: dict[str, Measured]
) -> Iterator[Finding]:
    first, *others = proportion.members
    one, u_one = _units(first, joining, regions)
    for member in others:
        other, u_other = _units(member, joining, regions)
        if not (one > 0 and other > 0):
            continue
        apart = float(np.log(other / one))
        levels = list(dict.fromkeys((first.level, member.level)))
        factors = [joining.factors[level][1] for level in levels] if len(levels) > 1 else []
        u = float(np.linalg.norm([u_one, u_other, proportion.u, *factors]))
        if not abs(apart) > CONTRADICTED * u:
            continue
        seen = other / one * member.atoms / first.atoms
        yield Finding(
            rule="proportion",
            severity=Severity.WARNING,
            subject=f"{proportion.name}: {member.component} ({member.level})",
            reported=f"{seen:.3g} a {first.component} ({first.level})",
            reference=f"{member.atoms / first.atoms:g}",
            deviation=f"{100 * (other / one - 1):+.0f} %",
            message=(
                f"fitted alone the levels are {abs(apart) / u:.1f} standard uncertainties from "
                "the proportion that ties them; review the assignment, the sensitivity factors and "
                "whether the phase is whole, or leave the proportion out"
            ),
        )


def _units(member: Member, joining: Joining, regions: dict[str, Measured]) -> tuple[float, float]:
    """Units of the proportion that a member stands for, and their relative u from the counts."""
    measured = regions[member.region]
    gradient = measured.area_gradient(member.component)
    area = float(gradient @ measured.state.values)
    per_area = joining.rates[member.region] / (joining.factors[member.level][0] * member.atoms)
    covariance = measured.solution.covariance
    if covariance is None or not area > 0:
        return per_area * area, np.inf
    along = gradient @ measured.state.gradient[:, measured.plan.free]
    return per_area * area, float(np.sqrt(max(along @ covariance @ along, 0.0))) / area
