"""Cross-sections and sensitivity sets, asymmetry, attenuation: against tables and each other."""

from __future__ import annotations

import csv
import pickle

import pytest

from references import Status, UnknownReferenceError, load
from references.quantification import angular_factor, tpp2m

REGISTRY = load()
PHOTONS = {"scofield_al": 1486.6, "scofield_mg": 1253.6}
SHELLS = {
    "Li 1s": 0.0568, "Si 2p": 0.817, "P 2p": 1.192, "S 2p": 1.677, "Cl 2p": 2.285, "Ga 3s": 1.13,
    "Ga 3d": 1.085, "In 4d": 2.275,
}  # fmt: skip
"""Scofield's values of whole shells at Al K-alpha, C 1s = 1."""


def _rows(data_dir, name):
    with (data_dir / "reference" / name).open() as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(("level", "published"), SHELLS.items())
def test_a_level_is_the_published_value_of_its_shell(level, published):
    # Ga 3s is given to three digits only.
    found = REGISTRY.sensitivity_set("scofield_al").factor(level).value
    assert found == pytest.approx(published, rel=2e-3 if level != "Ga 3s" else 5e-3)


@pytest.mark.parametrize("name", PHOTONS)
@pytest.mark.parametrize("level", ["Si 2p", "P 2p", "S 2p", "Cl 2p", "Ga 2p", "Ga 3p"])
def test_a_level_is_the_sum_of_its_lines(name, level):
    factors = REGISTRY.sensitivity_set(name)
    total = factors.factor(f"{level}3/2").value + factors.factor(f"{level}1/2").value
    assert factors.factor(level).value == pytest.approx(total, rel=2e-3)


@pytest.mark.parametrize("name", PHOTONS)
@pytest.mark.parametrize("level", ["Si 2p", "P 2p", "S 2p", "Cl 2p", "Ga 2p"])
def test_2p_lines_stand_nearly_two_to_one(name, level):
    factors = REGISTRY.sensitivity_set(name)
    assert 1.9 <= factors.factor(f"{level}3/2").value / factors.factor(f"{level}1/2").value <= 2.0


def test_published_cross_sections_agree_with_computed_ones():
    c1s = {s.photon: s.sigma.value for s in REGISTRY.cross_sections if s.element == "C"}
    for section in REGISTRY.cross_sections:
        computed = section.sigma.value / c1s[section.photon]
        assert section.relative.value == pytest.approx(computed, rel=6e-3)


def test_gallium_3p_anchors_gallium_3s():
    # xraylib 4.3.0, Al K-alpha: 15443.7 barn against 28827.8 + 14987.7.
    factors = REGISTRY.sensitivity_set("scofield_al")
    assert factors.factor("Ga 3p").value == pytest.approx(3.2130, abs=2e-4)
    ratio = factors.factor("Ga 3s").value / factors.factor("Ga 3p").value
    assert ratio == pytest.approx(15443.7 / (28827.8 + 14987.7), rel=1e-4)


def test_gallium_3p_is_calculated_and_its_splitting_is_not():
    level = REGISTRY.core_level("Ga 3p")
    assert level.branching.scofield_al.status is Status.CALCULATED
    assert level.branching.scofield_al.source == ("xraylib",)
    assert level.splitting.status is Status.UNVERIFIED


@pytest.mark.parametrize("symbol", ["Si 2p", "P 2p", "S 2p", "Cl 2p", "Ga 2p", "Ga 3p", "Ga 3d", "In 3d", "In 4d"])  # fmt: skip
def test_area_ratios_follow_from_the_cross_sections(symbol):
    level = REGISTRY.core_level(symbol)
    factors = REGISTRY.sensitivity_set("scofield_al")
    major, minor = (factors.factor(f"{level.element} {line}").value for line in level.lines)
    assert level.branching.scofield_al.value == pytest.approx(minor / major, abs=1.5e-3)


def test_the_cross_section_table(data_dir):
    known = {(s.element, s.line, s.photon): s for s in REGISTRY.cross_sections}
    for row in _rows(data_dir, "photoionisation_cross_sections.csv"):
        section = known[row["element"], row["level"], float(row["photon_eV"])]
        assert section.sigma.value == float(row["sigma_barn"])
        published = row["rel_C1s_scofield"] or row["rel_C1s_xraylib"]
        assert section.relative.value == float(published)


