"""What was fitted before: a state to which a hand comes back is not fitted again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

__all__ = ["Memory"]

MOST = 120
"""Answers that are remembered, about half a megabyte each: more steps than are undone at once."""


class Memory:
    """Answers by what they answer; the longest unused is forgotten first.

    A fit has no chance in it, so that the same recipe on the same spectrum is the same answer.

    Examples
    --------
    >>> memory = Memory(most=2)
    >>> for key in "abc":
    ...     memory.keep(key, key.upper())
    >>> memory.recall("a"), memory.recall("c")
    (None, 'C')
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._answers: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()  # kept by the thread that fits, recalled by that of the page

    def recall(self, key: str) -> Any:
        """Give an answer; ``None`` where there is none."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def keep(self, key: str, answer: object) -> None:
        """Remember an answer."""
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
