"""Names of files that results get: short, plain, and each its own on every file system."""

from __future__ import annotations

from unicodedata import normalize

from ..store import file_stem

__all__ = ["own_stem"]

LONGEST = 200
"""Bytes of a name; file systems allow 255 with its ending."""


def own_stem(text: str, taken: set[str]) -> str:
    """Give a file name, without suffix, that none has yet.

    Some file systems take capitals for small letters, and an accented letter for a letter and its
    accent.

    Parameters
    ----------
    text : str
        What a user or a file called something.
    taken : set of str
        Of the names so far; the new one is added.

    Examples
    --------
    >>> taken = set()
    >>> [own_stem(name, taken) for name in ("Cycle 1.vms", "Cycle_1.vms", "cycle 1.vms")]
    ['Cycle_1.vms', 'Cycle_1.vms-2', 'cycle_1.vms-3']
    """
    stem = name = file_stem(text).encode()[:LONGEST].decode(errors="ignore")
    number = 1
    while (known := normalize("NFC", normalize("NFC", name).casefold())) in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(known)
    return name
