"""PHI's .raw: events of frames, the mass scale that was added last, and what is refused."""

from __future__ import annotations

import struct

import numpy as np
import pytest

import tofsims
from references.files import DataFileError
from tofsims.io import phi_raw

SIZE = 1024
FILL = 0xADADADADADADADAD


def header(**changes):
    known = {
        "Technique": "-TofSIMS", "SecIonPolarity": "-", "Mass/Time": "0.5", "MassOffset": "-1.0",
        "ImagePixels": "4", "NoFrames": "2", "NoSputCycles": "0", "HeaderSize": str(SIZE),
        "MSMS Active": "Inactive", "Raster Size (um)": "8.0",
    }  # fmt: skip
    known.update(changes)
    inside = {name: known.pop(name) for name in ("MSMS Active", "Raster Size (um)")}
    lines = ["SOFH", *(f"{key}: {value}" for key, value in known.items())]
    lines += ["[Acq Base]", f"MSMS Active={inside['MSMS Active']}"]
    # Other guns have rasters too.
    lines += ["[PHI GCIB]", "Raster Size (um)=2000.0"]
    lines += ["[PHI LMIG]", f"Raster Size (um)={inside['Raster Size (um)']}", "Gun Particle=Bi3 +"]
    lines += ["[Polarity]", "Polarity=Negative (-) Ions", "EOFH", ""]
    return "\r\n".join(lines).encode("latin-1").ljust(SIZE, b"\0")


def event(x, y, time):
    return 1 << 31 | time | x << 32 | y << 43


def block(kind, content=b"", size=None):
    return struct.pack("<H10xI", kind, len(content) if size is None else size) + content


def ions(*words):
    return block(1, np.array(words, "<u8").tobytes())


ADDED = b"AppendedBlockType: AsciiInfoBlock01\r\nMass/Time: %s\r\nMassOffset: -1.1\r\n"
FRAMES = (
    ions(event(0, 0, 3_000), event(3, 2, 4_000_000))
    + ions(event(1, 1, 5))
    + block(2)
    + ions(event(0, 3, 7))
    + block(2)
)


def fill(path, *blocks, **changes):
    path.write_bytes(header(**changes) + b"".join(blocks or (FRAMES, block(0))))
    return path


def rules(reading):
    return {note.rule for note in reading.notes}


def test_a_scan_is_a_frame(tmp_path):
    reading = tofsims.read(fill(tmp_path / "a.raw"))
    (run,) = reading.runs
    assert (reading.format, run.polarity, run.channel_ps) == ("phi raw", "negative", 1.0)
    assert (run.raster.width, run.raster.height, run.raster.shots) == (4, 4, None)
    # Pixels are of the analysis gun's raster, without its calibration.
    assert run.raster.field_um == 8.0
    assert run.labels == {"primary": "Bi3 +"}
    first, second = (scan.hits() for scan in run.scans)
    assert first.pixel.tolist() == [0, 11, 5]
    assert first.channel.tolist() == [3_000, 4_000_000, 5]
    assert (second.pixel.tolist(), second.channel.tolist()) == ([12], [7])
    # sqrt(m/z) = 0.5 t - 1 at 4 us
    assert run.scale.mz(4_000_000) == pytest.approx(1.0)
    assert not reading.notes


def test_long_times_are_put_together_by_a_power_of_two(tmp_path):
    path = fill(tmp_path / "a.raw", ions(event(0, 0, 120_000_000), event(1, 0, 31)), block(2))
    (run,) = tofsims.read(path).runs
    assert run.channel_ps == 32.0
    assert run.scans[0].hits().channel.tolist() == [3_750_000, 0]
    assert run.channels > 3_750_000
    # The middle of the 32 times that a channel holds.
    assert run.scale.mz(3_750_000) == pytest.approx((0.5 * 120.0000155 - 1.0) ** 2, rel=1e-12)


def test_the_mass_scale_that_was_added_last_is_used(tmp_path):
    texts = [block(14, ADDED % number) for number in (b"0.6", b"0.7")]
    texts.append(block(14, b"Comment: nothing of masses\r\n"))
    reading = tofsims.read(fill(tmp_path / "a.raw", FRAMES, *texts, block(0)))
    (run,) = reading.runs
    assert run.scale.mz(4_000_000) == pytest.approx((0.7 * 4 - 1.1) ** 2)
    assert [scale.source for scale in run.scales] == ["added later (block 14)", "header"]
    assert rules(reading) == {"two_mass_scales"}


def test_words_that_are_no_events_are_left_out_and_said(tmp_path):
    untagged = event(2, 2, 9) & ~(1 << 31)
    path = fill(tmp_path / "a.raw", ions(event(1, 1, 9), FILL, untagged), block(2), block(0))
    reading = tofsims.read(path)
    assert reading.runs[0].scans[0].hits().pixel.tolist() == [5]
    (note,) = [note for note in reading.notes if note.rule == "words_dropped"]
    assert "2 of 3 words" in note.message


