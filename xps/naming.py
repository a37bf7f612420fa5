"""What labels mean: core levels, lines and species as people write them in tables and fits.

"S2p", "S 2p₃/₂" and "s 2p" are one level; "PS4^3-", "PS₄³⁻" and "thiophosphate" one species. What
a label does not say is left open: nothing is guessed from a likeness of letters.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from references.element import ELEMENTS
from references.lookup import folded

if TYPE_CHECKING:
    from references.core_level import SpeciesLine
    from references.registry import Registry

__all__ = ["LevelName", "composition", "is_metal", "level_name", "line_name", "species_name"]

# The subshell's letter is small: "Li2S" is no level of lithium.
_LEVEL = re.compile(r"\s*([A-Za-z]{1,2})[\s_-]*([1-6]\s*[spdf])\s*\(?([1357]\s*/\s*2)?\)?(?!\w)")
_LINE = re.compile(r"(?:([1-6]\s*[spdf])\s*)?\(?([1357]\s*/\s*2)?\)?\s*$")
_CHARGE = re.compile(r"\s*\^?\s*\(?(?:\d?[+-]|[+-]\d)\)?$")
_BRACKET = re.compile(r"\(([^()]*)\)")
_FORMULA = re.compile(r"(?:[A-Z][a-z]?(?:\d+(?:\.\d+)?)?)+")
_ATOM = re.compile(r"([A-Z][a-z]?)(\d+(?:\.\d+)?)?")
_METAL = re.compile(
    r"\b(?:metal|metallic|foil|elemental)\b|\(0\)|^\s*[A-Z][a-z]?\s*\^?0\s*$", re.IGNORECASE
)
_WORDS = re.compile(
    r"\b(?:alloys?|species|components?|peak|phase|layer|units?|groups?|anions?|salt)\b",
    re.IGNORECASE,
)
_DASHES = str.maketrans("‐‑‒–—−⁄", "------/", "^_{}$")
LONGEST = 200
"""A longer label is no name [characters]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelName:
    """A core level, or one line of it, as a label names it.

    Parameters
    ----------
    element, subshell : str
        ``"S"`` and ``"2p"``.
    line : str
        ``"2p3/2"``, where the label says which; else empty.
    rest : str
        What else the label says.
    """

    element: str
    subshell: str
    line: str = ""
    rest: str = ""

    @property
    def symbol(self) -> str:
        """The level's symbol, ``"S 2p"``."""
        return f"{self.element} {self.subshell}"


def _plain(text: str) -> str:
    """A label without sub- and superscripts and with one kind of dash."""
    return " ".join(unicodedata.normalize("NFKC", text[:LONGEST]).translate(_DASHES).split())


def level_name(text: str) -> LevelName | None:
    """Give the core level that a label begins with, ``None`` where it names none.

    Examples
    --------
    >>> level_name("S2p").symbol, level_name("In 3d5/2").line
    ('S 2p', '3d5/2')
    >>> level_name("Mo 3d MoS2 2H").rest
    'MoS2 2H'
    >>> level_name("wide") is None
    True
    """
    plain = _plain(text)
    found = _LEVEL.match(plain)
    if found is None or found[1].capitalize() not in ELEMENTS:
        return None
    shell = "".join(found[2].split())
    spin = "".join((found[3] or "").split())
    return LevelName(
        element=found[1].capitalize(),
        subshell=shell,
        line=shell + spin if spin else "",
        rest=plain[found.end() :].strip(),
    )


def line_name(text: str, shell: str) -> str | None:
    """Give the line that a label names on a shell; empty where it says none, ``None`` if another.

    Examples
    --------
    >>> [line_name(text, "2p") for text in ("S 2p3/2", "1/2", "", "x")]
    ['2p3/2', '2p1/2', '', None]
    """
    plain = _plain(text)
    named = level_name(plain)
    if named is not None:
        return named.line if named.line or named.subshell == shell else named.subshell
    found = _LINE.match(plain)
    if found is None:
        return None
    spin = "".join((found[2] or "").split())
    own = "".join((found[1] or shell).split())
    return own + spin if spin else ("" if own == shell else own)


