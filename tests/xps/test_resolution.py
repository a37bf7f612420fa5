"""Two lines or one: how often a doublet is taken for a singlet, and where its lines are put."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

_spec = importlib.util.spec_from_file_location(
    "resolution", Path(__file__).with_name("resolution.py")
)
resolution = importlib.util.module_from_spec(_spec)
sys.modules["resolution"] = resolution
_spec.loader.exec_module(resolution)


@pytest.fixture(scope="module")
def doublets():
    made = resolution.design()
    return made, *resolution.told_apart(made, resolution.recipe())


def test_few_doublets_are_taken_for_singlets(doublets):
    made, two, _ = doublets
    assert made.rows.shape == (240, 4)
    assert np.mean(~two) <= 0.10


def test_their_lines_are_where_they_are(doublets):
    made, two, positions = doublets
    separation, _, _, place = made.rows.T
    for found, true in ((positions[:, 0], place), (positions[:, 1], place + separation)):
        error = (found - true)[two]
        assert abs(np.mean(error)) <= 0.03
        assert np.std(error) <= 0.05


@pytest.mark.parametrize("repeats", [2, pytest.param(12, marks=pytest.mark.slow)])
def test_few_singlets_are_taken_for_doublets(repeats):
    made = resolution.design(ratios=(0.0,), repeats=repeats)
    two, _ = resolution.told_apart(made, resolution.recipe())
    assert np.mean(two) <= 0.05
