"""The door to the disk: what it reads, what it refuses, and what reading costs."""

from __future__ import annotations

import os
import threading
import tracemalloc

import pytest

from references.files import MAX_BYTES, PIECE, DataFileError, read_bytes


def _peak(path, **caps):
    tracemalloc.start()
    try:
        content = read_bytes(path, **caps)
        return content, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_small_file_costs_little_memory_under_the_largest_cap(tmp_path):
    path = tmp_path / "small"
    path.write_bytes(b"abc")
    content, peak = _peak(path, max_bytes=MAX_BYTES)
    assert content == b"abc"
    assert peak < 4 * PIECE


def test_reading_costs_a_few_times_the_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * (5 * PIECE))
    content, peak = _peak(path)
    assert len(content) == 5 * PIECE
    assert peak < 3 * len(content)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_a_file_comes_back_whole_at_its_cap(tmp_path, size):
    path = tmp_path / "file"
    given = os.urandom(size)
    path.write_bytes(given)
    assert read_bytes(path, max_bytes=size) == given


def test_a_file_above_the_cap_is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 11)
    with pytest.raises(DataFileError, match="11 bytes, more than the 10"):
        read_bytes(path, max_bytes=10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_the_cap_holds_for_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    feeder = threading.Thread(target=lambda: path.write_bytes(b"x" * 11))
    feeder.start()
    with pytest.raises(DataFileError, match="holds more than 10 bytes"):
        read_bytes(path, max_bytes=10)
    feeder.join()
