"""Do the error bars of joint fits hold? Counted on pairs of spectra with known truth.

P 2p and S 2p of one sample, drawn from the joint model: one charge shift, places within the library's
ranges about it, sensitivity factors off by their u, PS4 in proportion within its u. The commit set
draws eight pairs and allows five standard deviations of the count (false alarm below 1e-4), the slow
set a thousand.
"""

from __future__ import annotations

import importlib.util
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

import xps
from references.words import Assessment
from xps.amount import Cause
from xps.fit import task_of
from xps.joint.join import Joining
from xps.joint.proportion import proportions_of
from xps.plan import Evaluator
from xps.prior import SCALE_U

if "synthetic" in sys.modules:
    synthetic = sys.modules["synthetic"]
else:
    _spec = importlib.util.spec_from_file_location(
        "synthetic", Path(__file__).parents[1] / "synthetic.py"
    )
    synthetic = importlib.util.module_from_spec(_spec)
    sys.modules["synthetic"] = synthetic
    _spec.loader.exec_module(synthetic)

LEVELS = "P 2p", "S 2p"
SEEN = 5.0
FACTORS = {"P 2p": (36.0, 0.15), "S 2p": (51.0, 0.15)}
"""Near what the library gives; a test does not need more than their u."""


def case_of(level, share):
    case = synthetic.CASES[level]
    if level == "S 2p" and share is not None:
        case = synthetic.Case(level, (("PS4", 1.0), ("Li2S", share)), case.window, case.step)
    return case


def recipe(share, ties):
    envelopes = tuple(synthetic.envelope(case_of(level, share)) for level in LEVELS)
    return xps.JointRecipe(
        envelopes=envelopes,
        tie={"charge_shift": "shared", "fwhm": "shared"} if "shift" in ties else {},
        stoichiometry=[{"species": "PS4"}] if "PS4" in ties else [],
    )


@cache
def joining(share, ties, peak):
    """The joint model on empty spectra of the cases' axes."""
    told = recipe(share, ties)
    tasks = []
    for level, envelope in zip(LEVELS, told.envelopes, strict=True):
        energy = synthetic.axis(case_of(level, share))
        spectrum = synthetic.spectrum_of(energy, np.full(energy.size, 100.0))
        tasks.append(task_of(spectrum, envelope, synthetic.registry()))
    return Joining(
        tasks=tuple(tasks), registry=synthetic.registry(), ties=told.tie,
        proportions=proportions_of(told, synthetic.registry()), factors=FACTORS,
        rates=dict.fromkeys(LEVELS, 1.0),
    )  # fmt: skip


def draw(share, ties, peak, seed):
    """Spectra of both regions, and the truth of each; counts in S 2p follow from P 2p by PS4."""
    generator = np.random.default_rng([seed, int(peak), 2])
    join = joining(share, ties, peak)
    model = join.model()
    shift = SCALE_U * generator.standard_normal() if "shift" in ties else 0.0
    errors = {level: u * generator.standard_normal() for level, (_, u) in FACTORS.items()}
    drawn = []
    for level, part in zip(LEVELS, model.parts, strict=True):
        case = case_of(level, share)
        _, z = synthetic.nominal(case, peak)
        names = [p.name for p in synthetic.nominal(case, peak)[0].parameters]
        own = part.plan.start.copy()
        index = {p.name: i for i, p in enumerate(part.plan.parameters)}
        for name, value in zip(names, z, strict=True):
            own[index[name]] = value
        synthetic._draw_knowledge(part.plan, own, index, generator)
        if "insulators charge shift" in index:
            own[index["insulators charge shift"]] = shift
        drawn.append((part.plan, own, index))
    if "PS4" in ties:
        _bind(drawn, errors, generator)
    found = []
    for level, (plan, own, _) in zip(LEVELS, drawn, strict=True):
        counts = generator.poisson(Evaluator(plan, np.arange(own.size))(own))
        spectrum = synthetic.spectrum_of(plan.energy, counts)
        spectrum.attrs["region"] = level
        case = case_of(level, share)
        alone, nominal = synthetic.nominal(case, peak)
        expected = synthetic._significance(alone, nominal[alone.free])
        truth = synthetic.truth_of(plan, own[plan.free], expected)
        found.append((spectrum, truth))
    return found, errors


def _bind(drawn, errors, generator):
    """Scale P 2p so that PS4 stands in its proportion to S 2p, within its u."""
    (phosphorus, z, index), (sulfur, other, _) = drawn
    units = []
    for level, plan, own, atoms in (("P 2p", phosphorus, z, 1.0), ("S 2p", sulfur, other, 4.0)):
        areas, _ = plan.line_areas(own[plan.free])
        total = sum(a for a, line in zip(areas, plan.lines, strict=True) if line.component == "PS4")
        units.append(total / (FACTORS[level][0] * (1.0 + errors[level]) * atoms))
    wanted = 1.0 + 0.05 * generator.standard_normal()
    scale = wanted * units[1] / units[0]
    for name in ("PS4 area", "Li3P area", "background constant"):
        z[index[name]] *= scale


