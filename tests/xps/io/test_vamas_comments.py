"""CasaXPS's lines in a copy of a VAMAS file: every other byte stays as it is."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import xps
from references.files import DataFileError
from xps.io.casa import parse_casa
from xps.io.casa_lines import casa_lines
from xps.io.vamas import read_vamas, vamas_bytes, with_casa_lines
from xps.spectrum import SpectrumError

LINES = ("Casa Info Follows", "1", "Calib M = 0 A = 0.25 BE ADD", "0", "0", "0")
REAL = [
    "cheminfo-vamas/assigned.vms",
    "cheminfo-vamas/ARXPS.vms",
    "cheminfo-vamas/polyethyleneglycol.vms",
    "pynxtools-xps/FeO_analyzed.vms",
    "pynxtools-xps/irregular.vms",
    "LG4X-V2/0-150W.vms",
    "LG4X-V2/Mutlipak_vms.npl",
    "matkrin-vamas/xps_eis.vms",
]


def _spectrum(number):
    energy = np.arange(150.0, 152.0, 0.1)
    return xps.spectrum(
        energy, np.arange(energy.size) + number, photon_energy=1486.6, dwell_time=0.1, scans=2,
        sample=f"sample {number}", region="S 2p",
    )  # fmt: skip


def _file(comments=((), ("one", "two"), ()), mark=b"\n"):
    content = vamas_bytes([_spectrum(i) for i in range(3)], comments=comments)
    return content.replace(b"\n", mark)


def _new(_present):
    return LINES


@pytest.mark.parametrize("mark", [b"\n", b"\r\n", b"\r"])
def test_only_one_block_changes(mark):
    before = _file(mark=mark)
    after = with_casa_lines("x.vms", before, {1: _new})
    lines_before, lines_after = before.split(mark), after.split(mark)
    place = lines_before.index(b"one")
    assert lines_after[: place - 1] == lines_before[: place - 1]
    assert lines_after[place - 1] == b"8"  # six of CasaXPS's, and the two that were there
    assert tuple(line.decode() for line in lines_after[place : place + 6]) == LINES
    assert lines_after[place + 6 :] == lines_before[place:]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_lines_stand_with_their_spectrum(number):
    found = read_vamas("x.vms", with_casa_lines("x.vms", _file(), {number: _new}))
    assert [fit is not None for fit in found.casa] == [i == number for i in range(3)]
    assert found.casa[number].energy_shift == 0.25


def test_several_blocks_at_once_and_in_any_order():
    both = with_casa_lines("x.vms", _file(), {2: _new, 0: _new})
    one_by_one = with_casa_lines("x.vms", with_casa_lines("x.vms", _file(), {0: _new}), {2: _new})
    assert both == one_by_one


def test_lines_already_there_are_replaced_and_their_neighbours_kept():
    held = ("before", *LINES, "after")
    found = with_casa_lines(
        "x.vms", _file((held, (), ())), {0: lambda _: ("Casa Info Follows", *"0000")}
    )
    assert b"before\nCasa Info Follows\n0\n0\n0\n0\nafter\n" in found
    assert b"Calib" not in found


@pytest.mark.parametrize("name", REAL)
def test_nothing_asked_for_is_nothing_changed(data_dir, name):
    content = (data_dir / "xps" / name).read_bytes()
    assert with_casa_lines(name, content, {}) == content


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_takes_other_lines_and_gives_them_back(data_dir, name):
    content = (data_dir / "xps" / name).read_bytes()
    before = read_vamas(name, content)
    last = len(before.spectra) - 1
    written = with_casa_lines(name, content, {last: _new})
    after = read_vamas(name, written)
    assert after.casa[last] == parse_casa(LINES)
    assert after.casa[:last] == before.casa[:last]
    # Put back what was there, and the file is the one it was, to the way numbers are written.
    if before.casa[last] is not None:
        back = with_casa_lines(name, written, {last: lambda _: casa_lines(before.casa[last])})
        assert read_vamas(name, back).casa == before.casa


def test_what_a_real_block_held_comes_back_byte_for_byte(data_dir):
    """The lines as they stood, put over lines of ours: the same file again."""
    content = (data_dir / "xps/cheminfo-vamas/assigned.vms").read_bytes()
    number = next(i for i, c in enumerate(read_vamas("a", content).casa) if c and c.components)
    present = []

    def ours(comments):
        start = comments.index("Casa Info Follows")
        fit = parse_casa(comments)
        size = len(casa_lines(fit))
        present.extend(comments[start : start + size])
        return LINES

    written = with_casa_lines("a", content, {number: ours})
    assert written != content
    back = with_casa_lines("a", written, {number: lambda _: present})
    assert hashlib.sha256(back).digest() == hashlib.sha256(content).digest()


def test_zero_bytes_in_a_label_are_left():
    content = _file().replace(b"sample 2", b"sample 2" + b"\x00" * 3)
    written = with_casa_lines("x.vms", content, {2: _new})
    assert b"sample 2\x00\x00\x00" in written
    assert read_vamas("x.vms", written).casa[2] is not None


def test_a_spectrum_that_is_not_there():
    with pytest.raises(DataFileError, match="no spectrum 3"):
        with_casa_lines("x.vms", _file(), {3: _new})


def test_lines_that_would_shift_the_block_are_refused():
    with pytest.raises(DataFileError):
        with_casa_lines("x.vms", _file(), {0: lambda _: ("Casa Info Follows", "a\nb")})


@pytest.mark.parametrize("percent", range(0, 100, 5))
def test_a_file_that_is_cut_off_is_an_error_or_a_whole_copy(percent):
    content = _file()
    cut = content[: len(content) * percent // 100]
    try:
        written = with_casa_lines("x.vms", cut, {0: _new})
    except DataFileError:
        return
    assert len(read_vamas("x.vms", written).spectra) == len(read_vamas("x.vms", cut).spectra)


# --- a new file -----------------------------------------------------------------------------------


def test_an_irregular_axis_is_written_as_it_is():
    energy = np.array([150.0, 150.1, 150.3, 151.0, 151.05])
    made = xps.spectrum(
        energy, [5, 3, 8, 1, 2], photon_energy=1486.6, dwell_time=0.1, scans=2, region="S 2p"
    )
    again = read_vamas("x.vms", vamas_bytes([made])).spectra[0]
    assert np.allclose(again["binding_energy"].values, energy, rtol=0, atol=1e-12)
    assert again["counts"].values.tolist() == [5, 3, 8, 1, 2]


def test_a_text_that_vamas_cannot_hold_is_refused():
    made = _spectrum(0)
    made.attrs["sample"] = "Li\N{SUBSCRIPT TWO}S"
    with pytest.raises(SpectrumError, match="Latin-1"):
        vamas_bytes([made])


def test_a_label_cannot_add_lines():
    made = _spectrum(0)
    made.attrs["sample"] = "a\nend of experiment\nb"
    assert (
        read_vamas("x.vms", vamas_bytes([made])).spectra[0].attrs["sample"]
        == "a end of experiment b"
    )
