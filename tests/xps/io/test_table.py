"""Text columns: what is sniffed, what is said, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import xps
from references import DataFileError

ROWS = "\n".join(f"{160 + 0.1 * i:.1f},{100 + i}" for i in range(20))


@pytest.mark.parametrize("mark", [",", ";", "\t", "   "])
def test_delimiters_are_sniffed(tmp_path, mark):
    path = tmp_path / "S2p_a.csv"
    path.write_text(ROWS.replace(",", mark))
    spectrum = xps.read(path).spectra[0]
    assert spectrum["counts"].values[0] == 100
    assert spectrum.attrs["region"] == "S 2p"


def test_decimal_commas(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(ROWS.replace(",", ";").replace(".", ","))
    assert float(xps.read(path).spectra[0]["binding_energy"][1]) == pytest.approx(160.1)


def test_an_axis_that_is_not_named_is_said_to_be_assumed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(ROWS)
    assert "axis_assumed" in {note.rule for note in xps.read(path).notes}
    path.write_text("BE/eV,counts\n" + ROWS)
    assert "axis_assumed" not in {note.rule for note in xps.read(path).notes}


def test_whole_numbers_are_counts_and_others_are_not(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(ROWS.replace(",1", ",1.5"))
    assert "intensity" in xps.read(path).spectra[0]


@pytest.mark.parametrize(
    ("name", "points", "peak"),
    [
        ("LG4X-V2/C1s_sample.csv", 200, 285.0),
        ("LG4X-V2/PET_C1s.csv", 400, 285.0),
        ("LG4X-V2/Highres_Au4f_hv_180_testfile.csv", 269, 92.2),
        ("pynxtools-xps/FeO_analyzed_lineshapes_cols.txt", 1121, 710.0),
    ],
)
def test_real_files(data_dir, name, points, peak):
    spectrum = xps.read(data_dir / "xps" / name).spectra[0]
    values = spectrum["counts" if "counts" in spectrum else "intensity"]
    assert values.size > 0.4 * points
    assert abs(float(spectrum["binding_energy"][int(values.values.argmax())]) - peak) < 4.0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("hello world\n" * 30, "neither VAMAS nor columns"),
        ("160,5\n", "neither VAMAS nor columns|no two columns"),
        ("160,5\n160.1,nan\n" * 9, "neither VAMAS|no two columns|comes twice|channels"),
        ("SOFH\nPlatform: PC", "PHI .spe"),
        ("<?xml version='1.0'?>", "XML"),
    ],
)
def test_refused_with_a_sentence(tmp_path, content, message):
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(DataFileError, match=message):
        xps.read(path)


def test_binary_garbage_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(np.random.default_rng(0).integers(0, 256, 4000).astype(np.uint8).tobytes())
    with pytest.raises(DataFileError):
        xps.read(path)


def test_mutants_give_data_or_the_named_error(tmp_path):
    generator = np.random.default_rng(0)
    content = ("BE/eV,counts\n" + ROWS).encode()
    path = tmp_path / "a.csv"
    for _ in range(300):
        data = bytearray(content)
        for _ in range(generator.integers(1, 4)):
            at = int(generator.integers(0, len(data)))
            if generator.uniform() < 0.5:
                data[at] = int(generator.integers(0, 256))
            else:
                del data[at : at + int(generator.integers(1, 30))]
            data = data or bytearray(b"x")
        path.write_bytes(bytes(data))
        try:
            xps.read(path)
        except DataFileError as error:
            assert str(path) in str(error)


def test_a_missing_file_names_its_neighbour(tmp_path):
    (tmp_path / "sample.vms").write_text("x")
    with pytest.raises(DataFileError, match=r"no such file; did you mean sample\.vms"):
        xps.read(tmp_path / "smaple.vms")
