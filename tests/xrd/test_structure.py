"""Structures as arrays: occupancies, operations, cells, and the space group that the atoms have."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from references import InputError, load
from xrd.structure import StructureError, disordered, structure
from xrd.symmetry import LOOSE, TIGHT, SymmetryError, symmetry_of

gemmi = pytest.importorskip("gemmi")
pytest.importorskip("spglib")

REGISTRY = load()
PHASES = [phase for phase in REGISTRY.phases if phase.cif]
ARGYRODITE = REGISTRY.phase("Li6PS5Cl")
SHARED = (
    "Al2O3-Corundum_occ", "Al2O3_qarr", "Be-Beryllium_occ", "CaF2-Fluorite_occ", "CaF2_qarr",
    "Fe3O4_qarr", "Ga-Gallium_occ", "Ga_alpha_aflow", "In", "In2O3_bixbyite_recalled", "In2O3_occ",
    "In2S3_beta_aflow", "LaB6_COD1000055", "Li-Lithium_occ", "Li2CO3-Zabuyelite_occ", "Li2O_occ",
    "Li2S", "Li3P", "Li3PO4_gamma_Wang1995", "Li6PS5Cl_model_disordered",
    "Li6PS5Cl_model_ordered", "Li7PS6_HT_model", "LiCl_fm3m", "LiCl_occ", "LiGa_recalled",
    "LiIn_recalled", "LiOH_occ", "Si-Silicon_occ", "Si_SRM640", "ZnO_Kihara1985", "ZnO_qarr",
)  # fmt: skip


def _structure_factor(crystal, hkl):
    """|F| of a cell without displacement and dispersion: the sum over all operations."""
    s2 = hkl @ np.linalg.inv(crystal.vectors @ crystal.vectors.T) @ hkl / 4
    f0 = np.array([gemmi.Element(e).it92.calculate_sf(s2) for e in crystal.elements])
    places = np.einsum("mij,nj->nmi", crystal.rotations, crystal.xyz) + crystal.translations
    waves = np.exp(2j * math.pi * (places @ hkl)).sum(axis=1)
    return abs((crystal.occupancy * f0 * waves).sum())


# --- symmetry -------------------------------------------------------------------------------------


@pytest.mark.parametrize("tolerance", [LOOSE, TIGHT])
@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.key)
def test_the_space_group_of_a_bundled_structure_is_confirmed_by_number(phase, tolerance):
    crystal = structure(phase)
    assert symmetry_of(crystal, tolerance).number == crystal.space_group == phase.space_group


def test_the_shared_structures_are_those_that_are_listed(data_dir):
    assert {path.stem for path in (data_dir / "xrd" / "cif").glob("*.cif")} == set(SHARED)


@pytest.mark.parametrize("tolerance", [LOOSE, TIGHT])
@pytest.mark.parametrize("name", SHARED)
def test_the_space_group_of_a_shared_structure_is_confirmed_by_number(data_dir, name, tolerance):
    crystal = structure(data_dir / "xrd" / "cif" / f"{name}.cif")
    assert symmetry_of(crystal, tolerance).number == crystal.space_group > 1


def test_numbers_are_compared_and_not_symbols():
    crystal = structure(REGISTRY.phase("Li3PO4"))
    found = symmetry_of(crystal)
    assert (crystal.symbol, found.symbol, found.number) == ("P m n b", "Pnma", 62)


def test_two_atoms_on_each_other_are_a_named_error():
    # Nearer than the tolerance: spglib cannot tell them apart.
    given = structure(REGISTRY.phase("Li"))
    xyz = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.25 / 3.5093]])
    two = dataclasses.replace(
        given, labels=("Li1", "Li2"), elements=("Li", "Li"), xyz=xyz, occupancy=np.ones(2),
        b_iso=np.ones(2), multiplicity=np.ones(2, dtype=int),
        rotations=np.eye(3, dtype=int)[None], translations=np.zeros((1, 3)),
    )  # fmt: skip
    with pytest.raises(SymmetryError, match=r"no space group of Li found within 0\.5 Angstrom"):
        symmetry_of(two, 0.5)


def test_spglibs_switch_is_left_as_it_was():
    from spglib import error

    before = error.OLD_ERROR_HANDLING
    symmetry_of(structure(REGISTRY.phase("ZnO")))
    assert error.OLD_ERROR_HANDLING is before


def test_atoms_are_told_apart_by_what_fills_their_place():
    # All Cl on one of its two sites is as symmetric; NaTl type with one kind of atom is cubic bcc.
    ordered = disordered(structure(ARGYRODITE), ARGYRODITE.disorder, 0.0)
    assert symmetry_of(ordered).number == 216
    zintl = structure(REGISTRY.phase("LiIn"))
    same = dataclasses.replace(zintl, elements=("In", "In"))
    assert symmetry_of(same).number == 229


# --- occupancies ----------------------------------------------------------------------------------


def test_the_argyrodite_holds_what_its_formula_says():
    crystal = structure(ARGYRODITE)
    assert crystal.formula == "Li24P4S20Cl4"
    assert crystal.volume == pytest.approx(955.672, abs=5e-4)
    assert crystal.density == pytest.approx(1.8654, abs=5e-5)
    occupancy = dict(zip(crystal.labels, crystal.occupancy, strict=True))
    assert occupancy["P"] == pytest.approx(4 / 96)
    assert occupancy["Li"] == pytest.approx(0.25)
    assert crystal.multiplicity.tolist() == [48, 4, 16, 4, 4, 4, 4]


def test_a_wrongly_counted_special_position_would_change_the_strongest_line():
    # Without the division by how often a site comes back, 220 would be the strongest (notes, 5).
    crystal = structure(ARGYRODITE)
    hkl = [(np.array(h), m) for h, m in (((3, 1, 1), 24), ((2, 2, 0), 12), ((2, 2, 2), 8))]
    two_theta = [2 * math.asin(1.54056 * np.linalg.norm(h) / (2 * 9.85)) for h, _ in hkl]
    lp = [(1 + math.cos(t) ** 2) / (math.sin(t / 2) ** 2 * math.cos(t / 2)) for t in two_theta]
    right = [m * p * _structure_factor(crystal, h) ** 2 for (h, m), p in zip(hkl, lp, strict=True)]
    overcounted = dataclasses.replace(crystal, occupancy=crystal.filling)
    wrong = [
        m * p * _structure_factor(overcounted, h) ** 2 for (h, m), p in zip(hkl, lp, strict=True)
    ]
    assert [100 * i / max(right) for i in right] == pytest.approx([100.0, 74.4, 57.5], abs=0.5)
    assert [100 * i / max(wrong) for i in wrong][:2] == pytest.approx([30.7, 100.0], abs=0.5)


@pytest.mark.parametrize(
    ("key", "factors"),
    [
        ("Li6PS5Cl", {"111": 78.53, "200": 60.37, "220": 141.82, "311": 138.12, "222": 190.24, "440": 254.25}),
        ("LiCl", {"111": 44.56, "200": 55.60, "220": 46.49}),
        ("ZnO", {"100": 31.09, "002": 51.51, "101": 35.36}),
    ],
)  # fmt: skip
def test_structure_factors_are_those_computed_elsewhere(key, factors):
    # Values of the shared notes, no dispersion, B = 0.
    crystal = structure(REGISTRY.phase(key))
    for hkl, expected in factors.items():
        found = _structure_factor(crystal, np.array([int(i) for i in hkl]))
        assert found == pytest.approx(expected, rel=1e-3), hkl


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.key)
def test_occupancies_are_those_of_gemmi(phase):
    read = gemmi.make_small_structure_from_block(gemmi.cif.read_string(phase.cif).sole_block())
    read.change_occupancies_to_crystallographic()
    expected = [site.occ for site in read.sites]
    assert structure(phase).occupancy.tolist() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.key)
def test_the_density_is_the_librarys(phase):
    assert structure(phase).density == pytest.approx(phase.density.value, rel=1e-3)


def test_the_cell_stays_full_whatever_is_exchanged():
    for share in (0.0, 0.3, 0.615, 1.0):
        crystal = disordered(structure(ARGYRODITE), ARGYRODITE.disorder, share)
        filling = dict(zip(crystal.labels, crystal.filling, strict=True))
        assert filling["Cl4d"] == filling["S4a"] == pytest.approx(share)
        assert filling["Cl4a"] == filling["S4d"] == pytest.approx(1 - share)
        assert crystal.formula == "Li24P4S20Cl4"


def test_disorder_of_the_published_share_changes_nothing():
    crystal = structure(ARGYRODITE)
    again = disordered(crystal, ARGYRODITE.disorder, 0.615)
    assert again.occupancy == pytest.approx(crystal.occupancy)


@pytest.mark.parametrize("share", [-0.01, 1.01, math.nan])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(StructureError, match="between 0 and 1"):
        disordered(structure(ARGYRODITE), ARGYRODITE.disorder, share)


def test_a_site_that_is_not_there_is_named():
    with pytest.raises(StructureError, match="LiCl has no site 'Cl4d'; it has Li, Cl"):
        disordered(structure(REGISTRY.phase("LiCl")), ARGYRODITE.disorder, 0.5)


# --- what a phase gives ---------------------------------------------------------------------------


def test_a_phase_without_a_structure_is_a_named_error():
    with pytest.raises(InputError, match="no structure of GaCl3, so a pattern cannot be tested"):
        structure(REGISTRY.phase("GaCl3"))


def test_arrays_cannot_be_written_to():
    crystal = structure(ARGYRODITE)
    for array in (crystal.xyz, crystal.occupancy, crystal.b_iso, crystal.translations):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


def test_operations_and_their_order_are_the_groups():
    crystal = structure(REGISTRY.phase("LiCl"))
    assert crystal.rotations.shape == (192, 3, 3)
    assert abs(np.linalg.det(crystal.rotations)) == pytest.approx(1)
    assert (crystal.translations >= 0).all()
    assert (crystal.translations < 1).all()
