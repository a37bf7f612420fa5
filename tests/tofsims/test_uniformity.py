"""Trend, transient and verdict: golden windows of real exports, and counted error rates."""

from __future__ import annotations

import numpy as np
import pytest

import tofsims
from references.words import InputError
from tofsims.counting import corrected
from tofsims.kendall import kendall, ranked
from tofsims.uniformity import Uniform, settled, trend

A = "tofsims/surfacelab_profiles/I231114p_A_MAPI_025s-LC_neg-8 - NF.txt"
C = "tofsims/surfacelab_profiles/I241209zb_C_MAPI-dev_1f-1nA_neg-B3 - NF.txt"


@pytest.fixture(scope="module")
def of(data_dir):
    files = {name: tofsims.read(data_dir / name).profiles[0] for name in (A, C)}
    return lambda name, low, high, ion: tofsims.of_ion(tofsims.between(files[name], low, high), ion)


def drawn(seed, *, points=60, mean=400.0, drift=0.0, shots=16384, fluctuation=0.0):
    generator = np.random.default_rng(seed)
    x = np.linspace(0.0, 600.0, points)
    lam = (
        mean
        * (1.0 + drift * (x / 600.0 - 0.5))
        * (1.0 + fluctuation * generator.standard_normal(points))
        / shots
    )
    k = generator.binomial(shots, -np.expm1(-np.maximum(lam, 0)))
    made = tofsims.depth_profile(
        ["Cl-"], [-shots * np.log1p(-k / shots)], sputter_time=x, counts=[k], shots=shots
    )
    return tofsims.of_ion(made, "Cl-")


@pytest.mark.parametrize(
    ("name", "low", "high", "ion", "change", "u", "tau", "p"),
    [
        (A, 72, 118, "InO2-", 2.28, 0.25, 0.360, None),
        (A, 72, 118, "O-", 0.28, 0.25, 0.047, 0.35),
        (A, 72, 118, "O2-", 2.43, 0.33, None, None),
        (A, 72, 118, "SnO2-", -1.83, 0.58, None, 9e-4),
        (A, 72, 118, "SnO-", -1.2, 1.9, None, 0.49),
        (C, 48, 130, "Pb2I5-", -1.47, 0.50, None, None),
        (C, 48, 130, "I2-", -0.77, 0.46, None, 0.24),
        (C, 48, 130, "PbI2-", 7.26, 0.67, None, 7e-7),
        (C, 48, 130, "[206Pb]2I5-", -4.39, 0.55, None, 3e-9),
    ],
)
def test_trends_of_real_plateaus(of, name, low, high, ion, change, u, tau, p):
    found = trend(of(name, low, high, ion))
    assert found.change_percent == pytest.approx(change, abs=0.05 if abs(change) == 1.2 else 0.006)
    assert found.u_counting == pytest.approx(u, abs=0.05 if u == 1.9 else 0.006)
    assert found.u >= found.u_counting
    if tau is not None:
        assert found.tau == pytest.approx(tau, abs=6e-4)
    if p is not None:
        assert found.p_trend == pytest.approx(p, rel=0.06)


@pytest.mark.parametrize(
    ("name", "low", "high", "ion", "margin", "verdict"),
    [
        (A, 72, 118, "InO2-", 5, Uniform.UNIFORM),
        (A, 72, 118, "O-", 5, Uniform.UNIFORM),
        (A, 72, 118, "O2-", 5, Uniform.UNIFORM),
        (A, 72, 118, "SnO2-", 5, Uniform.UNIFORM),
        (A, 72, 118, "InO2-", 2, Uniform.UNDECIDED),
        (C, 48, 130, "PbI2-", 5, Uniform.UNDECIDED),
        (C, 48, 130, "[206Pb]2I5-", 5, Uniform.UNDECIDED),
        (C, 48, 130, "[206Pb]2I5-", 2, Uniform.DRIFTING),
    ],
)
def test_verdicts_on_real_plateaus(of, name, low, high, ion, margin, verdict):
    assert trend(of(name, low, high, ion), margin_percent=margin).verdict is verdict


