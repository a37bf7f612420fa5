"""Divided by a reference: by what, at which level, and what cannot be said then."""

from __future__ import annotations

import numpy as np
import pytest

import tofsims
from references.words import InputError
from tofsims import check, depth_profile, with_shots
from tofsims.counting import corrected
from tofsims.profile import left_out, normalised

FOLDER = "tofsims/surfacelab_profiles"
A = "I231114p_A_MAPI_025s-LC_neg-8 - NF.txt"


def made(points=40, dose=None, names=("Cl-", "S-")):
    generator = np.random.default_rng(2)
    k = generator.binomial(16384, 0.2, (len(names), points))
    times = np.arange(1.0, points + 1)
    return depth_profile(names, corrected(k, 16384), sputter_time=times, shots=16384, dose=dose)


def test_the_reference_is_told():
    profile = made()
    shown = normalised(profile, profile, "S-")
    y, u = profile["corrected"].values[1], profile["u"].values[1]
    assert shown.coords["reference_mean"].item() == pytest.approx(y.mean())
    assert shown.coords["reference_mean_u"].item() == pytest.approx(np.sqrt(np.mean(u**2) / 40))
    # What was taken out can be taken out of two measurements: the level over the reference.
    level = shown["corrected"].values[0] / shown.coords["reference_mean"].item()
    np.testing.assert_allclose(level, profile["corrected"].values[0] / y)


def test_a_reference_is_not_judged_by_itself():
    profile = made()
    found = check(profile, normalise="S-", window=(1, 40))
    assert [one.ion for one in found.trends] == ["Cl-"]
    assert "sims_reference_left_out" in {f.rule for f in found.findings}
    with pytest.raises(InputError, match="S- divided by itself says nothing"):
        check(profile, ["S-"], normalise="S-")


def test_what_errs_alike_is_divided_too():
    profile = made()
    common = profile["u"] * 0.5
    shown = normalised(profile.assign(u_common=common), profile.assign(u_common=common), "S-")
    share = shown["corrected"].values[0] / profile["corrected"].values[0]
    np.testing.assert_allclose(shown["u_common"].values[0], share * common.values[0])


@pytest.mark.parametrize(("first", "left"), [(1000.0, 0), (2.7, 1), (5000.0, 1)])
def test_the_first_point_counts_only_with_a_dose_of_its_own(first, left):
    profile = made(dose=first + 1000.0 * np.arange(40))
    shown = normalised(profile, profile, "dose")
    assert shown.sizes["scan"] == 40 - left
    assert shown.coords["reference_mean"].item() == 1000.0
    assert [f.rule for f in left_out(profile, shown)] == ["sims_first_point_left_out"] * left
    found = check(profile, normalise="dose")
    assert len(found.to_dict()["sputter_time_s"]) == len(found.to_dict()["ions"][0]["corrected"])


def test_one_point_has_no_dose_beside_another():
    profile = made(points=1, dose=[1000.0])
    with pytest.raises(InputError, match="one data point has no dose"):
        normalised(profile, profile, "dose")


def test_the_first_point_of_a_real_export_came_before_any_sputtering(data_dir):
    profile = tofsims.read(data_dir / FOLDER / A).profiles[0]
    shown = normalised(profile, profile, "dose")
    assert shown["scan"].values[0] == profile["scan"].values[1]
    # As many ions in each quarter of a second, within 2 %.
    assert shown.coords["reference_mean"].item() == pytest.approx(3.0945e9, rel=0.02)


def test_shots_that_the_digits_deny_are_refused(data_dir):
    profile = tofsims.read(data_dir / FOLDER / A).profiles[0]
    with pytest.raises(InputError, match="the digits of the export says 16384: leave them out"):
        with_shots(profile, 1_000_000)
    assert with_shots(profile, 16384)["shots"].values[0] == 16384


def test_shots_of_a_profile_that_tells_none_are_taken():
    profile = depth_profile(["Cl-"], [[100.0, 120.0]])
    assert np.isfinite(with_shots(profile, 16384)["u"]).all()
