"""VAMAS (ISO 14976): read with every trap that real files set, written plainly.

The axis is binding energy = photon energy - kinetic energy. The work-function field is never
applied: instruments store kinetic energies that refer to the Fermi level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError, write_atomic
from references.words import Finding, Severity

from ..spectrum import SpectrumError, dispersion, spectrum
from .casa import CasaFit, parse_casa

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

__all__ = ["IDENTIFIER", "is_vamas", "read_vamas", "write_vamas"]

Array = NDArray[np.float64]

IDENTIFIER = "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"
MISSING = 1e36
"""1E+37 stands for a missing number."""
MAX_BLOCKS = 1_000_000
SPUTTER_MODES = {"MAPDP", "MAPSVDP", "SDP", "SDPSV"}
ION_TECHNIQUES = {
    "FABMS", "FABMS ENERGY SPEC", "ISS", "SIMS", "SIMS ENERGY SPEC", "SNMS", "SNMS ENERGY SPEC",
}  # fmt: skip
ELECTRON_TECHNIQUES = {"AES DIFF", "AES DIR", "EDX", "ELS", "UPS", "XPS", "XRF"}
NOT_POISSON = 2.5
"""Variance over mean beyond which non-integer "counts" are taken for a rate."""
SAYS_RATE = ("count", "cps", "c/s")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    mode: str
    scan: str
    variables: tuple[str, ...]
    future_block_entries: int
    blocks: int


class _Lines:
    """A cursor over the lines of a file that knows where it is."""

    def __init__(self, path: str | Path, text: str) -> None:
        self.path = path
        self.lines = [line.rstrip() for line in text.splitlines()]
        self.place = 0

    def text(self, what: str) -> str:
        if self.place >= len(self.lines):
            raise self.wrong(f"the file ends where {what} should stand", "export it again")
        line = self.lines[self.place]
        self.place += 1
        return line

    def number(self, what: str) -> float:
        text = self.text(what)
        try:
            value = float(text)
        except ValueError:
            self.place -= 1
            raise self.wrong(f"{what} should be a number, not {text[:40]!r}") from None
        if math.isnan(value):
            raise self.wrong(f"{what} is not a number")
        return value

    def count(self, what: str, most: int | None = None) -> int:
        """Read how many lines or entries follow; never more than the file has lines left."""
        value = self.number(what)
        left = len(self.lines) - self.place
        largest = left if most is None else most
        if value != int(min(max(value, -1e9), 1e9)) or not 0 <= value <= largest:
            self.place -= 1
            raise self.wrong(
                f"{what} is {value:g}, but only {largest} lines follow"
                if value > largest
                else f"{what} should be a whole number >= 0, not {value:g}"
            )
        return int(value)

    def skip(self, number: int, what: str) -> None:
        for _ in range(number):
            self.text(what)

    def wrong(self, reason: str, action: str = "") -> DataFileError:
        return DataFileError(self.path, reason, where=f"line {self.place + 1}", action=action)


def is_vamas(head: bytes) -> bool:
    """Whether the first bytes of a file carry the VAMAS identifier."""
    return IDENTIFIER.lower().encode()[:40] in head[:4096].lower()


def read_vamas(
    path: str | Path, content: bytes
) -> tuple[
    tuple[xr.Dataset, ...], tuple[CasaFit | None, ...], tuple[str, ...], tuple[Finding, ...]
]:
    """Read a VAMAS file.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.

    Returns
    -------
    spectra, casa, skipped, notes : tuples
        As in :class:`~xps.io.reading.Reading`.

    Raises
    ------
    DataFileError
        If the file is not VAMAS, ends early, or holds a number where none can be.
    """
    text = content.decode("latin-1")
    if text.count("\x00") > 0.01 * len(text):
        raise DataFileError(path, "holds binary data, not VAMAS text")
    text = text.replace("\x00", "")  # some exports pad a label with zero bytes
    problem: DataFileError | None = None
    for sputter_lines in (3, 7):
        # Depth profiles: programs disagree on the entries that describe the sputtering ion.
        try:
            return _read(path, text, sputter_lines)
        except DataFileError as error:
            problem = problem or error
            if not any(mode in text[:4000] for mode in SPUTTER_MODES):
                break
    assert problem is not None
    raise problem


def _read(
    path: str | Path, text: str, sputter_lines: int
) -> tuple[
    tuple[xr.Dataset, ...], tuple[CasaFit | None, ...], tuple[str, ...], tuple[Finding, ...]
]:
    lines = _Lines(path, text)
    header = _header(lines)
    spectra: list[xr.Dataset] = []
    fits: list[CasaFit | None] = []
    skipped: list[str] = []
    notes: list[Finding] = []
    for index in range(header.blocks):
        made, casa, note = _block(lines, header, index, sputter_lines)
        if isinstance(made, str):
            skipped.append(made)
            continue
        spectra.append(made)
        fits.append(casa)
        notes += note
    rest = next((line for line in lines.lines[lines.place :] if line.strip()), "")
    if rest.strip().lower() != "end of experiment":
        notes.append(
            Finding(
                rule="no_terminator",
                severity=Severity.WARNING,
                subject=str(Path(path).name),
                message="the file does not close with 'end of experiment'; it may be cut off",
            )
        )
    return tuple(spectra), tuple(fits), tuple(skipped), tuple(notes)


def _header(lines: _Lines) -> _Header:
    while lines.place < len(lines.lines) and not lines.lines[lines.place].strip():
        lines.place += 1
    if lines.text("the format identifier").strip().lower() != IDENTIFIER.lower():
        lines.place -= 1
        raise lines.wrong("does not begin with the VAMAS identifier")
    for what in ("institution", "instrument", "operator", "experiment"):
        lines.text(what)
    lines.skip(lines.count("the number of comment lines"), "a comment line")
    mode = lines.text("the experiment mode").strip().upper()
    scan = lines.text("the scan mode").strip().upper()
    if scan not in {"REGULAR", "IRREGULAR", "MAPPING"}:
        lines.place -= 1
        raise lines.wrong(
            f"the scan mode should be REGULAR, IRREGULAR or MAPPING, not {scan[:40]!r}"
        )
    if mode in {"MAP", "MAPDP", "NORM", "SDP"}:
        lines.number("the number of spectral regions")
    if mode in {"MAP", "MAPDP"}:
        lines.skip(3, "a map parameter")
    names: list[str] = []
    for _ in range(lines.count("the number of experimental variables")):
        names.append(lines.text("a variable's label"))
        lines.text("a variable's unit")
    if lines.number("the number of entries in the inclusion list") != 0:
        raise lines.wrong(
            "uses a list of included block parameters, which is not supported",
            "export it with complete blocks",
        )
    lines.skip(lines.count("the number of manually entered items"), "a manual item")
    future = lines.count("the number of future upgrade experiment entries")
    future_block = lines.count("the number of future upgrade block entries")
    lines.skip(future, "a future experiment entry")
    return _Header(
        mode=mode,
        scan=scan,
        variables=tuple(names),
        future_block_entries=future_block,
        blocks=lines.count("the number of blocks", MAX_BLOCKS),
    )


@dataclass(slots=True)
class _Axis:
    label: str = ""
    start: float = 0.0
    step: float = 0.0


def _block(  # noqa: PLR0915 - the standard's fields, one after the other
    lines: _Lines, header: _Header, index: int, sputter_lines: int
) -> tuple[xr.Dataset | str, CasaFit | None, list[Finding]]:
    first = lines.place + 1
    name = lines.text("the block identifier").strip()
    sample = lines.text("the sample identifier").strip()
    lines.skip(7, "a part of the date")
    comments = [
        lines.text("a comment line") for _ in range(lines.count("the number of comment lines"))
    ]
    technique = lines.text("the technique").strip()
    upper = technique.upper()
    mapped = header.mode in {"MAP", "MAPDP"}
    if mapped:
        lines.skip(2, "a map coordinate")
    lines.skip(len(header.variables), "the value of an experimental variable")
    lines.text("the source label")
    if header.mode in SPUTTER_MODES or upper in ION_TECHNIQUES:
        lines.skip(sputter_lines, "an entry of the sputtering ion")
    photon = lines.number("the photon energy")
    lines.skip(3, "an entry of the source")
    if header.mode in {"MAP", "MAPDP", "MAPSV", "MAPSVDP", "SEM"}:
        lines.skip(2, "the field of view")
    lines.skip(2, "a source angle")
    lines.text("the analyser mode")
    lines.number("the pass energy")
    if upper == "AES DIFF":
        lines.number("the differential width")
    lines.skip(7, "an entry of the analyser")
    species = lines.text("the species label").strip()
    transition = lines.text("the transition label").strip()
    lines.text("the charge of the detected particle")
    axis = _Axis()
    if header.scan == "REGULAR":
        axis.label = lines.text("the abscissa's label").strip()
        lines.text("the abscissa's unit")
        axis.start = lines.number("the abscissa's start")
        axis.step = lines.number("the abscissa's increment")
    variables = [
        (lines.text("a variable's label").strip(), lines.text("a variable's unit").strip())
        for _ in range(lines.count("the number of corresponding variables"))
    ]
    if not variables:
        raise lines.wrong("the block has no variables")
    lines.text("the signal mode")
    dwell = lines.number("the dwell time")
    scans = lines.number("the number of scans")
    lines.number("the time correction")
    if header.mode in SPUTTER_MODES and upper in ELECTRON_TECHNIQUES:
        lines.skip(7, "an entry of the sputtering source")
    lines.skip(3, "a sample angle")
    lines.skip(3 * lines.count("the number of additional parameters"), "an additional parameter")
    lines.skip(header.future_block_entries, "a future block entry")
    total = lines.count("the number of ordinate values")
    lines.skip(2 * len(variables), "a minimum or maximum")
    values = _values(lines, total)
    casa = parse_casa(comments)
    region = _region_label(name, species, transition)
    told = f"block {index + 1} ({name or region}, line {first})"
    if total % len(variables) != 0 or total // len(variables) < 2:
        return f"{told}: {total} values of {len(variables)} variables are no spectrum", None, []
    columns = values.reshape(-1, len(variables)).T
    energies, columns, variables = _abscissa(header, axis, columns, variables, photon, lines)
    if not variables:
        return f"{told}: it holds an axis but no intensity", None, []
    made, note = _spectrum(
        lines, told, energies, columns, variables, photon, dwell, scans,
        {"sample": sample, "region": region, "technique": _technique(technique, photon),
         "block": name, "file": Path(lines.path).name},
    )  # fmt: skip
    return made, casa, note


def _values(lines: _Lines, total: int) -> Array:
    """Read the ordinate values at once; name the line of a value that is not one."""
    chunk = lines.lines[lines.place : lines.place + total]
    if len(chunk) < total:
        lines.place = len(lines.lines)
        raise lines.wrong(f"the file ends after {len(chunk)} of {total} values", "export it again")
    try:
        values = np.array(chunk, dtype=float)
    except ValueError:
        return np.array([lines.number("a value") for _ in range(total)])
    if not np.all(np.isfinite(values)):
        lines.place += int(np.argmax(~np.isfinite(values)))
        raise lines.wrong(f"a value should be finite, not {lines.lines[lines.place][:40]!r}")
    lines.place += total
    return values


def _abscissa(
    header: _Header,
    axis: _Axis,
    columns: Array,
    variables: list[tuple[str, str]],
    photon: float,
    lines: _Lines,
) -> tuple[Array, Array, list[tuple[str, str]]]:
    """Give binding energies and the remaining variables."""
    energies: Array
    if header.scan == "IRREGULAR" or (not axis.label and axis.step == 0.0):
        label, energies = variables[0][0], columns[0]
        columns, variables = columns[1:], variables[1:]
    else:
        label = axis.label
        if axis.step == 0.0 or not math.isfinite(axis.start + axis.step * columns.shape[1]):
            raise lines.wrong(f"the abscissa's increment cannot be {axis.step:g}")
        energies = axis.start + axis.step * np.arange(columns.shape[1], dtype=float)
    if "bind" in label.lower():
        return energies, columns, variables
    if not 0 < photon < 1e5:
        # Without photons there is no binding energy: kinetic energies are kept as negatives.
        return -energies, columns, variables
    return photon - energies, columns, variables


def _spectrum(
    lines: _Lines,
    told: str,
    energies: Array,
    columns: Array,
    variables: list[tuple[str, str]],
    photon: float,
    dwell: float,
    scans: float,
    labels: dict[str, str],
) -> tuple[xr.Dataset, list[Finding]]:
    ordinate, unit = columns[0], variables[0][1].strip().lower()
    timed = 0 < dwell < MISSING and 0 < scans < MISSING
    notes: list[Finding] = []
    counts: Array | None = ordinate
    shown = "counts"
    if unit in {"c/s", "cps", "counts/s"}:
        with np.errstate(over="ignore"):
            counts, shown = (ordinate * dwell * scans, "counts") if timed else (None, "counts/s")
    elif unit not in {"d", "counts", "c", "n", ""}:
        counts, shown = None, unit
    if ordinate.min() < 0 or labels["technique"] not in {"XPS", "UPS"}:
        counts, shown = None, "arbitrary" if shown == "counts" else shown
    if counts is not None and unit not in {"c/s", "cps", "counts/s"} and _is_rate(counts, told):
        counts, shown = None, "counts/s"
        notes.append(
            Finding(
                rule="counts_not_poisson",
                severity=Severity.WARNING,
                subject=told,
                reported=f"variance/mean {dispersion(ordinate):.1f}",
                reference="about 1 for counts",
                message=(
                    "the values are called counts but are no whole numbers and scatter as a rate "
                    "does; they are taken as a rate of unknown counting time"
                ),
            )
        )
    transmission = next(
        (c for c, (label, _) in zip(columns[1:], variables[1:], strict=True)
         if "transmission" in label.lower()),
        None,
    )  # fmt: skip
    try:
        made = spectrum(
            energies,
            counts,
            intensity=None if counts is not None else ordinate,
            intensity_unit=shown,
            photon_energy=photon if 0 < photon < MISSING else math.nan,
            dwell_time=dwell if 0 < dwell < MISSING else math.nan,
            scans=scans if 0 < scans < MISSING else math.nan,
            transmission=transmission,
            **labels,
        )
    except SpectrumError as error:
        raise DataFileError(lines.path, f"{told}: {error}") from None
    return made, notes


def _is_rate(values: Array, told: str) -> bool:
    """Whether "counts" are no whole numbers and scatter far more than counts do."""
    if not np.all(np.isfinite(values)):
        return False
    whole = np.mean(np.abs(values - np.round(values)) < 1e-6 * np.maximum(values, 1.0)) > 0.99
    if whole:
        return False
    spread = dispersion(values)
    named = any(word in told.lower() for word in ("per second", "counts/s", "cps"))
    return named or (math.isfinite(spread) and spread > NOT_POISSON)


def _region_label(name: str, species: str, transition: str) -> str:
    """Core level from species and transition, or the block's own name where they say nothing."""
    if species and transition and len(species) <= 2 and species.isalpha():
        return f"{species} {transition}"
    if name:
        return name
    return " ".join(part for part in (species, transition) if part)


