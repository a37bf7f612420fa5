"""VAMAS files gone wrong: each ends in data or in one sentence, quickly and in little memory."""

from __future__ import annotations

import numpy as np
import pytest

import xps
from references import DataFileError

REAL = ["pynxtools-xps/FeO_analyzed.vms", "matkrin-vamas/aes_staib.vms", "cheminfo-vamas/ARXPS.vms"]


def _changed(content, old, new, count=1):
    text = content.decode("latin-1").replace("\r\n", "\n")
    assert old in text
    return text.replace(old, new, count).encode("latin-1")


def _rules(reading):
    return {note.rule for note in reading.notes}


def test_a_valid_file_of_each_kind_is_read_whole(tally, tmp_path, seed):
    reading = tally.read(tmp_path / "a.vms", seed)
    assert _rules(reading) == set()
    assert reading.skipped == ()
    for number, spectrum in enumerate(reading.spectra):
        np.testing.assert_allclose(spectrum["binding_energy"].values[[0, -1]], [166.1, 170.0])
        assert float(spectrum["transmission"][0]) == 0.97
        expected = (500 + 7 * np.arange(40) % 31 + number)[::-1].astype(float)
        is_rate = b"\r\nc/s\r\n" in seed
        np.testing.assert_allclose(spectrum["counts"], expected * 0.2 if is_rate else expected)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\n1486.69\n", "\nnan\n", "photon energy should be a finite number, not 'nan'"),
        ("counting\n0.1\n2\n", "counting\n0.1\nx\n", "scans should be a number, not 'x'"),
        ("\n80\n", "\n1e9\n", "ordinate values is 1e.09, but only"),
        ("\n80\n", "\n-1\n", "should be a whole number >= 0, not -1"),
        ("\n80\n", "\n2.5\n", "should be a whole number >= 0, not 2.5"),
        ("\n80\n", "\n78\n", "should|ends"),
        ("\n0.97\n", "\ninf\n", "finite"),
        ("\n0.97\n", "\n1_0\n", "finite number, not '1_0'"),
        ("REGULAR", "SIDEWAYS", "scan mode should be"),
        ("1316.69\n0.1\n", "1316.69\n0\n", "increment cannot be 0"),
        ("1316.69\n0.1\n", "1316.69\n1e300\n", "which no measurement does"),
        ("1316.69\n0.1\n", "1316.69\n1e308\n", "finite|which no measurement does"),
        ("1316.69\n0.1\n", "1316.69\n1e999\n", "increment should be a finite number, not '1e999'"),
        ("1988 May 4", "1999", "begin with the VAMAS identifier"),
    ],
)
def test_a_broken_file_is_named_with_its_place(tally, tmp_path, make_vamas, old, new, message):
    path = tmp_path / "broken.vms"
    path.write_bytes(_changed(make_vamas(), old, new))
    with pytest.raises(DataFileError, match=message) as caught:
        xps.read(path)
    assert "broken.vms" in str(caught.value)
    assert "line" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("pulse counting\n0.1\n", "pulse counting\n0\n", "time_unknown"),
        ("pulse counting\n0.1\n", "pulse counting\n-0.1\n", "time_unknown"),
        ("pulse counting\n0.1\n", "pulse counting\n1E+37\n", "time_unknown"),
        ("pulse counting\n0.1\n2\n", "pulse counting\n0.1\n0\n", "time_unknown"),
        ("\n500\n0.97", "\n-500\n0.97", "negative_counts"),
        ("\n1486.69\n", "\n1E+37\n", "no_photon_energy"),
        ("end of experiment\n", "", "no_terminator"),
        ("end of experiment\n", "end of exp", "no_terminator"),
        ("end of experiment", "another block", "more_than_declared"),
    ],
)
def test_what_looks_wrong_is_said(tally, tmp_path, make_vamas, old, new, rule):
    reading = tally.read(tmp_path / "a.vms", _changed(make_vamas(), old, new))
    assert rule in _rules(reading)


def test_an_axis_that_turns_back_is_said_and_one_that_repeats_is_refused(
    tally, tmp_path, make_vamas
):
    content = make_vamas(scan="IRREGULAR", blocks=1)
    reading = tally.read(tmp_path / "a.vms", _changed(content, "1317.09\n", "1317.29\n"))
    assert reading is None  # 1317.29 comes twice
    reading = tally.read(tmp_path / "a.vms", _changed(content, "1317.09\n", "1317.25\n"))
    assert _rules(reading) == {"axis_not_monotone"}


def test_a_block_with_missing_values_is_skipped_and_the_others_are_read(
    tally, tmp_path, make_vamas
):
    reading = tally.read(tmp_path / "a.vms", _changed(make_vamas(), "\n501\n", "\n1E+37\n"))
    assert len(reading.spectra) == 1
    assert "missing (1E+37)" in reading.skipped[0]


def test_only_line_ends_end_a_line(tally, tmp_path, make_vamas):
    odd = "caf\xe9 \x85 \x0b \x0c \x1c \x1d"
    for mark in ("\r\n", "\n", "\r"):
        content = make_vamas(comments=(odd,)).replace(b"\r\n", mark.encode())
        assert len(tally.read(tmp_path / "a.vms", content).spectra) == 2


