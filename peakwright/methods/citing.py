"""Sources cited by number, in the order in which the text comes upon them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Cited"]


class Cited:
    """The sources of a text; each gets a number when it is cited first.

    Examples
    --------
    >>> cited = Cited()
    >>> cited(["scofield1976"]), cited(["tpp2m", "scofield1976"]), cited([])
    (' [1]', ' [1, 2]', '')
    >>> cited(["a", "b", "scofield1976"])
    ' [1, 3, 4]'
    >>> cited(["tpp2m", "a", "b"])
    ' [2-4]'
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
        return f" [{', '.join(_runs(sorted(numbers)))}]" if numbers else ""

    def listed(self) -> list[str]:
        """Give the citations, numbered."""
        from .sources import citations

        return [f"[{n}] {told}" for n, told in enumerate(citations(self.keys), start=1)]


def _runs(numbers: Sequence[int]) -> list[str]:
    """Write three numbers or more that follow each other as from the first to the last."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [
        told
        for run in runs
        for told in ([f"{run[0]}-{run[-1]}"] if len(run) > 2 else [str(n) for n in run])
    ]
