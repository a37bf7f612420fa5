"""What a cube looks like: sums are those of the cube, surfaces are closed, noise has none."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from references.words import InputError
from tofsims import flat_start, ion_cube, reconstruct
from tofsims.placed import Placed
from tofsims.volume import isosurface, surface_of, views_of
from tofsims.volume.isosurface import smooth, threshold
from tofsims.volume.plot import overlay_figure, rendered, slices_figure, surface_figure


def ball(radius=7.3, size=21):
    z, y, x = np.mgrid[:size, :size, :size] - size // 2
    return radius - np.sqrt(z**2 + y**2 + x**2)


def sides(triangles):
    return np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])


@pytest.fixture(scope="module")
def cube():
    """A buried disc that is ten times as rich, of one ion; the other one is even."""
    generator = np.random.default_rng(4)
    s, y, x = np.mgrid[:40, :24, :32]
    disc = (np.hypot(y - 11, x - 17) < 7) & (s >= 12) & (s < 28)
    counts = [generator.poisson(np.where(disc, 5.0, 0.5)), generator.poisson(1.0, disc.shape)]
    return ion_cube(
        ["GaCl-", "Cl-"], np.array(counts).astype(np.uint16),
        sputter_time=3.0 * np.arange(1.0, 41.0), pixel_um=(0.5, 0.5),
    )  # fmt: skip


def test_a_slice_and_its_sections_are_sums(cube):
    seen = views_of(cube, "GaCl-", between=(10, 20))
    counts = cube["counts"].values[0].astype(float)
    np.testing.assert_array_equal(seen.xy, counts[9:20].sum(axis=0))
    np.testing.assert_array_equal(seen.xz, counts[:, slice(*seen.rows)].sum(axis=1))
    np.testing.assert_array_equal(seen.yz, counts[:, :, slice(*seen.columns)].sum(axis=2))
    assert (seen.rows, seen.columns) == ((10, 13), (14, 18))
    assert seen.z.said(*seen.chosen) == "28.5 to 61.5 s"
    assert seen.x.units == "um"
    assert seen.x.edges[[0, -1]].tolist() == [0.0, 16.0]


def test_a_coarse_volume_is_a_mean(cube):
    seen = views_of(cube, "Cl-")
    assert seen.coarse.shape == (32, 24, 32)
    z, y, x = (np.diff(edges) for edges in seen.blocks)
    total = np.sum(seen.coarse * z[:, None, None] * y[:, None] * x)
    assert total == pytest.approx(float(cube["counts"].sel(ion="Cl-").sum()), rel=1e-12)


def test_a_lazy_cube_looks_the_same(cube):
    lazy = views_of(cube.chunk({"scan": 7}), "GaCl-", between=(5, 33))
    held = views_of(cube, "GaCl-", between=(5, 33))
    for name in ("xy", "xz", "yz", "coarse"):
        np.testing.assert_array_equal(getattr(lazy, name), getattr(held, name))


def test_what_not_every_column_reaches_is_not_summed(cube):
    start = np.broadcast_to(np.linspace(-9.0, 9.0, 32), (24, 32))
    edges = 3.0 * np.arange(0.5, 41.0)
    tilted = Placed(start=start, stretch=np.ones((24, 32)), edges=edges, units="s", method="")
    seen = views_of(reconstruct(cube, tilted), "GaCl-")
    first, last = (seen.z.edges[place] for place in seen.chosen)
    assert (first, last) == pytest.approx((10.5, 112.5), abs=3.0)
    assert not seen.reached[0]
    assert seen.reached[slice(*seen.chosen)].all()
    flat = views_of(reconstruct(cube, flat_start(cube)), "GaCl-")
    assert flat.reached.all()
    assert flat.chosen == (0, 40)


def test_views_over_depth_need_no_volume(cube, monkeypatch):
    generator = np.random.default_rng(0)
    placed = replace(flat_start(cube), start=5.0 * generator.random((24, 32)))
    held = views_of(reconstruct(cube, placed), "GaCl-", between=(20.0, 100.0))
    monkeypatch.setattr(sys.modules["tofsims.reconstruct"], "BLOCK", 5 * 32 * 42)
    streamed = views_of(cube, "GaCl-", between=(20.0, 100.0), placed=placed)
    for name in ("xy", "xz", "yz", "coarse", "reached"):
        np.testing.assert_allclose(getattr(streamed, name), getattr(held, name), atol=1e-9)
    assert streamed.z.units == "s"
    np.testing.assert_allclose(streamed.z.edges, held.z.edges)


@pytest.mark.parametrize(
    ("ion", "between", "message"),
    [
        ("Li-", None, "Li- is not in the cube; it has GaCl-, Cl-"),
        ("Cl-", (50.0, 60.0), "no scan lies between 50 and 60; there are 1 to 40"),
    ],
)
def test_what_cannot_be_shown_is_said(cube, ion, between, message):
    with pytest.raises(InputError, match=message):
        views_of(cube, ion, between=between)


def test_a_surface_is_where_the_level_is():
    triangles = isosurface(ball(), 0.0)
    away = np.linalg.norm(triangles - 10.0, axis=2)
    np.testing.assert_allclose(away, 7.3, atol=0.1)
    area = 0.5 * np.linalg.norm(sides(triangles), axis=1).sum()
    assert area == pytest.approx(4.0 * np.pi * 7.3**2, rel=0.02)


def test_normals_point_out_of_what_is_more():
    # The divergence theorem gives the volume inside only if all of them do.
    triangles = isosurface(ball(), 0.0) - 10.0
    volume = np.sum(triangles[:, 0] * sides(triangles)) / 6.0
    assert volume == pytest.approx(4.0 / 3.0 * np.pi * 7.3**3, rel=0.03)


def test_a_surface_has_no_cracks():
    generator = np.random.default_rng(0)
    triangles = isosurface(np.pad(generator.standard_normal((7, 8, 9)), 1, constant_values=-9), 0.0)
    corners, index = np.unique(np.round(triangles.reshape(-1, 3), 9), axis=0, return_inverse=True)
    faces = index.reshape(-1, 3)
    assert len(corners) > 100
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    _, many = np.unique(edges, axis=0, return_counts=True)
    assert np.all(many % 2 == 0)


def test_an_even_volume_has_no_surface():
    assert isosurface(np.ones((4, 4, 4)), 2.0).shape == (0, 3, 3)
    with pytest.raises(InputError, match="two places along each axis"):
        isosurface(np.ones((1, 4, 4)), 0.5)


def test_two_parts_are_told_however_unequal(rng):
    mixed = np.concatenate([rng.normal(1.0, 0.1, 9000), rng.normal(2.0, 0.1, 300)])
    level, gain = threshold(mixed)
    assert 1.4 < level < 1.7
    assert gain > 0.2
    assert abs(threshold(rng.normal(1.0, 0.1, 9000))[1]) < 0.05
    assert threshold(np.ones(9)) == (1.0, 0.0)


def test_a_buried_disc_is_found_and_an_even_ion_has_no_surface(cube):
    found = surface_of(views_of(cube, "GaCl-"))
    assert found is not None
    assert 0.5 < found.level < 5.0
    x, y, depth = (found.corners[..., i] for i in range(3))
    # Radius 3.5 um about (8.75, 5.75) um, from 37.5 to 85.5 s.
    assert (x.min(), x.max()) == pytest.approx((5.25, 12.25), abs=0.6)
    assert (y.min(), y.max()) == pytest.approx((2.25, 9.25), abs=0.6)
    assert (depth.min(), depth.max()) == pytest.approx((37.5, 85.5), abs=4.0)
    assert "smoothed by a Gaussian of sigma" in found.sentence
    assert surface_of(views_of(cube, "Cl-")) is None


@pytest.mark.slow
@pytest.mark.parametrize("mean", [0.02, 0.3, 3.0, 30.0])
def test_noise_has_no_surface(mean):
    for seed in range(20):
        generator = np.random.default_rng(seed)
        even = generator.poisson(mean, (1, 60, 64, 64)).astype(np.uint16)
        assert surface_of(views_of(ion_cube(["Cl-"], even), "Cl-")) is None


def test_smoothing_keeps_the_mean(rng):
    held = rng.random((12, 12, 12))
    assert smooth(held, 1.0).mean() == pytest.approx(held.mean(), rel=0.02)


def test_figures_say_what_was_done(cube):
    both = [views_of(cube, name, between=(10, 30)) for name in ("GaCl-", "Cl-")]
    surface = surface_of(both[0])
    assert surface is not None
    text = rendered(slices_figure(both[0], note="a note"), "svg").decode()
    for said in ("28.5 to 91.5 s", "section", "counts", "sputter time / s", "2 µm", "a note"):
        assert f">{said}" in text or f"{said}<" in text
    assert "99.9th percentile" in rendered(overlay_figure(both), "svg").decode()
    drawn = rendered(surface_figure([surface], both[0]), "svg").decode()
    assert "smoothed by a Gaussian of sigma" in drawn
    assert "not to scale" in drawn


def test_pixels_and_scans_where_nothing_more_is_known():
    plain = views_of(ion_cube(["Cl-"], np.ones((1, 6, 8, 8), dtype=np.uint16)), "Cl-")
    text = rendered(slices_figure(plain), "svg").decode()
    assert "pixels" in text
    assert "µm" not in text
    assert ">scan<" in text


def test_what_was_not_measured_is_shown_as_such(cube):
    measured = np.zeros((24, 32), dtype=bool)
    measured[2:20, 8:28] = True
    noise = np.random.default_rng(1).integers(0, 60, cube["counts"].shape)
    counts = np.where(measured, cube["counts"], noise).astype(np.uint16)
    region = cube.assign(counts=(cube["counts"].dims, counts), measured=(("y", "x"), measured))
    seen, whole = views_of(region, "GaCl-"), views_of(cube, "GaCl-")
    np.testing.assert_array_equal(np.isnan(seen.xy), ~measured)
    np.testing.assert_array_equal(seen.xy[measured], whole.xy[measured])
    assert seen.rows == (10, 12)
    held = counts[0, :, slice(*seen.rows), 8:28]
    np.testing.assert_array_equal(seen.xz[:, 8:28], held.sum(axis=1))
    assert np.isnan(seen.xz[:, :8]).all()
    assert np.nanmax(seen.coarse) == np.nanmax(whole.coarse)
    found = surface_of(seen)
    # The disc's own surface, and none at the region's edge.
    assert found.corners[..., 0].min() > 0.5 * 9
    assert found.level == pytest.approx(surface_of(whole).level, rel=0.1)
    assert rendered(slices_figure(seen), "png")
    assert rendered(overlay_figure([seen, views_of(region, "Cl-")]), "png")


def test_a_region_stays_one_over_depth(cube):
    measured = np.zeros((24, 32), dtype=bool)
    measured[2:20, 8:28] = True
    region = cube.assign(measured=(("y", "x"), measured))
    volume = reconstruct(region, flat_start(region))
    np.testing.assert_array_equal(volume["measured"].values, measured)
