"""The words that every technique speaks, so that a report is a concatenation.

Estimates, findings, rows and assessments are frozen, hashable and picklable; every user-facing
number travels in one of them, with its unit, its uncertainty and its basis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from enum import StrEnum

__all__ = [
    "Assessment",
    "Basis",
    "Contribution",
    "Estimate",
    "Finding",
    "InputError",
    "Kind",
    "Row",
    "Severity",
    "UncertaintyParts",
]


class InputError(ValueError):
    """What the user gave cannot be used: what it was, what was expected, what to do next."""


class Severity(StrEnum):
    """How loudly a finding asks for review; silence means nothing was found."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Kind(StrEnum):
    """What sort of interval an estimate carries."""

    STANDARD = "standard"
    PROFILE = "profile"
    UPPER_LIMIT = "upper_limit"
    FIXED = "fixed"


class Basis(StrEnum):
    """What a fraction is a fraction of."""

    WITHIN_LEVEL = "within_level"
    AREA_LEVELS = "area_levels"
    ATOMIC = "atomic"
    ATOMIC_ALL = "atomic_all"
    CRYSTALLINE_MASS = "crystalline_mass"
    ION_COUNTS = "ion_counts"


class Assessment(StrEnum):
    """The outcome of a fit. Intervals exist only for ``converged``.

    An area at zero is an active constraint, not ``at_bound``: that species gets an upper limit
    and the others keep their intervals.
    """

    CONVERGED = "converged"
    AT_BOUND = "at_bound"
    MAX_ITER = "max_iter"
    SINGULAR = "singular"
    MULTIMODAL = "multimodal"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertaintyParts:
    """The five sources of a standard uncertainty, never blended silently.

    Parameters
    ----------
    counting : float or None
        From the Poisson statistics of the counts.
    misfit : float or None
        From structure in the residuals that the model does not describe.
    background : float or None
        From the choice of background.
    constraints : float or None
        From values that are held or weakly known (splitting, branching ratio, width ratio).
    sensitivity : float or None
        From sensitivity factors, attenuation lengths and transmission.

    Notes
    -----
    ``None`` means that the part does not apply; 0.0 means that it was evaluated and is zero.

    Examples
    --------
    >>> UncertaintyParts(counting=3.0, constraints=4.0).total
    5.0
    """

    counting: float | None = None
    misfit: float | None = None
    background: float | None = None
    constraints: float | None = None
    sensitivity: float | None = None

    def __post_init__(self) -> None:
        for name, part in self.to_dict().items():
            if not (math.isfinite(part) and part >= 0):
                raise ValueError(f"uncertainty part {name!r} must be finite and >= 0, not {part!r}")

    @property
    def total(self) -> float:
        """Root sum of squares of the parts that apply."""
        return math.hypot(*self.to_dict().values())

    def to_dict(self) -> dict[str, float]:
        """Give the parts that apply, by name."""
        named = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: part for name, part in named if part is not None}

    def scaled(self, factor: float) -> UncertaintyParts:
        """Give the same parts in another unit (every part times ``abs(factor)``)."""
        return UncertaintyParts(**{k: v * abs(factor) for k, v in self.to_dict().items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one input quantity, which other results may share, contributes to a number.

    Two results that rest on the same input err together through it: their covariance is the sum of
    the products of their shifts (GUM, JCGM 100:2008, 5.1.3 and F.1.2.3).

    Parameters
    ----------
    source : str
        The input quantity, for instance ``"S 2p splitting"``.
    part : str
        The part of the uncertainty it belongs to.
    shift : float
        By how much the number moves when the input is one standard uncertainty higher.
    value, u : float or None
        The input as it was used, where it is a number.
    told_by : str
        Where it is from, or which of several it is; empty where that goes without saying.
    """

    source: str
    part: str
    shift: float
    value: float | None = None
    u: float | None = None
    told_by: str = ""

    def is_of(self, other: Contribution) -> bool:
        """Whether both rest on the same input: the same quantity, value, u and origin."""
        return (self.source, self.part, self.told_by) == (
            other.source,
            other.part,
            other.told_by,
        ) and all(
            a == b or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-9))
            for a, b in ((self.value, other.value), (self.u, other.u))
        )

    def times(self, factor: float) -> Contribution:
        """Give what it contributes to a multiple of the number."""
        return replace(self, shift=self.shift * factor)

    def plus(self, other: Contribution) -> Contribution:
        """Give what the same input contributes to the sum of two numbers."""
        return replace(self, shift=self.shift + other.shift)

    def to_dict(self) -> dict[str, object]:
        """Give the contribution as JSON-ready values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its standard uncertainty, the parts of it, and an interval.

    Parameters
    ----------
    value : float
        Best estimate; for an upper limit the (insignificant) best value.
    u : float or None
        Standard uncertainty, the root sum of squares of ``u_parts``. ``None`` where there is none
        to defend: a fixed value, an upper limit, or a fit that is not ``converged``.
    u_parts : UncertaintyParts
        Where ``u`` comes from.
    low, high : float or None
        Ends of the interval at ``level``; an upper limit has no ``low``.
    level : float or None
        Coverage probability of the interval, for instance 0.95.
    kind : Kind
        How the interval was made.
    contributions : tuple of Contribution
        Of inputs that other results may share, where they are known; they are within ``u_parts``.

    Raises
    ------
    ValueError
        If ``u`` is not the root sum of squares of its parts, or the interval is inverted.

    Examples
    --------
    >>> parts = UncertaintyParts(counting=0.3, background=0.4)
    >>> Estimate(value=4.9, u=0.5, u_parts=parts, low=3.9, high=5.9, level=0.95).u
    0.5
    """

    value: float
    u: float | None = None
    u_parts: UncertaintyParts = UncertaintyParts()
    low: float | None = None
    high: float | None = None
    level: float | None = None
    kind: Kind = Kind.STANDARD
    contributions: tuple[Contribution, ...] = ()

    def __post_init__(self) -> None:
        total = self.u_parts.total
        if self.u is not None and not math.isclose(self.u, total, rel_tol=1e-9, abs_tol=1e-300):
            raise ValueError(
                f"u = {self.u!r} is not the root sum of squares of its parts, {total!r}"
            )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"interval [{self.low!r}, {self.high!r}] is inverted")
        if (self.low is not None or self.high is not None) and self.level is None:
            raise ValueError("an interval needs its level, for instance level=0.95")

    def scaled(self, factor: float) -> Estimate:
        """Give the same estimate in another unit (``factor`` > 0)."""
        if not factor > 0:
            raise ValueError(f"a unit factor is positive, not {factor!r}")
        parts = self.u_parts.scaled(factor)
        return Estimate(
            value=self.value * factor,
            u=None if self.u is None else parts.total,
            u_parts=parts,
            low=None if self.low is None else self.low * factor,
            high=None if self.high is None else self.high * factor,
            level=self.level,
            kind=self.kind,
            contributions=tuple(given.times(factor) for given in self.contributions),
        )

    def to_dict(self) -> dict[str, object]:
        """Give the estimate as JSON-ready values."""
        found: dict[str, object] = {
            "value": self.value,
            "u": self.u,
            "u_parts": self.u_parts.to_dict(),
            "low": self.low,
            "high": self.high,
            "level": self.level,
            "kind": str(self.kind),
        }
        if self.contributions:
            found["contributions"] = [given.to_dict() for given in self.contributions]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to review. It never changes a user's value.

    Parameters
    ----------
    rule : str
        Slug of the rule, for instance ``"splitting"``.
    severity : Severity
        ``info``, ``warning`` or ``error``.
    subject : str
        What it is about, for instance ``"S 2p Li2S"``.
    reported, reference, deviation : str
        What was found, what was expected, and by how much they differ; empty where it does not
        apply.
    message : str
        One sentence that says what to review and what to do.
    sources : tuple of str
        Keys of the sources behind the reference.
    """

    rule: str
    severity: Severity
    subject: str
    message: str
    reported: str = ""
    reference: str = ""
    deviation: str = ""
    sources: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Give the finding as JSON-ready values."""
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "subject": self.subject,
            "reported": self.reported,
            "reference": self.reference,
            "deviation": self.deviation,
            "message": self.message,
            "sources": list(self.sources),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a result table: an estimate with everything needed to read it.

    Parameters
    ----------
    sample, technique, quantity, subject : str
        For instance ``"5mGI-H@651"``, ``"xps"``, ``"fraction"``, ``"Li2S"``.
    estimate : Estimate
        The number.
    unit : str
        Its unit; ``"1"`` for a fraction.
    basis : Basis or None
        What a fraction is a fraction of; a fraction without basis cannot be constructed.
    denominator : str
        The denominator in words, for instance ``"S 2p"`` or ``"P+S+Cl"``.

    Raises
    ------
    ValueError
        If a fraction comes without basis or denominator.

    Examples
    --------
    >>> Row(sample="a", technique="xps", quantity="fraction", subject="Li2S",
    ...     estimate=Estimate(value=0.05), unit="1")
    Traceback (most recent call last):
    ...
    ValueError: a fraction needs its basis and denominator: 'Li2S' of 'a' has ...
    """

    sample: str
    technique: str
    quantity: str
    subject: str
    estimate: Estimate
    unit: str
    basis: Basis | None = None
    denominator: str = ""

    def __post_init__(self) -> None:
        if "fraction" in self.quantity and (self.basis is None or not self.denominator):
            raise ValueError(
                f"a fraction needs its basis and denominator: {self.subject!r} of {self.sample!r} "
                f"has basis {self.basis!r}, denominator {self.denominator!r}"
            )

    def to_dict(self) -> dict[str, object]:
        """Give the row as flat, JSON- and CSV-ready values."""
        named = {
            "sample": self.sample,
            "technique": self.technique,
            "quantity": self.quantity,
            "subject": self.subject,
            "unit": self.unit,
            "basis": None if self.basis is None else str(self.basis),
            "denominator": self.denominator,
        }
        return named | self.estimate.to_dict()
