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
    # 3 x 9.3 nm x 0.06 / 0.001 = 1.7 um.
    assert "about 1.7 um radius" in told[0].message


def test_a_grain_size_goes_by_what_is_beyond_the_lattice_and_by_its_own_level(registry):
    rows = [
        fraction("LiCl (Cl 2p)", "P+S+Cl", 0.334, basis="atomic"),
        fraction("LiCl (Cl 2p) beyond the lattice", "P+S+Cl", 0.216, basis="atomic"),
    ]
    # Li 1s has the greater depth, and no atomic share.
    lithium = region("Li 1s", {"LiCl": (0.7, 0.04), "Li0": (0.3, 0.04)})
    lithium["components"][0]["position_eV"] = 56.0
    chloride = region("Cl 2p", {"LiCl": (1.0, 0.01)})
    told = found(
        registry,
        "surface_or_bulk",
        xps=fits(lithium, chloride, fractions=rows),
        xrd=pattern(
            phase("Li6PS5Cl", "main", crystalline_mass_fraction=1.0),
            phase("LiCl", "not_detected", upper_limit=0.00093),
        ),
    )
    message = next(f.message for f in told if f.subject == "LiCl")
    # 0.093 wt% LiCl in Li6PS5Cl is 0.084 % of P+S+Cl: 3 x 9.1 nm x 0.216 / 0.00084 = 7.0 um.
    assert "a layer of 9.1 nm in which it is 21.6 % of P+S+Cl" in message
    assert "more than about 7 um radius" in message


# Mass fractions in the unit of XPS: Li6PS5Cl (268.41 g/mol) has 7 of P, S and Cl, Li2S is 45.94


def sulfide(limit, denominator="P+S+Cl", basis="atomic", subject="Li2S (S 2p)"):
    row = fraction(subject, denominator, 0.0, None, basis=basis, high=limit)
    return fits(
        region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)}),
        fractions=[row | {"subject": f"{subject} beyond the lattice"}],
    )


POWDER = pattern(
    phase("Li6PS5Cl", "main", crystalline_mass_fraction=0.98),
    phase("Li2S", crystalline_mass_fraction=0.02, u=0.002),
)


def test_what_is_below_the_other_limit_in_one_unit_is_no_difference(registry):
    told = found(registry, "surface_or_bulk", xps=sulfide(0.032), xrd=POWDER)
    share = (0.02 / 45.94) / (0.02 / 45.94 + 7 * 0.98 / 268.41)
    assert [f.reported for f in told] == [
        f"XRD: 2.00 ± 0.20 wt%, in atoms {100 * share:.2f} ± 0.17 % of P+S+Cl"
    ]
    assert told[0].message.startswith("nothing differs")


def test_what_is_above_the_other_limit_in_one_unit_differs(registry):
    told = found(registry, "surface_or_bulk", xps=sulfide(0.008), xrd=POWDER)
    assert "which something else may cover" in told[0].message


def test_a_share_within_a_level_is_one_of_its_element(registry):
    told = found(
        registry, "surface_or_bulk", xps=sulfide(0.05, "S 2p", "within_level", "Li2S"), xrd=POWDER
    )
    share = (0.02 / 45.94) / (0.02 / 45.94 + 5 * 0.98 / 268.41)
    assert f"in atoms {100 * share:.2f} ± 0.23 % of S" in told[0].reported
    assert told[0].message.startswith("nothing differs")


def test_a_little_at_the_surface_that_the_powder_could_hide_is_no_difference(registry):
    shares = region("S 2p", {"PS4": (0.99, 0.002), "Li2S": (0.01, 0.002)})
    powder = pattern(
        phase("Li6PS5Cl", "main", crystalline_mass_fraction=1.0),
        phase("Li2S", "not_detected", upper_limit=0.02),
    )
    told = found(registry, "surface_or_bulk", xps=fits(shares), xrd=powder)
    # 2.33 %, rounded up.
    assert "in atoms < 2.4 % of S" in told[0].reference
    assert told[0].message.startswith("nothing differs")


def test_an_element_of_no_other_phase_is_not_told_in_atoms(registry):
    # All crystalline gallium is of the phase that is not there, whatever its limit.
    shares = region("Ga 2p", {"Ga0": (0.6, 0.02), "GaCl3": (0.4, 0.02)})
    powder = pattern(
        phase("Li6PS5Cl", "main", crystalline_mass_fraction=1.0), phase("Ga", "not_detected")
    )
    told = found(registry, "surface_or_bulk", xps=fits(shares), xrd=powder)
    assert told[0].reference == "XRD: < 0.10 wt%"
    assert told[0].message.startswith("no contradiction")


