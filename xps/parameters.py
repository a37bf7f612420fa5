"""The parameters of a fit as they are collected: starts, bounds, and Gaussian knowledge of them.

A user's constraint overrides what the library would say; what the library knows with an uncertainty
is a prior, a held value or nothing, as the recipe decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from .constraint import Affine, Constraint, parse
from .envelope import EnvelopeError
from .plan import Knowledge, Parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.value import Value

__all__ = ["FREE_POSITION", "Parameters", "as_matrix"]

Array = NDArray[np.float64]

FREE_POSITION = 1.0
"""Half-width of the window of a free component [eV]."""


class Parameters:
    """Parameters by name, with what is known of linear combinations and ratios of them.

    Attributes
    ----------
    by_name : dict of str to Parameter
        In the order in which they were added.
    linear : list of (Affine, target, u)
        Gaussian knowledge of combinations.
    ratios : list of (above, below, target, u)
        Gaussian knowledge of ratios.
    """

    def __init__(self, how: Literal["prior", "hard", "free"]) -> None:
        """Begin with none; ``how`` is the recipe's use of the library's knowledge."""
        self._how = how
        self.by_name: dict[str, Parameter] = {}
        self.linear: list[tuple[Affine, float, float]] = []
        self.ratios: list[tuple[Affine, Affine, float, float]] = []

    def add(self, parameter: Parameter) -> Affine:
        """Add a parameter under a name of its own."""
        if parameter.name in self.by_name:
            raise EnvelopeError(f"parameter {parameter.name!r} is defined twice")
        if not parameter.held and not parameter.low < parameter.high:
            raise EnvelopeError(
                f"{parameter.name}: the window {parameter.low:g} .. {parameter.high:g} is empty"
            )
        self.by_name[parameter.name] = parameter
        return Affine(terms=((parameter.name, 1.0),))

    def constrained(self, default: Parameter, constraint: Constraint) -> Affine:
        """Apply a user's constraint to a parameter the library would start otherwise."""
        start = default.start if constraint.start is None else constraint.start
        if constraint.fixed:
            told = constraint.start is not None
            return self.add(
                Parameter(
                    name=default.name,
                    start=start,
                    held=True,
                    u=None if told else default.u,
                    component=default.component,
                )
            )
        low = default.low if constraint.low is None else constraint.low
        high = default.high if constraint.high is None else constraint.high
        chosen = constraint.low is not None
        if chosen and constraint.start is None:
            start = 0.5 * (low + high) if np.isfinite(low + high) else start
        if constraint.start is not None and not chosen:
            if constraint.u is not None and not default.natural:
                low, high = min(low, start - 8 * constraint.u), max(high, start + 8 * constraint.u)
            elif not default.natural:
                width = min(high - low, 2 * FREE_POSITION)
                if not low < start < high:
                    low, high = start - 0.5 * width, start + 0.5 * width
        spread = default.spread if constraint.u is None else constraint.u
        if chosen:
            spread = min(spread, 0.3 * (high - low)) if spread else 0.25 * (high - low)
        start = min(max(start, low), high)
        value = self.add(
            Parameter(
                name=default.name,
                start=start,
                low=low,
                high=high,
                spread=spread,
                natural=default.natural and not chosen,
                known=default.known and constraint == Constraint(),
                component=default.component,
            )
        )
        if constraint.u is not None:
            self.linear.append((value, start, constraint.u))
        return value

    def known(self, name: str, value: Value, text: str | float, component: str = "") -> Affine:
        """A number of the library: prior, held or free as the user decides, or overridden."""
        constraint = parse(text)
        best, u = value.best, value.u
        room = 8 * u if u else 0.5 * abs(best)
        default = Parameter(
            name=name, start=best, low=best - room, high=best + room, u=u, component=component
        )
        if constraint != Constraint():
            held_number = constraint.start is not None and constraint == Constraint(
                start=constraint.start
            )
            if held_number:
                constraint = Constraint(start=constraint.start, fixed=True)
            return self.constrained(default, constraint)
        how = self._how
        if how == "hard" or (how == "prior" and u is None and value.status.may_constrain):
            return self.constrained(default, Constraint(fixed=True))
        if not value.status.may_constrain:
            return self.constrained(default, Constraint())  # a place to start, no more
        affine = self.constrained(default, Constraint())
        if how == "prior" and u is not None:
            self.linear.append((affine, best, u))
        return affine

    @property
    def index(self) -> dict[str, int]:
        """Place of each parameter."""
        return {name: i for i, name in enumerate(self.by_name)}

    def knowledge(self) -> Knowledge | None:
        """Give the Gaussian knowledge as arrays over all parameters."""
        index = self.index
        if not self.linear and not self.ratios:
            return None
        flat, flat0 = as_matrix([v for v, _, _ in self.linear], index)
        above, above0 = as_matrix([a for a, _, _, _ in self.ratios], index)
        below, below0 = as_matrix([b for _, b, _, _ in self.ratios], index)
        if np.any(above0) or np.any(below0):
            raise EnvelopeError("a width that is offset from another cannot also be in a group")
        return Knowledge(
            linear=flat,
            linear_target=np.array([t for _, t, _ in self.linear]) - flat0,
            linear_u=np.array([u for _, _, u in self.linear]),
            above=above,
            below=below,
            ratio_target=np.array([t for _, _, t, _ in self.ratios]),
            ratio_u=np.array([u for _, _, _, u in self.ratios]),
        )


def as_matrix(values: Sequence[Affine], index: dict[str, int]) -> tuple[Array, Array]:
    """Write affine expressions as a matrix (values, parameters) and an offset (values,)."""
    matrix, offset = np.zeros((len(values), len(index))), np.zeros(len(values))
    for i, value in enumerate(values):
        offset[i] = value.constant
        for name, factor in value.terms:
            matrix[i, index[name]] = factor
    return matrix, offset
