"""What a survey gives: elements with lines, fractions and limits, overlaps, Auger parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ..quantify import row_dict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from references.words import Estimate, Finding, Row

    from ..charge import ChargeReference

__all__ = [
    "AugerFound",
    "BandFound",
    "ElementFound",
    "LineFound",
    "OverlapFound",
    "PeakLeft",
    "Standing",
    "Survey",
]


class Standing(StrEnum):
    """Whether an element is there."""

    PRESENT = "present"
    """Its lines stand above the background in position and strength as they should."""
    POSSIBLE = "possible"
    """What is seen may be something else as well, which is named."""
    ABSENT = "absent"
    """Nothing is seen; there is a detection limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFound:
    """A line of an element.

    Parameters
    ----------
    label : str
        ``"In 3d5/2"``; ``"S 2p"`` where a survey does not resolve the doublet.
    energy : float
        Calibrated binding energy [eV].
    expected_energy : float
        Where the library has it [eV].
    significance : float
        Excess over its standard uncertainty.
    ratio : float
        Excess over what the element's main line lets expect.
    shared_with : str
        What else stands at the place; empty where nothing does.
    """

    label: str
    energy: float
    expected_energy: float
    significance: float
    ratio: float
    shared_with: str = ""

    def to_dict(self) -> dict[str, object]:
        """Give the line as JSON-ready values."""
        return {
            "label": self.label,
            "energy_eV": self.energy,
            "expected_energy_eV": self.expected_energy,
            "significance": self.significance,
            "ratio": self.ratio,
            "shared_with": self.shared_with,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BandFound:
    """An Auger group of an element.

    Parameters
    ----------
    label : str
        ``"In MNN"``.
    energy : float
        Calibrated binding energy of its highest peak [eV], at this photon energy.
    kinetic_energy : float
        The same as a kinetic energy [eV], whatever the photon energy.
    """

    label: str
    energy: float
    kinetic_energy: float

    def to_dict(self) -> dict[str, object]:
        """Give the group as JSON-ready values."""
        return {
            "label": self.label,
            "energy_eV": self.energy,
            "kinetic_energy_eV": self.kinetic_energy,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementFound:
    """An element, whether it is there, and what says so.

    Parameters
    ----------
    element : str
    standing : Standing
    lines : tuple of LineFound
        What is seen of it, its main line first.
    bands : tuple of BandFound
        Auger groups in which something is seen.
    alternatives : tuple of str
        What else the peaks may be.
    level : str
        The level or line whose area its fraction or limit comes from.
    row : Row or None
        Its atomic fraction, an upper limit where it is not established.
    reason : str
        In words.
    """

    element: str
    standing: Standing
    lines: tuple[LineFound, ...]
    bands: tuple[BandFound, ...]
    alternatives: tuple[str, ...]
    level: str
    row: Row | None
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Give the element as JSON-ready values."""
        return {
            "element": self.element,
            "standing": str(self.standing),
            "reason": self.reason,
            "lines": [line.to_dict() for line in self.lines],
            "auger_groups": [band.to_dict() for band in self.bands],
            "alternatives": list(self.alternatives),
            "quantified_on": self.level,
            "fraction": None if self.row is None else row_dict(self.row),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapFound:
    """A line, Auger group or loss of one element inside the window of another's core level.

    Parameters
    ----------
    core_level : str
        The level whose fit has to respect it.
    intruder, element, kind : str
        ``"Ga 3s"``, ``"Ga"`` and ``line``, ``auger`` or ``loss``.
    low, high : float
        Where it lies [eV].
    share : float or None
        Its expected part of the signal in the window, from the survey's amounts at equal depth;
        ``None`` where cross-sections do not tell.
    status, sources : str, tuple of str
        Standing of the energy and where it comes from.
    """

    core_level: str
    intruder: str
    element: str
    kind: str
    low: float
    high: float
    share: float | None
    status: str
    sources: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Give the overlap as JSON-ready values."""
        return {
            "core_level": self.core_level,
            "intruder": self.intruder,
            "element": self.element,
            "kind": self.kind,
            "energy_eV": [self.low, self.high],
            "expected_share": self.share,
            "status": self.status,
            "sources": list(self.sources),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AugerFound:
    """A modified Auger parameter, and the species whose known one it agrees with.

    Parameters
    ----------
    element, transition, line : str
    parameter : Estimate
        Kinetic energy of the Auger line + binding energy of the photoelectron line [eV].
    agrees : tuple of str
        Species of the library within two standard uncertainties of their range.
    status : str
        Standing of the library's values.
    sources : tuple of str
    """

    element: str
    transition: str
    line: str
    parameter: Estimate
    agrees: tuple[str, ...]
    status: str
    sources: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Give the parameter as JSON-ready values."""
        return {
            "element": self.element,
            "transition": self.transition,
            "line": self.line,
            "parameter_eV": self.parameter.to_dict(),
            "agrees_with": list(self.agrees),
            "status": self.status,
            "sources": list(self.sources),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakLeft:
    """A peak that no element explains.

    Parameters
    ----------
    energy : float
        Calibrated binding energy [eV].
    significance : float
    """

    energy: float
    significance: float

    def to_dict(self) -> dict[str, object]:
        """Give the peak as JSON-ready values."""
        return {"energy_eV": self.energy, "significance": self.significance}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Survey:
    """A survey spectrum read by the rules of its lines.

    Parameters
    ----------
    sample, region : str
    photon_energy : float
        In eV.
    charge : ChargeReference
        The one shift of the whole scale.
    elements : tuple of ElementFound
        Present ones by their fraction, then possible, then absent ones.
    unassigned : tuple of PeakLeft
    overlaps : tuple of OverlapFound
    auger : tuple of AugerFound
    findings : tuple of Finding
    energy, counts : (n,) arrays
        Calibrated binding energy [eV] and the data, for the figure.
    unit : str
        Of the data.
    """

    sample: str
    region: str
    photon_energy: float
    charge: ChargeReference
    elements: tuple[ElementFound, ...]
    unassigned: tuple[PeakLeft, ...]
    overlaps: tuple[OverlapFound, ...]
    auger: tuple[AugerFound, ...]
    findings: tuple[Finding, ...]
    energy: NDArray[np.float64]
    counts: NDArray[np.float64]
    unit: str

    def standing(self, standing: Standing | str) -> tuple[str, ...]:
        """Give the symbols of the elements of one standing."""
        return tuple(e.element for e in self.elements if e.standing == standing)

    def element(self, symbol: str) -> ElementFound | None:
        """Give what is known of an element, ``None`` where it was not asked for nor seen."""
        return next((e for e in self.elements if e.element == symbol), None)

    def rows(self) -> tuple[Row, ...]:
        """Give fractions and limits, basis ``atomic_all``."""
        return tuple(e.row for e in self.elements if e.row is not None)

    def to_dict(self) -> dict[str, object]:
        """Give the survey as JSON-ready values."""
        return {
            "sample": self.sample,
            "region": self.region,
            "photon_energy_eV": self.photon_energy,
            "charge": {
                "shift_eV": self.charge.shift,
                "u_eV": self.charge.u if math.isfinite(self.charge.u) else None,
                "how": self.charge.how,
            },
            "elements": [element.to_dict() for element in self.elements],
            "unassigned": [peak.to_dict() for peak in self.unassigned],
            "overlaps": [overlap.to_dict() for overlap in self.overlaps],
            "auger_parameters": [found.to_dict() for found in self.auger],
            "findings": [finding.to_dict() for finding in self.findings],
        }