def test_a_casaxps_line_that_is_not_understood_is_said(tally, tmp_path, seed):
    if b"CASA comp" not in seed:
        pytest.skip("this kind of file holds no CasaXPS fit here")
    path = tmp_path / "a.vms"
    assert len(tally.read(path, seed).casa[0].components) == 2
    for old, new in (
        ("Area 8239.24", "Area x"),
        ("Area 8239.24", "Area 1e999"),
        ("-1 1 MFWHM", "1e999 1 MFWHM"),
        ("-1 1 MFWHM", "7 1 MFWHM"),
        ("-1 1 MFWHM", "0 1 MFWHM"),  # to itself
        ("0.668 2 0 0 786.7", "0.668 1e999 0 0 786.7"),
        ("\n2\nCASA comp", "\n3\nCASA comp"),
    ):
        reading = tally.read(path, _changed(seed, old, new))
        assert "casaxps_line_not_read" in _rules(reading), new[:20]
        # Links are counted through the list: a component less, and they would mean another.
        assert len(reading.casa[0].components) in {0, 2}


@pytest.mark.parametrize(
    "line",
    [
        "CASA comp (*" * 20_000,
        "CASA comp (*a*) (*" * 20_000,
        "CASA region (*a*) (*b*) " + "1" * 300_000,
        "CASA comp (*a*) (*GL(30)*) Area " + "1" * 300_000 + "x",
        "Calib M =" + " " * 300_000,
        "(*" * 100_000,
    ],
)
def test_a_hostile_comment_costs_no_more_than_its_length(tally, tmp_path, make_vamas, line):
    content = make_vamas(comments=("Casa Info Follows", line))
    assert tally.read(tmp_path / "a.vms", content, seconds=1.0, most=50 * 2**20) is not None


# --- counts that lie --------------------------------------------------------------------------------


def _count_lines(content):
    """Which lines of a file are whole numbers: each may be taken for how many lines follow."""
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    return lines, [i for i, line in enumerate(lines) if line.isdigit()]


@pytest.mark.parametrize("lie", [b"1e9", b"1000000000", b"-1", b"-1e9", b"99999999999999999999"])
def test_every_count_may_lie(tally, tmp_path, seed, lie):
    lines, counts = _count_lines(seed)
    for i in [i for i in counts if i < 120]:
        tally.read(
            tmp_path / "a.vms",
            b"\n".join([*lines[:i], lie, *lines[i + 1 :]]),
            seconds=1.0,
            most=200 * 2**20,
        )


def test_counts_inside_counts_may_lie(tally, tmp_path, seed):
    lines, counts = _count_lines(seed)
    early = [i for i in counts if i < 70]
    for one in early[::3]:
        for two in early[::4]:
            changed = list(lines)
            changed[one], changed[two] = b"30", b"1e9"
            content = b"\n".join(changed)
            tally.read(tmp_path / "a.vms", content, seconds=1.0, most=200 * 2**20)


@pytest.mark.parametrize("number", ["1000000000", "1e9", "1e308", "3"])
def test_a_header_that_promises_too_many_blocks(tally, tmp_path, make_vamas, number):
    content = _changed(make_vamas(), "0\n0\n0\n0\n2\n", f"0\n0\n0\n0\n{number}\n")
    path = tmp_path / "bomb.vms"
    assert tally.read(path, content, seconds=1.0, most=200 * 2**20) is None
    with pytest.raises(DataFileError, match=r"the number of blocks is|ends where"):
        xps.read(path)


def test_a_million_empty_lines_behind_a_lying_count(tally, tmp_path, make_vamas):
    content = _changed(make_vamas(), "0\n0\n0\n0\n2\n", "0\n0\n0\n0\n20000\n") + b"\n" * 1_000_000
    assert tally.read(tmp_path / "a.vms", content, seconds=1.0, most=200 * 2**20) is None


# --- cut off, and mutated ---------------------------------------------------------------------------


def test_truncation_at_every_percent(tally, tmp_path, seed):
    path = tmp_path / "cut.vms"
    whole = tally.read(path, seed)
    for percent in range(1, 100, 3):
        reading = tally.read(path, seed[: len(seed) * percent // 100])
        if reading is None:
            continue
        assert "no_terminator" in _rules(reading)
        for one, two in zip(reading.spectra, whole.spectra, strict=True):
            assert one.identical(two.assign_attrs(file="cut.vms"))


@pytest.mark.parametrize("name", REAL)
def test_truncation_of_real_files(tally, tmp_path, data_dir, name):
    content = (data_dir / "xps" / name).read_bytes()
    for percent in range(1, 100, 5):
        reading = tally.read(tmp_path / "cut.vms", content[: len(content) * percent // 100])
        assert reading is None or "no_terminator" in _rules(reading)


def test_mutants_give_data_or_the_named_error(tally, tmp_path, seed, fuzz):
    fuzz(tally, tmp_path / "mutant.vms", seed, 100, 1)
    assert tally.data > 10
    assert tally.errors > 10


@pytest.mark.slow
def test_twenty_thousand_mutants(tally, tmp_path, seed, fuzz, record):
    record(fuzz(tally, tmp_path / "mutant.vms", seed, 5000, 2))  # of each of four kinds
    assert tally.data > 500
    assert tally.errors > 500


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_mutants_of_real_files(tally, tmp_path, data_dir, fuzz, record, name):
    content = (data_dir / "xps" / name).read_bytes()
    record(fuzz(tally, tmp_path / "mutant.vms", content, 1000, 3))
    assert tally.data > 50


@pytest.mark.slow
def test_a_file_as_large_as_any_that_is_read(tally, tmp_path, make_vamas, record):
    """The largest size of the shortest lines: the worst that memory can meet."""
    content = make_vamas(ending=False) + b"1\n" * (64 * 1024**2 - 10_000)
    reading = tally.read(tmp_path / "long.vms", content, seconds=60.0)
    record(tally)
    assert _rules(reading) == {"more_than_declared"}


def test_a_file_larger_than_any_that_is_read(tally, tmp_path, make_vamas, monkeypatch):
    monkeypatch.setattr("xps.io.vamas.experiment.MAX_BYTES", 1000)
    path = tmp_path / "large.vms"
    assert tally.read(path, make_vamas()) is None
