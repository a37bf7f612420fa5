"""Real files: each number read off the file itself, or agreed in the notes on its format."""

from __future__ import annotations

import numpy as np
import pytest

import xrd

FOLDER = "xrd/patterns"

# name: points, first and last angle, usual step, largest value and where, sum
SHAPES = {
    "formats/panalytical_powder.xrdml": (5027, 4.006565, 69.999366, 0.0131303, 100168, 26.617, 3643728),
    "formats/panalytical_attenuator.xrdml": (1800, 26.025, 79.995, 0.03, 14602, 66.075, 65529),
    "formats/rigaku_nims.ras": (3501, 25.0, 60.0, 0.01, 4551, 28.40, 120695),
    "formats/rigaku_powder.rasx": (2726, 10.0, 119.0, 0.04, 1698.5085, 32.68, 149926.8534),
    "formats/rigaku_zno_counts.rasx": (7001, 20.0, 90.0, 0.01, 234953, 69.14, 6134978),
    "formats/bruker_absorber.brml": (2001, 44.0, 48.0, 0.002, 182114, 45.788, 3579057),
    "formats/bruker_raw4_scrambled.raw": (7134, 10.0, 85.0413, 0.0105203, 11330.5869, 76.8460, 2107237.938),
    "formats/FAP.XRA": (5753, 15.0, 130.04, 0.02, 19693, 31.86, 1827364),
    "formats/nist_srm660c_100a.cif": (5332, 20.3, 150.908, 0.008, 5835, 54.024, 2478583),
    "round_robin/corundum.prn": (7251, 5.0, 150.0, 0.02, 6872, 43.30, 902301),
    "round_robin/fluorite.prn": (7251, 5.0, 150.0, 0.02, 10241, 28.28, 464089),
    "round_robin/zincite.prn": (7251, 5.0, 150.0, 0.02, 25185, 36.26, 1567326),
    "round_robin/cpd-1d.prn": (7251, 5.0, 150.0, 0.02, 7516, 28.28, 763533),
    "round_robin/cpd-1e.prn": (7251, 5.0, 150.0, 0.02, 5491, 28.28, 785928),
    "round_robin/cpd-1f.prn": (7251, 5.0, 150.0, 0.02, 13225, 36.26, 1124657),
    "round_robin/cpd-1g.prn": (7251, 5.0, 150.0, 0.02, 7259, 36.26, 867965),
    "round_robin/cpd-1h.prn": (7251, 5.0, 150.0, 0.02, 6577, 36.28, 845063),
}  # fmt: skip

FIRST = {
    "formats/panalytical_powder.xrdml": [1305, 1310, 1345],
    "formats/rigaku_nims.ras": [13, 7, 12],
    "formats/rigaku_powder.rasx": [170.55354309, 170.54173279, 150.78575134],
    "formats/rigaku_zno_counts.rasx": [253, 265, 260],
    "formats/bruker_absorber.brml": [3, 1, 1],
    "formats/FAP.XRA": [609, 612, 673],
    "formats/nist_srm660c_100a.cif": [38, 21, 24],
    "round_robin/corundum.prn": [182, 176, 176],
}

# name: K-alpha1, K-alpha2, ratio, radius, anode
BEAMS = {
    "formats/panalytical_powder.xrdml": (1.540598, 1.544426, 0.5, 240.0, "Cu"),
    "formats/panalytical_attenuator.xrdml": (1.540598, 1.544426, 0.5, 320.0, "Cu"),
    "formats/rigaku_nims.ras": (1.540593, 1.544414, np.nan, np.nan, "Cu"),
    "formats/rigaku_multiscan.ras": (1.540593, 1.544414, np.nan, np.nan, "Cu"),
    "formats/rigaku_three_column.ras": (0.709319, np.nan, np.nan, np.nan, "Mo"),
    "formats/rigaku_powder.rasx": (1.540593, 1.544414, np.nan, np.nan, "Cu"),
    "formats/bruker_absorber.brml": (1.5406, 1.54439, 0.5, 300.0, "Cu"),
    "formats/bruker_raw4_scrambled.raw": (1.5405999, np.nan, np.nan, np.nan, "Cu"),
    "formats/FAP.XRA": (np.nan, np.nan, np.nan, np.nan, ""),
    "formats/nist_srm660c_100a.cif": (np.nan, np.nan, np.nan, 217.5, "Cu"),
    "round_robin/corundum.prn": (np.nan, np.nan, np.nan, np.nan, ""),
}

