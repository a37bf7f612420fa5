"""Vendors' files gone wrong: each ends in data or in one sentence, quickly and in little memory."""

from __future__ import annotations

import struct

import numpy as np
import pytest

import xps
from references import DataFileError

REAL = {
    "pynxtools-xps/SnO2_10nm.spe": True,
    "pynxtools-xps/In-situ_PBTTT_XPS_SPECS.xml": False,
    "pynxtools-xps/MgFe2O4_small.xy": False,
    "pynxtools-xps/Ag_0001.txt": False,
    "pynxtools-xps/Ag_0001Ag__001.ibw": True,
}
SHEET = "xl/worksheets/sheet2.xml"


def _seed(vendors, kind):
    """A valid file, whether it is binary, what is changed of it, and what makes a file of that again."""
    made = {
        "PHI": (vendors.phi, True),
        "SPECS XML": (vendors.specs_xml, False),
        "SPECS xy": (vendors.specs_xy, False),
        "Scienta": (lambda: vendors.scienta(slices=2), False),
        "Igor": (vendors.igor, True),
        "Igor 2": (lambda: vendors.igor(2, order=">", code=2), True),
        "Avantage": (lambda: vendors.avantage(levels=2), False),
        "Excel": (vendors.workbook, True),
    }
    if kind == "Igor, its checksum mended":
        return vendors.igor(slices=2), True, None, vendors.checksummed
    if kind == "Excel, within a sheet":
        whole = vendors.workbook()
        return (
            whole,
            False,
            vendors.part_of(whole, SHEET),
            lambda p: vendors.repacked(whole, SHEET, p),
        )
    if kind == "Excel, within its strings":
        whole, part = vendors.with_shared_strings(vendors.workbook()), "xl/sharedStrings.xml"
        return (
            whole,
            False,
            vendors.part_of(whole, part),
            lambda p: vendors.repacked(whole, part, p),
        )
    make, binary = made[kind]
    return make(), binary, None, None


KINDS = [
    *("PHI", "SPECS XML", "SPECS xy", "Scienta", "Igor", "Igor 2", "Avantage", "Excel"),
    *("Igor, its checksum mended", "Excel, within a sheet", "Excel, within its strings"),
]


TEXTS = ["SPECS XML", "SPECS xy", "Scienta", "Avantage", "Excel, within a sheet"]


def _fuzzed(tally, fuzz, vendors, tmp_path, kind, number, seed, *, how=""):
    whole, binary, part, wrap = _seed(vendors, kind)
    assert tally.read(tmp_path / "whole", whole) is not None
    content = whole if part is None else part
    how = how or ("words" if binary else "lines")
    return fuzz(tally, tmp_path / "mutant", content, number, seed, how=how, wrap=wrap)


@pytest.mark.parametrize("kind", KINDS)
def test_mutants_give_data_or_the_named_error(tally, tmp_path, fuzz, vendors, kind):
    _fuzzed(tally, fuzz, vendors, tmp_path, kind, 80, 1)
    assert tally.errors > 10


@pytest.mark.parametrize("kind", TEXTS)
def test_numbers_that_lie_give_data_or_the_named_error(tally, tmp_path, fuzz, vendors, kind):
    _fuzzed(tally, fuzz, vendors, tmp_path, kind, 80, 4, how="numbers")
    assert tally.errors > 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", TEXTS)
def test_many_numbers_that_lie(tally, tmp_path, fuzz, vendors, record, kind):
    record(_fuzzed(tally, fuzz, vendors, tmp_path, kind, 5000, 5, how="numbers"))
    assert tally.errors > 500


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_twenty_thousand_mutants(tally, tmp_path, fuzz, vendors, record, kind):
    several = kind.startswith(("Igor", "Excel"))  # three kinds of each make twenty thousand
    record(_fuzzed(tally, fuzz, vendors, tmp_path, kind, 7000 if several else 20_000, 2))
    assert tally.errors > 500


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_mutants_of_real_files(tally, tmp_path, data_dir, fuzz, record, name):
    content = (data_dir / "xps" / name).read_bytes()
    how = "words" if REAL[name] else "numbers"
    record(fuzz(tally, tmp_path / "mutant", content, 1000, 3, how=how))
    assert tally.errors > 50


# --- cut off --------------------------------------------------------------------------------------


