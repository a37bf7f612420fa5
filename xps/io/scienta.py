"""Scienta SES spectra: the text export (``.txt``), and what SES writes into Igor waves.

Both hold the same settings, one ``Key=Value`` a line. A detector that is read out in slices gives a
column a slice; each is a spectrum of its own.
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

from .columns import decoded
from .meaning import binding_energies, make, technique_of
from .reading import Reading
from .written import core_level, number, numbers

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from references.words import Finding

__all__ = ["is_scienta", "read_scienta", "settings_of", "spectra_of"]

Array = NDArray[np.float64]

MAX_BYTES = 32 * 1024**2
MAX_SLICES = 5000

_ENERGY = re.compile(r"binding|kinetic", re.IGNORECASE)
_SECTION = re.compile(r"\[([A-Za-z ]+?) ?(\d{0,9})\]")


def is_scienta(head: bytes) -> bool:
    """Whether a file begins as SES's text exports do."""
    text = head[:400].lstrip()
    return text.startswith(b"[Info]") and b"Number of Regions=" in text


def read_scienta(path: str | Path, content: bytes) -> Reading:
    """Read a text export of Scienta's SES.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.

    Returns
    -------
    Reading

    Raises
    ------
    DataFileError
        If a region lacks its energies, or holds fewer numbers than it declares.
    """
    if len(content) > MAX_BYTES:
        raise DataFileError(path, f"is {len(content)} bytes; exports are read up to {MAX_BYTES}")
    regions = _regions(path, decoded(content).splitlines())
    spectra: list[xr.Dataset] = []
    notes: list[Finding] = []
    for region in regions:
        energy, values = _table(path, region)
        made, said = spectra_of(
            path,
            region.settings,
            place=f"region {region.number}",
            axis=region.settings.get("Dimension 1 name", ""),
            energy=energy,
            values=values,
            slices=_slices(path, region, values.shape[1]),
        )
        spectra += made
        notes += said
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format="scienta",
        spectra=tuple(spectra),
        casa=tuple(None for _ in spectra),
        notes=tuple(notes),
    )


def settings_of(lines: list[str]) -> dict[str, str]:
    """Read ``Key=Value`` lines; the first of a key counts."""
    found: dict[str, str] = {}
    for line in lines:
        key, equals, value = line.partition("=")
        if equals:
            found.setdefault(key.strip(), value.strip())
    return found


def spectra_of(
    path: str | Path,
    settings: dict[str, str],
    *,
    place: str,
    axis: str,
    energy: Array,
    values: Array,
    unit: str = "",
    slices: tuple[str, Array] | None = None,
) -> tuple[list[xr.Dataset], list[Finding]]:
    """Make the spectra of a region as SES describes it.

    Parameters
    ----------
    path : path
        For messages.
    settings : dict of str
        SES's entries: ``Excitation Energy``, ``Pass Energy``, ``Number of Sweeps``, ...
    place : str
        The region's place in the file, for messages.
    axis : str
        What the energies are called: ``"Kinetic Energy [eV]"``.
    energy : ndarray, shape (n,)
    values : ndarray, shape (n, slices)
    unit : str
        Of the values, as the file states it.
    slices : (label, ndarray), optional
        What the slices are, and where each stands.

    Returns
    -------
    spectra : list of Dataset
    notes : list of Finding
    """
    name = settings.get("Region Name", "")
    region = core_level(name) or name
    told = Told(subject=f"{place} ({region})" if region else place)
    photon_energy = number(settings.get("Excitation Energy", ""))
    technique = technique_of("XPS", photon_energy)
    kind = next((k for k in (axis, settings.get("Energy Scale", "")) if _ENERGY.search(k)), "")
    if "kinetic" in kind.lower():
        energy = binding_energies(energy, photon_energy, technique, told)
    elif not kind:
        told.say(
            "axis_assumed",
            Severity.WARNING,
            "the file does not say what the energies are; taken as binding energies",
            reported=axis[:40],
        )
    unit = _unit(values, unit)
    sweeps, seconds = _time(settings)
    made: list[xr.Dataset] = []
    for column in range(values.shape[1]):
        of_slice = Told(subject=f"{told.subject}, slice {column + 1}" if slices else told.subject)
        spectrum = make(
            path,
            of_slice,
            energy=energy,
            values=values[:, column],
            unit=unit,
            photon_energy=photon_energy,
            dwell_time=seconds / sweeps,
            scans=sweeps,
            sample=settings.get("Sample", ""),
            region=region,
            technique=technique,
            pass_energy=f"{settings.get('Pass Energy', '?')} eV",
        )
        if slices is not None:
            coordinate = ((), float(slices[1][column]), {"long_name": slices[0]})
            spectrum = spectrum.assign_coords(slice=coordinate)
        made.append(spectrum)
        # What holds of one slice holds of most: it is said once.
        said = {note.rule for note in told.notes}
        told.notes += [note for note in of_slice.notes if note.rule not in said]
    return made, told.notes


