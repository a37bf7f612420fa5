"""Profiles of cubes: what the events gave, with the shots of the pixels that were summed."""

from __future__ import annotations

import numpy as np
import pytest

from references.words import InputError
from tofsims import ion_cube
from tofsims.counting import corrected
from tofsims.cubeprofile import profile_of_cube


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
    assert "not known" in made.attrs["before_from"]


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
