"""Files gone wrong: each ends in data or in one sentence, quickly and in little memory."""

from __future__ import annotations

import struct

import numpy as np
import pytest

import xrd
from references import DataFileError

FAST = {"seconds": 1.0, "most": 200 * 2**20}

# kind: a valid file, what is attacked of it, and the part of an archive that is changed
KINDS = {
    "xy": (lambda v: v.xy(header=("# made", "2theta counts")), "lines", None),
    "csv, decimal comma": (lambda v: v.xy(mark=";", comma=True, newline="\r\n"), "lines", None),
    "xye": (lambda v: v.xy(values=v.counts() + 0.5, u=np.full(60, 3.0)), "lines", None),
    "start, step, end": (lambda v: b"20 0.02 21.18\n" + b"\n".join(b"%d" % n for n in v.counts()), "lines", None),
    "GSAS STD": (lambda v: v.gsas(banks=2), "lines", None),
    "GSAS ESD": (lambda v: v.gsas("ESD"), "lines", None),
    "GSAS FXYE": (lambda v: v.gsas("FXYE"), "lines", None),
    "xrdml": (lambda v: v.xrdml(scans=2, factors=[1.0] * 59 + [8.0]), "lines", None),
    "ras": (lambda v: v.ras(scans=2), "lines", None),
    "raw4": (lambda v: v.raw4(ranges=2), "words", None),
    "pdcif rates": (lambda v: v.pdcif(), "lines", None),
    "pdcif grid": (lambda v: v.pdcif("grid"), "lines", None),
    "pdcif su": (lambda v: v.pdcif("su"), "lines", None),
    "brml": (lambda v: v.brml(scans=2), "words", None),
    "brml, within a scan": (lambda v: v.brml(factors=np.r_[np.ones(55), np.full(5, 8.0)]), "lines", "Experiment0/RawData0.xml"),
    "rasx": (lambda v: v.rasx(scans=2), "words", None),
    "rasx, within a profile": (lambda v: v.rasx(), "lines", "Data0/Profile0.txt"),
    "rasx, within its conditions": (lambda v: v.rasx(), "lines", "Data0/MesurementConditions0.xml"),
}  # fmt: skip

