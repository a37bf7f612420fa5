"""What was asked for: a pattern of a file, phases by name or file, the diffractometer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from references.words import InputError

if TYPE_CHECKING:
    import xarray as xr

    from references.phase import Phase
    from references.registry import Registry
    from references.words import Finding
    from xrd.instrument import Instrument
    from xrd.structure import Structure

__all__ = [
    "Given",
    "candidates_named",
    "instrument_of",
    "is_structure_file",
    "name_of",
    "pattern_of",
    "phase_named",
    "phases_of",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Given:
    """One pattern of a file.

    Attributes
    ----------
    path : Path
    sha256 : str
    measured : Dataset
    notes : tuple of Finding
        Of the file.
    """

    path: Path
    sha256: str
    measured: xr.Dataset
    notes: tuple[Finding, ...]

    @property
    def entry(self) -> dict[str, str]:
        """What a document says of it."""
        return {"path": self.path.name, "sha256": self.sha256}


def pattern_of(file: Path, scan: int | None, radiation: str = "") -> Given:
    """Read the one pattern of a file, or the scan that was asked for.

    That it states no wavelength is no matter where the ``radiation`` is given.

    Raises
    ------
    InputError
        If there are several and none was asked for, or no such scan.
    """
    import xrd

    reading = xrd.read(file)
    number = len(reading.patterns)
    if number == 0:
        raise InputError(
            f"{file} holds no powder pattern; `peakwright xrd inspect` says what it holds"
        )
    if scan is None and number > 1:
        raise InputError(
            f"{file} holds {number} scans; choose one with --scan 0 to --scan {number - 1} "
            "(`peakwright xrd inspect` lists them)"
        )
    if scan is not None and scan >= number:
        raise InputError(f"{file} has no scan {scan}; it holds {number}, numbered from 0")
    measured = reading.patterns[scan or 0]
    if not measured.attrs.get("sample"):
        measured = measured.assign_attrs(sample=file.stem)
    notes = tuple(n for n in reading.notes if not (radiation and n.rule == "no_wavelength"))
    return Given(path=file, sha256=reading.sha256, measured=measured, notes=notes)


def instrument_of(radiation: str, file: Path | None, known: Instrument | None = None) -> Instrument:
    """Give the diffractometer of a file, or a known one, with the radiation that was asked for."""
    from xrd.instrument import Instrument, radiation_named, read_instrument

    found = (known or Instrument()) if file is None else read_instrument(file)
    if not radiation:
        return found
    from references import load

    radiation_named(radiation, load())
    return found.model_copy(update={"radiation": radiation})


def phase_named(name: str, registry: Registry) -> Phase | Structure:
    """Give a phase of the library, or the structure of a CIF.

    Raises
    ------
    InputError
        If it is neither.
    DataFileError
        If the CIF cannot be used.
    """
    from xrd.structure import structure

    if is_structure_file(name, registry):
        # A file's name tells a user more than that of its data block.
        return replace(structure(name), name=Path(name).stem)
    return registry.phase(name)


def is_structure_file(name: str, registry: Registry, folder: Path = Path()) -> bool:
    """Whether a name is that of a structure file, perhaps in a folder, rather than of a phase."""
    if Path(name).suffix.lower() == ".cif":
        return True
    return name not in {*registry.names()["phase"], "default", "none"} and _is_file(folder / name)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def name_of(phase: Phase | Structure) -> str:
    """Give what a phase is called."""
    from references.phase import Phase

    return phase.key if isinstance(phase, Phase) else phase.name


def candidates_named(text: str, registry: Registry, main: str) -> list[Phase | Structure]:
    """Give the candidates of a comma-separated option: ``default`` and ``none`` among them."""
    from xrd.candidates import default_candidates

    found: list[Phase | Structure] = []
    for name in (part.strip() for part in text.split(",")):
        if name == "default":
            tested, untested = default_candidates(registry, main)
            found += [*tested, *untested]
        elif name and name != "none":
            found.append(phase_named(name, registry))
    return found


def phases_of(text: str, registry: Registry) -> list[tuple[Structure, Phase | None]]:
    """Give the structures of comma-separated phases and CIF files, with the phase of each."""
    from references.phase import Phase
    from xrd.structure import structure

    found: list[tuple[Structure, Phase | None]] = []
    for name in (part.strip() for part in text.split(",") if part.strip()):
        given = phase_named(name, registry)
        if isinstance(given, Phase):
            found.append((structure(given), given))
        else:
            found.append((given, None))
    return found
