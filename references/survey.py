"""What tells elements in a survey spectrum: lines, Auger groups, Auger parameters, loss peaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .value import Value

__all__ = ["AugerGroup", "AugerParameter", "ElementLines", "LossPeak", "SurveyLine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyLine:
    """A photoelectron line for identification: good to a few eV, no chemical state.

    Where the library knows species on the level, its energies take precedence.

    Parameters
    ----------
    element, line : str
        For instance ``"In"``, ``"3d5/2"``.
    energy : Value
        Binding energy [eV] in the element's natural form; its range spans two compilations.
    sections : tuple of (float, Value)
        Photon energy [eV] and the subshell's photoionisation cross-section there [barn].
    """

    element: str
    line: str
    energy: Value
    sections: tuple[tuple[float, Value], ...]

    @property
    def level(self) -> str:
        """The line's core level, ``"In 3d"``."""
        return f"{self.element} {self.line[:2]}"

    def section(self, photon: float) -> Value | None:
        """Give the cross-section at a photon energy within 1.5 eV, or ``None``."""
        for energy, value in self.sections:
            if abs(energy - photon) <= 1.5:
                return value
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AugerGroup:
    """One band of an element's Auger electrons: its kinetic energy does not depend on the source.

    Parameters
    ----------
    element, group, transition : str
        For instance ``"In"``, ``"MNN"``, ``"M5N5N5"``.
    kinetic_energy : Value
        Of the band's transition [eV]; the range reaches to the one that begins in the
        spin-orbit partner of its first level.
    """

    element: str
    group: str
    transition: str
    kinetic_energy: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class AugerParameter:
    """A modified Auger parameter: kinetic energy of an Auger line + binding energy of a line.

    No charge and no reference changes it.

    Parameters
    ----------
    element, transition, line : str
        For instance ``"In"``, ``"M4N45N45"``, ``"3d5/2"``.
    species : str
        In words, for instance ``"In2O3"``.
    parameter : Value
        In eV.
    """

    element: str
    transition: str
    line: str
    species: str
    parameter: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPeak:
    """A plasmon of a metal, which its lines show again at higher binding energy.

    Parameters
    ----------
    element, kind : str
        For instance ``"In"``, ``"bulk"``.
    energy : Value
        Distance from the line [eV].
    """

    element: str
    kind: str
    energy: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementLines:
    """All that an element shows in a survey.

    Parameters
    ----------
    element : str
    lines : tuple of SurveyLine
        In order of energy.
    auger_groups : tuple of AugerGroup
    auger_parameters : tuple of AugerParameter
    losses : tuple of LossPeak
    """

    element: str
    lines: tuple[SurveyLine, ...]
    auger_groups: tuple[AugerGroup, ...]
    auger_parameters: tuple[AugerParameter, ...]
    losses: tuple[LossPeak, ...]
