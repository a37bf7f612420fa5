"""PHI spectra (``.spe``): a header in text, then one binary trace a region.

The header names each region with its first and last energy, its points and its counting time; the
binary part has a word for every trace that says where its numbers lie. Layout as described by the
documentation of yadg's reader (``phi.spe``) and confirmed on a file of a VersaProbe 4.
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
from dataclasses import dataclass
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

__all__ = ["is_phi", "read_phi"]

Array = NDArray[np.float64]

MAX_BYTES = 32 * 1024**2
MAX_HEADER = 1024**2
MAX_POINTS = 1_000_000
WORDS = 24
"""32-bit words that describe a trace."""
UNITS = {"c/s": "counts/s", "c": "counts", "cts": "counts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Region:
    """What the header says of a region.

    ``SpectralRegDef: 1 1 Su1s 111 1751 -0.8 1400.0 0.0 1399.0 1.0 0.12 224.0 AREA``: number, number
    again, name, atomic number, points, step, first, last, two limits of a background, seconds that
    a channel was counted, pass energy.
    """

    number: int
    name: str
    points: int
    first: float
    last: float
    seconds: float
    pass_energy: float


def is_phi(head: bytes) -> bool:
    """Whether a file begins as PHI's do: start of file header."""
    return head[:4] == b"SOFH"


def read_phi(path: str | Path, content: bytes) -> Reading:
    """Read a PHI ``.spe`` file.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.

    Returns
    -------
    Reading
        A spectrum a region.

    Raises
    ------
    DataFileError
        If header and binary part disagree, the file ends early, or it is a profile or map.
    """
    if len(content) > MAX_BYTES:
        raise DataFileError(
            path, f"is {len(content)} bytes; PHI spectra are read up to {MAX_BYTES}"
        )
    fields, start = _header(path, content)
    kind = _first(fields, "FileType")
    if kind and kind.upper() != "SPECTRUM":
        raise DataFileError(
            path,
            f"is a PHI file of type {kind[:40]!r}; only SPECTRUM is read",
            action="export it as VAMAS from MultiPak",
        )
    regions = [_region(path, line) for line in fields.get("SpectralRegDef", [])]
    traces = _traces(path, content, start, regions)
    spectra: list[xr.Dataset] = []
    notes: list[Finding] = []
    for region, trace in zip(regions, traces, strict=True):
        made, said = _spectrum(path, fields, region, trace)
        spectra.append(made)
        notes += said
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format="phi",
        spectra=tuple(spectra),
        casa=tuple(None for _ in spectra),
        notes=tuple(notes),
    )


# --- the header -----------------------------------------------------------------------------------


def _header(path: str | Path, content: bytes) -> tuple[dict[str, list[str]], int]:
    """Give the header's entries, each with all its values, and where the binary part begins."""
    end = re.search(rb"[\r\n]EOFH\r?\n", content[:MAX_HEADER])
    if end is None:
        raise DataFileError(
            path, "is a PHI .spe file whose header does not end (EOFH)", action="copy it again"
        )
    fields: dict[str, list[str]] = {}
    for line in content[: end.start()].decode("latin-1").splitlines():
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.strip(), []).append(value.strip())
    return fields, end.end()


def _first(fields: dict[str, list[str]], key: str) -> str:
    return fields.get(key, [""])[0]


def _region(path: str | Path, line: str) -> _Region:
    cells = line.split()
    try:
        region = _Region(
            number=int(cells[0]),
            name=cells[2],
            points=int(cells[4]),
            first=number(cells[6]),
            last=number(cells[7]),
            seconds=number(cells[10]),
            pass_energy=number(cells[11]),
        )
        step = number(cells[5])
    except (IndexError, ValueError):
        raise DataFileError(
            path, f"has a region that is not understood: {line[:80]!r}", where="SpectralRegDef"
        ) from None
    where = f"SpectralRegDef {region.number}"
    if not 2 <= region.points <= MAX_POINTS:
        raise DataFileError(path, f"declares {region.points} points", where=where)
    apart = abs(region.first + step * (region.points - 1) - region.last)
    # The step is written with four digits, the ends are what the instrument was told.
    if not apart <= abs(step) / 2 + 1e-4 * region.points:
        raise DataFileError(
            path,
            f"says that {region.points} points in steps of {step:g} eV lead from "
            f"{region.first:g} to {region.last:g} eV, which they do not",
            where=where,
        )
    return region


# --- the binary part ------------------------------------------------------------------------------


