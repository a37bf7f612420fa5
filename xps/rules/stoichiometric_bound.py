"""A fraction above what the bulk can hold (rule X3).

XPS sees some nanometres, so this is no error: surface enrichment, damage or a wrong basis.
Severity: warning, one a species and phase. Threshold: above the phase's own proportion of the
element, on a stated basis; without one the rule is silent. By the formula; areas by the cross-
sections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Basis, Finding, Severity

from .whole import bulk_limit, wholes_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry
    from references.species import Species

    from ..claims import ClaimedFraction, Claims

NAME = "stoichiometric_bound"


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each species whose fraction exceeds the bulk's."""
    for whole in wholes_in(claims, registry):
        for (key, basis), own in by_species(claims).items():
            species = registry.species(key)
            limit = bulk_limit(whole, species, basis, levels_of(claims), registry)
            if limit is None:
                continue
            above = [f for f in own if f.value > limit and not _other_source(f, claims, whole)]
            if above:
                yield _finding(whole, species, limit, above)


def by_species(claims: Claims) -> dict[tuple[str, Basis], list[ClaimedFraction]]:
    """Give the fractions of known species that state a basis, by species and basis."""
    found: dict[tuple[str, Basis], list[ClaimedFraction]] = {}
    for fraction in claims.fractions:
        if fraction.species and fraction.basis is not None:
            found.setdefault((fraction.species, fraction.basis), []).append(fraction)
    return found


def levels_of(claims: Claims) -> dict[str, str]:
    """Give the core level on which each element was measured; the usual ones where not said."""
    usual = {"P": "P 2p", "S": "S 2p", "Cl": "Cl 2p"}
    told = [f.symbol for f in claims.fractions if " " in f.symbol]
    return usual | {symbol.split()[0]: symbol for symbol in told}


def _other_source(fraction: ClaimedFraction, claims: Claims, whole: Species) -> bool:
    """Whether the sample names another compound of the same element, beside the phase."""
    levels = {fraction.symbol.split()[0]} if fraction.symbol else set[str]()
    return any(
        line.sample == fraction.sample != ""
        and any(e in levels for e, _ in line.compound)
        and not {e for e, _ in line.compound} <= {*whole.elements}
        for line in claims.lines
    )


def _finding(
    whole: Species, species: Species, limit: float, above: list[ClaimedFraction]
) -> Finding:
    factor = max(f.value for f in above) / limit
    return Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=species.key,
        reported=told(above),
        reference=f"{100 * limit:.1f} % in {whole.key} ({above[0].basis})",
        deviation=f"x{factor:.2g}",
        message=(
            "exceeds bulk stoichiometry: surface enrichment, damage, another source of the element "
            "or a wrong basis"
        ),
        sources=("scofield1976",) if above[0].basis is Basis.AREA_LEVELS else (),
    )


def told(fractions: list[ClaimedFraction]) -> str:
    """Give fractions in words, with their samples."""
    return ", ".join(
        f"{100 * f.value:.2f} %" + (f" ({f.sample})" if f.sample else "") for f in fractions
    )