# name: attenuation, and whether the noise is that of counts
CASES = {
    "formats/panalytical_powder.xrdml": ("none", True),
    "formats/panalytical_attenuator.xrdml": ("applied by us", True),
    "formats/rigaku_nims.ras": ("none", True),
    "formats/rigaku_three_column.ras": ("reported, not applied", False),
    "formats/rigaku_powder.rasx": ("none", False),
    "formats/rigaku_zno_counts.rasx": ("none", True),
    "formats/bruker_absorber.brml": ("applied in file", True),
    "formats/bruker_raw4_scrambled.raw": ("none", False),
    "formats/FAP.XRA": ("none", True),
    "formats/nist_srm660c_100a.cif": ("none", True),
}


@pytest.fixture(scope="module")
def opened(data_dir):
    """A function that reads a file once."""
    kept = {}

    def get(name):
        if name not in kept:
            kept[name] = xrd.read(data_dir / FOLDER / name)
        return kept[name]

    return get


def _values(made):
    return made["counts" if "counts" in made else "intensity"].values


def _rules(reading):
    return {note.rule for note in reading.notes}


@pytest.mark.parametrize("name", SHAPES)
def test_number_of_points_and_range(opened, name):
    points, first, last, step, *_ = SHAPES[name]
    two_theta = opened(name).patterns[0]["two_theta"].values
    assert two_theta.size == points
    np.testing.assert_allclose(two_theta[[0, -1]], [first, last], atol=2e-5)
    assert np.median(np.diff(two_theta)) == pytest.approx(step, abs=5e-8)


@pytest.mark.parametrize("name", SHAPES)
def test_maximum_and_its_place(opened, name):
    *_, largest, place, _ = SHAPES[name]
    made = opened(name).patterns[0]
    assert _values(made).max() == pytest.approx(largest, rel=1e-7)
    assert float(made["two_theta"][int(_values(made).argmax())]) == pytest.approx(place, abs=1e-3)


@pytest.mark.parametrize("name", SHAPES)
def test_sum(opened, name):
    assert _values(opened(name).patterns[0]).sum() == pytest.approx(SHAPES[name][-1], rel=1e-9)


@pytest.mark.parametrize("name", FIRST)
def test_first_values(opened, name):
    np.testing.assert_allclose(_values(opened(name).patterns[0])[:3], FIRST[name], rtol=1e-9)


@pytest.mark.parametrize("name", BEAMS)
def test_wavelengths_radius_and_anode(opened, name):
    made = opened(name).patterns[0]
    keys = ("wavelength", "wavelength_alpha2", "alpha2_ratio", "radius_mm")
    np.testing.assert_allclose([float(made[k]) for k in keys], BEAMS[name][:4], rtol=1e-7)
    assert made.attrs["anode"] == BEAMS[name][4]
    assert ("no_wavelength" in _rules(opened(name))) == np.isnan(BEAMS[name][0])


@pytest.mark.parametrize("name", CASES)
def test_attenuation_and_noise(opened, name):
    made = opened(name).patterns[0]
    assert made.attrs["attenuation"] == CASES[name][0]
    assert (made.attrs["noise"] == "Poisson counts") == CASES[name][1] == ("counts" in made)


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("formats/panalytical_powder.xrdml", 39.27),
        ("formats/panalytical_attenuator.xrdml", 0.5),
        ("formats/bruker_absorber.brml", 1.0),
        ("formats/bruker_raw4_scrambled.raw", 0.310003),
        ("formats/rigaku_nims.ras", 0.075),  # 0.01 degrees at 8 degrees a minute
        ("formats/rigaku_powder.rasx", 2.4),  # 0.04 at 1
        ("formats/FAP.XRA", np.nan),
    ],
)
def test_counting_time(opened, name, seconds):
    time = opened(name).patterns[0]["counting_time"]
    np.testing.assert_allclose(float(time), seconds, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "axis"),
    [
        ("formats/panalytical_powder.xrdml", "Gonio"),
        ("formats/panalytical_attenuator.xrdml", "2Theta-Omega"),
        ("formats/rigaku_nims.ras", "TwoThetaTheta"),
        ("formats/rigaku_powder.rasx", "TwoTheta"),
        ("formats/bruker_absorber.brml", "2Theta-Omega"),
        ("formats/bruker_raw4_scrambled.raw", "Locked Coupled"),
    ],
)
def test_scan_axis(opened, name, axis):
    assert opened(name).patterns[0].attrs["scan_axis"] == axis


# --- one file's own -------------------------------------------------------------------------------


def test_the_attenuated_point_is_as_high_as_the_file_means(opened):
    """One factor of 188: 1877 counts stand for 352 876, the neighbours for themselves."""
    made = opened("formats/panalytical_attenuator.xrdml").patterns[0]
    at = int(np.argmax(made["attenuation_factor"].values))
    assert float(made["two_theta"][at]) == pytest.approx(66.105)
    assert made["counts"].values[at - 1 : at + 2].tolist() == [14602.0, 1877.0, 13749.0]
    rate = made["counts"].values / xrd.exposure(made)
    assert rate[at] * 0.5 == pytest.approx(352876)
    assert rate[at - 1] * 0.5 == 14602.0


