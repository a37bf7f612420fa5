"""A file is told by its first bytes to be of one technique, whatever its name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import xps
from peakwright.recognition import technique_of, techniques_of
from references.files import DataFileError

if TYPE_CHECKING:
    from pathlib import Path

MEASURED = {
    "xps/cheminfo-vamas/multiplex.vms": "xps",
    "xps/LG4X-V2/PET_C1s.csv": "xps",
    "xps/pynxtools-xps/SnO2_10nm.spe": "xps",
    "xps/pynxtools-xps/MgFe2O4_small.xy": "xps",
    "xps/pynxtools-xps/In-situ_PBTTT_XPS_SPECS.xml": "xps",
    "xps/pynxtools-xps/vms_txt_export.txt": "xps",
    "xrd/patterns/round_robin/cpd-1e.prn": "xrd",
    "xrd/patterns/formats/panalytical_powder.xrdml": "xrd",
    "xrd/patterns/formats/bruker_absorber.brml": "xrd",
    "xrd/patterns/formats/bruker_raw4_scrambled.raw": "xrd",
    "xrd/patterns/formats/rigaku_powder.rasx": "xrd",
    "xrd/patterns/formats/nist_srm660c_100a.cif": "xrd",
    "tofsims/imzml/iontof_sparse.imzML": "tofsims",
    "tofsims/surfacelab_spectra/P_Ru-Pt_Bi3_3.txt": "tofsims",
    "tofsims/surfacelab_profiles/I240416f_B_MAPI_1f_pos-B1 - NF.txt": "tofsims",
    "xrd/cif/Li2S.cif": None,
    "xrd/README.md": None,
    "reference/README.md": None,
}


def _table(path: Path, axis: np.ndarray, header: str = "") -> Path:
    rows = "".join(f"{x:.3f},{100 + i % 7}\n" for i, x in enumerate(axis))
    path.write_text(header + rows, encoding="utf-8")
    return path


def test_the_example_is_of_xps():
    assert technique_of(xps.example_path()) == "xps"


@pytest.mark.parametrize(("name", "expected"), MEASURED.items())
def test_measured_files_are_told_apart(data_dir, name, expected):
    assert technique_of(data_dir / name) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Binding Energy (eV),Counts\n", ("xps",)),
        ("B.E.,counts\n", ("xps",)),
        ("region S 2p\nenergy,counts\n", ("xps",)),
        ("2theta,counts\n", ("xrd",)),
        ("2θ,Intensity\n", ("xrd",)),
        ("# wavelength 1.5406\n", ("xrd",)),
    ],
)
def test_the_words_of_a_table_tell(tmp_path, header, expected):
    path = _table(tmp_path / "a.csv", np.arange(155.0, 172.0, 0.1), header)
    assert techniques_of(path) == expected


@pytest.mark.parametrize(
    ("axis", "expected"),
    [
        (np.arange(172.0, 155.0, -0.1), ("xps",)),
        (np.arange(0.0, 1200.0, 1.0), ("xps",)),
        (np.arange(10.0, 90.0, 0.02), ("xrd", "xps")),
        (np.arange(45.0, 62.0, 0.1), ("xps", "xrd")),
    ],
    ids=["descends", "survey", "wide", "narrow"],
)
def test_a_table_without_a_word_is_told_by_its_axis(tmp_path, axis, expected):
    assert techniques_of(_table(tmp_path / "a.csv", axis)) == expected


def test_the_name_of_a_table_tells_where_its_words_do_not(tmp_path):
    assert techniques_of(_table(tmp_path / "Li1s.csv", np.arange(45.0, 62.0, 0.1))) == ("xps",)
    assert techniques_of(_table(tmp_path / "a.xye", np.arange(45.0, 62.0, 0.1))) == ("xrd",)


@pytest.mark.parametrize(
    "content", [b"", b" \n", b"just words\n" * 9, b"\x00\x01\x02" * 99, b"{}\n", b"1,2\n3,4\n"]
)
def test_what_no_reader_takes_is_of_none(tmp_path, content):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    assert technique_of(path) is None


def test_a_folder_is_of_none_unless_it_is_a_measurement(tmp_path):
    assert technique_of(tmp_path) is None
    (tmp_path / "a.itm.tofs").write_bytes(b"")
    assert technique_of(tmp_path) == "tofsims"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataFileError, match=r"a\.vms: no such file"):
        technique_of(tmp_path / "a.vms")
