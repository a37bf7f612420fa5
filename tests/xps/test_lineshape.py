from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import erfcx, gamma, loggamma

from xps.lineshape import (
    DS_HALF_WINDOW,
    SHAPES,
    from_casaxps,
    lineshape,
    mix_by_area,
    nominal_width,
)

# The transform-based line has its own tests, in test_mahan.py.
NAMES = tuple(shape.name for shape in SHAPES if shape.name != "mahan")
CLOSED = tuple(name for name in NAMES if name != "doniach_sunjic")
LN2 = np.log(2.0)
SIGMA = 1 / np.sqrt(8 * LN2)
STEP = 1e-30


# Plain formulas for complex arguments: the oracle of every gradient.


def newton(f, start, steps=8):
    """Root of an analytic function; a complex step in its parameters survives."""
    root = start + 0j
    for _ in range(steps):
        here = np.real(root)
        root = root - f(root) * STEP / np.imag(f(here + 1j * STEP) - f(here))
    return root


def plain_gaussian(x, e0, f):
    return 2 / f * np.sqrt(LN2 / np.pi) * np.exp(-4 * LN2 * ((x - e0) / f) ** 2)


def plain_lorentzian(x, e0, f):
    return 2 / (np.pi * f * (1 + 4 * ((x - e0) / f) ** 2))


def plain_pseudo_voigt(x, e0, f, mix):
    return (1 - mix) * plain_gaussian(x, e0, f) + mix * plain_lorentzian(x, e0, f)


def plain_gl_sum(x, e0, f, m):
    u = (x - e0) / f
    area = f * ((1 - m) * np.sqrt(np.pi / LN2) / 2 + m * np.pi / 2)
    return ((1 - m) * np.exp(-4 * LN2 * u**2) + m / (1 + 4 * u**2)) / area


def plain_gl_product(x, e0, f, m):
    u = newton(lambda u: 4 * LN2 * (1 - m) * u**2 + np.log(1 + 4 * m * u**2) - LN2, 0.49)
    nominal = f / (2 * u)
    a, b = 4 * LN2 * (1 - m) / nominal**2, 4 * m / nominal**2
    # The area by a trapezoid sum that is exact: no closed form, no cancellation.
    step = min(np.real(b) ** -0.5 / 6.5, np.real(a) ** -0.5 / 4)
    v = np.arange(0, 6.2 * np.real(a) ** -0.5, step)
    cells = np.exp(-a * v**2) / (1 + b * v**2)
    area = step * (2 * cells.sum() - cells[0])
    return np.exp(-a * (x - e0) ** 2) / (1 + b * (x - e0) ** 2) / area


def voigt_by_widths(x, s, g):
    """The convolution itself, by a trapezoid sum fine enough to be exact (poles at distance g)."""
    step = min(np.real(g) / 6.5, np.real(s) / 1.7)
    t = np.arange(-9 * np.real(s), 9 * np.real(s) + step, step)
    gauss = np.exp(-0.5 * (t / s) ** 2) / (s * np.sqrt(2 * np.pi))
    x = np.asarray(x)[..., None]
    return step * (gauss * g / np.pi / ((x - t) ** 2 + g**2)).sum(axis=-1)


def voigt_half_width(s, g):
    level = voigt_by_widths(0.0, s, g) / 2
    start = 0.5346 * np.real(g) + np.sqrt(0.2166 * np.real(g) ** 2 + 1.3863 * np.real(s) ** 2)
    return newton(lambda h: voigt_by_widths(h, s, g) - level, start, 4)


def plain_voigt(x, e0, f, mix):
    total = f / (2 * voigt_half_width(SIGMA * (1 - mix), mix / 2))
    return voigt_by_widths(x - e0, SIGMA * (1 - mix) * total, mix * total / 2)


def plain_la(x, e0, f, low, high):
    nominal = 2 * f / (np.sqrt(2 ** (1 / low) - 1) + np.sqrt(2 ** (1 / high) - 1))
    sides = sum(np.exp(loggamma(e - 0.5) - loggamma(e)) for e in (low + 0j, high + 0j))
    exponent = np.where(np.real(x - e0) > 0, high, low)
    height = 4 / (nominal * np.sqrt(np.pi) * sides)
    return height * (1 + 4 * ((x - e0) / nominal) ** 2) ** -exponent