def test_the_absorber_is_not_applied_twice(opened):
    """y = 213600.5 at 45.790 is 25735 counts times 8.3; the pattern's maximum is 495 559.8."""
    made = opened("formats/bruker_absorber.brml").patterns[0]
    factor = made["attenuation_factor"].values
    assert np.sum(factor == 8.3) == 29
    at = int(np.argmin(np.abs(made["two_theta"].values - 45.790)))
    assert made["counts"].values[at] == 25735.0
    as_stored = made["counts"].values / xrd.exposure(made)
    assert as_stored[at] == pytest.approx(213600.5)
    assert as_stored.max() == pytest.approx(495559.8)
    assert float(made["two_theta"][int(as_stored.argmax())]) == pytest.approx(45.82)


def test_a_tilted_sample_is_said(opened):
    (note,) = [n for n in opened("formats/bruker_absorber.brml").notes if n.rule == "theta_offset"]
    assert note.reported == "theta 18.028 at 2 theta 44"
    assert "theta_offset" not in _rules(opened("formats/panalytical_powder.xrdml"))


def test_two_scans_are_two_patterns(opened):
    reading = opened("formats/rigaku_multiscan.ras")
    assert [made.attrs["scan"] for made in reading.patterns] == [
        "Low angle scan",
        "High angle scan",
    ]
    assert [made["two_theta"].values.tolist() for made in reading.patterns] == [
        [10.0, 10.5, 11.0],
        [20.0, 20.5, 21.0],
    ]
    assert {made["intensity"].attrs["units"] for made in reading.patterns} == {"counts/s"}
    assert reading.notes[0].rule == "several_scans"
    assert "0 Low angle scan, 1 High angle scan" in reading.notes[0].message


def test_a_column_of_zeros_multiplies_nothing(opened):
    made = opened("formats/rigaku_three_column.ras").patterns[0]
    assert made["intensity"].values.tolist() == [250.0, 310.5, 480.2, 390.7]
    (note,) = [
        n for n in opened("formats/rigaku_three_column.ras").notes if n.rule == "attenuation"
    ]
    assert note.reported == "0 to 0"


def test_counts_that_are_none_are_said(opened):
    reading = opened("formats/rigaku_powder.rasx")
    assert "not_counts" in _rules(reading)
    made = reading.patterns[0]
    # A 1.2 times wider scatter than counts would have.
    assert 1.0 < float((made["u"] ** 2 / made["intensity"]).median()) < 1.5


def test_scrambled_intensities_are_taken_for_noise_of_one_size(opened):
    made = opened("formats/bruker_raw4_scrambled.raw").patterns[0]
    values = made["intensity"].values
    assert values.min() == pytest.approx(-164.534, abs=1e-3)
    assert np.sum(values == values.min()) == 1069
    assert np.mean(values < 0) == pytest.approx(0.325, abs=5e-4)
    assert np.unique(made["u"].values).size == 1
    assert "negative_counts" in _rules(opened("formats/bruker_raw4_scrambled.raw"))


def test_padding_behind_the_declared_points_is_left_out(opened):
    """5760 fields for 5753 points, of which the last two are zeros as well: kept, and said."""
    reading = opened("formats/FAP.XRA")
    assert reading.patterns[0]["counts"].values[-4:].tolist() == [84.0, 84.0, 0.0, 0.0]
    (note,) = [n for n in reading.notes if n.rule == "ends_in_zeros"]
    assert note.reported == "2 points"


def test_rates_with_weights_are_counts_of_24_stretches(opened):
    reading = opened("formats/nist_srm660c_100a.cif")
    (made,) = reading.patterns
    tau = made["counting_time"].values
    two_theta = made["two_theta"].values
    assert (tau.min(), tau.max(), tau[0]) == (1.0, 47.0, 2.0)
    stretches = np.split(tau, np.flatnonzero(np.diff(two_theta) > 0.5) + 1)
    assert len(stretches) == 24
    assert all(np.unique(s).size == 1 for s in stretches)
    rate = made["counts"].values / xrd.exposure(made)
    assert rate[0] == 19.0
    assert rate.max() == 4319.0
    assert two_theta[rate.argmax()] == pytest.approx(30.41)
    assert "calculated, not measured" in reading.skipped[0]
    assert made.attrs["monochromator"] == "post-specimen graphite analyzer"


@pytest.mark.parametrize(
    "name", ["formats/FAP.EXP", "formats/INST_XRY.PRM", "round_robin/weighed.json"]
)
def test_a_neighbour_that_is_no_pattern_is_refused(data_dir, name):
    from references import DataFileError

    with pytest.raises(DataFileError, match="no known format, nor columns of numbers"):
        xrd.read(data_dir / FOLDER / name)
