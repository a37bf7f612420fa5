"""Sentences of a methods section: lists, one or many, numbers as their uncertainty allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from references.words import Estimate

__all__ = ["count", "listed", "plus_minus", "sentence", "spelt", "with_u"]

SPELT = {
    "at_bound": "stopped at a bound",
    "max_iter": "not settled after the most steps allowed",
    "multimodal": "several fits as good",
    "pseudo_voigt": "pseudo-Voigt",
    "gl_sum": "Gauss-Lorentz sum",
    "gl_product": "Gauss-Lorentz product",
    "la": "asymmetric Lorentzian",
    "doniach_sunjic": "Doniach-Sunjic",
    "mahan": "asymmetric Mahan",
    "gaussian": "Gaussian",
    "lorentzian": "Lorentzian",
    "voigt": "Voigt",
    "area_levels": "areas of several levels",
    "atomic_all": "atomic, all elements",
}
"""Words of documents that are no English by themselves."""
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def listed(given: Iterable[str], *, joined: str = "and") -> str:
    """Put words into a list, each once.

    Examples
    --------
    >>> listed(["P 2p"]), listed(["P 2p", "S 2p"]), listed(["P 2p", "S 2p", "Cl 2p", "S 2p"])
    ('P 2p', 'P 2p and S 2p', 'P 2p, S 2p and Cl 2p')
    """
    words = [word for word in dict.fromkeys(given) if word]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joined} {words[-1]}"


def count(number: int, one: str, several: str = "") -> str:
    """Give a number of things, in words up to ten.

    Examples
    --------
    >>> count(1, "spectrum", "spectra"), count(3, "fit"), count(12, "phase")
    ('one spectrum', 'three fits', '12 phases')
    """
    told = WORDS[number] if 0 <= number < len(WORDS) else str(number)
    return f"{told} {one if number == 1 else several or one + 's'}"


def spelt(word: str) -> str:
    """Write a word of a document as one writes it.

    Examples
    --------
    >>> spelt("pseudo_voigt"), spelt("not_seen"), spelt("max_iter")
    ('pseudo-Voigt', 'not seen', 'not settled after the most steps allowed')
    """
    return SPELT.get(word, word.replace("_", " "))


def with_u(value: float, u: float | None, unit: str = "") -> str:
    """Write a value with two digits of its standard uncertainty, and its unit.

    Examples
    --------
    >>> with_u(1.18, 0.0173, "eV"), with_u(0.511, None), with_u(54.7356, 0.0, "degrees")
    ('1.180 ± 0.017 eV', '0.511', '54.736 degrees')
    """
    from references.rounding import plus_minus as written
    from references.words import Estimate, UncertaintyParts

    parts = UncertaintyParts(counting=u) if u else UncertaintyParts()
    told = written(Estimate(value=value, u=u or None, u_parts=parts))
    return f"{told} {unit}".rstrip()


def plus_minus(given: Estimate | None) -> str:
    """Write an estimate with two digits of its uncertainty, or a limit; a dash for nothing."""
    from references.rounding import plus_minus as written

    return "-" if given is None else written(given)


def sentence(*parts: str) -> str:
    """Put the parts that say something into one sentence that begins large and ends with a stop.

    Examples
    --------
    >>> sentence("the background was linear", "", "and held")
    'The background was linear and held.'
    """
    told = " ".join(part for part in parts if part).strip().rstrip(".")
    return f"{told[0].upper()}{told[1:]}." if told else ""
