"""How often verdicts are wrong, on patterns of an engine other than the model; minutes to an hour.

Each count is asserted at what would be passed in fewer than one run of ten thousand by a program that
just keeps its promise.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from references import load
from xrd.instrument import Instrument
from xrd.pattern import pattern
from xrd.purity import check
from xrd.verdict import Verdict

pytestmark = pytest.mark.slow

_spec = importlib.util.spec_from_file_location("authored", Path(__file__).with_name("authored.py"))
authored = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(authored)

LIBRARY = load()
MINE = Instrument(monochromator_two_theta_deg=float(np.degrees(np.arccos(np.sqrt(0.8)))))
KEYS = (
    *("Li2S", "LiCl", "Li3P", "Li3PO4", "Li7PS6", "LiIn", "LiGa", "In", "Ga", "In2S3", "In2O3"),
    *("Li2CO3", "LiOH", "Li2O", "Li"),
)
RARE = 1e-4


def judged(seed, impurity=None, keys=KEYS):
    x, counts, _ = authored.drawn(seed, impurity=impurity)
    measured = pattern(x, counts, wavelength=1.5405929, radius_mm=173.0)
    named = [LIBRARY.phase(key) for key in keys]
    return check(measured, library=LIBRARY, instrument=MINE, candidates=named)


def of(found, key):
    return next(phase for phase in found.phases if phase.name == key)


def test_false_alarms_are_fewer_than_one_in_a_hundred_patterns():
    wrong = sum(judged(seed).verdict is not Verdict.SINGLE_PHASE for seed in range(20_000, 21_000))
    assert wrong <= binom.isf(RARE, 1000, 0.01)


def test_what_is_at_its_detection_limit_is_seen():
    seen = tried = 0
    for seed in range(30_000, 30_300):
        key = KEYS[seed % len(KEYS)]
        # With all candidates, for the threshold counts them.
        limits = of(judged(seed), key).limits
        if limits is not None:
            tried += 1
            seen += judged(seed, (key, limits.detection)).verdict is not Verdict.SINGLE_PHASE
    assert tried - seen <= binom.isf(RARE, tried, 0.05)


def test_bounds_hold_for_what_is_there():
    held = tried = 0
    for seed in range(40_000, 40_400):
        key = KEYS[seed % len(KEYS)]
        limits = of(judged(seed, keys=[key]), key).limits
        if limits is None:
            continue
        share = (0.3, 0.5, 0.7)[seed % 3] * limits.detection
        one = of(judged(seed, (key, share), keys=[key]), key)
        value, u = one.guess
        told = value + 1.6448536 * u if one.upper_limit is None else one.upper_limit
        tried += 1
        held += told >= share
    assert binom.ppf(RARE, tried, 0.93) <= held <= binom.isf(RARE, tried, 0.97)
