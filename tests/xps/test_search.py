"""Wherever a search begins, it ends at the best optimum or says that it has not."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import xps
from references.words import Assessment, Kind
from xps.assemble import assemble
from xps.plan import Evaluator
from xps.search import search

_spec = importlib.util.spec_from_file_location(
    "synthetic", Path(__file__).with_name("synthetic.py")
)
synthetic = importlib.util.module_from_spec(_spec)
sys.modules["synthetic"] = synthetic
_spec.loader.exec_module(synthetic)

SPECTRA = [
    (level, count, seed)
    for level in ("S 2p", "P 2p", "Li 1s", "In 3d", "Cl 2p")
    for count, seed in (("low", 1), ("middle", 2), ("middle", 3), ("high", 4))
]
BETTER = 1e-3
"""Share of the objective by which another start must do better to show a wrong answer."""


def _objectives(level, count, seed, number):
    """Objectives and assessments of one spectrum from random places, widths and seeds."""
    case = synthetic.CASES[level]
    spectrum, _ = synthetic.draw(case, synthetic.PEAKS[count], seed)
    energy, counts = spectrum["binding_energy"].values, spectrum["counts"].values
    plan = assemble(synthetic.envelope(case), synthetic.registry(), energy, counts)
    generator = np.random.default_rng([seed, number])
    found = []
    for k in range(number):
        _, solution = search(_moved(plan, generator), counts, "poisson", starts=6, seed=k)
        found.append((solution.objective, solution.assessment))
    return found


def _moved(plan, generator):
    """The plan with places anywhere in their windows and widths off by a factor 0.6 to 1.8."""

    def moved(parameter):
        start = parameter.start
        if parameter.name.endswith("position"):
            start = generator.uniform(parameter.low, parameter.high)
        elif parameter.name.endswith("fwhm"):
            start = np.clip(start * generator.uniform(0.6, 1.8), parameter.low, parameter.high)
        return replace(parameter, start=float(start))

    return replace(plan, parameters=tuple(moved(p) for p in plan.parameters))


def _silent(found):
    best = min(objective for objective, _ in found)
    return [
        objective - best
        for objective, assessment in found
        if assessment is Assessment.CONVERGED and objective > best * (1.0 + BETTER)
    ]


@pytest.mark.parametrize(("level", "count", "seed"), SPECTRA[::3])
def test_no_start_ends_in_a_wrong_answer_that_is_called_converged(level, count, seed):
    assert _silent(_objectives(level, count, seed, 15)) == []


@pytest.mark.slow
@pytest.mark.parametrize(("level", "count", "seed"), SPECTRA)
def test_ten_thousand_starts_end_in_no_wrong_answer(level, count, seed):
    found = _objectives(level, count, seed, 500)
    assert _silent(found) == []
    converged = [assessment is Assessment.CONVERGED for _, assessment in found]
    assert np.mean(converged) in {0.0, 1.0} or np.mean(converged) > 0.98


@pytest.mark.parametrize("seed", [9, 24, 48, 60])
def test_a_shifted_line_alone_is_not_taken_for_two(seed):
    """PS4 alone, 0.35 eV from its usual place: with and without Li2S fits equally well."""
    case = synthetic.CASES["S 2p"]
    plan, z = synthetic.nominal(case, synthetic.PEAKS["low"])
    names = [parameter.name for parameter in plan.parameters]
    z[names.index("Li2S area")], z[names.index("PS4 position")] = 0.0, 161.1
    counts = np.random.default_rng(seed).poisson(Evaluator(plan, np.arange(z.size))(z))
    spectrum = synthetic.spectrum_of(plan.energy, counts)
    found = xps.fit(spectrum, synthetic.envelope(case), registry=synthetic.registry())
    assert found.assessment is Assessment.CONVERGED
    sulfide, thiophosphate = (row.estimate for row in found.fractions)
    assert sulfide.kind is Kind.UPPER_LIMIT
    assert thiophosphate.high == 1.0
