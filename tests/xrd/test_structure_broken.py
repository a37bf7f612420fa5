"""CIFs that cannot be used: each ends in a structure or in one sentence that says what to do."""

from __future__ import annotations

import time

import numpy as np
import pytest

from references import DataFileError, load
from xrd import cif
from xrd.examination import examine
from xrd.structure import structure

from .damaged import mutant

pytest.importorskip("gemmi")
pytest.importorskip("spglib")

REGISTRY = load()
LIF = """data_lif
_cell_length_a 4.03
_cell_length_b 4.03
_cell_length_c 4.03
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F m -3 m'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Li1 0 0 0
F1 0.5 0.5 0.5
"""
SYMBOL = "_symmetry_space_group_name_H-M 'F m -3 m'\n"
LISTED = "loop_\n_symmetry_equiv_pos_as_xyz\n'x,y,z'\n'-x,-y,-z'\n"


def _changed(*changes):
    text = LIF
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return structure(text)


def _of_cubic_cell(atoms, symbol="P 1"):
    rows = "\n".join(f"C{i} {x:.4f} {y:.4f} {z:.4f}" for i, (x, y, z) in enumerate(atoms))
    return LIF[: LIF.index("Li1")].replace("4.03", "25").replace("F m -3 m", symbol) + rows + "\n"


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([("data_lif\n", "")], "is not CIF"),
        ([("Li1 0 0 0", "Li1 0 0")], "is not CIF"),
        ([("_cell_length_a 4.03\n", "_cell_length_b 4.03\n")], "is not CIF .*duplicate"),
        ([("_atom_site_fract_x", "_atom_site_Cartn_x")], "no atom sites .*not the cell alone"),
        ([("_atom_site_fract_y", "_atom_site_Cartn_y")], "without one of their coordinates"),
        ([("_atom_site_label", "_atom_site_name")], "sites without a label"),
        ([("_cell_length_", "_length_"), ("_cell_angle_", "_angle_")], "has no cell .*add the six"),
        ([("_cell_length_b 4.03", "_cell_length_b ?")], "has no cell"),
        ([("_cell_length_b 4.03", "_cell_length_b 4030")], "edges are 1 to 200 Angstrom"),
        ([("_cell_angle_beta 90", "_cell_angle_beta 0")], "no structure .*angle"),
        ([("_cell_angle_beta 90", "_cell_angle_beta 179")], "a cell that cannot be"),
        ([(SYMBOL, "")], "names no space group .*_space_group_symop"),
        ([("'F m -3 m'", "'F x -3 m'")], "names no space group"),
        ([(SYMBOL, LISTED + "'x,1/2+y,z'\n")], "lists 3 symmetry operations that do not form"),
        ([(SYMBOL, LISTED + "'x,y,z'\n")], "lists 3 symmetry operations that do not form"),
        ([(SYMBOL, LISTED + "'2*x,y,z'\n")], "do not form|that is none"),
        ([(SYMBOL, LISTED + "'1/7+x,y,z'\n")], "operation that is none .*denominator 7"),
        ([("Li1 0 0 0", "Li1 ? 0 0")], "site Li1: has no coordinates that are numbers"),
        ([("Li1 0 0 0", "Li1 1e30 0 0")], "site Li1: has no coordinates that are numbers"),
        ([("Li1", "Xx1")], "site Xx1: is of no known element; name it"),
        ([("fract_z", "fract_z\n_atom_site_occupancy"), ("0 0 0", "0 0 0 1.5"), ("0.5 0.5 0.5", "0.5 0.5 0.5 1")],
         r"site Li1: has occupancy 1\.5"),
        ([("fract_z", "fract_z\n_atom_site_U_iso_or_equiv"), ("0 0 0", "0 0 0 99"), ("0.5 0.5 0.5", "0.5 0.5 0.5 .01")],
         "site Li1: has displacement parameter B = 7816"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(changes, told):
    with pytest.raises(DataFileError, match=told):
        _changed(*changes)


def test_several_structures_are_never_chosen_from_silently():
    with pytest.raises(DataFileError, match=r"holds 2 structures \(lif, other\); save the one"):
        structure(LIF + LIF.replace("data_lif", "data_other"))


def test_the_block_with_sites_is_taken_and_said():
    crystal = structure("data_global\n_publ_author_name ?\n" + LIF)
    assert crystal.name == "lif"
    assert "of 2 data blocks, lif has the sites" in crystal.notes


def test_too_many_sites_are_refused(rng):
    with pytest.raises(DataFileError, match="has 501 sites, more than the 500"):
        structure(_of_cubic_cell(rng.random((501, 3))))


def test_too_many_atoms_are_refused(rng):
    with pytest.raises(DataFileError, match="atoms a cell, more than the 2000"):
        structure(_of_cubic_cell(rng.random((40, 3)), "F m -3 m"))


def test_a_file_too_large_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "large.cif"
    path.write_text(LIF)
    monkeypatch.setattr(cif, "MAX_BYTES", 100)
    with pytest.raises(DataFileError, match=r"large\.cif: is \d+ bytes, more than the 100"):
        structure(path)


@pytest.mark.parametrize("name", ["none.cif", "."])
def test_a_path_that_is_no_file_is_named(tmp_path, name):
    with pytest.raises(DataFileError, match=r"no such file|is a folder"):
        structure(tmp_path / name)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 64, b"%PDF-1.4 \xff", "data_é".encode("utf-16")]
)
def test_what_is_no_cif_at_all_is_named(tmp_path, content):
    path = tmp_path / "some.cif"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=r"some\.cif: .*(is not CIF|no atom sites)"):
        structure(path)


