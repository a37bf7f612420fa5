"""Names in a comma-separated text, as a user gives species and elements."""

from __future__ import annotations

from references.element import not_an_element
from references.words import InputError

__all__ = ["elements_named", "listed"]


def listed(text: str) -> tuple[str, ...]:
    """Give the parts of a comma-separated option, each once.

    Examples
    --------
    >>> listed("PS4, Li2S,")
    ('PS4', 'Li2S')
    """
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def elements_named(text: str, option: str) -> tuple[str, ...]:
    """Give the elements of a comma-separated option.

    Raises
    ------
    InputError
        If one is no element's symbol: a misspelt one would silently count as absent.

    Examples
    --------
    >>> elements_named("P,S,Cl", "--elements")
    ('P', 'S', 'Cl')
    """
    symbols = listed(text)
    for symbol in symbols:
        if wrong := not_an_element(symbol):
            raise InputError(f"{option} {text!r}: {wrong}")
    return symbols
