from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from xps.background import (
    U2,
    U3,
    BackgroundError,
    Kernel,
    ShirleyLoss,
    TougaardLoss,
    constant,
    end_level,
    kernel_from,
    linear,
    shirley,
    static_background,
    tougaard,
)

STATIC = (constant, linear, shirley, tougaard)
U3_FEO = U3(335.44588, 551, 436, 3)


def gauss(x, position, fwhm, area):
    u = (x - position) / fwhm
    return area / fwhm * np.sqrt(4 * np.log(2) / np.pi) * np.exp(-4 * np.log(2) * u * u)


def peaks(x):
    return gauss(x, 161.7, 1.2, 900.0) + gauss(x, 162.9, 1.2, 450.0)


def spectrum(x, kappa=0.05):
    return 200.0 + peaks(x) + kappa * ShirleyLoss(x).apply(peaks(x))


X = np.linspace(150.0, 180.0, 601)


@dataclass(frozen=True)
class Choice:
    """What a recipe says of a background."""

    kind: str = "shirley"
    end_points: int = 1
    kernel: tuple[float, ...] = ()
    scale_to_end: bool = True


# Ends.


def test_the_average_is_centred_on_the_end_channel():
    y = np.arange(10.0) ** 2
    assert end_level(y, 4, 3) == pytest.approx((9 + 16 + 25) / 3)
    assert end_level(y, 4, 1) == 16.0


def test_the_average_takes_the_channels_that_exist():
    y = np.arange(10.0)
    assert end_level(y, 0, 5) == 1.0
    assert end_level(y, 9, 3) == 8.5


@pytest.mark.parametrize("points", [0, 2, -1])
def test_an_even_number_of_channels_is_refused(points):
    with pytest.raises(BackgroundError, match="an odd number of channels"):
        end_level(np.ones(9), 3, points)


@pytest.mark.parametrize("background", STATIC)
def test_the_channel_beside_the_window_counts(background):
    y = spectrum(X)
    inside = slice(100, 500)
    y[[99, 500]] += (30.0, 60.0)
    level = background(X, y, inside=inside, points=3).curve
    assert level.size == 400
    assert level[0] == pytest.approx(y[99:102].mean(), rel=1e-9)
    if background is not constant:
        assert level[-1] == pytest.approx(y[498:501].mean(), rel=1e-8)


# Shirley.


@pytest.mark.parametrize(("kappa", "iterations"), [(0.02, 10), (0.1, 16), (0.5, 31)])
def test_shirley_recovers_an_exact_case(kappa, iterations):
    peak = gauss(X, 165.0, 1.2, 1000.0)
    y = 50.0 + peak + kappa * ShirleyLoss(X).apply(peak)
    found = shirley(X, y)
    assert found.converged
    assert np.abs(found.curve - (y - peak)).max() <= 1e-8 * (y[-1] - y[0])
    # Counted for a tolerance of 1e-10; 1e-9 needs no more.
    assert iterations - 4 <= found.iterations <= iterations


def test_shirley_recovers_an_exact_case_on_an_irregular_axis():
    x = np.sort(np.random.default_rng(1).uniform(150, 180, 700))
    peak = gauss(x, 165.0, 1.2, 1000.0)
    y = 50.0 + peak + 0.1 * ShirleyLoss(x).apply(peak)
    assert np.abs(shirley(x, y).curve - (y - peak)).max() <= 1e-8 * (y[-1] - y[0])


def test_shirley_says_when_it_stops_early():
    found = shirley(X, spectrum(X, 0.5), max_iterations=5)
    assert (found.iterations, found.converged) == (5, False)
    assert np.all(np.isfinite(found.curve))


def test_shirley_follows_a_step_that_falls():
    y = 300.0 + peaks(X) - 0.05 * ShirleyLoss(X).apply(peaks(X))
    found = shirley(X, y)
    assert found.converged
    assert np.abs(found.curve - (y - peaks(X))).max() < 1e-6


@pytest.mark.parametrize("y", [np.full(601, 7.0), np.linspace(7.0, 7.0 + 1e-300, 601)])
def test_shirley_without_a_step_is_flat(y):
    assert np.all(shirley(X, y).curve == 7.0)


