"""Peaks that lie over each other: true areas within their uncertainty, or only a sum."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from references.ion import ion
from tofsims import reduce_events
from tofsims.areas import areas_of, exposure_of, information
from tofsims.counting import awake, corrected_histogram
from tofsims.overlap import fitted

if "drawn_peaks" in sys.modules:
    peaks = sys.modules["drawn_peaks"]
else:
    _spec = importlib.util.spec_from_file_location(
        "drawn_peaks", Path(__file__).with_name("peaks.py")
    )
    peaks = importlib.util.module_from_spec(_spec)
    sys.modules["drawn_peaks"] = peaks
    _spec.loader.exec_module(peaks)

GALLIUM, SULPHUR = "Ga-", "[37Cl]S-"
ANCHORS = [ion(name) for name in peaks.KNOWN]


def pulls(cases, expected, resolution, **more):
    """Departures from the truth in standard uncertainties: of totals, and of each scan."""
    total, scans = [], []
    for seed in range(cases):
        frame, counts = peaks.framed(np.random.default_rng(seed), expected, resolution, **more)
        found = fitted(counts, np.ones_like(counts), frame)
        true = np.array(list(expected.values()), dtype=float)
        total.append((found.total - true) / found.u_total)
        scans.append((found.areas - true[:, None] / counts.shape[0]) / found.u)
    return np.array(total).ravel(), np.array(scans).ravel()


def test_true_areas_lie_within_their_uncertainty():
    total, scans = pulls(8, {GALLIUM: 4000, SULPHUR: 3000}, 5000)
    # 16 totals and 96 scans: within five standard deviations of a binomial.
    assert np.mean(np.abs(total) < 1) > 0.68 - 5 * np.sqrt(0.68 * 0.32 / 16)
    assert np.sum(np.abs(total) > 3) <= 2
    assert np.mean(np.abs(scans) < 1) == pytest.approx(0.683, abs=0.24)
    assert np.mean(np.abs(scans) < 2) > 0.84


@pytest.mark.slow
@pytest.mark.parametrize("resolution", [4000, 6000, 8000])
@pytest.mark.parametrize("expected", [(4000, 3000), (400, 4000), (60_000, 40_000)])
def test_coverage(resolution, expected):
    total, scans = pulls(150, dict(zip((GALLIUM, SULPHUR), expected, strict=True)), resolution)
    assert 0.60 < np.mean(np.abs(total) < 1) < 0.80
    assert np.mean(np.abs(total) < 2) > 0.92
    assert 0.62 < np.mean(np.abs(scans) < 1) < 0.75
    assert np.mean(np.abs(scans) < 2) > 0.92


def test_neighbours_take_from_each_other():
    frame, counts = peaks.framed(np.random.default_rng(1), {GALLIUM: 4000, SULPHUR: 3000}, 4000)
    near = fitted(counts, np.ones_like(counts), frame)
    frame, counts = peaks.framed(np.random.default_rng(1), {GALLIUM: 4000, SULPHUR: 3000}, 20_000)
    far = fitted(counts, np.ones_like(counts), frame)
    assert near.correlation[0, 1] < -0.3
    assert abs(far.correlation[0, 1]) < 0.1
    assert near.u_total[0] > 1.1 * far.u_total[0]


def test_the_most_likely_areas_are_found():
    generator = np.random.default_rng(3)
    x = np.arange(60)
    share = np.exp(-0.5 * ((x - np.array([[25.0], [31.0]])) / 5.0) ** 2)
    share = np.vstack([share / share.sum(axis=1, keepdims=True), np.full(60, 1 / 60)])
    counts = generator.poisson(np.array([40.0, 0.0, 12.0]) @ share, (200, 60)).astype(float)
    areas = areas_of(counts, share, np.ones_like(counts))
    # At the best answer an area is none and wants to be less, or nothing pulls at it.
    slope = (counts / np.maximum(areas @ share, 1e-300) - 1.0) @ share.T
    assert np.all(slope < 1e-3)
    assert np.all(np.abs(areas * slope) < 1e-2)
    assert 0.2 < np.mean(areas[:, 1] == 0) < 0.8
    assert areas.sum(axis=1) == pytest.approx(counts.sum(axis=1))


def test_the_dead_time_is_in_the_exposure():
    # One shot registers the first of its ions only; a third of the shots have any.
    generator = np.random.default_rng(4)
    shots, lam = 4000, np.array([0.8, 0.5])
    x = np.arange(60)
    share = np.exp(-0.5 * ((x - np.array([[22.0], [34.0]])) / 4.0) ** 2)
    share /= share.sum(axis=1, keepdims=True)
    found, inverse = [], None
    for _ in range(60):
        many = generator.poisson((lam @ share) * np.ones((shots, 1)))
        first = np.argmax(many > 0, axis=1)[many.any(axis=1)]
        k = np.bincount(first, minlength=60)[None].astype(float)
        seen = exposure_of(k, corrected_histogram(k, shots, 60), awake(k, shots, 60), shots)
        found.append(areas_of(k, share, seen)[0])
        inverse = np.linalg.inv(information(found[-1][None], share, seen)[0])
    found = np.array(found)
    u = np.sqrt(np.diag(inverse))
    assert np.all(np.abs(found.mean(axis=0) - shots * lam) < 5 * u / np.sqrt(60))
    assert found.std(axis=0, ddof=1) == pytest.approx(u, rel=0.4)


def test_ions_of_a_run_are_fitted_together():
    expected = dict.fromkeys(peaks.KNOWN, 3000) | {GALLIUM: 600, SULPHUR: 400}
    run = peaks.run_of(5, expected)
    asked = [ion(name) for name in (SULPHUR, "Cl-", GALLIUM)]
    made = reduce_events(run, asked, anchors=ANCHORS)
    assert made.profile["ion"].values.tolist() == [SULPHUR, "Cl-", GALLIUM]
    assert made.profile["u_from"].values.tolist() == ["fit", "counting", "fit"]
    for name in (GALLIUM, SULPHUR):
        one = made.profile.sel(ion=name)
        u = np.sqrt(np.sum(one["u"].values ** 2 - one["u_common"].values ** 2)) / 12
        u = np.hypot(u, one["u_common"].values.mean())
        assert one["corrected"].values.mean() == pytest.approx(expected[name], abs=4 * u)
    (told,) = [f for f in made.findings if f.rule == "sims_overlap"]
    assert told.subject == f"{GALLIUM}, {SULPHUR}"
    halved = reduce_events(run, asked, anchors=ANCHORS, overlaps="window")
    assert [f.severity for f in halved.findings if f.rule == "sims_overlap"] == ["warning"]
    assert "u_from" not in halved.profile.coords


def test_ions_too_near_have_a_sum():
    # 69GaSN- lies 3.2 mu below In-: a ninth of a width, with few counts.
    known = [name for name in peaks.KNOWN if name != "In-"]
    run = peaks.run_of(6, dict.fromkeys(known, 3000) | {"In-": 8, "GaSN-": 8})
    asked = [ion(name) for name in ("In-", "Cl-", "GaSN-")]
    made = reduce_events(run, asked, anchors=[ion(name) for name in known])
    name = "GaSN- + In-"
    assert made.profile["ion"].values.tolist() == [name, "Cl-"]
    one = made.profile.sel(ion=name)
    assert one["corrected"].values.sum() == pytest.approx(16 * 12, abs=5 * 14)
    assert "sims_not_told_apart" in {f.rule for f in made.findings}


def test_without_a_clean_peak_windows_end_half_way_and_that_is_said():
    expected = dict.fromkeys(peaks.KNOWN, 100) | {GALLIUM: 100, SULPHUR: 100}
    made = reduce_events(peaks.run_of(7, expected), [ion(GALLIUM), ion(SULPHUR)], anchors=ANCHORS)
    (told,) = [f for f in made.findings if f.rule == "sims_overlap"]
    assert "no known ion has a clean strong peak" in told.message
    assert made.profile.sizes["ion"] == 2