def plain_ds_unit(x, g, a):
    """The profile on a binding-energy axis, x = BE - E0."""
    return np.cos(np.pi * a / 2 - (1 - a) * np.arctan(x / g)) / (x**2 + g**2) ** ((1 - a) / 2)


def plain_doniach_sunjic(x, e0, f, a):
    top = -1 / np.tan(np.pi / (2 - a))
    level = plain_ds_unit(top, 1.0, a) / 2
    ends = []
    for window in ((-3.0, np.real(top)), (np.real(top), 60.0)):
        start = brentq(lambda t: np.real(plain_ds_unit(t, 1.0, np.real(a)) - level), *window)
        ends.append(newton(lambda t: plain_ds_unit(t, 1.0, a) - level, start, 3))
    g = f / (ends[1] - ends[0])

    def primitive(d):
        turn = np.pi / 2 + np.arctan(d / g)
        return (d**2 + g**2) ** (a / 2) * np.sin(a * turn) / a

    area = primitive(DS_HALF_WINDOW) - primitive(-DS_HALF_WINDOW)
    return plain_ds_unit(x - e0, g, a) / area


PLAIN = {name: globals()[f"plain_{name}"] for name in NAMES}


def random_theta(name, rng, count):
    columns = [rng.uniform(-0.5, 0.5, count), rng.uniform(0.3, 3.0, count)]
    for low, high, _ in lineshape(name).limits:
        columns.append(rng.uniform(low + 0.002 * (high - low), high - 0.002 * (high - low), count))
    if name == "la":  # most of the range that occurs lies at its low end
        columns[2:] = [np.exp(rng.uniform(np.log(0.55), np.log(19), count)) for _ in range(2)]
    return np.column_stack(columns)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_that_of_the_complex_step(name):
    rng = np.random.default_rng(7)
    shape, plain = lineshape(name), PLAIN[name]
    for theta in random_theta(name, rng, 60):  # 1200 random points
        x = rng.uniform(-8.0, 8.0, 20)
        value, gradient = shape.density_and_gradient(x, theta[None, :])
        np.testing.assert_allclose(value[0], np.real(plain(x, *theta)), rtol=1e-10, atol=1e-13)
        for i in range(theta.size):
            moved = theta.astype(complex)
            moved[i] += 1j * STEP
            exact = np.imag(plain(x, *moved)) / STEP
            scale = np.abs(exact).max()
            assert np.abs(gradient[0, i] - exact).max() <= 1e-10 * scale, (theta, i)


@pytest.mark.parametrize("name", CLOSED)
def test_the_integral_is_one(name):
    shape = lineshape(name)
    for theta in random_theta(name, np.random.default_rng(3), 5):
        if name == "la":
            theta[2:] = np.maximum(theta[2:], 0.8)

        def both(t, theta=theta):
            # x = sinh(t) turns algebraic tails into exponential ones.
            x = theta[0] + np.sinh(t) * np.array([-1.0, 1.0])
            return np.cosh(t) * float(shape.density(x, theta[None, :]).sum())

        area = quad(both, 0, 60, epsabs=1e-12, epsrel=1e-12, limit=400, points=(0.5, 1.5, 4.0))[0]
        assert area == pytest.approx(1.0, abs=1e-9)


