"""Core levels and the lines that species have on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .value import Value

__all__ = ["Branching", "CoreLevel", "Overlap", "Separation", "SpeciesLine"]

Group = Literal["conductor", "insulator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branching:
    """Area ratio of a doublet, minor over major line.

    Parameters
    ----------
    statistical : float
        Ratio of the degeneracies.
    scofield_al : Value
        Ratio of the photoionisation cross-sections at Al K-alpha.
    prior : Value
        What a fit takes it for by default, with the uncertainty it enters with.
    """

    statistical: float
    scofield_al: Value
    prior: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreLevel:
    """A core level of an element: where it lies, how it splits, how wide its lines are.

    Parameters
    ----------
    symbol : str
        For instance ``"S 2p"``.
    element : str
    lines : tuple of str
        Major line first: ``("2p3/2", "2p1/2")`` or ``("1s",)``.
    window : (float, float)
        Binding energies [eV] between which a line with this label may lie.
    fwhm_metal, fwhm_compound : Value
        Expected width [eV] with its accepted range, monochromated source.
    splitting : Value or None
        Distance of the minor from the major line [eV] with standard uncertainty.
    tolerance : float or None
        Deviation of a splitting [eV] that needs no comment.
    branching : Branching or None
    minor_width : Value or None
        Width of the minor line over the major one, where Coster-Kronig decay broadens it.
    natural_width : tuple of (str, Value)
        Lifetime width [eV] by line: a lower bound of a fitted Lorentzian width.
    note : str
    """

    symbol: str
    element: str
    lines: tuple[str, ...]
    window: tuple[float, float]
    fwhm_metal: Value
    fwhm_compound: Value
    splitting: Value | None = None
    tolerance: float | None = None
    branching: Branching | None = None
    minor_width: Value | None = None
    natural_width: tuple[tuple[str, Value], ...] = ()
    note: str = ""

    def fwhm_for(self, group: Group) -> Value:
        """Give the expected width [eV] and range of a conductor's or an insulator's line."""
        return self.fwhm_metal if group == "conductor" else self.fwhm_compound


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeciesLine:
    """The major line of a species on a core level.

    Parameters
    ----------
    core_level, line, species : str
        For instance ``"S 2p"``, ``"2p3/2"``, ``"PS4"``.
    variant : str
        Tells several lines of one species on one level apart (``"terminal"``, ``"bridging"``).
    energies : tuple of Value
        Known binding energies [eV], exactly one of them preferred.
    reported : tuple of Value
        Assertions of single publications, kept beside the reference.
    """

    core_level: str
    line: str
    species: str
    energies: tuple[Value, ...]
    variant: str = ""
    reported: tuple[Value, ...] = ()

    @property
    def energy(self) -> Value:
        """The preferred energy."""
        return next(value for value in self.energies if value.preferred)

    @property
    def window(self) -> tuple[float, float]:
        """Accepted range [eV]; where only a value is known, 0.2 eV about it."""
        known = self.energy
        low = known.best - 0.2 if known.low is None else known.low
        high = known.best + 0.2 if known.high is None else known.high
        return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """Distance of two lines of one compound, measured by one author: no charge changes it.

    Parameters
    ----------
    species : str
        One species, or two joined by ``" - "`` where two metals are compared.
    first, second : str
        Lines, for instance ``"Cl 2p3/2"`` and ``"Li 1s"``.
    difference : Value
        First minus second [eV].
    """

    species: str
    first: str
    second: str
    difference: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A line of another element that lies inside a level's window.

    Parameters
    ----------
    core_level : str
        The level that is disturbed.
    element, intruder : str
        Element and core level that disturb it.
    energy : Value
        Where it lies [eV].
    """

    core_level: str
    element: str
    intruder: str
    energy: Value
