"""Counting: dead time, its variance, and the number of shots told by digits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tofsims
from references.words import InputError
from tofsims.counting import (
    Saturation,
    corrected,
    corrected_histogram,
    infer_shots,
    registered,
    saturation,
    variance,
    whole_counts,
)

A = "surfacelab_profiles/I231114p_A_MAPI_025s-LC_neg-8 - NF.txt"
B = "surfacelab_profiles/I240416f_B_MAPI_1f_pos-B1 - NF.txt"
B_REGION = "surfacelab_profiles/I240416f_B_MAPI_1f_pos-B1 - NF - with-lat-ROI.txt"
C = "surfacelab_profiles/I241209zb_C_MAPI-dev_1f-1nA_neg-B3 - NF.txt"


def printed(values):
    return np.array([float(f"{value:.6g}") for value in np.ravel(values)])


@pytest.fixture(scope="module")
def intensities(data_dir):
    return lambda name: tofsims.read(data_dir / "tofsims" / name).profiles[0]["corrected"].values


# --- the number of shots --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shots", "share", "cells"),
    [(A, 16384, 0.553, 14531), (B, 16384, 0.406, 1248), (B_REGION, 4096, 0.525, 1094), (C, 16384, 0.359, 7577)],
)  # fmt: skip
def test_shots_of_real_exports(intensities, name, shots, share, cells):
    found = infer_shots(intensities(name))
    assert found.number == shots
    assert found.share == pytest.approx(share, abs=0.01)
    assert found.cells == cells
    assert found.runner_up_share < 0.1 * found.share


@pytest.mark.parametrize("name", [A, B, B_REGION, C])
@pytest.mark.parametrize(
    "spoilt",
    [lambda y: 1.01 * y, np.round, lambda y: (y[:, :-2] + y[:, 1:-1] + y[:, 2:]) / 3.0],
    ids=["scaled", "rounded", "smoothed"],
)
def test_what_was_changed_tells_no_shots(intensities, name, spoilt):
    assert infer_shots(printed(spoilt(intensities(name)))).number is None


@settings(max_examples=30)
@given(st.integers(1000, 300_000), st.integers(0, 2**32 - 1))
def test_shots_of_any_number(shots, seed):
    k = np.random.default_rng(seed).integers(5, 480, 400)
    k = k[k < 0.6 * shots]
    found = infer_shots(printed(corrected(k, shots)))
    # The larger, the less six digits hold of it: k^2 / 2N has to be told from its neighbour's.
    assert found.number == pytest.approx(shots, rel=2e-3)


def test_few_cells_tell_nothing():
    assert infer_shots(printed(corrected(np.arange(6, 20), 16384))).number is None


@pytest.mark.parametrize(
    ("name", "ion", "row", "counts"),
    [
        (A, "F-", 248, 2627), (A, "CN-", 1, 2300), (B, "I+", 20, 1179), (B, "Sn+", 21, 518),
        (B_REGION, "SnInO+", 27, 874), (B_REGION, "[204Pb]+", 12, 300), (C, "SnO2-", 157, 2741),
    ],
)  # fmt: skip
def test_counts_behind_printed_intensities(data_dir, name, ion, row, counts):
    profile = tofsims.read(data_dir / "tofsims" / name).profiles[0]
    one = tofsims.of_ion(profile, ion).sel(scan=row)
    assert one["counts"].item() == counts
    assert float(f"{corrected(counts, one['shots']):.6g}") == one["corrected"].item()


@pytest.mark.parametrize(
    ("name", "told", "cells"),
    [(A, 19043, 33594), (B, 1157, 2876), (B_REGION, 1149, 2266), (C, 5916, 14836)],
)
def test_how_many_counts_can_be_told(data_dir, name, told, cells):
    profile = tofsims.read(data_dir / "tofsims" / name).profiles[0]
    seen = profile["corrected"].values > 0.5
    assert seen.sum() == cells
    assert np.isfinite(profile["counts"].values[seen]).sum() == told


def test_counts_with_others_before_them_are_not_told():
    assert np.isnan(whole_counts(printed(corrected(800, 4096, before=900)), 4096)).all()


# --- dead time --------------------------------------------------------------------------------------


@given(
    st.integers(10, 10**6),
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40),
    st.floats(0.0, 0.99),
)
def test_a_peak_within_a_dead_time_is_corrected_as_a_whole(shots, shape, filled):
    peak = np.array(shape) / max(sum(shape), 1e-12) * filled * shots
    parts = corrected_histogram(peak, shots, len(shape)).sum()
    assert parts == pytest.approx(float(corrected(peak.sum(), shots)), rel=1e-12, abs=1e-9)


def test_a_peak_behind_another_is_seen_by_the_shots_that_are_awake():
    histogram = np.zeros(60)
    histogram[10], histogram[40] = 300, 200
    found = corrected_histogram(histogram, 1000, 50)
    assert found[40] == pytest.approx(float(corrected(200, 1000, before=300)))
    assert found[40] == pytest.approx(1000 * np.log(700 / 500))
    # Not behind it, where the dead time is shorter than their distance.
    assert corrected_histogram(histogram, 1000, 29)[40] == pytest.approx(1000 * np.log(1000 / 800))


def test_the_current_channel_is_not_in_its_dead_time():
    assert corrected_histogram([500.0], 1000, 5)[0] == pytest.approx(1000 * np.log(2))


@given(st.integers(2, 10**7), st.floats(0.0, 0.999))
def test_correction_and_its_inverse(shots, share):
    k = share * shots
    assert registered(corrected(k, shots), shots) == pytest.approx(k, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("counts", "before"), [(11, 0), (6, 5), (-1, 0), (1, -1)])
def test_more_counts_than_shots_are_refused(counts, before):
    with pytest.raises(InputError, match="from 0 to the number of shots"):
        corrected(counts, 10, before)


@pytest.mark.parametrize("lam", [0.01, 0.1, 1.0, 2.0, 3.0, 5.0])
def test_the_variance_is_what_repeats_show(lam):
    # 4 % is six standard deviations of a variance of 40 000 repeats.
    shots = 16384
    k = np.random.default_rng(7).binomial(shots, -np.expm1(-lam), 40_000)
    assert np.var(corrected(k, shots)) == pytest.approx(
        float(variance(lam * shots, shots)), rel=0.04
    )


@pytest.mark.parametrize(("first", "second"), [(0.5, 1.0), (1.0, 0.3), (2.0, 1.0)])
def test_the_variance_behind_another_peak(first, second):
    shots, repeats = 16384, 40_000
    generator = np.random.default_rng(11)
    a = generator.binomial(shots, -np.expm1(-first), repeats)
    k = generator.binomial(shots - a, -np.expm1(-second))
    found = corrected(k, shots, a)
    expected = float(variance(second * shots, shots, before=first * shots))
    assert np.var(found) == pytest.approx(expected, rel=0.04)
    assert found.mean() == pytest.approx(second * shots, rel=1e-3)
    # Unbiased and not correlated: a sum of ions adds variances.
    assert abs(np.corrcoef(corrected(a, shots), found)[0, 1]) < 0.03


# --- saturation -------------------------------------------------------------------------------------


def test_saturation_by_the_share_of_shots_with_a_count():
    flags = saturation([9500, 9501, 9930, 9931], 10_000)
    assert [Saturation(f) for f in flags] == [
        Saturation.NONE, Saturation.SATURATING, Saturation.SATURATING, Saturation.LOWER_LIMIT,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "above_95", "above_993"),
    [
        (A, {"[206Pb]I3-", "PbI3-", "I-"}, {"[206Pb]I3-", "PbI3-", "I-"}),
        (B, {"CH3NH3+", "In+"}, {"CH3NH3+", "In+"}),
        (B_REGION, {"CH3NH3+", "In+"}, {"CH3NH3+", "In+"}),
        (
            C,
            {"O-", "[206Pb]I3-", "PbI3-", "F-", "CN-", "InO2-", "I-"},
            {"[206Pb]I3-", "PbI3-", "CN-", "I-"},
        ),
    ],
)
def test_saturated_ions_of_real_exports(data_dir, name, above_95, above_993):
    profile = tofsims.read(data_dir / "tofsims" / name).profiles[0]
    worst = profile["saturation"].max("scan")
    names = profile["ion"].values
    assert set(names[worst.values >= Saturation.SATURATING]) == above_95
    assert set(names[worst.values >= Saturation.LOWER_LIMIT]) == above_993
