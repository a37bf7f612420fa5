"""Phases: what is known of each, what symmetry adds, and what a user's own file may get wrong."""

from __future__ import annotations

import re

import pytest

from references import DataFileError, Status, load
from references.phase import AXES, Role

REGISTRY = load()
WITH_STRUCTURE = (
    "Li6PS5Cl", "Li2S", "LiCl", "Li3P", "Li3PO4", "Li7PS6", "LiIn", "LiGa", "In", "Ga", "In2S3",
    "In2O3", "Li2CO3", "LiOH", "Li2O", "Li", "LaB6", "Si", "Al2O3", "CaF2", "ZnO",
)  # fmt: skip
CELL_ONLY = (
    "Li6PS5Br", "Li6PS5I", "Li3InCl6", "beta-Li3PS4", "gamma-Li3PS4", "Li7P3S11", "Li4P2S6",
    "InCl3", "Li13In3", "P4S10", "Ga2S3", "Li3Ga2",
)  # fmt: skip
NO_CELL = (
    "GaCl3", "Li3Ga14", "Li2Ga", "Li3In2", "LiGaCl3", "Li5PS4Cl2", "beta-Li3PO4", "P4S3",
    "LiOH-H2O",
)  # fmt: skip
A = '{ value = 5.0, unit = "Angstrom", status = "measured", source = "obelix" }'
MINE = f'[phase.Mine]\nformula = "LiI"\nspace_group = 225\na = {A}\n'