def test_a_doniach_sunjic_line_has_unit_area_in_its_window():
    shape, theta = lineshape("doniach_sunjic"), np.array([[443.8, 0.7, 0.12]])
    area = quad(
        lambda e: float(shape.density(np.array([e]), theta)[0, 0]),
        443.8 - DS_HALF_WINDOW,
        443.8 + DS_HALF_WINDOW,
        points=(443.0, 443.8, 445.0),
        limit=400,
        epsabs=1e-12,
    )[0]
    assert area == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_measured_width_is_the_fwhm(name):
    shape = lineshape(name)
    for theta in random_theta(name, np.random.default_rng(4), 20):
        row = theta[None, :]
        top, half = float(shape.maximum(row)[0]), float(shape.height(row)[0]) / 2

        def excess(e, row=row, half=half):
            return float(shape.density(np.array([e]), row)[0, 0]) - half

        low = brentq(excess, top - 9 * theta[1], top, xtol=1e-14)
        high = brentq(excess, top, top + 9 * theta[1], xtol=1e-14)
        assert high - low == pytest.approx(theta[1], abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_maximum_is_where_the_slope_vanishes(name):
    shape = lineshape(name)
    theta = random_theta(name, np.random.default_rng(5), 30)
    _, gradient = shape.density_and_gradient(shape.maximum(theta)[:, None], theta)
    assert np.abs(gradient[:, 0, 0] / shape.height(theta)).max() < 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_lines_are_computed_independently(name):
    shape, x = lineshape(name), np.linspace(-4, 6, 41)
    theta = random_theta(name, np.random.default_rng(6), 5)
    value, gradient = shape.density_and_gradient(x, theta)
    assert value.shape == (5, 41)
    assert gradient.shape == (5, theta.shape[1], 41)
    for i, row in enumerate(theta):
        alone = shape.density_and_gradient(x, row[None, :])
        np.testing.assert_allclose(value[i], alone[0][0], rtol=1e-13)
        np.testing.assert_allclose(gradient[i], alone[1][0], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", [0, 1])
def test_values_and_gradients_are_finite_at_the_bounds(name, end):
    shape = lineshape(name)
    theta = np.array([[0.0, 1.1, *(limit[end] for limit in shape.limits)]])
    value, gradient = shape.density_and_gradient(np.linspace(-400, 400, 801), theta)
    assert np.all(np.isfinite(value))
    assert np.all(np.isfinite(gradient))
    assert value.min() >= 0.0


@pytest.mark.parametrize("name", ["pseudo_voigt", "gl_sum", "gl_product", "voigt"])
@pytest.mark.parametrize(("mix", "limit"), [(0.0, "gaussian"), (1.0, "lorentzian")])
def test_mixed_shapes_end_in_the_pure_ones(name, mix, limit):
    x, theta = np.linspace(-5, 5, 51), np.array([[0.2, 1.3]])
    mixed = lineshape(name).density(x, np.array([[0.2, 1.3, mix]]))
    np.testing.assert_allclose(mixed, lineshape(limit).density(x, theta), rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("name", ["gl_product", "voigt"])
def test_a_mix_close_to_zero_keeps_its_gradient(name):
    # Closed forms cancel here; the derivative must run into its limit smoothly.
    x = np.linspace(-3, 3, 31)
    mixes = (1e-9, 1e-6, 1e-5)
    _, gradient = lineshape(name).density_and_gradient(x, np.array([[0.0, 1.0, m] for m in mixes]))
    np.testing.assert_allclose(gradient[1, 2], gradient[0, 2], rtol=1e-4, atol=1e-4)
    middle = gradient[0, 2] + (mixes[1] / mixes[2]) * (gradient[2, 2] - gradient[0, 2])
    np.testing.assert_allclose(gradient[1, 2], middle, atol=1e-8)


def test_the_two_forms_of_the_product_area_meet():
    x = np.linspace(-3, 3, 31)
    shape = lineshape("gl_product")
    below, above = (
        shape.density_and_gradient(x, np.array([[0.0, 1.0, m]])) for m in (0.25 - 1e-13, 0.25)
    )
    np.testing.assert_allclose(below[0], above[0], rtol=1e-11)
    np.testing.assert_allclose(below[1], above[1], atol=1e-10)


def test_shapes_are_picklable_and_named_once():
    assert len(set(NAMES)) == len(NAMES) == 8
    assert pickle.loads(pickle.dumps(SHAPES)) == SHAPES


def test_bounds_name_the_parameter_that_is_missing():
    assert lineshape("la").bounds("high")[0] > 0.5
    with pytest.raises(ValueError, match="'gaussian' has no parameter 'mix'; it has none"):
        lineshape("gaussian").bounds("mix")


# Known values (30-digit arithmetic).


def test_pseudo_voigt_values():
    value, gradient = lineshape("pseudo_voigt").density_and_gradient(
        np.array([0.33]), np.array([[0.0, 1.1, 0.35]])
    )
    assert value[0, 0] == pytest.approx(0.5814732135, abs=1e-10)
    np.testing.assert_allclose(
        gradient[0, :, 0], [0.8930704557, -0.2606908756, -0.2398849805], atol=1e-10
    )


def test_voigt_values():
    s, g = 0.45, 0.2
    lorentz, gauss = 2 * g, s / SIGMA
    fwhm = 2 * float(np.real(voigt_half_width(s, g)))
    olivero = 0.5346 * lorentz + np.sqrt(0.2166 * lorentz**2 + gauss**2)
    assert fwhm == pytest.approx(olivero, rel=3e-4)
    value, gradient = lineshape("voigt").density_and_gradient(
        np.array([0.37]), np.array([[0.0, fwhm, lorentz / (lorentz + gauss)]])
    )
    assert value[0, 0] == pytest.approx(0.507563281, abs=1e-9)
    assert -gradient[0, 0, 0] == pytest.approx(-0.6376313733, abs=1e-10)


@pytest.mark.parametrize(
    ("m", "area"), [(0.3, 1.581275555), (0.5, 1.712921175), (0.9, 1.976212415)]
)
def test_gl_sum_heights(m, area):
    assert 1 / lineshape("gl_sum").height(np.array([[0.0, 1.3, m]]))[0] == pytest.approx(
        area, abs=1e-9
    )


@pytest.mark.parametrize(("m", "eta"), [(0.3, 0.3874154416), (0.5, 0.5960680662)])
def test_height_mix_to_area_mix(m, eta):
    assert float(mix_by_area(np.array(m))[0]) == pytest.approx(eta, abs=1e-10)


@pytest.mark.parametrize(
    ("m", "width_ratio", "area_ratio"),
    [
        (0.1, 1.018693, 1.067591),
        (0.2, 1.031703, 1.074470),
        (0.3, 1.040196, 1.083871),
        (0.4, 1.044835, 1.095789),
        (0.5, 1.045989, 1.110831),
        (0.7, 1.038385, 1.156675),
        (0.9, 1.016900, 1.263365),
    ],
)
def test_gl_product_widths_and_areas(m, width_ratio, area_ratio):
    assert float(nominal_width(np.array(1.0), np.array(m))) == pytest.approx(width_ratio, abs=1e-6)
    height = lineshape("gl_product").height(np.array([[0.0, 1.0, m]]))[0]
    assert 1 / height == pytest.approx(area_ratio, abs=1e-6)


@pytest.mark.parametrize(
    ("m", "area"), [(0.3, 1.354582814), (0.5, 1.380587926), (0.9, 1.615079510)]
)
def test_gl_product_area_at_a_nominal_width(m, area):
    fwhm = 1.3 / float(nominal_width(np.array(1.0), np.array(m)))
    height = lineshape("gl_product").height(np.array([[0.0, fwhm, m]]))[0]
    assert 1 / height == pytest.approx(area, abs=1e-9)
    a, b = 4 * LN2 * (1 - m) / 1.3**2, 4 * m / 1.3**2
    assert area == pytest.approx(np.pi / np.sqrt(b) * erfcx(np.sqrt(a / b)), abs=1e-9)


@pytest.mark.parametrize(
    ("exponents", "area", "width"),
    [
        ((1.53, 243.0), 0.519501835, 0.405234477),
        ((2.0, 1.1), 1.086324561, 0.790268529),
        ((0.8, 1.5), 1.638610772, 0.970239903),
        ((1.0, 1.0), np.pi / 2, 1.0),
    ],
)
def test_la_areas_and_widths(exponents, area, width):
    for low, high in (exponents, exponents[::-1]):
        height = lineshape("la").height(np.array([[0.0, width, low, high]]))[0]
        assert 1 / height == pytest.approx(area, abs=2e-9)


def test_la_with_a_small_high_exponent_has_its_tail_at_high_binding_energy():
    low, high = lineshape("la").density(np.array([-5.0, 5.0]), np.array([[0.0, 1.0, 2.0, 0.8]]))[0]
    assert high > 10 * low


def test_doniach_sunjic_values():
    # gamma 0.2, asymmetry 0.1; the tail lies at high binding energy.
    shape, g, a = lineshape("doniach_sunjic"), 0.2, 0.1
    unit = gamma(1 - a)
    top = -g / np.tan(np.pi / (2 - a))
    assert top == pytest.approx(0.082863 * g, rel=1e-5)
    level = plain_ds_unit(top, g, a) / 2
    ends = [
        brentq(lambda d: plain_ds_unit(d, g, a) - level, *window, xtol=1e-15)
        for window in ((-1.0, top), (top, 1.0))
    ]
    theta = np.array([[0.0, ends[1] - ends[0], a]])
    assert shape.maximum(theta)[0] == pytest.approx(top, abs=1e-12)
    value = shape.density(np.array([5.0, -5.0]), theta)[0]
    scale = unit * plain_ds_unit(top, g, a) / shape.height(theta)[0]
    np.testing.assert_allclose(value * scale, [0.086054, 0.009024], atol=1e-6)
    for half, area in ((5, 3.7812), (50, 4.8709)):
        x = np.linspace(-half, half, 200_001)
        assert np.trapezoid(shape.density(x, theta)[0], x) * scale == pytest.approx(area, abs=1e-4)


def test_without_asymmetry_doniach_sunjic_is_a_lorentzian_in_its_window():
    x = np.linspace(-5, 5, 21)
    ds = lineshape("doniach_sunjic").density(x, np.array([[0.0, 1.0, 0.0]]))
    lorentz = lineshape("lorentzian").density(x, np.array([[0.0, 1.0]]))
    inside = 2 / np.pi * np.arctan(2 * DS_HALF_WINDOW)
    np.testing.assert_allclose(ds * inside, lorentz, rtol=1e-13)


# Invariants.


@settings(deadline=None, max_examples=50)
@given(
    name=st.sampled_from(NAMES),
    shift=st.floats(-1400, 1400),
    fwhm=st.floats(0.2, 4.0),
    seed=st.integers(0, 10_000),
)
def test_a_shifted_line_is_the_same_line(name, shift, fwhm, seed):
    theta = random_theta(name, np.random.default_rng(seed), 1)
    theta[0, :2] = 0.0, fwhm
    x = np.linspace(-6, 6, 25) * fwhm + 0.013
    here = lineshape(name).density_and_gradient(x, theta)
    theta[0, 0] = shift
    there = lineshape(name).density_and_gradient(x + shift, theta)
    for a, b in zip(here, there, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * np.abs(a).max())


@pytest.mark.parametrize("name", [shape.name for shape in SHAPES if shape.symmetric])
def test_symmetric_shapes_are_symmetric(name):
    x = np.linspace(0, 9, 40)
    theta = random_theta(name, np.random.default_rng(8), 6)
    theta[:, 0] = 0.0
    shape = lineshape(name)
    np.testing.assert_allclose(shape.density(x, theta), shape.density(-x, theta), rtol=1e-12)


# CasaXPS texts.


@pytest.mark.parametrize(
    ("text", "name", "parameters", "exact"),
    [
        ("GL(30)", "gl_product", (0.3,), True),
        ("SGL(30)", "gl_sum", (0.3,), True),
        ("GL(0)", "gl_product", (0.0,), True),
        ("GL(100)", "lorentzian", (), True),
        ("G", "gaussian", (), True),
        ("L", "lorentzian", (), True),
        ("LA(1.53,243)", "la", (1.53, 1.53), False),
        ("LA(1.53,243)*z", "la", (1.53, 1.53), False),
        ("LA(0.9,1.4,50)", "la", (1.4, 0.9), False),
        ("LF(0.54,10,80,100,6)", "la", (10.0, 0.54), False),
        ("DS(0.1,50)", "doniach_sunjic", (0.1,), False),
    ],
)
def test_casaxps_texts(text, name, parameters, exact):
    shape, found, same = from_casaxps(text)
    assert (shape.name, found, same) == (name, parameters, exact)


def test_an_appended_modifier_is_not_called_exact():
    assert from_casaxps("GL(30)*z")[2] is False


@pytest.mark.parametrize(
    "text", ["", "GL", "GL(30)T(1.2)", "GL(120)", "SGL(a)", "LA(1)", "DS(-1)", "GL(nan)", "X(1)"]
)
def test_unknown_casaxps_texts_are_refused(text):
    with pytest.raises(ValueError, match="is not known"):
        from_casaxps(text)


def test_gl_sum_against_an_exported_casaxps_component(data_dir):
    """SGL(30), area 35837.064 CPS eV, MFWHM 8, at KE 770.61 of hv 1486.61 eV."""
    path = data_dir / "xps/pynxtools-xps/FeO_analyzed_lineshapes_cols.txt"
    if not path.exists():
        pytest.skip(f"{path} is missing")
    rows = [line.split() for line in path.read_text().splitlines()[8:] if line.strip()]
    table = np.array([[float(cell) for cell in row] for row in rows])
    energy, component, background = table[:, 8], table[:, 11], table[:, 14]
    theta = np.array([[1486.61 - 770.61, 8.0, 0.3]])
    model = 35837.064 * lineshape("gl_sum").density(energy, theta)[0]
    assert 35837.064 * lineshape("gl_sum").height(theta)[0] == pytest.approx(3682.80, abs=0.01)
    # Outside the region the export holds the data; inside, component plus background.
    inside = (energy > 1486.61 - 786.0) & (energy < 1486.61 - 738.0)
    assert np.abs(component - background - model)[inside].max() <= 0.002 * 3682.80