def test_what_fluctuates_more_than_counting_is_said(of):
    found = trend(of(C, 48, 130, "PbI2-"))
    # Chi-square about the line 3.0, and neighbours that go together: points are fewer than 56.
    assert found.u > np.sqrt(3.0) * found.u_counting
    assert found.correlation > 0.5
    assert found.p_correlated > 100 * found.p_trend
    assert found.noise < 1.2 < found.dispersion


def test_what_is_saturated_is_not_judged(of):
    found = trend(of(A, 10, 39, "PbI3-"))
    assert found.verdict is Uniform.UNDECIDED
    assert "saturated" in found.sentence()
    assert np.isnan(found.change_percent)


def test_stationary_profiles_have_a_trend_as_often_as_promised():
    # 400 profiles: 5 % +- 1.1; four standard deviations.
    found = [trend(drawn(seed)) for seed in range(400)]
    assert np.mean([t.p_trend < 0.05 for t in found]) == pytest.approx(0.05, abs=0.044)
    assert not any(t.verdict is Uniform.DRIFTING for t in found)
    inside = [t.interval[0] <= 0 <= t.interval[1] for t in found]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.044)


def test_a_drift_of_twice_the_margin_is_seen():
    found = [trend(drawn(seed, drift=0.10, mean=4000)) for seed in range(40)]
    assert all(t.verdict is Uniform.DRIFTING for t in found)


def test_fluctuation_widens_the_interval():
    found = [trend(drawn(seed, mean=4000, fluctuation=0.1)) for seed in range(200)]
    inside = [t.interval[0] <= 0 <= t.interval[1] for t in found]
    assert np.mean(inside) >= 0.95 - 4.0 * np.sqrt(0.95 * 0.05 / 200)
    assert np.median([t.dispersion for t in found]) > 10


def test_a_change_is_of_the_middle_of_the_window():
    x = np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100])
    made = tofsims.depth_profile(["Cl-"], [1000.0 + x], sputter_time=x, shots=1e9)
    found = trend(tofsims.of_ion(made, "Cl-"))
    assert found.change_percent == pytest.approx(100 * 100 / 1050)


# --- the start ---------------------------------------------------------------------------------------


def test_a_transient_is_cut_and_a_drift_is_not():
    x = np.arange(200.0)
    scatter = np.full(200, 10.0)
    noise = np.random.default_rng(3).normal(0, 10, 200)
    assert settled(x, 1000 + noise, scatter) == 0
    assert settled(x, 1000 + 2 * x + noise, scatter) == 0
    cut = settled(x, 1000 + 500 * np.exp(-x / 5) + noise, scatter)
    assert 10 <= cut <= 25


def test_a_transient_that_does_not_end_is_cut_at_a_fifth():
    x = np.arange(100.0)
    assert settled(x, 1000 * np.exp(-x / 8), np.full(100, 1.0)) == 20


# --- bad input --------------------------------------------------------------------------------------


def test_a_margin_of_nothing_is_refused():
    with pytest.raises(InputError, match="the margin should be above zero"):
        trend(drawn(0), margin_percent=0)


@pytest.mark.parametrize("points", [1, 2, 7])
def test_few_points_are_undecided_and_say_why(points):
    found = trend(drawn(0).isel(scan=slice(points)))
    assert found.verdict is Uniform.UNDECIDED
    assert found.why == f"a trend needs 8 data points, and the window has {points}"
    assert found.mean > 0


@pytest.mark.parametrize("points", [1, 4, 7])
def test_a_short_profile_is_told_with_its_verdict(points):
    counts = np.random.default_rng(1).poisson(1000, (2, points))
    made = tofsims.depth_profile(
        ["Cl-", "S-"], counts, sputter_time=np.arange(1.0, points + 1), shots=1e6, total=counts[0]
    )
    for normalise in ("", "total"):
        found = tofsims.check(made, ["S-"], normalise=normalise)
        assert found.exit_code == 3
        assert len(found.to_dict()["ions"][0]["corrected"]) == points
        assert found.to_dict()["uniformity"][0]["slope_percent"] is None


def test_without_times_it_is_said_in_scans():
    counts = np.random.default_rng(1).poisson(1000, (1, 60))
    found = tofsims.check(tofsims.depth_profile(["Cl-"], counts, shots=1e6))
    assert found.sentence == "from scan 1 to 60: uniform within 5 %: Cl-"
    assert "over 59 scans, 95 % interval" in found.trends[0].sentence()
    told = found.to_dict()
    assert (told["unit"], told["window_s"], told["window"]) == ("scan", None, [1, 60])