def test_shirley_without_area_is_reported_not_crashed():
    y = np.where(X > 179.97, 1.0, 0.0)
    y[300], y[301] = 1.0, -1.5
    found = shirley(X, y)
    assert not found.converged
    assert np.all(np.isfinite(found.curve))


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10_000), level=st.sampled_from([0.0, 5.0, 1e4]))
def test_static_backgrounds_of_noise_are_finite(seed, level):
    y = np.random.default_rng(seed).poisson(level, 60).astype(float)
    x = np.linspace(0, 12, 60)
    for background in STATIC:
        assert np.all(np.isfinite(background(x, y, points=3).curve))


# Tougaard.


def test_the_universal_cross_section():
    kernel = U2()
    area = quad(lambda t: float(kernel(np.array([t]))[0]), 0, np.inf)[0]
    assert area == pytest.approx(0.87219, abs=5e-6)
    t = np.linspace(20, 27, 70_001)
    values = kernel(t)
    assert values.max() == pytest.approx(0.0139760, abs=5e-8)
    assert t[values.argmax()] == pytest.approx(23.402, abs=1e-3)


def test_the_casaxps_form_has_a_negative_c():
    t = np.linspace(0, 60, 61)
    np.testing.assert_allclose(U2(786.7, -450)(t), 786.7 * t / (-450 - t**2) ** 2, rtol=1e-14)


def test_the_three_parameter_cross_section():
    t = np.array([0.0, 2.9, 3.0, 3.1, 20.0])
    expected = 335.44588 * t / ((551 - t**2) ** 2 + 436 * t**2)
    np.testing.assert_allclose(U3_FEO(t), np.where(t < 3, 0.0, expected), rtol=1e-14)


def test_nothing_is_lost_towards_lower_binding_energy():
    assert np.all(U2()(np.array([-5.0, -1e-12, 0.0])) == 0.0)


@pytest.mark.parametrize("kernel", [U2(), U3_FEO])
def test_the_convolution_equals_the_direct_double_sum(kernel):
    y = spectrum(X)
    base, step = y[0], X[1] - X[0]
    f = (y - base) * step
    f[0] *= 0.5
    direct = np.array([sum(kernel(X[i] - X[: i + 1]) * f[: i + 1]) for i in range(X.size)])
    found = tougaard(X, y, kernel, scale_to_end=False).curve - base
    assert np.abs(found - direct).max() <= 1e-12 * direct.max()


@pytest.mark.parametrize("kernel", [U2(), U3_FEO])
def test_regular_and_irregular_paths_agree(kernel):
    y = spectrum(X)
    shaken = X.copy()
    shaken[300] += 1e-8  # no longer regular
    here, there = (tougaard(x, y, kernel).curve for x in (X, shaken))
    np.testing.assert_allclose(here, there, rtol=1e-8)
    through_matrix = TougaardLoss(X, kernel).apply(y - y[0])
    unscaled = tougaard(X, y, kernel, scale_to_end=False).curve - y[0]
    assert np.abs(through_matrix - unscaled).max() <= 1e-12 * unscaled.max()


def test_tougaard_meets_the_data_at_the_high_end():
    y = spectrum(X)
    found = tougaard(X, y)
    assert found.curve[-1] == pytest.approx(y[-1], rel=1e-12)
    again = tougaard(X, y, U2(B=2866.0 * found.factor), scale_to_end=False)
    np.testing.assert_allclose(again.curve, found.curve, rtol=1e-12)


def test_tougaard_that_cannot_be_scaled_says_so():
    with pytest.raises(BackgroundError, match="loses nothing within the window of 30 eV"):
        tougaard(X, spectrum(X), U3(335.0, 551, 436, 40))


@pytest.mark.parametrize(
    "kernel",
    [U2(2866, 500), U2(gap=3), U3(2866, 551, 436), U3(2866, 551, 300), U3(2866, 551, 436, 3)],
)
def test_any_changed_argument_changes_the_curve(kernel):
    y = spectrum(X)
    curves = [tougaard(X, y, k, scale_to_end=False).curve for k in (U2(), kernel)]
    assert np.abs(curves[0] - curves[1]).max() > 1e-3 * np.ptp(curves[0])


