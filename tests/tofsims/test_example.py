"""The synthetic measurement: what is in it is found, by way of files and all."""

from __future__ import annotations

import numpy as np
import pytest

from references.ion import ion
from tofsims import check, read, reduce_events, write_itm
from tofsims.example import (
    DISC_CONTRAST,
    DISC_RADIUS,
    DRIFT,
    LEVELS,
    SECONDS,
    SHOTS,
    _awake,
    _rate,
    example,
)
from tofsims.isotopes import Pattern, isotope_tests
from tofsims.lateral import spread_of
from tofsims.uniformity import Uniform

ANCHORS = [ion(name) for name in LEVELS]
ASKED = ["Li-", "Cl-", "GaCl-", "InCl-", "Ga-", "In-", "S-"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = write_itm(tmp_path_factory.mktemp("example") / "a.itm", example(side=32, scans=60))
    run = read(path).runs[0]
    asked = [ion(name) for name in (*ASKED, "[37Cl]-", "[71Ga]Cl-", "[71Ga]-")]
    return reduce_events(run, asked, anchors=ANCHORS, with_cube=True)


def test_the_scale_is_found(made):
    worst = max(abs(anchor.left_out_ppm) for anchor in made.calibration.anchors)
    assert worst < 40
    assert len(made.calibration.anchors) >= 10


@pytest.mark.parametrize("name", ["Li-", "Cl-", "GaCl-", "S-"])
def test_levels_are_those_that_were_drawn(made, name):
    # Dead time and isotopes allowed for; a tail of a peak is beyond its window, a few per cent.
    profile = made.profile.sel(ion=name)
    share = ion(name).isotopologues()[0].fraction
    late = slice(20, None)
    expected = [_rate(name, t) * share * 32 * 32 * SHOTS for t in profile["sputter_time"].values]
    ratio = profile["corrected"].values[late].sum() / np.sum(expected[late])
    assert ratio == pytest.approx(1.0, abs=0.08)


def test_what_drifts_is_told_from_what_does_not(made):
    found = check(made.profile, ASKED, margin_percent=8.0, calibration=made.calibration)
    told = {one.ion: one for one in found.trends}
    assert found.cut > 0
    assert told["Cl-"].verdict is Uniform.UNIFORM
    assert told["S-"].verdict is Uniform.UNIFORM
    assert told["InCl-"].verdict is not Uniform.UNIFORM
    low, high = told["InCl-"].interval
    assert low < 100.0 * DRIFT * (found.window[1] - found.window[0]) / SECONDS < high


def test_isotopes_are_natural_where_nothing_else_is(made):
    late = made.profile.isel(scan=slice(10, None))
    found = {(t.ion, t.reference): t.verdict for t in isotope_tests(late)}
    assert found[("[37Cl]-", "Cl-")] in {Pattern.CONSISTENT, Pattern.UNDECIDABLE}
    # m/z 106 is 69Ga37Cl as much as 71Ga35Cl, and one window holds both: so does what is natural.
    assert found[("[71Ga]Cl-", "GaCl-")] in {Pattern.CONSISTENT, Pattern.UNDECIDABLE}


def test_the_buried_disc_is_found(made):
    counts = made.counted.cube["counts"].sel(ion="GaCl-").values
    shallow, middle = counts[5:19].sum(axis=0), counts[21:39].sum(axis=0)
    assert not spread_of(middle, 18 * SHOTS, blocks=(4,))[0].is_even
    assert spread_of(shallow, 14 * SHOTS, blocks=(4,))[0].p > 1e-3
    y, x = (np.mgrid[:32, :32] + 0.5) / 32
    disc = np.hypot(x - 0.6, y - 0.45) < DISC_RADIUS
    contrast = middle[disc].mean() / middle[~disc].mean() - 1.0
    # Counts of the disc alone tell it to about a tenth.
    u = (1.0 + DISC_CONTRAST) * np.hypot(middle[disc].sum() ** -0.5, middle[~disc].sum() ** -0.5)
    assert contrast == pytest.approx(DISC_CONTRAST, abs=4.0 * u)


def test_a_scan_is_the_same_whenever_it_is_asked():
    one, two = (example(side=16, scans=3).scans[1].hits() for _ in range(2))
    np.testing.assert_array_equal(one.pixel, two.pixel)
    np.testing.assert_array_equal(one.channel, two.channel)


def test_a_counter_sleeps_after_each_ion_it_sees():
    # Channels 1300 apart are within a dead time of 65 ns at 50 ps; 1301 are not.
    shot = np.array([0, 0, 0, 0, 1, 2, 2])
    channel = np.array([100, 1300, 1401, 2500, 5, 7, 1308])
    assert _awake(shot, channel).tolist() == [True, False, True, False, True, True, True]
