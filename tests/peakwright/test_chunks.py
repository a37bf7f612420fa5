"""Chunks: what was kept is there, what was damaged is known to be, and nothing else is written."""

from __future__ import annotations

import pytest

from peakwright.batch.chunks import Chunks, chunk_bytes, lines_of
from references.files import DataFileError

BATCH = "ab" * 32
LINES = [f'{{"file":"a{i}.vms","value":{i / 7!r}}}' for i in range(40)]


def test_a_chunk_gives_back_what_it_was_given():
    assert lines_of(chunk_bytes(LINES, BATCH), BATCH) == LINES
    assert lines_of(chunk_bytes([], BATCH), BATCH) == []


def test_every_flipped_bit_is_found():
    whole = chunk_bytes(LINES[:3], BATCH)
    for place in range(len(whole)):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            with pytest.raises(ValueError, match=r"damaged|checksum|another"):
                lines_of(bytes(damaged), BATCH)


def test_every_end_that_is_missing_is_found():
    whole = chunk_bytes(LINES, BATCH)
    for length in range(0, len(whole), 7):
        with pytest.raises(ValueError, match=r"damaged|checksum"):
            lines_of(whole[:length], BATCH)
    with pytest.raises(ValueError, match="checksum"):
        lines_of(whole + b"\n", BATCH)


def test_a_chunk_of_another_batch_is_refused():
    with pytest.raises(ValueError, match="another batch"):
        lines_of(chunk_bytes(LINES, "cd" * 32), BATCH)


def test_whole_chunks_of_another_batch_are_left_alone(tmp_path):
    Chunks(tmp_path, "cd" * 32).append(LINES[:2])
    chunks = Chunks(tmp_path, BATCH)
    for call in (chunks.check_ours, chunks.remove_damaged, lambda: list(chunks.read([]))):
        with pytest.raises(DataFileError, match=r"00000000\.chunk: holds results of another batch"):
            call()
    assert list(Chunks(tmp_path, "cd" * 32).read()) == LINES[:2]


def test_a_damaged_chunk_is_of_no_batch(tmp_path):
    path = Chunks(tmp_path, "cd" * 32).append(LINES[:2])
    path.write_bytes(path.read_bytes()[:-1])
    Chunks(tmp_path, BATCH).check_ours()


def test_chunks_are_read_in_the_order_in_which_they_were_kept(tmp_path):
    chunks = Chunks(tmp_path / "chunks", BATCH)
    assert list(chunks.read()) == []
    for first in range(0, 40, 10):
        chunks.append(LINES[first : first + 10])
    assert list(chunks.read()) == LINES
    assert list(Chunks(tmp_path / "chunks", BATCH).read()) == LINES


def test_a_new_chunk_never_takes_the_name_of_an_old_one(tmp_path):
    Chunks(tmp_path, BATCH).append(LINES[:1])
    (tmp_path / "00000004.chunk").write_bytes(chunk_bytes(LINES[1:2], BATCH))
    assert Chunks(tmp_path, BATCH).append(LINES[2:3]).name == "00000005.chunk"
    assert list(Chunks(tmp_path, BATCH).read()) == LINES[:3]


def test_a_damaged_chunk_is_named_or_passed_over_and_removed(tmp_path):
    chunks = Chunks(tmp_path, BATCH)
    for line in LINES[:3]:
        chunks.append([line])
    path = tmp_path / "00000001.chunk"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 4
    path.write_bytes(bytes(damaged))
    with pytest.raises(DataFileError, match=r"00000001\.chunk: is damaged"):
        list(chunks.read())
    told: list[str] = []
    assert list(chunks.read(told)) == [LINES[0], LINES[2]]
    assert len(told) == 1
    assert "00000001.chunk" in told[0]
    chunks.remove_damaged()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["00000000.chunk", "00000002.chunk"]


def test_what_is_no_chunk_is_left_alone(tmp_path):
    (tmp_path / ".00000000.chunk.tmp").write_bytes(b"half of one")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    chunks = Chunks(tmp_path, BATCH)
    chunks.append(LINES[:2])
    assert list(chunks.read()) == LINES[:2]
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
