"""NeXus: results as HDF5 after the application definition NXxps.

One NXentry a fit: the calibrated spectrum, instrument and sample as far as they are known, the fit
with its curves and parameters, and where they came from. Names and groups are those of the NeXus
definitions of 2026.01 (NXxps extends NXmpes; NXfit, NXpeak, NXfit_function), published at
https://github.com/nexusformat/definitions. What a definition requires and nobody has said (the
scheme of the lens, say) is left out and named by :func:`missing_of`: nothing is invented.

Beside every parameter stand its standard uncertainty, ``NAME_errors``, the parts of it,
``NAME_u_counting`` and the like, and its interval, ``NAME_low``, ``NAME_high``, ``NAME_level``,
``NAME_kind``.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..lineshape import lineshape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from ..envelope import Envelope
    from ..instrument import Instrument
    from ..stored import Replay, StoredEstimate, StoredFit, StoredLine

__all__ = ["DEFINITION", "VERSION", "NexusEntry", "Provenance", "missing_of", "nexus_bytes"]

DEFINITION = "NXxps"
VERSION = "v2026.01"
"""The release of the NeXus definitions that is followed."""
URL = "https://github.com/nexusformat/definitions/blob/v2026.01/applications/NXxps.nxdl.xml"

FUNCTION_TYPES = {
    "gaussian": "Gaussian",
    "lorentzian": "Lorentzian",
    "voigt": "Voigt",
    "pseudo_voigt": "Gaussian-Lorentzian Sum",
    "gl_sum": "Gaussian-Lorentzian Sum",
    "gl_product": "Gaussian-Lorentzian Product",
    "la": "Asymmetric Lorentzian",
    "doniach_sunjic": "Doniach-Sunjic",
    "mahan": "Mahan",
}
"""The definition's words for line shapes; its list is open, and Mahan's line is not in it."""
BACKGROUND_TYPES = {
    "shirley": "Shirley",
    "tougaard": "Tougaard",
    "linear": "Linear",
    "constant": "Constant",
}
OBJECTIVES = {
    "poisson": ("Poisson likelihood", "2 sum(mu - N + N ln(N/mu)), maximum likelihood of counts"),
    "sqrt_counts": ("least squares", "sum((N - mu)^2/max(N, 1))"),
    "unweighted": ("least squares", "sum((N - mu)^2)"),
}
OF_LIST = {*FUNCTION_TYPES.values(), "Linear", "Shirley", "Tougaard"} - {"Mahan"}
"""Those that stand in the definition's open lists; any other is marked as one's own."""


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
            _Entry(_group(root, name, "NXentry"), entry, provenance).write()
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
        "photon energy": _finite(entry.spectrum["photon_energy"]),
    }
    return tuple(name for name, value in wanted.items() if not value)


def _names(entries: Sequence[NexusEntry]) -> list[str]:
    """``entry`` for one fit, else one name each from region and number."""
    if len(entries) == 1:
        return ["entry"]
    return [f"entry_{i}_{_safe(e.fit.region)}" for i, e in enumerate(entries)]


def _safe(name: str) -> str:
    """A name of letters, digits and underscores, as NeXus wants them."""
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    return kept.strip("_")[:60] or "unnamed"


def _group(parent: Any, name: str, kind: str) -> Any:
    made = parent.create_group(name)
    made.attrs["NX_class"] = kind
    return made


def _field(parent: Any, name: str, value: Any, **attributes: Any) -> Any:
    """Write a field; without value nothing is written."""
    if value is None or (isinstance(value, str) and not value):
        return None
    made = parent.create_dataset(name, data=_storable(value))
    for key, attribute in attributes.items():
        if attribute is not None and attribute != "":
            made.attrs[key] = _storable(attribute)
    return made


def _storable(value: Any) -> Any:
    """HDF5 strings end at a zero byte."""
    return value.replace("\x00", " ") if isinstance(value, str) else value


def _binary(text: str) -> Any:
    """A note's content, UTF-8; nothing where it is empty."""
    return np.bytes_(text.encode()) if text else None


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None


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
        _field(_group(self.root, "sample", "NXsample"), "name", self.fit.sample or "not stated")
        self.measured()
        self.referencing()
        self.result()
        self.origin()

    def head(self) -> None:
        _field(self.root, "definition", DEFINITION, version=VERSION, URL=URL)
        title = " ".join(part for part in (self.fit.sample, self.fit.region) if part)
        _field(self.root, "title", title or "XPS fit")
        _field(self.root, "method", "X-ray photoelectron spectroscopy (XPS)")
        levels = list(dict.fromkeys(c.core_level for c in self.envelope.components))
        _field(self.root, "transitions", levels if len(levels) > 1 else levels[0])
        _field(self.root, "start_time", self.entry.instrument.start_time)
        program = self.provenance
        _field(self.root, "program_name", program.program, version=program.version)

    def instrument(self) -> None:
        known, root = self.entry.instrument, _group(self.root, "instrument", "NXinstrument")
        if known.vendor or known.model:
            device = _group(root, "device_information", "NXfabrication")
            _field(device, "vendor", known.vendor)
            _field(device, "model", known.model)
        beam = _group(root, "beam_probe", "NXbeam")
        photon = _finite(self.spectrum["photon_energy"])
        _field(beam, "incident_energy", photon, units="eV")
        if known.source:
            source = _group(root, "source_probe", "NXsource")
            _field(source, "type", known.source, custom=True)
            _field(source, "name", known.source)
            _field(source, "associated_beam", f"{beam.name}")
            _field(beam, "associated_source", f"{source.name}")
        analyser = _group(root, "electronanalyzer", "NXelectronanalyzer")
        _field(analyser, "work_function", known.work_function_eV, units="eV")
        column = _group(analyser, "collectioncolumn", "NXcollectioncolumn")
        _field(column, "scheme", known.collection_scheme)
        dispersion = _group(analyser, "energydispersion", "NXenergydispersion")
        _field(dispersion, "scheme", known.dispersion_scheme)
        _field(dispersion, "energy_scan_mode", known.energy_scan_mode)
        _field(dispersion, "pass_energy", known.pass_energy_eV, units="eV")
        self.detector(_group(analyser, "electron_detector", "NXelectron_detector"))
        self.transmission(analyser, photon)

    def detector(self, root: Any) -> None:
        """What was measured, on the axis on which it was stored."""
        time = float(self.spectrum["dwell_time"]) * float(self.spectrum["scans"])
        _field(root, "count_time", _finite(time), units="s")
        raw = _group(root, "raw_data", "NXdata")
        raw.attrs["signal"], raw.attrs["axes"] = "raw", "energy"
        raw.attrs["energy_indices"] = 0
        _field(raw, "raw", self.data, units=self.unit)
        _field(raw, "energy", self.stored, units="eV", type="binding")

    def transmission(self, analyser: Any, photon: float | None) -> None:
        if "transmission" not in self.spectrum or photon is None:
            return
        root = _group(analyser, "transmission_function", "NXdata")
        root.attrs["signal"] = "relative_intensity"
        # The definition wants a list here, and validators know one by its fixed length alone.
        root.attrs["axes"] = np.array(["kinetic_energy"], dtype="S")
        root.attrs["kinetic_energy_indices"] = 0
        _field(root, "kinetic_energy", photon - self.stored, units="eV")
        curve = np.asarray(self.spectrum["transmission"].values, dtype=float)
        _field(root, "relative_intensity", curve, units="")

    def measured(self) -> None:
        root = _group(self.root, "data", "NXdata")
        root.attrs["signal"], root.attrs["axes"] = "data", "energy"
        root.attrs["energy_indices"] = 0
        reference = f"{self.root.name}/energy_referencing/calibrated_axis"
        _field(root, "data", self.data, units=self.unit)
        _field(root, "energy", self.energy, units="eV", type="binding", reference=reference)
        if self.counted:  # only counts have known noise
            _field(root, "data_errors", np.sqrt(np.maximum(self.data, 1.0)), units=self.unit)

    def referencing(self) -> None:
        root = _group(self.root, "energy_referencing", "NXcalibration")
        charge = self.fit.charge
        _field(root, "physical_quantity", "energy")
        _field(root, "offset", charge.shift, units="eV")
        _field(root, "offset_errors", charge.u, units="eV")
        _field(root, "description", charge.reference or "no energy reference was declared")
        _field(root, "calibrated_axis", self.energy, units="eV")

    # the fit

    def result(self) -> None:
        fit, curves = self.fit, self.entry.curves
        root = _group(self.root, "fit", "NXfit")
        root.attrs["default"] = "data"
        _field(root, "label", fit.region)
        _field(root, "program", self.provenance.program)
        _field(root, "version", self.provenance.version)
        outcome = _group(root, "assessment", "NXnote")
        _field(outcome, "type", "text/plain")
        _field(outcome, "description", fit.assessment)
        _field(outcome, "data", _binary(fit.message))
        data = _group(root, "data", "NXdata")
        data.attrs["signal"], data.attrs["axes"] = "input_dependent", "input_independent"
        data.attrs["auxiliary_signals"] = ["fit_sum", "residual"]
        data.attrs["input_independent_indices"] = 0
        _field(data, "input_independent", curves.energy, units="eV")
        _field(data, "input_dependent", curves.measured, units=self.unit)
        _field(data, "fit_sum", curves.envelope, units=self.unit)
        _field(data, "residual", curves.measured - curves.envelope, units=self.unit)
        for i, line in enumerate(fit.lines):
            self.peak(_group(root, f"peak_{i}", "NXpeak"), line, curves.lines[i])
        self.background(_group(root, "background_0", "NXpeak"))
        self.functions(root)

    def peak(self, root: Any, line: StoredLine, curve: Any) -> None:
        _field(root, "label", f"{line.name} {line.line}")
        self.curve(root, curve)
        function = _group(root, "function", "NXfit_function")
        _function_type(function, FUNCTION_TYPES.get(line.shape, line.shape))
        _field(
            function,
            "description",
            f"xps.lineshape {line.shape}: of unit area, with the true full width at half maximum",
        )
        _field(function, "formula_description", f"area * {line.shape}(energy; parameters)")
        parameters = _group(function, "fit_parameters", "NXparameters")
        told = line.estimates
        _estimate(parameters, "position", told.position, "eV", "binding energy, calibrated")
        _estimate(parameters, "fwhm", told.fwhm, "eV", "true full width at half maximum")
        _estimate(parameters, "area", told.area, line.area_unit, "area of the line")
        for name in lineshape(line.shape).parameters:
            _field(parameters, name, line.shape_parameters[name], units="")
        _field(root, "total_area", line.area, units=line.area_unit)
        _field(root, "total_area_errors", told.area.u, units=line.area_unit)
        level = next(c.core_level for c in self.envelope.components if c.name == line.name)
        _field(root, "relative_sensitivity_factor", self.entry.sensitivity.get(level))
        total = sum(other.area for other in self.fit.lines)
        _field(root, "relative_area", line.area / total if total > 0 else None)

    def background(self, root: Any) -> None:
        chosen, fitted = self.envelope.background, self.fit.background
        _field(root, "label", f"{chosen.mode} {chosen.kind}")
        self.curve(root, self.entry.curves.background)
        function = _group(root, "function", "NXfit_function")
        _function_type(function, BACKGROUND_TYPES[chosen.kind])
        described = (
            "fitted with the peaks: constant + slope (E - about) + loss G(peaks)"
            if chosen.mode == "active"
            else "computed from the data first and held"
        )
        _field(function, "description", described)
        parameters = _group(function, "fit_parameters", "NXparameters")
        _field(parameters, "constant", fitted.constant, units=self.unit)
        _field(parameters, "slope", fitted.slope, units=f"{self.unit}/eV")
        _field(parameters, "about", fitted.about, units="eV")
        loss_unit = "1/eV" if chosen.kind == "shirley" else ""
        _field(parameters, "loss", fitted.loss, units=loss_unit)
        for name, value in zip(("B", "C", "D", "gap"), chosen.kernel, strict=False):
            _field(parameters, name, value, units="eV" if name == "gap" else "eV^2")

    def curve(self, root: Any, values: Any) -> None:
        data = _group(root, "data", "NXdata")
        data.attrs["signal"], data.attrs["axes"] = "intensity", "position"
        data.attrs["position_indices"] = 0
        _field(data, "position", self.entry.curves.energy, units="eV")
        _field(data, "intensity", values, units=self.unit)

    def functions(self, root: Any) -> None:
        fit = self.fit
        whole = _group(root, "global_fit_function", "NXfit_function")
        peaks = " + ".join(f"peak_{i}" for i in range(len(fit.lines)))
        _field(whole, "formula_description", f"background_0 + {peaks}")
        error = _group(root, "error_function", "NXfit_function")
        kind, formula = OBJECTIVES.get(fit.statistics.statistic, (fit.statistics.statistic, ""))
        _field(error, "function_type", kind)
        _field(error, "description", fit.statistics.statistic)
        _field(error, "formula_description", formula)
        _field(
            root,
            "figure_of_merit_chi2_reduced",
            fit.statistics.chi2_reduced,
            metric="objective per degree of freedom",
            units="",
        )

    def origin(self) -> None:
        told = self.provenance
        root = _group(self.root, "provenance", "NXcollection")
        _field(root, "program", told.program, version=told.version)
        _field(root, "library_version", told.library_version)
        _field(root, "library_sha256", told.library_sha256)
        _field(root, "measured_file", told.measured)
        _field(root, "measured_file_sha256", told.measured_sha256)
        _field(root, "spectrum_number", self.fit.number)
        _field(root, "sensitivity_factors", self.entry.sensitivity_set)
        recipe = _group(root, "recipe", "NXnote")
        _field(recipe, "type", "application/toml")
        _field(recipe, "description", "the recipe that repeats the fits")
        _field(recipe, "data", _binary(told.recipe))


def _function_type(root: Any, name: str) -> None:
    _field(root, "function_type", name, custom=None if name in OF_LIST else True)


def _estimate(root: Any, name: str, told: StoredEstimate, unit: str, description: str) -> None:
    """Write a value with its standard uncertainty, the parts of it, and its interval."""
    _field(root, name, told.value, units=unit, description=description)
    _field(root, f"{name}_errors", told.u, units=unit)
    for part, value in told.u_parts.items():
        _field(root, f"{name}_u_{part}", value, units=unit)
    _field(root, f"{name}_low", told.low, units=unit)
    _field(root, f"{name}_high", told.high, units=unit)
    _field(root, f"{name}_level", told.level)
    _field(root, f"{name}_kind", told.kind)
