"""SPECS Prodigy's text export (``.xy``): lines of comment that say everything, and rows of numbers.

A region has cycles, a cycle scans, where the export kept them apart; the scans of a region are
repeats and are added, each cycle is a spectrum of its own.
"""

from __future__ import annotations

import hashlib
import math
import re
from array import array
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Told
from references.words import Finding, Severity

from .columns import decoded
from .meaning import binding_energies, make, technique_of
from .reading import Reading
from .written import core_level, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

__all__ = ["is_specs_xy", "read_specs_xy"]

Array = NDArray[np.float64]

MAX_BYTES = 32 * 1024**2
MAX_COMMENT = 1000

_ENTRY = re.compile(r"#\s*([^:]{1,60}):\s*(.*)")
_RUN = re.compile(r"#\s*Cycle:\s*(\d{1,9}), Curve:\s*(\d{1,9})(?:, Scan:\s*(\d{1,9}))?(.*)")


@dataclass(slots=True, kw_only=True)
class _Run:
    """Rows of numbers below one another, and what is said of them.

    ``kept_apart`` is what else the export divided, such as the detector's channels.
    """

    line: int
    export: dict[str, str]
    region: dict[str, str]
    cycle: int
    curve: int
    scan: int | None
    kept_apart: str
    labels: list[str] = field(default_factory=list[str])
    width: int = 0
    cells: array[float] = field(default_factory=lambda: array("d"))

    @property
    def name(self) -> str:
        """The region's name as the file has it."""
        return self.region.get("Region", "")

    @property
    def axis(self) -> str:
        """``"binding"``, ``"kinetic"``, or empty for another."""
        said = self.export.get("Energy Axis", "").lower()
        return next((kind for kind in ("binding", "kinetic") if kind in said), "")

    @property
    def repeats(self) -> tuple[int, int, int]:
        """What the scans of one cycle have in common."""
        return (id(self.region), self.cycle, self.curve)


def is_specs_xy(head: bytes) -> bool:
    """Whether a file says that SpecsLab Prodigy wrote it, with all it knows."""
    return b"SpecsLab" in head[:400] and b"XY-Serializer" in head[:2000] and b"# Region:" in head


def read_specs_xy(path: str | Path, content: bytes) -> Reading:
    """Read a ``.xy`` export of SpecsLab Prodigy.

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
        If a row holds no number where one should be, or the export lacks what its axis needs.
    """
    if len(content) > MAX_BYTES:
        raise DataFileError(path, f"is {len(content)} bytes; exports are read up to {MAX_BYTES}")
    text = decoded(content)
    spectra: list[xr.Dataset] = []
    notes: list[Finding] = []
    skipped: list[str] = []
    for _, group in groupby(_Walk(path).runs(text.splitlines()), key=lambda run: run.repeats):
        scans = list(group)
        subject = _subject(scans[0])
        if scans[0].kept_apart:
            skipped.append(
                f"{subject}: exported with {scans[0].kept_apart} apart; export it again in one"
            )
            continue
        if scans[0].labels[:1] != ["energy"] or not scans[0].axis:
            skipped.append(f"{subject}: its axis is no binding or kinetic energy")
            continue
        told = Told(subject=subject)
        made = _spectrum(path, scans, told)
        spectra.append(made)
        notes += told.notes
    if not text.endswith(("\n", "\r")):
        notes.append(
            Finding(
                rule="no_terminator",
                severity=Severity.WARNING,
                subject=Path(path).name,
                message="the last line has no end; the file may be cut off inside it",
            )
        )
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format="specs-xy",
        spectra=tuple(spectra),
        casa=tuple(None for _ in spectra),
        skipped=tuple(skipped),
        notes=tuple(notes),
    )


# --- lines ----------------------------------------------------------------------------------------