@pytest.mark.parametrize(
    ("background", "change"),
    [
        (shirley, {"points": 5}),
        (shirley, {"inside": slice(120, 480)}),
        (tougaard, {"points": 5}),
        (tougaard, {"inside": slice(120, 480)}),
        (tougaard, {"scale_to_end": False}),
        (tougaard, {"kernel": U2(B=100.0), "scale_to_end": False}),
        (linear, {"points": 5}),
        (constant, {"points": 5}),
    ],
)
def test_any_changed_option_changes_the_curve(background, change):
    y = np.random.default_rng(2).poisson(spectrum(X)).astype(float)
    inside = {"inside": slice(100, 500)}
    plain = background(X, y, **inside).curve
    other = background(X, y, **(inside | change)).curve
    assert plain.size != other.size or np.abs(plain - other).max() > 1e-6


def test_a_stretched_axis_changes_tougaard_but_not_shirley():
    y = spectrum(X)
    stretched = 150.0 + (X - 150.0) * 1.5
    assert np.abs(tougaard(X, y).curve - tougaard(stretched, y).curve).max() > 1.0
    np.testing.assert_allclose(shirley(stretched, y).curve, shirley(X, y).curve, rtol=1e-12)


# Invariants.


@pytest.mark.parametrize("background", STATIC)
def test_the_curve_does_not_depend_on_the_direction_of_the_file(background):
    y = np.random.default_rng(3).poisson(spectrum(X)).astype(float)
    reversed_x, reversed_y = X[::-1], y[::-1]
    order = np.argsort(reversed_x)
    here = background(X, y, points=3).curve
    there = background(reversed_x[order], reversed_y[order], points=3).curve
    assert np.array_equal(here, there)


@pytest.mark.parametrize("background", STATIC)
def test_a_descending_axis_is_refused(background):
    with pytest.raises(BackgroundError, match="must ascend"):
        background(X[::-1], spectrum(X)[::-1])


@pytest.mark.parametrize("kernel", [None, U2(), U3_FEO, U3(335.4, 551, 436, 3.03)])
def test_a_halved_step_gives_the_same_curve(kernel):
    coarse, fine = np.linspace(150, 190, 401), np.linspace(150, 190, 801)

    def curve(x):
        y = spectrum(x)
        return (shirley(x, y) if kernel is None else tougaard(x, y, kernel)).curve

    here, there = curve(coarse), curve(fine)[::2]
    assert np.abs(here - there).max() <= 1e-3 * np.ptp(here)


@pytest.mark.parametrize("background", STATIC)
@settings(deadline=None, max_examples=50)
@given(scale=st.floats(1e-6, 1e6), shift=st.floats(-1000, 1000))
def test_the_curve_scales_with_the_intensity_and_moves_with_the_axis(background, scale, shift):
    y = spectrum(X)
    here = background(X, y, points=3).curve
    there = background(X + shift, scale * y, points=3).curve
    np.testing.assert_allclose(there / scale, here, rtol=1e-8)


# Active backgrounds.


def test_the_shirley_operator_against_brute_force():
    rng = np.random.default_rng(4)
    x, rows = np.sort(rng.uniform(0, 20, 50)), rng.normal(size=(3, 2, 50))
    brute = np.zeros_like(rows)
    for i in range(50):
        brute[..., i] = np.trapezoid(rows[..., : i + 1], x[: i + 1], axis=-1)
    np.testing.assert_allclose(ShirleyLoss(x).apply(rows), brute, atol=1e-12)


@pytest.mark.parametrize("kernel", [U2(), U3_FEO])
def test_the_tougaard_operator_against_brute_force(kernel):
    rng = np.random.default_rng(5)
    x, rows = np.sort(rng.uniform(0, 60, 50)), rng.normal(size=(3, 2, 50))
    widths = np.gradient(x)  # (x[i+1] - x[i-1])/2 inside
    widths[0], widths[-1] = (x[1] - x[0]) / 2, (x[-1] - x[-2]) / 2
    widths[1:-1] = (x[2:] - x[:-2]) / 2
    brute = np.zeros_like(rows)
    for i in range(50):
        for j in range(i):
            brute[..., i] += kernel(np.array([x[i] - x[j]]))[0] * widths[j] * rows[..., j]
    np.testing.assert_allclose(TougaardLoss(x, kernel).apply(rows), brute, atol=1e-14)


