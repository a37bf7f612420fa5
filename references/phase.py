"""Crystalline phases: formula, space group and cell, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .value import Value

__all__ = ["Phase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A crystalline phase.

    Parameters
    ----------
    key, formula : str
    space_group : int
        Number in the International Tables.
    a : Value
        Lattice parameter [Angstrom], with its accepted band where one is known.
    """

    key: str
    formula: str
    space_group: int
    a: Value
