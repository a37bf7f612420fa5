"""The VAMAS reader: every real file, every trap, and files gone wrong."""

from __future__ import annotations

import numpy as np
import pytest

import xps
from xps.example import example_path
from xps.io.vamas import write_vamas
from xps.spectrum import acquisition_time

BLOCKS = {
    "LG4X-V2/0-150W.vms": 5,
    "LG4X-V2/Mutlipak_vms.npl": 5,
    "cheminfo-vamas/ARXPS.vms": 15,
    "cheminfo-vamas/assigned.vms": 54,
    "cheminfo-vamas/multiplex.vms": 3,
    "cheminfo-vamas/polyethyleneglycol.vms": 4,
    "cheminfo-vamas/single_sample.vms": 9,
    "cheminfo-vamas/survey.vms": 1,
    "matkrin-vamas/aes_staib.vms": 1,
    "matkrin-vamas/xps_eis.vms": 4,
    "pynxtools-xps/FeO_analyzed.vms": 1,
    "pynxtools-xps/irregular.vms": 1,
    "pynxtools-xps/regular.vms": 1,
}

NOTES = {
    "matkrin-vamas/aes_staib.vms": {"no_photon_energy", "not_counts"},
    "pynxtools-xps/irregular.vms": {"counts_not_poisson"},
}


@pytest.mark.parametrize("name", BLOCKS)
def test_every_real_file_opens_with_its_blocks(data_dir, name):
    reading = xps.read(data_dir / "xps" / name)
    assert reading.format == "vamas"
    assert len(reading.spectra) + len(reading.skipped) == BLOCKS[name]
    assert {n.rule for n in reading.notes} == NOTES.get(name, set())
    for spectrum in reading.spectra:
        assert np.all(np.diff(spectrum["binding_energy"].values) > 0)


def test_rates_become_whole_counts(data_dir):
    for spectrum in xps.read(data_dir / "xps/LG4X-V2/Mutlipak_vms.npl").spectra:
        counts = spectrum["counts"].values
        assert np.abs(counts - np.round(counts)).max() < 1e-6 * counts.max()


def test_rates_that_call_themselves_counts_are_not_believed(data_dir):
    reading = xps.read(data_dir / "xps/pynxtools-xps/irregular.vms")
    assert [n.rule for n in reading.notes] == ["counts_not_poisson"]
    assert "counts" not in reading.spectra[0]
    regular = xps.read(data_dir / "xps/pynxtools-xps/regular.vms").spectra[0]
    assert acquisition_time(regular) == pytest.approx(0.1)


def test_the_work_function_is_not_applied(data_dir):
    carbon = xps.find_region(xps.read(data_dir / "xps/LG4X-V2/0-150W.vms").spectra, "C 1s")[0]
    peak = float(carbon["binding_energy"][int(carbon["counts"].values.argmax())])
    # As stored; with the file's -4.5 eV applied it would lie near 287.
    assert 281.5 < peak < 284.0


def test_helium_lamp_is_ups_and_auger_is_not_counts(data_dir):
    ups = xps.read(data_dir / "xps/cheminfo-vamas/single_sample.vms").spectra
    assert "UPS" in {s.attrs["technique"] for s in ups}
    auger = xps.read(data_dir / "xps/matkrin-vamas/aes_staib.vms").spectra[0]
    assert "intensity" in auger


def test_casaxps_fits_are_found(data_dir):
    casa = [c for c in xps.read(data_dir / "xps/cheminfo-vamas/assigned.vms").casa if c]
    assert sum(len(c.regions) for c in casa) == 21
    assert sum(len(c.components) for c in casa) == 96
    assert sum(bool(c.components) for c in casa if c.regions) == 15


def test_casaxps_links_hold_in_what_was_read(data_dir):
    areas = positions = 0
    for casa in xps.read(data_dir / "xps/cheminfo-vamas/assigned.vms").casa:
        for component in casa.components if casa else ():
            if component.area.link >= 0:
                parent = casa.components[component.area.link]
                assert component.area.value == pytest.approx(
                    parent.area.value * component.area.factor, rel=1e-5, abs=1e-9
                )
                areas += 1
            if component.position_ke.link >= 0:
                parent = casa.components[component.position_ke.link]
                expected = parent.position_ke.value + component.position_ke.factor
                assert component.position_ke.value == pytest.approx(expected, abs=2e-4)
                positions += 1
    assert (areas, positions) == (46, 46)


def test_calibrated_carbon_lies_where_casaxps_puts_it(data_dir):
    reading = xps.read(data_dir / "xps/cheminfo-vamas/assigned.vms")
    found = [
        float(s["binding_energy"][int(s["counts"].values.argmax())]) + c.energy_shift
        for s, c in zip(reading.spectra, reading.casa, strict=True)
        if s.attrs["region"] == "C 1s" and c
    ]
    assert len(found) == 6
    assert all(284.6 < energy < 284.95 for energy in found)


def test_what_we_write_reads_back(tmp_path):
    energy = 155.0 + 0.05 * np.arange(300)
    counts = np.random.default_rng(0).poisson(500, 300)
    made = xps.spectrum(
        energy, counts, photon_energy=1486.6, dwell_time=0.25, scans=7, sample="a b", region="S 2p"
    )
    again = xps.read(write_vamas([made], tmp_path / "x.vms", comment="made")).spectra[0]
    np.testing.assert_array_equal(again["counts"].values, counts)
    np.testing.assert_allclose(again["binding_energy"].values, energy, atol=1e-9)
    assert acquisition_time(again) == pytest.approx(1.75)
    assert (again.attrs["sample"], again.attrs["region"]) == ("a b", "S 2p")


def test_the_bundled_example_is_what_its_generator_makes(tmp_path):
    from xps.example import write

    write(str(tmp_path / "again.vms"))
    with open(example_path(), "rb") as bundled:
        assert (tmp_path / "again.vms").read_bytes() == bundled.read()
