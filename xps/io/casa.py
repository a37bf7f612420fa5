"""CasaXPS's fits as they stand in VAMAS block comments.

Positions are kinetic energies in the calibrated frame: raw = value + energy_shift; binding energy =
photon energy - value. Links: -1 is free, otherwise the index of another component
from which ratio (area, width) or offset (position, in kinetic energy) is taken; the last number of
a free parameter is stale and means nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CasaCalibration",
    "CasaComponent",
    "CasaFit",
    "CasaParameter",
    "CasaRegion",
    "parse_casa",
]

_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
_CALIBRATION = re.compile(rf"Calib\s+M\s*=\s*{_NUMBER}\s+A\s*=\s*{_NUMBER}\s+(BE|KE)\s*(ADD)?")
_REGION = re.compile(r"CASA region \(\*(.*?)\*\) \(\*(.*?)\*\)(.*)")
_COMPONENT = re.compile(
    rf"CASA comp \(\*(.*?)\*\) \(\*(.*?)\*\)\s*Area {' '.join([_NUMBER] * 5)}"
    rf" MFWHM {' '.join([_NUMBER] * 5)} Position {' '.join([_NUMBER] * 5)} RSF {_NUMBER}"
    rf"(?: MASS {_NUMBER})?(?: INDEX (-?\d+))?(?: \(\*(.*?)\*\))?(?: CONST \(\*(.*?)\*\))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CasaCalibration:
    """One calibration line: a measured energy and the energy assigned to it [eV]."""

    measured: float
    assigned: float
    scale: str
    add: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CasaRegion:
    """One quantification region: window, background, sensitivity factor.

    ``start_ke`` and ``end_ke`` are kinetic energies [eV] in the calibrated frame, ``end_points`` is
    CasaXPS's averaging width, ``parameters`` are those of the cross-section.
    """

    name: str
    background: str
    start_ke: float
    end_ke: float
    rsf: float
    end_points: int
    parameters: tuple[float, float, float, float]
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasaParameter:
    """One parameter of a component: value, limits, link (-1 free) and ratio or offset."""

    value: float
    low: float
    high: float
    link: int
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CasaComponent:
    """One component line."""

    name: str
    shape: str
    area: CasaParameter
    fwhm: CasaParameter
    position_ke: CasaParameter
    rsf: float
    mass: float
    index: int
    tag: str
    constraint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasaFit:
    """CasaXPS's fit of one block."""

    calibrations: tuple[CasaCalibration, ...]
    regions: tuple[CasaRegion, ...]
    components: tuple[CasaComponent, ...]

    @property
    def energy_shift(self) -> float:
        """What calibration adds to binding energies [eV]; several lines add up."""
        return sum(c.assigned - c.measured for c in self.calibrations if c.scale == "BE")


def parse_casa(comments: Sequence[str]) -> CasaFit | None:
    """Give the CasaXPS information in a block's comment lines, ``None`` where there is none.

    Examples
    --------
    >>> found = parse_casa(["Casa Info Follows", "1", "Calib M = 281.17 A = 284.8 BE ADD", "0",
    ...                     "0", "0"])
    >>> round(found.energy_shift, 2)
    3.63
    """
    if not any("Casa Info Follows" in line for line in comments):
        return None
    calibrations: list[CasaCalibration] = []
    regions: list[CasaRegion] = []
    components: list[CasaComponent] = []
    for line in comments:
        if match := _CALIBRATION.search(line):
            calibrations.append(
                CasaCalibration(
                    measured=float(match[1]),
                    assigned=float(match[2]),
                    scale=match[3],
                    add=match[4] is not None,
                )
            )
        elif match := _REGION.search(line):
            region = _region(match)
            if region is not None:
                regions.append(region)
        elif match := _COMPONENT.search(line):
            components.append(_component(match))
    return CasaFit(
        calibrations=tuple(calibrations), regions=tuple(regions), components=tuple(components)
    )


def _region(match: re.Match[str]) -> CasaRegion | None:
    head, _, tail = match[3].partition("(*")
    numbers = [float(n) for n in re.findall(_NUMBER, head)]
    if len(numbers) < 10:
        return None
    return CasaRegion(
        name=match[1],
        background=match[2],
        start_ke=numbers[0],
        end_ke=numbers[1],
        rsf=numbers[2],
        end_points=int(numbers[3]),
        parameters=(numbers[6], numbers[7], numbers[8], numbers[9]),
        tag=tail.partition("*)")[0],
    )


def _component(match: re.Match[str]) -> CasaComponent:
    def parameter(first: int) -> CasaParameter:
        value, low, high, link, factor = (float(match[first + i]) for i in range(5))
        return CasaParameter(value=value, low=low, high=high, link=int(link), factor=factor)

    return CasaComponent(
        name=match[1],
        shape=match[2],
        area=parameter(3),
        fwhm=parameter(8),
        position_ke=parameter(13),
        rsf=float(match[18]),
        mass=float(match[19] or "nan"),
        index=int(match[20] or -1),
        tag=match[21] or "",
        constraint=match[22] or "",
    )