def test_a_frame_without_ions_keeps_its_place(tmp_path):
    path = fill(tmp_path / "a.raw", block(2), ions(event(0, 0, 1)), block(2), block(0))
    reading = tofsims.read(path)
    assert [scan.hits().pixel.size for scan in reading.runs[0].scans] == [0, 1]
    assert not reading.notes


def test_blocks_of_other_kinds_are_passed_over(tmp_path):
    path = fill(tmp_path / "a.raw", block(99, b"12345"), block(6, bytes(8)), FRAMES, block(0))
    assert len(tofsims.read(path).runs[0].scans) == 2


@pytest.mark.parametrize(
    ("blocks", "changes", "rule"),
    [
        ((FRAMES,), {}, "end_missing"),
        ((FRAMES, block(0), b"more"), {}, "end_missing"),
        ((FRAMES, block(0)), {"NoFrames": "3"}, "scans_missing"),
        ((FRAMES, block(0)), {"Mass/Time": "0"}, "no_mass_scale"),
        ((FRAMES, block(0)), {"NoSputCycles": "5"}, "no_sputter_time"),
    ],
)
def test_what_is_odd_is_said(tmp_path, blocks, changes, rule):
    assert rules(tofsims.read(fill(tmp_path / "a.raw", *blocks, **changes))) == {rule}


@pytest.mark.parametrize(
    ("blocks", "changes", "message"),
    [
        ((block(6, bytes(8)), block(6, b"\1" + bytes(7)), FRAMES), {}, "a mosaic of 2 tiles"),
        ((block(8, bytes(8)), FRAMES), {}, r"holds fragments \(MS/MS\)"),
        ((FRAMES,), {"MSMS Active": "Active"}, r"holds fragments \(MS/MS\)"),
        ((ions(event(4, 0, 1)),), {}, "an ion outside its raster of 4 x 4 pixels"),
        ((ions(event(0, 4, 1)),), {}, "an ion outside its raster of 4 x 4 pixels"),
        ((ions(FILL), block(2)), {}, "holds no ion"),
        ((block(1, bytes(8), size=16),), {}, "a block of 16 bytes where 8 are left"),
        ((block(1, bytes(12)),), {}, "a block of 12 bytes"),
        ((b"short",), {}, "declares 16 bytes where the file ends"),
        ((FRAMES,), {"ImagePixels": "0"}, "should declare a raster of 1 to 2048 pixels a side"),
        ((FRAMES,), {"HeaderSize": "9"}, "should say where its header ends, and says '9'"),
        ((FRAMES,), {"HeaderSize": "99999"}, "should say where its header ends"),
        ((FRAMES,), {"HeaderSize": "nan"}, "should say where its header ends"),
    ],
)
def test_a_broken_file_is_named(tmp_path, blocks, changes, message):
    with pytest.raises(DataFileError, match=message):
        tofsims.read(fill(tmp_path / "a.raw", *blocks, **changes))


def test_blocks_without_content_have_a_number(tmp_path, monkeypatch):
    monkeypatch.setattr(phi_raw, "MAX_OTHERS", 20)
    for kind in (1, 2, 6, 99):
        path = fill(tmp_path / "a.raw", *[block(kind)] * 21, FRAMES)
        with pytest.raises(DataFileError, match="holds more than 20 frames or blocks"):
            tofsims.read(path)


def test_a_header_without_an_end_is_named(tmp_path):
    path = tmp_path / "a.raw"
    path.write_bytes(header().replace(b"EOFH", b"EOF "))
    with pytest.raises(DataFileError, match="has a header without its end, EOFH"):
        tofsims.read(path)


def test_a_file_of_xps_that_begins_alike_is_not_taken(tmp_path):
    path = fill(tmp_path / "a.spe", Technique="XPS")
    with pytest.raises(DataFileError, match="is of no known format"):
        tofsims.read(path)


@pytest.fixture
def content(tmp_path):
    draw = np.random.default_rng(4)
    words = [
        event(*(int(n) for n in draw.integers(0, 4, 2)), int(t)) for t in draw.integers(0, 9999, 60)
    ]
    blocks = [ions(*words[i : i + 10]) + block(2) for i in range(0, 60, 10)]
    path = fill(tmp_path / "a.raw", *blocks, block(14, ADDED % b"0.6"), block(0), NoFrames="6")
    return path.read_bytes()


@pytest.mark.parametrize("how", ["words", "numbers"])
def test_mutants_give_data_or_the_named_error(tally, tmp_path, fuzz, content, how):
    fuzz(tally, tmp_path / "mutant", content, 150, 1, how=how)
    assert tally.errors > 10


@pytest.mark.slow
@pytest.mark.parametrize("how", ["words", "numbers"])
def test_twenty_thousand_mutants(tally, tmp_path, fuzz, content, record, how):
    record(fuzz(tally, tmp_path / "mutant", content, 10_000, 2, how=how))
    assert tally.errors > 500


def test_truncation_at_every_percent(tally, tmp_path, content):
    for percent in range(1, 100, 3):
        reading = tally.read(tmp_path / "cut", content[: len(content) * percent // 100])
        assert reading is None or "end_missing" in rules(reading)
