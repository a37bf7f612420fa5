"""Differences of fractions: what cancels, what does not, and whether the intervals hold."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

import xps
from references.words import Basis, Contribution, Estimate, Kind, Row, UncertaintyParts
from xps.compare import ComparisonError, compare

_spec = importlib.util.spec_from_file_location("compared", Path(__file__).with_name("compared.py"))
compared = importlib.util.module_from_spec(_spec)
sys.modules["compared"] = compared
_spec.loader.exec_module(compared)

Z = 1.959963984540054


def estimate(value, counting, *inputs, kind=Kind.STANDARD, high=None, low=None):
    shifts = [given.shift for given in inputs if given.part == "constraints"]
    factors = [given.shift for given in inputs if given.part == "sensitivity"]
    parts = UncertaintyParts(
        counting=counting,
        constraints=float(np.hypot.reduce(shifts)) if shifts else None,
        sensitivity=float(np.hypot.reduce(factors)) if factors else None,
    )
    standard = kind is Kind.STANDARD
    return Estimate(
        value=value,
        u=parts.total if standard else None,
        u_parts=parts,
        low=value - Z * parts.total if standard else low,
        high=value + Z * parts.total if standard else high,
        level=0.95,
        kind=kind,
        contributions=inputs,
    )


def ratio(shift, value=0.511):
    return Contribution(source="S 2p ratio", part="constraints", shift=shift, value=value, u=0.011)


def factor(shift, told_by="scofield_al", name="factor"):
    return Contribution(
        source=f"S 2p {name}", part="sensitivity", shift=shift, u=0.05, told_by=told_by
    )


def row(given, subject="Li2S", basis=Basis.WITHIN_LEVEL, denominator="S 2p"):
    return Row(
        sample="x",
        technique="xps",
        quantity="fraction",
        subject=subject,
        estimate=given,
        unit="1",
        basis=basis,
        denominator=denominator,
    )


def between(a, b):
    """The one difference of two lists of estimates, a spot each."""
    (found,) = compare([[row(e)] for e in a], [[row(e)] for e in b]).differences
    return found


def rules(a, b):
    return {finding.rule: finding for finding in compare(a, b).findings}


def test_independent_errors_add_in_quadrature():
    found = between([estimate(0.0488, 0.003)], [estimate(0.0228, 0.004)])
    assert found.u == pytest.approx(0.005)
    assert (found.low, found.high) == pytest.approx((-0.026 - Z * 0.005, -0.026 + Z * 0.005))
    assert found.fell == pytest.approx(stats.norm.cdf(5.2))
    assert found.p == pytest.approx(2 * stats.norm.sf(5.2))


def test_what_both_share_cancels():
    found = between([estimate(0.05, 0.003, ratio(0.02))], [estimate(0.03, 0.004, ratio(0.02))])
    assert found.u == pytest.approx(0.005)
    assert found.shared == pytest.approx(0.02 * math.sqrt(2.0))


def test_what_moves_them_against_each_other_adds_up():
    found = between([estimate(0.05, 0.003, ratio(0.02))], [estimate(0.03, 0.004, ratio(-0.02))])
    assert found.u == pytest.approx(math.hypot(0.005, 0.04))
    assert found.shared < 0.0


def test_an_input_that_was_taken_otherwise_does_not_cancel_and_is_named():
    a, b = estimate(0.05, 0.003, ratio(0.02)), estimate(0.03, 0.004, ratio(0.02, value=0.5))
    assert between([a], [b]).u == pytest.approx(math.hypot(0.005, 0.02 * math.sqrt(2.0)))
    finding = rules([[row(a)]], [[row(b)]])["input_differs"]
    assert "0.511 +- 0.011" in finding.reported
    assert "0.5 +- 0.011" in finding.reference


def test_a_transmission_that_was_taken_otherwise_is_a_warning():
    a, b = (
        estimate(0.05, 0.003, factor(0.01, told_by=told, name="transmission"))
        for told in ("measured", "assumed: E_k ** 0")
    )
    assert rules([[row(a)]], [[row(b)]])["input_differs"].severity == "warning"


def test_other_sensitivity_factors_are_refused():
    a, b = (estimate(0.05, 0.003, factor(0.01, told_by=told)) for told in ("scofield_al", "mine"))
    with pytest.raises(ComparisonError, match="different sensitivity factors"):
        compare([[row(a)]], [[row(b)]])


def test_a_limit_keeps_its_two_sides():
    limit = estimate(0.004, 0.006, kind=Kind.UPPER_LIMIT, high=0.02)
    found = between([estimate(0.05, 0.003)], [limit])
    assert found.low == -found.a.interval[1]  # B may be nothing, but not less
    assert found.high == pytest.approx(-0.046 + math.hypot(0.016, Z * 0.003))
    assert found.method == "variance estimates recovery"
    assert found.b.limit


def test_a_ratio_to_what_may_be_nothing_has_no_end():
    limit = estimate(0.004, 0.006, kind=Kind.UPPER_LIMIT, high=0.02)
    found = between([limit], [estimate(0.05, 0.003)])
    assert found.ratio_high is None
    assert found.ratio_low == pytest.approx(0.05 / 0.02, rel=0.2)


def test_the_ratio_is_fieller_s_for_normal_errors():
    a, b, u_a, u_b = 0.05, 0.03, 0.004, 0.003
    found = between([estimate(a, u_a)], [estimate(b, u_b)])
    for end in (found.ratio_low, found.ratio_high):
        assert abs(b - end * a) == pytest.approx(Z * math.hypot(u_b, end * u_a))
    assert found.ratio_low < found.ratio < found.ratio_high


def test_spots_without_noise_are_compared_as_welch_does(rng):
    a, b = rng.normal(0.05, 0.004, 4), rng.normal(0.03, 0.01, 6)
    found = between([estimate(v, 1e-9) for v in a], [estimate(v, 1e-9) for v in b])
    welch = stats.ttest_ind(b, a, equal_var=False)
    ends = welch.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), rel=1e-6)
    assert found.p == pytest.approx(welch.pvalue, rel=1e-6)
    assert found.freedom == pytest.approx(welch.df, rel=1e-6)


def test_more_spots_do_not_average_out_what_they_have_in_common():
    own = estimate(0.05, 0.001, ratio(0.01))
    many = between([own] * 9, [estimate(0.03, 0.001)])
    assert many.a.u == pytest.approx(0.01, rel=0.01)


def test_spots_that_differ_by_more_than_counting_are_told():
    spots = [estimate(v, 0.001) for v in (0.03, 0.05, 0.07)]
    found = between(spots, [estimate(0.03, 0.001)])
    assert found.a.spread.p < 1e-6
    assert found.a.spread.between == pytest.approx(0.02, rel=0.01)


def test_one_spot_says_nothing_of_the_spread():
    a, b = [[row(estimate(0.05, 0.003))]], [[row(estimate(0.03, 0.003))]]
    assert rules(a, b)["one_spot"].subject == "A and B"
    assert "one_spot" not in rules(a * 2, b * 2)


def test_a_whole_that_is_another_is_refused():
    one = [[row(estimate(0.05, 0.003), basis=Basis.ATOMIC, denominator="P+S")]]
    other = [[row(estimate(0.05, 0.003), basis=Basis.ATOMIC, denominator="P+S+Cl")]]
    with pytest.raises(ComparisonError, match="different wholes"):
        compare(one, other)


def test_a_basis_that_only_one_has_is_an_error_and_the_rest_is_compared():
    within = row(estimate(0.05, 0.003))
    atomic = row(estimate(0.02, 0.003), basis=Basis.ATOMIC, denominator="P+S")
    found = rules([[within, atomic]], [[within]])
    assert found["different_bases"].severity == "error"


def test_a_species_that_only_one_has_is_told():
    both, one = row(estimate(0.9, 0.003)), row(estimate(0.1, 0.003), subject="Li3P")
    assert "limit" in rules([[both, one]], [[both]])["not_in_both"].message


def test_fractions_without_an_interval_leave_nothing_to_decide():
    bare = row(Estimate(value=0.05))
    found = compare([[bare]], [[row(estimate(0.05, 0.003))]])
    assert found.differences == ()
    assert "no_interval" in {finding.rule for finding in found.findings}


fractions = st.floats(0.01, 0.99)
us = st.floats(1e-4, 0.2)
shifts = st.floats(-0.1, 0.1)


@given(a=fractions, b=fractions, u_a=us, u_b=us, c_a=shifts, c_b=shifts)
def test_turned_round_it_is_the_same_answer(a, b, u_a, u_b, c_a, c_b):
    one, other = estimate(a, u_a, ratio(c_a)), estimate(b, u_b, ratio(c_b))
    there, back = between([one], [other]), between([other], [one])
    assert there.value == -back.value
    assert there.u == pytest.approx(back.u)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.fell == pytest.approx(back.rose, abs=1e-12)


@given(a=fractions, b=fractions, u_a=us, u_b=us, low=st.floats(0.0, 1.0), high=us)
def test_the_interval_leaves_out_nothing_exactly_where_p_is_below_five_percent(
    a, b, u_a, u_b, low, high
):
    profile = estimate(b, u_b, kind=Kind.PROFILE, low=low * b, high=min(b + high, 1.0))
    found = between([estimate(a, u_a)], [profile])
    assume(abs(found.p - 0.05) > 1e-9)
    assert (found.low > 0.0 or found.high < 0.0) == found.shown


def test_a_fit_compared_with_itself_shows_no_difference():
    fit = xps.fit(xps.example("S 2p"), xps.envelope("S 2p", ["PS4", "Li2S"]))
    for found in compare([fit.fractions], [fit.fractions]).differences:
        assert (found.value, found.p) == (0.0, 1.0)
        assert found.u < math.sqrt(2.0) * found.a.u


# --- do the intervals hold? -----------------------------------------------------------------------


def coverage(level, peak, truths, number, **spots):
    """Share of pairs whose interval holds the true difference, with one draw of the constants."""
    held = []
    for seed in range(number):
        name, a, b = compared.pair(level, peak, truths, seed, **spots)
        found = [
            d
            for d in compare([f.fractions for f in a], [f.fractions for f in b]).differences
            if d.subject == name
        ]
        if found:
            held.append(found[0].low <= truths[1] - truths[0] <= found[0].high)
    return float(np.mean(held)), len(held)


@pytest.mark.parametrize(
    ("spots", "spread", "common"),
    [(1, 0.0, 0.02), (3, 0.01, 0.02), (5, 0.01, 0.0), (4, 0.002, 0.01)],
)
def test_the_statistics_hold_on_drawn_fractions(spots, spread, common, rng):
    """Fractions drawn with counting, a spread between spots, and one error common to both samples.

    What is each sample's own and no counting is none here, so that the count is exact.
    """
    noise, number, held = 0.005, 300, 0
    for _ in range(number):
        error = rng.standard_normal()
        sides = [
            [
                estimate(
                    truth
                    + spread * rng.standard_normal()
                    + noise * rng.standard_normal()
                    + scale * common * error,
                    noise,
                    *([ratio(scale * common)] if common else []),
                )
                for _ in range(spots)
            ]
            for truth, scale in ((0.5, 1.0), (0.4, 0.8))
        ]
        found = between(*sides)
        held += found.low <= -0.1 <= found.high
    share = held / number
    # Four standard deviations: a false alarm of 6e-5 a case. Where the spots agree by luck the
    # counting's own interval stands, which covers a little more.
    scatter = 4.0 * math.sqrt(0.95 * 0.05 / number)
    assert 0.94 - scatter <= share <= 0.965 + scatter


def test_differences_hold():
    share, n = coverage("P 2p", 3000.0, (0.12, 0.06), 20)
    # Five standard deviations: a false alarm below 1e-6.
    assert n >= 18
    assert share >= 0.95 - 5.0 * math.sqrt(0.95 * 0.05 / n)


@pytest.mark.slow
@pytest.mark.parametrize("truths", [(0.12, 0.06), (0.0488, 0.0228), (0.1, 0.1)])
@pytest.mark.parametrize("peak", [300.0, 3000.0, 30000.0])
@pytest.mark.parametrize("level", ["S 2p", "P 2p", "In 3d"])
def test_differences_hold_in_every_cell(level, peak, truths):
    share, n = coverage(level, peak, truths, 1000)
    scatter = 4.0 * math.sqrt(0.95 * 0.05 / n)
    assert n >= 970
    assert share >= 0.94 - scatter
    assert share <= 0.985 + scatter


@pytest.mark.slow
@pytest.mark.parametrize(("spots", "spread"), [(3, 0.02), (5, 0.02), (5, 0.005)])
def test_differences_of_several_spots_hold(spots, spread):
    share, n = coverage("S 2p", 3000.0, (0.12, 0.08), 500, spots=spots, between=spread)
    scatter = 4.0 * math.sqrt(0.95 * 0.05 / n)
    assert 0.94 - scatter <= share <= 0.975 + scatter
