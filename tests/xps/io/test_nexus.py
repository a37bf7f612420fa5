"""Results as NeXus: the groups that NXxps requires, and the numbers bit for bit."""

from __future__ import annotations

import importlib.util
import io
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from references.files import DataFileError
from xps.instrument import Instrument, instrument_of, read_instrument
from xps.io.nexus import NexusEntry, Provenance, missing_of, nexus_bytes
from xps.replay import replay

_spec = importlib.util.spec_from_file_location(
    "stored_fits", Path(__file__).parent.with_name("stored_fits.py")
)
stored_fits = importlib.util.module_from_spec(_spec)
sys.modules["stored_fits"] = stored_fits
_spec.loader.exec_module(stored_fits)
example_fit = stored_fits.example_fit

COMPLETE = Instrument(
    vendor="maker", model="one", source="Al (mono)", start_time="2026-01-01T00:00:00+00:00",
    collection_scheme="angular dispersive", dispersion_scheme="hemispherical",
    energy_scan_mode="fixed_analyzer_transmission", pass_energy_eV=20.0, work_function_eV=4.3,
)  # fmt: skip
PROVENANCE = Provenance(
    program="peakwright", version="0.1.0", library_version="1", library_sha256="ab",
    measured="x.vms", measured_sha256="cd", recipe='schema = "peakwright.xps.recipe/1"\n',
)  # fmt: skip

# What the definitions of 2026.01 require of an NXxps entry (and of the NXmpes that it extends).
REQUIRED = {
    "definition": None,
    "definition/@version": None,
    "title": None,
    "start_time": None,
    "method": None,
    "instrument": "NXinstrument",
    "instrument/beam_probe": "NXbeam",
    "instrument/beam_probe/incident_energy": None,
    "instrument/beam_probe/incident_energy/@units": None,
    "instrument/electronanalyzer": "NXelectronanalyzer",
    "instrument/electronanalyzer/work_function": None,
    "instrument/electronanalyzer/work_function/@units": None,
    "instrument/electronanalyzer/collectioncolumn": "NXcollectioncolumn",
    "instrument/electronanalyzer/collectioncolumn/scheme": None,
    "instrument/electronanalyzer/energydispersion": "NXenergydispersion",
    "instrument/electronanalyzer/energydispersion/scheme": None,
    "instrument/electronanalyzer/energydispersion/energy_scan_mode": None,
    "instrument/electronanalyzer/electron_detector": "NXelectron_detector",
    "sample": "NXsample",
    "sample/name": None,
    "data": "NXdata",
    "data/@signal": None,
    "data/@energy_indices": None,
    "data/data": None,
    "data/data/@units": None,
    "data/energy": None,
    "data/energy/@units": None,
    "data/energy/@type": None,
    # of a fit, which is recommended
    "fit": "NXfit",
    "fit/label": None,
    "fit/data": "NXdata",
    "fit/data/input_independent": None,
    "fit/data/input_dependent": None,
    "fit/data/fit_sum": None,
    "fit/data/residual": None,
    "fit/peak_0": "NXpeak",
    "fit/peak_0/label": None,
    "fit/peak_0/data": "NXdata",
    "fit/peak_0/data/position": None,
    "fit/peak_0/data/intensity": None,
    "fit/peak_0/function": "NXfit_function",
    "fit/peak_0/function/function_type": None,
    "fit/peak_0/function/fit_parameters": "NXparameters",
    "fit/peak_0/total_area": None,
    "fit/background_0": "NXpeak",
    "fit/background_0/data/position": None,
    "fit/background_0/data/intensity": None,
    "fit/background_0/function/function_type": None,
    "fit/figure_of_merit_chi2_reduced/@metric": None,
    "energy_referencing": "NXcalibration",
}


def _entry(instrument=COMPLETE, level="S 2p", species=("PS4", "Li2S")):
    live, spectrum, stored = example_fit(level, species)
    return NexusEntry(
        fit=stored, envelope=live.envelope, spectrum=spectrum,
        curves=replay(stored, live.envelope, spectrum), instrument=instrument,
        sensitivity={"S 2p": 1.677}, sensitivity_set="scofield_al",
    )  # fmt: skip


@pytest.fixture(scope="module")
def root():
    with h5py.File(io.BytesIO(nexus_bytes([_entry()], PROVENANCE))) as opened:
        yield opened


@pytest.mark.parametrize("place", REQUIRED)
def test_what_the_definition_requires_is_there(root, place):
    path, _, attribute = place.partition("@")
    found = root["entry"][path.rstrip("/")] if path else root["entry"]
    if attribute:
        assert attribute in found.attrs
    if REQUIRED[place]:
        assert found.attrs["NX_class"] == REQUIRED[place]


