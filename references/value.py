"""A number of the library with its uncertainty, unit, source and standing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Source", "SourceKind", "Status", "Value"]


class Status(StrEnum):
    """The standing of a reference value (never the outcome of a fit).

    ``measured``, ``handbook`` and ``calculated`` may constrain a fit by default and may stand
    behind an ``error`` finding; ``reported`` (one publication's assertion) and ``unverified``
    (source not seen) may not.
    """

    MEASURED = "measured"
    HANDBOOK = "handbook"
    CALCULATED = "calculated"
    REPORTED = "reported"
    UNVERIFIED = "unverified"

    @property
    def may_constrain(self) -> bool:
        """Whether a value of this standing may constrain a fit by default."""
        return self in {Status.MEASURED, Status.HANDBOOK, Status.CALCULATED}


class SourceKind(StrEnum):
    """What sort of thing a source is."""

    ARTICLE = "article"
    HANDBOOK = "handbook"
    DATABASE = "database"
    WEB_PAGE = "web page"
    SOFTWARE = "software"
    REPORT = "report"
    CONVENTION = "convention"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value comes from, and how it was read.

    Parameters
    ----------
    key : str
        Short name, unique in the library.
    kind : SourceKind
        Article, handbook, database, ...
    citation : str
        Full citation.
    read_as : str
        What was read: ``paper``, ``page``, ``record``, ``digest``, ``abstract``, ``title``,
        ``computed`` or ``-``.
    doi, retrieved, licence, note : str
        Empty where not known.
    """

    key: str
    kind: SourceKind
    citation: str
    read_as: str
    doi: str = ""
    retrieved: str = ""
    licence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A sourced number. ``source`` and ``status`` have no default: provenance is never optional.

    Parameters
    ----------
    value : float or None
        The number; ``None`` where only a range is known.
    unit : str
        ``"eV"``, ``"1"``, ``"barn"``, ``"Angstrom"``, ``"degree"``, ``"g/cm3"``, ``"u"``.
    status : Status
        Standing of the value.
    source : tuple of str
        Keys of its sources.
    u : float or None
        Standard uncertainty.
    low, high : float or None
        Accepted range.
    n : int or None
        Number of records behind it.
    scale : str
        Energy reference of a binding energy: ``C1s_284.8``, ``C1s_285.0``, ``Fermi``,
        ``Au4f_84.0``, ``Ar2p``, ``VBM``, ``not_stated``; empty for other quantities.
    preferred : bool
        Whether this is the one that is used where several sources disagree.
    note : str
        Remarks.
    """

    value: float | None
    unit: str
    status: Status
    source: tuple[str, ...]
    u: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    scale: str = ""
    preferred: bool = False
    note: str = ""

    @property
    def best(self) -> float:
        """The number, or the middle of the range where only a range is known.

        Raises
        ------
        ValueError
            If there is neither.
        """
        if self.value is not None:
            return self.value
        if self.low is not None and self.high is not None:
            return 0.5 * (self.low + self.high)
        raise ValueError(f"no number and no range (source {', '.join(self.source) or '-'})")