READERS = {
    "table": ("xy", "csv, decimal comma", "xye", "start, step, end"),
    "gsas": ("GSAS STD", "GSAS ESD", "GSAS FXYE"),
    "pdcif": ("pdcif rates", "pdcif grid", "pdcif su"),
    "brml": ("brml", "brml, within a scan"),
    "rasx": ("rasx", "rasx, within a profile", "rasx, within its conditions"),
    "xrdml": ("xrdml",),
    "ras": ("ras",),
    "raw4": ("raw4",),
}
SHARES = {kind: 20_000 // len(kinds) for kinds in READERS.values() for kind in kinds}
"""How many of a reader's twenty thousand mutants are of this kind."""

REAL = {
    "formats/panalytical_attenuator.xrdml": "numbers",
    "formats/rigaku_powder.rasx": "words",
    "formats/rigaku_three_column.ras": "numbers",
    "formats/rigaku_multiscan.ras": "lines",
    "formats/bruker_raw4_scrambled.raw": "words",
    "formats/FAP.XRA": "numbers",
    "round_robin/cpd-1e.prn": "lines",
}


def _fuzzed(tally, fuzz, vendors, tmp_path, kind, number, seed, *, how=""):
    make, usual, part = KINDS[kind]
    whole = make(vendors)
    assert tally.read(tmp_path / "whole", whole) is not None
    content = vendors.part_of(whole, part) if part else whole
    wrap = (lambda changed: vendors.repacked(whole, part, changed)) if part else None
    return fuzz(tally, tmp_path / "mutant", content, number, seed, how=how or usual, wrap=wrap)


def _refused(tmp_path, content, message, name="a"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataFileError, match=message) as caught:
        xrd.read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


# --- mutants --------------------------------------------------------------------------------------


def test_every_kind_of_file_belongs_to_a_reader():
    assert set(SHARES) == set(KINDS)
    assert set(READERS) == {known.name for known in xrd.io.formats.FORMATS}


@pytest.mark.parametrize("kind", KINDS)
def test_mutants_give_data_or_the_named_error(tally, tmp_path, fuzz, vendors, kind):
    _fuzzed(tally, fuzz, vendors, tmp_path, kind, min(SHARES[kind] // 80, 120), 1)
    assert tally.errors > 10


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind][1] == "lines"])
def test_numbers_that_lie_give_data_or_the_named_error(tally, tmp_path, fuzz, vendors, kind):
    _fuzzed(tally, fuzz, vendors, tmp_path, kind, 60, 4, how="numbers")
    assert tally.errors > 5


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_twenty_thousand_mutants(tally, tmp_path, fuzz, vendors, record, kind):
    record(_fuzzed(tally, fuzz, vendors, tmp_path, kind, SHARES[kind], 2))
    assert tally.errors > 500


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_mutants_of_real_files(tally, tmp_path, data_dir, fuzz, record, name):
    content = (data_dir / "xrd/patterns" / name).read_bytes()
    record(fuzz(tally, tmp_path / "mutant", content, 500, 3, how=REAL[name]))
    assert tally.errors > 20


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "within" not in kind])
def test_truncation_at_every_percent(tally, tmp_path, vendors, kind):
    """What is read of a file that was cut off is what the whole file holds, but for its end."""
    content = KINDS[kind][0](vendors)
    whole = tally.read(tmp_path / "whole", content)
    for percent in range(1, 100):
        reading = tally.read(tmp_path / "cut", content[: len(content) * percent // 100])
        for cut, full in zip(reading.patterns if reading else (), whole.patterns, strict=False):
            name = "counts" if "counts" in cut else "intensity"
            points = cut.sizes["two_theta"]
            assert points <= full.sizes["two_theta"]
            # Of text that may be cut inside its last number, that one is not vouched for.
            if name in full:
                np.testing.assert_array_equal(
                    cut[name].values[: points - 1], full[name].values[: points - 1]
                )


# --- bad files, each by its sentence --------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; copy or export it again"),
        (" \n\n", "is empty"),
        ("\ufeff", "no known format, nor columns of numbers; give .xy"),
        ("hello world\n" * 30, "no known format, nor columns of numbers"),
        ("20.0 5\n", "at least two points, not 1"),
        ("20\n21\n22\n", "has 1 column|no known format"),
        ("1 2 3 4\n5 6 7 8\n", "has 4 columns; give 2 theta, counts and perhaps an esd"),
        ("20 5\n20.02 6\n20.02 7\n20.04 6\n", r"the angle 20.02 comes twice \(points 2 and 3\)"),
        ("20 5\n20.04 6\n20.02 7\n", "angles should increase, but 20.02 follows 20.04"),
        ("20 5\n20.02 -6\n20.04 nan\n", "line 3: should hold 2 finite numbers, not '20.04 nan'"),
        ("20 5\n\n# x\n20.02\n20.04 7\n", "line 4: should hold 2 finite numbers, not '20.02'"),
        ("20 5\nnan 6\n20.04 7\n", "line 2: should hold 2 finite numbers, not 'nan 6'"),
        ("20 5\n20.02 1e999\n20.04 7\n", "line 2: should hold 2 finite numbers"),
        ("20 5\n20.02 6 x\n20.04 7\n", "line 2: should hold 2 finite numbers, not '20.02 6 x'"),
        ("20 5\nERR 6\n20.04 7\n20.06 8\n", "line 2: a line that is no row of numbers between 20 and"),
        ("20.00 1,234\n20.02 987\n", "line 1: mixes decimal points and commas: '20.00 1,234'"),
        ("20,00;5\n20.02;6\n", "line 2: mixes decimal points and commas"),
        ("20 5\n20.02 6\nthe end\n90 1\n", "scan 2, from line 4: a pattern has at least two points"),
        ("20 0\n20.02 0\n20.04 0\n", "nothing was counted"),
        ("20 5 1\n20.02 6 0\n20.04 7 1\n", "u should be above zero, but is 0 at 20.02 degrees"),
        ("20 5 1\n20.02 6 -1\n20.04 7 1\n", "u should be above zero, but is -1 at 20.02 degrees"),
        ("x y ycalc\n20 5 1\n20.02 6 2\n20.04 7 1\n", "column 3 is called 'ycalc', expected an esd"),
        ("2000 5\n2002 6\n2004 7\n", "give degrees, not centidegrees"),
        ("20 5\n20.02 1e200\n20.04 7\n", "which no measurement does"),
        ("RAW1.01\0\0", "a Bruker RAW file of version 3.*convert it in DIFFRAC"),
        ("RAW2\0\0", "a Bruker RAW file of version 2"),
        ("RAW \0\0", "a Bruker RAW file of version 1"),
        ("<?xml version='1.0'?><svg/>", "XML, but not PANalytical's .xrdml"),
        ("\ufeff<?xml version='1.0'?><svg/>", "XML, but not PANalytical's .xrdml"),
        ("data_a\n_cell_length_a 9.8\n", "a CIF without points of a pattern; give the measured"),
        ("data_a\nloop_\n_a\n_b\n1 2 3\n", "is no well-formed CIF"),
        ("x\nBANK 1 60 6 RALF 2000 2 0 0 STD\n", "RALF data of type STD; only CONST"),
        ("x\nBANK 1 60 6 CONST 2000 2 0 0 ALT\n", "CONST data of type ALT; only CONST"),
        ("x\nBANK 1 60 6\n", "line 2: a BANK line that is not understood"),
        ("x\nBANK 1 1e9 6 CONST 2000 2 0 0 STD\n", "declares 1e9 points from 2000"),
        ("x\nBANK 1 60 6 CONST 2000 0 0 0 STD\n", "in steps of 0; expected"),
        ("*RAS_DATA_START\n*RAS_HEADER_START\n", "holds no powder pattern"),
        ("*RAS_DATA_START\n*RAS_INT_START\n*RAS_INT_END\n", "it holds no points"),
        ("RAW4.00", "holds no powder pattern"),
    ],
)  # fmt: skip
def test_refused_with_a_sentence(tmp_path, content, message):
    _refused(tmp_path, content, message)


