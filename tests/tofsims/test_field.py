"""Evenness through a volume: what is buried is found, what is even is left alone, sparse is said."""

from __future__ import annotations

import numpy as np
import pytest

from tofsims.field import Even, field_of


def disc(contrast, side=64):
    y, x = np.mgrid[:side, :side] - 0.5 * (side - 1)
    shape = 1.0 + contrast * (np.hypot(x, y) < 0.2 * side)
    return shape / shape.mean()


def alarms(many, seed):
    """Of so many even volumes, those that are called uneven."""
    generator = np.random.default_rng(seed)
    levels = np.linspace(1.0, 4.0, 8)[:, None, None] * np.ones((64, 64))
    found = [field_of("Cl-", generator.poisson(levels)) for _ in range(many)]
    return sum(one.verdict is Even.UNEVEN for one in found)


def test_what_is_even_is_seldom_called_uneven():
    # At most 5 in 100: 60 volumes, four standard deviations.
    assert alarms(60, 1) <= 3 + 4 * np.sqrt(60 * 0.05 * 0.95)


@pytest.mark.slow
def test_what_is_even_is_called_uneven_in_fewer_than_one_of_twenty():
    assert alarms(2000, 2) <= 100


def test_a_disc_in_some_slices_only_is_found():
    generator = np.random.default_rng(3)
    levels = 4.0 * np.ones((12, 64, 64))
    levels[4:8] *= disc(0.35)
    found = field_of("GaCl-", generator.poisson(levels))
    assert found.verdict is Even.UNEVEN
    assert "uneven" in found.sentence()
    assert found.p < 1e-6


def test_what_would_have_been_seen_is_seen_by_all_tests_together():
    generator = np.random.default_rng(11)
    told = field_of("Cl-", generator.poisson(10.0, (1, 64, 64)), among=3)
    block = told.finest.block
    side = 64 // block
    found = 0
    for _ in range(100):
        blocks = 1.0 + 0.01 * told.finest.seen_percent * generator.standard_normal((side, side))
        image = generator.poisson(10.0 * np.kron(blocks, np.ones((block, block))))
        found += field_of("Cl-", image[None], among=3).verdict is Even.UNEVEN
    # Blocks differ by chance more or less than their standard deviation says.
    assert found >= 85


def test_sparse_counts_do_not_make_it_even():
    image = np.random.default_rng(5).poisson(0.02, (4, 64, 64))
    found = field_of("Ga-", image)
    assert found.verdict is Even.UNDECIDED
    assert found.finest.seen_percent > 5.0
    assert "would have been seen" in found.sentence()


def test_many_counts_do():
    found = field_of("Cl-", np.random.default_rng(5).poisson(50.0, (8, 64, 64)))
    assert found.verdict is Even.EVEN
    assert found.finest.seen_percent < 1.0


def test_no_counts_say_nothing():
    found = field_of("Ga-", np.zeros((3, 16, 16)))
    assert found.verdict is Even.UNDECIDED
    assert "too few counts" in found.sentence()


def test_a_region_is_judged_by_its_own_pixels():
    generator = np.random.default_rng(6)
    images = generator.poisson(20.0, (4, 64, 64)).astype(float)
    images[:, :, 40:] *= 2.0
    assert field_of("Cl-", images).verdict is Even.UNEVEN
    images[:, :, 40:] = np.nan
    assert field_of("Cl-", images).verdict is Even.EVEN