SHELL_NAMES = {
    "1s": "K", "2s": "L1", "2p1/2": "L2", "2p3/2": "L3", "3s": "M1", "3p1/2": "M2", "3p3/2": "M3",
    "3d3/2": "M4", "3d5/2": "M5", "4d3/2": "N4", "4d5/2": "N5",
}  # fmt: skip


def test_cross_sections_agree_with_xraylib():
    xraylib = pytest.importorskip("xraylib")
    for section in REGISTRY.cross_sections:
        z = xraylib.SymbolToAtomicNumber(section.element)
        shell = getattr(xraylib, f"{SHELL_NAMES[section.line]}_SHELL")
        # Its cross-sections are per electron, whatever its documentation says.
        electrons = xraylib.ElectronConfig(z, shell)
        barn = xraylib.CSb_Photo_Partial(z, shell, section.photon / 1000.0) * electrons
        assert section.sigma.value == pytest.approx(barn, rel=1e-2)


def test_a_level_without_a_factor_is_named():
    with pytest.raises(UnknownReferenceError, match=r"no factor for 'Au 4f'; for Au it has none"):
        REGISTRY.sensitivity_set("scofield_al").factor("Au 4f")


@pytest.mark.parametrize("label", ["", "S", "S 2", "S 2p1", "C 1"])
def test_part_of_a_name_is_no_level(label):
    with pytest.raises(UnknownReferenceError, match="no factor for"):
        REGISTRY.sensitivity_set("scofield_al").factor(label)


@pytest.mark.parametrize(("label", "near"), [("S 2d", ("S 2s", "S 2p")), ("ga3P", ("Ga 3p",)), ("Au 4f", ())])  # fmt: skip
def test_near_levels_of_a_missing_factor_are_of_the_same_element(label, near):
    with pytest.raises(UnknownReferenceError) as caught:
        REGISTRY.sensitivity_set("scofield_al").factor(label)
    assert set(near) <= set(caught.value.near)
    assert len({level.partition(" ")[0] for level in caught.value.near}) <= 1


def test_a_missing_factor_is_one_sentence_that_can_be_pickled():
    with pytest.raises(UnknownReferenceError) as caught:
        REGISTRY.sensitivity_set("scofield_al").factor("Au 4f")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert "\n" not in str(again)
    assert ". " not in str(again)


@pytest.mark.parametrize("photon", [1486.6, 1486.69, 1486.7])
def test_cross_sections_of_one_anode_whatever_the_file_calls_its_energy(photon):
    assert REGISTRY.cross_section("Ga 3s", photon).sigma.value == 15443.7


def test_a_cross_section_at_another_photon_energy_is_not_the_nearest_one():
    with pytest.raises(UnknownReferenceError, match=r"1486\.6 and 1253\.6 eV"):
        REGISTRY.cross_section("Ga 3s", 2984.3)


@pytest.mark.parametrize(("label", "expected"), [("S 2p", 1.1381), ("S 2p1/2", 1.1342), ("In 4d", 1.289)])  # fmt: skip
def test_a_level_has_the_asymmetry_of_its_major_line(label, expected):
    assert REGISTRY.beta(label).value == expected


def test_part_of_a_name_has_no_asymmetry():
    assert REGISTRY.beta("S 2") is None


def test_attenuation_lengths(data_dir):
    known = {m.key: m for m in REGISTRY.imfp_materials}
    rows = _rows(data_dir, "imfp_tpp2m_check.csv")
    assert len(rows) == 110
    for row in rows:
        found = tpp2m(known[row["material"]], float(row["kinetic_energy_eV"]))
        assert found == pytest.approx(float(row["lambda_A"]), rel=1e-3)


@pytest.mark.parametrize("energy", [49.0, 2001.0, float("nan")])
def test_attenuation_outside_the_formulas_range(energy):
    with pytest.raises(ValueError, match="50 to 2000 eV"):
        tpp2m(REGISTRY.imfp_material("In"), energy)


@pytest.mark.parametrize(
    ("beta", "angle", "expected"), [(1.138, 54.7356, 1.0), (1.138, 90.0, 1.2845), (2.0, 45.0, 0.75)]
)
def test_angular_factor(beta, angle, expected):
    assert angular_factor(beta, angle) == pytest.approx(expected, abs=1e-6)
