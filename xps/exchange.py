"""Stored fits for other programs: as VAMAS with CasaXPS's lines, and as NeXus.

Nothing is fitted. Both give the bytes of a file and what it leaves out, changes or lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from references.registry import UnknownReferenceError
from references.words import Finding, Severity

from .handover import hand_over
from .instrument import instrument_of
from .io.casa import parse_casa
from .io.casa_lines import casa_lines, put_beside
from .io.nexus import VERSION, NexusEntry, Provenance, missing_of, nexus_bytes
from .io.vamas import vamas_bytes, with_casa_lines
from .recipe import to_toml
from .replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from references.registry import Registry

    from .envelope import Envelope
    from .instrument import Instrument
    from .io import Reading
    from .io.casa import CasaFit
    from .stored import StoredFit, StoredResult

__all__ = ["Measured", "as_nexus", "as_vamas"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measured:
    """A stored fit with its recipe and the spectrum it was made from, on its stored axis."""

    fit: StoredFit
    envelope: Envelope
    spectrum: xr.Dataset


def as_vamas(
    fits: Sequence[Measured],
    reading: Reading,
    content: bytes,
    registry: Registry,
    *,
    sensitivity_set: str = "scofield_al",
) -> tuple[bytes, tuple[Finding, ...]]:
    """Give a copy of a measured VAMAS file with fits as CasaXPS's regions and components.

    Of a measured file of another format a new VAMAS file is made, of the spectra that were fitted.

    Parameters
    ----------
    fits : sequence of Measured
        Those of one spectrum go into one block and replace the CasaXPS fit there.
    reading : Reading
        Of the measured file.
    content : bytes
        The measured file.
    registry : Registry
    sensitivity_set : str
        Whose factors become RSFs.

    Returns
    -------
    content : bytes
    notes : tuple of Finding
        What CasaXPS cannot hold, or will show otherwise.

    Raises
    ------
    InputError, DataFileError
        If a fit cannot be written, or the copy would differ in anything but CasaXPS's lines.
    """
    numbers = dict.fromkeys(one.fit.number or 0 for one in fits)
    handed: dict[int, CasaFit] = {}
    spectra: list[xr.Dataset] = []
    notes: list[Finding] = []
    for number in numbers:
        mine = [one for one in fits if (one.fit.number or 0) == number]
        made = hand_over(
            [(one.fit, one.envelope) for one in mine],
            mine[0].spectrum,
            registry,
            sensitivity_set=sensitivity_set,
        )
        handed[number] = made.casa
        notes += made.notes
        labels = {"region": mine[0].spectrum.attrs.get("region") or mine[0].fit.region}
        spectra.append(mine[0].spectrum.assign_attrs(labels))
    if reading.format == "vamas":
        lines = {number: _beside(casa) for number, casa in handed.items()}
        return with_casa_lines(reading.path, content, lines), tuple(notes)
    told = f"{PurePath(reading.path).name}, written as VAMAS by peakwright"
    comments = [casa_lines(casa) for casa in handed.values()]
    return vamas_bytes(spectra, comment=told, comments=comments), tuple(notes)


def _beside(casa: CasaFit) -> Callable[[Sequence[str]], Sequence[str]]:
    return lambda present: casa_lines(put_beside(casa, parse_casa(present)))


def as_nexus(
    fits: Sequence[Measured],
    stored: StoredResult,
    registry: Registry,
    *,
    sensitivity_set: str = "scofield_al",
    instrument: Instrument | None = None,
) -> tuple[bytes, tuple[Finding, ...]]:
    """Give fits as an HDF5 file after the application definition NXxps.

    Parameters
    ----------
    fits : sequence of Measured
        One NXentry each.
    stored : StoredResult
        Which they are part of.
    registry : Registry
    sensitivity_set : str
        Whose factors stand beside the lines.
    instrument : Instrument, optional
        What the measured file does not say of the spectrometer.

    Returns
    -------
    content : bytes
    notes : tuple of Finding
        What the definition requires and nobody has said.

    Raises
    ------
    InputError
        If a spectrum is not the one that was fitted, or there is no such sensitivity set.
    """
    entries = [
        NexusEntry(
            fit=one.fit,
            envelope=one.envelope,
            spectrum=one.spectrum,
            curves=replay(one.fit, one.envelope, one.spectrum),
            instrument=instrument_of(one.spectrum, instrument),
            sensitivity=_factors(registry, sensitivity_set, one.envelope),
            sensitivity_set=sensitivity_set,
        )
        for one in fits
    ]
    provenance = Provenance(
        program="peakwright",
        version=stored.version,
        library_version=stored.registry.version,
        library_sha256=stored.registry.sha256,
        measured=stored.inputs[0].path,
        measured_sha256=stored.inputs[0].sha256,
        recipe=to_toml(stored.recipe),
    )
    return nexus_bytes(entries, provenance), _incomplete(entries)


def _factors(registry: Registry, name: str, envelope: Envelope) -> dict[str, float]:
    """A set's factor of each whole level; without those that it does not have."""
    chosen = registry.sensitivity_set(name)
    found: dict[str, float] = {}
    for level in dict.fromkeys(component.core_level for component in envelope.components):
        try:
            found[level] = chosen.factor(level).best
        except UnknownReferenceError:
            continue
    return found


def _incomplete(entries: Sequence[NexusEntry]) -> tuple[Finding, ...]:
    missing = dict.fromkeys(name for entry in entries for name in missing_of(entry))
    if not missing:
        return ()
    note = Finding(
        rule="nexus_incomplete",
        severity=Severity.WARNING,
        subject="instrument",
        message=(
            f"NXxps {VERSION} requires {', '.join(missing)}, which the measured file does not say "
            "and which is left out; give what you know in a TOML file with --instrument (the "
            "photon energy with --photon-energy)"
        ),
    )
    return (note,)
