"""Replicas of a fit: what they scatter by, and when that is not what the fit says."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import references
import xps
from references.words import Assessment, Basis
from xps.monte_carlo import MonteCarlo, MonteCarloError, draw, monte_carlo
from xps.quantify import whole

_spec = importlib.util.spec_from_file_location(
    "synthetic", Path(__file__).with_name("synthetic.py")
)
synthetic = importlib.util.module_from_spec(_spec)
sys.modules["synthetic"] = synthetic
_spec.loader.exec_module(synthetic)

REGISTRY = references.load()


def fitted(level):
    case = synthetic.CASES[level]
    spectrum, _ = synthetic.draw(case, synthetic.PEAKS["middle"], 3)
    return spectrum, xps.fit(spectrum, synthetic.envelope(case), registry=REGISTRY)


@pytest.fixture(scope="module")
def phosphorus():
    """Two species, both above twelve standard uncertainties, so that replicas are fast."""
    return fitted("P 2p")


@pytest.fixture(scope="module")
def replicas(phosphorus):
    return draw(*phosphorus, 60, registry=REGISTRY, seed=4)


def told(**changes):
    given = {
        "sample": "x",
        "subject": "Li2S",
        "basis": Basis.WITHIN_LEVEL,
        "denominator": "S 2p",
        "replicas": 1000,
        "converged": 1000,
        "value": 0.05,
        "counting": 0.01,
        "mean": 0.05,
        "sd": 0.01,
        "low": 0.03,
        "median": 0.05,
        "high": 0.07,
    }
    return MonteCarlo(**(given | changes))


def test_replicas_scatter_as_the_part_counting_says(phosphorus, replicas):
    _, fit = phosphorus
    found = {g.subject: g for g in monte_carlo([replicas], fit.fractions)}
    assert found.keys() == {"PS4", "Li3P"}
    for row in fit.fractions:
        given = found[row.subject]
        assert given.value == row.estimate.value
        # 60 draws tell a standard deviation to 9 %; five times that, a false alarm below 1e-6.
        assert given.sd == pytest.approx(row.estimate.u_parts.counting, rel=0.5)
        assert given.low < given.median < given.high


def test_the_same_seed_draws_the_same(phosphorus, replicas):
    again = draw(*phosphorus, 60, registry=REGISTRY, seed=4)
    other = draw(*phosphorus, 60, registry=REGISTRY, seed=5)
    np.testing.assert_array_equal(again.areas["PS4"], replicas.areas["PS4"])
    assert not np.array_equal(other.areas["PS4"], replicas.areas["PS4"])


def test_over_levels_each_region_is_drawn_for_itself(phosphorus, replicas):
    spectrum, chlorine = fitted("Cl 2p")
    others = draw(spectrum, chlorine, 60, registry=REGISTRY)
    fits = [phosphorus[1], chlorine]
    rows = xps.fractions(fits, REGISTRY)
    found = monte_carlo([replicas, others], rows, whole(fits, REGISTRY))
    assert [g.subject for g in found] == [row.subject for row in rows]
    for given, row in zip(found, rows, strict=True):
        assert given.mean == pytest.approx(row.estimate.value, rel=0.1)
        assert given.sd == pytest.approx(row.estimate.u_parts.counting, rel=0.6)


def test_a_scatter_that_agrees_is_no_finding():
    assert told().finding() is None
    assert told(sd=0.0105).finding() is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sd": 0.02}, "scatter 2.00 times"),
        ({"sd": 0.006}, "scatter 0.60 times"),
        ({"mean": 0.055}, "lie \\+0.50 of it beside"),
        ({"converged": 800}, "only 800 of 1000"),
    ],
)
def test_where_they_disagree_is_said(changes, said):
    finding = told(**changes).finding()
    assert finding.severity == "warning"
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(finding.message)


def test_few_replicas_do_not_accuse():
    assert told(replicas=20, converged=20, sd=0.013).finding() is None


@pytest.mark.parametrize("number", [0, 19, 10_000_000])
def test_a_number_that_tells_nothing_is_refused(phosphorus, number):
    with pytest.raises(MonteCarloError, match="are drawn"):
        draw(*phosphorus, number, registry=REGISTRY)


def test_a_fit_without_an_answer_has_no_replicas(phosphorus):
    spectrum, fit = phosphorus
    with pytest.raises(MonteCarloError, match="no model to draw from"):
        draw(spectrum, replace(fit, assessment=Assessment.SINGULAR), 20, registry=REGISTRY)


def test_intensities_have_no_replicas():
    sulfur = xps.example("S 2p")
    bare = xps.spectrum(sulfur["binding_energy"].values, intensity=sulfur["counts"].values / 3.7)
    bare = xps.calibrate(bare, xps.by_shift(float(sulfur["charge_shift"])))
    fit = xps.fit(bare, xps.envelope("S 2p", ["PS4", "Li2S"]), registry=REGISTRY)
    with pytest.raises(MonteCarloError, match="not fitted to counts"):
        draw(bare, fit, 20, registry=REGISTRY)
