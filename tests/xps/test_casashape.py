"""Line shapes in CasaXPS's words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xps.casashape import mix_by_height, to_casaxps
from xps.lineshape import from_casaxps, lineshape, mix_by_area

X = np.linspace(150.0, 172.0, 1001)
SAME = ["gaussian", "lorentzian", "pseudo_voigt", "gl_sum", "gl_product"]


def _profile(shape, position, fwhm, own):
    return lineshape(shape).density(X, np.array([[position, fwhm, *own]]))[0]


@pytest.mark.parametrize("name", SAME)
@given(mix=st.floats(0.0, 0.99), fwhm=st.floats(0.3, 4.0))
def test_a_shape_that_casaxps_has_reads_back_as_the_same_function(name, mix, fwhm):
    own = [mix] if lineshape(name).parameters else []
    casa = to_casaxps(name, 161.0, fwhm, own)
    shape, parameters, exact = from_casaxps(casa.text)
    assert casa.exact
    assert exact
    ours = _profile(name, 161.0, fwhm, own)
    theirs = _profile(shape.name, casa.position, casa.fwhm, parameters)
    assert np.abs(theirs - ours).max() <= 1e-12 * ours.max()


def test_a_share_of_areas_is_one_of_heights():
    # (1 - m) a : m b with a = 1.0644670194, b = pi/2; 30-digit arithmetic.
    assert mix_by_height(0.3874154416) == pytest.approx(0.3, abs=1e-10)
    assert mix_by_height(0.5960680662) == pytest.approx(0.5, abs=1e-10)


@given(st.floats(0.0, 1.0))
def test_shares_go_there_and_back(mix):
    assert float(mix_by_area(np.array(mix_by_height(mix)))[0]) == pytest.approx(mix, abs=1e-14)


@pytest.mark.parametrize("percent", [1, 7, 29, 30, 57, 70, 99])
def test_whole_percents_stay_whole(percent):
    assert to_casaxps("gl_product", 161.0, 1.0, [percent / 100]).text == f"GL({percent})"


def test_la_names_the_high_binding_energy_side_first():
    casa = to_casaxps("la", 161.0, 1.0, [1.3, 0.9])
    assert casa.text == "LA(0.9,1.3,0)"
    assert from_casaxps(casa.text)[1] == (1.3, 0.9)


def test_la_is_not_claimed_to_be_casaxps_own_and_says_how_wide_it_might_be():
    casa = to_casaxps("la", 161.0, 1.0, [2.0, 1.1])
    assert not casa.exact
    assert casa.misplaced == 0
    assert casa.nominal == pytest.approx(0.790268529, abs=1e-9)  # FWHM/F of LA(2, 1.1)


@pytest.mark.parametrize(
    ("shape", "own", "most"),
    [
        ("voigt", [0.1], 0.008),
        ("voigt", [0.5], 0.008),
        ("voigt", [0.9], 0.008),
        ("mahan", [0.3, 0.1, 7.0], 0.06),
        ("doniach_sunjic", [0.1], 0.06),
    ],
)
def test_the_stated_deviation_is_the_one_there_is(shape, own, most):
    width = 0.8
    casa = to_casaxps(shape, 161.0, width, own)
    near, parameters, _ = from_casaxps(casa.text)
    # Wider and finer than what was compared.
    x = np.linspace(161.0 - 16 * width, 161.0 + 16 * width, 20_001)
    ours = lineshape(shape).density(x, np.array([[161.0, width, *own]]))[0]
    theirs = lineshape(near.name).density(x, np.array([[casa.position, casa.fwhm, *parameters]]))[0]
    misplaced = 0.5 * np.trapezoid(np.abs(theirs - ours), x)
    assert not casa.exact
    assert casa.misplaced == pytest.approx(misplaced, rel=0.1)
    assert casa.highest == pytest.approx(np.abs(theirs - ours).max() / ours.max(), rel=0.05)
    assert 0 < misplaced < most


def test_the_nearest_moves_with_the_line():
    here, there = (to_casaxps("mahan", place, 0.8, [0.3, 0.1, 7.0]) for place in (443.0, 450.5))
    assert here.text == there.text
    assert there.position - here.position == pytest.approx(7.5, abs=1e-9)


def test_another_number_of_parameters_is_a_fault():
    with pytest.raises(ValueError, match="1 parameters, not 2"):
        to_casaxps("voigt", 161.0, 1.0, [0.1, 0.2])
