"""A document read with care: what is not there, or is of another kind, is simply not told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from references.words import Estimate, Kind, UncertaintyParts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["estimate", "items", "many", "number", "part", "text", "texts"]


def part(given: Any, *names: str) -> Mapping[str, Any]:
    """Give the mapping that names lead to; an empty one where there is none.

    Examples
    --------
    >>> part({"a": {"b": {"c": 1}}}, "a", "b"), part({"a": 1}, "a", "b")
    ({'c': 1}, {})
    """
    for name in names:
        given = part(given).get(name)
    return cast("Mapping[str, Any]", given) if isinstance(given, dict) else {}


def many(given: Any) -> Sequence[Any]:
    """Give a list; an empty one of anything else."""
    return cast("Sequence[Any]", given) if isinstance(given, (list, tuple)) else ()


def items(given: Any, name: str) -> list[Mapping[str, Any]]:
    """Give the mappings in the list of this name.

    Examples
    --------
    >>> items({"fits": [{"region": "S 2p"}, 3]}, "fits")
    [{'region': 'S 2p'}]
    """
    return [part(one) for one in many(part(given).get(name)) if isinstance(one, dict)]


def text(given: Any, name: str) -> str:
    """Give the text of this name, on one line, with nothing in it that steers a terminal."""
    found = part(given).get(name)
    return _plain(found) if isinstance(found, str) else ""


def texts(given: Any) -> list[str]:
    """Give the texts in a list."""
    return [_plain(one) for one in many(given) if isinstance(one, str)]


def number(given: Any, name: str) -> float | None:
    """Give the finite number of this name.

    Examples
    --------
    >>> number({"u": 0.5}, "u"), number({"u": True}, "u"), number({"u": "0.5"}, "u")
    (0.5, None, None)
    """
    return finite(part(given).get(name))


def finite(given: Any) -> float | None:
    """Give a finite number as it is."""
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return None
    try:
        found = float(given)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def estimate(given: Any) -> Estimate | None:
    """Give an estimate as a document has it; ``None`` where it is none.

    Examples
    --------
    >>> estimate({"value": 160.24, "u": 0.025, "kind": "profile"}).u
    0.025
    """
    value, u = number(given, "value"), number(given, "u")
    if value is None:
        return None
    high, level = number(given, "high"), number(given, "level")
    kind = text(given, "kind")
    if kind == Kind.FIXED:
        # What is held, or all there is, has no uncertainty and no interval.
        return Estimate(value=value, kind=Kind.FIXED)
    return Estimate(
        value=value,
        u=u if u is None or u >= 0 else None,
        u_parts=UncertaintyParts(counting=u) if u is not None and u >= 0 else UncertaintyParts(),
        low=None if level is None or kind == Kind.UPPER_LIMIT else _below(given, high),
        high=None if level is None else high,
        level=level,
        kind=Kind(kind) if kind in set(Kind) else Kind.STANDARD,
    )


def _below(given: Any, high: float | None) -> float | None:
    low = number(given, "low")
    return low if low is None or high is None or low <= high else None


def _plain(told: str) -> str:
    one_line = " ".join(told[:2000].split())
    return "".join(c if c.isprintable() else "?" for c in one_line)
