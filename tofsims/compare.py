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

from references.words import InputError

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
        Mean of the second over that of the first, less one [%].
    u : float
        Its standard uncertainty [%], with what both fluctuate more than counting.
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

    def to_dict(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        known, reach = math.isfinite(self.ratio_percent), self.factor * self.u
        return {
            "ion": self.ion,
            "mean_a": self.before.mean,
            "mean_b": self.after.mean,
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
    ``u`` of a mean is that of the line's middle: ``u(change) / sqrt(12)`` for evenly spaced points.
    Intensities are those of a data point, so both should have the same number of shots a point; if
    not, they are compared for each shot.

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
    share = shots[0] / shots[1] if all(math.isfinite(n) for n in shots) else 1.0
    return tuple(_difference(one, after[one.ion], share) for one in shared)


def _difference(a: Trend, b: Trend, share: float) -> Difference:
    margin = a.margin_percent
    why = a.why or b.why
    if why or a.mean <= 0:
        return Difference(
            ion=a.ion, before=a, after=b, ratio_percent=math.nan, u=math.nan,
            margin_percent=margin, verdict=Same.UNDECIDED, why=why or "nothing was counted",
        )  # fmt: skip
    ratio = b.mean * share / a.mean
    u = ratio * math.hypot(a.u, b.u) / math.sqrt(12.0)
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


def _freedom(both: tuple[Trend, Trend]) -> float:
    """Degrees of freedom of a sum of two variances (B. L. Welch, Biometrika 34 (1947) 28)."""
    total = sum(one.u**2 for one in both)
    parts = sum(one.u**4 / max(one.freedom, 1.0) for one in both)
    return total**2 / parts if parts > 0 else math.inf
