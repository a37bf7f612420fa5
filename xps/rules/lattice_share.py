"""A claimed share smaller than what the electrolyte itself holds there.

Li2S and the free sulfide of an argyrodite lie at one energy, and so do LiCl and lattice chloride:
an untouched electrolyte already shows that share. Severity: warning. Threshold: the lattice's
share on the stated basis exceeds the claimed one; without a basis, on every reading. By the
formula.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Basis, Finding, Severity

from ..lattice import LATTICE_SPLITS
from .stoichiometric_bound import levels_of, told
from .whole import READINGS, lattice_share, wholes_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry
    from references.species import Species

    from ..claims import ClaimedFraction, Claims
    from ..lattice import LatticeShare

NAME = "lattice_share"


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each species claimed below the lattice's own share."""
    levels = levels_of(claims)
    for whole in wholes_in(claims, registry):
        for split in LATTICE_SPLITS:
            own = [f for f in claims.fractions if f.species == split.total]
            shares = {
                basis: share
                for basis in READINGS
                if (share := lattice_share(whole, split.lattice, basis, levels, registry))
            }
            low = [f for f in own if _below(f, shares)]
            if low:
                yield _finding(whole, split, shares, low)


def _below(fraction: ClaimedFraction, shares: dict[Basis, float]) -> bool:
    if fraction.basis is None:
        return len(shares) == len(READINGS) and all(fraction.value < s for s in shares.values())
    share = shares.get(fraction.basis)
    return share is not None and fraction.value < share


def _finding(
    whole: Species, split: LatticeShare, shares: dict[Basis, float], low: list[ClaimedFraction]
) -> Finding:
    bases = {f.basis for f in low}
    named = {b: s for b, s in shares.items() if b in bases or None in bases}
    return Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=f"{split.total} on {split.level}",
        reported=told(low),
        reference=f"{split.lattice} of unreacted {whole.key} at the same energy: "
        + ", ".join(f"{100 * share:.1f} % ({basis})" for basis, share in named.items()),
        message=(
            "less than the lattice's own share: what was found may be the electrolyte alone; "
            "subtract it before calling the rest a product"
        ),
    )
