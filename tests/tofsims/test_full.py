"""Scans in which every shot has an ion: lower limits of that ion, and of no other."""

from __future__ import annotations

import numpy as np
import pytest

from references.ion import ion
from tofsims import MassScale, Raster, check, depth_profile, ion_events, reduce_events
from tofsims.counting import Saturation, corrected, corrected_histogram, unseen

SCALE = MassScale(sf=32194.0, k0=-400.0)
IONS = [ion(name) for name in ("O-", "S-", "Cl-", "S2-", "PS3-")]
FULL, SHOTS = 4, 8 * 8 * 4
"""The scan in which Cl- takes every shot that S- before it left awake."""
LONG = 500.0
"""Nanoseconds from S- to beyond Cl-."""


def run_of(full, *, shots=4):
    """Cl- comes within the dead time of S-: shots with S- cannot see it."""
    scans = []
    pixels = np.repeat(np.arange(64), 4)
    for scan in range(12):
        pixel, channel, asleep = [], [], np.zeros(SHOTS, dtype=bool)
        for number, known in enumerate(IONS):
            generator = np.random.default_rng([scan, number])
            seen = generator.random(SHOTS) < 0.3
            if known.key == "S-":
                asleep = seen
            elif known.key == "Cl-":
                seen = ~asleep & (seen | (scan == FULL and full != ""))
                if scan == FULL and full == "more":
                    seen |= asleep
            pixel.append(pixels[seen])
            middle = SCALE.channel(known.mz)
            channel.append(np.round(middle + 3.0 * generator.standard_normal(int(seen.sum()))))
        scans.append((np.concatenate(pixel), np.concatenate(channel)))
    return ion_events(
        scans,
        raster=Raster(width=8, height=8, shots=shots),
        scale=SCALE,
        polarity="negative",
        channels=400_000,
        channel_ps=50.0,
        sputter_time=np.arange(1.0, 13.0),
    )


def test_a_full_scan_of_one_ion_leaves_the_others_as_they_are():
    plain, full = (
        reduce_events(run_of(word), IONS, anchors=IONS, dead_time_ns=LONG) for word in ("", "full")
    )
    assert {f.rule for f in full.findings} == {f.rule for f in plain.findings}
    a, b = plain.profile, full.profile
    expected = np.zeros((5, 12), dtype=bool)
    expected[2, FULL] = True
    np.testing.assert_array_equal(b["saturation"] == Saturation.LOWER_LIMIT, expected)
    np.testing.assert_array_equal(np.isnan(b["u"]), expected)
    np.testing.assert_array_equal(b["corrected"].values[:2], a["corrected"].values[:2])
    limit = b["corrected"].values[2, FULL]
    asleep = b["counts"].values[1, FULL]
    # Not below what it would be had one of the shots that were awake none.
    assert limit >= float(corrected(SHOTS - asleep - 1, SHOTS, asleep))
    assert limit <= 1.1 * SHOTS * np.log(SHOTS - asleep)


def test_a_full_scan_leaves_no_verdict_on_that_ion_alone():
    made = reduce_events(run_of("full"), IONS, anchors=IONS, dead_time_ns=LONG)
    found = check(made.profile, ["Cl-", "O-"], window=(1, 12), slices=made.slices)
    assert "saturated" in found.trends[0].why
    assert found.trends[1].why == ""
    assert found.exit_code != 0
    assert "sims_saturated" in {f.rule for f in found.findings}


def test_more_ions_than_shots_are_an_error_and_flagged_where_they_were():
    made = reduce_events(run_of("more"), IONS, anchors=IONS, dead_time_ns=LONG)
    assert "shots_impossible" in {f.rule for f in made.findings}
    profile = made.profile
    np.testing.assert_array_equal(profile["corrected"], profile["counts"])
    flagged = np.argwhere(profile["saturation"].values == Saturation.LOWER_LIMIT)
    assert flagged.tolist() == [[2, FULL]]
    assert np.isnan(profile["u"]).all()
    # Of a number of shots that cannot be, chance over the field is not told either.
    assert np.isnan(made.slices.shots).all()


def test_an_ion_that_no_shot_could_see_is_not_taken_for_none():
    shots = SHOTS
    counts = np.zeros((2, 100))
    counts[:, 20] = shots, shots - 5
    assert np.isnan(corrected(0, shots, shots))
    assert np.isfinite(corrected_histogram(counts, shots, 50)).all()
    blind = unseen(counts, shots, 50)[:, 40:60].any(axis=1)
    assert blind.tolist() == [True, False]


def test_a_profile_takes_a_count_of_all_shots():
    made = depth_profile(["Cl-"], [corrected([50, 100], 100)], counts=[[50, 100]], shots=100)
    assert made["saturation"].values.tolist() == [[Saturation.NONE, Saturation.LOWER_LIMIT]]
    assert np.isfinite(made["u"].values).tolist() == [[True, False]]


def test_saturation_is_that_of_the_shots_that_were_awake():
    before = corrected([800, 800], 1000)
    k = np.array([100, 199])
    made = depth_profile(
        ["Cl-"], [corrected(k, 1000, 800)], counts=[k], before=[before], shots=1000
    )
    assert made["saturation"].values.tolist() == [[Saturation.NONE, Saturation.LOWER_LIMIT]]


def test_ions_that_lie_over_each_other_in_a_full_scan():
    generator, scans = np.random.default_rng(4), []
    pixels = np.repeat(np.arange(64), 40)
    middle = SCALE.channel(34.9694)
    for scan in range(12):
        other = np.concatenate(
            [
                np.round(SCALE.channel(one.mz) + 3.0 * generator.standard_normal(800))
                for one in IONS
                if one.key != "Cl-"
            ]
        )
        many = pixels.size if scan == FULL else 1200
        at = middle + np.where(generator.random(many) < 0.5, 0.0, 14.0)
        channel = np.concatenate([other, np.round(at + 3.0 * generator.standard_normal(many))])
        pixel = np.concatenate([generator.integers(0, 64, other.size), pixels[:many]])
        scans.append((pixel, channel))
    run = ion_events(
        scans, raster=Raster(width=8, height=8, shots=60), scale=SCALE, polarity="negative",
        channels=400_000, channel_ps=50.0, sputter_time=np.arange(1.0, 13.0),
    )  # fmt: skip
    made = reduce_events(run, [ion("Cl-"), ion("[34S]H-")], anchors=IONS)
    assert np.isfinite(made.profile["corrected"]).all()


@pytest.mark.parametrize("shots", [1, 2, 3, 100])
def test_the_limit_is_not_below_the_counts(shots):
    assert float(corrected(shots, shots)) >= shots
