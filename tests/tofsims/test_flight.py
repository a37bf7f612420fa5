"""Flight times put right: drift of the scale followed by lock ions, and the field of view."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from references.ion import ion
from references.words import InputError
from tofsims import Raster, ion_events, reduce_events
from tofsims.flight import Primary, field_corrected, relocked
from tofsims.masscal import calibrate
from tofsims.massdrift import MassDrift, mass_drift

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
LOCK = [ion(name) for name in ("O-", "Cl-", "PS3-")]
EXPECTED = dict.fromkeys(peaks.KNOWN, 700)
BI3 = Primary(ion="Bi3+", energy=30e3)


def bent(part):
    """80 ppm at m/z 63 from the first scan to the last, most of it early."""
    return 10.3 * np.sqrt(part)


def resolution(run):
    made = calibrate(run.sampled(1000), peaks.SCALE, ANCHORS)
    return made, np.mean([a.mz / float(made.fwhm(a.mz)) for a in made.anchors if a.mz > 60])


@pytest.fixture(scope="module")
def drifting():
    return peaks.run_of(1, EXPECTED, scans=60, resolution=12_000, drift=bent)


def test_a_drift_is_found_again_and_the_resolution_restored(drifting):
    calibration, before = resolution(drifting)
    drift = mass_drift(drifting, LOCK, calibration, dead_window=1300)
    course = bent(np.linspace(0, 1, 60))
    true = peaks.SCALE.ppm_of_channels(course - course.mean(), 63.0)
    away = drift.ppm(63.0) - true
    assert np.ptp(true) == pytest.approx(80, abs=1)
    assert np.sqrt(np.mean(away**2)) < 3.0
    assert np.mean(np.abs(away) < 2 * drift.u_ppm(63.0)) > 0.8
    _, after = resolution(relocked(drifting, drift))
    _, still = resolution(peaks.run_of(1, EXPECTED, scans=60, resolution=12_000))
    assert before < 0.9 * still
    assert after == pytest.approx(still, rel=0.04)


def test_a_stretch_of_the_scale_is_told_from_a_shift():
    true = np.linspace(-1.0, 1.0, 40)
    run = peaks.run_of(2, EXPECTED | {"O-": 4000, "Cl-": 4000, "PS3-": 4000}, scans=40)
    at = MassDrift(
        ions=(), scan=np.array(run.numbers), root=0.0, offset=np.zeros(40), slope=-true,
        u_offset=np.zeros(40), u_slope=np.zeros(40), blocks=1, scale=peaks.SCALE,
    )  # fmt: skip
    stretched = relocked(run, at)
    calibration, _ = resolution(stretched)
    found = mass_drift(stretched, LOCK, calibration, dead_window=1300)
    assert np.sqrt(np.mean((found.slope - true) ** 2)) < 0.1
    alone = mass_drift(stretched, LOCK[1:2], calibration, dead_window=1300)
    assert not alone.slope.any()


def test_reduction_follows_the_scale_or_says_that_it_drifts(drifting):
    asked = [ion("Cl-"), ion("GaCl-")]
    plain = reduce_events(drifting, asked, anchors=ANCHORS)
    assert plain.drift is None
    assert "sims_mass_drift" in {f.rule for f in plain.findings}
    locked = reduce_events(drifting, asked, anchors=ANCHORS, lock=LOCK)
    assert locked.drift.span_ppm > 40
    rules = {f.rule for f in locked.findings}
    assert "sims_mass_drift_followed" in rules
    assert "sims_mass_drift" not in rules


def test_a_scale_that_stands_still_is_not_said_to_drift():
    run = peaks.run_of(4, EXPECTED, scans=30)
    made = reduce_events(run, [ion("Cl-"), ion("GaCl-")], anchors=ANCHORS)
    assert "sims_mass_drift" not in {f.rule for f in made.findings}


def test_too_few_counts_are_refused():
    run = peaks.run_of(5, EXPECTED | {"C2-": 10}, scans=6)
    calibration, _ = resolution(run)
    with pytest.raises(InputError, match="C2-: too few counts to follow the mass scale"):
        mass_drift(run, [ion("C2-")], calibration, dead_window=1300)
    with pytest.raises(InputError, match="ions of both signs"):
        reduce_events(run, [ion("Cl-")], anchors=ANCHORS, lock=[ion("Ga+")])


def test_shifts_are_rounded_to_the_nearest_channel_on_both_sides():
    pixel = np.arange(5)
    run = ion_events(
        [(pixel, np.full(5, 1000))],
        raster=Raster(width=5, height=1, field_um=50.0),
        channel_ps=50.0,
    )
    slow = Primary(ion="Bi3+", energy=30e3 * (1.468 / 1.4) ** 2)
    away = 10e-6 * np.arange(-2, 3)
    expected = np.floor(1000 - np.sqrt(0.5) * away / slow.velocity * 1e12 / 50.0 + 0.5)
    found = field_corrected(run, "+x", slow).scans[0].hits().channel
    np.testing.assert_array_equal(found, expected.astype(int))
    # What is left and right of the middle is moved alike, as far apart as it should be.
    assert (found - 1000.0).sum() == 0
    mirrored = field_corrected(run, "-x", slow).scans[0].hits().channel
    np.testing.assert_array_equal(mirrored, found[::-1])


def test_the_field_costs_resolution_and_gives_it_back():
    away = (np.arange(16) + 0.5 - 8) * 500e-6 / 16
    ps = np.sqrt(0.5) * away / BI3.velocity * 1e12

    run = peaks.run_of(6, EXPECTED, scans=20, later=lambda x: ps[x] / 50.0)
    _, before = resolution(run)
    _, after = resolution(field_corrected(run, "+x"))
    _, wrong = resolution(field_corrected(run, "+y"))
    _, without = resolution(peaks.run_of(6, EXPECTED, scans=20))
    assert after == pytest.approx(without, rel=0.05)
    assert before < 0.75 * after
    assert wrong < 0.75 * after


def test_velocity_of_primary_ions():
    # sqrt(2 * 30 keV / 626.94 u)
    assert BI3.velocity == pytest.approx(9.609e4, rel=1e-3)


@pytest.mark.parametrize(
    ("axis", "primary", "message"),
    [
        ("x", BI3, r"along \+x, -x, \+y, -y, not 'x'"),
        ("+x", Primary(ion="Bi3+", energy=-1.0), "tells no velocity"),
        ("+x", Primary(ion="Qq", energy=1.0), "tells no velocity"),
        ("+x", None, "does not say which primary ions"),
    ],
)
def test_what_tells_no_flight_time_is_refused(axis, primary, message):
    raster = Raster(width=2, height=1, field_um=10.0)
    run = ion_events([([0], [5])], raster=raster, channel_ps=50.0)
    with pytest.raises(InputError, match=message):
        field_corrected(run, axis, primary)


def test_a_drift_of_other_scans_is_refused(drifting):
    none = np.zeros(1)
    drift = MassDrift(
        ions=(), scan=np.array([7]), root=1.0, offset=none, slope=none, u_offset=none,
        u_slope=none, blocks=1, scale=peaks.SCALE,
    )  # fmt: skip
    with pytest.raises(InputError, match="the drift is of 1 scans"):
        relocked(drifting, drift)