# --- what is read all the same --------------------------------------------------------------------


def test_a_name_in_another_encoding_does_no_harm(tmp_path):
    path = tmp_path / "umlaut.cif"
    path.write_bytes(b"# M\xfcller\n" + LIF.encode())
    assert structure(path).formula == "Li4F4"


def test_a_text_and_its_file_give_the_same(tmp_path):
    path = tmp_path / "lif.cif"
    path.write_text(LIF)
    assert structure(str(path)).density == structure(LIF).density


def test_carriage_returns_do_no_harm():
    assert structure(LIF.replace("\n", "\r\n")).formula == "Li4F4"


def test_a_file_without_displacement_parameters_is_told():
    crystal = structure(LIF)
    assert crystal.b_iso.tolist() == [0.0, 0.0]
    assert crystal.notes == ("no displacement parameter for Li1, F1: B = 0 taken",)


@pytest.mark.parametrize(
    ("tag", "value"),
    [("_atom_site_B_iso_or_equiv", "0.8"), ("_atom_site_U_iso_or_equiv", "0.010132")],
)
def test_b_and_u_are_read_alike(tag, value):
    crystal = _changed(
        ("fract_z", f"fract_z\n{tag}"), ("0 0 0", f"0 0 0 {value}"),
        ("0.5 0.5 0.5", f"0.5 0.5 0.5 {value}(3)"),
    )  # fmt: skip
    assert crystal.b_iso == pytest.approx(0.8, rel=1e-4)


@pytest.mark.parametrize(("tag", "value"), [("B", "0.8"), ("U", "0.010132")])
def test_anisotropic_parameters_are_averaged(tag, value):
    columns = "".join(
        f"_atom_site_aniso_{tag}_{ij}\n" for ij in ("11", "22", "33", "12", "13", "23")
    )
    rows = "".join(f"{label} {value} {value} {value} 0 0 0\n" for label in ("Li1", "F1"))
    crystal = structure(LIF + "loop_\n_atom_site_aniso_label\n" + columns + rows)
    assert crystal.b_iso == pytest.approx(0.8, rel=1e-4)
    assert crystal.notes == ()


def test_a_number_alone_means_the_standard_setting_and_is_told():
    crystal = _changed((SYMBOL, "_symmetry_Int_Tables_number 225\n"))
    assert crystal.formula == "Li4F4"
    assert any("number 225: standard setting taken" in note for note in crystal.notes)


@pytest.mark.parametrize(("angle", "operations"), [(55.28, 12), (90, 36)])
def test_the_cell_says_which_axes_a_rhombohedral_number_means(angle, operations):
    gamma = 120 if angle == 90 else angle
    crystal = _changed(
        (SYMBOL, "_symmetry_Int_Tables_number 167\n"), ("gamma 90", f"gamma {gamma}"),
        ("alpha 90", f"alpha {angle}"), ("beta 90", f"beta {angle}"),
    )  # fmt: skip
    assert len(crystal.rotations) == operations


def test_two_origins_without_a_choice_are_told():
    crystal = _changed(("'F m -3 m'", "'F d -3 m'"))
    assert any("has two origins and the file names none" in note for note in crystal.notes)


def test_listed_operations_go_before_the_symbol():
    crystal = _changed((SYMBOL, SYMBOL + LISTED))
    assert len(crystal.rotations) == 2
    assert "symmetry" in {finding.rule for finding in examine(crystal)}


# --- mutants --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["LiOH", "Li3P", "Li2CO3", "ZnO", "Al2O3", "Ga", "LaB6", "Li3PO4"])
def test_a_damaged_file_ends_in_a_structure_or_in_one_sentence(key, rng):
    phase = REGISTRY.phase(key)
    listed = phase.cif.replace("data_", "# listed\ndata_") + "loop_\n_symmetry_equiv_pos_as_xyz\n"
    listed += "x,y,z\n-x,-y,-z\n"
    ends = {"read": 0, "refused": 0}
    for number in range(80):
        damaged = mutant(listed if number % 3 == 0 else phase.cif, rng) + "\n\n#"
        start = time.process_time()
        try:
            crystal = structure(damaged)
        except DataFileError as error:
            assert len(str(error)) < 500, error
            ends["refused"] += 1
        else:
            assert np.isfinite(crystal.occupancy).all()
            examine(crystal, phase)
            ends["read"] += 1
        assert time.process_time() - start < 5
    assert min(ends.values()) > 3  # mutants of which all end alike ask nothing
