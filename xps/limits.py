"""What each parameter of a component can be at all: signs, orders of magnitude, how well known.

These are not the library's ranges, which a fit may contradict; outside of these there is no line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .constraint import Constraint, ConstraintError, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LIMITS", "TIED", "Limits", "check", "place_of"]

SMALLEST_U = 1e-6
"""Knowledge sharper than this part of a value is no knowledge but a held value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a parameter can be.

    Parameters
    ----------
    low, high : float
        Smallest and largest value.
    what : str
        In words, with its unit.
    above : bool
        Whether the smallest value itself is excluded.
    above_in_window : bool
        The same for the ends of a window: a ratio may reach zero, a width may not.
    """

    low: float
    high: float
    what: str
    above: bool = False
    above_in_window: bool = False


LIMITS = {
    "position": Limits(low=-1e5, high=1e5, what="a binding energy in eV"),
    "fwhm": Limits(low=0.0, high=1e3, what="a width in eV, > 0", above=True, above_in_window=True),
    "area": Limits(low=0.0, high=1e30, what="an area, >= 0"),
    "splitting": Limits(low=0.0, high=1e3, what="a distance in eV, > 0", above=True),
    "ratio": Limits(low=0.0, high=1e2, what="a ratio of areas, > 0", above=True),
    "partner_width": Limits(
        low=0.0, high=1e2, what="a ratio of widths, > 0", above=True, above_in_window=True
    ),
}
TIED = ("position", "fwhm", "area")
"""Parameters that may be tied to the same parameter of another component."""


def check(
    field: str, text: str | float, others: Sequence[str], limits: Limits | None = None
) -> Constraint:
    """Parse a parameter's constraint and refuse what it cannot be.

    Parameters
    ----------
    field : str
        ``"fwhm"``, or a shape's parameter.
    text : str or float
        The constraint.
    others : sequence of str
        Names of the other components.
    limits : Limits, optional
        Of a shape's parameter; those of ``field`` where not given.

    Returns
    -------
    Constraint

    Raises
    ------
    ConstraintError
        In one sentence: what was given, what was expected, what to do.

    Examples
    --------
    >>> check("fwhm", "1.2 fixed", ()).start
    1.2
    >>> check("fwhm", "0 fixed", ())
    Traceback (most recent call last):
    ...
    xps.constraint.ConstraintError: fwhm "0 fixed": 0 is not a width in eV, > 0
    """
    known = LIMITS[field] if limits is None else limits
    constraint = parse(text, others)
    if constraint.tie is not None:
        if field not in TIED:
            raise _wrong(field, text, f"only {', '.join(TIED)} can be tied to another component")
        _check_tie(field, text, constraint, known)
    if constraint.start is not None:
        _check_value(field, text, constraint.start, known, above=known.above)
    for end in (constraint.low, constraint.high):
        if end is not None:
            _check_value(field, text, end, known, above=known.above_in_window)
    _check_u(field, text, constraint, known)
    return constraint


def place_of(constraint: Constraint) -> tuple[float, float] | None:
    """Give the energies [eV] between which a position is told to lie, if it is told."""
    if constraint.low is not None and constraint.high is not None:
        return constraint.low, constraint.high
    if constraint.start is None:
        return None
    return constraint.start, constraint.start


def _check_value(
    field: str, text: str | float, value: float, known: Limits, *, above: bool
) -> None:
    if value < known.low or (above and value == known.low) or value > known.high:
        told = "within" in known.what  # a shape's own range names both ends
        beyond = f" up to {known.high:g}" if value > known.high and not told else ""
        raise _wrong(field, text, f"{value:g} is not {known.what}{beyond}")


def _check_u(field: str, text: str | float, constraint: Constraint, known: Limits) -> None:
    if constraint.u is None or constraint.start is None:
        return
    if constraint.u > known.high:
        raise _wrong(
            field, text, f"a standard uncertainty of {constraint.u:g} says nothing; write 'free'"
        )
    if constraint.u < SMALLEST_U * max(abs(constraint.start), SMALLEST_U):
        raise _wrong(
            field,
            text,
            f"a standard uncertainty of {constraint.u:g} holds the value; write "
            f"'{constraint.start:g} fixed'",
        )


def _check_tie(field: str, text: str | float, constraint: Constraint, known: Limits) -> None:
    assert constraint.tie is not None
    tie = constraint.tie
    numbers = (tie.constant, *(factor for _, factor in tie.terms))
    largest = max(abs(number) for number in numbers)
    if largest > known.high:
        raise _wrong(field, text, f"{largest:g} is beyond what a tie of {known.what} can hold")
    if not tie.terms:
        _check_value(field, text, tie.constant, known, above=known.above)
    elif known.low >= 0 and tie.constant <= 0 and all(factor < 0 for _, factor in tie.terms):
        raise _wrong(field, text, f"it can never be {known.what}")


def _wrong(field: str, text: str | float, why: str) -> ConstraintError:
    shown = str(text) if len(str(text)) <= 80 else str(text)[:77] + "..."
    return ConstraintError(f'{field} "{shown}": {why}')


def of_shape_parameter(low: float, high: float) -> Limits:
    """Give the limits of a shape's own parameter from the shape's bounds."""
    ends = f"{low:g} .. {high:g}" if math.isfinite(high) else f"at least {low:g}"
    return Limits(low=low, high=high, what=f"a number within {ends}")
