"""IONTOF's container and its events: every ion is read, whatever the order of blocks."""

from __future__ import annotations

import importlib.util
import struct
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import tofsims
from references import DataFileError
from tofsims.io.container import Container
from tofsims.io.container_written import Directory, Leaf, container

_spec = importlib.util.spec_from_file_location(
    "authored_events", Path(__file__).parents[1] / "authored.py"
)
authored = importlib.util.module_from_spec(_spec)
sys.modules["authored_events"] = authored
_spec.loader.exec_module(authored)


def words(*visits):
    """Words of visits (x, y, channels...)."""
    found = []
    for number, (x, y, *channels) in enumerate(visits):
        found += [0xC0000000 | x, 0xD0000000 | y, 0x40000000 | number, *channels]
    return np.array(found, "<u4").tobytes()


def property_(name, whole=0, real=0.0, text=""):
    key, said = name.encode("utf-16-le"), text.encode("utf-16-le")
    return (
        bytes(16)
        + struct.pack("<I", len(key))
        + key
        + struct.pack("<2xqdI", whole, real, len(said))
        + said
    )


def file_of(tmp_path, raw, *, side=4, at_most=1_000_000, scales=1, more=()):
    root = Directory()
    root.put("propend/0", property_("Registration.Raster.Resolution", side))
    for i, content in enumerate(more):
        root.put(f"propend/more{i}", content)
    for place in (
        "MassScale",
        "filterdata/TofCorrection/Spectrum/Reduced Data/IMassScaleSFK0",
    )[:scales]:
        root.put(f"{place}/sf", struct.pack("<d", 72000.0 if place == "MassScale" else 72010.0))
        root.put(f"{place}/k0", struct.pack("<d", -400.0))
    folder = root.within("rawdata")
    for name, number, content in raw:
        folder.add(name, content if isinstance(content, Leaf) else Leaf(content), number)
    path = tmp_path / "a.itm"
    path.write_bytes(container(root, at_most=at_most))
    return path


def scan(number, *pieces, start=0):
    made = [("   6", number + start, struct.pack("<I", number))]
    return made + [
        ("  14", 10 * number + i + start, Leaf(piece, 6)) for i, piece in enumerate(pieces)
    ]


def test_every_ion_is_read_the_last_pixel_s_too(tmp_path):
    run = authored.events()
    (back,) = tofsims.read(tofsims.write_itm(tmp_path / "a.itm", run)).runs
    assert authored.same(run, back)
    assert (back.raster.width, back.raster.height, back.raster.shots) == (16, 8, 1)
    assert back.raster.field_um == pytest.approx(100.0)
    assert (back.scale.sf, back.scale.k0) == (run.scale.sf, run.scale.k0)
    assert back.polarity == "negative"
    assert back.channel_ps == pytest.approx(50.0)
    np.testing.assert_allclose(back.sputter_time, run.sputter_time)


def test_a_pixel_may_be_visited_twice_and_a_scan_come_in_pieces(tmp_path):
    first = words((0, 0, 5, 6), (3, 3, 7), (0, 0, 8))
    # The second piece begins with ions of the pixel that the first one ended in.
    second = np.array([9, 0xC0000000 | 1, 0xD0000000 | 2, 0x40000000, 10], "<u4").tobytes()
    path = file_of(tmp_path, scan(0, first, second))
    hits = tofsims.read(path).runs[0].scans[0].hits()
    assert hits.pixel.tolist() == [0, 0, 15, 0, 0, 9]
    assert hits.channel.tolist() == [5, 6, 7, 8, 9, 10]


def test_scans_are_told_by_their_number_wherever_their_ids_start(tmp_path):
    raw = [*scan(0, words((0, 0, 1)), start=7), *scan(1, words((1, 0, 2)), start=7)]
    for at_most in (1, 2, 3, 1_000_000):
        run = tofsims.read(file_of(tmp_path, raw, at_most=at_most)).runs[0]
        assert [s.number for s in run.scans] == [0, 1]
        assert [s.hits().channel.tolist() for s in run.scans] == [[1], [2]]


def test_of_two_scales_the_adjusted_one_is_used_and_both_are_said(tmp_path):
    reading = tofsims.read(file_of(tmp_path, scan(0, words((0, 0, 1))), scales=2))
    assert [scale.sf for scale in reading.runs[0].scales] == [72010.0, 72000.0]
    (said,) = [note for note in reading.notes if note.rule == "two_mass_scales"]
    assert "277.8 ppm" in said.reported


def test_one_scale_that_is_saved_twice_is_not_said(tmp_path):
    path = tofsims.write_itm(tmp_path / "run.itm", tofsims.example(side=8, scans=4))
    reading = tofsims.read(path)
    assert len(reading.runs[0].scales) == 2
    assert "two_mass_scales" not in {note.rule for note in reading.notes}


