"""Element symbols: what may stand in a list of elements, and what has a natural isotope pattern."""

from __future__ import annotations

__all__ = ["ELEMENTS", "NATURAL", "not_an_element"]

ELEMENTS = (
    *("H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S"),
    *("Cl", "Ar", "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga"),
    *("Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd"),
    *("Ag", "Cd", "In", "Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm"),
    *("Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os"),
    *("Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa"),
    *("U", "Np", "Pu", "Am", "Cm"),
)
"""Symbols in the order of atomic number."""
NATURAL = frozenset(ELEMENTS) - {
    *("Tc", "Pm", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Np", "Pu", "Am", "Cm")
}
"""Those with a natural isotope pattern."""


def not_an_element(symbol: str) -> str:
    """Say what is wrong with an element's symbol; empty where nothing is.

    Examples
    --------
    >>> not_an_element("ga")
    "'ga' is no element's symbol; did you mean Ga?"
    >>> not_an_element("Ga")
    ''
    """
    if symbol in ELEMENTS:
        return ""
    near = symbol.capitalize()
    hint = f"did you mean {near}?" if near in ELEMENTS else "expected for instance P, S, Cl"
    return f"{symbol!r} is no element's symbol; {hint}"