def test_a_fraction_that_does_not_count_its_own_element_is_not_told_in_atoms(registry):
    alone = pattern(phase("Li2S", "main", crystalline_mass_fraction=1.0, u=0.0))
    told = found(registry, "surface_or_bulk", xps=sulfide(0.03, "P+Cl"), xrd=alone)
    assert [f.reported for f in told] == ["XRD: 100 wt%"]


# A lattice that is not its formula


def split(free, u_parts, companion=0.48):
    """S 2p split by PS4: a quarter of its atoms are asked for as free sulfide."""
    rest = max(free - companion / 4, 0.0)
    limit = fraction("Li2S (S 2p) beyond the lattice", "P+S+Cl", rest, None, basis="atomic")
    rows = [
        fraction("PS4 (S 2p)", "P+S+Cl", companion, 0.04, basis="atomic"),
        fraction("Li2S (S 2p)", "P+S+Cl", free, 0.014, basis="atomic"),
        limit | {"u_parts": u_parts},
        fraction("LiCl (Cl 2p) beyond the lattice", "P+S+Cl", 0.216, 0.049, basis="atomic"),
    ]
    shares = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)})
    return fits(shares, region("Cl 2p", {"LiCl": (1.0, 0.01)}), fractions=rows)


@pytest.mark.parametrize(
    ("free", "severity", "deviation"), [(0.06, "warning", "-3.8 u"), (0.08, "info", "-2.5 u")]
)
def test_less_of_a_part_than_the_lattice_needs_is_told(registry, free, severity, deviation):
    told = found(registry, "lattice_stoichiometry", xps=split(free, {"constraints": 0.016}))
    assert [(f.severity, f.subject, f.deviation) for f in told] == [
        (severity, "S-free of Li6PS5Cl", deviation)
    ]
    assert told[0].reference == "12.0 ± 1.0 % by PS4 (S 2p) and the formula"
    assert "LiCl (Cl 2p) beyond the lattice, 21.6 ± 4.9 %, rests on the same" in told[0].message
    assert f"up to {12 - 100 * free:.2g} % of P+S+Cl of it" in told[0].message
    assert "independent" not in told[0].message


@pytest.mark.parametrize("free", [0.10, 0.12, 0.3])
def test_a_lattice_as_its_formula_or_with_more_beside_it_is_no_news(registry, free):
    told = found(registry, "lattice_stoichiometry", xps=split(free, {"constraints": 0.016}))
    assert told == []


def test_a_lattice_without_its_covariance_says_so(registry):
    told = found(registry, "lattice_stoichiometry", xps=split(0.06, {}))
    # (0.014^2 + 0.01^2 + (0.05 x 0.12)^2)^(1/2) = 0.018
    assert told[0].deviation == "-3.3 u"
    assert "taken as independent" in told[0].message


def test_a_fit_that_was_not_split_says_nothing_of_the_lattice(registry):
    given = split(0.06, {"constraints": 0.016})
    given["fractions"] = given["fractions"][:2]
    assert found(registry, "lattice_stoichiometry", xps=given) == []


def test_compositions_and_ions_of_one_name_are_told_apart_too(registry):
    rows = [fraction("Cl", "S+Cl", 0.5, 0.02, basis="atomic")]
    one, two = (fits(region("S 2p", {"PS4": (s, 0.02)}), fractions=rows) for s in (0.9, 0.8))
    bulk = pattern(phase("Li6PS5Cl", "main"))
    told = found(registry, "surface_composition", a=one, b=two, xrd=bulk)
    assert [f.reported.partition("(atomic)")[2] for f in told] == [" (A in a)", " (A in b)"]
    ions = {name: profile(ion("Cl-", 5000.0), ion("GaCl-", 400.0)) for name in ("c", "d")}
    told = found(registry, "ion_without_element", xps=NO_GALLIUM, **ions)
    assert [f.reported.rpartition("surface")[2] for f in told] == [" (A in c)", " (A in d)"]


def test_two_results_of_one_name_are_told_apart_by_their_folders(registry):
    one, two = (
        fits(region("S 2p", {"PS4": (1 - share, 0.02), "Li2S": (share, 0.02)}))
        for share in (0.16, 0.14)
    )
    told = found(
        registry, "surface_or_bulk", c6a=one, c6b=two, xrd=pattern(phase("Li2S", "not_detected"))
    )
    assert told[0].reported == (
        "XPS: 16.0 ± 2.0 % of S 2p (A in c6a) and 14.0 ± 2.0 % of S 2p (A in c6b)"
    )


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
