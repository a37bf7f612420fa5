"""Two samples: by how much a fraction differs, and how surely.

What both share (a level's splitting and ratio, sensitivity factors, the choice of line shape) moves
both fractions together and cancels in their difference; counting and each sample's own places,
widths and background do not. Several spots of a sample bring the spread between them, which a
single spot's error bar knows nothing of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from references.words import Basis, Contribution, InputError

from .comparability import paired
from .estimate import LEVEL
from .side import TAIL, Side, effective_freedom, quantile, side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.words import Finding, Row

    from .comparability import Pair

__all__ = ["Comparison", "ComparisonError", "Difference", "compare"]

LISTED = 3
POWER = 0.8
"""Probability with which the smallest detectable difference is found."""


class ComparisonError(InputError):
    """Two results that cannot be compared: why, and what would make them comparable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What became of one fraction from sample A to sample B.

    Attributes
    ----------
    subject : str
    basis : Basis
    denominator : str
    a, b : Side
    value : float
        B - A.
    u : float
        Its standard uncertainty, without what cancels.
    low, high : float
        Its 95 % interval.
    freedom : float
        Degrees of freedom behind it; infinite where each sample is one spot.
    shared : float
        Standard uncertainty that both have in common and that cancels: the root of twice their
        covariance; negative where they move against each other and it adds up.
    fell : float
        Probability that the fraction is smaller in B: the confidence at which the interval's end
        comes to zero, which with nothing known of the difference beforehand is its probability.
    p : float
        Two-sided: how often samples that are alike would differ by as much.
    ratio, ratio_low, ratio_high : float or None
        B / A; ``None`` where A may be nothing, for the high end then knows no bound.
    detectable : float
        The smallest true difference that would be found (two-sided at 5 %) in 80 of 100 such pairs.
    """

    subject: str
    basis: Basis
    denominator: str
    a: Side
    b: Side
    value: float
    u: float
    low: float
    high: float
    freedom: float
    shared: float
    fell: float
    p: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    detectable: float

    @property
    def rose(self) -> float:
        """Probability that the fraction is larger in B."""
        return 1.0 - self.fell

    @property
    def method(self) -> str:
        """How the interval was formed: as of normal errors, or from two sides that differ."""
        sides = (self.a, self.b)
        return "normal" if all(s.below == s.above for s in sides) else "variance estimates recovery"

    @property
    def shown(self) -> bool:
        """Whether the 95 % interval leaves out that both are alike."""
        return self.p < 2.0 * TAIL

    def to_dict(self) -> dict[str, object]:
        """Give the difference as JSON-ready values."""
        return {
            "subject": self.subject,
            "basis": str(self.basis),
            "denominator": self.denominator,
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
            "difference": {
                "value": self.value,
                "u": self.u,
                "low": self.low,
                "high": self.high,
                "level": LEVEL,
                "method": self.method,
                "degrees_of_freedom": _finite(self.freedom),
                "u_shared": self.shared,
            },
            "ratio": {"value": self.ratio, "low": self.ratio_low, "high": self.ratio_high},
            "probability_fell": self.fell,
            "probability_rose": self.rose,
            "p_two_sided": self.p,
            "detectable": {"value": self.detectable, "level": LEVEL, "power": POWER},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All fractions that two samples have in common, and what to review."""

    differences: tuple[Difference, ...]
    findings: tuple[Finding, ...]


def compare(a: Sequence[Sequence[Row]], b: Sequence[Sequence[Row]]) -> Comparison:
    r"""Give what became of each fraction from sample A to sample B.

    Parameters
    ----------
    a, b : sequence of sequences of Row
        Fractions of each spot of a sample: ``fit.fractions``, or what :func:`xps.fractions` gives.

    Returns
    -------
    Comparison
        A difference for each fraction that both samples have on the same basis; findings for what
        could not be compared, and for what did not cancel.

    Raises
    ------
    ComparisonError
        If there is no fraction that can be compared. Where only intervals are lacking, for no fit
        converged, there is no difference, and a finding says so.

    Notes
    -----
    The covariance of two fractions is the sum over the inputs k that both rest on of the products
    of what each moves (GUM F.1.2.3), and rho its share of u_A u_B:

    .. math:: u^2(B - A) = u_A^2 + u_B^2 - 2 \sum_k c_{Ak} c_{Bk}

    An interval that is not symmetric (a profile or an upper limit) keeps its two sides: with s the
    side that looks to the other sample,

    .. math:: (B - A) - t \sqrt{s_{B-}^2 + s_{A+}^2 - 2 \rho s_{B-} s_{A+}}

    is the lower end, and likewise the upper one: the method of variance estimates recovery (Zou and
    Donner), of which the ratio's interval is the other form (Donner and Zou). Several spots enter
    by their mean; only counting is taken to be a spot's own, for places, widths and background err
    alike in all spots of a sample. t has the effective degrees of freedom of Welch and
    Satterthwaite (GUM G.4.1).

    References
    ----------
    JCGM 100:2008 (GUM), F.1.2.3 and G.4.1
    G. Y. Zou, A. Donner, Stat. Med. 27, 1693 (2008) (unverified)
    A. Donner, G. Y. Zou, Stat. Methods Med. Res. 21, 347 (2012), eq. 9 (unverified)

    Examples
    --------
    >>> import xps
    >>> fit = xps.fit(xps.example("S 2p"), xps.envelope("S 2p", ["PS4", "Li2S"]))
    >>> same = compare([fit.fractions], [fit.fractions]).differences[0]
    >>> same.subject, same.value, same.p
    ('Li2S', 0.0, 1.0)
    """
    pairs, findings = paired(a, b)
    differences = tuple(_difference(pair) for pair in pairs)
    if not differences and not any(finding.rule == "no_interval" for finding in findings):
        why = dict.fromkeys(f.message for f in findings if f.severity == "error")
        raise ComparisonError(
            f"A has {_listed(a)}, B has {_listed(b)}: "
            + ("; ".join(why) or "they have no fraction in common; fit both with one recipe")
        )
    return Comparison(differences=differences, findings=findings)


