"""The line profile against the true Voigt, against its own slopes, and against the smear of rays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import voigt_profile

from xrd.profile import Lines, draw, line_width, pseudo_voigt, voigt

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


@pytest.mark.parametrize(("gauss", "lorentz"), [(0.1, 0.05), (0.1, 1e-3), (0.05, 0.4), (1e-3, 0.2)])
def test_a_voigt_line_is_scipy_s(gauss, lorentz):
    true = voigt_profile(X - 40.0, gauss / np.sqrt(8.0 * np.log(2.0)), lorentz / 2.0)
    assert np.allclose(voigt(X, 40.0, gauss, lorentz), true, rtol=5e-6, atol=2e-7 * true.max())


def drawn(values, shape=0.0):
    """One line with six numbers as parameters: place, area, two widths, squared axial divergence, shape."""
    one = np.eye(6)[:4]
    lines = Lines(*(np.array([v]) for v in values[:4]), *(one[[i]] for i in range(4)))
    y, jacobian = np.zeros(X.size), np.zeros((6, X.size))
    draw(X, lines, values[4], shape, (4, 5), y, jacobian)
    return y, jacobian


def test_lines_without_divergence_are_the_shapes_themselves():
    values = np.array([40.0, 1.0, 0.1, 0.05, 0.0])
    for shape, whole in ((0.0, voigt), (1.0, pseudo_voigt)):
        true = whole(X, 40.0, 0.1, 0.05)
        # Far tails are drawn as parabolas over a few channels.
        assert np.allclose(drawn(values, shape)[0], true, rtol=2e-3, atol=1e-7 * true.max())
    y, slopes = drawn(values, 0.3)
    assert np.allclose(y - 0.3 * slopes[5], drawn(values)[0], rtol=1e-9, atol=1e-12)


@given(
    place=st.floats(16.0, 140.0),
    gauss=st.floats(0.03, 0.3),
    lorentz=st.floats(0.01, 0.3),
    shape=st.sampled_from([0.0, 0.4, 1.0]),
)
def test_slopes_are_the_lines_own(place, gauss, lorentz, shape):
    values = np.array([place, 500.0, gauss, lorentz, 0.0])
    _, slopes = drawn(values, shape)
    for i, step in enumerate((1e-5, 1e-2, 1e-5, 1e-5)):
        ends = [drawn(values + sign * step * np.eye(5)[i], shape)[0] for sign in (1.0, -1.0)]
        measured = (ends[0] - ends[1]) / (2.0 * step)
        # Where the line ends and its tail begins, a moving line may leave one channel to the other.
        off = np.abs(slopes[i] - measured) > 1e-4 * np.abs(slopes[i]).max()
        assert np.count_nonzero(off) <= 64


@pytest.mark.parametrize("place", [18.0, 30.0, 60.0, 120.0])
def test_axial_divergence_smears_as_rays_do(place):
    """Rays from a source and to a slit of half height H at a distance L leave by t, |t| <= 2 H/L."""
    half, generator = 0.03, np.random.default_rng(2)
    rays = np.abs(generator.uniform(-half, half, 400_000) + generator.uniform(-half, half, 400_000))
    cosine = np.cos(np.radians(place)) * np.sqrt(1.0 + rays**2)
    shift = np.degrees(np.arccos(cosine)) - place
    y, _ = drawn(np.array([place, 1.0, 0.05, 1e-3, half**2]))
    near = np.abs(X - place) < 3.0
    x, y = X[near], y[near]
    counted = np.trapezoid(y, x)
    centroid = np.trapezoid(y * (x - place), x) / counted
    spread = np.sqrt(np.trapezoid(y * (x - place - centroid) ** 2, x) / counted)
    alone = drawn(np.array([place, 1.0, 0.05, 1e-3, 0.0]))[0][near]
    before = np.sqrt(np.trapezoid(alone * (x - place) ** 2, x) / np.trapezoid(alone, x))
    # The weight 1/((1 + t^2) sin 2 phi) is nearly that of the rays alone.
    assert centroid == pytest.approx(shift.mean(), rel=0.06, abs=1e-4)
    assert np.sqrt(max(spread**2 - before**2, 0.0)) == pytest.approx(
        shift.std(), rel=0.08, abs=2e-3
    )


@given(axial=st.floats(0.0, 0.06), place=st.floats(15.0, 140.0))
def test_the_smear_keeps_the_area(axial, place):
    y, _ = drawn(np.array([place, 3.0, 0.1, 1e-3, axial**2]))
    assert np.trapezoid(y, X) == pytest.approx(3.0, rel=2e-3)
