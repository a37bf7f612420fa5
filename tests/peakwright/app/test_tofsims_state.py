"""What the TOF-SIMS view shows, without a browser: images, regions, curves, words, requests."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import references
import tofsims
from peakwright.app.tofsims import opening, state
from peakwright.app.tofsims.figures import color_of, dash_of
from peakwright.app.tofsims.images import Images, overlaid
from peakwright.app.tofsims.regions import mask_of, outline_of
from peakwright.app.tofsims.state import Shown, curves_of, ends_of, recipe_of
from peakwright.jobs.tofsims.profile import ProfileJob
from references.words import InputError
from tofsims import Raster
from tofsims.recipe import Recipe

RASTER = Raster(width=20, height=16)


@pytest.fixture(scope="module")
def registry():
    return references.load()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    run = tofsims.example(side=20, scans=40)
    return tofsims.write_itm(tmp_path_factory.mktemp("events") / "layer.itm", run)


@pytest.fixture(scope="module")
def held(file, registry):
    return opening.measurement_of(file, Recipe(), registry)


@pytest.fixture(scope="module")
def recipe(held):
    return opening.recipe_with_ions(Recipe(ions=("Cl-", "GaCl-", "O-")), held)


@pytest.fixture(scope="module")
def images(held, recipe, registry):
    return held.make_images(recipe, registry)


@pytest.fixture(scope="module")
def found(file, recipe, registry):
    return ProfileJob(recipe=recipe).run(file, registry).result


@pytest.fixture
def cube():
    counts = np.random.default_rng(1).poisson(0.5, (2, 9, 16, 20)).astype(np.uint16)
    return tofsims.ion_cube(["Cl-", "S-"], counts, shots=4)


def test_one_is_not_told_as_several(registry):
    cube = tofsims.ion_cube(["Cl-"], np.ones((1, 1, 4, 6)), shots=1)
    reading = SimpleNamespace(runs=(), cubes=(cube,), profiles=(), format="cube")
    held = opening.Measurement(path=Path("x"), reading=reading, offered=(), seen=())
    assert held.sentence == "images of 1 ion, 1 scan of 6 x 4 pixels"


@pytest.mark.parametrize(
    ("off", "said"),
    [
        ((0.02, -0.04), "2 ions, all within 0.1 ppm of their masses"),
        ((0.02, -3.14), "2 ions, the farthest from its mass S- (-3.1 ppm)"),
        ((math.nan,), "1 ion, Cl-"),
    ],
)
def test_distances_from_masses_are_told_where_there_are_some(off, said):
    anchors = [
        SimpleNamespace(ion=name, mz=35.0, left_out_ppm=ppm)
        for name, ppm in zip(("Cl-", "S-"), off, strict=False)
    ]
    made = SimpleNamespace(anchors=anchors, fwhm=lambda _: 0.005)
    assert state.mass_sentence(made).endswith(f"mass scale by {said}")


# Images


def test_the_image_of_all_scans_is_the_sum_of_the_images_of_each(images):
    whole = images.summed("Cl-", 0, images.steps)
    assert whole.shape == (20, 20)
    np.testing.assert_array_equal(
        whole, sum(images.summed("Cl-", i, i + 1) for i in range(images.steps))
    )


def test_an_image_sums_to_the_profile_of_its_scan(images, found):
    assert images.summed("GaCl-", 7, 8).sum() == found.profile["counts"].values[1, 7]


def test_pixels_that_were_not_measured_have_no_count(cube):
    measured = np.ones((16, 20), dtype=bool)
    measured[3, 4] = False
    image = Images.of_cube(cube.assign(measured=(("y", "x"), measured))).summed("Cl-", 0, 9)
    assert np.argwhere(np.isnan(image)).tolist() == [[3, 4]]


def test_a_cube_on_the_disk_is_read_only_where_it_is_looked_at(cube):
    dask = pytest.importorskip("dask.array")
    taken = []

    def read(block, block_info=None):
        taken.append(block_info[0]["array-location"])
        return block

    lazy = dask.from_array(cube["counts"].values, chunks=(1, 3, 16, 20)).map_blocks(
        read, dtype=np.uint16
    )
    made = Images.of_cube(cube.assign(counts=(("ion", "scan", "y", "x"), lazy)))
    taken.clear()
    image = made.summed("S-", 4, 5)
    np.testing.assert_array_equal(image, cube["counts"].values[1, 4])
    assert [location[:2] for location in taken] == [[(1, 2), (3, 6)]]
    made.summed("S-", 4, 5)
    assert len(taken) == 1


def test_what_is_too_large_is_looked_at_in_slices(held, recipe, registry, images, monkeypatch):
    monkeypatch.setattr(opening, "LARGEST", 1000)
    thick = held.make_images(recipe, registry)
    assert thick.cube is None
    assert thick.word == "slice"
    assert 1 < thick.steps < images.steps
    np.testing.assert_array_equal(
        thick.summed("Cl-", 0, thick.steps), images.summed("Cl-", 0, images.steps)
    )
    assert thick.profile(np.ones((20, 20), dtype=bool)) is None


def test_images_are_made_again_only_where_they_would_differ(held, recipe, registry):
    made = held.make_images(recipe, registry)
    assert held.images_of(recipe.model_copy(update={"region": "0,0,4,4"})) is made
    assert held.images_of(recipe.model_copy(update={"margin_percent": 2.0})) is made
    assert held.images_of(recipe.model_copy(update={"ions": ("Cl-",)})) is None


def test_a_place_is_said_in_scans_and_seconds(images):
    assert images.place(0, 1) == "scan 1, 15 s"
    assert images.place(1, 4) == "scans 2 to 4, 30 to 60 s"
    assert images.nearest(31.0) == 1


def test_a_place_without_times_has_no_seconds(cube):
    assert Images.of_cube(cube).place(0, 2) == "scans 1 to 2"


def test_the_pixels_of_an_overlay_have_the_colours_of_their_ions():
    bright, dark = np.array([[4.0, 0.0]]), np.array([[0.0, 0.0]])
    assert overlaid([bright, dark, None]).tolist() == [[0xFF6040FF, 0xFF000000]]
    assert overlaid([None, None, None]).shape == (1, 1)


# Regions


@pytest.mark.parametrize("text", ["2,3,9,8", "disc:10,8,4.5", "polygon:2,2,12,3,7,13"])
def test_a_region_holds_the_pixels_within_its_outline(text):
    inside = mask_of(text, RASTER)
    xs, ys = outline_of(text)
    rows, columns = np.nonzero(inside)
    assert inside.sum() > 20
    assert min(xs) <= columns.min() + 0.5 < columns.max() + 0.5 <= max(xs)
    assert min(ys) <= rows.min() + 0.5 < rows.max() + 0.5 <= max(ys)


def test_no_region_is_the_whole_field():
    assert mask_of("", RASTER) is None
    assert outline_of("") == ([], [])


@pytest.mark.parametrize(
    "text", ["1,2,3", "9,9,2,2", "disc:1,2", "disc:500,500,2", "mask:/etc/passwd", "star:1,2,3"]
)
def test_what_is_no_region_is_refused_in_a_sentence_for_a_page(text):
    with pytest.raises(InputError) as refused:
        mask_of(text, RASTER)
    assert "--" not in str(refused.value)


# Profiles


def test_a_logarithmic_curve_has_gaps_where_nothing_was_counted():
    profile = tofsims.depth_profile(["Cl-"], [[0.0, 10.0, 100.0]], shots=1e6)
    (curve,) = curves_of(profile, Shown(scale="log"))
    np.testing.assert_allclose(curve.y, [np.nan, 1.0, 2.0])
    assert curve.low[1] < curve.y[1] < curve.high[1]


def test_curves_over_their_maximum_end_at_one(found):
    for curve in curves_of(found.shown, Shown(scale="linear", level="maximum")):
        assert curve.y.max() == pytest.approx(1.0)


def test_a_band_is_one_standard_uncertainty(found):
    curve = curves_of(found.shown, Shown(scale="linear"))[0]
    np.testing.assert_allclose(curve.high - curve.y, found.shown["u"].values[0])
    np.testing.assert_allclose(curve.y - curve.low, found.shown["u"].values[0])


def test_what_is_saturated_is_marked():
    profile = tofsims.depth_profile(["Cl-"], [[5.0, 5.0]], counts=[[5, 10]], shots=10)
    (curve,) = curves_of(profile, Shown(scale="linear"))
    assert np.isfinite(curve.limit).tolist() == [False, True]


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_axis_holds_all_that_is_drawn(found, scale):
    shown = Shown(scale=scale)
    curves = curves_of(found.shown, shown)
    low, high = ends_of(curves, shown)
    for curve in curves:
        assert low <= np.nanmin(curve.y)
        assert np.nanmax(curve.high) <= high


def test_no_two_of_twenty_ions_look_alike():
    assert len({(color_of(i), tuple(dash_of(i))) for i in range(20)}) == 20


# Words


def test_each_ion_has_its_verdicts_and_its_sentence(found):
    rows = state.trend_rows(found)
    assert [row["ion"] for row in rows] == ["Cl-", "GaCl-", "O-"]
    for row, trend, field in zip(rows, found.trends, found.fields, strict=True):
        assert (row["along"], row["across"]) == (str(trend.verdict), str(field.verdict))
        assert trend.sentence() in row["sentence"]
        assert field.sentence() in row["sentence"]


def test_the_mass_resolution_is_said_and_so_is_that_it_is_not_known(found):
    assert "m/Δm" in state.mass_sentence(found.calibration)
    assert "not known" in state.mass_sentence(None)


# What is asked


def test_the_ions_of_events_are_those_of_the_library_that_have_peaks(held, registry):
    assert {"Cl-", "S-", "O-", "InCl-"} <= set(held.seen) <= {one.key for one in registry.ions}
    assert len(held.seen) <= state.MOST


def test_an_export_offers_what_it_holds_and_has_no_images(data_dir, registry):
    path = data_dir / "tofsims/surfacelab_profiles/I231114p_A_MAPI_025s-LC_neg-8 - NF.txt"
    held = opening.measurement_of(path, Recipe(), registry)
    assert {"F-", "Cl-", "PbI3-"} <= set(held.seen) <= set(held.offered)
    assert not held.has_images
    assert "no images" in held.sentence


def test_a_file_of_spectra_alone_is_refused_in_a_sentence(data_dir, registry):
    path = data_dir / "tofsims/surfacelab_spectra/N_Ru-Rh_Bi1_2.txt"
    with pytest.raises(InputError, match="no depth profile"):
        opening.measurement_of(path, Recipe(), registry)


def test_a_recipe_of_what_is_no_ion_is_refused(held):
    with pytest.raises(InputError, match="recipe"):
        opening.recipe_with_ions(Recipe(ions=("<img>",)), held)


GIVEN = {
    "ions": ["Cl-", "S-"],
    "elements": "",
    "normalise": "",
    "window": "",
    "margin": 5.0,
    "region": "",
    "half_width": None,
}


def test_what_is_chosen_becomes_the_recipe_and_the_rest_of_it_stays():
    before = Recipe(shots=4, background="local")
    chosen = {"window": "20, 600", "region": "disc: 10,8,4", "elements": "Li,Cl", "margin": 2.0}
    made = recipe_of(before, **(GIVEN | chosen))
    assert made.window_s == (20.0, 600.0)
    assert made.region == "disc:10,8,4"
    assert made.elements == ("Li", "Cl")
    assert (made.margin_percent, made.shots, made.background) == (2.0, 4, "local")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ions": []}, "choose the ions"),
        ({"window": "600,20"}, "should rise"),
        ({"window": "soon"}, "two|2 numbers"),
        ({"margin": None}, "margin"),
        ({"margin": 0.0}, "margin"),
        ({"elements": "Xx"}, "Xx"),
    ],
)
def test_what_cannot_be_is_refused(wrong, said):
    with pytest.raises(InputError, match=said):
        recipe_of(Recipe(), **(GIVEN | wrong))
