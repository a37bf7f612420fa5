"""Pairs of synthetic samples whose errors are partly one error, and samples of several spots."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

import xps
from xps.plan import Evaluator

_spec = importlib.util.spec_from_file_location(
    "synthetic", Path(__file__).with_name("synthetic.py")
)
synthetic = importlib.util.module_from_spec(_spec)
sys.modules["synthetic"] = synthetic
_spec.loader.exec_module(synthetic)

SHARED = ("splitting", "ratio", "asymmetry", "band", "partner fwhm")


def case_of(level, share):
    """A case of two species, the second with this share of the first's area."""
    case = synthetic.CASES[level]
    (first, _), (second, _) = case.shares[:2]
    return replace(case, shares=((first, 1.0), (second, share)))


def sample(case, peak, generator, shared):
    """A sample's own truth: its places, widths and mixes drawn, and the shared constants put in."""
    plan, z = synthetic.nominal(case, peak)
    index = {p.name: i for i, p in enumerate(plan.parameters)}
    synthetic._draw_knowledge(plan, z, index, generator)
    for name, value in shared.items():
        if name in index:
            z[index[name]] = value
    return plan, z, index


def constants(case, generator):
    """Splitting, ratio and the like, drawn once from what is known of them."""
    plan, z, _ = sample(case, 1000.0, generator, {})
    return {
        p.name: value
        for p, value in zip(plan.parameters, z, strict=True)
        if p.name.endswith(SHARED)
    }


def spot(plan, z, index, names, fraction, generator):
    """Counts of one spot in which the second species has this fraction of the level."""
    z = z.copy()
    total = sum(z[index[f"{name} area"]] for name in names)
    for name, part in zip(names, (1.0 - fraction, fraction), strict=True):
        z[index[f"{name} area"]] = total * part
    counts = generator.poisson(Evaluator(plan, np.arange(z.size))(z))
    return synthetic.spectrum_of(plan.energy, counts)


def fitted(spectrum, case):
    return xps.fit(spectrum, synthetic.envelope(case), registry=synthetic.registry())


def pair(level, peak, fractions, seed, *, spots=1, between=0.0):
    """Fits of two samples, each of some spots that differ by ``between``; one set of constants."""
    generator = np.random.default_rng([seed, int(peak), spots])
    case = case_of(level, 0.1)
    names = [name for name, _ in case.shares]
    shared = constants(case, generator)
    found = []
    for fraction in fractions:
        plan, z, index = sample(case, peak, generator, shared)
        own = []
        for _ in range(spots):
            there = max(fraction + between * generator.standard_normal(), 0.0)
            own.append(fitted(spot(plan, z, index, names, there, generator), case))
        found.append(own)
    return names[1], found[0], found[1]
