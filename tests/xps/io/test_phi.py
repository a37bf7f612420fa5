"""PHI spectra: regions, rates and counting times."""

from __future__ import annotations

import numpy as np
import pytest

import xps
from references import DataFileError
from xps.spectrum import acquisition_time


def _read(tmp_path, content, name="a.spe"):
    (tmp_path / name).write_bytes(content)
    return xps.read(tmp_path / name)


def _rules(reading):
    return {note.rule for note in reading.notes}


def test_a_real_survey(data_dir):
    """Golden values of pynxtools-xps 0.6.3 (energies and rates); 8.333 c/s = 1 count in 0.12 s."""
    reading = xps.read(data_dir / "xps/pynxtools-xps/SnO2_10nm.spe")
    (spectrum,) = reading.spectra
    energy, counts = spectrum["binding_energy"].values, spectrum["counts"].values
    assert (reading.format, energy.size, energy[0], energy[-1]) == ("phi", 1751, 0.0, 1400.0)
    np.testing.assert_allclose(np.diff(energy), 0.8, atol=1e-9)
    rates = counts / acquisition_time(spectrum)
    np.testing.assert_allclose(rates[[-1, -2, -3]], [54866.668, 53283.336, 54558.336], rtol=1e-7)
    np.testing.assert_allclose(rates[[0, 1]], [191.66667, 433.33334], rtol=1e-7)
    np.testing.assert_allclose(counts, np.round(counts), atol=2e-3)
    assert acquisition_time(spectrum) == pytest.approx(0.12)
    assert float(spectrum["photon_energy"]) == 1486.6
    labels = [spectrum.attrs[name] for name in ("region", "sample", "pass_energy")]
    assert labels == ["Survey", "SnO2_10nm", "224 eV"]
    assert reading.notes == ()


@pytest.mark.parametrize("form", ["f4", "f8"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_each_region_has_its_own_counts(tmp_path, vendors, form, newline):
    reading = _read(tmp_path, vendors.phi(form=form, newline=newline))
    assert [s.attrs["region"] for s in reading.spectra] == ["S 2p", "Survey"]
    for number, spectrum in enumerate(reading.spectra):
        expected = vendors.counts(seed=number)[::-1]
        np.testing.assert_allclose(spectrum["counts"], expected, rtol=1e-6)
    assert [acquisition_time(s) for s in reading.spectra] == pytest.approx([0.4, 0.2])
    assert _rules(reading) == set()


def test_rates_in_steps_of_two_counts_were_counted_in_half_the_time(tmp_path, vendors):
    """As a public reader reports: steps of 12.5 c/s where the header says 0.16 s."""
    reading = _read(tmp_path, vendors.phi(factor=2.0))
    spectrum = reading.spectra[0]
    np.testing.assert_allclose(spectrum["counts"], vendors.counts()[::-1], rtol=1e-6)
    assert acquisition_time(spectrum) == pytest.approx(0.2)
    assert _rules(reading) == {"counting_time"}


def test_rates_that_scatter_more_than_counts_do_stay_rates(tmp_path, vendors):
    reading = _read(tmp_path, vendors.phi(factor=7.31))
    assert reading.spectra[0]["intensity"].attrs["units"] == "rate"
    assert _rules(reading) == {"counts_not_poisson"}


def test_auger_electrons_have_no_photon_energy(tmp_path, vendors):
    content = vendors.phi().replace(b"Technique: XPS", b"Technique: AES")
    reading = _read(tmp_path, content.replace(b"XraySource: Al 1486.6 mono", b"XraySource: "))
    assert {"no_photon_energy", "not_counts"} <= _rules(reading)
    assert reading.spectra[0].attrs["technique"] == "AES"


def test_a_recalibration_is_said(tmp_path, vendors):
    reading = _read(tmp_path, vendors.phi(entries=("EnergyRecal: yes", "IntensityRecal: no")))
    (one, _) = [n for n in reading.notes if n.rule == "recalibrated"]
    assert "energies" in one.message


def test_several_areas_are_refused(tmp_path, vendors):
    content = vendors.phi().replace(b"SpectralRegDef: 2", b"SpectralRegDefFull: 2")
    with pytest.raises(DataFileError, match="a profile, several areas, or a damaged file; export"):
        _read(tmp_path, content)
