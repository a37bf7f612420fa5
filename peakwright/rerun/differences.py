"""What differs between two documents: where, both values, and by how much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Difference", "differences", "largest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A place at which two documents differ.

    Attributes
    ----------
    place : str
        For instance ``"fits[0].components[1].area"``.
    then, now : object
        Both values; :data:`NOTHING` where there is none.
    relative : float or None
        Of two numbers: how far they are apart, over the larger of them.
    """

    place: str
    then: object
    now: object
    relative: float | None = None

    def to_dict(self) -> dict[str, object]:
        """Give the difference as JSON-ready values; what is long is cut."""
        return {
            "place": self.place,
            "then": _short(self.then),
            "now": _short(self.now),
            "relative": self.relative,
        }


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


def differences(then: Any, now: Any) -> list[Difference]:
    """Give every place at which two documents differ, in the order of the first.

    Examples
    --------
    >>> found = differences({"a": [1.0, 2.0]}, {"a": [1.0, 2.5]})
    >>> [(one.place, one.then, one.now, one.relative) for one in found]
    [('a[1]', 2.0, 2.5, 0.2)]
    """
    return list(_walk("", then, now))


def largest(found: list[Difference]) -> float | None:
    """Give the largest relative difference of numbers; ``None`` where no numbers differ."""
    return max((one.relative for one in found if one.relative is not None), default=None)


def _walk(place: str, then: Any, now: Any) -> Iterator[Difference]:
    if isinstance(then, dict) and isinstance(now, dict):
        before, after = cast("dict[str, Any]", then), cast("dict[str, Any]", now)
        for name in dict.fromkeys((*before, *after)):
            here = f"{place}.{name}" if place else str(name)
            yield from _walk(here, before.get(name, NOTHING), after.get(name, NOTHING))
    elif isinstance(then, list) and isinstance(now, list):
        old, new = cast("list[Any]", then), cast("list[Any]", now)
        for i in range(max(len(old), len(new))):
            a = old[i] if i < len(old) else NOTHING
            b = new[i] if i < len(new) else NOTHING
            yield from _walk(f"{place}[{i}]", a, b)
    elif _is_number(then) and _is_number(now):
        a, b = cast("float", then), cast("float", now)
        if a != b or isinstance(a, float) is not isinstance(b, float):
            yield Difference(place=place, then=a, now=b, relative=_apart(a, b))
    elif then is not now:
        a, b = cast("object", then), cast("object", now)
        if type(a) is not type(b) or a != b:
            yield Difference(place=place, then=a, now=b)


def _apart(then: float, now: float) -> float | None:
    """How far two numbers are apart, over the larger; ``None`` where that is no number."""
    size = max(abs(then), abs(now))
    try:
        found = float(abs(then - now) / size) if size else 0.0
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _is_number(given: Any) -> bool:
    return isinstance(given, (int, float)) and not isinstance(given, bool)


def _short(given: object) -> object:
    if given is NOTHING:
        return None
    if given is None or isinstance(given, (bool, int, float)):
        return given
    told = given if isinstance(given, str) else repr(given)
    return told if len(told) <= 200 else f"{told[:200]}..."
