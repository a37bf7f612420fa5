"""Secondary ions: a formula and a charge; m/z and isotope pattern are computed, never typed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .element import NATURAL

__all__ = ["Ion", "Isotopologue", "atomic_mass", "not_a_formula"]

ELECTRON_MASS = 0.000548580
"""In u."""

MAX_ATOMS = 500


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
        Without charge, for instance ``"GaCl"``.
    charge : int
        -1, +1, ...
    """

    formula: str
    charge: int

    @property
    def key(self) -> str:
        """Formula with its sign: ``"GaCl-"``."""
        number = "" if abs(self.charge) == 1 else str(abs(self.charge))
        return f"{self.formula}{number}{'-' if self.charge < 0 else '+'}"

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
        for element, count in _composition(self.formula):
            for _ in range(count):
                step: dict[tuple[tuple[int, str], ...], tuple[float, float]] = {}
                for key, (mass, share) in found.items():
                    for number, isotope_mass, abundance in _isotopes(element):
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
    parts = re.findall(r"([A-Z][a-z]?)([1-9][0-9]{0,3})?", text)
    if not parts or "".join(element + count for element, count in parts) != text:
        return "which is not elements and their numbers"
    unknown = [element for element, _ in parts if element not in NATURAL]
    if unknown:
        return f"and {unknown[0]} is no element with natural isotopes"
    if sum(int(count or 1) for _, count in parts) > MAX_ATOMS:
        return f"which has more than {MAX_ATOMS} atoms"
    return ""


def _composition(formula: str) -> tuple[tuple[str, int], ...]:
    """Adapter to molmass: elements and their numbers."""
    from molmass import Formula

    parsed = Formula(formula).composition()
    return tuple((str(item.symbol), int(item.count)) for item in parsed.values())


def _isotopes(element: str) -> tuple[tuple[int, float, float], ...]:
    """Adapter to molmass: mass number, mass [u] and natural fraction of each isotope."""
    from molmass import ELEMENTS

    isotopes = ELEMENTS[element].isotopes
    return tuple((int(i.massnumber), float(i.mass), float(i.abundance)) for i in isotopes.values())