@pytest.mark.parametrize("loss", [ShirleyLoss(X), TougaardLoss(X, U2())])
def test_the_operators_are_linear(loss):
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(2, 601))
    together = loss.apply(2.0 * a - 3.0 * b)
    np.testing.assert_allclose(together, 2.0 * loss.apply(a) - 3.0 * loss.apply(b), atol=1e-11)


def test_the_active_background_is_the_static_one_of_its_own_spectrum():
    y = 10.0 + peaks(X) + TougaardLoss(X, U2()).apply(peaks(X))
    # The static loss is that of the measured spectrum, losses included: the geometric series.
    loss = TougaardLoss(X, U2())
    primary, measured = peaks(X), peaks(X)
    for _ in range(60):
        measured = primary + loss.apply(measured)
    found = tougaard(X, 10.0 + measured, scale_to_end=False).curve
    np.testing.assert_allclose(found, 10.0 + measured - primary, rtol=1e-10)
    assert np.all(measured - primary >= y - 10.0 - primary - 1e-9)


# Recipes.


@pytest.mark.parametrize("kind", ["constant", "linear", "shirley", "tougaard"])
def test_a_recipe_names_its_static_background(kind):
    y = spectrum(X)
    by_name = {"constant": constant, "linear": linear, "shirley": shirley, "tougaard": tougaard}
    found = static_background(Choice(kind, end_points=3), X, y, slice(50, 550))
    expected = by_name[kind](X, y, inside=slice(50, 550), points=3).curve
    np.testing.assert_array_equal(found, expected)


def test_a_recipe_sets_the_kernel():
    choice = Choice("tougaard", 3, (335.44588, 551, 436, 3), scale_to_end=False)
    found = static_background(choice, X, spectrum(X), None)
    expected = tougaard(X, spectrum(X), U3_FEO, points=3, scale_to_end=False).curve
    np.testing.assert_array_equal(found, expected)


def test_a_static_shirley_that_does_not_converge_is_an_error():
    y = np.where(X > 179.97, 1.0, 0.0)
    y[300], y[301] = 1.0, -1.5
    with pytest.raises(BackgroundError, match="does not converge"):
        static_background(Choice(), X, y, None)


def test_a_short_kernel_is_filled_from_the_universal_one():
    assert kernel_from(()) == U2()
    assert kernel_from((100.0,)) == U2(B=100.0)
    assert kernel_from((100.0, -450.0, 0.0, 2.0)) == U2(100.0, 450.0, gap=2.0)
    assert kernel_from((335.44588, 551, 436, 3)) == U3_FEO


# Bad input.


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: kernel_from((1.0, 2.0, 3.0, 4.0, 5.0)), "not 5 numbers"),
        (lambda: U2(float("nan")), "takes finite numbers"),
        (lambda: U2(-1.0), ">= 0"),
        (lambda: U2(C=0.0), "infinite at a loss of 0 eV"),
        (lambda: Kernel(B=1.0, C=400.0, sign=-1), "infinite at a loss of 20 eV"),
        (lambda: U3(1.0, 400.0, -3.0), ">= 0"),
        (lambda: U3(1.0, 400.0, 3.0, -2.0), ">= 0"),
    ],
)
def test_impossible_kernels_are_refused(make, said):
    with pytest.raises(BackgroundError, match=said):
        make()


@pytest.mark.parametrize("background", STATIC)
@pytest.mark.parametrize(
    ("x", "y", "inside", "said"),
    [
        (X, X[:5], None, "one row of equal length"),
        (X, X, slice(4, 6), "holds 2 of 601 channels"),
        (X, X, slice(9, 4), "holds 0 of 601 channels"),
        (X[:0], X[:0], None, "holds 0 of 0 channels"),
        (np.zeros(9), np.zeros(9), None, "must ascend"),
        (X, np.where(X > 170, np.nan, X), None, "not all finite"),
    ],
)
def test_unusable_data_are_refused(background, x, y, inside, said):
    with pytest.raises(BackgroundError, match=said):
        background(x, y, inside=inside)


