"""One block of a VAMAS file, field by field in the standard's order (ISO 14976)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .header import Header
    from .lines import Lines

__all__ = ["Abscissa", "Block", "read_block"]

ION_TECHNIQUES = {
    "FABMS", "FABMS ENERGY SPEC", "ISS", "SIMS", "SIMS ENERGY SPEC", "SNMS", "SNMS ENERGY SPEC",
}  # fmt: skip
ELECTRON_TECHNIQUES = {"AES DIFF", "AES DIR", "EDX", "ELS", "UPS", "XPS", "XRF"}
MISSING = 1e37
"""Stands for a number that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abscissa:
    """The axis of a regular scan; without label and step where it is a variable."""

    label: str = ""
    start: float = 0.0
    step: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What was varied from block to block: an experimental variable, or a place on a map."""

    label: str
    unit: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """What is kept of a block, as it stands in the file.

    Attributes
    ----------
    line : int
        Where the block begins.
    name, sample, technique, species, transition : str
    comments : tuple of str
    photon_energy : float
        [eV]; 1E+37 where missing.
    settings : tuple of Setting
    abscissa : Abscissa
    variables : tuple of (label, unit)
        The corresponding variables, as they alternate in ``ordinates``.
    dwell_time, scans, pass_energy : float
        1E+37 where missing.
    date : tuple of str
        Year, month, day, hours, minutes, seconds, hours ahead of Greenwich.
    source, analyser_mode : str
    pass_energy, work_function : float
        [eV]; 1E+37 where missing. The work function is never applied.
    ordinates : ndarray, shape (n,)
    """

    line: int
    name: str
    sample: str
    comments: tuple[str, ...]
    technique: str
    photon_energy: float
    settings: tuple[Setting, ...]
    species: str
    transition: str
    abscissa: Abscissa
    variables: tuple[tuple[str, str], ...]
    dwell_time: float
    scans: float
    date: tuple[str, ...]
    source: str
    analyser_mode: str
    pass_energy: float
    work_function: float
    ordinates: NDArray[np.float64]


def read_block(lines: Lines, header: Header, *, sputter_lines: int) -> Block:
    """Read one block.

    Parameters
    ----------
    lines : Lines
        At the block's first line; left after its last.
    header : Header
    sputter_lines : int
        How many entries describe the sputtering ion, where there is one: programs disagree.
    """
    line = lines.place + 1
    name, sample, date, comments, technique = _identity(lines)
    settings = _settings(lines, header)
    source, photon_energy = _source(lines, header, technique, sputter_lines)
    analyser_mode, pass_energy, work_function = _analyser(lines, technique)
    species = lines.text("the species label").strip()
    transition = lines.text("the transition label").strip()
    lines.text("the charge of the detected particle")
    abscissa = _abscissa(lines) if header.scan == "REGULAR" else Abscissa()
    variables, dwell_time, scans = _signal(lines)
    _sample_and_rest(lines, header, technique)
    return Block(
        line=line,
        name=name,
        sample=sample,
        comments=comments,
        technique=technique,
        photon_energy=photon_energy,
        settings=settings,
        species=species,
        transition=transition,
        abscissa=abscissa,
        variables=variables,
        dwell_time=dwell_time,
        scans=scans,
        date=date,
        source=source,
        analyser_mode=analyser_mode,
        pass_energy=pass_energy,
        work_function=work_function,
        ordinates=_ordinates(lines, len(variables)),
    )


def _identity(lines: Lines) -> tuple[str, str, tuple[str, ...], tuple[str, ...], str]:
    name = lines.text("the block identifier").strip()
    sample = lines.text("the sample identifier").strip()
    date = tuple(lines.text("a part of the date").strip() for _ in range(7))
    comments = tuple(
        lines.text("a comment line") for _ in range(lines.count("the number of comment lines"))
    )
    return name, sample, date, comments, lines.text("the technique").strip()


def _settings(lines: Lines, header: Header) -> tuple[Setting, ...]:
    """Read where a block stands among the others; what is no number says nothing."""
    varied = [("map x", ""), ("map y", "")] if header.mode in {"MAP", "MAPDP"} else []
    found: list[Setting] = []
    for label, unit in (*varied, *header.variables):
        text = lines.text(f"the value of {label or 'an experimental variable'}")
        with suppress(ValueError):
            found.append(Setting(label=label, unit=unit, value=float(text)))
    return tuple(found)


def _source(lines: Lines, header: Header, technique: str, sputter_lines: int) -> tuple[str, float]:
    label = lines.text("the source label").strip()
    if header.sputters or technique.upper() in ION_TECHNIQUES:
        lines.skip(sputter_lines, "an entry of the sputtering ion")
    photon_energy = lines.number("the photon energy")
    lines.skip(3, "an entry of the source")
    if header.mode in {"MAP", "MAPDP", "MAPSV", "MAPSVDP", "SEM"}:
        lines.skip(2, "the field of view")
    lines.skip(2, "a source angle")
    return label, photon_energy


def _analyser(lines: Lines, technique: str) -> tuple[str, float, float]:
    """Read up to the label of the line: mode, pass energy, and work function."""
    mode = lines.text("the analyser mode").strip()
    pass_energy = lines.number("the pass energy")
    if technique.upper() == "AES DIFF":
        lines.number("the differential width")
    lines.skip(1, "an entry of the analyser")
    work_function = MISSING
    with suppress(ValueError):
        work_function = float(lines.text("the work function"))
    lines.skip(5, "an entry of the analyser")
    return mode, pass_energy, work_function


def _abscissa(lines: Lines) -> Abscissa:
    label = lines.text("the abscissa's label").strip()
    lines.text("the abscissa's unit")
    return Abscissa(
        label=label,
        start=lines.number("the abscissa's start"),
        step=lines.number("the abscissa's increment"),
    )


def _signal(lines: Lines) -> tuple[tuple[tuple[str, str], ...], float, float]:
    number = lines.count("the number of corresponding variables", lines_each=2)
    if not number:
        lines.place -= 1
        raise lines.wrong("the block has no variables")
    variables = tuple(
        (lines.text("a variable's label").strip(), lines.text("a variable's unit").strip())
        for _ in range(number)
    )
    lines.text("the signal mode")
    dwell_time = lines.number("the dwell time")
    scans = lines.number("the number of scans")
    lines.number("the time correction")
    return variables, dwell_time, scans


def _sample_and_rest(lines: Lines, header: Header, technique: str) -> None:
    if header.sputters and technique.upper() in ELECTRON_TECHNIQUES:
        lines.skip(7, "an entry of the sputtering source")
    lines.skip(3, "a sample angle")
    number = lines.count("the number of additional parameters", lines_each=3)
    lines.skip(3 * number, "an additional parameter")
    lines.skip(header.future_block_entries, "a future block entry")


def _ordinates(lines: Lines, variables: int) -> NDArray[np.float64]:
    """Read the values; their number counts all variables, and minima and maxima may be dummies."""
    total = lines.count("the number of ordinate values")
    lines.skip(2 * variables, "a minimum or maximum")
    return lines.values(total)
