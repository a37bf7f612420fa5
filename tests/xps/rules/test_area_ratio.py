"""D2: a doublet whose area ratio is outside the band of statistical and cross-section ratio."""

from __future__ import annotations

import pytest

from references.words import Severity
from xps.rules.area_ratio import check


def _found(made, registry, level, ratio):
    place = {"S 2p": 161.5, "In 3d": 444.0}[level]
    splitting = registry.core_level(level).splitting.best
    rows = ("a", level, "", place, 1000.0, (splitting, ratio))
    return [f.severity for f in check(made(rows, window=(100.0, 500.0)), registry)]


@pytest.mark.parametrize("ratio", [0.500, 0.505, 0.511])
def test_inside_the_band_is_no_deviation(made, registry, ratio):
    assert _found(made, registry, "S 2p", ratio) == []


@pytest.mark.parametrize("ratio", [2 / 3, 0.692])
def test_so_for_indium(made, registry, ratio):
    assert _found(made, registry, "In 3d", ratio) == []


def test_the_two_thresholds(made, registry):
    prior = registry.core_level("S 2p").branching.prior
    top = max(0.511, prior.best + prior.u)
    assert _found(made, registry, "S 2p", top * 1.03) == []
    assert _found(made, registry, "S 2p", top * 1.031) == [Severity.WARNING]
    assert _found(made, registry, "S 2p", top * 1.10) == [Severity.WARNING]
    assert _found(made, registry, "S 2p", top * 1.101) == [Severity.ERROR]
    assert _found(made, registry, "S 2p", 0.44) == [Severity.ERROR]
