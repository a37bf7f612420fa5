"""What is known of a model's parameters beside the counts: bounds, targets, and how they spread.

Some numbers are known only as a family: coefficients of a smooth background, deviations of line
intensities. How far these spread, the data say (:meth:`Knowledge.learned`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .model import PatternModel

__all__ = ["Knowledge", "Parameter", "Spread"]

Array = NDArray[np.float64]

TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number of a model: where it begins, where it may go, and what is known of it.

    ``u`` is the standard uncertainty of that knowledge, infinite where there is none; a parameter
    is held where it is 0. ``doubt`` is the standard uncertainty of one that is held: no fit may
    move it, but what follows from a fit is no better than it is.
    """

    name: str
    value: float
    low: float = -np.inf
    high: float = np.inf
    u: float = np.inf
    doubt: float = 0.0

    @property
    def held(self) -> bool:
        """Whether it keeps its value."""
        return self.u == 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """A family of parameters with values b that have no target but b' P b, times a precision.

    Parameters
    ----------
    part : str
        The part of an uncertainty that it belongs to.
    first, last : int
        Where the family stands in the model: ``first`` to ``last - 1``.
    penalty : (last - first, last - first) array
        P
    precision : float
        What P is multiplied by, at first.
    most : float
        Largest precision.
    sought : bool
        Whether the precision is found from the data.
    """

    part: str
    first: int
    last: int
    penalty: Array
    precision: float = 0.0
    most: float = np.inf
    sought: bool = True

    @property
    def place(self) -> slice:
        """Where the family stands in the model."""
        return slice(self.first, self.last)


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """Of all parameters: where they may be, where they are expected, how surely.

    Attributes
    ----------
    low, high, target : (parameters,) arrays
    held : (parameters,) array of bool
    spreads : tuple of Spread
    precision : (parameters, parameters) array
        Of all that is known together: half its quadratic form is the prior's -ln.
    """

    low: Array
    high: Array
    held: NDArray[np.bool_]
    target: Array
    own: Array
    spreads: tuple[Spread, ...] = ()
    precision: Array = field(init=False)

    def __post_init__(self) -> None:
        total = np.diag(self.own)
        for spread in self.spreads:
            total[spread.place, spread.place] += spread.precision * spread.penalty
        object.__setattr__(self, "precision", total)

    @classmethod
    def of(cls, model: PatternModel) -> Knowledge:
        """Give what a model says of its parameters."""
        u = np.array([p.u for p in model.parameters])
        held = np.array([p.held for p in model.parameters])
        with np.errstate(divide="ignore"):
            known = np.where(held | ~np.isfinite(u), 0.0, 1.0 / u**2)
        columns = ((p.low, p.high, p.value) for p in model.parameters)
        low, high, target = (np.array(column) for column in zip(*columns, strict=True))
        return cls(low, high, held, target, known, model.spreads)

    def pull(self, values: Array) -> Array:
        """Half the slope of the cost."""
        return self.precision @ (values - self.target)

    def cost(self, values: Array) -> float:
        """-2 ln of the prior."""
        return float((values - self.target) @ self.pull(values))

    def covariance(self, information: Array, values: Array) -> Array:
        """Covariance of what is free, from counts and knowledge; zero where one rests or is held.

        ``information`` is that of the counts alone.
        """
        whole = information + self.precision
        free = ~self.held & (np.diag(whole) > 0.0)
        free &= (values > self.low) & (values < self.high)
        inside = whole[np.ix_(free, free)]
        scale = 1.0 / np.sqrt(np.diag(inside))
        found = np.zeros_like(whole)
        inverse = np.linalg.pinv(inside * np.outer(scale, scale), rcond=1e-13, hermitian=True)
        found[np.ix_(free, free)] = inverse * np.outer(scale, scale)
        return found

    def learned(self, information: Array, values: Array) -> Knowledge:
        """Give the spreads that the values of each family speak for.

        Fellner's and Schall's step towards the largest marginal likelihood (S. N. Wood and M.
        Fasiolo, Biometrics 73 (2017) 1071).
        """
        covariance = self.covariance(information, values)
        found: list[Spread] = []
        for spread in self.spreads:
            if not spread.sought:
                found.append(spread)
                continue
            inside, b = covariance[spread.place, spread.place], values[spread.place]
            left = np.linalg.matrix_rank(spread.penalty)
            left -= spread.precision * float(np.sum(inside * spread.penalty))
            precision = max(left, TINY) / max(float(b @ spread.penalty @ b), TINY)
            found.append(replace(spread, precision=min(precision, spread.most)))
        return replace(self, spreads=tuple(found))

    def shares(self, covariance: Array) -> dict[str, Array]:
        """Covariance of the parameters by where it comes from; the parts add up.

        With V that of all together, what is known with precision P contributes V P V, and counting
        what is left.
        """
        parts = {"constraints": np.diag(self.own)}
        for spread in self.spreads:
            part = parts.setdefault(spread.part, np.zeros_like(covariance))
            part[spread.place, spread.place] += spread.precision * spread.penalty
        found = {name: covariance @ part @ covariance for name, part in parts.items()}
        return {"counting": covariance - sum(found.values()), **found}
