"""Drift: what was injected is found, what has no structure is refused, nothing wraps around."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates, spline_filter

from references.words import InputError
from tofsims import Raster, ion_cube, ion_events
from tofsims.correlation import Plane, displacement
from tofsims.cube import Window
from tofsims.masscal import MassScale
from tofsims.moved import left_field, moved, moved_cube
from tofsims.register import Drift, NotRegistered, register

PAD = 24


def scene(seed, side, grain=5.0):
    """A field larger than the raster with grains of a size [pixels], about one in mean."""
    generator = np.random.default_rng(seed)
    field = gaussian_filter(generator.standard_normal((side + 2 * PAD, side + 2 * PAD)), grain)
    return spline_filter(np.exp(0.5 * field / field.std()))


def seen(field, side, dx, dy):
    y, x = np.mgrid[:side, :side].astype(float)
    places = [y + PAD - dy, x + PAD - dx]
    return np.maximum(map_coordinates(field, places, order=3, prefilter=False), 0.0)


def drifting(seed, *, side=64, scans=200, mean=0.5, per_scan=(0.05, -0.03)):
    """A cube of one ion whose field drifts, and where it was in each scan."""
    generator, field = np.random.default_rng(seed), scene(seed, side)
    course = np.outer(np.arange(scans), per_scan)
    counts = np.stack([generator.poisson(mean * seen(field, side, *at)) for at in course])
    return ion_cube(["Cl-"], counts[None].astype(np.uint16)), course - course.mean(axis=0)


def known(shift_x, shift_y, *, width, height):
    x, y = np.asarray(shift_x, dtype=float), np.asarray(shift_y, dtype=float)
    return Drift(
        scan=np.arange(x.size), shift_x=x, shift_y=y, u_x=0 * x, u_y=0 * y, pooled=((0, 0),),
        height=height, width=width, method="as known",
    )  # fmt: skip


def test_a_drift_of_a_twentieth_of_a_pixel_a_scan_is_recovered():
    cube, course = drifting(2, mean=2.0, side=96)
    drift = register(cube)
    errors = np.stack([drift.shift_x, drift.shift_y], axis=1) - course
    assert np.sqrt(np.mean(errors**2)) < 0.1
    assert np.abs(errors).max() < 0.1


def test_a_drift_that_is_no_line_is_followed():
    generator, field, side = np.random.default_rng(3), scene(3, 64), 64
    t = np.arange(60.0)
    course = np.stack([2.0 * np.sin(t / 15.0), 3.0 * np.exp(-t / 20.0)], axis=1)
    counts = np.stack([generator.poisson(4.0 * seen(field, side, *at)) for at in course])
    drift = register(ion_cube(["Cl-"], counts[None].astype(np.uint16)))
    errors = np.stack([drift.shift_x, drift.shift_y], axis=1) - (course - course.mean(axis=0))
    assert np.sqrt(np.mean(errors**2)) < 0.1
    assert np.abs(errors).max() < 4.0 * max(drift.u_x.max(), drift.u_y.max())


@pytest.mark.slow
def test_the_error_bar_is_the_scatter():
    ratios = []
    for seed in range(40):
        cube, course = drifting(seed, mean=4.0, scans=80)
        drift = register(cube)
        ratios.append((drift.shift_x[::20] - course[::20, 0]) / drift.u_x[::20])
        ratios.append((drift.shift_y[::20] - course[::20, 1]) / drift.u_y[::20])
    assert 0.6 < np.sqrt(np.mean(np.square(ratios))) < 1.4


@pytest.mark.parametrize("mean", [0.3, 20.0])
def test_a_field_without_structure_cannot_be_registered(mean, rng):
    cube = ion_cube(["Cl-"], rng.poisson(mean, (1, 16, 48, 48)).astype(np.uint16))
    with pytest.raises(NotRegistered, match="cannot be registered: they show no structure"):
        register(cube)


def test_few_counts_are_not_registered():
    cube, _ = drifting(1, mean=0.001, scans=40)
    with pytest.raises(NotRegistered, match="cannot be registered"):
        register(cube)


def test_pools_grow_until_they_hold_enough():
    cube, _ = drifting(2, mean=0.4, scans=30)
    rich, _ = drifting(2, mean=4.0, scans=30)
    poor_pools, rich_pools = register(cube).pooled, register(rich).pooled
    assert len(poor_pools) < len(rich_pools) == 30
    # Each scan is in one pool.
    spans = [last - first + 1 for first, last in poor_pools]
    assert sum(spans) == 30


def test_an_ion_is_followed_by_events_as_by_its_cube():
    side, field, scale = 64, scene(5, 64), MassScale(sf=32194.0, k0=-400.0)
    generator, scans, images = np.random.default_rng(0), [], []
    for s in range(12):
        image = generator.poisson(3.0 * seen(field, side, 0.4 * s, 0.0)).ravel()
        background = generator.integers(0, side**2, 2000)
        pixel = np.concatenate([np.repeat(np.arange(side**2), image), background])
        mz = np.where(np.arange(pixel.size) < image.sum(), 35.0, 16.0)
        scans.append((pixel, scale.channel(mz).round()))
        images.append(image.reshape(side, side))
    run = ion_events(scans, raster=Raster(width=side, height=side), scale=scale)
    by_events = register(run, window=Window(ion="Cl-", low=34.9, high=35.1))
    by_cube = register(ion_cube(["Cl-"], np.array(images)[None].astype(np.uint16)), "Cl-")
    np.testing.assert_array_equal(by_events.shift_x, by_cube.shift_x)
    assert "Cl-" in by_events.method
    assert register(run).shift_x[-1] == pytest.approx(by_cube.shift_x[-1], abs=0.3)


def test_an_ion_that_is_not_there_is_named():
    cube, _ = drifting(1, scans=4)
    with pytest.raises(InputError, match="Li- is not in the cube; it has total, Cl-"):
        register(cube, "Li-")


def test_coordinates_are_rounded_down_on_either_side_of_zero():
    shifts = [0.4, 0.6, -0.4, -0.6, 1.5, -1.5]
    drift = known(shifts, np.zeros(6), width=8, height=8)
    # x + 1/2 - shift, rounded down: a truncation would give 0 for 0.6 and for 1.5 only -0.
    assert drift.offset[:, 0].tolist() == [0, -1, 0, 1, -1, 2]


def test_ions_that_leave_the_field_are_dropped_and_counted():
    raster = Raster(width=4, height=3)
    every = np.arange(12)
    run = ion_events([(every, every + 100)] * 3, raster=raster)
    drift = known([0.0, 1.0, -2.0], [0.0, 0.0, 1.0], width=4, height=3)
    made = moved(run, drift)
    np.testing.assert_array_equal(left_field(run, drift), [0, 3, 12 - 2 * 2])
    hits = made.scans[2].hits()
    # Moved by +2 along x and -1 along y: of the rows above the first, the first two columns.
    assert hits.pixel.tolist() == [2, 3, 6, 7]
    assert hits.channel.tolist() == [104, 105, 108, 109]
    assert made.notes[-1].rule == "sims_drift"


def test_the_cube_moves_as_its_ions_do(rng):
    raster = Raster(width=6, height=5)
    scans = [(rng.integers(0, 30, 200), np.full(200, 7)) for _ in range(4)]
    run = ion_events(scans, raster=raster)
    drift = known([0.0, 1.2, -2.7, 9.0], [0.4, -0.8, 1.6, 0.0], width=6, height=5)
    cube = ion_cube(
        ["all"],
        np.array([[np.bincount(p, minlength=30).reshape(5, 6) for p, _ in scans]], dtype=np.uint16),
        scan=np.arange(4),
    )
    found = moved_cube(cube, drift)
    for s, scan in enumerate(moved(run, drift).scans):
        image = np.bincount(scan.hits().pixel, minlength=30).reshape(5, 6)
        np.testing.assert_array_equal(found["counts"].values[0, s], image)
    lazy = moved_cube(cube.chunk({"scan": 2}), drift)
    assert lazy["counts"].chunks is not None
    np.testing.assert_array_equal(lazy["counts"].values, found["counts"].values)


def test_what_is_covered_by_every_scan_and_what_is_lost():
    drift = known([0.0, 1.0, -2.0], [0.0, 0.0, 1.0], width=6, height=5)
    # Moved by 0, -1, +2 along x, and by 0, 0, -1 along y.
    expected = np.zeros((5, 6), dtype=bool)
    expected[0:4, 2:5] = True
    np.testing.assert_array_equal(drift.covered, expected)
    assert drift.lost_pixels == 30 - 12
    cube = ion_cube(["a"], np.ones((1, 3, 5, 6), dtype=np.uint16), scan=np.arange(3))
    made = moved_cube(cube, drift)
    np.testing.assert_array_equal(made["counts"].values[0].min(axis=0) > 0, made["covered"].values)


def test_a_drift_of_another_measurement_is_refused():
    run = ion_events([([0], [1])], raster=Raster(width=4, height=4))
    with pytest.raises(InputError, match="of 3 scans of 6 x 5 pixels, and there are 1 of 4 x 4"):
        moved(run, known(np.zeros(3), np.zeros(3), width=6, height=5))


def test_the_window_moves_along():
    # A window that stays would draw a large displacement towards zero.
    field, side = scene(11, 96, grain=8.0), 96
    first, second = 1e4 * seen(field, side, 0, 0), 1e4 * seen(field, side, 9.3, -6.6)
    found = displacement(first, second, Plane.of(side, side))
    assert (found.x, found.y) == pytest.approx((9.3, -6.6), abs=0.02)


def test_a_cube_of_a_region_is_not_moved():
    measured = np.zeros((5, 6), dtype=bool)
    measured[1:3, 1:3] = True
    counts = np.ones((1, 3, 5, 6), dtype=np.uint16)
    cube = ion_cube(["a"], counts, scan=np.arange(3), measured=measured)
    drift = known([0.0, 1.0, -2.0], [0.0, 0.0, 1.0], width=6, height=5)
    with pytest.raises(InputError, match="whose edges do not move with the field"):
        moved_cube(cube, drift)
