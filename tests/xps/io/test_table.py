"""Text columns: what is sniffed, what is said, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import xps
from references import DataFileError
from xps.spectrum import acquisition_time

ENERGY = [round(160 + 0.1 * i, 1) for i in range(20)]
COUNTS = [100 + i for i in range(20)]
ROWS = "\n".join(f"{e:.1f},{c}" for e, c in zip(ENERGY, COUNTS, strict=True))


def _read(tmp_path, text, name="a.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return xps.read(path)


def _is_the_example(spectrum, *, first=0):
    np.testing.assert_allclose(spectrum["binding_energy"], ENERGY[first:], rtol=1e-12)
    np.testing.assert_array_equal(spectrum["counts"], COUNTS[first:])


def _rules(reading):
    return {note.rule for note in reading.notes}


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize("header", ["", "BE (eV){0}counts", "# binding energy{0}counts"])
@pytest.mark.parametrize("comma", [False, True])
@pytest.mark.parametrize("mark", [",", ";", "\t", "   ", " ; "])
def test_marks_headers_and_decimal_commas(tmp_path, mark, comma, header, columns):
    if comma and mark == ",":
        pytest.skip("a decimal comma needs another mark: refused, below")
    more = f"{mark}0.5" if columns == 3 else ""
    rows = [f"{e:.1f}{mark}{c}{more}" for e, c in zip(ENERGY, COUNTS, strict=True)]
    text = "\n".join(rows).replace(".", ",") if comma else "\n".join(rows)
    named = header.format(mark) + (f"{mark}other" if header and columns == 3 else "")
    reading = _read(tmp_path, f"{named}\n{text}\n" if header else text)
    _is_the_example(reading.spectra[0])
    assert ("axis_assumed" in _rules(reading)) == (not header)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_and_their_marks(tmp_path, encoding):
    text = "Probe für Größe\nBE/eV;counts\n" + ROWS.replace(",", ";")
    _is_the_example(_read(tmp_path, text, encoding=encoding).spectra[0])


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_descending_axis_and_line_ends(tmp_path, ending):
    text = ending.join(["BE/eV,counts", *reversed(ROWS.split("\n"))])
    reading = _read(tmp_path, text)
    _is_the_example(reading.spectra[0])
    assert _rules(reading) == {"columns_assumed"}


def test_comment_lines_are_no_data(tmp_path):
    rows = ROWS.split("\n")
    text = "\n".join(
        ["# 150.0, 7", "% 151.0, 7", "BE/eV,counts", *rows[:9], "# a pause", *rows[9:]]
    )
    with_pause = _read(tmp_path, text)
    assert [s["binding_energy"].size for s in with_pause.spectra] == [9, 11]
    assert float(with_pause.spectra[0]["binding_energy"][0]) == 160.0


def test_kinetic_energies_need_the_photon_energy(tmp_path):
    kinetic = "\n".join(f"{1486.6 - e:.1f},{c}" for e, c in zip(ENERGY, COUNTS, strict=True))
    for named in ("Kinetic Energy (eV),counts", "KE,counts", "K.E.,counts"):
        reading = _read(tmp_path, f"Photon energy,1486.6\n{named}\n{kinetic}")
        _is_the_example(reading.spectra[0])
        assert float(reading.spectra[0]["photon_energy"]) == 1486.6
        assert _rules(reading) == {"columns_assumed"}
        with pytest.raises(DataFileError, match="kinetic, and no photon energy is given"):
            _read(tmp_path, f"{named}\n{kinetic}")


def test_binding_energies_written_negative(tmp_path):
    rows = "\n".join(f"-{row}" for row in ROWS.split("\n"))
    reading = _read(tmp_path, rows)
    _is_the_example(reading.spectra[0])
    assert "axis_assumed" in _rules(reading)


def test_intensity_before_energy_where_the_header_says_so(tmp_path):
    rows = "\n".join(f"{c},{e:.1f}" for e, c in zip(ENERGY, COUNTS, strict=True))
    _is_the_example(_read(tmp_path, f"counts,Binding Energy\n{rows}").spectra[0])


def test_whole_numbers_are_counts_and_others_are_not(tmp_path):
    assert "counts" in _read(tmp_path, ROWS).spectra[0]
    assert "intensity" in _read(tmp_path, ROWS.replace(",1", ",1.5")).spectra[0]


def test_a_rate_is_no_count_even_if_whole(tmp_path):
    spectrum = _read(tmp_path, "BE,CPS\n" + ROWS).spectra[0]
    assert spectrum["intensity"].attrs["units"] == "counts/s"


def test_negative_whole_numbers_are_said(tmp_path):
    reading = _read(tmp_path, "BE,counts\n" + ROWS.replace(",105", ",-105"))
    assert "negative_counts" in _rules(reading)
    assert "intensity" in reading.spectra[0]


def test_an_energy_that_comes_again_is_said_and_the_first_kept(tmp_path):
    reading = _read(tmp_path, "BE,counts\n" + ROWS.replace("\n160.5,", "\n160.5,7\n160.5,", 1))
    assert "energy_repeated" in _rules(reading)
    assert reading.spectra[0]["counts"].values[5] == 7


def test_an_axis_that_turns_back_is_said(tmp_path):
    rows = ROWS.split("\n")
    rows[3], rows[7] = rows[7], rows[3]
    reading = _read(tmp_path, "BE,counts\n" + "\n".join(rows))
    _is_the_example(reading.spectra[0])
    assert "axis_not_monotone" in _rules(reading)


def test_several_spectra_one_below_the_other(tmp_path):
    text = f"BE,counts\n{ROWS}\n\nBE,counts\n{ROWS.replace('16', '28')}\n"
    reading = _read(tmp_path, text, name="S2p_a.csv")
    assert [s.attrs["region"] for s in reading.spectra] == ["S 2p, line 2", "S 2p, line 24"]


def test_a_region_is_found_in_the_files_name(tmp_path):
    assert _read(tmp_path, ROWS, name="S2p_a.csv").spectra[0].attrs["region"] == "S 2p"
    nameless = _read(tmp_path, ROWS, name="a.csv").spectra
    assert nameless[0].attrs["region"] == ""
    assert xps.find_region(nameless, "S 2p") == nameless


# --- CasaXPS's exports ------------------------------------------------------------------------------


def _casa(blank_components=False):
    """An export by CasaXPS's layout: kinetic energy, counts, parts of the fit, then the same as rate."""
    out = [
        "Cycle 0:SampleA:S2p",
        "\tCharacteristic Energy eV\t1.486600e+003\tAcquisition Time s\t5.000000e-001",
    ]
    out += [
        "Name\t\tWS2",
        "Position\t\t161.0",
        "FWHM\t\t1.1",
        "Area\t\t900.0",
        "Lineshape\t\tGL(30)",
    ]
    out += [
        "K.E.\tCounts\tWS2\tBackground\tEnvelope\t\tB.E.\tCPS\tWS2\tBackground CPS\tEnvelope CPS"
    ]
    for i, (e, c) in enumerate(zip(reversed(ENERGY), reversed(COUNTS), strict=True)):
        part = "" if blank_components and not 3 < i < 15 else f"{0.5 * c:e}"
        out.append(
            f"{1486.6 - e:e}\t{c:e}\t{part}\t{part}\t{part}\t\t{e:e}\t{2 * c:e}\t{part}\t{part}\t{part}"
        )
    return "\r\n".join(out)


