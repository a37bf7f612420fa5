"""What is drawn of a verdict adds up to the model, and marks are where lines are."""

from __future__ import annotations

import numpy as np
import pytest

import xrd
from references import load
from xrd.curves import curves_of, marks_of
from xrd.example import TWO_THETA, Powder, simulated
from xrd.verdict import Verdict


@pytest.fixture(scope="module")
def found():
    library = load()
    sought = [library.phase(name) for name in ("LiCl", "Li2S", "Li3P")]
    seen = xrd.Instrument(radiation="Cu Ka", radius_mm=240.0)
    return xrd.check(xrd.example("unannealed"), candidates=sought, instrument=seen)


def test_parts_and_background_add_up_to_the_model(found):
    curves = curves_of(found)
    assert curves.phases == ("Li6PS5Cl", "LiCl", "Li2S")
    np.testing.assert_allclose(curves.calculated(curves.phases), curves.calculated(), atol=0.06)


def test_a_phase_that_is_left_out_is_missing_at_its_own_line(found):
    curves = curves_of(found)
    near = np.abs(curves.two_theta - 34.95) < 0.1
    with_it, without = curves.calculated(), curves.calculated({"Li6PS5Cl", "Li2S"})
    assert with_it[near].max() > without[near].max() + 50
    assert curves.difference({"Li6PS5Cl", "Li2S"})[near].max() > 10
    assert np.abs(curves.difference()[near]).max() < 6


def test_the_strongest_mark_is_where_the_pattern_is_highest(found):
    marks = curves_of(found).marks["Li6PS5Cl"]
    curves = curves_of(found)
    strongest = marks.two_theta[marks.share.argmax()]
    assert abs(curves.two_theta[curves.observed.argmax()] - strongest) < 0.05
    assert np.all(np.diff(marks.two_theta) >= 0)
    assert np.abs(marks.hkl[marks.share.argmax()]).tolist() == [3, 1, 1]


def test_a_phase_that_is_not_in_the_model_has_marks_too(found):
    marks = marks_of(found, load().phase("Li3P"))
    assert np.abs(marks.two_theta - 26.8).min() < 0.2
    assert marks.share.max() == 1.0


def test_counting_times_that_differ_are_taken_off():
    measured = xrd.example("annealed")
    twice = measured["two_theta"].values > 40.0
    counts = measured["counts"].values * np.where(twice, 2.0, 1.0)
    times = np.where(twice, 4.0, 2.0)
    longer = measured.assign(counts=("two_theta", counts)).assign_coords(
        counting_time=("two_theta", times)
    )
    curves = curves_of(xrd.check(longer, candidates=[]))
    beside = [
        float(curves.beneath[np.abs(curves.two_theta - middle) < 0.2].mean())
        for middle in (39.7, 40.3)
    ]
    assert beside[0] == pytest.approx(beside[1], rel=0.05)
    assert np.median(np.abs(curves.difference())) < 1.0


def test_a_phase_without_a_structure_has_no_marks(found):
    with pytest.raises(ValueError, match="structure"):
        marks_of(found, load().phase("GaCl3"))


def test_a_model_of_another_phase_describes_no_pattern(found):
    seen = xrd.Instrument(radiation="Cu Ka")
    wrong = xrd.check(xrd.example("unannealed"), "LiCl", candidates=[], instrument=seen)
    assert wrong.verdict is Verdict.WRONG_PHASE
    assert not wrong.described
    assert all(one.fraction is None and one.limits is None for one in wrong.phases)
    assert not [row for row in wrong.rows() if row.quantity == "crystalline_mass_fraction"]
    assert found.described


def test_a_phase_with_another_cell_describes_its_pattern_all_the_same():
    grains = {"Li6PS5Cl": Powder(size=80.0, exchange=0.5, stretch=1.02)}
    x, counts = simulated({"Li6PS5Cl": 1.0}, powders=grains, two_theta=TWO_THETA[::2], seed=5)
    measured = xrd.pattern(x, counts, wavelength=1.5405929, radius_mm=173.0)
    seen = xrd.Instrument(monochromator_two_theta_deg=26.57)
    stretched = xrd.check(measured, candidates=[], instrument=seen)
    assert stretched.verdict is Verdict.WRONG_PHASE
    assert stretched.described