def _load(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return load(path)


def test_every_phase_is_of_one_of_three_kinds():
    assert {p.key for p in REGISTRY.phases} == {*WITH_STRUCTURE, *CELL_ONLY, *NO_CELL}


@pytest.mark.parametrize("key", WITH_STRUCTURE)
def test_a_phase_with_a_structure_has_all_that_an_examination_asks(key):
    phase = REGISTRY.phase(key)
    assert f"data_{key}\n" in phase.cif
    assert phase.cell is not None
    assert phase.density.low < phase.density.value < phase.density.high


@pytest.mark.parametrize("key", WITH_STRUCTURE)
def test_a_structures_header_says_where_it_is_from_and_what_is_assumed(key):
    header = " ".join(REGISTRY.phase(key).cif.partition("data_")[0].replace("#", "").split())
    assert re.search(r"COD|AMCSD|OBELiX|AFLOW|NIST|quoted|recalled|sources|table", header)
    assert "assumed" in header.lower() or "B_iso = 8 pi^2 U" in header


@pytest.mark.parametrize("key", WITH_STRUCTURE)
def test_the_cell_of_a_structure_is_the_cell_of_its_phase(key):
    phase = REGISTRY.phase(key)
    tags = [f"_cell_{'length' if axis in 'abc' else 'angle'}_{axis}" for axis in AXES]
    written = [float(re.search(rf"^{tag} (\S+)$", phase.cif, re.MULTILINE)[1]) for tag in tags]
    assert written == list(phase.cell)


@pytest.mark.parametrize("key", [*CELL_ONLY, *NO_CELL])
def test_a_phase_without_a_structure_says_so(key):
    assert REGISTRY.phase(key).cif == ""
    assert (REGISTRY.phase(key).cell is None) == (key in NO_CELL)


@pytest.mark.parametrize("key", ["LiIn", "LiGa", "Li7PS6", "In2O3", "Li3P", "Li13In3", "InCl3"])
def test_what_was_recalled_is_unverified(key):
    assert REGISTRY.phase(key).status is Status.UNVERIFIED


@pytest.mark.parametrize("phase", REGISTRY.phases, ids=lambda phase: phase.key)
def test_no_standing_is_better_than_what_was_read(phase):
    read = {REGISTRY.source(key).read_as for key in phase.source}
    if read <= {"-", "title", "digest"}:
        assert not phase.status.may_constrain


def test_roles():
    main = [phase.key for phase in REGISTRY.phases if phase.role is Role.MAIN]
    standards = {phase.key for phase in REGISTRY.phases if phase.role is Role.STANDARD}
    assert main == ["Li6PS5Cl"]
    assert standards == {"LaB6", "Si", "Al2O3", "CaF2", "ZnO"}


@pytest.mark.parametrize(
    ("key", "cell"),
    [
        ("LiCl", (5.12952, 5.12952, 5.12952, 90.0, 90.0, 90.0)),
        ("In", (3.2523, 3.2523, 4.9461, 90.0, 90.0, 90.0)),
        ("Li3P", (4.264, 4.264, 7.579, 90.0, 90.0, 120.0)),
        ("Ga", (4.523, 7.661, 4.524, 90.0, 90.0, 90.0)),
        ("Li2CO3", (8.3593, 4.9725, 6.1975, 90.0, 114.83, 90.0)),
        ("Li7P3S11", (12.5009, 6.0316, 12.5303, 102.845, 113.2024, 74.467)),
    ],
)
def test_symmetry_completes_a_cell(key, cell):
    assert REGISTRY.phase(key).cell == cell


def test_a_band_of_its_own_goes_before_half_a_percent():
    assert REGISTRY.phase("LiGa").band("b") == (6.15, 6.22)
    assert REGISTRY.phase("LiCl").band("a") == pytest.approx((5.10387, 5.15517), abs=1e-5)
    assert REGISTRY.phase("Li3P").band("gamma") == (120.0, 120.0)
    assert REGISTRY.phase("GaCl3").band("a") is None


def test_elements_come_once_in_the_formulas_order():
    assert REGISTRY.phase("LiOH-H2O").elements == ("Li", "H", "O")


def test_the_exchange_of_chlorine_and_sulfur_is_one_number():
    disorder = REGISTRY.phase("Li6PS5Cl").disorder
    assert disorder.share.value == 0.615
    assert (disorder.rises, disorder.falls) == (("Cl4d", "S4a"), ("Cl4a", "S4d"))


# --- a user's own ---------------------------------------------------------------------------------


def test_a_phase_of_ones_own_needs_no_more_than_a_cell(tmp_path):
    phase = _load(tmp_path, MINE).phase("Mine")
    assert (phase.role, phase.status, phase.source) == (
        Role.CANDIDATE, Status.MEASURED, ("obelix",),
    )  # fmt: skip


def test_a_structure_of_ones_own_is_a_file_beside_the_toml(tmp_path):
    (tmp_path / "mine.cif").write_text("data_mine\n")
    assert _load(tmp_path, MINE + 'cif = "mine.cif"\n').phase("Mine").cif == "data_mine\n"


def test_an_edited_structure_makes_another_library(tmp_path):
    (tmp_path / "mine.cif").write_text("data_mine\n")
    before = _load(tmp_path, MINE + 'cif = "mine.cif"\n').sha256
    (tmp_path / "mine.cif").write_text("data_mind\n")
    assert _load(tmp_path, MINE + 'cif = "mine.cif"\n').sha256 != before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MINE + 'cif = "none.cif"\n', r"none\.cif: no such file"),
        (MINE + "cif = 3\n", "needs cif as text"),
        (MINE + f"b = {A}\n", "has b, which follows from its space group 225"),
        (MINE + 'role = "man"\n', "did you mean main"),
        (MINE.replace("LiI", "li I"), "not elements and their numbers"),
        (MINE.replace("225", "231"), "numbered 1 to 230"),
        (MINE.replace(f"a = {A}\n", ""), "neither a cell nor a status"),
        (MINE.replace(f"a = {A}\n", 'status = "measured"\n'), "needs a source"),
        (MINE + "distances = { Li-I = 3.0 }\n", "Li-I should be a table"),
        (MINE + "disorder = { sites = 1 }\n", "unknown key 'sites'"),
        (MINE.replace("\na = ", "\nalpha = "), "which is not degree"),
        ("[phase]\nMine = 3\n", "should be a table of fields"),
    ],
)
def test_a_mistake_is_named(tmp_path, text, told):
    with pytest.raises(DataFileError, match=told):
        _load(tmp_path, text)
