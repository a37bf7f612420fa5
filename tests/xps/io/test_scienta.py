"""Scienta's text exports and Igor waves."""

from __future__ import annotations

import numpy as np
import pytest

import xps
from xps.spectrum import acquisition_time

TEXT = "xps/pynxtools-xps/Ag_0001.txt"
WAVE = "xps/pynxtools-xps/Ag_0001Ag__001.ibw"


def _read(tmp_path, content, name="a"):
    (tmp_path / name).write_bytes(content)
    return xps.read(tmp_path / name)


def _rules(reading):
    return {note.rule for note in reading.notes}


@pytest.mark.parametrize(("name", "kind"), [(TEXT, "scienta"), (WAVE, "igor")])
def test_a_real_spectrum(data_dir, name, kind):
    """Golden values of igor2 0.5.15, which read the wave."""
    reading = xps.read(data_dir / name)
    (spectrum,) = reading.spectra
    energy, values = spectrum["binding_energy"].values, spectrum["intensity"].values
    assert reading.format == kind
    assert energy.size == 361
    np.testing.assert_allclose(energy[[0, -1]], [364.0, 382.0], atol=1e-9)
    np.testing.assert_allclose(np.diff(energy), 0.05, atol=1e-9)
    np.testing.assert_allclose(values[:-4:-1], [15.74948978, 16.44130993, 15.57356358], rtol=1e-9)
    np.testing.assert_allclose(values[:2], [13.19499397, 13.85515308], rtol=1e-9)
    assert float(spectrum["photon_energy"]) == 520.0
    assert acquisition_time(spectrum) == pytest.approx(45.066)
    assert float(spectrum["scans"]) == 2.0
    assert [spectrum.attrs[k] for k in ("region", "sample", "pass_energy")] == [
        "Ag 3d",
        "Ag",
        "50 eV",
    ]
    # A camera's signal: no counts.
    assert spectrum["intensity"].attrs["units"] == "arbitrary"
    assert _rules(reading) == {"not_counts"}


def test_text_and_wave_hold_the_same(data_dir):
    text, wave = (xps.read(data_dir / name).spectra[0] for name in (TEXT, WAVE))
    np.testing.assert_allclose(text["intensity"], wave["intensity"], rtol=1e-13)
    np.testing.assert_allclose(text["binding_energy"], wave["binding_energy"], atol=1e-9)


@pytest.mark.parametrize("axis", ["Binding", "Kinetic"])
@pytest.mark.parametrize("slices", [1, 3])
def test_regions_and_slices_are_spectra(tmp_path, vendors, axis, slices):
    reading = _read(tmp_path, vendors.scienta(axis=axis, slices=slices))
    assert len(reading.spectra) == 2 * slices
    for index, spectrum in enumerate(reading.spectra):
        number, column = divmod(index, slices)
        expected = vendors.counts(seed=10 * (number + 1) + column)[::-1]
        np.testing.assert_array_equal(spectrum["counts"], expected)
        np.testing.assert_allclose(spectrum["binding_energy"][[0, -1]], [164.1, 170.0], atol=1e-6)
        assert ("slice" in spectrum.coords) == (slices > 1)
        if slices > 1:
            assert float(spectrum["slice"]) == column - 1
            assert spectrum["slice"].attrs["long_name"] == "Angle [deg]"
    assert _rules(reading) == set()


def test_values_that_are_not_whole_are_no_counts(tmp_path, vendors):
    reading = _read(tmp_path, vendors.scienta(fraction=0.25))
    assert "intensity" in reading.spectra[0]
    assert _rules(reading) == {"not_counts"}


@pytest.mark.parametrize("version", [2, 5])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("code", [2, 4, 16, 32, 0x50, 0x60])
def test_waves_of_every_kind(tmp_path, vendors, version, order, code):
    """The same waves open in igor2 0.5.15 with these numbers."""
    spectrum = _read(tmp_path, vendors.igor(version, order=order, code=code)).spectra[0]
    np.testing.assert_array_equal(spectrum["counts"], vendors.counts()[::-1])
    np.testing.assert_allclose(spectrum["binding_energy"][[0, -1]], [164.1, 170.0])
    assert spectrum.attrs["region"] == "S 2p"


def test_a_wave_of_two_dimensions_is_a_spectrum_a_column(tmp_path, vendors):
    spectra = _read(tmp_path, vendors.igor(slices=4)).spectra
    assert [float(s["slice"]) for s in spectra] == [-1.0, 0.0, 1.0, 2.0]
    for j, spectrum in enumerate(spectra):
        np.testing.assert_array_equal(spectrum["counts"], vendors.counts(seed=j)[::-1])


def test_a_wave_that_says_nothing_is_taken_over_binding_energy_and_that_is_said(tmp_path, vendors):
    reading = _read(tmp_path, vendors.igor(note=b"", axis=b"eV"))
    assert {"axis_assumed", "time_unknown"} <= _rules(reading)
    np.testing.assert_allclose(reading.spectra[0]["binding_energy"][[0, -1]], [164.1, 170.0])


def test_a_wave_over_kinetic_energy(tmp_path, vendors):
    wave = vendors.igor(axis=b"Kinetic Energy [eV]", step=0.1, start=350.0)
    spectrum = _read(tmp_path, wave).spectra[0]
    np.testing.assert_allclose(spectrum["binding_energy"][[0, -1]], [164.1, 170.0])


@pytest.mark.parametrize(
    ("unit", "shown"), [(b"Counts/s", "counts/s"), (b"Intensity [cps]", "counts/s")]
)
def test_a_rate_is_told_by_its_unit(tmp_path, vendors, unit, shown):
    values = [vendors.counts() * 1.37]
    reading = _read(tmp_path, vendors.igor(unit=unit, values=values, note=b""))
    assert reading.spectra[0]["intensity"].attrs["units"] == shown
