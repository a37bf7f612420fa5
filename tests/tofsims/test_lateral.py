"""Evenness over the field: false alarms as promised, and a disc that is there is found."""

from __future__ import annotations

import numpy as np
import pytest

from references.words import InputError
from tofsims.lateral import BLOCKS, spread_of


def disc(contrast, radius=10, side=64):
    y, x = np.mgrid[:side, :side] - 0.5 * (side - 1)
    return 1.0 + contrast * (np.hypot(x, y) < radius)


@pytest.mark.parametrize("mean", [0.05, 1.0, 10.0])
def test_what_is_even_is_called_uneven_as_often_as_promised(mean):
    # 300 images: 5 % +- 1.3; four standard deviations above and below.
    generator = np.random.default_rng(1)
    images = [generator.poisson(mean, (64, 64)) for _ in range(300 if mean > 1 else 30)]
    found = np.array([[one.p for one in spread_of(image)] for image in images])
    share = np.mean(found < 0.05, axis=0)
    assert found.shape[1] == len(BLOCKS)
    assert np.all(share <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / len(images)))
    if mean > 1:
        assert np.all(share >= 0.05 - 4 * np.sqrt(0.05 * 0.95 / len(images)))
        moran = np.array([[one.p_moran for one in spread_of(image)] for image in images])
        assert np.all(np.mean(moran < 0.05, axis=0) <= 0.05 + 4.5 * np.sqrt(0.0475 / len(images)))


def test_a_disc_is_found_by_blocks_and_hardly_by_pixels():
    generator = np.random.default_rng(2)
    truth = 10.0 * disc(0.2)
    found = np.array(
        [[not one.is_even for one in spread_of(generator.poisson(truth))] for _ in range(100)]
    )
    power = found.mean(axis=0)
    assert power[0] == pytest.approx(0.33, abs=0.2)
    assert np.all(power[1:] > 0.9)


@pytest.mark.parametrize("shots", [np.inf, 4])
def test_a_disc_of_nearly_twice_is_found_in_sparse_counts(shots):
    """The phantom of 1.8, at a count a pixel, of many shots and of four."""
    generator = np.random.default_rng(6)
    truth = 1.0 * disc(0.8)
    images = [
        generator.poisson(truth)
        if np.isinf(shots)
        else generator.binomial(shots, -np.expm1(-truth / shots))
        for _ in range(40)
    ]
    found = [[not one.is_even for one in spread_of(image, shots)] for image in images]
    power = np.mean(found, axis=0)
    assert np.all(power[1:] > 0.9)


@pytest.mark.slow
@pytest.mark.parametrize(("mean", "shots"), [(10.0, np.inf), (0.2, np.inf), (0.3, 1), (20.0, 40)])
def test_1000_even_images(mean, shots):
    """False alarms of 3 to 7 % at 5 %, for each size of block, also where chance is binomial."""
    generator = np.random.default_rng(7)
    alarms = np.zeros(len(BLOCKS))
    for seed in range(1000):
        image = (
            generator.poisson(mean, (64, 64))
            if np.isinf(shots)
            else generator.binomial(shots, mean / shots, (64, 64))
        )
        # A pixel of one shot holds nothing but its count: the field itself is what is even.
        alarms += [not one.is_even for one in spread_of(image, shots, seed=seed)]
    first = int(shots == 1)
    assert np.all(alarms[first:] >= 30)
    assert np.all(alarms[first:] <= 70)


@pytest.mark.slow
@pytest.mark.parametrize("contrast", [0.2, 0.8])
def test_discs_are_found_by_blocks_of_four_and_more(contrast):
    generator = np.random.default_rng(8)
    found = [
        [not one.is_even for one in spread_of(generator.poisson(10.0 * disc(contrast)))]
        for _ in range(500)
    ]
    power = np.mean(found, axis=0)
    assert np.all(power[1:] > 0.9)
    assert power[0] > (0.2 if contrast < 0.5 else 0.99)


