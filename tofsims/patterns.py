"""How probable an isotope pattern is: all isotopologues of an ion against nature at once.

A ratio of two says which one is off (:mod:`tofsims.isotopes`), with a tolerance for what nature
varies. Here all members that a profile holds are compared with one pattern, and the answer is a
probability: of a pattern at least so far from the natural one by chance alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .counting import Saturation
from .isotopes import TOLERANCE, Pattern, families, judged
from .summed import summed

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from .isotopes import Member
    from .summed import Sum

__all__ = ["PatternTest", "pattern_tests"]

ROUNDS = 20
"""The scale and the variances that go with it settle within a few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternTest:
    """The isotope pattern of an ion.

    Attributes
    ----------
    ion : str
        The most abundant member that was compared, or of all where none was.
    members : tuple of str
        That were compared,
    left_out : tuple of str
        and that were not: saturated, of too few counts, or of an element whose isotopes vary.
    chi_square : float
        NaN of fewer than two members.
    freedom : int
    p : float
        Probability of a pattern at least so far from the natural one, by chance.
    """

    ion: str
    members: tuple[str, ...]
    left_out: tuple[str, ...]
    chi_square: float = math.nan
    freedom: int = 0
    p: float = math.nan

    def to_dict(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        known = math.isfinite(self.p)
        return {
            "ion": self.ion,
            "members": list(self.members),
            "left_out": list(self.left_out),
            "chi_square": self.chi_square if known else None,
            "freedom": self.freedom,
            "p": self.p if known else None,
        }


def pattern_tests(profile: xr.Dataset) -> tuple[PatternTest, ...]:
    """Compare the isotopologues of each ion in a profile with the natural pattern.

    Parameters
    ----------
    profile : Dataset
        A depth profile, cut to the window.

    Returns
    -------
    tuple of PatternTest
        Of each ion of which there are several isotopologues.

    Notes
    -----
    ``chi**2 = sum (I_i - s f_i)**2 / u_i**2`` with natural fractions ``f_i``, the scale ``s`` that
    makes it least, and one degree of freedom less than members. The ``u_i`` are those of what is
    expected and not of what was counted, which would take members that have too few by chance for
    better known (K. Pearson, Philos. Mag. 50 (1900) 157). Natural fractions are taken as exact:
    where counts are many, what nature varies is improbable too, and the ratios with their
    tolerance tell how far it is.

    Examples
    --------
    >>> from tofsims import depth_profile
    >>> made = depth_profile(["Cl-", "[37Cl]-"], [[7576.0] * 9, [2424.0] * 9], shots=1e9)
    >>> round(pattern_tests(made)[0].p, 2)
    1.0
    """
    return tuple(_tested(profile, rows) for rows in families(profile))


def _tested(profile: xr.Dataset, rows: dict[int, Member]) -> PatternTest:
    names = [str(name) for name in profile["ion"].values]
    sums = {i: summed(profile.isel(ion=i)) for i in rows}
    flags = profile["saturation"].values
    clear = [
        i
        for i, one in rows.items()
        if flags[i].max() < Saturation.SATURATING and _tells(one, sums[i])
    ]
    kept = clear if len(clear) > 1 else []
    test = PatternTest(
        ion=names[max(kept or rows, key=lambda i: rows[i].fraction)],
        members=tuple(names[i] for i in kept),
        left_out=tuple(names[i] for i in rows if i not in kept),
    )
    if not kept:
        return test
    natural = np.array([rows[i].fraction for i in kept])
    chi = _chi_square(natural, [sums[i] for i in kept])
    freedom = len(kept) - 1
    return PatternTest(
        ion=test.ion,
        members=test.members,
        left_out=test.left_out,
        chi_square=chi,
        freedom=freedom,
        p=_beyond(chi, freedom),
    )


def _tells(one: Member, held: Sum) -> bool:
    """Whether a member has counts enough to be decided, of an element that does not vary."""
    if one.varies or one.fraction == 0 or held.counts <= 0:
        return False
    relative = held.u / held.counts
    return judged(1.0, relative, 1.0, tolerance=TOLERANCE) is not Pattern.UNDECIDABLE


def _chi_square(natural: NDArray[np.float64], sums: list[Sum]) -> float:
    counts = np.array([one.counts for one in sums])
    apart = np.array([one.apart for one in sums]) ** 2
    alike = np.array([one.alike for one in sums]) ** 2
    scale = counts.sum() / natural.sum()
    variance = apart + alike
    for _ in range(ROUNDS):
        expected = scale * natural / counts
        variance = apart * expected + alike * expected**2
        scale = float(np.sum(natural * counts / variance) / np.sum(natural**2 / variance))
    return float(np.sum((counts - scale * natural) ** 2 / variance))


def _beyond(chi_square: float, freedom: int) -> float:
    """Probability of a chi-square at least as large."""
    from scipy.special import chdtrc

    return float(chdtrc(freedom, chi_square))