def _is_prefix(reading, whole):
    """Whether each spectrum of a cut file is the whole one's, but for channels that are missing."""
    for one, two in zip(reading.spectra, whole.spectra, strict=False):
        name = "counts" if "counts" in one else "intensity"
        energy = one["binding_energy"].values
        if name not in two or not np.isin(energy, two["binding_energy"].values).all():
            return False
        expected = two[name].sel(binding_energy=energy).values
        # Of text that may be cut inside its last number, that one is not vouched for.
        if np.sum(one[name].values != expected) > 1:
            return False
    return len(reading.spectra) <= len(whole.spectra)


@pytest.mark.parametrize("kind", KINDS[:8])
def test_truncation_at_every_percent(tally, tmp_path, vendors, kind):
    content = _seed(vendors, kind)[0]
    path = tmp_path / "cut"
    whole = tally.read(path, content)
    for percent in range(1, 100):
        reading = tally.read(path, content[: len(content) * percent // 100])
        if reading is None:
            continue
        said = {note.rule for note in reading.notes}
        assert said & {"no_terminator", "rows_missing", "scans_missing", "parts_missing"}, percent
        if "scans_missing" not in said:
            assert _is_prefix(reading, whole), percent


@pytest.mark.parametrize("name", REAL)
def test_truncation_of_real_files(tally, tmp_path, data_dir, name):
    content = (data_dir / "xps" / name).read_bytes()
    path = tmp_path / "cut"
    whole = tally.read(path, content)
    for percent in range(1, 100, 3):
        reading = tally.read(path, content[: len(content) * percent // 100])
        if reading is not None:
            assert {"no_terminator", "rows_missing"} & {note.rule for note in reading.notes}
            assert _is_prefix(reading, whole)


# --- lies about sizes -----------------------------------------------------------------------------

FAST = {"seconds": 1.0, "most": 200 * 2**20}


@pytest.mark.parametrize("lie", [0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 1_000_000_000])
@pytest.mark.parametrize("kind", ["PHI", "Igor, its checksum mended", "Igor 2"])
def test_every_word_may_lie(tally, tmp_path, vendors, kind, lie):
    content, _, _, wrap = _seed(vendors, kind)
    begin = content.find(b"EOFH\r\n") + 6 if kind == "PHI" else 0
    mend = wrap or (vendors.checksummed if kind == "Igor 2" else bytes)
    for at in range(begin, begin + min(400, len(content) - begin - 4), 6):
        changed = content[:at] + struct.pack("<I", lie) + content[at + 4 :]
        tally.read(tmp_path / "lie", mend(changed), **FAST)


@pytest.mark.parametrize(
    ("kind", "old", "new", "message"),
    [
        ("PHI", b" 60 -0.1000", b" 1000000000 -0.1000", "declares 1000000000 points"),
        ("PHI", b" 60 -0.1000", b" 61 -0.1000", "61 points in steps of -0.1 eV lead from 170"),
        ("PHI", b"Def: 1 1", b"Def: 7 1", "trace 1 of 60 points where region 7 of 60"),
        ("PHI", b" 60 -0.1000", b" 60 -0.2000", "lead from 170 to 164.1 eV, which they do not"),
        ("PHI", b" 60 -0.1000", b" x -0.1000", "region that is not understood"),
        ("PHI", b"EOFH", b"EOXX", "header does not end"),
        ("PHI", b"SPECTRUM", b"PROFILE", "type 'PROFILE'; only SPECTRUM is read"),
        ("PHI", b"SpectralRegDef: 2", b"SpectralRegOld: 2", "2 traces for 1 regions"),
        ("PHI", b"f4\0\0", b"f2\0\0", "of 'f2', expected f4 or f8"),
        ("SPECS XML", b"'values_per_curve'>60", b"'values_per_curve'>1e9", "values_per_curve should be"),
        ("SPECS XML", b"'values_per_curve'>60", b"'values_per_curve'>61", "expected 3 channels x"),
        ("SPECS XML", b"'mcd_head'>16", b"'mcd_head'>9999999", "mcd_head should be|whole number"),
        ("SPECS XML", b"'scan_delta'>0.1", b"'scan_delta'>0", "scan_delta should be above zero"),
        ("SPECS XML", b"'scan_delta'>0.1", b"'scan_delta'>1e-300", "scan_delta should be above zero"),
        ("SPECS XML", b"'pass_energy'>20.0", b"'pass_energy'>1e308", "pass_energy should be a possible"),
        ("SPECS XML", b"'dwell_time'>0.2", b"'dwell_time'>nan", "dwell_time should be a possible"),
        ("SPECS XML", b"<ulong>7 \n7", b"<ulong>7 \nx", "a count should be a finite number, not 'x'"),
        ("SPECS XML", b"</any>", b"", "is not well-formed XML"),
        ("SPECS XML", b"<?xml version='1.0'?>", b"<?xml version='1.0' encoding='x'?>", "encoding|XML"),
        ("SPECS xy", b"# Cycle: 0, Curve: 0, Scan: 1", b"# Cycle: 0, Curve: 0, Scan: 1\n1 2", "different energies"),
        ("SPECS xy", b"169.9000  ", b"169.9000  x", "should hold 2 finite numbers"),
        ("SPECS xy", b"169.9000  ", b"169.9000  1e999 ", "should hold 2 finite numbers"),
        ("SPECS xy", b"Excitation Energy:            1486.61", b"Excitation: 0", None),
        ("Scienta", b"Number of Regions=0002", b"Number of Regions=0003", "declares 3 regions and holds 2"),
        ("Scienta", b"Dimension 1 size=60", b"Dimension 1 size=1000000000", "declares 1e.09 energies"),
        ("Scienta", b"Dimension 2 size=2", b"Dimension 2 size=3", "declares 3 slices, lists 2 and has 2"),
        ("Scienta", b"scale=170 ", b"scale=999 ", "other energies than the region lists"),
        ("Scienta", b"scale=170 ", b"scale=nan ", "an energy should be a finite number"),
        ("Igor", b"\x05\0", b"\x07\0", "no known format"),
        ("Avantage", b"  60,  ENERGY", b"  999999999,  ENERGY", "an axis that cannot be"),
        ("Avantage", b"  60,  ENERGY", b"  61,  ENERGY", "holds 60 of 61 values"),
        ("Avantage", b"LIST@   4=", b"LIST@   8=", "should hold the values from number 4 on"),
        ("Avantage", b"  ENERGY", b"  X", "holds data over X, not over energy"),
        ("Avantage", b"1316.600000,", b"1e400,", "an axis that cannot be"),
        ("Excel", b"PK\x05\x06", b"PK\x05\x07", "zip archive without its end"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named(tally, tmp_path, vendors, kind, old, new, message):
    content = _seed(vendors, kind)[0]
    assert old in content
    path = tmp_path / "broken"
    reading = tally.read(path, content.replace(old, new, 1), **FAST)
    if message is None:
        assert "no_photon_energy" not in {
            note.rule for note in reading.notes
        }  # over binding energies
        return
    assert reading is None
    with pytest.raises(DataFileError, match=message):
        xps.read(path)


def test_a_checksum_that_does_not_fit_is_named(tally, tmp_path, vendors):
    content = bytearray(vendors.igor())
    content[100] ^= 1
    (tmp_path / "a.ibw").write_bytes(content)
    with pytest.raises(DataFileError, match="does not add up to its checksum"):
        xps.read(tmp_path / "a.ibw", format="igor")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": 0}, "a wave of text, not of real numbers"),
        ({"code": 5}, "a wave of complex numbers"),
        ({"code": 0x30}, "numbers of type 48"),
        ({"points": 0, "values": []}, "a wave without points"),
    ],
)
def test_a_wave_that_is_no_spectrum_is_named(tally, tmp_path, vendors, change, message):
    path = tmp_path / "a.ibw"
    assert tally.read(path, vendors.igor(**change)) is None
    with pytest.raises(DataFileError, match=message):
        xps.read(path)


# --- bombs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<!ENTITY a 'x'>", "XML with entities"),
        ("<!ENTITY % a 'x'>", "XML with entities"),
        ("<!ENTITY a SYSTEM 'file:///etc/hostname'>", "XML with entities"),
        ("<!ATTLIST any more CDATA 'x'>", "XML with default values"),
    ],
)
def test_a_document_type_that_could_harm_is_refused(tally, tmp_path, vendors, inside, message):
    path = tmp_path / "bomb.xml"
    assert tally.read(path, vendors.specs_xml(inside=inside), **FAST) is None
    with pytest.raises(DataFileError, match=message):
        xps.read(path)


def test_a_document_type_elsewhere_is_refused(tally, tmp_path, vendors):
    content = vendors.specs_xml(doctype=False)
    changed = content.replace(b"<any>", b"<!DOCTYPE any SYSTEM 'http://localhost/a.dtd'><any>", 1)
    path = tmp_path / "bomb.xml"
    assert tally.read(path, changed, **FAST) is None
    with pytest.raises(DataFileError, match="a document type that lies elsewhere"):
        xps.read(path)


@pytest.mark.parametrize(
    "deep", [b"<any>" * 100_000, b"<any>" * 100_000 + b"</any>" * 100_000], ids=["open", "closed"]
)
def test_deep_nesting_is_refused(tally, tmp_path, deep):
    path = tmp_path / "deep.xml"
    content = b"<?xml version='1.0'?><a b='IDL:specs.de/Serializer'>" + deep + b"</a>"
    assert tally.read(path, content, **FAST) is None
    with pytest.raises(DataFileError, match="nested more than 64 deep"):
        xps.read(path)


@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        (SHEET, b"<worksheet>" + b" " * 2**25 + b"</worksheet>", "more than 100 times its size"),
        (SHEET, b"<!DOCTYPE a [<!ENTITY a 'x'>]><a/>", "XML with a document type"),
        (SHEET, b"<a>" * 1000, "nested more than 64 deep"),
        ("../../evil", b"x", "leads out of its folder"),
        ("/evil", b"x", "leads out of its folder"),
        ("C:/evil", b"x", "leads out of its folder"),
        ("xl/workbook.xml", b"<workbook/>", "holds no spectrum"),
        ("xl/_rels/workbook.xml.rels", b"x", "is not well-formed XML"),
    ],
)
def test_an_archive_that_could_harm_is_refused(tally, tmp_path, vendors, part, content, message):
    path = tmp_path / "bomb.xlsx"
    assert tally.read(path, vendors.repacked(vendors.workbook(), part, content), **FAST) is None
    with pytest.raises(DataFileError, match=message):
        xps.read(path)


def test_a_shared_string_that_is_not_there_is_named(tmp_path, vendors):
    whole = vendors.with_shared_strings(vendors.workbook())
    (tmp_path / "a.xlsx").write_bytes(vendors.repacked(whole, "xl/sharedStrings.xml", b"<sst/>"))
    with pytest.raises(DataFileError, match="row 1: names a shared string '0' that is not there"):
        xps.read(tmp_path / "a.xlsx")


def test_a_size_that_an_archive_declares_is_not_set_aside(tally, tmp_path, vendors):
    content = bytearray(vendors.workbook())
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    path = tmp_path / "bomb.xlsx"
    assert tally.read(path, bytes(content), **FAST) is None
    with pytest.raises(DataFileError, match="has a part of 4294967280 bytes, and is not unpacked"):
        xps.read(path)


def test_a_table_of_contents_without_end_is_not_read(tally, tmp_path, vendors):
    content = bytearray(vendors.workbook())
    at = content.rfind(b"PK\x05\x06")
    content[at + 12 : at + 16] = struct.pack("<I", 500_000_000)
    assert tally.read(tmp_path / "bomb.xlsx", bytes(content), **FAST) is None


def test_a_zip_archive_of_other_things_is_named(tmp_path, vendors):
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.vms", "x")
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    with pytest.raises(DataFileError, match="is a zip archive, but no spreadsheet; unpack it"):
        xps.read(tmp_path / "a.zip")


# --- long lines and many of them ------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        b"DS_A : " + b"VT_ " * 50_000,
        b"$AXISVALUE= DATAXIS=1 SPACEAXIS=1 LABEL='a' POINT=1 VALUE=" + b" " * 200_000 + b"x",
        b"    0= " + b", " * 100_000,
        b"LIST@ " + b"1" * 200_000,
    ],
)
def test_a_hostile_line_of_a_dump_costs_no_more_than_its_length(tally, tmp_path, vendors, line):
    content = vendors.avantage().replace(b"$DATA=*", b"$PROPERTIES=X\r\n" + line + b"\r\n$DATA=*")
    tally.read(tmp_path / "a.avg", content, seconds=1.0, most=50 * 2**20)


@pytest.mark.parametrize(
    "line", [b"#" + b" " * 200_000, b"# " + b"a" * 200_000, b"# Cycle: " + b"1" * 200_000]
)
def test_a_hostile_comment_costs_no_more_than_its_length(tally, tmp_path, vendors, line):
    content = vendors.specs_xy().replace(b"# Cycle: 0\n", line + b"\n# Cycle: 0\n", 1)
    tally.read(tmp_path / "a.xy", content, seconds=1.0, most=50 * 2**20)
