"""What the electrolyte's lattice must hold of a species, taken off by subtraction.

LiCl and lattice chloride, Li2S and free sulfide cannot be told apart by position. The lattice's
share follows from a companion in the same lattice, and the rest is what lies beyond it:

    lattice = k companion,    rest = total - k companion.

Total and companion are correlated (within one level with -1, where there are but two), so both
take their uncertainty from the covariance of the amounts, through their gradients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from references.words import Basis, Row, UncertaintyParts

from .amount import QuantificationError
from .share import Whole, interval, significance, whole, whole_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry

    from .amount import Sensitivity
    from .result import Fit

__all__ = ["LATTICE_SPLITS", "LatticeShare", "split_lattice", "split_lattices"]

Array = NDArray[np.float64]
SplitBasis = Literal["within_level", "area_levels", "atomic", "atomic_all"]

U_LATTICE = 0.05
"""Relative standard uncertainty of the pristine electrolyte's proportions (off-stoichiometry)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatticeShare:
    """What a lattice holds of a species that cannot be told from a product of the same element.

    Parameters
    ----------
    total, level : str
        The unresolved component and its core level, for instance ``"LiCl"`` on ``"Cl 2p"``.
    lattice : str
        Name of the lattice's share, ``"Cl-lattice"``.
    companion, companion_level : str
        What the lattice's share follows from, ``"PS4"`` on ``"P 2p"``.
    per_companion : float
        Atoms of the lattice species per atom that the companion's level sees, in the pristine
        electrolyte.
    u_relative : float
        Relative standard uncertainty of that ratio.
    """

    total: str
    level: str
    lattice: str
    companion: str
    companion_level: str
    per_companion: float
    u_relative: float = U_LATTICE


LATTICE_SPLITS = (
    LatticeShare(
        total="LiCl",
        level="Cl 2p",
        lattice="Cl-lattice",
        companion="PS4",
        companion_level="P 2p",
        per_companion=1.0,
    ),
    LatticeShare(
        total="Li2S",
        level="S 2p",
        lattice="S-free",
        companion="PS4",
        companion_level="S 2p",
        per_companion=0.25,
    ),
)
"""What Li6PS5Cl holds beside each PS4: one Cl per P, and one free S per four S of PS4."""


def split_lattice(
    fits: Sequence[Fit],
    registry: Registry,
    share: LatticeShare,
    *,
    basis: SplitBasis = "atomic",
    elements: Sequence[str] = (),
    sensitivity: Sensitivity | None = None,
) -> tuple[Row, Row]:
    """Split a component into what the lattice must hold and the rest.

    Parameters
    ----------
    fits : sequence of Fit
        Of one sample; each core level once.
    registry : Registry
    share : LatticeShare
        One of :data:`LATTICE_SPLITS`, or one's own.
    basis : {"within_level", "area_levels", "atomic", "atomic_all"}
        Of the rows; ``within_level`` needs total and companion on one level, and so does
        ``area_levels``, for a proportion of atoms says nothing of areas of two levels.
    elements, sensitivity
        As :func:`xps.fractions`.

    Returns
    -------
    tuple of Row
        The rest (an upper limit where insignificant) and the lattice's share: an upper limit, all
        that is there, where that is less than the lattice should hold.

    Raises
    ------
    QuantificationError
        If total or companion was not fitted, the basis cannot hold the split, or as
        :func:`xps.fractions`.
    """
    if share.level != share.companion_level and basis in {"within_level", "area_levels"}:
        raise QuantificationError(
            f"{share.lattice} is a proportion of atoms on {share.level} and "
            f"{share.companion_level}; it cannot be taken off on the basis {basis}: choose atomic"
        )
    return _split(_whole(fits, registry, share, basis, elements, sensitivity), share)


def split_lattices(
    fits: Sequence[Fit],
    registry: Registry,
    *,
    basis: SplitBasis = "within_level",
    elements: Sequence[str] = (),
    sensitivity: Sensitivity | None = None,
) -> list[Row]:
    """Split LiCl and Li2S from the lattice's own chloride and sulfide, where fits and basis allow.

    Parameters
    ----------
    fits, registry, basis, elements, sensitivity
        As :func:`split_lattice`.

    Returns
    -------
    list of Row
        The remainders and the lattice's shares; empty where a companion is missing.
    """
    # Within a level every spectrum stands for itself: the same level may come again.
    groups = [[fit] for fit in fits] if basis == "within_level" else [list(fits)]
    found: list[Row] = []
    for group in groups:
        for share in LATTICE_SPLITS:
            if not _can(group, share, basis):
                continue
            all_of_it = _whole(group, registry, share, basis, elements, sensitivity)
            if all_of_it.inside[_place(all_of_it, share.total, share.level)]:
                found += _split(all_of_it, share)
    return found


def _can(fits: Sequence[Fit], share: LatticeShare, basis: SplitBasis) -> bool:
    """Whether total and companion were fitted, and the basis can hold their proportion."""
    if share.level != share.companion_level and basis in {"within_level", "area_levels"}:
        return False
    fitted = {(c.name, c.core_level) for fit in fits for c in fit.envelope.components}
    return {(share.total, share.level), (share.companion, share.companion_level)} <= fitted


def _whole(
    fits: Sequence[Fit],
    registry: Registry,
    share: LatticeShare,
    basis: SplitBasis,
    elements: Sequence[str],
    sensitivity: Sensitivity | None,
) -> Whole:
    if basis == "within_level":
        return whole_level(fits, registry, share.level)
    return whole(fits, registry, basis=basis, elements=elements, sensitivity=sensitivity)


def _place(all_of_it: Whole, name: str, level: str) -> int:
    place = all_of_it.amounts.index(name, level)
    if place is None:
        raise QuantificationError(f"{name} was not fitted on {level}; nothing can be taken off")
    return place


def _split(all_of_it: Whole, share: LatticeShare) -> tuple[Row, Row]:
    """Give rest and lattice's share from the covariance of the amounts."""
    total = _unit(all_of_it, share.total, share.level)
    companion = _unit(all_of_it, share.companion, share.companion_level)
    held, along_held = all_of_it.share(share.per_companion * companion)
    rest, along_rest = all_of_it.share(total - share.per_companion * companion)
    # The proportion is held at a value that is itself uncertain: a constraint.
    proportion = abs(held) * share.u_relative
    of_held = _with_constraint(all_of_it.amounts.parts(along_held), proportion)
    of_rest = _with_constraint(all_of_it.amounts.parts(along_rest), proportion)
    subject = share.total
    if all_of_it.basis is not Basis.WITHIN_LEVEL:
        subject = f"{share.total} ({share.level})"
    beyond = interval(max(rest, 0.0), of_rest, significance(rest, of_rest))
    in_lattice = interval(held, of_held, significance(held, of_held))
    if rest < 0.0:
        # The lattice is not what it was: it holds no more than there is.
        there, along = all_of_it.share(total)
        in_lattice = interval(there, all_of_it.amounts.parts(along), 0.0)
    return (
        all_of_it.named(f"{subject} beyond the lattice", beyond),
        all_of_it.named(share.lattice, in_lattice),
    )


def _unit(all_of_it: Whole, name: str, level: str) -> Array:
    vector = np.zeros(all_of_it.amounts.values.size)
    vector[_place(all_of_it, name, level)] = 1.0
    return vector


def _with_constraint(parts: UncertaintyParts, u: float) -> UncertaintyParts:
    return replace(parts, constraints=float(np.hypot(parts.constraints or 0.0, u)))
