"""One NXentry: spectrum, instrument, sample, energy scale, and where it came from."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .fit import write_fit
from .tree import binary, field, finite, group, safe_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from ...envelope import Envelope
    from ...instrument import Instrument
    from ...replay import Replay
    from ...stored import StoredFit

__all__ = ["DEFINITION", "VERSION", "NexusEntry", "Provenance", "missing_of", "nexus_bytes"]

DEFINITION = "NXxps"
VERSION = "v2026.01"
"""The release of the NeXus definitions that is followed."""
URL = "https://github.com/nexusformat/definitions/blob/v2026.01/applications/NXxps.nxdl.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where numbers came from.

    Parameters
    ----------
    program, version : str
        That made the fit.
    library_version, library_sha256 : str
        The library it used.
    measured, measured_sha256 : str
        Name and hash of the measured file.
    recipe : str
        TOML that repeats the fits.
    """

    program: str
    version: str
    library_version: str
    library_sha256: str
    measured: str
    measured_sha256: str
    recipe: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NexusEntry:
    """One fit with all that goes into its entry.

    Parameters
    ----------
    fit : StoredFit
    envelope : Envelope
    spectrum : Dataset
        On its stored axis.
    curves : Replay
        The fit's, over its window.
    instrument : Instrument
        As far as it is known.
    sensitivity : mapping of str to float
        Factors by core level; without those that are not known.
    sensitivity_set : str
    """

    fit: StoredFit
    envelope: Envelope
    spectrum: xr.Dataset
    curves: Replay
    instrument: Instrument
    sensitivity: Mapping[str, float]
    sensitivity_set: str


def nexus_bytes(entries: Sequence[NexusEntry], provenance: Provenance) -> bytes:
    """Give the HDF5 file of some fits.

    Parameters
    ----------
    entries : sequence of NexusEntry
    provenance : Provenance

    Returns
    -------
    bytes
        The same for the same results.
    """
    import h5py

    held = io.BytesIO()
    with h5py.File(held, "w", track_order=False) as root:
        root.attrs["NX_class"] = "NXroot"
        names = _names(entries)
        root.attrs["default"] = names[0]
        root.attrs["creator"] = provenance.program
        root.attrs["creator_version"] = provenance.version
        for name, entry in zip(names, entries, strict=True):
            _Entry(group(root, name, "NXentry"), entry, provenance).write()
    return held.getvalue()


def missing_of(entry: NexusEntry) -> tuple[str, ...]:
    """Name the concepts that NXxps requires and that are not known of an entry.

    Returns
    -------
    tuple of str
        For instance ``start_time``; the keys in which an instrument file gives them.
    """
    known = entry.instrument
    wanted = {
        "start_time": known.start_time,
        "collection_scheme": known.collection_scheme,
        "dispersion_scheme": known.dispersion_scheme,
        "energy_scan_mode": known.energy_scan_mode,
        "work_function_eV": known.work_function_eV,
        "photon energy": finite(entry.spectrum["photon_energy"]),
    }
    return tuple(name for name, value in wanted.items() if not value)


def _names(entries: Sequence[NexusEntry]) -> list[str]:
    """``entry`` for one fit, else one name each from region and number."""
    if len(entries) == 1:
        return ["entry"]
    return [f"entry_{i}_{safe_name(e.fit.region)}" for i, e in enumerate(entries)]


