"""CasaXPS's fits as they stand in VAMAS block comments.

Positions are kinetic energies in the calibrated frame: raw = value + energy_shift; binding energy =
photon energy - value. Links: -1 is free, otherwise the index of another component
from which ratio (area, width) or offset (position, in kinetic energy) is taken; the last number of
a free parameter is stale and means nothing.
"""

from __future__ import annotations

import math
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

LARGEST = 1e30

# No two ways to match the same text: a hostile line must not cost more than its length.
_NUMBER = r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)"
_NAME = r"\(\*((?:[^*]|\*(?!\)))*)\*\)"
# Text may follow a shape: (*LA(1.53,243)*z).
_SHAPE = r"\(\*([^*]*)\*[A-Za-z]*\)"
_CALIBRATION = re.compile(rf"Calib\s+M\s*=\s*{_NUMBER}\s+A\s*=\s*{_NUMBER}\s+(BE|KE)\s*(ADD)?")
_REGION = re.compile(rf"CASA region {_NAME} {_NAME}(.*)")
_COMPONENT = re.compile(
    rf"CASA comp {_NAME} {_SHAPE}\s?Area {' '.join([_NUMBER] * 5)}"
    rf" MFWHM {' '.join([_NUMBER] * 5)} Position {' '.join([_NUMBER] * 5)} RSF {_NUMBER}"
    rf"(?: MASS {_NUMBER})?(?: INDEX (-?\d{{1,9}}))?(?: {_NAME})?(?: CONST {_NAME})?"
    rf"(?: UNCORRECTEDRSF {_NUMBER})?"
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
    CasaXPS's averaging width, ``parameters`` are those of the cross-section; ``raw_rsf`` is the
    sensitivity factor before corrections, NaN where the file does not say it.
    """

    name: str
    background: str
    start_ke: float
    end_ke: float
    rsf: float
    end_points: int
    parameters: tuple[float, float, float, float]
    tag: str
    raw_rsf: float = math.nan


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
    raw_rsf: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class CasaFit:
    """CasaXPS's fit of one block; ``unread`` are its lines that were not understood."""

    calibrations: tuple[CasaCalibration, ...]
    regions: tuple[CasaRegion, ...]
    components: tuple[CasaComponent, ...]
    unread: tuple[str, ...] = ()

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
    start = next((i for i, line in enumerate(comments) if "Casa Info Follows" in line), None)
    if start is None:
        return None
    found = [_line(line.strip()) for line in comments]
    calibrations = tuple(item for item in found if isinstance(item, CasaCalibration))
    regions = tuple(item for item in found if isinstance(item, CasaRegion))
    components = tuple(item for item in found if isinstance(item, CasaComponent))
    unread = [item for item in found if isinstance(item, str)]
    declared = _declared(comments[start + 1 :])
    held = (len(calibrations), len(regions), len(components))
    if declared is not None and not unread and declared != held:
        unread.append(
            "calibrations, regions and components declared: {}, {}, {}".format(*declared)
            + ", read: {}, {}, {}".format(*held)
        )
    lost = _broken_links(components)
    if lost or any(line.startswith("CASA comp") for line in unread):
        # Links are counted through the list: with one component gone they mean others.
        unread += lost
        components = ()
    return CasaFit(
        calibrations=calibrations,
        regions=regions,
        components=components,
        unread=tuple(unread),
    )


def _line(line: str) -> CasaCalibration | CasaRegion | CasaComponent | str | None:
    """Read one comment line; give a string back where it is CasaXPS's but not understood."""
    if not line.startswith(("Calib ", "CASA region", "CASA comp")):
        return None
    try:
        if match := _CALIBRATION.match(line):
            return _calibration(match)
        if match := _REGION.match(line):
            return _region(match)
        if match := _COMPONENT.match(line):
            return _component(match)
    except ValueError:
        pass
    return line


def _declared(comments: Sequence[str]) -> tuple[int, int, int] | None:
    """Give the declared numbers of calibrations, regions and components, if they stand there."""
    place, found = 0, list[int]()
    for lines_each in (1, 2, 1, 1):  # annotations, the second, have two lines each
        if place >= len(comments) or not comments[place].strip().isdecimal():
            return None
        found.append(int(comments[place].strip()[:9]))
        place += 1 + lines_each * found[-1]
    return found[0], found[2], found[3]


def _broken_links(components: tuple[CasaComponent, ...]) -> list[str]:
    return [
        f"component {component.name[:40]!r} is linked to component {link}, of {len(components)}"
        for own, component in enumerate(components)
        for link in dict.fromkeys(
            (component.area.link, component.fwhm.link, component.position_ke.link)
        )
        if not -1 <= link < len(components) or link == own
    ]


def _number(text: str) -> float:
    """Give a number, and refuse one that overflows."""
    value = float(text)
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise ValueError(text)
    return value


def _calibration(match: re.Match[str]) -> CasaCalibration:
    return CasaCalibration(
        measured=_number(match[1]),
        assigned=_number(match[2]),
        scale=match[3],
        add=match[4] is not None,
    )


def _region(match: re.Match[str]) -> CasaRegion:
    head, _, tail = match[3].partition("(*")
    numbers = [_number(n) for n in re.findall(_NUMBER, head)]
    if len(numbers) < 10:
        raise ValueError(head)
    tag, _, rest = tail.partition("*)")
    last = [_number(n) for n in re.findall(_NUMBER, rest)]
    return CasaRegion(
        name=match[1],
        background=match[2],
        start_ke=numbers[0],
        end_ke=numbers[1],
        rsf=numbers[2],
        end_points=int(numbers[3]),
        parameters=(numbers[6], numbers[7], numbers[8], numbers[9]),
        tag=tag,
        raw_rsf=last[2] if len(last) == 3 else math.nan,  # mass, 0, factor
    )


def _component(match: re.Match[str]) -> CasaComponent:
    def parameter(first: int) -> CasaParameter:
        value, low, high, link, factor = (_number(match[first + i]) for i in range(5))
        return CasaParameter(value=value, low=low, high=high, link=int(link), factor=factor)

    return CasaComponent(
        name=match[1],
        shape=match[2],
        area=parameter(3),
        fwhm=parameter(8),
        position_ke=parameter(13),
        rsf=_number(match[18]),
        mass=_number(match[19]) if match[19] else math.nan,
        index=int(match[20] or -1),
        tag=match[21] or "",
        constraint=match[22] or "",
        raw_rsf=_number(match[23]) if match[23] else math.nan,
    )
