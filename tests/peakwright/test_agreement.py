"""What each technique says of a species, given what it can see."""

from __future__ import annotations

import pytest

from peakwright.agreement import Says, agree
from references import load
from references.words import InputError, Kind

from .sampled import (
    fits,
    fraction,
    head,
    ion,
    pattern,
    phase,
    profile,
    region,
    survey,
)


@pytest.fixture(scope="module")
def registry():
    return load()


def says(found, species, technique):
    return [one.says for one in found.of(species, technique)]


def why(found, species, technique):
    return found.of(species, technique)[0].why


def test_a_line_at_a_place_of_its_own_shows_its_species(registry):
    found = agree({"xps": fits(region("S 2p", {"PS4": (0.9, 0.02), "S8": (0.1, 0.02)}))}, registry)
    assert says(found, "PS4", "xps") == [Says.PRESENT]


def test_a_line_where_another_species_lies_too_is_only_compatible(registry):
    found = agree({"xps": fits(region("In 3d", {"In0": (1.0, 0.02)}))}, registry)
    assert says(found, "In0", "xps") == [Says.COMPATIBLE]
    assert "Li-In" in why(found, "In0", "xps")


def test_what_comes_with_a_lattice_is_a_rival_nearby(registry):
    # The free sulfide lies at 160.0 to 160.2 eV, this line at 160.4; where PS4 is, it is too.
    with_lattice = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)})
    without = region("S 2p", {"S8": (0.9, 0.02), "Li2S": (0.1, 0.02)})
    assert says(agree({"xps": fits(with_lattice)}, registry), "Li2S", "xps") == [Says.COMPATIBLE]
    assert says(agree({"xps": fits(without)}, registry), "Li2S", "xps") == [Says.PRESENT]


def test_the_lattice_has_lithium_too(registry):
    li = region("Li 1s", {"LiCl": (1.0, 0.02)})
    li["components"][0]["position_eV"] = 56.1
    assert says(agree({"xps": fits(li)}, registry), "LiCl", "xps") == [Says.PRESENT]
    both = agree({"xps": fits(li, region("S 2p", {"PS4": (1.0, 0.02)}))}, registry)
    assert says(both, "LiCl", "xps") == [Says.COMPATIBLE]
    assert "Li6PS5Cl" in why(both, "LiCl", "xps")


def test_what_has_an_element_that_is_not_there_is_no_rival(registry):
    # In2O3 lies near InCl3, but nothing says that there is oxygen.
    found = agree({"xps": fits(region("In 3d", {"InCl3": (1.0, 0.02)}))}, registry)
    assert "O" not in why(found, "InCl3", "xps")


def test_an_energy_that_nobody_has_verified_proves_nothing(registry):
    found = agree(
        {"xps": fits(region("Ga 2p", {"GaCl3": (0.4, 0.02), "Ga0": (0.6, 0.02)}))}, registry
    )
    assert says(found, "GaCl3", "xps") == [Says.COMPATIBLE]
    assert "unverified" in why(found, "GaCl3", "xps")


def test_an_upper_limit_is_below_the_limit(registry):
    found = agree(
        {"xps": fits(region("S 2p", {"PS4": (1.0, 0.02), "Li2S": (0.0, None)}))}, registry
    )
    statement = found.of("Li2S", "xps")[0]
    assert statement.says is Says.BELOW_LIMIT
    assert statement.rows[0].estimate.kind is Kind.UPPER_LIMIT


def test_a_limit_of_a_model_that_misses_what_is_there_says_nothing(registry):
    wrong = region("S 2p", {"PS4": (1.0, 0.02), "Li2S": (0.0, None)})
    wrong["statistics"]["chi2_reduced"] = 95.7
    found = agree({"xps": fits(wrong)}, registry)
    assert says(found, "Li2S", "xps") == [Says.UNDECIDED]
    assert "95.7" in why(found, "Li2S", "xps")


def test_what_the_lattice_explains_is_no_sulfide_of_its_own(registry):
    beyond = fraction("Li2S (S 2p) beyond the lattice", "P+S+Cl", 0.0, None, basis="atomic")
    shares = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)})
    found = agree({"xps": fits(shares, fractions=[beyond])}, registry)
    assert says(found, "Li2S", "xps") == [Says.BELOW_LIMIT]
    assert "S-free" in why(found, "Li2S", "xps")


