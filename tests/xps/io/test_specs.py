"""SPECS spectra: the serialised XML and the text export."""

from __future__ import annotations

import numpy as np
import pytest

import xps
from references import DataFileError
from xps.spectrum import acquisition_time, dispersion

XML = "xps/pynxtools-xps/In-situ_PBTTT_XPS_SPECS.xml"
XY = "xps/pynxtools-xps/MgFe2O4_small.xy"


def _read(tmp_path, content, name="a"):
    (tmp_path / name).write_bytes(content)
    return xps.read(tmp_path / name)


def _rules(reading):
    return {note.rule for note in reading.notes}


# --- XML ------------------------------------------------------------------------------------------


def test_a_real_file_of_two_regions(data_dir):
    """Golden values read off the file itself."""
    reading = xps.read(data_dir / XML)
    assert reading.format == "specs-xml"
    survey, carbon = reading.spectra
    assert [s.attrs["region"] for s in reading.spectra] == ["Survey", "C 1s"]
    assert {s.attrs["sample"] for s in reading.spectra} == {"PBTTT 1.2 V"}
    for spectrum, low, high, points, step in (
        (survey, -1.0, 700.0, 1403, 0.5),
        (carbon, 280.0, 290.0, 201, 0.05),
    ):
        energy = spectrum["binding_energy"].values
        assert energy.size == points
        np.testing.assert_allclose(energy[[0, -1]], [low, high], atol=1e-9)
        np.testing.assert_allclose(np.diff(energy), step, atol=1e-9)
        assert float(spectrum["photon_energy"]) == 1253.6
        counts = spectrum["counts"].values
        np.testing.assert_array_equal(counts, np.round(counts))
    assert (acquisition_time(survey), acquisition_time(carbon)) == pytest.approx((0.1, 0.4))
    assert [s.attrs["pass_energy"] for s in reading.spectra] == ["50 eV", "20 eV"]
    assert float(survey["transmission"][-1]) == 15.0861312194335
    # The file says 15 scans and holds two.
    (note,) = reading.notes
    assert (note.rule, note.reported, note.reference) == ("scans_missing", "2", "15")


def test_the_channels_of_a_real_detector_stand_on_one_energy(data_dir):
    """The central channel, 0.005 x pass energy off, has its maximum where the sum of five has it."""
    survey, carbon = xps.read(data_dir / XML).spectra
    # Sums of stored counts, channel by channel, with numpy alone: 1 step is 0.5 and 0.05 eV.
    for spectrum, place, top in ((survey, 284.0, 1502.0), (carbon, 284.0, 1793.0)):
        counts = spectrum["counts"].values
        assert counts.max() == top
        assert float(spectrum["binding_energy"][int(counts.argmax())]) == pytest.approx(place)
    assert 0.8 < dispersion(survey["counts"].values) < 1.2


@pytest.mark.parametrize("shifts", [(0.0,), (-0.0744451, 0.00538331, 0.0824935), (0.02, -0.03)])
def test_channels_are_added_at_their_own_energies(tmp_path, vendors, shifts):
    reading = _read(tmp_path, vendors.specs_xml(shifts=shifts))
    expected = len(shifts) * (vendors.counts(seed=0) + vendors.counts(seed=1))
    np.testing.assert_array_equal(reading.spectra[0]["counts"], expected[::-1])
    np.testing.assert_allclose(reading.spectra[0]["binding_energy"][[0, -1]], [164.1, 170.0])
    assert _rules(reading) == {"scans_added"}


def test_each_cycle_is_a_spectrum(tmp_path, vendors):
    reading = _read(tmp_path, vendors.specs_xml(cycles=3, scans=1))
    assert [float(s["cycle"]) for s in reading.spectra] == [0.0, 1.0, 2.0]
    for cycle, spectrum in enumerate(reading.spectra):
        np.testing.assert_array_equal(spectrum["counts"], 3 * vendors.counts(seed=10 * cycle)[::-1])


def test_a_helium_lamp_makes_it_ups(tmp_path, vendors):
    made = _read(tmp_path, vendors.specs_xml(photon_energy=21.22)).spectra[0]
    assert made.attrs["technique"] == "UPS"


@pytest.mark.parametrize(
    ("change", "rule"),
    [({"base": 5}, "energy_base"), ({"factors": 1}, "scaling_not_applied"), ({"method": "ISS"}, "not_counts")],
)  # fmt: skip
def test_what_is_not_applied_is_said(tmp_path, vendors, change, rule):
    assert rule in _rules(_read(tmp_path, vendors.specs_xml(**change)))


def test_a_transmission_of_another_length_is_left_out(tmp_path, vendors):
    content = vendors.specs_xml().replace(b"<double>2.000 ", b"<double>")
    reading = _read(tmp_path, content)
    assert "transmission" not in reading.spectra[0]
    assert "transmission_not_used" in _rules(reading)


