"""A survey with what is known of it so far: peaks, patterns, elements found, places explained."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .evidence import Evidence

if TYPE_CHECKING:
    from .lines import Line, Pattern
    from .peaks import Excess, Peak
    from .trace import Trace

__all__ = ["Claim", "Scene"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What explains a place of the survey.

    Attributes
    ----------
    by : str
        For instance ``"In 3p3/2"``, ``"Ga LMM"``, ``"loss of C 1s"``.
    element : str
        Whose it is.
    low, high : float
        Stored binding energies [eV].
    area : float
        Up to which area it explains [counts eV].
    kind : {"line", "auger", "loss", "satellite"}
    """

    by: str
    element: str
    low: float
    high: float
    area: float
    kind: str


@dataclass(slots=True, kw_only=True)
class Scene:
    """A survey with what is known of it so far.

    Attributes
    ----------
    trace : Trace
    excesses : tuple of Excess
        For narrow and for broad lines.
    peaks : tuple of Peak
        The most significant first.
    patterns : tuple of Pattern
    unseen : tuple of Pattern
        Of expected elements that could show nothing but Auger groups here.
    shift : float
        Added to stored binding energies [eV].
    expected : tuple of str
        Elements that one clear line shows.
    claims : list of Claim
        What explains which place.
    found : dict of str to Evidence
    """

    trace: Trace
    excesses: tuple[Excess, ...]
    peaks: tuple[Peak, ...]
    patterns: tuple[Pattern, ...]
    unseen: tuple[Pattern, ...]
    shift: float
    expected: tuple[str, ...]
    claims: list[Claim] = field(default_factory=list[Claim])
    found: dict[str, Evidence] = field(default_factory=dict[str, Evidence])

    def explains(self, energy: float, area: float, *, but: str = "") -> Claim | None:
        """Give what explains a place [eV, stored] and an area there; not by an element itself."""
        there = [
            claim
            for claim in self.claims
            if claim.low <= energy <= claim.high and claim.area >= area and claim.element != but
        ]
        kinds = ("line", "auger", "satellite", "loss")
        return min(there, key=lambda claim: kinds.index(claim.kind), default=None)

    def strength(self, line: Line) -> float:
        """Strength of a line with the transmission where it lies."""
        return line.strength * self.trace.transmission_at(line.energy - self.shift)
