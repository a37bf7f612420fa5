"""The linter: what in a fit, or in what is stated of one, is impossible or badly constrained.

A rule is one small file in :mod:`xps.rules` with its trigger, threshold, severity and source. It
looks at one of two things:

- ``check(fit, registry)`` at one live fit, with its data, likelihood and covariance;
- ``review(claims, registry)`` at :class:`~xps.claims.Claims`: the lines, spectra and fractions that
  somebody states, of any number of regions and samples.

A rule of claims holds for a fit too, whose lines are claims as well; where a rule has both, the fit
is judged by what only it knows. A finding flags for review; it never changes a user's value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .rules import (
    area_ratio,
    at_bound,
    background_above_data,
    background_choice,
    charge_free_separation,
    chi2_scale,
    correlation,
    cross_region_species,
    cross_region_stoichiometry,
    degenerate_components,
    doublet_fwhm,
    duplicate_species,
    fraction_basis,
    fwhm_consistency,
    fwhm_range,
    insignificant,
    lattice_share,
    level_name,
    metadata,
    missing_partner,
    missing_species,
    multimodal,
    no_uncertainty,
    non_unique,
    overlap,
    position,
    reaction_balance,
    reference_not_declared,
    residual_structure,
    rigid_shift,
    rsf_level,
    rsf_set,
    shape_choice,
    shift_sign,
    shirley_step,
    species_spread,
    splitting,
    splitting_equal_across_species,
    stale_background,
    stale_fit,
    stoichiometric_bound,
    too_many_components,
    tougaard_window,
    unassigned_remainder,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from references.registry import Registry
    from references.words import Finding

    from .claims import Claims
    from .result import Fit

__all__ = ["RULES", "Rule", "check", "explained", "review"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the linter.

    Parameters
    ----------
    name : str
        Slug, equal to the ``rule`` of its findings.
    check : callable or None
        ``check(fit, registry)`` yields findings; nothing where the fit is clean.
    review : callable or None
        ``review(claims, registry)`` likewise.
    """

    name: str
    check: Callable[[Fit, Registry], Iterable[Finding]] | None = None
    review: Callable[[Claims, Registry], Iterable[Finding]] | None = None


def _rule(module: Any) -> Rule:
    return Rule(
        name=module.NAME,
        check=getattr(module, "check", None),
        review=getattr(module, "review", None),
    )


RULES = tuple(
    _rule(module)
    for module in (
        level_name,
        reference_not_declared,
        at_bound,
        insignificant,
        missing_partner,
        splitting,
        splitting_equal_across_species,
        area_ratio,
        doublet_fwhm,
        fwhm_range,
        fwhm_consistency,
        position,
        rigid_shift,
        charge_free_separation,
        shift_sign,
        non_unique,
        species_spread,
        overlap,
        degenerate_components,
        duplicate_species,
        correlation,
        multimodal,
        too_many_components,
        background_above_data,
        background_choice,
        shape_choice,
        window,
        shirley_step,
        tougaard_window,
        stale_background,
        residual_structure,
        chi2_scale,
        stale_fit,
        cross_region_species,
        cross_region_stoichiometry,
        rsf_set,
        rsf_level,
        fraction_basis,
        stoichiometric_bound,
        reaction_balance,
        lattice_share,
        missing_species,
        unassigned_remainder,
        no_uncertainty,
        metadata,
    )
)
"""All rules, in the order in which their findings are shown."""

_LOUDNESS = {"error": 0, "warning": 1, "info": 2}
_BESIDE = {
    "large_charge_shift": "reference_not_declared",
    "zero_area": "insignificant",
    "no_reference": "position",
}
"""Slugs that a rule uses beside its own name."""


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
    from .claims_fit import from_fits

    claims = from_fits([fit], registry, named=False)
    found: list[Finding] = []
    for rule in RULES:
        if rule.check is not None:
            found += rule.check(fit, registry)
        elif rule.review is not None and rule.name not in _OF_THE_SAMPLE:
            found += rule.review(claims, registry)
    return _ordered(found)


def review(claims: Claims, registry: Registry) -> tuple[Finding, ...]:
    """Run every rule of claims on what is stated.

    Parameters
    ----------
    claims : Claims
        Of a table (:func:`xps.claims_table.from_table`), CasaXPS's fits
        (:func:`xps.claims_casaxps.from_reading`), a recipe
        (:func:`xps.claims_recipe.from_recipe`), a stored result
        (:func:`xps.claims_result.from_result`) or fits (:func:`xps.claims_fit.from_fits`).
    registry : Registry
        The library they are judged by.

    Returns
    -------
    tuple of Finding
        Errors first; with what the source said of itself where no rule of claims judges it.
    """
    left = _BY_THE_FIT if claims.origin == "fit" else frozenset[str]()
    judged = [rule for rule in RULES if rule.review is not None and rule.name not in left]
    found = [f for rule in judged if rule.review is not None for f in rule.review(claims, registry)]
    names = {rule.name for rule in judged}
    kept = [f for f in claims.findings if _BESIDE.get(f.rule, f.rule) not in names]
    return _ordered([*found, *kept])


_OF_THE_SAMPLE = frozenset({"non_unique"})
"""Rules that need the elements of the sample, which one region does not tell."""

_BY_THE_FIT = frozenset(
    {
        "at_bound",
        "insignificant",
        "background_above_data",
        "residual_structure",
        "tougaard_window",
        "no_uncertainty",
        "reference_not_declared",
        "window",
        "shirley_step",
        "chi2_scale",
        "metadata",
    }
)
"""Rules that judge a fit of ours by what only it knows, or by its data, which a stored result does
not hold; its own findings of them stand."""


def _ordered(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, the loudest first."""
    once = dict.fromkeys(found)
    return tuple(sorted(once, key=lambda finding: _LOUDNESS[finding.severity]))


def explained(finding: Finding) -> str:
    """Give where the documentation tells of a finding's rule.

    Examples
    --------
    >>> from references.words import Finding, Severity
    >>> explained(Finding(rule="splitting", severity=Severity.ERROR, subject="a", message="b"))
    'docs/rules.md#splitting'
    """
    return f"docs/rules.md#{finding.rule}"
