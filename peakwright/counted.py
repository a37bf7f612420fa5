"""A number with what it counts, in the singular where it is one."""

from __future__ import annotations

__all__ = ["counted"]

IRREGULAR = {"spectrum": "spectra"}


def counted(number: int, noun: str) -> str:
    """Give a number and its noun.

    Parameters
    ----------
    number : int
    noun : str
        In the singular.

    Examples
    --------
    >>> counted(1, "spectrum"), counted(2, "spectrum"), counted(0, "file")
    ('1 spectrum', '2 spectra', '0 files')
    """
    return f"{number} {noun if number == 1 else IRREGULAR.get(noun, f'{noun}s')}"