@pytest.mark.parametrize(
    ("kind", "old", "new", "message"),
    [
        ("GSAS STD", b" 60 6 CONST", b" 61 7 CONST", "declares 61 points and holds 60"),
        ("xrdml", b'unit="counts">2', b'unit="counts">x 2', "scan 1: a count should be a finite number"),
        ("xrdml", b'unit="counts">2', b'unit="counts">7 2', "holds 61 counts and 60 beamAtt"),
        ("xrdml", b"<startPosition>20.0000", b"<startPosition>x", "start and end of 2Theta should be"),
        ("xrdml", b"<startPosition>20.0000", b"<startPosition>90", None),
        ("xrdml", b'axis="2Theta"', b'axis="Eta"', "has no positions of 2Theta"),
        ("xrdml", b"8.00</beam", b"0.00</beam", "beam attenuation factor is not above zero"),
        ("xrdml", b"</xrdMeasurements>", b"", "is not well-formed XML"),
        ("ras", b"20.0200 ", b"20.0000 ", r"scan 1 \(run 0\): the angle 20 comes twice"),
        ("ras", b"20.0200 ", b"20.0200 x ", r"run 0\), line 16: should hold 3 finite numbers"),
        ("ras", b"*RAS_INT_END", b"*RAS_HEADER_START", "a header begins within the rows"),
        ("raw4", struct.pack("<II", 8, 92), struct.pack("<II", 3, 92), "records of 3 bytes"),
        ("raw4", struct.pack("<II", 8, 92), struct.pack("<II", 2**31, 92), "leads out of the file"),
        ("raw4", struct.pack("<II", 30, 136), struct.pack("<II", 30, 2**32 - 1), "leads out of the file"),
        ("raw4", struct.pack("<d", 0.02), struct.pack("<d", 0.0), "in steps of 0 cannot be"),
        ("raw4", struct.pack("<d", 0.02), struct.pack("<d", np.nan), "in steps of nan cannot be"),
        ("pdcif rates", b"20.020 ", b"20.000 ", "block powder_meas: the angle 20 comes twice"),
        ("pdcif grid", b"range_inc 0.02", b"range_inc 0.05", "60 points in steps of 0.05 lead from 20 to"),
        ("pdcif grid", b"_pd_meas_2theta_range_min", b"_pd_meas_tof_min", "but not over 2 theta"),
        ("pdcif su", b"20.020 ", b"? ", "should be a finite number, not '.'"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named(tally, tmp_path, vendors, kind, old, new, message):
    content = KINDS[kind][0](vendors)
    assert old in content
    changed = content.replace(old, new, 1)
    reading = tally.read(tmp_path / "broken", changed, **FAST)
    if message is None:
        assert "descending" in {note.rule for note in reading.notes}
        return
    _refused(tmp_path, changed, message)


@pytest.mark.parametrize("kind", ["xy", "GSAS STD", "pdcif one"])
def test_a_wavelength_that_is_missing_is_asked_for_later(tmp_path, vendors, kind):
    content = (
        vendors.pdcif("grid", wavelength="") if kind == "pdcif one" else KINDS[kind][0](vendors)
    )
    (tmp_path / "a").write_bytes(content)
    reading = xrd.read(tmp_path / "a")
    assert np.isnan(reading.patterns[0]["wavelength"])
    assert "no_wavelength" in {note.rule for note in reading.notes}


@pytest.mark.parametrize("wrong", ["154.0598", "1e9", "0.0"])
def test_a_wavelength_that_cannot_be_is_left_out(tmp_path, vendors, wrong):
    (tmp_path / "a").write_bytes(vendors.xrdml(wavelength=wrong))
    reading = xrd.read(tmp_path / "a")
    assert np.isnan(reading.patterns[0]["wavelength"])
    assert ("wavelength" in {note.rule for note in reading.notes}) == (wrong != "0.0")


def test_a_missing_file_names_its_neighbour(tmp_path):
    (tmp_path / "sample.xy").write_text("x")
    with pytest.raises(DataFileError, match=r"no such file; did you mean sample\.xy"):
        xrd.read(tmp_path / "smaple.xy")


# --- lies about sizes, bombs ----------------------------------------------------------------------


@pytest.mark.parametrize("lie", [0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 1_000_000_000])
def test_every_word_may_lie(tally, tmp_path, vendors, lie):
    content = vendors.raw4()
    for at in range(56, 61 + 45 + 136 + 160 + 92, 3):
        changed = content[:at] + struct.pack("<I", lie) + content[at + 4 :]
        tally.read(tmp_path / "lie", changed, **FAST)
    assert tally.errors > 10


@pytest.mark.parametrize(
    "inside",
    [
        "<!DOCTYPE a [<!ENTITY a 'x'>]>",
        "<!DOCTYPE a [<!ENTITY a '" + "x" * 9999 + "'><!ENTITY b '" + "&a;" * 9999 + "'>]>",
        "<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>",
        "<!DOCTYPE a SYSTEM 'http://localhost/a.dtd'>",
    ],
)
@pytest.mark.parametrize("kind", ["xrdml", "brml", "rasx"])
def test_entities_are_refused(tally, tmp_path, vendors, kind, inside):
    content = vendors.xrdml(inside=inside)
    if kind != "xrdml":
        whole = vendors.brml() if kind == "brml" else vendors.rasx()
        part = vendors.RAW_DATA if kind == "brml" else vendors.CONDITIONS
        text = vendors.part_of(whole, part).replace(b"?>", b"?>" + inside.encode(), 1)
        content = vendors.repacked(whole, part, text)
    assert tally.read(tmp_path / "bomb", content, **FAST) is None
    _refused(tmp_path, content, "is XML with a document type, which a file of data does not need")


@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        ("RAW_DATA", b"<RawData>" + b" " * 2**25 + b"</RawData>", "more than 100 times its size"),
        ("RAW_DATA", b"<a>" * 1000, "nested more than 64 deep"),
        ("RAW_DATA", b"<a/>", "holds no powder pattern"),
        ("../../evil", b"x", "leads out of its folder"),
        ("/evil", b"x", "leads out of its folder"),
        ("C:/evil", b"x", "leads out of its folder"),
        ("Experiment0/DataContainer.xml", b"<a/>", "lists no scan; export the scan"),
        ("Experiment0/DataContainer.xml", b"<a><string>Experiment0/RawData7.xml</string></a>", "RawData7.xml' that is not there"),
    ],
)  # fmt: skip
def test_an_archive_that_could_harm_is_refused(tally, tmp_path, vendors, part, content, message):
    named = getattr(vendors, part, part)
    bomb = vendors.repacked(vendors.brml(), named, content)
    assert tally.read(tmp_path / "bomb", bomb, **FAST) is None
    _refused(tmp_path, bomb, message)


@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        ("Data0/Profile0.txt", b"20.0\t1\t1\r\n" * 2**20, "more than 100 times its size"),
        ("Data0/Profile0.txt", b"", "it holds no points"),
        ("Data0/Profile0.txt", b"20.0\t5\t1\r\n", "at least two points, not 1"),
        (
            "Data0/Profile0.txt",
            b"20.0\t5\t1\r\n20.02\t5\r\n",
            "line 2: should hold 3 finite numbers",
        ),
        ("root.xml", b"<Root><Data1/></Root>", "lists Data1, which has no profile"),
        ("root.xml", b"<Root/>", "holds no powder pattern"),
    ],
)
def test_a_rigaku_archive_that_is_broken_is_refused(
    tally, tmp_path, vendors, part, content, message
):
    broken = vendors.repacked(vendors.rasx(), part, content)
    assert tally.read(tmp_path / "bomb", broken, **FAST) is None
    _refused(tmp_path, broken, message)