def foreign(share, ties, peak, seed):
    """The same of Voigt lines on Tougaard backgrounds; truths of another kind than the model."""
    generator = np.random.default_rng([seed, int(peak), 3])
    errors = {level: u * generator.standard_normal() for level, (_, u) in FACTORS.items()}
    shift = 0.1 * generator.standard_normal()
    wanted = 1.0 + 0.05 * generator.standard_normal()
    (p, s), (of_p, of_s) = ((FACTORS[level][0] for level in LEVELS), errors.values())
    peaks = {"S 2p": peak, "P 2p": wanted * peak * p * (1.0 + of_p) / (4.0 * s * (1.0 + of_s))}
    found = []
    for level in LEVELS:
        spectrum, truth = synthetic.foreign(case_of(level, share), peaks[level], seed)
        spectrum = spectrum.assign_coords(binding_energy=spectrum["binding_energy"] + shift)
        spectrum.attrs["region"] = level
        places = {line: place + shift for line, place in truth.positions.items()}
        found.append((spectrum, replace(truth, positions=places)))
    return found, errors


def outcome(share, ties, peak, seed, *, other=False):
    """Fit one pair: (converged, {quantity: holds}) for components above five sigma."""
    found, errors = (foreign if other else draw)(share, ties, peak, seed)
    with FixedFactors():
        result = xps.fit_joint(
            [spectrum for spectrum, _ in found], recipe(share, ties), registry=synthetic.registry()
        )
    held = {}
    if result.assessment is not Assessment.CONVERGED:
        return False, held
    for fit, (_, truth) in zip(result.fits, found, strict=True):
        seen = {n for n in truth.fractions if other or truth.significance[n] >= SEEN}
        for line in fit.lines:
            key = (line.component, line.line)
            if line.component not in seen:
                continue
            for name, estimate, true in (
                ("area", line.area, truth.areas),
                ("position", line.position, truth.positions),
                ("fwhm", line.fwhm, truth.widths),
            ):
                if key in true and estimate.low is not None:
                    held[(name, fit.region, *key)] = estimate.low <= true[key] <= estimate.high
        for row in fit.fractions:
            kind = "fraction" if row.subject in seen else "faint fraction"
            held[(kind, fit.region, row.subject)] = _holds(row, truth.fractions[row.subject])
    amounts = {
        f"{name} ({level})": share * truth.total / (FACTORS[level][0] * (1.0 + errors[level]))
        for level, (_, truth) in zip(LEVELS, found, strict=True)
        for name, share in truth.fractions.items()
    }
    total = sum(amounts.values())
    for row in result.fractions(synthetic.registry(), basis="atomic"):
        if row.subject in amounts:
            held[("atomic fraction", row.subject)] = _holds(row, amounts[row.subject] / total)
    return True, held


def _holds(row, true):
    low = 0.0 if row.estimate.low is None else row.estimate.low
    return low <= true <= row.estimate.high


class FixedFactors:
    """The factors that the truths were made with, in place of the library's."""

    def __enter__(self):
        self.module = sys.modules["xps.joint.fit"]
        self.before = self.module.level_factors
        self.module.level_factors = lambda *_: {
            level: (factor, (Cause(level=level, name="cross-section", u=u),))
            for level, (factor, u) in FACTORS.items()
        }

    def __exit__(self, *_):
        self.module.level_factors = self.before


def coverage(ties, peak, number, *, share=None, other=False, workers=1):
    """Share of intervals that hold, by quantity: {key: (share, n)}; and the share converged."""
    job = partial(outcome, share, ties, peak, other=other)
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            found = list(pool.map(job, range(number), chunksize=4))
    else:
        found = [job(seed) for seed in range(number)]
    counted = {}
    for _, held in found:
        for key, holds in held.items():
            counted.setdefault(key, []).append(holds)
    shares = {key: (float(np.mean(v)), len(v)) for key, v in counted.items()}
    return shares, float(np.mean([ok for ok, _ in found]))


def test_intervals_of_joint_fits_hold():
    shares, converged = coverage(("shift", "PS4"), synthetic.PEAKS["middle"], 8)
    assert converged >= 0.9
    for key, (share, n) in shares.items():
        if n >= 6:
            assert share >= 0.95 - 5.0 * np.sqrt(0.95 * 0.05 / n), (key, share, n)


@pytest.mark.slow
@pytest.mark.parametrize("peak", synthetic.PEAKS)
def test_intervals_of_joint_fits_hold_in_every_cell(peak):
    shares, converged = coverage(("shift", "PS4"), synthetic.PEAKS[peak], 1000, workers=2)
    assert converged >= 0.98
    for key, (share, n) in shares.items():
        scatter = 4.5 * np.sqrt(0.95 * 0.05 / n)
        assert share >= 0.94 - scatter, (key, share, n)
        if key[0] == "fraction" and n >= 500:
            assert abs(share - 0.95) <= 0.01 + scatter, (key, share, n)
