"""What a result comes to in a section, before its figures are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from references.words import Finding

    from .content import Table

__all__ = ["Told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a technique says of a result.

    Parameters
    ----------
    title : str
    lead : tuple of str
        The answer, in sentences.
    tables : tuple of Table
    captions : mapping of str to str
        By the name of each figure's file without suffix, in the order to be shown.
    skip : frozenset of str
        Figures that show the same as others.
    findings : tuple of Finding
    """

    title: str
    lead: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    captions: Mapping[str, str] = field(default_factory=dict[str, str])
    skip: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
