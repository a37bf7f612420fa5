"""Profiles of cubes: what the events gave, with the shots of the pixels that were summed."""

from __future__ import annotations

import numpy as np
import pytest

from references.ion import ion
from references.words import InputError
from tofsims import MassScale, Raster, ion_cube, ion_events, reduce_events
from tofsims.counting import corrected
from tofsims.cubeprofile import findings_of_cube, profile_of_cube
from tofsims.example import _awake


def cube_of(counts, **more):
    return ion_cube(["Cl-", "S-"], counts, **{"shots": 20, "polarity": "negative"} | more)


@pytest.fixture
def counts(rng):
    return rng.binomial(20, 0.05, (2, 70, 8, 6)).astype(np.uint16)


def test_the_field_is_summed_and_corrected(counts):
    made = profile_of_cube(
        cube_of(counts, sputter_time=np.arange(1.0, 71.0), window=[(34.9, 35.1), (31.9, 32.1)])
    )
    k = counts.sum(axis=(2, 3))
    np.testing.assert_array_equal(made["counts"].values, k)
    np.testing.assert_allclose(made["corrected"].values, corrected(k, 20 * 48))
    assert made["mz"].values == pytest.approx([35.0, 32.0])
    assert made.attrs["polarity"] == "negative"
    assert [one.rule for one in findings_of_cube(made)] == ["sims_before_unknown"]


def test_a_region_has_its_own_shots(counts):
    inside = np.zeros((8, 6), dtype=bool)
    inside[2:5, 1:3] = True
    made = profile_of_cube(cube_of(counts), inside)
    np.testing.assert_array_equal(made["counts"].values, counts[:, :, 2:5, 1:3].sum(axis=(2, 3)))
    assert set(made["shots"].values) == {120.0}


def test_what_was_not_measured_is_in_neither(counts):
    holed = counts.astype(float)
    holed[:, 3, :4] = np.nan
    holed[:, 5] = np.nan
    made = profile_of_cube(cube_of(holed))
    assert made["scan"].values.tolist() == [i + 1 for i in range(70) if i != 5]
    assert made["shots"].values[3] == 20 * 24
    assert made["counts"].values[0, 3] == counts[0, 3, 4:].sum()
    holed[0, 7, 0, 0] = np.nan
    with pytest.raises(InputError, match="different pixels"):
        profile_of_cube(cube_of(holed))


def test_large_counts_do_not_run_over():
    made = profile_of_cube(cube_of(np.full((2, 1, 8, 6), 60000, dtype=np.uint16), shots=None))
    assert made["counts"].values[0, 0] == 60000 * 48
    assert np.isnan(made["u"].values).all()


def test_what_cannot_be_summed_is_refused(counts):
    with pytest.raises(InputError, match="some of 6 x 8 pixels"):
        profile_of_cube(cube_of(counts), np.ones((6, 8), dtype=bool))
    with pytest.raises(InputError, match="0 marked"):
        profile_of_cube(cube_of(counts), np.zeros((8, 6), dtype=bool))
    with pytest.raises(InputError, match="the number of shots"):
        profile_of_cube(cube_of(counts + 30))
    with pytest.raises(InputError, match="nothing was measured"):
        profile_of_cube(cube_of(np.full((2, 3, 8, 6), np.nan)))


SCALE = MassScale(sf=32194.0, k0=-402.0)
OFTEN = {"O-": 0.3, "S-": 0.8, "O2-": 0.5, "Cl-": 0.3, "PS3-": 0.2}
"""Ions a shot; O2- comes within the dead time behind S-."""


