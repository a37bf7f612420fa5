"""Each rule speaks where the techniques contradict each other, and is silent where they need not."""

from __future__ import annotations

import re

import pytest

from peakwright.agreement import agree
from peakwright.agreement.rules import RULES
from references import load

from .sampled import fits, fraction, ion, pattern, phase, profile, region, survey


@pytest.fixture(scope="module")
def registry():
    return load()


def found(registry, rule, **results):
    return [f for f in agree(results, registry).findings if f.rule == rule]


GALLIUM = pattern(phase("Li6PS5Cl", "main"), phase("LiGa"))
NO_GALLIUM = survey(("Li", "P", "S", "Cl"), {"Ga": 0.002})
POSITIVE = [ion("Li+", 5000.0), ion("Ga+", 0.0)]


def test_a_phase_whose_element_nobody_else_finds_is_an_error(registry):
    told = found(
        registry, "phase_without_element", xrd=GALLIUM, xps=NO_GALLIUM, tof=profile(*POSITIVE)
    )
    assert [(f.severity, f.subject) for f in told] == [("error", "Ga of LiGa")]
    assert "below 0.20 at%" in told[0].reference


@pytest.mark.parametrize(
    "others",
    [
        {"xps": NO_GALLIUM},
        {"tof": profile(*POSITIVE)},
        # Among negative ions the missing Ga- says nothing: gallium hardly makes an anion.
        {"xps": NO_GALLIUM, "tof": profile(ion("Cl-", 5000.0), ion("Ga-", 0.0))},
        {"xps": NO_GALLIUM, "tof": profile(ion("Li+", 5000.0), ion("Ga+", 50.0))},
        {"xps": survey(("Ga",)), "tof": profile(*POSITIVE)},
        # 3 wt% of LiGa are 0.8 at% Ga.
        {"xps": survey(("Li",), {"Ga": 0.005}), "tof": profile(*POSITIVE)},
    ],
    ids=[
        *("XPS alone", "TOF-SIMS alone", "wrong polarity", "ion seen", "XPS sees it"),
        "less of it than XPS could see",
    ],
)
def test_a_phase_is_not_doubted_for_less(registry, others):
    assert found(registry, "phase_without_element", xrd=GALLIUM, **others) == []


def test_a_trace_of_a_phase_is_not_asked_of_the_others(registry):
    little = phase("LiGa", crystalline_mass_fraction=0.004)
    told = found(
        registry,
        "phase_without_element",
        xrd=pattern(phase("Li6PS5Cl", "main"), little),
        xps=NO_GALLIUM,
        tof=profile(*POSITIVE),
    )
    assert told == []


def test_an_element_whose_ion_is_hardly_missed_is_an_error(registry):
    told = found(
        registry,
        "element_without_ion",
        xps=fits(region("Cl 2p", {"LiCl": (1.0, 0.01)})),
        tof=profile(ion("S-", 3000.0), ion("Cl-", 0.0)),
    )
    assert [(f.severity, f.subject) for f in told] == [("error", "Cl")]


def test_a_metal_without_its_anion_is_no_news(registry):
    told = found(
        registry,
        "element_without_ion",
        xps=fits(region("In 3d", {"In0": (1.0, 0.01)})),
        tof=profile(ion("S-", 3000.0), ion("In-", 0.0)),
    )
    assert told == []


def test_an_element_in_a_cluster_is_not_missed(registry):
    told = found(
        registry,
        "element_without_ion",
        xps=fits(region("Cl 2p", {"LiCl": (1.0, 0.01)})),
        tof=profile(ion("InCl-", 3000.0), ion("Cl-", 0.0)),
    )
    assert told == []


def test_a_strong_ion_of_an_element_that_the_surface_lacks_is_to_be_looked_at(registry):
    told = found(
        registry,
        "ion_without_element",
        xps=NO_GALLIUM,
        tof=profile(ion("Cl-", 5000.0), ion("GaCl-", 400.0)),
    )
    assert [(f.severity, f.subject) for f in told] == [("warning", "GaCl-, Ga")]
    assert "8 % of the strongest" in told[0].reported


