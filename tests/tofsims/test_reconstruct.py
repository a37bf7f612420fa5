"""From scans to depth: tilted and curved layers become flat, and no count is lost."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.special import erf

from references.words import InputError
from tofsims import flat_start, ion_cube, reconstruct, reference_interface, topography
from tofsims.placed import Placed, resampled
from tofsims.rebin import share_out
from tofsims.reconstruct import rebinned

SIDE, SCANS = 48, 100


def tilted_and_curved(side=SIDE):
    """Scan at which an interface is reached in each column."""
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    return 0.5 * SCANS + 15 * (x - 0.5) + 7 * (y - 0.5) + 40 * ((x - 0.5) ** 2 + (y - 0.4) ** 2)


def phantom(seed=0, *, strong=2.0, weak=0.2, width=2.0, **more):
    """Two ions that pass into each other at a tilted and curved interface."""
    generator = np.random.default_rng(seed)
    middle = np.arange(SCANS)[:, None, None] + 0.5
    gone = 0.5 * (1.0 + erf((middle - tilted_and_curved()) / (np.sqrt(2.0) * width)))
    counts = [
        generator.poisson(strong * (1 - gone) + weak * gone),
        generator.poisson(weak * (1 - gone) + strong * gone),
    ]
    return ion_cube(["In-", "S-"], np.array(counts).astype(np.uint16), **more)


@pytest.fixture(scope="module")
def cube():
    return phantom(sputter_time=2.0 * np.arange(1.0, SCANS + 1), pixel_um=(0.5, 0.5))


@pytest.mark.parametrize("ion", ["In-", "S-"])
def test_an_interface_becomes_flat(cube, ion):
    placed = reference_interface(cube, ion)
    # Where the interface now lies, in bins as deep as a scan.
    lies = tilted_and_curved() + placed.start / 2.0
    assert tilted_and_curved().std() > 5.0
    assert lies.std() < 1.0


def test_the_edge_becomes_as_sharp_as_it_was(cube):
    made = reconstruct(cube, reference_interface(cube, "S-"))
    profile = made["counts"].sel(ion="S-").mean(("y", "x")).values
    inside = profile[20:-20] / profile[50:-25].mean()
    raw = cube["counts"].sel(ion="S-").mean(("y", "x")).values
    before = raw / raw[-10:].mean()

    def wide(y):
        rising = np.interp([0.25, 0.75], np.maximum.accumulate(y), np.arange(y.size))
        return rising[1] - rising[0]

    # Quartiles of a normal edge of width 2 are 2.7 scans apart.
    assert wide(before) > 8.0
    assert wide(inside) < 4.0


def test_counts_are_conserved(cube):
    for placed in (flat_start(cube), reference_interface(cube, "In-")):
        made = reconstruct(cube, placed, step=1.37)
        for ion in ("In-", "S-"):
            given = float(cube["counts"].sel(ion=ion).sum())
            assert float(made["counts"].sel(ion=ion).sum()) == pytest.approx(given, rel=1e-9)
        assert made["outside"].values.tolist() == [0.0, 0.0]


def test_counts_outside_the_bins_are_counted(cube):
    placed = reference_interface(cube, "S-")
    bins = np.linspace(30.3, 90.9, 41)
    for i, _, counts, _, outside in rebinned(cube, placed, bins):
        given = float(cube["counts"][i].sum())
        assert outside > 0.0
        assert counts.sum() + outside == pytest.approx(given, rel=1e-9)


def test_each_bin_takes_what_overlaps_it():
    counts = np.array([[[6.0]], [[10.0]]])
    found, variance = np.zeros((3, 1, 1)), np.zeros((3, 1, 1))
    one = np.ones((1, 1))
    # Scans from 0.5 to 2 and from 2 to 4.5; bins from 0 to 1, 2 and 3.
    edges, bins = np.array([0.5, 2.0, 4.5]), np.arange(4.0)
    lost = share_out(counts, 0 * one, one, edges, bins, found, variance)
    np.testing.assert_allclose(found[:, 0, 0], [2.0, 4.0, 4.0])
    np.testing.assert_allclose(variance[:, 0, 0], [6 / 9, 6 * 4 / 9, 10 * 0.16])
    assert lost == pytest.approx(6.0)


def test_the_variance_is_the_scatter(rng):
    truth, bins = 4.0, np.array([0.25, 1.75, 3.25])
    one, edges = np.ones((1, 1)), np.arange(5.0)
    drawn = []
    for _ in range(4000):
        found, variance = np.zeros((2, 1, 1)), np.zeros((2, 1, 1))
        share_out(rng.poisson(truth, (4, 1, 1)) * 1.0, 0 * one, one, edges, bins, found, variance)
        drawn.append(found[:, 0, 0])
    expected = truth * np.array([0.75**2 + 0.75**2, 0.25**2 + 1.0 + 0.25**2])
    np.testing.assert_allclose(np.var(drawn, axis=0), expected, rtol=0.12)
    # They share the second scan.
    assert np.corrcoef(np.transpose(drawn))[0, 1] > 0.1


def test_rows_at_once_do_not_matter(cube, monkeypatch):
    placed = reference_interface(cube, "S-")
    expected = reconstruct(cube, placed)
    monkeypatch.setattr(
        sys.modules["tofsims.reconstruct"], "BLOCK", 7 * SIDE * expected.sizes["depth"]
    )
    monkeypatch.setattr("tofsims.interface.BLOCK", 5 * SIDE * SCANS)
    np.testing.assert_array_equal(reference_interface(cube, "S-").start, placed.start)
    found = reconstruct(cube, placed)
    np.testing.assert_array_equal(found["counts"].values, expected["counts"].values)


def test_it_is_said_that_bins_are_correlated(cube):
    made = reconstruct(cube, flat_start(cube))
    assert "correlated" in made["counts"].attrs["covariance"]
    assert made.attrs["placed"] == "flat start"


def test_nanometres_are_only_where_a_calibration_was_given(cube):
    assert reconstruct(cube, flat_start(cube))["depth"].attrs["units"] == "s"
    assert flat_start(phantom()).units == "scan"
    by_depth = flat_start(cube, depth_nm=3.0 * np.arange(1.0, SCANS + 1))
    assert by_depth.units == "nm"
    made = reconstruct(cube, by_depth, step=6.0)
    assert made["depth"].attrs["units"] == "nm"
    np.testing.assert_allclose(made["depth"].values[:2], [4.5, 10.5])


def test_a_topography_puts_layers_where_they_are():
    y, x = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE
    before = 100.0 * (x - 0.5)
    after = before - 300.0 - 80.0 * (y - 0.5)
    # A plane 150 nm below the mean surface is reached where tau is the part that was removed.
    tau = (before + 150.0) / (before - after)
    middle = (np.arange(SCANS)[:, None, None] + 0.5) / SCANS
    counts = np.where(middle < tau, 0, 9)[None].astype(np.uint16)
    cube = ion_cube(["S-"], counts)
    made = reconstruct(cube, topography(cube, before, after), step=3.0)
    assert made["depth"].attrs["units"] == "nm"
    column = made["counts"].values[0] > 1e-9
    reached = made["depth"].values[np.argmax(column, axis=0)]
    assert np.abs(reached - 150.0).max() <= 3.5
    assert float(made["counts"].sum()) == pytest.approx(float(counts.sum()), rel=1e-9)


def test_a_lazy_cube_gives_the_same(cube):
    placed = reference_interface(cube, "S-")
    lazy = cube.chunk({"ion": 1, "scan": 16})
    np.testing.assert_array_equal(reference_interface(lazy, "S-").start, placed.start)
    np.testing.assert_array_equal(
        reconstruct(lazy, placed)["counts"].values, reconstruct(cube, placed)["counts"].values
    )


def test_arrays_on_the_disk_can_take_it(cube):
    placed = flat_start(cube)
    expected = reconstruct(cube, placed)
    taken = np.zeros(expected["counts"].shape), np.zeros(expected["counts"].shape)
    reconstruct(cube, placed, into=taken)
    np.testing.assert_array_equal(taken[0], expected["counts"].values)
    np.testing.assert_allclose(taken[1], expected["u"].values, rtol=1e-6)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda c: reference_interface(c, "Li-"), "Li- is not in the cube; it has In-, S-"),
        (lambda c: reconstruct(c, flat_start(c), step=0.0), "wider than zero, not 0"),
        (lambda c: reconstruct(c, flat_start(c), step=1e-4), "20000 are the most"),
        (lambda c: flat_start(c, depth_nm=np.ones(SCANS)), "expected 100 increasing depths"),
        (lambda c: topography(c, np.zeros((4, 4)), np.zeros((4, 4))), "is 4 x 4 pixels, the field"),
        (lambda c: topography(c, *np.zeros((2, SIDE, SIDE))), "give before, then after"),
        (lambda c: reference_interface(c, "S-", window=(10.0, 16.0)), "among 2 scans"),
    ],
)
def test_what_cannot_be_done_is_said(cube, act, message):
    with pytest.raises(InputError, match=message):
        act(cube)


def test_an_ion_that_does_not_change_tells_no_interface(rng):
    flat = ion_cube(["Cl-"], rng.poisson(1.0, (1, 60, 24, 24)).astype(np.uint16))
    with pytest.raises(InputError, match="name an ion that rises or falls at the interface"):
        reference_interface(flat, "Cl-")


def test_more_than_memory_is_refused():
    import dask.array as da

    large = ion_cube(["Cl-"], da.zeros((1, 1000, 1024, 1024), dtype=np.uint16))
    with pytest.raises(InputError, match=r"take 12\.\d GB of memory"):
        reconstruct(large, flat_start(large))


def test_a_column_that_cannot_be_placed_is_left_out(cube):
    placed = flat_start(cube)
    start = placed.start.copy()
    start[3, 4] = np.nan
    hollow = Placed(start=start, stretch=placed.stretch, edges=placed.edges, units="s", method="")
    made = reconstruct(cube, hollow)
    lost = cube["counts"].values[:, :, 3, 4].sum(axis=1)
    np.testing.assert_allclose(made["outside"].values, lost)
    assert made["counts"].values[:, :, 3, 4].sum() == 0.0


@pytest.mark.parametrize("shape", [(90, 120), (20, 30), (48, 48)])
def test_a_surface_on_another_raster(shape):
    y, x = (np.mgrid[: shape[0], : shape[1]] + 0.5) / np.array(shape)[:, None, None]
    there = resampled(10.0 * x + 5.0 * y**2, 48, 48)
    y, x = (np.mgrid[:48, :48] + 0.5) / 48
    np.testing.assert_allclose(there[3:-3, 3:-3], (10.0 * x + 5.0 * y**2)[3:-3, 3:-3], atol=0.01)
