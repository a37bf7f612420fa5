"""SurfaceLab's text exports: what is in real ones, and what broken ones are called."""

from __future__ import annotations

import numpy as np
import pytest

import tofsims
from references import DataFileError
from references.ion import ion
from references.words import InputError
from tofsims.io.surfacelab import read_export
from tofsims.masscal import scale_of

FOLDER = "tofsims/surfacelab_profiles"
FILES = {
    "A": "I231114p_A_MAPI_025s-LC_neg-8 - NF.txt",
    "B": "I240416f_B_MAPI_1f_pos-B1 - NF.txt",
    "B region": "I240416f_B_MAPI_1f_pos-B1 - NF - with-lat-ROI.txt",
    "C": "I241209zb_C_MAPI-dev_1f-1nA_neg-B3 - NF.txt",
}
SMALL = (
    "# Profile Smoothing is Disabled\n"
    "#\t\t\t\ttotal\tCl-\t^37Cl-\tCl-^37Cl-\tCl- / ( ^37Cl- )\t\n"
    "#\t\t\t\tN/A\t34.9694\t36.9664\tN/A\tN/A\t\n"
    "#Data Point #\tSputter Time (s)\tDose (ions)\tFluence (ions/cm^2)\tIntensity\tIntensity\t\n"
    "1\t0\t1e6\t1e10\t9\t3\t1\t4\t3\t\n"
    "2\t1.5\t2e6\t2e10\t8\t4\t0\t4\tinf\t\n"
)


@pytest.fixture
def small(tmp_path):
    def written(change=lambda text: text):
        path = tmp_path / "a.txt"
        path.write_text(change(SMALL))
        return path

    return written


@pytest.mark.parametrize(
    ("name", "rows", "columns", "ions", "infinite"),
    [("A", 481, 121, 97, 176), ("B", 42, 106, 100, 25), ("B region", 42, 106, 100, 35), ("C", 165, 132, 112, 116)],
)  # fmt: skip
def test_what_real_exports_hold(data_dir, name, rows, columns, ions, infinite):
    path = data_dir / FOLDER / FILES[name]
    export = read_export(path, path.read_bytes())
    assert export.intensity.shape == (rows, columns)
    assert len(export.single) == ions
    assert np.isinf(export.intensity).sum() == infinite
    profile = tofsims.read(path).profiles[0]
    assert dict(profile.sizes) == {"ion": ions, "scan": rows - 1}


@pytest.mark.parametrize("name", FILES)
def test_the_empty_last_row_is_said(data_dir, name):
    notes = {n.rule: n.message for n in tofsims.read(data_dir / FOLDER / FILES[name]).notes}
    assert "the last data point holds no ion" in notes["empty_rows"]
    # Every sum and ratio is what its ions give.
    assert not {"derived_differs", "derived_unknown"} & notes.keys()


def test_ions_of_one_name_are_kept_apart(data_dir):
    profile = tofsims.read(data_dir / FOLDER / FILES["B"]).profiles[0]
    twice = profile.isel(ion=np.flatnonzero(profile["ion"].values == "SnO+"))
    assert twice["mz"].values == pytest.approx([135.9143, 135.8979])
    assert (np.ptp(twice["corrected"].values, axis=0) > 0).sum() == 9
    with pytest.raises(InputError, match=r"SnO\+ is there 2 times, at m/z 135.9143, 135.8979"):
        tofsims.of_ion(profile, "SnO+")


@pytest.mark.parametrize(
    ("name", "number", "median", "rms", "light", "worst", "of"),
    [
        ("A", 95, 18.3, 43.2, 25.9, 188, "CN-"),
        ("B", 100, 18.6, 38.3, 21.0, 130, "SnO+"),
        ("C", 112, 19.6, 43.0, 24.7, 188, "CN-"),
    ],
)
def test_listed_masses_are_near_those_of_the_formulas(
    data_dir, name, number, median, rms, light, worst, of
):
    profile = tofsims.read(data_dir / FOLDER / FILES[name]).profiles[0]
    ppm, mass, key = [], [], []
    for listed, mz in zip(profile["listed_as"].values, profile["mz"].values, strict=True):
        try:
            exact = ion(str(listed)).mz
        except InputError:
            continue
        ppm.append((mz / exact - 1.0) * 1e6)
        mass.append(exact)
        key.append(str(listed))
    away, below = np.abs(ppm), np.array(mass) < 200
    assert len(ppm) == number
    assert np.median(away) == pytest.approx(median, abs=0.05)
    assert np.sqrt(np.mean(away**2)) == pytest.approx(rms, abs=0.05)
    assert np.median(away[below]) == pytest.approx(light, abs=0.05)
    assert away[below].max() == pytest.approx(worst, abs=0.6)
    assert np.array(key)[below][away[below].argmax()] == of


def test_names_without_a_charge_are_said(data_dir):
    notes = tofsims.read(data_dir / FOLDER / FILES["A"]).notes
    (said,) = [note for note in notes if note.rule == "no_ion"]
    assert "Pb^206PbI_3, Pb^207PbI_3" in said.message


