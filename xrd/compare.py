"""Two patterns of one powder, before and after: what appeared, what went."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import TYPE_CHECKING

from references.words import UncertaintyParts

from .lattice import TWO_SIDED
from .verdict import Presence, Verdict

if TYPE_CHECKING:
    from .unexplained import Peak
    from .verdict import Purity, Sought

__all__ = ["Change", "Changed", "Comparison", "compare"]

SAME_PEAK = 0.002
"""Relative difference of d within which two peaks are one."""
SEEN = (Presence.MAIN, Presence.PRESENT, Presence.TENTATIVE)


class Change(StrEnum):
    """What became of a phase."""

    APPEARED = "appeared"
    GONE = "gone"
    ROSE = "rose"
    FELL = "fell"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One phase in both patterns.

    Attributes
    ----------
    name : str
    change : Change
    before, after : Sought
    difference : float
        Of its mass fraction, after less before.
    u_parts : UncertaintyParts
        Of the difference: ``counting`` (background included) is each pattern's own; what is assumed
        of the structures scales both fractions, and so their difference, alike.
    p : float
        Two-sided probability of so large a difference without a change. By what is each pattern's
        own: what scales both makes no difference where there is none.
    """

    name: str
    change: Change
    before: Sought
    after: Sought
    difference: float
    u_parts: UncertaintyParts
    p: float

    @property
    def u(self) -> float:
        """Standard uncertainty of the difference."""
        return self.u_parts.total

    def to_dict(self) -> dict[str, object]:
        """Give the change as JSON-ready values."""
        return {
            "phase": self.name,
            "change": str(self.change),
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "difference": self.difference,
            "u": self.u,
            "u_parts": self.u_parts.to_dict(),
            "p_two_sided": self.p,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Two patterns of one powder.

    Attributes
    ----------
    a, b : Purity
    changes : tuple of Changed
    appeared, gone : tuple of Peak
        Peaks that no phase explains, in one pattern alone.
    stretch, stretch_u : float or None
        Relative difference of the lattice parameter, after less before, and its standard
        uncertainty.
    """

    a: Purity
    b: Purity
    changes: tuple[Changed, ...]
    appeared: tuple[Peak, ...]
    gone: tuple[Peak, ...]
    stretch: float | None
    stretch_u: float | None

    def of(self, *changes: Change) -> list[str]:
        """Give the names of the phases that changed so."""
        return [c.name for c in self.changes if c.change in changes]

    @property
    def sentence(self) -> str:
        """What happened, in words."""
        told: list[str] = []
        for side, one in (("before", self.a), ("after", self.b)):
            if one.verdict is Verdict.WRONG_PHASE:
                told.append(f"{side} it is not {one.main}: {one.sentence.partition(';')[0]}")
        for change, word in (
            (Change.GONE, "gone"),
            (Change.APPEARED, "appeared"),
            (Change.FELL, "less"),
            (Change.ROSE, "more"),
        ):
            names = [n for n in self.of(change) if n != self.a.main]
            if names:
                told.append(f"{word}: {', '.join(names)}")
        for peaks, word in ((self.gone, "gone"), (self.appeared, "appeared")):
            if peaks:
                places = ", ".join(f"{p.two_theta:.2f}" for p in peaks)
                told.append(f"{word}: unexplained peaks at {places} degrees")
        return "; ".join(told) or "no phase and no peak appeared or went"

    @property
    def exit_code(self) -> int:
        """3 where a pattern is undecidable, 1 where something appeared or is wrong, else 0."""
        if 3 in {self.a.exit_code, self.b.exit_code}:
            return 3
        wrong = Verdict.WRONG_PHASE in {self.a.verdict, self.b.verdict}
        return 1 if wrong or self.appeared or self.of(Change.APPEARED) else 0

    def to_dict(self) -> dict[str, object]:
        """Give the comparison as JSON-ready values."""
        return {
            "sentence": self.sentence,
            "changes": [change.to_dict() for change in self.changes],
            "unexplained_appeared": [peak.to_dict() for peak in self.appeared],
            "unexplained_gone": [peak.to_dict() for peak in self.gone],
            "lattice_stretch": self.stretch,
            "lattice_stretch_u": self.stretch_u,
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
        }


def compare(a: Purity, b: Purity) -> Comparison:
    """Compare two patterns of one powder, before and after.

    Parameters
    ----------
    a, b : Purity
        As :func:`xrd.check` gives them, with the same candidates.

    Examples
    --------
    >>> from references import load
    >>> from xrd.example import example
    >>> from xrd.purity import check
    >>> named = [load().phase(key) for key in ("LiCl", "Li2S")]
    >>> before, after = (
    ...     check(example(name), candidates=named) for name in ("unannealed", "annealed")
    ... )
    >>> compare(before, after).sentence
    'gone: LiCl, Li2S'
    """
    later = {one.name: one for one in b.phases}
    pairs = [
        (one, later[one.name])
        for one in a.phases
        if one.name in later and one.presence is not Presence.NOT_TESTED
    ]
    stretch = stretch_u = None
    if a.lattice is not None and b.lattice is not None:
        first, last = (p.lattice.axes[0].estimate for p in (a, b) if p.lattice is not None)
        if first.u is not None and last.u is not None:
            stretch = last.value / first.value - 1.0
            stretch_u = math.hypot(first.u, last.u) / first.value
    return Comparison(
        a=a,
        b=b,
        changes=tuple(_changed(one, other) for one, other in pairs),
        appeared=_alone(b.peaks, a.peaks),
        gone=_alone(a.peaks, b.peaks),
        stretch=stretch,
        stretch_u=stretch_u,
    )


def _alone(peaks: tuple[Peak, ...], others: tuple[Peak, ...]) -> tuple[Peak, ...]:
    return tuple(peak for peak in peaks if all(abs(o.d / peak.d - 1.0) > SAME_PEAK for o in others))


def _changed(before: Sought, after: Sought) -> Changed:
    difference = after.guess[0] - before.guess[0]
    own = math.hypot(before.guess[1], after.guess[1])
    z = difference / own if own > 0.0 else 0.0
    alike = max(_relative(before), _relative(after)) * abs(difference)
    was, now = before.presence in SEEN, after.presence in SEEN
    blind = Presence.UNDECIDABLE in {before.presence, after.presence} and not (
        before.guess[1] > 0.0 and after.guess[1] > 0.0
    )
    if blind:
        change = Change.UNKNOWN
    elif was and now:
        sure = abs(z) > TWO_SIDED and before.presence is not Presence.MAIN
        change = (Change.ROSE if z > 0 else Change.FELL) if sure else Change.UNCHANGED
    elif now and z > TWO_SIDED:
        change = Change.APPEARED
    elif was and z < -TWO_SIDED:
        change = Change.GONE
    else:
        change = Change.UNCHANGED if was or now else Change.NOT_SEEN
    return Changed(
        name=before.name,
        change=change,
        before=before,
        after=after,
        difference=difference,
        u_parts=UncertaintyParts(
            counting=own, misfit=math.hypot(_misfit(before), _misfit(after)), constraints=alike
        )
        if own > 0.0
        else UncertaintyParts(),
        p=2.0 * NormalDist().cdf(-abs(z)),
    )


def _misfit(sought: Sought) -> float:
    return 0.0 if sought.fraction is None else sought.fraction.u_parts.misfit or 0.0


def _relative(sought: Sought) -> float:
    """What is assumed of the structures, as a relative uncertainty of the fraction."""
    fraction = sought.fraction
    if fraction is None or not fraction.value > 0.0:
        return 0.0
    return (fraction.u_parts.constraints or 0.0) / fraction.value