@pytest.mark.parametrize("counts", [0.0, 30.0], ids=["no ion", "a trace"])
def test_a_trace_of_an_ion_contradicts_no_survey(registry, counts):
    told = found(
        registry,
        "ion_without_element",
        xps=NO_GALLIUM,
        tof=profile(ion("Cl-", 5000.0), ion("GaCl-", counts)),
    )
    assert told == []


def test_an_ion_from_deeper_than_xps_sees_is_no_contradiction(registry):
    deep = ion("GaCl-", 400.0)
    deep["corrected"][:5], deep["u"][:5] = [0.0] * 5, [0.0] * 5
    told = found(
        registry, "ion_without_element", xps=NO_GALLIUM, tof=profile(ion("Cl-", 5e3), deep)
    )
    assert told == []


def test_a_cluster_without_its_compound_is_recombination(registry):
    shares = region("Ga 2p", {"Ga0": (1.0, 0.02), "GaCl3": (0.0, None)})
    told = found(
        registry,
        "ion_by_recombination",
        xps=fits(shares, region("Cl 2p", {"LiCl": (1.0, 0.01)})),
        tof=profile(ion("Cl-", 5000.0), ion("GaCl-", 400.0)),
    )
    assert [(f.severity, f.subject) for f in told] == [("info", "GaCl-, GaCl3")]


def test_a_cluster_of_a_compound_that_is_there_is_no_news(registry):
    shares = region("Ga 2p", {"Ga0": (0.6, 0.02), "GaCl3": (0.4, 0.02)})
    told = found(
        registry,
        "ion_by_recombination",
        xps=fits(shares),
        tof=profile(ion("Cl-", 5000.0), ion("GaCl-", 400.0)),
    )
    assert told == []


def test_an_interphase_that_the_powder_does_not_show_is_no_contradiction(registry):
    amount = fraction("Li2S (S 2p)", "P+S+Cl", 0.06, basis="atomic")
    shares = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)})
    told = found(
        registry,
        "surface_or_bulk",
        xps=fits(shares, fractions=[amount]),
        xrd=pattern(phase("Li2S", "not_detected")),
    )
    assert [(f.severity, f.subject) for f in told] == [("info", "Li2S")]
    # 3 x 9.3 nm x 0.06 / 0.001 = 1.7 um, written with one digit and rounded up.
    assert "about 2 um radius" in told[0].message


def test_a_share_within_a_level_makes_no_grain_size(registry):
    shares = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)})
    told = found(
        registry, "surface_or_bulk", xps=fits(shares), xrd=pattern(phase("Li2S", "not_detected"))
    )
    assert "radius" not in told[0].message


def test_a_phase_that_the_surface_lacks_is_no_contradiction(registry):
    shares = region("S 2p", {"PS4": (1.0, 0.02), "Li2S": (0.0, None)})
    told = found(registry, "surface_or_bulk", xps=fits(shares), xrd=pattern(phase("Li2S")))
    assert [f.reported for f in told] == ["XRD: 3.00 ± 0.20 wt%"]


def test_where_both_find_it_there_is_nothing_to_say(registry):
    shares = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)})
    assert found(registry, "surface_or_bulk", xps=fits(shares), xrd=pattern(phase("Li2S"))) == []


# Several measurements of one technique: two states of a sample


def powders(**names):
    """Patterns by the name of each."""
    return {name: pattern(*phases, name=f"{name}.xy") for name, phases in names.items()}


def test_two_states_are_no_contradiction_between_techniques(registry):
    both = powders(before=[phase("LiCl")], after=[phase("LiCl", "not_detected")])
    told = found(registry, "states_differ", **both)
    assert [(f.severity, f.subject) for f in told] == [("info", "LiCl")]
    assert told[0].reported == "XRD: 3.00 ± 0.20 wt% (before)"
    assert told[0].reference == "< 0.10 wt% (after)"


