"""The linter: what in a fit is physically impossible or badly constrained.

A rule is one small file in :mod:`xps.rules` with its trigger, threshold, severity and source. A
finding flags for review; it never changes a user's value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .rules import (
    area_ratio,
    at_bound,
    background_above_data,
    background_choice,
    fwhm_range,
    insignificant,
    level_name,
    missing_partner,
    position,
    reference_not_declared,
    residual_structure,
    shape_choice,
    splitting,
    tougaard_window,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from references.registry import Registry
    from references.words import Finding

    from .result import Fit

__all__ = ["RULES", "Rule", "check"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the linter.

    Parameters
    ----------
    name : str
        Slug, equal to the ``rule`` of its findings.
    check : callable
        ``check(fit, registry)`` yields findings; nothing where the fit is clean.
    """

    name: str
    check: Callable[[Fit, Registry], Iterable[Finding]]


RULES = tuple(
    Rule(name=module.NAME, check=module.check)
    for module in (
        level_name,
        reference_not_declared,
        at_bound,
        insignificant,
        missing_partner,
        splitting,
        area_ratio,
        fwhm_range,
        position,
        background_above_data,
        background_choice,
        shape_choice,
        tougaard_window,
        residual_structure,
    )
)
"""All rules, in the order in which their findings are shown."""

_LOUDNESS = {"error": 0, "warning": 1, "info": 2}


def check(fit: Fit, registry: Registry) -> tuple[Finding, ...]:
    """Run every rule on a fit.

    Parameters
    ----------
    fit : Fit
        A result of :func:`xps.fit`.
    registry : Registry
        The library it is judged by.

    Returns
    -------
    tuple of Finding
        Errors first; empty where there is nothing to review.
    """
    found = [finding for rule in RULES for finding in rule.check(fit, registry)]
    return tuple(sorted(found, key=lambda finding: _LOUDNESS[finding.severity]))
