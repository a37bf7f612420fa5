"""Replicates: against a worked example of meta-analysis, and where the answer is plain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xps.spread import spread

# Nine trials of diuretics in pre-eclampsia (events and numbers, treated then control), of which W.
# Viechtbauer, Stat. Med. 26, 37 (2007) and the tests of the R package metafor give the Q-profile
# interval of tau^2, .0723 to 2.2027.
TRIALS = (
    *((14, 131, 14, 136), (21, 385, 17, 134), (14, 57, 24, 48), (6, 38, 18, 40)),
    *((12, 1011, 35, 760), (138, 1370, 175, 1336), (15, 506, 20, 524), (6, 108, 2, 103)),
    (65, 153, 40, 102),
)


def log_odds():
    a, n, c, m = np.array(TRIALS, dtype=float).T
    return np.log(a / (n - a) / (c / (m - c))), np.sqrt(1 / a + 1 / (n - a) + 1 / c + 1 / (m - c))


def test_the_interval_of_the_spread_is_that_of_the_worked_example():
    found = spread(*log_odds())
    assert found.low**2 == pytest.approx(0.0723, abs=5e-5)
    assert found.high**2 == pytest.approx(2.2027, abs=5e-5)
    assert found.low < found.between < found.high


def test_the_spread_meets_its_expectation():
    values, noise = log_odds()
    found = spread(values, noise)
    weights = 1.0 / (noise**2 + found.between**2)
    assert weights @ (values - found.mean) ** 2 == pytest.approx(len(values) - 1, rel=1e-9)


def test_spots_without_noise_are_a_plain_sample():
    values = np.array([4.1, 4.8, 5.0, 5.9])
    found = spread(values, np.full(4, 1e-12))
    assert found.mean == pytest.approx(values.mean())
    assert found.between == pytest.approx(values.std(ddof=1))
    assert found.u == pytest.approx(values.std(ddof=1) / 2.0)
    assert found.freedom == 3


def test_spots_that_agree_by_luck_are_not_surer_than_their_counting():
    found = spread(np.array([5.0, 5.0, 5.0]), np.full(3, 0.3))
    assert found.between == 0.0
    assert found.u == pytest.approx(0.3 / np.sqrt(3.0))
    assert found.freedom == np.inf


@given(
    values=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=8),
    noise=st.floats(1e-4, 1.0),
)
def test_the_spread_lies_in_its_interval_and_the_weights_add_up(values, noise):
    found = spread(np.array(values), np.full(len(values), noise))
    assert found.low <= found.between <= found.high
    assert sum(found.weights) == pytest.approx(1.0)
    assert min(values) - 1e-9 <= found.mean <= max(values) + 1e-9


def test_one_spot_has_no_spread():
    with pytest.raises(ValueError, match="two replicates"):
        spread(np.array([1.0]), np.array([0.1]))
