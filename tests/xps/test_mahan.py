"""Mahan's line: area, width, maximum, gradient, and its two limits."""

from __future__ import annotations

import numpy as np
import pytest

from xps.lineshape import lineshape

SHAPE = lineshape("mahan")
RNG = np.random.default_rng(4)
DRAWS = [
    (
        443.8,
        RNG.uniform(0.5, 2.0),
        RNG.uniform(0.02, 0.98),
        RNG.uniform(0.01, 0.39),
        RNG.uniform(2.0, 15.0),
    )
    for _ in range(12)
]


@pytest.mark.parametrize("mix", [0.05, 0.3, 0.9])
def test_without_asymmetry_it_is_a_voigt_line(mix):
    x = np.linspace(438.0, 450.0, 400)
    ours = SHAPE.density(x, np.array([[443.8, 1.1, mix, 0.0, 7.0]]))[0]
    voigt = lineshape("voigt").density(x, np.array([[443.8, 1.1, mix]]))[0]
    assert np.abs(ours - voigt).max() < 1e-4 * voigt.max()


@pytest.mark.parametrize("theta", DRAWS)
def test_width_and_maximum_are_true(theta):
    x = np.linspace(theta[0] - 4, theta[0] + 4, 80001)
    y = SHAPE.density(x, np.array([theta]))[0]
    inside = x[y >= 0.5 * y.max()]
    assert inside[-1] - inside[0] == pytest.approx(theta[1], rel=5e-4)
    assert x[y.argmax()] == pytest.approx(theta[0], abs=1e-3)


@pytest.mark.parametrize("theta", DRAWS)
def test_area_is_one(theta):
    x = np.arange(theta[0] - 40 * theta[1], theta[0] + 120 * theta[1], 0.01)
    area = np.trapezoid(SHAPE.density(x, np.array([theta]))[0], x)
    assert area == pytest.approx(1.0, abs=0.01)  # Lorentzian tails beyond the range


@pytest.mark.parametrize("theta", DRAWS)
@pytest.mark.parametrize("column", range(5))
def test_gradient(theta, column):
    x = np.linspace(438.0, 456.0, 200)
    step = 1e-6
    up, down = np.array([theta]), np.array([theta])
    up[0, column] += step
    down[0, column] -= step
    numeric = (SHAPE.density(x, up) - SHAPE.density(x, down))[0] / (2 * step)
    ours = SHAPE.density_and_gradient(x, np.array([theta]))[1][0, column]
    assert np.abs(ours - numeric).max() < 1e-6 * np.abs(ours).max()


def test_the_tail_points_to_high_binding_energy():
    value = SHAPE.density(np.array([440.8, 446.8]), np.array([[443.8, 0.9, 0.3, 0.15, 6.0]]))[0]
    assert value[1] > 3 * value[0]


def test_the_tail_follows_doniach_and_sunjic_near_the_line():
    x = np.array([446.0, 447.0])
    ours = SHAPE.density(x, np.array([[443.8, 0.4, 0.95, 0.1, 6.0]]))[0]
    theirs = lineshape("doniach_sunjic").density(x, np.array([[443.8, 0.4, 0.1]]))[0]
    band = np.exp(-1.0 / (6.0 * 0.4))  # what the band's end takes off between the two
    assert ours[1] / ours[0] == pytest.approx(band * theirs[1] / theirs[0], rel=0.1)
