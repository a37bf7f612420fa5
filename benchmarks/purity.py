"""Verdicts on synthetic argyrodites of another engine: false alarms, power at the limit, bounds.

``python benchmarks/purity.py alarms 1000``, ``... power 200``, ``... bounds 200``; seeds can be
shared out: ``python benchmarks/purity.py alarms 0 500``.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import importlib.util
import sys
import time
from pathlib import Path

import numpy as np

from references import load
from xrd.instrument import Instrument
from xrd.pattern import pattern
from xrd.purity import check
from xrd.verdict import Presence, Verdict

AUTHORED = Path(__file__).resolve().parents[1] / "tests" / "xrd" / "authored.py"
_spec = importlib.util.spec_from_file_location("authored", AUTHORED)
authored = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(authored)

LIBRARY = load()
# The engine's polarization is 0.8.
MINE = Instrument(monochromator_two_theta_deg=float(np.degrees(np.arccos(np.sqrt(0.8)))))
KEYS = (
    *("Li2S", "LiCl", "Li3P", "Li3PO4", "Li7PS6", "LiIn", "LiGa", "In", "Ga", "In2S3", "In2O3"),
    *("Li2CO3", "LiOH", "Li2O", "Li"),
)
SEEN = Presence.PRESENT, Presence.TENTATIVE


def judged(seed, impurity=None, keys=KEYS):
    x, counts, truth = authored.drawn(seed, impurity=impurity)
    measured = pattern(x, counts, wavelength=1.5405929, radius_mm=173.0)
    named = [LIBRARY.phase(key) for key in keys]
    return check(measured, library=LIBRARY, instrument=MINE, candidates=named), truth


def of(found, key):
    return next(phase for phase in found.phases if phase.name == key)


def alarms(seeds):
    wrong, spent = [], []
    for seed in seeds:
        began = time.perf_counter()
        found, _ = judged(seed)
        spent.append(time.perf_counter() - began)
        if found.verdict is not Verdict.SINGLE_PHASE:
            wrong.append((seed, str(found.verdict), found.sentence[:80]))
            print("  ", *wrong[-1], flush=True)
    share = 100.0 * len(wrong) / len(seeds)
    print(
        f"false alarms: {len(wrong)} of {len(seeds)} clean patterns, {share:.2f} % (goal <= 1); "
        f"median {np.median(spent):.1f} s a pattern"
    )


def power(seeds):
    seen = named = tried = 0
    for seed in seeds:
        key = KEYS[seed % len(KEYS)]
        clean, _ = judged(seed)
        one = of(clean, key)
        if one.limits is None:
            continue
        found, _ = judged(seed, (key, one.limits.detection))
        tried += 1
        seen += found.verdict is not Verdict.SINGLE_PHASE
        named += of(found, key).presence in SEEN
        if found.verdict is Verdict.SINGLE_PHASE:
            print("  ", seed, key, one.limits.detection, of(found, key).significance, flush=True)
    print(
        f"at the detection limit: {seen} of {tried} seen, {100.0 * seen / tried:.1f} % "
        "(goal >= 95); "
        f"{named} by its own name"
    )


def bounds(seeds):
    covered, tried = 0, 0
    for seed in seeds:
        key = KEYS[seed % len(KEYS)]
        clean, _ = judged(seed, keys=[key])
        limits = of(clean, key).limits
        if limits is None:
            continue
        share = (0.3, 0.5, 0.7)[seed % 3] * limits.detection
        found, _ = judged(seed, (key, share), keys=[key])
        tried += 1
        covered += bound(of(found, key)) >= share
    print(f"95 % bounds: {covered} of {tried} hold, {100.0 * covered / tried:.1f} % (goal 93-97)")


def bound(one):
    """What a user is told is not exceeded: of what is not seen, and of what is."""
    value, u = one.guess
    return value + 1.6448536 * u if one.upper_limit is None else one.upper_limit


if __name__ == "__main__":
    what, *numbers = sys.argv[1:]
    first, last = ([0, *map(int, numbers)])[-2:]
    {"alarms": alarms, "power": power, "bounds": bounds}[what](range(first, last))