@pytest.mark.parametrize("blank", [False, True])
def test_a_casaxps_export(tmp_path, blank):
    spectrum = _read(tmp_path, _casa(blank), name="x.txt").spectra[0]
    _is_the_example(spectrum)
    assert (spectrum.attrs["sample"], spectrum.attrs["region"]) == ("SampleA", "S 2p")
    assert float(spectrum["photon_energy"]) == 1486.6
    assert acquisition_time(spectrum) == 0.5


def test_a_casaxps_export_equals_the_vamas_file_it_came_from(data_dir):
    folder = data_dir / "xps/pynxtools-xps"
    ours = xps.read(folder / "FeO_analyzed_lineshapes_cols.txt").spectra[0]
    theirs = xps.read(folder / "FeO_analyzed.vms").spectra[0]
    np.testing.assert_allclose(ours["binding_energy"], theirs["binding_energy"], atol=1e-9)
    np.testing.assert_array_equal(ours["counts"].values, theirs["counts"].values)
    assert acquisition_time(ours) == acquisition_time(theirs)


def test_the_curves_that_casaxps_drew_come_with_the_spectrum(data_dir):
    """Position, width, area and shape as printed; the envelope is the sum to the printed digit."""
    spectrum = xps.read(data_dir / "xps/pynxtools-xps/FeO_analyzed_lineshapes_cols.txt").spectra[0]
    assert spectrum["fit_position"].values.tolist() == [709.05, 716.0, 722.13, 729.89]
    assert spectrum["fit_fwhm"].values.tolist() == [3.86, 8.0, 4.87, 7.83]
    assert spectrum["fit_area"].values.tolist() == [63507.37, 35837.06, 49042.13, 17705.16]
    assert spectrum["fit_shape"].values[1] == "SGL(30)"
    background = spectrum["fit_background"].values
    above = (spectrum["fit_components"].values - background).sum(axis=0)
    np.testing.assert_allclose(background + above, spectrum["fit_envelope"], atol=0.04)
    assert float(background[-1]) == 12516.9
    assert float(spectrum["binding_energy"][-1]) == 750.0


def test_a_casaxps_export_of_several_blocks(data_dir):
    spectra = xps.read(data_dir / "xps/pynxtools-xps/vms_txt_export.txt").spectra
    assert [(s.attrs["sample"], s.attrs["region"], s["binding_energy"].size) for s in spectra] == [
        ("Ni", "Survey", 1201),
        ("Ni", "Ni 2p", 501),
        ("NiO", "Survey", 1201),
        ("NiO", "Ni 2p", 501),
    ]


