"""Thermo Avantage's text dump of a data space (``.avg``).

A dump lists properties (``NAME : TYPE = value``), the axes of the data, and then the values, one
``$DATA`` part for each place on the axes beside energy: etch levels, points of a sample, pixels.
The energies are kinetic. Layout as described by the public readers of PyExpLabSys and ixdat.
"""

from __future__ import annotations

import hashlib
import math
import re
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Told
from references.words import Severity

from .meaning import binding_energies, make, technique_of
from .reading import Reading
from .written import core_level, number

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from references.words import Finding

__all__ = ["is_avantage", "read_avantage"]

Array = NDArray[np.float64]

MAX_BYTES = 64 * 1024**2
MAX_POINTS = 1_000_000

_PROPERTY = re.compile(r"(DS_\w+(?:\[\d+\])?)\s*:[^=]*\bVT_\w+\s*=\s*(.*)")
_AXIS = re.compile(
    r"(\d{1,4})\s*=\s*([^,]+),\s*([^,]+),\s*(\d{1,9}),\s*([^,]+),\s*([^,]+),"
    r"\s*'([^']*)',\s*'([^']*)',\s*'([^']*)'"
)
_DATA_AXIS = re.compile(r"(\d{1,4})\s*=\s*(-?\d{1,9})\s*,\s*(-?\d{1,9})\s*,\s*(\d{1,4})")
_PLACE = re.compile(
    r"\$AXISVALUE=\s*DATAXIS=(\d{1,4})\s+SPACEAXIS=(\d{1,4})\s+LABEL='([^']*)'\s+POINT=(-?\d{1,9})"
    r"\s+VALUE=(.*)"
)
_LIST = re.compile(r"LIST@\s*(\d{1,9})\s*=(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """One axis: where it starts, its width and points, its kind and label."""

    start: float
    width: float
    points: int
    kind: str
    linear: bool
    unit: str
    label: str


@dataclass(slots=True, kw_only=True)
class _Part:
    """The values at one place, and what is said of the place.

    ``index`` stands on the axes beside energy, ``places`` holds (label, value) as they are written.
    """

    line: int
    index: tuple[int, ...]
    places: dict[str, str]
    values: array[float] = field(default_factory=lambda: array("d"))
    empty: int = 0


@dataclass(slots=True, kw_only=True)
class _Dump:
    """A whole dump."""

    properties: dict[str, str] = field(default_factory=dict[str, str])
    axes: list[_Axis] = field(default_factory=list[_Axis])
    groups: list[int] = field(default_factory=list[int])  # how many axes go together
    sizes: list[int] = field(default_factory=list[int])  # and how many places they have
    parts: list[_Part] = field(default_factory=list[_Part])

    def text(self, name: str) -> str:
        """A property that is text."""
        return self.properties.get(name, "").strip().strip("'").strip()

    def number(self, name: str) -> float:
        """A property that is a number, else NaN."""
        return number(self.text(name))


def is_avantage(head: bytes) -> bool:
    """Whether a file begins as a dump of a data space does."""
    return b";Dump of DataSpace" in head[:400] or (
        b"$FORMAT=" in head[:4000] and b"DS_" in head and b"$PROPERTIES=" in head
    )


def read_avantage(path: str | Path, content: bytes) -> Reading:
    """Read a dump of an Avantage data space.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.

    Returns
    -------
    Reading
        A spectrum a level, point or pixel.

    Raises
    ------
    DataFileError
        If the dump has no axis of energies, or holds other values than it declares.
    """
    if len(content) > MAX_BYTES:
        raise DataFileError(path, f"is {len(content)} bytes; dumps are read up to {MAX_BYTES}")
    dump = _dump(path, content.decode("latin-1").splitlines())
    if not dump.axes or dump.axes[0].kind != "ENERGY":
        kind = dump.axes[0].kind if dump.axes else "no axis"
        raise DataFileError(
            path,
            f"holds data over {kind[:40]}, not over energy",
            action="give the dump of a spectrum",
        )
    spectra: list[xr.Dataset] = []
    notes: list[Finding] = []
    skipped: list[str] = []
    title = dump.text("DS_EXT_SUPROPID_TITLE")
    region = core_level(title) or title
    for number_of_part, part in enumerate(dump.parts, 1):
        subject = f"part {number_of_part} ({region or 'no title'}, line {part.line})"
        if part.empty:
            skipped.append(f"{subject}: {part.empty} of its values are empty")
            continue
        told = Told(subject=subject)
        spectra.append(_spectrum(path, dump, part, region, told))
        notes += told.notes
    declared = math.prod(dump.sizes[1:])
    if declared != len(dump.parts):
        told = Told(subject=region or "the dump")
        told.say(
            "parts_missing",
            Severity.WARNING,
            "not as many spectra as the axes declare; the file may be cut off",
            reported=str(len(dump.parts)),
            reference=f"{declared}",
        )
        notes += told.notes
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format="avantage",
        spectra=tuple(spectra),
        casa=tuple(None for _ in spectra),
        skipped=tuple(skipped),
        notes=tuple(notes),
    )


# --- lines ----------------------------------------------------------------------------------------


def _dump(path: str | Path, lines: list[str]) -> _Dump:
    """Take the dump apart; a section lasts until the next line that begins with ``$``."""
    dump = _Dump()
    section = ""
    places: dict[str, str] = {}
    for at, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith(";"):
            continue
        if line.startswith("$"):
            section = line.partition("=")[0]
            if match := _PLACE.fullmatch(line):
                places[match[3]] = match[5].strip("; ")
            elif section == "$DATA":
                index = tuple(
                    int(cell)
                    for cell in line.partition("=")[2].split(",")[1:]
                    if cell.strip().isdecimal() and len(cell) < 10
                )
                dump.parts.append(_Part(line=at, index=index, places=places))
                places = {}
        elif section == "$DATA":
            _take_values(path, dump, line, at)
        elif section == "$SPACEAXES" and (match := _AXIS.fullmatch(line)):
            dump.axes.append(_axis(path, match, at))
        elif section == "$DATAAXES" and (match := _DATA_AXIS.match(line)):
            dump.groups.append(int(match[4]))
            dump.sizes.append(int(match[3]) - int(match[2]) + 1)
        elif match := _PROPERTY.fullmatch(line):
            dump.properties.setdefault(match[1], match[2])
    for part in dump.parts:
        held, declared = len(part.values) + part.empty, dump.axes[0].points if dump.axes else 0
        if held != declared:
            raise DataFileError(
                path,
                f"holds {held} of {declared} values",
                where=f"line {part.line}",
                action="export it again",
            )
    return dump


def _axis(path: str | Path, match: re.Match[str], at: int) -> _Axis:
    start, width = number(match[2].strip()), number(match[3].strip())
    if not (math.isfinite(start) and math.isfinite(width)) or int(match[4]) > MAX_POINTS:
        raise DataFileError(
            path, f"has an axis that cannot be: {match[0][:60]!r}", where=f"line {at}"
        )
    return _Axis(
        start=start,
        width=width,
        points=int(match[4]),
        kind=match[5].strip().upper(),
        linear=match[6].strip().upper() == "LINEAR",
        unit=match[8],
        label=match[9],
    )


def _take_values(path: str | Path, dump: _Dump, line: str, at: int) -> None:
    """Take a row of values into the part that is open."""
    match = _LIST.fullmatch(line)
    part = dump.parts[-1]
    if match is None or int(match[1]) != len(part.values) + part.empty:
        raise DataFileError(
            path,
            f"should hold the values from number {len(part.values) + part.empty} on, not "
            f"{line[:40]!r}",
            where=f"line {at}",
            action="export it again",
        )
    for cell in match[2].split(","):
        value = number(cell.strip())
        if math.isfinite(value):
            part.values.append(value)
        elif cell.strip() == "#empty#":
            part.empty += 1
        elif cell.strip():
            raise DataFileError(
                path,
                f"a value should be a finite number, not {cell.strip()[:40]!r}",
                where=f"line {at}",
            )


# --- a spectrum -----------------------------------------------------------------------------------


def _spectrum(path: str | Path, dump: _Dump, part: _Part, region: str, told: Told) -> xr.Dataset:
    axis = dump.axes[0]
    photon_energy = dump.number("DS_SOPROPID_ENERGY")
    technique = technique_of("XPS", photon_energy)
    energy = axis.start + axis.width * np.arange(axis.points, dtype=float)
    # 1 stands for kinetic energies; a dump that says nothing holds them too.
    binding = dump.number("DS_ACPROPID_EV_SCALE") == 2 or "binding" in axis.label.lower()
    if not binding:
        energy = binding_energies(energy, photon_energy, technique, told)
    if any(name.startswith("DS_ANPROPID_TXFN_COEFF") for name in dump.properties):
        told.say(
            "transmission_not_used",
            Severity.INFO,
            "the dump holds coefficients of the transmission, whose formula is not published",
        )
    unit = dump.text("DS_GEPROPID_VALUE_UNIT").replace(" ", "").lower()
    made = make(
        path,
        told,
        energy=energy,
        values=np.array(part.values),
        unit="counts/s" if unit == "counts/s" else "counts" if unit in {"", "counts"} else unit,
        photon_energy=photon_energy,
        dwell_time=dump.number("DS_ACPROPID_ACQ_TIME"),
        scans=dump.number("DS_ACPROPID_PERIODS"),
        sample=_sample(dump, part),
        region=region,
        technique=technique,
        pass_energy=f"{dump.number('DS_ANPROPID_PASS'):g} eV",
    )
    return made.assign_coords(
        {
            name: ((), value, {"units": unit})
            for name, value, unit in _places(dump, part)
            if name not in made.coords
        }
    )


def _sample(dump: _Dump, part: _Part) -> str:
    """The point on the sample where one is named, else the subject of the data space."""
    named = part.places.get("Position", "").strip("' ")
    if named and not math.isfinite(number(named)):
        return named
    return dump.text("DS_EXT_SUPROPID_SUBJECT")


def _places(dump: _Dump, part: _Part) -> list[tuple[str, float, str]]:
    """Where a part stands on the axes beside energy: name, value, unit."""
    found: list[tuple[str, float, str]] = []
    at = dump.groups[0] if dump.groups else 1
    for place, group in enumerate(dump.groups[1:]):
        for axis in dump.axes[at : at + group]:
            value = number(part.places.get(axis.label, "").strip("' "))
            if not math.isfinite(value) and axis.linear and place < len(part.index):
                value = axis.start + axis.width * part.index[place]
            name = "_".join(axis.label.lower().split())
            if name and abs(value) < 1e30:
                found.append((name, value, axis.unit))
        at += group
    return found
