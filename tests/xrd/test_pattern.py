"""The powder pattern: what it holds, and what is refused with which sentence."""

from __future__ import annotations

import numpy as np
import pytest

import xrd
from references.words import InputError
from xrd.pattern import ATTENUATION, PatternError

X, N = [20.0, 20.02, 20.04], [5, 9, 7]


def test_counts_are_kept_with_their_angles_and_times():
    made = xrd.pattern(X, N, counting_time=3.0, wavelength=1.54, radius_mm=173.0, sample="a")
    assert made["counts"].values.tolist() == [5.0, 9.0, 7.0]
    assert made["two_theta"].values.tolist() == X
    assert {name: float(made[name]) for name in ("counting_time", "wavelength", "radius_mm")} == {
        "counting_time": 3.0,
        "wavelength": 1.54,
        "radius_mm": 173.0,
    }
    assert made.attrs["noise"] == "Poisson counts"
    assert made.attrs["sample"] == "a"
    assert {made[n].attrs["units"] for n in ("two_theta", "counts", "wavelength")} == {
        "degrees",
        "counts",
        "Angstrom",
    }


def test_what_is_not_known_is_nan():
    made = xrd.pattern(X, N)
    for name in ("counting_time", "wavelength", "wavelength_alpha2", "alpha2_ratio", "radius_mm"):
        assert np.isnan(made[name])


@pytest.mark.parametrize(("u", "noise"), [(None, "unknown"), ([1.0, 2.0, 1.5], "stated")])
def test_an_intensity_says_what_is_known_of_its_noise(u, noise):
    made = xrd.pattern(X, intensity=[0.5, -0.1, 2.5], u=u, intensity_unit="counts/s")
    assert made.attrs["noise"] == noise
    assert ("u" in made) == (u is not None)
    assert made["intensity"].attrs["units"] == "counts/s"


def test_exposure_turns_a_rate_into_expected_counts():
    """100 counts a second, half of the points for two seconds behind an absorber of 8."""
    time, factor = np.array([1.0, 2.0, 2.0]), np.array([1.0, 8.0, 8.0])
    made = xrd.pattern(
        X, [100, 25, 25], counting_time=time, attenuation_factor=factor, attenuation="applied by us"
    )
    np.testing.assert_allclose(made["counts"] / xrd.exposure(made), 100.0)


def test_exposure_without_a_time_is_by_the_point():
    assert xrd.exposure(xrd.pattern(X, N)).tolist() == [1.0, 1.0, 1.0]
    rate = xrd.pattern(X, intensity=[0.5, 1.5, 2.5], counting_time=7.0)
    assert xrd.exposure(rate).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"two_theta": X}, "either counts or intensity"),
        ({"two_theta": X, "counts": N, "intensity": N}, "either counts or intensity"),
        ({"two_theta": X, "counts": N, "u": N}, "counts have the noise of counts"),
        ({"two_theta": [20.0], "counts": [5]}, "at least two points, not 1; give a scan"),
        ({"two_theta": [], "counts": []}, "at least two points, not 0"),
        ({"two_theta": [20, 20, 21], "counts": N}, r"angle 20 comes twice \(points 1 and 2\)"),
        ({"two_theta": [20, 22, 21], "counts": N}, r"but 21 follows 22 \(point 3\); sort them"),
        ({"two_theta": [2000, 2002, 2004], "counts": N}, "not centidegrees"),
        ({"two_theta": [20, np.nan, 21], "counts": N}, "angles should be finite; value 2 is nan"),
        ({"two_theta": X, "counts": [5, np.nan, 7]}, "counts should be finite; value 2 is nan"),
        (
            {"two_theta": X, "counts": [5, -1, 7]},
            "-1 occurs at 20.02 degrees; give such data as int",
        ),
        ({"two_theta": X, "counts": [5, 1.5, 7]}, "whole numbers, but 1.5 occurs at 20.02 degrees"),
        ({"two_theta": X, "counts": [0, 0, 0]}, "nothing was counted"),
        ({"two_theta": X, "counts": [5, 9]}, "counts should have 3 values like the angles, not 2"),
        ({"two_theta": X, "counts": [[5, 9, 7]]}, "one-dimensional"),
        ({"two_theta": X, "counts": ["a", "b", "c"]}, "counts should be numbers"),
        ({"two_theta": X, "intensity": [1, 2, 1e40]}, "which no measurement does"),
        (
            {"two_theta": X, "intensity": N, "u": [1, 0, 1]},
            "u should be above zero, but is 0 at 20.02",
        ),
        ({"two_theta": X, "intensity": N, "u": [1, -1, 1]}, "would weigh without limit"),
        ({"two_theta": X, "intensity": N, "u": [1, np.nan, 1]}, "u should be finite"),
        ({"two_theta": X, "counts": N, "counting_time": 0.0}, "counting time should be above zero"),
        (
            {"two_theta": X, "counts": N, "counting_time": [1, 0, 1]},
            "counting time should be above",
        ),
        (
            {"two_theta": X, "counts": N, "attenuation_factor": [1, 0, 1]},
            "attenuation should be abo",
        ),
        ({"two_theta": X, "counts": N, "attenuation": "maybe"}, "attenuation should be one of"),
        (
            {"two_theta": X, "counts": N, "wavelength": 154.06},
            "in Angstrom, from 0.01 to 10, not 154",
        ),
        ({"two_theta": X, "counts": N, "wavelength_alpha2": 0.0}, "in Angstrom"),
        ({"two_theta": X, "counts": N, "radius_mm": -1.0}, "radius_mm should be above zero"),
    ],
)
def test_what_is_no_pattern_is_refused_with_a_sentence(arguments, message):
    with pytest.raises(PatternError, match=message) as caught:
        xrd.pattern(**arguments)
    assert isinstance(caught.value, InputError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", ATTENUATION)
def test_each_case_of_attenuation_is_kept(case):
    assert xrd.pattern(X, N, attenuation=case).attrs["attenuation"] == case
