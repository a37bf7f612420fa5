"""How a key is looked up, and what is said where it is not there."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, TypeVar

from .words import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["UnknownReferenceError", "folded", "found"]

T = TypeVar("T")


class UnknownReferenceError(InputError):
    """A key that the library does not have: what was asked, what is near, what to do.

    Parameters
    ----------
    kind, asked : str
        For instance ``"species"``, ``"Li2s"``.
    near : iterable of str
        Keys that may have been meant.
    hint : str
        What the library has instead; takes the place of the near keys.
    sentence : str
        The whole message, where the usual one does not fit.

    Examples
    --------
    >>> print(UnknownReferenceError("species", "Li2s", near=["Li2S"]))
    the library has no species 'Li2s'; did you mean Li2S? `peakwright library list` shows all
    """

    def __init__(
        self,
        kind: str,
        asked: str,
        *,
        near: Iterable[str] = (),
        hint: str = "",
        sentence: str = "",
    ) -> None:
        self.kind, self.asked, self.near, self.hint = kind, asked, tuple(near), hint
        self.sentence = sentence
        told = f"the library has no {kind} {asked!r}"
        if sentence:
            told = sentence
        elif hint:
            told += f": {hint}"
        elif self.near:
            told += f"; did you mean {' or '.join(self.near)}? `peakwright library list` shows all"
        else:
            told += "; `peakwright library list` shows what it has"
        super().__init__(told)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with all that was said."""
        return (_rebuild, (self.kind, self.asked, self.near, self.hint, self.sentence))


def _rebuild(
    kind: str, asked: str, near: tuple[str, ...], hint: str, sentence: str
) -> UnknownReferenceError:
    return UnknownReferenceError(kind, asked, near=near, hint=hint, sentence=sentence)


def found(kind: str, asked: str, known: Mapping[str, T]) -> T:
    """Give what is known by a key.

    Raises
    ------
    UnknownReferenceError
        If nothing is; with near keys.
    """
    if asked in known:
        return known[asked]
    same = {folded(key): key for key in known}.get(folded(asked))
    near = [same] if same else difflib.get_close_matches(asked, list(known), n=3, cutoff=0.5)
    raise UnknownReferenceError(kind, asked, near=near)


def folded(key: str) -> str:
    """Leave out of a key what people write otherwise: blanks, large and small letters.

    Examples
    --------
    >>> folded("S 2p") == folded("s2p")
    True
    """
    return "".join(key.split()).lower()
