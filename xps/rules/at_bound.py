"""A free parameter that rests on a chosen bound is not an estimate.

Severity: error for positions and areas, warning for widths, info for a shape at the end of what
can exist. Sources: Major et al., J. Vac. Sci. Technol. A 38 (2020) 061203; Moeini et al., J.
Electron Spectrosc. Relat. Phenom. 250 (2021) 147094.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.words import Assessment, Finding, Severity

from ..estimate import LIMIT_BELOW
from .insignificant import vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import Claims, Stated
    from ..result import Fit

NAME = "at_bound"

CLOSE = 1e-4
"""How near to a bound counts as on it, in units of the window."""


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each parameter of a component with area that rests on its bound."""
    plan, values = fit.measured.plan, fit.measured.solution.values
    seen = {name: fit.measured.significance(name) for name in fit.components}
    converged = fit.assessment is Assessment.CONVERGED
    for parameter, value in zip(plan.fitted, values.tolist(), strict=True):
        width = parameter.high - parameter.low
        if not np.isfinite(width):
            continue
        if converged and seen.get(parameter.component, np.inf) < LIMIT_BELOW:
            continue  # where nothing is seen, a place and a width mean nothing
        outside = max(parameter.low - value, value - parameter.high)
        if converged and outside > CLOSE * width:
            continue  # the end gave way; whether the species may lie there is another rule's
        near_low = value - parameter.low <= CLOSE * width
        if not near_low and parameter.high - value > CLOSE * width:
            continue
        bound = parameter.low if near_low else parameter.high
        place = parameter.name.endswith("position")
        loud = Severity.ERROR if place else Severity.WARNING
        yield Finding(
            rule=NAME,
            severity=Severity.INFO if parameter.natural else loud,
            subject=f"{fit.region} {parameter.name}",
            reported=f"{value:.7g}",
            reference=f"{parameter.low:.7g} .. {parameter.high:.7g}",
            message=(
                f"{parameter.name} rests on its {'lower' if near_low else 'upper'} bound "
                f"{bound:.7g}, so it is not an estimate; review the assignment, the charge shift, "
                "or widen the window"
            ),
            sources=("major2020", "moeini2021"),
        )


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each free number of a line with area that rests on a limit of its fit."""
    for line in claims.lines:
        if not line.there or vanishes(line, claims):
            continue
        for name, stated, limit in (
            ("position", line.position, limit_of(line.position)),
            ("FWHM", line.fwhm, limit_of(line.fwhm)),
            ("area", line.area, _area_limit(line.area)),
        ):
            if stated is None or limit is None:
                continue
            yield Finding(
                rule=NAME,
                severity=Severity.WARNING if name == "FWHM" else Severity.ERROR,
                subject=f"{line.subject} {line.line} {name}".replace("  ", " "),
                reported=f"{stated.value:.7g}" + ("" if name == "area" else " eV"),
                reference=f"{stated.low:.7g} .. {stated.high:.7g}",
                message=(
                    f"the {name} rests on its limit {limit:.7g}, so it is not an estimate; "
                    "review the assignment, the charge shift, or widen the limits"
                ),
                sources=("major2020", "moeini2021"),
            )


def _area_limit(stated: Stated | None) -> float | None:
    """The limit on which a free area rests; limits of areas lie decades away from it."""
    if stated is None or stated.tie is not None:
        return None
    for limit in (stated.low, stated.high):
        if limit and abs(stated.value - limit) <= CLOSE * limit:
            return limit
    return None


def limit_of(stated: Stated | None) -> float | None:
    """Give the limit on which a free number rests, ``None`` where it rests on none."""
    if stated is None or stated.tie is not None or stated.low is None or stated.high is None:
        return None
    room = CLOSE * (stated.high - stated.low)
    if room <= 0:
        return None
    for limit in (stated.low, stated.high):
        if abs(stated.value - limit) <= room:
            return limit
    return None
