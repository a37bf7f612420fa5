"""SurfaceLab's text exports: depth profiles and mass spectra.

A depth profile is a table behind four lines: whether it was smoothed, names, m/z, and headings.
Its intensities are corrected for the dead time and printed to six digits, which is enough to tell
the number of shots again (:func:`tofsims.counting.infer_shots`). Sums and ratios of columns are not
measured: they are made again from the ions they are of and compared, and the ions alone are kept.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError, read_bytes
from references.ion import ion
from references.readers import Told
from references.words import InputError, Severity

from ..counting import infer_shots, whole_counts
from ..profile import ProfileError, depth_profile
from ..spectrum import SpectrumError, mass_spectrum
from .reading import Reading

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

__all__ = ["Export", "is_profile", "is_spectrum", "read_export", "read_profile", "read_spectrum"]

Array = NDArray[np.float64]

SMOOTHING = re.compile(r"#\s*Profile Smoothing is (\w+)", re.IGNORECASE)
LEADING = 4
"""Columns before the intensities: data point, sputter time, dose, fluence."""
MAX_BYTES = 512 * 1024**2
MAX_COLUMNS = 5000
MAX_CELLS = 50_000_000
AGREES = 2e-5
"""Relative difference between a printed sum or ratio and what its ions give: both are rounded."""


def is_profile(head: bytes) -> bool:
    """Whether a file begins like a depth profile."""
    return head.lstrip().startswith(b"# Profile Smoothing is")


def is_spectrum(head: bytes) -> bool:
    """Whether a file begins like a spectrum."""
    start = head.lstrip()
    return start.startswith((b"# Binning:", b"# Deadtime Correction:", b"Channel\tm/z\tIntensity"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Export:
    """A depth profile as it is printed.

    Attributes
    ----------
    names, masses : tuple of str
        Of each column; a mass is ``"N/A"`` for what is no single ion.
    point, time, dose, fluence : (rows,) arrays
    intensity : (rows, columns) array
        Infinite where a ratio has no denominator.
    smoothing : str
    """

    names: tuple[str, ...]
    masses: tuple[str, ...]
    point: Array
    time: Array
    dose: Array
    fluence: Array
    intensity: Array
    smoothing: str

    @property
    def single(self) -> list[int]:
        """Columns of single ions."""
        return [i for i, mass in enumerate(self.masses) if mass != "N/A"]


def read_profile(path: str | Path, _head: bytes) -> Reading:
    """Read a depth profile."""
    content = read_bytes(path, max_bytes=MAX_BYTES)
    export = read_export(path, content)
    told = Told(subject="the profile")
    rows = _rows_with_ions(export, told)
    if not rows:
        raise DataFileError(
            path, "holds no data point with an ion", action="export the profile again"
        )
    _check_derived(export, told)
    try:
        made = _measured(export, rows, told)
    except ProfileError as error:
        raise DataFileError(path, str(error)) from None
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format="surfacelab profile",
        profiles=(made,),
        notes=tuple(told.notes),
    )


def read_export(path: str | Path, content: bytes) -> Export:
    """Read the table of a depth profile as it is printed.

    Raises
    ------
    DataFileError
        If a line is not what such a file has there.
    """
    lines = _lines(content)
    if len(lines) < LEADING + 1:
        raise DataFileError(path, "ends within its four heading lines", action="export it again")
    smoothing = SMOOTHING.match(lines[0])
    if smoothing is None:
        raise DataFileError(
            path,
            "should say whether the profile was smoothed",
            where="line 1",
            action="expected '# Profile Smoothing is Disabled'",
        )
    names, masses = (line.split("\t")[LEADING:] for line in lines[1:3])
    if names and not names[-1].strip():
        names, masses = names[:-1], masses[:-1]
    headings = lines[3].split("\t")
    if len(masses) != len(names) or not names or len(names) > MAX_COLUMNS:
        raise DataFileError(
            path,
            f"names {len(names)} columns and {len(masses)} masses",
            where="lines 2 and 3",
            action="export the profile again",
        )
    if not headings[0].startswith("#Data Point") or "Sputter Time (s)" not in headings[1:2]:
        raise DataFileError(
            path,
            "should have the headings '#Data Point #' and 'Sputter Time (s)'",
            where="line 4",
            action="export over sputter time in s",
        )
    table = _table(path, lines[LEADING:], LEADING + 1, LEADING + len(names))
    if not np.all(np.isfinite(table[:, :LEADING])):
        raise DataFileError(path, "has a data point without a finite time or dose")
    for column, (name, mass) in enumerate(zip(names, masses, strict=True)):
        values = table[:, LEADING + column]
        if mass != "N/A" and not np.all(np.isfinite(values) & (values >= 0)):
            raise DataFileError(
                path, f"an intensity of {name[:40]} should be a finite number, not negative"
            )
    for mass in masses:
        if mass != "N/A" and not _is_mass(mass):
            raise DataFileError(path, f"{mass[:20]!r} is no m/z", where="line 3")
    return Export(
        names=tuple(names),
        masses=tuple(masses),
        point=table[:, 0],
        time=table[:, 1],
        dose=table[:, 2],
        fluence=table[:, 3],
        intensity=table[:, LEADING:],
        smoothing="none" if smoothing[1].lower() == "disabled" else "smoothed in file",
    )


def _rows_with_ions(export: Export, told: Told) -> list[int]:
    """Rows that hold an ion: the last one of an export often holds none at all."""
    single = export.intensity[:, export.single]
    held = np.flatnonzero(single.max(axis=1, initial=0.0) > 0)
    empty = len(export.point) - held.size
    if held.size and empty:
        where = np.setdiff1d(np.arange(len(export.point)), held)
        last = empty == 1 and where[0] == len(export.point) - 1
        told.say(
            "empty_rows",
            Severity.INFO if last else Severity.WARNING,
            "the last data point holds no ion at all and is left out"
            if last
            else f"{empty} data points hold no ion at all and are left out",
            reported=str(empty),
        )
    return held.tolist()


def _measured(export: Export, rows: list[int], told: Told) -> xr.Dataset:
    single = export.single
    intensity = export.intensity[np.ix_(rows, single)].T
    smoothed = export.smoothing != "none"
    shots = None if smoothed else infer_shots(intensity)
    number = shots.number if shots is not None else None
    if smoothed:
        told.say(
            "smoothed",
            Severity.WARNING,
            "the profile was smoothed when it was exported, which leaves neither its number of "
            "shots nor its noise: no error bars; export it with smoothing disabled",
        )
    elif number is None:
        told.say(
            "shots_unknown",
            Severity.WARNING,
            "the number of shots a data point cannot be told from its digits (scaled, rounded or "
            "too few): no error bars from counting; give the number of shots",
            reported=f"{shots.share:.1%} at best" if shots else "",
        )
    ions = [export.names[i] for i in single]
    keys, polarity = _keys(ions, told)
    total = [i for i, name in enumerate(export.names) if name == "total"]
    made = depth_profile(
        keys,
        intensity,
        sputter_time=export.time[rows],
        counts=None if number is None else whole_counts(intensity, number),
        shots=np.nan if number is None else number,
        total=export.intensity[rows, total[0]] if total else None,
        dose=export.dose[rows],
        fluence=export.fluence[rows],
        mz=[float(export.masses[i]) for i in single],
        scan=export.point[rows],
        polarity=polarity,
        smoothing=export.smoothing,
        shots_from="the digits of the export" if number is not None else "",
    )
    return made.assign_coords(listed_as=("ion", ions))


def _keys(names: list[str], told: Told) -> tuple[list[str], str]:
    """Each ion as we write it, and the polarity that their signs agree on."""
    keys: list[str] = []
    signs: set[str] = set()
    strange: list[str] = []
    for name in names:
        try:
            found = ion(name)
        except InputError:
            strange.append(name)
            keys.append(name)
            continue
        keys.append(found.key)
        signs.add("negative" if found.charge < 0 else "positive")
    if strange:
        told.say(
            "no_ion",
            Severity.INFO,
            "names that are no formula with a charge are kept as they are: "
            + ", ".join(name[:40] for name in strange[:10]),
            reported=str(len(strange)),
        )
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        told.say(
            "repeated_name",
            Severity.WARNING,
            "several columns have one name and are kept apart by their m/z: "
            + ", ".join(repeated[:10]),
            reported=str(len(repeated)),
        )
    if len(signs) == 2:
        told.say(
            "polarity",
            Severity.ERROR,
            "ions of both signs stand in one profile, which no measurement has",
        )
    return keys, signs.pop() if len(signs) == 1 else ""


# --- sums and ratios ------------------------------------------------------------------------------


def _check_derived(export: Export, told: Told) -> None:
    """Make each sum and ratio again from its ions, and tell those that differ."""
    columns = dict(zip(export.names, export.intensity.T, strict=True))
    # What is there twice cannot be asked for by its name.
    ions = {
        name: columns[name]
        for name, mass in zip(export.names, export.masses, strict=True)
        if mass != "N/A" and export.names.count(name) == 1
    }
    sums = _Sums(ions)
    different: list[str] = []
    unknown: list[str] = []
    for name, mass in zip(export.names, export.masses, strict=True):
        if mass != "N/A" or name == "total":
            continue
        made = sums.made(name)
        if made is None:
            unknown.append(name)
        elif not _agree(made, columns[name]):
            different.append(name)
    for rule, names, severity, what in (
        ("derived_differs", different, Severity.WARNING, "are not what their ions give"),
        (
            "derived_unknown",
            unknown,
            Severity.INFO,
            "are of ions that the file does not hold alone",
        ),
    ):
        if names:
            told.say(
                rule,
                severity,
                f"{len(names)} sums or ratios {what}: " + "; ".join(n[:60] for n in names[:3]),
                reported=str(len(names)),
            )


@dataclass(slots=True, eq=False)
class _Sums:
    """What names of sums and ratios stand for."""

    ions: dict[str, Array]
    depth: int = field(default=0)

    def made(self, name: str) -> Array | None:
        """Intensities of ``A``, ``A, B-C-`` (a sum) or ``A / ( B )``; ``None`` for other ions."""
        if name in self.ions:
            return self.ions[name]
        if name.strip() == "1":
            return np.ones_like(next(iter(self.ions.values()))) if self.ions else None
        left, slash, right = name.partition(" / ( ")
        if slash and right.rstrip().endswith(")") and self.depth < 10:
            inner = right.rstrip()[:-1].rstrip()
            deeper = _Sums(self.ions, self.depth + 1)
            above, below = deeper.made(left), deeper.made(inner)
            if above is None or below is None:
                return None
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.where(below == 0, np.inf, above / np.where(below == 0, 1.0, below))
        members = self.members(name)
        return None if members is None else np.sum([self.ions[m] for m in members], axis=0)

    def members(self, name: str) -> list[str] | None:
        """Ions of a sum: separated by commas, but the last one, which only its sign separates."""
        *listed, rest = name.split(", ")
        for at in range(1, len(rest)):
            parts = [*listed, rest[:at], rest[at:]]
            if all(part in self.ions for part in parts):
                return parts
        return None


def _agree(made: Array, printed: Array) -> bool:
    same = made == printed
    with np.errstate(invalid="ignore"):
        near = np.abs(made - printed) <= AGREES * np.abs(printed)
    return bool(np.all(same | near))


# --- spectra --------------------------------------------------------------------------------------


def read_spectrum(path: str | Path, _head: bytes) -> Reading:
    """Read a mass spectrum."""
    content = read_bytes(path, max_bytes=MAX_BYTES)
    lines = _lines(content)
    said: dict[str, str] = {}
    first = 0
    while first < len(lines) and lines[first].startswith("#"):
        key, _, value = lines[first][1:].partition(":")
        said[key.strip().lower()] = value.strip()
        first += 1
    if first >= len(lines) or lines[first].split("\t")[:3] != ["Channel", "m/z", "Intensity"]:
        raise DataFileError(
            path,
            "should have the columns Channel, m/z and Intensity",
            where=f"line {first + 1}",
            action="export the spectrum from SurfaceLab as text",
        )
    table = _table(path, lines[first + 1 :], first + 2, 3)
    binning = re.match(r"[1-9][0-9]{0,8}\b", said.get("binning", "1"))
    try:
        made = mass_spectrum(
            table[:, 0],
            table[:, 2],
            mz=table[:, 1],
            is_corrected=said.get("deadtime correction", "").lower() == "on",
            binning=int(binning[0]) if binning else 1,
        )
    except SpectrumError as error:
        raise DataFileError(path, str(error)) from None
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format="surfacelab spectrum",
        spectra=(made,),
    )


# --- lines ----------------------------------------------------------------------------------------


def _lines(content: bytes) -> list[str]:
    text = content.removeprefix(b"\xef\xbb\xbf").decode("latin-1").replace("\r\n", "\n")
    lines = text.replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _table(path: str | Path, lines: list[str], first: int, columns: int) -> Array:
    """Numbers of rows, each with so many columns and perhaps an empty one behind them."""
    if not lines:
        raise DataFileError(path, "holds no data", where=f"line {first}", action="export it again")
    if len(lines) * columns > MAX_CELLS:
        raise DataFileError(path, f"holds more than {MAX_CELLS} numbers")
    rows: list[list[float]] = []
    for number, line in enumerate(lines, start=first):
        cells = line.removesuffix("\t").split("\t")
        if len(cells) != columns:
            raise DataFileError(
                path,
                f"has {len(cells)} columns where {columns} are named",
                where=f"line {number}",
                action="the file may be cut off; export it again",
            )
        try:
            rows.append([float(cell) for cell in cells])
        except ValueError:
            raise DataFileError(
                path, "should hold numbers only", where=f"line {number}", action="export it again"
            ) from None
    return np.array(rows)


def _is_mass(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,9})?", text) is not None