def _traces(
    path: str | Path, content: bytes, start: int, regions: list[_Region]
) -> list[tuple[Array, str]]:
    """Give the numbers of each trace and their unit."""
    if len(content) < start + 16:
        raise DataFileError(
            path,
            "ends before its binary part",
            where=f"byte {len(content)}",
            action="copy it again",
        )
    _, number_of_traces, size, own_size = struct.unpack_from("<4I", content, start)
    if number_of_traces != len(regions) or not regions:
        raise DataFileError(
            path,
            f"holds {number_of_traces} traces for {len(regions)} regions: a profile, several "
            "areas, or a damaged file",
            where=f"byte {start}",
            action="export it as VAMAS from MultiPak",
        )
    if size != 4 * WORDS * number_of_traces or own_size != 16:
        raise DataFileError(
            path,
            f"describes its traces in {size} + {own_size} bytes, expected "
            f"{4 * WORDS * number_of_traces} + 16",
            where=f"byte {start}",
            action="export it as VAMAS from MultiPak",
        )
    return [
        _trace(path, content, start, start + 16 + 4 * WORDS * index, region)
        for index, region in enumerate(regions)
    ]


def _trace(
    path: str | Path, content: bytes, start: int, at: int, region: _Region
) -> tuple[Array, str]:
    """Read a trace; ``start`` is the place from which its offset counts."""
    where = f"byte {at}"
    if len(content) < at + 4 * WORDS:
        raise DataFileError(
            path, "ends where a trace is described", where=where, action="copy it again"
        )
    words = struct.unpack_from(f"<{WORDS}I", content, at)
    unit, form = _tag(content, at, 14), _tag(content, at, 18)
    if words[0] != region.number or words[5] != region.points:
        raise DataFileError(
            path,
            f"has trace {words[0]} of {words[5]} points where region {region.number} of "
            f"{region.points} points should stand",
            where=where,
        )
    if form not in {"f4", "f8"} or words[19] != region.points * int(form[1]):
        raise DataFileError(
            path,
            f"stores {region.points} points as {words[19]} bytes of {form[:4]!r}, expected f4 or "
            "f8",
            where=where,
            action="export it as VAMAS from MultiPak",
        )
    first, last = start + words[20], start + words[20] + words[19]
    if not at + 4 * WORDS <= first <= last <= len(content):
        raise DataFileError(
            path,
            f"ends inside trace {region.number} (byte {last})",
            where=f"byte {len(content)}",
            action="copy it again",
        )
    values = np.frombuffer(content, dtype=f"<{form}", count=region.points, offset=first)
    with np.errstate(invalid="ignore"):
        return values.astype(float), UNITS.get(unit, unit)


def _tag(content: bytes, at: int, word: int) -> str:
    """A word that holds up to four letters."""
    place = at + 4 * word
    return content[place : place + 4].rstrip(b"\x00").decode("latin-1").strip()


# --- a spectrum -----------------------------------------------------------------------------------


def _spectrum(
    path: str | Path, fields: dict[str, list[str]], region: _Region, trace: tuple[Array, str]
) -> tuple[xr.Dataset, list[Finding]]:
    values, unit = trace
    # A survey is called "Su1s", which is no element's line.
    label = "Survey" if region.name == "Su1s" else core_level(region.name) or region.name
    told = Told(subject=f"region {region.number} ({label})")
    source = re.search(r"\d{2,5}(?:\.\d+)?", _first(fields, "XraySource"))
    photon_energy = float(source[0]) if source else math.nan
    technique = technique_of(_first(fields, "Technique"), photon_energy)
    energy = np.linspace(region.first, region.last, region.points)
    if technique.startswith("AES"):
        energy = binding_energies(energy, math.nan, technique, told)
    for key, what in (("EnergyRecal", "energies"), ("IntensityRecal", "intensities")):
        if _first(fields, key).lower().startswith("y"):
            told.say(
                "recalibrated",
                Severity.INFO,
                f"the instrument's program says that it recalibrated the {what}; they are kept so",
                reported=f"{key}: {_first(fields, key)[:40]}",
            )
    described = re.fullmatch(r"\(\d+, (.*)\)", _first(fields, "FileDesc"))
    return make(
        path,
        told,
        energy=energy,
        values=values,
        unit=unit,
        photon_energy=photon_energy,
        dwell_time=region.seconds,
        scans=1.0,  # the seconds are those of all cycles together
        sample=described[1] if described else _first(fields, "FileDesc"),
        region=label,
        technique=technique,
        pass_energy=f"{region.pass_energy:g} eV",
    ), told.notes