@pytest.mark.parametrize(
    ("change", "old", "new", "why"),
    [
        ({"mode": "FixedRetardingRatio"}, b"", b"", "in mode 'FixedRetardingRatio' are not put"),
        ({}, b"'curves_per_scan'>1", b"'curves_per_scan'>2", "2 curves a scan"),
        ({}, b"'mcd_head'>16", b"'mcd_head'>1", "channels lie 15 steps below to 16 above"),
        ({}, b"<sequence name='cycles'>", b"<sequence name='other'>", "it holds no data"),
    ],
)
def test_what_is_stored_otherwise_is_passed_over(tmp_path, vendors, change, old, new, why):
    with pytest.raises(DataFileError, match=f"holds no spectrum .*{why}"):
        _read(tmp_path, vendors.specs_xml(**change).replace(old, new))


def test_other_xml_is_named(tmp_path):
    with pytest.raises(DataFileError, match="XML, but not of SPECS's programs"):
        _read(tmp_path, b"<?xml version='1.0'?><svg/>")


# --- xy -------------------------------------------------------------------------------------------


def test_a_real_export_of_two_regions(data_dir):
    """Golden values read off the file; the VAMAS export of the same survey holds rate x dwell."""
    reading = xps.read(data_dir / XY)
    survey, iron = reading.spectra
    assert reading.format == "specs-xy"
    assert [s.attrs["region"] for s in reading.spectra] == ["Survey", "Fe 2p"]
    assert [s.sizes["binding_energy"] for s in reading.spectra] == [1351, 56]
    assert [acquisition_time(s) for s in reading.spectra] == [0.1, 0.3]
    assert {float(s["photon_energy"]) for s in reading.spectra} == {1486.61}
    assert float(survey["counts"][-1]) == pytest.approx(1559.8679)
    assert float(iron["counts"][0]) == pytest.approx(4013.8297 * 0.3)
    regular = xps.read(data_dir / "xps/pynxtools-xps/regular.vms").spectra[0]
    np.testing.assert_allclose(survey["counts"], regular["counts"], rtol=1e-5)
    # This copy was cut off in the middle of its last line's end.
    assert _rules(reading) == {"no_terminator"}


@pytest.mark.parametrize("separate", [True, False])
@pytest.mark.parametrize("rate", [True, False])
@pytest.mark.parametrize("axis", ["Binding Energy", "Kinetic Energy"])
def test_scans_are_added_and_averages_counted(tmp_path, vendors, separate, rate, axis):
    reading = _read(tmp_path, vendors.specs_xy(separate=separate, rate=rate, axis=axis))
    expected = (vendors.counts(seed=0) + vendors.counts(seed=1))[::-1]
    assert len(reading.spectra) == 2
    for spectrum in reading.spectra:
        np.testing.assert_allclose(spectrum["counts"], expected, rtol=1e-6)
        assert acquisition_time(spectrum) == 1.0
        assert spectrum.attrs["sample"] == "sample"
    np.testing.assert_allclose(reading.spectra[0]["binding_energy"][[0, -1]], [164.1, 170.0])
    assert _rules(reading) == ({"scans_added"} if separate else set())


def test_each_cycle_of_an_export_is_a_spectrum(tmp_path, vendors):
    reading = _read(tmp_path, vendors.specs_xy(cycles=12, scans=1))
    assert [s.attrs["region"] for s in reading.spectra] == ["S 2p"] * 12 + ["C 1s"] * 12
    assert [float(s["cycle"]) for s in reading.spectra[1:12]] == list(range(1, 12))


def test_a_transmission_column_is_kept(tmp_path, vendors):
    spectrum = _read(tmp_path, vendors.specs_xy(transmission=True)).spectra[0]
    np.testing.assert_allclose(spectrum["transmission"][[0, -1]], [1.059, 1.0])


def test_what_other_devices_logged_is_no_spectrum(tmp_path, vendors):
    logged = ["# External Channel Data Cycle: 0, Ring Current [mA] (Remote Out Device)", "#",
              "# ColumnLabels: time Ring Current [mA]", "#", "0.0 300.1", "1.0 300.2", ""]  # fmt: skip
    reading = _read(tmp_path, vendors.specs_xy(extra=logged))
    assert len(reading.spectra) == 2
    assert _rules(reading) == {"scans_added"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [({"declared": 5}, "scans_missing"), ({"ending": ""}, "no_terminator")],
)
def test_what_an_export_lacks_is_said(tmp_path, vendors, change, rule):
    assert rule in _rules(_read(tmp_path, vendors.specs_xy(**change)))


def test_rows_that_are_missing_are_said(tmp_path, vendors):
    content = vendors.specs_xy().replace(b"Values/Curve:                 60", b"Values/Curve: 61")
    assert "rows_missing" in _rules(_read(tmp_path, content))


@pytest.mark.parametrize(
    ("change", "why"),
    [({"channels": True}, "exported with channel apart"), ({"axis": "Excitation"}, "no binding or kinetic")],
)  # fmt: skip
def test_what_is_no_spectrum_over_energy_is_passed_over(tmp_path, vendors, change, why):
    with pytest.raises(DataFileError, match=f"holds no spectrum .*{why}"):
        _read(tmp_path, vendors.specs_xy(**change))


def test_kinetic_energies_without_photons_are_said(tmp_path, vendors):
    content = vendors.specs_xy(axis="Kinetic Energy").replace(b"Excitation Energy", b"Other")
    assert "no_photon_energy" in _rules(_read(tmp_path, content))