def test_a_zip_archive_of_other_things_is_named(tmp_path, vendors):
    content = vendors.archive({"a.xy": "20 5\n21 6\n"})
    _refused(tmp_path, content, "a zip archive, but neither Bruker's .brml nor Rigaku's .rasx")


@pytest.mark.parametrize(
    "content",
    [
        b"1,2\n" * 700_000,
        b"20.1," + b"1" * (17 * 2**20),
        b"20 5\n" + b"1 " * 2**20,
        b"data_a\nloop_\n_pd_meas_counts_total\n" + b"1\n" * 2**20,
        b"data_" + b"a" * 2**20,
        b"#" + b" " * 2**21,
        b"*RAS_DATA_START\n*RAS_INT_START\n" + b"20 5\n" * 2**20,
        b"x\nBANK 1 100 10 CONST 2000 2 0 0 STD\n" + b"1" * 2**21,
        b"BANK 1 2 1 CONST 2000 2 0 0 STD\n" * 30_000,
    ],
    ids=["rows", "cell", "line", "loop", "name", "comment", "ras", "gsas", "banks"],
)
def test_what_is_longer_than_any_scan_costs_little(tally, tmp_path, content):
    assert tally.read(tmp_path / "long", content, seconds=4.0, most=600 * 2**20) is None
