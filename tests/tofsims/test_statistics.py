"""Counted error rates of the uniformity test: false alarms, power, coverage of the interval.

The default set draws a few hundred profiles of each sort, the slow one as many as its figures need.
"""

from __future__ import annotations

import logging

import numpy as np
import pytest

import tofsims
from tofsims.counting import corrected
from tofsims.uniformity import Uniform, trend

SHOTS = 16384


def drawn(seed, number, *, points, mean, drift=0.0, moves=0.0, lasts=0.0):
    """Profiles of binomial counts, corrected for the dead time; their signals may move besides."""
    generator = np.random.default_rng(seed)
    x = np.linspace(0.0, 600.0, points)
    wander = generator.standard_normal((points, number))
    for i in range(1, points):
        wander[i] = lasts * wander[i - 1] + np.sqrt(1.0 - lasts**2) * wander[i]
    lam = mean / SHOTS * (1.0 + drift * (x / 600.0 - 0.5)) * (1.0 + moves * wander.T)
    k = generator.binomial(SHOTS, -np.expm1(-np.maximum(lam, 0.0)))
    return tofsims.depth_profile(
        ["Cl-"] * number, corrected(k, SHOTS), counts=k, sputter_time=x, shots=SHOTS
    )


def judged(seed, number, **sort):
    made = drawn(seed, number, **sort)
    return [trend(made.isel(ion=i)) for i in range(number)]


def figures(*told):
    """Tell what was measured: ``pytest -m slow --log-cli-level=INFO``."""
    logging.getLogger(__name__).info(" ".join(f"{one:.4g}" for one in told))


def covered(found, change=0.0):
    return np.mean([one.interval[0] <= change <= one.interval[1] for one in found])


def share(found, verdict):
    return np.mean([one.verdict is verdict for one in found])


# --- the default set ---------------------------------------------------------------------------


@pytest.mark.parametrize(("points", "mean"), [(60, 400), (185, 3 * SHOTS)])
def test_stationary_profiles_alarm_as_often_as_promised(points, mean):
    found = judged(1, 200, points=points, mean=mean)
    # Three standard deviations of 200 profiles are 4.6 %.
    assert np.mean([one.p_trend < 0.05 for one in found]) == pytest.approx(0.05, abs=0.046)
    assert share(found, Uniform.DRIFTING) == 0
    assert covered(found) == pytest.approx(0.955, abs=0.046)


def test_few_counts_are_seldom_called_a_drift():
    # 0.5 % of 300 is 1.5; six is three standard deviations more.
    assert share(judged(6, 300, points=60, mean=5), Uniform.DRIFTING) <= 6 / 300


def test_the_change_that_is_detectable_is_detected():
    told = judged(2, 1, points=60, mean=1000)[0].detectable_percent
    assert told == pytest.approx(10.8, abs=1.0)
    found = judged(3, 150, points=60, mean=1000, drift=0.01 * told)
    assert share(found, Uniform.DRIFTING) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 150)


@pytest.mark.parametrize("lasts", [0.0, 0.3, 0.6])
def test_a_signal_that_moves_is_covered(lasts):
    found = judged(4, 150, points=185, mean=4000, moves=0.05, lasts=lasts)
    assert covered(found) >= 0.93 - 3 * np.sqrt(0.93 * 0.07 / 150)
    assert np.median([one.u / one.u_counting for one in found]) > 2.5


def test_points_that_go_together_are_counted_as_fewer():
    alone, together = (
        np.median(
            [t.independent for t in judged(5, 60, points=185, mean=4000, moves=0.05, lasts=r)]
        )
        for r in (0.0, 0.6)
    )
    assert alone > 170
    # 185 (1 - r) / (1 + r) of an infinitely long one.
    assert together == pytest.approx(185 * 0.4 / 1.6, rel=0.3)


# --- the figures ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_5000_stationary_profiles():
    found = [
        one
        for i, (points, mean) in enumerate(
            (p, m) for p in (60, 185) for m in (400, 1000, 4000, SHOTS, 3 * SHOTS)
        )
        for one in judged(10 + i, 500, points=points, mean=mean)
    ]
    assert len(found) == 5000
    figures(np.mean([one.p_trend < 0.05 for one in found]), share(found, Uniform.DRIFTING))
    assert np.mean([one.p_trend < 0.05 for one in found]) == pytest.approx(0.05, abs=0.01)
    assert share(found, Uniform.DRIFTING) < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("mean", [2, 5, 20, 80])
def test_few_counts_are_no_drift(mean):
    found = judged(20, 2500, points=60, mean=mean)
    figures(mean, share(found, Uniform.DRIFTING))
    assert share(found, Uniform.DRIFTING) < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("points", [60, 185, 600])
@pytest.mark.parametrize("mean", [5, 30, 400, 4000, SHOTS, 3 * SHOTS])
def test_coverage_of_counting_alone(points, mean):
    """Up to three ions a shot; 2500 profiles, so +- 0.9 % at two standard deviations."""
    found = judged(30, 2500, points=points, mean=mean, drift=0.03)
    figures(points, mean, covered(found, 3.0))
    assert 0.93 <= covered(found, 3.0) <= 0.975


@pytest.mark.slow
@pytest.mark.parametrize(
    ("points", "lasts", "least"),
    [
        *((points, 0.0, 0.93) for points in (60, 185, 600)),
        *((60, 0.3, 0.91), (185, 0.3, 0.93), (600, 0.3, 0.93)),
        *((60, 0.6, 0.90), (185, 0.6, 0.92), (600, 0.6, 0.93)),
        # Lasting over ten points: of 60 these are six, and how much they move cannot be told.
        *((60, 0.9, 0.73), (185, 0.9, 0.83), (600, 0.9, 0.88)),
    ],
)
def test_coverage_of_a_signal_that_moves(points, lasts, least):
    """By 5 % beyond counting: 95 % where it does not last, and less, as stated, where it does."""
    found = judged(50, 2000, points=points, mean=4000, moves=0.05, lasts=lasts)
    figures(points, lasts, covered(found))
    assert least <= covered(found) <= 0.975


@pytest.mark.slow
@pytest.mark.parametrize("points", [60, 185])
@pytest.mark.parametrize("mean", [400, 4000, 3 * SHOTS])
def test_power(points, mean):
    """At the change that is stated as detectable, and at twice the margin where that is more."""
    told = np.median([one.detectable_percent for one in judged(70, 200, points=points, mean=mean)])
    found = judged(71, 1500, points=points, mean=mean, drift=0.01 * told)
    twice = judged(72, 1500, points=points, mean=mean, drift=0.1)
    figures(points, mean, told, share(found, Uniform.DRIFTING), share(twice, Uniform.DRIFTING))
    assert 0.945 <= share(found, Uniform.DRIFTING) <= 0.985
    if told <= 10:
        assert share(twice, Uniform.DRIFTING) >= 0.945