@pytest.mark.parametrize(
    ("name", "points", "peak"),
    [
        ("LG4X-V2/C1s_sample.csv", 351, 285.0),
        ("LG4X-V2/PET_C1s.csv", 401, 285.0),
        ("LG4X-V2/Highres_Au4f_hv_180_testfile.csv", 269, 92.2),
        ("pynxtools-xps/FeO_analyzed_lineshapes_cols.txt", 1121, 710.0),
    ],
)
def test_real_files(data_dir, name, points, peak):
    spectrum = xps.read(data_dir / "xps" / name).spectra[0]
    values = spectrum["counts" if "counts" in spectrum else "intensity"]
    assert values.size == points
    assert abs(float(spectrum["binding_energy"][int(values.values.argmax())]) - peak) < 4.0


# --- refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\ufeff", "is empty|no known format"),
        ("hello world\n" * 30, "no known format, nor columns"),
        ("160,5\n", "no known format, nor columns"),
        ("160,5\n161,6\n", "no 5 rows of numbers in succession"),
        (ROWS.replace(",105", ""), "line 6: column 2 should hold a finite number, and is missing"),
        (ROWS.replace(",100", ""), "line 1: column 2 should hold a finite number, and is missing"),
        (ROWS.replace(",101", ""), "line 2: column 2 should hold a finite number, and is missing"),
        (ROWS.replace(",119", ""), "line 20: column 2 should hold a finite number, and is missing"),
        (ROWS.replace(",105", "").replace(",106", ""), "line 6: column 2 should hold a finite"),
        ("160\n" * 30, "no known format, nor columns"),
        ("160,5\n160.1,nan\n" * 9, "line 2: column 2 should hold a finite number, not 'nan'"),
        (ROWS.replace("105", "nan"), "line 6: column 2 should hold a finite number, not 'nan'"),
        (ROWS.replace("105", "inf"), "not 'inf'"),
        (ROWS.replace("105", ""), "line 6: column 2 should hold a finite number, not ''"),
        (ROWS.replace("105", "1O5"), "line 6: column 2 should hold a finite number, not '1O5'"),
        (ROWS.replace(",100", ",#DIV/0!"), "line 1: column 2 should hold a finite number"),
        (ROWS.replace(",119", ",NaN"), "line 20: column 2 should hold a finite number"),
        (ROWS.replace("105", "1e999"), "line 6: column 2 should hold a finite number, not '1e999'"),
        (ROWS.replace("105", "1e200"), "which no measurement does"),
        (ROWS.replace(".", ","), "rows repeat an energy"),
        ("160.0,1\n" * 20, "rows repeat an energy"),
        ("SOFH\nPlatform: PC", "PHI .spe"),
        ("Casa Info Follows\n0\n" + ROWS, "without the spectrum"),
        ("<?xml version='1.0'?>", "XML"),
        ("\ufeff<?xml version='1.0'?>", "XML"),
    ],
)
def test_refused_with_a_sentence(tmp_path, content, message):
    with pytest.raises(DataFileError, match=message) as caught:
        _read(tmp_path, content)
    assert "a.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_binary_garbage_is_refused(tmp_path):
    garbage = np.random.default_rng(0).integers(0, 256, 4000).astype(np.uint8).tobytes()
    with pytest.raises(DataFileError):
        _read(tmp_path, garbage)


def test_a_text_longer_than_any_spectrum_is_refused(tally, tmp_path):
    for content in (b"1,2\n" * 600_000, b"160.1," + b"1" * (17 * 2**20), b"1," * (7 * 2**20)):
        path = tmp_path / "a.csv"
        assert tally.read(path, content, seconds=10.0, most=800 * 2**20) is None


def test_truncation_at_every_percent(tally, tmp_path):
    content = _casa().encode()
    for percent in range(1, 101):
        tally.read(tmp_path / "a.txt", content[: len(content) * percent // 100])
    assert tally.data > 20


SEEDS = {
    "comma": "BE/eV,counts\n" + ROWS,
    "semicolon, decimal comma": "BE/eV;counts\n" + ROWS.replace(",", ";").replace(".", ","),
    "CasaXPS": _casa(blank_components=True),
    "kinetic": "# Photon energy 1486.6\nKE counts\n" + ROWS.replace(",", " "),
}


@pytest.mark.parametrize("kind", SEEDS)
def test_mutants_give_data_or_the_named_error(tally, tmp_path, fuzz, kind):
    fuzz(tally, tmp_path / "a.csv", SEEDS[kind].encode(), 100, 4)
    assert tally.data > 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", SEEDS)
def test_twenty_thousand_mutants(tally, tmp_path, fuzz, record, kind):
    record(fuzz(tally, tmp_path / "a.csv", SEEDS[kind].encode(), 5000, 5))
    assert tally.data > 500
    assert tally.errors > 500


def test_a_missing_file_names_its_neighbour(tmp_path):
    (tmp_path / "sample.vms").write_text("x")
    with pytest.raises(DataFileError, match=r"no such file; did you mean sample\.vms"):
        xps.read(tmp_path / "smaple.vms")
