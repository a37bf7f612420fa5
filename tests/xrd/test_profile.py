"""The line profile against the true Voigt, against its own slopes, and against the smear of rays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import voigt_profile

from xrd.profile import Lines, draw, line_width, pseudo_voigt

X = np.arange(5.0, 150.0, 0.01)


def true_width(gauss, lorentz):
    sigma, gamma = gauss / np.sqrt(8.0 * np.log(2.0)), lorentz / 2.0
    half = 0.5 * voigt_profile(0.0, sigma, gamma)
    return 2.0 * brentq(lambda d: voigt_profile(d, sigma, gamma) - half, 0.0, 5.0)


@pytest.mark.parametrize(("gauss", "lorentz"), [(0.1, 0.02), (0.1, 0.1), (0.03, 0.12), (0.1, 1e-6)])
def test_it_is_a_voigt_within_what_its_authors_say(gauss, lorentz):
    width = line_width(np.array([gauss]), np.array([lorentz]))[0]
    assert width == pytest.approx(true_width(gauss, lorentz), rel=0.0045)
    own = pseudo_voigt(X, 40.0, gauss, lorentz)
    true = voigt_profile(X - 40.0, gauss / np.sqrt(8.0 * np.log(2.0)), lorentz / 2.0)
    assert np.abs(own - true).max() < 0.014 * true.max()


def drawn(values):
    """One line with its five numbers as parameters: place, area, two widths, axial divergence."""
    one = np.eye(5)[:4]
    lines = Lines(*(np.array([v]) for v in values[:4]), *(one[[i]] for i in range(4)))
    y, jacobian = np.zeros(X.size), np.zeros((5, X.size))
    draw(X, lines, values[4], 4, 30.0, y, jacobian)
    return y, jacobian


@given(
    place=st.floats(16.0, 140.0),
    gauss=st.floats(0.03, 0.3),
    lorentz=st.floats(0.01, 0.3),
)
def test_slopes_are_the_lines_own(place, gauss, lorentz):
    values = np.array([place, 500.0, gauss, lorentz, 0.0])
    _, slopes = drawn(values)
    for i, step in enumerate((1e-5, 1e-2, 1e-6, 1e-6)):
        ends = [drawn(values + sign * step * np.eye(5)[i])[0] for sign in (1.0, -1.0)]
        measured = (ends[0] - ends[1]) / (2.0 * step)
        near = np.abs(X - place) < 25.0
        assert np.allclose(
            slopes[i][near], measured[near], rtol=1e-5, atol=1e-5 * np.abs(slopes[i]).max()
        )


@pytest.mark.parametrize("place", [18.0, 30.0, 60.0, 120.0])
def test_axial_divergence_smears_as_rays_do(place):
    """Rays from a source and to a slit of half height H at a distance L leave by t, |t| <= 2 H/L."""
    half, generator = 0.03, np.random.default_rng(2)
    rays = np.abs(generator.uniform(-half, half, 400_000) + generator.uniform(-half, half, 400_000))
    cosine = np.cos(np.radians(place)) * np.sqrt(1.0 + rays**2)
    shift = np.degrees(np.arccos(cosine)) - place
    y, _ = drawn(np.array([place, 1.0, 0.05, 1e-3, half]))
    counted = np.trapezoid(y, X)
    centroid = np.trapezoid(y * (X - place), X) / counted
    spread = np.sqrt(np.trapezoid(y * (X - place - centroid) ** 2, X) / counted)
    alone, _ = drawn(np.array([place, 1.0, 0.05, 1e-3, 0.0]))
    before = np.sqrt(np.trapezoid(alone * (X - place) ** 2, X) / np.trapezoid(alone, X))
    # The weight 1/((1 + t^2) sin 2 phi) is nearly that of the rays alone.
    assert centroid == pytest.approx(shift.mean(), rel=0.06, abs=1e-4)
    assert np.sqrt(max(spread**2 - before**2, 0.0)) == pytest.approx(
        shift.std(), rel=0.08, abs=2e-3
    )


@given(axial=st.floats(0.0, 0.06), place=st.floats(15.0, 140.0))
def test_the_smear_keeps_the_area(axial, place):
    y, _ = drawn(np.array([place, 3.0, 0.1, 1e-3, axial]))
    assert np.trapezoid(y, X) == pytest.approx(3.0, rel=2e-3)
