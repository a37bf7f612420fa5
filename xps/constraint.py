"""The closed grammar in which a user ties, holds or bounds a parameter.

=====================  =====================================================================
text                   meaning
=====================  =====================================================================
``""`` or ``free``     free, with the library's window and start
``161.4``              free, starting there
``161.4 fixed``        held; ``fixed`` alone holds the start
``160.2 .. 160.9``     free inside a window
``161.4 in 161 .. 162``  free inside a window, starting there
``161.4 +- 0.1``       free, with Gaussian knowledge of that standard uncertainty
``= A``                equal to the same parameter of component A
``A + 1.18``           offset from it
``A * 0.5``            in proportion to it; sums, differences and parentheses combine
=====================  =====================================================================

Text is parsed into a linear expression and never evaluated: there are no calls, attributes,
indices or powers. Component names are matched whole, the longest first, so ``S-free`` is a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Affine", "Constraint", "ConstraintError", "parse"]

MAX_LENGTH = 400
MAX_DEPTH = 20
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")

_DECIMAL_COMMA = re.compile(r"(\d+),(\d+)")


class ConstraintError(InputError):
    """A constraint that cannot be understood: the text, the place, and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affine:
    """``constant + sum(factor * name)``: what every tie comes down to."""

    constant: float = 0.0
    terms: tuple[tuple[str, float], ...] = ()

    def plus(self, other: Affine, factor: float = 1.0) -> Affine:
        """Give ``self + factor * other``, like terms collected."""
        terms = dict(self.terms)
        for name, value in other.terms:
            terms[name] = terms.get(name, 0.0) + factor * value
        kept = tuple((name, value) for name, value in terms.items() if value != 0)
        return Affine(constant=self.constant + factor * other.constant, terms=kept)

    def times(self, factor: float) -> Affine:
        """Give ``factor * self``."""
        return Affine().plus(self, factor)

    def substituted(self, values: Mapping[str, Affine]) -> Affine:
        """Replace every name by its own affine expression."""
        total = Affine(constant=self.constant)
        for name, factor in self.terms:
            total = total.plus(values[name], factor)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One parsed constraint.

    Parameters
    ----------
    start : float or None
        Value to start from, or to hold.
    low, high : float or None
        Window.
    u : float or None
        Standard uncertainty of Gaussian knowledge around ``start``.
    fixed : bool
        Whether the parameter is held.
    tie : Affine or None
        Linear expression in the same parameter of other components.
    """

    start: float | None = None
    low: float | None = None
    high: float | None = None
    u: float | None = None
    fixed: bool = False
    tie: Affine | None = None


def parse(text: str | float, names: Iterable[str] = ()) -> Constraint:
    """Parse a constraint.

    Parameters
    ----------
    text : str or float
        What the user typed; a number alone is a start value.
    names : iterable of str
        Names of the components it may refer to.

    Returns
    -------
    Constraint
        What it means.

    Raises
    ------
    ConstraintError
        With the text, the place and what is allowed, in one sentence.

    Examples
    --------
    >>> parse("160.2 .. 160.9").high
    160.9
    >>> parse("PS4 * 0.25", ["PS4"]).tie
    Affine(constant=0.0, terms=(('PS4', 0.25),))
    >>> parse("open('x')", ["PS4"])
    Traceback (most recent call last):
    ...
    xps.constraint.ConstraintError: constraint "open('x')":  ...
    """
    if isinstance(text, bool):
        raise ConstraintError(f"constraint {text!r}: expected a number or text")
    if isinstance(text, int | float):
        return _Parser(f"{float(text)!r}", ()).constraint()
    return _Parser(text, tuple(names)).constraint()


class _Parser:
    """Recursive descent over the grammar above."""

    def __init__(self, text: str, names: tuple[str, ...]) -> None:
        if len(text) > MAX_LENGTH:
            raise ConstraintError(f"constraint of {len(text)} characters; at most {MAX_LENGTH}")
        self.text = text
        self.names = sorted((name for name in names if name), key=len, reverse=True)
        self.place = 0
        self.depth = 0

    def constraint(self) -> Constraint:
        if self._word("free") or self._end():
            return self._finished(Constraint())
        if self._word("fixed"):
            return self._finished(Constraint(fixed=True))
        told_equal = self._take("=")
        value = self._sum()
        if value.terms or told_equal:
            return self._finished(Constraint(tie=value))
        start = value.constant
        if self._take(".."):
            return self._finished(self._window(start, None))
        if self._word("fixed"):
            return self._finished(Constraint(start=start, fixed=True))
        if self._word("in"):
            low = self._number_expression()
            if not self._take(".."):
                raise self._wrong("expected '..' between the ends of a window")
            return self._finished(self._window(low, start))
        if self._take("+-") or self._take("±"):
            u = self._number_expression()
            if not u > 0:
                raise self._wrong("the standard uncertainty after '+-' must be > 0")
            return self._finished(Constraint(start=start, u=u))
        return self._finished(Constraint(start=start))

    def _window(self, low: float, start: float | None) -> Constraint:
        high = self._number_expression()
        if not low < high:
            raise self._wrong(f"the window {low:g} .. {high:g} is empty; write the lower end first")
        if start is not None and not low <= start <= high:
            raise self._wrong(f"the start {start:g} lies outside {low:g} .. {high:g}")
        return Constraint(start=start, low=low, high=high)

    def _number_expression(self) -> float:
        value = self._sum()
        if value.terms:
            raise self._wrong("expected a number here, not a component")
        return value.constant

    def _sum(self) -> Affine:
        total = self._product()
        while not self._ahead("+-"):
            if self._take("+"):
                total = total.plus(self._product())
            elif self._take("-") or self._take("−"):
                total = total.plus(self._product(), -1.0)
            else:
                break
        return self._checked(total)

    def _product(self) -> Affine:
        total = self._factor()
        while True:
            if self._take("*"):
                other = self._factor()
                if total.terms and other.terms:
                    raise self._wrong("a product of two components is not linear")
                total = total.times(other.constant) if total.terms else other.times(total.constant)
            elif self._take("/"):
                other = self._factor()
                if other.terms:
                    raise self._wrong("division by a component is not linear")
                if other.constant == 0:
                    raise self._wrong("division by zero")
                total = total.times(1.0 / other.constant)
            else:
                return self._checked(total)

    def _checked(self, value: Affine) -> Affine:
        numbers = (value.constant, *(factor for _, factor in value.terms))
        if not all(abs(number) < 1e100 for number in numbers):
            raise self._wrong("a number beyond 1e100")
        return value

    def _factor(self) -> Affine:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._wrong(f"nested deeper than {MAX_DEPTH}")
        try:
            if self._take("-") or self._take("−"):
                return self._factor().times(-1.0)
            if self._take("("):
                value = self._sum()
                if not self._take(")"):
                    raise self._wrong("expected ')'")
                return value
            return self._atom()
        finally:
            self.depth -= 1

    def _atom(self) -> Affine:
        self._skip()
        rest = self.text[self.place :]
        for name in self.names:
            if rest.startswith(name) and not _continues(rest, name):
                self.place += len(name)
                return Affine(terms=((name, 1.0),))
        number = _NUMBER.match(rest)
        if number:
            # "160..161" is a window: a dot that begins ".." is not part of the number.
            digits = number[0]
            if digits.endswith(".") and rest[number.end() :].startswith("."):
                digits = digits[:-1]
            self.place += len(digits)
            return Affine(constant=float(digits))
        known = ", ".join(sorted(self.names)) or "(none)"
        word = re.match(r"\w+|.|$", rest, re.DOTALL)
        found = repr(word[0][:40]) if word and word[0] else "the end"
        raise self._wrong(
            f"{found} at character {self.place + 1} is neither a number nor one of the "
            f"components {known}"
        )

    def _finished(self, constraint: Constraint) -> Constraint:
        if not self._end():
            rest = self.text[self.place :].strip()[:40]
            raise self._wrong(f"{rest!r} at character {self.place + 1} is left over")
        return constraint

    def _skip(self) -> None:
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1

    def _end(self) -> bool:
        self._skip()
        return self.place >= len(self.text)

    def _ahead(self, mark: str) -> bool:
        self._skip()
        return self.text.startswith(mark, self.place)

    def _take(self, mark: str) -> bool:
        if not self._ahead(mark):
            return False
        self.place += len(mark)
        return True

    def _word(self, word: str) -> bool:
        self._skip()
        rest = self.text[self.place :]
        named = any(rest.startswith(name) and not _continues(rest, name) for name in self.names)
        if named or not re.match(rf"{word}\b", rest):
            return False
        self.place += len(word)
        return True

    def _wrong(self, why: str) -> ConstraintError:
        shown = self.text if len(self.text) <= 80 else self.text[:77] + "..."
        return ConstraintError(f'constraint "{shown}": {_hint(self.text) or why}')


def _hint(text: str) -> str:
    """What to write instead of two habits that are not in the grammar."""
    if comma := _DECIMAL_COMMA.search(text):
        return f"a number is written with a point, {comma[1]}.{comma[2]}"
    if "–" in text or "—" in text:
        return "a dash is not read; write '..' between the ends of a window and '-' for minus"
    return ""


def _continues(rest: str, name: str) -> bool:
    """Whether a matched name runs on into a longer word, so that it is not that name."""
    after = rest[len(name) : len(name) + 1]
    return bool(name[-1].isalnum() and (after.isalnum() or after == "_"))
