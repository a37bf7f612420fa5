"""The VAMAS reader: every real file, every trap, and files gone wrong."""

from __future__ import annotations

import time

import numpy as np
import pytest

import xps
from references import DataFileError
from xps.example import example_path
from xps.io.vamas import IDENTIFIER, write_vamas
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


# --- files gone wrong -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    energy = 160.0 + 0.1 * np.arange(40)
    spectra = [
        xps.spectrum(
            energy,
            np.arange(40.0) + k,
            photon_energy=1486.6,
            dwell_time=0.1,
            scans=2,
            region="S 2p",
        )
        for k in (5, 9)
    ]
    return write_vamas(spectra, tmp_path_factory.mktemp("small") / "small.vms").read_bytes()


def _outcome(path, content):
    """Read changed content: data, or the named error; anything else is a failure."""
    path.write_bytes(content)
    began = time.perf_counter()
    try:
        reading = xps.read(path)
    except DataFileError as error:
        assert str(path) in str(error)
        return None
    finally:
        assert time.perf_counter() - began < 2.0
    return reading


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: "", "is empty"),
        (lambda t: t[: len(t) // 2], "ends|follow"),
        (lambda t: t.replace("1486.6", "nan"), "not a number"),
        (lambda t: t.replace("0.1\n2\n", "0.1\nx\n"), "should be a number, not 'x'"),
        (lambda t: t.replace("\n40\n", "\n1e9\n", 1), "only"),
        (lambda t: t.replace("\n40\n", "\n1\n"), "no spectrum|should be"),
        (lambda t: t.replace("\n6\n", "\ninf\n", 1), "finite|number"),
        (lambda t: t.replace("REGULAR", "SIDEWAYS"), "scan mode"),
        (
            lambda t: t.replace("\nd\n", "\nd\n", 1).replace(IDENTIFIER, "VAMAS 1999"),
            "neither VAMAS",
        ),
    ],
)
def test_a_broken_file_is_named_with_its_place(tmp_path, small, change, message):
    path = tmp_path / "broken.vms"
    path.write_text(change(small.decode()))
    with pytest.raises(DataFileError, match=message) as caught:
        xps.read(path)
    assert "broken.vms" in str(caught.value)


def test_truncation_at_every_percent(tmp_path, small):
    whole = xps.read(_written(tmp_path / "whole.vms", small))
    for percent in range(1, 100):
        reading = _outcome(tmp_path / "cut.vms", small[: len(small) * percent // 100])
        if reading is None:
            continue
        assert any(note.rule == "no_terminator" for note in reading.notes)
        for one, two in zip(reading.spectra, whole.spectra, strict=False):
            assert one["counts"].size == two["counts"].size


def _written(path, content):
    path.write_bytes(content)
    return path


def _mutant(content, generator):
    """Flip, delete, insert or attack a number of a file."""
    data = bytearray(content)
    for _ in range(generator.integers(1, 4)):
        at = int(generator.integers(0, len(data)))
        kind = generator.integers(0, 4)
        if kind == 0:
            data[at] = int(generator.integers(0, 256))
        elif kind == 1:
            del data[at : at + int(generator.integers(1, 40))]
        elif kind == 2:
            data[at:at] = generator.integers(0, 256, int(generator.integers(1, 20))).tobytes()
        else:
            lines = bytes(data).split(b"\n")
            row = int(generator.integers(0, len(lines)))
            attack = [b"1e9", b"-1", b"1e308", b"nan", b"", b"99999999999999999999", b"0", b"2.5"]
            lines[row] = attack[int(generator.integers(0, len(attack)))]
            data = bytearray(b"\n".join(lines))
        if not data:
            data = bytearray(b"x")
    return bytes(data)


def _fuzz(path, content, number, seed):
    generator = np.random.default_rng(seed)
    return sum(_outcome(path, _mutant(content, generator)) is not None for _ in range(number))


def test_mutants_give_data_or_the_named_error(tmp_path, small):
    assert 0 < _fuzz(tmp_path / "mutant.vms", small, 300, 1) < 300


@pytest.mark.slow
def test_twenty_thousand_mutants(tmp_path, small):
    assert 0 < _fuzz(tmp_path / "mutant.vms", small, 20_000, 2) < 20_000


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pynxtools-xps/FeO_analyzed.vms", "matkrin-vamas/aes_staib.vms"])
def test_mutants_of_real_files(tmp_path, data_dir, name):
    assert (
        0 < _fuzz(tmp_path / "mutant.vms", (data_dir / "xps" / name).read_bytes(), 1000, 3) < 1000
    )