def test_two_measurements_that_agree_are_no_two_states(registry):
    both = powders(before=[phase("LiCl")], after=[phase("LiCl")])
    assert found(registry, "states_differ", **both) == []


def test_an_element_in_one_of_two_surveys_is_a_difference_of_states(registry):
    late = survey(("Li",), {"Ga": 0.002})
    late["surveys"][0]["sample"] = "late"
    told = found(registry, "states_differ", a=survey(("Li", "Ga")), b=late)
    assert [(f.subject, f.reported) for f in told] == [("Ga", "XPS: seen (A)")]
    assert "(late)" in told[0].reference


def test_each_state_is_compared_by_itself_and_by_name(registry):
    both = powders(before=[phase("Li2S")], after=[phase("Li2S", "not_detected")])
    shares = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)})
    told = found(registry, "surface_or_bulk", xps=fits(shares), **both)
    assert [f.reference for f in told] == ["XRD: < 0.10 wt% (after)"]
    assert "in another state (before) XRD says the opposite" in told[0].message


def test_measurements_of_one_name_are_of_one_state(registry):
    both = powders(before=[phase("Li2S")], after=[phase("Li2S", "not_detected")])
    shares = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)}, sample="before")
    assert found(registry, "surface_or_bulk", xps=fits(shares), **both) == []


def test_a_phase_that_another_state_lacks_is_no_error(registry):
    both = powders(
        before=[phase("Li6PS5Cl", "main"), phase("LiGa")], after=[phase("LiGa", "not_detected")]
    )
    told = found(registry, "phase_without_element", xps=NO_GALLIUM, tof=profile(*POSITIVE), **both)
    assert [f.severity for f in told] == ["warning"]
    assert told[0].reported.endswith("(before)")
    assert "after has it below its limit" in told[0].message


def test_a_surface_of_another_composition_is_told_with_its_deviation(registry):
    rows = [
        fraction(element, "P+S+Cl", value, 0.02, basis="atomic")
        for element, value in (("P", 0.143), ("S", 0.55), ("Cl", 0.307))
    ]
    told = found(
        registry,
        "surface_composition",
        xps=fits(region("S 2p", {"PS4": (1.0, 0.02)}), fractions=rows),
        xrd=pattern(phase("Li6PS5Cl", "main")),
    )
    # Li6PS5Cl: P, S and Cl as 1 : 5 : 1; P is as in the bulk.
    assert [(f.subject, f.deviation) for f in told] == [
        ("S of P+S+Cl", "-8.2 u"),
        ("Cl of P+S+Cl", "+8.2 u"),
    ]


def test_a_phase_that_no_component_stands_for_is_named(registry):
    told = found(
        registry,
        "not_in_the_model",
        xps=fits(region("S 2p", {"PS4": (1.0, 0.02)})),
        xrd=pattern(phase("Li6PS5Cl", "main"), phase("Li2S")),
    )
    assert [(f.severity, f.subject) for f in told] == [("info", "Li2S in S 2p")]


def test_the_loudest_comes_first(registry):
    everything = {
        "xrd": pattern(phase("LiGa"), phase("Li2S", "not_detected")),
        "xps": NO_GALLIUM,
        "tof": profile(*POSITIVE),
        "fit": fits(region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)})),
    }
    told = [str(f.severity) for f in agree(everything, registry).findings]
    assert told == sorted(told, key=["error", "warning", "info"].index)
    assert told[0] == "error"


def test_every_rule_has_its_paragraph(project):
    text = (project / "docs" / "report.md").read_text()
    told = re.findall(r"^### (\w+)\n", text, flags=re.MULTILINE)
    assert {rule.__name__ for rule in RULES} <= set(told)
    assert len(told) == len(set(told))
