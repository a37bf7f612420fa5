"""Findings of a depth profile that need no file of an instrument."""

from __future__ import annotations

import numpy as np
import pytest

import tofsims
from references.words import Severity


def rules_of(ions, polarity):
    counts = np.random.default_rng(1).poisson(1000, (len(ions), 60))
    made = tofsims.depth_profile(
        ions, counts, sputter_time=np.arange(1.0, 61.0), shots=1e6, polarity=polarity
    )
    return {one.rule: one for one in tofsims.check(made, ions).findings}


@pytest.mark.parametrize("polarity", ["negative", ""])
def test_an_ion_of_the_other_sign_is_found(polarity):
    found = rules_of(["Cl-", "Li+"], polarity)["polarity"]
    assert found.subject == "Li+"
    assert found.severity is Severity.ERROR


def test_ions_of_the_other_sign_alone_are_found_where_the_sign_is_known():
    assert rules_of(["Li+"], "negative")["polarity"].reference == "negative ions"
    assert "polarity" not in rules_of(["Li+"], "")


def test_ions_of_one_sign_are_silent():
    assert "polarity" not in rules_of(["Cl-", "Li-"], "negative")


@pytest.mark.parametrize(
    ("ions", "named"),
    [
        (["InCl-"], "InCl2-, InCl4- and a blank"),
        (["GaCl-", "In-"], "GaCl2-, GaCl4- and a blank"),
        (["GaCl-", "InCl-"], "GaCl2-, GaCl4-, InCl2-, InCl4- and a blank"),
    ],
)
def test_clusters_of_the_metal_at_hand_are_named(ions, named):
    assert named in rules_of(ions, "negative")["sims_cluster"].message