def test_what_is_beyond_the_lattice_is_there(registry):
    beyond = fraction("Li2S (S 2p) beyond the lattice", "P+S+Cl", 0.2, 0.02, basis="atomic")
    shares = region("S 2p", {"PS4": (0.7, 0.02), "Li2S": (0.3, 0.02)})
    found = agree({"xps": fits(shares, fractions=[beyond])}, registry)
    assert says(found, "Li2S", "xps") == [Says.PRESENT]
    assert found.of("Li2S", "xps")[0].rows[0].denominator == "P+S+Cl"


def test_what_is_beyond_the_lattice_within_a_level_is_read_too(registry):
    beyond = fraction("Li2S beyond the lattice", "S 2p", 0.0, None)
    shares = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)})
    found = agree({"xps": fits(shares, fractions=[beyond])}, registry)
    assert says(found, "Li2S", "xps") == [Says.BELOW_LIMIT]


@pytest.mark.parametrize("u", [0.0, None])
def test_a_fixed_phase_is_no_measurement_whatever_its_u(registry, u):
    alone = phase("LiCl", crystalline_mass_fraction=1.0, u=u, u_parts={}, kind="fixed")
    said = agree({"xrd": pattern(alone)}, registry).of("LiCl", "xrd")[0]
    assert said.rows[0].estimate.kind == "fixed"
    assert said.rows[0].estimate.u is None
    assert "no measurement" in said.why


def test_two_results_of_one_name_are_two_measurements(registry):
    one, two = (fits(region("S 2p", {"PS4": (share, 0.02)})) for share in (0.9, 0.8))
    found = agree({"first": one, "second": two}, registry)
    assert found.measurements("xps") == ("A in first", "A in second")
    # Two levels of one sample are one measurement.
    two = fits(region("Cl 2p", {"LiCl": (1.0, 0.02)}))
    assert agree({"first": one, "second": two}, registry).measurements("xps") == ("A",)


def test_a_fit_that_did_not_converge_says_nothing(registry):
    one = region("S 2p", {"PS4": (1.0, 0.02)}) | {"assessment": "multimodal"}
    found = agree({"xps": fits(one)}, registry)
    assert says(found, "PS4", "xps") == [Says.UNDECIDED]


@pytest.mark.parametrize(
    ("species", "reason"),
    [
        ("Li2S", "not among the components of S 2p"),
        ("Li3P", "no line of it in the fitted regions (it has P 2p)"),
        ("Li6PS5Cl", "it shows by its parts: PS4, S-free and Cl-lattice"),
    ],
)
def test_xps_says_why_it_cannot_see(registry, species, reason):
    powder = pattern(*(phase(name) for name in ("Li6PS5Cl", "Li2S", "Li3P")))
    found = agree({"xps": fits(region("S 2p", {"PS4": (1.0, 0.02)})), "xrd": powder}, registry)
    assert says(found, species, "xps") == [Says.CANNOT_SEE]
    assert why(found, species, "xps") == reason


def test_each_level_has_its_own_depth(registry):
    both = region("S 2p", {"PS4": (1.0, 0.02)}), region("Ga 2p", {"Ga0": (1.0, 0.02)})
    both[1]["components"][0]["position_eV"] = 1116.7
    found = agree({"xps": fits(*both)}, registry)
    deep, shallow = (found.of(s, "xps")[0].depth.nm for s in ("PS4", "Ga0"))
    # Three TPP-2M mean free paths in the electrolyte: 31.1 and 11.8 Angstrom in the notes.
    assert deep == pytest.approx(9.3, abs=0.1)
    assert shallow == pytest.approx(3.5, abs=0.1)


def test_an_ion_is_a_fragment_and_no_species(registry):
    found = agree({"tof": profile(ion("GaCl-", 400.0), ion("Cl-", 5000.0))}, registry)
    assert says(found, "GaCl3", "tofsims") == [Says.COMPATIBLE]


def test_an_element_ion_is_given_by_all_that_contain_it(registry):
    found = agree({"tof": profile(ion("S-", 400.0), ion("LiS-", 300.0))}, registry)
    assert "all that contain S give S-" in why(found, "Li2S", "tofsims")


def test_an_ion_of_no_counts_has_a_limit(registry):
    found = agree({"tof": profile(ion("Cl-", 5000.0), ion("Ga-", 0.0))}, registry)
    limited = [s for s in found.statements if s.says is Says.BELOW_LIMIT]
    # 2.996 counts in 20 points, or what the uncertainty of none gives, whichever is more.
    assert all(row.estimate.high > 0.149 for s in limited for row in s.rows)