def test_counts_before_in_the_dead_time_are_in_the_theory(rng):
    # 1.5 ions a shot before it leave 22 % of the shots awake.
    shots, points = 16384, 400
    first = rng.binomial(shots, -np.expm1(-1.5), points)
    second = rng.binomial(shots - first, -np.expm1(-0.2))
    made = tofsims.depth_profile(
        ["X-"],
        [corrected(second, shots, first)],
        counts=[second],
        before=[corrected(first, shots)],
        sputter_time=np.arange(1.0, points + 1),
        shots=shots,
    )
    found = trend(tofsims.of_ion(made, "X-"))
    # Chi-square of 400 points: standard deviation 0.07, of the differences 0.1.
    assert found.dispersion == pytest.approx(1.0, abs=0.22)
    assert found.noise == pytest.approx(1.0, abs=0.3)
    assert {one.rule for one in tofsims.check(made).findings} == set()


def test_a_point_of_unknown_u_does_not_break_a_trend():
    made = drawn(0)
    u = made["u"].values.copy()
    u[3] = np.nan
    found, whole = trend(made.assign(u=("scan", u))), trend(made)
    assert found.u_counting == pytest.approx(whole.u_counting, rel=0.01)
    assert found.change_percent == whole.change_percent


def test_nothing_counted_is_undecided():
    assert trend(drawn(0, mean=0)).why == "nothing was counted"


@pytest.mark.parametrize("points", [2, 3, 8, 100, 257])
def test_kendall_is_that_of_all_pairs(rng, points):
    y = rng.integers(0, 30, points).astype(float)
    pairs = np.sign(y[None, :] - y[:, None])[np.triu_indices(points, 1)]
    ties = np.unique(y, return_counts=True)[1]
    all_pairs = 0.5 * points * (points - 1)
    unlike = np.sqrt(all_pairs * (all_pairs - np.sum(0.5 * ties * (ties - 1))))
    assert ranked(y)[0] == pytest.approx(pairs.sum() / max(unlike, 1e-9), abs=1e-12)


def test_kendall_of_many_points_is_not_of_all_their_pairs():
    tau, _ = kendall(np.tile(np.arange(1000.0), 200))
    assert 0 < tau < 0.01


def test_kendall_of_ties_alone():
    assert kendall(np.ones(10)) == (0.0, 1.0)


def test_what_has_no_dose_of_its_own_is_left_out_and_said():
    counts = np.random.default_rng(1).poisson(1000, (2, 30))
    made = tofsims.depth_profile(
        ["Cl-", "S-"],
        counts,
        sputter_time=np.arange(1.0, 31.0),
        dose=1e6 + 1e4 * np.arange(30.0),
        shots=1e6,
    )
    found = tofsims.check(made, normalise="dose")
    told = found.to_dict()
    assert "sims_first_point_left_out" in {one.rule for one in found.findings}
    assert found.window[0] == 2
    assert len(told["scan"]) == len(told["sputter_time_s"]) == len(told["ions"][0]["u"]) == 29


def test_a_reference_is_not_judged_by_itself():
    counts = np.random.default_rng(1).poisson(1000, (2, 30))
    made = tofsims.depth_profile(["Cl-", "S-"], counts, shots=1e6)
    found = tofsims.check(made, ["Cl-", "S-"], normalise="S-")
    assert [one.ion for one in found.trends] == ["Cl-"]
    assert "sims_reference_left_out" in {one.rule for one in found.findings}


def test_a_window_without_points_is_refused_in_its_own_unit():
    timed = tofsims.depth_profile(["Cl-"], [[9.0] * 9], sputter_time=np.arange(9.0), shots=1e6)
    with pytest.raises(InputError, match="from 90 to 99 s: the profile is from 0 to 8 s"):
        tofsims.between(timed, 90, 99)
    counted = timed.drop_vars("sputter_time")
    with pytest.raises(InputError, match="from scan 90 to 99: the profile is from scan 1 to 9"):
        tofsims.between(counted, 90, 99)
