"""Each format by a small file of its own: what is read, what is said, what is passed over."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import xrd
from references import DataFileError


@pytest.fixture
def opened(tmp_path):
    """A function that reads content from a file."""

    def read(content, name="a.xy"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return xrd.read(path)

    return read


def _rules(reading):
    return {note.rule for note in reading.notes}


def _same(made, vendors, seed=0):
    np.testing.assert_array_equal(made["counts"].values, vendors.counts(seed=seed))
    np.testing.assert_allclose(made["two_theta"].values, vendors.angles(), atol=1e-9)


# name: file, format, expected seconds, K-alpha1, radius
WHOLE = {
    "xy": (lambda v: v.xy(), "table", np.nan, np.nan, np.nan),
    "STD": (lambda v: v.gsas(), "gsas", np.nan, np.nan, np.nan),
    "ESD": (lambda v: v.gsas("ESD"), "gsas", np.nan, np.nan, np.nan),
    "FXYE": (lambda v: v.gsas("FXYE"), "gsas", np.nan, np.nan, np.nan),
    "xrdml": (lambda v: v.xrdml(), "xrdml", 39.27, 1.540598, 240.0),
    "brml": (lambda v: v.brml(), "brml", 1.5, 1.5406, 300.0),
    "ras": (lambda v: v.ras(), "ras", 0.6, 1.540593, np.nan),
    "rasx": (lambda v: v.rasx(), "rasx", 0.6, 1.540593, np.nan),
    "raw4": (lambda v: v.raw4(), "raw4", 0.31, 1.5406, np.nan),
    "pdcif": (lambda v: v.pdcif("grid"), "pdcif", np.nan, 1.5405929, 217.5),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_is_told_by_its_content(opened, vendors, kind):
    make, name, seconds, wavelength, radius = WHOLE[kind]
    content = make(vendors)
    reading = opened(content, "any.name")
    assert reading.format == name
    assert reading.sha256 == hashlib.sha256(content).hexdigest()
    (made,) = reading.patterns
    _same(made, vendors)
    assert made.attrs["noise"] == "Poisson counts"
    assert made.attrs["file"] == "any.name"
    assert made.attrs["number"] == 0
    keys = ("counting_time", "wavelength", "radius_mm")
    np.testing.assert_allclose([float(made[k]) for k in keys], [seconds, wavelength, radius])
    assert _rules(reading) <= {"no_wavelength", "third_column"}
    assert ("no_wavelength" in _rules(reading)) == np.isnan(wavelength)


SEVERAL = {
    "xrdml": lambda v: v.xrdml(scans=2),
    "brml": lambda v: v.brml(scans=2),
    "ras": lambda v: v.ras(scans=2),
    "rasx": lambda v: v.rasx(scans=2),
    "raw4": lambda v: v.raw4(ranges=2),
    "gsas": lambda v: v.gsas(banks=2),
    "xy": lambda v: v.xy() + b"scan two\n" + v.xy(),
}


@pytest.mark.parametrize("kind", SEVERAL)
def test_several_scans_are_announced_and_kept_apart(opened, vendors, kind):
    reading = opened(SEVERAL[kind](vendors))
    assert [made.attrs["number"] for made in reading.patterns] == [0, 1]
    assert [made.sizes["two_theta"] for made in reading.patterns] == [vendors.POINTS] * 2
    assert reading.notes[0].rule == "several_scans"
    assert len({made.attrs["scan"] for made in reading.patterns}) == (1 if kind == "xy" else 2)


@pytest.mark.parametrize("axis", ["Omega", "Phi", "Chi", "Theta", "Rocking Curve"])
@pytest.mark.parametrize("kind", ["xrdml", "brml", "ras", "rasx", "raw4"])
def test_other_scans_are_passed_over(opened, vendors, kind, axis):
    content = getattr(vendors, kind)(axis=axis.encode() if kind == "raw4" else axis)
    with pytest.raises(
        DataFileError, match=f"holds no powder pattern .*along '{axis}', which is no"
    ):
        opened(content)


@pytest.mark.parametrize(
    "axis",
    ["Gonio", "2Theta", "2Theta-Omega", "TwoTheta", "TwoThetaTheta", "TwoThetaOmega", "Coupled TwoTheta/Theta"],
)  # fmt: skip
def test_powder_scans_have_many_names(opened, vendors, axis):
    assert opened(vendors.xrdml(axis=axis)).patterns[0].attrs["scan_axis"] == axis


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("mark", "comma"), [(" ", False), ("\t", False), (",", False), (";", False), (";", True), ("\t", True), ("  ", True)]
)  # fmt: skip
def test_columns_however_divided(opened, vendors, mark, comma, newline):
    _same(opened(vendors.xy(mark=mark, comma=comma, newline=newline)).patterns[0], vendors)


@pytest.mark.parametrize("comment", ["#", "!", ";", "'", "//", "%"])
def test_comments_headers_and_blank_lines_are_no_points(opened, vendors, comment):
    header = (f"{comment} 20 30", "2theta counts", "", "Sample 7")
    _same(opened(vendors.xy(header=header) + b"\n  \r\n\n").patterns[0], vendors)


@pytest.mark.parametrize("first", ["20 0.02 21.18", "60"])
def test_a_header_of_numbers_above_columns_is_no_point(opened, vendors, first):
    _same(opened(vendors.xy(header=(first,))).patterns[0], vendors)


def test_start_step_and_end_stand_for_the_angles(opened, vendors):
    values = vendors.counts()
    lines = [" ".join(str(v) for v in values[i : i + 8]) for i in range(0, 60, 8)]
    reading = opened("20 0.02 21.18\n" + "\n".join(lines) + "\n")
    _same(reading.patterns[0], vendors)
    assert "angles_from_header" in _rules(reading)


def test_a_header_states_wavelength_time_and_unit(opened, vendors):
    header = ("K-Alpha1 wavelength,1.54060", "Time per step,2", "Angle,Intensity (cps)")
    values = vendors.counts() / 2
    made = opened(vendors.xy(mark=",", header=header, values=values)).patterns[0]
    assert float(made["wavelength"]) == 1.5406
    _same(made, vendors)  # rates times their time are the counts


def test_a_third_column_is_the_uncertainty(opened, vendors):
    values = vendors.counts() + 0.5
    u = np.linspace(5, 6, 60)
    made = opened(vendors.xy(values=values, u=u)).patterns[0]
    np.testing.assert_allclose(made["u"], u)
    assert made.attrs["noise"] == "stated"


def test_whole_numbers_with_their_roots_are_counts(opened, vendors):
    values = vendors.counts()
    _same(opened(vendors.xy(u=np.sqrt(values))).patterns[0], vendors)
    other = opened(vendors.xy(u=1.3 * np.sqrt(values))).patterns[0]
    assert "intensity" in other


@pytest.mark.parametrize("kind", ["table", "ESD", "FXYE", "weights"])
def test_an_uncertainty_of_zero_is_an_error(opened, vendors, kind):
    u = np.full(60, 3.0)
    u[7] = 0.0
    content = {
        "table": lambda: vendors.xy(values=vendors.counts() + 0.5, u=u),
        "ESD": lambda: vendors.gsas("ESD", u=u),
        "FXYE": lambda: vendors.gsas("FXYE", u=u),
        "weights": lambda: vendors.pdcif("weights", zero=True),
    }[kind]()
    with pytest.raises(DataFileError, match="should be above zero"):
        opened(content)


def test_numbers_that_are_not_whole_are_no_counts(opened, vendors):
    values = 3.7 * np.random.default_rng(1).poisson(500, 3000)
    reading = opened(vendors.xy(values=values))
    made = reading.patterns[0]
    assert "not_counts" in _rules(reading)
    # One count is worth 3.7: the variance is 3.7 times the value.
    assert float((made["u"] ** 2 / made["intensity"]).median()) == pytest.approx(3.7, rel=0.1)


def test_whole_numbers_that_do_not_scatter_like_counts_are_doubted(opened, vendors):
    smooth = np.round(10 * np.sqrt(np.arange(100, 400)))
    assert "counts_not_poisson" in _rules(opened(vendors.xy(values=smooth)))
    counts = np.random.default_rng(2).poisson(200, 300)
    assert "counts_not_poisson" not in _rules(opened(vendors.xy(values=counts)))


def test_a_scan_downwards_is_turned_round(opened, vendors):
    lines = vendors.xy().splitlines(keepends=True)
    reading = opened(b"".join(reversed(lines)))
    _same(reading.patterns[0], vendors)
    assert "descending" in _rules(reading)


# --- PANalytical ----------------------------------------------------------------------------------


def _switched(vendors):
    factors = np.ones(60)
    factors[25:35] = 8.0
    counted = np.round(vendors.counts() / factors).astype(int)
    return counted, factors


def test_counts_and_factors_are_not_multiplied(opened, vendors):
    counted, factors = _switched(vendors)
    made = opened(vendors.xrdml(values=counted, factors=factors, tag="counts")).patterns[0]
    np.testing.assert_array_equal(made["counts"], counted)
    np.testing.assert_array_equal(made["attenuation_factor"], factors)
    np.testing.assert_allclose(
        39.27 * made["counts"].values / xrd.exposure(made), counted * factors
    )
    assert made.attrs["attenuation"] == "applied by us"


def test_negative_values_are_no_counts_but_still_attenuated(opened, vendors):
    counted, factors = _switched(vendors)
    counted[3] = -1
    reading = opened(vendors.xrdml(values=counted, factors=factors, tag="counts"))
    np.testing.assert_array_equal(reading.patterns[0]["intensity"], counted * factors)
    assert "negative_counts" in _rules(reading)


@pytest.mark.parametrize("corrected", [True, False])
def test_intensities_with_factors_are_what_is_smoother(opened, vendors, corrected):
    counted, factors = _switched(vendors)
    values = (counted * factors if corrected else counted).astype(int)
    reading = opened(vendors.xrdml(values=values, factors=factors))
    made = reading.patterns[0]
    np.testing.assert_array_equal(made["counts"], counted)
    assert made.attrs["attenuation"] == ("applied in file" if corrected else "applied by us")
    (note,) = [n for n in reading.notes if n.rule == "attenuation"]
    assert "decided by what is smoother" in note.message


@pytest.mark.parametrize("version", ["1.0", "1.6", "2.1"])
@pytest.mark.parametrize("positions", ["ends", "list"])
def test_any_version_and_any_positions(opened, vendors, version, positions):
    made = opened(vendors.xrdml(version=version, positions=positions)).patterns[0]
    _same(made, vendors)
    assert made.attrs["sample"] == "argyrodite"
    assert made.attrs["monochromator"] == "graphite (diffractedBeamPath)"


def test_a_tilted_sample_is_said(opened, vendors):
    assert "theta_offset" in _rules(opened(vendors.xrdml(omega=9.0)))
    assert "theta_offset" in _rules(opened(vendors.brml(theta=9.0)))


# --- Bruker ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved", [True, False])
def test_columns_are_where_the_file_says(opened, vendors, moved):
    _same(opened(vendors.brml(moved=moved)).patterns[0], vendors)


def test_an_absorber_was_applied_in_the_file(opened, vendors):
    counted, factors = _switched(vendors)
    made = opened(vendors.brml(values=counted, factors=np.where(factors > 1, 8.3, 1.0))).patterns[0]
    np.testing.assert_array_equal(made["counts"], counted)
    assert made.attrs["attenuation"] == "applied in file"


def test_scans_come_in_the_order_of_the_list(opened, vendors):
    first, second = opened(vendors.brml(scans=2, order=(1, 0))).patterns
    _same(first, vendors, seed=1)
    _same(second, vendors, seed=0)
    first, second = opened(vendors.rasx(scans=2, order=(1, 0))).patterns
    _same(first, vendors, seed=1)


def test_frames_of_a_detector_are_refused(opened, vendors):
    with pytest.raises(DataFileError, match=r"each point is 192 values .* integrate the frames"):
        opened(vendors.brml(length=192))


def test_processed_data_are_passed_over(opened, vendors):
    with pytest.raises(DataFileError, match="data 'Final', not measured"):
        opened(vendors.brml(flag="Final"))


@pytest.mark.parametrize("kind", ["brml", "rasx"])
def test_missing_points_are_said(opened, vendors, kind):
    assert "points_missing" in _rules(opened(getattr(vendors, kind)(declared=61)))


def test_no_doublet_is_no_wavelength_of_zero(opened, vendors):
    made = opened(vendors.raw4(alpha2=0.0)).patterns[0]
    assert np.isnan(made["wavelength_alpha2"])
    assert np.isnan(made["alpha2_ratio"])
    assert float(opened(vendors.raw4()).patterns[0]["wavelength_alpha2"]) == 1.54439


@pytest.mark.parametrize("size", [4, 8, 24])
def test_records_are_as_long_as_declared(opened, vendors, size):
    made = opened(vendors.raw4(size=size)).patterns[0]
    _same(made, vendors)
    assert made.attrs["sample"] == "argyrodit"


# --- Rigaku ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ras", "rasx"])
@pytest.mark.parametrize(
    ("factor", "case"),
    [("1.0000", "none"), ("0.0000", "reported, not applied"), ("7.5", "reported, not applied"), ("", "none")],
)  # fmt: skip
def test_an_attenuation_is_reported_and_not_applied(opened, vendors, kind, factor, case):
    made = opened(getattr(vendors, kind)(factor=factor)).patterns[0]
    _same(made, vendors)
    assert made.attrs["attenuation"] == case
    assert float(made["attenuation_factor"]) == 1.0


def test_rates_with_a_known_time_are_counts(opened, vendors):
    """0.02 degrees at 2 degrees a minute are 0.6 s."""
    made = opened(vendors.ras(unit="cps", values=vendors.counts() / 0.6)).patterns[0]
    _same(made, vendors)
    other = opened(vendors.ras(unit="cps", values=vendors.counts() / 0.7)).patterns[0]
    assert other["intensity"].attrs["units"] == "counts/s"
    assert "rate" in _rules(opened(vendors.ras(unit="cps", values=vendors.counts() / 0.7)))


def test_japanese_comments_are_read(opened, vendors):
    assert opened(vendors.ras(comment="試料")).patterns[0].attrs["scan"] == "試料"


def test_a_file_that_is_cut_off_says_so(opened, vendors):
    content = vendors.ras()
    reading = opened(content[: content.index(b"21.0000")])
    assert reading.patterns[0].sizes["two_theta"] == 50
    assert "no_terminator" in _rules(reading)


# --- CIF ------------------------------------------------------------------------------------------


def test_rates_with_nist_s_weights_are_counts(opened, vendors):
    reading = opened(vendors.pdcif("rates"))
    (made,) = reading.patterns
    np.testing.assert_array_equal(made["counts"], vendors.counts())
    np.testing.assert_array_equal(made["counting_time"], [2.0] * 30 + [5.0] * 30)
    assert "counts_recovered" in _rules(reading)
    assert reading.skipped == ("block powder_calc: it is calculated, not measured",)


def test_other_weights_are_uncertainties(opened, vendors):
    made = opened(vendors.pdcif("weights")).patterns[0]
    np.testing.assert_allclose(made["u"] ** 2, made["intensity"], rtol=0.01)


def test_uncertainties_in_brackets_are_read(opened, vendors):
    made = opened(vendors.pdcif("su")).patterns[0]
    np.testing.assert_allclose(made["intensity"], vendors.counts() / 10)
    np.testing.assert_allclose(made["u"], np.round(10 * vendors.counts() ** 0.5) / 100)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("loop", (1.5405929, 1.5444274, 0.5)),
        ("one", (1.5405929, np.nan, np.nan)),
        ("", (np.nan,) * 3),
    ],
)
def test_wavelengths_of_a_cif(opened, vendors, stated, expected):
    made = opened(vendors.pdcif("grid", wavelength=stated)).patterns[0]
    found = [float(made[k]) for k in ("wavelength", "wavelength_alpha2", "alpha2_ratio")]
    np.testing.assert_allclose(found, expected)
    assert (made.attrs["anode"], made.attrs["monochromator"]) == ("Cu", "graphite")


# --- GSAS -----------------------------------------------------------------------------------------


def test_means_over_detectors_have_less_noise(opened, vendors):
    reading = opened(vendors.gsas(detectors=[4] * 60))
    made = reading.patterns[0]
    np.testing.assert_allclose(made["u"], np.sqrt(vendors.counts() / 4))
    assert "detectors" in _rules(reading)


@pytest.mark.parametrize("padding", [0, 7])
def test_what_follows_the_declared_points_is_padding(opened, vendors, padding):
    made = opened(vendors.gsas(values=vendors.counts(53), padding=padding)).patterns[0]
    np.testing.assert_array_equal(made["counts"], vendors.counts(53))


# --- asked for by name ----------------------------------------------------------------------------


def test_a_format_may_be_insisted_on(tmp_path, vendors):
    path = tmp_path / "a"
    path.write_bytes(vendors.ras())
    assert xrd.read(path, format="ras").format == "ras"
    with pytest.raises(DataFileError, match="no reader 'vamas'; there are xrdml, brml"):
        xrd.read(path, format="vamas")


@pytest.mark.parametrize("name", ["xrdml", "brml", "raw4", "ras", "rasx", "gsas", "pdcif", "table"])
@pytest.mark.parametrize("content", [b"hello world\n", b"\xff" * 4000, b"PK\x03\x04", b"<a/>"])
def test_a_format_that_is_wrong_is_refused(tmp_path, name, content):
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(DataFileError):
        xrd.read(path, format=name)