def test_an_ion_without_a_peak_is_not_seen_whatever_its_window_holds(registry):
    scale = {"source": "ions", "without_a_peak": ["GaCl-"]}
    both = ion("GaCl-", 400.0), ion("Cl-", 5000.0), ion("Ga-", 90.0)
    found = agree({"tof": profile(*both, calibration=scale)}, registry)
    assert says(found, "GaCl3", "tofsims") == [Says.BELOW_LIMIT]


def test_an_ion_whose_isotopes_are_wrong_decides_nothing(registry):
    wrong = {"rule": "sims_isotope_ratio", "severity": "warning", "subject": "GaCl- / [71Ga]Cl-"}
    both = ion("GaCl-", 400.0), ion("Cl-", 5000.0)
    found = agree({"tof": profile(*both, findings=[wrong])}, registry)
    assert says(found, "GaCl3", "tofsims") == [Says.UNDECIDED]


def test_a_species_of_an_element_that_is_not_there_is_not_read_into_an_ion(registry):
    found = agree({"tof": profile(ion("Cl-", 5000.0), ion("Li-", 100.0))}, registry)
    assert "NaCl" not in found.species
    assert "LiCl" in found.species


@pytest.mark.parametrize(
    ("presence", "word"),
    [
        ("main", Says.PRESENT),
        ("present", Says.PRESENT),
        ("tentative", Says.UNDECIDED),
        ("undecidable", Says.UNDECIDED),
        ("not_detected", Says.BELOW_LIMIT),
    ],
)
def test_xrd_says_what_it_found_of_a_phase(registry, presence, word):
    found = agree({"xrd": pattern(phase("LiCl", presence))}, registry)
    assert says(found, "LiCl", "xrd") == [word]


def test_a_phase_without_a_structure_cannot_be_seen(registry):
    both = fits(region("In 3d", {"InCl3": (1.0, 0.02)})), pattern(phase("InCl3", "not_tested"))
    found = agree(dict(zip(("xps", "xrd"), both, strict=True)), registry)
    assert says(found, "InCl3", "xrd") == [Says.CANNOT_SEE]
    assert why(found, "InCl3", "xrd") == "the library has no structure of InCl3"


def test_what_melts_in_the_hand_has_no_lines(registry):
    found = agree({"xrd": pattern(phase("Ga", "not_detected"))}, registry)
    assert "melt has no lines" in why(found, "Ga0", "xrd")


def test_a_phase_is_all_the_species_in_it(registry):
    found = agree({"xrd": pattern(phase("Li6PS5Cl", "main"))}, registry)
    assert {"PS4", "S-free", "Cl-lattice", "Li6PS5Cl"} <= set(found.species)


def test_before_and_after_are_two_statements_with_their_names(registry):
    both = head("peakwright.xrd.compare/1", "before.xy")
    both["inputs"].append({"path": "after.xy", "sha256": "cd" * 32})
    both |= {"a": {"phases": [phase("LiCl")]}, "b": {"phases": [phase("LiCl", "not_detected")]}}
    found = agree({"xrd": both}, registry).of("LiCl", "xrd")
    told = {one.sample: one.says for one in found}
    assert told == {"before": Says.PRESENT, "after": Says.BELOW_LIMIT}


def test_a_survey_tells_elements_and_no_species(registry):
    found = agree({"s": survey(("In",)), "xrd": pattern(phase("In"))}, registry)
    assert why(found, "In0", "xps") == "a survey tells elements, not species"


def test_a_technique_that_was_not_used_is_no_column(registry):
    found = agree({"xrd": pattern(phase("LiCl"))}, registry)
    assert found.techniques == ("xrd",)
    assert found.findings == ()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"phases": 3}, "phases"),
        ({"phases": [{"phase": "LiCl", "crystalline_mass_fraction": "much"}]}, "phases[0]"),
        ({"inputs": [{"path": "a.xy", "sha256": "no"}]}, "inputs[0].sha256"),
    ],
)
def test_a_broken_document_is_refused_with_the_path_to_the_field(registry, change, place):
    with pytest.raises(InputError, match=place.replace("[", r"\[").replace("]", r"\]")):
        agree({"xrd": pattern(phase("LiCl")) | change}, registry)


def test_the_document_holds_every_statement(registry):
    found = agree({"xrd": pattern(phase("LiCl"))}, registry)
    told = found.to_dict()
    assert [one["species"] for one in told["species"]] == ["LiCl"]
    assert told["species"][0]["statements"][0]["rows"][0]["basis"] == "crystalline_mass"
