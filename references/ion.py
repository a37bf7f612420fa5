"""Secondary ions: a formula and a charge; m/z and isotope pattern are computed, never typed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from .element import NATURAL
from .words import InputError

__all__ = ["Ion", "Isotopologue", "atomic_mass", "ion", "not_a_formula"]

ELECTRON_MASS = 0.000548580
"""In u."""

MAX_ATOMS = 500
MAX_CHARGE = 4

_ATOM = re.compile(r"(?:\[([1-9][0-9]{0,2})([A-Z][a-z]?)\]|([A-Z][a-z]?))([1-9][0-9]{0,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Isotopologue:
    """One isotopic composition of an ion: m/z [u] and natural fraction."""

    formula: str
    mz: float
    fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ion:
    """An ion.

    Parameters
    ----------
    formula : str
        Without charge, for instance ``"GaCl"``; an isotope is marked by its mass number,
        ``"[71Ga]Cl"``, and an unmarked element has its natural isotopes.
    charge : int
        -1, +1, ...
    """

    formula: str
    charge: int

    @property
    def key(self) -> str:
        """Formula with a sign a charge: ``"GaCl-"``, ``"Ga++"``."""
        return self.formula + ("-" if self.charge < 0 else "+") * abs(self.charge)

    @property
    def atoms(self) -> tuple[tuple[int, str, int], ...]:
        """Mass number (0 where not marked), element and number of each part of the formula."""
        return _atoms(self.formula)

    @property
    def mz(self) -> float:
        """m/z [u] with each unmarked element's most abundant isotope.

        Examples
        --------
        >>> round(Ion(formula="GaCl", charge=-1).mz, 5)
        103.89497
        """
        mass = 0.0
        for number, element, count in self.atoms:
            isotopes = _isotopes_of(number, element)
            mass += count * max(isotopes, key=lambda isotope: isotope[2])[1]
        return (mass - self.charge * ELECTRON_MASS) / abs(self.charge)

    def isotopologues(self, least: float = 0.005) -> tuple[Isotopologue, ...]:
        """Give the isotopologues above a natural fraction, the most abundant first.

        The electron's mass is added to an anion and taken from a cation.

        Examples
        --------
        >>> first = Ion(formula="GaCl", charge=-1).isotopologues()[0]
        >>> round(first.mz, 5), round(first.fraction, 4)
        (103.89497, 0.4554)
        """
        found: dict[tuple[tuple[int, str], ...], tuple[float, float]] = {(): (0.0, 1.0)}
        for marked, element, count in self.atoms:
            for _ in range(count):
                step: dict[tuple[tuple[int, str], ...], tuple[float, float]] = {}
                for key, (mass, share) in found.items():
                    for number, isotope_mass, abundance in _isotopes_of(marked, element):
                        if abundance <= 0:
                            continue
                        longer = tuple(
                            sorted((*key, (number, element)), key=lambda k: (k[1], k[0]))
                        )
                        old = step.get(longer, (mass + isotope_mass, 0.0))
                        step[longer] = (mass + isotope_mass, old[1] + share * abundance)
                # Nothing is merged by mass number: 69Ga37Cl and 71Ga35Cl stay apart.
                found = {k: v for k, v in step.items() if v[1] > 0.01 * least}
        z = abs(self.charge)
        charged = -self.charge * ELECTRON_MASS
        listed = [
            Isotopologue(
                formula="".join(f"[{n}{e}]" for n, e in key),
                mz=(mass + charged) / z,
                fraction=share,
            )
            for key, (mass, share) in found.items()
            if share >= least
        ]
        return tuple(sorted(listed, key=lambda i: -i.fraction))


def ion(text: str) -> Ion:
    """Make an ion of what a person writes: ``"GaCl-"``, ``"[71Ga]Cl-"``, ``"^71GaCl_2-"``.

    Parameters
    ----------
    text : str
        Formula and charge; also as SurfaceLab writes it, with ``^`` before an isotope and ``_``
        before a number of atoms.

    Raises
    ------
    InputError
        If it is no formula, or the sign is missing.

    Examples
    --------
    >>> ion("GaCl2-")
    Ion(formula='GaCl2', charge=-1)
    >>> ion("^118SnO_2-").key
    '[118Sn]O2-'
    >>> ion("GaCl₂⁻").key
    'GaCl2-'
    """
    # As papers print it: a minus sign, and raised and lowered digits.
    typed = unicodedata.normalize("NFKC", text.strip()).replace("\N{MINUS SIGN}", "-")
    plain = re.sub(r"\^([0-9]{1,3})([A-Z][a-z]?)", r"[\1\2]", typed).replace("_", "")
    formula = plain.rstrip("+-")
    signs = plain[len(formula) :]
    if not signs or len(set(signs)) > 1 or len(signs) > MAX_CHARGE:
        raise InputError(
            f"{text.strip()[:40]!r} should end with the sign of its charge, as GaCl- or Ga+ do"
        )
    wrong = not_a_formula(formula)
    if wrong:
        raise InputError(
            f"{text.strip()[:40]!r} is no ion: {formula[:40]!r}, {wrong}; write GaCl2-"
        )
    return Ion(formula=formula, charge=len(signs) * (1 if signs[0] == "+" else -1))


def atomic_mass(element: str) -> float:
    """Give an element's mean atomic mass [u].

    Examples
    --------
    >>> round(atomic_mass("S"), 2)
    32.06
    """
    from molmass import ELEMENTS

    return float(ELEMENTS[element].mass)


def not_a_formula(text: str) -> str:
    """Say why a text is no ion's formula; nothing where it is one.

    Examples
    --------
    >>> not_a_formula("GaCl2"), not_a_formula("Gacl2")
    ('', 'which is not elements and their numbers')
    """
    if _ATOM.sub("", text) or not text:
        return "which is not elements and their numbers"
    atoms = _atoms(text)
    unknown = [element for _, element, _ in atoms if element not in NATURAL]
    if unknown:
        return f"and {unknown[0]} is no element with natural isotopes"
    for number, element, _ in atoms:
        if not _isotopes_of(number, element):
            return f"and {element} has no isotope {number}"
    if sum(count for _, _, count in atoms) > MAX_ATOMS:
        return f"which has more than {MAX_ATOMS} atoms"
    return ""


def _atoms(formula: str) -> tuple[tuple[int, str, int], ...]:
    """Give mass number (0: natural), element and number of each part of a formula."""
    return tuple(
        (int(number or 0), marked or plain, int(count or 1))
        for number, marked, plain, count in _ATOM.findall(formula)
    )


def _isotopes_of(number: int, element: str) -> tuple[tuple[int, float, float], ...]:
    """Give an element's isotopes; of a marked one that alone, with all of its fraction."""
    isotopes = _isotopes(element)
    if not number:
        return isotopes
    return tuple((n, mass, 1.0) for n, mass, _ in isotopes if n == number)


@cache
def _isotopes(element: str) -> tuple[tuple[int, float, float], ...]:
    """Adapter to molmass: mass number, mass [u] and natural fraction of each isotope."""
    from molmass import ELEMENTS

    isotopes = ELEMENTS[element].isotopes
    return tuple((int(i.massnumber), float(i.mass), float(i.abundance)) for i in isotopes.values())
