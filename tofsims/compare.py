"""Two depth profiles of the same ions: craters, replicates, before and after.

What can be compared is the course of each ion, its level and its change; not one ion with another.
Levels of two craters differ by the beam's current too: a reference ion, or the same normalisation,
takes that out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from references.words import Estimate, InputError, Kind, Row, UncertaintyParts

from .uniformity import SURE, TWO_SIDED, student

if TYPE_CHECKING:
    from .uniformity import Trend
    from .verdict import Uniformity

__all__ = ["Difference", "Same", "compare"]


class Same(StrEnum):
    """What is said of two levels."""

    ALIKE = "alike"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An ion in two profiles.

    Attributes
    ----------
    ion : str
    before, after : Trend
    ratio_percent : float
        Level of the second over that of the first, less one [%].
    u : float
        Its standard uncertainty [%], with what both fluctuate more than counting and what errs
        alike in all data points of one.
    margin_percent : float
    verdict : Same
    why : str
    factor : float
        Standard uncertainties that the 95 % interval reaches to either side.
    """

    ion: str
    before: Trend
    after: Trend
    ratio_percent: float
    u: float
    margin_percent: float
    verdict: Same
    why: str = ""
    factor: float = TWO_SIDED

    def sentence(self) -> str:
        """Say it: the ratio, its interval, the verdict."""
        if not math.isfinite(self.ratio_percent):
            return f"{self.ion}: undecided, {self.why}"
        reach = self.factor * self.u
        low, high = self.ratio_percent - reach, self.ratio_percent + reach
        said = {
            Same.ALIKE: f"alike within {self.margin_percent:g} %",
            Same.DIFFERENT: f"different by more than {self.margin_percent:g} %",
            Same.UNDECIDED: f"not within {self.margin_percent:g} %, nor clearly beyond: undecided",
        }[self.verdict]
        return (
            f"{self.ion}: {self.ratio_percent:+.2g} % from A to B, 95 % interval {low:+.2g} to "
            f"{high:+.2g} %; {said}"
        )

    def row(self, sample: str) -> Row:
        """Give the ratio as a row of a table."""
        share = (1.0 + 0.01 * self.ratio_percent) / math.sqrt(12.0)
        parts = [one.u_counting for one in (self.before, self.after)]
        known = all(math.isfinite(part) for part in parts)
        counting = min(share * math.hypot(*parts), self.u) if known else 0.0
        reach = self.factor * self.u
        return Row(
            sample=sample,
            technique="tofsims",
            quantity="level of B over that of A, less one",
            subject=self.ion,
            estimate=Estimate(
                value=self.ratio_percent,
                u=self.u,
                u_parts=UncertaintyParts(
                    counting=counting, misfit=math.sqrt(self.u**2 - counting**2)
                ),
                low=self.ratio_percent - reach,
                high=self.ratio_percent + reach,
                level=0.95,
                kind=Kind.STANDARD,
            ),
            unit="%",
        )

    def to_dict(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        known, reach = math.isfinite(self.ratio_percent), self.factor * self.u
        return {
            "ion": self.ion,
            "mean_a": self.before.mean,
            "mean_b": self.after.mean,
            "level_a": self.before.level,
            "level_b": self.after.level,
            "ratio_percent": self.ratio_percent if known else None,
            "u_percent": self.u if known else None,
            "interval_percent": [self.ratio_percent - reach, self.ratio_percent + reach]
            if known
            else None,
            "margin_percent": self.margin_percent,
            "verdict": str(self.verdict),
            "why": self.why,
            "sentence": self.sentence(),
        }


def compare(a: Uniformity, b: Uniformity) -> tuple[Difference, ...]:
    """Compare the levels of ions in two profiles, over the window of each.

    Parameters
    ----------
    a, b : Uniformity
        Of the same ions, with the same margin and normalisation.

    Returns
    -------
    tuple of Difference

    Raises
    ------
    InputError
        If they share no ion, or were normalised differently.

    Notes
    -----
    A level is the mean, in counts a data point or, of what was normalised, over the mean of its
    reference: what both share by the beam's current is not in it. ``u`` of it is that of the line's
    middle, ``u(change) / sqrt(12)`` for evenly spaced points, with the reference in it as in that
    of each point; and what errs alike in all points of a profile, which has no part in a change
    and all in a level. Counts of other numbers of shots a point are compared for each shot; over
    the total or an ion they are anyway.

    Examples
    --------
    >>> import numpy as np
    >>> from tofsims import check, depth_profile
    >>> draw = np.random.default_rng(1)
    >>> one, two = (check(depth_profile(["Cl-"], draw.poisson(level, (1, 100)), shots=1e6,
    ...             sputter_time=np.arange(1.0, 101.0))) for level in (4000, 5000))
    >>> compare(one, two)[0].verdict
    <Same.DIFFERENT: 'different'>
    """
    by = [one.shown.attrs.get("normalised_by", "") for one in (a, b)]
    if by[0] != by[1]:
        raise InputError(f"A is normalised by {by[0] or 'nothing'}, B by {by[1] or 'nothing'}")
    after = {one.ion: one for one in b.trends}
    shared = [one for one in a.trends if one.ion in after]
    if not shared:
        raise InputError("the two profiles share no ion")
    shots = [float(one.profile["shots"].values[0]) for one in (a, b)]
    # A reference that is counted by the same shots has taken their number out.
    each = by[0] in {"", "dose"} and all(math.isfinite(n) for n in shots)
    share = shots[0] / shots[1] if each else 1.0
    why = ""
    if math.isfinite(shots[0]) != math.isfinite(shots[1]):
        bare = "B" if math.isfinite(shots[0]) else "A"
        why = f"{bare} is not corrected for the dead time, for its number of shots is not known"
    return tuple(_difference(one, after[one.ion], share, why) for one in shared)


def _difference(a: Trend, b: Trend, share: float, why: str) -> Difference:
    margin = a.margin_percent
    why = why or a.why or b.why
    if why or a.mean <= 0:
        return Difference(
            ion=a.ion, before=a, after=b, ratio_percent=math.nan, u=math.nan,
            margin_percent=margin, verdict=Same.UNDECIDED, why=why or "nothing was counted",
        )  # fmt: skip
    ratio = b.level * share / a.level
    u = ratio * math.sqrt(sum(_of_level(one) + _alike(one) for one in (a, b)))
    freedom = _freedom((a, b))
    factor = student(freedom)
    change, reach = 100.0 * (ratio - 1.0), factor * u
    verdict = Same.UNDECIDED
    if abs(change) + reach <= margin:
        verdict = Same.ALIKE
    elif abs(change) - reach > margin and abs(change) > student(freedom, SURE) * u:
        verdict = Same.DIFFERENT
    return Difference(
        ion=a.ion, before=a, after=b, ratio_percent=change, u=u, margin_percent=margin,
        verdict=verdict, factor=factor,
    )  # fmt: skip


def _of_level(one: Trend) -> float:
    """Variance of a level [%²] that the scatter of its points tells."""
    return one.u**2 / 12.0


def _alike(one: Trend) -> float:
    """Variance of a level [%²] from what errs alike in all of its points."""
    return (100.0 * one.u_alike / one.mean) ** 2


def _freedom(both: tuple[Trend, Trend]) -> float:
    """Degrees of freedom of a sum of variances (B. L. Welch, Biometrika 34 (1947) 28)."""
    total = sum(_of_level(one) + _alike(one) for one in both)
    parts = sum(_of_level(one) ** 2 / max(one.freedom, 1.0) for one in both)
    return total**2 / parts if parts > 0 else math.inf