def test_the_definition_and_its_release_are_named(root):
    definition = root["entry/definition"]
    assert (definition.asstr()[()], definition.attrs["version"]) == ("NXxps", "v2026.01")
    assert root["entry"].attrs["NX_class"] == "NXentry"
    assert root.attrs["default"] == "entry"


def test_every_default_leads_to_a_plot(root):
    data = root["entry"][root["entry"].attrs["default"]]
    assert data[data.attrs["signal"]].shape == data[data.attrs["axes"]].shape


def test_every_energy_has_its_unit(root):
    bare = []

    def look(name, found):
        if name.rsplit("/", 1)[-1] in {"energy", "position", "fwhm"} and "units" not in found.attrs:
            bare.append(name)

    root.visititems(look)
    assert bare == []


def test_curves_are_bit_for_bit(root):
    live, spectrum, stored = example_fit()
    curves = replay(stored, live.envelope, spectrum)
    entry = root["entry"]
    assert np.array_equal(entry["data/data"][()], spectrum["counts"].values)
    assert np.array_equal(entry["fit/data/fit_sum"][()], curves.envelope)
    assert np.array_equal(entry["fit/background_0/data/intensity"][()], curves.background)
    for i in range(len(live.lines)):
        assert np.array_equal(entry[f"fit/peak_{i}/data/intensity"][()], curves.lines[i])


def test_numbers_are_bit_for_bit(root):
    live, _, _ = example_fit()
    for i, fitted in enumerate(live.lines):
        held = root[f"entry/fit/peak_{i}/function/fit_parameters"]
        for name in ("position", "fwhm", "area"):
            told = getattr(fitted, name)
            assert held[name][()] == told.value
            if told.u is not None:
                assert held[f"{name}_errors"][()] == told.u
            for part, value in told.u_parts.to_dict().items():
                assert held[f"{name}_u_{part}"][()] == value
            if told.high is not None:
                assert held[f"{name}_high"][()] == told.high
        for name, value in fitted.shape_parameters:
            assert held[name][()] == value


def test_where_it_came_from_is_told(root):
    held = root["entry/provenance"]
    assert held["library_sha256"].asstr()[()] == "ab"
    assert held["measured_file_sha256"].asstr()[()] == "cd"
    assert bytes(held["recipe/data"][()]).decode() == PROVENANCE.recipe
    assert held["sensitivity_factors"].asstr()[()] == "scofield_al"
    assert root["entry/fit/peak_0/relative_sensitivity_factor"][()] == 1.677


def test_equal_results_are_equal_bytes():
    assert nexus_bytes([_entry()], PROVENANCE) == nexus_bytes([_entry()], PROVENANCE)


def test_several_fits_are_several_entries():
    entries = [_entry(), _entry(level="In 3d", species=("In0", "InCl3"))]
    with h5py.File(io.BytesIO(nexus_bytes(entries, PROVENANCE))) as found:
        assert list(found) == ["entry_0_S_2p", "entry_1_In_3d"]
        kind = found["entry_1_In_3d/fit/peak_0/function/function_type"]
        assert (kind.asstr()[()], bool(kind.attrs["custom"])) == ("Mahan", True)
        assert "relative_sensitivity_factor" not in found["entry_1_In_3d/fit/peak_0"]


def test_what_is_not_known_is_left_out_and_named():
    entry = _entry(Instrument())
    assert missing_of(entry) == (
        "start_time", "collection_scheme", "dispersion_scheme", "energy_scan_mode",
        "work_function_eV",
    )  # fmt: skip
    assert missing_of(_entry()) == ()
    with h5py.File(io.BytesIO(nexus_bytes([entry], PROVENANCE))) as found:
        assert "start_time" not in found["entry"]
        assert "scheme" not in found["entry/instrument/electronanalyzer/collectioncolumn"]


# --- the instrument -------------------------------------------------------------------------------


def test_a_file_says_what_it_says_and_the_user_the_rest():
    spectrum = stored_fits.flat_spectrum()
    spectrum.attrs |= {"instrument": "Axis", "analyser_mode": "FAT", "pass_energy": "20 eV"}
    found = instrument_of(spectrum, Instrument(model="Other", dispersion_scheme="hemispherical"))
    assert found.model == "Other"
    assert found.energy_scan_mode == "fixed_analyzer_transmission"
    assert (found.pass_energy_eV, found.dispersion_scheme) == (20.0, "hemispherical")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 1", "no such key 'colour'"),
        ('dispersion_scheme = "round"', "round"),
        ("work_function_eV = -1.0", "-1.0"),
        ("work_function_eV = nan", "finite"),
        ("= 3", "TOML"),
        ("a = " + "[" * 5000, "nested too deeply"),
    ],
)
def test_an_instrument_file_that_is_wrong(tmp_path, text, named):
    path = tmp_path / "instrument.toml"
    path.write_text(text)
    with pytest.raises(DataFileError) as caught:
        read_instrument(path)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)