def crowded(scans, side=8, shots=20):
    """Events of shots that are dead for 65 ns after each ion."""
    draw = np.random.default_rng(5)
    made = []
    for _ in range(scans):
        shot, channel = [], []
        for name, often in OFTEN.items():
            hit = np.repeat(np.arange(side**2 * shots), draw.poisson(often, side**2 * shots))
            shot.append(hit)
            channel.append(SCALE.channel(ion(name).mz) + 2.6 * draw.standard_normal(hit.size))
        shot, channel = np.concatenate(shot), np.round(np.concatenate(channel)).astype(np.int64)
        order = np.lexsort((channel, shot))
        shot, channel = shot[order], channel[order]
        kept = _awake(shot, channel)
        made.append((shot[kept] // shots, channel[kept]))
    return ion_events(
        made, raster=Raster(width=side, height=side, shots=shots), scale=SCALE,
        polarity="negative", channels=400_000, channel_ps=50.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def behind():
    ions = [ion(name) for name in OFTEN]
    return reduce_events(crowded(20), ions, anchors=ions, with_cube=True)


def test_the_field_has_what_the_events_told(behind):
    cube = behind.counted.cube
    made = profile_of_cube(cube)
    np.testing.assert_array_equal(made["corrected"].values, behind.profile["corrected"].values)
    np.testing.assert_array_equal(made["u"].values, behind.profile["u"].values)
    np.testing.assert_array_equal(made["saturation"].values, behind.profile["saturation"].values)
    assert made["corrected"].sel(ion="O2-").values.mean() == pytest.approx(0.5 * 1280, rel=0.03)
    assert findings_of_cube(made) == []


def test_a_region_is_corrected_by_what_came_before_on_the_field(behind):
    cube = behind.counted.cube
    inside = np.zeros((8, 8), dtype=bool)
    inside[:, :4] = True
    made = profile_of_cube(cube, inside)
    assert made["corrected"].sel(ion="O2-").values.mean() == pytest.approx(0.5 * 640, rel=0.05)
    assert [one.rule for one in findings_of_cube(made)] == ["sims_before_scaled"]


@pytest.mark.parametrize("cut", [{"x": slice(0, 4)}, {"scan": slice(0, 10)}])
def test_a_part_of_a_cube_is_not_taken_for_the_whole(behind, cut):
    cube = behind.counted.cube.isel(cut)
    made = profile_of_cube(cube)
    per_scan = 20.0 * cube.sizes["x"] * cube.sizes["y"]
    assert set(made["shots"].values) == {per_scan}
    level = made["corrected"].sel(ion="O-").values.mean()
    assert level == pytest.approx(0.3 * per_scan, rel=0.05)


def test_other_shots_are_not_those_of_the_events(behind):
    cube = behind.counted.cube.assign_coords(shots=40.0)
    made = profile_of_cube(cube)
    k = cube["counts"].sum(("y", "x")).sel(ion="O-").values
    np.testing.assert_allclose(made["corrected"].sel(ion="O-").values, corrected(k, 40 * 64))
    assert [one.rule for one in findings_of_cube(made)] == ["sims_before_scaled"]


def test_pixels_outside_of_what_was_measured_are_no_zeros(counts):
    measured = np.zeros((8, 6), dtype=bool)
    measured[2:5, 1:3] = True
    made = profile_of_cube(cube_of(counts, measured=measured))
    np.testing.assert_array_equal(made["counts"].values, counts[:, :, 2:5, 1:3].sum(axis=(2, 3)))
    assert set(made["shots"].values) == {120.0}
    with pytest.raises(InputError, match="nothing was measured"):
        profile_of_cube(cube_of(counts, measured=measured), ~measured)
    with pytest.raises(InputError, match="6 x 8 pixels"):
        cube_of(counts, measured=measured.T)


def test_what_came_before_elsewhere_is_no_guide_where_there_is_no_room_for_it(behind):
    cube = behind.counted.cube
    crowd = cube["counts"].copy(data=np.zeros_like(cube["counts"].values))
    # Nearly every shot saw each ion: there is no room for what came before on the field's mean.
    crowd[..., :4] = 19
    made = profile_of_cube(cube.assign(counts=crowd), np.arange(8)[None] < 4 + np.zeros((8, 1)))
    assert [one.rule for one in findings_of_cube(made)] == ["sims_before_unknown"]
    np.testing.assert_allclose(made["corrected"].values, corrected(19 * 32, 20 * 32))


def test_where_every_shot_saw_an_ion_there_is_a_lower_limit():
    made = profile_of_cube(cube_of(np.full((2, 3, 4, 4), 20, dtype=np.uint16)))
    assert np.isfinite(made["corrected"].values).all()
    assert np.isnan(made["u"].values).all()
    assert set(made["saturation"].values.ravel()) == {2}
