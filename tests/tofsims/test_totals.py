"""The total of all ions: corrected for the dead time in blocks as channel by channel."""

from __future__ import annotations

import numpy as np
import pytest

from references.words import InputError
from tofsims import MassScale, Raster, ion_events, reduce_events
from tofsims.counting import corrected_histogram
from tofsims.profile import normalised
from tofsims.totals import shift_of, total_of

WINDOW, CHANNELS = 1300, 400_000


def registered(seed, beam, *, shots=4096, peaks=50, rate=0.15):
    """Counts by channel of a counter that sleeps for a dead time after each ion, by scan."""
    generator = np.random.default_rng(seed)
    middles = np.sort(generator.integers(5000, CHANNELS - 5000, peaks))
    rates = generator.exponential(rate, peaks)
    made = []
    for times in beam:
        counts, last = np.zeros(CHANNELS, dtype=np.int64), np.full(shots, -10 * WINDOW)
        for middle, each in zip(middles, rates, strict=True):
            came = generator.poisson(times * each, shots) > 0
            seen = np.flatnonzero(came & (middle - last > WINDOW))
            last[seen] = middle
            channel = np.round(middle + 3.0 * generator.standard_normal(seen.size)).astype(int)
            np.add.at(counts, channel, 1)
        made.append(counts)
    return np.array(made)


def blocks_of(counts):
    starts = np.arange(0, CHANNELS, 1 << shift_of(WINDOW))
    return np.add.reduceat(counts, starts, axis=1).astype(np.uint32)


@pytest.mark.parametrize("seed", range(4))
def test_blocks_are_corrected_as_channels_are(seed):
    counts = registered(seed, [0.5, 1.0, 2.0])
    found = total_of(blocks_of(counts), counts.sum(axis=0), 4096, WINDOW)
    exact = corrected_histogram(counts, 4096, WINDOW).sum(axis=1)
    assert (exact > 1.02 * counts.sum(axis=1)).all()
    np.testing.assert_allclose(found, exact, rtol=0.005)


@pytest.mark.parametrize("window", [0, 1, 2, 3, 5, 100])
def test_any_dead_time_will_do(window):
    counts = np.random.default_rng(window).integers(0, 3, (2, 1000))
    starts = np.arange(0, 1000, 1 << shift_of(window))
    blocks = np.add.reduceat(counts, starts, axis=1).astype(np.uint32)
    found = total_of(blocks, counts.sum(axis=0), 1000, window)
    exact = corrected_histogram(counts, 1000, window).sum(axis=1)
    np.testing.assert_allclose(found, exact, rtol=0.002)


def test_of_nearly_one_ion_a_shot_there_is_no_total():
    counts = np.zeros((2, CHANNELS), dtype=np.int64)
    counts[:, 20_000] = 960, 500
    assert total_of(blocks_of(counts), counts.sum(axis=0), 1000, WINDOW) is None
    assert total_of(blocks_of(counts[1:]), counts[1], 1000, WINDOW) is not None


# --- in a profile ---------------------------------------------------------------------------------

SCALE = MassScale(sf=32194.0, k0=-400.0)
MASSES = {"O-": 15.99546, "S-": 31.97262, "S2-": 63.94469, "PS3-": 126.89052, "GaCl-": 103.89497}


def run_of(rates, *, beyond=0, side=16, shots=8):
    """Events of ions that lie farther apart than a dead time, at most one a mass and shot."""
    generator = np.random.default_rng(5)
    middles, made = SCALE.channel(list(MASSES.values())), []
    for rate in rates:
        pixel, channel = [np.zeros(beyond, dtype=int)], [np.full(beyond, CHANNELS + 100.0)]
        for middle in middles:
            where = np.nonzero(generator.poisson(rate, (side * side, shots)) > 0)[0]
            pixel.append(where)
            channel.append(np.round(middle + 3.0 * generator.standard_normal(where.size)))
        made.append((np.concatenate(pixel), np.concatenate(channel)))
    return ion_events(
        made,
        raster=Raster(width=side, height=side, shots=shots),
        scale=SCALE,
        polarity="negative",
        channels=CHANNELS,
        channel_ps=50.0,
        sputter_time=np.arange(1.0, len(rates) + 1),
    )


@pytest.fixture(scope="module")
def ions():
    from references.ion import ion

    return [ion(name) for name in MASSES]


def test_a_beam_that_grows_leaves_the_share_of_the_total_as_it_is(ions):
    beam = np.linspace(0.5, 1.5, 20)
    profile = reduce_events(run_of(beam), ions, anchors=ions).profile
    n = 16 * 16 * 8
    # Five ions of as many each; u of the total is about 0.6 % here.
    np.testing.assert_allclose(profile["total"], 5 * n * beam, rtol=0.04)
    share = normalised(profile, profile, "total")["corrected"].values.mean(axis=0)
    slope = np.polynomial.Polynomial.fit(beam, share / share.mean(), 1).convert().coef[1]
    assert abs(slope) < 0.01
    counts = profile["counts"].sum("ion").values
    wrong = profile["corrected"].values.sum(axis=0) / counts
    assert wrong[-1] > 1.4 * wrong[0]


def test_ions_beyond_the_last_channel_are_not_in_the_total(ions):
    one, two = (
        reduce_events(run_of([0.5] * 4, beyond=many), ions, anchors=ions).profile["total"]
        for many in (0, 900)
    )
    np.testing.assert_array_equal(one, two)


def test_a_total_that_is_a_limit_is_no_reference(ions):
    profile = reduce_events(run_of([0.5, 0.5, 4.0, 0.5]), ions, anchors=ions).profile
    with pytest.raises(InputError, match=r"no total .* nearly every shot has an ion; name an ion"):
        normalised(profile, profile, "total")
