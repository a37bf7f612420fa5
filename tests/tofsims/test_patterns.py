"""Isotope patterns as a whole: how often nature is taken for something else, and what is not."""

from __future__ import annotations

import numpy as np
import pytest

import tofsims
from tofsims.patterns import pattern_tests

NATURAL = {"GaCl-": 0.6011 * 0.7576, "[71Ga][37Cl]-": 0.3989 * 0.2424, "[71Ga]Cl-": 0.3989 * 0.7576}
FOLDER = "tofsims/surfacelab_profiles"


def drawn(rng, *, points=20, mean=500.0, more=0.0, **given):
    """A pattern of gallium chloride, and what lies over one member of it."""
    lam = mean * np.array(list(NATURAL.values()))
    lam[1] += more
    counts = rng.poisson(lam[:, None], (3, points))
    edges = [[tofsims_mz(name) - 0.001, tofsims_mz(name) + 0.001] for name in NATURAL]
    return tofsims.depth_profile(list(NATURAL), counts, window=edges, shots=1e9, **given)


def tofsims_mz(name):
    from references.ion import ion

    return ion(name).mz


def test_nature_is_improbable_as_often_as_p_says(rng):
    p = np.array([pattern_tests(drawn(rng))[0].p for _ in range(400)])
    # 5 % of 400: standard deviation 1.1 %; half of them: 2.5 %.
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.044)
    assert np.mean(p < 0.5) == pytest.approx(0.5, abs=0.1)


def test_another_ion_over_a_member_is_improbable(rng):
    (found,) = pattern_tests(drawn(rng, more=30.0))
    assert found.p < 1e-6
    assert found.freedom == 2
    assert set(found.members) == set(NATURAL)


def test_few_counts_and_isotopes_that_vary_are_left_out(rng):
    (found,) = pattern_tests(drawn(rng, mean=2.0))
    assert found.members == ()
    assert np.isnan(found.p)
    assert found.to_dict()["p"] is None
    (lithium,) = pattern_tests(tofsims.depth_profile(["Li-", "[6Li]-"], [[1e6], [9e5]], shots=1e9))
    assert lithium.to_dict()["p"] is None


def test_what_errs_alike_makes_a_pattern_less_improbable(rng):
    made = drawn(rng, more=30.0)
    alike = 0.5 * made["corrected"]
    (found,) = pattern_tests(made.assign(u=np.hypot(made["u"], alike), u_common=alike))
    assert found.to_dict()["members"] == []


def test_patterns_of_a_real_profile(data_dir):
    made = tofsims.read(data_dir / FOLDER / "I231114p_A_MAPI_025s-LC_neg-8 - NF.txt").profiles[0]
    found = {one.ion: one for one in pattern_tests(tofsims.between(made, 10, 39))}
    assert found["PbI-"].p == pytest.approx(0.097, abs=0.002)
    assert len(found["PbI-"].members) == 4
    # Two members are saturated and say nothing.
    assert found["[207Pb]I3-"].left_out == ("[206Pb]I3-", "PbI3-")


def test_patterns_are_told_with_the_answer(rng):
    told = tofsims.check(drawn(rng, sputter_time=np.arange(20.0))).to_dict()
    (pattern,) = told["isotope_patterns"]
    assert 0 < pattern["p"] <= 1