def _technique(technique: str, photon: float) -> str:
    """XPS with a helium lamp is UPS."""
    upper = technique.upper()
    if upper == "XPS" and 0 < photon < 100:
        return "UPS"
    return upper or "XPS"


def write_vamas(spectra: Sequence[xr.Dataset], path: str | Path, *, comment: str = "") -> Path:
    """Write spectra as a regular VAMAS file over kinetic energy.

    Parameters
    ----------
    spectra : sequence of Dataset
        With counts, a known photon energy and a constant step.
    path : path
        Where to write.
    comment : str
        One header comment line.

    Returns
    -------
    Path

    Raises
    ------
    SpectrumError
        If a spectrum holds no counts, no photon energy, or an irregular axis.
    """
    out = [IDENTIFIER, "Not Specified", "Not Specified", "Not Specified", "Not Specified"]
    out += ["1", comment] if comment else ["0"]
    out += ["NORM", "REGULAR", str(len(spectra)), "0", "0", "0", "0", "0", str(len(spectra))]
    for made in spectra:
        out += _written(made)
    out.append("end of experiment")
    return write_atomic(path, "\n".join(out) + "\n")


def _written(made: xr.Dataset) -> list[str]:
    energy = made["binding_energy"].values
    steps = np.diff(energy)
    region = str(made.attrs.get("region", ""))
    if "counts" not in made:
        raise SpectrumError(f"{region}: only counts are written as VAMAS")
    if not np.allclose(steps, steps.mean(), rtol=0, atol=1e-6):
        raise SpectrumError(f"{region}: only a constant step is written as VAMAS")
    photon = float(made["photon_energy"])
    if not math.isfinite(photon):
        raise SpectrumError(f"{region}: a VAMAS file needs the photon energy")
    counts = made["counts"].values[::-1]
    start, step = round(photon - float(energy[-1]), 9), round(float(steps.mean()), 9)
    element, _, transition = region.partition(" ")
    out = [region, str(made.attrs.get("sample", "")), "0", "0", "0", "0", "0", "0", "0", "0", "XPS"]
    out += ["Al", repr(photon), "1E+37", "1E+37", "1E+37", "1E+37", "1E+37"]
    out += ["FAT", *["1E+37"] * 8, element, transition, "-1"]
    out += [
        "Kinetic Energy",
        "eV",
        repr(start),
        repr(step),
        "1",
        "Intensity",
        "d",
        "pulse counting",
    ]
    dwell, scans = float(made["dwell_time"]), float(made["scans"])
    out += [repr(dwell) if math.isfinite(dwell) else "1E+37"]
    out += [f"{scans:g}" if math.isfinite(scans) else "1E+37"]
    out += ["0", "1E+37", "1E+37", "1E+37", "0", str(counts.size)]
    out += [f"{counts.min():.10g}", f"{counts.max():.10g}", *(f"{c:.10g}" for c in counts)]
    return out