def test_a_disc_leaves_neighbours_alike():
    image = np.random.default_rng(3).poisson(10.0 * disc(0.2))
    assert all(one.p_moran < 1e-3 for one in spread_of(image)[1:3])


def test_chance_of_few_shots_is_narrower():
    # One shot a pixel, filled to 30 %: the variance is 0.7 of the mean.
    image = (np.random.default_rng(4).random((128, 128)) < 0.3).astype(float)
    assert image.var() / image.mean() == pytest.approx(0.7, abs=0.02)
    aware, unaware = spread_of(image, shots=1), spread_of(image)
    assert all(0.8 < one.dispersion < 1.25 for one in aware[1:3])
    assert all(one.dispersion < 0.8 for one in unaware[1:3])


def test_contrasts_that_would_be_seen_are():
    generator = np.random.default_rng(5)
    told = spread_of(generator.poisson(10.0, (64, 64)))[2]
    assert 0.5 < told.seen_percent < 10.0
    uneven = 0
    for _ in range(100):
        blocks = 1.0 + 0.01 * told.seen_percent * generator.standard_normal((8, 8))
        image = generator.poisson(10.0 * np.kron(blocks, np.ones((8, 8))))
        uneven += not spread_of(image, blocks=(8,))[0].is_even
    assert uneven >= 88  # 95 +- 2.2, three standard deviations


def test_slices_are_each_compared_with_their_own_mean():
    generator = np.random.default_rng(6)
    levels = np.array([2.0, 10.0, 40.0])[:, None, None]
    even = spread_of(generator.poisson(levels * np.ones((3, 64, 64))))
    assert all(abs(one.dispersion - 1) < 4.5 * np.sqrt(2 / one.blocks) for one in even)
    assert {one.slices for one in even} == {3}
    assert all(abs(one.moran) < 0.1 for one in even[:3])


def test_what_is_uneven_in_one_slice_only_is_found_among_slices():
    generator = np.random.default_rng(7)
    opposite = np.stack([disc(0.3), 2.0 - disc(0.3)])
    images = generator.poisson(10.0 * opposite)
    assert all(one.is_even for one in spread_of(images.sum(axis=0))[1:])
    assert not any(one.is_even for one in spread_of(images)[1:])


def test_what_is_not_in_the_region_has_no_say():
    image = np.random.default_rng(8).poisson(10.0, (64, 64)).astype(float)
    image[:, 32:] *= 3.0
    image[:, 30:] = np.nan
    found = spread_of(image)
    assert [one.blocks for one in found] == [64 * 30, 16 * 7, 8 * 3, 4 * 1]
    assert all(one.p > 1e-3 and one.p_moran > 1e-3 for one in found)


def test_a_contrast_is_told_as_large_as_it_is():
    generator = np.random.default_rng(9)
    blocks = 1.0 + 0.1 * generator.standard_normal((16, 16))
    image = generator.poisson(50.0 * np.kron(blocks, np.ones((8, 8))))
    (told,) = spread_of(image, blocks=(8,))
    assert told.contrast_percent == pytest.approx(100 * np.std(blocks, ddof=1), abs=1.0)


def test_a_contrast_is_that_of_the_ions_and_not_of_what_is_registered():
    generator = np.random.default_rng(10)
    ions = 2.0 * (1.0 + 0.05 * generator.standard_normal((16, 16)))
    shots = 40
    k = generator.binomial(shots, -np.expm1(-np.kron(ions, np.ones((8, 8)))))
    (told,) = spread_of(k, shots, blocks=(8,))
    assert told.contrast_percent == pytest.approx(100 * np.std(ions, ddof=1) / 2.0, rel=0.25)


def test_what_every_shot_has_shows_no_contrast():
    (told,) = spread_of(np.full((16, 16), 40), 40, blocks=(4,))
    assert told.seen_percent > 1000.0


def test_what_holds_nothing_is_refused():
    with pytest.raises(InputError, match="an image with counts"):
        spread_of(np.zeros((8, 8)))
    with pytest.raises(InputError, match="a pixel has 7 counts of 5 shots"):
        spread_of(np.full((8, 8), 7), shots=5)