class _Walk:
    """Goes through the lines, and knows what those above say."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._export: dict[str, str] = {}
        self._region: dict[str, str] = {}
        self._group = ""
        self._run: _Run | None = None

    def runs(self, lines: list[str]) -> Iterator[_Run]:
        """Give each run of rows."""
        for place, line in enumerate(lines, 1):
            if line.startswith("#"):
                before = self._run
                self._comment(line[:MAX_COMMENT], place)
                if before is not self._run and before is not None and before.cells:
                    yield before
            elif line.strip() and self._run is not None:
                _take_row(self._path, line, place, self._run)
        if self._run is not None and self._run.cells:
            yield self._run

    def _comment(self, line: str, place: int) -> None:
        if match := _RUN.match(line):
            self._run = _Run(
                line=place,
                export=self._export,
                region=self._region,
                cycle=int(match[1]),
                curve=int(match[2]),
                scan=int(match[3]) if match[3] else None,
                kept_apart=match[4].strip(" ,:0123456789").lower(),
            )
        elif match := _ENTRY.match(line):
            self._entry(match[1].strip(), match[2].strip(), line)

    def _entry(self, key: str, value: str, line: str) -> None:
        if key == "Group":
            self._group = value
        elif key == "Region":
            self._region = {"Group": self._group, "Region": value}
        elif "external" in key.lower() and "cycle" in line.lower():
            self._run = None  # what other devices logged: its rows are no spectrum
        elif key == "ColumnLabels" and self._run is not None:
            self._run.labels = value.split()
        elif self._region:
            self._region.setdefault(key, value)
        else:
            self._export[key] = value


def _take_row(path: str | Path, line: str, place: int, run: _Run) -> None:
    values = [number(cell) for cell in line.split()]
    run.width = run.width or max(len(values), 2)
    if len(values) != run.width or not all(math.isfinite(value) for value in values):
        raise DataFileError(
            path,
            f"should hold {run.width} finite numbers, not {line.strip()[:40]!r}",
            where=f"line {place}",
            action="export it again",
        )
    run.cells.extend(values)


# --- a spectrum -----------------------------------------------------------------------------------


def _subject(run: _Run) -> str:
    cycle = f", cycle {run.cycle}" if run.cycle else ""
    curve = f", curve {run.curve}" if run.curve else ""
    return f"region {run.name[:40]}{cycle}{curve} (line {run.line})"


def _spectrum(path: str | Path, scans: list[_Run], told: Told) -> xr.Dataset:
    first = scans[0]
    tables = [np.array(run.cells).reshape(-1, run.width) for run in scans]
    if any(t.shape != tables[0].shape or np.any(t[:, 0] != tables[0][:, 0]) for t in tables):
        raise DataFileError(
            path,
            "has scans of one region over different energies",
            where=f"line {first.line}",
            action="export it again",
        )
    rate = "counts/s" in first.labels[1:2]
    ordinates = np.array([table[:, 1] for table in tables])
    _say_rows(first, tables[0].shape[0], told)
    photon_energy = number(first.region.get("Excitation Energy", ""))
    technique = technique_of(first.region.get("Analysis Method", ""), photon_energy)
    energy = tables[0][:, 0]
    if first.axis == "kinetic":
        energy = binding_energies(energy, photon_energy, technique, told)
    made = make(
        path,
        told,
        energy=energy,
        values=ordinates.mean(axis=0) if rate else ordinates.sum(axis=0),
        unit="counts/s" if rate else _unit(first),
        photon_energy=photon_energy,
        dwell_time=number(first.region.get("Dwell Time", "")),
        scans=_scans(scans, told),
        transmission=_transmission(first, tables[0], told),
        sample=first.region.get("Group", ""),
        region=core_level(first.name) or first.name,
        technique=technique,
        pass_energy=f"{first.region.get('Pass Energy', '?')} eV",
    )
    varied = {"cycle": first.cycle, "curve": first.curve}
    return made.assign_coords(
        {name: ((), float(value), {"units": "1"}) for name, value in varied.items() if value}
    )


def _unit(run: _Run) -> str:
    label = run.labels[1] if len(run.labels) > 1 else ""
    return "counts" if label.lower() in {"counts", ""} else label


def _scans(scans: list[_Run], told: Told) -> float:
    """How many scans the numbers stand for: those that are there, or that went into an average."""
    declared = number(scans[0].region.get("Number of Scans", ""))
    if scans[0].scan is None:
        return declared
    if math.isfinite(declared) and declared != len(scans):
        told.say(
            "scans_missing",
            Severity.WARNING,
            "not as many scans as the region says; those that are there are added",
            reported=str(len(scans)),
            reference=f"{declared:g}",
        )
    elif len(scans) > 1:
        told.say(
            "scans_added",
            Severity.INFO,
            f"{len(scans)} scans of the region are added",
            str(len(scans)),
        )
    return float(len(scans))


def _say_rows(run: _Run, found: int, told: Told) -> None:
    declared = number(run.region.get("Values/Curve", ""))
    if math.isfinite(declared) and declared != found:
        told.say(
            "rows_missing",
            Severity.WARNING,
            "not as many energies as the region says; the file may be cut off",
            reported=str(found),
            reference=f"{declared:g}",
        )


def _transmission(run: _Run, table: Array, told: Told) -> Array | None:
    """The column that is called so, where every column has a name."""
    names = [label.lower() for label in run.labels]
    at = next((j for j, name in enumerate(names) if name.startswith("transmission")), None)
    if at is None or len(names) != table.shape[1]:
        return None
    if table[:, at].min() > 0:
        return table[:, at]
    told.say(
        "transmission_not_used",
        Severity.WARNING,
        "the transmission should be above zero everywhere, and is left out",
    )
    return None
