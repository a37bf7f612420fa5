"""Where a search begins again: what died away, what was pressed to its end, what is taken out."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from xps.plan import Evaluator
from xps.starts import absences, revivals

_spec = importlib.util.spec_from_file_location(
    "synthetic", Path(__file__).with_name("synthetic.py")
)
synthetic = importlib.util.module_from_spec(_spec)
sys.modules["synthetic"] = synthetic
_spec.loader.exec_module(synthetic)


@pytest.fixture
def lithium():
    """Plan, expected counts, their weights and the true parameters of Li 1s."""
    plan, z = synthetic.nominal(synthetic.CASES["Li 1s"], synthetic.PEAKS["middle"])
    counts = Evaluator(plan, np.arange(z.size))(z)
    return plan, counts, 1.0 / counts, z[plan.free]


def _deviance(plan, counts, weights, p):
    return float(np.sum(weights * (counts - plan.evaluator()(p)) ** 2))


def test_nothing_is_tried_again_where_nothing_rests_at_its_end(lithium):
    assert revivals(*lithium) == []


def test_a_shape_pressed_to_its_end_is_tried_from_its_start(lithium):
    plan, counts, weights, truth = lithium
    mix = plan.names.index("LiCl mix")
    pressed = truth.copy()
    pressed[mix] = 1.0
    (again,) = revivals(plan, counts, weights, pressed)
    assert again[mix] == plan.fitted[mix].start
    assert _deviance(plan, counts, weights, again) < _deviance(plan, counts, weights, pressed)


def test_a_component_that_died_away_is_tried_over_its_window(lithium):
    plan, counts, weights, truth = lithium
    area, place = (plan.names.index(f"Li2CO3 {what}") for what in ("area", "position"))
    lost = truth.copy()
    lost[area] = 0.0
    found = revivals(plan, counts, weights, lost)
    assert len({p[place] for p in found}) > 1
    assert all(p[area] > 0 for p in found)


def test_what_is_taken_out_stays_out_and_the_others_take_its_signal(lithium):
    plan, counts, weights, truth = lithium
    found = absences(plan, counts, weights, truth, ["Li2CO3"])
    assert all(p[plan.names.index("Li2CO3 area")] == 0.0 for p in found)
    as_they_were, refilled, *elsewhere = (_deviance(plan, counts, weights, p) for p in found)
    assert refilled < as_they_were
    assert min(elsewhere) < refilled  # one line stands between the two it replaces