def test_scans_that_are_missing_are_said(tmp_path):
    more = [property_("Measurement.ScanNumber", 9)]
    reading = tofsims.read(file_of(tmp_path, scan(0, words((0, 0, 1))), more=more))
    assert "declares 9 scans and holds 1" in {note.message for note in reading.notes}


# --- broken files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ([], "holds no scan"),
        (scan(0), "holds no scan"),
        ([("  14", 0, Leaf(words((0, 0, 1)), 6))], "before the number of their scan"),
        ([("   6", 0, b"12"), *scan(0, words((0, 0, 1)))], "should hold a number of 4 bytes"),
    ],
)
def test_a_file_without_scans_is_named(tmp_path, raw, message):
    with pytest.raises(DataFileError, match=message):
        tofsims.read(file_of(tmp_path, raw))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (words((4, 0, 1)), "a pixel outside the raster"),
        (words((0, 4, 1)), "a pixel outside the raster"),
        (np.array([5], "<u4").tobytes(), "an ion before any pixel"),
        (np.array([0xC0000000, 5], "<u4").tobytes(), "an ion before any pixel"),
        (words((0, 0, 0x80000001)), "neither pixel nor ion"),
        (b"123", "holds 3 bytes where words of 4 were expected"),
    ],
)
def test_a_broken_scan_is_named_when_it_is_read(tmp_path, content, message):
    run = tofsims.read(file_of(tmp_path, scan(0, content))).runs[0]
    with pytest.raises(DataFileError, match=message):
        run.scans[0].hits()


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = file_of(tmp_path, scan(0, bytes(300 * 2**20)))
    began = time.process_time()
    with pytest.raises(DataFileError, match="unpacks to more than"):
        tofsims.read(path).runs[0].scans[0].hits()
    assert time.process_time() - began < 2


def test_a_directory_that_goes_on_in_itself_is_refused(tmp_path):
    path = file_of(tmp_path, scan(0, words((0, 0, 1))), at_most=1)
    content = bytearray(path.read_bytes())
    # The root's table says where it goes on: at itself.
    content[8 + 25 + 33 : 8 + 25 + 41] = struct.pack("<Q", 8)
    path.write_bytes(content)
    with pytest.raises(DataFileError, match="goes on in a block that it came from"):
        tofsims.read(path)


def test_no_raster_and_no_events_are_named(tmp_path):
    root = Directory()
    root.put("a", b"")
    path = tmp_path / "a.itm"
    path.write_bytes(container(root))
    with pytest.raises(DataFileError, match="should declare a raster of 1 to 8192 pixels a side"):
        tofsims.read(path)
    root.put("propend/0", property_("Registration.Raster.Resolution", 4))
    path.write_bytes(container(root))
    with pytest.raises(DataFileError, match=r"rawdata: holds no raw events; give the \.itm"):
        tofsims.read(path)


def test_values_are_packed_and_told(tmp_path):
    root = Directory()
    root.add("packed", Leaf(b"abc" * 100, 9))
    root.put("text", "Bi3+".encode("utf-16-le"))
    path = tmp_path / "a.ita"
    path.write_bytes(container(root))
    file = Container(str(path))
    assert file.find("packed").value() == b"abc" * 100
    assert file.find("text").text() == "Bi3+"
    assert file.find("text/more") is None
    assert file.find("nothing") is None


# --- against another program --------------------------------------------------------------------------


def test_another_program_reads_the_same(tmp_path):
    pyspm = pytest.importorskip("pySPM")
    # It knows square rasters, and reads one visit a pixel.
    run = authored.events(width=16, height=16, per=4.0)
    path = tofsims.write_itm(tmp_path / "a.itm", run)
    theirs = pyspm.ITM(str(path), readonly=True)
    assert (theirs.sf, theirs.k0) == (run.scale.sf, run.scale.k0)
    assert theirs.size["pixels"] == {"x": 16, "y": 16}
    for scan_ in run.scans:
        hits = scan_.hits()
        told = theirs.get_raw_data(scan_.number)
        for (x, y), channels in told.items():
            ours = hits.channel[hits.pixel == 16 * y + x]
            assert sorted(channels) == sorted(ours.tolist())
        # The last pixel is lost to it.
        assert (15, 15) not in told


@pytest.mark.parametrize("cycle", [float("inf"), 1e300, float("nan"), -1.0, 0.0])
def test_a_cycle_time_that_cannot_be_asks_for_no_memory(tmp_path, cycle):
    more = [
        property_("Registration.TimeResolution", real=5e-11),
        property_("Measurement.CycleTime", real=cycle),
    ]
    (run,) = tofsims.read(file_of(tmp_path, scan(0, words((0, 0, 1))), more=more)).runs
    assert 0 < run.channels <= 1 << 24
