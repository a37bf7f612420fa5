"""What the XRD view shows, without a browser: curves, marks, the table, where it looks."""

from __future__ import annotations

import numpy as np
import pytest

import references
import xrd
from peakwright.app.axes import SCALES, rescale
from peakwright.app.xrd.state import Looked, Shown, chosen_of, mass_of, recipe_of, table_of, unlike
from references.words import InputError
from xrd.recipe import Recipe

SEEN = xrd.Instrument(radiation="Cu Ka", radius_mm=240.0)


@pytest.fixture(scope="module")
def registry():
    return references.load()


@pytest.fixture(scope="module")
def looked(registry):
    sought = [registry.phase(name) for name in ("LiCl", "Li2S", "Li3P", "GaCl3")]
    found = xrd.check(xrd.example("unannealed"), candidates=sought, instrument=SEEN)
    return Looked.of(found, registry)


def test_the_whole_model_is_drawn_while_no_phase_is_hidden(looked):
    drawn = looked.pattern(Shown(scale="linear"))
    np.testing.assert_array_equal(drawn["calculated"], looked.curves.calculated())
    np.testing.assert_array_equal(drawn["counts"], drawn["observed"])


def test_a_hidden_phase_is_missing_from_the_curve_and_shows_in_the_difference(looked):
    shown = Shown(scale="linear")
    without = looked.pattern(shown.toggled("LiCl"))
    near = np.abs(looked.curves.two_theta - 34.95) < 0.1
    assert without["calculated"][near].max() < looked.pattern(shown)["calculated"][near].max() - 50
    assert without["difference"][near].max() > 10
    assert np.isnan(looked.part("LiCl", shown.toggled("LiCl"))).all()
    assert shown.toggled("LiCl").toggled("LiCl") == shown


def test_the_background_can_be_taken_off(looked):
    plain, less = (looked.pattern(Shown(scale="linear", subtracted=off)) for off in (False, True))
    np.testing.assert_allclose(
        less["observed"], plain["observed"] - looked.curves.beneath, atol=1e-9
    )
    assert np.abs(less["background"]).max() == 0.0
    assert np.abs(np.median(less["observed"])) < 0.4 * np.median(plain["observed"])


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("subtracted", [False, True])
def test_all_that_is_drawn_is_finite_and_within_the_ends(looked, scale, subtracted):
    shown = Shown(scale=scale, subtracted=subtracted)
    left, right, bottom, top = looked.whole(shown)
    drawn = looked.pattern(shown)
    assert (left, right) == pytest.approx((10.0, 80.0))
    for name in ("observed", "calculated"):
        assert np.isfinite(drawn[name]).all()
        assert bottom <= drawn[name].min() < drawn[name].max() <= top


def test_a_root_of_what_is_negative_is_negative():
    assert rescale([-4.0, 9.0], "root").tolist() == [-2.0, 3.0]


def test_a_phase_alone_is_drawn_only_where_it_is(looked):
    part = looked.part("Li2S", Shown())
    drawn = np.isfinite(part)
    assert 0.02 < drawn.mean() < 0.6
    assert drawn[np.abs(looked.curves.two_theta - 26.97) < 0.05].all()


def test_a_candidate_that_is_not_there_is_drawn_at_its_detection_limit(looked):
    shown = Shown(scale="linear", candidate="Li3P")
    sought = looked.sought("Li3P")
    more = looked.could_be(shown) - looked.curves.calculated(looked.curves.phases)
    np.testing.assert_allclose(more, sought.view.column, atol=1e-6)
    assert np.isnan(looked.could_be(Shown(candidate="LiCl"))).all()
    assert np.isnan(looked.could_be(Shown())).all()


def test_marks_have_a_row_for_each_phase_and_for_the_candidate(looked):
    assert looked.rows(Shown()) == ["Li6PS5Cl", "LiCl", "Li2S"]
    assert looked.rows(Shown(candidate="Li3P"))[-1] == "Li3P"
    assert looked.rows(Shown(candidate="LiCl")) == ["Li6PS5Cl", "LiCl", "Li2S"]
    assert looked.marks("Li3P").two_theta.size > 3
    assert looked.marks("GaCl3") is None
    assert looked.marks("<b>no such phase</b>") is None


def test_the_best_line_is_that_of_the_search(looked):
    assert looked.best_line("Li3P") == looked.sought("Li3P").view.two_theta
    assert looked.best_line("Li6PS5Cl") == pytest.approx(30.05, abs=0.05)
    assert looked.best_line("GaCl3") is None


