"""Sources cited by number, in the order in which the text comes upon them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Cited"]


class Cited:
    """The sources of a text; each gets a number when it is cited first.

    Examples
    --------
    >>> cited = Cited()
    >>> cited(["scofield1976"]), cited(["tpp2m", "scofield1976"]), cited([])
    (' [1]', ' [1, 2]', '')
    """

    def __init__(self) -> None:
        self.keys: list[str] = []

    def __call__(self, keys: Iterable[str]) -> str:
        """Give the numbers of sources in brackets, after a blank; nothing for no source."""
        numbers: set[int] = set()
        for key in dict.fromkeys(keys):
            if key not in self.keys:
                self.keys.append(key)
            numbers.add(self.keys.index(key) + 1)
        return f" [{', '.join(str(number) for number in sorted(numbers))}]" if numbers else ""

    def listed(self) -> list[str]:
        """Give the citations, numbered."""
        from .sources import citations

        return [f"[{n}] {told}" for n, told in enumerate(citations(self.keys), start=1)]
