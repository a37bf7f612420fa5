"""What can be chosen about a fit and its fractions, by name."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["BackgroundKind", "Basis", "Intervals", "Statistic"]


class Basis(StrEnum):
    """What fractions are fractions of."""

    within_level = "within_level"
    area_levels = "area_levels"
    atomic = "atomic"
    atomic_all = "atomic_all"


class Statistic(StrEnum):
    """The objective of a fit."""

    poisson = "poisson"
    sqrt_counts = "sqrt_counts"
    unweighted = "unweighted"


class Intervals(StrEnum):
    """How intervals are made."""

    auto = "auto"
    covariance = "covariance"
    profile = "profile"


class BackgroundKind(StrEnum):
    """What the background is made of."""

    shirley = "shirley"
    tougaard = "tougaard"
    linear = "linear"
    constant = "constant"