def test_a_close_look_holds_the_line_and_its_own_height(looked):
    shown = Shown(scale="linear")
    left, right, bottom, top = looked.about(34.95, shown)
    assert left < 34.95 < right
    assert right - left < 3.0
    near = np.abs(looked.curves.two_theta - 34.95) < 0.3
    assert bottom < looked.curves.observed[near].min()
    assert looked.curves.observed[near].max() < top < 0.2 * looked.whole(shown)[3]


def test_lines_of_the_main_phase_are_gone_through_in_both_directions(looked):
    there = [10.0]
    for _ in range(40):
        there.append(looked.next_line(there[-1], 1))
    assert there[1] == pytest.approx(15.56, abs=0.05)
    wrapped = there.index(there[1], 2)
    assert there[1:wrapped] == sorted(there[1:wrapped])
    assert looked.next_line(there[2], -1) == there[1]
    assert looked.next_line(there[1], -1) == max(there)


def test_the_table_says_what_is_there_first(looked):
    table = table_of(looked.found, looked)
    assert table["phase"] == ["Li6PS5Cl", "Li2S", "LiCl", "Li3P", "GaCl3"]
    assert table["presence"] == ["main", "present", "present", "not detected", "not tested"]
    assert "±" in table["mass"][1]
    assert table["mass"][3].startswith("< ")
    assert table["mass"][4] == table["limit"][4] == table["line"][4] == ""
    assert float(table["line"][1]) == pytest.approx(26.96, abs=0.05)


def test_a_bound_is_never_rounded_down(looked):
    sought = looked.sought("Li3P")
    assert float(mass_of(sought).removeprefix("< ")) >= 100.0 * sought.upper_limit


def test_a_phase_that_the_pattern_is_not_of_has_no_mass(registry):
    found = xrd.check(
        xrd.example("unannealed"),
        registry.phase("LiCl"),
        candidates=[registry.phase("Li2S")],
        instrument=SEEN,
    )
    assert found.verdict == "wrong_phase"
    assert unlike(found) == "does not fit"
    table = table_of(found)
    assert table["phase"] == ["LiCl", "Li2S"]
    assert table["presence"][0] == "does not fit"
    assert table["mass"] == table["limit"] == ["", ""]


def test_a_phase_that_is_modelled_alone_is_said_to_be_and_has_no_number(looked):
    found = xrd.check(xrd.example("annealed"), candidates=[], instrument=SEEN)
    assert unlike(found) == unlike(looked.found) == ""
    assert table_of(found)["mass"] == ["all modelled"]
    assert "±" in table_of(looked.found)["mass"][0]


# What is asked

GIVEN = {
    "phase": "Li6PS5Cl",
    "chosen": ["LiCl", "Li2S"],
    "defaults": ["Li2S", "LiCl"],
    "radiation": "",
    "elements": "",
    "limit": 10.0,
    "scan": "",
}


@pytest.mark.parametrize(
    ("chosen", "asked"),
    [
        (["LiCl", "Li2S"], ("default",)),
        (["LiCl", "Li2S", "Si"], ("default", "Si")),
        (["LiCl"], ("LiCl",)),
        ([], ()),
    ],
)
def test_candidates_are_written_as_the_command_has_them(chosen, asked):
    made = recipe_of(Recipe(), **(GIVEN | {"chosen": chosen}))
    assert made.candidates == asked
    assert set(chosen_of(made, GIVEN["defaults"])) == set(chosen)


def test_the_rest_of_a_recipe_stays():
    before = Recipe(instrument=xrd.Instrument(radius_mm=240.0), background_file="empty.xy")
    chosen = {"radiation": "Cu Ka", "elements": "Li,P", "limit": 2.0, "scan": "1"}
    made = recipe_of(before, **(GIVEN | chosen))
    assert made.instrument.radius_mm == 240.0
    assert made.instrument.radiation == "Cu Ka"
    assert (made.elements, made.limit_percent, made.scan) == (("Li", "P"), 2.0, 1)
    assert made.background_file == "empty.xy"


@pytest.mark.parametrize(
    "wrong", [{"limit": None}, {"limit": 0.0}, {"elements": "Xx"}, {"radiation": "light"}]
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(InputError):
        recipe_of(Recipe(), **(GIVEN | wrong))
