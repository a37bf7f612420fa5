"""Whether XPS finds a lattice as its formula has it: parts of which there is less than it needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from references.words import Kind

from .components import BEYOND
from .documents import FitDocument, parts_of

if TYPE_CHECKING:
    from references.registry import Registry
    from references.words import Row

    from .documents import FractionRow

__all__ = ["Short", "shortages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """A part of a lattice of which there is less than the lattice needs.

    Parameters
    ----------
    sample, lattice, part : str
        For instance ``"S-free"`` of ``"Li6PS5Cl"``.
    whole : Row
        All of the line that may be the part's.
    needed : Row
        What the formula asks for, of the companion.
    u : float
        Standard uncertainty of the difference.
    correlated : bool
        Whether ``u`` has the covariance of the two; else they were taken as independent.
    rests : tuple of Row
        What is told beyond the lattice by the same formula.
    """

    sample: str
    lattice: str
    part: str
    whole: Row
    needed: Row
    u: float
    correlated: bool
    rests: tuple[Row, ...] = ()

    @property
    def lacking(self) -> float:
        """How much is missing, as a fraction of the same denominator."""
        return self.needed.estimate.value - self.whole.estimate.value


def shortages(document: FitDocument, registry: Registry) -> list[Short]:
    """Give the parts of which less was found than the lattice's formula asks for.

    Only where a fit was split: its remainder beyond the lattice has the covariance of both.
    """
    rows = {
        (row.sample, row.subject, row.denominator): row
        for given in (*(fit.fractions for fit in document.fits), document.fractions)
        for row in given
    }
    beyond = {key: row for key, row in rows.items() if key[1].endswith(BEYOND)}
    if not beyond:
        return []
    # What was taken off is said in one place, and only a split result needs it.
    from xps.lattice import LATTICE_SPLITS

    found: list[Short] = []
    for (sample, subject, denominator), rest in beyond.items():
        total = subject.removesuffix(BEYOND)
        for split in LATTICE_SPLITS:
            if total not in {split.total, f"{split.total} ({split.level})"}:
                continue
            name = split.companion
            if total != split.total:
                name += f" ({split.companion_level})"
            whole = rows.get((sample, total, denominator))
            companion = rows.get((sample, name, denominator))
            if whole is None or companion is None or companion.kind is Kind.UPPER_LIMIT:
                continue
            held = _scaled(companion, split.per_companion)
            u, correlated = _u(rest, whole, held, split.u_relative)
            if not u or held.estimate.value <= whole.value:
                continue
            others = (
                row.row()
                for key, row in beyond.items()
                if key[0] == sample and key[1] != subject and row.kind is not Kind.UPPER_LIMIT
            )
            found.append(
                Short(
                    sample=sample,
                    lattice=_lattice(split.lattice, split.companion, registry),
                    part=split.lattice,
                    whole=whole.row(),
                    needed=held,
                    u=u,
                    correlated=correlated,
                    rests=tuple(others),
                )
            )
    return found


def _scaled(companion: FractionRow, factor: float) -> Row:
    row = companion.row()
    return replace(row, estimate=row.estimate.scaled(factor))


def _u(rest: FractionRow, whole: FractionRow, held: Row, u_relative: float) -> tuple[float, bool]:
    """The uncertainty of what is lacking: that of the remainder, which is the same difference."""
    known = parts_of(rest.u_parts, rest.u).total
    if known:
        return known, True
    parts = (whole.estimate().u, held.estimate.u, u_relative * held.estimate.value)
    return (math.hypot(*(u or 0.0 for u in parts)) if parts[0] and parts[1] else 0.0), False


def _lattice(part: str, companion: str, registry: Registry) -> str:
    """The lattice that has both parts."""
    return next(
        (
            species.key
            for species in registry.all_species
            if {part, companion} <= {name for name, _ in species.composition}
        ),
        "the lattice",
    )
