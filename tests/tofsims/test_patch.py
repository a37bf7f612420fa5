"""A region that is cut out first has the profile that it has in the whole cube."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tofsims import Raster, ion_cube, profile_of_cube
from tofsims.patch import profile_of_patch
from tofsims.profile import ProfileError
from tofsims.region import disc, rectangle

RASTER = Raster(width=12, height=10)


@pytest.fixture
def cube():
    counts = np.random.default_rng(3).poisson(0.4, (2, 7, 10, 12)).astype(np.uint16)
    return ion_cube(["Cl-", "S-"], counts, shots=4)


@pytest.mark.parametrize(
    "inside", [disc(RASTER, 5.0, 5.0, 3.0), rectangle(RASTER, 0, 0, 12, 10)], ids=["disc", "all"]
)
def test_it_is_the_profile_of_the_whole_cube_with_the_region(cube, inside):
    xr.testing.assert_identical(profile_of_patch(cube, inside), profile_of_cube(cube, inside))


def test_it_is_so_of_what_is_lazy(cube):
    inside = disc(RASTER, 4.0, 6.0, 2.5)
    xr.testing.assert_equal(
        profile_of_patch(cube.chunk({"scan": 3}), inside), profile_of_cube(cube, inside)
    )


def test_pixels_that_were_not_measured_are_left_out(cube):
    counts = cube["counts"].astype(float)
    counts[:, :, 5, 5] = np.nan
    holed = cube.assign(counts=counts)
    inside = disc(RASTER, 5.5, 5.5, 3.0)
    xr.testing.assert_equal(profile_of_patch(holed, inside), profile_of_cube(holed, inside))


@pytest.mark.parametrize("inside", [np.zeros((10, 12), dtype=bool), np.ones((3, 3), dtype=bool)])
def test_what_is_no_region_is_refused(cube, inside):
    with pytest.raises(ProfileError, match="region"):
        profile_of_patch(cube, inside)