class _Entry:
    """One NXentry."""

    def __init__(self, root: Any, entry: NexusEntry, provenance: Provenance) -> None:
        self.root, self.entry, self.provenance = root, entry, provenance
        self.fit, self.envelope, self.spectrum = entry.fit, entry.envelope, entry.spectrum
        self.counted = "counts" in entry.spectrum
        name = "counts" if self.counted else "intensity"
        self.data = np.asarray(entry.spectrum[name].values, dtype=float)
        self.unit = str(entry.spectrum[name].attrs.get("units", "")) or "arbitrary"
        stored = np.asarray(entry.spectrum["binding_energy"].values, dtype=float)
        self.stored, self.energy = stored, stored + entry.fit.charge.shift

    def write(self) -> None:
        self.root.attrs["default"] = "data"
        self.head()
        self.instrument()
        field(group(self.root, "sample", "NXsample"), "name", self.fit.sample or "not stated")
        self.measured()
        self.referencing()
        write_fit(self.root, self.entry, self.provenance, self.unit)
        self.origin()

    def head(self) -> None:
        field(self.root, "definition", DEFINITION, version=VERSION, URL=URL)
        title = " ".join(part for part in (self.fit.sample, self.fit.region) if part)
        field(self.root, "title", title or "XPS fit")
        field(self.root, "method", "X-ray photoelectron spectroscopy (XPS)")
        levels = list(dict.fromkeys(c.core_level for c in self.envelope.components))
        field(self.root, "transitions", levels if len(levels) > 1 else levels[0])
        field(self.root, "start_time", self.entry.instrument.start_time)
        program = self.provenance
        field(self.root, "program_name", program.program, version=program.version)

    def instrument(self) -> None:
        known, root = self.entry.instrument, group(self.root, "instrument", "NXinstrument")
        if known.vendor or known.model:
            device = group(root, "device_information", "NXfabrication")
            field(device, "vendor", known.vendor)
            field(device, "model", known.model)
        beam = group(root, "beam_probe", "NXbeam")
        photon = finite(self.spectrum["photon_energy"])
        field(beam, "incident_energy", photon, units="eV")
        if known.source:
            source = group(root, "source_probe", "NXsource")
            field(source, "type", known.source, custom=True)
            field(source, "name", known.source)
            field(source, "associated_beam", f"{beam.name}")
            field(beam, "associated_source", f"{source.name}")
        analyser = group(root, "electronanalyzer", "NXelectronanalyzer")
        field(analyser, "work_function", known.work_function_eV, units="eV")
        column = group(analyser, "collectioncolumn", "NXcollectioncolumn")
        field(column, "scheme", known.collection_scheme)
        dispersion = group(analyser, "energydispersion", "NXenergydispersion")
        field(dispersion, "scheme", known.dispersion_scheme)
        field(dispersion, "energy_scan_mode", known.energy_scan_mode)
        field(dispersion, "pass_energy", known.pass_energy_eV, units="eV")
        self.detector(group(analyser, "electron_detector", "NXelectron_detector"))
        self.transmission(analyser, photon)

    def detector(self, root: Any) -> None:
        """What was measured, on the axis on which it was stored."""
        time = float(self.spectrum["dwell_time"]) * float(self.spectrum["scans"])
        field(root, "count_time", finite(time), units="s")
        raw = group(root, "raw_data", "NXdata")
        raw.attrs["signal"], raw.attrs["axes"] = "raw", "energy"
        raw.attrs["energy_indices"] = 0
        field(raw, "raw", self.data, units=self.unit)
        field(raw, "energy", self.stored, units="eV", type="binding")

    def transmission(self, analyser: Any, photon: float | None) -> None:
        if "transmission" not in self.spectrum or photon is None:
            return
        root = group(analyser, "transmission_function", "NXdata")
        root.attrs["signal"] = "relative_intensity"
        # The definition wants a list here, and validators know one by its fixed length alone.
        root.attrs["axes"] = np.array(["kinetic_energy"], dtype="S")
        root.attrs["kinetic_energy_indices"] = 0
        field(root, "kinetic_energy", photon - self.stored, units="eV")
        curve = np.asarray(self.spectrum["transmission"].values, dtype=float)
        field(root, "relative_intensity", curve, units="")

    def measured(self) -> None:
        root = group(self.root, "data", "NXdata")
        root.attrs["signal"], root.attrs["axes"] = "data", "energy"
        root.attrs["energy_indices"] = 0
        reference = f"{self.root.name}/energy_referencing/calibrated_axis"
        field(root, "data", self.data, units=self.unit)
        field(root, "energy", self.energy, units="eV", type="binding", reference=reference)
        if self.counted:  # only counts have known noise
            field(root, "data_errors", np.sqrt(np.maximum(self.data, 1.0)), units=self.unit)

    def referencing(self) -> None:
        root = group(self.root, "energy_referencing", "NXcalibration")
        charge = self.fit.charge
        field(root, "physical_quantity", "energy")
        field(root, "offset", charge.shift, units="eV")
        field(root, "offset_errors", charge.u, units="eV")
        field(root, "description", charge.reference or "no energy reference was declared")
        field(root, "calibrated_axis", self.energy, units="eV")

    def origin(self) -> None:
        told = self.provenance
        root = group(self.root, "provenance", "NXcollection")
        field(root, "program", told.program, version=told.version)
        field(root, "library_version", told.library_version)
        field(root, "library_sha256", told.library_sha256)
        field(root, "measured_file", told.measured)
        field(root, "measured_file_sha256", told.measured_sha256)
        field(root, "spectrum_number", self.fit.number)
        field(root, "sensitivity_factors", self.entry.sensitivity_set)
        recipe = group(root, "recipe", "NXnote")
        field(recipe, "type", "application/toml")
        field(recipe, "description", "the recipe that repeats the fits")
        field(recipe, "data", binary(told.recipe))