# Fits of other programs.

REGION = re.compile(
    r"CASA region \(\*(?P<name>[^*]+)\*\) \(\*(?P<kind>[^*]+)\*\) (?P<numbers>[-+.\deE ]+) \(\*"
)


def test_u3_against_an_exported_casaxps_background(data_dir):
    folder = data_dir / "xps/pynxtools-xps"
    if not folder.exists():
        pytest.skip(f"{folder} is missing")
    export = (folder / "FeO_analyzed_lineshapes_cols.txt").read_text().splitlines()[8:]
    table = np.array([[float(cell) for cell in line.split()] for line in export if line.strip()])
    table = table[np.argsort(table[:, 8])]
    energy, rate, exported = table[:, 8], table[:, 9], table[:, 14]
    region = REGION.search((folder / "FeO_analyzed.vms").read_text("latin-1"))
    low, high, _rsf, average, _, _, *parameters = map(float, region["numbers"].split())
    assert (region["kind"], average) == ("U 3 Tougaard", 2)
    inside = between(energy, 1486.61 - high, 1486.61 - low)
    kernel = U3(*parameters)
    found = tougaard(energy, rate, kernel, inside=inside, points=3, scale_to_end=False)
    worst = np.abs(found.curve - exported[inside]).max()
    assert worst <= 3e-4 * np.ptp(rate[inside])
    assert found.curve[0] == pytest.approx(exported[inside][0], abs=1e-3)
    assert tougaard(energy, rate, kernel, inside=inside, points=3).factor == pytest.approx(
        1.0, abs=1e-4
    )


def between(energy, low, high):
    return slice(
        int(np.searchsorted(energy, low - 1e-6)),
        int(np.searchsorted(energy, high + 1e-6, side="right")),
    )


def u2_regions(text):
    """Calibrated binding energies, counts, window and kernel of each U 2 region of a VAMAS file."""
    lines = text.splitlines()
    calibration = 0.0
    for i, line in enumerate(lines):
        if line.startswith("Casa Info Follows"):
            calibration = 0.0
        if added := re.match(r"Calib M = ([\d.]+) A = ([\d.]+) BE ADD", line):
            calibration += float(added[2]) - float(added[1])
        region = REGION.match(line)
        if region is None or region["kind"] != "U 2 Tougaard":
            continue
        hv = float(lines[lines.index("Al (mono)", i) + 1])
        axis = lines.index("Kinetic energy", i)
        start, step = float(lines[axis + 2]), float(lines[axis + 3])
        size = axis + 17 + 3 * int(lines[axis + 16])  # after the additional parameters
        count = int(lines[size])
        counts = np.array([float(v) for v in lines[size + 5 : size + 5 + count : 2]])
        kinetic = start + step * np.arange(counts.size) - calibration
        low, high, _rsf, average, _, _, B, C = map(float, region["numbers"].split()[:8])
        assert average == 2
        energy, counts = (hv - kinetic)[::-1], counts[::-1]
        yield energy, counts, between(energy, hv - high, hv - low), U2(B, C)


def test_stored_u2_parameters_meet_their_tie_points(data_dir):
    path = data_dir / "xps/cheminfo-vamas/assigned.vms"
    if not path.exists():
        pytest.skip(f"{path} is missing")
    misses = []
    for energy, counts, inside, kernel in u2_regions(path.read_text("latin-1")):
        found = tougaard(energy, counts, kernel, inside=inside, points=3, scale_to_end=False)
        high = end_level(counts, inside.stop - 1, 3)
        misses.append(abs(found.curve[-1] - high) / np.ptp(counts[inside]))
    misses.sort()
    assert len(misses) == 12
    assert misses[10] <= 3e-4
    # The twelfth (sample WS2, C 1s) holds a B from an earlier state of the fit.
    assert misses[11] == pytest.approx(0.0527, abs=2e-4)
