"""NIST StRD through the public solver: values, standard deviations, and no silent failure."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from references.words import Assessment
from xps.solve import solve

_spec = importlib.util.spec_from_file_location("strd", Path(__file__).with_name("strd.py"))
strd = importlib.util.module_from_spec(_spec)
import sys

sys.modules["strd"] = strd
_spec.loader.exec_module(strd)

EASY = ("Chwirut2", "DanWood", "Gauss1", "Lanczos3", "Misra1a", "Misra1b", "Rat42", "Kirby2")
TRAPS = ("BoxBOD", "MGH09", "MGH17")


def _solve(certified, start, restarts=40):
    with np.errstate(all="ignore"):  # far starts overflow NIST's own formulas
        return _solved(certified, start, restarts)


def _solved(certified, start, restarts):
    return solve(
        certified.problem(),
        [certified.starts[start]],
        restarts=restarts,
        canonical=strd.canonical(certified.name),
    )


def _digits(certified, found):
    if found.u is None:
        return strd.digits(found.values, certified.values), -1.0
    return (
        strd.digits(found.values, certified.values),
        strd.digits(found.u, certified.deviations),
    )


@pytest.mark.parametrize("name", EASY)
@pytest.mark.parametrize("start", [0, 1])
def test_lower_and_average_sets_reach_eight_digits(data_dir, name, start):
    certified = strd.read(data_dir / "nist_strd" / f"{name}.dat")
    values, deviations = _digits(certified, _solve(certified, start, restarts=0))
    assert values >= 8
    assert deviations >= 6


@pytest.mark.parametrize("name", TRAPS)
def test_a_start_that_leads_astray_is_rescued(data_dir, name):
    certified = strd.read(data_dir / "nist_strd" / f"{name}.dat")
    values, deviations = _digits(certified, _solve(certified, 0))
    assert values >= 8
    assert deviations >= 6


@pytest.mark.slow
def test_all_54_runs(data_dir):
    good, silent = 0, []
    for path in sorted((data_dir / "nist_strd").glob("*.dat")):
        certified = strd.read(path)
        for start in (0, 1):
            found = _solve(certified, start)
            values, deviations = _digits(certified, found)
            wrong = values < 2 or found.deviance > 1.001 * certified.residual_sum
            if found.assessment is Assessment.CONVERGED and wrong and certified.name != "Lanczos1":
                silent.append((certified.name, start + 1))
            # Lanczos1: a residual sum of 1.4e-25 is below what double precision resolves.
            good += values >= 8 and (deviations >= 6 or certified.name == "Lanczos1")
    assert silent == []
    assert good >= 52
