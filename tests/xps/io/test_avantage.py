"""Thermo Avantage: the text dump and the export to Excel."""

from __future__ import annotations

import numpy as np
import pytest

import xps
from references import DataFileError, load
from xps.io.avantage_xlsx import SOURCES
from xps.spectrum import acquisition_time


def _read(tmp_path, content, name="a"):
    (tmp_path / name).write_bytes(content)
    return xps.read(tmp_path / name)


def _rules(reading):
    return {note.rule for note in reading.notes}


# --- the text dump --------------------------------------------------------------------------------


def test_a_dump_of_one_scan(tmp_path, vendors):
    reading = _read(tmp_path, vendors.avantage())
    (spectrum,) = reading.spectra
    np.testing.assert_array_equal(spectrum["counts"], vendors.counts()[::-1])
    # 1486.6 - 1316.6 = 170; the work function of 4.5 eV is not applied.
    np.testing.assert_allclose(spectrum["binding_energy"][[0, -1]], [164.1, 170.0])
    assert acquisition_time(spectrum) == pytest.approx(0.2)
    assert [spectrum.attrs[k] for k in ("region", "sample", "pass_energy")] == [
        "S 2p",
        "made",
        "20 eV",
    ]
    assert _rules(reading) == set()


def test_a_dump_of_a_depth_profile(tmp_path, vendors):
    spectra = _read(tmp_path, vendors.avantage(levels=3)).spectra
    assert [float(s["etch_time"]) for s in spectra] == [0.0, 7.5, 15.0]
    assert [float(s["etch_level"]) for s in spectra] == [0.0, 1.0, 2.0]
    assert spectra[1]["etch_time"].attrs["units"] == "s"
    for level, spectrum in enumerate(spectra):
        np.testing.assert_array_equal(spectrum["counts"], vendors.counts(seed=level)[::-1])


def test_a_dump_over_binding_energy(tmp_path, vendors):
    spectrum = _read(tmp_path, vendors.avantage(scale=2, start=160.0)).spectra[0]
    np.testing.assert_allclose(spectrum["binding_energy"][[0, -1]], [160.0, 165.9])


def test_a_dump_of_rates(tmp_path, vendors):
    spectrum = _read(tmp_path, vendors.avantage(unit="Counts / s")).spectra[0]
    np.testing.assert_allclose(spectrum["counts"], 0.2 * vendors.counts()[::-1])


def test_a_point_on_the_sample_is_named(tmp_path, vendors):
    content = vendors.avantage(levels=2).replace(
        b"LABEL='Etch Time' POINT=0 VALUE=0.000000", b"LABEL='Position' POINT=0 VALUE='Pt #001'"
    )
    first, second = _read(tmp_path, content).spectra
    assert (first.attrs["sample"], second.attrs["sample"]) == ("Pt #001", "made")


def test_coefficients_of_the_transmission_are_not_used(tmp_path, vendors):
    entry = "DS_ANPROPID_TXFN_COEFF[0] : VT_R4 = 4.25"
    assert "transmission_not_used" in _rules(_read(tmp_path, vendors.avantage(entries=(entry,))))


def test_an_unknown_number_of_periods_is_said(tmp_path, vendors):
    reading = _read(tmp_path, vendors.avantage().replace(b"ACPROPID_PERIODS", b"ACPROPID_OTHER"))
    assert _rules(reading) == {"time_unknown"}
    assert "0.05 s x ?" in reading.notes[0].reported


def test_a_dump_without_values_is_passed_over(tmp_path, vendors):
    with pytest.raises(DataFileError, match="60 of its values are empty"):
        _read(tmp_path, vendors.avantage(empty=True))


# --- Excel ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("kinetic", [False, True])
def test_a_workbook(tmp_path, vendors, kinetic, shared):
    content = vendors.workbook(kinetic=kinetic)
    reading = _read(tmp_path, vendors.with_shared_strings(content) if shared else content)
    (spectrum,) = reading.spectra
    np.testing.assert_allclose(spectrum["counts"], vendors.counts()[::-1])
    np.testing.assert_allclose(spectrum["binding_energy"][[0, -1]], [164.1, 170.0])
    assert [spectrum.attrs[name] for name in ("region", "pass_energy")] == ["S 2p", "20 eV"]
    # 12 s over 60 energies and one scan.
    assert acquisition_time(spectrum) == pytest.approx(0.2)
    assert _rules(reading) == {"photon_energy_named", "time_shared_out"}
    assert reading.skipped == ("sheet 'Titles': it holds no column of energies",)