@pytest.mark.parametrize(
    ("name", "rows", "total", "largest", "at", "sf", "k0", "last"),
    [
        ("N_Ru-Rh_Bi1_2", 6994, 35_018_334, 4_255_671, 35.004041, 32975.9415, -399.564, 126),
        ("P_Ru-Pt_Bi3_3", 7124, 13_223_593, 2_567_508, 23.013513, 33593.1947, -454.622, 192),
    ],
)
def test_real_spectra_and_the_scale_behind_them(
    data_dir, name, rows, total, largest, at, sf, k0, last
):
    (made,) = tofsims.read(data_dir / f"tofsims/surfacelab_spectra/{name}.txt").spectra
    counts = made["intensity"].values
    assert (counts.size, counts.sum(), counts.max()) == (rows, total, largest)
    assert made["mz"].values[counts.argmax()] == at
    assert np.diff(made["channel"].values)[-1] == last
    scale, off = scale_of(made)
    assert scale.sf == pytest.approx(sf, abs=1e-3)
    assert scale.k0 == pytest.approx(k0, abs=1e-3)
    assert off < 1e-7


def test_a_small_profile(small):
    reading = tofsims.read(small())
    (made,) = reading.profiles
    assert made["ion"].values.tolist() == ["Cl-", "[37Cl]-"]
    assert made["corrected"].values.tolist() == [[3, 4], [1, 0]]
    assert made["sputter_time"].values.tolist() == [0, 1.5]
    assert made["total"].values.tolist() == [9, 8]
    assert made.attrs["polarity"] == "negative"
    # Four numbers do not tell how many shots there were, and without them there is no error bar.
    assert [note.rule for note in reading.notes] == ["shots_unknown"]
    assert np.isnan(made["u"].values).all()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("4\t3\t\n2", "5\t3\t\n2", "derived_differs"),
        ("Cl-^37Cl-\t", "Cl-^36Cl-\t", "derived_unknown"),
        ("is Disabled", "is Enabled", "smoothed"),
        ("\t^37Cl-\tCl-^", "\tGa+\tCl-^", "polarity"),
        ("2\t1.5\t2e6\t2e10\t8\t4\t0\t4\tinf", "2\t1.5\t2e6\t2e10\t0\t0\t0\t0\tinf", "empty_rows"),
    ],
)
def test_what_is_odd_is_said(small, old, new, rule):
    reading = tofsims.read(small(lambda text: text.replace(old, new)))
    assert rule in {note.rule for note in reading.notes}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("is Disabled", "maybe", "line 1: should say whether|is of no known format"),
        ("\tN/A\tN/A\t\n", "\tN/A\t\n", "names 5 columns and 4 masses"),
        ("Sputter Time (s)", "Sputter Time (h)", "line 4: should have the headings"),
        ("34.9694", "x", "line 3: 'x' is no m/z"),
        ("\t3\t1\t4\t3\t\n", "\t3\t1\t4\t\n", "line 5: has 8 columns where 9 are named"),
        ("\t3\t1\t4\t3\t\n", "\tx\t1\t4\t3\t\n", "line 5: should hold numbers only"),
        ("\t3\t1\t4\t3\t\n", "\tinf\t1\t4\t3\t\n", "an intensity of Cl- should be a finite number"),
        ("\t3\t1\t4\t3\t\n", "\t-3\t1\t4\t3\t\n", "not negative"),
        ("1\t0\t1e6", "1\tnan\t1e6", "without a finite time or dose"),
        ("2\t1.5", "2\t0", "sputter times should increase"),
        ("1\t0\t1e6\t1e10\t9\t3\t1\t4\t3\t\n2\t1.5\t2e6\t2e10\t8\t4\t0\t4\tinf\t\n", "", "ends within its four heading lines"),
    ],
)  # fmt: skip
def test_a_broken_profile_is_named(small, old, new, message):
    assert old in SMALL
    path = small(lambda text: text.replace(old, new))
    with pytest.raises(DataFileError, match=message) as caught:
        tofsims.read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# Binning: 2 channels\n", "should have the columns Channel, m/z and Intensity"),
        ("Channel\tm/z\tIntensity\n", "holds no data"),
        ("Channel\tm/z\tIntensity\n1\t1\t1\n1\t2\t1\n", "channels should be finite and increase"),
        (
            "Channel\tm/z\tIntensity\n1\t1\t-1\n2\t2\t1\n",
            "counts should be finite and not negative",
        ),
        ("Channel\tm/z\tIntensity\n1\t1\t1\n", "two columns of equal length"),
        ("Channel\tm/z\tIntensity\n1\tinf\t1\n2\t2\t1\n", "2 finite values of m/z"),
        ("", "is empty"),
        ("hello", "is of no known format"),
        ("PK\x03\x04", "is a zip archive"),
    ],
)
def test_a_broken_spectrum_is_named(tmp_path, text, message):
    path = tmp_path / "a.txt"
    path.write_text(text)
    with pytest.raises(DataFileError, match=message):
        tofsims.read(path)
