"""Slices of events and of cubes: the same counts, and what they say of the field."""

from __future__ import annotations

import numpy as np
import pytest

from references.ion import ion
from tofsims import check, profile_of_cube, reduce_events, thick
from tofsims.example import example
from tofsims.region import disc
from tofsims.slices import slices_of_cube

NAMES = ("Cl-", "GaCl-", "PS-")
IONS = [ion(name) for name in NAMES]
ANCHORS = [ion(name) for name in ("Li-", "S-", "Cl-", "PS2-", "PS3-")]


@pytest.fixture(scope="module")
def made():
    return reduce_events(example(side=64, scans=80), IONS, anchors=ANCHORS, with_cube=True)


def test_slices_of_a_cube_are_those_of_its_events(made):
    cube = made.counted.cube
    again = slices_of_cube(cube, profile_of_cube(cube))
    np.testing.assert_array_equal(again.counts, made.slices.counts)
    np.testing.assert_array_equal(again.shots, made.slices.shots)
    np.testing.assert_array_equal(again.last, made.slices.last)
    assert again.ions == NAMES


def test_a_window_has_the_slices_that_lie_in_it(made):
    held = made.slices.within(100.0, 400.0)
    assert held.first.min() >= 100.0
    assert held.last.max() <= 400.0
    assert held.counts.shape[1] == held.shots.size < made.slices.shots.size


def test_the_buried_disc_of_the_example_is_found(made):
    found = check(made.profile, NAMES, window=(60.0, 600.0), slices=made.slices)
    verdicts = {one.ion: str(one.verdict) for one in found.fields}
    assert verdicts == {"Cl-": "even", "GaCl-": "uneven", "PS-": "even"}
    assert [one.subject for one in found.findings if one.rule == "sims_uneven"] == ["GaCl-"]
    assert [one["ion"] for one in found.to_dict()["field"]] == list(NAMES)


def test_a_region_is_judged_alone(made):
    run = example(side=64, scans=40)
    inside = disc(run.raster, 38.4, 28.8, 13.0)
    part = reduce_events(run, IONS, anchors=ANCHORS, inside=inside)
    assert np.isnan(part.slices.counts).sum() == (~inside).sum() * 3 * part.slices.shots.size
    found = check(part.profile, NAMES, window=(60.0, 600.0), slices=part.slices)
    # The disc alone holds what is inside it evenly.
    assert all(str(one.verdict) != "uneven" for one in found.fields)


def test_what_has_no_images_has_no_field(made):
    assert check(made.profile, NAMES, window=(60.0, 600.0)).fields == ()


def test_few_slices_lose_little_to_a_cut_start(monkeypatch, made):
    # As a field so large that memory holds four.
    monkeypatch.setattr(thick, "LARGEST", 1)
    part = slices_of_cube(made.counted.cube, made.profile)
    assert part.shots.size == 4
    total = part.shots.sum()
    assert part.within(part.first[0] + 0.1, np.inf).shots.sum() >= 0.84 * total


def test_where_no_slice_lies_in_the_window_that_is_said(made):
    x = made.profile["sputter_time"].values
    (one,) = made.slices.of(["Cl-"]).within(x[3], x[3]).fields(5.0)
    assert str(one.verdict) == "undecided"
    assert "no thick slice of scans lies wholly in the window" in one.sentence()


def test_slices_grow_wider_where_two_bytes_do_not_hold_them():
    held = thick.Thick((1, 2, 1, 1))
    for _ in range(3):
        held.add(1, np.full((1, 1, 1), 40_000, dtype=np.uint32))
    assert held.counts[0, :, 0, 0].tolist() == [0, 120_000]