def _listed(spots: Sequence[Sequence[Row]]) -> str:
    """Some of a sample's fractions, in words."""
    names = dict.fromkeys(
        f"{row.subject} of {row.denominator} ({row.basis})" for rows in spots for row in rows
    )
    shown = list(names)[:LISTED]
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return (", ".join(shown) or "no fraction") + more


def _difference(pair: Pair) -> Difference:
    a, b = side(pair.a), side(pair.b)
    covariance = _covariance(a.shared, b.shared)
    rho = float(np.clip(covariance / (a.u * b.u), -1.0, 1.0)) if a.u > 0 and b.u > 0 else 0.0
    value = b.value - a.value
    u = _joint(a.u, b.u, rho)
    freedom = effective_freedom(u, [(a.random, a.freedom), (b.random, b.freedom)])
    reach = quantile(freedom, 1.0 - TAIL)
    down, up = _joint(a.above, b.below, rho), _joint(a.below, b.above, rho)
    fell = _probability_below_zero(value, up if value < 0 else down, freedom)
    ratio = _ratio(a, b, rho, reach)
    return Difference(
        subject=pair.subject,
        basis=pair.basis,
        denominator=pair.denominator,
        a=a,
        b=b,
        value=value,
        u=u,
        # What is no more than a limit may be nothing, but not less than it.
        low=max(value - reach * down, -a.interval[1] if b.limit else -1.0),
        high=min(value + reach * up, b.interval[1] if a.limit else 1.0),
        freedom=freedom,
        shared=math.copysign(math.sqrt(2.0 * abs(covariance)), covariance),
        fell=fell,
        p=2.0 * min(fell, 1.0 - fell),
        ratio=ratio[0],
        ratio_low=ratio[1],
        ratio_high=ratio[2],
        detectable=(reach + quantile(freedom, POWER)) * u,
    )


def _covariance(a: Sequence[Contribution], b: Sequence[Contribution]) -> float:
    return sum(one.shift * other.shift for one in a for other in b if one.is_of(other))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _joint(a: float, b: float, rho: float) -> float:
    return math.sqrt(max(a * a + b * b - 2.0 * rho * a * b, 0.0))


def _probability_below_zero(value: float, u: float, freedom: float) -> float:
    from scipy.special import ndtr, stdtr

    if value == 0.0 or u == 0.0:
        return 0.5 if value == 0.0 else float(value < 0.0)
    z = -value / u
    return float(ndtr(z) if math.isinf(freedom) else stdtr(freedom, z))


def _ratio(
    a: Side, b: Side, rho: float, reach: float
) -> tuple[float | None, float | None, float | None]:
    """B / A and the ends at which B - R A comes to zero; no upper end where A may be nothing."""
    if not a.value > 0:
        return None, None, None
    low = _end(a.value, b.value, reach * a.above, reach * b.below, rho)
    may_be_nothing = reach * a.below >= a.value
    high = (
        None if may_be_nothing else _end(a.value, b.value, -reach * a.below, reach * b.above, rho)
    )
    return b.value / a.value, low, high


def _end(a: float, b: float, u_a: float, u_b: float, rho: float) -> float | None:
    """The ratio R at which (b - R a)^2 = u_b^2 + R^2 u_a^2 - 2 rho R u_a u_b.

    The lower one, or the upper one where ``u_a`` is negative.
    """
    upper = u_a < 0
    u_a = abs(u_a)
    square, middle, rest = a * a - u_a * u_a, a * b - rho * u_a * u_b, b * b - u_b * u_b
    root = math.sqrt(max(middle * middle - square * rest, 0.0))
    if upper:
        return (middle + root) / square if square > 0 else None
    # Written so that it also holds where A may be nothing.
    return max(rest / (middle + root), 0.0) if middle + root > 0 else 0.0