# --- the text -------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Region:
    """One region: its settings, and its rows of numbers."""

    number: int
    lines: list[str] = field(default_factory=list[str])
    data: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    @property
    def settings(self) -> dict[str, str]:
        return settings_of(self.lines)


def _regions(path: str | Path, lines: list[str]) -> list[_Region]:
    regions: dict[int, _Region] = {}
    section, current = "", _Region(number=0)
    header: list[str] = []
    for place, line in enumerate(lines, 1):
        if match := _SECTION.fullmatch(line.strip()):
            section = match[1]
            if match[2]:
                current = regions.setdefault(int(match[2]), _Region(number=int(match[2])))
            continue
        if not line.strip():
            continue
        if section == "Data":
            current.data.append((place, line))
        elif section in {"Region", "Info"}:
            (current.lines if current.number else header).append(line)
    declared = number(settings_of(header).get("Number of Regions", ""))
    if declared != len(regions):
        raise DataFileError(
            path,
            f"declares {declared:g} regions and holds {len(regions)}",
            where="[Info]",
            action="export it again",
        )
    return list(regions.values())


def _table(path: str | Path, region: _Region) -> tuple[Array, Array]:
    """Give the energies, and a column a slice."""
    settings, place = region.settings, f"[Data {region.number}]"
    scale = numbers(
        path,
        settings.get("Dimension 1 scale", ""),
        where=f"[Region {region.number}]",
        what="an energy",
    )
    cells, width = array("d"), 0
    for at, line in region.data:
        row = [number(cell) for cell in line.split()]
        width = width or max(len(row), 2)
        if len(row) != width or not all(math.isfinite(value) for value in row):
            raise DataFileError(
                path,
                f"should hold {width} finite numbers, not {line.strip()[:40]!r}",
                where=f"line {at}",
                action="export it again",
            )
        cells.extend(row)
    table = np.array(cells).reshape(-1, width or 2)
    declared = number(settings.get("Dimension 1 size", ""))
    if not table.shape[0] == scale.size == declared:
        raise DataFileError(
            path,
            f"declares {declared:g} energies, lists {scale.size} and has {table.shape[0]} rows",
            where=place,
            action="export it again",
        )
    if table.shape[1] - 1 > MAX_SLICES:
        raise DataFileError(path, f"has {table.shape[1] - 1} slices", where=place)
    if np.abs(table[:, 0] - scale).max(initial=0.0) > 1e-3:
        raise DataFileError(path, "has rows at other energies than the region lists", where=place)
    return table[:, 0], table[:, 1:]


def _slices(path: str | Path, region: _Region, found: int) -> tuple[str, Array] | None:
    """What a second dimension is, and where its slices stand."""
    settings = region.settings
    if found == 1 and "Dimension 2 size" not in settings:
        return None
    declared = number(settings.get("Dimension 2 size", "1"))
    scale = numbers(
        path,
        settings.get("Dimension 2 scale", ""),
        where=f"[Region {region.number}]",
        what="a place of a slice",
    )
    if declared != found or (scale.size and scale.size != found):
        raise DataFileError(
            path,
            f"declares {declared:g} slices, lists {scale.size} and has {found} columns of them",
            where=f"[Data {region.number}]",
            action="export it again; a third dimension is not read",
        )
    return settings.get("Dimension 2 name", "slice"), scale if scale.size else np.arange(
        found, dtype=float
    )


# --- what the numbers are -------------------------------------------------------------------------


def _unit(values: Array, stated: str) -> str:
    """Counts where the numbers are whole; a camera's signal and an average are none."""
    if values.size and np.all(np.abs(values - np.round(values)) < 1e-6):
        return "counts"
    rate = "/s" in stated or "cps" in stated.lower()
    return "counts/s" if rate else "arbitrary"


def _time(settings: dict[str, str]) -> tuple[float, float]:
    """Give the sweeps, and the seconds that a channel was counted in all of them."""
    sweeps = number(settings.get("Number of Sweeps", ""))
    seconds = number(settings.get("Time per Spectrum Channel", ""))
    if not sweeps > 0:
        sweeps = 1.0
    return sweeps, seconds
