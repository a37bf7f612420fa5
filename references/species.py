"""Species: where the techniques meet - their lines, ions, phases, compositions and reactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .core_level import SpeciesLine
    from .value import Value

__all__ = ["Reaction", "ShiftSign", "Species"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Species:
    """A chemical species, one key for all techniques.

    Parameters
    ----------
    key : str
        For instance ``"PS4"``, ``"Li2S"``, ``"In0"``.
    label : str
        What it is, in words.
    aliases : tuple of str
        What else people call it in tables and papers.
    elements : tuple of str
    group : {"conductor", "insulator"}
        Electrical group: conductors stand on the Fermi level, insulators float.
    asymmetric : bool
        Whether its lines are a metal's: with a tail to high binding energy.
    asymmetry : Value or None
        Many-body asymmetry of a metal's lines, as a fit takes it for by default.
    formula : str
        Empty for groups of compounds.
    lines : tuple of SpeciesLine
    ions : tuple of str
        Secondary ions that carry it; ions have keys of their own.
    phases : tuple of str
        Crystalline phases it may be.
    composition : tuple of (str, float)
        Parts of a composite and their number per formula unit.
    note : str
    """

    key: str
    label: str
    elements: tuple[str, ...]
    group: Literal["conductor", "insulator"]
    aliases: tuple[str, ...] = ()
    asymmetric: bool = False
    asymmetry: Value | None = None
    formula: str = ""
    lines: tuple[SpeciesLine, ...] = ()
    ions: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    composition: tuple[tuple[str, float], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftSign:
    """Expected sign of a line's shift from its parent's.

    Parameters
    ----------
    core_level, species, parent : str
    sign : Value
        -1, 0 or +1, with status and source: an argument alone is ``unverified``.
    """

    core_level: str
    species: str
    parent: str
    sign: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """A balanced reaction: negative numbers are consumed, positive ones formed."""

    key: str
    terms: tuple[tuple[str, float], ...]
    status: str
    source: tuple[str, ...]
