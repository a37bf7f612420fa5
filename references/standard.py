"""Standards: what a user's own measurement of a known material says of the shape of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .value import Value

__all__ = ["Standard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """The shape of a species' line on one instrument at one pass energy.

    Parameters
    ----------
    core_level, species : str
        For instance ``"In 3d"``, ``"In0"``.
    shape : str
        The line shape that was fitted, for instance ``"mahan"``.
    fwhm : Value
        Full width of the major line [eV], with the u that it has for another sample.
    parameters : tuple of (str, Value)
        The shape's own, ``mix`` and the like.
    splitting : Value or None
        Distance of the minor from the major line [eV].
    minor_width : Value or None
        Width of the minor line over the major one.
    instrument, pass_energy : str
        As the measurement names them; empty where it does not.
    """

    core_level: str
    species: str
    shape: str
    fwhm: Value
    parameters: tuple[tuple[str, Value], ...] = ()
    splitting: Value | None = None
    minor_width: Value | None = None
    instrument: str = ""
    pass_energy: str = ""
