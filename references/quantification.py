"""Sensitivity sets, cross-sections, asymmetry and attenuation lengths."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from .lookup import UnknownReferenceError, folded
from .value import Value

__all__ = [
    "CrossSection",
    "ImfpMaterial",
    "SensitivitySet",
    "angular_factor",
    "is_line_of",
    "tpp2m",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossSection:
    """Photoionisation cross-section of one line.

    Parameters
    ----------
    element, line : str
        For instance ``"S"``, ``"2p3/2"``.
    photon : float
        Photon energy [eV].
    sigma : Value
        In barn.
    relative : Value
        Relative to C 1s at the same photon energy.
    """

    element: str
    line: str
    photon: float
    sigma: Value
    relative: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivitySet:
    """A named set of sensitivity factors, with what each factor already includes.

    Two sets are never mixed in one quantification.

    Parameters
    ----------
    name : str
        For instance ``"scofield_al"``.
    photon_line : str
        Source it holds for.
    reference_line : str
        Line whose factor is 1.
    granularity : {"line", "level"}
        Whether factors are given by line or by whole level.
    includes_asymmetry, includes_imfp, includes_transmission : bool
        Whether the angular factor, attenuation and transmission are already inside.
    factors : tuple of (str, Value)
        By line, ``"S 2p3/2"``, or by level.
    """

    name: str
    photon_line: str
    reference_line: str
    granularity: Literal["line", "level"]
    includes_asymmetry: bool
    includes_imfp: bool
    includes_transmission: bool
    factors: tuple[tuple[str, Value], ...]

    def factor(self, label: str) -> Value:
        """Give the factor of a line (``"S 2p3/2"``) or of a whole level (``"S 2p"``).

        A level is the sum of its lines; the standard uncertainty is relative and shared by them.

        Raises
        ------
        UnknownReferenceError
            If the set has no factor for it; the message names those that may have been meant, or
            those it has for the element.
        """
        exact = [value for name, value in self.factors if name == label]
        if exact:
            return exact[0]
        parts = [value for name, value in self.factors if is_line_of(name, label)]
        if not parts:
            raise self._unknown(label)
        total = sum(part.best for part in parts)
        relative = max((part.u or 0.0) / part.best for part in parts)
        first = parts[0]
        return Value(
            value=total, u=relative * total, unit="1", status=first.status, source=first.source
        )

    def _unknown(self, label: str) -> UnknownReferenceError:
        """Say what was asked, what there is instead, and what to do."""
        names = [name for name, _ in self.factors]
        levels = dict.fromkeys(_level_of(name) for name in names)
        element = label.partition(" ")[0]
        mine = [level for level in levels if element and level.partition(" ")[0] == element]
        # A level of another element is never what was meant, however alike the letters.
        near = mine or [level for level in levels if folded(level) == folded(label)]
        there = f"for {element or 'no element'} it has {', '.join(mine) or 'none'}"
        if near and not mine:
            there = f"did you mean {' or '.join(near)}"
        return UnknownReferenceError(
            "sensitivity factor",
            label,
            near=near,
            sentence=(
                f"sensitivity set {self.name!r} has no factor for {label!r}; {there}; leave "
                "the level out, choose another set, or add the factor in your own library "
                "(--library)"
            ),
        )


def is_line_of(line: str, level: str) -> bool:
    """Whether a line belongs to a level.

    Examples
    --------
    >>> is_line_of("S 2p3/2", "S 2p"), is_line_of("S 2s", "S 2"), is_line_of("S 2s", "S 2s")
    (True, False, True)
    """
    # What a line has over its level is the total angular momentum, 1/2 to 7/2.
    return line == level or (line.startswith(level) and line[len(level) :] in TOTAL_MOMENTA)


def _level_of(line: str) -> str:
    return line[:-3] if line[-3:] in TOTAL_MOMENTA else line


TOTAL_MOMENTA = ("1/2", "3/2", "5/2", "7/2")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImfpMaterial:
    """What TPP-2M needs of a material.

    Parameters
    ----------
    key : str
    density : Value
        In g/cm3.
    molar_mass : float
        In g/mol.
    valence_electrons : float
        Per formula unit.
    gap : Value
        Band gap [eV].
    """

    key: str
    density: Value
    molar_mass: float
    valence_electrons: float
    gap: Value


def tpp2m(material: ImfpMaterial, kinetic_energy: float) -> float:
    """Give an inelastic mean free path by TPP-2M.

    lambda = E / {E_p^2 [b ln(g E) - C/E + D/E^2]} with U = N_v rho / M, E_p = 28.816 sqrt(U) eV,
    b = -0.10 + 0.944 / sqrt(E_p^2 + E_g^2) + 0.069 rho^0.1, g = 0.191 rho^-0.5,
    C = 1.97 - 0.91 U, D = 53.4 - 20.8 U (Tanuma, Powell, Penn, Surf. Interface Anal. 21 (1994)
    165).

    Parameters
    ----------
    material : ImfpMaterial
    kinetic_energy : float
        In eV, 50 to 2000.

    Returns
    -------
    float
        In Angstrom.

    Raises
    ------
    ValueError
        If the energy is not between 50 and 2000 eV, where the formula holds.

    Examples
    --------
    >>> import references
    >>> round(tpp2m(references.load().imfp_material("Li6PS5Cl"), 1325.0), 2)
    31.08
    """
    e = kinetic_energy
    if not 50.0 <= e <= 2000.0:
        raise ValueError(f"TPP-2M holds from 50 to 2000 eV, not at {e:g} eV")
    density = material.density.best
    u = material.valence_electrons * density / material.molar_mass
    plasmon = 28.816 * math.sqrt(u)
    b = -0.10 + 0.944 / math.hypot(plasmon, material.gap.best) + 0.069 * density**0.1
    g = 0.191 / math.sqrt(density)
    c, d = 1.97 - 0.91 * u, 53.4 - 20.8 * u
    return e / (plasmon**2 * (b * math.log(g * e) - c / e + d / e**2))


def angular_factor(beta: float, angle: float) -> float:
    """Give L(gamma) = 1 + (beta / 2) (1.5 sin^2 gamma - 1).

    Parameters
    ----------
    beta : float
        Asymmetry parameter.
    angle : float
        Between X-rays and analyser [degree]; at 54.7356 the factor is 1.

    Examples
    --------
    >>> angular_factor(2.0, 45.0)
    0.75
    """
    return round(1.0 + 0.5 * beta * (1.5 * math.sin(math.radians(angle)) ** 2 - 1.0), 15)
