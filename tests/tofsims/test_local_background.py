"""What lies under a peak is taken off without bias, and its uncertainty is added."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from references.ion import ion
from references.words import InputError
from tofsims import check, depth_profile, reduce_events
from tofsims.local_background import beside
from tofsims.profile import with_shots

if "drawn_peaks" in sys.modules:
    peaks = sys.modules["drawn_peaks"]
else:
    _spec = importlib.util.spec_from_file_location(
        "drawn_peaks", Path(__file__).with_name("peaks.py")
    )
    peaks = importlib.util.module_from_spec(_spec)
    sys.modules["drawn_peaks"] = peaks
    _spec.loader.exec_module(peaks)

ANCHORS = [ion(name) for name in peaks.KNOWN]
EXPECTED = dict.fromkeys(peaks.KNOWN, 800)


def test_a_neighbour_is_no_background(rng):
    flat = rng.poisson(5.0, 400)
    for at in (140, 262):
        flat[at - 8 : at + 8] += 200
    found = beside(flat, 200.0, 16.0, [])
    both = np.concatenate([found.low, found.high])
    assert not np.any(flat[both] > 100)
    assert found.low.size > 10
    assert found.high.size > 10


def test_known_neighbours_are_left_out(rng):
    flat = rng.poisson(5.0, 400)
    found = beside(flat, 200.0, 16.0, [(100.0, 152.0)])
    assert found.low.size == 0
    assert found.high.size == 48


def test_a_sloping_background_is_taken_in_the_middle():
    line = np.round(1e6 + 2000.0 * np.arange(400)).astype(int)
    found = beside(line, 200.0, 16.0, [])
    under, _ = found.under(line.astype(float), line.astype(float), 0, 30)
    assert float(under) == pytest.approx(30 * line[200], rel=1e-4)


def test_the_net_is_unbiased_and_its_u_is_its_scatter():
    # A third of the channels' worth of counts under a weak ion; another one is not there at all.
    run = peaks.run_of(2, EXPECTED | {"GaO-": 40}, scans=60, background=250_000)
    asked = [ion(name) for name in ("GaO-", "PS2-", "Cl-")]
    net = reduce_events(run, asked, anchors=ANCHORS, background="local").profile
    gross = reduce_events(run, asked, anchors=ANCHORS).profile
    for name, true in (("GaO-", 40), ("PS2-", 0)):
        y, u = net.sel(ion=name)["corrected"].values, net.sel(ion=name)["u"].values
        assert y.mean() == pytest.approx(true, abs=5 * u.mean() / np.sqrt(60))
        assert y.std(ddof=1) == pytest.approx(u.mean(), rel=0.4)
        assert np.all(u > gross.sel(ion=name)["u"].values)
    assert net.sel(ion="PS2-")["corrected"].values.min() < 0
    whole = net["corrected"] + net["background"]
    np.testing.assert_allclose(whole.values, gross["corrected"].values)


def test_what_is_under_a_peak_and_stays_there_is_said():
    run = peaks.run_of(3, EXPECTED | {"GaO-": 100, "Cl-": 8000}, background=250_000)
    asked = [ion(name) for name in ("GaO-", "Cl-")]
    made = reduce_events(run, asked, anchors=ANCHORS)
    assert [f.subject for f in made.findings if f.rule == "sims_background"] == ["GaO-"]
    made = reduce_events(run, asked, anchors=ANCHORS, background="local")
    assert not [f for f in made.findings if f.rule == "sims_background"]


def test_what_is_not_above_its_background_is_not_judged(rng):
    y = rng.poisson(50.0, (1, 40)) - 50.0
    made = depth_profile(
        ["Ga-"], y, background=np.full((1, 40), 50.0), u=np.full((1, 40), 7.1),
        u_from=["counting, background"], shots=1e6, sputter_time=np.arange(40.0),
    )  # fmt: skip
    (one,) = check(made, window=(0, 39)).trends
    assert one.why == "not clear above its background"
    assert check(made, window=(0, 39)).to_dict()["ions"][0]["u"][0] == 7.1


def test_below_zero_is_only_what_had_something_taken_off():
    with pytest.raises(InputError, match="finite and not negative"):
        depth_profile(["Ga-"], [[-1.0, 2.0]])
    with pytest.raises(InputError, match="finite and not negative"):
        depth_profile(["Ga-"], [[-3.0, 2.0]], background=[[2.0, 2.0]])
    made = depth_profile(["Ga-"], [[-1.0, 2.0]], background=[[2.0, 2.0]])
    with pytest.raises(InputError, match="give the number of shots where it is made"):
        with_shots(made, 100)


def test_another_word_is_refused():
    run = peaks.run_of(1, EXPECTED, scans=2)
    with pytest.raises(InputError, match="background should be none or local, not 'some'"):
        reduce_events(run, ANCHORS, anchors=ANCHORS, background="some")
