"""Preferred orientation against the factors that its authors' formula gives."""

from __future__ import annotations

import numpy as np
import pytest

from references import load
from xrd.reflections import reflections
from xrd.structure import structure
from xrd.texture import axis_cosines, march_dollase, texture_harmonics

LINES = np.array([[1, 1, 1], [2, 0, 0], [2, 2, 0], [3, 1, 1]])


@pytest.fixture(scope="module")
def argyrodite():
    return structure(load().phase("Li6PS5Cl"))


@pytest.mark.parametrize(
    ("r", "factors"),
    [(0.8, [1.0717, 0.9339, 1.0034, 0.9837]), (1.2, [1.0220, 0.9489, 1.0204, 0.9890])],
)
def test_march_s_factors_along_111_of_a_cubic_crystal(argyrodite, r, factors):
    found, _ = march_dollase(axis_cosines(argyrodite, LINES, (1, 1, 1)), np.log(r))
    assert found == pytest.approx(factors, abs=1e-4)


def test_march_s_factor_averages_to_one_over_all_directions():
    u = (np.arange(20000) + 0.5) / 20000
    found, _ = march_dollase((u**2)[None, :], np.log(0.7))
    assert found[0] == pytest.approx(1.0, abs=1e-6)


def test_its_slope_is_its_own(argyrodite):
    cosines = axis_cosines(argyrodite, LINES, (1, 0, 0))
    _, slope = march_dollase(cosines, -0.2)
    ends = [march_dollase(cosines, -0.2 + sign * 1e-6)[0] for sign in (1.0, -1.0)]
    assert slope == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6)


@pytest.mark.parametrize("axis", [(1, 1, 1), (1, 0, 0), (1, 1, 0)])
@pytest.mark.parametrize("r", [0.8, 1.2])
def test_harmonics_describe_march_s_textures_of_a_cubic_crystal(argyrodite, axis, r):
    lines = reflections(argyrodite, 1.54, two_theta=(10.0, 80.0)).hkl
    wanted, _ = march_dollase(axis_cosines(argyrodite, lines, axis), np.log(r))
    harmonics = texture_harmonics(argyrodite, lines)
    assert len(harmonics) == 2
    sizes = np.linalg.lstsq(harmonics.T, wanted - 1.0, rcond=None)[0]
    assert sizes @ harmonics == pytest.approx(wanted - 1.0, abs=0.005)


def test_a_hexagonal_crystal_has_a_harmonic_of_second_order():
    zincite = structure(load().phase("ZnO"))
    lines = np.array([[0, 0, 2], [1, 0, 0], [1, 0, 1]])
    first = texture_harmonics(zincite, lines)[0]
    assert first[0] == pytest.approx(1.0)
    assert first[1] == pytest.approx(-0.5)