def test_the_curves_of_a_fit_come_in_the_unit_of_the_spectrum(tmp_path, vendors):
    spectrum = _read(tmp_path, vendors.workbook()).spectra[0]
    counts = vendors.counts()[::-1]
    np.testing.assert_allclose(spectrum["fit_background"], 2 * 0.2 * counts)
    np.testing.assert_allclose(spectrum["fit_envelope"], 4 * 0.2 * counts)
    np.testing.assert_allclose(spectrum["fit_components"], [3 * 0.2 * counts])
    assert spectrum["fit_name"].values.tolist() == ["S2p Scan A"]
    assert "fit_background" not in _read(tmp_path, vendors.workbook(fit=False)).spectra[0]


def test_a_time_that_makes_no_whole_counts_is_not_believed(tmp_path, vendors):
    reading = _read(tmp_path, vendors.workbook(seconds="2 mins 3.3 secs"))
    assert "time_unknown" in _rules(reading)
    assert reading.spectra[0]["intensity"].attrs["units"] == "counts/s"


def test_minutes_and_seconds_are_added(tmp_path, vendors):
    spectrum = _read(tmp_path, vendors.workbook(seconds="1 min 12 secs", scans=3)).spectra[0]
    # Six times as long: each count was written six times.
    assert acquisition_time(spectrum) == pytest.approx(0.2)


@pytest.mark.parametrize("name", SOURCES)
def test_a_named_source_has_the_library_s_energy(name):
    element, shell, greek = name.split()
    key = f"{element.title()} {shell.upper()}-{greek}"
    assert load().radiation(key).quantity.value == SOURCES[name]


def test_an_unnamed_source_leaves_the_photon_energy_open(tmp_path, vendors):
    assert np.isnan(
        _read(tmp_path, vendors.workbook(source="Synchrotron")).spectra[0]["photon_energy"]
    )


def test_columns_without_a_name_are_spectra_each(tmp_path, vendors):
    assert len(_read(tmp_path, vendors.workbook(spectra=2, fit=False)).spectra) == 2


def test_an_empty_cell_is_named(tmp_path, vendors):
    with pytest.raises(
        DataFileError, match="sheet 'S2p Scan', cell C20: should hold a number, not ''"
    ):
        _read(tmp_path, vendors.workbook(hole=True))


@pytest.mark.parametrize("row", [20, 17 + 59])
def test_an_energy_that_is_missing_does_not_end_the_spectrum(tmp_path, vendors, row):
    content = vendors.workbook(gap=row)
    with pytest.raises(DataFileError, match=f"cell A{row}: should hold an energy, not '': numbers"):
        _read(tmp_path, content)


def test_a_workbook_of_other_things_holds_no_spectrum(tmp_path):
    import io

    import openpyxl

    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    with pytest.raises(
        DataFileError, match=r"holds no spectrum .sheet 'Sheet': it holds no column"
    ):
        _read(tmp_path, out.getvalue())


# --- what is refused by name ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.vgd", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Avantage .vgd.*export it from Avantage as VAMAS"),
        ("a.dset", bytes(range(256)) * 4, "Kratos data set.*VAMAS"),
        ("a.kal", b"Dataset filename          = t.dset\n 12 Ordinate values = {10, 11,\n12, 13}\n", "Kratos"),
        ("a.sle", b"SQLite format 3\x00" + bytes(600), "SPECS Prodigy experiment.*as .xml, .xy or VAMAS"),
        ("a.pxt", bytes(600), "Igor packed experiment.*as .ibw or text"),
        ("a.pro", bytes(600), "PHI depth profile.*MultiPak"),
        ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(600), "HDF5 file"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_named_with_a_way_out(tmp_path, name, content, message):
    with pytest.raises(DataFileError, match=message):
        _read(tmp_path, content, name)


def test_a_table_is_a_table_whatever_its_suffix(tmp_path):
    rows = "\n".join(f"{160 + 0.1 * i:.1f},{100 + i}" for i in range(20))
    assert _read(tmp_path, f"BE,counts\n{rows}".encode(), "a.pro").format == "table"
