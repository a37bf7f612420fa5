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


# --- the traps of real files, one by one ------------------------------------------------------------


def test_blank_lines_before_the_identifier_and_an_odd_file_extension(data_dir):
    odd = data_dir / "xps/LG4X-V2"
    assert (odd / "0-150W.vms").read_bytes().startswith(b"\r\n\r\nVAMAS")
    assert [s.attrs["region"] for s in xps.read(odd / "0-150W.vms").spectra] == [
        "wide",
        "Ni 2p",
        "O 1s",
        "C 1s",
        "W 4f",
    ]
    assert {s.attrs["sample"] for s in xps.read(odd / "0-150W.vms").spectra} == {"Ni-W"}
    assert [s.attrs["region"] for s in xps.read(odd / "Mutlipak_vms.npl").spectra] == [
        "C 1s",
        "O 1s",
        "S 2p",
        "N 1s",
        "Mo 3d",
    ]


@pytest.mark.parametrize(
    ("name", "index", "low", "high", "points", "step"),
    [
        # IRREGULAR: the axis is variable 0, three variables alternate.
        ("pynxtools-xps/FeO_analyzed.vms", 0, 694.0, 750.0, 1121, 0.05),
        ("pynxtools-xps/irregular.vms", 0, 0.0, 1350.0, 1351, 1.0),
        # Two variables alternate: the declared number counts both.
        ("LG4X-V2/0-150W.vms", 1, 840.0, 900.0, 601, 0.1),
        # MAP mode on an angle series: two map coordinates and a field of view in each block.
        ("cheminfo-vamas/ARXPS.vms", 14, 66.0, 86.0, 201, 0.1),
        # A kinetic axis that runs down, in small letters.
        ("matkrin-vamas/xps_eis.vms", 0, -20.0, 800.0, 8201, 0.1),
        # A binding-energy axis.
        ("cheminfo-vamas/polyethyleneglycol.vms", 1, 281.25, 293.2, 240, 0.05),
    ],
)
def test_axes_of_every_kind(data_dir, name, index, low, high, points, step):
    energy = xps.read(data_dir / "xps" / name).spectra[index]["binding_energy"].values
    assert energy.size == points
    np.testing.assert_allclose(energy[[0, -1]], [low, high], atol=1e-6)
    np.testing.assert_allclose(np.diff(energy), step, atol=1e-4)


@pytest.mark.parametrize(
    "name", ["LG4X-V2/0-150W.vms", "cheminfo-vamas/assigned.vms", "pynxtools-xps/FeO_analyzed.vms"]
)
def test_transmission_is_no_count(data_dir, name):
    for spectrum in xps.read(data_dir / "xps" / name).spectra:
        transmission = spectrum["transmission"].values
        assert np.all(transmission > 0)
        assert np.ptp(transmission) < 0.5 * transmission.max() or spectrum.attrs["region"] == "wide"


@pytest.mark.parametrize("name", ["LG4X-V2/Mutlipak_vms.npl", "matkrin-vamas/xps_eis.vms"])
def test_rates_times_their_time_are_whole(data_dir, name):
    for spectrum in xps.read(data_dir / "xps" / name).spectra:
        counts = spectrum["counts"].values
        assert acquisition_time(spectrum) > 0
        assert np.abs(counts - np.round(counts)).max() < 1e-4 * max(counts.max() ** 0.5, 1)


def test_disguised_rates_are_found_by_their_scatter_alone(data_dir, tmp_path):
    """Without the name that gives it away, and the same point one tenth as large is believed."""
    folder = data_dir / "xps/pynxtools-xps"
    content = (folder / "irregular.vms").read_bytes().replace(b"Counts per Second", b"Survey")
    assert b"per Second" not in content
    (tmp_path / "a.vms").write_bytes(content)
    reading = xps.read(tmp_path / "a.vms")
    (note,) = reading.notes
    assert note.rule == "counts_not_poisson"
    assert float(note.reported.split()[-1]) > 2.5
    disguised = reading.spectra[0]
    regular = xps.read(folder / "regular.vms").spectra[0]
    ratio = disguised["intensity"].values[-1] / regular["counts"].values[-1]
    assert ratio == pytest.approx(10.0, rel=1e-3)
    assert disguised["intensity"].attrs["units"] == "rate"


def test_declared_regions_minima_and_dates_are_not_believed(make_vamas, tmp_path):
    content = make_vamas().decode()
    content = content.replace("NORM\r\nREGULAR\r\n2\r\n", "NORM\r\nREGULAR\r\n9\r\n")
    content = content.replace("2026\r\n11\r\n24\r\n", "-1\r\n1E+37\r\n0\r\n")
    (tmp_path / "a.vms").write_bytes(
        content.replace("\r\n0\r\n1\r\n0\r\n1\r\n", "\r\n0\r\n0\r\n1E+37\r\n0\r\n").encode()
    )
    assert len(xps.read(tmp_path / "a.vms").spectra) == 2


def test_fractional_counts_are_written_whole(tmp_path):
    energy = 155.0 + 0.05 * np.arange(300)
    counts = np.random.default_rng(0).poisson(500, 300) / 3.0
    made = xps.spectrum(energy, counts, photon_energy=1486.6, region="S 2p")
    again = xps.read(write_vamas([made], tmp_path / "x.vms")).spectra[0]
    np.testing.assert_array_equal(again["counts"].values, counts)
    assert np.isnan(acquisition_time(again))


def test_what_was_varied_stands_with_each_spectrum(data_dir):
    spectra = xps.read(data_dir / "xps/cheminfo-vamas/ARXPS.vms").spectra
    angles = [float(s["angle"]) for s in spectra if s.attrs["region"] == "C 1s"]
    assert angles == [0.0, 40.0, 55.0, 63.0, 70.0]
