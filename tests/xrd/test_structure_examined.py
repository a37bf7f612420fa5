"""What an examination finds in a structure: each fault on its own, and nothing in a good one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from references import Severity, load
from xrd.crystal import atoms_of
from xrd.examination import examine
from xrd.structure import structure

pytest.importorskip("gemmi")
pytest.importorskip("spglib")

REGISTRY = load()
PHASES = [phase for phase in REGISTRY.phases if phase.cif]
ARGYRODITE = REGISTRY.phase("Li6PS5Cl")


def _rules(given, key=None):
    return [finding.rule for finding in examine(given, REGISTRY.phase(key) if key else None)]


def _edited(key, *changes):
    text = REGISTRY.phase(key).cif
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return structure(text)


def _in_p1(given):
    """Every atom on its own, as programs write what they have lost the symmetry of."""
    atoms = [(site, place) for site in range(len(given.xyz)) for place in atoms_of(given, site)]
    sites = [site for site, _ in atoms]
    return dataclasses.replace(
        given,
        space_group=1,
        symbol="P 1",
        labels=tuple(f"{given.labels[site]}_{number}" for number, site in enumerate(sites)),
        elements=tuple(given.elements[site] for site in sites),
        xyz=np.array([place for _, place in atoms]),
        occupancy=given.filling[sites],
        b_iso=given.b_iso[sites],
        multiplicity=np.ones(len(sites), dtype=np.int64),
        rotations=np.eye(3, dtype=np.int64)[None],
        translations=np.zeros((1, 3)),
    )


def _noised(given, sigma, rng):
    return dataclasses.replace(given, xyz=given.xyz + rng.normal(0, sigma, given.xyz.shape))


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.key)
def test_nothing_is_found_in_a_bundled_structure(phase):
    assert examine(structure(phase), phase) == ()


# --- structures that are symmetric, and wrong -----------------------------------------------------


def test_beta_gallium_is_not_alpha_gallium(data_dir):
    given = structure(data_dir / "xrd" / "cif" / "Ga-Gallium_occ.cif")
    assert _rules(given) == []
    assert _rules(given, "Ga") == ["density", "space_group"]


def test_a_zinc_oxide_with_its_oxygen_too_near_is_found(data_dir):
    given = structure(data_dir / "xrd" / "cif" / "ZnO_qarr.cif")
    (finding,) = examine(given, REGISTRY.phase("ZnO"))
    assert (finding.rule, finding.reported) == ("distance", "1.80 Angstrom")


def test_an_indium_oxide_of_another_space_group_is_found(data_dir):
    given = structure(data_dir / "xrd" / "cif" / "In2O3_occ.cif")
    assert _rules(given, "In2O3") == ["distance", "space_group"]


def test_a_face_centred_cell_under_a_body_centred_symbol_is_found():
    given = _edited("In", ("3.2523", "4.583"), ("4.9461", "4.936"))
    assert _rules(given) == []
    assert _rules(given, "In") == ["density", "cell"]


def test_a_calculated_cell_is_too_large_for_the_argyrodite():
    given = _edited("Li6PS5Cl", ("9.85\n", "10.28\n"))
    findings = {finding.rule: finding for finding in examine(given, ARGYRODITE)}
    assert findings["cell"].reference == "9.8200 to 9.8800 Angstrom"
    assert findings["cell"].severity is Severity.ERROR
    assert findings["density"].deviation == "-12.0 %"


@pytest.mark.parametrize("a", [9.82, 9.88])
def test_the_ends_of_the_band_are_within(a):
    assert "cell" not in _rules(_edited("Li6PS5Cl", ("9.85\n", f"{a}\n")), "Li6PS5Cl")


# --- noise ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, "Li6PS5Cl"])
@pytest.mark.parametrize("sigma", [0.001, 0.003, 0.01])
def test_a_noised_list_of_all_atoms_is_found(rng, sigma, key):
    given = _noised(_in_p1(structure(ARGYRODITE)), sigma, rng)
    assert "noise" in _rules(given, key)


def test_distances_too_give_the_noise_away(rng):
    given = _noised(_in_p1(structure(ARGYRODITE)), 0.01, rng)
    subjects = {f.subject for f in examine(given, ARGYRODITE) if f.rule == "distance"}
    assert "Li6PS5Cl P-S" in subjects


def test_noise_under_the_operations_of_the_group_is_found(rng):
    # Every site is moved off its special position, and its images with it.
    text = ARGYRODITE.cif
    for line in text.splitlines():
        label, *rest = line.split()
        if len(rest) == 6:
            moved = [f"{float(x) + rng.normal(0, 0.01):.5f}" for x in rest[1:4]]
            text = text.replace(line, " ".join([label, rest[0], *moved, *rest[4:]]))
    assert {"symmetry", "special_position"} <= set(_rules(structure(text)))


def test_a_list_of_all_atoms_without_noise_has_hidden_symmetry_and_is_the_phase():
    findings = examine(_in_p1(structure(REGISTRY.phase("Li3P"))), REGISTRY.phase("Li3P"))
    assert [(f.rule, f.severity) for f in findings] == [("symmetry", Severity.WARNING)]


# --- one fault each -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "change", "rule"),
    [
        ("Li2CO3", ("_space_group_IT_number 15", "_space_group_IT_number 14"), "symmetry"),
        ("Li2S", ("'Li2 S'", "'Li3 S'"), "formula"),
        ("Li2S", ("_cell_formula_units_Z 4", "_cell_formula_units_Z 2"), "formula"),
        ("LiCl", ("Cl Cl 0.5 0.5 0.5 1 ", "Cl Cl 0.5 0.5 0.5 0.9 "), "formula"),
        ("Li6PS5Cl", ("0 0 0 0.615", "0 0 0 0.815"), "occupancy"),
        ("Li2S", ("0.25 0.25 0.25", "0.1 0.1 0.1"), "distance"),
        ("LaB6", ("_B_iso_or_equiv", "_U_iso_or_equiv"), "displacement"),
    ],
)
def test_a_fault_is_found(key, change, rule):
    assert rule in _rules(_edited(key, change))


def test_operations_that_the_cell_does_not_have_are_found():
    given = _edited("LiCl", ("_cell_length_c 5.12952", "_cell_length_c 5.3"))
    assert [(f.rule, f.reported, f.reference) for f in examine(given)] == [
        ("symmetry", "225", "139 (I4/mmm)")
    ]


def test_b_under_the_tag_of_u_is_told():
    (first, _) = [
        f for f in examine(_edited("LaB6", ("_B_iso_", "_U_iso_"))) if f.rule == "displacement"
    ]
    assert first.message == "B and U may be mixed up in the file (B = 0.68 if so)"


def test_coordinates_cut_short_are_no_more_than_rounded():
    given = _edited("ZnO", ("0.333333 0.666667", "0.3332 0.6668"))
    (finding,) = examine(given)
    assert (finding.rule, finding.severity) == ("symmetry", Severity.INFO)


def test_hydrogen_that_was_not_located_is_no_error():
    given = _edited("LiOH", ("H H 0 0.5 0.4072 1 2.5\n", ""))
    (finding,) = examine(given)
    assert (finding.rule, finding.severity) == ("formula", Severity.WARNING)


def test_another_compound_is_told_by_its_elements():
    assert "elements" in _rules(structure(REGISTRY.phase("LiCl")), "Li2S")


def test_another_composition_of_the_elements_is_told():
    assert "formula" in _rules(structure(ARGYRODITE), "Li5PS4Cl2")


def test_axes_may_be_named_as_one_likes():
    # Pnma, as most programs write it: a and b changed over against the library's Pmnb.
    text = REGISTRY.phase("Li3PO4").cif
    rows = [line.split() for line in text.splitlines() if len(line.split()) == 7]
    for row in rows:
        text = text.replace(" ".join(row), " ".join([*row[:2], row[3], row[2], *row[4:]]))
    for old, new in (
        ("_length_a 6.1113", "_length_b 6.1113"), ("_length_b 10.4612", "_length_a 10.4612"),
        ("'P m n b'", "'P n m a'"), ("'-P 2bc 2a'", "'-P 2ac 2n'"),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    assert examine(structure(text), REGISTRY.phase("Li3PO4")) == ()


def test_what_is_unverified_never_stands_behind_an_error(data_dir):
    given = structure(data_dir / "xrd" / "cif" / "In2O3_occ.cif")
    findings = examine(given, REGISTRY.phase("In2O3"))
    assert {finding.severity for finding in findings} == {Severity.WARNING}


def test_a_phase_known_by_its_cell_alone_is_compared_too():
    bromide = REGISTRY.phase("Li6PS5Br")
    given = _edited(
        "Li6PS5Cl", ("Cl Li6 P S5", "Br Li6 P S5"), (" Cl ", " Br "), ("9.85\n", "9.99\n")
    )
    assert examine(given, bromide) == ()
    assert [f.rule for f in examine(structure(ARGYRODITE), bromide)] == ["elements", "cell"]


def test_findings_are_json_ready_and_name_their_sources():
    (finding,) = [
        f
        for f in examine(_edited("LiCl", ("5.12952", "5.2")), REGISTRY.phase("LiCl"))
        if f.rule == "cell"
    ]
    assert finding.to_dict()["sources"] == ["ievins1938"]