class _Held:
    """A registry, told by being the same one: to hash all its entries takes longer than to ask."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def __hash__(self) -> int:
        return id(self.registry)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.registry is self.registry


@lru_cache(maxsize=4)
def _names(held: _Held) -> dict[str, tuple[str, str]]:
    """What each folded name means: a species and, where it says so, its variant."""
    registry = held.registry
    found: dict[str, tuple[str, str]] = {}
    for line in registry.species_lines:
        if line.variant:
            found[folded(line.variant)] = (line.species, line.variant)
            found[folded(f"{line.variant}{line.species}")] = (line.species, line.variant)
            found[folded(f"{line.species}{line.variant}")] = (line.species, line.variant)
    for species in reversed(registry.all_species):
        for name in (species.formula, *species.aliases, species.label):
            if name and name not in ELEMENTS:
                found[folded(name)] = (species.key, "")
    return found | {folded(species.key): (species.key, "") for species in registry.all_species}


def species_name(text: str, registry: Registry) -> tuple[str, str]:
    """Give the library's key and variant of a species as people write it; empty where unknown.

    Parameters
    ----------
    text : str
        For instance ``"PS4 3-"``, ``"In3+ (InCl3)"``, ``"Ga metal"``, ``"Li-In alloy"``.
    registry : Registry

    Returns
    -------
    tuple of (str, str)

    Examples
    --------
    >>> import references
    >>> registry = references.load()
    >>> [species_name(t, registry)[0] for t in ("PS₄³⁻", "In3+ (InCl3)", "Ga metal", "Li alloy")]
    ['PS4', 'InCl3', 'Ga0', '']
    >>> species_name("sulfate", registry)
    ('SOx', 'sulfate')
    """
    known = _names(_Held(registry))
    plain = _plain(text)
    for name in _ways_to_say(plain):
        if found := known.get(folded(name)):
            return found
    return "", ""


def _ways_to_say(plain: str) -> list[str]:
    """The same label with less and less around the name, the fullest first."""
    found: list[str] = []
    bare = _BRACKET.sub(" ", plain).strip()
    pieces = [
        plain,
        *_BRACKET.findall(plain),
        bare,
        *re.split(r"\s*[/,;]\s*|\s+(?:and|or)\s+", bare),
    ]
    for piece in pieces:
        named = level_name(piece)
        for text in dict.fromkeys((piece, named.rest if named else "")):
            less = _WORDS.sub(" ", text).strip()
            found += [text, less]
            neutral = _CHARGE.sub("", less)
            if neutral != less and neutral.strip() not in ELEMENTS:
                found.append(neutral)  # an ion of one element is not the element
            if _METAL.search(text):
                symbol = re.sub(r"\W", "", _METAL.sub("", less) or less.rstrip("0")).rstrip("0")
                found.append(f"{symbol}0")
    return [text for text in dict.fromkeys(found) if text]


def is_metal(text: str) -> bool:
    """Whether a label calls its species a metal.

    Examples
    --------
    >>> is_metal("Nb metal"), is_metal("W 4f W(0)"), is_metal("WO3")
    (True, True, False)
    """
    return _METAL.search(_plain(text)) is not None


def composition(text: str) -> tuple[tuple[str, float], ...]:
    """Give elements and numbers of the first compound that a label names; empty where none.

    Examples
    --------
    >>> composition("MoS2 2H")
    (('Mo', 1.0), ('S', 2.0))
    >>> composition("W(0)"), composition("Fe 2p")
    ((), ())
    """
    for word in re.split(r"[\s,;()/]+", _CHARGE.sub("", _plain(text))):
        if _FORMULA.fullmatch(word):
            atoms = [(symbol, float(number or 1)) for symbol, number in _ATOM.findall(word)]
            if len(atoms) > 1 and all(symbol in ELEMENTS for symbol, _ in atoms):
                return tuple(atoms)
    return ()


def nearest_line(
    registry: Registry, core_level: str, species: str, variant: str, place: float
) -> SpeciesLine | None:
    """Give the line that a species has on a level; of several variants the one nearest an energy.

    A composite (``Li6PS5Cl``) stands for its parts there.
    """
    keys = registry.parts(species, core_level)
    lines = [line for line in registry.lines(core_level) if line.species in keys]
    named = [line for line in lines if line.variant == variant] if variant else lines
    return min(named or lines, key=lambda line: abs(line.energy.best - place), default=None)
